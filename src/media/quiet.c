/* media/quiet.c - the streams of a relay thread that send silence. */
#include "media/quiet.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/mem.h"

#define CATCH_UP 5 /* packets that are sent late at once; others never */

struct quiet {
	int fd;            /* owned: the clock, stopped while nobody is here */
	struct stream **v; /* owned; borrowed streams */
	size_t n, cap;
};

int quiet_create(struct quiet **out, int epfd)
{
	struct quiet *q = xzalloc(sizeof(*q));
	struct epoll_event ev = { .events = EPOLLIN };
	int rc = 0;

	ev.data.ptr = q;
	q->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (q->fd < 0 || epoll_ctl(epfd, EPOLL_CTL_ADD, q->fd, &ev) < 0)
		rc = -errno;
	if (rc < 0)
		quiet_destroy(&q);
	else
		*out = q;
	return rc;
}

void quiet_destroy(struct quiet **qp)
{
	struct quiet *q = *qp;

	*qp = NULL;
	if (!q)
		return;
	if (q->fd >= 0)
		close(q->fd);
	free(q->v);
	free(q);
}

static void set_clock(struct quiet *q, long ms)
{
	struct timespec every = { .tv_nsec = ms * 1000000 };
	struct itimerspec t = { every, every };

	timerfd_settime(q->fd, 0, &t, NULL);
}

static void enter(struct quiet *q, struct stream *s)
{
	if (q->n == q->cap) {
		q->cap = q->cap ? 2 * q->cap : 16;
		q->v = xrealloc(q->v, q->cap * sizeof(struct stream *));
	}
	q->v[q->n++] = s;
	if (q->n == 1)
		set_clock(q, SILENCE_MS);
}

static void leave(struct quiet *q, const struct stream *s)
{
	size_t i = 0;

	while (q->v[i] != s)
		i++;
	q->v[i] = q->v[--q->n];
	if (q->n == 0)
		set_clock(q, 0);
}

void quiet_set(struct quiet *q, struct stream *s, struct silence *silence)
{
	if (silence && !s->silence)
		enter(q, s);
	else if (!silence && s->silence)
		leave(q, s);
	free(s->silence);
	s->silence = silence;
}

void quiet_tick(struct quiet *q, struct forward *f)
{
	uint8_t packet[SILENCE_PACKET];
	uint64_t times;

	if (read(q->fd, &times, sizeof(times)) != sizeof(times))
		return;
	if (times > CATCH_UP)
		times = CATCH_UP;
	for (size_t i = 0; i < q->n; i++)
		for (uint64_t k = 0; k < times; k++) {
			silence_next(q->v[i]->silence, packet);
			forward_say(f, q->v[i], packet, sizeof(packet));
		}
}
