/* call/call_attempt.c - one branch of a fork: its record, its leg, what the
 * leg tells the fork. */
#include "call/call_priv.h"

#include <errno.h>
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

void attempt_feed(struct attempt *at, enum fork_event_kind kind, int status,
		  bool has_sdp)
{
	struct fork_event ev = { .kind = kind,
				 .branch = at->index,
				 .status = status,
				 .has_sdp = has_sdp };

	dial_feed(at->dial, &ev);
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
	r->uri = xstrdup(at->conf->divert   ? at->conf->number
			 : at->redirect_uri ? at->redirect_uri
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

void attempt_close(struct attempt *at, int status, enum fork_why why,
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
	at->side.may_bypass = at->conf->may_bypass;
	if (!at->side.codecs)
		at->side.codecs = codecs_ref(at->conf->codecs);
	if (call_is_without_offer(c))
		return 0;
	return side_translate(body, c->side[CALLER].sdp, NULL, &c->side[CALLER],
			      &at->side, call_now(c));
}

static void clear_side(struct attempt *at)
{
	if (at->side.media)
		side_clear(&at->side, call_now(at->call));
	at->side = (struct side){ 0 };
}

static void note_dialog(struct attempt *at)
{
	struct call_attempt *r = attempt_record(at);

	r->call_id = xstrdup(leg_call_id(at->leg));
	r->tag = xstrdup(leg_local_tag(at->leg));
}

int attempt_place(struct attempt *at, const struct hop *to)
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
	in.target.dest = to->addr;
	in.target.transport = to->transport;
	attempt_record(at)->hop = *to;
	if (attempt_lost_flow(at, &in))
		return -ENOTCONN;
	rc = offer_for(at, &in.target, &body);
	if (rc < 0) {
		log_ctx_warn(&c->log, "no media ports: %s", strerror(-rc));
	} else {
		in.sdp = body.p;
		in.sdp_len = body.len;
		in.refuses_reliable = call_is_without_offer(c) &&
				      !call_early_may_offer(at);
		rc = leg_invite(&at->leg, c->conf->agent, &in, &attempt_ops, at,
				&c->log);
		if (rc == 0)
			note_dialog(at);
		else
			clear_side(at); /* it fits this address alone */
	}
	buf_free(&body);
	return rc;
}

/* Nothing of the caller's offer is for it. */
static bool has_no_codec(const struct attempt *at)
{
	struct call *c = at->call;
	struct sdp *chosen = NULL;
	int rc = 0;

	if (!call_is_without_offer(c))
		rc = codecs_select(&chosen, at->conf->codecs,
				   c->side[CALLER].sdp);
	sdp_free(&chosen);
	return rc < 0;
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
		attempt_fail(at, 503, LEG_RELEASE_NORMAL);
	else if (at->conf->fails_with)
		attempt_fail(at, at->conf->fails_with, LEG_RELEASE_NORMAL);
	else if (at->conf->divert)
		attempt_divert(at);
	else if (has_no_codec(at))
		attempt_fail(at, 488, LEG_RELEASE_NORMAL);
	else
		path_start(at);
}

/* --- ending -------------------------------------------------------------- */

/* headers: of its CANCEL or BYE; NULL: what the call says. */
static void let_go(struct attempt *at, enum leg_release how,
		   const char *headers)
{
	const struct call *c = at->call;

	attempt_undivert(at, how);
	path_clear(at);
	call_early_lost(at);
	if (!headers && how == LEG_RELEASE_NORMAL)
		headers = c->ending ? c->ending : c->cancel_headers;
	leg_release(&at->leg, how, headers);
	if (at->side.media)
		side_clear(&at->side, call_now(at->call));
	free(at->redirect_uri);
	at->redirect_uri = NULL;
	free(at->headers);
	at->headers = NULL;
}

void attempt_fail(struct attempt *at, int status, enum leg_release how)
{
	log_ctx_info(&at->call->log, "%s %s: %s (%d)", at->conf->kind,
		     at->conf->name,
		     at->leg ? "given up" : "cannot be called", status);
	attempt_close(at, status, FORK_WHY_STATUS, false);
	let_go(at, how, NULL);
	/* to a caller it is a phone that is not there (RFC 5626 5.3.1) */
	attempt_feed(at, FORK_EV_FAIL, status == 430 ? 480 : status, false);
}

bool attempt_is_open(const struct attempt *at)
{
	return at->leg || at->resolving || at->diversion;
}

void attempt_cancel(struct attempt *at, enum fork_why why)
{
	char *line = ending_line(ending_of_branch(why), 0, NULL);

	attempt_close(at, 487, why, true);
	let_go(at,
	       why == FORK_WHY_LOST ? LEG_RELEASE_ELSEWHERE
				    : LEG_RELEASE_NORMAL,
	       line);
	free(line);
}

void attempt_clear(struct attempt *at)
{
	if (attempt_is_open(at))
		attempt_close(at, 487, FORK_WHY_STOPPED, true);
	let_go(at, LEG_RELEASE_NORMAL, NULL);
	OBJ_KILL(at);
}

/* --- what its leg tells -------------------------------------------------- */

/* Whom the caller has at the other end (RFC 3325). */
static char *with_callee(const struct attempt *at, char *lines)
{
	const struct call_party *caller = &at->call->party[CALLER];
	const char *told = caller->hears ? at->conf->told[!caller->is_device]
					 : NULL;
	char *both;

	if (!told)
		return lines;
	both = xasprintf("%s%s", lines ? lines : "", told);
	free(lines);
	return both;
}

/* What it says besides is for the caller; its tag makes the dialog. */
static void keep_headers(struct attempt *at, const struct message *m)
{
	struct call_attempt *r = attempt_record(at);
	const char *tag = message_to_tag(m);

	free(at->headers);
	at->headers = with_callee(at, message_crossing(m));
	if (!tag || (r->peer_tag && strcmp(r->peer_tag, tag) == 0))
		return;
	free(r->peer_tag);
	r->peer_tag = xstrdup(tag);
}

static void on_heard(struct leg *l, void *arg)
{
	struct attempt *at = arg;

	(void)l;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	path_heard(at);
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
		attempt_feed(at, FORK_EV_PROGRESS, m->status, sdp != NULL);
	} else {
		attempt_feed(at, FORK_EV_PROGRESS, m->status, false);
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
		attempt_feed(at, FORK_EV_ANSWER, m->status, true);
	} else {
		log_ctx_warn(&c->log,
			     "%s %s: answered without a usable "
			     "description",
			     at->conf->kind, at->conf->name);
		attempt_close(at, 488, FORK_WHY_STATUS, false);
		let_go(at, LEG_RELEASE_NORMAL, NULL);
		attempt_feed(at, FORK_EV_FAIL, 488, false);
	}
	call_drop(c);
}

/* --- failure ------------------------------------------------------------- */

/* The same branch, another target: with a leg, ports and a record anew. */
void attempt_start_over(struct attempt *at, int status, enum leg_release how)
{
	void *lease = attempt_record(at)->lease;

	attempt_record(at)->lease = NULL; /* it goes on */
	attempt_close(at, status, FORK_WHY_STATUS, false);
	call_early_lost(at);
	leg_release(&at->leg, how, NULL);
	clear_side(at);
	open_record(at);
	attempt_record(at)->lease = lease;
	attempt_feed(at, FORK_EV_ELSEWHERE, 0, false);
}

/* A 3xx that is followed. */
static bool redirect(struct attempt *at, const struct message *m)
{
	struct call *c = at->call;
	struct sip_uri to;
	struct resolve_question q;
	char *uri = message_contact(m, 0);

	if (m->status < 300 || m->status > 399 || !at->dial->plan->follows_redirect ||
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
	attempt_start_over(at, m->status, LEG_RELEASE_NORMAL);
	q = (struct resolve_question){
		.host = to.host,
		.port = to.port,
		.transport = to.has_transport
				     ? sip_transport_name(to.transport)
				     : NULL,
		.is_sips = to.transport == SIP_TLS && !to.has_transport,
	};
	path_resolve(at, &q);
	return true;
}

static void on_failed(struct leg *l, const struct message *m, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;

	(void)l;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	call_hold(c);
	if (!redirect(at, m) && !path_failed(at, m)) {
		log_ctx_info(&c->log, "%s %s: %d %s", at->conf->kind,
			     at->conf->name, m->status, m->reason);
		attempt_record(at)->retry_after_s = m->retry_after_s;
		attempt_close(at, m->status, FORK_WHY_STATUS, false);
		attempt_record(at)->reason = message_reason(m);
		attempt_record(at)->q850 = message_q850(m);
		let_go(at, LEG_RELEASE_NORMAL, NULL);
		attempt_feed(at, FORK_EV_FAIL, m->status, false);
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
	attempt_close(at, 480, FORK_WHY_STATUS, false);
	let_go(at, LEG_RELEASE_NORMAL, NULL);
	attempt_feed(at, FORK_EV_FAIL, 480, false);
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
	.heard = on_heard,
	.progress = on_progress,
	.request = on_request,
	.response = on_response,
	.answered = on_answered,
	.failed = on_failed,
	.ended = on_ended,
};
