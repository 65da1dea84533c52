/* call/call_path.c - where a branch goes: the addresses of its target, one
 * after the other (RFC 3263 4.3).
 *
 * The next address is tried when one refuses, says 503, or gives no sign of
 * itself within the time to connect; dead ones are passed over.  One that was
 * heard keeps the branch: what it says then is the branch's. */
#include "call/call_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

static const struct call_conf *conf_of(const struct attempt *at)
{
	return at->call->conf;
}

/* Of those not tried yet; found->n: none. */
static size_t pick(const struct attempt *at)
{
	size_t i = 0;

	if (at->is_watched)
		return holddown_pick(conf_of(at)->holddown, at->found,
				     at->tried, call_now(at->call));
	while (i < at->found->n && (at->tried >> i & 1))
		i++;
	return i;
}

/* It is known now whether the present address is alive. */
static void over(struct attempt *at, enum hold_result result)
{
	timer_stop(loop_timers(conf_of(at)->loop), &at->connect);
	if (!at->is_waiting)
		return;
	at->is_waiting = false;
	holddown_ended(conf_of(at)->holddown, &at->hop, result, at->sent_ms,
		       call_now(at->call));
}

static int place(struct attempt *at, size_t i)
{
	int rc;

	at->tried |= 1u << i;
	at->hop = (struct hop){ at->found->addr[i], at->found->transport[i] };
	at->sent_ms = call_now(at->call);
	at->is_waiting = at->is_watched;
	if (at->is_watched)
		holddown_sent(conf_of(at)->holddown, &at->hop);
	rc = attempt_place(at, &at->hop);
	if (rc < 0)
		over(at, HOLD_DROPPED);
	return rc;
}

static void connect_is_due(struct timer *t, void *arg);

/* The last address of a phone has all the time of its branch. */
static void watch(struct attempt *at)
{
	int limit_ms = at->conf->connect_ms;

	if (limit_ms < 0 || (limit_ms == 0 && pick(at) < at->found->n))
		limit_ms = (int)conf_of(at)->connect_ms;
	if (at->is_watched && limit_ms > 0)
		timer_start(loop_timers(conf_of(at)->loop), &at->connect,
			    limit_ms, connect_is_due, at);
}

static bool take_next_way(struct attempt *at, int status,
			  enum leg_release how);

/* at may be gone after this. */
static void place_next(struct attempt *at)
{
	int status = 503, rc;
	size_t i;

	while ((i = pick(at)) < at->found->n) {
		rc = place(at, i);
		if (rc == 0) {
			watch(at);
			return;
		}
		if (rc == -ENOTCONN) /* its flow is gone */
			status = 430;
	}
	if (!take_next_way(at, status, LEG_RELEASE_NORMAL))
		attempt_fail(at, status, LEG_RELEASE_NORMAL);
}

static bool go_on(struct attempt *at, int status, enum leg_release how)
{
	if (!at->found || pick(at) == at->found->n)
		return false;
	attempt_start_over(at, status, how);
	place_next(at);
	return true;
}

static void take(struct attempt *at, const struct resolve_answer *a)
{
	free(at->found);
	at->found = xmemdup(a, sizeof(*a));
	at->tried = 0;
	place_next(at);
}

/* RFC 5626 5.3: a phone whose flow has failed is rung over its next one. */
static bool take_next_way(struct attempt *at, int status,
			  enum leg_release how)
{
	struct resolve_answer one = { .n = 1 };
	const struct target *t;

	if (!attempt_next_way(at, status))
		return false;
	attempt_start_over(at, status, how);
	t = &at->conf->ways[at->ways - 1].target;
	one.addr[0] = t->dest;
	one.transport[0] = t->transport;
	at->is_watched = false;
	take(at, &one);
	return true;
}

static void connect_is_due(struct timer *t, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;
	char text[ADDR_TEXT];

	(void)t;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	if (at->leg && leg_is_heard(at->leg))
		return; /* its connection stands: it may take its time */
	call_hold(c);
	log_ctx_info(&c->log, "%s %s: no sign of %s", at->conf->kind,
		     at->conf->name, addr_ip_port(&at->hop.addr, text));
	over(at, HOLD_SILENT);
	if (!go_on(at, 408, LEG_RELEASE_SILENT) &&
	    !take_next_way(at, 408, LEG_RELEASE_SILENT))
		attempt_fail(at, 408, LEG_RELEASE_SILENT);
	call_drop(c);
}

void path_heard(struct attempt *at)
{
	over(at, HOLD_ANSWERED);
}

bool path_failed(struct attempt *at, const struct message *m)
{
	bool is_ours = !addr_is_set(&m->source); /* nobody said that */

	over(at, !is_ours           ? HOLD_ANSWERED
		 : m->status == 408 ? HOLD_SILENT
				    : HOLD_REFUSED);
	if (m->status == 503 && m->retry_after_s > 0 && at->is_watched)
		holddown_busy(conf_of(at)->holddown, &at->hop,
			      (unsigned)m->retry_after_s, call_now(at->call));
	if ((m->status == 503 || (is_ours && m->status == 408)) &&
	    go_on(at, m->status, LEG_RELEASE_NORMAL))
		return true;
	return take_next_way(at, m->status, LEG_RELEASE_NORMAL);
}

void path_clear(struct attempt *at)
{
	resolve_cancel(&at->resolving);
	over(at, HOLD_DROPPED);
	free(at->found);
	at->found = NULL;
}

static void resolved(const struct resolve_answer *a, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;

	OBJ_CHECK(at, ATTEMPT_MAGIC);
	at->resolving = NULL;
	at->is_watched = conf_of(at)->holddown != NULL;
	call_hold(c);
	take(at, a);
	call_drop(c);
}

void path_resolve(struct attempt *at, const struct resolve_question *q)
{
	over(at, HOLD_DROPPED);
	resolve_start(&at->resolving, conf_of(at)->resolver, q, resolved, at);
}

void path_start(struct attempt *at)
{
	const struct call_branch *b = at->conf;
	const struct target *t = &b->invite.target;
	struct resolve_question q = {
		.host = b->host,
		.port = b->port,
		.transport = b->picks_transport
				     ? NULL
				     : sip_transport_name(t->transport),
		.is_sips = b->picks_transport && t->transport == SIP_TLS,
	};
	struct resolve_answer numeric = { { t->dest }, { t->transport }, 1 };

	at->is_watched =
		conf_of(at)->holddown && !t->flow && b->connect_ms;
	if (addr_is_set(&t->dest))
		take(at, &numeric);
	else if (b->host && conf_of(at)->resolver)
		path_resolve(at, &q);
	else
		attempt_fail(at, 503, LEG_RELEASE_NORMAL);
}
