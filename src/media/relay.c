/* media/relay.c - a relay thread and the queue of commands to it. */
#include "media/relay.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/timer.h"
#include "media/pace.h"
#include "media/quiet.h"

#define EVENTS_MAX 256
#define LONGEST_SLEEP_MS 1000

enum cmd_type {
	CMD_REMOTE,
	CMD_NUMBERS,
	CMD_SILENCE,
	CMD_CONNECT,
	CMD_DISCONNECT,
	CMD_LEAVE,
	CMD_ENTER,
	CMD_REMOVE,
	CMD_FLUSH,
	CMD_END
};

struct cmd {
	enum cmd_type type;
	struct stream *stream;
	union {
		struct endpoint_remote remote;
		uint8_t *numbers; /* owned until carried out; or NULL */
		struct silence *silence; /* owned until carried out; or NULL */
		struct stream *peer;
		struct {
			unsigned number; /* of the stream's moves */
			struct relay *to;
		} move;
	} u;
};

struct cmd_list {
	struct cmd *cmd; /* owned; kept for reuse when emptied */
	size_t n, cap;
};

struct relay {
	pthread_t thread;
	int epfd, wake_fd;       /* owned */
	pthread_mutex_t lock;    /* for the next three */
	pthread_cond_t flushed;
	struct cmd_list queued;
	unsigned n_flushes;      /* carried out */
	unsigned n_asked;        /* flushes; the signalling thread's */
	bool is_held, is_urgent, owes_wake; /* the signalling thread's */
	struct cmd_list current; /* the thread's own: being carried out */
	size_t next_cmd;         /* in current */
	bool is_ending;
	struct forward *forward; /* owned */
	struct quiet *quiet;     /* owned: the streams that send silence */
	struct pace pace;
};

static void wake(struct relay *r)
{
	const uint64_t one = 1;
	ssize_t n = write(r->wake_fd, &one, sizeof(one));

	(void)n; /* EAGAIN: it is awake already */
}

/* may_wait: LONGEST_SLEEP_MS at most; else now, or at the push. */
static void post(struct relay *r, const struct cmd *c, bool may_wait)
{
	struct cmd_list *q = &r->queued;

	pthread_mutex_lock(&r->lock);
	r->owes_wake |= q->n == 0;
	if (q->n == q->cap) {
		q->cap = q->cap ? 2 * q->cap : 64;
		q->cmd = xrealloc(q->cmd, q->cap * sizeof(*q->cmd));
	}
	q->cmd[q->n++] = *c;
	pthread_mutex_unlock(&r->lock);
	r->is_urgent |= !may_wait;
	if (!r->is_held)
		relay_push(r);
}

void relay_hold(struct relay *r)
{
	r->is_held = true;
}

void relay_push(struct relay *r)
{
	r->is_held = false;
	if (r->owes_wake && r->is_urgent) {
		wake(r);
		r->owes_wake = false;
	}
	r->is_urgent = false;
}

static int watch(struct relay *r, struct stream *f)
{
	for (int i = 0; i < 2; i++) {
		struct epoll_event ev = { .events = EPOLLIN };

		ev.data.ptr = &f->port[i];
		if (epoll_ctl(r->epfd, EPOLL_CTL_ADD, f->port[i].fd, &ev) < 0)
			return -errno;
	}
	return 0;
}

static void unwatch(struct relay *r, struct stream *f)
{
	for (int i = 0; i < 2; i++)
		epoll_ctl(r->epfd, EPOLL_CTL_DEL, f->port[i].fd, NULL);
}

static void leave(struct relay *r, const struct cmd *c)
{
	struct stream *f = c->stream;

	assert(!f->peer);
	unwatch(r, f);
	atomic_store_explicit(&f->left, c->u.move.number,
	                      memory_order_release); /* f is no longer ours */
	wake(c->u.move.to);
}

/* False while the thread that the stream comes from still has it.  Its command
 * was queued before ours, so threads never wait for each other in a ring. */
static bool enter(struct relay *r, const struct cmd *c)
{
	struct stream *f = c->stream;
	int rc;

	if (atomic_load_explicit(&f->left, memory_order_acquire) !=
	    c->u.move.number)
		return false;
	rc = watch(r, f);
	if (rc < 0)
		log_error("media: cannot watch a port: errno %d", -rc);
	return true;
}

static void flush(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	r->n_flushes++;
	pthread_cond_signal(&r->flushed);
	pthread_mutex_unlock(&r->lock);
}

static bool carry_out(struct relay *r, const struct cmd *c)
{
	struct stream *f = c->stream;

	switch (c->type) {
	case CMD_REMOTE:
		stream_set_remote(f, &c->u.remote);
		break;
	case CMD_NUMBERS:
		stream_set_numbers(f, c->u.numbers);
		break;
	case CMD_SILENCE:
		quiet_set(r->quiet, f, c->u.silence);
		break;
	case CMD_CONNECT:
		stream_connect(f, c->u.peer);
		break;
	case CMD_DISCONNECT:
		stream_disconnect(f);
		break;
	case CMD_LEAVE:
		leave(r, c);
		break;
	case CMD_ENTER:
		return enter(r, c);
	case CMD_REMOVE:
		stream_disconnect(f);
		quiet_set(r->quiet, f, NULL);
		stream_destroy(&f);
		break;
	case CMD_FLUSH:
		flush(r);
		break;
	case CMD_END:
		r->is_ending = true;
		break;
	}
	return true;
}

static bool fetch(struct relay *r)
{
	struct cmd_list done = r->current;

	done.n = 0;
	pthread_mutex_lock(&r->lock);
	r->current = r->queued;
	r->queued = done;
	pthread_mutex_unlock(&r->lock);
	r->next_cmd = 0;
	return r->current.n > 0;
}

/* A stream that has not left its old thread yet holds up the commands, but not
 * the packets; the old thread wakes us. */
static void run_commands(struct relay *r)
{
	uint64_t n;
	ssize_t got = read(r->wake_fd, &n, sizeof(n));

	(void)got;
	do {
		while (r->next_cmd < r->current.n) {
			if (!carry_out(r, &r->current.cmd[r->next_cmd]))
				return;
			r->next_cmd++;
		}
	} while (fetch(r));
}

/* Of this thread, in ns. */
static int64_t cpu_used(void *unused)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * (int64_t)1000000000 + t.tv_nsec;
}

static void rest(void)
{
	const struct timespec t = { .tv_nsec = PACE_REST_US * 1000 };

	nanosleep(&t, NULL);
}

static void turn(struct relay *r)
{
	struct epoll_event ev[EVENTS_MAX];
	int n = epoll_wait(r->epfd, ev, EVENTS_MAX, LONGEST_SLEEP_MS);
	int64_t now_ms = clock_mono_ms();
	bool is_woken = n == 0;

	for (int i = 0; i < n; i++) {
		if (ev[i].data.ptr == r->quiet)
			quiet_tick(r->quiet, r->forward);
		else if (ev[i].data.ptr)
			forward_receive(r->forward, ev[i].data.ptr, now_ms);
		else
			is_woken = true;
	}
	forward_flush(r->forward);
	/* Last: commands may destroy what the events point at. */
	if (is_woken)
		run_commands(r);
	if (n > 0 && pace_is_resting(&r->pace, (unsigned)n, now_ms) &&
	    n < EVENTS_MAX)
		rest();
}

static void *work(void *arg)
{
	struct relay *r = arg;

	pace_init(&r->pace, cpu_used, NULL, clock_mono_ms());
	while (!r->is_ending)
		turn(r);
	return NULL;
}

/* Signals are the signalling thread's business. */
static int start_thread(struct relay *r, unsigned number)
{
	sigset_t all, was;
	char name[16];
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	rc = pthread_create(&r->thread, NULL, work, r);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (rc != 0)
		return -rc;
	snprintf(name, sizeof(name), "media-%u", number % 1000);
	pthread_setname_np(r->thread, name);
	return 0;
}

static void dispose(struct relay *r)
{
	if (r->epfd >= 0)
		close(r->epfd);
	if (r->wake_fd >= 0)
		close(r->wake_fd);
	quiet_destroy(&r->quiet);
	forward_destroy(&r->forward);
	pthread_cond_destroy(&r->flushed);
	pthread_mutex_destroy(&r->lock);
	free(r->queued.cmd);
	free(r->current.cmd);
	free(r);
}

int relay_create(struct relay **out, unsigned number)
{
	struct relay *r = xzalloc(sizeof(*r));
	struct epoll_event ev = { .events = EPOLLIN }; /* data NULL: wake_fd */
	int rc = 0;

	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->flushed, NULL);
	r->forward = forward_create();
	r->epfd = epoll_create1(EPOLL_CLOEXEC);
	r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->epfd < 0 || r->wake_fd < 0 ||
	    epoll_ctl(r->epfd, EPOLL_CTL_ADD, r->wake_fd, &ev) < 0)
		rc = -errno;
	if (rc == 0)
		rc = quiet_create(&r->quiet, r->epfd);
	if (rc == 0)
		rc = start_thread(r, number);
	if (rc < 0)
		dispose(r);
	else
		*out = r;
	return rc;
}

void relay_stop(struct relay *r)
{
	relay_push(r);
	post(r, &(struct cmd){ .type = CMD_END }, false);
	pthread_join(r->thread, NULL);
}

void relay_destroy(struct relay **rp)
{
	if (!*rp)
		return;
	dispose(*rp);
	*rp = NULL;
}

int relay_add(struct relay *r, struct stream *f)
{
	int rc = watch(r, f);

	/* The thread may already be reading from the first socket. */
	if (rc < 0)
		relay_remove(r, f);
	return rc;
}

void relay_set_remote(struct relay *r, struct stream *f,
                      const struct endpoint_remote *remote)
{
	post(r, &(struct cmd){ CMD_REMOTE, f, { .remote = *remote } }, false);
}

void relay_set_numbers(struct relay *r, struct stream *f,
                       const uint8_t *numbers)
{
	uint8_t *copy = numbers ? xmemdup(numbers, 128) : NULL;

	post(r, &(struct cmd){ CMD_NUMBERS, f, { .numbers = copy } }, false);
}

void relay_set_silence(struct relay *r, struct stream *f,
                       const struct media_silence *s)
{
	struct silence *begun = NULL;

	if (s) {
		begun = xzalloc(sizeof(*begun));
		silence_begin(begun, s, random_u64());
	}
	post(r, &(struct cmd){ CMD_SILENCE, f, { .silence = begun } }, false);
}

void relay_connect(struct relay *r, struct stream *a, struct stream *b)
{
	post(r, &(struct cmd){ CMD_CONNECT, a, { .peer = b } }, false);
}

void relay_disconnect(struct relay *r, struct stream *f)
{
	post(r, &(struct cmd){ CMD_DISCONNECT, f, { .peer = NULL } }, false);
}

void relay_move(struct relay *r, struct stream *f, struct relay *to)
{
	struct cmd c = { CMD_LEAVE, f, { .move = { ++f->moves, to } } };

	post(r, &c, false);
	c.type = CMD_ENTER;
	post(to, &c, false);
}

void relay_remove(struct relay *r, struct stream *f)
{
	post(r, &(struct cmd){ CMD_REMOVE, f, { .peer = NULL } }, true);
}

void relay_flush(struct relay *r)
{
	relay_push(r);
	r->n_asked++;
	post(r, &(struct cmd){ .type = CMD_FLUSH }, false);
	pthread_mutex_lock(&r->lock);
	while (r->n_flushes != r->n_asked)
		pthread_cond_wait(&r->flushed, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

const struct forward_totals *relay_totals(const struct relay *r)
{
	return forward_totals(r->forward);
}
