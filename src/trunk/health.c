/* trunk/health.c - is a gateway fit for calls. */
#include "trunk/health.h"

/* Nobody keeps us off a carrier for the rest of the day. */
#define LONGEST_HOLD_S 600

static bool is_bad(enum trunk_news news)
{
	return news == TRUNK_PROBE_BAD || news == TRUNK_CALL_BAD;
}

bool trunk_health_feed(struct trunk_health *h,
                       const struct trunk_health_conf *conf,
                       enum trunk_news news)
{
	bool was_down = h->is_down;

	h->was_asked = true;
	if (is_bad(news)) {
		h->good = 0;
		if (!was_down && ++h->bad >= conf->down_after)
			h->is_down = true;
	} else {
		h->bad = 0;
		if (was_down && news == TRUNK_PROBE_OK &&
		    ++h->good >= conf->up_after)
			h->is_down = false;
	}
	if (h->is_down != was_down)
		h->bad = h->good = 0;
	return h->is_down != was_down;
}

void trunk_health_hold(struct trunk_health *h, int retry_after_s,
                       int64_t now_ms)
{
	int64_t until;

	if (retry_after_s <= 0)
		return;
	if (retry_after_s > LONGEST_HOLD_S)
		retry_after_s = LONGEST_HOLD_S;
	until = now_ms + (int64_t)retry_after_s * 1000;
	if (until > h->held_until_ms)
		h->held_until_ms = until;
}

bool trunk_health_is_held(const struct trunk_health *h, int64_t now_ms)
{
	return now_ms < h->held_until_ms;
}
