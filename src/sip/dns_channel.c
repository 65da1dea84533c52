/* sip/dns_channel.c - c-ares turned by the event loop. */
#include "sip/dns_channel.h"

#include <ares.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"

#define CLASS_IN 1

struct dns_socket {
	struct dns_socket *prev, *next;
	struct loop_fd *watch; /* owned */
	int fd;                /* c-ares' */
};

struct dns_channel {
	struct loop *loop;            /* borrowed */
	struct dns_channel_conf conf; /* strings: owned */
	struct stat read; /* resolv.conf, as it was */
	ares_channel ares;            /* owned */
	struct dns_socket *sockets;   /* owned */
	struct timer timer;           /* when c-ares wants to look again */
	bool is_failing;
};

static void rearm(struct dns_channel *c);

static void timer_is_due(struct timer *t, void *arg)
{
	struct dns_channel *c = arg;

	(void)t;
	ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	rearm(c);
}

static void rearm(struct dns_channel *c)
{
	struct timers *ts = loop_timers(c->loop);
	struct timeval room, *wait = ares_timeout(c->ares, NULL, &room);

	if (!wait)
		timer_stop(ts, &c->timer);
	else /* rounded up: not a moment too early */
		timer_start(ts, &c->timer,
			    wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1,
			    timer_is_due, c);
}

static void socket_is_ready(int fd, int events, void *arg)
{
	struct dns_channel *c = arg;

	ares_process_fd(c->ares, events & LOOP_READ ? fd : ARES_SOCKET_BAD,
			events & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
	rearm(c);
}

static void drop_socket(struct dns_channel *c, struct dns_socket *s)
{
	DL_DELETE(c->sockets, s);
	loop_unwatch(&s->watch);
	free(s);
}

/* c-ares opened a socket, wants other events, or is about to close it. */
static void socket_changed(void *arg, ares_socket_t fd, int is_reading,
			   int is_writing)
{
	struct dns_channel *c = arg;
	int events =
		(is_reading ? LOOP_READ : 0) | (is_writing ? LOOP_WRITE : 0);
	struct dns_socket *s;

	DL_SEARCH_SCALAR(c->sockets, s, fd, fd);
	if (s && events) {
		loop_rewatch(s->watch, events);
	} else if (s) {
		drop_socket(c, s);
	} else if (events) {
		s = xzalloc(sizeof(*s));
		s->fd = fd;
		if (loop_watch(&s->watch, c->loop, fd, events, socket_is_ready,
			       c) < 0) {
			free(s); /* the query will time out */
			return;
		}
		DL_APPEND(c->sockets, s);
	}
}

static const char *conf_path(const struct dns_channel *c)
{
	return c->conf.resolv_conf ? c->conf.resolv_conf : "/etc/resolv.conf";
}

static struct stat look_at_conf(const struct dns_channel *c)
{
	struct stat now = { 0 };

	if (stat(conf_path(c), &now) < 0)
		now = (struct stat){ 0 };
	return now;
}

bool dns_channel_is_outdated(const struct dns_channel *c)
{
	struct stat now;

	if (c->conf.servers)
		return false;
	now = look_at_conf(c);
	return now.st_ino != c->read.st_ino ||
	       now.st_size != c->read.st_size ||
	       now.st_mtim.tv_sec != c->read.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != c->read.st_mtim.tv_nsec;
}

static int open_channel(struct dns_channel *c)
{
	struct ares_options o = {
		.resolvconf_path = (char *)(uintptr_t)conf_path(c),
		.flags = ARES_FLAG_NOALIASES,
		.udp_port = c->conf.port,
		.tcp_port = c->conf.port,
		.timeout = (int)c->conf.timeout_ms,
		.tries = (int)c->conf.tries,
		.sock_state_cb = socket_changed,
		.sock_state_cb_data = c,
	};
	int rc;

	c->read = look_at_conf(c);
	rc = ares_init_options(&c->ares, &o,
			       ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS |
				       ARES_OPT_TRIES | ARES_OPT_RESOLVCONF |
				       ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT |
				       ARES_OPT_SOCK_STATE_CB);
	if (rc != ARES_SUCCESS) {
		c->ares = NULL;
		log_error("dns: %s", ares_strerror(rc));
		return -EIO;
	}
	if (!c->conf.servers)
		return 0;
	rc = ares_set_servers_ports_csv(c->ares, c->conf.servers);
	return rc == ARES_SUCCESS ? 0 : -EINVAL;
}

static void close_channel(struct dns_channel *c)
{
	timer_stop(loop_timers(c->loop), &c->timer);
	if (c->ares)
		ares_destroy(c->ares); /* closes its sockets */
	c->ares = NULL;
	while (c->sockets)
		drop_socket(c, c->sockets);
}

int dns_channel_create(struct dns_channel **out, struct loop *l,
		       const struct dns_channel_conf *conf)
{
	struct dns_channel *c;
	int rc;

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return -EIO;
	c = xzalloc(sizeof(*c));
	c->loop = l;
	c->conf = *conf;
	c->conf.servers = xstrdup(conf->servers);
	c->conf.resolv_conf = xstrdup(conf->resolv_conf);
	rc = open_channel(c);
	if (rc < 0)
		dns_channel_destroy(&c);
	else
		*out = c;
	return rc;
}

void dns_channel_destroy(struct dns_channel **cp)
{
	struct dns_channel *c = *cp;

	if (!c)
		return;
	close_channel(c);
	free((char *)c->conf.servers);
	free((char *)c->conf.resolv_conf);
	free(c);
	ares_library_cleanup();
	*cp = NULL;
}

static enum dns_status meaning(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return DNS_FOUND;
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
		return DNS_NOTHING;
	default:
		return DNS_FAILED;
	}
}

static void query_is_done(void *arg, int status, int timeouts,
			  unsigned char *msg, int len)
{
	struct dns_query *q = arg;

	(void)timeouts;
	if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
		return; /* its owner may be gone */
	if (status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED)
		q->channel->is_failing = true;
	else if (meaning(status) != DNS_FAILED)
		q->channel->is_failing = false;
	q->fn(q, meaning(status), msg, msg && len > 0 ? (size_t)len : 0);
}

void dns_channel_query(struct dns_channel *c, struct dns_query *q,
		       enum dns_type type, const char *name, dns_reply_fn *fn)
{
	static const int types[] = {
		[DNS_A] = 1,
		[DNS_AAAA] = 28,
		[DNS_SRV] = 33,
		[DNS_NAPTR] = 35,
	};

	q->channel = c;
	q->fn = fn;
	if (!c->ares)
		query_is_done(q, ARES_ETIMEOUT, 0, NULL, 0);
	else if (strchr(name, '.'))
		ares_query(c->ares, name, CLASS_IN, types[type], query_is_done,
			   q);
	else /* "pbx": with the search list of resolv.conf */
		ares_search(c->ares, name, CLASS_IN, types[type], query_is_done,
			    q);
	if (c->ares)
		rearm(c);
}

bool dns_channel_is_failing(const struct dns_channel *c)
{
	return c->is_failing;
}

void dns_channel_reopen(struct dns_channel *c)
{
	close_channel(c);
	if (open_channel(c) < 0)
		c->is_failing = true;
}
