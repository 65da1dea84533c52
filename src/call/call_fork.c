/* call/call_fork.c - carries out what the fork decides. */
#include "call/call_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"

void dial_clear(struct dial *d)
{
	if (!d->fork)
		return;
	timer_stop(loop_timers(d->call->conf->loop), &d->timer);
	for (size_t i = 0; i < d->n_attempts; i++)
		attempt_clear(&d->attempts[i]);
	free(d->attempts);
	d->attempts = NULL;
	d->n_attempts = 0;
	d->n_queue = 0;
	d->teller = NULL;
	fork_destroy(&d->fork);
	d->plan = NULL;
}

static void failed(struct dial *d, int status, enum fork_why why)
{
	struct call_outcome o = { CALL_FAILED, status, why };
	struct call *c = d->call;

	if (d->of) {
		divert_failed(d, &o);
		return;
	}
	call_enter(c, CALL_SETUP);
	dial_clear(d);
	c->ops->dialled(c, &o, c->arg);
}

/* --- answered ------------------------------------------------------------ */

/* The callee's answer is the caller's answer; a late offer goes the other
 * way, and the caller's ACK brings the answer. */
static int answer_caller(struct call *c, const char *headers)
{
	struct side *a = &c->side[CALLER], *b = &c->side[CALLEE];
	struct buf body = { 0 };
	int rc;

	if (leg_is_committed(c->leg[CALLER]))
		return call_early_answer(c);
	rc = side_translate(&body, b->sdp, a->sdp, b, a, call_now(c));
	if (rc < 0) {
		log_ctx_warn(&c->log, "no media ports: %s", strerror(-rc));
	} else {
		if (!c->is_late_offer)
			sides_agree(a, b, call_now(c));
		leg_answer(c->leg[CALLER], body.p, body.len, headers);
	}
	buf_free(&body);
	return rc;
}

static void win(struct dial *d, size_t i)
{
	struct call *c = d->call;
	struct attempt *at = attempt_teller(&d->attempts[i]);
	char *headers = at->headers;
	int rc;

	join_abort(c); /* somebody was picking it up: too late */
	c->winner = at->record;
	call_set_callee(c, at->conf);
	c->leg[CALLEE] = at->leg;
	c->side[CALLEE] = at->side;
	at->leg = NULL;
	at->headers = NULL;
	at->side = (struct side){ 0 };
	leg_bind(c->leg[CALLEE], &call_leg_ops, c);
	attempt_record(at)->answer_ms = call_unix_ms(c);
	attempt_record(at)->status = 200;
	call_tell(c, at->record);
	if (!call_is_without_offer(c))
		leg_ack(c->leg[CALLEE], NULL, 0);
	call_early_won(at);
	divert_answered(at);
	dial_clear(d);
	call_enter(c, CALL_UP);
	if (c->origin) {
		call_heir_answered(c);
		return;
	}
	if (call_is_answered(c)) {
		free(headers);
		call_join(c);
		return;
	}
	rc = answer_caller(c, headers);
	free(headers);
	if (rc < 0) {
		call_respond(c, 503, "Service Unavailable",
			     "Retry-After: 5\r\n");
		return;
	}
	c->record.status = 200;
	c->record.answer_ms = call_unix_ms(c);
	call_tell(c, CALL_CALLER);
	call_connected(c);
}

/* --- progress ------------------------------------------------------------ */

static void tell_progress(struct dial *d, const struct fork_action *a)
{
	struct call *c = d->call;

	if (call_is_answered(c))
		return;
	if (!c->record.ring_ms) {
		c->record.ring_ms = call_unix_ms(c);
		call_tell(c, CALL_CALLER);
	}
	if (c->origin) {
		leg_notify(c->origin->leg[c->origin->refer_by], a->status,
			   false);
		return;
	}
	call_early_ring(c, attempt_teller(&d->attempts[a->branch]), a->status,
			a->has_sdp);
}

/* --- the fork's turn ----------------------------------------------------- */

static void fork_due(struct timer *t, void *arg)
{
	struct dial *d = arg;
	struct fork_event tick = { .kind = FORK_EV_TICK };

	(void)t;
	OBJ_CHECK(d, DIAL_MAGIC);
	dial_feed(d, &tick);
}

static void carry_out(struct dial *d, const struct fork_action *a)
{
	switch (a->kind) {
	case FORK_DO_START:
		attempt_start(&d->attempts[a->branch]);
		break;
	case FORK_DO_CANCEL:
		attempt_cancel(&d->attempts[a->branch], a->why);
		break;
	case FORK_DO_PROGRESS:
		if (d->of)
			divert_progress(d, a);
		else
			tell_progress(d, a);
		break;
	case FORK_DO_WIN:
		if (d->of)
			divert_won(d, a->branch);
		else
			win(d, a->branch);
		break;
	case FORK_DO_FAIL:
		failed(d, a->status, a->why);
		break;
	}
}

static void feed_one(struct dial *d, struct fork_event ev)
{
	struct fork_action few[16], *actions = few;
	size_t room = FORK_ACTIONS(d->n_attempts), n;
	struct fork *f = d->fork;

	if (room > NELEM(few))
		actions = xcalloc(room, sizeof(*actions));
	ev.now_ms = call_now(d->call);
	n = fork_feed(f, &ev, actions);
	for (size_t i = 0; i < n && d->fork == f; i++)
		carry_out(d, &actions[i]);
	if (actions != few)
		free(actions);
}

static void wait_for_next(struct dial *d)
{
	int64_t at = d->fork ? fork_deadline(d->fork) : INT64_MAX;
	struct timers *ts = loop_timers(d->call->conf->loop);

	if (at == INT64_MAX)
		timer_stop(ts, &d->timer);
	else
		timer_start(ts, &d->timer, at - call_now(d->call), fork_due, d);
}

static void enqueue(struct dial *d, const struct fork_event *ev)
{
	if (d->n_queue == d->cap_queue) {
		d->cap_queue = d->cap_queue ? 2 * d->cap_queue : 8;
		d->queue = xrealloc(d->queue, d->cap_queue * sizeof(*ev));
	}
	d->queue[d->n_queue++] = *ev;
}

/* Events that come while one is being carried out wait for their turn. */
void dial_feed(struct dial *d, const struct fork_event *ev)
{
	struct call *c = d->call;

	if (!d->fork)
		return;
	enqueue(d, ev);
	if (d->is_feeding)
		return;
	call_hold(c);
	dial_hold(d);
	d->is_feeding = true;
	while (d->fork && d->n_queue > 0) {
		struct fork_event next = d->queue[0];

		memmove(d->queue, d->queue + 1, --d->n_queue * sizeof(next));
		feed_one(d, next);
	}
	d->is_feeding = false;
	if (c->state != CALL_OVER)
		wait_for_next(d);
	dial_drop(d);
	call_drop(c);
}

static void make_fork(struct dial *d, const struct call_plan *plan)
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
	fork_create(&d->fork, &conf);
	free(b);
	d->plan = plan;
	d->attempts = xcalloc(plan->n, sizeof(*d->attempts));
	d->n_attempts = plan->n;
	for (size_t i = 0; i < plan->n; i++) {
		OBJ_INIT(&d->attempts[i], ATTEMPT_MAGIC);
		d->attempts[i].call = d->call;
		d->attempts[i].dial = d;
		d->attempts[i].index = i;
		d->attempts[i].conf = &plan->branches[i];
	}
}

void dial_begin(struct dial *d, const struct call_plan *plan)
{
	struct fork_event ev = { .kind = FORK_EV_START };

	make_fork(d, plan);
	dial_feed(d, &ev);
}

void call_dial(struct call *c, const struct call_plan *plan)
{
	assert(c->state == CALL_SETUP && !c->dial.fork);
	call_hold(c);
	if (call_is_answered(c))
		call_watch_ringing(c);
	call_rest(c);
	call_enter(c, CALL_DIALLING);
	dial_begin(&c->dial, plan);
	call_drop(c);
}
