/* guard/bucket.h - a token bucket in one number: the time at which it would
 * be full (the generic cell rate algorithm, ITU-T I.371). */
#ifndef B2BUA_GUARD_BUCKET_H
#define B2BUA_GUARD_BUCKET_H

#include <stdbool.h>
#include "base/util.h"

struct rate {
	unsigned per_s; /* 0: no limit */
	unsigned burst; /* that many at once; at least 1 counts */
};

struct bucket {          /* all zero is full */
	int64_t full_us; /* when it will be full again */
};

/* Takes one token.  The clock may stand still or go back. */
bool bucket_take(struct bucket *b, const struct rate *r, int64_t now_ms);

#endif
