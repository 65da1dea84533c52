/* base/mem.h - allocation that never returns NULL.
 *
 * Running out of memory aborts in one place with a message; nobody else
 * checks.  Everything here is released with free(3). */
#ifndef B2BUA_BASE_MEM_H
#define B2BUA_BASE_MEM_H

#include "base/util.h"

void *xmalloc(size_t size);
void *xzalloc(size_t size); /* zeroed */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
void *xmemdup(const void *p, size_t size);
char *xstrdup(const char *s); /* NULL gives NULL */
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) printf_like(1, 2);

#endif
