/* trunk/bucket.h - at most so many calls a second: a token bucket.  Pure: the
 * time goes in. */
#ifndef B2BUA_TRUNK_BUCKET_H
#define B2BUA_TRUNK_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct trunk_bucket {       /* all zero is a full one */
	int64_t spent;      /* thousandths of a token that are missing */
	int64_t at_ms;      /* as of then */
};

/* Takes a token; false when there is none.  The bucket holds `rate` of them,
 * one second's worth, and is filled with `rate` a second; 0: no limit. */
bool trunk_bucket_take(struct trunk_bucket *b, unsigned rate, int64_t now_ms);

#endif
