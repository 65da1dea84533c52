#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "directory/number.h"
#include "directory/plan.h"
#include "directory/rule.h"

/* An account with nothing but the number plan of this document. */
struct fixture {
	struct pool pool;
	struct diag why;
	struct reader reader;
	struct account account;
	cJSON *doc;
};

static void set_up(struct fixture *f, const char *json)
{
	*f = (struct fixture){ 0 };
	f->reader.pool = &f->pool;
	f->reader.why = &f->why;
	f->reader.file = "a.json";
	f->doc = cJSON_Parse(json);
	assert_non_null(f->doc);
	f->account.plan = plan_read(&f->reader, f->doc,
	                            plan_default_classes(&f->pool));
}

static void tear_down(struct fixture *f)
{
	pool_free(&f->pool);
	diag_free(&f->why);
	cJSON_Delete(f->doc);
}

static void assert_owned(char *got, const char *want)
{
	assert_string_equal(got, want);
	free(got);
}

static void the_default_converters_are_kazoos(void **unused)
{
	static const char *const rows[][2] = {
		{ "4155550000", "+14155550000" },
		{ "14155550000", "+14155550000" },
		{ "+14155550000", "+14155550000" },
		{ "4151550000", "+4151550000" }, /* no NANP exchange */
		{ "1155550000", "1155550000" },
		{ "01149301234567", "+49301234567" },
		{ "01112345", "+12345" },
		{ "0111234", "0111234" },
		{ "0049301234567", "+49301234567" },
		{ "0012345", "+12345" },
		{ "001234", "001234" },
		{ "49301234567", "+49301234567" },
		{ "23456789", "+23456789" },
		{ "2345678", "2345678" },
		{ "13456789", "13456789" },
		{ "101", "101" },
		{ "*97", "*97" },
		{ "alice", "alice" },
		{ "", "" },
		{ "+49301234567", "+49301234567" },
		{ "+1", "+1" },
		{ "4155550000x", "4155550000x" },
	};
	struct fixture f;

	(void)unused;
	set_up(&f, "{}");
	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_owned(number_to_e164(NULL, rows[i][0]), rows[i][1]);
		assert_owned(number_to_e164(&f.account, rows[i][0]),
		             rows[i][1]);
		assert_owned(number_normalise(&f.account, rows[i][0]),
		             rows[i][1]);
	}
	tear_down(&f);
}

/* What the converters written in C stand for. */
static const char by_expressions[] =
	"{\"e164_converters\":{"
	"\"^(\\\\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})$\":{\"prefix\":\"+1\"},"
	"\"^011(\\\\d{5,})$|^00(\\\\d{5,})$\":{\"prefix\":\"+\"},"
	"\"^[2-9]\\\\d{7,}$\":{\"prefix\":\"+\"}}}";

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void the_defaults_agree_with_their_expressions(void **unused)
{
	static const char alphabet[] = "00112345678999+";
	uint32_t state = 1;
	struct fixture f;

	(void)unused;
	set_up(&f, by_expressions);
	assert_int_equal(f.reader.faults, 0);
	for (int i = 0; i < 50000; i++) {
		char number[20] = "";
		size_t len = next_random(&state) % 14;
		char *plain, *ruled;

		for (size_t k = 0; k < len; k++)
			number[k] = alphabet[next_random(&state) %
			                     (sizeof(alphabet) - 1)];
		plain = number_to_e164(NULL, number);
		ruled = number_to_e164(&f.account, number);
		assert_string_equal(plain, ruled);
		free(plain);
		free(ruled);
	}
	tear_down(&f);
}

static void reconcilable_agrees_with_its_expression(void **unused)
{
	static const char alphabet[] = "00112345678999+";
	struct rule *r = NULL;
	struct rule_match m;
	uint32_t state = 7;
	char why[100];

	(void)unused;
	assert_int_equal(rule_compile(&r, "^(\\+?1)?\\d{10}$|^\\+[2-9]\\d{7,}$"
	                                  "|^011\\d*$|^00\\d*$",
	                              why, sizeof(why)), 0);
	for (int i = 0; i < 50000; i++) {
		char number[20] = "";
		size_t len = next_random(&state) % 14;

		for (size_t k = 0; k < len; k++)
			number[k] = alphabet[next_random(&state) %
			                     (sizeof(alphabet) - 1)];
		assert_int_equal(number_is_reconcilable(number),
		                 rule_match(r, number, &m));
	}
	assert_true(number_is_reconcilable("4155550000"));
	assert_false(number_is_reconcilable("101"));
	rule_free(&r);
}

static void an_accounts_converters_replace_the_default_ones(void **unused)
{
	struct fixture f;

	(void)unused;
	/* Both match 0301234567: the first in the document counts. */
	set_up(&f, "{\"e164_converters\":{"
	           "\"^0([1-9]\\\\d+)$\":{\"prefix\":\"+49\"},"
	           "\"^(\\\\d+)$\":{\"prefix\":\"+x\",\"suffix\":\"y\"}}}");
	assert_owned(number_to_e164(&f.account, "0301234567"), "+49301234567");
	assert_owned(number_to_e164(&f.account, "123"), "+x123y");
	assert_owned(number_to_e164(&f.account, "4155550000"), "+x4155550000y");
	assert_owned(number_to_e164(&f.account, "+4"), "+4");
	tear_down(&f);

	set_up(&f, "{\"e164_converters\":{}}");
	assert_owned(number_to_e164(&f.account, "4155550000"), "4155550000");
	tear_down(&f);
}

static void the_dial_plan_comes_before_the_converters(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f, "{\"dial_plan\":{"
	           "\"^9(\\\\d{7})$\":{\"prefix\":\"415\","
	           "\"description\":\"local\"},"
	           "\"local\":{\"regex\":\"^8(\\\\d{2})$\",\"prefix\":\"1\","
	           "\"suffix\":\"0\"},"
	           "\"^7\":{\"prefix\":\"+77\"},"
	           "\"system\":[\"us\"]}}");
	assert_int_equal(f.reader.faults, 0);
	assert_int_equal(f.why.warnings, 1);
	assert_owned(number_normalise(&f.account, "95550000"), "+14155550000");
	assert_owned(number_normalise(&f.account, "812"), "1120");
	assert_owned(number_normalise(&f.account, "712"), "+777");
	assert_owned(number_normalise(&f.account, "612"), "612");
	assert_owned(number_normalise(&f.account, "+95550000"), "+95550000");
	assert_owned(number_to_e164(&f.account, "95550000"), "+95550000");
	tear_down(&f);
}

static void a_bad_plan_is_a_fault_that_names_the_member(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f, "{\"dial_plan\":{\"^(\":{},\"^1\":7,\"^2\":"
	           "{\"prefix\":2}},\"e164_converters\":[],"
	           "\"classifiers\":{\"a\":{},\"b\":{\"regex\":\"^[\"}}}");
	assert_int_equal(f.reader.faults, 6);
	assert_string_equal(f.why.text.p,
		"a.json: dial_plan.^(: bad expression '^(': missing closing "
		"parenthesis (at character 3)\n"
		"a.json: dial_plan.^1: expected object, found number\n"
		"a.json: dial_plan.^2.prefix: expected string, found number\n"
		"a.json: e164_converters: expected object, found array\n"
		"a.json: classifiers.a: has no regex\n"
		"a.json: classifiers.b: bad expression '^[': missing "
		"terminating ] for character class (at character 3)\n");
	tear_down(&f);
}

static void numbers_are_written_in_the_form_a_device_wants(void **unused)
{
	static const struct {
		enum invite_format format;
		const char *from, *to;
	} rows[] = {
		{ INVITE_E164, "4155550000", "+14155550000" },
		{ INVITE_E164, "+49301234567", "+49301234567" },
		{ INVITE_E164, "101", "101" },
		{ INVITE_NPAN, "+14155550000", "4155550000" },
		{ INVITE_NPAN, "14155550000", "4155550000" },
		{ INVITE_NPAN, "4155550000", "4155550000" },
		{ INVITE_NPAN, "+49301234567", "+49301234567" },
		{ INVITE_1NPAN, "+14155550000", "14155550000" },
		{ INVITE_1NPAN, "4155550000", "14155550000" },
		{ INVITE_1NPAN, "101", "101" },
		{ INVITE_STRIP_PLUS, "+14155550000", "14155550000" },
		{ INVITE_STRIP_PLUS, "4155550000", "14155550000" },
		{ INVITE_STRIP_PLUS, "+49301234567", "49301234567" },
		{ INVITE_STRIP_PLUS, "101", "101" },
		{ INVITE_USERNAME, "+14155550000", "+14155550000" },
		{ INVITE_CONTACT, "+14155550000", "+14155550000" },
		{ INVITE_ROUTE, "+14155550000", "+14155550000" },
	};
	struct fixture f;

	(void)unused;
	set_up(&f, "{}");
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_owned(number_format(&f.account, rows[i].from,
		                           rows[i].format), rows[i].to);
	/* Carriers of nobody's: no account. */
	assert_owned(number_format(NULL, "4155550000", INVITE_STRIP_PLUS),
	             "14155550000");
	tear_down(&f);
}

static void numbers_fall_into_the_first_class_that_matches(void **unused)
{
	static const struct {
		const char *number, *class;
		bool is_emergency;
	} rows[] = {
		{ "+18005550000", "tollfree_us", false },
		{ "+18885550000", "tollfree_us", false },
		{ "+18225550000", "tollfree_us", false },
		{ "+19005550000", "toll_us", false },
		{ "911", "emergency", true },
		{ "999", "emergency", true },
		{ "112", "unknown", false },
		{ "+18765550000", "caribbean", false },
		{ "18765550000", "caribbean", false },
		{ "+14155550000", "did_us", false },
		{ "4155550000", "did_us", false },
		{ "+49301234567", "international", false },
		{ "101", "unknown", false },
		{ "", "unknown", false },
	};
	struct fixture f;

	(void)unused;
	set_up(&f, "{}");
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct number_class *c =
			number_classify(&f.account, rows[i].number);

		assert_string_equal(c->name, rows[i].class);
		assert_int_equal(c->is_emergency, rows[i].is_emergency);
	}
	tear_down(&f);
}

static void an_account_may_have_classes_of_its_own(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f, "{\"classifiers\":{"
	           "\"notruf\":{\"regex\":\"^11[02]$\",\"emergency\":true,"
	           "\"friendly_name\":\"Notruf\"},"
	           "\"mobil\":{\"regex\":\"^\\\\+491[567]\"}}}");
	assert_int_equal(f.reader.faults, 0);
	assert_string_equal(number_classify(&f.account, "112")->name, "notruf");
	assert_true(number_classify(&f.account, "110")->is_emergency);
	assert_string_equal(number_classify(&f.account, "+4917012")->name,
	                    "mobil");
	assert_string_equal(number_classify(&f.account, "911")->name,
	                    "unknown");
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_converters_are_kazoos),
		cmocka_unit_test(the_defaults_agree_with_their_expressions),
		cmocka_unit_test(reconcilable_agrees_with_its_expression),
		cmocka_unit_test(
			an_accounts_converters_replace_the_default_ones),
		cmocka_unit_test(the_dial_plan_comes_before_the_converters),
		cmocka_unit_test(a_bad_plan_is_a_fault_that_names_the_member),
		cmocka_unit_test(
			numbers_are_written_in_the_form_a_device_wants),
		cmocka_unit_test(
			numbers_fall_into_the_first_class_that_matches),
		cmocka_unit_test(an_account_may_have_classes_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
