/* base/timer.h - the application's timers: a heap on a monotonic clock.
 *
 * The loop asks timers_wait_ms() how long it may sleep and then calls
 * timers_run().  The clock is a parameter: tests hand in their own and move
 * it, so no test sleeps.  A struct timer is embedded in its owner, which must
 * stop it before it is freed. */
#ifndef B2BUA_BASE_TIMER_H
#define B2BUA_BASE_TIMER_H

#include <stdbool.h>
#include "base/util.h"

struct timers;
struct timer;
typedef void timer_fn(struct timer *t, void *arg);

struct timer {         /* all zero is a stopped timer */
	int64_t at_ms; /* when it fires */
	timer_fn *fn;
	void *arg;     /* borrowed */
	size_t slot;   /* place in the heap + 1; 0: not running */
};

typedef int64_t clock_fn(void *arg); /* monotonic ms */

/* clock NULL: the system's monotonic clock. */
int timers_create(struct timers **out, clock_fn *clock, void *arg);
void timers_destroy(struct timers **tp); /* NULL-safe; stops all that run */

int64_t timers_now(const struct timers *ts);
size_t timers_count(const struct timers *ts);

/* (Re)starts t to fire in_ms from now; in_ms <= 0 fires at the next run. */
void timer_start(struct timers *ts, struct timer *t, int64_t in_ms,
                 timer_fn *fn, void *arg);
void timer_stop(struct timers *ts, struct timer *t);
bool timer_is_running(const struct timer *t);

/* How long until the first fires: 0 when one is due, at most max_ms. */
int64_t timers_wait_ms(const struct timers *ts, int64_t max_ms);

/* Fires what is due, in order of time; a handler may start and stop any
 * timer.  One that is started for "now" by a handler waits for the next run,
 * so that no owner can hold the loop. */
void timers_run(struct timers *ts);

/* The system's clocks, in ms. */
int64_t clock_mono_ms(void);
int64_t clock_unix_ms(void);

#endif
