/* base/id.h - random tokens: call ids, tags, Call-IDs of our own. */
#ifndef B2BUA_BASE_ID_H
#define B2BUA_BASE_ID_H

#include <stdbool.h>
#include "base/util.h"

void random_bytes(void *out, size_t len); /* from the kernel; never fails */
uint64_t random_u64(void);

/* Lowercase hex digits, n of them, then a zero: out has n + 1 bytes. */
void id_random(char *out, size_t n);

/* A Call-ID that id_is_ours() recognises without any table: half of it is
 * a keyed hash of the other half.  32 hex digits and a zero. */
#define ID_CALL_LEN 32
void id_call(char out[ID_CALL_LEN + 1]);
bool id_is_ours(const char *call_id);

#endif
