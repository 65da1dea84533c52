/* call/call_session.c - what a call has to do with the session timers of its
 * legs (RFC 4028).  Each leg has its own, and refreshes it by itself; the
 * call knows the descriptions, and ends when one of them has expired. */
#include "call/call_priv.h"

static int side_of(const struct call *c, const struct leg *l)
{
	return l == c->leg[CALLER] ? CALLER : CALLEE;
}

const char *call_description(struct leg *l, void *arg)
{
	struct call *c = arg;

	OBJ_CHECK(c, CALL_MAGIC);
	return side_agreed(&c->side[side_of(c, l)]);
}

/* The offer was what stood already: the answer can tell nothing new but
 * where the peer's media is now. */
void call_refreshed(struct leg *l, const struct message *m, void *arg)
{
	struct call *c = arg;
	struct side *s = &c->side[side_of(c, l)];
	struct sdp *answer;

	OBJ_CHECK(c, CALL_MAGIC);
	answer = call_read_sdp(c, m);
	if ((c->state != CALL_UP && !c->is_alone) || c->is_joining ||
	    !answer || !s->sdp || !sdp_answers(answer, s->sdp)) {
		sdp_free(&answer);
		return;
	}
	s->signalling = m->source;
	s->is_natted = leg_is_natted(l);
	side_take(s, answer);
	if (c->is_alone)
		side_agree_alone(s);
	else
		sides_restore(&c->side[CALLER], &c->side[CALLEE],
		              call_now(c));
}
