/* support/documents.c - a directory of documents for a test. */
#include "cmocka_all.h"

#include "support/documents.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

struct documents {
	char dir[64];
};

struct documents *documents_create(void)
{
	struct documents *d = xzalloc(sizeof(*d));

	snprintf(d->dir, sizeof(d->dir), "/tmp/documents.XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	return d;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void documents_destroy(struct documents **dp)
{
	if (!*dp)
		return;
	nftw((*dp)->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(*dp);
	*dp = NULL;
}

static void make_folders(char *path)
{
	for (char *s = path + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		if (mkdir(path, 0700) < 0)
			assert_int_equal(errno, EEXIST);
		*s = '/';
	}
}

void documents_put(struct documents *d, const char *path, const char *json)
{
	char *file = xasprintf("%s/%s", d->dir, path);
	FILE *out;

	make_folders(file);
	out = fopen(file, "w");
	assert_non_null(out);
	for (; *json; json++)
		fputc(*json == '\'' ? '"' : *json, out);
	assert_int_equal(fclose(out), 0);
	free(file);
}

void documents_putf(struct documents *d, const char *path, const char *fmt,
                    ...)
{
	struct buf json = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&json, fmt, ap);
	va_end(ap);
	documents_put(d, path, buf_text(&json));
	buf_free(&json);
}

const char *documents_dir(const struct documents *d)
{
	return d->dir;
}

struct snapshot *documents_load(const struct documents *d)
{
	struct snapshot *s = NULL;
	struct diag why = { 0 };
	int rc = snapshot_load(&s, d->dir, false, &why);

	if (rc < 0)
		fprintf(stderr, "%s", buf_text(&why.text));
	diag_free(&why);
	assert_int_equal(rc, 0);
	return s;
}
