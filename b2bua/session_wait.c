/* b2bua/session_wait.c - a flow that rests: nobody is rung meanwhile, and the
 * caller may hang up at any time. */
#include "b2bua/session_priv.h"

static void rested(struct timer *t, void *arg)
{
	struct session *ss = arg;

	(void)t;
	OBJ_CHECK(ss, SESSION_MAGIC);
	session_go_on(ss);
}

static void rest(struct session *ss)
{
	if (ss->rest_ms >= 0)
		timer_start(loop_timers(ss->server->loop), &ss->rest,
		            ss->rest_ms, rested, ss);
}

/* A branch of another call, and a call that is being transferred, have nobody
 * to answer: whoever answers them is connected. */
static bool may_answer(const struct session *ss)
{
	return !ss->at && !ss->is_heir && !call_is_answered(ss->call);
}

void session_wait(struct session *ss, const struct wait *w)
{
	ss->rest_ms = w->ms;
	if (w->answers && may_answer(ss)) {
		call_answer(ss->call);
		return;
	}
	if (!ss->at)
		call_rest(ss->call);
	rest(ss);
}

void session_was_answered(struct session *ss)
{
	if (ss->rest_ms == 0)
		session_go_on(ss);
	else
		rest(ss);
}
