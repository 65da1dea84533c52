#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/http.h"
#include "support/httpd.h"

#define MAX_ANSWER (64 * 1024)

/* A server and a client on one loop, whose clock runs as the system's does
 * but can be moved on. */
struct bench {
	int64_t skew_ms;
	struct loop *loop;
	struct httpd *web;
	struct http *http;
	struct http_conf conf;
};

static int64_t skewed_clock(void *arg)
{
	const struct bench *b = arg;

	return clock_mono_ms() + b->skew_ms;
}

static int set_up(void **state)
{
	struct bench *b = xzalloc(sizeof(*b));

	b->conf = (struct http_conf){ .max_transfers = 4,
		                      .max_transfers_of_host = 3,
		                      .max_waiting = 4,
		                      .max_answer = MAX_ANSWER,
		                      .connect_ms = 2000,
		                      .max_redirects = 3 };
	assert_int_equal(loop_create(&b->loop, skewed_clock, b), 0);
	httpd_create(&b->web, b->loop);
	assert_int_equal(http_create(&b->http, b->loop, &b->conf), 0);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	if (b->http) {
		assert_int_equal(http_gauges(b->http).live, 0);
		assert_int_equal(http_gauges(b->http).waiting, 0);
	}
	http_destroy(&b->http);
	httpd_destroy(&b->web);
	assert_int_equal(timers_count(loop_timers(b->loop)), 0);
	loop_destroy(&b->loop);
	free(b);
	return 0;
}

/* Another client, with what the test changed in b->conf. */
static void again(struct bench *b)
{
	http_destroy(&b->http);
	assert_int_equal(http_create(&b->http, b->loop, &b->conf), 0);
}

struct result { /* what was heard */
	struct http_transfer *transfer;
	unsigned calls;
	int status;
	char *body, *type, *failure, *where;
	size_t len;
};

static void note(const struct http_answer *a, void *arg)
{
	struct result *r = arg;

	r->transfer = NULL;
	r->calls++;
	r->status = a->status;
	r->body = xstrdup(a->body);
	r->type = xstrdup(a->type);
	r->failure = xstrdup(a->failure);
	r->where = xstrdup(a->where);
	r->len = a->len;
}

static void forget(struct result *r)
{
	free(r->body);
	free(r->type);
	free(r->failure);
	free(r->where);
	memset(r, 0, sizeof(*r));
}

static char *url_of(struct bench *b, const char *path)
{
	return xasprintf("http://127.0.0.1:%u%s", httpd_port(b->web), path);
}

static int ask(struct bench *b, struct result *r, const char *path)
{
	char *url = url_of(b, path);
	struct http_request rq = { .url = url, .timeout_ms = 5000 };
	int rc;

	forget(r);
	rc = http_send(&r->transfer, b->http, &rq, note, r);
	free(url);
	return rc;
}

static void wait_for(struct bench *b, struct result *r)
{
	int64_t until = clock_mono_ms() + 20000;

	while (r->calls == 0 && clock_mono_ms() < until)
		loop_turn(b->loop, 100);
	assert_int_equal(r->calls, 1);
	assert_null(r->transfer);
}

static void get(struct bench *b, struct result *r, const char *path)
{
	assert_int_equal(ask(b, r, path), 0);
	wait_for(b, r);
}

static void turn_ms(struct bench *b, int64_t ms)
{
	int64_t until = clock_mono_ms() + ms;

	while (clock_mono_ms() < until)
		loop_turn(b->loop, 5);
}

static void wait_for_requests(struct bench *b, size_t n)
{
	int64_t until = clock_mono_ms() + 20000;

	while (httpd_count(b->web) < n && clock_mono_ms() < until)
		loop_turn(b->loop, 100);
	assert_int_equal(httpd_count(b->web), n);
}

static void wait_until_all_have_left(struct bench *b)
{
	int64_t until = clock_mono_ms() + 20000;

	while (httpd_connections(b->web) > 0 && clock_mono_ms() < until)
		loop_turn(b->loop, 100);
	assert_int_equal(httpd_connections(b->web), 0);
}

/* --- what goes well -------------------------------------------------------- */

static void an_answer_comes_whole(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put(b->web, "/flow", "Content-Type: application/json\r\n", "{}");
	get(b, &r, "/flow?a=b");
	assert_null(r.failure);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body, "{}");
	assert_int_equal(r.len, 2);
	assert_string_equal(r.type, "application/json");
	assert_memory_equal(httpd_request(b->web, 0),
	                    "GET /flow?a=b HTTP/1.1\r\n", 24);
	assert_null(strstr(httpd_request(b->web, 0), "Accept-Encoding"));
	forget(&r);
}

static void an_answer_in_chunks_comes_whole(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_ANSWERS,
	            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	            "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
	get(b, &r, "/");
	assert_null(r.failure);
	assert_string_equal(r.body, "hello world");
	forget(&r);
}

static void a_failure_of_the_server_is_an_answer(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_ANSWERS,
	            "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops");
	get(b, &r, "/");
	assert_null(r.failure);
	assert_int_equal(r.status, 500);
	get(b, &r, "/nowhere");
	assert_int_equal(r.status, 404);
	assert_string_equal(r.type, "");
	forget(&r);
}

static void a_body_is_posted_or_put(void **state)
{
	static const char *const lines[] = { "X-Account-ID: a1" };
	struct bench *b = *state;
	char *url = url_of(b, "/");
	struct http_request rq = { .verb = HTTP_POST,
		                   .url = url,
		                   .content_type = "application/json",
		                   .body = "{\"a\":1}",
		                   .headers = lines,
		                   .n_headers = 1,
		                   .timeout_ms = 5000 };
	struct result r = { 0 };
	const char *got;

	httpd_put(b->web, "/", NULL, "ok");
	assert_int_equal(http_send(&r.transfer, b->http, &rq, note, &r), 0);
	wait_for(b, &r);
	got = httpd_request(b->web, 0);
	assert_memory_equal(got, "POST / HTTP/1.1\r\n", 17);
	assert_non_null(strstr(got, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(got, "\r\nX-Account-ID: a1\r\n"));
	assert_non_null(strstr(got, "\r\n\r\n{\"a\":1}"));
	forget(&r);
	rq.verb = HTTP_PUT;
	assert_int_equal(http_send(&r.transfer, b->http, &rq, note, &r), 0);
	wait_for(b, &r);
	assert_memory_equal(httpd_request(b->web, 1), "PUT / HTTP/1.1\r\n", 16);
	forget(&r);
	free(url);
}

static void a_redirect_is_followed(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/old", HTTPD_ANSWERS,
	            "HTTP/1.1 302 Found\r\nLocation: /new\r\n"
	            "Content-Length: 3\r\n\r\nold");
	httpd_put(b->web, "/new", NULL, "new");
	get(b, &r, "/old");
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body, "new");
	forget(&r);
}

static void a_name_is_resolved(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };
	char *url = xasprintf("http://localhost:%u/", httpd_port(b->web));
	struct http_request rq = { .url = url, .timeout_ms = 5000 };

	httpd_put(b->web, "/", NULL, "home");
	assert_int_equal(http_send(&r.transfer, b->http, &rq, note, &r), 0);
	wait_for(b, &r);
	assert_null(r.failure);
	assert_string_equal(r.body, "home");
	forget(&r);
	free(url);
}

static void what_is_secret_in_a_url_is_not_for_logs(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };
	char *url = xasprintf("http://me:pw@127.0.0.1:%u/p?token=1#x",
	                      httpd_port(b->web));
	char *shown = url_of(b, "/p");
	struct http_request rq = { .url = url, .timeout_ms = 5000 };

	assert_int_equal(http_send(&r.transfer, b->http, &rq, note, &r), 0);
	wait_for(b, &r);
	assert_string_equal(r.where, shown);
	assert_non_null(strstr(httpd_request(b->web, 0), "/p?token=1 "));
	forget(&r);
	free(shown);
	free(url);
}

/* --- what goes wrong ---------------------------------------------------------- */

static void only_web_addresses_are_asked(void **state)
{
	static const char *const urls[] = {
		"", "x", "/etc/passwd", "file:///etc/passwd", "ftp://h/",
		"gopher://h/", "http://", "http:// h/", "http://h:99999/",
		"http://h/\n", "dict://h/d:x", "//h/",
	};
	struct bench *b = *state;
	struct result r = { 0 };

	for (size_t i = 0; i < NELEM(urls); i++) {
		struct http_request rq = { .url = urls[i],
			                   .timeout_ms = 5000 };

		assert_int_equal(http_send(&r.transfer, b->http, &rq, note,
		                           &r), -EINVAL);
	}
	assert_int_equal(r.calls, 0);
}

static void a_redirect_leaves_the_web_for_nothing(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_ANSWERS,
	            "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
	            "Content-Length: 0\r\n\r\n");
	get(b, &r, "/");
	assert_non_null(r.failure);
	assert_int_equal(r.len, 0);
	forget(&r);
}

static void redirects_in_a_circle_come_to_an_end(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_ANSWERS,
	            "HTTP/1.1 302 Found\r\nLocation: /\r\n"
	            "Content-Length: 0\r\n\r\n");
	get(b, &r, "/");
	assert_non_null(r.failure);
	assert_int_equal(httpd_count(b->web), 1 + b->conf.max_redirects);
	forget(&r);
}

static void redirects_are_not_followed_when_none_may_be(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	b->conf.max_redirects = 0;
	again(b);
	httpd_put_raw(b->web, "/", HTTPD_ANSWERS,
	            "HTTP/1.1 302 Found\r\nLocation: /x\r\n"
	            "Content-Length: 0\r\n\r\n");
	get(b, &r, "/");
	assert_int_equal(r.status, 302);
	assert_int_equal(httpd_count(b->web), 1);
	forget(&r);
}

static void who_hangs_is_left(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_HANGS, "");
	assert_int_equal(ask(b, &r, "/"), 0);
	wait_for_requests(b, 1);
	assert_int_equal(r.calls, 0);
	b->skew_ms += 3000;
	turn_ms(b, 20);
	assert_int_equal(r.calls, 0);
	b->skew_ms += 2000;
	wait_for(b, &r);
	assert_string_equal(r.failure, "no whole answer in time");
	assert_int_equal(r.status, 0);
	wait_until_all_have_left(b);
	forget(&r);
}

static void who_drips_is_left(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_DRIPS,
	            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
	            "{ \"module\": \"device\", ");
	assert_int_equal(ask(b, &r, "/"), 0);
	for (int i = 0; i < 100 && r.calls == 0; i++) {
		b->skew_ms += 100;
		turn_ms(b, 2);
	}
	wait_for(b, &r);
	assert_string_equal(r.failure, "no whole answer in time");
	forget(&r);
}

static void who_talks_without_end_is_cut_short(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_FLOODS,
	            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	get(b, &r, "/");
	assert_string_equal(r.failure, "the answer is too long");
	assert_true(r.len <= MAX_ANSWER);
	forget(&r);
}

static void ten_megabytes_are_not_even_read(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_FLOODS,
	            "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n");
	get(b, &r, "/");
	assert_non_null(r.failure);
	assert_int_equal(r.len, 0);
	forget(&r);
}

static void an_answer_may_have_as_many_bytes_as_are_allowed(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };
	char *text = xmalloc(MAX_ANSWER + 2);

	memset(text, 'x', MAX_ANSWER + 1);
	text[MAX_ANSWER] = '\0';
	httpd_put(b->web, "/fits", NULL, text);
	text[MAX_ANSWER] = 'x';
	text[MAX_ANSWER + 1] = '\0';
	httpd_put(b->web, "/not", NULL, text);
	get(b, &r, "/fits");
	assert_null(r.failure);
	assert_int_equal(r.len, MAX_ANSWER);
	get(b, &r, "/not");
	assert_non_null(r.failure);
	forget(&r);
	free(text);
}

static void headers_without_end_are_cut_short(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_FLOODS_HEADERS, "HTTP/1.1 200 OK\r\n");
	get(b, &r, "/");
	assert_string_equal(r.failure, "its headers are too long");
	forget(&r);
}

static void half_an_answer_is_none(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_CLOSES,
	            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
	get(b, &r, "/");
	assert_non_null(r.failure);
	forget(&r);
}

static void what_is_no_http_is_no_answer(void **state)
{
	static const char *const answers[] = { "", "\r\n\r\n", "hello\r\n",
		                               "SIP/2.0 200 OK\r\n\r\n",
		                               "\x16\x03\x01\x02" };
	struct bench *b = *state;
	struct result r = { 0 };

	for (size_t i = 0; i < NELEM(answers); i++) {
		httpd_put_raw(b->web, "/", HTTPD_CLOSES, answers[i]);
		get(b, &r, "/");
		assert_non_null(r.failure);
	}
	forget(&r);
}

/* It waits for the end of what it takes for a request's head. */
static void who_does_not_speak_tls_is_left(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };
	char *url = xasprintf("https://127.0.0.1:%u/", httpd_port(b->web));
	struct http_request rq = { .url = url, .timeout_ms = 5000 };

	assert_int_equal(http_send(&r.transfer, b->http, &rq, note, &r), 0);
	for (int i = 0; i < 100 && r.calls == 0; i++) {
		b->skew_ms += 100;
		turn_ms(b, 2);
	}
	wait_for(b, &r);
	assert_non_null(r.failure);
	assert_int_equal(r.status, 0);
	forget(&r);
	free(url);
}

static void nobody_there_is_told_at_once(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };
	char *url = url_of(b, "/");
	struct http_request rq = { .url = url, .timeout_ms = 5000 };

	httpd_destroy(&b->web);
	assert_int_equal(http_send(&r.transfer, b->http, &rq, note, &r), 0);
	assert_int_equal(r.calls, 0); /* never within http_send() */
	wait_for(b, &r);
	assert_non_null(r.failure);
	assert_int_equal(r.status, 0);
	forget(&r);
	free(url);
}

static void denied_networks_are_not_connected_to(void **state)
{
	struct bench *b = *state;
	struct net denied[2];
	struct result r = { 0 };

	assert_int_equal(net_parse(&denied[0], "127.0.0.0/8"), 0);
	assert_int_equal(net_parse(&denied[1], "::1"), 0);
	b->conf.denied = denied;
	b->conf.n_denied = 2;
	again(b);
	get(b, &r, "/");
	assert_string_equal(r.failure, "its address is denied");
	assert_int_equal(httpd_count(b->web), 0);
	forget(&r);
	again(b);
}

static void a_denied_address_may_not_be_written_otherwise(void **state)
{
	static const char *const hosts[] = { "[::ffff:127.0.0.1]", "127.1",
		                             "2130706433", "0x7f000001",
		                             "localhost", "0177.0.0.1" };
	struct bench *b = *state;
	struct net denied[2];
	struct result r = { 0 };

	assert_int_equal(net_parse(&denied[0], "127.0.0.0/8"), 0);
	assert_int_equal(net_parse(&denied[1], "::1"), 0);
	b->conf.denied = denied;
	b->conf.n_denied = 2;
	again(b);
	for (size_t i = 0; i < NELEM(hosts); i++) {
		char *url = xasprintf("http://%s:%u/", hosts[i],
		                      httpd_port(b->web));
		struct http_request rq = { .url = url, .timeout_ms = 5000 };

		forget(&r);
		assert_int_equal(http_send(&r.transfer, b->http, &rq, note,
		                           &r), 0);
		wait_for(b, &r);
		assert_non_null(r.failure);
		free(url);
	}
	assert_int_equal(httpd_count(b->web), 0);
	forget(&r);
	http_destroy(&b->http);
}

/* 127.0.0.1 is allowed and sends elsewhere. */
static void a_redirect_to_a_denied_network_is_not_followed(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };
	struct net denied;
	char *page = xasprintf("HTTP/1.1 302 Found\r\n"
	                       "Location: http://127.0.0.2:%u/secret\r\n"
	                       "Content-Length: 0\r\n\r\n",
	                       httpd_port(b->web));

	assert_int_equal(net_parse(&denied, "127.0.0.2"), 0);
	b->conf.denied = &denied;
	b->conf.n_denied = 1;
	again(b);
	httpd_put_raw(b->web, "/", HTTPD_ANSWERS, page);
	get(b, &r, "/");
	assert_string_equal(r.failure, "its address is denied");
	assert_int_equal(httpd_count(b->web), 1);
	forget(&r);
	free(page);
}

/* --- limits and second thoughts -------------------------------------------------- */

static void a_cancelled_transfer_closes_its_connection(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_HANGS, "");
	assert_int_equal(ask(b, &r, "/"), 0);
	wait_for_requests(b, 1);
	assert_int_equal(httpd_connections(b->web), 1);
	http_cancel(&r.transfer);
	assert_null(r.transfer);
	assert_int_equal(http_gauges(b->http).live, 0);
	wait_until_all_have_left(b);
	assert_int_equal(r.calls, 0);
	http_cancel(&r.transfer);
}

static void a_transfer_may_be_cancelled_before_it_has_begun(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };
	char *url = xasprintf("http://localhost:%u/", httpd_port(b->web));
	struct http_request rq = { .url = url, .timeout_ms = 5000 };

	assert_int_equal(http_send(&r.transfer, b->http, &rq, note, &r), 0);
	http_cancel(&r.transfer);
	assert_int_equal(http_send(&r.transfer, b->http, &rq, note, &r), 0);
	loop_turn(b->loop, 0); /* a thread asks for the name */
	http_cancel(&r.transfer);
	turn_ms(b, 50);
	assert_int_equal(r.calls, 0);
	free(url);
}

static void those_without_room_wait_and_then_go(void **state)
{
	struct bench *b = *state;
	struct result r[8] = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_HANGS, "");
	httpd_put(b->web, "/quick", NULL, "ok");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ask(b, &r[i], "/"), 0);
	for (size_t i = 3; i < 7; i++)
		assert_int_equal(ask(b, &r[i], "/quick"), 0);
	assert_int_equal(ask(b, &r[7], "/quick"), -EBUSY);
	assert_int_equal(http_gauges(b->http).live, 3);
	assert_int_equal(http_gauges(b->http).waiting, 4);
	turn_ms(b, 20);
	assert_int_equal(r[3].calls, 0);
	http_cancel(&r[1].transfer);
	for (size_t i = 3; i < 7; i++) {
		wait_for(b, &r[i]);
		assert_string_equal(r[i].body, "ok");
		forget(&r[i]);
	}
	http_cancel(&r[0].transfer);
	http_cancel(&r[2].transfer);
}

static void waiting_counts_unless_one_is_patient(void **state)
{
	struct bench *b = *state;
	struct result r[5] = { 0 };
	char *url = url_of(b, "/quick");
	struct http_request rq = { .url = url, .timeout_ms = 1000 };

	httpd_put_raw(b->web, "/", HTTPD_HANGS, "");
	httpd_put(b->web, "/quick", NULL, "ok");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ask(b, &r[i], "/"), 0);
	assert_int_equal(http_send(&r[3].transfer, b->http, &rq, note, &r[3]),
	                 0);
	rq.is_patient = true;
	assert_int_equal(http_send(&r[4].transfer, b->http, &rq, note, &r[4]),
	                 0);
	b->skew_ms += 2000;
	wait_for(b, &r[3]);
	assert_string_equal(r[3].failure, "no whole answer in time");
	assert_int_equal(r[4].calls, 0);
	http_cancel(&r[0].transfer);
	wait_for(b, &r[4]);
	assert_null(r[4].failure);
	http_cancel(&r[1].transfer);
	http_cancel(&r[2].transfer);
	forget(&r[3]);
	forget(&r[4]);
	free(url);
}

static void cancel_others(const struct http_answer *a, void *arg)
{
	struct result *r = arg;

	(void)a;
	r[0].transfer = NULL;
	r[0].calls++;
	http_cancel(&r[1].transfer);
	http_cancel(&r[2].transfer);
}

static void a_handler_may_cancel_other_transfers(void **state)
{
	struct bench *b = *state;
	struct result r[3] = { 0 };
	char *url = url_of(b, "/quick");
	struct http_request rq = { .url = url, .timeout_ms = 5000 };

	httpd_put(b->web, "/quick", NULL, "ok");
	httpd_put_raw(b->web, "/", HTTPD_HANGS, "");
	assert_int_equal(http_send(&r[0].transfer, b->http, &rq, cancel_others,
	                           r), 0);
	assert_int_equal(ask(b, &r[1], "/"), 0);
	assert_int_equal(ask(b, &r[2], "/"), 0);
	wait_for(b, &r[0]);
	turn_ms(b, 20);
	assert_int_equal(http_gauges(b->http).live, 0);
	assert_int_equal(r[1].calls, 0);
	assert_int_equal(r[2].calls, 0);
	free(url);
}

static void the_end_of_the_client_ends_all_transfers(void **state)
{
	struct bench *b = *state;
	struct result r[6] = { 0 };

	httpd_put_raw(b->web, "/", HTTPD_HANGS, "");
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(ask(b, &r[i], "/"), 0);
	wait_for_requests(b, 3);
	http_destroy(&b->http);
	wait_until_all_have_left(b);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(r[i].calls, 0);
}

static void connections_are_used_again(void **state)
{
	struct bench *b = *state;
	struct result r = { 0 };

	httpd_put(b->web, "/", NULL, "ok");
	for (int i = 0; i < 5; i++)
		get(b, &r, "/");
	assert_int_equal(httpd_connections(b->web), 1);
	forget(&r);
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(an_answer_comes_whole),
		test(an_answer_in_chunks_comes_whole),
		test(a_failure_of_the_server_is_an_answer),
		test(a_body_is_posted_or_put),
		test(a_redirect_is_followed),
		test(a_name_is_resolved),
		test(what_is_secret_in_a_url_is_not_for_logs),
		test(only_web_addresses_are_asked),
		test(a_redirect_leaves_the_web_for_nothing),
		test(redirects_in_a_circle_come_to_an_end),
		test(redirects_are_not_followed_when_none_may_be),
		test(who_hangs_is_left),
		test(who_drips_is_left),
		test(who_talks_without_end_is_cut_short),
		test(ten_megabytes_are_not_even_read),
		test(an_answer_may_have_as_many_bytes_as_are_allowed),
		test(headers_without_end_are_cut_short),
		test(half_an_answer_is_none),
		test(what_is_no_http_is_no_answer),
		test(who_does_not_speak_tls_is_left),
		test(nobody_there_is_told_at_once),
		test(denied_networks_are_not_connected_to),
		test(a_denied_address_may_not_be_written_otherwise),
		test(a_redirect_to_a_denied_network_is_not_followed),
		test(a_cancelled_transfer_closes_its_connection),
		test(a_transfer_may_be_cancelled_before_it_has_begun),
		test(those_without_room_wait_and_then_go),
		test(waiting_counts_unless_one_is_patient),
		test(a_handler_may_cancel_other_transfers),
		test(the_end_of_the_client_ends_all_transfers),
		test(connections_are_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
