/* sip/leg_reliable.c - 18x that the caller acknowledges (RFC 3262 3).
 *
 * One waits for its PRACK at a time, the others for their turn.  nta has all
 * this, too; why it is ours: doc/adr/0006. */
#include "sip/leg_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"

#define MOST_WAITING 8 /* a fork that rings on and on is not worth more */

struct provisional {
	int status;
	char *reason, *sdp, *headers; /* owned; the last two may be NULL */
	size_t sdp_len;
	struct provisional *next;
};

struct leg_reliable {
	bool is_required;        /* Require: 100rel: every 18x goes this way */
	uint32_t rseq;           /* of the one sent last; 0: none yet */
	uint32_t cseq;           /* the INVITE's */
	struct provisional *waiting; /* owned; the first one has been sent */
	bool is_committed;       /* a description was among them */
	bool is_agreed;          /* and it has been acknowledged */
	bool takes_prack;        /* of the last: a 2xx went out before it */
	unsigned interval_ms;    /* to the next repeat */
	int64_t since_ms;        /* when it was sent first */
	struct timer repeat;
	bool holds_answer;       /* the 2xx waits for a PRACK */
	struct provisional answer; /* that */
};

void leg_reliable_learn(struct leg *l, const sip_t *invite)
{
	bool must = sip_has_feature(invite->sip_require, "100rel");

	if (!must && !sip_has_feature(invite->sip_supported, "100rel"))
		return;
	l->reliable = xzalloc(sizeof(*l->reliable));
	l->reliable->is_required = must;
	l->reliable->cseq = invite->sip_cseq->cs_seq;
	/* RFC 3262 3: from 1 to 2**31 - 1, and never round */
	l->reliable->rseq = (uint32_t)(random_u64() >> 34) + 1;
}

static void fill(struct provisional *p, int status, const char *reason,
                 const char *sdp, size_t len, const char *headers)
{
	p->status = status;
	p->reason = xstrdup(reason);
	p->sdp = sdp ? xstrndup(sdp, len) : NULL;
	p->sdp_len = len;
	p->headers = xstrdup(headers);
}

static void clear(struct provisional *p)
{
	free(p->reason);
	free(p->sdp);
	free(p->headers);
	*p = (struct provisional){ 0 };
}

static void drop_first(struct leg_reliable *r)
{
	struct provisional *p = r->waiting;

	r->waiting = p->next;
	clear(p);
	free(p);
}

void leg_reliable_stop(struct leg *l)
{
	struct leg_reliable *r = l->reliable;

	if (!r)
		return;
	timer_stop(loop_timers(l->agent->loop), &r->repeat);
	/* RFC 3262 3: a PRACK for it may still come after the 2xx */
	r->takes_prack = r->waiting != NULL;
	while (r->waiting)
		drop_first(r);
	r->holds_answer = false;
	clear(&r->answer);
}

void leg_reliable_free(struct leg *l)
{
	leg_reliable_stop(l);
	free(l->reliable);
	l->reliable = NULL;
}

/* --- sending ------------------------------------------------------------ */

static void transmit(struct leg *l)
{
	struct leg_reliable *r = l->reliable;
	const struct provisional *p = r->waiting;
	char *lines = xasprintf("Require: 100rel\r\nRSeq: %u\r\n%s", r->rseq,
	                        p->headers ? p->headers : "");

	leg_reply_invite(l, p->status, p->reason, p->sdp, p->sdp_len, lines);
	free(lines);
}

/* RFC 3262 3: then the INVITE is to be refused with a 5xx. */
static void never_acknowledged(struct leg *l)
{
	log_ctx_info(&l->log, "no PRACK for 64*T1");
	leg_reject(l, 504, "Reliable Response Timeout", NULL);
	l->ops->ended(l, LEG_END_NO_PRACK, NULL, l->arg);
}

static void on_repeat(struct timer *t, void *arg);

static void wait_for_prack(struct leg *l)
{
	struct leg_reliable *r = l->reliable;
	struct timers *ts = loop_timers(l->agent->loop);
	int64_t left = r->since_ms + l->agent->t1x64_ms - timers_now(ts);

	timer_start(ts, &r->repeat, left < r->interval_ms ? left
	                                                  : r->interval_ms,
	            on_repeat, l);
	r->interval_ms *= 2;
}

static void on_repeat(struct timer *t, void *arg)
{
	struct leg *l = arg;
	struct leg_reliable *r = l->reliable;

	(void)t;
	OBJ_CHECK(l, LEG_MAGIC);
	leg_hold(l);
	if (timers_now(loop_timers(l->agent->loop)) - r->since_ms >=
	    l->agent->t1x64_ms) {
		never_acknowledged(l);
	} else {
		transmit(l);
		wait_for_prack(l);
	}
	leg_drop(l);
}

static void send_first(struct leg *l)
{
	struct leg_reliable *r = l->reliable;

	r->rseq++;
	r->since_ms = timers_now(loop_timers(l->agent->loop));
	r->interval_ms = l->agent->t1x64_ms / 64;
	transmit(l);
	wait_for_prack(l);
}

bool leg_reliable_ring(struct leg *l, int status, const char *reason,
                       const char *sdp, size_t len, const char *headers)
{
	struct leg_reliable *r = l->reliable;
	struct provisional **end;
	size_t n = 0;

	if (!r || (!r->is_required && !sdp))
		return false;
	for (end = &r->waiting; *end; end = &(*end)->next)
		n++;
	if (r->holds_answer || (n >= MOST_WAITING && !sdp))
		return true;
	*end = xzalloc(sizeof(**end));
	fill(*end, status, reason, sdp, len, headers);
	r->is_committed |= sdp != NULL;
	if (n == 0)
		send_first(l);
	return true;
}

static bool description_waits(const struct leg_reliable *r)
{
	for (const struct provisional *p = r->waiting; p; p = p->next)
		if (p->sdp)
			return true;
	return false;
}

bool leg_reliable_holds(struct leg *l, const char *sdp, size_t len,
                        const char *headers)
{
	struct leg_reliable *r = l->reliable;

	/* RFC 3262 3: no 2xx while one with a description waits */
	if (!r || !description_waits(r))
		return false;
	clear(&r->answer);
	fill(&r->answer, 200, NULL, sdp, len, headers);
	r->holds_answer = true;
	return true;
}

/* --- PRACK -------------------------------------------------------------- */

static bool is_for(const struct leg_reliable *r, const sip_rack_t *rack)
{
	return r && rack && (r->waiting || r->takes_prack) &&
	       rack->ra_response == r->rseq && rack->ra_cseq == r->cseq &&
	       rack->ra_method == sip_method_invite;
}

static void answer_at_last(struct leg *l)
{
	struct provisional p = l->reliable->answer;

	l->reliable->answer = (struct provisional){ 0 };
	l->reliable->holds_answer = false;
	leg_answer(l, p.sdp, p.sdp_len, p.headers);
	clear(&p);
}

/* The next one's turn, or the 2xx's. */
static void go_on(struct leg *l)
{
	struct leg_reliable *r = l->reliable;

	if (!r || l->state != LEG_OFFERED || l->is_cancelled)
		return;
	if (r->holds_answer && !description_waits(r))
		answer_at_last(l);
	else if (r->waiting)
		send_first(l);
}

static void acknowledge(struct leg *l)
{
	struct leg_reliable *r = l->reliable;

	r->takes_prack = false;
	if (!r->waiting)
		return; /* the 2xx went out meanwhile */
	timer_stop(loop_timers(l->agent->loop), &r->repeat);
	if (r->waiting->sdp)
		r->is_agreed = true;
	drop_first(r);
}

int leg_prack_received(struct leg *l, nta_incoming_t *irq, const sip_t *sip)
{
	int status = 200;

	if (l->is_released || !is_for(l->reliable, sip->sip_rack))
		return 481;
	acknowledge(l);
	if (sip->sip_payload) /* an offer, or the answer to one of ours */
		status = leg_take_request(l, irq, sip);
	else
		nta_incoming_treply(irq, SIP_200_OK, TAG_END());
	go_on(l);
	return status;
}

/* --- questions ---------------------------------------------------------- */

bool leg_can_prack(const struct leg *l)
{
	return l->reliable != NULL;
}

bool leg_is_committed(const struct leg *l)
{
	return l->reliable && l->reliable->is_committed;
}

bool leg_is_agreed(const struct leg *l)
{
	if (!l->is_inbound)
		return l->early && !l->early->next && l->early->is_agreed;
	return l->reliable && l->reliable->is_agreed &&
	       !description_waits(l->reliable);
}
