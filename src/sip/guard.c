/* sip/guard.c - what sofia does not do for streams that strangers open.
 *
 * It accepts until no descriptor is left, and then its listening socket stays
 * readable and the loop spins; so a part of the descriptors is kept for calls
 * and files.  When only that is left, connections that carry neither a
 * registration nor a transaction go; should that not do, the listeners rest.
 * And sofia stops reading a stream that broke off (too large, no SIP) without
 * closing it. */
#include "sip/agent_priv.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"

#define LOOK_MS  250
#define QUIET_MS 10000 /* between two lines of the log */

/* Descriptors are given out lowest first, so the next one tells how many are
 * taken. */
static int next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd;
}

static bool is_short_of_descriptors(int fd)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) < 0 || rl.rlim_cur == RLIM_INFINITY)
		return false;
	return fd < 0 || (rlim_t)fd >= rl.rlim_cur - rl.rlim_cur / 4;
}

static void drop_idle(struct agent *a)
{
	int64_t now = loop_now_ms(a->loop);

	for (size_t i = 0; i < a->n_listeners; i++)
		if (a->listeners[i].tport &&
		    a->listeners[i].transport != SIP_UDP)
			tport_flush(a->listeners[i].tport);
	if (a->dropped_ms && now - a->dropped_ms < QUIET_MS)
		return;
	a->dropped_ms = now;
	log_warn("too many open files: idle connections are dropped");
}

static void rest(struct agent *a, bool rests)
{
	for (size_t i = 0; i < a->n_listeners; i++) {
		tport_t *tp = a->listeners[i].tport;

		if (!tp || a->listeners[i].transport == SIP_UDP)
			continue;
		if (rests)
			tport_stall(tp);
		else
			tport_continue(tp);
	}
	if (rests)
		log_warn("too many open files: no new connections for now");
	else
		log_info("connections are accepted again");
	a->rests = rests;
}

/* A registered phone's connection holds a reference, so sofia's own limit on
 * idle connections never applies to it. */
static void close_broken_flows(struct agent *a)
{
	uint64_t bad = agent_gauges(a).bad_messages;
	struct flow *f, *next;

	if (bad == a->bad_seen)
		return;
	a->bad_seen = bad;
	HASH_ITER (by_id, a->flows_by_id, f, next)
		if (tport_is_shutdown(f->tport))
			tport_shutdown(f->tport, 2);
}

static void look(struct timer *t, void *arg)
{
	struct agent *a = arg;
	int fd = next_descriptor();
	bool is_short = is_short_of_descriptors(fd);

	OBJ_CHECK(a, AGENT_MAGIC);
	crowd_look(a, fd);
	if (is_short) {
		drop_idle(a);
		is_short = is_short_of_descriptors(next_descriptor());
	}
	if (is_short != a->rests)
		rest(a, is_short);
	close_broken_flows(a);
	timer_start(loop_timers(a->loop), t, LOOK_MS, look, a);
}

void guard_start(struct agent *a)
{
	timer_start(loop_timers(a->loop), &a->guard, LOOK_MS, look, a);
}

void guard_stop(struct agent *a)
{
	timer_stop(loop_timers(a->loop), &a->guard);
}
