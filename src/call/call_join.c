/* call/call_join.c - a leg of one call and a leg of another are connected:
 * the end of every transfer and replacement.
 *
 * RFC 3725 4.1: what one side offers goes to the other in a re-INVITE, and
 * its answer comes back; nothing is answered from a copy.  Until both have
 * agreed each leg stays in its own call, so that a refusal leaves everything
 * as it was. */
#include "call/call_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BUSY_MS  200 /* a request is open on the leg, or its ACK awaited */
#define MOST_TRY 60

enum join_step {
	ASKS_STAYS, /* re-INVITE without offer: what does it offer? */
	ASKS_MOVER,
	OFFERS      /* that offer to the mover */
};

struct join {
	struct call *from, *to; /* borrowed; both point here */
	int mover, stays;       /* legs of from, of to */
	enum join_step step;
	bool is_sent;           /* the re-INVITE of the step is open */
	unsigned tries;
	struct timer retry;
	const char *cause;      /* a literal */
};

static struct leg *leg_at_work(const struct join *j)
{
	return j->step == ASKS_STAYS ? j->to->leg[j->stays]
	                             : j->from->leg[j->mover];
}

bool join_needs(const struct call *c, const struct leg *l)
{
	const struct join *j = c->join;

	return l == j->from->leg[j->mover] || l == j->to->leg[j->stays];
}

/* --- the end of it ---------------------------------------------------------- */

static void dissolve(struct join *j)
{
	timer_stop(loop_timers(j->from->conf->loop), &j->retry);
	j->from->join = j->to->join = NULL;
	j->from->is_joining = j->to->is_joining = false;
	free(j);
}

/* The one that offered anew hears again what its peer has told before: the
 * old session goes on. */
static void restore(struct call *c, int at)
{
	struct side *here = &c->side[at], *there = &c->side[!at];
	struct buf body = { 0 };

	if (there->sdp && here->sdp && sdp_answers(there->sdp, here->sdp) &&
	    side_translate(&body, there->sdp, here->sdp, there, here,
	                   call_now(c)) == 0)
		sides_agree(here, there, call_now(c));
	leg_ack(c->leg[at], body.p, body.len);
	buf_free(&body);
}

static void settle_from(struct call *c, int mover, const struct call *to,
                        int status)
{
	if (c->heir == to) /* it tells, when it ends */
		return;
	call_transfer_done(c, status);
	if (!c->leg[!mover])
		call_hangup(c, CALL_BY_SERVER, NULL);
}

static void settle_to(struct call *c, int stays, int status)
{
	if (c->state == CALL_DIALLING)
		return;
	if (c->leg[!stays]) {
		restore(c, stays);
		return;
	}
	call_respond(c, status, NULL, NULL);
}

/* gone: one of the two that is ending anyway; NULL: none. */
static void give_up(struct join *j, int status, const struct call *gone)
{
	struct call *from = j->from, *to = j->to;
	int mover = j->mover, stays = j->stays;
	struct leg *asked = j->is_sent ? leg_at_work(j) : NULL;
	struct call *of = j->step == ASKS_STAYS ? to : from;

	log_ctx_info(&from->log, "not connected with call %s: %d",
	             to->record.id, status);
	if (asked)
		of->late = j->step == OFFERS ? LATE_OFFERED : LATE_ASKED;
	call_hold(from);
	call_hold(to);
	dissolve(j);
	if (asked)
		leg_withdraw(asked);
	if (from == to && from != gone)
		call_hangup(from, CALL_BY_SERVER, "INCOMPATIBLE_DESTINATION");
	if (from != gone && from != to)
		settle_from(from, mover, to, status);
	if (to != gone && from != to)
		settle_to(to, stays, status);
	call_drop(to);
	call_drop(from);
}

void join_abort(struct call *gone)
{
	if (gone->join)
		give_up(gone->join, 480, gone);
}

/* --- agreed ----------------------------------------------------------------- */

static void stop_dialling(struct call *c)
{
	struct dial *d = &c->dial;

	for (size_t i = 0; i < d->n_attempts; i++)
		if (attempt_is_open(&d->attempts[i]))
			attempt_cancel(&d->attempts[i], FORK_WHY_LOST);
	dial_clear(d);
}

/* What its trunk counts goes on in the other call. */
static void take_lease(struct call *from, int mover, struct call *to, int at)
{
	struct call_attempt *r = mover == CALLEE ? call_won(from) : NULL;

	to->lease[at] = from->lease[mover];
	from->lease[mover] = NULL;
	if (!to->lease[at] && r) {
		to->lease[at] = r->lease;
		r->lease = NULL;
	}
}

/* Whoever stood in the way has left; the mover is the other call's now. */
static void move(struct call *from, int mover, struct call *to, int at)
{
	call_crossing_refuse(from, !mover);
	if (to->state == CALL_DIALLING)
		stop_dialling(to);
	else
		call_part(to, at);
	take_lease(from, mover, to, at);
	to->leg[at] = from->leg[mover];
	to->side[at] = from->side[mover];
	from->leg[mover] = NULL;
	from->side[mover] = (struct side){ 0 };
	call_party_clear(&to->party[at]);
	to->party[at] = from->party[mover];
	from->party[mover] = (struct call_party){ 0 };
	leg_move(to->leg[at], &call_leg_ops, to, &to->log);
	if (to->state != CALL_UP)
		call_enter(to, CALL_UP);
}

static void note_answer(struct call *c)
{
	if (c->record.answer_ms)
		return;
	c->record.status = 200;
	c->record.answer_ms = call_unix_ms(c);
}

/* The last word of the negotiation goes to the one that stayed: an answer, or
 * the mover's offer when there was none yet. */
static void tell_stayed(struct call *c, int stays, const struct sdp *offer)
{
	struct side *here = &c->side[stays], *there = &c->side[!stays];
	struct buf body = { 0 };

	if (leg_state(c->leg[stays]) == LEG_OFFERED &&
	    leg_is_committed(c->leg[stays])) { /* RFC 3261 13.2.1 */
		call_early_answer(c);
		return;
	}
	if (side_translate(&body, there->sdp, offer, there, here,
	                   call_now(c)) == 0 && offer)
		sides_agree(here, there, call_now(c));
	if (leg_state(c->leg[stays]) == LEG_OFFERED)
		leg_answer(c->leg[stays], body.p, body.len,
		           party_told(&c->party[!stays], &c->party[stays]));
	else
		leg_ack(c->leg[stays], body.p, body.len);
	buf_free(&body);
}

static void agreed(struct join *j)
{
	struct call *from = j->from, *to = j->to;
	int mover = j->mover, stays = j->stays;
	const char *cause = j->cause;
	bool is_late = j->step == ASKS_MOVER;

	dissolve(j);
	if (from == to) { /* taken back */
		sides_agree(&to->side[CALLER], &to->side[CALLEE],
		            call_now(to));
		return;
	}
	log_ctx_info(&from->log, "goes on as call %s", to->record.id);
	call_hold(from);
	call_hold(to);
	if (from->heir == to)
		from->heir = to->origin = NULL;
	call_transfer_done(from, 200); /* before any BYE */
	move(from, mover, to, !stays);
	to->is_late_offer = is_late;
	tell_stayed(to, stays, is_late ? NULL : to->side[stays].sdp);
	note_answer(to);
	call_connected(to);
	call_hangup(from, mover == CALLER ? CALL_BY_CALLEE : CALL_BY_CALLER,
	            cause);
	call_drop(to);
	call_drop(from);
}

/* --- step by step ----------------------------------------------------------- */

static void next(struct join *j);

static void try_again(struct timer *t, void *arg)
{
	struct join *j = arg;
	struct call *from = j->from, *to = j->to;

	(void)t;
	call_hold(from);
	call_hold(to);
	next(j);
	call_drop(to);
	call_drop(from);
}

static void later(struct join *j, int64_t ms)
{
	if (++j->tries > MOST_TRY)
		give_up(j, 408, NULL);
	else
		timer_start(loop_timers(j->from->conf->loop), &j->retry, ms,
		            try_again, j);
}

void join_poke(struct call *c)
{
	if (c->join && !c->join->is_sent)
		timer_start(loop_timers(c->conf->loop), &c->join->retry, 0,
		            try_again, c->join);
}

/* The one who is asked sees at once whom it will talk to. */
static const char *who_comes(const struct join *j)
{
	const struct call_party *mover = &j->from->party[j->mover];
	const struct call_party *stays = &j->to->party[j->stays];

	return j->step == ASKS_STAYS ? party_told(mover, stays)
	                             : party_told(stays, mover);
}

static int send_offer(struct join *j)
{
	struct side *a = &j->to->side[j->stays];
	struct side *b = &j->from->side[j->mover];
	struct buf body = { 0 };
	int rc = side_translate(&body, a->sdp, NULL, a, b, call_now(j->to));

	if (rc == 0)
		rc = leg_send(leg_at_work(j), "INVITE", "application/sdp",
		              body.p, body.len, who_comes(j));
	buf_free(&body);
	return rc;
}

static void next(struct join *j)
{
	int rc = j->step == OFFERS ? send_offer(j)
	                           : leg_send(leg_at_work(j), "INVITE", NULL,
	                                      NULL, 0, who_comes(j));

	if (rc == 0) {
		j->is_sent = true;
		j->from->is_joining = j->to->is_joining = true;
	} else if (rc == -EBUSY || rc == -ENOTCONN) {
		later(j, BUSY_MS);
	} else {
		give_up(j, 503, NULL);
	}
}

static enum join_step first_step(const struct call *to, int stays)
{
	switch (leg_state(to->leg[stays])) {
	case LEG_UP:
	case LEG_ANSWERED:
		return ASKS_STAYS;
	case LEG_OFFERED:
		return to->side[stays].sdp ? OFFERS : ASKS_MOVER;
	default:
		return OFFERS; /* its 2xx has the offer */
	}
}

void join_begin(struct call *from, int mover, struct call *to, int stays,
                const char *cause)
{
	struct join *j = xzalloc(sizeof(*j));

	assert(!from->join && !to->join && from != to);
	*j = (struct join){ .from = from,
		            .to = to,
		            .mover = mover,
		            .stays = stays,
		            .step = first_step(to, stays),
		            .cause = cause };
	from->join = to->join = j;
	next(j);
}

/* An offer that came in the 2xx to a re-INVITE without one. */
static void offered(struct join *j, const struct message *m)
{
	struct call *c = j->step == ASKS_STAYS ? j->to : j->from;
	int at = j->step == ASKS_STAYS ? j->stays : j->mover;
	struct sdp *offer = call_read_sdp(c, m);

	if (!offer) {
		leg_ack(c->leg[at], NULL, 0);
		give_up(j, 488, NULL);
		return;
	}
	side_take(&c->side[at], offer);
	if (j->step == ASKS_MOVER) {
		agreed(j);
		return;
	}
	j->step = OFFERS;
	next(j);
}

static void answered(struct join *j, const struct message *m)
{
	struct call *from = j->from;
	struct sdp *answer =
	        call_read_answer(from, m, j->to->side[j->stays].sdp);

	leg_ack(from->leg[j->mover], NULL, 0);
	if (!answer || !sdp_answers(answer, j->to->side[j->stays].sdp)) {
		sdp_free(&answer);
		give_up(j, 488, NULL);
		return;
	}
	side_take(&from->side[j->mover], answer);
	agreed(j);
}

bool join_response(struct call *c, struct leg *l, const struct message *m)
{
	struct join *j = c->join;

	if (!j || !j->is_sent || l != leg_at_work(j))
		return false;
	j->is_sent = false;
	if (m->status == 491) /* both had an offer on the way */
		later(j, leg_glare_ms(l));
	else if (m->status == 500 && m->retry_after_s >= 0)
		later(j, (int64_t)m->retry_after_s * 1000);
	else if (m->status >= 300)
		give_up(j, m->status == 408 || m->status == 481 ? 480
		                                                : m->status,
		        NULL);
	else if (j->step == OFFERS)
		answered(j, m);
	else
		offered(j, m);
	return true;
}

/* It has agreed to what is off: it gets its old peer's description back. */
static void take_back(struct call *c, int at)
{
	struct join *j = xzalloc(sizeof(*j));

	*j = (struct join){ .from = c, .to = c, .mover = at, .stays = !at,
		            .step = OFFERS };
	c->join = j;
	next(j);
}

void join_late_response(struct call *c, struct leg *l, const struct message *m)
{
	int at = l == c->leg[CALLER] ? CALLER : CALLEE;
	enum join_late late = c->late;
	struct sdp *told;

	if (strcmp(m->method, "INVITE") != 0)
		return;
	c->late = LATE_NONE;
	if (m->status < 300 && late == LATE_ASKED) {
		told = call_read_sdp(c, m);
		if (told)
			side_take(&c->side[at], told);
		restore(c, at);
		return;
	}
	leg_ack(l, NULL, 0);
	if (m->status < 300 && late == LATE_OFFERED && c->state == CALL_UP &&
	    !c->join && c->leg[!at] && c->side[!at].sdp)
		take_back(c, at);
}
