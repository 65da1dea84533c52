/* guard/overload.c - how much work to refuse. */
#include "guard/overload.h"

/* The highest level whose threshold is reached. */
static enum overload_level by_lag(const struct overload_conf *c, int64_t ms)
{
	if (c->lag_ms == 0 || ms < c->lag_ms)
		return OVERLOAD_NONE;
	if (ms >= 4 * (int64_t)c->lag_ms)
		return OVERLOAD_DIALOGS;
	return ms >= 2 * (int64_t)c->lag_ms ? OVERLOAD_OUTSIDE
	                                    : OVERLOAD_CALLS;
}

static enum overload_level by_queue(const struct overload_conf *c, unsigned q)
{
	unsigned left = c->queue < 1000 ? 1000 - c->queue : 0;

	if (c->queue == 0 || q < c->queue)
		return OVERLOAD_NONE;
	if (q >= c->queue + left * 3 / 4)
		return OVERLOAD_DIALOGS;
	return q >= c->queue + left / 2 ? OVERLOAD_OUTSIDE : OVERLOAD_CALLS;
}

static enum overload_level judge(const struct overload_conf *c,
                                 const struct overload_sample *s)
{
	enum overload_level lag = by_lag(c, s->lag_ms);
	enum overload_level queue = by_queue(c, s->queue);
	enum overload_level worst = lag > queue ? lag : queue;

	if (worst == OVERLOAD_NONE && c->memory_mb &&
	    s->memory_mb >= c->memory_mb)
		return OVERLOAD_CALLS;
	return worst;
}

/* What it would say of figures that are half as bad again as these: memory,
 * which shrinks slowly, a tenth. */
static enum overload_level with_margin(const struct overload_conf *c,
                                       const struct overload_sample *s)
{
	struct overload_sample worse = {
		.lag_ms = s->lag_ms * 2,
		.queue = s->queue * 2,
		.memory_mb = s->memory_mb + s->memory_mb / 10,
	};

	return judge(c, &worse);
}

enum overload_level overload_feed(struct overload *o,
                                  const struct overload_conf *c,
                                  const struct overload_sample *s,
                                  int64_t now_ms)
{
	enum overload_level now = judge(c, s);

	if (now > o->level)
		o->level = now;
	if (o->level == OVERLOAD_NONE || with_margin(c, s) >= o->level) {
		o->calm_since_ms = -1;
		return o->level;
	}
	if (o->calm_since_ms < 0)
		o->calm_since_ms = now_ms;
	if (now_ms - o->calm_since_ms >= c->calm_ms) {
		o->level--;
		o->calm_since_ms = now_ms;
	}
	return o->level;
}

const char *overload_name(enum overload_level l)
{
	static const char *const names[] = { "none", "calls", "outside",
		                             "dialogs" };

	return names[l];
}
