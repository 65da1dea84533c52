/* sip/crowd.c - how many connections strangers may hold.
 *
 * sofia accepts whoever comes and does not say so.  So from time to time, when
 * descriptors were opened, we look through our own for those that came to a
 * listener and over which nobody registered; what is too much is shut, unless
 * a call is on it.  The time that takes sets the time until the next look. */
#include "sip/leg_priv.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"

#define ANYWAY_MS 10000 /* even if nothing seems to have been opened */
#define SHARE     200   /* at most this part of the time is spent here */

struct source {
	struct addr addr;
	unsigned n;
	UT_hash_handle hh;
};

struct count {
	struct agent *agent;
	struct source *sources; /* owned */
	unsigned n, n_closed;
	unsigned by_transport[3];
	struct addr whose;      /* the last that was closed */
};

static int64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

typedef int address_fn(int fd, struct sockaddr *sa, socklen_t *len);

static bool address_of(int fd, address_fn *which, struct addr *out)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	*out = (struct addr){ 0 };
	return which(fd, (struct sockaddr *)&ss, &len) == 0 &&
	       addr_from_sockaddr(out, (struct sockaddr *)&ss) == 0;
}

/* The listener that it came to; NULL: none. */
static const struct listener *came_to(const struct agent *a, int fd)
{
	struct addr local;
	int type = 0;
	socklen_t len = sizeof(type);

	if (!address_of(fd, getsockname, &local) ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    type != SOCK_STREAM)
		return NULL;
	for (size_t i = 0; i < a->n_listeners; i++)
		if (a->listeners[i].transport != SIP_UDP &&
		    addr_port(&a->listeners[i].bound) == addr_port(&local))
			return &a->listeners[i];
	return NULL;
}

static bool carries_a_call(const struct agent *a, const struct addr *peer)
{
	for (const struct leg *l = a->all_legs; l; l = l->next) {
		struct addr there = { 0 };
		const su_addrinfo_t *ai =
		        l->tport ? tport_get_address(l->tport) : NULL;

		if (ai && ai->ai_addr &&
		    addr_from_sockaddr(&there, ai->ai_addr) == 0 &&
		    addr_eq(&there, peer))
			return true;
	}
	return false;
}

/* An IPv4 address, or the network of an IPv6 one. */
static struct source *source_of(struct count *c, const struct addr *peer)
{
	struct addr a = *peer;
	struct source *s;

	addr_set_port(&a, 0);
	if (addr_is_v6(&a))
		for (int i = 8; i < 16; i++)
			a.u.in6.sin6_addr.s6_addr[i] = 0;
	HASH_FIND(hh, c->sources, &a, sizeof(a), s);
	if (s)
		return s;
	s = xzalloc(sizeof(*s));
	s->addr = a;
	HASH_ADD(hh, c->sources, addr, sizeof(s->addr), s);
	return s;
}

static void count_one(struct count *c, int fd)
{
	const struct crowd *limit = &c->agent->crowd;
	const struct agent_ops *ops = c->agent->ops;
	const struct listener *l;
	struct source *s;
	struct addr peer;

	if (!address_of(fd, getpeername, &peer))
		return;
	l = came_to(c->agent, fd);
	if (l)
		c->by_transport[l->transport]++;
	if (!l || flow_from(c->agent, &peer) ||
	    (ops->is_peer && ops->is_peer(&peer, c->agent->arg)))
		return;
	s = source_of(c, &peer);
	s->n++;
	c->n++;
	if (!(limit->most_per_source && s->n > limit->most_per_source) &&
	    !(limit->most && c->n > limit->most))
		return;
	if (carries_a_call(c->agent, &peer))
		return;
	shutdown(fd, SHUT_RDWR); /* sofia finds that and closes it */
	c->whose = peer;
	c->n_closed++;
}

static void clear(struct count *c)
{
	struct source *s, *next;

	HASH_ITER (hh, c->sources, s, next) {
		HASH_DEL(c->sources, s);
		free(s);
	}
}

static void count_all(struct agent *a)
{
	DIR *dir = opendir("/proc/self/fd");
	struct count c = { .agent = a };
	char text[ADDR_TEXT];
	struct dirent *one;

	while (dir && (one = readdir(dir)))
		if (one->d_name[0] != '.')
			count_one(&c, atoi(one->d_name));
	if (dir)
		closedir(dir);
	clear(&c);
	memcpy(a->crowd.by_transport, c.by_transport, sizeof(c.by_transport));
	if (c.n_closed > 0)
		log_warn("too many connections: %u closed, the last of %s",
		         c.n_closed, addr_ip(&c.whose, text));
}

void crowd_look(struct agent *a, int fd)
{
	struct crowd *c = &a->crowd;
	int64_t now = loop_now_ms(a->loop), before;

	if (now < c->rests_until_ms ||
	    (fd == c->last_fd && now < c->looked_ms + ANYWAY_MS))
		return;
	before = clock_us();
	count_all(a);
	c->last_fd = fd;
	c->looked_ms = now;
	c->rests_until_ms = now + (clock_us() - before) * SHARE / 1000;
}
