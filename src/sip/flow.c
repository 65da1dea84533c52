/* sip/flow.c - connections that phones registered over: an id each, and a
 * word when one closes (RFC 5626 calls them flows). */
#include "sip/agent_priv.h"

#include <stdlib.h>

#include "base/mem.h"

static void bury(struct timer *t, void *arg)
{
	struct agent *a = arg;
	struct flow *f;

	(void)t;
	while ((f = a->dead_flows)) {
		a->dead_flows = f->next_dead;
		tport_unref(f->tport);
		free(f);
	}
}

static void forget(struct agent *a, struct flow *f)
{
	HASH_DELETE(by_id, a->flows_by_id, f);
	HASH_DELETE(by_tport, a->flows_by_tport, f);
	HASH_DELETE(by_peer, a->flows_by_peer, f);
	tport_release(f->tport, f->pending, NULL, NULL, f, 0);
	/* sofia is in the midst of closing it: let go of it later */
	f->next_dead = a->dead_flows;
	a->dead_flows = f;
}

static void on_closed(tp_stack_t *unused, struct flow *f, tport_t *tp,
                      msg_t *msg, int error)
{
	struct agent *a = f->agent;
	uint64_t id = f->id;

	(void)unused;
	(void)tp;
	(void)msg;
	(void)error;
	forget(a, f);
	timer_start(loop_timers(a->loop), &a->bury, 0, bury, a);
	if (a->ops->flow_closed)
		a->ops->flow_closed(id, a->arg);
}

struct flow *flow_of(struct agent *a, tport_t *tp)
{
	struct flow *f;

	HASH_FIND(by_tport, a->flows_by_tport, &tp, sizeof(tport_t *), f);
	if (f)
		return f;
	if (!tport_is_secondary(tp) || tport_is_closed(tp))
		return NULL;
	f = xzalloc(sizeof(*f));
	f->agent = a;
	f->id = ++a->next_flow;
	f->pending = tport_pend(tp, NULL, on_closed, f);
	if (f->pending <= 0) {
		free(f);
		return NULL;
	}
	f->tport = tport_ref(tp);
	HASH_ADD(by_id, a->flows_by_id, id, sizeof(f->id), f);
	HASH_ADD(by_tport, a->flows_by_tport, tport, sizeof(tport_t *), f);
	if (tport_get_address(tp)->ai_addr)
		addr_from_sockaddr(&f->peer, tport_get_address(tp)->ai_addr);
	HASH_ADD(by_peer, a->flows_by_peer, peer, sizeof(f->peer), f);
	return f;
}

struct flow *flow_from(const struct agent *a, const struct addr *peer)
{
	struct flow *f;

	HASH_FIND(by_peer, a->flows_by_peer, peer, sizeof(*peer), f);
	return f;
}

struct flow *flow_find(const struct agent *a, uint64_t id)
{
	struct flow *f = NULL;

	if (id)
		HASH_FIND(by_id, a->flows_by_id, &id, sizeof(id), f);
	return f;
}

bool agent_has_flow(const struct agent *a, uint64_t flow)
{
	return flow_find(a, flow) != NULL;
}

void flow_close_all(struct agent *a)
{
	struct flow *f, *next;

	HASH_ITER (by_id, a->flows_by_id, f, next)
		forget(a, f);
	timer_stop(loop_timers(a->loop), &a->bury);
	bury(NULL, a);
}
