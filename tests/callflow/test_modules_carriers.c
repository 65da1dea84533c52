#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "callflow/play.h"

static const char *out(struct play *p, const char *module, const char *data)
{
	char *action = xasprintf("{'module': '%s', 'data': {%s}}", module,
	                         data);
	const char *text = play_action(p, action);

	free(action);
	return text;
}

static const struct carrier_request *request(const struct play *p)
{
	assert_int_equal(p->step->kind, FLOW_CARRIERS);
	return &p->step->u.carriers;
}

static void assert_flags(const struct play *p, const char *expected)
{
	char text[200] = "";

	for (size_t i = 0; i < request(p)->n_flags; i++) {
		strcat(text, request(p)->flags[i]);
		strcat(text, " ");
	}
	assert_string_equal(text, expected);
}

static void the_global_resources_action_runs_as_written(void **state)
{
	struct play *p = *state;

	assert_string_equal(
		play_action(p, "{'module':'resources','data':{'to_did':"
	                       "'+14155550000','use_local_resources':false}}"),
		"carriers global +14155550000");
	assert_string_equal(p->step->module, "resources");
	assert_null(request(p)->hunt_account);
	assert_false(request(p)->skips_e164);
	assert_false(request(p)->ignores_early_media);
	assert_int_equal(request(p)->timeout_ms, 0);
}

static void the_local_resources_action_runs_as_written(void **state)
{
	struct play *p = *state;

	assert_string_equal(
		play_action(p, "{'module':'resources','data':{'to_did':"
	                       "'+14155550000','use_local_resources':true}}"),
		"carriers local office +14155550000");
}

static void local_resources_are_the_default(void **state)
{
	struct play *p = *state;

	assert_string_equal(out(p, "resources", ""),
	                    "carriers local office +14155550100");
}

static void offnet_is_always_global(void **state)
{
	struct play *p = *state;

	assert_string_equal(out(p, "offnet", "'use_local_resources': true,"
	                                     " 'to_did': '+1'"),
	                    "carriers global +1");
	assert_string_equal(p->step->module, "offnet");
}

static void the_number_is_as_dialled_when_asked_for(void **state)
{
	struct play *p = *state;

	assert_string_equal(out(p, "resources", "'do_not_normalize': true"),
	                    "carriers local office 4155550100");
	assert_true(request(p)->skips_e164);
	assert_string_equal(out(p, "resources", "'bypass_e164': true"),
	                    "carriers local office 4155550100");
	assert_true(request(p)->skips_e164);
	assert_string_equal(out(p, "resources", "'bypass_e164': true,"
	                                        " 'to_did': '123'"),
	                    "carriers local office 123");
}

static void a_dial_plan_of_the_device_is_applied(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/devices/desk2.json",
	         "{'id': 'desk2', 'name': 'd', 'sip': {'username': 'desk2',"
	         " 'password': 'secret'}, 'dial_plan': {'^9(\\\\d+)$':"
	         " {'prefix': '+44'}}}");
	p->dialled = p->number = "92079460000";
	assert_string_equal(out(p, "resources", ""),
	                    "carriers local office +442079460000");
	assert_int_equal(request(p)->n_flags, 0);
	assert_string_equal(out(p, "resources", "'bypass_e164': true"),
	                    "carriers local office +442079460000");
	assert_string_equal(out(p, "resources", "'do_not_normalize': true"),
	                    "carriers local office 92079460000");
	p->dialled = p->number = "12";
	assert_string_equal(play_start(p, "main"),
	                    "carriers local office 12");
}

static void the_hunt_account_is_this_one_or_one_above_it(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/account.json",
	         "{'id': 'office', 'name': 'Office', 'realm':"
	         " 'office.example', 'parent': 'reseller'}");
	play_put(p, "accounts/reseller/account.json",
	         "{'id': 'reseller', 'name': 'R', 'realm': 'r.example',"
	         " 'parent': 'master'}");
	play_put(p, "accounts/master/account.json",
	         "{'id': 'master', 'name': 'M', 'realm': 'm.example'}");
	play_put(p, "accounts/other/account.json",
	         "{'id': 'other', 'name': 'O', 'realm': 'o.example'}");
	assert_string_equal(out(p, "resources",
	                        "'hunt_account_id': 'office'"),
	                    "carriers local office +14155550100");
	assert_string_equal(out(p, "resources",
	                        "'hunt_account_id': 'master'"),
	                    "carriers local master +14155550100");
	assert_string_equal(out(p, "resources",
	                        "'hunt_account_id': 'other'"),
	                    "carriers local nowhere +14155550100");
	assert_string_equal(out(p, "resources", "'hunt_account_id': 'none'"),
	                    "carriers local nowhere +14155550100");
}

static void the_rest_of_the_action_goes_with_the_request(void **state)
{
	struct play *p = *state;

	out(p, "resources", "'timeout': 45, 'ignore_early_media': true,"
	                    " 'caller_id_type': 'emergency'");
	assert_int_equal(request(p)->timeout_ms, 45000);
	assert_true(request(p)->ignores_early_media);
	assert_non_null(request(p)->data);
}

static void flags_come_from_account_owner_device_and_action(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/account.json",
	         "{'id': 'office', 'name': 'Office', 'realm':"
	         " 'office.example', 'outbound_flags': ['fax', '']}");
	play_put(p, "accounts/office/users/bob.json",
	         "{'id': 'bob', 'first_name': 'b', 'last_name': 'b',"
	         " 'outbound_flags': {'static': ['eu', 'fax'],"
	         " 'dynamic': ['zone']}}");
	play_put(p, "accounts/office/devices/bob1.json",
	         "{'id': 'bob1', 'name': 'b', 'owner_id': 'bob', 'sip':"
	         " {'username': 'bob1', 'password': 'secret'},"
	         " 'outbound_flags': ['hd']}");
	p->caller = "bob1";
	out(p, "resources", "'outbound_flags': ['t38', 'eu']");
	assert_flags(p, "fax eu hd t38 ");
	p->caller = NULL;
	out(p, "resources", "'outbound_flags': []");
	assert_flags(p, "fax ");
}

static void a_failed_carrier_falls_to_its_children(void **state)
{
	struct play *p = *state;

	play_action(p, "{'module': 'resources', 'data': {}, 'children': {"
	            "'NO_ROUTE_DESTINATION': {'module': 'response', 'data':"
	            " {'code': 401}}, 'sip:503': {'module': 'response',"
	            " 'data': {'code': 402}}, '_': {'module': 'device',"
	            " 'data': {'id': 'bob1'}}}}");
	assert_string_equal(play_failed(p, "NO_ROUTE_DESTINATION", 404),
	                    "respond 401");
	play_start(p, "main");
	assert_string_equal(play_failed(p, "NORMAL_TEMPORARY_FAILURE", 503),
	                    "respond 402");
	play_start(p, "main");
	assert_string_equal(play_failed(p, "USER_BUSY", 486),
	                    "dial together 20s: bob1");
}

static void a_failed_carrier_without_a_child_hangs_up(void **state)
{
	struct play *p = *state;

	out(p, "offnet", "'to_did': '+1'");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "hangup");
	out(p, "offnet", "'to_did': '+1'");
	assert_string_equal(play_answered(p), "end");
}

static void the_five_actions_run_as_children_of_each_other(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/groups/sales.json",
	         "{'id': 'sales', 'name': 's', 'endpoints': {'desk1':"
	         " {'type': 'device'}}}");
	assert_string_equal(
		play_action(p,
	                    "{'module':'device','data':{'id':'bob1'},"
	                    "'children':{'_':"
	                    "{'module':'user','data':{'id':'alice'},"
	                    "'children':{'NO_ANSWER':"
	                    "{'module':'ring_group','data':{'endpoints':"
	                    "['bob1','carol','sales']},"
	                    "'children':{'sip:486':"
	                    "{'module':'resources','data':{'to_did':"
	                    "'+14155550000','use_local_resources':true},"
	                    "'children':{'_':"
	                    "{'module':'resources','data':{'to_did':"
	                    "'+14155550000','use_local_resources':false},"
	                    "'children':{'_':"
	                    "{'module':'device','data':{'id':'desk1'}}"
	                    "}}}}}}}}}}"),
		"dial together 20s: bob1");
	assert_string_equal(play_error(p),
	                    "dial together 20s: alice1 alice2");
	assert_string_equal(play_failed(p, "NO_ANSWER", 0),
	                    "dial together 20s: bob1 carol1 desk1");
	assert_string_equal(play_failed(p, "USER_BUSY", 486),
	                    "carriers local office +14155550000");
	assert_string_equal(play_failed(p, "NO_ROUTE_DESTINATION", 404),
	                    "carriers global +14155550000");
	assert_string_equal(play_failed(p, "CALL_REJECTED", 403),
	                    "dial together 20s: desk1");
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "hangup");
}

/* --- response, hangup ----------------------------------------------------- */

static void a_response_has_its_code_and_phrase(void **state)
{
	struct play *p = *state;

	assert_string_equal(out(p, "response", "'code': 603,"
	                                       " 'message': 'Not today'"),
	                    "respond 603 Not today");
	assert_string_equal(p->step->module, "response");
	assert_string_equal(out(p, "response", "'code': 302"), "respond 302");
	assert_string_equal(out(p, "response", "'message': ''"),
	                    "respond 486");
}

static void a_response_stays_a_failure_of_one_line(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_raw(p, "{'module': 'response', 'data':"
	                                " {'code': 200}}"),
	                    "respond 486");
	assert_string_equal(play_raw(p, "{'module': 'response', 'data':"
	                                " {'code': 99999999999}}"),
	                    "respond 486");
	assert_string_equal(play_raw(p, "{'module': 'response', 'data':"
	                                " {'code': 404, 'message':"
	                                " 'x\\r\\nVia: y'}}"),
	                    "respond 404");
}

static void noop_does_nothing(void **state)
{
	struct play *p = *state;

	assert_string_equal(play_action(p, "{'module': 'noop', 'data': {},"
	                                   " 'children': {'_': {'module':"
	                                   " 'response', 'data':"
	                                   " {'code': 404}}}}"),
	                    "respond 404");
	assert_string_equal(out(p, "noop", ""), "hangup");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, play_setup, play_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_global_resources_action_runs_as_written),
		TEST(the_local_resources_action_runs_as_written),
		TEST(local_resources_are_the_default),
		TEST(offnet_is_always_global),
		TEST(the_number_is_as_dialled_when_asked_for),
		TEST(a_dial_plan_of_the_device_is_applied),
		TEST(the_hunt_account_is_this_one_or_one_above_it),
		TEST(the_rest_of_the_action_goes_with_the_request),
		TEST(flags_come_from_account_owner_device_and_action),
		TEST(a_failed_carrier_falls_to_its_children),
		TEST(a_failed_carrier_without_a_child_hangs_up),
		TEST(the_five_actions_run_as_children_of_each_other),
		TEST(a_response_has_its_code_and_phrase),
		TEST(a_response_stays_a_failure_of_one_line),
		TEST(noop_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
