/* trunk/limits.c - may an account have one more call by a carrier? */
#include "trunk/limits.h"

/* What does not fit; -1 takes all. */
static unsigned beyond(unsigned used, int limit)
{
	if (limit < 0 || used <= (unsigned)limit)
		return 0;
	return used - (unsigned)limit;
}

/* Two-way trunks take what the others leave over, burst trunks the rest. */
static enum limits_answer find_trunk(const struct limits *l,
                                     const struct limits_use *use)
{
	unsigned left = beyond(use->inbound, l->inbound_trunks) +
	                beyond(use->outbound, l->outbound_trunks);

	left = beyond(left, l->twoway_trunks);
	if (left == 0)
		return LIMITS_TRUNK;
	return beyond(left, l->burst_trunks) == 0 ? LIMITS_BURST
	                                          : LIMITS_TRUNKS;
}

enum limits_answer limits_ask(const struct limits *l,
                              const struct limits_use *use, bool is_inbound)
{
	enum limits_answer a;

	if (!l || !l->is_enabled)
		return LIMITS_TRUNK;
	if (beyond(use->calls, l->calls) > 0)
		a = LIMITS_CALLS;
	else if (beyond(use->inbound + use->outbound,
	                l->resource_consuming_calls) > 0)
		a = LIMITS_CONSUMING;
	else
		a = find_trunk(l, use);
	if (limits_refuse(a) &&
	    (is_inbound ? l->soft_inbound : l->soft_outbound))
		return LIMITS_SOFT;
	return a;
}

bool limits_refuse(enum limits_answer a)
{
	return a >= LIMITS_CALLS;
}

const char *limits_text(enum limits_answer a)
{
	static const char *const texts[] = {
		[LIMITS_TRUNK] = "a trunk",
		[LIMITS_BURST] = "a burst trunk",
		[LIMITS_SOFT] = "beyond its limits, which are soft",
		[LIMITS_CALLS] = "calls",
		[LIMITS_CONSUMING] = "resource_consuming_calls",
		[LIMITS_TRUNKS] = "no trunk is free",
	};

	return texts[a];
}
