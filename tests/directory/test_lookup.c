#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "directory/number.h"
#include "directory/rule.h"
#include "tree.h"

static void a_device_is_found_by_what_it_authenticates_with(void **unused)
{
	const struct account *a;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/b/account.json", "{'realm':'b.example'}");
	tree_put(&t, "accounts/a/devices/1.json",
	         "{'sip':{'username':'Alice','password':'x'}}");
	tree_put(&t, "accounts/b/devices/1.json",
	         "{'sip':{'username':'alice','password':'x'}}");
	tree_put(&t, "accounts/b/devices/2.json",
	         "{'sip':{'username':'bob','password':'x',"
	         "'realm':'A.EXAMPLE'}}");
	assert_int_equal(tree_load(&t, false), 0);
	a = tree_account(&t);
	assert_ptr_equal(snapshot_device_by_auth(t.s, "A.example", "aLICE"),
	                 account_device(a, "1"));
	assert_ptr_equal(snapshot_device_by_auth(t.s, "b.example", "alice"),
	                 account_device(snapshot_account(t.s, "b"), "1"));
	assert_ptr_equal(snapshot_device_by_auth(t.s, "a.example", "bob"),
	                 account_device(snapshot_account(t.s, "b"), "2"));
	assert_null(snapshot_device_by_auth(t.s, "b.example", "bob"));
	assert_null(snapshot_device_by_auth(t.s, "a.example\nalice", ""));
	assert_null(snapshot_device_by_auth(t.s, "", ""));
	tree_close(&t);
}

static void ids_are_private_to_an_account_and_a_type(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/b/account.json", "{}");
	tree_put(&t, "accounts/a/users/x.json", "{}");
	tree_put(&t, "accounts/a/groups/x.json", "{}");
	tree_put(&t, "accounts/b/users/x.json", "{}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_non_null(account_user(tree_account(&t), "x"));
	assert_non_null(account_group(tree_account(&t), "x"));
	assert_null(account_device(tree_account(&t), "x"));
	assert_null(account_callflow(tree_account(&t), "x"));
	assert_ptr_not_equal(account_user(tree_account(&t), "x"),
	                     account_user(snapshot_account(t.s, "b"), "x"));
	assert_null(account_group(snapshot_account(t.s, "b"), "x"));
	tree_close(&t);
}

static void a_callflow_is_found_by_its_numbers_in_both_forms(void **unused)
{
	const struct account *a;
	const struct callflow *c;
	struct tree t;

	(void)unused;
	tree_open(&t);
	tree_put(&t, "accounts/a/account.json",
	         "{'dial_plan':{'^9(\\\\d{7})$':{'prefix':'415'}}}");
	tree_put(&t, "accounts/a/callflows/c.json",
	         "{'name':'C','numbers':['101','4155550000','95550001',"
	         "'+14155550002','*97'],'flow':{}}");
	assert_int_equal(tree_load(&t, false), 0);
	a = tree_account(&t);
	c = account_callflow(a, "c");
	assert_string_equal(c->name, "C");
	assert_false(c->is_no_match);
	assert_ptr_equal(account_callflow_by_number(a, "101"), c);
	assert_ptr_equal(account_callflow_by_number(a, "4155550000"), c);
	assert_ptr_equal(account_callflow_by_number(a, "+14155550000"), c);
	assert_ptr_equal(account_callflow_by_number(a, "95550001"), c);
	assert_ptr_equal(account_callflow_by_number(a, "+14155550001"), c);
	assert_ptr_equal(account_callflow_by_number(a, "+14155550002"), c);
	assert_ptr_equal(account_callflow_by_number(a, "*97"), c);
	assert_null(account_callflow_by_number(a, "4155550002"));
	assert_null(account_callflow_by_number(a, "no_match"));
	assert_null(a->no_match);
	tree_close(&t);
}

static void patterns_are_kept_in_the_order_they_were_read(void **unused)
{
	const struct account *a;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/callflows/1.json",
	         "{'patterns':['^1','^2'],'flow':{}}");
	tree_put(&t, "accounts/a/callflows/2.json",
	         "{'patterns':['^3'],'numbers':['no_match'],'flow':{}}");
	assert_int_equal(tree_load(&t, false), 0);
	a = tree_account(&t);
	assert_int_equal(a->n_patterns, 3);
	assert_string_equal(rule_text(a->patterns[0].rule), "^1");
	assert_string_equal(rule_text(a->patterns[1].rule), "^2");
	assert_string_equal(rule_text(a->patterns[2].rule), "^3");
	assert_string_equal(a->patterns[1].callflow->id, "1");
	assert_string_equal(a->patterns[2].callflow->id, "2");
	assert_string_equal(a->no_match->id, "2");
	assert_true(a->no_match->is_no_match);
	tree_close(&t);
}

static void a_public_number_tells_its_account(void **unused)
{
	const struct callflow *c = NULL;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/b/account.json", "{}");
	tree_put(&t, "accounts/a/callflows/1.json",
	         "{'numbers':['101','4155550000','5550000','555000',"
	         "'*1234567','reception'],'flow':{}}");
	tree_put(&t, "accounts/b/callflows/2.json",
	         "{'numbers':['101','+49301234567','5550000'],'flow':{}}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_ptr_equal(snapshot_number_owner(t.s, "+14155550000", &c),
	                 tree_account(&t));
	assert_string_equal(c->id, "1");
	assert_ptr_equal(snapshot_number_owner(t.s, "4155550000", NULL),
	                 tree_account(&t));
	assert_ptr_equal(snapshot_number_owner(t.s, "14155550000", NULL),
	                 tree_account(&t));
	assert_ptr_equal(snapshot_number_owner(t.s, "01149301234567", &c),
	                 snapshot_account(t.s, "b"));
	assert_string_equal(c->id, "2");
	assert_null(snapshot_number_owner(t.s, "101", &c));
	assert_null(snapshot_number_owner(t.s, "555000", &c));
	assert_null(snapshot_number_owner(t.s, "*1234567", &c));
	assert_null(snapshot_number_owner(t.s, "reception", &c));
	/* Two accounts claim it: the first one has it, and a word is said. */
	assert_ptr_equal(snapshot_number_owner(t.s, "5550000", NULL),
	                 tree_account(&t));
	assert_string_equal(tree_why(&t),
	                    "accounts/b/callflows/2.json: numbers: warning: "
	                    "'5550000' belongs to account a already "
	                    "(accounts/a/callflows/1.json): calls from outside "
	                    "go there\n");
	tree_close(&t);
}

static void count_gateway(const struct gateway *g, void *arg)
{
	struct buf *names = arg;

	buf_fmt(names, "%s ", g->name);
}

static void carriers_are_global_or_of_an_account(void **unused)
{
	struct buf names = { 0 };
	struct tree t;
	size_t n;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "resources/1.json",
	         "{'id':'z','gateways':[{'server':'a.x'}]}");
	tree_put(&t, "resources/2.json",
	         "{'id':'y','gateways':[{'server':'a.x'}]}");
	tree_put(&t, "accounts/a/resources/1.json",
	         "{'id':'z','gateways':[{'server':'a.x'},{'server':'b.x'}]}");
	tree_put(&t, "accounts/a/resources/2.json",
	         "{'id':'l','enabled':false,'gateways':[{'server':'a.x'}]}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_string_equal(snapshot_resources(t.s, &n)[0]->id, "y");
	assert_string_equal(snapshot_resources(t.s, &n)[1]->id, "z");
	assert_int_equal(n, 2);
	assert_int_equal(tree_account(&t)->n_resources, 2);
	assert_string_equal(tree_account(&t)->resources[0]->id, "l");
	assert_ptr_equal(tree_account(&t)->resources[1]->account,
	                 tree_account(&t));
	assert_int_equal(snapshot_counts(t.s).resources, 4);
	snapshot_each_gateway(t.s, count_gateway, &names);
	assert_string_equal(names.p, "y/0 z/0 z/0 z/1 ");
	buf_free(&names);
	tree_close(&t);
}

static void devices_users_and_accounts_dial_by_their_own_plans(void **unused)
{
	const struct device *d, *e;
	struct tree t;
	char *s;

	(void)unused;
	tree_open(&t);
	tree_put(&t, "accounts/a/account.json",
	         "{'dial_plan':{'^([234])$':{'prefix':'account'}}}");
	tree_put(&t, "accounts/a/users/u.json",
	         "{'dial_plan':{'^([12])$':{'prefix':'user'}}}");
	tree_put(&t, "accounts/a/devices/d.json",
	         "{'owner_id':'u','dial_plan':{'^([123])$':"
	         "{'prefix':'device'}}}");
	tree_put(&t, "accounts/a/devices/e.json", "{}");
	assert_int_equal(tree_load(&t, false), 0);
	d = account_device(tree_account(&t), "d");
	e = account_device(tree_account(&t), "e");
	s = number_dialled_by(d, "1");
	assert_string_equal(s, "user1"); /* Kazoo: the owner's word */
	free(s);
	s = number_dialled_by(d, "3");
	assert_string_equal(s, "device3");
	free(s);
	s = number_dialled_by(d, "4");
	assert_string_equal(s, "account4");
	free(s);
	s = number_dialled_by(e, "2");
	assert_string_equal(s, "account2");
	free(s);
	assert_null(number_dialled_by(d, "5"));
	tree_close(&t);
}

/* Kazoo: the names of plans that many share, tried after all others. */
static void shared_dial_plans_come_last(void **unused)
{
	static const struct {
		const char *dialled, *wanted; /* NULL: as it is */
	} rows[] = {
		{ "5550100", "+14155550100" }, { "0171", "+49171" },
		{ "00441", "own441" }, { "*1", NULL },
	};
	const struct device *d;
	struct tree t;

	(void)unused;
	tree_open(&t);
	tree_put(&t, "dialplans.json",
	         "{'US':{'^(\\\\d{7})$':{'prefix':'+1415'}},"
	         "'DE':{'^0(\\\\d+)$':{'prefix':'+49'}},"
	         "'ZZ':{'^(.*)$':{'prefix':'never'}}}");
	tree_put(&t, "accounts/a/account.json",
	         "{'dial_plan':{'system':['US','DE','XX'],"
	         "'^00(44.*)$':{'prefix':'own'}}}");
	tree_put(&t, "accounts/a/devices/d.json",
	         "{'sip':{'route':'sip:x@y'}}");
	tree_put(&t, "accounts/a/devices/e.json",
	         "{'sip':{'route':'sip:x@y'},'dial_plan':{'system':['ZZ']}}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_string_equal(tree_why(&t),
	                    "accounts/a/account.json: dial_plan.system: "
	                    "warning: dial plan 'XX' is not known in "
	                    "dialplans.json\n");
	d = account_device(tree_account(&t), "d");
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *s = number_dialled_by(d, rows[i].dialled);

		if (rows[i].wanted)
			assert_string_equal(s, rows[i].wanted);
		else
			assert_null(s);
		free(s);
		s = number_normalise(tree_account(&t), rows[i].dialled);
		assert_string_equal(s, rows[i].wanted ? rows[i].wanted
		                                      : rows[i].dialled);
		free(s);
	}
	d = account_device(tree_account(&t), "e");
	{
		char *s = number_dialled_by(d, "*1");

		assert_string_equal(s, "never*1");
		free(s);
	}
	tree_close(&t);
}

static void faults_of_shared_dial_plans_are_named(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "dialplans.json",
	         "{'US':{'^(':{'prefix':'+1'}},'DE':7}");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_non_null(strstr(tree_why(&t), "dialplans.json: US.^(: "));
	assert_non_null(strstr(tree_why(&t), "dialplans.json: DE: expected "
	                                     "object, found number\n"));
	tree_put(&t, "dialplans.json", "[]");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	tree_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_dial_plans_come_last),
		cmocka_unit_test(faults_of_shared_dial_plans_are_named),
		cmocka_unit_test(
			a_device_is_found_by_what_it_authenticates_with),
		cmocka_unit_test(ids_are_private_to_an_account_and_a_type),
		cmocka_unit_test(
			a_callflow_is_found_by_its_numbers_in_both_forms),
		cmocka_unit_test(patterns_are_kept_in_the_order_they_were_read),
		cmocka_unit_test(a_public_number_tells_its_account),
		cmocka_unit_test(carriers_are_global_or_of_an_account),
		cmocka_unit_test(
			devices_users_and_accounts_dial_by_their_own_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
