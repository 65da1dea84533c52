/* support/warp.h - time that moves only when a test moves it.
 *
 * Both clocks of a server under test stand still: its own timers (through
 * the clock that loop_create() takes) and sofia's (through its _su_time
 * hook).  Nothing here sleeps. */
#ifndef B2BUA_TESTS_WARP_H
#define B2BUA_TESTS_WARP_H

#include <stdbool.h>
#include "sip/loop.h"

/* Stops sofia's clock, or lets it run again.  The hook is the process's:
 * one test program has one warped time. */
void warp_begin(void);
void warp_end(void);

/* The clock_fn for loop_create(); arg is not used. */
int64_t warp_clock(void *arg);
int64_t warp_now_ms(void); /* since warp_begin() */

/* Turns the loop until nothing is left to be done at this instant. */
void settle(struct loop *l);

/* Moves time on in small steps and settles after each, so that chains of
 * timers (retransmissions) keep their order. */
void warp_ms(struct loop *l, int64_t ms);

/* For what another thread does (storage, relay): settles until the question
 * is answered with yes; false after about 5 s of real time. */
typedef bool warp_question_fn(void *arg);
bool settle_until(struct loop *l, warp_question_fn *fn, void *arg);

#endif
