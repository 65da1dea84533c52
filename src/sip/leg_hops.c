/* sip/leg_hops.c - the addresses of a leg's next hop, when its name has
 * several (RFC 3263 4.3): a request inside the dialog that one of them does
 * not answer goes to the next. */
#include "sip/leg_priv.h"

#include <stdlib.h>

#include "base/mem.h"

struct leg_hops {
	struct resolve_answer all;
	unsigned tried;        /* bits: by the present request */
	struct timer silence;  /* since the request was sent */
};

void leg_hops_clear(struct leg *l)
{
	if (!l->hops)
		return;
	timer_stop(loop_timers(l->agent->loop), &l->hops->silence);
	free(l->hops);
	l->hops = NULL;
}

/* False: none is left, and the next request begins with the first again. */
static bool next_hop(struct leg *l)
{
	struct leg_hops *h = l->hops;
	size_t i;

	while ((i = holddown_pick(l->agent->holddown, &h->all, h->tried,
	                          loop_now_ms(l->agent->loop))) < h->all.n) {
		h->tried |= 1u << i;
		if (leg_go_to(l, h->all.transport[i], &h->all.addr[i]))
			return true;
	}
	h->tried = 0;
	return false;
}

void leg_hops_take(struct leg *l, const struct resolve_answer *a)
{
	leg_hops_clear(l);
	l->hops = xzalloc(sizeof(*l->hops));
	l->hops->all = *a;
	if (!next_hop(l) || a->n == 1)
		leg_hops_clear(l);
}

static void note(struct leg *l, enum hold_result result)
{
	struct hop to = { l->dest, l->transport };
	int64_t now = loop_now_ms(l->agent->loop);

	if (!l->agent->holddown)
		return;
	holddown_sent(l->agent->holddown, &to);
	holddown_ended(l->agent->holddown, &to, result, now, now);
}

static void is_silent(struct timer *t, void *arg)
{
	struct leg *l = arg;

	(void)t;
	OBJ_CHECK(l, LEG_MAGIC);
	note(l, HOLD_SILENT);
	leg_hold(l);
	if (next_hop(l))
		leg_send_again(l);
	leg_drop(l);
}

void leg_hops_watch(struct leg *l)
{
	if (l->hops && l->agent->connect_ms)
		timer_start(loop_timers(l->agent->loop), &l->hops->silence,
		            l->agent->connect_ms, is_silent, l);
}

void leg_hops_heard(struct leg *l, const sip_t *sip)
{
	if (!l->hops)
		return;
	timer_stop(loop_timers(l->agent->loop), &l->hops->silence);
	if (sip && !nta_sip_is_internal(sip) && sip->sip_status->st_status != 503)
		l->hops->tried = 0;
}

bool leg_hops_failed(struct leg *l, const sip_t *sip)
{
	int status = sip ? sip->sip_status->st_status : 408;
	bool is_ours = !sip || nta_sip_is_internal(sip);

	if (!l->hops || (status != 503 && !(is_ours && status == 408)))
		return false;
	if (is_ours)
		note(l, status == 408 ? HOLD_SILENT : HOLD_REFUSED);
	return next_hop(l);
}
