/* base/util.h - small things that every folder uses. */
#ifndef B2BUA_BASE_UTIL_H
#define B2BUA_BASE_UTIL_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))

/* Magic numbers in long-lived structs, checked where a pointer comes back
 * to us through somebody else's void pointer (a callback). */
#define OBJ_INIT(o, m)  ((o)->magic = (m))
#define OBJ_CHECK(o, m) assert((o) != NULL && (o)->magic == (m))
#define OBJ_KILL(o)     ((o)->magic = 0)

#endif
