/* Modules that answer a caller, keep him waiting, or give him another call. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "callflow/play.h"

#define THEN "'children': {'_': {'module': 'response', 'data': {'code': 599}}}"

struct row {
	const char *module, *data, *step;
};

static void check(struct play *p, const struct row *r, size_t i)
{
	struct buf b = { 0 };
	const char *step;

	buf_fmt(&b, "{'module': '%s', 'data': {%s}, " THEN "}", r->module,
	        r->data);
	step = play_raw(p, buf_text(&b));
	buf_free(&b);
	if (strcmp(step, r->step) != 0)
		fail_msg("row %zu: %s, not %s", i, step, r->step);
}

static void sleep_lasts_as_long_as_it_says(void **state)
{
	static const struct row rows[] = {
		{ "sleep", "'duration': 5", "wait 5000 ms" },
		{ "sleep", "'duration': 5, 'unit': 's'", "wait 5000 ms" },
		{ "sleep", "'duration': 5, 'unit': 'ms'", "wait 5 ms" },
		{ "sleep", "'duration': 5, 'unit': 'm'", "wait 300000 ms" },
		{ "sleep", "'duration': 5, 'unit': 'h'", "wait 18000000 ms" },
		{ "sleep", "'duration': 5, 'unit': 'd'", "wait 5000 ms" },
		{ "sleep", "'duration': 5, 'unit': 7", "wait 5000 ms" },
		{ "sleep", "'duration': '5'", "wait 5000 ms" },
		/* a day at most */
		{ "sleep", "'duration': 25, 'unit': 'h'", "wait 86400000 ms" },
		{ "sleep", "'duration': 1e300", "wait 86400000 ms" },
		{ "sleep", "'duration': 86400000", "wait 86400000 ms" },
		/* nothing to wait for */
		{ "sleep", "", "respond 599" },
		{ "sleep", "'duration': 0", "respond 599" },
		{ "sleep", "'duration': -5", "respond 599" },
		{ "sleep", "'duration': 5, 'skip_module': true",
		  "respond 599" },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		check(*state, &rows[i], i);
}

static void answer_and_dead_air_answer_first(void **state)
{
	static const struct row rows[] = {
		{ "answer", "", "wait answered 0 ms" },
		{ "dead_air", "", "wait answered for ever" },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		check(*state, &rows[i], i);
}

static void the_flow_goes_on_after_a_wait(void **state)
{
	struct play *p = *state;

	play_action(p, "{'module': 'sleep', 'data': {'duration': 1}, " THEN
	               "}");
	assert_string_equal(play_done(p), "respond 599");
	play_action(p, "{'module': 'sleep', 'data': {'duration': 1}}");
	assert_string_equal(play_done(p), "hangup");
}

static void a_wait_for_the_hangup_has_no_end_of_its_own(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, "{'module': 'wait_for_hangup',"
	                                   " 'data': {}, " THEN "}"),
	                    "wait for ever");
	assert_string_equal(play_gone(p), "end");
}

/* --- transfer ----------------------------------------------------------------- */

static void transfer_goes_to_another_number_for_good(void **state)
{
	static const struct row rows[] = {
		{ "transfer", "'target': '700'", "respond 401" },
		{ "transfer", "'target': '700', 'leg': 'self'",
		  "respond 401" },
		{ "transfer", "'target': '700', 'transfer_type': 'attended'",
		  "respond 401" },
		{ "transfer", "'captures': ['700'], 'leg': 'self'",
		  "respond 401" },
		/* nothing to transfer, or nowhere to */
		{ "transfer", "'target': '700', 'leg': 'bleg'",
		  "respond 599" },
		{ "transfer", "'captures': ['700']", "respond 599" },
		{ "transfer", "", "respond 599" },
		{ "transfer", "'captures': ['no_match']", "respond 599" },
		{ "transfer", "'target': '799'", "respond 599" },
		{ "transfer", "'target': 7", "respond 599" },
	};
	struct play *p = *state;

	play_put(p, "accounts/office/callflows/t.json",
	         "{'id': 't', 'numbers': ['700'], 'flow': {'module':"
	         " 'response', 'data': {'code': 401}}}");
	for (size_t i = 0; i < NELEM(rows); i++)
		check(p, &rows[i], i);
}

static void nothing_comes_back_from_a_transfer(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/callflows/t.json",
	         "{'id': 't', 'numbers': ['700'], 'flow': {'module': 'noop',"
	         " 'data': {}}}");
	play_callflow(p, "sub", "{'module': 'transfer', 'data': {'target':"
	                        " '700'}}");
	assert_string_equal(play_action(p, "{'module': 'callflow', 'data':"
	                                   " {'id': 'sub'}, " THEN "}"),
	                    "hangup");
}

static void transfers_in_a_circle_come_to_an_end(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/callflows/t.json",
	         "{'id': 't', 'numbers': ['700'], 'flow': {'module':"
	         " 'transfer', 'data': {'target': '700'}}}");
	assert_string_equal(play_action(p, "{'module': 'transfer', 'data':"
	                                   " {'target': '700'}}"),
	                    "hangup");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, play_setup, \
	                                           play_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sleep_lasts_as_long_as_it_says),
		TEST(answer_and_dead_air_answer_first),
		TEST(the_flow_goes_on_after_a_wait),
		TEST(a_wait_for_the_hangup_has_no_end_of_its_own),
		TEST(transfer_goes_to_another_number_for_good),
		TEST(nothing_comes_back_from_a_transfer),
		TEST(transfers_in_a_circle_come_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
