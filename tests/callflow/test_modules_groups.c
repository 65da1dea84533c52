#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "callflow/play.h"

#define OTHERWISE                                                           \
	"'children': {'_': {'module': 'response', 'data': {'code': 499}}," \
	" 'CALL_REJECTED': {'module': 'response', 'data': {'code': 498}}}"

/* The first step of a ring group with these members of its data. */
static const char *ring(struct play *p, const char *data)
{
	char *action = xasprintf("{'module': 'ring_group', 'data': {%s}, "
	                         OTHERWISE "}", data);
	const char *text = play_action(p, action);

	free(action);
	return text;
}

static const char *group(struct play *p, const char *data)
{
	char *action = xasprintf("{'module': 'group', 'data': {%s}, "
	                         OTHERWISE "}", data);
	const char *text = play_action(p, action);

	free(action);
	return text;
}

static void put_group(struct play *p, const char *id, const char *rest)
{
	char *path = xasprintf("accounts/office/groups/%s.json", id);
	char *doc = xasprintf("{'id': '%s', 'name': '%s', %s}", id, id, rest);

	play_put(p, path, doc);
	free(doc);
	free(path);
}

static const struct dial_plan *plan(const struct play *p)
{
	assert_int_equal(p->step->kind, FLOW_DIAL);
	return &p->step->u.dial;
}

/* --- ring_group: who ------------------------------------------------------ */

static void a_ring_group_takes_plain_ids_of_all_kinds(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {'carol': {'type': 'user'}}");
	put_group(p, "more", "'endpoints': {'desk1': {'type': 'device'}}");
	assert_string_equal(
		play_action(p, "{'module': 'ring_group', 'data': {'endpoints':"
	                       " ['bob1', 'alice', 'sales', 'more']}}"),
		"dial together 20s: bob1 alice1 alice2 carol1 desk1");
	assert_string_equal(p->step->module, "ring_group");
	assert_false(plan(p)->passes_early_media);
	assert_false(plan(p)->follows_redirect);
	assert_true(plan(p)->rings_at_once);
}

static void a_ring_group_takes_objects(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {'carol': {'type': 'user'}}");
	assert_string_equal(
		ring(p, "'timeout': 60, 'endpoints': ["
	                "{'id': 'bob1', 'endpoint_type': 'device',"
	                " 'delay': 5, 'timeout': 10},"
	                "{'id': 'alice', 'endpoint_type': 'user',"
	                " 'timeout': 15},"
	                "{'id': 'sales', 'endpoint_type': 'group'},"
	                "{'id': 'desk1'}]"),
		"dial together 60s: alice1/15 alice2/15 carol1/20 desk1"
		" bob1+5/10");
}

static void both_forms_may_be_mixed(void **state)
{
	struct play *p = *state;

	assert_string_equal(ring(p, "'endpoints': ['bob1', {'id': 'carol',"
	                            " 'endpoint_type': 'user'}]"),
	                    "dial together 20s: bob1 carol1");
}

static void the_type_of_an_object_is_believed(void **state)
{
	struct play *p = *state;

	assert_string_equal(ring(p, "'endpoints': ['bob1', {'id': 'carol',"
	                            " 'endpoint_type': 'device'}]"),
	                    "dial together 20s: bob1");
}

static void unknown_and_odd_members_are_left_out(void **state)
{
	struct play *p = *state;

	assert_string_equal(ring(p, "'endpoints': ['none', 'bob1',"
	                            " {'id': 'none'}]"),
	                    "dial together 20s: bob1");
	assert_string_equal(play_raw(p, "{'module': 'ring_group', 'data':"
	                                " {'endpoints': ['', {}, 5, null,"
	                                " [], {'id': 6}, {'id': 'bob1',"
	                                " 'endpoint_type': 'x'}]}}"),
	                    "dial together 20s: bob1");
}

static void those_who_may_not_ring_are_left_out(void **state)
{
	struct play *p = *state;

	assert_string_equal(ring(p, "'endpoints': ['off1', 'quiet1', 'gone',"
	                            " 'away', 'gone1', 'bob1']"),
	                    "dial together 20s: bob1");
}

static void a_ring_group_with_nobody_goes_to_the_default_child(void **state)
{
	struct play *p = *state;

	assert_string_equal(ring(p, "'repeats': 3,"
	                            " 'endpoints': ['off1', 'none']"),
	                    "respond 499");
	assert_string_equal(ring(p, "'endpoints': []"), "respond 499");
	assert_string_equal(ring(p, "'name': 'x'"), "respond 499");
}

static void the_calling_device_is_left_out(void **state)
{
	struct play *p = *state;

	p->caller = "desk1";
	assert_string_equal(ring(p, "'endpoints': ['desk1', 'bob1']"),
	                    "dial together 20s: bob1");
	assert_string_equal(ring(p, "'endpoints': [{'id': 'desk1',"
	                            " 'can_call_self': true}, 'bob1']"),
	                    "dial together 20s: bob1");
}

static void the_callers_other_devices_ring_only_when_they_may(void **state)
{
	struct play *p = *state;

	p->caller = "alice1";
	assert_string_equal(ring(p, "'endpoints': ['alice', 'bob1']"),
	                    "dial together 20s: bob1");
	assert_string_equal(ring(p, "'endpoints': [{'id': 'alice',"
	                            " 'endpoint_type': 'user',"
	                            " 'can_call_self': true}, 'bob1']"),
	                    "dial together 20s: alice2 bob1");
}

static void a_member_s_options_go_with_its_leg(void **state)
{
	struct play *p = *state;

	ring(p, "'endpoints': [{'id': 'bob1', 'static_invite': '9',"
	        " 'suppress_clid': true, 'custom_sip_headers': {'X-A': 'b'}}]");
	assert_string_equal(plan(p)->targets[0].static_invite, "9");
	assert_true(plan(p)->targets[0].suppress_clid);
	assert_non_null(plan(p)->targets[0].custom_sip_headers);
}

static void a_member_rests_until_its_time(void **state)
{
	struct play *p = *state;
	char members[400];
	long long now = p->unix_s + 62167219200LL; /* gregorian */

	snprintf(members, sizeof(members),
	         "'endpoints': [{'id': 'bob1', 'disable_until': %lld},"
	         " {'id': 'desk1', 'disable_until': %lld},"
	         " {'id': 'carol', 'disable_until': 0}]",
	         now + 1, now);
	assert_string_equal(ring(p, members),
	                    "dial together 20s: desk1 carol1");
	assert_string_equal(ring(p, "'endpoints': [{'id': 'bob1',"
	                            " 'disable_until': 66269664000}]"),
	                    "respond 499");
}

static void the_same_phone_rings_once_at_the_same_time(void **state)
{
	struct play *p = *state;

	assert_string_equal(ring(p, "'endpoints': ['bob1', 'bob', 'bob1',"
	                            " {'id': 'bob1'}]"),
	                    "dial together 20s: bob1");
}

static void a_phone_named_twice_rings_for_the_longer_time(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {'bob': {'type': 'user'}}");
	assert_string_equal(ring(p, "'timeout': 30, 'endpoints':"
	                            " ['bob1', 'sales']"),
	                    "dial together 30s: bob1");
	assert_string_equal(ring(p, "'timeout': 30, 'endpoints':"
	                            " ['sales', 'bob1']"),
	                    "dial together 30s: bob1");
	assert_string_equal(ring(p, "'timeout': 30, 'endpoints':"
	                            " [{'id': 'bob1', 'timeout': 5},"
	                            " {'id': 'bob1', 'timeout': 9},"
	                            " {'id': 'bob1', 'timeout': 7}]"),
	                    "dial together 30s: bob1/9");
	assert_string_equal(ring(p, "'timeout': 30, 'strategy': 'single',"
	                            " 'endpoints': [{'id': 'bob1',"
	                            " 'timeout': 5}, 'desk1', {'id': 'bob1',"
	                            " 'timeout': 9}]"),
	                    "dial in turn 30s: bob1/5 desk1");
}

static void the_same_phone_may_ring_twice_at_different_delays(void **state)
{
	struct play *p = *state;

	assert_string_equal(ring(p, "'endpoints': [{'id': 'bob1',"
	                            " 'timeout': 5}, {'id': 'bob1',"
	                            " 'delay': 10, 'timeout': 5}]"),
	                    "dial together 20s: bob1/5 bob1+10/5");
}

static void early_birds_come_first(void **state)
{
	struct play *p = *state;

	assert_string_equal(ring(p, "'endpoints': [{'id': 'bob1',"
	                            " 'delay': 6}, {'id': 'carol1',"
	                            " 'delay': 3}, 'desk1', {'id': 'alice',"
	                            " 'delay': 3}]"),
	                    "dial together 20s: desk1 carol1+3 alice1+3"
	                    " alice2+3 bob1+6");
}

/* --- ring_group: how ------------------------------------------------------ */

static void single_rings_in_the_order_of_the_list(void **state)
{
	struct play *p = *state;

	assert_string_equal(ring(p, "'strategy': 'single', 'timeout': 45,"
	                            " 'endpoints': [{'id': 'bob1',"
	                            " 'delay': 4, 'timeout': 10},"
	                            " {'id': 'alice', 'timeout': 15},"
	                            " 'desk1']"),
	                    "dial in turn 45s: bob1+4/10 alice1/15 alice2/15"
	                    " desk1");
	assert_false(plan(p)->rings_at_once);
	assert_false(plan(p)->passes_early_media);
}

static void a_leg_s_limit_that_cannot_matter_is_dropped(void **state)
{
	struct play *p = *state;

	/* so that the end of the pass is NO_ANSWER, not the leg's */
	assert_string_equal(ring(p, "'endpoints': [{'id': 'bob1',"
	                            " 'timeout': 20}, {'id': 'desk1',"
	                            " 'delay': 5, 'timeout': 15},"
	                            " {'id': 'carol1', 'delay': 5,"
	                            " 'timeout': 14}]"),
	                    "dial together 20s: bob1 desk1+5 carol1+5/14");
	assert_string_equal(ring(p, "'timeout': 0, 'endpoints':"
	                            " [{'id': 'bob1', 'timeout': 20}]"),
	                    "dial together 0s: bob1/20");
	assert_string_equal(ring(p, "'strategy': 'single', 'endpoints':"
	                            " [{'id': 'bob1', 'delay': 5,"
	                            " 'timeout': 18}, 'desk1']"),
	                    "dial in turn 20s: bob1+5/18 desk1");
}

static void redirects_are_followed_when_asked_for(void **state)
{
	struct play *p = *state;

	ring(p, "'ignore_forward': false, 'endpoints': ['bob1']");
	assert_true(plan(p)->follows_redirect);
	ring(p, "'ignore_forward': true, 'endpoints': ['bob1']");
	assert_false(plan(p)->follows_redirect);
}

static void an_unknown_strategy_rings_all(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_raw(p, "{'module': 'ring_group', 'data':"
	                                " {'strategy': 'loud', 'endpoints':"
	                                " ['bob1', 'desk1']}}"),
	                    "dial together 20s: bob1 desk1");
}

static void weighted_random_follows_its_seed(void **state)
{
	struct play *p = *state;
	static const char data[] = "'strategy': 'weighted_random',"
		" 'endpoints': ['alice1', 'alice2', 'bob1', 'carol1',"
		" 'desk1']";
	unsigned different = 0;
	char first[200];

	snprintf(first, sizeof(first), "%s", ring(p, data));
	assert_int_equal(strncmp(first, "dial in turn 20s: ", 18), 0);
	assert_int_equal(plan(p)->n_targets, 5);
	assert_string_equal(play_start(p, "main"), first);
	for (p->seed = 2; p->seed < 12; p->seed++)
		different += strcmp(play_start(p, "main"), first) != 0;
	assert_true(different > 5);
}

static void weights_decide_who_is_likely_first(void **state)
{
	struct play *p = *state;
	unsigned heavy = 0, light = 0;

	ring(p, "'strategy': 'weighted_random', 'endpoints':"
	        " [{'id': 'bob1', 'weight': 1000}, {'id': 'desk1',"
	        " 'weight': 25}, {'id': 'carol1', 'weight': -3}]");
	for (p->seed = 1; p->seed <= 1000; p->seed++) {
		play_start(p, "main");
		heavy += strcmp(plan(p)->targets[0].device->id, "bob1") == 0;
		light += strcmp(plan(p)->targets[0].device->id, "carol1") == 0;
	}
	/* clamped to 100, 25 and 1: 794 and 8 of 1000 are expected */
	assert_in_range(heavy, 740, 850);
	assert_in_range(light, 0, 25);
}

static void the_default_weight_is_twenty(void **state)
{
	struct play *p = *state;
	unsigned first = 0;

	ring(p, "'strategy': 'weighted_random', 'endpoints':"
	        " ['bob1', {'id': 'desk1', 'weight': 80}]");
	for (p->seed = 1; p->seed <= 1000; p->seed++) {
		play_start(p, "main");
		first += strcmp(plan(p)->targets[0].device->id, "bob1") == 0;
	}
	assert_in_range(first, 150, 250); /* a fifth */
}

static void passes_are_repeated_until_a_child_claims_the_cause(void **state)
{
	struct play *p = *state;
	static const char data[] = "'repeats': 3, 'endpoints': ['bob1']";

	ring(p, data);
	assert_string_equal(play_failed(p, "NO_ANSWER", 0),
	                    "dial together 20s: bob1");
	assert_string_equal(play_failed(p, "USER_BUSY", 486),
	                    "dial together 20s: bob1");
	assert_string_equal(play_failed(p, "NO_ANSWER", 0), "respond 499");
	play_start(p, "main");
	play_failed(p, "NO_ANSWER", 0);
	assert_string_equal(play_failed(p, "CALL_REJECTED", 603),
	                    "respond 498");
}

static void nothing_to_ring_ends_the_repeats(void **state)
{
	struct play *p = *state;
	static const struct flow_outcome late = {
		.kind = OUTCOME_ERROR, .cause = "NO_ANSWER"
	};

	ring(p, "'repeats': 3, 'endpoints': ['bob1']");
	assert_string_equal(play_error(p), "respond 499");
	play_start(p, "main");
	p->step = flow_resume(p->flow, &late); /* a time-out does not */
	assert_int_equal(p->step->kind, FLOW_DIAL);
}

static void repeats_have_a_limit(void **state)
{
	struct play *p = *state;
	unsigned n = 0;

	play_raw(p, "{'module': 'ring_group', 'data': {'repeats': 1e12,"
	            " 'endpoints': ['bob1']}}");
	for (; p->step->kind == FLOW_DIAL; n++)
		play_failed(p, "NO_ANSWER", 0);
	assert_int_equal(n, 100);
	ring(p, "'repeats': 0, 'endpoints': ['bob1']");
	assert_string_equal(play_failed(p, "NO_ANSWER", 0), "respond 499");
	ring(p, "'repeats': -1, 'endpoints': ['bob1']");
	assert_string_equal(play_failed(p, "NO_ANSWER", 0), "respond 499");
}

static void passes_are_counted_anew_when_the_action_runs_again(void **state)
{
	struct play *p = *state;

	play_callflow(p, "sub", "{'module': 'ring_group', 'data':"
	              " {'repeats': 2, 'endpoints': ['bob1']}}");
	play_action(p, "{'module': 'callflow', 'data': {'id': 'sub'},"
	            " 'children': {'_': {'module': 'callflow', 'data':"
	            " {'id': 'sub'}}}}");
	for (int i = 0; i < 3; i++)
		assert_string_equal(play_failed(p, "NO_ANSWER", 0),
		                    "dial together 20s: bob1");
	assert_string_equal(play_failed(p, "NO_ANSWER", 0), "hangup");
}

static void ringback_is_said_once_not_to_be_played(void **state)
{
	struct play *p = *state;

	play_catch_log(p);
	ring(p, "'ringback': 'tone_stream://x', 'repeats': 2,"
	        " 'endpoints': ['bob1']");
	play_failed(p, "NO_ANSWER", 0);
	assert_int_equal(play_logged(p, "ringback"), 1);
}

/* --- groups in ring groups ------------------------------------------------ */

static void a_group_member_s_own_times_win(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {"
	          "'bob1': {'type': 'device', 'delay': 1, 'timeout': 2},"
	          "'desk1': {'type': 'device'}}");
	assert_string_equal(ring(p, "'timeout': 60, 'endpoints':"
	                            " [{'id': 'sales', 'delay': 3,"
	                            " 'timeout': 30}]"),
	                    "dial together 60s: bob1+1/2 desk1+3/30");
	assert_string_equal(ring(p, "'timeout': 60, 'endpoints': ['sales']"),
	                    "dial together 60s: desk1/20 bob1+1/2");
}

static void single_orders_a_group_by_its_weights(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {"
	          "'bob1': {'type': 'device'},"
	          "'desk1': {'type': 'device', 'weight': 30},"
	          "'carol': {'type': 'user', 'weight': 10},"
	          "'alice1': {'type': 'device', 'weight': 30}}");
	assert_string_equal(ring(p, "'strategy': 'single', 'timeout': 90,"
	                            " 'endpoints': ['sales']"),
	                    "dial in turn 90s: carol1/20 desk1/20 alice1/20"
	                    " bob1/20");
}

static void groups_nest(void **state)
{
	struct play *p = *state;

	put_group(p, "outer", "'endpoints': {'inner': {'type': 'group',"
	          " 'delay': 7}, 'desk1': {}}");
	put_group(p, "inner", "'endpoints': {'bob': {}, 'carol1': {}}");
	assert_string_equal(ring(p, "'timeout': 60, 'endpoints': ['outer']"),
	                    "dial together 60s: desk1/20 bob1+7/20"
	                    " carol1+7/20");
	/* devices first, within each group */
	assert_string_equal(group(p, "'id': 'outer'"),
	                    "dial together 20s: desk1 carol1+7 bob1+7");
}

static void groups_that_contain_each_other_come_to_an_end(void **state)
{
	struct play *p = *state;

	put_group(p, "one", "'endpoints': {'two': {'type': 'group',"
	          " 'delay': 1}, 'one': {'type': 'group'},"
	          " 'bob1': {'type': 'device'}}");
	put_group(p, "two", "'endpoints': {'one': {'type': 'group',"
	          " 'delay': 2}, 'desk1': {'type': 'device', 'delay': 0}}");
	ring(p, "'timeout': 60, 'endpoints': ['one']");
	assert_string_equal(p->text, "dial together 60s: desk1/20 bob1/20"
	                             " bob1+2/20");
	assert_string_equal(group(p, "'id': 'two'"),
	                    "dial together 20s: desk1 bob1+2");
}

/* Every group holds the next one twice: 2^40 ways to the phone. */
static void groups_that_fan_out_do_not_take_for_ever(void **state)
{
	struct play *p = *state;

	for (int i = 0; i < 40; i++) {
		char id[16], rest[200];

		snprintf(id, sizeof(id), "g%d", i);
		snprintf(rest, sizeof(rest),
		         "'endpoints': {'g%d': {'type': 'group'}, 'bob1':"
		         " {'type': 'device'}, 'h%d': {'type': 'group'}}",
		         i + 1, i + 1);
		put_group(p, id, rest);
		*id = 'h';
		put_group(p, id, rest);
	}
	assert_string_equal(ring(p, "'timeout': 60, 'endpoints':"
	                            " ['g0', 'g39']"),
	                    "dial together 60s: bob1/20");
}

static void a_crowd_is_cut_off(void **state)
{
	struct play *p = *state;
	struct buf b = { 0 };

	buf_str(&b, "'timeout': 9999, 'endpoints': [");
	for (int i = 0; i < 600; i++)
		buf_fmt(&b, "{'id': 'bob1', 'delay': %d},", i);
	buf_str(&b, "'desk1']");
	ring(p, buf_text(&b));
	assert_int_equal(plan(p)->n_targets, 500);
	buf_free(&b);
}

/* --- group ---------------------------------------------------------------- */

static void a_group_rings_devices_first_and_then_its_users(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {'alice': {'type': 'user'},"
	          " 'bob1': {'type': 'device', 'timeout': 9},"
	          " 'alice2': {'type': 'device'}, 'carol': {}}");
	assert_string_equal(play_action(p, "{'module': 'group', 'data':"
	                                   " {'id': 'sales'}}"),
	                    "dial together 20s: bob1/9 alice2 alice1 carol1");
	assert_string_equal(p->step->module, "group");
	assert_false(plan(p)->passes_early_media);
	assert_false(plan(p)->follows_redirect);
}

static void a_device_is_in_a_group_once(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {'bob': {'type': 'user',"
	          " 'delay': 5}, 'bob1': {'type': 'device'}}");
	assert_string_equal(group(p, "'id': 'sales'"),
	                    "dial together 20s: bob1");
}

static void the_group_s_document_wins_over_the_action(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {'desk1': {}, 'bob1': {}},"
	          " 'timeout': 33, 'strategy': 'single',"
	          " 'ignore_forward': false");
	assert_string_equal(group(p, "'id': 'sales', 'timeout': 44,"
	                             " 'strategy': 'simultaneous',"
	                             " 'ignore_forward': true"),
	                    "dial in turn 33s: desk1 bob1");
	assert_true(plan(p)->follows_redirect);
	put_group(p, "sales", "'endpoints': {'desk1': {}, 'bob1': {}}");
	assert_string_equal(group(p, "'id': 'sales', 'timeout': 44,"
	                             " 'strategy': 'single'"),
	                    "dial in turn 44s: desk1 bob1");
}

static void the_calling_device_is_left_out_of_its_group(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {'desk1': {'can_call_self': true},"
	          " 'bob1': {}}");
	p->caller = "desk1";
	assert_string_equal(group(p, "'id': 'sales'"),
	                    "dial together 20s: bob1");
	p->caller = "bob1";
	assert_string_equal(group(p, "'id': 'sales'"),
	                    "dial together 20s: desk1");
}

static void a_group_with_a_list_is_a_ring_group(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {'desk1': {}}");
	assert_string_equal(group(p, "'id': 'sales', 'repeats': 2,"
	                             " 'endpoints': ['bob1', 'carol']"),
	                    "dial together 20s: bob1 carol1");
	assert_string_equal(p->step->module, "group");
	assert_string_equal(play_failed(p, "NO_ANSWER", 0),
	                    "dial together 20s: bob1 carol1");
	assert_string_equal(play_failed(p, "NO_ANSWER", 0), "respond 499");
	assert_string_equal(group(p, "'id': 'sales', 'endpoints': []"),
	                    "dial together 20s: desk1");
}

static void a_group_rings_once(void **state)
{
	struct play *p = *state;

	put_group(p, "sales", "'endpoints': {'desk1': {}}");
	group(p, "'id': 'sales', 'repeats': 5");
	assert_string_equal(play_failed(p, "NO_ANSWER", 0), "respond 499");
}

static void a_group_of_nobody_goes_to_the_default_child(void **state)
{
	struct play *p = *state;

	put_group(p, "empty", "'endpoints': {}");
	assert_string_equal(group(p, "'id': 'empty'"), "respond 499");
	assert_string_equal(group(p, "'id': 'none'"), "respond 499");
	assert_string_equal(group(p, "'x': 1"), "respond 499");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, play_setup, play_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ring_group_takes_plain_ids_of_all_kinds),
		TEST(a_ring_group_takes_objects),
		TEST(both_forms_may_be_mixed),
		TEST(the_type_of_an_object_is_believed),
		TEST(unknown_and_odd_members_are_left_out),
		TEST(those_who_may_not_ring_are_left_out),
		TEST(a_ring_group_with_nobody_goes_to_the_default_child),
		TEST(the_calling_device_is_left_out),
		TEST(the_callers_other_devices_ring_only_when_they_may),
		TEST(a_member_s_options_go_with_its_leg),
		TEST(a_member_rests_until_its_time),
		TEST(the_same_phone_rings_once_at_the_same_time),
		TEST(a_phone_named_twice_rings_for_the_longer_time),
		TEST(the_same_phone_may_ring_twice_at_different_delays),
		TEST(early_birds_come_first),
		TEST(single_rings_in_the_order_of_the_list),
		TEST(a_leg_s_limit_that_cannot_matter_is_dropped),
		TEST(redirects_are_followed_when_asked_for),
		TEST(an_unknown_strategy_rings_all),
		TEST(weighted_random_follows_its_seed),
		TEST(weights_decide_who_is_likely_first),
		TEST(the_default_weight_is_twenty),
		TEST(passes_are_repeated_until_a_child_claims_the_cause),
		TEST(nothing_to_ring_ends_the_repeats),
		TEST(repeats_have_a_limit),
		TEST(passes_are_counted_anew_when_the_action_runs_again),
		TEST(ringback_is_said_once_not_to_be_played),
		TEST(a_group_member_s_own_times_win),
		TEST(single_orders_a_group_by_its_weights),
		TEST(groups_nest),
		TEST(groups_that_contain_each_other_come_to_an_end),
		TEST(groups_that_fan_out_do_not_take_for_ever),
		TEST(a_crowd_is_cut_off),
		TEST(a_group_rings_devices_first_and_then_its_users),
		TEST(a_device_is_in_a_group_once),
		TEST(the_group_s_document_wins_over_the_action),
		TEST(the_calling_device_is_left_out_of_its_group),
		TEST(a_group_with_a_list_is_a_ring_group),
		TEST(a_group_rings_once),
		TEST(a_group_of_nobody_goes_to_the_default_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
