/* Modules behind feature codes: which document they change, and to what. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "callflow/play.h"

#define THEN "'children': {'_': {'module': 'response', 'data': {'code': 599}}}"

struct row {
	const char *caller, *capture, *data, *step;
};

static void check(struct play *p, const char *module, const struct row *rows,
                  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf b = { 0 };
		const char *step;

		p->caller = rows[i].caller;
		p->capture = rows[i].capture;
		buf_fmt(&b, "{'module': '%s', 'data': {%s}, " THEN "}", module,
		        rows[i].data);
		step = play_raw(p, buf_text(&b));
		buf_free(&b);
		if (strcmp(step, rows[i].step) != 0)
			fail_msg("row %zu: %s, not %s", i, step, rows[i].step);
	}
}

static void do_not_disturb_goes_by_id_then_owner_then_device(void **state)
{
	static const struct row rows[] = {
		{ "alice1", NULL, "'action': 'activate'",
		  "change user alice: do_not_disturb on" },
		{ "alice1", NULL, "'action': 'deactivate'",
		  "change user alice: do_not_disturb off" },
		{ "desk1", NULL, "'action': 'toggle'",
		  "change device desk1: do_not_disturb toggle" },
		{ "desk1", NULL, "'action': 'toggle', 'id': 'bob'",
		  "change user bob: do_not_disturb toggle" },
		{ "alice1", NULL, "'action': 'toggle', 'id': 'bob1'",
		  "change device bob1: do_not_disturb toggle" },
		/* neither a device nor a user, or nothing at all */
		{ "alice1", NULL, "'action': 'toggle', 'id': 'sales'",
		  "change user alice: do_not_disturb toggle" },
		{ "alice1", NULL, "'action': 'toggle', 'id': 'x'",
		  "change user alice: do_not_disturb toggle" },
		{ NULL, NULL, "'action': 'toggle', 'id': 'bob'",
		  "change user bob: do_not_disturb toggle" },
		/* nobody: as Kazoo, the flow stops */
		{ NULL, NULL, "'action': 'toggle'", "hangup" },
		/* nothing to do */
		{ "alice1", NULL, "", "respond 599" },
		{ "alice1", NULL, "'action': 'menu'", "respond 599" },
		{ "alice1", NULL, "'action': 5", "respond 599" },
		{ "alice1", NULL, "'action': 'toggle', 'skip_module': true",
		  "respond 599" },
	};

	check(*state, "do_not_disturb", rows, NELEM(rows));
}

static void call_waiting_goes_by_its_scope(void **state)
{
	static const struct row rows[] = {
		{ "alice1", NULL, "",
		  "change device alice1: call_waiting toggle" },
		{ "alice1", NULL, "'action': 'activate', 'scope': 'device'",
		  "change device alice1: call_waiting on" },
		{ "alice1", NULL, "'action': 'deactivate', 'scope': 'user'",
		  "change user alice: call_waiting off" },
		{ "desk1", NULL, "'scope': 'user'", "hangup" },
		{ NULL, NULL, "", "hangup" },
		{ "alice1", NULL, "'scope': 'account'", "respond 599" },
		{ "alice1", NULL, "'action': 'x'", "respond 599" },
	};

	check(*state, "call_waiting", rows, NELEM(rows));
}

static void call_forward_goes_to_what_was_dialled(void **state)
{
	static const struct row rows[] = {
		{ "alice1", "5551", "'action': 'activate'",
		  "change user alice: call_forward on 5551" },
		{ "desk1", "5551", "'action': 'activate'",
		  "change device desk1: call_forward on 5551" },
		{ "alice1", NULL, "'action': 'activate'",
		  "change user alice: call_forward on" },
		{ "alice1", NULL, "'action': 'deactivate'",
		  "change user alice: call_forward off" },
		{ "alice1", "5551", "'action': 'update'",
		  "change user alice: call_forward number 5551" },
		{ "alice1", "5551", "'action': 'toggle'",
		  "change user alice: call_forward toggle 5551" },
		{ "alice1", "5551", "'action': 'menu'", "respond 599" },
		{ "alice1", "5551", "'action': 'x'", "respond 599" },
		{ "alice1", "5551", "", "respond 599" },
		{ NULL, "5551", "'action': 'activate'", "hangup" },
	};

	check(*state, "call_forward", rows, NELEM(rows));
}

static void ring_group_toggle_is_for_the_callers_owner(void **state)
{
	static const struct row rows[] = {
		{ "alice1", NULL, "'action': 'login', 'callflow_id': 'ring'",
		  "change callflow ring: membership on of alice" },
		{ "alice1", NULL, "'action': 'logout', 'callflow_id': 'ring'",
		  "change callflow ring: membership off of alice" },
		{ "alice1", NULL, "'action': 'toggle', 'callflow_id': 'ring'",
		  "respond 599" },
		{ "alice1", NULL, "'callflow_id': 'ring'", "respond 599" },
		{ "alice1", NULL, "'action': 'login', 'callflow_id': 'x'",
		  "respond 599" },
		{ "alice1", NULL, "'action': 'login'", "respond 599" },
		{ "desk1", NULL, "'action': 'login', 'callflow_id': 'ring'",
		  "respond 599" },
		{ NULL, NULL, "'action': 'login', 'callflow_id': 'ring'",
		  "respond 599" },
	};

	play_callflow(*state, "ring",
	              "{'module': 'ring_group', 'data': {'endpoints': "
	              "['alice']}}");
	check(*state, "ring_group_toggle", rows, NELEM(rows));
}

static void manual_presence_names_what_is_shown(void **state)
{
	static const struct row rows[] = {
		{ "alice1", NULL, "'presence_id': 'night', 'status': 'busy'",
		  "lamp night busy" },
		{ "alice1", NULL, "'presence_id': 'night', 'status': 'ringing'",
		  "lamp night ringing" },
		{ "alice1", NULL, "'presence_id': 'night', 'status': 'idle'",
		  "lamp night idle" },
		{ "alice1", NULL, "'presence_id': 'night'", "lamp night idle" },
		{ "alice1", NULL,
		  "'presence_id': 'night@Office.example', 'status': 'busy'",
		  "lamp night busy" },
		{ "alice1", "12", "'status': 'busy'", "lamp 12 busy" },
		{ "alice1", "12", "'presence_id': 'night'", "lamp night idle" },
		{ NULL, NULL, "'presence_id': 'night'", "lamp night idle" },
		{ "alice1", NULL, "'status': 'busy'", "respond 599" },
		{ "alice1", NULL, "'presence_id': '@office.example'",
		  "respond 599" },
		{ "alice1", NULL, "'presence_id': 'night@other.example'",
		  "respond 599" },
		{ "alice1", NULL, "'presence_id': 'night', 'status': 'x'",
		  "respond 599" },
	};

	check(*state, "manual_presence", rows, NELEM(rows));
}

static void a_caller_is_answered_when_it_is_done(void **state)
{
	static const char toggle[] =
		"{'module': 'do_not_disturb', 'data': {'action': 'toggle'},"
		" " THEN "}";
	struct play *p = *state;

	p->caller = "alice1";
	play_action(p, toggle);
	assert_string_equal(play_done(p), "wait answered 0 ms");
	assert_string_equal(play_done(p), "respond 599");
	play_action(p, toggle);
	assert_string_equal(play_error(p), "respond 599");
	play_action(p, "{'module': 'manual_presence', 'data': {"
	               "'presence_id': 'x'}}");
	assert_string_equal(play_done(p), "wait answered 0 ms");
	assert_string_equal(play_done(p), "hangup");
}

static void an_action_that_is_not_known_is_told(void **state)
{
	struct play *p = *state;

	p->caller = "alice1";
	play_catch_log(p);
	play_raw(p, "{'module': 'do_not_disturb', 'data': {'action': 'x'}}");
	assert_int_equal(play_logged(p, "do_not_disturb: action 'x' is not "
	                                "known"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, play_setup, \
	                                           play_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(do_not_disturb_goes_by_id_then_owner_then_device),
		TEST(call_waiting_goes_by_its_scope),
		TEST(call_forward_goes_to_what_was_dialled),
		TEST(ring_group_toggle_is_for_the_callers_owner),
		TEST(manual_presence_names_what_is_shown),
		TEST(a_caller_is_answered_when_it_is_done),
		TEST(an_action_that_is_not_known_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
