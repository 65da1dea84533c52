/* call/call_early.c - offers, answers and requests before the 2xx.
 *
 * What the caller is told of a description depends on how: as long as it is
 * told without PRACK, the 2xx brings the answer.  Once it was told reliably,
 * that is the answer for good (RFC 3261 13.2.1); when somebody else's turns
 * out to be the callee's, the caller gets that one as an offer, after its ACK.
 *
 * UPDATE and PRACK carry offers across when both sides have exchanged a
 * description reliably, and one branch only has done so (doc/adr/0006). */
#include "call/call_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LATER "Retry-After: 3\r\n"

static void reply(struct leg_request *rq, int status, const char *reason,
                  const char *headers)
{
	leg_reply(rq, status, reason, NULL, NULL, 0, headers);
}

/* --- what the caller is told -------------------------------------------- */

/* RFC 3262 5: a callee that was called without an offer makes one in its
 * first reliable response.  Only where one callee can do that, and the caller
 * can answer it. */
bool call_early_may_offer(const struct attempt *at)
{
	const struct call *c = at->call;

	for (; at; at = at->dial->of)
		if (at->dial->plan->n != 1 ||
		    !at->dial->plan->passes_early_media ||
		    at->conf->mutes_early_media)
			return false;
	return c->is_late_offer && !call_is_answered(c) && c->leg[CALLER] &&
	       leg_can_prack(c->leg[CALLER]);
}

void call_early_ring(struct call *c, struct attempt *at, int status,
                     bool has_sdp)
{
	struct leg *caller = c->leg[CALLER];
	struct side *a = &c->side[CALLER], *b = &at->side;
	const char *reason = status == 180 ? "Ringing" : "Session Progress";
	bool is_told = leg_is_committed(caller);
	struct buf body = { 0 };

	has_sdp = has_sdp && b->sdp &&
	          (is_told || side_translate(&body, b->sdp, a->sdp, b, a,
	                                     call_now(c)) == 0);
	if (!has_sdp)
		buf_clear(&body);
	else if (a->sdp)
		sides_agree(a, b, call_now(c));
	c->is_offering |= body.len > 0 && c->is_late_offer;
	if (body.len > 0 && leg_can_prack(caller)) {
		free(c->told);
		c->told = xstrdup(body.p);
	}
	leg_ring(caller, status, reason, body.len ? body.p : NULL, body.len,
	         at->headers);
	buf_free(&body);
}

/* --- the 2xx to a caller who was told reliably -------------------------- */

/* But for the o= line, which is the second of what we write. */
static bool says_the_same(const char *x, const char *y)
{
	const char *p = strstr(x, "\no="), *q = strstr(y, "\no=");

	p = p ? strstr(p, "\r\n") : NULL;
	q = q ? strstr(q, "\r\n") : NULL;
	return p && q && strcmp(p, q) == 0;
}

int call_early_answer(struct call *c)
{
	struct side *a = &c->side[CALLER], *b = &c->side[CALLEE];
	struct buf body = { 0 };
	int rc = 0;

	/* it has agreed upon something newer with this very branch */
	if (c->renewed != c->winner + 1) {
		rc = side_translate(&body, b->sdp, a->sdp, b, a, call_now(c));
		c->is_reoffering =
		        rc == 0 &&
		        (c->renewed || !says_the_same(c->told, body.p));
		/* the very same again does no harm; anything else would */
		if (rc == 0 && strcmp(c->told, body.p) != 0)
			buf_clear(&body);
	}
	if (rc == 0) {
		if (a->sdp)
			sides_agree(a, b, call_now(c));
		leg_answer(c->leg[CALLER], body.len ? body.p : NULL, body.len,
		           party_told(&c->party[CALLEE], &c->party[CALLER]));
	}
	buf_free(&body);
	return rc;
}

/* RFC 3264 8: what was written for the caller already is the offer. */
void call_early_acked(struct call *c)
{
	const char *offer = c->side[CALLER].last;

	c->is_reoffering = false;
	c->is_joining = true;
	if (leg_send(c->leg[CALLER], "INVITE", "application/sdp", offer,
	             strlen(offer), NULL) < 0) {
		c->is_joining = false;
		log_ctx_warn(&c->log, "no re-INVITE can be sent");
	}
}

/* --- the answer to a late offer, in a PRACK ----------------------------- */

static void answer_offer(struct call *c, struct leg_request *rq,
                         const struct message *m)
{
	struct side *a = &c->side[CALLER];
	struct attempt *at = c->dial.fork ? attempt_teller(c->dial.attempts)
	                                  : NULL;
	struct side *b = at ? &at->side : &c->side[CALLEE];
	struct sdp *answer = call_read_sdp(c, m);
	bool is_there = at ? at->leg && leg_owes_prack(at->leg)
	                   : c->leg[CALLEE] != NULL;
	struct buf body = { 0 };

	c->is_offering = false;
	if (!is_there || !answer || !sdp_answers(answer, b->sdp) ||
	    side_translate(&body, answer, b->sdp, a, b, call_now(c)) < 0) {
		sdp_free(&answer);
		reply(rq, 488, "Not Acceptable Here", NULL);
		c->record.cause = "INCOMPATIBLE_DESTINATION";
		call_respond(c, 488, "Not Acceptable Here", NULL);
		return;
	}
	side_take(a, answer);
	sides_agree(a, b, call_now(c));
	c->is_late_offer = false; /* now as if the caller had made it */
	c->renewed = (at ? at->record : c->winner) + 1;
	reply(rq, 200, "OK", NULL);
	if (at)
		leg_prack(at->leg, body.p, body.len);
	else
		leg_ack(c->leg[CALLEE], body.p, body.len);
	buf_free(&body);
}

/* --- requests across ---------------------------------------------------- */

struct early {
	struct attempt *at; /* the last one */
	size_t n;
};

static void count_early(struct attempt *at, void *arg)
{
	struct early *e = arg;

	if (!at->leg || !leg_has_early(at->leg))
		return;
	e->at = at;
	e->n++;
}

/* The one branch that has an early dialog; NULL: none, or several. */
static struct attempt *the_early(struct call *c)
{
	struct early e = { NULL, 0 };

	dial_each(&c->dial, count_early, &e);
	return e.n == 1 ? e.at : NULL;
}

/* As an offer, or as it is; what makes it impossible: 491 or 500. */
static int send_on(struct call *c, struct attempt *at, int to,
                   const struct message *m, struct sdp **offer)
{
	struct side *from = to == CALLEE ? &c->side[CALLER] : &at->side;
	struct side *there = to == CALLEE ? &at->side : &c->side[CALLER];
	struct leg *leg = to == CALLEE ? at->leg : c->leg[CALLER];
	const char *method = message_has_sdp(m) ? "UPDATE" : m->method;
	char *type = message_content_type(m);
	struct buf body = { 0 };
	int rc = 0;

	if (message_has_sdp(m)) {
		*offer = call_read_sdp(c, m);
		rc = !*offer               ? -EINVAL
		     : !leg_is_agreed(leg) ? -ENOTCONN
		                           : leg_may_send(leg, method, true);
		if (rc == 0)
			rc = side_translate(&body, *offer, NULL, from, there,
			                    call_now(c));
	} else if (m->body) {
		buf_add(&body, m->body, m->body_len);
	}
	if (rc == 0)
		rc = leg_send(leg, method, type, body.p, body.len, NULL);
	free(type);
	buf_free(&body);
	return rc;
}

static void cross(struct call *c, struct attempt *at, int to,
                  struct leg_request *rq, const struct message *m)
{
	struct crossing *x = &c->cross[to];
	struct sdp *offer = NULL;
	int rc = -ENOTCONN;

	if (at && !c->cross[CALLER].is_open && !c->cross[CALLEE].is_open)
		rc = send_on(c, at, to, m, &offer);
	else if (at)
		rc = -EBUSY;
	if (rc == 0) {
		*x = (struct crossing){ .rq = rq, .offer = offer,
			                .is_open = true };
		c->early = at;
		return;
	}
	sdp_free(&offer);
	if (rc == -EINVAL)
		reply(rq, 488, "Not Acceptable Here", NULL);
	else if (rc == -EBUSY && c->cross[!to].is_open)
		reply(rq, 491, "Request Pending", NULL);
	else if (strcmp(m->method, "PRACK") == 0) /* it cannot come again */
		reply(rq, 488, "Not Acceptable Here", NULL);
	else
		reply(rq, 500, "Server Internal Error", LATER);
}

void call_early_request(struct call *c, struct leg_request *rq,
                        const struct message *m)
{
	bool is_prack = strcmp(m->method, "PRACK") == 0;

	if (c->is_offering && is_prack)
		answer_offer(c, rq, m);
	else if (is_prack && !message_has_sdp(m))
		reply(rq, 200, "OK", NULL); /* whatever else it carries */
	else
		cross(c, the_early(c), CALLEE, rq, m);
}

void call_early_request_from(struct attempt *at, struct leg_request *rq,
                             const struct message *m)
{
	struct call *c = at->call;

	cross(c, the_early(c) == at && !call_is_answered(c) ? at : NULL, CALLER,
	      rq, m);
}

/* --- and their answers -------------------------------------------------- */

static bool agree(struct call *c, struct attempt *at, int to,
                  struct crossing *x, const struct message *m,
                  struct buf *body)
{
	struct side *a = &c->side[CALLER], *b = &at->side;
	struct side *there = to == CALLEE ? b : a;
	struct side *here = to == CALLEE ? a : b;
	struct sdp *answer = call_read_sdp(c, m);

	if (!answer || !sdp_answers(answer, x->offer) ||
	    side_translate(body, answer, x->offer, there, here, call_now(c)) <
	            0) {
		sdp_free(&answer);
		return false;
	}
	side_take(there, answer);
	side_take(here, x->offer);
	x->offer = NULL;
	sides_agree(a, b, call_now(c));
	leg_renew(at->leg);
	c->renewed = at->record + 1;
	return true;
}

static void pass_on(struct leg_request *rq, const struct message *m)
{
	bool is_body = m->body && !message_has_sdp(m);
	char *type;

	if (m->status == 401 || m->status == 407) { /* it asked us, not them */
		reply(rq, 403, "Forbidden", NULL);
		return;
	}
	type = message_content_type(m);
	leg_reply(rq, m->status, m->reason, type, is_body ? m->body : NULL,
	          is_body ? m->body_len : 0, NULL);
	free(type);
}

void call_early_response(struct call *c, int to, const struct message *m)
{
	struct crossing *x = &c->cross[to], was = *x;
	struct attempt *at = c->early;
	struct buf body = { 0 };

	if (!x->is_open || !at)
		return;
	c->early = NULL;
	if (was.offer && m->status < 300 &&
	    agree(c, at, to, &was, m, &body))
		leg_reply(was.rq, 200, "OK", "application/sdp", body.p,
		          body.len, NULL);
	else if (was.offer && m->status < 300)
		reply(was.rq, 488, "Not Acceptable Here", NULL);
	else
		pass_on(was.rq, m);
	sdp_free(&was.offer);
	*x = (struct crossing){ 0 };
	buf_free(&body);
}

void call_early_lost(struct attempt *at)
{
	struct call *c = at->call;

	if (c->early != at)
		return;
	c->early = NULL;
	if (c->cross[CALLEE].is_open) /* the caller may try the next one */
		reply(c->cross[CALLEE].rq, 500, "Server Internal Error", LATER);
	for (int i = 0; i < 2; i++) {
		sdp_free(&c->cross[i].offer);
		c->cross[i] = (struct crossing){ 0 };
	}
}

void call_early_won(struct attempt *at)
{
	struct call *c = at->call;

	/* what is open goes on as in any call: call_bridge.c */
	if (c->early == at)
		c->early = NULL;
}
