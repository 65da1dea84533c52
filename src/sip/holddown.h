/* sip/holddown.h - which next hops are dead, as far as our own requests have
 * shown.  Pure: results and the time go in, what may be tried comes out.
 *
 * A target (address, port, transport) that was silent or refused goes last
 * for a while: it is tried when nothing else is left, and by one request at a
 * time.  After that one request in its usual place proves it.  Any answer
 * sets it free.  One that said 503 with Retry-After is left alone for that
 * time (RFC 3261 21.5.4).  And no target has more than so many requests
 * unanswered: whoever dies has few waiting on it. */
#ifndef B2BUA_SIP_HOLDDOWN_H
#define B2BUA_SIP_HOLDDOWN_H

#include "sip/resolve.h"

struct holddown;

struct holddown_conf {
	unsigned hold_ms;        /* 0: none is held down */
	unsigned max_unanswered; /* of one target; 0: no limit */
};
void holddown_create(struct holddown **out, const struct holddown_conf *conf);
void holddown_destroy(struct holddown **hp); /* NULL-safe */

struct hop { /* a target */
	struct addr addr; /* with port */
	enum sip_transport transport;
};

enum hold {
	HOLD_FREE,
	HOLD_LAST, /* when nothing else is left */
	HOLD_SHUT  /* not now */
};
/* h NULL: nothing is known of any. */
enum hold holddown_judge(const struct holddown *h, const struct hop *to,
                         int64_t now_ms);
/* The one of a's to try next; bits of `tried` are those behind us.  a->n:
 * there is none. */
size_t holddown_pick(const struct holddown *h, const struct resolve_answer *a,
                     unsigned tried, int64_t now_ms);

/* A request goes there.  Each is ended once. */
void holddown_sent(struct holddown *h, const struct hop *to);
enum hold_result {
	HOLD_ANSWERED, /* whatever it said */
	HOLD_SILENT,
	HOLD_REFUSED,
	HOLD_DROPPED   /* we gave up first */
};
void holddown_ended(struct holddown *h, const struct hop *to,
                    enum hold_result result, int64_t sent_ms, int64_t now_ms);
/* It answered 503 with Retry-After. */
void holddown_busy(struct holddown *h, const struct hop *to,
                   unsigned retry_after_s, int64_t now_ms);

struct hold_view { /* for operators */
	struct hop hop;
	enum hold state;
	unsigned unanswered;
	int64_t left_ms; /* of the time it is held down; 0: over */
};
typedef void hold_fn(const struct hold_view *v, void *arg);
void holddown_each(const struct holddown *h, int64_t now_ms, hold_fn *fn,
                   void *arg);
size_t holddown_unanswered(const struct holddown *h); /* gauge */

#endif
