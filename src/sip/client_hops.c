/* sip/client_hops.c - the addresses that a client's request may go to (RFC
 * 3263 4.3): in which order, how long each has, and what is learnt of them for
 * whoever comes next (holddown.h).
 *
 * Where every address is to be left alone the first is asked all the same: a
 * registration or a probe is what shows that it is back. */
#include "sip/client_priv.h"

static int64_t now(const struct client *c)
{
	return loop_now_ms(c->agent->loop);
}

static struct hop present(const struct client *c)
{
	return (struct hop){ c->found.addr[c->next],
		             c->found.transport[c->next] };
}

static size_t pick(const struct client *c)
{
	return holddown_pick(c->agent->holddown, &c->found, c->tried, now(c));
}

void client_first_hop(struct client *c)
{
	size_t i;

	c->tried = 0;
	i = pick(c);
	c->next = i < c->found.n ? i : 0;
	c->tried = 1u << c->next;
}

bool client_next_hop(struct client *c)
{
	size_t i = pick(c);

	if (i >= c->found.n)
		return false;
	c->next = i;
	c->tried |= 1u << i;
	return true;
}

unsigned client_patience_ms(const struct client *c)
{
	unsigned connect_ms = c->agent->connect_ms;

	return connect_ms && connect_ms < c->timeout_ms &&
	                       pick(c) < c->found.n
	               ? connect_ms
	               : c->timeout_ms;
}

void client_hop_sent(struct client *c)
{
	struct hop to = present(c);

	client_hop_ended(c, HOLD_DROPPED);
	if (!c->agent->holddown)
		return;
	c->is_unanswered = true;
	c->sent_ms = now(c);
	holddown_sent(c->agent->holddown, &to);
}

void client_hop_ended(struct client *c, enum hold_result result)
{
	struct hop to = present(c);

	if (!c->is_unanswered)
		return;
	c->is_unanswered = false;
	holddown_ended(c->agent->holddown, &to, result, c->sent_ms, now(c));
}

void client_hop_said(struct client *c, const struct client_answer *a)
{
	struct hop to = present(c);

	client_hop_ended(c, !a->is_ours        ? HOLD_ANSWERED
	                    : a->status == 408 ? HOLD_SILENT
	                                       : HOLD_REFUSED);
	if (!a->is_ours && a->status == 503 && a->retry_after_s > 0 &&
	    c->agent->holddown)
		holddown_busy(c->agent->holddown, &to,
		              (unsigned)a->retry_after_s, now(c));
}
