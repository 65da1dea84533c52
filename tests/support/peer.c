/* support/peer.c - the peer's sockets, its log, and what it expects. */
#include "cmocka_all.h"

#include "support/peer_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/warp.h"

#define GRACE_MS  10
#define GRACES    300 /* before an expectation is given up */
#define LARGEST   65536

static int open_socket(const struct peer *p, int type)
{
	int family = p->conf.is_v6 ? AF_INET6 : AF_INET;
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	return fd;
}

static void bind_to_loopback(struct peer *p)
{
	socklen_t len = sizeof(p->addr);
	const char *ip = p->conf.is_v6 ? "::1" : "127.0.0.1";

	if (p->conf.ip)
		ip = p->conf.ip;
	assert_int_equal(addr_parse(&p->addr, ip, 0), 0);
	assert_int_equal(bind(p->fd, &p->addr.u.sa, addr_len(&p->addr)), 0);
	assert_int_equal(getsockname(p->fd, &p->addr.u.sa, &len), 0);
}

static void begin_connection(struct peer *p, int i, int fd, bool is_server)
{
	struct peer_connection *c = &p->connections[i];
	int at_once = 1;

	/* or else small messages would wait for the last one's ACK */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
	c->fd = fd;
	buf_clear(&c->in);
	if (p->conf.tls)
		peer_tls_create(&c->tls, p->conf.tls, fd, is_server);
}

void peer_connect(struct peer *p)
{
	const struct addr *to = &p->conf.server;
	int fd = open_socket(p, SOCK_STREAM);
	struct addr from = p->addr;

	peer_disconnect(p);
	addr_set_port(&from, 0);
	assert_int_equal(bind(fd, &from.u.sa, addr_len(&from)), 0);
	if (connect(fd, &to->u.sa, addr_len(to)) < 0)
		assert_int_equal(errno, EINPROGRESS);
	begin_connection(p, 0, fd, false);
}

static void close_connection(struct peer_connection *c)
{
	peer_tls_destroy(&c->tls);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void peer_disconnect(struct peer *p)
{
	close_connection(&p->connections[0]);
}

void peer_disconnect_all(struct peer *p)
{
	for (int i = 0; i < PEER_CONNECTIONS; i++)
		close_connection(&p->connections[i]);
}

void peer_create(struct peer **out, const struct peer_conf *conf)
{
	struct peer *p = xzalloc(sizeof(*p));
	char host[ADDR_TEXT];

	p->conf = *conf;
	p->conf.user = xstrdup(conf->user ? conf->user : "");
	p->conf.realm = xstrdup(conf->realm ? conf->realm : "");
	p->conf.password = xstrdup(conf->password ? conf->password : "");
	p->trace = conf->trace ? conf->trace : &p->own_trace;
	p->end = &p->messages;
	for (int i = 0; i < PEER_CONNECTIONS; i++)
		p->connections[i].fd = -1;
	p->n_connections = 1;
	p->fd = open_socket(p, conf->is_tcp ? SOCK_STREAM : SOCK_DGRAM);
	bind_to_loopback(p);
	if (conf->is_tcp) {
		assert_int_equal(listen(p->fd, 8), 0);
		if (addr_is_set(&conf->server))
			peer_connect(p);
	}
	p->contact = conf->contact
	                     ? xstrdup(conf->contact)
	                     : xasprintf("sip:%s@%s%s", p->conf.user,
	                                 addr_ip_port(&p->addr, host),
	                                 conf->tls      ? ";transport=tls"
	                                 : conf->is_tcp ? ";transport=tcp"
	                                                : "");
	*out = p;
}

static void free_all(struct peer *p)
{
	for (struct msg *m = p->messages, *next; m; m = next) {
		next = m->next;
		msg_free(&m);
	}
	for (struct dialog *d = p->dialogs, *next; d; d = next) {
		next = d->next;
		free(d);
	}
	free((char *)(uintptr_t)p->conf.user);
	free((char *)(uintptr_t)p->conf.realm);
	free((char *)(uintptr_t)p->conf.password);
	free(p->contact);
	free(p->queue);
	buf_free(&p->own_trace);
	buf_free(&p->sdp);
}

void peer_destroy(struct peer **pp)
{
	struct peer *p = *pp;

	if (!p)
		return;
	for (int i = 0; i < PEER_CONNECTIONS; i++) {
		close_connection(&p->connections[i]);
		buf_free(&p->connections[i].in);
	}
	close(p->fd);
	free_all(p);
	free(p);
	*pp = NULL;
}

struct addr peer_addr(const struct peer *p)
{
	return p->addr;
}

const char *peer_contact(const struct peer *p)
{
	return p->contact;
}

void peer_set_contact(struct peer *p, const char *uri)
{
	free(p->contact);
	p->contact = xstrdup(uri);
}

void peer_set_server(struct peer *p, const struct addr *server)
{
	p->conf.server = *server;
}

void peer_set_loop(struct peer *p, struct loop *l)
{
	p->conf.loop = l;
}

void peer_want_repeats(struct peer *p, bool want)
{
	p->wants_repeats = want;
}

void peer_want_100(struct peer *p, bool want)
{
	p->wants_100 = want;
}

size_t peer_repeats(const struct peer *p)
{
	return p->n_repeats;
}

/* --- the log ---------------------------------------------------------- */

static void trace_message(struct peer *p, const struct msg *m)
{
	char remote[ADDR_TEXT];

	buf_fmt(p->trace, "---- %6.3f s  %s %s %s%s\n%.*s\n",
	        (double)warp_now_ms() / 1000, p->conf.user,
	        m->is_sent ? "->" : "<-", addr_ip_port(&m->peer, remote),
	        m->is_repeat ? "  (again)" : "", (int)m->len, m->text);
}

const struct msg *peer_keep(struct peer *p, struct msg *m)
{
	*p->end = m;
	p->end = &m->next;
	trace_message(p, m);
	return m;
}

void peer_print_trace(const struct peer *p)
{
	fprintf(stderr, "%s", buf_text(p->trace));
}

static bool is_same_transmission(const struct msg *a, const struct msg *b)
{
	char x[128], y[128];

	if (a->is_request != b->is_request || a->status != b->status ||
	    a->cseq != b->cseq || strcmp(a->method, b->method) != 0 ||
	    strcmp(msg_branch(a, x), msg_branch(b, y)) != 0 ||
	    strcmp(msg_tag(a, "To", x), msg_tag(b, "To", y)) != 0)
		return false;
	/* A 18x may come several times with news; byte-identical it is a
	 * retransmission. */
	return a->is_request || a->status >= 200 ||
	       (a->len == b->len && memcmp(a->text, b->text, a->len) == 0);
}

static bool was_received(const struct peer *p, const struct msg *m)
{
	for (const struct msg *k = p->messages; k; k = k->next)
		if (!k->is_sent && is_same_transmission(k, m))
			return true;
	return false;
}

const struct msg *peer_find_sent(struct peer *p, const char *method,
                                 const char *call_id, unsigned cseq)
{
	const struct msg *found = NULL;

	for (const struct msg *m = p->messages; m; m = m->next)
		if (m->is_sent && m->is_request && m->cseq == cseq &&
		    strcmp(m->method, method) == 0 &&
		    strcmp(msg_header(m, "Call-ID", 0), call_id) == 0)
			found = m;
	return found;
}

static void enqueue(struct peer *p, const struct msg *m)
{
	p->queue = xrealloc(p->queue, (p->n_queue + 1) * sizeof(*p->queue));
	p->queue[p->n_queue++] = m;
}

static const struct msg *dequeue(struct peer *p, size_t i)
{
	const struct msg *m = p->queue[i];

	p->n_queue--;
	memmove(p->queue + i, p->queue + i + 1,
	        (p->n_queue - i) * sizeof(*p->queue));
	return m;
}

/* --- receiving ---------------------------------------------------------- */

static void take(struct peer *p, const char *text, size_t len,
                 const struct addr *from, int connection)
{
	struct msg *m = msg_parse(text, len);

	if (!m) {
		buf_fmt(p->trace, "---- %s got what is no message:\n%.*s\n",
		        p->conf.user, (int)len, text);
		return;
	}
	m->peer = *from;
	m->connection = connection;
	m->is_repeat = was_received(p, m);
	peer_keep(p, m);
	if (m->is_repeat)
		p->n_repeats++;
	else
		peer_learn(p, m);
	if ((!m->is_repeat || p->wants_repeats) &&
	    (m->status != 100 || p->wants_100))
		enqueue(p, m);
}

static void read_datagrams(struct peer *p)
{
	static char in[LARGEST];
	struct addr from;
	socklen_t len = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(p->fd, in, sizeof(in), 0, &from.u.sa, &len)) >=
	       0) {
		take(p, in, (size_t)n, &from, -1);
		len = sizeof(from);
	}
}

static void accept_connections(struct peer *p)
{
	int fd;

	while (p->n_connections < PEER_CONNECTIONS &&
	       (fd = accept4(p->fd, NULL, NULL,
	                     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		begin_connection(p, p->n_connections++, fd, true);
}

static void drop_front(struct buf *b, size_t n)
{
	memmove(b->p, b->p + n, b->len - n + 1);
	b->len -= n;
}

static void take_frames(struct peer *p, int i)
{
	struct peer_connection *c = &p->connections[i];
	struct addr from;
	socklen_t len = sizeof(from);
	size_t n;

	if (getpeername(c->fd, &from.u.sa, &len) < 0)
		from = p->conf.server;
	while (c->in.len >= 2 && memcmp(c->in.p, "\r\n", 2) == 0) {
		drop_front(&c->in, 2); /* keep-alive */
		p->n_pongs++;
	}
	while (c->in.len > 0 && (n = msg_frame(c->in.p, c->in.len)) > 0) {
		take(p, c->in.p, n, &from, i);
		drop_front(&c->in, n);
	}
}

static ssize_t receive(struct peer_connection *c, char *in, size_t size)
{
	return c->tls ? peer_tls_read(c->tls, in, size)
	              : read(c->fd, in, size);
}

static void read_connection(struct peer *p, int i)
{
	struct peer_connection *c = &p->connections[i];
	static char in[LARGEST];
	ssize_t n = -1;

	while (c->fd >= 0 && (n = receive(c, in, sizeof(in))) > 0) {
		buf_add(&c->in, in, (size_t)n);
		take_frames(p, i);
	}
	if (c->fd >= 0 && n == 0) {
		buf_fmt(p->trace, "---- %s: connection %d closed\n",
		        p->conf.user, i);
		close_connection(c);
	}
}

static void read_all(struct peer *p)
{
	if (!p->conf.is_tcp) {
		read_datagrams(p);
		return;
	}
	accept_connections(p);
	for (int i = 0; i < p->n_connections; i++)
		read_connection(p, i);
}

/* Until neither the server nor we have anything left to do. */
static void exchange(struct peer *p)
{
	size_t before;

	do {
		before = p->n_queue + p->n_repeats;
		if (p->conf.loop)
			settle(p->conf.loop);
		read_all(p);
	} while (p->n_queue + p->n_repeats != before);
}

size_t peer_pongs(struct peer *p)
{
	exchange(p);
	return p->n_pongs;
}

/* The kernel hands a packet on loopback over at once, but for a rare one
 * (another processor's soft interrupt): then a moment of real time helps. */
static void wait_a_moment(struct peer *p)
{
	struct pollfd fds[PEER_CONNECTIONS + 1];
	nfds_t n = 0;

	fds[n++] = (struct pollfd){ p->fd, POLLIN, 0 };
	for (int i = 0; i < p->n_connections; i++)
		if (p->connections[i].fd >= 0)
			fds[n++] = (struct pollfd){ p->connections[i].fd,
				                    POLLIN, 0 };
	poll(fds, n, GRACE_MS);
}

static bool status_matches(int status, const char *what)
{
	char text[8];

	snprintf(text, sizeof(text), "%03d", status);
	for (int i = 0; i < 3; i++)
		if (what[i] != 'x' && what[i] != text[i])
			return false;
	return what[3] == '\0' || what[3] == ' ';
}

static bool matches(const struct msg *m, const char *what)
{
	if (what[0] != 'x' && (what[0] < '1' || what[0] > '6'))
		return m->is_request && strcmp(m->method, what) == 0;
	if (m->is_request || !status_matches(m->status, what))
		return false;
	return what[3] == '\0' || strcmp(m->method, what + 4) == 0;
}

static void give_up(struct peer *p, const char *what, const char *file,
                    int line)
{
	peer_print_trace(p);
	if (p->n_queue == 0)
		print_error("%s expected %s, nothing came\n", p->conf.user,
		            what);
	for (size_t i = 0; i < p->n_queue; i++)
		print_error("%s expected %s, got %.60s\n", p->conf.user, what,
		            p->queue[i]->text);
	_fail(file, line);
}

const struct msg *peer_expect_at(struct peer *p, const char *what,
                                 const char *file, int line)
{
	exchange(p);
	for (int i = 0; i < GRACES && p->n_queue == 0; i++) {
		wait_a_moment(p);
		exchange(p);
	}
	if (p->n_queue == 0 || !matches(p->queue[0], what))
		give_up(p, what, file, line);
	return dequeue(p, 0);
}

const struct msg *peer_pick_at(struct peer *p, const char *what,
                               const char *file, int line)
{
	for (int i = 0; i < GRACES; i++) {
		exchange(p);
		for (size_t k = 0; k < p->n_queue; k++)
			if (matches(p->queue[k], what))
				return dequeue(p, k);
		wait_a_moment(p);
	}
	give_up(p, what, file, line);
	return NULL;
}

void peer_expect_none_at(struct peer *p, const char *file, int line)
{
	exchange(p);
	if (p->n_queue > 0)
		give_up(p, "nothing", file, line);
}

const struct msg *peer_poll(struct peer *p)
{
	exchange(p);
	return p->n_queue > 0 ? dequeue(p, 0) : NULL;
}
