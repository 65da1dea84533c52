/* tests/directory/tree.c - documents in a folder that a test made. */
#include "cmocka_all.h"

#include "tree.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "support/documents.h"

void tree_open(struct tree *t)
{
	*t = (struct tree){ .dir = "/tmp/b2bua-tree-XXXXXX" };
	assert_non_null(mkdtemp(t->dir));
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
	return remove(path);
}

void tree_close(struct tree *t)
{
	snapshot_unref(&t->s);
	diag_free(&t->why);
	nftw(t->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void tree_put_raw(struct tree *t, const char *path, const void *p, size_t len)
{
	char *full = xasprintf("%s/%s", t->dir, path);
	FILE *f;

	for (char *s = full + strlen(t->dir) + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		mkdir(full, 0700);
		*s = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	free(full);
}

void tree_put(struct tree *t, const char *path, const char *json)
{
	char *text = documents_complete(path, json);

	tree_put_raw(t, path, text, strlen(text));
	free(text);
}

void tree_remove(struct tree *t, const char *path)
{
	char *full = xasprintf("%s/%s", t->dir, path);

	assert_int_equal(remove(full), 0);
	free(full);
}

int tree_load(struct tree *t, bool lenient)
{
	snapshot_unref(&t->s);
	diag_free(&t->why);
	return snapshot_load(&t->s, t->dir, lenient, &t->why);
}

const char *tree_why(struct tree *t)
{
	size_t n = strlen(t->dir) + 1;
	char *text = t->why.text.p, *hit;

	while (text && (hit = strstr(text, t->dir))) {
		memmove(hit, hit + n, strlen(hit + n) + 1);
		t->why.text.len -= n;
		text = hit;
	}
	return buf_text(&t->why.text);
}

void tree_open_account(struct tree *t)
{
	tree_open(t);
	tree_put(t, "accounts/a/account.json",
	         "{'name':'A','realm':'A.example'}");
}

const struct account *tree_account(struct tree *t)
{
	const struct account *a = snapshot_account(t->s, "a");

	assert_non_null(a);
	return a;
}
