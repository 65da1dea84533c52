/* sip/hosts.c - the hosts file. */
#include "sip/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strutil.h"

#define BLANKS " \t\r\n\f\v"

struct host {
	UT_hash_handle hh;
	size_t n;
	struct addr addrs[HOSTS_MAX_ADDRS];
	char name[]; /* lower case */
};

struct hosts {
	char *path;       /* owned */
	struct host *all; /* owned */
	struct stat seen; /* of the file when it was read */
};

static void forget(struct hosts *h)
{
	struct host *host, *next;

	HASH_ITER (hh, h->all, host, next) {
		HASH_DEL(h->all, host);
		free(host);
	}
}

static void add_name(struct hosts *h, const char *name, const struct addr *a)
{
	size_t len = strlen(name);
	struct host *host;

	HASH_FIND(hh, h->all, name, len, host);
	if (!host) {
		host = xzalloc(sizeof(*host) + len + 1);
		memcpy(host->name, name, len + 1);
		HASH_ADD_KEYPTR(hh, h->all, host->name, len, host);
	}
	if (host->n < HOSTS_MAX_ADDRS)
		host->addrs[host->n++] = *a;
}

/* "192.0.2.1 name alias # why" */
static void add_line(struct hosts *h, char *line)
{
	char *word, *rest = NULL;
	struct addr a;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, BLANKS, &rest);
	if (!word || addr_parse(&a, word, 0) < 0)
		return;
	while ((word = strtok_r(NULL, BLANKS, &rest))) {
		str_lower(word);
		add_name(h, word, &a);
	}
}

static void read_file(struct hosts *h)
{
	FILE *f = fopen(h->path, "re");
	char *line = NULL;
	size_t cap = 0;

	forget(h);
	if (!f) {
		log_warn("%s: cannot be read: %m", h->path);
		return;
	}
	while (getline(&line, &cap, f) >= 0)
		add_line(h, line);
	free(line);
	fclose(f);
}

static void read_if_changed(struct hosts *h)
{
	struct stat now = { 0 };

	if (stat(h->path, &now) < 0) {
		forget(h);
		h->seen = (struct stat){ 0 };
		return;
	}
	if (now.st_ino == h->seen.st_ino && now.st_size == h->seen.st_size &&
	    now.st_mtim.tv_sec == h->seen.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == h->seen.st_mtim.tv_nsec)
		return;
	h->seen = now;
	read_file(h);
}

void hosts_create(struct hosts **out, const char *path)
{
	struct hosts *h = xzalloc(sizeof(*h));

	h->path = xstrdup(path ? path : "/etc/hosts");
	*out = h;
}

void hosts_destroy(struct hosts **hp)
{
	struct hosts *h = *hp;

	if (!h)
		return;
	forget(h);
	free(h->path);
	free(h);
	*hp = NULL;
}

const struct addr *hosts_find(struct hosts *h, const char *name, size_t *n)
{
	struct host *host;

	read_if_changed(h);
	HASH_FIND(hh, h->all, name, strlen(name), host);
	if (!host)
		return NULL;
	*n = host->n;
	return host->addrs;
}
