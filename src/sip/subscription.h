/* sip/subscription.h - the notifier's end of a subscription (RFC 6665): its
 * dialog, its time, its NOTIFYs.
 *
 * What there is to tell is asked of the owner when a NOTIFY is about to go:
 * so changes that come close together are told at once, and never more often
 * than conf->interval_ms; one NOTIFY is under way at a time.  NOTIFY goes to
 * where the last SUBSCRIBE came from, over its connection.  No sofia types. */
#ifndef B2BUA_SIP_SUBSCRIPTION_H
#define B2BUA_SIP_SUBSCRIPTION_H

#include "sip/agent.h"

struct subscription;

struct subscription_conf {      /* borrowed, outlives the subscription */
	const char *event;      /* "dialog" */
	const char *type;       /* Content-Type of what is told */
	unsigned min_s, max_s;  /* of Expires; shorter: 423, longer: cut */
	unsigned default_s;     /* when none is asked for */
	unsigned interval_ms;
};

struct subscription_ops {
	/* What there is to tell now; version: 0, 1, 2 ... of this
	 * subscription. */
	void (*write)(struct buf *body, unsigned version, void *arg);
	/* It is over; the subscription is gone for its owner. */
	void (*ended)(void *arg);
};

/* The event package a request names, without parameters; "" when none. */
const char *request_event(const struct request *rq);
/* May it be told in this type?  (No Accept: yes.) */
bool request_accepts(const struct request *rq, const char *type);

/* Answers rq (200, 423) and opens the dialog; the first NOTIFY follows.  0; or
 * -errno, and nothing was made.  ended() may come before the first NOTIFY is
 * answered, never from within. */
int subscription_accept(struct subscription **out, struct request *rq,
                        const struct subscription_conf *conf,
                        const struct subscription_ops *ops, void *arg);
/* Something has changed: it is told soon. */
void subscription_changed(struct subscription *s);
/* Ends it with a last NOTIFY; reason as in RFC 6665 4.1.3: "deactivated",
 * "noresource".  ended() is not called.  NULL-safe. */
void subscription_end(struct subscription **sp, const char *reason);

/* How long a subscription lasts when `asked` s are asked for (-1: nothing):
 * 0: not at all; -ERANGE: too short. */
int64_t subscription_lifetime(const struct subscription_conf *conf,
                              int64_t asked);

#endif
