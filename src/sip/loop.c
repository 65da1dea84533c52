/* sip/loop.c - sofia's su_root, our timers and plain descriptors. */
#include <config.h>
#define SU_ROOT_MAGIC_T struct loop
#define SU_WAKEUP_ARG_T struct loop_fd
#include "sip/loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <sofia-sip/su.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_wait.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define LONGEST_SLEEP_MS 1000
#define NTP_EPOCH_S      2208988800 /* sofia counts from 1900 */

struct loop {
	su_root_t *root;       /* owned */
	struct timers *timers; /* owned */
	bool is_stopped;
};

struct loop_fd {
	struct loop *loop; /* borrowed */
	int fd;            /* the watcher's */
	int index;         /* of the su_root registration */
	loop_fd_fn *fn;
	void *arg; /* borrowed */
};

/* sofia would write to standard error, a line for every packet that is not
 * SIP: strangers could fill a disk. */
static void sofia_says(void *unused, char const *fmt, va_list ap)
        __attribute__((format(printf, 2, 0)));

static void sofia_says(void *unused, char const *fmt, va_list ap)
{
	char line[512];

	(void)unused;
	if (!log_enabled(LOG_LVL_DEBUG))
		return;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	log_debug("sofia: %s", line);
}

int loop_create(struct loop **out, clock_fn *clock, void *arg)
{
	struct loop *l;

	if (su_init() != 0)
		return -EIO;
	l = xzalloc(sizeof(*l));
	l->root = su_root_create(l);
	if (!l->root) {
		free(l);
		su_deinit();
		return -ENOMEM;
	}
	su_log_redirect(NULL, sofia_says, NULL);
	su_root_threading(l->root, 0);
	timers_create(&l->timers, clock, arg);
	*out = l;
	return 0;
}

void loop_destroy(struct loop **lp)
{
	struct loop *l = *lp;

	if (!l)
		return;
	timers_destroy(&l->timers);
	su_root_destroy(l->root);
	su_deinit();
	free(l);
	*lp = NULL;
}

void *loop_su_root(struct loop *l)
{
	return l->root;
}

struct timers *loop_timers(struct loop *l)
{
	return l->timers;
}

int64_t loop_now_ms(const struct loop *l)
{
	return timers_now(l->timers);
}

#ifdef HAVE_SU_TIME_HOOK
/* Exported by the library, declared by no header. */
extern void (*_su_time)(su_time_t *tv);

static void steady_time(su_time_t *tv)
{
	struct timespec ts;

	if (!tv)
		return;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	tv->tv_sec = NTP_EPOCH_S + (unsigned long)ts.tv_sec;
	tv->tv_usec = (unsigned long)ts.tv_nsec / 1000000 * 1000;
}

void loop_steady_time(void)
{
	_su_time = steady_time;
}

static bool is_steady(void)
{
	return _su_time == steady_time;
}
#else
void loop_steady_time(void)
{
}

static bool is_steady(void)
{
	return false;
}
#endif

static int64_t wall_clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t loop_unix_ms(const struct loop *l)
{
	su_time_t now;

	(void)l;
	if (is_steady())
		return wall_clock_ms();
	now = su_now();
	/* Through sofia, which lets tests move the wall clock too. */
	return ((int64_t)now.tv_sec - NTP_EPOCH_S) * 1000 +
	       (int64_t)now.tv_usec / 1000;
}

int64_t loop_unix_s(const struct loop *l)
{
	return loop_unix_ms(l) / 1000;
}

static int su_events(int events)
{
	return (events & LOOP_READ ? SU_WAIT_IN : 0) |
	       (events & LOOP_WRITE ? SU_WAIT_OUT : 0);
}

static int fd_is_ready(struct loop *l, su_wait_t *wait, struct loop_fd *w)
{
	int got = wait->revents, events = 0;

	(void)l;
	/* An error or hang-up shows itself to whoever reads or writes. */
	if (got & (SU_WAIT_IN | SU_WAIT_ERR | SU_WAIT_HUP))
		events |= LOOP_READ;
	if (got & (SU_WAIT_OUT | SU_WAIT_ERR))
		events |= LOOP_WRITE;
	w->fn(w->fd, events, w->arg); /* call out last: w may be gone */
	return 0;
}

int loop_watch(struct loop_fd **out, struct loop *l, int fd, int events,
               loop_fd_fn *fn, void *arg)
{
	struct loop_fd *w = xzalloc(sizeof(*w));
	su_wait_t wait;

	w->loop = l;
	w->fd = fd;
	w->fn = fn;
	w->arg = arg;
	if (su_wait_create(&wait, fd, su_events(events)) < 0) {
		free(w);
		return -EBADF;
	}
	w->index = su_root_register(l->root, &wait, fd_is_ready, w, 0);
	if (w->index < 0) {
		su_wait_destroy(&wait);
		free(w);
		return -EMFILE;
	}
	*out = w;
	return 0;
}

int loop_rewatch(struct loop_fd *w, int events)
{
	return su_root_eventmask(w->loop->root, w->index, w->fd,
	                         su_events(events)) < 0
	               ? -EBADF
	               : 0;
}

void loop_unwatch(struct loop_fd **wp)
{
	struct loop_fd *w = *wp;

	if (!w)
		return;
	su_root_deregister(w->loop->root, w->index);
	free(w);
	*wp = NULL;
}

void loop_turn(struct loop *l, int64_t max_wait_ms)
{
	timers_run(l->timers);
	su_root_step(l->root, timers_wait_ms(l->timers, max_wait_ms));
}

void loop_run(struct loop *l)
{
	l->is_stopped = false;
	while (!l->is_stopped)
		loop_turn(l, LONGEST_SLEEP_MS);
}

void loop_stop(struct loop *l)
{
	l->is_stopped = true;
}
