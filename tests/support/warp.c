/* support/warp.c - the stopped clocks. */
#include "support/warp.h"

#include <poll.h>
#include <sofia-sip/su_time.h>
#include <sofia-sip/su_wait.h>

#include "base/util.h"

#define STEP_MS      50
#define QUIET_TURNS  3
#define MAX_TURNS    10000
#define WAIT_MS      5
#define LONGEST_WAIT 1000 /* times WAIT_MS */

/* Exported by the library for tests; no header declares it. */
extern void (*_su_time)(su_time_t *tv);

/* The hook has no argument, so what it reads cannot live elsewhere. */
static struct {
	void (*before)(su_time_t *tv);
	su_time_t origin;
	int64_t now_ms;
} warped;

static void stopped_time(su_time_t *tv)
{
	int64_t usec = (int64_t)warped.origin.tv_usec + warped.now_ms * 1000;

	if (!tv)
		return;
	tv->tv_sec = warped.origin.tv_sec + (unsigned long)(usec / 1000000);
	tv->tv_usec = (unsigned long)(usec % 1000000);
}

void warp_begin(void)
{
	if (_su_time == stopped_time)
		return;
	warped.now_ms = 0;
	warped.before = _su_time;
	su_time(&warped.origin);
	/* Whole milliseconds: a timer is then due exactly at its time, never
	 * a fraction later. */
	warped.origin.tv_usec -= warped.origin.tv_usec % 1000;
	_su_time = stopped_time;
}

void warp_end(void)
{
	if (_su_time == stopped_time)
		_su_time = warped.before;
}

int64_t warp_now_ms(void)
{
	return warped.now_ms;
}

int64_t warp_clock(void *arg)
{
	(void)arg;
	/* Not 0 at the start: 0 often means "never". */
	return 1000000 + warped.now_ms;
}

void settle(struct loop *l)
{
	struct timers *ts = loop_timers(l);
	int quiet = 0;

	/* su_root_step() says 0 when it found something to do.  A server
	 * that is never done shows in the test, not in an endless loop. */
	for (int turn = 0; turn < MAX_TURNS && quiet < QUIET_TURNS; turn++) {
		timers_run(ts);
		if (su_root_step(loop_su_root(l), 0) == 0 ||
		    timers_wait_ms(ts, 1) == 0)
			quiet = 0;
		else
			quiet++;
	}
}

void warp_ms(struct loop *l, int64_t ms)
{
	settle(l);
	while (ms > 0) {
		int64_t step = ms < STEP_MS ? ms : STEP_MS;

		warped.now_ms += step;
		ms -= step;
		settle(l);
	}
}

bool settle_until(struct loop *l, warp_question_fn *fn, void *arg)
{
	for (int i = 0; i < LONGEST_WAIT; i++) {
		settle(l);
		if (fn(arg))
			return true;
		poll(NULL, 0, WAIT_MS);
	}
	return false;
}
