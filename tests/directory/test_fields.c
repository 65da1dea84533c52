#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/rule.h"
#include "tree.h"

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
	assert_non_null(device_doc(d));
	assert_ptr_equal(device_doc(d), device_doc(d));
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
	assert_int_equal(tree_load(&t, false), 0);
	u = account_user(tree_account(&t), "u");
	assert_string_equal(u->name, "Ann Example");
	assert_true(u->is_enabled);
	assert_false(u->is_dnd);
	assert_int_equal(u->n_devices, 2);
	assert_string_equal(u->devices[0]->id, "b");
	assert_string_equal(u->devices[1]->id, "z");
	assert_ptr_equal(u->devices[0]->owner, u);
	assert_string_equal(tree_why(&t), "");
	u = account_user(tree_account(&t), "v");
	assert_string_equal(u->name, "Vi v");
	assert_false(u->is_enabled);
	assert_true(u->is_dnd);
	assert_int_equal(u->n_devices, 0);
	tree_close(&t);
}

static void a_device_whose_owner_nobody_knows_is_refused(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/devices/d.json",
	         "{'owner_id':'gone','enabled':false}");
	tree_put(&t, "accounts/a/devices/e.json", "{'enabled':false}");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_string_equal(tree_why(&t),
	                    "accounts/a/devices/d.json: owner_id: user 'gone' "
	                    "is not known in account 'a'\n");
	/* at start-up it is left out: what its owner forbids is unknown */
	assert_int_equal(tree_load(&t, true), 0);
	assert_null(account_device(tree_account(&t), "d"));
	assert_non_null(account_device(tree_account(&t), "e"));
	tree_close(&t);
}

static void a_number_has_36_characters_at_most(void **unused)
{
	static const char longest[] = "123456789012345678901234567890123456";
	const struct account *a;
	struct tree t;
	char *json;

	(void)unused;
	tree_open_account(&t);
	json = xasprintf("{'numbers':['%s'],'flow':{}}", longest);
	tree_put(&t, "accounts/a/callflows/c.json", json);
	free(json);
	assert_int_equal(tree_load(&t, false), 0);
	a = tree_account(&t);
	assert_non_null(account_callflow_by_number(a, longest));
	json = xasprintf("{'numbers':['%s7'],'flow':{}}", longest);
	tree_put(&t, "accounts/a/callflows/c.json", json);
	free(json);
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_string_equal(tree_why(&t),
	                    "accounts/a/callflows/c.json: numbers[0]: longer "
	                    "than 36 characters\n");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_has_kazoos_defaults),
		cmocka_unit_test(a_device_has_kazoos_defaults),
		cmocka_unit_test(every_field_of_a_device_is_read),
		cmocka_unit_test(every_invite_format_is_known),
		cmocka_unit_test(a_user_has_a_name_and_the_devices_it_owns),
		cmocka_unit_test(
			a_device_whose_owner_nobody_knows_is_refused),
		cmocka_unit_test(a_number_has_36_characters_at_most),
		cmocka_unit_test(guests_at_a_desk_replace_its_owner),
		cmocka_unit_test(
			usable_and_dnd_look_at_device_owner_and_account),
		cmocka_unit_test(the_members_of_a_group_keep_their_order),
		cmocka_unit_test(
			a_carrier_and_its_gateways_have_kazoos_defaults),
		cmocka_unit_test(every_field_of_a_carrier_is_read),
		cmocka_unit_test(
			the_server_of_a_gateway_may_say_port_and_transport),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
