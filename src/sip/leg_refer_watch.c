/* sip/leg_refer_watch.c - the subscription that comes with a REFER (RFC 3515
 * 2.4.4): its time, and the SUBSCRIBE that prolongs or ends it (RFC 6665
 * 4.2.1). */
#include "sip/leg_priv.h"
#include "sip/leg_refer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strutil.h"

#define LONGEST_S 300 /* longer than anybody rings */

static void expire(struct timer *t, void *arg)
{
	struct leg *l = arg;

	(void)t;
	OBJ_CHECK(l, LEG_MAGIC);
	leg_hold(l);
	leg_end_subscription(l, "timeout");
	leg_drop(l);
}

void leg_watch_refer(struct leg *l, int64_t seconds)
{
	struct timers *ts = loop_timers(l->agent->loop);

	if (seconds < 0 || seconds > LONGEST_S)
		seconds = LONGEST_S;
	l->refer.end_ms = loop_now_ms(l->agent->loop) + seconds * 1000;
	timer_stop(ts, &l->refer.expiry);
	timer_start(ts, &l->refer.expiry, seconds * 1000, expire, l);
}

void leg_unwatch_refer(struct leg *l)
{
	timer_stop(loop_timers(l->agent->loop), &l->refer.expiry);
}

int leg_refer_left_s(const struct leg *l)
{
	int64_t left = l->refer.end_ms - loop_now_ms(l->agent->loop);

	return left > 0 ? (int)((left + 999) / 1000) : 0;
}

/* RFC 3515 2.4.6: the CSeq of its REFER; the only one may be left unnamed. */
static bool is_named(const struct leg *l, const sip_event_t *e)
{
	char id[12];

	if (!l->refer.is_open)
		return false;
	snprintf(id, sizeof(id), "%u", l->refer.cseq);
	return str_is_empty(e->o_id) || str_eq(e->o_id, id);
}

int leg_subscribed(struct leg *l, nta_incoming_t *irq, const sip_t *sip)
{
	const sip_event_t *e = sip->sip_event;
	int64_t seconds = sip->sip_expires
	                          ? (int64_t)sip->sip_expires->ex_delta
	                          : LONGEST_S;
	char expires[12];

	if (!e || !str_eq_case(e->o_type, "refer")) {
		nta_incoming_treply(irq, SIP_489_BAD_EVENT,
		                    SIPTAG_ALLOW_EVENTS_STR("refer"),
		                    TAG_END());
		return 489;
	}
	if (!is_named(l, e)) /* RFC 6665 4.2.1.2 */
		return 481;
	leg_watch_refer(l, seconds);
	snprintf(expires, sizeof(expires), "%d",
	         seconds ? leg_refer_left_s(l) : 0);
	nta_incoming_treply(irq, SIP_200_OK, SIPTAG_CONTACT_STR(l->contact),
	                    SIPTAG_EXPIRES_STR(expires), TAG_END());
	/* RFC 6665 4.2.1.2: what is, at once */
	if (seconds)
		leg_notify(l, l->refer.told, false);
	else
		leg_end_subscription(l, "timeout");
	return 200;
}
