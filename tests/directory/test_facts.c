#include "cmocka_all.h"

#include "base/strutil.h"
#include "directory/facts.h"

static const struct call_facts facts = {
	.zone = "eu", .call_id = "c1", .account_id = "acc",
	.account_name = "Acme", .account_realm = "acme.test",
	.authorizing_id = "dev", .authorizing_type = "device",
	.owner_id = "own", .username = "alice1", .realm = "acme.test",
	.resource_type = "audio", .dialled = "0123", .number = "+49123",
	.caller_id_number = "100", .caller_id_name = "Alice",
};

static void facts_go_by_kazoo_s_names(void **unused)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
		{ "zone", "eu" },
		{ "account_id", "acc" },
		{ "Account-ID", "acc" },
		{ "account_name", "Acme" },
		{ "account_realm", "acme.test" },
		{ "custom_channel_vars.account_id", "acc" },
		{ "custom_channel_vars.Authorizing-ID", "dev" },
		{ "custom_channel_vars.authorizing_type", "device" },
		{ "custom_channel_vars.owner_id", "own" },
		{ "custom_channel_vars.username", "alice1" },
		{ "request_user", "0123" },
		{ "to_did", "+49123" },
		{ "caller_id_number", "100" },
		{ "caller_id_name", "Alice" },
		{ "billing_id", "c1" },
		{ "resource_type", "audio" },
		{ "resource_id", NULL }, /* it came from none */
		{ "account", NULL },
		{ "account_idx", NULL },
		{ "custom_channel_vars.", NULL },
		{ "", NULL },
		{ "custom_sip_headers.X-A", NULL },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++)
		if (!str_eq(call_fact(&facts, rows[i].name), rows[i].want))
			fail_msg("%s", rows[i].name);
}

static void macros_stand_for_facts(void **unused)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "plain", "plain" },
		{ "", "" },
		{ "{account_id}", "acc" },
		{ "a={account_id};b={caller_id_number}", "a=acc;b=100" },
		{ "{caller_id_name}{billing_id}", "Alicec1" },
		/* no macros of Kazoo's */
		{ "{zone}", "{zone}" },
		{ "{account_id", "{account_id" },
		{ "{{account_id}}", "{acc}" },
		{ "{}", "{}" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct buf b = { 0 };

		call_facts_expand(&b, &facts, rows[i].text);
		assert_string_equal(buf_text(&b), rows[i].want);
		buf_free(&b);
	}
}

static void what_is_not_known_of_a_call_is_nothing(void **unused)
{
	static const struct call_facts none = { 0 };
	struct buf b = { 0 };

	(void)unused;
	assert_null(call_fact(&none, "zone"));
	call_facts_expand(&b, &none, "[{account_id}]");
	assert_string_equal(buf_text(&b), "[]");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_go_by_kazoo_s_names),
		cmocka_unit_test(macros_stand_for_facts),
		cmocka_unit_test(what_is_not_known_of_a_call_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
