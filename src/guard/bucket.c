/* guard/bucket.c - a token bucket in one number. */
#include "guard/bucket.h"

static int64_t token_us(const struct rate *r)
{
	return 1000000 / (int64_t)r->per_s;
}

bool bucket_take(struct bucket *b, const struct rate *r, int64_t now_ms)
{
	int64_t now_us = now_ms * 1000, room_us;

	if (r->per_s == 0)
		return true;
	room_us = token_us(r) * (r->burst ? r->burst : 1);
	if (b->full_us < now_us)
		b->full_us = now_us;
	if (b->full_us > now_us + room_us) /* the clock was set back */
		b->full_us = now_us + room_us;
	if (b->full_us + token_us(r) > now_us + room_us)
		return false;
	b->full_us += token_us(r);
	return true;
}
