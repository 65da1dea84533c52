/* call/call_fork.c - carries out what the fork decides. */
#include "call/call_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"

void call_fork_free(struct call *c)
{
	if (!c->fork)
		return;
	timer_stop(loop_timers(c->conf->loop), &c->fork_timer);
	for (size_t i = 0; i < c->n_attempts; i++)
		attempt_clear(&c->attempts[i]);
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

static void win(struct call *c, size_t i)
{
	struct attempt *at = &c->attempts[i];
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
	call_fork_free(c);
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

static void tell_progress(struct call *c, const struct fork_action *a)
{
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
	call_early_ring(c, &c->attempts[a->branch], a->status, a->has_sdp);
}

/* --- the fork's turn ----------------------------------------------------- */

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
		attempt_start(&c->attempts[a->branch]);
		break;
	case FORK_DO_CANCEL:
		attempt_cancel(&c->attempts[a->branch], a->why);
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
