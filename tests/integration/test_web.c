/* Calls whose flow asks an HTTP server what comes next, and flows that tell
 * one of their call. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "b2bua/web.h"
#include "base/mem.h"
#include "integration/office.h"
#include "support/httpd.h"

#define DEVICE(id) "{'module':'device','data':{'id':'" id "'}}"
#define CAROL      DEVICE("carol1")
#define DAVE       DEVICE("dave1")

struct scene {
	struct office *o;
	struct httpd *web;
	struct peer *caller, *carol, *dave;
	size_t wanted; /* requests */
};

static int set_up(void **state)
{
	struct scene *s = xzalloc(sizeof(*s));
	void *office;

	office_set_up(&office);
	s->o = office;
	httpd_create(&s->web, s->o->loop);
	s->caller = office_phone(s->o, "frank1");
	s->carol = office_phone(s->o, "carol1");
	s->dave = office_phone(s->o, "dave1");
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;
	void *office = s->o;

	httpd_destroy(&s->web);
	free(s);
	return office_tear_down(&office);
}

/* Number 1 pivots to `path` with more data, and then to Dave. */
static void pivot(struct scene *s, const char *path, const char *data)
{
	office_flow(s->o, "1",
	            "{'module':'pivot','data':{'voice_url':"
	            "'http://127.0.0.1:%u%s'%s},'children':{'_':" DAVE "}}",
	            httpd_port(s->web), path, data);
}

static void put(struct scene *s, const char *path, const char *json)
{
	char *text = xstrdup(json);

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	httpd_put(s->web, path, "Content-Type: application/json\r\n", text);
	free(text);
}

static bool has_asked(void *arg)
{
	const struct scene *s = arg;

	return httpd_count(s->web) >= s->wanted;
}

static void wait_for_requests(struct scene *s, size_t n)
{
	s->wanted = n;
	assert_true(settle_until(s->o->loop, has_asked, s));
	assert_int_equal(httpd_count(s->web), n);
}

static bool is_told_all(void *arg)
{
	const struct scene *s = arg;
	struct web_gauges g = web_gauges(s->o->server->web);

	return g.live + g.waiting + g.notices == 0;
}

static void wait_until_nothing_is_under_way(struct scene *s)
{
	assert_true(settle_until(s->o->loop, is_told_all, s));
}

static bool is_deserted(void *arg)
{
	const struct scene *s = arg;

	return httpd_connections(s->web) == 0;
}

/* Carol or Dave rings, is busy, and that is the end. */
static void rings_alone(struct scene *s, struct peer *p)
{
	wait_until_nothing_is_under_way(s);
	office_refuse(p, office_rings(p), 486);
	office_fails(s->caller, "486");
	peer_expect_none(s->carol);
	peer_expect_none(s->dave);
}

/* --- answers ------------------------------------------------------------------ */

static void a_pivot_rings_whom_its_server_names(void **state)
{
	struct scene *s = *state;
	struct dialog *d;
	const char *asked;
	char *id;

	pivot(s, "/flow", "");
	put(s, "/flow", CAROL);
	d = office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	wait_until_nothing_is_under_way(s);
	asked = httpd_request(s->web, 0);
	id = xasprintf("GET /flow?Call-ID=%.8s", d->call_id);
	assert_memory_equal(asked, id, strlen(id));
	free(id);
	assert_non_null(strstr(asked, "&Account-ID=hq&From=frank1&"
	                              "From-Realm=hq.test&To=1&To-Realm="));
	assert_non_null(strstr(asked, "&Request=1&Request-Realm="));
	assert_non_null(strstr(asked, "&Direction=inbound&"));
	assert_non_null(strstr(asked, "&Caller-ID-Number=frank1&"));
	office_answer(s->o, s->carol, office_rings(s->carol), s->caller);
	office_hang_up(s->caller, d, s->carol);
	peer_expect_none(s->dave);
}

static void an_answer_has_children_like_any_flow(void **state)
{
	struct scene *s = *state;

	pivot(s, "/flow", ",'method':'post','req_body_format':'json'");
	put(s, "/flow", "{'module':'device','data':{'id':'carol1'},"
	                "'children':{'USER_BUSY':" DAVE "}}");
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	wait_until_nothing_is_under_way(s);
	assert_memory_equal(httpd_request(s->web, 0), "POST /flow HTTP/1.1",
	                    19);
	assert_non_null(strstr(httpd_request(s->web, 0),
	                       "\"Account-ID\":\"hq\""));
	office_refuse(s->carol, office_rings(s->carol), 486);
	rings_alone(s, s->dave);
}

static void a_pivot_may_pivot_again(void **state)
{
	struct scene *s = *state;
	char *again = xasprintf("{'module':'pivot','data':{'voice_url':"
	                        "'http://127.0.0.1:%u/two'}}",
	                        httpd_port(s->web));

	pivot(s, "/one", "");
	put(s, "/one", again);
	put(s, "/two", CAROL);
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 2);
	rings_alone(s, s->carol);
	free(again);
}

static void a_pivot_to_itself_comes_to_an_end(void **state)
{
	struct scene *s = *state;
	char *again = xasprintf("{'module':'pivot','data':{'voice_url':"
	                        "'http://127.0.0.1:%u/x'},"
	                        "'children':{'_':" CAROL "}}",
	                        httpd_port(s->web));

	pivot(s, "/x", "");
	put(s, "/x", again);
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 20);
	rings_alone(s, s->carol);
	assert_int_equal(httpd_count(s->web), 20);
	free(again);
}

/* --- no answers ----------------------------------------------------------------- */

static void what_is_no_flow_goes_on_with_the_child(void **state)
{
	static const char flood[] = "HTTP/1.1 200 OK\r\n"
	                            "Transfer-Encoding: chunked\r\n\r\n";
	static const struct {
		enum httpd_manner manner;
		const char *answer;
	} rows[] = {
		{ HTTPD_ANSWERS, "HTTP/1.1 500 Oops\r\n"
		                 "Content-Length: 0\r\n\r\n" },
		/* a flow, but with a status that says it is none */
		{ HTTPD_ANSWERS, "HTTP/1.1 404 Not Found\r\n"
		                 "Content-Length: 19\r\n\r\n"
		                 "{\"module\":\"hangup\"}" },
		{ HTTPD_ANSWERS, "HTTP/1.1 204 No Content\r\n\r\n" },
		{ HTTPD_ANSWERS, "HTTP/1.1 200 OK\r\n"
		                 "Content-Length: 0\r\n\r\n" },
		{ HTTPD_ANSWERS, "HTTP/1.1 200 OK\r\n"
		                 "Content-Length: 4\r\n\r\noops" },
		{ HTTPD_ANSWERS, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
		                 "Content-Length: 11\r\n\r\n<Response/>" },
		/* whole, but for the length it was said to have */
		{ HTTPD_CLOSES, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
		                "{\"module\":\"hangup\"}" },
		{ HTTPD_CLOSES, "" },
		{ HTTPD_CLOSES, "what?" },
		/* not accepted, sent all the same: the bytes of nothing */
		{ HTTPD_ANSWERS, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		                 "Content-Length: 4\r\n\r\n\x1f\x8b\x08\x01" },
		{ HTTPD_FLOODS, flood },
		{ HTTPD_FLOODS, "HTTP/1.1 200 OK\r\n"
		                "Content-Length: 10485760\r\n\r\n" },
		{ HTTPD_FLOODS_HEADERS, "HTTP/1.1 200 OK\r\n" },
		{ HTTPD_ANSWERS, "HTTP/1.1 302 Found\r\nLocation: /x\r\n"
		                 "Content-Length: 0\r\n\r\n" },
		{ HTTPD_ANSWERS, "HTTP/1.1 302 Found\r\n"
		                 "Location: file:///etc/passwd\r\n"
		                 "Content-Length: 0\r\n\r\n" },
	};
	struct scene *s = *state;

	pivot(s, "/x", "");
	for (size_t i = 0; i < NELEM(rows); i++) {
		httpd_put_raw(s->web, "/x", rows[i].manner, rows[i].answer);
		office_dial(s->o, s->caller, "1");
		rings_alone(s, s->dave);
	}
}

static void nobody_to_ask_goes_on_with_the_child(void **state)
{
	static const char *const urls[] = {
		"http://127.0.0.1:1/", "https://127.0.0.1:1/",
		"file:///etc/passwd", "nonsense", "http://",
		"http://nowhere.invalid/",
	};
	struct scene *s = *state;

	for (size_t i = 0; i < NELEM(urls); i++) {
		office_flow(s->o, "1",
		            "{'module':'pivot','data':{'voice_url':'%s'},"
		            "'children':{'_':" DAVE "}}", urls[i]);
		office_dial(s->o, s->caller, "1");
		rings_alone(s, s->dave);
	}
}

static void a_server_that_hangs_is_waited_for_five_seconds(void **state)
{
	struct scene *s = *state;

	pivot(s, "/x", "");
	httpd_put_raw(s->web, "/x", HTTPD_HANGS, "");
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	office_warp(s->o, 4900);
	peer_expect_none(s->dave);
	office_warp(s->o, 200);
	rings_alone(s, s->dave);
	assert_true(settle_until(s->o->loop, is_deserted, s));
}

static void a_server_that_hangs_is_waited_for_as_the_action_says(void **state)
{
	struct scene *s = *state;

	pivot(s, "/x", ",'req_timeout_ms':1000");
	httpd_put_raw(s->web, "/x", HTTPD_HANGS, "");
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	office_warp(s->o, 900);
	peer_expect_none(s->dave);
	office_warp(s->o, 200);
	rings_alone(s, s->dave);
}

static void a_server_that_drips_is_waited_for_five_seconds(void **state)
{
	struct scene *s = *state;

	pivot(s, "/x", "");
	httpd_put_raw(s->web, "/x", HTTPD_DRIPS,
	              "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n"
	              "{\"module\":\"hangup\"}");
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	office_warp(s->o, 5100);
	rings_alone(s, s->dave);
}

/* --- second thoughts -------------------------------------------------------------- */

static void a_caller_who_gives_up_ends_the_transfer(void **state)
{
	struct scene *s = *state;
	struct dialog *d;

	pivot(s, "/x", "");
	httpd_put_raw(s->web, "/x", HTTPD_HANGS, "");
	d = office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	assert_int_equal(web_gauges(s->o->server->web).live, 1);
	peer_cancel(s->caller, d, NULL);
	peer_expect(s->caller, "200 CANCEL");
	office_fails(s->caller, "487");
	assert_int_equal(web_gauges(s->o->server->web).live, 0);
	assert_true(settle_until(s->o->loop, is_deserted, s));
	peer_expect_none(s->dave);
}

/* After a jump the flow goes on when the callee has hung up: it pivots. */
static struct dialog *talk_and_pivot(struct scene *s)
{
	const struct msg *invite;
	struct dialog *d;

	office_flow(s->o, "2", CAROL);
	office_flow(s->o, "1",
	            "{'module':'callflow','data':{'id':'flow-2'},'children':"
	            "{'_':{'module':'pivot','data':{'voice_url':"
	            "'http://127.0.0.1:%u/x'},'children':{'_':" DAVE "}}}}",
	            httpd_port(s->web));
	d = office_dial(s->o, s->caller, "1");
	invite = office_rings(s->carol);
	office_answer(s->o, s->carol, invite, s->caller);
	while (peer_poll(s->caller))
		;
	peer_bye(s->carol, peer_dialog(s->carol, invite));
	peer_expect(s->carol, "200 BYE");
	wait_for_requests(s, 1);
	return d;
}

static void an_answered_caller_who_hangs_up_ends_the_transfer(void **state)
{
	struct scene *s = *state;
	struct dialog *d;

	httpd_put_raw(s->web, "/x", HTTPD_HANGS, "");
	d = talk_and_pivot(s);
	peer_bye(s->caller, d);
	peer_expect(s->caller, "200 BYE");
	assert_int_equal(web_gauges(s->o->server->web).live, 0);
	peer_expect_none(s->dave);
}

static void a_reload_leaves_what_is_asked_as_it_was(void **state)
{
	struct scene *s = *state;

	pivot(s, "/x", "");
	httpd_put_raw(s->web, "/x", HTTPD_HANGS, "");
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	office_flow(s->o, "1", "{'module':'hangup','data':{}}");
	office_warp(s->o, 5100);
	rings_alone(s, s->dave);
}

static void a_server_that_hangs_holds_up_no_other_call(void **state)
{
	struct scene *s = *state;
	struct peer *erin = office_phone(s->o, "erin1");
	struct dialog *d;

	office_flow(s->o, "2", CAROL);
	pivot(s, "/x", "");
	httpd_put_raw(s->web, "/x", HTTPD_HANGS, "");
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	d = office_dial(s->o, erin, "2");
	office_answer(s->o, s->carol, office_rings(s->carol), erin);
	office_hang_up(erin, d, s->carol);
	office_warp(s->o, 5100);
	rings_alone(s, s->dave);
}

/* A forwarded phone's number runs a flow of its own inside the call. */
static void a_forwarded_call_may_pivot(void **state)
{
	struct scene *s = *state;

	pivot(s, "/x", "");
	put(s, "/x", DAVE);
	office_put(s->o, "accounts/hq/devices/erin1.json",
	           "{'id':'erin1','sip':{'username':'erin1',"
	           "'password':'secret'},'call_forward':{'enabled':true,"
	           "'number':'1'}}");
	office_flow(s->o, "3", DEVICE("erin1"));
	office_dial(s->o, s->caller, "3");
	wait_for_requests(s, 1);
	rings_alone(s, s->dave);
}

static void a_forwarded_call_that_is_given_up_ends_the_transfer(void **state)
{
	struct scene *s = *state;
	struct dialog *d;

	pivot(s, "/x", "");
	httpd_put_raw(s->web, "/x", HTTPD_HANGS, "");
	office_put(s->o, "accounts/hq/devices/erin1.json",
	           "{'id':'erin1','sip':{'username':'erin1',"
	           "'password':'secret'},'call_forward':{'enabled':true,"
	           "'number':'1'}}");
	office_flow(s->o, "3", "{'module':'ring_group','data':{'endpoints':"
	                       "['erin1','carol1']}}");
	d = office_dial(s->o, s->caller, "3");
	wait_for_requests(s, 1);
	office_answer(s->o, s->carol, office_rings(s->carol), s->caller);
	assert_int_equal(web_gauges(s->o->server->web).live, 0);
	office_hang_up(s->caller, d, s->carol);
	peer_expect_none(s->dave);
}

/* --- records ------------------------------------------------------------------------ */

static void the_record_goes_to_the_cdr_url(void **state)
{
	struct scene *s = *state;
	char *more = xasprintf(",'cdr_url':'http://127.0.0.1:%u/cdr'",
	                       httpd_port(s->web));
	struct dialog *d;
	const char *told;

	pivot(s, "/flow", more);
	put(s, "/flow", CAROL);
	httpd_put(s->web, "/cdr", NULL, "");
	d = office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	wait_until_nothing_is_under_way(s);
	office_warp(s->o, 2000);
	office_answer(s->o, s->carol, office_rings(s->carol), s->caller);
	office_warp(s->o, 3000);
	assert_int_equal(httpd_count(s->web), 1);
	office_hang_up(s->caller, d, s->carol);
	wait_for_requests(s, 2);
	told = httpd_request(s->web, 1);
	assert_memory_equal(told, "POST /cdr HTTP/1.1\r\n", 20);
	assert_non_null(strstr(told, "\r\n\r\nCall-ID="));
	assert_non_null(strstr(told, "&Call-Direction=inbound&"
	                             "From=frank1%40hq.test&"));
	assert_non_null(strstr(told, "&Other-Leg-Call-ID="));
	assert_non_null(strstr(told, "&Duration-Seconds=5&Ringing-Seconds=2&"
	                             "Billing-Seconds=3&"
	                             "Hangup-Cause=NORMAL_CLEARING"));
	assert_null(strstr(told, "Hangup-Code"));
	wait_until_nothing_is_under_way(s);
	free(more);
}

static void the_record_of_a_call_that_fails_has_its_code(void **state)
{
	struct scene *s = *state;
	char *more = xasprintf(",'cdr_url':'http://127.0.0.1:%u/cdr'",
	                       httpd_port(s->web));

	pivot(s, "/flow", more);
	put(s, "/flow", CAROL);
	httpd_put(s->web, "/cdr", NULL, "");
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	rings_alone(s, s->carol);
	wait_for_requests(s, 2);
	assert_non_null(strstr(httpd_request(s->web, 1),
	                       "&Billing-Seconds=0&Hangup-Cause=USER_BUSY&"
	                       "Hangup-Code=sip%3A486"));
	wait_until_nothing_is_under_way(s);
	free(more);
}

/* --- webhooks ---------------------------------------------------------------------- */

static void webhook(struct scene *s, const char *url, const char *data)
{
	office_flow(s->o, "1",
	            "{'module':'webhook','data':{'uri':'%s'%s},"
	            "'children':{'_':" DAVE "}}", url, data);
}

static char *url_of(struct scene *s, const char *path)
{
	return xasprintf("http://127.0.0.1:%u%s", httpd_port(s->web), path);
}

static void a_webhook_tells_and_the_call_goes_on(void **state)
{
	struct scene *s = *state;
	char *url = url_of(s, "/hook");
	const char *told;

	webhook(s, url, ",'format':'json','custom_data':{'team':'blue'}");
	httpd_put(s->web, "/hook", NULL, "thanks");
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	told = httpd_request(s->web, 0);
	assert_memory_equal(told, "POST /hook HTTP/1.1\r\n", 21);
	assert_non_null(strstr(told, "\r\nX-Account-ID: hq\r\n"));
	assert_non_null(strstr(told, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(told, "\"hook_event\":\"callflow\""));
	assert_non_null(strstr(told, "\"authorizing_id\":\"frank1\""));
	assert_non_null(strstr(told, "\"team\":\"blue\""));
	rings_alone(s, s->dave);
	free(url);
}

static void a_webhook_is_not_waited_for(void **state)
{
	struct scene *s = *state;
	char *url = url_of(s, "/hook");

	webhook(s, url, "");
	httpd_put_raw(s->web, "/hook", HTTPD_HANGS, "");
	office_dial(s->o, s->caller, "1");
	office_refuse(s->dave, office_rings(s->dave), 486);
	office_fails(s->caller, "486");
	wait_for_requests(s, 1);
	/* told although its call is over; and told again, as Kazoo does
	 * when no answer comes */
	assert_int_equal(web_gauges(s->o->server->web).notices, 1);
	office_warp(s->o, 10100);
	office_warp(s->o, 2100);
	wait_for_requests(s, 2);
	office_warp(s->o, 12100);
	wait_for_requests(s, 3);
	office_warp(s->o, 10100);
	wait_until_nothing_is_under_way(s);
	free(url);
}

static void a_webhook_that_was_refused_is_not_repeated(void **state)
{
	struct scene *s = *state;
	char *url = url_of(s, "/hook");

	webhook(s, url, "");
	httpd_put_raw(s->web, "/hook", HTTPD_ANSWERS,
	              "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
	office_dial(s->o, s->caller, "1");
	wait_for_requests(s, 1);
	rings_alone(s, s->dave);
	office_warp(s->o, 5000);
	assert_int_equal(httpd_count(s->web), 1);
	free(url);
}

static void a_webhook_waits_for_a_server_that_comes_back(void **state)
{
	struct scene *s = *state;
	char *url = url_of(s, "/hook");

	webhook(s, url, ",'http_verb':'put','retries':1");
	httpd_put_raw(s->web, "/hook", HTTPD_CLOSES, "");
	office_dial(s->o, s->caller, "1");
	office_refuse(s->dave, office_rings(s->dave), 486);
	office_fails(s->caller, "486");
	wait_for_requests(s, 1);
	httpd_put_raw(s->web, "/hook", HTTPD_ANSWERS,
	              "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
	office_warp(s->o, 1900);
	assert_int_equal(httpd_count(s->web), 1);
	office_warp(s->o, 200);
	wait_for_requests(s, 2);
	wait_until_nothing_is_under_way(s);
	assert_memory_equal(httpd_request(s->web, 1), "PUT /hook HTTP/1.1", 18);
	free(url);
}

static void a_webhook_without_retries_is_told_once(void **state)
{
	struct scene *s = *state;

	webhook(s, "http://127.0.0.1:1/", ",'retries':0");
	office_dial(s->o, s->caller, "1");
	rings_alone(s, s->dave);
	webhook(s, "nonsense", "");
	office_dial(s->o, s->caller, "1");
	rings_alone(s, s->dave);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pivot_rings_whom_its_server_names),
		TEST(an_answer_has_children_like_any_flow),
		TEST(a_pivot_may_pivot_again),
		TEST(a_pivot_to_itself_comes_to_an_end),
		TEST(what_is_no_flow_goes_on_with_the_child),
		TEST(nobody_to_ask_goes_on_with_the_child),
		TEST(a_server_that_hangs_is_waited_for_five_seconds),
		TEST(a_server_that_hangs_is_waited_for_as_the_action_says),
		TEST(a_server_that_drips_is_waited_for_five_seconds),
		TEST(a_caller_who_gives_up_ends_the_transfer),
		TEST(an_answered_caller_who_hangs_up_ends_the_transfer),
		TEST(a_reload_leaves_what_is_asked_as_it_was),
		TEST(a_server_that_hangs_holds_up_no_other_call),
		TEST(a_forwarded_call_may_pivot),
		TEST(a_forwarded_call_that_is_given_up_ends_the_transfer),
		TEST(the_record_goes_to_the_cdr_url),
		TEST(the_record_of_a_call_that_fails_has_its_code),
		TEST(a_webhook_tells_and_the_call_goes_on),
		TEST(a_webhook_is_not_waited_for),
		TEST(a_webhook_that_was_refused_is_not_repeated),
		TEST(a_webhook_waits_for_a_server_that_comes_back),
		TEST(a_webhook_without_retries_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
