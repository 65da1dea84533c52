/* call/fork.c - forking as a pure decision. */
#include "call/fork.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum branch_state { IDLE, CALLING, RINGING, WON, FAILED, DROPPED };

struct branch {
	struct fork_branch conf;
	enum branch_state state; /* written by enter() only */
	int64_t started_ms;
	int64_t placed_ms; /* at its present address */
	int status;        /* of its failure */
	enum fork_why why;
};

struct fork {
	struct fork_conf conf;
	struct branch *branches; /* owned */
	int64_t started_ms;      /* of the attempt; -1: not yet */
	int64_t step_ms;         /* of the present step */
	unsigned step;
	size_t media_branch; /* whose SDP the caller has; n: nobody's */
	int last_progress;   /* status last told */
	bool is_over;
	struct fork_action *out; /* borrowed, while feeding */
	size_t n_out;
};

/* Which event moves a branch from where to where; anything else is ignored. */
static const struct {
	enum branch_state from;
	enum fork_event_kind event;
	enum branch_state to;
} rules[] = {
	{ CALLING, FORK_EV_PROGRESS, RINGING },
	{ RINGING, FORK_EV_PROGRESS, RINGING },
	{ CALLING, FORK_EV_ANSWER, WON },
	{ RINGING, FORK_EV_ANSWER, WON },
	{ CALLING, FORK_EV_ELSEWHERE, CALLING },
	{ RINGING, FORK_EV_ELSEWHERE, RINGING },
	{ CALLING, FORK_EV_FAIL, FAILED },
	{ RINGING, FORK_EV_FAIL, FAILED },
};

void fork_codes_add(struct fork_codes *c, int status)
{
	if (status >= 300 && status <= 699)
		c->bits[(status - 300) / 8] |=
		        (uint8_t)(1u << ((status - 300) % 8));
}

bool fork_codes_has(const struct fork_codes *c, int status)
{
	return status >= 300 && status <= 699 &&
	       (c->bits[(status - 300) / 8] >> ((status - 300) % 8) & 1);
}

int fork_create(struct fork **out, const struct fork_conf *conf)
{
	struct fork *f = xzalloc(sizeof(*f));

	f->conf = *conf;
	f->conf.branches = NULL;
	f->branches = xcalloc(conf->n, sizeof(*f->branches));
	for (size_t i = 0; i < conf->n; i++)
		f->branches[i].conf = conf->branches[i];
	f->started_ms = -1;
	f->media_branch = conf->n;
	*out = f;
	return 0;
}

void fork_destroy(struct fork **fp)
{
	if (!*fp)
		return;
	free((*fp)->branches);
	free(*fp);
	*fp = NULL;
}

bool fork_is_over(const struct fork *f)
{
	return f->is_over;
}

static bool is_alive(const struct branch *b)
{
	return b->state == CALLING || b->state == RINGING;
}

static bool in_step(const struct fork *f, const struct branch *b)
{
	return f->conf.strategy == FORK_ALL || b->conf.step == f->step;
}

static struct fork_action *act(struct fork *f, enum fork_action_kind kind,
                               size_t branch)
{
	struct fork_action *a = &f->out[f->n_out++];

	*a = (struct fork_action){ .kind = kind, .branch = branch };
	return a;
}

static bool enter(struct fork *f, struct branch *b, enum fork_event_kind ev)
{
	for (size_t i = 0; i < NELEM(rules); i++)
		if (rules[i].from == b->state && rules[i].event == ev) {
			b->state = rules[i].to;
			return true;
		}
	(void)f;
	return false;
}

/* --- which failure the caller hears of ------------------------------------- */

/* RFC 3261 16.7 step 6: 6xx, then the lowest class; inside 4xx the ones that
 * tell the caller what to do first; 503 is nobody's first choice. */
static int rank(int status)
{
	if (status <= 0)
		return 1000;
	if (status >= 600)
		return 0;
	if (status == 503)
		return 900;
	if (status == 401 || status == 407 || status == 415 || status == 420 ||
	    status == 484)
		return 401;
	/* a phone that is busy or said no tells more than one that was
	 * silent or not there */
	if (status == 408 || status == 480 || status == 404 || status == 487)
		return 450;
	return status / 100 * 100 + 2;
}

bool fork_is_better(int a, int b)
{
	return rank(a) < rank(b);
}

static const struct branch *best(const struct fork *f)
{
	const struct branch *found = NULL;

	for (size_t i = 0; i < f->conf.n; i++) {
		const struct branch *b = &f->branches[i];

		/* one after another: the last step is the result */
		if (b->state != FAILED || !in_step(f, b))
			continue;
		if (!found || fork_is_better(b->status, found->status))
			found = b;
	}
	return found;
}

/* --- endings --------------------------------------------------------------- */

static void drop(struct fork *f, size_t i, enum fork_why why)
{
	struct branch *b = &f->branches[i];

	if (is_alive(b))
		act(f, FORK_DO_CANCEL, i)->why = why;
	if (is_alive(b) || b->state == IDLE)
		b->state = DROPPED;
	if (f->media_branch == i)
		f->media_branch = f->conf.n;
}

static void drop_all(struct fork *f, size_t but, enum fork_why why)
{
	for (size_t i = 0; i < f->conf.n; i++)
		if (i != but)
			drop(f, i, why);
}

static void fail(struct fork *f, int status, enum fork_why why)
{
	struct fork_action *a;

	drop_all(f, f->conf.n, why == FORK_WHY_STATUS ? FORK_WHY_STOPPED : why);
	f->is_over = true;
	a = act(f, FORK_DO_FAIL, 0);
	a->status = status;
	a->why = why;
}

static void win(struct fork *f, size_t i)
{
	drop_all(f, i, FORK_WHY_LOST);
	f->is_over = true;
	act(f, FORK_DO_WIN, i);
}

/* --- time ------------------------------------------------------------------ */

static int64_t start_of(const struct fork *f, const struct branch *b)
{
	return (f->conf.strategy == FORK_ALL ? f->started_ms : f->step_ms) +
	       b->conf.delay_ms;
}

static int64_t timeout_of(const struct branch *b)
{
	return b->conf.timeout_ms > 0 ? b->started_ms + b->conf.timeout_ms
	                              : INT64_MAX;
}

static int64_t progress_of(const struct branch *b)
{
	return b->state == CALLING && b->conf.progress_ms > 0
	               ? b->placed_ms + b->conf.progress_ms
	               : INT64_MAX;
}

static int64_t whole_of(const struct fork *f)
{
	return f->conf.timeout_ms > 0 && f->started_ms >= 0
	               ? f->started_ms + f->conf.timeout_ms
	               : INT64_MAX;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t fork_deadline(const struct fork *f)
{
	int64_t at = whole_of(f);

	if (f->is_over || f->started_ms < 0)
		return INT64_MAX;
	for (size_t i = 0; i < f->conf.n; i++) {
		const struct branch *b = &f->branches[i];

		if (b->state == IDLE && in_step(f, b))
			at = earlier(at, start_of(f, b));
		else if (is_alive(b))
			at = earlier(at, earlier(timeout_of(b),
			                         progress_of(b)));
	}
	return at;
}

static void start_due(struct fork *f, int64_t now_ms)
{
	for (size_t i = 0; i < f->conf.n; i++) {
		struct branch *b = &f->branches[i];

		if (b->state != IDLE || !in_step(f, b) ||
		    start_of(f, b) > now_ms)
			continue;
		b->state = CALLING;
		b->started_ms = b->placed_ms = now_ms;
		act(f, FORK_DO_START, i);
	}
}

static void expire(struct fork *f, size_t i, enum fork_why why)
{
	drop(f, i, why);
	f->branches[i].state = FAILED;
	f->branches[i].status = why == FORK_WHY_LEG_TIMEOUT ? 480 : 408;
	f->branches[i].why = why;
}

static void expire_due(struct fork *f, int64_t now_ms)
{
	for (size_t i = 0; i < f->conf.n; i++) {
		struct branch *b = &f->branches[i];

		if (!is_alive(b))
			continue;
		if (timeout_of(b) <= now_ms)
			expire(f, i, FORK_WHY_LEG_TIMEOUT);
		else if (progress_of(b) <= now_ms)
			expire(f, i, FORK_WHY_PROGRESS_TIMEOUT);
	}
}

/* --- progress of the whole ------------------------------------------------- */

static bool step_goes_on(const struct fork *f)
{
	for (size_t i = 0; i < f->conf.n; i++) {
		const struct branch *b = &f->branches[i];

		if (is_alive(b) || (b->state == IDLE && in_step(f, b)))
			return true;
	}
	return false;
}

static bool next_step(struct fork *f, int64_t now_ms)
{
	unsigned next = UINT32_MAX;

	if (f->conf.strategy == FORK_ALL)
		return false;
	for (size_t i = 0; i < f->conf.n; i++)
		if (f->branches[i].state == IDLE &&
		    f->branches[i].conf.step < next)
			next = f->branches[i].conf.step;
	if (next == UINT32_MAX)
		return false;
	f->step = next;
	f->step_ms = now_ms;
	return true;
}

static void advance(struct fork *f, int64_t now_ms)
{
	const struct branch *b;

	if (f->is_over)
		return;
	if (whole_of(f) <= now_ms) {
		fail(f, 480, FORK_WHY_TIMEOUT);
		return;
	}
	expire_due(f, now_ms);
	start_due(f, now_ms);
	while (!step_goes_on(f)) {
		if (!next_step(f, now_ms)) {
			b = best(f);
			fail(f, b ? b->status : 480,
			     b ? b->why : FORK_WHY_STATUS);
			return;
		}
		start_due(f, now_ms);
	}
}

static void start(struct fork *f, int64_t now_ms)
{
	if (f->started_ms >= 0)
		return;
	f->started_ms = f->step_ms = now_ms;
	if (f->conf.strategy == FORK_ONE_BY_ONE)
		next_step(f, now_ms);
	if (f->conf.rings_at_once && f->conf.n > 0) {
		act(f, FORK_DO_PROGRESS, 0)->status = 180;
		f->last_progress = 180;
	}
	advance(f, now_ms);
}

static void progress(struct fork *f, const struct fork_event *ev)
{
	bool sdp = ev->has_sdp && f->conf.passes_early_media &&
	           (f->media_branch == f->conf.n ||
	            f->media_branch == ev->branch);
	int status = sdp || (f->conf.passes_early_media && !ev->has_sdp)
	                     ? ev->status
	                     : 180;
	struct fork_action *a;

	/* RFC 6228: an early dialog has ended, but not the branch */
	if (ev->status == 199)
		return;
	if (!sdp && f->last_progress == status)
		return;
	/* once the caller has early media, a plain 180 would only confuse */
	if (!sdp && f->media_branch != f->conf.n)
		return;
	if (sdp)
		f->media_branch = ev->branch;
	f->last_progress = status;
	a = act(f, FORK_DO_PROGRESS, ev->branch);
	a->status = status;
	a->has_sdp = sdp;
}

static void branch_failed(struct fork *f, const struct fork_event *ev)
{
	struct branch *b = &f->branches[ev->branch];

	b->status = ev->status;
	b->why = FORK_WHY_STATUS;
	if (f->media_branch == ev->branch)
		f->media_branch = f->conf.n;
	if (fork_codes_has(&f->conf.ends_on, ev->status) ||
	    (b->conf.ends_on && fork_codes_has(b->conf.ends_on, ev->status)))
		fail(f, ev->status, FORK_WHY_STATUS);
	else
		advance(f, ev->now_ms);
}

static void branch_event(struct fork *f, const struct fork_event *ev)
{
	if (ev->branch >= f->conf.n ||
	    !enter(f, &f->branches[ev->branch], ev->kind))
		return;
	if (ev->kind == FORK_EV_PROGRESS)
		progress(f, ev);
	else if (ev->kind == FORK_EV_ANSWER)
		win(f, ev->branch);
	else if (ev->kind == FORK_EV_ELSEWHERE)
		f->branches[ev->branch].placed_ms = ev->now_ms;
	else
		branch_failed(f, ev);
}

size_t fork_feed(struct fork *f, const struct fork_event *ev,
                 struct fork_action *out)
{
	f->out = out;
	f->n_out = 0;
	if (f->is_over)
		return 0;
	if (ev->kind == FORK_EV_START)
		start(f, ev->now_ms);
	else if (ev->kind == FORK_EV_TICK)
		advance(f, ev->now_ms);
	else if (ev->kind == FORK_EV_STOP)
		fail(f, 487, FORK_WHY_STOPPED);
	else
		branch_event(f, ev);
	f->out = NULL;
	return f->n_out;
}
