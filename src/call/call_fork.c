/* call/call_fork.c - the outbound legs: carries out what the fork decides. */
#include "call/call_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "sip/uri.h"

#define MAX_REDIRECTS 5

static void place(struct attempt *at);
static const struct leg_ops attempt_ops;

static struct call_attempt *record_of(const struct attempt *at)
{
	return &at->call->attempts_done[at->record];
}

static int64_t unix_ms(const struct call *c)
{
	return loop_unix_ms(c->conf->loop);
}

/* No offer goes out: the caller made none, or it is answered already. */
static bool is_without_offer(const struct call *c)
{
	return c->is_late_offer || call_is_answered(c);
}

static void feed(struct attempt *at, enum fork_event_kind kind, int status,
                 bool has_sdp)
{
	struct fork_event ev = { .kind = kind, .branch = at->index,
		                 .status = status, .has_sdp = has_sdp };

	call_feed(at->call, &ev);
}

/* --- the record of a branch -------------------------------------------------- */

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
	r = record_of(at);
	*r = (struct call_attempt){ .start_ms = unix_ms(c) };
	r->kind = xstrdup(at->conf->kind);
	r->name = xstrdup(at->conf->name);
	r->uri = xstrdup(at->redirect_uri ? at->redirect_uri
	                                  : at->conf->invite.target.uri);
}

static void close_record(struct attempt *at, int status, enum fork_why why,
                         bool is_cancelled)
{
	struct call_attempt *r = record_of(at);

	if (r->end_ms)
		return;
	r->end_ms = unix_ms(at->call);
	r->status = status;
	r->why = why;
	r->is_cancelled = is_cancelled;
}

/* --- starting ---------------------------------------------------------------- */

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
	if (is_without_offer(c))
		return 0;
	return side_translate(body, c->side[CALLER].sdp, NULL,
	                      &c->side[CALLER], &at->side, call_now(c));
}

static void place_at(struct attempt *at, const struct addr *dest)
{
	struct call *c = at->call;
	struct leg_invite in = at->conf->invite;
	struct buf body = { 0 };
	int rc;

	if (at->redirect_uri) {
		in.target.uri = at->redirect_uri;
		in.target.route = NULL;
		in.target.flow = 0;
		in.is_natted = false;
	}
	in.target.dest = *dest;
	rc = offer_for(at, &in.target, &body);
	if (rc < 0) {
		log_ctx_warn(&c->log, "no media ports: %s", strerror(-rc));
		cannot_place(at, 503);
	} else {
		in.sdp = body.p;
		in.sdp_len = body.len;
		rc = leg_invite(&at->leg, c->conf->agent, &in, &attempt_ops,
		                at, &c->log);
		if (rc < 0)
			cannot_place(at, 503);
		else
			record_of(at)->call_id = xstrdup(leg_call_id(at->leg));
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
		place_at(at, &a->addr[0]); /* at may be gone after this */
	call_drop(c);
}

static void place(struct attempt *at)
{
	const struct call_branch *b = at->conf;
	struct resolve_question q = {
		.host = b->host,
		.port = b->port,
		.transport = sip_transport_name(b->invite.target.transport),
	};

	if (addr_is_set(&b->invite.target.dest) && !at->redirect_uri)
		place_at(at, &b->invite.target.dest);
	else if (b->host && at->call->conf->resolver)
		resolve_start(&at->resolving, at->call->conf->resolver, &q,
		              resolved, at);
	else
		cannot_place(at, 503);
}

static void start(struct call *c, size_t i)
{
	struct attempt *at = &c->attempts[i];

	open_record(at);
	place(at);
}

/* --- ending ------------------------------------------------------------------ */

static void let_go(struct attempt *at, enum leg_release how)
{
	resolve_cancel(&at->resolving);
	leg_release(&at->leg, how, NULL);
	if (at->side.media)
		side_clear(&at->side, call_now(at->call));
	free(at->redirect_uri);
	at->redirect_uri = NULL;
	free(at->found);
	at->found = NULL;
}

static void cancel(struct call *c, size_t i, enum fork_why why)
{
	struct attempt *at = &c->attempts[i];

	close_record(at, 487, why, true);
	let_go(at, why == FORK_WHY_LOST ? LEG_RELEASE_ELSEWHERE
	                                : LEG_RELEASE_NORMAL);
}

void call_fork_free(struct call *c)
{
	if (!c->fork)
		return;
	timer_stop(loop_timers(c->conf->loop), &c->fork_timer);
	for (size_t i = 0; i < c->n_attempts; i++) {
		struct attempt *at = &c->attempts[i];

		if (at->leg || at->resolving)
			close_record(at, 487, FORK_WHY_STOPPED, true);
		let_go(at, LEG_RELEASE_NORMAL);
		OBJ_KILL(at);
	}
	free(c->attempts);
	c->attempts = NULL;
	c->n_attempts = 0;
	c->n_queue = 0;
	fork_destroy(&c->fork);
	c->plan = NULL;
}

static void dialled(struct call *c, enum call_outcome_kind kind, int status,
                    enum fork_why why)
{
	struct call_outcome o = { kind, status, why };

	call_fork_free(c);
	c->ops->dialled(c, &o, c->arg);
}

/* --- answered ---------------------------------------------------------------- */

/* The callee's answer is the caller's answer; a late offer goes the other
 * way, and the caller's ACK brings the answer. */
static int answer_caller(struct call *c)
{
	struct side *a = &c->side[CALLER], *b = &c->side[CALLEE];
	struct buf body = { 0 };
	int rc = side_translate(&body, b->sdp, a->sdp, b, a, call_now(c));

	if (rc < 0) {
		log_ctx_warn(&c->log, "no media ports: %s", strerror(-rc));
	} else {
		if (!c->is_late_offer)
			sides_agree(a, b, call_now(c));
		leg_answer(c->leg[CALLER], body.p, body.len, NULL);
	}
	buf_free(&body);
	return rc;
}

static void win(struct call *c, size_t i)
{
	struct attempt *at = &c->attempts[i];

	c->winner = at->record;
	c->leg[CALLEE] = at->leg;
	c->side[CALLEE] = at->side;
	at->leg = NULL;
	at->side = (struct side){ 0 };
	leg_bind(c->leg[CALLEE], &call_leg_ops, c);
	record_of(at)->answer_ms = unix_ms(c);
	record_of(at)->status = 200;
	if (!is_without_offer(c))
		leg_ack(c->leg[CALLEE], NULL, 0);
	call_fork_free(c);
	call_enter(c, CALL_UP);
	if (call_is_answered(c)) {
		call_join(c);
		return;
	}
	if (answer_caller(c) < 0) {
		call_respond(c, 503, "Service Unavailable",
		             "Retry-After: 5\r\n");
		return;
	}
	c->record.status = 200;
	c->record.answer_ms = unix_ms(c);
	call_connected(c);
}

/* --- progress ---------------------------------------------------------------- */

static void tell_progress(struct call *c, const struct fork_action *a)
{
	struct attempt *at = &c->attempts[a->branch];
	struct buf body = { 0 };
	const char *reason =
	        a->status == 180 ? "Ringing" : "Session Progress";

	if (call_is_answered(c))
		return;
	if (!c->record.ring_ms)
		c->record.ring_ms = unix_ms(c);
	if (a->has_sdp && at->side.sdp && !c->is_late_offer &&
	    side_translate(&body, at->side.sdp, c->side[CALLER].sdp, &at->side,
	                   &c->side[CALLER], call_now(c)) == 0)
		sides_agree(&c->side[CALLER], &at->side, call_now(c));
	else
		buf_clear(&body);
	leg_ring(c->leg[CALLER], a->status, reason, body.len ? body.p : NULL,
	         body.len, NULL);
	buf_free(&body);
}

static void on_progress(struct leg *l, const struct message *m, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;
	struct sdp *sdp;

	(void)l;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	call_hold(c);
	if (!record_of(at)->ring_ms)
		record_of(at)->ring_ms = unix_ms(c);
	if (!is_without_offer(c) && message_has_sdp(m)) {
		sdp = call_read_sdp(c, m);
		if (sdp && !sdp_answers(sdp, c->side[CALLER].sdp))
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
	return is_without_offer(c) ||
	       sdp_answers(at->side.sdp, c->side[CALLER].sdp);
}

static void on_answered(struct leg *l, const struct message *m, void *arg)
{
	struct attempt *at = arg;
	struct call *c = at->call;

	(void)l;
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	call_hold(c);
	if (take_answer(at, m)) {
		feed(at, FORK_EV_ANSWER, m->status, true);
	} else {
		log_ctx_warn(&c->log, "%s %s: answered without a usable "
		             "description", at->conf->kind, at->conf->name);
		close_record(at, 488, FORK_WHY_STATUS, false);
		let_go(at, LEG_RELEASE_NORMAL);
		feed(at, FORK_EV_FAIL, 488, false);
	}
	call_drop(c);
}

/* --- failure ----------------------------------------------------------------- */

/* The same branch, another target: with a leg, ports and a record anew. */
static void start_over(struct attempt *at, int status)
{
	close_record(at, status, FORK_WHY_STATUS, false);
	leg_release(&at->leg, LEG_RELEASE_NORMAL, NULL);
	side_clear(&at->side, call_now(at->call));
	at->side = (struct side){ 0 };
	open_record(at);
}

/* RFC 3263 4.3: after a 503, also of our own for an address that cannot be
 * reached, the next address of the name. */
static bool try_next_address(struct attempt *at, const struct message *m)
{
	if (m->status != 503 || !at->found || at->next >= at->found->n)
		return false;
	start_over(at, m->status);
	place_at(at, &at->found->addr[at->next++]);
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
	q = (struct resolve_question){ to.host, to.port,
		                       sip_transport_name(to.transport) };
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
	if (!redirect(at, m) && !try_next_address(at, m)) {
		log_ctx_info(&c->log, "%s %s: %d %s", at->conf->kind,
		             at->conf->name, m->status, m->reason);
		close_record(at, m->status, FORK_WHY_STATUS, false);
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

static const struct leg_ops attempt_ops = {
	.progress = on_progress,
	.answered = on_answered,
	.failed = on_failed,
	.ended = on_ended,
};

/* --- the fork's turn ---------------------------------------------------------- */

static void fork_due(struct timer *t, void *arg)
{
	struct call *c = arg;
	struct fork_event tick = { .kind = FORK_EV_TICK };

	(void)t;
	OBJ_CHECK(c, CALL_MAGIC);
	call_hold(c);
	call_feed(c, &tick);
	call_drop(c);
}

static void carry_out(struct call *c, const struct fork_action *a)
{
	switch (a->kind) {
	case FORK_DO_START:
		start(c, a->branch);
		break;
	case FORK_DO_CANCEL:
		cancel(c, a->branch, a->why);
		break;
	case FORK_DO_PROGRESS:
		tell_progress(c, a);
		break;
	case FORK_DO_WIN:
		win(c, a->branch);
		break;
	case FORK_DO_FAIL:
		call_enter(c, CALL_SETUP);
		dialled(c, CALL_FAILED, a->status, a->why);
		break;
	}
}

static void feed_one(struct call *c, struct fork_event ev)
{
	struct fork_action few[16], *actions = few;
	size_t room = FORK_ACTIONS(c->n_attempts), n;
	struct fork *f = c->fork;

	if (room > NELEM(few))
		actions = xcalloc(room, sizeof(*actions));
	ev.now_ms = call_now(c);
	n = fork_feed(f, &ev, actions);
	for (size_t i = 0; i < n && c->fork == f; i++)
		carry_out(c, &actions[i]);
	if (actions != few)
		free(actions);
}

static void wait_for_next(struct call *c)
{
	int64_t at = c->fork ? fork_deadline(c->fork) : INT64_MAX;
	struct timers *ts = loop_timers(c->conf->loop);

	if (at == INT64_MAX)
		timer_stop(ts, &c->fork_timer);
	else
		timer_start(ts, &c->fork_timer, at - call_now(c), fork_due, c);
}

/* Events that come while one is being carried out wait for their turn. */
void call_feed(struct call *c, const struct fork_event *ev)
{
	if (!c->fork)
		return;
	if (c->n_queue == c->cap_queue) {
		c->cap_queue = c->cap_queue ? 2 * c->cap_queue : 8;
		c->queue = xrealloc(c->queue, c->cap_queue * sizeof(*ev));
	}
	c->queue[c->n_queue++] = *ev;
	if (c->is_feeding)
		return;
	call_hold(c);
	c->is_feeding = true;
	while (c->fork && c->n_queue > 0) {
		struct fork_event next = c->queue[0];

		memmove(c->queue, c->queue + 1, --c->n_queue * sizeof(next));
		feed_one(c, next);
	}
	c->is_feeding = false;
	if (c->state != CALL_OVER)
		wait_for_next(c);
	call_drop(c);
}

static void make_fork(struct call *c, const struct call_plan *plan)
{
	struct fork_branch *b = xcalloc(plan->n, sizeof(*b));
	struct fork_conf conf = {
		.strategy = plan->strategy,
		.timeout_ms = plan->timeout_ms,
		.passes_early_media = plan->passes_early_media,
		.rings_at_once = plan->rings_at_once,
		.ends_on = plan->ends_on,
		.branches = b,
		.n = plan->n,
	};

	for (size_t i = 0; i < plan->n; i++)
		b[i] = (struct fork_branch){ plan->branches[i].step,
			                     plan->branches[i].delay_ms,
			                     plan->branches[i].timeout_ms,
			                     plan->branches[i].progress_ms,
			                     plan->branches[i].ends_on };
	fork_create(&c->fork, &conf);
	free(b);
	c->plan = plan;
	c->attempts = xcalloc(plan->n, sizeof(*c->attempts));
	c->n_attempts = plan->n;
	for (size_t i = 0; i < plan->n; i++) {
		OBJ_INIT(&c->attempts[i], ATTEMPT_MAGIC);
		c->attempts[i].call = c;
		c->attempts[i].index = i;
		c->attempts[i].conf = &plan->branches[i];
	}
}

void call_dial(struct call *c, const struct call_plan *plan)
{
	struct fork_event ev = { .kind = FORK_EV_START };

	assert(c->state == CALL_SETUP && !c->fork);
	call_hold(c);
	if (call_is_answered(c))
		call_watch_ringing(c);
	make_fork(c, plan);
	call_enter(c, CALL_DIALLING);
	call_feed(c, &ev);
	call_drop(c);
}
