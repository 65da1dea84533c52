#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "callflow/play.h"

/* Each child answers with a number of its own. */
#define GO(code) "{'module': 'response', 'data': {'code': " code "}}"

struct row {
	const char *caller; /* number, device or capture */
	const char *data, *end;
};

static char *action(const char *module, const char *data, const char *children)
{
	struct buf b = { 0 };

	buf_fmt(&b, "{'module': '%s', 'data': {%s}, 'children': {%s}}", module,
	        data, children);
	return buf_take(&b);
}

static void check(struct play *p, const char *module, const struct row *r,
                  size_t i, const char *children)
{
	char *flow = action(module, r->data, children);
	const char *end = play_action(p, flow);

	free(flow);
	if (strcmp(end, r->end) != 0)
		fail_msg("%s, row %zu: %s, not %s", module, i, end, r->end);
}

/* --- check_cid --------------------------------------------------------------- */

static void check_cid_branches_by_who_is_calling(void **state)
{
	struct play *p = *state;
	static const char children[] =
	        "'match': " GO("401") ", 'nomatch': " GO("402") ", '_': "
	        GO("403") ", '+14155550100': " GO("404");
	static const struct row rows[] = {
		{ "+14155550100", "", "respond 401" }, /* ".*" */
		{ NULL, "", "respond 401" },
		{ "+14155550100", "'regex': '^\\\\+1415'", "respond 401" },
		{ "+14155550100", "'regex': '0100$'", "respond 401" },
		{ "+14155550100", "'regex': '^1415'", "respond 402" },
		{ "+14155550100",
		  "'regex': '^\\\\+1415', 'use_absolute_mode': false",
		  "respond 401" },
		{ "+14155550100", "'use_absolute_mode': true", "respond 404" },
		{ "+14155550101", "'use_absolute_mode': true", "respond 403" },
		{ "+14155550100",
		  "'regex': '^9', 'use_absolute_mode': true", "respond 402" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		p->caller_number = rows[i].caller;
		check(p, "check_cid", &rows[i], i, children);
	}
}

static void check_cid_without_the_child_takes_the_default_one(void **state)
{
	struct play *p = *state;
	static const struct row rows[] = {
		{ NULL, "", "respond 403" },
		{ NULL, "'regex': '^x'", "respond 403" },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		check(p, "check_cid", &rows[i], i, "'_': " GO("403"));
}

static void check_cid_gives_a_match_another_identity(void **state)
{
	struct play *p = *state;
	static const struct row rows[] = {
		{ NULL, "'caller_id': {'external': {'name': 'Joe', 'number':"
		  " '55'}}, 'user_id': 'bob'", "Joe <55> of bob" },
		{ NULL, "'regex': 'x', 'caller_id': {'external': {'name':"
		  " 'Joe', 'number': '55'}}, 'user_id': 'bob'", "A <1>" },
		/* all three, or none */
		{ NULL, "'caller_id': {'external': {'name': 'Joe', 'number':"
		  " '55'}}", "A <1>" },
		{ NULL, "'caller_id': {'external': {'name': 'Joe'}},"
		  " 'user_id': 'bob'", "A <1>" },
		{ NULL, "'caller_id': {'external': {'number': '55'}},"
		  " 'user_id': 'bob'", "A <1>" },
	};

	p->caller_name = "A";
	p->caller_number = "1";
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *flow = action("check_cid", rows[i].data,
		                    "'match': " GO("401") ", '_': " GO("402"));

		play_action(p, flow);
		free(flow);
		assert_string_equal(play_shown(p), rows[i].end);
	}
}

static void check_cid_without_a_match_child_changes_nothing(void **state)
{
	struct play *p = *state;
	char *flow = action("check_cid",
	                    "'caller_id': {'external': {'name': 'Joe',"
	                    " 'number': '55'}}, 'user_id': 'bob'",
	                    "'_': " GO("402"));

	p->caller_name = "A";
	p->caller_number = "1";
	play_action(p, flow);
	free(flow);
	assert_string_equal(play_shown(p), "A <1>");
}

/* --- branch_variable ---------------------------------------------------------- */

#define VARIABLE(name) "'variable': '" name "'"
#define SCOPE(name) "'scope': '" name "', "

static void branch_variable_looks_where_its_scope_says(void **state)
{
	struct play *p = *state;
	static const char children[] =
	        "'office': " GO("401") ", 'desk2': " GO("402") ", 'device': "
	        GO("403") ", 'resource': " GO("404") ", 'alice': " GO("405")
	        ", 'red': " GO("406") ", 'true': " GO("407") ", '7': "
	        GO("408") ", '_': " GO("499");
	static const struct row rows[] = {
		{ "desk2", VARIABLE("account_id"), "respond 401" },
		{ "desk2", VARIABLE("Account-ID"), "respond 401" },
		{ "desk2", SCOPE("custom_channel_vars") VARIABLE(
		           "authorizing_id"), "respond 402" },
		{ "desk2", VARIABLE("authorizing_type"), "respond 403" },
		{ NULL, VARIABLE("authorizing_type"), "respond 404" },
		{ "alice1", VARIABLE("owner_id"), "respond 405" },
		{ "desk2", VARIABLE("owner_id"), "respond 499" },
		{ "desk2", VARIABLE("nothing"), "respond 499" },
		{ "alice1", SCOPE("user") VARIABLE("colour"), "respond 406" },
		{ "desk2", SCOPE("user") VARIABLE("colour"), "respond 499" },
		{ NULL, SCOPE("user") VARIABLE("colour"), "respond 499" },
		{ "alice1", SCOPE("device") VARIABLE("name"), "respond 499" },
		{ "desk2", SCOPE("device") VARIABLE("name"), "respond 402" },
		{ "desk2", SCOPE("account") VARIABLE("enabled"),
		  "respond 407" },
		{ "desk2", SCOPE("account") VARIABLE("floor"), "respond 408" },
		{ "desk2", SCOPE("account") "'variable': ['deep', 'box']",
		  "respond 406" },
		{ "desk2", SCOPE("account") VARIABLE("box"), "respond 499" },
		/* owner before device before account; then the call's */
		{ "alice1", SCOPE("merged") VARIABLE("colour"),
		  "respond 406" },
		{ "desk2", SCOPE("merged") VARIABLE("floor"), "respond 408" },
		{ "desk2", SCOPE("merged") VARIABLE("account_id"),
		  "respond 401" },
		{ NULL, SCOPE("merged") VARIABLE("floor"), "respond 499" },
		{ "desk2", "", "respond 499" },
	};

	play_put(p, "accounts/office/account.json",
	         "{'id': 'office', 'realm': 'office.example', 'enabled': true,"
	         " 'floor': 7, 'colour': 'blue', 'box': {'deep': 'red'}}");
	play_put(p, "accounts/office/users/alice.json",
	         "{'id': 'alice', 'colour': 'red'}");
	for (size_t i = 0; i < NELEM(rows); i++) {
		p->caller = rows[i].caller;
		check(p, "branch_variable", &rows[i], i, children);
	}
}

static void branch_variable_sees_what_set_variable_set(void **state)
{
	struct play *p = *state;

	assert_string_equal(
	        play_action(p, "{'module': 'set_variable', 'data': {'variable':"
	                       " 'call_priority', 'value': '9'}, 'children':"
	                       " {'_': {'module': 'branch_variable', 'data':"
	                       " {'variable': 'Call-Priority'}, 'children':"
	                       " {'9': " GO("401") ", '_': " GO("402") "}}}}"),
	        "respond 401");
}

/* --- branch_bnumber ----------------------------------------------------------- */

static void branch_bnumber_goes_by_the_captured_number(void **state)
{
	struct play *p = *state;
	static const char children[] = "'12': " GO("401") ", '+14155550111': "
	                               GO("402") ", '_': " GO("403");
	static const struct row rows[] = {
		{ "12", "", "respond 401" },
		{ "13", "", "respond 403" },
		{ "4155550111", "", "respond 402" }, /* normalised */
		{ NULL, "", "respond 403" },
		{ "12", "'hunt': false", "respond 401" },
		{ "200", "'hunt': true", "respond 411" },
		{ "12", "'hunt': true", "respond 403" }, /* no such flow */
		{ "200", "'hunt': true, 'hunt_allow': '^2'", "respond 411" },
		{ "200", "'hunt': true, 'hunt_allow': '^3'", "respond 403" },
		{ "200", "'hunt': true, 'hunt_deny': '^2'", "respond 403" },
		{ "200", "'hunt': true, 'hunt_deny': '^3'", "respond 411" },
		{ "200", "'hunt': true, 'hunt_allow': '^2', 'hunt_deny': '0'",
		  "respond 403" },
	};

	play_put(p, "accounts/office/callflows/x200.json",
	         "{'id': 'x200', 'numbers': ['200'], 'flow': " GO("411") "}");
	for (size_t i = 0; i < NELEM(rows); i++) {
		p->capture = rows[i].caller;
		check(p, "branch_bnumber", &rows[i], i, children);
	}
}

static void branch_bnumber_hunts_the_catch_all_for_devices_only(void **state)
{
	struct play *p = *state;
	static const struct row open = { NULL, "'hunt': true", "respond 411" };
	static const struct row closed = { NULL, "'hunt': true",
		                           "respond 403" };

	play_put(p, "accounts/office/callflows/any.json",
	         "{'id': 'any', 'numbers': ['no_match'], 'flow': " GO("411")
	         "}");
	p->capture = "777";
	check(p, "branch_bnumber", &open, 0, "'_': " GO("403"));
	p->caller = NULL;
	check(p, "branch_bnumber", &closed, 1, "'_': " GO("403"));
}

static void a_hunt_that_hunts_itself_ends(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/callflows/x1.json",
	         "{'id': 'x1', 'patterns': ['^\\\\*(1)$', '^(1)$'], 'flow':"
	         " {'module': 'branch_bnumber', 'data': {'hunt': true}}}");
	p->capture = "1";
	assert_string_equal(play_start(p, "x1"), "hangup");
}

#define T(name) cmocka_unit_test_setup_teardown(name, play_setup, play_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(check_cid_branches_by_who_is_calling),
		T(check_cid_without_the_child_takes_the_default_one),
		T(check_cid_gives_a_match_another_identity),
		T(check_cid_without_a_match_child_changes_nothing),
		T(branch_variable_looks_where_its_scope_says),
		T(branch_variable_sees_what_set_variable_set),
		T(branch_bnumber_goes_by_the_captured_number),
		T(branch_bnumber_hunts_the_catch_all_for_devices_only),
		T(a_hunt_that_hunts_itself_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
