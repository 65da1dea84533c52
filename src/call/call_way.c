/* call/call_way.c - the flows of one phone, one after the other (RFC 5626).
 *
 * A phone that registers over several connections is still one phone: it is
 * one branch of the fork, and its other flows are taken when one fails. */
#include "call/call_priv.h"

void attempt_take_way(const struct attempt *at, struct leg_invite *in)
{
	const struct call_way *w;

	if (at->ways == 0 || at->redirect_uri)
		return;
	w = &at->conf->ways[at->ways - 1];
	in->target = w->target;
	in->is_natted = w->is_natted;
}

bool attempt_lost_flow(const struct attempt *at, const struct leg_invite *in)
{
	return in->target.flow &&
	       !agent_has_flow(at->call->conf->agent, in->target.flow);
}

/* 430 is our own verdict, or a further proxy's; 408 and 503 are also what a
 * connection comes to that dies while the request is on it. */
bool attempt_next_way(struct attempt *at, int status)
{
	if (status != 430 && status != 408 && status != 503)
		return false;
	if (at->redirect_uri || at->ways >= at->conf->n_ways)
		return false;
	at->ways++;
	return true;
}
