/* b2bua/daemon.c - signals of the running server, through a signalfd. */
#include "b2bua/daemon.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "b2bua/reload.h"
#include "base/mem.h"

struct daemon_signals {
	struct server *server; /* borrowed */
	int fd;                /* owned */
	struct loop_fd *watch; /* owned */
};

static void ours(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
}

void daemon_block_signals(void)
{
	sigset_t set;

	ours(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void on_signal(int fd, int events, void *arg)
{
	struct daemon_signals *d = arg;
	struct signalfd_siginfo si;

	(void)events;
	while (read(fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGHUP)
			reload_start(d->server->reload);
		else
			server_drain(d->server);
	}
}

int daemon_watch(struct daemon_signals **out, struct server *s)
{
	struct daemon_signals *d = xzalloc(sizeof(*d));
	sigset_t set;
	int rc;

	ours(&set);
	d->server = s;
	d->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (d->fd < 0) {
		free(d);
		return -errno;
	}
	rc = loop_watch(&d->watch, s->loop, d->fd, LOOP_READ, on_signal, d);
	if (rc < 0) {
		close(d->fd);
		free(d);
		return rc;
	}
	*out = d;
	return 0;
}

void daemon_unwatch(struct daemon_signals **dp)
{
	struct daemon_signals *d = *dp;

	if (!d)
		return;
	loop_unwatch(&d->watch);
	close(d->fd);
	free(d);
	*dp = NULL;
}
