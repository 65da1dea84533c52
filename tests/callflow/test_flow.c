#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "callflow/play.h"

#define DEVICE(id) "{'module': 'device', 'data': {'id': '" id "'}"
#define ANSWER(code) \
	"{'module': 'response', 'data': {'code': " code ", 'message': 'x'}}"

/* --- children ------------------------------------------------------------- */

static void the_child_named_after_the_cause_comes_first(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, DEVICE("bob1") ", 'children': {"
	                                "'sip:486': " ANSWER("401") ","
	                                "'USER_BUSY': " ANSWER("402") ","
	                                "'_': " ANSWER("403") "}}"),
	                    "dial together 20s: bob1");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "respond 402 x");
}

static void the_child_named_after_the_code_comes_second(void **state)
{
	struct play *p = *state;

	play_action(p, DEVICE("bob1") ", 'children': {"
	            "'_': " ANSWER("403") ","
	            "'sip:486': " ANSWER("401") "}}");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "respond 401 x");
}

static void the_default_child_takes_every_other_failure(void **state)
{
	struct play *p = *state;
	static const char action[] = DEVICE("bob1") ", 'children': {"
		"'user_busy': " ANSWER("401") ", 'sip:48': " ANSWER("402") ","
		"'_': " ANSWER("403") "}}";

	play_action(p, action);
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "respond 403 x");
	play_start(p, "main");
	assert_string_equal(play_failed(p, "NO_ANSWER", 0), "respond 403 x");
}

static void a_failure_without_a_child_hangs_up(void **state)
{
	struct play *p = *state;

	play_action(p, DEVICE("bob1") ", 'children': {"
	            "'CALL_REJECTED': " ANSWER("401") "}}");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "hangup");
	play_action(p, DEVICE("bob1") "}");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "hangup");
	assert_null(p->step->u.cause); /* the last failed dial decides */
}

static void an_empty_child_is_no_child(void **state)
{
	struct play *p = *state;

	play_action(p, DEVICE("bob1") ", 'children': {'USER_BUSY': {},"
	            "'sip:486': {}, '_': " ANSWER("403") "}}");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "respond 403 x");
	play_action(p, DEVICE("bob1") ", 'children': {'_': {}}}");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "hangup");
}

static void a_failure_without_a_code_counts_as_600(void **state)
{
	struct play *p = *state;

	play_action(p, DEVICE("bob1") ", 'children': {"
	            "'sip:600': " ANSWER("401") "}}");
	assert_string_equal(play_failed(p, "ALLOTTED_TIMEOUT", 0),
	                    "respond 401 x");
}

static void a_failure_without_a_cause_takes_its_codes(void **state)
{
	struct play *p = *state;
	static const char action[] = DEVICE("bob1") ", 'children': {"
		"'USER_BUSY': " ANSWER("401") ","
		"'UNSPECIFIED': " ANSWER("402") "}}";

	play_action(p, action);
	assert_string_equal(play_failed(p, NULL, 486), "respond 401 x");
	play_start(p, "main");
	assert_string_equal(play_failed(p, NULL, 0), "respond 402 x");
}

static void an_error_goes_straight_to_the_default_child(void **state)
{
	struct play *p = *state;

	play_action(p, DEVICE("bob1") ", 'children': {"
	            "'UNSPECIFIED': " ANSWER("401") ","
	            "'NO_ANSWER': " ANSWER("401") ","
	            "'sip:600': " ANSWER("402") ","
	            "'_': " ANSWER("403") "}}");
	assert_string_equal(play_error(p), "respond 403 x");
	play_action(p, DEVICE("bob1") "}");
	assert_string_equal(play_error(p), "hangup");
}

static void children_of_children_run(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, DEVICE("alice1") ", 'children': {"
	                                "'_': " DEVICE("bob1") ", 'children':"
	                                " {'USER_BUSY': " DEVICE("carol1")
	                                "}}}}}"),
	                    "dial together 20s: alice1");
	assert_string_equal(play_failed(p, "NO_ANSWER", 0),
	                    "dial together 20s: bob1");
	assert_string_equal(play_failed(p, "USER_BUSY", 486),
	                    "dial together 20s: carol1");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "hangup");
	assert_string_equal(play_answered(p), "end");
}

static void two_hundred_levels_are_no_trouble(void **state)
{
	struct play *p = *state;
	struct buf b = { 0 };

	for (int i = 0; i < 200; i++)
		buf_str(&b, DEVICE("bob1") ", 'children': {'_': ");
	buf_str(&b, ANSWER("486"));
	for (int i = 0; i < 200; i++)
		buf_str(&b, "}}");
	assert_string_equal(play_raw(p, buf_text(&b)),
	                    "dial together 20s: bob1");
	buf_free(&b);
	for (int i = 0; i < 199; i++)
		assert_string_equal(play_failed(p, "USER_BUSY", 486),
		                    "dial together 20s: bob1");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "respond 486 x");
}

/* --- modules the server does not have ------------------------------------- */

static void an_unknown_module_falls_through_with_one_warning(void **state)
{
	struct play *p = *state;

	play_catch_log(p);
	assert_string_equal(
		play_action(p, "{'module': 'voicemail', 'data': {},"
	                       " 'children': {'x': " ANSWER("401") ","
	                       " '_': {'module': 'play', 'data': {},"
	                       " 'children': {'_': {'module': 'voicemail',"
	                       " 'data': {}, 'children': {'_': "
	                       ANSWER("402") "}}}}}}"),
		"respond 402 x");
	assert_int_equal(play_logged(p, "voicemail"), 1);
	assert_int_equal(play_logged(p, "'play'"), 1);
	play_start(p, "main");
	assert_int_equal(play_logged(p, "voicemail"), 2); /* one a run */
}

static void an_unknown_module_without_a_child_hangs_up(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, "{'module': 'menu', 'data': {}}"),
	                    "hangup");
}

static void a_skipped_module_falls_through(void **state)
{
	struct play *p = *state;

	assert_string_equal(
		play_action(p, "{'module': 'device', 'data': {'id': 'bob1',"
	                       " 'skip_module': true}, 'children': {'_': "
	                       ANSWER("402") "}}"),
		"respond 402 x");
	assert_string_equal(
		play_action(p, "{'module': 'device', 'data': {'id': 'bob1',"
	                       " 'skip_module': false}}"),
		"dial together 20s: bob1");
}

/* --- ends ----------------------------------------------------------------- */

static void an_answered_call_ends_the_flow(void **state)
{
	struct play *p = *state;

	play_action(p, DEVICE("bob1") ", 'children': {'_': " ANSWER("403")
	            "}}");
	assert_string_equal(play_answered(p), "end");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "end");
}

static void a_caller_who_is_gone_ends_the_flow(void **state)
{
	struct play *p = *state;

	play_callflow(p, "sub", DEVICE("bob1") "}");
	play_action(p, "{'module': 'callflow', 'data': {'id': 'sub'},"
	            " 'children': {'_': " ANSWER("403") "}}");
	assert_string_equal(play_gone(p), "end");
	assert_string_equal(play_gone(p), "end");
}

static void nothing_follows_a_final_step(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, ANSWER("404")), "respond 404 x");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "end");
	assert_string_equal(play_action(p, "{'module': 'hangup',"
	                                " 'data': {}, 'children': {'_': "
	                                ANSWER("403") "}}"),
	                    "hangup");
	assert_string_equal(play_error(p), "end");
}

static void an_empty_flow_hangs_up(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, "{}"), "hangup");
}

/* --- jumps ---------------------------------------------------------------- */

static void a_jump_comes_back_to_its_default_child(void **state)
{
	struct play *p = *state;

	play_callflow(p, "sub", DEVICE("bob1") "}");
	assert_string_equal(play_action(p, "{'module': 'callflow',"
	                                " 'data': {'id': 'sub'},"
	                                " 'children': {'_': "
	                                ANSWER("403") "}}"),
	                    "dial together 20s: bob1");
	assert_string_equal(flow_current(p->flow)->id, "sub");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "respond 403 x");
	assert_string_equal(flow_current(p->flow)->id, "main");
}

static void a_jump_comes_back_after_a_finished_call_too(void **state)
{
	struct play *p = *state;

	play_callflow(p, "sub", DEVICE("bob1") ", 'children': {'_': "
	              DEVICE("carol1") "}}}");
	play_action(p, "{'module': 'callflow', 'data': {'id': 'sub'},"
	            " 'children': {'_': " DEVICE("desk1") "}}}");
	assert_string_equal(play_answered(p), "dial together 20s: desk1");
	assert_string_equal(play_answered(p), "end");
}

static void a_jump_without_a_child_does_not_come_back(void **state)
{
	struct play *p = *state;

	play_callflow(p, "sub", DEVICE("bob1") "}");
	play_action(p, "{'module': 'callflow', 'data': {'id': 'sub'}}");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "hangup");
}

static void jumps_nest(void **state)
{
	struct play *p = *state;

	play_callflow(p, "inner", DEVICE("alice1") "}");
	play_callflow(p, "outer", "{'module': 'callflow',"
	              " 'data': {'id': 'inner'}, 'children': {'_': "
	              DEVICE("bob1") "}}}");
	play_action(p, "{'module': 'callflow', 'data': {'id': 'outer'},"
	            " 'children': {'_': " DEVICE("carol1") "}}}");
	assert_string_equal(play_error(p), "dial together 20s: bob1");
	assert_string_equal(flow_current(p->flow)->id, "outer");
	assert_string_equal(play_error(p), "dial together 20s: carol1");
	assert_string_equal(play_error(p), "hangup");
}

static void a_hangup_ends_without_coming_back(void **state)
{
	struct play *p = *state;

	play_callflow(p, "sub", "{'module': 'hangup', 'data': {}}");
	assert_string_equal(play_action(p, "{'module': 'callflow',"
	                                " 'data': {'id': 'sub'},"
	                                " 'children': {'_': "
	                                ANSWER("403") "}}"),
	                    "hangup");
}

static void a_jump_into_an_empty_flow_comes_back(void **state)
{
	struct play *p = *state;

	play_callflow(p, "sub", "{}");
	assert_string_equal(play_action(p, "{'module': 'callflow',"
	                                " 'data': {'id': 'sub'},"
	                                " 'children': {'_': "
	                                ANSWER("403") "}}"),
	                    "respond 403 x");
}

static void a_jump_to_nowhere_goes_on(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, "{'module': 'callflow',"
	                                " 'data': {'id': 'none'},"
	                                " 'children': {'_': "
	                                ANSWER("403") "}}"),
	                    "respond 403 x");
	assert_string_equal(play_action(p, "{'module': 'callflow',"
	                                " 'data': {}}"),
	                    "hangup");
}

static void a_callflow_that_jumps_to_itself_ends_after_fifty_jumps(
	void **state)
{
	struct play *p = *state;
	int dials = 0;

	assert_string_equal(play_action(p, "{'module': 'callflow',"
	                                " 'data': {'id': 'main'},"
	                                " 'children': {'_': "
	                                ANSWER("403") "}}"),
	                    "hangup");
	play_action(p, DEVICE("bob1") ", 'children': {'_': {'module':"
	            " 'callflow', 'data': {'id': 'main'}}}}");
	while (p->step->kind == FLOW_DIAL) {
		dials++;
		play_failed(p, "USER_BUSY", 486);
	}
	assert_int_equal(dials, 51); /* the first, and one a jump */
	assert_string_equal(p->text, "hangup");
}

/* --- what documents may get wrong ----------------------------------------- */

static void a_wrong_type_in_data_is_warned_about_and_ignored(void **state)
{
	struct play *p = *state;

	play_catch_log(p);
	assert_string_equal(
		play_raw(p, "{'module': 'device', 'data': {'id': 'bob1',"
	                       " 'timeout': [1], 'delay': {},"
	                       " 'can_call_self': 7, 'static_invite': true,"
	                       " 'custom_sip_headers': 'x',"
	                       " 'dial_strategy': 3}}"),
		"dial together 20s: bob1");
	assert_null(p->step->u.dial.targets[0].static_invite);
	assert_null(p->step->u.dial.targets[0].custom_sip_headers);
	assert_int_equal(play_logged(p, "'timeout' is not a number"), 1);
	assert_int_equal(play_logged(p, "'static_invite' is not"), 1);
}

static void numbers_and_truth_may_be_written_as_strings(void **state)
{
	struct play *p = *state;

	assert_string_equal(
		play_raw(p, "{'module': 'device', 'data': {'id': 'bob1',"
	                       " 'timeout': '7', 'delay': '2',"
	                       " 'suppress_clid': 'true'}}"),
		"dial together 7s: bob1+2");
	assert_true(p->step->u.dial.targets[0].suppress_clid);
}

static void absurd_durations_are_clamped(void **state)
{
	struct play *p = *state;

	assert_string_equal(
		play_raw(p, "{'module': 'device', 'data': {'id': 'bob1',"
	                       " 'timeout': 1e300, 'delay': -1e300}}"),
		"dial together 86400s: bob1");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, play_setup, play_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_child_named_after_the_cause_comes_first),
		TEST(the_child_named_after_the_code_comes_second),
		TEST(the_default_child_takes_every_other_failure),
		TEST(a_failure_without_a_child_hangs_up),
		TEST(an_empty_child_is_no_child),
		TEST(a_failure_without_a_code_counts_as_600),
		TEST(a_failure_without_a_cause_takes_its_codes),
		TEST(an_error_goes_straight_to_the_default_child),
		TEST(children_of_children_run),
		TEST(two_hundred_levels_are_no_trouble),
		TEST(an_unknown_module_falls_through_with_one_warning),
		TEST(an_unknown_module_without_a_child_hangs_up),
		TEST(a_skipped_module_falls_through),
		TEST(an_answered_call_ends_the_flow),
		TEST(a_caller_who_is_gone_ends_the_flow),
		TEST(nothing_follows_a_final_step),
		TEST(an_empty_flow_hangs_up),
		TEST(a_jump_comes_back_to_its_default_child),
		TEST(a_jump_comes_back_after_a_finished_call_too),
		TEST(a_jump_without_a_child_does_not_come_back),
		TEST(jumps_nest),
		TEST(a_hangup_ends_without_coming_back),
		TEST(a_jump_into_an_empty_flow_comes_back),
		TEST(a_jump_to_nowhere_goes_on),
		TEST(a_callflow_that_jumps_to_itself_ends_after_fifty_jumps),
		TEST(a_wrong_type_in_data_is_warned_about_and_ignored),
		TEST(numbers_and_truth_may_be_written_as_strings),
		TEST(absurd_durations_are_clamped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
