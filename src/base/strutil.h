/* base/strutil.h - questions and copies of strings that libc lacks. */
#ifndef B2BUA_BASE_STRUTIL_H
#define B2BUA_BASE_STRUTIL_H

#include <stdbool.h>
#include "base/util.h"

bool str_eq(const char *a, const char *b);     /* NULL equals only NULL */
bool str_eq_case(const char *a, const char *b);
bool str_is_empty(const char *s);              /* NULL or "" */
bool str_starts(const char *s, const char *prefix);
void str_lower(char *s);                       /* ASCII, in place */
/* The edit distance of a and b, at most max + 1. */
unsigned str_distance(const char *a, const char *b, unsigned max);
/* Compares without telling by its time where the difference lies. */
bool mem_eq_constant_time(const void *a, const void *b, size_t n);

#endif
