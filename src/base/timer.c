/* base/timer.c - a binary heap of timers that live inside their owners. */
#include "base/timer.h"

#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

struct timers {
	struct timer **heap; /* owned; the timers are borrowed */
	size_t n, cap;
	clock_fn *clock;
	void *arg; /* borrowed */
};

static int64_t system_clock(void *unused)
{
	(void)unused;
	return clock_mono_ms();
}

int timers_create(struct timers **out, clock_fn *clock, void *arg)
{
	struct timers *ts = xzalloc(sizeof(*ts));

	ts->clock = clock ? clock : system_clock;
	ts->arg = arg;
	*out = ts;
	return 0;
}

void timers_destroy(struct timers **tp)
{
	struct timers *ts = *tp;

	if (!ts)
		return;
	for (size_t i = 0; i < ts->n; i++)
		ts->heap[i]->slot = 0;
	free(ts->heap);
	free(ts);
	*tp = NULL;
}

int64_t timers_now(const struct timers *ts)
{
	return ts->clock(ts->arg);
}

size_t timers_count(const struct timers *ts)
{
	return ts->n;
}

bool timer_is_running(const struct timer *t)
{
	return t->slot != 0;
}

static void place(struct timers *ts, size_t i, struct timer *t)
{
	ts->heap[i] = t;
	t->slot = i + 1;
}

static void sift_up(struct timers *ts, size_t i, struct timer *t)
{
	while (i > 0 && ts->heap[(i - 1) / 2]->at_ms > t->at_ms) {
		place(ts, i, ts->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(ts, i, t);
}

static void sift_down(struct timers *ts, size_t i, struct timer *t)
{
	for (size_t kid; (kid = 2 * i + 1) < ts->n; i = kid) {
		if (kid + 1 < ts->n &&
		    ts->heap[kid + 1]->at_ms < ts->heap[kid]->at_ms)
			kid++;
		if (ts->heap[kid]->at_ms >= t->at_ms)
			break;
		place(ts, i, ts->heap[kid]);
	}
	place(ts, i, t);
}

void timer_stop(struct timers *ts, struct timer *t)
{
	size_t i;
	struct timer *last;

	if (t->slot == 0)
		return;
	i = t->slot - 1;
	t->slot = 0;
	last = ts->heap[--ts->n];
	if (last == t)
		return;
	if (i > 0 && ts->heap[(i - 1) / 2]->at_ms > last->at_ms)
		sift_up(ts, i, last);
	else
		sift_down(ts, i, last);
}

void timer_start(struct timers *ts, struct timer *t, int64_t in_ms,
                 timer_fn *fn, void *arg)
{
	timer_stop(ts, t);
	t->at_ms = timers_now(ts) + (in_ms > 0 ? in_ms : 0);
	t->fn = fn;
	t->arg = arg;
	if (ts->n == ts->cap) {
		ts->cap = ts->cap ? 2 * ts->cap : 64;
		ts->heap = xrealloc(ts->heap, ts->cap * sizeof(struct timer *));
	}
	sift_up(ts, ts->n++, t);
}

int64_t timers_wait_ms(const struct timers *ts, int64_t max_ms)
{
	int64_t left;

	if (ts->n == 0)
		return max_ms;
	left = ts->heap[0]->at_ms - timers_now(ts);
	return left < 0 ? 0 : left < max_ms ? left : max_ms;
}

void timers_run(struct timers *ts)
{
	int64_t now_ms = timers_now(ts);

	for (size_t budget = ts->n; budget > 0 && ts->n > 0; budget--) {
		struct timer *t = ts->heap[0];

		if (t->at_ms > now_ms)
			break;
		timer_stop(ts, t);
		t->fn(t, t->arg);
	}
}

static int64_t clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t clock_unix_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}
