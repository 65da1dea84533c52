#include "cmocka_all.h"

#include <stdio.h>

#include "base/util.h"
#include "trunk/routes.h"

/* Each row: what `classifiers` of the carrier "c" say, the number, and what
 * is tried, with "r" beside it that takes all by its rules. */
static void a_carrier_takes_classes_of_numbers_in_its_own_way(void **state)
{
	static const struct {
		const char *classifiers, *number, *want;
	} rows[] = {
		/* the class's own expression captures the ten digits */
		{ "'did_us': {}", "+14155550000", "sip:4155550000@c.example" },
		{ "'did_us': {'prefix': '+1'}", "+14155550000",
		  "sip:+14155550000@c.example" },
		{ "'did_us': {'prefix': '1', 'suffix': '#9'}", "+14155550000",
		  "sip:14155550000%239@c.example" },
		/* a carrier for the class puts the others aside */
		{ "'international': {'prefix': '011'}", "+442079460000",
		  "sip:011442079460000@c.example" },
		/* ... and leaves what is not of the class to them */
		{ "'international': {}", "+14155550000",
		  "sip:14155550000@r.example" },
		/* an expression of its own */
		{ "'did_us': {'regex': '^\\\\+1415(\\\\d{7})$'}",
		  "+14155550000", "sip:5550000@c.example" },
		/* that does not match: nobody, as the class is taken */
		{ "'did_us': {'regex': '^\\\\+1212'}", "+14155550000", "" },
		{ "'did_us': {'enabled': false}", "+14155550000", "" },
		{ "'did_us': {'enabled': false}", "+442079460000",
		  "sip:442079460000@r.example" },
		{ "'emergency': {}", "911", "sip:911@c.example" },
		{ "'tollfree_us': {}", "+18005550000",
		  "sip:8005550000@c.example" },
		/* no class of that name: its rules do not count either */
		{ "'moon': {}", "+14155550000", "sip:14155550000@r.example" },
	};
	struct bench *b;
	char rest[256];

	for (size_t i = 0; i < NELEM(rows); i++) {
		routes_set_up((void **)&b);
		snprintf(rest, sizeof(rest), ALL ", 'classifiers': {%s}",
		         rows[i].classifiers);
		put_global(b, "c", rest);
		put_global(b, "r", ALL);
		b->rq.number = rows[i].number;
		assert_string_equal(choose(b), rows[i].want);
		routes_tear_down((void **)&b);
	}
	(void)state;
}

static void what_a_class_leaves_open_is_the_gateway_s(void **state)
{
	struct bench *b = *state;

	put_global(b, "c", "'classifiers': {'did_us': {'prefix': '9'}},"
	           "'gateways': [{'server': 'x', 'prefix': '1',"
	           " 'suffix': '0'}, {'server': 'y'}]");
	assert_string_equal(choose(b), "sip:941555500000@x sip:94155550000@y");
}

static void each_class_has_its_weight(void **state)
{
	struct bench *b = *state;

	put_global(b, "a", "'classifiers': {'did_us': {'weight_cost': 60},"
	                   " 'international': {'weight_cost': 5}}");
	put_global(b, "b", "'classifiers': {'did_us': {},"
	                   " 'international': {'weight_cost': 500}}");
	put_global(b, "c", "'weight_cost': 55, 'classifiers': {'did_us': {}}");
	assert_string_equal(choose(b), "sip:4155550000@b.example"
	                               " sip:4155550000@c.example"
	                               " sip:4155550000@a.example");
	b->rq.number = "+442079460000";
	assert_string_equal(choose(b), "sip:442079460000@a.example"
	                               " sip:442079460000@b.example");
}

static void flags_and_callers_choose_among_classes_too(void **state)
{
	static const char *const flags[] = { "fax" };
	struct bench *b = *state;

	put_global(b, "f", "'flags': ['fax'], 'classifiers': {'did_us': {}}");
	put_global(b, "g", "'cid_rules': ['^9'],"
	                   " 'classifiers': {'did_us': {}}");
	put_global(b, "r", "'flags': ['fax', 'x']," ALL);
	b->rq.flags = flags;
	b->rq.n_flags = 1;
	assert_string_equal(choose(b), "sip:4155550000@f.example");
	b->rq.n_flags = 0;
	b->rq.caller_number = "100";
	assert_string_equal(choose(b), "sip:4155550000@f.example");
	b->rq.caller_number = "900";
	assert_string_equal(choose(b), "sip:4155550000@f.example"
	                               " sip:4155550000@g.example");
}

static void a_class_whose_carriers_lack_a_flag_leaves_it_to_rules(void **state)
{
	static const char *const flags[] = { "fax" };
	struct bench *b = *state;

	put_global(b, "c", "'classifiers': {'did_us': {}}");
	put_global(b, "r", "'flags': ['fax']," ALL);
	b->rq.flags = flags;
	b->rq.n_flags = 1;
	assert_string_equal(choose(b), "sip:14155550000@r.example");
}

static void emergency_is_a_matter_of_carrier_class_and_gateway(void **state)
{
	static const struct {
		const char *rest;
		bool want;
	} rows[] = {
		{ "'rules': ['.*']", false },
		{ "'rules': ['.*'], 'emergency': true", true },
		{ "'rules': ['.*'], 'caller_id_options':"
		  " {'type': 'emergency'}", true },
		{ "'rules': ['.*'], 'gateways': [{'server': 'x',"
		  " 'emergency': true}]", true },
		{ "'classifiers': {'emergency': {}}", true },
		{ "'classifiers': {'emergency': {'emergency': false}}",
		  false },
	};
	struct bench *b;

	for (size_t i = 0; i < NELEM(rows); i++) {
		routes_set_up((void **)&b);
		put_global(b, "c", rows[i].rest);
		b->rq.number = "911";
		choose(b);
		assert_int_equal(b->choice.n_attempts, 1);
		assert_int_equal(b->choice.attempts[0].is_emergency,
		                 rows[i].want);
		routes_tear_down((void **)&b);
	}
	(void)state;
}

static void an_account_s_own_classes_are_asked(void **state)
{
	struct bench *b = *state;

	documents_put(b->docs, "accounts/a/account.json",
	              "{'id': 'a', 'name': 'A', 'realm': 'a.example',"
	              " 'classifiers': {'town': {'regex':"
	              " '^\\\\+1415(\\\\d+)$'}}}");
	put_global(b, "c", "'classifiers': {'town': {'prefix': '0'}}");
	assert_string_equal(choose(b), "sip:05550000@c.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_carrier_takes_classes_of_numbers_in_its_own_way),
		TEST(what_a_class_leaves_open_is_the_gateway_s),
		TEST(each_class_has_its_weight),
		TEST(flags_and_callers_choose_among_classes_too),
		TEST(a_class_whose_carriers_lack_a_flag_leaves_it_to_rules),
		cmocka_unit_test(
			emergency_is_a_matter_of_carrier_class_and_gateway),
		TEST(an_account_s_own_classes_are_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
