/* b2bua/web.c - what calls ask and tell HTTP servers.
 *
 * A notice (webhook) outlives the call it tells of: it is owned here until
 * its server has taken it or it is given up. */
#include "b2bua/web.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"

#define RETRY_MS 2000 /* Kazoo */

#define NOTICE_MAGIC 0x407ceu
struct notice {
	unsigned magic;
	struct notice *prev, *next;
	struct web *web;                /* borrowed */
	struct http_transfer *transfer; /* owned; NULL: waits for the timer */
	struct timer timer;             /* tries again */
	struct flow_request request;    /* its strings owned */
	const char *what;               /* a literal, for logs */
	char call[17];                  /* its id, likewise */
};

struct web {
	struct server *server;   /* borrowed */
	struct http *http;       /* owned */
	struct notice *notices;  /* owned */
	size_t n_notices;
};

static struct log_ctx log_of(const struct notice *n)
{
	return (struct log_ctx){ "call", n->call, NULL };
}

/* --- life ------------------------------------------------------------------- */

int web_create(struct web **out, struct server *s)
{
	const struct config *c = s->conf;
	struct http_conf conf = {
		.max_transfers = c->http.max_transfers,
		.max_transfers_of_host = c->http.max_transfers_of_host,
		.max_waiting = c->http.max_waiting,
		.max_answer = c->http.max_answer,
		.connect_ms = c->http.connect_s * 1000,
		.max_redirects = c->http.max_redirects,
		.ca = c->http.ca,
		.denied = c->http.denied,
		.n_denied = c->http.n_denied,
	};
	struct web *w = xzalloc(sizeof(*w));
	int rc = http_create(&w->http, s->loop, &conf);

	w->server = s;
	if (rc < 0)
		web_destroy(&w);
	else
		*out = w;
	return rc;
}

static void notice_free(struct notice *n)
{
	struct web *w = n->web;

	timer_stop(loop_timers(w->server->loop), &n->timer);
	http_cancel(&n->transfer);
	DL_DELETE(w->notices, n);
	w->n_notices--;
	free((char *)n->request.url);
	free((char *)n->request.type);
	free((char *)n->request.body);
	free((char *)n->request.header);
	OBJ_KILL(n);
	free(n);
}

void web_destroy(struct web **wp)
{
	struct web *w = *wp;

	if (!w)
		return;
	if (w->n_notices > 0)
		log_warn("%zu webhooks and records were not told yet",
		         w->n_notices);
	while (w->notices)
		notice_free(w->notices);
	http_destroy(&w->http);
	free(w);
	*wp = NULL;
}

struct web_gauges web_gauges(const struct web *w)
{
	struct http_gauges g = http_gauges(w->http);

	return (struct web_gauges){ g.live, g.waiting, w->n_notices };
}

/* --- requests --------------------------------------------------------------- */

static struct http_request request_of(const struct flow_request *rq)
{
	static const enum http_verb verbs[] = { [FLOW_GET] = HTTP_GET,
		                                [FLOW_POST] = HTTP_POST,
		                                [FLOW_PUT] = HTTP_PUT };

	return (struct http_request){
		.verb = verbs[rq->verb],
		.url = rq->url,
		.content_type = rq->type,
		.body = rq->body,
		.headers = &rq->header,
		.n_headers = rq->header ? 1 : 0,
	};
}

int web_fetch(struct http_transfer **out, struct web *w,
              const struct flow_request *rq, http_fn *fn, void *arg)
{
	unsigned most_ms = w->server->conf->http.pivot_timeout_s * 1000;
	struct http_request http = request_of(rq);

	http.timeout_ms = (unsigned)rq->timeout_ms;
	if (http.timeout_ms == 0 || http.timeout_ms > most_ms)
		http.timeout_ms = most_ms;
	return http_send(out, w->http, &http, fn, arg);
}

/* --- notices ---------------------------------------------------------------- */

static void send_notice(struct notice *n);

static void try_again(struct timer *t, void *arg)
{
	struct notice *n = arg;

	(void)t;
	OBJ_CHECK(n, NOTICE_MAGIC);
	send_notice(n);
}

/* Kazoo: 200, of a PUT 201 too; any other status is final. */
static bool is_taken(const struct notice *n, const struct http_answer *a)
{
	return !a->failure &&
	       (a->status == 200 ||
	        (a->status == 201 && n->request.verb == FLOW_PUT));
}

static void on_told(const struct http_answer *a, void *arg)
{
	struct notice *n = arg;
	struct log_ctx log = log_of(n);

	OBJ_CHECK(n, NOTICE_MAGIC);
	n->transfer = NULL;
	if (is_taken(n, a)) {
		log_ctx_debug(&log, "%s: %s was told", n->what, a->where);
	} else if (a->status == 0 && n->request.retries > 0) {
		log_ctx_info(&log, "%s: %s: %s; once more in %d s",
		             n->what, a->where, a->failure, RETRY_MS / 1000);
		n->request.retries--;
		timer_start(loop_timers(n->web->server->loop), &n->timer,
		            RETRY_MS, try_again, n);
		return;
	} else if (a->failure) {
		log_ctx_warn(&log, "%s: %s: %s: not told", n->what, a->where,
		             a->failure);
	} else {
		log_ctx_warn(&log, "%s: %s: status %d: not taken",
		             n->what, a->where, a->status);
	}
	notice_free(n);
}

static void send_notice(struct notice *n)
{
	struct web *w = n->web;
	struct http_request rq = request_of(&n->request);
	struct log_ctx log = log_of(n);
	int rc;

	rq.timeout_ms = w->server->conf->http.webhook_timeout_s * 1000;
	rq.is_patient = true;
	rc = http_send(&n->transfer, w->http, &rq, on_told, n);
	if (rc == 0)
		return;
	log_ctx_warn(&log, "%s: %s: not told", n->what,
	             rc == -EINVAL ? "not an http or https URL"
	                           : "too many requests wait already");
	notice_free(n);
}

void web_notify(struct web *w, const struct flow_request *rq,
                const char *what, const struct log_ctx *log)
{
	struct notice *n;

	if (w->n_notices >= w->server->conf->http.max_waiting) {
		log_ctx_warn(log, "%s: too many wait already: not told", what);
		return;
	}
	n = xzalloc(sizeof(*n));
	OBJ_INIT(n, NOTICE_MAGIC);
	n->web = w;
	n->what = what;
	n->request = *rq;
	n->request.url = xstrdup(rq->url);
	n->request.type = xstrdup(rq->type);
	n->request.body = xstrdup(rq->body);
	n->request.header = xstrdup(rq->header);
	strncpy(n->call, log->id, sizeof(n->call) - 1);
	DL_APPEND(w->notices, n);
	w->n_notices++;
	send_notice(n);
}
