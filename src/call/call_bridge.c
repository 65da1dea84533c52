/* call/call_bridge.c - an answered call: requests go across with their offers
 * and answers, and silence ends it. */
#include "call/call_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int side_of(const struct call *c, const struct leg *l)
{
	return l == c->leg[CALLER] ? CALLER : CALLEE;
}

struct sdp *call_read_sdp(const struct call *c, const struct message *m)
{
	struct sdp *sdp = NULL;
	const char *why = "";

	if (!message_has_sdp(m))
		return NULL;
	if (sdp_parse(&sdp, m->body, m->body_len, &why) < 0)
		log_ctx_info(&c->log, "description refused: %s", why);
	return sdp;
}

struct sdp *call_read_answer(const struct call *c, const struct message *m,
                             const struct sdp *offer)
{
	struct message first = *m;

	if (message_has_sdp(m))
		first.body_len = sdp_head(m->body, m->body_len,
		                          sdp_stream_count(offer));
	return call_read_sdp(c, &first);
}

/* --- endings ------------------------------------------------------------------ */

static char *reason_line(const struct message *m)
{
	char *reason = m ? message_reason(m) : NULL, *line = NULL;

	if (reason)
		line = xasprintf("Reason: %s\r\n", reason);
	free(reason);
	return line;
}

static void release_other(struct call *c, int other, const struct message *m)
{
	char *line = reason_line(m);

	leg_release(&c->leg[other], LEG_RELEASE_NORMAL, line);
	free(line);
}

/* Who gave up may have said why; those that ring are told (RFC 3326 2). */
static void keep_reason(struct call *c, const struct message *m)
{
	free(c->cancel_headers);
	c->cancel_headers = reason_line(m);
	c->record.q850 = m ? message_q850(m) : 0;
}

/* How a leg ends that nobody hangs up; NULL: somebody does. */
static const char *loss(enum leg_end why)
{
	switch (why) {
	case LEG_END_NO_ACK:
		return "The answer was never acknowledged";
	case LEG_END_NO_PRACK:
		return "A response was never acknowledged";
	case LEG_END_LOST:
		return "The dialog is lost";
	case LEG_END_EXPIRED:
		return "Session expired";
	case LEG_END_BYE:
	case LEG_END_CANCEL:
		break;
	}
	return NULL;
}

static void ended(struct leg *l, enum leg_end why, const struct message *m,
                  void *arg)
{
	struct call *c = arg;
	int side = side_of(c, l);
	enum call_by by = side == CALLER ? CALL_BY_CALLER : CALL_BY_CALLEE;
	const char *cause = NULL;

	OBJ_CHECK(c, CALL_MAGIC);
	call_hold(c);
	if (call_left(c, l)) {
		call_drop(c);
		return;
	}
	if (loss(why)) {
		cause = "RECOVERY_ON_TIMER_EXPIRE";
		call_tell_ending(c, cause, loss(why));
		by = CALL_BY_SERVER;
		if (why == LEG_END_NO_PRACK)
			c->record.status = 504;
	} else if (why == LEG_END_CANCEL) {
		cause = "ORIGINATOR_CANCEL";
	}
	log_ctx_info(&c->log, "%s %s", side == CALLER ? "caller" : "callee",
	             why == LEG_END_BYE      ? "hung up"
	             : why == LEG_END_CANCEL ? "gave up"
	             : why == LEG_END_NO_ACK ? "never acknowledged the answer"
	             : why == LEG_END_NO_PRACK ? "never acknowledged a 18x"
	             : why == LEG_END_EXPIRED ? "did not refresh the session"
	                                     : "lost the dialog");
	if (side == CALLEE && why == LEG_END_BYE && call_may_go_on(c)) {
		call_unbridge(c, m);
	} else {
		if (!loss(why))
			keep_reason(c, m);
		if (c->state == CALL_UP && why == LEG_END_BYE)
			release_other(c, !side, m);
		call_hangup(c, by, cause);
	}
	call_drop(c);
}

/* --- the caller's ACK ---------------------------------------------------------- */

static void answer_late_offer(struct call *c, const struct message *m)
{
	struct side *a = &c->side[CALLER], *b = &c->side[CALLEE];
	struct sdp *answer = call_read_answer(c, m, b->sdp);
	struct buf body = { 0 };

	if (!answer || !sdp_answers(answer, b->sdp)) {
		sdp_free(&answer);
		log_ctx_warn(&c->log, "the ACK brought no usable answer");
		leg_ack(c->leg[CALLEE], NULL, 0);
		call_hangup(c, CALL_BY_SERVER, "INCOMPATIBLE_DESTINATION");
		return;
	}
	side_take(a, answer);
	if (side_translate(&body, answer, b->sdp, a, b, call_now(c)) == 0)
		sides_agree(a, b, call_now(c));
	leg_ack(c->leg[CALLEE], body.p, body.len);
	buf_free(&body);
}

static void acked(struct leg *l, const struct message *m, void *arg)
{
	struct call *c = arg;

	OBJ_CHECK(c, CALL_MAGIC);
	call_hold(c);
	if (c->state == CALL_UP && c->is_reoffering)
		call_early_acked(c);
	else if (c->state == CALL_UP && l == c->leg[CALLER] && c->is_late_offer)
		answer_late_offer(c, m);
	else if (c->is_alone)
		alone_acked(c, m);
	join_poke(c);
	call_drop(c);
}

/* --- requests across ------------------------------------------------------------ */

static void send_across(struct call *c, int to, struct leg_request *rq,
                        const struct message *m);

static void close_crossing(struct crossing *x)
{
	sdp_free(&x->offer);
	x->rq = NULL;
	x->is_open = x->is_invite = x->waits_for_ack = false;
}

static void next_crossing(struct call *c, int to)
{
	struct crossing *x = &c->cross[to];
	struct leg_request *rq;
	struct message m;

	close_crossing(x);
	while (x->n_waiting > 0 && !x->is_open && c->state == CALL_UP) {
		rq = x->waiting[0];
		memmove(x->waiting, x->waiting + 1,
		        --x->n_waiting * sizeof(struct leg_request *));
		leg_request_view(rq, &m);
		send_across(c, to, rq, &m);
	}
}

void call_crossing_clear(struct call *c)
{
	for (int i = 0; i < 2; i++) {
		close_crossing(&c->cross[i]);
		c->cross[i].n_waiting = 0;
	}
}

static void refuse(struct leg_request *rq, int status, const char *reason)
{
	leg_reply(rq, status, reason, NULL, NULL, 0, NULL);
}

void call_crossing_refuse(struct call *c, int to)
{
	struct crossing *x = &c->cross[to];

	if (x->rq)
		refuse(x->rq, 487, "Request Terminated");
	for (size_t i = 0; i < x->n_waiting; i++)
		refuse(x->waiting[i], 487, "Request Terminated");
	call_crossing_clear(c);
}

/* The body as the other leg shall see it: descriptions are translated,
 * anything else (DTMF in INFO) goes as it is. */
static int make_body(struct call *c, int to, const struct message *m,
                     struct sdp **offer, struct buf *body)
{
	if (!message_has_sdp(m)) {
		if (m->body)
			buf_add(body, m->body, m->body_len);
		return 0;
	}
	*offer = call_read_sdp(c, m);
	if (!*offer)
		return -EINVAL;
	/* a phone may have moved: its media comes from there, too */
	c->side[!to].signalling = m->source;
	c->side[!to].is_natted = leg_is_natted(c->leg[!to]);
	return side_translate(body, *offer, NULL, &c->side[!to],
	                      &c->side[to], call_now(c));
}

static void send_across(struct call *c, int to, struct leg_request *rq,
                        const struct message *m)
{
	struct crossing *x = &c->cross[to];
	const char *method = leg_request_method(rq);
	struct sdp *offer = NULL;
	struct buf body = { 0 };
	char *headers = message_crossing(m), *type = message_content_type(m);
	int rc = leg_may_send(c->leg[to], method, m->body != NULL);

	if (rc == 0)
		rc = make_body(c, to, m, &offer, &body);
	if (rc == 0)
		rc = leg_send(c->leg[to], method, type, body.p, body.len,
		              headers);
	if (rc == 0) {
		x->rq = rq;
		x->offer = offer;
		x->is_open = true;
		x->is_invite = strcmp(method, "INVITE") == 0;
	} else {
		sdp_free(&offer);
		/* RFC 3261 14.1: glare, or its dialog is not confirmed yet */
		if (rc == -EBUSY || rc == -ENOTCONN)
			refuse(rq, 491, "Request Pending");
		else if (rc == -EINVAL)
			refuse(rq, 488, "Not Acceptable Here");
		else
			refuse(rq, 503, "Service Unavailable");
	}
	free(type);
	free(headers);
	buf_free(&body);
}

static void request(struct leg *l, struct leg_request *rq,
                    const struct message *m, void *arg)
{
	struct call *c = arg;
	int to = !side_of(c, l);
	struct crossing *x = &c->cross[to];

	OBJ_CHECK(c, CALL_MAGIC);
	call_hold(c);
	if (strcmp(m->method, "REFER") == 0)
		call_referred(c, l, rq, m);
	else if ((c->state != CALL_UP && !call_is_answered(c)) ||
	         c->is_offering || strcmp(m->method, "PRACK") == 0)
		call_early_request(c, rq, m);
	else if (c->is_alone && c->state != CALL_UP && !c->is_joining)
		alone_request(c, rq, m);
	else if (!c->leg[to]) /* it has left; another is on the way */
		refuse(rq, 491, "Request Pending");
	else if (c->state != CALL_UP || c->is_joining)
		/* nobody is there yet: RFC 3261 14.2 for offers */
		refuse(rq, 491, "Request Pending");
	else if (!x->is_open)
		send_across(c, to, rq, m);
	else if (message_has_sdp(m) || strcmp(m->method, "INVITE") == 0)
		refuse(rq, 491, "Request Pending");
	else if (x->n_waiting == NELEM(x->waiting))
		refuse(rq, 500, "Too Many Requests");
	else
		x->waiting[x->n_waiting++] = rq;
	call_drop(c);
}

/* --- and their answers ------------------------------------------------------------ */

/* A 2xx to an offer that went across. */
static void answer_across(struct call *c, int to, struct crossing *x,
                          const struct message *m)
{
	struct side *there = &c->side[to], *here = &c->side[!to];
	struct sdp *answer = call_read_answer(c, m, x->offer);
	struct leg_request *rq = x->rq;
	struct buf body = { 0 };

	if (x->is_invite)
		leg_ack(c->leg[to], NULL, 0);
	if (answer && sdp_answers(answer, x->offer) &&
	    side_translate(&body, answer, x->offer, there, here,
	                   call_now(c)) == 0) {
		side_take(there, answer);
		side_take(here, x->offer);
		x->offer = NULL;
		sides_agree(here, there, call_now(c));
		c->media_since_ms = call_now(c);
		leg_reply(rq, 200, "OK", "application/sdp", body.p, body.len,
		          NULL);
	} else {
		sdp_free(&answer);
		sides_restore(here, there, call_now(c));
		refuse(rq, 488, "Not Acceptable Here");
	}
	buf_free(&body);
	next_crossing(c, to);
}

static struct sdp *take_offer(struct crossing *x)
{
	struct sdp *offer = x->offer;

	x->offer = NULL;
	return offer;
}

/* A 2xx with an offer to a re-INVITE without: the answer is in the ACK. */
static void offer_back(struct call *c, int to, struct crossing *x,
                       const struct message *m)
{
	struct buf body = { 0 };

	x->offer = call_read_sdp(c, m);
	if (!x->offer) {
		leg_ack(c->leg[to], NULL, 0);
		refuse(x->rq, 488, "Not Acceptable Here");
		next_crossing(c, to);
	} else if (side_translate(&body, x->offer, NULL, &c->side[to],
	                          &c->side[!to], call_now(c)) < 0) {
		refuse(x->rq, 488, "Not Acceptable Here");
		x->rq = NULL;
		call_unanswered(c, to, take_offer(x));
		next_crossing(c, to);
	} else {
		x->waits_for_ack = true;
		leg_reply(x->rq, 200, "OK", "application/sdp", body.p, body.len,
		          NULL);
		x->rq = NULL;
	}
	buf_free(&body);
}

static void pass_back(struct call *c, int to, struct crossing *x,
                      const struct message *m)
{
	struct leg_request *rq = x->rq;
	char *type = message_content_type(m);

	if (x->offer) /* what holds still holds; new streams go again */
		sides_restore(&c->side[CALLER], &c->side[CALLEE], call_now(c));
	if (m->status == 401 || m->status == 407) /* it asked us, not them */
		refuse(rq, 403, "Forbidden");
	else
		leg_reply(rq, m->status, m->reason, type,
		          message_has_sdp(m) ? NULL : m->body,
		          message_has_sdp(m) ? 0 : m->body_len, NULL);
	free(type);
	next_crossing(c, to);
}

static void response(struct leg *l, const struct message *m, void *arg)
{
	struct call *c = arg;
	int to = side_of(c, l);
	struct crossing *x = &c->cross[to];
	bool is_success = m->status < 300;

	OBJ_CHECK(c, CALL_MAGIC);
	call_hold(c);
	if (join_response(c, l, m))
		; /* of a transfer */
	else if (c->state == CALL_DIALLING && !call_is_answered(c))
		call_early_response(c, to, m);
	else if (c->is_joining && !c->join && to == CALLER)
		call_joined(c, m);
	else if (!x->is_open)
		join_late_response(c, l, m);
	else if (is_success && x->offer)
		answer_across(c, to, x, m);
	else if (is_success && x->is_invite)
		offer_back(c, to, x, m);
	else
		pass_back(c, to, x, m);
	call_drop(c);
}

static void reacked(struct leg *l, const struct message *m, void *arg)
{
	struct call *c = arg;
	int from = side_of(c, l), to = !from;
	struct crossing *x = &c->cross[to];
	struct sdp *answer;
	struct buf body = { 0 };

	OBJ_CHECK(c, CALL_MAGIC);
	if (c->is_alone)
		alone_reacked(c, m);
	if (c->state != CALL_UP || !x->waits_for_ack)
		return;
	call_hold(c);
	answer = call_read_answer(c, m, x->offer);
	if (answer && sdp_answers(answer, x->offer) &&
	    side_translate(&body, answer, x->offer, &c->side[from],
	                   &c->side[to], call_now(c)) == 0) {
		side_take(&c->side[from], answer);
		side_take(&c->side[to], take_offer(x));
		sides_agree(&c->side[CALLER], &c->side[CALLEE], call_now(c));
		leg_ack(c->leg[to], body.p, body.len);
	} else {
		sdp_free(&answer);
		call_unanswered(c, to, take_offer(x));
	}
	buf_free(&body);
	next_crossing(c, to);
	call_drop(c);
}

/* The other side has the last word: 487, or 200 when it was faster.  Both
 * sides then know the same. */
static void withdrawn(struct leg *l, struct leg_request *rq, void *arg)
{
	struct call *c = arg;
	int to = !side_of(c, l);

	OBJ_CHECK(c, CALL_MAGIC);
	if (c->cross[to].rq == rq)
		leg_withdraw(c->leg[to]);
	else
		refuse(rq, 487, "Request Terminated");
}

const struct leg_ops call_leg_ops = {
	.acked = acked,
	.request = request,
	.reacked = reacked,
	.withdrawn = withdrawn,
	.response = response,
	.description = call_description,
	.refreshed = call_refreshed,
	.ended = ended,
};

/* --- silence ----------------------------------------------------------------------- */

static void watch_media(struct timer *t, void *arg);

static void watch_again(struct call *c)
{
	int64_t every = (int64_t)c->conf->media_timeout_s * 1000 / 4;

	if (every > 0)
		timer_start(loop_timers(c->conf->loop), &c->media_timer,
		            every, watch_media, c);
}

static void watch_media(struct timer *t, void *arg)
{
	struct call *c = arg;
	int64_t last, now;

	(void)t;
	OBJ_CHECK(c, CALL_MAGIC);
	now = call_now(c);
	last = sides_last_rx(&c->side[CALLER], &c->side[CALLEE]);
	if (side_is_held(&c->side[CALLER]) || side_is_held(&c->side[CALLEE]) ||
	    c->side[CALLER].is_direct || c->side[CALLEE].is_direct)
		c->media_since_ms = now;
	if (last < c->media_since_ms)
		last = c->media_since_ms;
	if (now - last < (int64_t)c->conf->media_timeout_s * 1000) {
		watch_again(c);
		return;
	}
	log_ctx_info(&c->log, "no media for %u s", c->conf->media_timeout_s);
	call_hold(c);
	call_hangup(c, CALL_BY_SERVER, "MEDIA_TIMEOUT");
	call_drop(c);
}

void call_watch_media(struct call *c)
{
	c->media_since_ms = call_now(c);
	watch_again(c);
}

void call_connected(struct call *c)
{
	timer_stop(loop_timers(c->conf->loop), &c->ring_timer);
	c->is_alone = false;
	call_watch_media(c);
}
