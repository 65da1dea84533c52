/* media/pace.c - whether a relay thread should rest between two batches. */
#include "media/pace.h"

#define BUSY_PER_MS 2  /* packets; below, the cost does not matter */
#define FEW_A_WAKE  4  /* packets; above, they gather by themselves */
#define GAIN_PCT    15 /* what a rest must save to be worth its delay */

static const int64_t length_ms[] = {
	[PACE_AWAKE] = 5000,
	[PACE_COUNT] = 100,
	[PACE_TRY] = 100,
	[PACE_REST] = 5000,
};

static void enter(struct pace *p, enum pace_phase phase, int64_t now_ms)
{
	p->phase = phase;
	p->since_ms = now_ms;
	p->cpu_ns = p->cpu(p->arg);
	p->wakes = 0;
	p->packets = 0;
}

void pace_init(struct pace *p, pace_cpu_fn *cpu, void *arg, int64_t now_ms)
{
	*p = (struct pace){ .cpu = cpu, .arg = arg };
	enter(p, PACE_COUNT, now_ms);
}

/* A phase that lasted ms has ended (late, when no packets came). */
static enum pace_phase next(struct pace *p, int64_t ms)
{
	int64_t cost;

	if (p->phase == PACE_AWAKE || p->phase == PACE_REST ||
	    p->packets < BUSY_PER_MS * (uint64_t)ms)
		return PACE_COUNT;
	cost = (p->cpu(p->arg) - p->cpu_ns) / (int64_t)p->packets;
	if (p->phase == PACE_TRY)
		return 100 * cost <= (100 - GAIN_PCT) * p->awake_ns
		               ? PACE_REST
		               : PACE_AWAKE;
	if (p->packets >= FEW_A_WAKE * p->wakes)
		return PACE_COUNT;
	p->awake_ns = cost;
	return PACE_TRY;
}

bool pace_is_resting(struct pace *p, unsigned packets, int64_t now_ms)
{
	int64_t ms = now_ms - p->since_ms;

	p->wakes++;
	p->packets += packets;
	if (ms >= length_ms[p->phase])
		enter(p, next(p, ms), now_ms);
	return p->phase == PACE_TRY || p->phase == PACE_REST;
}
