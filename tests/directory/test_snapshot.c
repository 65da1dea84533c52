#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/number.h"
#include "directory/rule.h"
#include "tree.h"

static void an_empty_folder_is_an_empty_snapshot(void **unused)
{
	struct tree t;
	size_t n = 7;

	(void)unused;
	tree_open(&t);
	assert_int_equal(tree_load(&t, false), 0);
	assert_int_equal(snapshot_counts(t.s).accounts, 0);
	assert_null(snapshot_account(t.s, "a"));
	assert_null(snapshot_device_by_auth(t.s, "a.example", "101"));
	assert_false(snapshot_has_realm(t.s, "a.example"));
	assert_null(snapshot_number_owner(t.s, "+14155550000", NULL));
	snapshot_resources(t.s, &n);
	assert_int_equal(n, 0);
	tree_close(&t);
}

static void a_folder_that_is_not_there_is_named(void **unused)
{
	struct snapshot *s = NULL;
	struct diag why = { 0 };

	(void)unused;
	assert_int_equal(snapshot_load(&s, "/nonexistent/dir", true, &why),
	                 -ENOENT);
	assert_null(s);
	assert_string_equal(buf_text(&why.text),
	                    "/nonexistent/dir: cannot be read: No such file "
	                    "or directory\n");
	diag_free(&why);
	assert_int_equal(snapshot_load(&s, "/nonexistent/dir", true, NULL),
	                 -ENOENT);
}

static void a_snapshot_lives_until_its_last_reference(void **unused)
{
	struct snapshot *second;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	assert_int_equal(tree_load(&t, false), 0);
	second = snapshot_ref(t.s);
	snapshot_unref(&t.s);
	assert_null(t.s);
	assert_string_equal(snapshot_account(second, "a")->realm, "a.example");
	snapshot_unref(&second);
	snapshot_unref(&second);
	tree_close(&t);
}

static void a_document_is_bare_or_wrapped_as_the_api_gives_it(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/devices/bare.json", "{}");
	tree_put(&t, "accounts/a/devices/x.json", "{'id':'by_id'}");
	tree_put(&t, "accounts/a/devices/y.json", "{'_id':'by_private_id'}");
	tree_put(&t, "accounts/a/devices/z.json",
	         "{'auth_token':'t','data':{'id':'wrapped','name':'W'},"
	         "'status':'success'}");
	/* `data` is then a member like any that we do not know. */
	tree_put(&t, "accounts/a/devices/w.json",
	         "{'id':'not_wrapped','data':{'id':'inner'}}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_int_equal(snapshot_counts(t.s).devices, 5);
	assert_non_null(account_device(tree_account(&t), "bare"));
	assert_non_null(account_device(tree_account(&t), "by_id"));
	assert_non_null(account_device(tree_account(&t), "by_private_id"));
	assert_non_null(account_device(tree_account(&t), "not_wrapped"));
	assert_string_equal(account_device(tree_account(&t), "wrapped")->name,
	                    "W");
	assert_null(account_device(tree_account(&t), "x"));
	tree_close(&t);
}

static void only_json_files_in_sight_are_documents(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/devices/.hidden.json", "{");
	tree_put(&t, "accounts/a/devices/half.json~", "{");
	tree_put(&t, "accounts/a/devices/half.json.swp", "{");
	tree_put(&t, "accounts/a/devices/#half.json#", "{");
	tree_put(&t, "accounts/a/devices/README", "{");
	tree_put(&t, "accounts/a/menus/m.json", "{");
	tree_put(&t, "accounts/README.md", "{");
	tree_put(&t, "accounts/.git/x", "{");
	assert_int_equal(tree_load(&t, false), 0);
	assert_string_equal(tree_why(&t), "");
	assert_int_equal(snapshot_counts(t.s).accounts, 1);
	assert_int_equal(snapshot_counts(t.s).devices, 0);
	tree_close(&t);
}

static void an_account_has_kazoos_defaults(void **unused)
{
	const struct account *a;
	struct tree t;

	(void)unused;
	tree_open(&t);
	tree_put(&t, "accounts/a/account.json", "{}");
	tree_put(&t, "accounts/b/account.json",
	         "{'id':'other','name':'B','realm':'B.Example','enabled':false,"
	         "'do_not_disturb':{'enabled':true}}");
	assert_int_equal(tree_load(&t, false), 0);
	a = tree_account(&t);
	assert_string_equal(a->name, "a");
	assert_null(a->realm);
	assert_null(a->parent);
	assert_null(a->no_match);
	assert_true(a->is_enabled);
	assert_false(a->is_dnd);
	assert_int_equal(a->n_patterns, 0);
	assert_int_equal(a->n_resources, 0);
	assert_null(snapshot_account(t.s, "b"));
	a = snapshot_account(t.s, "other");
	assert_string_equal(a->name, "B");
	assert_string_equal(a->realm, "b.example");
	assert_false(a->is_enabled);
	assert_true(a->is_dnd);
	assert_true(snapshot_has_realm(t.s, "B.EXAMPLE"));
	assert_false(snapshot_has_realm(t.s, "c.example"));
	tree_close(&t);
}

static void accounts_form_a_tree(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open(&t);
	/* The child is read first. */
	tree_put(&t, "accounts/a/account.json", "{'parent':'m'}");
	tree_put(&t, "accounts/m/account.json", "{'pvt_tree':['x','top']}");
	tree_put(&t, "accounts/top/account.json", "{'pvt_tree':[]}");
	tree_put(&t, "accounts/z/account.json", "{'parent':'gone'}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_ptr_equal(tree_account(&t)->parent,
	                 snapshot_account(t.s, "m"));
	assert_ptr_equal(tree_account(&t)->parent->parent,
	                 snapshot_account(t.s, "top"));
	assert_null(snapshot_account(t.s, "top")->parent);
	assert_null(snapshot_account(t.s, "z")->parent);
	assert_string_equal(tree_why(&t),
	                    "accounts/z/account.json: parent: warning: "
	                    "account 'gone' is not known\n");
	tree_close(&t);
}

static void a_circle_of_accounts_is_a_fault(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open(&t);
	tree_put(&t, "accounts/a/account.json", "{'parent':'b'}");
	tree_put(&t, "accounts/b/account.json", "{'parent':'c'}");
	tree_put(&t, "accounts/c/account.json", "{'parent':'a'}");
	tree_put(&t, "accounts/d/account.json", "{'parent':'d'}");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_string_equal(tree_why(&t),
	                    "accounts/c/account.json: parent: account 'a' is "
	                    "below this one\n"
	                    "accounts/d/account.json: parent: account 'd' is "
	                    "below this one\n");
	assert_null(t.s);
	assert_int_equal(tree_load(&t, true), 0);
	assert_null(snapshot_account(t.s, "c")->parent);
	assert_null(snapshot_account(t.s, "d")->parent);
	tree_close(&t);
}

static void a_device_has_kazoos_defaults(void **unused)
{
	const struct device *d;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/devices/d.json", "{}");
	assert_int_equal(tree_load(&t, false), 0);
	d = account_device(tree_account(&t), "d");
	assert_string_equal(d->name, "d");
	assert_ptr_equal(d->account, tree_account(&t));
	assert_null(d->owner);
	assert_true(d->is_enabled);
	assert_false(d->is_dnd);
	assert_null(d->username);
	assert_null(d->password);
	assert_string_equal(d->realm, "a.example");
	assert_false(d->is_by_ip);
	assert_false(addr_is_set(&d->ip));
	assert_int_equal(d->invite_format, INVITE_CONTACT);
	assert_null(d->number);
	assert_null(d->route);
	assert_null(d->static_route);
	assert_null(d->static_invite);
	assert_null(d->transport);
	assert_null(d->proxy);
	assert_null(d->forward);
	assert_false(d->ignores_early_media);
	assert_int_equal(d->progress_timeout_s, 0);
	assert_non_null(d->doc);
	assert_string_equal(tree_why(&t),
	                    "accounts/a/devices/d.json: sip.username: warning: "
	                    "missing: the device cannot register\n");
	tree_close(&t);
}

static void every_field_of_a_device_is_read(void **unused)
{
	const struct device *d;
	struct addr ip;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/devices/d.json",
	         "{'name':'Desk','enabled':false,'owner_id':'','unknown':[1],"
	         "'do_not_disturb':{'enabled':true},'sip':{'username':'101',"
	         "'password':'secret','realm':'Other.Example','method':'ip',"
	         "'ip':'192.0.2.1','invite_format':'1npan','number':'+1',"
	         "'route':'sip:x@192.0.2.9','static_route':'sr',"
	         "'static_invite':'si','transport':'tcp','proxy':'p',"
	         "'forward':'f','expire_seconds':300},"
	         "'media':{'ignore_early_media':true,'progress_timeout':7,"
	         "'bypass_media':'auto','audio':{'codecs':['PCMU']}},"
	         "'call_forward':{'enabled':true,'number':null}}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_string_equal(tree_why(&t), "");
	d = account_device(tree_account(&t), "d");
	assert_string_equal(d->name, "Desk");
	assert_false(d->is_enabled);
	assert_true(d->is_dnd);
	assert_string_equal(d->username, "101");
	assert_string_equal(d->password, "secret");
	assert_string_equal(d->realm, "other.example");
	assert_true(d->is_by_ip);
	assert_int_equal(addr_parse(&ip, "192.0.2.1", 5070), 0);
	assert_true(addr_eq_ip(&d->ip, &ip));
	assert_int_equal(addr_port(&d->ip), 0);
	assert_int_equal(d->invite_format, INVITE_1NPAN);
	assert_string_equal(d->number, "+1");
	assert_string_equal(d->route, "sip:x@192.0.2.9");
	assert_string_equal(d->static_route, "sr");
	assert_string_equal(d->static_invite, "si");
	assert_string_equal(d->transport, "tcp");
	assert_string_equal(d->proxy, "p");
	assert_string_equal(d->forward, "f");
	assert_true(d->ignores_early_media);
	assert_int_equal(d->progress_timeout_s, 7);
	assert_ptr_equal(snapshot_device_by_ip(t.s, &ip), d);
	assert_true(snapshot_has_realm(t.s, "OTHER.example"));
	assert_int_equal(addr_parse(&ip, "192.0.2.2", 0), 0);
	assert_null(snapshot_device_by_ip(t.s, &ip));
	assert_null(snapshot_device_by_ip(t.s, &(struct addr){ 0 }));
	tree_close(&t);
}

static void every_invite_format_is_known(void **unused)
{
	static const struct {
		const char *name;
		enum invite_format format;
	} rows[] = {
		{ "contact", INVITE_CONTACT },
		{ "username", INVITE_USERNAME },
		{ "e164", INVITE_E164 },
		{ "npan", INVITE_NPAN },
		{ "1npan", INVITE_1NPAN },
		{ "strip_plus", INVITE_STRIP_PLUS },
		{ "route", INVITE_ROUTE },
	};
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *json = xasprintf("{'sip':{'invite_format':'%s'}}",
		                       rows[i].name);

		tree_put(&t, "accounts/a/devices/d.json", json);
		free(json);
		assert_int_equal(tree_load(&t, false), 0);
		assert_int_equal(account_device(tree_account(&t), "d")
		                         ->invite_format,
		                 rows[i].format);
	}
	tree_close(&t);
}

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

static void a_user_has_a_name_and_the_devices_it_owns(void **unused)
{
	const struct user *u;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/users/u.json",
	         "{'first_name':'Ann','last_name':'Example'}");
	tree_put(&t, "accounts/a/users/v.json",
	         "{'first_name':'Vi','enabled':false,"
	         "'do_not_disturb':{'enabled':true}}");
	tree_put(&t, "accounts/a/devices/1.json",
	         "{'id':'z','owner_id':'u','sip':{'route':'sip:z@h'}}");
	tree_put(&t, "accounts/a/devices/2.json",
	         "{'id':'b','owner_id':'u','sip':{'route':'sip:b@h'}}");
	tree_put(&t, "accounts/a/devices/3.json",
	         "{'id':'c','owner_id':'gone','sip':{'route':'sip:c@h'}}");
	assert_int_equal(tree_load(&t, false), 0);
	u = account_user(tree_account(&t), "u");
	assert_string_equal(u->name, "Ann Example");
	assert_true(u->is_enabled);
	assert_false(u->is_dnd);
	assert_int_equal(u->n_devices, 2);
	assert_string_equal(u->devices[0]->id, "b");
	assert_string_equal(u->devices[1]->id, "z");
	assert_ptr_equal(u->devices[0]->owner, u);
	assert_null(account_device(tree_account(&t), "c")->owner);
	assert_string_equal(tree_why(&t),
	                    "accounts/a/devices/3.json: owner_id: warning: "
	                    "user 'gone' is not known in account 'a'\n");
	u = account_user(tree_account(&t), "v");
	assert_string_equal(u->name, "Vi");
	assert_false(u->is_enabled);
	assert_true(u->is_dnd);
	assert_int_equal(u->n_devices, 0);
	tree_close(&t);
}

static void guests_at_a_desk_replace_its_owner(void **unused)
{
	const struct account *a;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/users/owner.json", "{}");
	tree_put(&t, "accounts/a/users/g1.json", "{}");
	tree_put(&t, "accounts/a/users/g2.json", "{}");
	tree_put(&t, "accounts/a/devices/d.json",
	         "{'owner_id':'owner','enabled':false,'hotdesk':{'users':"
	         "{'gone':{},'g1':{},'g2':{}}}}");
	tree_put(&t, "accounts/a/devices/e.json",
	         "{'owner_id':'owner','enabled':false,"
	         "'hotdesk':{'users':{}}}");
	assert_int_equal(tree_load(&t, false), 0);
	a = tree_account(&t);
	assert_int_equal(account_user(a, "owner")->n_devices, 1);
	assert_string_equal(account_user(a, "owner")->devices[0]->id, "e");
	assert_string_equal(account_user(a, "g1")->devices[0]->id, "d");
	assert_string_equal(account_user(a, "g2")->devices[0]->id, "d");
	assert_ptr_equal(account_device(a, "d")->owner, account_user(a, "g1"));
	assert_string_equal(tree_why(&t),
	                    "accounts/a/devices/d.json: hotdesk.users.gone: "
	                    "warning: user 'gone' is not known in account "
	                    "'a'\n");
	tree_close(&t);
}

static void usable_and_dnd_look_at_device_owner_and_account(void **unused)
{
	static const struct {
		const char *account, *user, *device;
		bool is_usable, is_dnd;
	} rows[] = {
		{ "", "", "", true, false },
		{ "'enabled':false", "", "", false, false },
		{ "", "'enabled':false", "", false, false },
		{ "", "", ",'enabled':false", false, false },
		{ "'do_not_disturb':{'enabled':true}", "", "", true, true },
		{ "", "'do_not_disturb':{'enabled':true}", "", true, true },
		{ "", "", ",'do_not_disturb':{'enabled':true}", true, true },
	};
	struct tree t;

	(void)unused;
	tree_open(&t);
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *account = xasprintf("{%s}", rows[i].account);
		char *user = xasprintf("{%s}", rows[i].user);
		char *device = xasprintf("{'owner_id':'u'%s}", rows[i].device);
		const struct device *d;

		tree_put(&t, "accounts/a/account.json", account);
		tree_put(&t, "accounts/a/users/u.json", user);
		tree_put(&t, "accounts/a/devices/d.json", device);
		assert_int_equal(tree_load(&t, false), 0);
		d = account_device(tree_account(&t), "d");
		assert_int_equal(device_is_usable(d), rows[i].is_usable);
		assert_int_equal(device_is_dnd(d), rows[i].is_dnd);
		free(account);
		free(user);
		free(device);
	}
	tree_close(&t);
}

static void the_members_of_a_group_keep_their_order(void **unused)
{
	const struct group *g;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/users/u.json", "{}");
	tree_put(&t, "accounts/a/devices/d.json", "{'enabled':false}");
	tree_put(&t, "accounts/a/groups/g.json",
	         "{'name':'G','endpoints':{'u':{'type':'user','delay':3,"
	         "'timeout':9,'weight':2},'d':{},'g':{'type':'group'},"
	         "'e':{'type':'device'}}}");
	tree_put(&t, "accounts/a/groups/empty.json", "{}");
	assert_int_equal(tree_load(&t, false), 0);
	g = account_group(tree_account(&t), "g");
	assert_string_equal(g->name, "G");
	assert_int_equal(g->n_members, 4);
	assert_string_equal(g->members[0].id, "u");
	assert_int_equal(g->members[0].type, MEMBER_USER);
	assert_int_equal(g->members[0].delay_s, 3);
	assert_int_equal(g->members[0].timeout_s, 9);
	assert_int_equal(g->members[0].weight, 2);
	assert_string_equal(g->members[1].id, "d");
	assert_int_equal(g->members[1].type, MEMBER_ANY);
	assert_int_equal(g->members[1].delay_s, -1);
	assert_int_equal(g->members[1].timeout_s, -1);
	assert_int_equal(g->members[1].weight, -1);
	assert_int_equal(g->members[2].type, MEMBER_GROUP);
	assert_int_equal(g->members[3].type, MEMBER_DEVICE);
	assert_string_equal(tree_why(&t),
	                    "accounts/a/groups/g.json: endpoints.e: warning: "
	                    "'e' is not known in account 'a'\n");
	assert_int_equal(
		account_group(tree_account(&t), "empty")->n_members, 0);
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

static void a_carrier_and_its_gateways_have_kazoos_defaults(void **unused)
{
	const struct resource *const *all;
	const struct resource *r;
	const struct gateway *g;
	struct tree t;
	size_t n;

	(void)unused;
	tree_open(&t);
	tree_put(&t, "resources/r.json", "{'gateways':[{'server':'gw.x'}]}");
	assert_int_equal(tree_load(&t, false), 0);
	all = snapshot_resources(t.s, &n);
	assert_int_equal(n, 1);
	r = all[0];
	assert_string_equal(r->id, "r");
	assert_string_equal(r->name, "r");
	assert_null(r->account);
	assert_true(r->is_enabled);
	assert_false(r->is_emergency);
	assert_false(r->requires_flags);
	assert_false(r->ignores_flags);
	assert_false(r->is_random);
	assert_int_equal(r->weight_cost, 50);
	assert_int_equal(r->n_rules, 0);
	assert_int_equal(r->n_cid_rules, 0);
	assert_int_equal(r->n_flags, 0);
	assert_int_equal(r->n_stop_codes, 0);
	assert_int_equal(r->n_gateways, 1);
	g = &r->gateways[0];
	assert_string_equal(g->name, "r/0");
	assert_true(g->is_enabled);
	assert_string_equal(g->server, "gw.x");
	assert_int_equal(g->port, 0);
	assert_string_equal(g->prefix, "");
	assert_string_equal(g->suffix, "");
	assert_null(g->route);
	assert_int_equal(g->invite_format, INVITE_ROUTE);
	assert_null(g->username);
	assert_null(g->password);
	assert_null(g->realm);
	assert_null(g->transport);
	assert_false(g->force_port);
	assert_int_equal(g->progress_timeout_s, 8);
	assert_ptr_equal(g->resource, r);
	tree_close(&t);
}

static void every_field_of_a_carrier_is_read(void **unused)
{
	const struct resource *r;
	const struct gateway *g;
	struct tree t;
	size_t n;

	(void)unused;
	tree_open(&t);
	tree_put(&t, "resources/r.json",
	         "{'name':'R','enabled':false,'emergency':true,"
	         "'require_flags':true,'ignore_flags':true,"
	         "'gateway_strategy':'random','weight_cost':7,"
	         "'rules':['^1','^2'],'cid_rules':['^3'],'flags':['a','','b'],"
	         "'stop_codes':[486,603],'gateways':[{'server':'192.0.2.1',"
	         "'port':5080,'prefix':'+','suffix':'x','enabled':false,"
	         "'route':'sips:r@h','invite_format':'strip_plus',"
	         "'username':'u','password':'p','realm':'R','transport':'tls',"
	         "'force_port':true,'progress_timeout':3},"
	         "{'server':'b.x'}]}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_string_equal(tree_why(&t),
	                    "accounts: warning: is missing: no accounts\n");
	r = snapshot_resources(t.s, &n)[0];
	assert_string_equal(r->name, "R");
	assert_false(r->is_enabled);
	assert_true(r->is_emergency);
	assert_true(r->requires_flags);
	assert_true(r->ignores_flags);
	assert_true(r->is_random);
	assert_int_equal(r->weight_cost, 7);
	assert_int_equal(r->n_rules, 2);
	assert_string_equal(rule_text(r->rules[1]), "^2");
	assert_int_equal(r->n_cid_rules, 1);
	assert_string_equal(rule_text(r->cid_rules[0]), "^3");
	assert_int_equal(r->n_flags, 2);
	assert_string_equal(r->flags[0], "a");
	assert_string_equal(r->flags[1], "b");
	assert_int_equal(r->n_stop_codes, 2);
	assert_int_equal(r->stop_codes[0], 486);
	assert_int_equal(r->stop_codes[1], 603);
	assert_int_equal(r->n_gateways, 2);
	g = &r->gateways[0];
	assert_false(g->is_enabled);
	assert_string_equal(g->server, "192.0.2.1");
	assert_int_equal(g->port, 5080);
	assert_string_equal(g->prefix, "+");
	assert_string_equal(g->suffix, "x");
	assert_string_equal(g->route, "sips:r@h");
	assert_int_equal(g->invite_format, INVITE_STRIP_PLUS);
	assert_string_equal(g->username, "u");
	assert_string_equal(g->password, "p");
	assert_string_equal(g->realm, "R");
	assert_string_equal(g->transport, "tls");
	assert_true(g->force_port);
	assert_int_equal(g->progress_timeout_s, 3);
	assert_string_equal(r->gateways[1].name, "r/1");
	tree_close(&t);
}

static void the_server_of_a_gateway_may_say_port_and_transport(void **unused)
{
	static const struct {
		const char *server, *host, *transport;
		int port;
	} rows[] = {
		{ "gw.x", "gw.x", NULL, 0 },
		{ "gw.x:5070", "gw.x", NULL, 5070 },
		{ "gw.x;transport=TCP", "gw.x", "tcp", 0 },
		{ "sip:gw.x:5070;transport=udp", "gw.x", "udp", 5070 },
		{ "sips:gw.x", "gw.x", "tls", 0 },
		{ "192.0.2.1:5070", "192.0.2.1", NULL, 5070 },
		{ "[2001:db8::1]", "[2001:db8::1]", NULL, 0 },
		{ "[2001:db8::1]:5070", "[2001:db8::1]", NULL, 5070 },
		{ "2001:db8::1", "2001:db8::1", NULL, 0 },
		{ "gw.x;lr;transport=tls;x=y", "gw.x", "tls", 0 },
	};
	struct tree t;
	size_t n;

	(void)unused;
	tree_open(&t);
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *json = xasprintf("{'gateways':[{'server':'%s'}]}",
		                       rows[i].server);
		const struct gateway *g;

		tree_put(&t, "resources/r.json", json);
		free(json);
		assert_int_equal(tree_load(&t, false), 0);
		g = snapshot_resources(t.s, &n)[0]->gateways;
		assert_string_equal(g->server, rows[i].host);
		assert_int_equal(g->port, rows[i].port);
		assert_true(str_eq(g->transport, rows[i].transport));
	}
	tree_put(&t, "resources/r.json",
	         "{'gateways':[{'server':'gw.x:1;transport=udp','port':2,"
	         "'transport':'tcp'}]}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_int_equal(snapshot_resources(t.s, &n)[0]->gateways->port, 2);
	assert_string_equal(snapshot_resources(t.s, &n)[0]->gateways->transport,
	                    "tcp");
	tree_close(&t);
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

static void what_a_flow_names_and_is_not_there_is_warned_of(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/users/u.json", "{}");
	tree_put(&t, "accounts/a/callflows/c.json",
	         "{'flow':{'module':'device','data':{'id':'d1'},'children':{"
	         "'_':{'module':'ring_group','data':{'endpoints':['u','x',"
	         "{'id':'u','endpoint_type':'device'}]},'children':{"
	         "'_':{'module':'callflow','data':{'id':'c2'}},"
	         "'NO_ANSWER':{'module':'group','data':{'id':'g'}},"
	         "'sip:486':{'module':'resources','data':"
	         "{'hunt_account_id':'h'}},"
	         "'USER_BUSY':{'module':'voicemail','data':{'id':'v'}}}}}}}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_int_equal(t.why.faults, 0);
	assert_string_equal(tree_why(&t),
		"accounts/a/callflows/c.json: flow.data.id: warning: device "
		"'d1' is not known in account 'a'\n"
		"accounts/a/callflows/c.json: flow.children._.data.endpoints"
		"[1]: warning: endpoint 'x' is not known in account 'a'\n"
		"accounts/a/callflows/c.json: flow.children._.data.endpoints"
		"[2]: warning: device 'u' is not known in account 'a'\n"
		"accounts/a/callflows/c.json: flow.children._.children._.data."
		"id: warning: callflow 'c2' is not known in account 'a'\n"
		"accounts/a/callflows/c.json: flow.children._.children."
		"NO_ANSWER.data.id: warning: group 'g' is not known in account "
		"'a'\n"
		"accounts/a/callflows/c.json: flow.children._.children.sip:486"
		".data.hunt_account_id: warning: account 'h' is not known\n");
	tree_close(&t);
}

/* Each row is two documents that do not go together; the second one is
 * refused and named with the first. */
static void documents_that_clash_are_refused_with_both_names(void **unused)
{
	static const struct {
		const char *first, *first_json, *second, *second_json, *why;
	} rows[] = {
		{ "callflows/1.json", "{'numbers':['101'],'flow':{}}",
		  "callflows/2.json", "{'numbers':['101'],'flow':{}}",
		  "callflows/2.json: numbers: '101' is already a number of "
		  "accounts/a/callflows/1.json\n" },
		{ "callflows/1.json", "{'numbers':['4155550000'],'flow':{}}",
		  "callflows/2.json", "{'numbers':['+14155550000'],'flow':{}}",
		  "callflows/2.json: numbers: '+14155550000' is already a "
		  "number of accounts/a/callflows/1.json\n" },
		{ "callflows/1.json", "{'numbers':['no_match'],'flow':{}}",
		  "callflows/2.json", "{'numbers':['no_match'],'flow':{}}",
		  "callflows/2.json: numbers: 'no_match' is already a number "
		  "of accounts/a/callflows/1.json\n" },
		{ "devices/1.json",
		  "{'sip':{'username':'Ann','password':'p'}}",
		  "devices/2.json",
		  "{'sip':{'username':'aNN','password':'p',"
		  "'realm':'A.EXAMPLE'}}",
		  "devices/2.json: sip.username: 'aNN' is already used by "
		  "accounts/a/devices/1.json\n" },
		{ "devices/1.json", "{'sip':{'method':'ip','ip':'::1'}}",
		  "devices/2.json",
		  "{'sip':{'method':'ip','ip':'0:0:0:0:0:0:0:1'}}",
		  "devices/2.json: sip.ip: '::1' is already used by "
		  "accounts/a/devices/1.json\n" },
		{ "users/1.json", "{'id':'u'}", "users/2.json", "{'_id':'u'}",
		  "users/2.json: id: 'u' is also the id of "
		  "accounts/a/users/1.json\n" },
		{ "groups/1.json", "{'id':'u'}", "groups/2.json", "{'id':'u'}",
		  "groups/2.json: id: 'u' is also the id of "
		  "accounts/a/groups/1.json\n" },
		{ "resources/1.json",
		  "{'id':'r','gateways':[{'server':'x'}]}",
		  "resources/2.json",
		  "{'id':'r','gateways':[{'server':'x'}]}",
		  "resources/2.json: id: 'r' is also the id of "
		  "accounts/a/resources/1.json\n" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct tree t;
		char *path, *why;

		tree_open_account(&t);
		path = xasprintf("accounts/a/%s", rows[i].first);
		tree_put(&t, path, rows[i].first_json);
		free(path);
		path = xasprintf("accounts/a/%s", rows[i].second);
		tree_put(&t, path, rows[i].second_json);
		why = xasprintf("accounts/a/%s", rows[i].why);
		assert_int_equal(tree_load(&t, false), -EINVAL);
		assert_null(t.s);
		assert_string_equal(tree_why(&t), why);
		assert_int_equal(tree_load(&t, true), 0);
		tree_remove(&t, path);
		assert_int_equal(tree_load(&t, false), 0);
		free(path);
		free(why);
		tree_close(&t);
	}
}

static void two_accounts_with_one_id_are_refused(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/b/account.json", "{'id':'a'}");
	tree_put(&t, "accounts/b/devices/d.json", "{'enabled':false}");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_string_equal(tree_why(&t),
	                    "accounts/b/account.json: id: 'a' is also the id "
	                    "of accounts/a/account.json\n");
	assert_int_equal(tree_load(&t, true), 0);
	assert_int_equal(snapshot_counts(t.s).accounts, 1);
	assert_int_equal(snapshot_counts(t.s).devices, 0);
	tree_close(&t);
}

static void one_realm_for_two_accounts_is_a_warning(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/b/account.json", "{'realm':'a.EXAMPLE'}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_string_equal(tree_why(&t),
	                    "accounts/b/account.json: realm: warning: "
	                    "'a.example' is also the realm of account a\n");
	tree_close(&t);
}

static void an_account_without_its_document_is_a_fault(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open(&t);
	tree_put(&t, "accounts/a/devices/d.json", "{'name':7,'enabled':false}");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_string_equal(tree_why(&t),
	                    "accounts/a/account.json: cannot be read: No such "
	                    "file or directory\n"
	                    "accounts/a/devices/d.json: name: expected string, "
	                    "found number\n");
	assert_int_equal(tree_load(&t, true), 0);
	assert_int_equal(snapshot_counts(t.s).accounts, 0);
	tree_close(&t);
}

static void what_is_no_file_or_too_large_is_a_fault(void **unused)
{
	struct tree t;
	char *large, *path;

	(void)unused;
	tree_open_account(&t);
	large = xmalloc(1024 * 1024 + 1);
	memset(large, ' ', 1024 * 1024 + 1);
	memcpy(large, "{}", 2);
	tree_put_raw(&t, "accounts/a/users/full.json", large, 1024 * 1024);
	tree_put_raw(&t, "accounts/a/users/large.json", large,
	             1024 * 1024 + 1);
	tree_put(&t, "accounts/a/users/folder.json/x.json", "{}");
	path = xasprintf("%s/accounts/a/users/pipe.json", t.dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	free(path);
	path = xasprintf("%s/accounts/a/users/link.json", t.dir);
	assert_int_equal(symlink("gone.json", path), 0);
	free(path);
	free(large);
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_string_equal(tree_why(&t),
		"accounts/a/users/folder.json: is not a regular file\n"
		"accounts/a/users/large.json: larger than 1 MB\n"
		"accounts/a/users/link.json: cannot be read: No such file or "
		"directory\n"
		"accounts/a/users/pipe.json: is not a regular file\n");
	assert_int_equal(tree_load(&t, true), 0);
	assert_int_equal(snapshot_counts(t.s).users, 1);
	tree_close(&t);
}

static void lenient_loading_leaves_out_what_is_faulty(void **unused)
{
	const struct account *a;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/b/account.json", "{'realm':7}");
	tree_put(&t, "accounts/b/users/u.json", "{}");
	tree_put(&t, "accounts/a/users/u.json", "{}");
	tree_put(&t, "accounts/a/devices/bad.json",
	         "{'owner_id':'u','sip':{'username':'1','password':2}}");
	tree_put(&t, "accounts/a/devices/good.json",
	         "{'owner_id':'u','sip':{'username':'1','password':'p'}}");
	tree_put(&t, "accounts/a/callflows/bad.json",
	         "{'numbers':['1'],'patterns':['^1','('],'flow':{}}");
	tree_put(&t, "accounts/a/callflows/good.json",
	         "{'numbers':['1'],'flow':{}}");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_int_equal(t.why.faults, 3);
	assert_int_equal(tree_load(&t, true), 0);
	assert_int_equal(t.why.faults, 3);
	a = tree_account(&t);
	assert_null(snapshot_account(t.s, "b"));
	assert_null(account_device(a, "bad"));
	assert_int_equal(account_user(a, "u")->n_devices, 1);
	assert_string_equal(snapshot_device_by_auth(t.s, "a.example", "1")->id,
	                    "good");
	assert_string_equal(account_callflow_by_number(a, "1")->id, "good");
	assert_int_equal(a->n_patterns, 0);
	assert_int_equal(snapshot_counts(t.s).devices, 1);
	assert_int_equal(snapshot_counts(t.s).callflows, 1);
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
	         "{'dial_plan':{'^([123])$':{'prefix':'user'}}}");
	tree_put(&t, "accounts/a/devices/d.json",
	         "{'owner_id':'u','dial_plan':{'^([12])$':"
	         "{'prefix':'device'}}}");
	tree_put(&t, "accounts/a/devices/e.json", "{}");
	assert_int_equal(tree_load(&t, false), 0);
	d = account_device(tree_account(&t), "d");
	e = account_device(tree_account(&t), "e");
	s = number_dialled_by(d, "1");
	assert_string_equal(s, "device1");
	free(s);
	s = number_dialled_by(d, "3");
	assert_string_equal(s, "user3");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_folder_is_an_empty_snapshot),
		cmocka_unit_test(a_folder_that_is_not_there_is_named),
		cmocka_unit_test(a_snapshot_lives_until_its_last_reference),
		cmocka_unit_test(
			a_document_is_bare_or_wrapped_as_the_api_gives_it),
		cmocka_unit_test(only_json_files_in_sight_are_documents),
		cmocka_unit_test(an_account_has_kazoos_defaults),
		cmocka_unit_test(accounts_form_a_tree),
		cmocka_unit_test(a_circle_of_accounts_is_a_fault),
		cmocka_unit_test(a_device_has_kazoos_defaults),
		cmocka_unit_test(every_field_of_a_device_is_read),
		cmocka_unit_test(every_invite_format_is_known),
		cmocka_unit_test(
			a_device_is_found_by_what_it_authenticates_with),
		cmocka_unit_test(ids_are_private_to_an_account_and_a_type),
		cmocka_unit_test(a_user_has_a_name_and_the_devices_it_owns),
		cmocka_unit_test(guests_at_a_desk_replace_its_owner),
		cmocka_unit_test(
			usable_and_dnd_look_at_device_owner_and_account),
		cmocka_unit_test(the_members_of_a_group_keep_their_order),
		cmocka_unit_test(
			a_callflow_is_found_by_its_numbers_in_both_forms),
		cmocka_unit_test(
			patterns_are_kept_in_the_order_they_were_read),
		cmocka_unit_test(a_public_number_tells_its_account),
		cmocka_unit_test(
			a_carrier_and_its_gateways_have_kazoos_defaults),
		cmocka_unit_test(every_field_of_a_carrier_is_read),
		cmocka_unit_test(
			the_server_of_a_gateway_may_say_port_and_transport),
		cmocka_unit_test(carriers_are_global_or_of_an_account),
		cmocka_unit_test(
			what_a_flow_names_and_is_not_there_is_warned_of),
		cmocka_unit_test(
			documents_that_clash_are_refused_with_both_names),
		cmocka_unit_test(two_accounts_with_one_id_are_refused),
		cmocka_unit_test(one_realm_for_two_accounts_is_a_warning),
		cmocka_unit_test(an_account_without_its_document_is_a_fault),
		cmocka_unit_test(what_is_no_file_or_too_large_is_a_fault),
		cmocka_unit_test(lenient_loading_leaves_out_what_is_faulty),
		cmocka_unit_test(
			devices_users_and_accounts_dial_by_their_own_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
