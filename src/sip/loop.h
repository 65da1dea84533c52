/* sip/loop.h - the signalling thread's event loop: sofia's su_root, our
 * timers and plain file descriptors, turned together. */
#ifndef B2BUA_SIP_LOOP_H
#define B2BUA_SIP_LOOP_H

#include <stdbool.h>
#include "base/timer.h"

struct loop;
struct loop_fd;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };
typedef void loop_fd_fn(int fd, int events, void *arg);

/* clock: monotonic ms for timers; NULL: the system's. */
int loop_create(struct loop **out, clock_fn *clock, void *arg);
void loop_destroy(struct loop **lp); /* all watches must be gone */

/* For the whole process, before any loop: sofia's timers follow a clock that
 * nobody sets, in whole milliseconds.  After a large step of the wall clock
 * some of them fire at once or never, and an assertion of nta's ends the
 * process; and with a finer clock the loop, whose waits are rounded down,
 * would ask again and again for the last fraction before each timer. */
void loop_steady_time(void);

void *loop_su_root(struct loop *l);  /* su_root_t *, for src/sip */
struct timers *loop_timers(struct loop *l);
int64_t loop_now_ms(const struct loop *l);      /* of this turn */
int64_t loop_unix_ms(const struct loop *l);     /* wall clock */
int64_t loop_unix_s(const struct loop *l);

/* fn is called whenever fd is readable/writable (level-triggered).  The fd
 * stays the caller's. */
int loop_watch(struct loop_fd **out, struct loop *l, int fd, int events,
               loop_fd_fn *fn, void *arg);
int loop_rewatch(struct loop_fd *w, int events); /* other events */
void loop_unwatch(struct loop_fd **wp);          /* NULL-safe */

void loop_run(struct loop *l);  /* until loop_stop() */
void loop_stop(struct loop *l); /* from within a handler */
void loop_turn(struct loop *l, int64_t max_wait_ms); /* once */

#endif
