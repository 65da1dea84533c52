#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "directory/tree.h"

static const struct gateway *only(const struct tree *t)
{
	size_t n;

	return snapshot_resources(t->s, &n)[0]->gateways;
}

static void put(struct tree *t, const char *members)
{
	char *json = xasprintf("{'gateways':[{'server':'gw.x'%s}]}", members);

	tree_put(t, "resources/r.json", json);
	free(json);
}

static void what_a_document_leaves_open_is_the_configurations(void **unused)
{
	const struct gateway *g;
	struct tree t;

	(void)unused;
	tree_open(&t);
	put(&t, "");
	assert_int_equal(tree_load(&t, false), 0);
	g = only(&t);
	assert_false(g->registers);
	assert_null(g->auth_username);
	assert_null(g->from_realm);
	assert_null(g->contact_user);
	assert_null(g->extension);
	assert_null(g->proxy);
	assert_int_equal(g->expires_s, 0);
	assert_int_equal(g->answer_timeout_s, 0);
	assert_int_equal(g->connect_timeout_s, 0);
	assert_int_equal(g->channels, -1);
	assert_int_equal(g->cps, -1);
	assert_int_equal(g->options_interval_s, -1);
	assert_int_equal(g->options_failures, 0);
	assert_int_equal(g->options_successes, 0);
	tree_close(&t);
}

static void every_member_of_a_registration_is_read(void **unused)
{
	const struct gateway *g;
	struct tree t;

	(void)unused;
	tree_open(&t);
	put(&t, ",'register':true,'username':'u','password':'p',"
	        "'auth_username':'a','from_uri_realm':'c.test',"
	        "'contact_user':'cu','extension':'+1','proxy':'sip:p.x',"
	        "'expires':30,'answer_timeout':40,'connect_timeout':3,"
	        "'channels':0,'cps':0,"
	        "'options_interval':0,'options_failures':1,"
	        "'options_successes':4");
	assert_int_equal(tree_load(&t, false), 0);
	assert_null(strstr(tree_why(&t), "resources/"));
	g = only(&t);
	assert_true(g->registers);
	assert_string_equal(g->auth_username, "a");
	assert_string_equal(g->from_realm, "c.test");
	assert_string_equal(g->contact_user, "cu");
	assert_string_equal(g->extension, "+1");
	assert_string_equal(g->proxy, "sip:p.x");
	assert_int_equal(g->expires_s, 30);
	assert_int_equal(g->answer_timeout_s, 40);
	assert_int_equal(g->connect_timeout_s, 3);
	assert_int_equal(g->channels, 0);
	assert_int_equal(g->cps, 0);
	assert_int_equal(g->options_interval_s, 0);
	assert_int_equal(g->options_failures, 1);
	assert_int_equal(g->options_successes, 4);
	tree_close(&t);
}

static void what_cannot_be_is_a_fault_with_its_place(void **unused)
{
	static const char *const cases[][2] = {
		{ ",'register':true",
		  "gateways[0]: registers, but has no username" },
		{ ",'register':1", "gateways[0].register: " },
		{ ",'expires':29", "gateways[0].expires: " },
		{ ",'channels':-1", "gateways[0].channels: " },
		{ ",'cps':10001", "gateways[0].cps: " },
		{ ",'cps':1.5", "gateways[0].cps: " },
		{ ",'options_interval':'60'",
		  "gateways[0].options_interval: " },
		{ ",'options_failures':0", "gateways[0].options_failures: " },
		{ ",'options_successes':101",
		  "gateways[0].options_successes: " },
		{ ",'connect_timeout':33", "gateways[0].connect_timeout: " },
		{ ",'answer_timeout':3601", "gateways[0].answer_timeout: " },
		{ ",'proxy':'p.x'", "gateways[0].proxy: " },
		{ ",'from_uri_realm':'a b'", "gateways[0].from_uri_realm: " },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct tree t;

		tree_open(&t);
		put(&t, cases[i][0]);
		assert_int_equal(tree_load(&t, false), -EINVAL);
		if (!strstr(tree_why(&t), cases[i][1]))
			fail_msg("%s: %s", cases[i][0], tree_why(&t));
		tree_close(&t);
	}
}

static void a_registration_without_a_password_is_only_warned_of(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open(&t);
	put(&t, ",'register':true,'username':'u'");
	assert_int_equal(tree_load(&t, false), 0);
	assert_non_null(strstr(tree_why(&t), "without a password"));
	assert_true(only(&t)->registers);
	tree_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_a_document_leaves_open_is_the_configurations),
		cmocka_unit_test(every_member_of_a_registration_is_read),
		cmocka_unit_test(what_cannot_be_is_a_fault_with_its_place),
		cmocka_unit_test(
			a_registration_without_a_password_is_only_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
