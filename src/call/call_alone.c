/* call/call_alone.c - a caller who is answered while nobody is at the other
 * end: the server itself answers it, and what it asks for, and it hears
 * silence until somebody is connected to it. */
#include "call/call_priv.h"

#include <string.h>

#include "base/mem.h"

/* What it was told holds from now on. */
static void settle(struct call *c)
{
	if (side_agree_alone(&c->side[CALLER]))
		call_watch_media(c);
	else
		timer_stop(loop_timers(c->conf->loop), &c->media_timer);
}

void call_rest(struct call *c)
{
	if (c->is_alone || !call_is_answered(c) || c->state == CALL_UP ||
	    c->state == CALL_OVER || !c->leg[CALLER])
		return;
	c->is_alone = true;
	settle(c);
}

/* --- our 2xx, and its ACK ------------------------------------------------------- */

/* Nothing when the caller has an answer already (RFC 3261 13.2.1). */
static int describe(struct call *c, struct buf *body)
{
	struct side *s = &c->side[CALLER];

	if (leg_is_committed(c->leg[CALLER]))
		return 0;
	return s->sdp ? side_answer_alone(body, s, s->sdp, call_now(c))
	              : side_offer_alone(body, s, call_now(c));
}

void call_answer(struct call *c)
{
	struct buf body = { 0 };
	int rc = describe(c, &body);

	if (rc < 0) {
		log_ctx_warn(&c->log, "no media ports: %s", strerror(-rc));
		buf_free(&body);
		call_respond(c, 503, "Service Unavailable",
		             "Retry-After: 5\r\n");
		return;
	}
	timer_stop(loop_timers(c->conf->loop), &c->ring_timer);
	leg_answer(c->leg[CALLER], body.len ? body.p : NULL, body.len, NULL);
	buf_free(&body);
	c->record.status = 200;
	c->record.answer_ms = call_unix_ms(c);
	c->awaits_ack = true;
	call_tell(c, CALL_CALLER);
	call_rest(c);
}

/* An answer to what we have offered. */
static bool take_answer(struct call *c, const struct message *m)
{
	struct side *s = &c->side[CALLER];
	struct sdp *answer = call_read_sdp(c, m);

	if (!answer || !side_accepts(s, answer)) {
		sdp_free(&answer);
		return false;
	}
	side_take(s, answer);
	return true;
}

void alone_acked(struct call *c, const struct message *m)
{
	if (!c->awaits_ack)
		return;
	c->awaits_ack = false;
	if (c->is_late_offer && !c->side[CALLER].sdp && !take_answer(c, m)) {
		log_ctx_warn(&c->log, "the ACK brought no usable answer");
		call_hangup(c, CALL_BY_SERVER, "INCOMPATIBLE_DESTINATION");
		return;
	}
	settle(c);
	c->ops->answered(c, c->arg);
}

/* --- what it asks for ----------------------------------------------------------- */

static void reply(struct leg_request *rq, int status, const char *reason)
{
	leg_reply(rq, status, reason, NULL, NULL, 0, NULL);
}

static void answer_offer(struct call *c, struct leg_request *rq,
                         const struct message *m)
{
	struct side *s = &c->side[CALLER];
	struct sdp *offer = call_read_sdp(c, m);
	struct buf body = { 0 };

	if (offer) { /* a phone may have moved */
		s->signalling = m->source;
		s->is_natted = leg_is_natted(c->leg[CALLER]);
	}
	if (!offer ||
	    side_answer_alone(&body, s, offer, call_now(c)) < 0) {
		sdp_free(&offer);
		reply(rq, 488, "Not Acceptable Here");
	} else {
		side_take(s, offer);
		settle(c);
		leg_reply(rq, 200, "OK", "application/sdp", body.p, body.len,
		          NULL);
	}
	buf_free(&body);
}

/* A re-INVITE without an offer gets ours once more (RFC 3261 14.2). */
static void offer_again(struct call *c, struct leg_request *rq)
{
	const char *ours = side_agreed(&c->side[CALLER]);

	c->offers_alone = true;
	leg_reply(rq, 200, "OK", "application/sdp", ours, strlen(ours), NULL);
}

void alone_request(struct call *c, struct leg_request *rq,
                   const struct message *m)
{
	if (c->awaits_ack)
		reply(rq, 491, "Request Pending");
	else if (message_has_sdp(m))
		answer_offer(c, rq, m);
	else if (strcmp(m->method, "INVITE") == 0)
		offer_again(c, rq);
	else if (strcmp(m->method, "INFO") == 0) /* keys, that nobody hears */
		reply(rq, 200, "OK");
	else
		reply(rq, 480, "Temporarily Unavailable");
}

void alone_reacked(struct call *c, const struct message *m)
{
	if (!c->offers_alone)
		return;
	c->offers_alone = false;
	if (take_answer(c, m))
		settle(c);
}
