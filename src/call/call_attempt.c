/* call/call_attempt.c - one branch of a fork: where it goes, its leg, what
 * the leg tells the fork. */
#include "call/call_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sip/uri.h"

#define MAX_REDIRECTS 5

static const struct leg_ops attempt_ops;

struct call *call_of_attempt(const struct leg *l)
{
	struct attempt *at = leg_arg(l);

	if (leg_ops_of(l) != &attempt_ops)
		return NULL;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	return at->call;
}

struct call_attempt *attempt_record(const struct attempt *at)
{
	return &at->call->attempts_done[at->record];
}

static void feed(struct attempt *at, enum fork_event_kind kind, int status,
		 bool has_sdp)
{
	struct fork_event ev = { .kind = kind,
				 .branch = at->index,
				 .status = status,
				 .has_sdp = has_sdp };

	call_feed(at->call, &ev);
}

/* --- the record of a branch ---------------------------------------------- */

static void open_record(struct attempt *at)
{
	struct call *c = at->call;
	struct call_attempt *r;

	if (c->record.n_attempts == c->attempts_cap) {
		c->attempts_cap = c->attempts_cap ? 2 * c->attempts_cap : 4;
		c->attempts_done = xrealloc(c->attempts_done,
					    c->attempts_cap * sizeof(*r));
		c->record.attempts = c->attempts_done;
	}
	at->record = c->record.n_attempts++;
	r = attempt_record(at);
	*r = (struct call_attempt){ .start_ms = call_unix_ms(c),
				    .retry_after_s = -1 };
	r->kind = xstrdup(at->conf->kind);
	r->name = xstrdup(at->conf->name);
	r->uri = xstrdup(at->redirect_uri ? at->redirect_uri
					  : at->conf->invite.target.uri);
	call_tell(c, at->record);
}

void attempt_over(struct call *c, struct call_attempt *r)
{
	void *lease = r->lease;

	if (!r->end_ms)
		r->end_ms = call_unix_ms(c);
	r->lease = NULL;
	if (lease)
		c->ops->left(c, r, lease, c->arg);
	call_tell(c, (size_t)(r - c->attempts_done));
}

static void close_record(struct attempt *at, int status, enum fork_why why,
			 bool is_cancelled)
{
	struct call_attempt *r = attempt_record(at);

	if (r->end_ms)
		return;
	r->status = status;
	r->why = why;
	r->is_cancelled = is_cancelled;
	attempt_over(at->call, r);
}

/* --- starting ------------------------------------------------------------ */

static void cannot_place(struct attempt *at, int status)
{
	log_ctx_info(&at->call->log, "%s %s: cannot be called (%d)",
		     at->conf->kind, at->conf->name, status);
	close_record(at, status, FORK_WHY_STATUS, false);
	feed(at, FORK_EV_FAIL, status, false);
}

static int offer_for(struct attempt *at, const struct target *t,
		     struct buf *body)
{
	struct call *c = at->call;
	struct addr ours = agent_local_for(c->conf->agent, t);

	if (addr_is_set(&c->conf->media_address) &&
	    addr_is_v6(&c->conf->media_address) == addr_is_v6(&t->dest))
		ours = c->conf->media_address;
	if (!at->side.media)
		side_init(&at->side, c->conf->media, &ours, &t->dest,
			  at->conf->invite.is_natted);
	if (call_is_without_offer(c))
		return 0;
	return side_translate(body, c->side[CALLER].sdp, NULL, &c->side[CALLER],
			      &at->side, call_now(c));
}

static bool take_next_way(struct attempt *at, int status);

static void note_dialog(struct attempt *at)
{
	struct call_attempt *r = attempt_record(at);

	r->call_id = xstrdup(leg_call_id(at->leg));
	r->tag = xstrdup(leg_local_tag(at->leg));
}

static void place_at(struct attempt *at, const struct addr *dest,
		     enum sip_transport t)
{
	struct call *c = at->call;
	struct leg_invite in = at->conf->invite;
	struct buf body = { 0 };
	int rc;

	in.target.name = at->conf->host;
	attempt_take_way(at, &in);
	if (at->redirect_uri) {
		in.target.name = NULL;
		in.target.uri = at->redirect_uri;
		in.target.route = NULL;
		in.target.flow = 0;
		in.is_natted = false;
	}
	in.target.dest = *dest;
	in.target.transport = t;
	if (attempt_lost_flow(at, &in)) {
		if (!take_next_way(at, 430)) {
			/* the branch's result; to a caller it is a phone
			 * that is not there (RFC 5626 5.3.1) */
			close_record(at, 430, FORK_WHY_STATUS, false);
			cannot_place(at, 480);
		}
		return;
	}
	rc = offer_for(at, &in.target, &body);
	if (rc < 0) {
		log_ctx_warn(&c->log, "no media ports: %s", strerror(-rc));
		cannot_place(at, 503);
	} else {
		in.sdp = body.p;
		in.sdp_len = body.len;
		in.refuses_reliable = call_is_without_offer(c) &&
				      !call_early_may_offer(c);
		rc = leg_invite(&at->leg, c->conf->agent, &in, &attempt_ops, at,
				&c->log);
		if (rc < 0)
			cannot_place(at, 503);
		else
			note_dialog(at);
	}
	buf_free(&body);
}

static void resolved(const struct resolve_answer *a, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;

	OBJ_CHECK(at, ATTEMPT_MAGIC);
	at->resolving = NULL;
	free(at->found);
	at->found = a->n > 1 ? xmemdup(a, sizeof(*a)) : NULL;
	at->next = 1;
	call_hold(c);
	if (a->n == 0)
		cannot_place(at, 503);
	else
		/* at may be gone after this */
		place_at(at, &a->addr[0], a->transport[0]);
	call_drop(c);
}

static void place(struct attempt *at)
{
	const struct call_branch *b = at->conf;
	enum sip_transport t = b->invite.target.transport;
	struct resolve_question q = {
		.host = b->host,
		.port = b->port,
		.transport = b->picks_transport ? NULL : sip_transport_name(t),
		.is_sips = b->picks_transport && t == SIP_TLS,
	};

	if (addr_is_set(&b->invite.target.dest) && !at->redirect_uri)
		place_at(at, &b->invite.target.dest, t);
	else if (b->host && at->call->conf->resolver)
		resolve_start(&at->resolving, at->call->conf->resolver, &q,
			      resolved, at);
	else
		cannot_place(at, 503);
}

/* NULL: it may be placed. */
static const char *refusal_of(struct attempt *at)
{
	struct call *c = at->call;

	if (!c->ops->admit)
		return NULL;
	return c->ops->admit(c, at->conf, &attempt_record(at)->lease, c->arg);
}

void attempt_start(struct attempt *at)
{
	const char *refusal;

	open_record(at);
	refusal = refusal_of(at);
	attempt_record(at)->refusal = refusal;
	if (refusal)
		cannot_place(at, 503);
	else
		place(at);
}

/* --- ending -------------------------------------------------------------- */

static void let_go(struct attempt *at, enum leg_release how)
{
	resolve_cancel(&at->resolving);
	call_early_lost(at);
	leg_release(&at->leg, how,
		    how == LEG_RELEASE_NORMAL ? at->call->cancel_headers
					      : NULL);
	if (at->side.media)
		side_clear(&at->side, call_now(at->call));
	free(at->redirect_uri);
	at->redirect_uri = NULL;
	free(at->found);
	at->found = NULL;
	free(at->headers);
	at->headers = NULL;
}

void attempt_cancel(struct attempt *at, enum fork_why why)
{
	close_record(at, 487, why, true);
	let_go(at, why == FORK_WHY_LOST ? LEG_RELEASE_ELSEWHERE
					: LEG_RELEASE_NORMAL);
}

void attempt_clear(struct attempt *at)
{
	if (at->leg || at->resolving)
		close_record(at, 487, FORK_WHY_STOPPED, true);
	let_go(at, LEG_RELEASE_NORMAL);
	OBJ_KILL(at);
}

/* --- what its leg tells -------------------------------------------------- */

/* What it says besides is for the caller; its tag makes the dialog. */
static void keep_headers(struct attempt *at, const struct message *m)
{
	struct call_attempt *r = attempt_record(at);
	const char *tag = message_to_tag(m);

	free(at->headers);
	at->headers = message_crossing(m);
	if (!tag || (r->peer_tag && strcmp(r->peer_tag, tag) == 0))
		return;
	free(r->peer_tag);
	r->peer_tag = xstrdup(tag);
}

static void on_progress(struct leg *l, const struct message *m, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;
	struct sdp *sdp;

	(void)l;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	call_hold(c);
	keep_headers(at, m);
	if (!attempt_record(at)->ring_ms) {
		attempt_record(at)->ring_ms = call_unix_ms(c);
		call_tell(c, at->record);
	}
	if (message_has_sdp(m) &&
	    (!call_is_without_offer(c) || leg_owes_prack(l))) {
		sdp = call_read_sdp(c, m);
		if (sdp && !call_is_without_offer(c) &&
		    !sdp_answers(sdp, c->side[CALLER].sdp))
			sdp_free(&sdp);
		if (sdp) {
			at->side.signalling = m->source;
			at->side.is_natted = leg_is_natted(l);
			side_take(&at->side, sdp);
		}
		feed(at, FORK_EV_PROGRESS, m->status, sdp != NULL);
	} else {
		feed(at, FORK_EV_PROGRESS, m->status, false);
	}
	call_drop(c);
}

/* The description of a 2xx; one without uses what the 18x had told. */
static bool take_answer(struct attempt *at, const struct message *m)
{
	struct call *c = at->call;

	if (message_has_sdp(m))
		side_take(&at->side, call_read_sdp(c, m));
	at->side.signalling = m->source;
	at->side.is_natted = leg_is_natted(at->leg);
	if (!at->side.sdp)
		return false;
	return call_is_without_offer(c) ||
	       sdp_answers(at->side.sdp, c->side[CALLER].sdp);
}

static void on_answered(struct leg *l, const struct message *m, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;

	(void)l;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	call_hold(c);
	keep_headers(at, m);
	if (take_answer(at, m)) {
		feed(at, FORK_EV_ANSWER, m->status, true);
	} else {
		log_ctx_warn(&c->log,
			     "%s %s: answered without a usable "
			     "description",
			     at->conf->kind, at->conf->name);
		close_record(at, 488, FORK_WHY_STATUS, false);
		let_go(at, LEG_RELEASE_NORMAL);
		feed(at, FORK_EV_FAIL, 488, false);
	}
	call_drop(c);
}

/* --- failure ------------------------------------------------------------- */

/* The same branch, another target: with a leg, ports and a record anew. */
static void start_over(struct attempt *at, int status)
{
	void *lease = attempt_record(at)->lease;

	attempt_record(at)->lease = NULL; /* it goes on */
	close_record(at, status, FORK_WHY_STATUS, false);
	call_early_lost(at);
	leg_release(&at->leg, LEG_RELEASE_NORMAL, NULL);
	side_clear(&at->side, call_now(at->call));
	at->side = (struct side){ 0 };
	open_record(at);
	attempt_record(at)->lease = lease;
}

/* RFC 3263 4.3: after a 503, also of our own for an address that cannot be
 * reached, the next address of the name. */
static bool try_next_address(struct attempt *at, const struct message *m)
{
	if (m->status != 503 || !at->found || at->next >= at->found->n)
		return false;
	start_over(at, m->status);
	at->next++;
	place_at(at, &at->found->addr[at->next - 1],
		 at->found->transport[at->next - 1]);
	return true;
}

/* RFC 5626 5.3: a phone whose flow has failed is rung over its next one. */
static bool take_next_way(struct attempt *at, int status)
{
	const struct target *t;

	if (!attempt_next_way(at, status))
		return false;
	start_over(at, status);
	t = &at->conf->ways[at->ways - 1].target;
	place_at(at, &t->dest, t->transport);
	return true;
}

/* A 3xx that is followed. */
static bool redirect(struct attempt *at, const struct message *m)
{
	struct call *c = at->call;
	struct sip_uri to;
	struct resolve_question q;
	char *uri = message_contact(m, 0);

	if (m->status < 300 || m->status > 399 || !c->plan->follows_redirect ||
	    at->redirects >= MAX_REDIRECTS || !uri || !c->conf->resolver ||
	    sip_uri_parse(&to, uri) < 0) {
		free(uri);
		return false;
	}
	log_ctx_info(&c->log, "%s %s: redirected to %s", at->conf->kind,
		     at->conf->name, uri);
	at->redirects++;
	free(at->redirect_uri);
	at->redirect_uri = uri;
	start_over(at, m->status);
	q = (struct resolve_question){
		.host = to.host,
		.port = to.port,
		.transport = to.has_transport
				     ? sip_transport_name(to.transport)
				     : NULL,
		.is_sips = to.transport == SIP_TLS && !to.has_transport,
	};
	resolve_start(&at->resolving, c->conf->resolver, &q, resolved, at);
	return true;
}

static void on_failed(struct leg *l, const struct message *m, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;

	(void)l;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	call_hold(c);
	if (!redirect(at, m) && !try_next_address(at, m) &&
	    !take_next_way(at, m->status)) {
		log_ctx_info(&c->log, "%s %s: %d %s", at->conf->kind,
			     at->conf->name, m->status, m->reason);
		attempt_record(at)->retry_after_s = m->retry_after_s;
		close_record(at, m->status, FORK_WHY_STATUS, false);
		attempt_record(at)->reason = message_reason(m);
		attempt_record(at)->q850 = message_q850(m);
		let_go(at, LEG_RELEASE_NORMAL);
		feed(at, FORK_EV_FAIL, m->status, false);
	}
	call_drop(c);
}

static void on_ended(struct leg *l, enum leg_end why, const struct message *m,
		     void *arg)
{
	struct attempt *at = arg;

	(void)l;
	(void)why;
	(void)m;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	close_record(at, 480, FORK_WHY_STATUS, false);
	let_go(at, LEG_RELEASE_NORMAL);
	feed(at, FORK_EV_FAIL, 480, false);
}

/* Before the 2xx: RFC 3311. */
static void on_request(struct leg *l, struct leg_request *rq,
		       const struct message *m, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;

	(void)l;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	call_hold(c);
	call_early_request_from(at, rq, m);
	call_drop(c);
}

static void on_response(struct leg *l, const struct message *m, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;

	(void)l;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	call_hold(c);
	call_early_response(c, CALLEE, m);
	call_drop(c);
}

static const struct leg_ops attempt_ops = {
	.progress = on_progress,
	.request = on_request,
	.response = on_response,
	.answered = on_answered,
	.failed = on_failed,
	.ended = on_ended,
};
