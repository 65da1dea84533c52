/* support/httpd.c - a small HTTP server on loopback. */
#include "support/httpd.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/strutil.h"

#define DRIP_MS 100

struct page {
	struct page *next;
	char *path, *answer;
	enum httpd_manner manner;
};

struct conn {
	struct conn *prev, *next;
	struct httpd *web;
	int fd;
	struct loop_fd *watch;
	struct timer timer;   /* the next drop */
	struct buf in, out;
	size_t sent;
	enum httpd_manner manner;
	bool is_answering;
};

struct httpd {
	struct loop *loop;
	int fd;
	struct loop_fd *watch;
	struct addr at;
	struct page *pages;
	struct conn *conns;
	char **requests;
	size_t n_requests, n_conns;
};

static void close_conn(struct conn *c)
{
	timer_stop(loop_timers(c->web->loop), &c->timer);
	loop_unwatch(&c->watch);
	close(c->fd);
	DL_DELETE(c->web->conns, c);
	c->web->n_conns--;
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
}

/* --- answers ------------------------------------------------------------------ */

static void drip(struct timer *t, void *arg)
{
	struct conn *c = arg;

	if (c->sent < c->out.len &&
	    send(c->fd, c->out.p + c->sent, 1, MSG_NOSIGNAL) == 1)
		c->sent++;
	timer_start(loop_timers(c->web->loop), t, DRIP_MS, drip, c);
}

/* More of what never ends. */
static void flood(struct conn *c)
{
	char line[1025];

	memset(line, 'x', 1024);
	line[1024] = '\0';
	buf_clear(&c->out);
	c->sent = 0;
	if (c->manner == HTTPD_FLOODS)
		buf_fmt(&c->out, "400\r\n%s\r\n", line);
	else
		buf_fmt(&c->out, "X: %s\r\n", line);
}

static void send_some(struct conn *c)
{
	ssize_t n;

	do {
		n = send(c->fd, c->out.p + c->sent, c->out.len - c->sent,
		         MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			c->sent += (size_t)n;
		if (c->sent == c->out.len && c->manner >= HTTPD_FLOODS)
			flood(c);
	} while (n > 0 && c->sent < c->out.len);
	if (c->sent < c->out.len) {
		loop_rewatch(c->watch, LOOP_READ | LOOP_WRITE);
		return;
	}
	loop_rewatch(c->watch, LOOP_READ);
	if (c->manner == HTTPD_CLOSES)
		close_conn(c);
	else
		c->is_answering = false;
}

static const struct page *page_for(const struct httpd *w, const char *request)
{
	const char *path = strchr(request, ' ');
	const struct page *p;
	size_t n = path ? strcspn(++path, " ?") : 0;

	LL_FOREACH (w->pages, p)
		if (path && strlen(p->path) == n &&
		    strncmp(p->path, path, n) == 0)
			return p;
	return NULL;
}

static void answer(struct conn *c, const char *request)
{
	const struct page *p = page_for(c->web, request);

	buf_clear(&c->out);
	c->sent = 0;
	c->is_answering = true;
	c->manner = p ? p->manner : HTTPD_ANSWERS;
	buf_str(&c->out, p ? p->answer
	                   : "HTTP/1.1 404 Not Found\r\n"
	                     "Content-Length: 0\r\n\r\n");
	if (c->manner == HTTPD_HANGS)
		return;
	if (c->manner == HTTPD_DRIPS)
		drip(&c->timer, c);
	else
		send_some(c);
}

/* --- requests ----------------------------------------------------------------- */

/* The length of the whole request at the beginning; 0: more has to come. */
static size_t request_length(const struct buf *in)
{
	const char *end = in->p ? strstr(in->p, "\r\n\r\n") : NULL;
	const char *length = in->p ? strcasestr(in->p, "\r\nContent-Length:")
	                           : NULL;
	size_t n;

	if (!end)
		return 0;
	n = (size_t)(end - in->p) + 4;
	if (length && length < end)
		n += strtoul(length + 17, NULL, 10);
	return in->len >= n ? n : 0;
}

static void take_request(struct conn *c, size_t n)
{
	struct httpd *w = c->web;
	char *text = xstrndup(c->in.p, n);
	struct buf rest = { 0 };

	buf_add(&rest, c->in.p + n, c->in.len - n);
	buf_free(&c->in);
	c->in = rest;
	w->requests = xrealloc(w->requests,
	                       (w->n_requests + 1) * sizeof(*w->requests));
	w->requests[w->n_requests++] = text;
	answer(c, text);
}

static void conn_is_ready(int fd, int events, void *arg)
{
	struct conn *c = arg;
	char room[16384];
	ssize_t n;

	if (events & LOOP_READ) {
		n = recv(fd, room, sizeof(room), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && !(events & LOOP_WRITE))) {
			close_conn(c);
			return;
		}
		if (n > 0)
			buf_add(&c->in, room, (size_t)n);
	}
	if (c->is_answering) {
		if (c->manner != HTTPD_HANGS && c->manner != HTTPD_DRIPS)
			send_some(c);
	} else if ((n = (ssize_t)request_length(&c->in)) > 0) {
		take_request(c, (size_t)n);
	}
}

static void somebody_comes(int fd, int events, void *arg)
{
	struct httpd *w = arg;
	struct conn *c;
	int conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (conn < 0)
		return;
	c = xzalloc(sizeof(*c));
	c->web = w;
	c->fd = conn;
	DL_APPEND(w->conns, c);
	w->n_conns++;
	if (loop_watch(&c->watch, w->loop, conn, LOOP_READ, conn_is_ready, c) <
	    0)
		assert(0);
}

/* --- for tests ------------------------------------------------------------------ */

void httpd_create(struct httpd **out, struct loop *l)
{
	struct httpd *w = xzalloc(sizeof(*w));
	socklen_t len = sizeof(w->at);
	int rc;

	w->loop = l;
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	addr_parse(&w->at, "127.0.0.1", 0);
	rc = bind(w->fd, &w->at.u.sa, addr_len(&w->at));
	assert(rc == 0);
	rc = listen(w->fd, 1024);
	assert(rc == 0);
	getsockname(w->fd, &w->at.u.sa, &len);
	rc = loop_watch(&w->watch, l, w->fd, LOOP_READ, somebody_comes, w);
	assert(rc == 0);
	(void)rc;
	*out = w;
}

void httpd_destroy(struct httpd **wp)
{
	struct httpd *w = *wp;
	struct page *p, *next;

	if (!w)
		return;
	while (w->conns)
		close_conn(w->conns);
	LL_FOREACH_SAFE (w->pages, p, next) {
		free(p->path);
		free(p->answer);
		free(p);
	}
	for (size_t i = 0; i < w->n_requests; i++)
		free(w->requests[i]);
	free(w->requests);
	loop_unwatch(&w->watch);
	close(w->fd);
	free(w);
	*wp = NULL;
}

unsigned httpd_port(const struct httpd *w)
{
	return addr_port(&w->at);
}

void httpd_put_raw(struct httpd *w, const char *path, enum httpd_manner m,
                 const char *text)
{
	struct page *p;

	LL_FOREACH (w->pages, p)
		if (str_eq(p->path, path))
			break;
	if (!p) {
		p = xzalloc(sizeof(*p));
		p->path = xstrdup(path);
		LL_PREPEND(w->pages, p);
	}
	free(p->answer);
	p->answer = xstrdup(text);
	p->manner = m;
}

void httpd_put(struct httpd *w, const char *path, const char *headers,
             const char *body)
{
	char *text = xasprintf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
	                       "%s\r\n%s", strlen(body),
	                       headers ? headers : "", body);

	httpd_put_raw(w, path, HTTPD_ANSWERS, text);
	free(text);
}

size_t httpd_count(const struct httpd *w)
{
	return w->n_requests;
}

const char *httpd_request(const struct httpd *w, size_t i)
{
	assert(i < w->n_requests);
	return w->requests[i];
}

size_t httpd_connections(const struct httpd *w)
{
	return w->n_conns;
}
