#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "callflow/play.h"

#define DONE "{'module': 'response', 'data': {'code': 480}}"
#define THEN(next) ", 'children': {'_': " next "}}"
#define SET(name, number)                                            \
	"{'module': 'set_cid', 'data': {'caller_id_name': '" name    \
	"', 'caller_id_number': '" number "'}"
#define PREPEND(data) "{'module': 'prepend_cid', 'data': {" data "}"
#define NAME(x) "'caller_id_name_prefix': '" x "'"
#define NUMBER(x) "'caller_id_number_prefix': '" x "'"

struct row {
	const char *action, *shown;
};

/* Each row's flow runs to its response, for Ann at +14155550100. */
static void each_shows(struct play *p, const struct row *rows, size_t n)
{
	p->caller_name = "Ann";
	p->caller_number = "+14155550100";
	for (size_t i = 0; i < n; i++) {
		const char *end = play_raw(p, rows[i].action);

		if (strncmp(end, "respond ", 8) != 0)
			fail_msg("row %zu: %s", i, end);
		if (strcmp(play_shown(p), rows[i].shown) != 0)
			fail_msg("row %zu: %s, not %s", i, play_shown(p),
			         rows[i].shown);
	}
}

static void set_cid_fixes_name_and_number(void **state)
{
	static const struct row rows[] = {
		{ SET("Desk", "200") THEN(DONE), "Desk <200>" },
		{ SET("Desk", "") THEN(DONE), "Desk <+14155550100>" },
		{ SET("", "200") THEN(DONE), "Ann <200>" },
		/* one that is empty or absent is taken back */
		{ SET("Desk", "200") THEN(SET("", "201") THEN(DONE)),
		  "Ann <201>" },
		{ SET("Desk", "200") THEN("{'module': 'set_cid', 'data': {}"
		                          THEN(DONE)),
		  "Ann <+14155550100>" },
	};

	each_shows(*state, rows, NELEM(rows));
}

static void prepend_cid_puts_text_before_the_caller_id(void **state)
{
	static const struct row rows[] = {
		{ PREPEND(NAME("Sales: ")) THEN(DONE),
		  "Sales: Ann <+14155550100>" },
		{ PREPEND(NUMBER("9")) THEN(DONE), "Ann <9+14155550100>" },
		{ PREPEND("'action': 'prepend'," NAME("A") "," NUMBER("1"))
		  THEN(DONE), "AAnn <1+14155550100>" },
		/* "current", the default: before those of before */
		{ PREPEND(NAME("A")) THEN(PREPEND(NAME("B")) THEN(DONE)),
		  "BAAnn <+14155550100>" },
		{ PREPEND(NAME("A")) THEN(PREPEND(
			"'apply_to': 'current'," NAME("B")) THEN(DONE)),
		  "BAAnn <+14155550100>" },
		/* "original": in their place, absent ones too */
		{ PREPEND(NAME("A") "," NUMBER("1")) THEN(PREPEND(
			"'apply_to': 'original'," NAME("B")) THEN(DONE)),
		  "BAnn <+14155550100>" },
		{ PREPEND(NAME("A") "," NUMBER("1")) THEN(PREPEND(
			"'action': 'reset'," NAME("B")) THEN(DONE)),
		  "Ann <+14155550100>" },
		{ PREPEND("'action': 'append'," NAME("A")) THEN(DONE),
		  "Ann <+14155550100>" },
		{ PREPEND("") THEN(DONE), "Ann <+14155550100>" },
		/* set_cid has the last word */
		{ SET("Desk", "") THEN(PREPEND(NAME("A")) THEN(DONE)),
		  "Desk <+14155550100>" },
	};

	each_shows(*state, rows, NELEM(rows));
}

static void prefixes_do_not_grow_without_end(void **state)
{
	struct play *p = *state;
	struct buf b = { 0 };

	for (int i = 0; i < 100; i++)
		buf_str(&b, PREPEND(NAME("0123456789")) ", 'children': {'_': ");
	buf_str(&b, DONE);
	for (int i = 0; i < 100; i++)
		buf_str(&b, "}}");
	assert_string_equal(play_raw(p, buf_text(&b)), "respond 480");
	buf_free(&b);
	assert_int_equal(strlen(flow_call_data(p->flow)->name_prefix), 250);
}

static void control_characters_reach_no_header(void **state)
{
	static const struct row rows[] = {
		{ SET("a\\nb", "1\\r\\n2") THEN(DONE), "Ann <+14155550100>" },
		{ PREPEND(NAME("a\\nb") "," NUMBER("\\u0007")) THEN(DONE),
		  "Ann <+14155550100>" },
		{ "{'module': 'set_alert_info', 'data': {'alert_info':"
		  " 'x\\r\\nVia: y'}" THEN(DONE), "Ann <+14155550100>" },
	};

	each_shows(*state, rows, NELEM(rows));
}

static void set_alert_info_says_how_to_ring(void **state)
{
	static const struct row rows[] = {
		{ "{'module': 'set_alert_info', 'data': {'alert_info':"
		  " '<http://127.0.0.1>;info=bell'}" THEN(DONE),
		  "Ann <+14155550100> alert <http://127.0.0.1>;info=bell" },
		{ "{'module': 'set_alert_info', 'data': {}" THEN(DONE),
		  "Ann <+14155550100>" },
	};

	each_shows(*state, rows, NELEM(rows));
}

#define PRIVACY(data) "{'module': 'privacy', 'data': {" data "}" THEN(DONE)

static void privacy_hides_by_its_mode(void **state)
{
	static const struct row rows[] = {
		{ PRIVACY(""), "Ann <+14155550100> hides name number" },
		{ PRIVACY("'mode': 'full'"),
		  "Ann <+14155550100> hides name number" },
		{ PRIVACY("'mode': 'yes'"),
		  "Ann <+14155550100> hides name number" },
		{ PRIVACY("'mode': 'kazoo'"),
		  "Ann <+14155550100> hides name number" },
		{ PRIVACY("'mode': 'name'"), "Ann <+14155550100> hides name" },
		{ PRIVACY("'mode': 'number'"),
		  "Ann <+14155550100> hides number" },
		{ PRIVACY("'mode': 'none'"),
		  "Ann <+14155550100> hides and more" },
		{ PRIVACY("'mode': 'name', 'endpoint_strategy': 'merge'"),
		  "Ann <+14155550100> hides name and more" },
		{ PRIVACY("'mode': 'name', 'endpoint_strategy': 'overwrite'"),
		  "Ann <+14155550100> hides name" },
	};

	each_shows(*state, rows, NELEM(rows));
}

static void an_unknown_privacy_mode_hides_all(void **state)
{
	struct play *p = *state;

	play_raw(p, PRIVACY("'mode': 'whatever'"));
	p->caller_name = p->caller_number = "x";
	assert_string_equal(play_shown(p), "x <x> hides name number");
}

static void privacy_with_a_captured_number_runs_its_callflow(void **state)
{
	struct play *p = *state;

	p->caller_name = p->caller_number = "x";
	p->capture = "4155550199";
	play_put(p, "accounts/office/callflows/to.json",
	         "{'id': 'to', 'numbers': ['+14155550199'], 'flow':"
	         " {'module': 'resources', 'data': {}}}");
	assert_string_equal(play_action(p, PRIVACY("")),
	                    "carriers local office +14155550199");
	assert_string_equal(play_shown(p), "x <x> hides name number");
	/* nobody serves it: the flow stops, and nothing was hidden */
	p->capture = "77";
	assert_string_equal(play_action(p, PRIVACY("")), "hangup");
	assert_string_equal(play_shown(p), "x <x>");
}

static void privacy_opens_no_catch_all_to_carriers(void **state)
{
	struct play *p = *state;

	p->capture = "4155550177";
	play_put(p, "accounts/office/callflows/any.json",
	         "{'id': 'any', 'numbers': ['no_match'], 'flow':"
	         " {'module': 'resources', 'data': {}}}");
	assert_string_equal(play_action(p, PRIVACY("")),
	                    "carriers local office +14155550177");
	p->caller = NULL;
	assert_string_equal(play_action(p, PRIVACY("")), "hangup");
}

#define SETVAR(data) "{'module': 'set_variable', 'data': {" data "}" THEN(DONE)
#define SETVARS(data) \
	"{'module': 'set_variables', 'data': {" data "}" THEN(DONE)

static void variables_are_remembered(void **state)
{
	static const struct row rows[] = {
		{ SETVAR("'variable': 'call_priority', 'value': '5'"),
		  "Ann <+14155550100> call_priority=5" },
		{ SETVAR("'variable': 'group_id', 'value': 'g',"
		         "'channel': 'both'"),
		  "Ann <+14155550100> group_id=g+" },
		{ SETVAR("'variable': 'call_priority', 'value': '5',"
		         "'channel': 'a'"),
		  "Ann <+14155550100> call_priority=5" },
		{ SETVAR("'variable': 'other', 'value': '5'"),
		  "Ann <+14155550100>" },
		{ SETVAR("'variable': 'group_id'"), "Ann <+14155550100>" },
		{ SETVAR("'value': '5'"), "Ann <+14155550100>" },
		{ SETVARS("'custom_application_vars': {'a': 'b', 'n': 5,"
		          " 't': true, 'o': {}}"),
		  "Ann <+14155550100> a=b n=5 t=true" },
		{ SETVARS("'custom_application_vars': {'a': 'b'},"
		          " 'export': true"),
		  "Ann <+14155550100> a=b+" },
		{ SETVARS(""), "Ann <+14155550100>" },
	};

	each_shows(*state, rows, NELEM(rows));
}

static void a_variable_set_again_has_its_last_value(void **state)
{
	static const struct row rows[] = {
		{ "{'module': 'set_variable', 'data': {'variable': 'group_id',"
		  " 'value': 'a'}" THEN(
			SETVAR("'variable': 'group_id', 'value': 'b'")),
		  "Ann <+14155550100> group_id=b" },
	};

	each_shows(*state, rows, NELEM(rows));
}

static void variables_are_limited_in_number(void **state)
{
	struct play *p = *state;
	struct buf b = { 0 };

	buf_str(&b, "{'module': 'set_variables', 'data': {"
	            "'custom_application_vars': {'a': 1");
	for (int i = 0; i < 200; i++)
		buf_fmt(&b, ",'v%d': %d", i, i);
	buf_str(&b, "}}}");
	play_raw(p, buf_text(&b));
	buf_free(&b);
	assert_int_equal(flow_call_data(p->flow)->application_vars.n,
	                 CALL_VARS_MAX);
}

#define T(name) cmocka_unit_test_setup_teardown(name, play_setup, play_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(set_cid_fixes_name_and_number),
		T(prepend_cid_puts_text_before_the_caller_id),
		T(prefixes_do_not_grow_without_end),
		T(control_characters_reach_no_header),
		T(set_alert_info_says_how_to_ring),
		T(privacy_hides_by_its_mode),
		T(an_unknown_privacy_mode_hides_all),
		T(privacy_with_a_captured_number_runs_its_callflow),
		T(privacy_opens_no_catch_all_to_carriers),
		T(variables_are_remembered),
		T(a_variable_set_again_has_its_last_value),
		T(variables_are_limited_in_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
