/* call/call_divert.c - a branch that is a number: it has no leg of its own
 * but a dial, whose branches may be numbers again.
 *
 * To the fork above it is one branch: it rings when somebody below does, and
 * has answered when somebody below has. */
#include "call/call_priv.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#define NOT_CONFIRMED 480 /* Kazoo: NORMAL_CLEARING */

/* --- dials ---------------------------------------------------------------- */

void dial_init(struct dial *d, struct call *c, struct attempt *of)
{
	OBJ_INIT(d, DIAL_MAGIC);
	d->call = c;
	d->of = of;
}

static void dial_free(struct dial *d)
{
	free(d->queue);
	OBJ_KILL(d);
	free(d);
}

void dial_hold(struct dial *d)
{
	d->refs++;
}

void dial_drop(struct dial *d)
{
	if (--d->refs == 0 && d->is_gone)
		dial_free(d);
}

/* The branch that it was for is over; whoever works on it ends first. */
static void dial_end(struct dial *d)
{
	dial_clear(d);
	d->is_gone = true;
	if (d->refs == 0)
		dial_free(d);
}

void dial_each(struct dial *d, attempt_fn *fn, void *arg)
{
	for (size_t i = 0; i < d->n_attempts; i++) {
		fn(&d->attempts[i], arg);
		if (d->attempts[i].sub)
			dial_each(d->attempts[i].sub, fn, arg);
	}
}

/* --- a branch and what is below it ---------------------------------------- */

struct attempt *attempt_teller(struct attempt *at)
{
	while (at->sub && at->sub->teller)
		at = at->sub->teller;
	return at;
}

void attempt_divert(struct attempt *at)
{
	struct call *c = at->call;
	struct attempt *of = at->dial->of;

	at->diversion = c->ops->divert(c, at, at->conf,
	                               of ? of->diversion : NULL, c->arg);
	c->ops->diverted(c, at->diversion, NULL, c->arg);
}

static void cancel_all(struct dial *d, enum leg_release how)
{
	enum fork_why why = how == LEG_RELEASE_ELSEWHERE ? FORK_WHY_LOST
	                                                 : FORK_WHY_STOPPED;

	for (size_t i = 0; i < d->n_attempts; i++)
		if (attempt_is_open(&d->attempts[i]))
			attempt_cancel(&d->attempts[i], why);
}

void attempt_undivert(struct attempt *at, enum leg_release how)
{
	struct call *c = at->call;
	void *diversion = at->diversion;
	struct dial *sub = at->sub;

	if (!diversion)
		return;
	at->diversion = NULL;
	at->sub = NULL;
	if (sub) {
		cancel_all(sub, how);
		dial_end(sub);
	}
	c->ops->undivert(c, diversion, c->arg);
}

void call_divert_dial(struct attempt *at, const struct call_plan *plan)
{
	OBJ_CHECK(at, ATTEMPT_MAGIC);
	assert(at->diversion);
	if (!at->sub) {
		at->sub = xzalloc(sizeof(*at->sub));
		dial_init(at->sub, at->call, at);
	}
	assert(!at->sub->fork);
	dial_begin(at->sub, plan);
}

void call_divert_fail(struct attempt *at, int status, int q850)
{
	struct call_attempt *r = attempt_record(at);

	OBJ_CHECK(at, ATTEMPT_MAGIC);
	if (q850 && !r->reason) {
		r->q850 = q850;
		r->reason = xasprintf("Q.850;cause=%d", q850);
	}
	attempt_close(at, status, FORK_WHY_STATUS, false);
	attempt_feed(at, FORK_EV_FAIL, status, false);
}

/* --- what its fork decides ------------------------------------------------ */

void divert_progress(struct dial *d, const struct fork_action *a)
{
	struct attempt *of = d->of;
	bool is_muted = of->conf->mutes_early_media;
	struct call_attempt *r = attempt_record(of);

	d->teller = &d->attempts[a->branch];
	if (!r->ring_ms) {
		r->ring_ms = call_unix_ms(d->call);
		call_tell(d->call, of->record);
	}
	attempt_feed(of, FORK_EV_PROGRESS, is_muted ? 180 : a->status,
	             a->has_sdp && !is_muted);
}

void divert_won(struct dial *d, size_t i)
{
	struct attempt *of = d->of;

	if (of->conf->needs_confirmation) {
		log_ctx_warn(&d->call->log,
		             "%s %s: nobody can be asked for a key: who "
		             "answers at %s is not connected", of->conf->kind,
		             of->conf->name, of->conf->number);
		attempt_close(&d->attempts[i], NOT_CONFIRMED, FORK_WHY_STATUS,
		              false);
		dial_clear(d);
		call_divert_fail(of, NOT_CONFIRMED, 16);
		return;
	}
	d->teller = &d->attempts[i];
	attempt_feed(of, FORK_EV_ANSWER, 200, true);
}

void divert_failed(struct dial *d, const struct call_outcome *o)
{
	struct call *c = d->call;

	dial_clear(d);
	c->ops->diverted(c, d->of->diversion, o, c->arg);
}

void divert_answered(struct attempt *at)
{
	while ((at = at->dial->of)) {
		attempt_record(at)->answer_ms = call_unix_ms(at->call);
		attempt_close(at, 200, FORK_WHY_STATUS, false);
	}
}
