/* support/documents.c - a directory of documents for a test. */
#include "cmocka_all.h"

#include "support/documents.h"

#include <cjson/cJSON.h>
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

/* --- what every document has --------------------------------------------- */

static const struct {
	const char *folder; /* "": account.json */
	const char *member, *unless;
} wanted[] = {
	{ "", "name", NULL },
	{ "callflows", "numbers", "patterns" },
	{ "devices", "name", NULL },
	{ "groups", "name", NULL },
	{ "resources", "name", NULL },
	{ "users", "first_name", NULL },
	{ "users", "last_name", NULL },
};

/* "accounts/a/devices/d.json": "devices" and "d"; of an account its id. */
static const char *parse_path(char *path, const char **folder)
{
	char *name = strrchr(path, '/'), *dot, *up;

	*folder = "";
	if (!name)
		return NULL;
	*name++ = '\0';
	up = strrchr(path, '/');
	if (strcmp(name, "account.json") == 0)
		return up ? up + 1 : path;
	*folder = up ? up + 1 : path;
	dot = strrchr(name, '.');
	if (!dot || strcmp(dot, ".json") != 0)
		return NULL;
	*dot = '\0';
	return name;
}

static bool has(const cJSON *doc, const char *member)
{
	return member && cJSON_GetObjectItemCaseSensitive(doc, member);
}

static void add_member(struct buf *b, const char *member, const char *id)
{
	if (strcmp(member, "numbers") == 0)
		buf_fmt(b, "\"%s\":[\"n-%s\"],", member, id);
	else
		buf_fmt(b, "\"%s\":\"%s\",", member, id);
}

static void add_members(struct buf *b, const cJSON *doc, const char *folder,
                        const char *id)
{
	for (size_t i = 0; i < NELEM(wanted); i++)
		if (strcmp(folder, wanted[i].folder) == 0 &&
		    !has(doc, wanted[i].member) &&
		    !has(doc, wanted[i].unless))
			add_member(b, wanted[i].member, id);
}

static const char *id_of(const cJSON *doc, const char *stem)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(doc, "id");

	if (!id)
		id = cJSON_GetObjectItemCaseSensitive(doc, "_id");
	return cJSON_IsString(id) ? id->valuestring : stem;
}

static bool is_wrapped(const cJSON *doc)
{
	return has(doc, "data") && !has(doc, "id");
}

char *documents_complete(const char *path, const char *json)
{
	char *text = xstrdup(json), *copy = xstrdup(path), *open;
	struct buf out = { 0 };
	const char *folder, *stem = parse_path(copy, &folder);
	cJSON *doc;

	for (char *s = text; (s = strchr(s, '\'')); s++)
		*s = '"';
	doc = cJSON_Parse(text);
	open = strchr(text, '{');
	if (stem && cJSON_IsObject(doc) && !is_wrapped(doc)) {
		buf_add(&out, text, (size_t)(open + 1 - text));
		add_members(&out, doc, folder, id_of(doc, stem));
		if (!doc->child && out.len > 1)
			out.len--; /* the last comma */
		buf_str(&out, open + 1);
		free(text);
		text = xstrdup(buf_text(&out));
	}
	cJSON_Delete(doc);
	buf_free(&out);
	free(copy);
	return text;
}

void documents_put(struct documents *d, const char *path, const char *json)
{
	char *file = xasprintf("%s/%s", d->dir, path);
	char *text = documents_complete(path, json);
	FILE *out;

	make_folders(file);
	out = fopen(file, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	free(text);
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
