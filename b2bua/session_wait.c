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

void session_wait(struct session *ss, const struct wait *w)
{
	if (w->ms >= 0)
		timer_start(loop_timers(ss->server->loop), &ss->rest, w->ms,
		            rested, ss);
}
