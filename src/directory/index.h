/* directory/index.h - one hash table for every look-up of a snapshot.
 *
 * A key is a scope (an account, or NULL), a kind and a text; so a hundred
 * thousand small accounts need no tables of their own. */
#ifndef B2BUA_DIRECTORY_INDEX_H
#define B2BUA_DIRECTORY_INDEX_H

#include <stdbool.h>
#include "directory/pool.h"

#define INDEX_TEXT_MAX 4096 /* longer texts are never found */

enum index_kind {
	INDEX_ACCOUNT, /* id */
	INDEX_DEVICE,  /* id, in its account; so are the next four */
	INDEX_USER,
	INDEX_GROUP,
	INDEX_CALLFLOW,
	INDEX_RESOURCE,
	INDEX_NUMBER,        /* a callflow's, in its account */
	INDEX_PUBLIC_NUMBER, /* likewise, of 7 and more digits, in all */
	INDEX_AUTH,          /* realm LF username, lower case */
	INDEX_REALM,
	INDEX_IP,
	INDEX_LAMP,          /* that manual_presence names, in its account */
	INDEX_MAC,           /* while loading, and so are the next */
	INDEX_PATTERN,
	INDEX_WORD,          /* member names seen before */
	INDEX_FILE           /* scope is the document */
};

struct index {
	struct index_entry *table; /* entries in the pool */
	struct pool *pool;         /* borrowed */
};

/* NULL; or the item already there, and then nothing is added. */
void *index_add(struct index *ix, enum index_kind kind, const void *scope,
                const char *text, const void *item);
void *index_find(const struct index *ix, enum index_kind kind,
                 const void *scope, const char *text);
/* The text of an INDEX_AUTH key.  False when it does not fit. */
bool index_auth_key(char *key, size_t size, const char *realm,
                    const char *username);
/* Every item of a kind and scope, in the order they were added. */
typedef void index_fn(const void *item, void *arg);
void index_each(const struct index *ix, enum index_kind kind,
                const void *scope, index_fn *fn, void *arg);
void index_clear(struct index *ix);

#endif
