/* media/pace.h - whether a relay thread should rest a little between two
 * batches.  Pure: no clock, no sleep.
 *
 * When packets come evenly spaced, each one wakes the thread, and waking
 * costs more than relaying.  A short rest then lets packets gather (it costs
 * each of them half a rest of delay on average).  When they come in bursts
 * anyway, a rest only adds to it.  So the thread counts, without resting, how
 * often it wakes for how much; rests for a second when that is often for
 * little; and counts again. */
#ifndef B2BUA_MEDIA_PACE_H
#define B2BUA_MEDIA_PACE_H

#include <stdbool.h>
#include "base/util.h"

#define PACE_REST_US 700

struct pace { /* all zero: just started */
	bool is_resting;
	int64_t until_ms; /* end of counting or of resting */
	unsigned wakes, packets;
};

/* The thread has just handled so many packets after waking once: is it to
 * rest for PACE_REST_US now?  now_ms: monotonic. */
bool pace_is_resting(struct pace *p, unsigned packets, int64_t now_ms);

#endif
