/* media/pace.c - whether a relay thread should rest between two batches. */
#include "media/pace.h"

#define COUNT_MS    16
#define REST_MS     1000
#define OFTEN       160 /* wakes in COUNT_MS: 10,000 a second */
#define FEW_PACKETS 2   /* a wake */

static void begin(struct pace *p, bool is_resting, int64_t now_ms)
{
	p->is_resting = is_resting;
	p->until_ms = now_ms + (is_resting ? REST_MS : COUNT_MS);
	p->wakes = 0;
	p->packets = 0;
}

bool pace_is_resting(struct pace *p, unsigned packets, int64_t now_ms)
{
	bool is_busy;

	if (now_ms >= p->until_ms) {
		is_busy = !p->is_resting && p->wakes >= OFTEN &&
		          p->packets < FEW_PACKETS * p->wakes &&
		          now_ms - p->until_ms < COUNT_MS;
		begin(p, is_busy, now_ms);
	}
	p->wakes++;
	p->packets += packets;
	return p->is_resting;
}
