/* http/http.c - libcurl turned by the event loop. */
#include "http/http_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"

#define MAX_IDLE 32L /* connections kept for the next to the same host */

struct http_socket {
	struct http_socket *prev, *next;
	struct loop_fd *watch; /* owned */
};

/* --- what has become of transfers ------------------------------------------ */

/* A handler may end others and begin more, but not destroy us. */
static void reap(struct http *h)
{
	struct http_transfer *t;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(h->multi, &left))) {
		CURLcode rc = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		OBJ_CHECK(t, TRANSFER_MAGIC);
		transfer_done(t, rc);
	}
	http_rearm(h);
}

static void timer_is_due(struct timer *timer, void *arg)
{
	struct http *h = arg;
	int running;

	(void)timer;
	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	reap(h);
}

/* libcurl's own clock decides what is due; when ours was early it is asked
 * again. */
void http_rearm(struct http *h)
{
	struct timers *ts = loop_timers(h->loop);
	struct line_place *p;
	long wait_ms = -1;

	while ((p = line_next(&h->line)))
		transfer_go(container_of(p, struct http_transfer, place));
	curl_multi_timeout(h->multi, &wait_ms);
	if (wait_ms < 0)
		timer_stop(ts, &h->timer);
	else
		timer_start(ts, &h->timer, wait_ms, timer_is_due, h);
}

/* --- its sockets -------------------------------------------------------------- */

static void socket_is_ready(int fd, int events, void *arg)
{
	struct http *h = arg;
	int mask = (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
	           (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0);
	int running;

	curl_multi_socket_action(h->multi, fd, mask, &running);
	reap(h);
}

static void drop_socket(struct http *h, struct http_socket *s)
{
	DL_DELETE(h->sockets, s);
	loop_unwatch(&s->watch);
	free(s);
}

static void new_socket(struct http *h, curl_socket_t fd, int events)
{
	struct http_socket *s = xzalloc(sizeof(*s));

	if (loop_watch(&s->watch, h->loop, fd, events, socket_is_ready, h) <
	    0) {
		free(s); /* the transfer's time will end it */
		return;
	}
	DL_APPEND(h->sockets, s);
	curl_multi_assign(h->multi, fd, s);
}

/* libcurl opened a socket, wants other events, or is about to close it. */
static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *arg,
                          void *known)
{
	int events = (what & CURL_POLL_IN ? LOOP_READ : 0) |
	             (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
	struct http_socket *s = known;
	struct http *h = arg;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s)
			drop_socket(h, s);
		curl_multi_assign(h->multi, fd, NULL);
	} else if (s) {
		loop_rewatch(s->watch, events);
	} else {
		new_socket(h, fd, events);
	}
	return 0;
}

/* --- life --------------------------------------------------------------------- */

int http_create(struct http **out, struct loop *l,
                const struct http_conf *conf)
{
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return -EIO;
	h = xzalloc(sizeof(*h));
	h->loop = l;
	h->conf = *conf;
	h->conf.ca = conf->ca && *conf->ca ? xstrdup(conf->ca) : NULL;
	h->line.conf = (struct line_conf){ conf->max_transfers,
		                           conf->max_transfers_of_host,
		                           conf->max_waiting };
	h->multi = curl_multi_init();
	if (!h->multi) {
		http_destroy(&h);
		return -ENOMEM;
	}
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, MAX_IDLE);
	*out = h;
	return 0;
}

void http_destroy(struct http **hp)
{
	struct http *h = *hp;

	if (!h)
		return;
	while (h->transfers)
		transfer_free(h->transfers);
	timer_stop(loop_timers(h->loop), &h->timer);
	curl_multi_cleanup(h->multi); /* NULL-safe */
	while (h->sockets)
		drop_socket(h, h->sockets);
	curl_global_cleanup();
	free((char *)h->conf.ca);
	free(h);
	*hp = NULL;
}

struct http_gauges http_gauges(const struct http *h)
{
	return (struct http_gauges){ h->line.n_live, h->line.n_waiting };
}
