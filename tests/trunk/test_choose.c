#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/strutil.h"
#include "trunk/routes.h"

static void the_lowest_weight_goes_first_and_ids_break_ties(void **state)
{
	struct bench *b = *state;

	put_global(b, "c", ALL ", 'weight_cost': 10");
	put_global(b, "b", ALL ", 'weight_cost': 20");
	put_global(b, "a", ALL ", 'weight_cost': 20");
	put_global(b, "d", ALL ", 'weight_cost': 1");
	put_global(b, "e", ALL); /* 50 */
	assert_string_equal(choose(b), "sip:14155550000@d.example"
	                               " sip:14155550000@c.example"
	                               " sip:14155550000@a.example"
	                               " sip:14155550000@b.example"
	                               " sip:14155550000@e.example");
}

static void local_and_global_carriers_do_not_mix(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", ALL);
	put_local(b, "l", ALL);
	assert_string_equal(choose(b), "sip:14155550000@g.example");
	b->rq.is_local = true;
	assert_string_equal(choose(b), "sip:14155550000@l.example");
}

static void no_hunt_account_is_no_route(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", ALL);
	put_local(b, "l", ALL);
	choose(b);
	b->rq.is_local = true;
	b->rq.hunt_account = NULL;
	trunk_choice_clear(&b->choice);
	trunk_choose(&b->choice, &b->rq);
	assert_int_equal(b->choice.n_attempts, 0);
	assert_null(b->choice.inside);
}

static void a_carrier_of_an_account_above_may_be_hunted(void **state)
{
	struct bench *b = *state;

	documents_put(b->docs, "accounts/top/account.json",
	              "{'id': 'top', 'name': 'T', 'realm': 't.example'}");
	put(b, "accounts/top/resources", "t", ALL);
	put_local(b, "l", ALL);
	choose(b);
	b->rq.is_local = true;
	b->rq.hunt_account = snapshot_account(b->snapshot, "top");
	trunk_choice_clear(&b->choice);
	trunk_choose(&b->choice, &b->rq);
	assert_int_equal(b->choice.n_attempts, 1);
	assert_string_equal(b->choice.attempts[0].uri,
	                    "sip:14155550000@t.example");
}

static void the_last_rule_is_tried_first(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", "'rules': ['^\\\\+(\\\\d+)$',"
	                   " '^\\\\+1(\\\\d{10})$']");
	assert_string_equal(choose(b), "sip:4155550000@g.example");
	assert_string_equal(b->choice.attempts[0].number, "4155550000");
	assert_string_equal(b->choice.number, "+14155550000");
	b->rq.number = "+442079460000";
	assert_string_equal(choose(b), "sip:442079460000@g.example");
}

static void a_rule_without_groups_sends_what_it_matched(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", "'rules': ['^\\\\+1415']");
	assert_string_equal(choose(b), "sip:+1415@g.example");
}

static void the_longest_group_of_a_rule_is_sent(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", "'rules': ['^\\\\+(1)(\\\\d{10})$']");
	assert_string_equal(choose(b), "sip:4155550000@g.example");
}

static void a_carrier_without_a_matching_rule_does_not_take_part(void **state)
{
	struct bench *b = *state;

	put_global(b, "none", "'x': 1");
	put_global(b, "empty", "'rules': []");
	put_global(b, "other", "'rules': ['^\\\\+44']");
	assert_string_equal(choose(b), "");
	assert_null(b->choice.inside);
	assert_string_equal(b->choice.number, "+14155550000");
}

static void disabled_carriers_and_gateways_are_passed_over(void **state)
{
	struct bench *b = *state;

	put_global(b, "off", ALL ", 'enabled': false");
	put_global(b, "on", ALL ", 'gateways': [{'server': 'x.example',"
	                    " 'enabled': false}, {'server': 'y.example'}]");
	assert_string_equal(choose(b), "sip:14155550000@y.example");
	assert_string_equal(b->choice.attempts[0].gateway->server,
	                    "y.example");
}

static void gateways_go_in_the_order_of_the_document(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", ALL ", 'gateways': ["
	           "{'server': 'z.example', 'prefix': '00'},"
	           "{'server': '192.0.2.1', 'port': 5080},"
	           "{'server': '2001:db8::1', 'suffix': '#'},"
	           "{'server': 'x.example', 'route':"
	           " 'sip:fixed@y.example'}]");
	assert_string_equal(choose(b), "sip:0014155550000@z.example"
	                               " sip:14155550000@192.0.2.1:5080"
	                               " sip:14155550000%23@[2001:db8::1]"
	                               " sip:fixed@y.example");
}

static void random_gateways_follow_the_seed(void **state)
{
	struct bench *b = *state;
	char first[600];
	unsigned different = 0;

	put_global(b, "g", ALL ", 'gateway_strategy': 'random', 'gateways': ["
	           "{'server': '192.0.2.1'}, {'server': '192.0.2.2'},"
	           "{'server': '192.0.2.3'}, {'server': '192.0.2.4'}]");
	snprintf(first, sizeof(first), "%s", choose(b));
	assert_int_equal(b->choice.n_attempts, 4);
	assert_string_equal(choose(b), first);
	for (b->rq.seed = 1; b->rq.seed < 21; b->rq.seed++)
		different += strcmp(choose(b), first) != 0;
	assert_true(different > 10);
}

static void a_gateway_gets_the_number_in_its_form(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", "'rules': ['^\\\\+\\\\d+$'], 'gateways': ["
	           "{'server': 'a', 'invite_format': 'npan'},"
	           "{'server': 'b', 'invite_format': '1npan'},"
	           "{'server': 'c', 'invite_format': 'strip_plus'},"
	           "{'server': 'd', 'invite_format': 'e164'},"
	           "{'server': 'e'}]");
	assert_string_equal(choose(b),
	                    "sip:4155550000@a sip:14155550000@b"
	                    " sip:14155550000@c sip:+14155550000@d"
	                    " sip:+14155550000@e");
}

static void the_number_is_normalised_unless_told_not_to(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", "'rules': ['.*']");
	b->rq.number = "4155550000";
	assert_string_equal(choose(b), "sip:+14155550000@g.example");
	b->rq.skips_e164 = true;
	assert_string_equal(choose(b), "sip:4155550000@g.example");
	assert_string_equal(b->choice.number, "4155550000");
}

static void rules_on_the_caller_s_number_choose_too(void **state)
{
	struct bench *b = *state;

	put_global(b, "any", ALL ", 'cid_rules': []");
	put_global(b, "uk", ALL ", 'cid_rules': ['^\\\\+33', '^\\\\+44']");
	b->rq.caller_number = "+442079460000";
	assert_string_equal(choose(b), "sip:14155550000@any.example"
	                               " sip:14155550000@uk.example");
	b->rq.caller_number = "+14155550001";
	assert_string_equal(choose(b), "sip:14155550000@any.example");
	b->rq.caller_number = NULL;
	assert_string_equal(choose(b), "sip:14155550000@any.example");
}

static void a_request_with_flags_needs_carriers_with_all_of_them(void **state)
{
	static const char *const flags[] = { "fax", "", "eu" };
	struct bench *b = *state;

	put_global(b, "both", ALL ", 'flags': ['eu', 'x', 'fax']");
	put_global(b, "one", ALL ", 'flags': ['fax']");
	put_global(b, "none", ALL);
	put_global(b, "blind", ALL ", 'ignore_flags': true");
	put_global(b, "strict", ALL ", 'flags': ['eu', 'fax'],"
	                        " 'require_flags': true");
	b->rq.flags = flags;
	b->rq.n_flags = 3;
	/* of equals the last id first, when there are flags (Kazoo) */
	assert_string_equal(choose(b), "sip:14155550000@strict.example"
	                               " sip:14155550000@both.example"
	                               " sip:14155550000@blind.example");
	b->rq.n_flags = 0; /* who requires flags is left out */
	assert_string_equal(choose(b), "sip:14155550000@blind.example"
	                               " sip:14155550000@both.example"
	                               " sip:14155550000@none.example"
	                               " sip:14155550000@one.example");
	b->rq.flags = flags + 1; /* an empty flag is none */
	b->rq.n_flags = 1;
	choose(b);
	assert_int_equal(b->choice.n_attempts, 4);
}

static void an_emergency_goes_out_by_emergency_carriers_first(void **state)
{
	struct bench *b = *state;

	put_global(b, "cheap", "'rules': ['.+'], 'weight_cost': 1");
	put_global(b, "sos2", "'rules': ['.+'], 'weight_cost': 9,"
	                      " 'emergency': true");
	put_global(b, "sos1", "'rules': ['.+'], 'weight_cost': 8,"
	                      " 'emergency': true");
	b->rq.number = "911";
	assert_string_equal(choose(b), "sip:911@sos1.example"
	                               " sip:911@sos2.example"
	                               " sip:911@cheap.example");
	b->rq.number = "+14155550000";
	assert_string_equal(choose(b), "sip:+14155550000@cheap.example"
	                               " sip:+14155550000@sos1.example"
	                               " sip:+14155550000@sos2.example");
}

static void a_number_of_ours_stays_inside(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", ALL);
	put_local(b, "l", ALL);
	b->rq.number = "4155550100";
	assert_string_equal(choose(b), "");
	assert_string_equal(b->choice.inside->id, "a");
	assert_string_equal(b->choice.inside_flow->id, "did");
	b->rq.is_local = true; /* local carriers are asked all the same */
	assert_string_equal(choose(b), "sip:14155550100@l.example");
	assert_null(b->choice.inside);
}

static void a_gateway_without_a_usable_address_is_passed_over(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", "'rules': ['^\\\\+(\\\\d*)'], 'gateways': ["
	           "{'server': 'x.example', 'prefix': '9'},"
	           "{'server': 'y.example'}]");
	b->rq.number = "+";
	assert_string_equal(choose(b), "sip:9@x.example");
}

/* --- who may have calls -------------------------------------------------- */

static enum trunk_bar as_named(const struct gateway *g, void *arg)
{
	(void)arg;
	return str_starts(g->server, "unwell")   ? TRUNK_UNWELL
	       : str_starts(g->server, "closed") ? TRUNK_CLOSED
	                                         : TRUNK_OPEN;
}

#define THREE "'gateways': [{'server': 'unwell'}, {'server': 'closed'}, " \
	      "{'server': 'fit'}]"

static void gateways_that_are_not_fit_are_passed_over(void **state)
{
	struct bench *b = *state;

	b->rq.bar = as_named;
	put_global(b, "r", ALL ", " THREE);
	assert_string_equal(choose(b), "sip:14155550000@fit");
	assert_int_equal(b->choice.n_passed_over, 2);
}

static void no_route_and_none_that_is_fit_are_told_apart(void **state)
{
	struct bench *b = *state;

	b->rq.bar = as_named;
	put_global(b, "r", ALL ", 'gateways': [{'server': 'unwell'}]");
	assert_string_equal(choose(b), "");
	assert_int_equal(b->choice.n_passed_over, 1);
}

static void in_an_emergency_the_unwell_are_the_last_resort(void **state)
{
	struct bench *b = *state;

	b->rq.bar = as_named;
	b->rq.number = "911";
	put_global(b, "a", ALL ", " THREE);
	put_global(b, "b", ALL);
	assert_string_equal(choose(b), "sip:911@fit sip:911@b.example"
	                               " sip:911@unwell");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_lowest_weight_goes_first_and_ids_break_ties),
		TEST(local_and_global_carriers_do_not_mix),
		TEST(no_hunt_account_is_no_route),
		TEST(a_carrier_of_an_account_above_may_be_hunted),
		TEST(the_last_rule_is_tried_first),
		TEST(a_rule_without_groups_sends_what_it_matched),
		TEST(the_longest_group_of_a_rule_is_sent),
		TEST(a_carrier_without_a_matching_rule_does_not_take_part),
		TEST(disabled_carriers_and_gateways_are_passed_over),
		TEST(gateways_go_in_the_order_of_the_document),
		TEST(random_gateways_follow_the_seed),
		TEST(a_gateway_gets_the_number_in_its_form),
		TEST(the_number_is_normalised_unless_told_not_to),
		TEST(rules_on_the_caller_s_number_choose_too),
		TEST(a_request_with_flags_needs_carriers_with_all_of_them),
		TEST(an_emergency_goes_out_by_emergency_carriers_first),
		TEST(a_number_of_ours_stays_inside),
		TEST(a_gateway_without_a_usable_address_is_passed_over),
		TEST(gateways_that_are_not_fit_are_passed_over),
		TEST(no_route_and_none_that_is_fit_are_told_apart),
		TEST(in_an_emergency_the_unwell_are_the_last_resort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
