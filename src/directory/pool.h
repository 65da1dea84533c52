/* directory/pool.h - memory that lives and dies with one snapshot.
 *
 * A hundred thousand documents are millions of small pieces; they are carved
 * from large chunks and released all at once.  What needs more than free(3)
 * leaves a clean-up. */
#ifndef B2BUA_DIRECTORY_POOL_H
#define B2BUA_DIRECTORY_POOL_H

#include "base/util.h"

struct pool { /* all zero is an empty pool */
	struct pool_chunk *chunks;     /* owned; the one in use first */
	struct pool_cleanup *cleanups; /* in the pool; the last one first */
	struct pool_shared *shared;    /* owned; see pool_share() */
	size_t size;                   /* of all chunks */
};

typedef void pool_fn(void *arg);

void *pool_alloc(struct pool *p, size_t size); /* zeroed */
char *pool_strndup(struct pool *p, const char *s, size_t n);
char *pool_strdup(struct pool *p, const char *s); /* NULL gives NULL */
char *pool_fmt(struct pool *p, const char *fmt, ...) printf_like(2, 3);
/* The bytes as they are in the pool already, else a copy: for what many
 * documents say alike.  Aligned as pool_alloc() does. */
const void *pool_share(struct pool *p, const void *bytes, size_t size);
/* From here on nothing is shared any more: forgets what there is. */
void pool_stop_sharing(struct pool *p);
/* fn(arg) runs when the pool is freed; the last one added runs first. */
void pool_on_free(struct pool *p, pool_fn *fn, void *arg);
void pool_free(struct pool *p); /* leaves it empty */

#endif
