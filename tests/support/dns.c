/* support/dns.c - a small DNS server on loopback (RFC 1035). */
#include "support/dns.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/mem.h"

#define MAX_RECORDS 64
#define MAX_TYPE    256
#define HEADER_LEN  12

struct rr {
	char name[256];
	unsigned type, ttl_s;
	unsigned char data[300];
	size_t len;
};

struct dnsd {
	struct loop *loop;
	int udp, tcp, conn; /* conn: -1 when none */
	struct loop_fd *udp_watch, *tcp_watch, *conn_watch;
	char address[ADDR_TEXT];
	struct rr zone[MAX_RECORDS];
	size_t n;
	enum dnsd_mood moods[MAX_TYPE];
	unsigned asked[MAX_TYPE], over_tcp, minimum;
};

struct message {
	unsigned char p[8192];
	size_t len;
};

static void put(struct message *m, const void *p, size_t len)
{
	assert(m->len + len <= sizeof(m->p));
	memcpy(m->p + m->len, p, len);
	m->len += len;
}

static void put16(struct message *m, unsigned v)
{
	unsigned char b[2] = { (unsigned char)(v >> 8), (unsigned char)v };

	put(m, b, 2);
}

static void put32(struct message *m, unsigned v)
{
	put16(m, v >> 16);
	put16(m, v & 0xffff);
}

static void put_name(struct message *m, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");
		unsigned char len = (unsigned char)n;

		if (n) {
			put(m, &len, 1);
			put(m, name, n);
		}
		name += n + (name[n] == '.');
	}
	put(m, "", 1);
}

static void put_rr(struct message *m, const struct rr *rr)
{
	put_name(m, rr->name);
	put16(m, rr->type);
	put16(m, 1);
	put32(m, rr->ttl_s);
	put16(m, (unsigned)rr->len);
	put(m, rr->data, rr->len);
}

static void put_soa(struct message *m, unsigned minimum)
{
	put_name(m, "test");
	put16(m, 6);
	put16(m, 1);
	put32(m, 86400);
	put16(m, 2 + 20);
	put(m, "\0\0", 2);
	for (int i = 0; i < 4; i++)
		put32(m, 7);
	put32(m, minimum);
}

/* The name in the question; the length of the question, 0 when broken. */
static size_t read_question(const unsigned char *p, size_t len, char *name,
			    unsigned *type)
{
	size_t at = HEADER_LEN, out = 0;

	while (at < len && p[at]) {
		size_t n = p[at++];

		if (n > 63 || at + n >= len || out + n + 1 > 254)
			return 0;
		memcpy(name + out, p + at, n);
		out += n;
		name[out++] = '.';
		at += n;
	}
	name[out ? out - 1 : 0] = '\0';
	if (at + 5 > len)
		return 0;
	*type = (unsigned)p[at + 1] << 8 | p[at + 2];
	return at + 5 - HEADER_LEN;
}

static unsigned put_answers(struct dnsd *d, struct message *m,
			    const char *name, unsigned type, bool *exists)
{
	unsigned n = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct rr *rr = &d->zone[i];

		if (strcasecmp(rr->name, name) != 0)
			continue;
		*exists = true;
		if (rr->type == type) {
			put_rr(m, rr);
			n++;
		} else if (rr->type == DNSD_CNAME) {
			char target[256];
			unsigned unused;
			struct message q = { .len = HEADER_LEN };

			put(&q, rr->data, rr->len);
			put(&q, "\0\0\0\0", 4);
			read_question(q.p, q.len, target, &unused);
			put_rr(m, rr);
			n += 1 + put_answers(d, m, target, type, exists);
		}
	}
	return n;
}

static void finish(struct message *m, unsigned flags, unsigned answers,
		   unsigned authorities)
{
	m->p[2] = (unsigned char)(0x84 | flags >> 8);
	m->p[3] = (unsigned char)(0x80 | flags);
	memset(m->p + 4, 0, 8);
	m->p[5] = 1;
	m->p[7] = (unsigned char)answers;
	m->p[9] = (unsigned char)authorities;
}

/* false: nothing is to be sent. */
static bool reply_to(struct dnsd *d, const unsigned char *p, size_t len,
		     bool is_tcp, struct message *m)
{
	char name[256];
	unsigned type = 0, n;
	size_t question;
	bool exists = false;
	enum dnsd_mood mood;

	question = len > HEADER_LEN ? read_question(p, len, name, &type) : 0;
	if (!question || type >= MAX_TYPE)
		return false;
	d->asked[type]++;
	d->asked[0]++;
	d->over_tcp += is_tcp;
	mood = d->moods[type] ? d->moods[type] : d->moods[0];
	m->len = 0;
	put(m, p, HEADER_LEN + question);
	if (mood == DNSD_IS_SILENT)
		return false;
	if (mood == DNSD_RAVES) {
		memset(m->p + 2, 0xff, m->len - 2);
		return true;
	}
	if (mood == DNSD_FAILS) {
		finish(m, 2, 0, 0);
		return true;
	}
	if (mood == DNSD_TRUNCATES && !is_tcp) {
		finish(m, 0x200, 0, 0);
		return true;
	}
	n = put_answers(d, m, name, type, &exists);
	if (!n && d->minimum)
		put_soa(m, d->minimum);
	finish(m, exists ? 0 : 3, n, !n && d->minimum);
	return true;
}

static void udp_is_ready(int fd, int events, void *arg)
{
	struct dnsd *d = arg;
	unsigned char query[1024];
	struct message m;
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(fd, query, sizeof(query), 0,
			     (struct sockaddr *)&from, &from_len);

	(void)events;
	if (n > 0 && reply_to(d, query, (size_t)n, false, &m))
		sendto(fd, m.p, m.len, 0, (struct sockaddr *)&from, from_len);
}

static void close_conn(struct dnsd *d)
{
	loop_unwatch(&d->conn_watch);
	if (d->conn >= 0)
		close(d->conn);
	d->conn = -1;
}

/* A query on loopback comes in one piece. */
static void conn_is_ready(int fd, int events, void *arg)
{
	struct dnsd *d = arg;
	unsigned char query[1024], len[2];
	struct message m;
	ssize_t n = recv(fd, query, sizeof(query), 0);

	(void)events;
	if (n < 3) {
		close_conn(d);
	} else if (reply_to(d, query + 2, (size_t)n - 2, true, &m)) {
		len[0] = (unsigned char)(m.len >> 8);
		len[1] = (unsigned char)m.len;
		send(fd, len, 2, MSG_NOSIGNAL | MSG_MORE);
		send(fd, m.p, m.len, MSG_NOSIGNAL);
	}
}

static void tcp_is_ready(int fd, int events, void *arg)
{
	struct dnsd *d = arg;
	int rc;

	(void)events;
	close_conn(d);
	d->conn = accept(fd, NULL, NULL);
	rc = loop_watch(&d->conn_watch, d->loop, d->conn, LOOP_READ,
			conn_is_ready, d);
	assert(rc == 0);
	(void)rc;
}

/* UDP and TCP on the same port, whichever is free for both. */
static void bind_both(struct dnsd *d)
{
	struct sockaddr_in in;
	socklen_t len;
	struct addr a;

	for (int i = 0; i < 100; i++) {
		len = sizeof(in);
		d->udp = socket(AF_INET, SOCK_DGRAM, 0);
		d->tcp = socket(AF_INET, SOCK_STREAM, 0);
		memset(&in, 0, sizeof(in));
		in.sin_family = AF_INET;
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		if (bind(d->udp, (struct sockaddr *)&in, len) == 0 &&
		    getsockname(d->udp, (struct sockaddr *)&in, &len) == 0 &&
		    bind(d->tcp, (struct sockaddr *)&in, len) == 0 &&
		    listen(d->tcp, 5) == 0) {
			addr_from_sockaddr(&a, (struct sockaddr *)&in);
			addr_ip_port(&a, d->address);
			return;
		}
		close(d->udp);
		close(d->tcp);
	}
	fprintf(stderr, "no port for the DNS server\n");
	abort();
}

void dnsd_create(struct dnsd **out, struct loop *l)
{
	struct dnsd *d = xzalloc(sizeof(*d));

	d->conn = -1;
	bind_both(d);
	dnsd_move(d, l);
	*out = d;
}

void dnsd_move(struct dnsd *d, struct loop *l)
{
	close_conn(d);
	loop_unwatch(&d->udp_watch);
	loop_unwatch(&d->tcp_watch);
	d->loop = l;
	if (!l)
		return;
	if (loop_watch(&d->udp_watch, l, d->udp, LOOP_READ, udp_is_ready, d) ||
	    loop_watch(&d->tcp_watch, l, d->tcp, LOOP_READ, tcp_is_ready, d))
		abort();
}

void dnsd_destroy(struct dnsd **dp)
{
	struct dnsd *d = *dp;

	if (!d)
		return;
	close_conn(d);
	loop_unwatch(&d->udp_watch);
	loop_unwatch(&d->tcp_watch);
	close(d->udp);
	close(d->tcp);
	free(d);
	*dp = NULL;
}

const char *dnsd_address(const struct dnsd *d)
{
	return d->address;
}

static struct rr *add(struct dnsd *d, const char *name, unsigned type,
		      unsigned ttl_s)
{
	struct rr *rr = &d->zone[d->n++];

	assert(d->n <= MAX_RECORDS);
	snprintf(rr->name, sizeof(rr->name), "%s", name);
	rr->type = type;
	rr->ttl_s = ttl_s;
	return rr;
}

static void set_data(struct rr *rr, const struct message *m)
{
	assert(m->len <= sizeof(rr->data));
	memcpy(rr->data, m->p, m->len);
	rr->len = m->len;
}

void dnsd_add_address(struct dnsd *d, const char *name, unsigned ttl_s,
		      const char *ip)
{
	struct message m = { .len = 0 };
	struct addr a;

	if (addr_parse(&a, ip, 0) != 0)
		abort();
	if (addr_is_v6(&a))
		put(&m, &a.u.in6.sin6_addr, 16);
	else
		put(&m, &a.u.in.sin_addr, 4);
	set_data(add(d, name, addr_is_v6(&a) ? DNSD_AAAA : DNSD_A, ttl_s),
		 &m);
}

void dnsd_add_cname(struct dnsd *d, const char *name, unsigned ttl_s,
		    const char *target)
{
	struct message m = { .len = 0 };

	put_name(&m, target);
	set_data(add(d, name, DNSD_CNAME, ttl_s), &m);
}

void dnsd_add_srv(struct dnsd *d, const char *name, unsigned ttl_s,
		  unsigned priority, unsigned weight, unsigned port,
		  const char *target)
{
	struct message m = { .len = 0 };

	put16(&m, priority);
	put16(&m, weight);
	put16(&m, port);
	put_name(&m, target);
	set_data(add(d, name, DNSD_SRV, ttl_s), &m);
}

static void put_text(struct message *m, const char *s)
{
	unsigned char len = (unsigned char)strlen(s);

	put(m, &len, 1);
	put(m, s, len);
}

void dnsd_add_naptr(struct dnsd *d, const char *name, unsigned ttl_s,
		    unsigned order, unsigned preference, const char *flags,
		    const char *service, const char *target)
{
	struct message m = { .len = 0 };

	put16(&m, order);
	put16(&m, preference);
	put_text(&m, flags);
	put_text(&m, service);
	put_text(&m, ""); /* no regular expression */
	put_name(&m, target);
	set_data(add(d, name, DNSD_NAPTR, ttl_s), &m);
}

void dnsd_clear(struct dnsd *d)
{
	d->n = 0;
}

void dnsd_set_mood(struct dnsd *d, unsigned type, enum dnsd_mood mood)
{
	d->moods[type] = mood;
}

void dnsd_set_minimum(struct dnsd *d, unsigned ttl_s)
{
	d->minimum = ttl_s;
}

unsigned dnsd_asked(const struct dnsd *d, unsigned type)
{
	return d->asked[type];
}

unsigned dnsd_asked_over_tcp(const struct dnsd *d)
{
	return d->over_tcp;
}
