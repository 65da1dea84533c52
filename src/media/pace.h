/* media/pace.h - whether a relay thread should rest a little between two
 * batches.  Pure: the clocks are handed in, and the caller sleeps.
 *
 * When packets come evenly spaced, each one wakes the thread, and waking
 * costs more than relaying: a short rest lets packets gather (and delays
 * each by half a rest on average).  When they come in bursts anyway, a rest
 * only adds to the cost.  Which of the two it is depends on the traffic and
 * on the machine, so a busy thread that wakes for a few packets at a time
 * measures its own CPU time per packet, awake and resting, and rests for the
 * next seconds if that is clearly cheaper. */
#ifndef B2BUA_MEDIA_PACE_H
#define B2BUA_MEDIA_PACE_H

#include <stdbool.h>
#include "base/util.h"

#define PACE_REST_US 700

typedef int64_t pace_cpu_fn(void *arg); /* CPU time used so far, in ns */

enum pace_phase { PACE_AWAKE, PACE_COUNT, PACE_TRY, PACE_REST };

struct pace {
	pace_cpu_fn *cpu;
	void *arg;            /* borrowed */
	enum pace_phase phase;
	int64_t since_ms;     /* of this phase */
	int64_t cpu_ns;       /* then */
	int64_t awake_ns;     /* a packet's cost, as counted last */
	uint64_t wakes, packets;
};

void pace_init(struct pace *p, pace_cpu_fn *cpu, void *arg, int64_t now_ms);

/* The thread has just handled so many packets after waking once: is it to
 * rest for PACE_REST_US now?  now_ms: monotonic. */
bool pace_is_resting(struct pace *p, unsigned packets, int64_t now_ms);

#endif
