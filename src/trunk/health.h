/* trunk/health.h - is a gateway fit for calls: what its answers to OPTIONS
 * and to real calls add up to.  Pure: data in, data out. */
#ifndef B2BUA_TRUNK_HEALTH_H
#define B2BUA_TRUNK_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

struct trunk_health_conf {
	unsigned down_after; /* failures in a row, at least 1 */
	unsigned up_after;   /* answers to probes in a row, at least 1 */
};

struct trunk_health {        /* all zero is a gateway that nobody asked */
	bool was_asked, is_down;
	unsigned bad, good;  /* in a row */
	int64_t held_until_ms; /* Retry-After: nothing goes there before */
};

enum trunk_news {
	TRUNK_PROBE_OK,  /* any answer to OPTIONS but 503 */
	TRUNK_PROBE_BAD, /* 503, or none */
	TRUNK_CALL_OK,   /* a call was answered, with whatever but 503 */
	TRUNK_CALL_BAD
};
/* True when it went down, or came up again.  A call's failure counts like a
 * probe's; only probes bring a gateway up. */
bool trunk_health_feed(struct trunk_health *h,
                       const struct trunk_health_conf *conf,
                       enum trunk_news news);
/* RFC 3261 21.5.4: a 503 with Retry-After; -1: it had none. */
void trunk_health_hold(struct trunk_health *h, int retry_after_s,
                       int64_t now_ms);
bool trunk_health_is_held(const struct trunk_health *h, int64_t now_ms);

#endif
