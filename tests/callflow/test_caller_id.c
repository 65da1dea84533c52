/* Which name and number a leg shows. */
#include "cmocka_all.h"

#include <string.h>

#include "callflow/caller_id.h"
#include "callflow/play.h"

/* What the account, the owner alice and the device alice1 say. */
static const struct device *says(struct play *p, const char *account,
                                 const char *owner, const char *device)
{
	const struct account *a;

	snapshot_unref(&p->snapshot);
	documents_putf(p->docs, "accounts/t/account.json",
	               "{'id':'t','realm':'t.test'%s%s}", *account ? "," : "",
	               account);
	documents_putf(p->docs, "accounts/t/users/alice.json",
	               "{'id':'alice'%s%s}", *owner ? "," : "", owner);
	documents_putf(p->docs, "accounts/t/devices/alice1.json",
	               "{'id':'alice1','name':'Desk','owner_id':'alice'%s%s}",
	               *device ? "," : "", device);
	p->snapshot = documents_load(p->docs);
	a = snapshot_account(p->snapshot, "t");
	assert_non_null(a);
	return account_device(a, "alice1");
}

static void assert_text(size_t row, const char *is, const char *wanted)
{
	if (strcmp(is ? is : "", wanted) != 0)
		fail_msg("row %zu: '%s' is not '%s'", row, is ? is : "",
		         wanted);
}

#define CID(kind, members) "'caller_id':{'" kind "':{" members "}}"

static void documents_say_who_calls(void **state)
{
	static const struct {
		const char *account, *owner, *device, *kind, *number, *name;
	} rows[] = {
		/* nothing said: as SIP has it, and the owner's name */
		{ "", "", "", "internal", "sip", "alice alice" },
		/* each kind is its own */
		{ "", CID("internal", "'number':'11','name':'I'"), "",
		  "internal", "11", "I" },
		{ "", "", CID("internal", "'number':'11','name':'I'"),
		  "external", "sip", "Sip" },
		{ "", "", CID("external", "'number':'22','name':'E'"),
		  "external", "22", "E" },
		{ "", "", CID("external", "'number':'22','name':'E'"),
		  "internal", "sip", "alice alice" },
		/* number and name by themselves */
		{ "", "", CID("external", "'number':'22'"), "external", "22",
		  "Sip" },
		{ "", "", CID("external", "'name':'E'"), "external", "sip",
		  "E" },
		/* user beats device beats account */
		{ CID("external", "'number':'1'"), "", "", "external", "1",
		  "Sip" },
		{ CID("external", "'number':'1'"), "",
		  CID("external", "'number':'3'"), "external", "3", "Sip" },
		{ CID("external", "'number':'1'"),
		  CID("external", "'number':'2'"),
		  CID("external", "'number':'3'"), "external", "2", "Sip" },
		{ CID("external", "'number':'1','name':'A'"),
		  CID("external", "'number':'2'"),
		  CID("external", "'name':'D'"), "external", "2", "D" },
		/* unless the account prefers the device's */
		{ "'prefer_device_caller_id':true",
		  CID("external", "'number':'2'"),
		  CID("external", "'number':'3'"), "external", "3", "Sip" },
		{ "'prefer_device_caller_id':true",
		  CID("external", "'number':'2'"), "", "external", "2",
		  "Sip" },
		/* emergency: the device's before the user's; else external */
		{ "", CID("emergency", "'number':'2'"),
		  CID("emergency", "'number':'3'"), "emergency", "3", "Sip" },
		{ "", CID("emergency", "'number':'2'"), "", "emergency", "2",
		  "Sip" },
		{ "", CID("external", "'number':'2'"), "", "emergency", "2",
		  "Sip" },
		/* then the default */
		{ CID("default", "'number':'9','name':'Co'"), "", "",
		  "external", "9", "Co" },
		{ CID("default", "'number':'9','name':'Co'"), "", "",
		  "emergency", "9", "Co" },
		{ CID("default", "'number':'9','name':'Co'"), "",
		  CID("external", "'number':'3'"), "external", "3", "Co" },
		{ CID("default", "'number':'9'"), "", "", "made_up", "9",
		  "Sip" },
		/* internal: the presence id */
		{ "", "", "'presence_id':'77@t.test'", "internal", "77",
		  "alice alice" },
		{ "", "'presence_id':'78'", "'presence_id':'77'", "internal",
		  "78", "alice alice" },
		{ "", "", "'presence_id':'77'", "external", "sip", "Sip" },
		{ "", "", "'presence_id':'@t.test'", "internal", "sip",
		  "alice alice" },
		/* and the owner's name */
		{ "", "'first_name':'Al','last_name':'Ice'", "", "internal",
		  "sip", "Al Ice" },
		{ "", "'first_name':'Al','last_name':'Ice'", "", "external",
		  "sip", "Sip" },
		{ "", "'first_name':'Al','last_name':'Ice'",
		  CID("internal", "'name':'Desk'"), "internal", "sip",
		  "Al Ice" },
		{ "'prefer_device_caller_id':true",
		  "'first_name':'Al','last_name':'Ice'",
		  CID("internal", "'name':'Desk'"), "internal", "sip",
		  "Desk" },
		{ "", "'first_name':'Al'," CID("internal", "'name':'Boss'"),
		  "", "internal", "sip", "Boss" },
	};
	struct play *p = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct settings s;
		struct caller_id_query q = { .settings = &s,
			                     .number = "sip",
			                     .name = "Sip" };
		struct caller_id_shown shown;

		caller_id_settings(&s, says(p, rows[i].account, rows[i].owner,
		                            rows[i].device), NULL);
		q.kind = caller_id_kind_of(rows[i].kind);
		caller_id_show(&shown, &q);
		assert_text(i, shown.number, rows[i].number);
		assert_text(i, shown.name, rows[i].name);
	}
}

#define OPTIONS(members) "'caller_id_options':{" members "}"

static void privacy_is_for_calls_to_carriers(void **state)
{
	static const struct {
		const char *account, *owner, *device;
		bool hides_name, hides_number, asks;
	} rows[] = {
		{ "", "", "", false, false, false },
		{ "", "", OPTIONS("'outbound_privacy':'full'"), true, true,
		  false },
		{ "", "", OPTIONS("'outbound_privacy':'yes'"), true, true,
		  false },
		{ "", "", OPTIONS("'outbound_privacy':'kazoo'"), true, true,
		  false },
		{ "", "", OPTIONS("'outbound_privacy':'name'"), true, false,
		  false },
		{ "", "", OPTIONS("'outbound_privacy':'number'"), false, true,
		  false },
		{ "", "", OPTIONS("'outbound_privacy':'none'"), false, false,
		  false },
		{ "", "",
		  OPTIONS("'outbound_privacy':'full','privacy_method':'sip'"),
		  false, false, true },
		{ "", "", OPTIONS("'privacy_method':'sip'"), false, false,
		  false },
		{ OPTIONS("'outbound_privacy':'full'"), "", "", true, true,
		  false },
		{ OPTIONS("'outbound_privacy':'full'"),
		  OPTIONS("'outbound_privacy':'none'"), "", false, false,
		  false },
		{ "", OPTIONS("'outbound_privacy':'none'"),
		  OPTIONS("'outbound_privacy':'full'"), false, false, false },
	};
	struct play *p = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct settings s;
		struct caller_id_query q = { .settings = &s,
			                     .kind = CALLER_ID_EXTERNAL,
			                     .is_off_net = true };
		struct caller_id_shown shown;

		caller_id_settings(&s, says(p, rows[i].account, rows[i].owner,
		                            rows[i].device), NULL);
		caller_id_show(&shown, &q);
		assert_int_equal(shown.hides_name, rows[i].hides_name);
		assert_int_equal(shown.hides_number, rows[i].hides_number);
		assert_int_equal(shown.asks_privacy, rows[i].asks);
		q.is_emergency = true;
		caller_id_show(&shown, &q);
		assert_false(shown.hides_name || shown.hides_number ||
		             shown.asks_privacy);
		q.is_emergency = q.is_off_net = false;
		caller_id_show(&shown, &q);
		assert_false(shown.hides_name || shown.hides_number ||
		             shown.asks_privacy);
	}
}

static void an_assertion_is_for_carriers(void **state)
{
	struct play *p = *state;
	struct settings s;
	struct caller_id_query q = { .settings = &s, .is_off_net = true };
	struct caller_id_shown shown;

	caller_id_settings(&s, says(p, "", "",
	                            CID("asserted", "'number':'5','name':'N',"
	                                            "'realm':'r.test'")),
	                   NULL);
	caller_id_show(&shown, &q);
	assert_string_equal(shown.asserted.number, "5");
	assert_string_equal(shown.asserted.name, "N");
	assert_string_equal(shown.asserted.realm, "r.test");
	q.is_off_net = false;
	caller_id_show(&shown, &q);
	assert_null(shown.asserted.number);
}

static void a_callee_has_a_name_and_a_number(void **state)
{
	static const struct {
		const char *owner, *device;
		bool is_from_outside;
		const char *number, *name;
	} rows[] = {
		{ "", "", false, "100", "alice alice" },
		{ "'first_name':'Al','last_name':'Ice'", "", false, "100",
		  "Al Ice" },
		{ "'first_name':'Al','last_name':'Ice'", "", true, "100",
		  "Al Ice" },
		{ CID("internal", "'number':'11','name':'I'"), "", false, "11",
		  "I" },
		{ "", CID("internal", "'number':'11','name':'I'"), true, "100",
		  "alice alice" },
		{ "", CID("external", "'number':'22','name':'E'"), true, "22",
		  "E" },
	};
	struct play *p = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct device *d =
			says(p, "", rows[i].owner, rows[i].device);
		struct caller_id id;
		struct settings s;

		caller_id_settings(&s, d, NULL);
		caller_id_of_callee(&id, d, &s, "100",
		                    rows[i].is_from_outside);
		assert_text(i, id.number, rows[i].number);
		assert_text(i, id.name, rows[i].name);
	}
}

static void a_carrier_is_the_number_that_was_dialled(void **state)
{
	struct caller_id id;

	(void)state;
	caller_id_of_callee(&id, NULL, NULL, "100", false);
	assert_string_equal(id.number, "100");
	assert_null(id.name);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, play_setup, play_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(documents_say_who_calls),
		TEST(privacy_is_for_calls_to_carriers),
		TEST(an_assertion_is_for_carriers),
		TEST(a_callee_has_a_name_and_a_number),
		TEST(a_carrier_is_the_number_that_was_dialled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
