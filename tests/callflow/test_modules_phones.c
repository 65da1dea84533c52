#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#include "callflow/play.h"

#define DEVICE(id) "{'module': 'device', 'data': {'id': '" id "'}}"
#define USER(id)   "{'module': 'user', 'data': {'id': '" id "'}}"
/* with more data, and a child that shows when nobody was rung */
#define ELSE(module, id, more)                                             \
	"{'module': '" module "', 'data': {'id': '" id "' " more "},"      \
	" 'children': {'_': {'module': 'response', 'data': {'code': 499}}," \
	" 'UNSPECIFIED': {'module': 'hangup', 'data': {}}}}"

static const struct dial_plan *plan(const struct play *p)
{
	assert_int_equal(p->step->kind, FLOW_DIAL);
	return &p->step->u.dial;
}

/* --- device --------------------------------------------------------------- */

static void a_device_rings_for_twenty_seconds(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, DEVICE("bob1")),
	                    "dial together 20s: bob1");
	assert_string_equal(p->step->module, "device");
	assert_true(plan(p)->passes_early_media);
	assert_true(plan(p)->follows_redirect);
	assert_false(plan(p)->rings_at_once);
	assert_false(plan(p)->reject.any);
	assert_int_equal(plan(p)->reject.n_causes, 0);
}

static void a_timeout_of_zero_or_less_is_no_limit(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, ELSE("device", "bob1",
	                                        ", 'timeout': 0")),
	                    "dial together 0s: bob1");
	assert_string_equal(play_action(p, ELSE("device", "bob1",
	                                        ", 'timeout': -5")),
	                    "dial together 0s: bob1");
	assert_string_equal(play_action(p, ELSE("user", "bob",
	                                        ", 'timeout': 0")),
	                    "dial together 0s: bob1");
}

static void delay_and_strategy_of_a_device_are_kept(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, ELSE("device", "bob1",
	                                        ", 'delay': 3, 'timeout': 9,"
	                                        " 'dial_strategy': 'single'")),
	                    "dial in turn 9s: bob1+3");
}

static void a_device_that_may_not_ring_goes_to_the_default_child(void **state)
{
	static const char *const who[] = { "off1", "quiet1", "gone1", "away1",
		                           "none", "" };
	struct play *p = *state;

	for (size_t i = 0; i < NELEM(who); i++) {
		char action[400];

		snprintf(action, sizeof(action),
		         "{'module': 'device', 'data': {'id': '%s'},"
		         " 'children': {'UNSPECIFIED': {'module': 'hangup',"
		         " 'data': {}}, '_': {'module': 'response',"
		         " 'data': {'code': 499}}}}",
		         who[i]);
		assert_string_equal(play_action(p, action), "respond 499");
	}
}

static void a_device_does_not_call_itself(void **state)
{
	struct play *p = *state;

	p->caller = "desk1";
	assert_string_equal(play_action(p, ELSE("device", "desk1", "")),
	                    "respond 499");
	assert_string_equal(play_action(p, ELSE("device", "desk2", "")),
	                    "dial together 20s: desk2");
}

static void a_device_calls_itself_when_it_may(void **state)
{
	struct play *p = *state;

	p->caller = "desk1";
	assert_string_equal(play_action(p, ELSE("device", "desk1",
	                                        ", 'can_call_self': true")),
	                    "dial together 20s: desk1");
}

static void another_device_of_the_callers_owner_does_not_ring(void **state)
{
	struct play *p = *state;

	p->caller = "alice1";
	assert_string_equal(play_action(p, ELSE("device", "alice2", "")),
	                    "respond 499");
	assert_string_equal(play_action(p, ELSE("device", "alice2",
	                                        ", 'can_call_self': true")),
	                    "dial together 20s: alice2");
}

static void can_call_self_does_not_wake_a_disabled_device(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, ELSE("device", "off1",
	                                        ", 'can_call_self': true")),
	                    "respond 499");
}

static void a_carrier_is_nobody_s_self(void **state)
{
	struct play *p = *state;

	p->caller = NULL;
	assert_string_equal(play_action(p, DEVICE("desk2")),
	                    "dial together 20s: desk2");
}

static void the_same_ids_in_another_account_are_somebody_else(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/branch/account.json",
	         "{'id': 'branch', 'name': 'Branch',"
	         " 'realm': 'branch.example'}");
	play_put(p, "accounts/branch/users/alice.json",
	         "{'id': 'alice', 'first_name': 'a', 'last_name': 'b'}");
	play_put(p, "accounts/branch/devices/alice1.json",
	         "{'id': 'alice1', 'name': 'a', 'owner_id': 'alice', 'sip':"
	         " {'username': 'alice1', 'password': 'secret'},"
	         " 'outbound_flags': ['x'], 'dial_plan': {'^(.*)$':"
	         " {'prefix': '9'}}}");
	p->caller = "alice1";
	p->home = "branch";
	assert_string_equal(play_action(p, USER("alice")),
	                    "dial together 20s: alice1 alice2");
	assert_string_equal(play_action(p, DEVICE("alice1")),
	                    "dial together 20s: alice1");
	assert_string_equal(play_action(p, "{'module': 'resources',"
	                                   " 'data': {}}"),
	                    "carriers local office +14155550100");
	assert_int_equal(p->step->u.carriers.n_flags, 0);
}

static void what_an_action_says_of_the_leg_goes_with_it(void **state)
{
	struct play *p = *state;
	const struct dial_target *t;

	play_put(p, "accounts/office/devices/bob1.json",
	         "{'id': 'bob1', 'name': 'b', 'owner_id': 'bob', 'sip':"
	         " {'username': 'bob1', 'password': 'secret',"
	         " 'static_invite': '700'}, 'media': {'progress_timeout': 6}}");
	play_action(p, DEVICE("bob1"));
	t = &plan(p)->targets[0];
	assert_string_equal(t->static_invite, "700");
	assert_false(t->suppress_clid);
	assert_int_equal(t->progress_timeout_ms, 6000);
	play_action(p, ELSE("device", "bob1",
	                    ", 'static_invite': '800', 'suppress_clid': true,"
	                    " 'custom_sip_headers': {'X-Test': 'yes'}"));
	t = &plan(p)->targets[0];
	assert_string_equal(t->static_invite, "800");
	assert_true(t->suppress_clid);
	assert_true(cJSON_HasObjectItem(t->custom_sip_headers, "X-Test"));
}

static void a_device_may_refuse_early_media(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/devices/bob1.json",
	         "{'id': 'bob1', 'name': 'b', 'sip':"
	         " {'username': 'bob1', 'password': 'secret'},"
	         " 'media': {'ignore_early_media': true}}");
	play_action(p, DEVICE("bob1"));
	assert_false(plan(p)->passes_early_media);
}

/* --- user ----------------------------------------------------------------- */

static void a_user_s_devices_all_ring(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, USER("alice")),
	                    "dial together 20s: alice1 alice2");
	assert_string_equal(p->step->module, "user");
	assert_false(plan(p)->passes_early_media);
	assert_true(plan(p)->follows_redirect);
	assert_true(plan(p)->rings_at_once);
}

static void a_user_s_devices_may_ring_in_turn(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, ELSE("user", "alice",
	                                        ", 'strategy': 'single',"
	                                        " 'timeout': 30,"
	                                        " 'delay': 2")),
	                    "dial in turn 30s: alice1+2 alice2+2");
	assert_true(plan(p)->passes_early_media);
	assert_false(plan(p)->rings_at_once);
}

static void a_user_without_devices_goes_to_the_default_child(void **state)
{
	static const char *const who[] = { "nobody", "away", "gone", "none",
		                           "bob1" };
	struct play *p = *state;

	for (size_t i = 0; i < NELEM(who); i++) {
		char action[300];

		snprintf(action, sizeof(action),
		         "{'module': 'user', 'data': {'id': '%s'}, 'children':"
		         " {'_': {'module': 'response',"
		         " 'data': {'code': 499}}}}",
		         who[i]);
		assert_string_equal(play_action(p, action), "respond 499");
	}
}

static void users_do_not_call_themselves(void **state)
{
	struct play *p = *state;

	p->caller = "alice1";
	assert_string_equal(play_action(p, ELSE("user", "alice", "")),
	                    "respond 499");
	assert_string_equal(play_action(p, ELSE("user", "alice",
	                                        ", 'can_call_self': true")),
	                    "dial together 20s: alice1 alice2");
	assert_string_equal(play_action(p, USER("bob")),
	                    "dial together 20s: bob1");
}

static void an_unusable_device_of_a_user_is_left_out(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/devices/alice1.json",
	         "{'id': 'alice1', 'name': 'a', 'owner_id': 'alice',"
	         " 'enabled': false, 'sip': {'username': 'alice1',"
	         " 'password': 'secret'}}");
	assert_string_equal(play_action(p, USER("alice")),
	                    "dial together 20s: alice2");
}

static void a_device_somebody_logged_in_to_is_theirs(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/devices/alice2.json",
	         "{'id': 'alice2', 'name': 'a', 'owner_id': 'alice',"
	         " 'hotdesk': {'users': {'bob': {}}},"
	         " 'sip': {'username': 'alice2', 'password': 'secret'}}");
	assert_string_equal(play_action(p, USER("alice")),
	                    "dial together 20s: alice1");
	assert_string_equal(play_action(p, USER("bob")),
	                    "dial together 20s: alice2 bob1");
	p->caller = "bob1"; /* the same owner, now */
	assert_string_equal(play_action(p, ELSE("device", "alice2", "")),
	                    "respond 499");
	p->caller = "alice1";
	assert_string_equal(play_action(p, DEVICE("alice2")),
	                    "dial together 20s: alice2");
}

static void an_account_s_do_not_disturb_is_everybody_s(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/account.json",
	         "{'id': 'office', 'name': 'Office', 'realm':"
	         " 'office.example', 'do_not_disturb': {'enabled': true}}");
	assert_string_equal(play_action(p, ELSE("device", "bob1", "")),
	                    "respond 499");
}

/* --- fail_on_single_reject ------------------------------------------------ */

static const struct single_reject *reject(struct play *p, const char *value)
{
	char action[400];

	snprintf(action, sizeof(action),
	         "{'module': 'user', 'data': {'id': 'alice',"
	         " 'fail_on_single_reject': %s}}",
	         value);
	play_raw(p, action);
	return &plan(p)->reject;
}

static void every_failure_may_end_the_attempt(void **state)
{
	struct play *p = *state;

	assert_true(single_reject_ends(reject(p, "true"), "USER_BUSY"));
	assert_true(single_reject_ends(reject(p, "'true'"), "NO_ANSWER"));
	assert_false(single_reject_ends(reject(p, "false"), "USER_BUSY"));
	assert_false(single_reject_ends(reject(p, "null"), "USER_BUSY"));
	assert_false(single_reject_ends(reject(p, "[]"), "USER_BUSY"));
	assert_false(single_reject_ends(reject(p, "7"), "USER_BUSY"));
}

static void listed_causes_end_the_attempt(void **state)
{
	static const char *const lists[] = { "['USER_BUSY', 'CALL_REJECTED']",
		                             "'USER_BUSY,CALL_REJECTED'",
		                             "' USER_BUSY , CALL_REJECTED,'" };
	struct play *p = *state;

	for (size_t i = 0; i < NELEM(lists); i++) {
		const struct single_reject *r = reject(p, lists[i]);

		assert_int_equal(r->n_causes, 2);
		assert_string_equal(r->causes[1], "CALL_REJECTED");
		assert_true(single_reject_ends(r, "USER_BUSY"));
		assert_true(single_reject_ends(r, "CALL_REJECTED"));
		assert_false(single_reject_ends(r, "NO_ANSWER"));
	}
}

static void an_exclamation_mark_negates_the_list(void **state)
{
	static const char *const lists[] = { "'!USER_BUSY,NO_ANSWER'",
		                             "['!USER_BUSY', 'NO_ANSWER']",
		                             "['!USER_BUSY', '!NO_ANSWER']" };
	struct play *p = *state;

	for (size_t i = 0; i < NELEM(lists); i++) {
		const struct single_reject *r = reject(p, lists[i]);

		assert_false(single_reject_ends(r, "USER_BUSY"));
		assert_false(single_reject_ends(r, "NO_ANSWER"));
		assert_true(single_reject_ends(r, "CALL_REJECTED"));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, play_setup, play_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_rings_for_twenty_seconds),
		TEST(a_timeout_of_zero_or_less_is_no_limit),
		TEST(delay_and_strategy_of_a_device_are_kept),
		TEST(a_device_that_may_not_ring_goes_to_the_default_child),
		TEST(a_device_does_not_call_itself),
		TEST(a_device_calls_itself_when_it_may),
		TEST(another_device_of_the_callers_owner_does_not_ring),
		TEST(can_call_self_does_not_wake_a_disabled_device),
		TEST(a_carrier_is_nobody_s_self),
		TEST(the_same_ids_in_another_account_are_somebody_else),
		TEST(what_an_action_says_of_the_leg_goes_with_it),
		TEST(a_device_may_refuse_early_media),
		TEST(a_user_s_devices_all_ring),
		TEST(a_user_s_devices_may_ring_in_turn),
		TEST(a_user_without_devices_goes_to_the_default_child),
		TEST(users_do_not_call_themselves),
		TEST(an_unusable_device_of_a_user_is_left_out),
		TEST(a_device_somebody_logged_in_to_is_theirs),
		TEST(an_account_s_do_not_disturb_is_everybody_s),
		TEST(every_failure_may_end_the_attempt),
		TEST(listed_causes_end_the_attempt),
		TEST(an_exclamation_mark_negates_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
