/* http/transfer.c - one question to an HTTP server. */
#include "http/http_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/strutil.h"

#define MAX_HEADERS 65536 /* bytes, of all redirects together */

/* --- where to ------------------------------------------------------------------ */

static bool is_web(CURLU *u)
{
	char *scheme = NULL;
	bool is;

	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		return false;
	is = str_eq(scheme, "http") || str_eq(scheme, "https");
	curl_free(scheme);
	return is;
}

/* What may be logged: no password, and no query, which is full of names and
 * numbers. */
static char *shown(CURLU *u)
{
	static const CURLUPart secret[] = { CURLUPART_USER,
		                            CURLUPART_PASSWORD,
		                            CURLUPART_OPTIONS,
		                            CURLUPART_QUERY,
		                            CURLUPART_FRAGMENT };
	char *url = NULL, *copy;

	for (size_t i = 0; i < NELEM(secret); i++)
		curl_url_set(u, secret[i], NULL, 0);
	curl_url_get(u, CURLUPART_URL, &url, 0);
	copy = xstrdup(url ? url : "");
	curl_free(url);
	return copy;
}

/* The host that the line counts; NULL: nothing to ask. */
static char *host_of(const char *url, char **where)
{
	char *host = NULL, *port = NULL, *name = NULL;
	CURLU *u = curl_url();

	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    is_web(u) &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
	            CURLUE_OK) {
		str_lower(host);
		name = xasprintf("%s:%s", host, port);
		*where = shown(u);
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return name;
}

/* --- libcurl's questions --------------------------------------------------------- */

static size_t give_up(struct http_transfer *t, const char *why)
{
	t->failure = why;
	return 0; /* fewer bytes than came: libcurl ends the transfer */
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	size_t len = size * n;

	OBJ_CHECK(t, TRANSFER_MAGIC);
	if (len > t->http->conf.max_answer - t->answer.len)
		return give_up(t, "the answer is too long");
	buf_add(&t->answer, p, len);
	return len;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	size_t len = size * n;

	(void)p;
	OBJ_CHECK(t, TRANSFER_MAGIC);
	t->header_len += len;
	if (t->header_len > MAX_HEADERS)
		return give_up(t, "its headers are too long");
	return len;
}

/* Names lead anywhere, also those of a redirect: what counts is the address
 * that is about to be connected to. */
static curl_socket_t on_open(void *arg, curlsocktype purpose,
                             struct curl_sockaddr *to)
{
	struct http_transfer *t = arg;
	const struct http_conf *conf = &t->http->conf;
	struct addr a;

	OBJ_CHECK(t, TRANSFER_MAGIC);
	(void)purpose;
	if (addr_from_sockaddr(&a, &to->addr) < 0 ||
	    nets_have(conf->denied, conf->n_denied, &a)) {
		t->failure = "its address is denied";
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* --- its turn ----------------------------------------------------------------------- */

static void set_safety(struct http_transfer *t)
{
	const struct http_conf *conf = &t->http->conf;
	CURL *e = t->easy;

	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION,
	                 conf->max_redirects ? 1L : 0L);
	curl_easy_setopt(e, CURLOPT_MAXREDIRS, (long)conf->max_redirects);
	curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE,
	                 (curl_off_t)conf->max_answer);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)conf->connect_ms);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (conf->ca)
		curl_easy_setopt(e, CURLOPT_CAINFO, conf->ca);
	/* no signals; and a name that is being resolved by a thread is not
	 * waited for when nobody wants it any more */
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_PROXY, ""); /* whatever the environment */
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
}

static void set_request(struct http_transfer *t)
{
	CURL *e = t->easy;

	curl_easy_setopt(e, CURLOPT_URL, t->url);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "b2bua");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	if (t->verb == HTTP_GET)
		return;
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
	                 (curl_off_t)strlen(t->body));
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->body); /* not copied */
	if (t->verb == HTTP_PUT)
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, "PUT");
}

static void fail(struct http_transfer *t, const char *why)
{
	struct http *h = t->http;

	OBJ_CHECK(t, TRANSFER_MAGIC);
	t->failure = why;
	transfer_done(t, CURLE_ABORTED_BY_CALLBACK);
	http_rearm(h);
}

static void took_too_long(struct timer *timer, void *arg)
{
	(void)timer;
	fail(arg, "no whole answer in time");
}

static void could_not_go(struct timer *timer, void *arg)
{
	(void)timer;
	fail(arg, "libcurl has no room for it");
}

static void start_timer(struct http_transfer *t, unsigned ms, timer_fn *fn)
{
	timer_start(loop_timers(t->http->loop), &t->timer, ms, fn, t);
}

void transfer_go(struct http_transfer *t)
{
	if (t->is_patient)
		start_timer(t, t->timeout_ms, took_too_long);
	t->easy = curl_easy_init();
	if (t->easy) {
		curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
		curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
		curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
		curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
		curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
		curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
		set_safety(t);
		set_request(t);
	}
	if (!t->easy || curl_multi_add_handle(t->http->multi, t->easy) != 0)
		start_timer(t, 0, could_not_go);
}

/* --- its end ------------------------------------------------------------------------- */

void transfer_free(struct http_transfer *t)
{
	struct http *h = t->http;

	timer_stop(loop_timers(h->loop), &t->timer);
	if (t->easy)
		curl_multi_remove_handle(h->multi, t->easy);
	curl_easy_cleanup(t->easy); /* NULL-safe */
	line_leave(&h->line, &t->place);
	DL_DELETE(h->transfers, t);
	curl_slist_free_all(t->headers);
	buf_free(&t->answer);
	free(t->url);
	free(t->where);
	free(t->body);
	OBJ_KILL(t);
	free(t);
}

static const char *failure_of(const struct http_transfer *t, CURLcode rc)
{
	if (rc == CURLE_OK)
		return NULL;
	if (t->failure)
		return t->failure;
	return t->error[0] ? t->error : curl_easy_strerror(rc);
}

/* What it says is copied, for the handler may want all of it to be gone. */
void transfer_done(struct http_transfer *t, CURLcode rc)
{
	const char *type = NULL;
	const char *failure = failure_of(t, rc);
	char *why = xstrdup(failure);
	struct http_answer a = { .failure = why };
	char *kept_type, *where = t->where, *body;
	http_fn *fn = t->fn;
	void *arg = t->arg;
	long status = 0;

	if (t->easy) {
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	}
	a.status = (int)status;
	a.type = kept_type = xstrdup(type ? type : "");
	a.len = t->answer.len;
	a.body = body = buf_take(&t->answer);
	a.where = where;
	t->where = NULL;
	transfer_free(t);
	fn(&a, arg);
	free(body);
	free(where);
	free(kept_type);
	free(why);
}

/* --- for others ------------------------------------------------------------------------ */

static void add_header(struct http_transfer *t, const char *line)
{
	struct curl_slist *more = curl_slist_append(t->headers, line);

	if (more)
		t->headers = more;
}

static void copy_request(struct http_transfer *t,
                         const struct http_request *rq)
{
	t->verb = rq->verb;
	t->url = xstrdup(rq->url);
	t->timeout_ms = rq->timeout_ms;
	t->is_patient = rq->is_patient;
	for (size_t i = 0; i < rq->n_headers; i++)
		add_header(t, rq->headers[i]);
	if (rq->verb == HTTP_GET)
		return;
	t->body = xstrdup(rq->body ? rq->body : "");
	add_header(t, "Expect:"); /* it is sent at once */
	if (rq->content_type) {
		char *line = xasprintf("Content-Type: %s", rq->content_type);

		add_header(t, line);
		free(line);
	}
}

int http_send(struct http_transfer **out, struct http *h,
              const struct http_request *rq, http_fn *fn, void *arg)
{
	struct http_transfer *t;
	char *where = NULL, *host = host_of(rq->url, &where);

	if (!host)
		return -EINVAL;
	t = xzalloc(sizeof(*t));
	OBJ_INIT(t, TRANSFER_MAGIC);
	t->http = h;
	t->fn = fn;
	t->arg = arg;
	t->where = where;
	copy_request(t, rq);
	DL_APPEND(h->transfers, t);
	if (line_enter(&h->line, &t->place, host) < 0) {
		free(host);
		transfer_free(t);
		return -EBUSY;
	}
	free(host);
	if (!t->is_patient)
		start_timer(t, t->timeout_ms, took_too_long);
	if (t->place.is_live)
		transfer_go(t);
	http_rearm(h);
	*out = t;
	return 0;
}

void http_cancel(struct http_transfer **tp)
{
	struct http_transfer *t = *tp;
	struct http *h;

	*tp = NULL;
	if (!t)
		return;
	OBJ_CHECK(t, TRANSFER_MAGIC);
	h = t->http;
	transfer_free(t);
	http_rearm(h);
}
