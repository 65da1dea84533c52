/* tests/directory/tree.h - documents in a folder that a test made. */
#ifndef B2BUA_TESTS_DIRECTORY_TREE_H
#define B2BUA_TESTS_DIRECTORY_TREE_H

#include "base/diag.h"
#include "directory/directory.h"

struct tree {
	char dir[64];
	struct diag why;
	struct snapshot *s; /* of the last tree_load() that worked */
};

void tree_open(struct tree *t);
void tree_close(struct tree *t); /* removes the folder */
/* Writes one file, making folders; apostrophes in json stand for quotes, and
 * what it has not is added (documents_complete()). */
void tree_put(struct tree *t, const char *path, const char *json);
void tree_put_raw(struct tree *t, const char *path, const void *p,
                  size_t len);
void tree_remove(struct tree *t, const char *path);
int tree_load(struct tree *t, bool lenient);
/* The fault and warning lines, with the folder's name taken out. */
const char *tree_why(struct tree *t);

/* An account "a" with realm a.example, to build on. */
void tree_open_account(struct tree *t);
const struct account *tree_account(struct tree *t);

#endif
