/* directory/pool.c - memory that lives and dies with one snapshot. */
#include "directory/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

#define CHUNK_FIRST 4096   /* a pool for one document stays small */
#define CHUNK_MAX   262144
#define ALIGNMENT   8

struct pool_chunk {
	struct pool_chunk *next;
	size_t used, size;
	char mem[];
};

struct pool_cleanup {
	struct pool_cleanup *next;
	pool_fn *fn;
	void *arg;
};

static struct pool_chunk *add_chunk(struct pool *p, size_t at_least)
{
	size_t size = p->chunks ? 2 * p->chunks->size : CHUNK_FIRST;
	struct pool_chunk *c;

	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < at_least)
		size = at_least;
	c = xmalloc(sizeof(*c) + size);
	c->used = 0;
	c->size = size;
	c->next = p->chunks;
	p->chunks = c;
	p->size += sizeof(*c) + size;
	return c;
}

static void *carve(struct pool *p, size_t size, size_t alignment)
{
	struct pool_chunk *c = p->chunks;
	size_t at = 0;

	if (c)
		at = (c->used + alignment - 1) & ~(alignment - 1);
	if (!c || at > c->size || c->size - at < size) {
		c = add_chunk(p, size);
		at = 0;
	}
	c->used = at + size;
	return c->mem + at;
}

void *pool_alloc(struct pool *p, size_t size)
{
	return memset(carve(p, size, ALIGNMENT), 0, size);
}

char *pool_strndup(struct pool *p, const char *s, size_t n)
{
	char *copy = carve(p, n + 1, 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *pool_strdup(struct pool *p, const char *s)
{
	return s ? pool_strndup(p, s, strlen(s)) : NULL;
}

char *pool_fmt(struct pool *p, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = carve(p, (size_t)n + 1, 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

struct pool_shared {
	UT_hash_handle hh; /* by the bytes, which are in the pool */
};

const void *pool_share(struct pool *p, const void *bytes, size_t size)
{
	struct pool_shared *e = NULL;
	unsigned hash;
	void *copy;

	HASH_VALUE(bytes, size, hash);
	HASH_FIND_BYHASHVALUE(hh, p->shared, bytes, size, hash, e);
	if (e)
		return e->hh.key;
	copy = carve(p, size, ALIGNMENT);
	memcpy(copy, bytes, size);
	e = xzalloc(sizeof(*e));
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, p->shared, copy, size, hash, e);
	return copy;
}

void pool_stop_sharing(struct pool *p)
{
	struct pool_shared *e, *next;

	HASH_ITER(hh, p->shared, e, next) {
		HASH_DEL(p->shared, e);
		free(e);
	}
}

void pool_on_free(struct pool *p, pool_fn *fn, void *arg)
{
	struct pool_cleanup *c = pool_alloc(p, sizeof(*c));

	c->fn = fn;
	c->arg = arg;
	c->next = p->cleanups;
	p->cleanups = c;
}

void pool_free(struct pool *p)
{
	struct pool_chunk *c = p->chunks;

	pool_stop_sharing(p);
	for (struct pool_cleanup *u = p->cleanups; u; u = u->next)
		u->fn(u->arg);
	while (c) {
		struct pool_chunk *next = c->next;

		free(c);
		c = next;
	}
	*p = (struct pool){ 0 };
}
