/* Modules that ask and tell HTTP servers. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "callflow/play.h"

#define THEN "'children': {'_': {'module': 'response', 'data': {'code': 599}}}"
#define PIVOT(rest)                                                     \
	"{'module': 'pivot', 'data': {'voice_url': 'http://h/p'" rest   \
	"}, " THEN "}"
#define WEBHOOK(rest)                                                   \
	"{'module': 'webhook', 'data': {'uri': 'http://h/w'" rest "}, " \
	THEN "}"

static const struct flow_invite invite = {
	.call_id = "c1@10.0.0.1",
	.from_user = "desk2",
	.from_realm = "office.example",
	.to_user = "4155550100",
	.to_realm = "pbx.example",
	.realm = "pbx.example",
};

static void begin(struct play *p)
{
	p->invite = &invite;
	p->caller_name = "J\xc3\xbcrgen";
	p->caller_number = "2002";
}

/* The part of a step's text that begins with `from`. */
static const char *part(const char *step, const char *from)
{
	const char *at = strstr(step, from);

	return at ? at : step;
}

/* --- pivot: the question ----------------------------------------------------- */

static void pivot_asks_with_the_parameters_of_kazoo(void **state)
{
	struct play *p = *state;

	begin(p);
	assert_string_equal(
	        play_action(p, PIVOT("")),
	        "fetch 5000 ms GET http://h/p?Call-ID=c1%4010.0.0.1&"
	        "Account-ID=office&From=desk2&From-Realm=office.example&"
	        "To=4155550100&To-Realm=pbx.example&Request=4155550100&"
	        "Request-Realm=pbx.example&Api-Version=4.x&"
	        "Direction=inbound&Caller-ID-Name=J%C3%BCrgen&"
	        "Caller-ID-Number=2002&Language=en-us");
}

static void pivot_names_the_owner_of_the_calling_phone(void **state)
{
	struct play *p = *state;

	begin(p);
	p->caller = "bob1";
	assert_non_null(strstr(play_action(p, PIVOT("")), "&User-ID=bob&"));
}

static void pivot_tells_what_modules_changed(void **state)
{
	struct play *p = *state;

	begin(p);
	assert_non_null(strstr(
	        play_action(p, "{'module': 'set_cid', 'data':"
	                       " {'caller_id_name': 'A B',"
	                       " 'caller_id_number': '7'}, 'children': {'_': "
	                       PIVOT("") "}}"),
	        "&Caller-ID-Name=A+B&Caller-ID-Number=7&"));
}

static void pivot_without_an_invite_tells_what_it_knows(void **state)
{
	struct play *p = *state;

	p->caller_number = "2002";
	assert_string_equal(
	        play_action(p, PIVOT("")),
	        "fetch 5000 ms GET http://h/p?Account-ID=office&From=2002&"
	        "From-Realm=office.example&To=4155550100&"
	        "To-Realm=office.example&Request=4155550100&"
	        "Request-Realm=office.example&Api-Version=4.x&"
	        "Direction=inbound&Caller-ID-Number=2002&Language=en-us");
}

static void pivot_posts_a_form_or_json(void **state)
{
	struct play *p = *state;

	begin(p);
	assert_string_equal(
	        part(play_action(p, PIVOT(", 'method': 'POST'")), "POST "),
	        "POST http://h/p -> application/x-www-form-urlencoded "
	        "Call-ID=c1%4010.0.0.1&Account-ID=office&From=desk2&"
	        "From-Realm=office.example&To=4155550100&"
	        "To-Realm=pbx.example&Request=4155550100&"
	        "Request-Realm=pbx.example&Api-Version=4.x&"
	        "Direction=inbound&Caller-ID-Name=J%C3%BCrgen&"
	        "Caller-ID-Number=2002&Language=en-us");
	p->caller_name = "J\xfcrgen \"J\""; /* not UTF-8 */
	assert_string_equal(
	        part(play_action(p, PIVOT(", 'method': 'post',"
	                                  " 'req_body_format': 'json'")),
	             "POST "),
	        "POST http://h/p -> application/json "
	        "{\"Call-ID\":\"c1@10.0.0.1\",\"Account-ID\":\"office\","
	        "\"From\":\"desk2\",\"From-Realm\":\"office.example\","
	        "\"To\":\"4155550100\",\"To-Realm\":\"pbx.example\","
	        "\"Request\":\"4155550100\",\"Request-Realm\":\"pbx.example\","
	        "\"Api-Version\":\"4.x\",\"Direction\":\"inbound\","
	        "\"Caller-ID-Name\":\"J\\u00fcrgen \\\"J\\\"\","
	        "\"Caller-ID-Number\":\"2002\",\"Language\":\"en-us\"}");
}

static void pivot_options_are_as_kazoo_has_them(void **state)
{
	static const struct {
		const char *data, *step;
	} rows[] = {
		{ "", "fetch 5000 ms GET http://h/p?" },
		{ ", 'method': 'get'", "fetch 5000 ms GET " },
		{ ", 'method': 'GET'", "fetch 5000 ms GET " },
		{ ", 'method': 'Post'", "fetch 5000 ms POST " },
		/* a query is a form */
		{ ", 'req_body_format': 'json'", "fetch 5000 ms GET http://h/p?" },
		{ ", 'req_format': 'kazoo'", "fetch 5000 ms GET " },
		{ ", 'req_timeout_ms': 250", "fetch 250 ms GET " },
		{ ", 'req_timeout_ms': '250'", "fetch 250 ms GET " },
		{ ", 'req_timeout_ms': 60000", "fetch 5000 ms GET " },
		{ ", 'req_timeout_ms': 0", "fetch 5000 ms GET " },
		{ ", 'req_timeout_ms': -1", "fetch 5000 ms GET " },
		{ ", 'debug': true", "fetch debugged 5000 ms GET " },
		{ ", 'voice_url': 7", "fetch " }, /* the first counts */
		{ ", 'req_format': 'twiml'", "respond 599" },
		{ ", 'req_format': 'TwiML'", "respond 599" },
		{ ", 'skip_module': true", "respond 599" },
	};
	struct play *p = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *action = xasprintf(PIVOT("%s"), rows[i].data);
		const char *step = play_raw(p, action);

		if (strncmp(step, rows[i].step, strlen(rows[i].step)) != 0)
			fail_msg("row %zu: %s, not %s", i, step, rows[i].step);
		free(action);
	}
	assert_string_equal(play_raw(p, "{'module': 'pivot', 'data': {}, " THEN
	                                "}"), "respond 599");
}

static void twiml_is_said_not_to_be_supported(void **state)
{
	struct play *p = *state;

	play_catch_log(p);
	play_action(p, PIVOT(", 'req_format': 'twiml'"));
	assert_int_equal(play_logged(p, "req_format is twiml, which is not "
	                                "supported"), 1);
}

/* --- pivot: the answer --------------------------------------------------------- */

static void the_answer_of_a_pivot_runs_instead_of_what_follows_it(void **state)
{
	struct play *p = *state;

	play_action(p, PIVOT(""));
	assert_string_equal(
	        play_fetched(p, "application/json",
	                     "{'module': 'device', 'data': {'id': 'bob1'},"
	                     " 'children': {'USER_BUSY': {'module': 'user',"
	                     " 'data': {'id': 'alice'}}}}"),
	        "dial together 20s: bob1");
	assert_string_equal(play_failed(p, "USER_BUSY", 486),
	                    "dial together 20s: alice1 alice2");
	assert_string_equal(play_failed(p, "NO_ANSWER", 480), "hangup");
}

static void a_pivot_that_gets_no_answer_goes_on(void **state)
{
	struct play *p = *state;

	play_action(p, PIVOT(""));
	assert_string_equal(play_done(p), "respond 599");
}

static void an_answer_that_is_no_flow_goes_on(void **state)
{
	static const struct {
		const char *type, *text, *why;
	} rows[] = {
		{ NULL, "", "no flow" },
		{ NULL, "   ", "no flow" },
		{ "application/json", "oops", "not valid JSON" },
		{ NULL, "{'module': 'device'", "not valid JSON" },
		{ NULL, "{'module': 'device'} x", "not valid JSON" },
		{ NULL, "[]", "expected one object" },
		{ NULL, "[{'module': 'device'}]", "expected one object" },
		{ NULL, "'device'", "expected one object" },
		{ NULL, "7", "expected one object" },
		{ NULL, "null", "expected one object" },
		{ NULL, "{}", "has no action" },
		{ NULL, "{'data': {'id': 'bob1'}}", "has no module" },
		{ NULL, "{'flow': {'module': 'device'}}", "has no module" },
		{ NULL, "{'module': 7}", "module" },
		{ NULL, "{'module': 'device', 'data': []}", "data" },
		{ NULL, "{'module': 'device', 'data': {'id': 7}}", "data.id" },
		{ NULL, "{'module': 'device', 'children': []}", "children" },
		{ NULL, "{'module': 'x', 'children': {'_': {'data': {}}}}",
		  "children._" },
		{ NULL, "{'module': 'device', 'data': {'id': '\xff'}}",
		  "UTF-8" },
		{ NULL, "{'module': 'a', 'module': 'b'}", "stands twice" },
		{ "text/xml", "{'module': 'device'}", "TwiML" },
		{ "application/xml; charset=utf-8", "", "TwiML" },
		{ NULL, "\n <?xml version='1.0'?><Response/>", "TwiML" },
		{ NULL, "<Response><Say>hello</Say></Response>", "TwiML" },
	};
	struct play *p = *state;

	play_catch_log(p);
	for (size_t i = 0; i < NELEM(rows); i++) {
		unsigned before = play_logged(p, rows[i].why);

		play_action(p, PIVOT(""));
		assert_string_equal(play_fetched(p, rows[i].type,
		                                 rows[i].text), "respond 599");
		if (play_logged(p, rows[i].why) != before + 1)
			fail_msg("row %zu: the log does not say '%s'", i,
			         rows[i].why);
	}
}

static void an_answer_may_be_nested_as_deeply_as_a_document(void **state)
{
	struct play *p = *state;
	struct buf b = { 0 };

	/* two levels an action: itself and its children */
	for (int i = 0; i < 99; i++)
		buf_str(&b, "{'module': 'noop', 'children': {'_': ");
	buf_str(&b, "{'module': 'device', 'data': {'id': 'bob1'}}");
	for (int i = 0; i < 99; i++)
		buf_str(&b, "}}");
	play_action(p, PIVOT(""));
	assert_string_equal(play_fetched(p, NULL, buf_text(&b)),
	                    "dial together 20s: bob1");
	buf_free(&b);
	for (int i = 0; i < 100000; i++)
		buf_str(&b, "{'module': 'noop', 'children': {'_': ");
	play_action(p, PIVOT(""));
	assert_string_equal(play_fetched(p, NULL, buf_text(&b)),
	                    "respond 599");
	buf_free(&b);
}

#define SELF "{'module': 'pivot', 'data': {'voice_url': 'http://h/self'}, " \
	THEN "}"

static void pivots_in_a_circle_come_to_an_end(void **state)
{
	struct play *p = *state;
	int n = 0;

	play_action(p, SELF);
	while (p->step->kind == FLOW_FETCH) {
		assert_true(n++ < 20);
		play_fetched(p, NULL, SELF);
	}
	assert_int_equal(n, 20);
	assert_int_equal(p->step->kind, FLOW_RESPOND);
	assert_int_equal(p->step->u.respond.status, 599);
}

/* What a jump comes back to may be in an answer whose pivot is long over. */
static void a_jump_comes_back_into_an_answer(void **state)
{
	struct play *p = *state;

	play_callflow(p, "sub", "{'module': 'pivot', 'data': {'voice_url':"
	                        " 'http://h/sub'}}");
	play_action(p, PIVOT(""));
	assert_non_null(
	        strstr(play_fetched(p, NULL,
	                            "{'module': 'callflow', 'data': {'id':"
	                            " 'sub'}, 'children': {'_': {'module':"
	                            " 'device', 'data': {'id': 'bob1'}}}}"),
	               " GET http://h/sub?"));
	assert_string_equal(play_fetched(p, NULL,
	                                 "{'module': 'device', 'data':"
	                                 " {'id': 'carol1'}}"),
	                    "dial together 20s: carol1");
	assert_string_equal(play_failed(p, "NO_ANSWER", 480),
	                    "dial together 20s: bob1");
	assert_string_equal(play_failed(p, "NO_ANSWER", 480), "hangup");
}

static void an_answer_after_the_end_is_not_run(void **state)
{
	struct play *p = *state;

	play_action(p, PIVOT(""));
	assert_string_equal(play_gone(p), "end");
	assert_string_equal(play_fetched(p, NULL, "{'module': 'noop'}"),
	                    "end");
}

/* --- webhook --------------------------------------------------------------------- */

static void a_webhook_tells_of_the_call_and_goes_on(void **state)
{
	struct play *p = *state;

	begin(p);
	p->caller = "bob1";
	assert_string_equal(
	        play_action(p, WEBHOOK(", 'http_verb': 'get'")),
	        "notify 2 retries GET http://h/w?hook_event=callflow&"
	        "account_id=office&account_realm=office.example&"
	        "call_id=c1%4010.0.0.1&from=desk2%40office.example&"
	        "from_user=desk2&from_realm=office.example&"
	        "to=4155550100%40pbx.example&to_user=4155550100&"
	        "to_realm=pbx.example&request=4155550100%40pbx.example&"
	        "request_user=4155550100&request_realm=pbx.example&"
	        "authorizing_id=bob1&authorizing_type=device&owner_id=bob&"
	        "caller_id_name=J%C3%BCrgen&caller_id_number=2002&"
	        "language=en-us, X-Account-ID: office");
	assert_string_equal(play_done(p), "respond 599");
}

static void custom_data_goes_before_what_is_known(void **state)
{
	struct play *p = *state;

	begin(p);
	assert_string_equal(
	        part(play_action(p, WEBHOOK(", 'format': 'json', 'custom_data':"
	                                    " {'language': 'de', 'n': 1.5,"
	                                    " 'o': {'a': [true, 'x y']}}")),
	             "\"caller_id_number\""),
	        "\"caller_id_number\":\"2002\",\"language\":\"de\",\"n\":1.5,"
	        "\"o\":{\"a\":[true,\"x y\"]}}, X-Account-ID: office");
	assert_string_equal(
	        part(play_action(p, WEBHOOK(", 'custom_data':"
	                                    " {'language': 'de', 'n': 1.5,"
	                                    " 'z': null,"
	                                    " 'o': {'a': [true, 'x y']}}")),
	             "caller_id_number"),
	        "caller_id_number=2002&language=de&n=1.5&o%5Ba%5D%5B%5D=true&"
	        "o%5Ba%5D%5B%5D=x+y, X-Account-ID: office");
}

static void webhook_options_are_as_kazoo_has_them(void **state)
{
	static const struct {
		const char *data, *step;
	} rows[] = {
		{ "", "notify 2 retries POST http://h/w -> "
		      "application/x-www-form-urlencoded hook_event=" },
		{ ", 'format': 'json'", "notify 2 retries POST http://h/w -> "
		                        "application/json {\"hook_event\":" },
		{ ", 'format': 'form-data'", "notify 2 retries POST http://h/w"
		                             " -> application/x-www-form" },
		{ ", 'http_verb': 'put'", "notify 2 retries PUT http://h/w -" },
		{ ", 'http_verb': 'get', 'format': 'json'",
		  "notify 2 retries GET http://h/w?hook_event=" },
		{ ", 'http_verb': 'post'", "notify 2 retries POST " },
		{ ", 'retries': 0", "notify 0 retries POST " },
		{ ", 'retries': 4", "notify 4 retries POST " },
		{ ", 'retries': 9", "notify 4 retries POST " },
		{ ", 'retries': -9", "notify 0 retries POST " },
		{ ", 'custom_data': 5", "notify 2 retries POST " },
		{ ", 'skip_module': true", "respond 599" },
	};
	struct play *p = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *action = xasprintf(WEBHOOK("%s"), rows[i].data);
		const char *step = play_raw(p, action);

		if (strncmp(step, rows[i].step, strlen(rows[i].step)) != 0)
			fail_msg("row %zu: %s, not %s", i, step, rows[i].step);
		free(action);
	}
	assert_string_equal(play_raw(p, "{'module': 'webhook', " THEN "}"),
	                    "respond 599");
}

#define test(f) cmocka_unit_test_setup_teardown(f, play_setup, play_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(pivot_asks_with_the_parameters_of_kazoo),
		test(pivot_names_the_owner_of_the_calling_phone),
		test(pivot_tells_what_modules_changed),
		test(pivot_without_an_invite_tells_what_it_knows),
		test(pivot_posts_a_form_or_json),
		test(pivot_options_are_as_kazoo_has_them),
		test(twiml_is_said_not_to_be_supported),
		test(the_answer_of_a_pivot_runs_instead_of_what_follows_it),
		test(a_pivot_that_gets_no_answer_goes_on),
		test(an_answer_that_is_no_flow_goes_on),
		test(an_answer_may_be_nested_as_deeply_as_a_document),
		test(pivots_in_a_circle_come_to_an_end),
		test(a_jump_comes_back_into_an_answer),
		test(an_answer_after_the_end_is_not_run),
		test(a_webhook_tells_of_the_call_and_goes_on),
		test(custom_data_goes_before_what_is_known),
		test(webhook_options_are_as_kazoo_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
