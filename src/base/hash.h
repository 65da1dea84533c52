/* base/hash.h - uthash with a seeded hash function.
 *
 * Include this instead of <uthash.h>.  Keys come from the network (AoRs,
 * Call-IDs), so the hash is SipHash-2-4 under a key drawn at first use:
 * nobody outside can choose colliding keys. */
#ifndef B2BUA_BASE_HASH_H
#define B2BUA_BASE_HASH_H

#include "base/util.h"

uint64_t hash_bytes(const void *p, size_t len);

#define HASH_FUNCTION(keyptr, keylen, hashv) \
	((hashv) = (unsigned)hash_bytes((keyptr), (keylen)))
#define uthash_fatal(msg) hash_out_of_memory()
_Noreturn void hash_out_of_memory(void);

#include <uthash.h>

#endif
