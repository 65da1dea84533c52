/* sip/leg.c - life and state of a leg. */
#include "sip/leg_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"

static const char *const state_names[] = {
	"OFFERED", "ANSWERED", "CALLING", "CLAIMED", "UP", "CLOSING", "DONE",
};

/* The way of a leg; bit t of row s: s may become t. */
#define TO(s) (1u << (s))
static const unsigned ways[] = {
	[LEG_OFFERED] = TO(LEG_ANSWERED) | TO(LEG_CLOSING) | TO(LEG_DONE),
	[LEG_ANSWERED] = TO(LEG_UP) | TO(LEG_CLOSING) | TO(LEG_DONE),
	[LEG_CALLING] = TO(LEG_CLAIMED) | TO(LEG_CLOSING) | TO(LEG_DONE),
	[LEG_CLAIMED] = TO(LEG_UP) | TO(LEG_CLOSING) | TO(LEG_DONE),
	[LEG_UP] = TO(LEG_CLOSING) | TO(LEG_DONE),
	[LEG_CLOSING] = TO(LEG_DONE),
	[LEG_DONE] = 0,
};

const char *leg_state_name(enum leg_state s)
{
	return state_names[s];
}

void leg_enter(struct leg *l, enum leg_state to)
{
	enum leg_state was = l->state;

	if (was == to)
		return;
	assert(ways[was] & TO(to));
	l->state = to;
	log_ctx_debug(&l->log, "%s -> %s", state_names[was], state_names[to]);
}

struct leg *leg_new(struct agent *a, const struct leg_ops *ops, void *arg,
                    const struct log_ctx *parent)
{
	struct leg *l = xzalloc(sizeof(*l));

	OBJ_INIT(l, LEG_MAGIC);
	l->agent = a;
	l->ops = ops;
	l->arg = arg;
	l->max_forwards = LEG_MAX_FORWARDS;
	l->max_breadth = SIP_MAX_BREADTH;
	l->log = (struct log_ctx){ "leg", l->call_id, parent };
	DL_APPEND(a->all_legs, l);
	a->gauges.legs++;
	return l;
}

void leg_register(struct leg *l, const char *call_id)
{
	size_t n = strlen(call_id);

	if (n >= sizeof(l->call_id))
		n = sizeof(l->call_id) - 1;
	memcpy(l->call_id, call_id, n);
	l->call_id[n] = '\0';
	if (!l->is_inbound)
		HASH_ADD(hh, l->agent->legs, call_id, (unsigned)n, l);
}

static void leg_free(struct leg *l)
{
	assert(!l->invite_in && !l->invite_out && !l->bye && !l->requests &&
	       !l->sent.orq);
	if (!l->is_inbound && l->call_id[0])
		HASH_DELETE(hh, l->agent->legs, l);
	if (l->dialog)
		nta_leg_destroy(l->dialog);
	if (l->tport)
		tport_unref(l->tport);
	leg_reliable_free(l);
	leg_early_clear(l);
	resolve_cancel(&l->resolving);
	leg_hops_clear(l);
	timer_stop(loop_timers(l->agent->loop), &l->closing);
	free(l->local_tag);
	free(l->remote_tag);
	free(l->cancel_headers);
	free(l->bye_headers);
	free(l->invite_headers);
	free(l->gone_branch);
	free(l->gone_uri);
	free(l->ack_sdp);
	free(l->past_ack_sdp);
	free(l->refer.early_tag);
	free(l->uri);
	free(l->route);
	free(l->contact);
	free(l->auth.username);
	free(l->auth.password);
	free(l->auth.realm);
	free(l->auth.header);
	free(l->auth.ack_header);
	DL_DELETE(l->agent->all_legs, l);
	l->agent->gauges.legs--;
	OBJ_KILL(l);
	free(l);
}

void leg_hold(struct leg *l)
{
	l->refs++;
}

void leg_drop(struct leg *l)
{
	assert(l->refs > 0);
	if (--l->refs == 0 && l->state == LEG_DONE && l->is_released)
		leg_free(l);
}

void leg_end_all(struct agent *a)
{
	struct leg *l, *next;

	DL_FOREACH_SAFE (a->all_legs, l, next) {
		assert(l->is_released);
		leg_finish(l); /* and it is gone */
	}
}

void leg_incoming_free(struct leg *l, nta_incoming_t **irq)
{
	if (!*irq)
		return;
	nta_incoming_destroy(*irq);
	*irq = NULL;
	l->agent->gauges.transactions--;
}

void leg_outgoing_free(struct leg *l, nta_outgoing_t **orq)
{
	if (!*orq)
		return;
	nta_outgoing_destroy(*orq);
	*orq = NULL;
	l->agent->gauges.transactions--;
}

void leg_bind(struct leg *l, const struct leg_ops *ops, void *arg)
{
	l->ops = ops;
	l->arg = arg;
}

enum leg_state leg_state(const struct leg *l)
{
	return l->state;
}

const char *leg_call_id(const struct leg *l)
{
	return l->call_id;
}

const char *leg_local_tag(const struct leg *l)
{
	return l->local_tag;
}

const struct log_ctx *leg_log(const struct leg *l)
{
	return &l->log;
}

struct addr leg_peer(const struct leg *l)
{
	return l->dest;
}

bool leg_is_natted(const struct leg *l)
{
	return l->is_natted;
}

struct addr leg_local_address(const struct leg *l)
{
	struct addr ours = l->listener ? l->listener->bound : l->local;

	if (l->agent->advertised.u.sa.sa_family == l->dest.u.sa.sa_family ||
	    addr_is_any(&ours))
		ours = agent_address_for(l->agent, &l->dest);
	addr_set_port(&ours, 0);
	return ours;
}

unsigned leg_max_breadth(const struct leg *l)
{
	return l->max_breadth;
}

int leg_max_forwards(const struct leg *l)
{
	return l->max_forwards;
}

/* Over a connection, whoever took it is there. */
static bool is_connected(const struct leg *l)
{
	tport_t *tp = nta_outgoing_transport(l->invite_out);
	bool yes = tp && l->transport != SIP_UDP && tport_is_secondary(tp) &&
	           tport_is_connected(tp);

	if (tp)
		tport_unref(tp);
	return yes;
}

bool leg_is_heard(const struct leg *l)
{
	return l->state != LEG_CALLING || l->has_provisional ||
	       l->auth.was_tried || is_connected(l);
}
