/* call/call_again.c - an answered caller whose callee has hung up, and who is
 * connected to somebody else (Kazoo: what follows a jump).
 *
 * RFC 3725 4.1, flow I: the new callee is called without an offer; its own,
 * in the 2xx, goes to the caller in a re-INVITE, whose answer goes into the
 * ACK.  In between the caller hears nothing. */
#include "call/call_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

#define MOST_TRIES 6

bool call_may_go_on(const struct call *c)
{
	return c->state == CALL_UP && !c->is_joining && c->leg[CALLER] &&
	       leg_state(c->leg[CALLER]) == LEG_UP;
}

static void keep_reason(struct call *c, const struct message *bye)
{
	char *reason = bye ? message_reason(bye) : NULL;

	free(c->bye_headers);
	c->bye_headers = reason ? xasprintf("Reason: %s\r\n", reason) : NULL;
	free(reason);
}

void call_unbridge(struct call *c, const struct message *bye)
{
	struct call_outcome o = { CALL_BRIDGED, 200, FORK_WHY_STATUS };

	timer_stop(loop_timers(c->conf->loop), &c->media_timer);
	call_enter(c, CALL_SETUP);
	call_crossing_refuse(c, CALLEE);
	leg_release(&c->leg[CALLEE], LEG_RELEASE_NORMAL, NULL);
	side_clear(&c->side[CALLEE], call_now(c));
	c->side[CALLEE] = (struct side){ 0 };
	call_return_lease(c, CALLEE);
	if (call_won(c))
		attempt_over(c, call_won(c));
	keep_reason(c, bye);
	c->ops->dialled(c, &o, c->arg);
}

/* The caller knows no way to take this offer. */
static void cannot_join(struct call *c, const char *why)
{
	log_ctx_warn(&c->log, "the caller cannot be connected again: %s", why);
	leg_ack(c->leg[CALLEE], NULL, 0);
	call_hangup(c, CALL_BY_SERVER, "INCOMPATIBLE_DESTINATION");
}

static void offer(struct call *c);

static void offer_again(struct timer *t, void *arg)
{
	struct call *c = arg;

	(void)t;
	OBJ_CHECK(c, CALL_MAGIC);
	call_hold(c);
	offer(c);
	call_drop(c);
}

/* The caller's own offer is on its way (RFC 3261 14.1).  The new callee waits
 * for its ACK meanwhile. */
static bool try_again(struct call *c)
{
	if (++c->join_tries > MOST_TRIES)
		return false;
	timer_start(loop_timers(c->conf->loop), &c->join_timer,
	            leg_glare_ms(c->leg[CALLER]), offer_again, c);
	return true;
}

static void offer(struct call *c)
{
	struct side *a = &c->side[CALLER], *b = &c->side[CALLEE];
	struct buf body = { 0 };
	int rc = side_translate(&body, b->sdp, NULL, b, a, call_now(c));

	if (rc == 0)
		rc = leg_send(c->leg[CALLER], "INVITE", "application/sdp",
		              body.p, body.len,
		              party_told(&c->party[CALLEE],
		                         &c->party[CALLER]));
	buf_free(&body);
	if (rc < 0 && !(rc == -EBUSY && try_again(c)))
		cannot_join(c, "no re-INVITE can be sent");
}

void call_join(struct call *c)
{
	c->is_joining = true;
	c->join_tries = 0;
	offer(c);
}

/* 491, or 500 with Retry-After: RFC 3261 14.2 */
static bool is_glare(const struct message *m)
{
	return m->status == 491 || (m->status == 500 && m->retry_after_s >= 0);
}

void call_joined(struct call *c, const struct message *m)
{
	struct side *a = &c->side[CALLER], *b = &c->side[CALLEE];
	struct buf body = { 0 };
	struct sdp *answer;

	if (is_glare(m) && try_again(c))
		return;
	c->is_joining = false;
	if (m->status >= 300) {
		cannot_join(c, "it refuses the offer");
		return;
	}
	leg_ack(c->leg[CALLER], NULL, 0);
	answer = call_read_answer(c, m, b->sdp);
	if (!answer || !sdp_answers(answer, b->sdp)) {
		sdp_free(&answer);
		cannot_join(c, "no usable answer");
		return;
	}
	side_take(a, answer);
	if (side_translate(&body, answer, b->sdp, a, b, call_now(c)) == 0)
		sides_agree(a, b, call_now(c));
	leg_ack(c->leg[CALLEE], body.p, body.len);
	buf_free(&body);
	call_connected(c);
}
