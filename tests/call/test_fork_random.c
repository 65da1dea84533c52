/* Forks of any shape, fed anything in any order: what must always hold.
 *
 * FORK_SEED=N plays the one that a failure named. */
#include "cmocka_all.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "call/script.h"

#define MOST_BRANCHES 6
#define N_FORKS       20000
#define N_EVENTS      60

struct dice {
	uint64_t state;
};

/* splitmix64 */
static uint64_t roll(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int below(struct dice *d, int n)
{
	return (int)(roll(d) % (uint64_t)n);
}

/* What an owner would know of the fork. */
struct watch {
	struct fork_conf conf;
	struct fork_branch branches[MOST_BRANCHES];
	struct fork_codes codes;
	bool is_started[MOST_BRANCHES], is_ended[MOST_BRANCHES];
	bool is_over;
	size_t heard; /* whose media the caller has; n: nobody's */
	int64_t now_ms;
	uint64_t seed;
	struct buf log;
};

#define MUST(w, truth)                                             \
	do {                                                       \
		if (!(truth))                                      \
			fail_msg("FORK_SEED=%" PRIu64 ": not %s\n%s", \
			         (w)->seed, #truth,                \
			         buf_text(&(w)->log));             \
	} while (0)

static bool is_alive(const struct watch *w, size_t i)
{
	return w->is_started[i] && !w->is_ended[i];
}

static size_t n_alive(const struct watch *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->conf.n; i++)
		n += is_alive(w, i);
	return n;
}

static void draw_conf(struct watch *w, struct dice *d)
{
	struct fork_conf *c = &w->conf;

	c->n = (size_t)below(d, MOST_BRANCHES + 1);
	c->strategy = below(d, 2) ? FORK_ALL : FORK_ONE_BY_ONE;
	c->timeout_ms = below(d, 3) ? below(d, 40000) : 0;
	c->passes_early_media = below(d, 2);
	c->rings_at_once = below(d, 2);
	c->branches = w->branches;
	if (below(d, 3) == 0)
		fork_codes_add(&c->ends_on, 486);
	fork_codes_add(&w->codes, 404);
	for (size_t i = 0; i < c->n; i++) {
		struct fork_branch *b = &w->branches[i];

		b->step = i ? w->branches[i - 1].step + (unsigned)below(d, 3)
		            : 0;
		b->delay_ms = below(d, 3) ? 0 : below(d, 20000);
		b->timeout_ms = below(d, 2) ? 0 : below(d, 30000);
		b->progress_ms = below(d, 2) ? 0 : below(d, 8000);
		b->ends_on = below(d, 4) ? NULL : &w->codes;
	}
	w->heard = c->n;
	buf_fmt(&w->log, "%zu branches, strategy %d, timeout %d\n", c->n,
	        c->strategy, c->timeout_ms);
}

static void draw_event(struct watch *w, struct dice *d, struct fork_event *ev)
{
	static const int finals[] = { 302, 404, 407, 408, 480, 486,
		                      500, 503, 600, 603 };
	static const int rings[] = { 180, 180, 181, 182, 183, 199 };

	*ev = (struct fork_event){ .kind = FORK_EV_TICK };
	w->now_ms += below(d, 4) ? 0 : below(d, 6000);
	ev->now_ms = w->now_ms;
	ev->branch = (size_t)below(d, MOST_BRANCHES + 1);
	switch (below(d, 12)) {
	case 0:
	case 1:
	case 2:
		ev->kind = FORK_EV_PROGRESS;
		ev->status = rings[below(d, NELEM(rings))];
		ev->has_sdp = below(d, 2);
		break;
	case 3:
	case 4:
	case 5:
		ev->kind = FORK_EV_FAIL;
		ev->status = finals[below(d, NELEM(finals))];
		break;
	case 6:
		ev->kind = below(d, 3) ? FORK_EV_TICK : FORK_EV_ANSWER;
		ev->status = 200;
		break;
	case 7:
		ev->kind = below(d, 10) ? FORK_EV_START : FORK_EV_STOP;
		break;
	default:
		break;
	}
}

static void end_branch(struct watch *w, size_t i)
{
	MUST(w, is_alive(w, i));
	w->is_ended[i] = true;
	if (w->heard == i)
		w->heard = w->conf.n;
}

static void tell(struct watch *w, const struct fork_action *a)
{
	MUST(w, a->status > 100 && a->status < 199);
	if (!w->conf.passes_early_media)
		MUST(w, !a->has_sdp && a->status == 180);
	if (!a->has_sdp)
		return;
	MUST(w, is_alive(w, a->branch));
	MUST(w, w->heard == w->conf.n || w->heard == a->branch);
	w->heard = a->branch;
}

static void see(struct watch *w, const struct fork_action *a)
{
	script_action(&w->log, a);
	MUST(w, !w->is_over); /* nothing after WIN or FAIL */
	MUST(w, a->branch < w->conf.n || a->kind == FORK_DO_FAIL);
	switch (a->kind) {
	case FORK_DO_START:
		MUST(w, !w->is_started[a->branch]);
		w->is_started[a->branch] = true;
		break;
	case FORK_DO_CANCEL:
		end_branch(w, a->branch);
		break;
	case FORK_DO_PROGRESS:
		tell(w, a);
		break;
	case FORK_DO_WIN:
		end_branch(w, a->branch);
		MUST(w, n_alive(w) == 0);
		w->is_over = true;
		break;
	case FORK_DO_FAIL:
		MUST(w, n_alive(w) == 0);
		MUST(w, a->status >= 300 && a->status <= 699);
		w->is_over = true;
		break;
	}
}

static void feed(struct watch *w, struct fork *f, const struct fork_event *ev)
{
	size_t room = FORK_ACTIONS(w->conf.n);
	struct fork_action *out = test_malloc(room * sizeof(*out));
	bool fails = ev->kind == FORK_EV_FAIL && ev->branch < w->conf.n &&
	             is_alive(w, ev->branch);
	size_t n = fork_feed(f, ev, out);

	buf_fmt(&w->log, "\n%" PRId64 " event %d branch %zu status %d%s:",
	        w->now_ms, ev->kind, ev->branch, ev->status,
	        ev->has_sdp ? "s" : "");
	MUST(w, n <= room);
	if (fails) /* by itself; no CANCEL may follow */
		end_branch(w, ev->branch);
	for (size_t i = 0; i < n; i++)
		see(w, &out[i]);
	test_free(out); /* cmocka checks its borders */
	MUST(w, fork_is_over(f) == w->is_over);
	MUST(w, !w->is_over || fork_deadline(f) == INT64_MAX);
}

/* Whoever ticks when the deadline says so gets it over with. */
static void run_out(struct watch *w, struct fork *f)
{
	struct fork_event ev = { .kind = FORK_EV_START };

	ev.now_ms = w->now_ms;
	feed(w, f, &ev);
	for (int i = 0; i < 1000 && !w->is_over; i++) {
		int64_t at = fork_deadline(f);

		ev.kind = at == INT64_MAX ? FORK_EV_STOP : FORK_EV_TICK;
		if (at != INT64_MAX) {
			/* at rest, nothing that is due is left undone */
			MUST(w, at > w->now_ms || ev.now_ms < w->now_ms);
			w->now_ms = at;
		}
		ev.now_ms = w->now_ms;
		feed(w, f, &ev);
	}
	MUST(w, w->is_over);
	for (size_t i = 0; i < w->conf.n; i++)
		MUST(w, w->is_started[i] == w->is_ended[i]);
}

static void play(uint64_t seed)
{
	struct dice d = { seed };
	struct watch w = { .now_ms = 1, .seed = seed };
	struct fork *f = NULL;
	struct fork_event ev = { .kind = FORK_EV_START, .now_ms = 1 };

	draw_conf(&w, &d);
	assert_int_equal(fork_create(&f, &w.conf), 0);
	if (below(&d, 20))
		feed(&w, f, &ev);
	for (int i = below(&d, N_EVENTS); i > 0; i--) {
		draw_event(&w, &d, &ev);
		feed(&w, f, &ev);
	}
	ev = (struct fork_event){ .kind = FORK_EV_TICK, .now_ms = w.now_ms };
	feed(&w, f, &ev);
	run_out(&w, f);
	fork_destroy(&f);
	buf_free(&w.log);
}

static void whatever_happens_the_rules_hold(void **unused)
{
	const char *chosen = getenv("FORK_SEED");
	uint64_t seed = chosen ? strtoull(chosen, NULL, 10) : random_u64();

	(void)unused;
	for (int i = 0; i < (chosen ? 1 : N_FORKS); i++)
		play(seed + (uint64_t)i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_the_rules_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
