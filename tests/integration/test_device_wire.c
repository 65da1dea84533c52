#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/office.h"

/* The device bob1 of user bob with these members beside its credentials. */
static void put_bob1(struct office *o, const char *sip, const char *more)
{
	office_put(o, "accounts/hq/devices/bob1.json",
	           "{'id':'bob1','name':'bob1','owner_id':'bob','sip':{"
	           "'username':'bob1','password':'secret'%s}%s}",
	           sip, more);
	office_reload(o);
}

static void put_frank1(struct office *o, const char *sip, const char *more)
{
	office_put(o, "accounts/hq/devices/frank1.json",
	           "{'id':'frank1','name':'frank1','sip':{'username':"
	           "'frank1','password':'secret'%s}%s}",
	           sip, more);
	office_reload(o);
}

static void put_hq(struct office *o, const char *more)
{
	office_put(o, "accounts/hq/account.json",
	           "{'id':'hq','name':'hq','realm':'hq.test'%s}", more);
	office_reload(o);
}

static void busy(struct peer *callee, const struct msg *m,
                 struct peer *caller)
{
	office_refuse(callee, m, 486);
	office_fails(caller, "486");
}

/* --- what the called telephone sees ---------------------------------------- */

static void a_telephone_is_told_what_documents_want(void **state)
{
	static const struct {
		const char *sip, *more; /* of the called device */
		const char *caller;     /* sip.* of the calling one */
		const char *data;       /* of the action */
		const char *header, *value; /* NULL: there is none */
	} rows[] = {
		{ "", "", "", "", "Alert-Info", NULL },
		{ "", ",'ringtones':{'internal':'in','external':'out'}", "",
		  "", "Alert-Info", "in" },
		{ "", ",'ringtones':{'external':'out'}", "", "", "Alert-Info",
		  NULL },
		{ ",'custom_sip_headers':{'in':{'X-A':'1'},'out':{'X-B':"
		  "'2'}}", "", "", "", "X-A", "1" },
		{ ",'custom_sip_headers':{'in':{'X-A':'1'},'out':{'X-B':"
		  "'2'}}", "", "", "", "X-B", NULL },
		{ ",'custom_sip_headers':{'X-A':'flat'}", "", "", "", "X-A",
		  "flat" },
		{ "", "", ",'custom_sip_headers':{'out':{'X-C':"
		  "'{account_id}/{caller_id_number}'}}", "", "X-C",
		  "hq/frank1" },
		{ "", "", ",'custom_sip_headers':{'in':{'X-C':'no'}}", "",
		  "X-C", NULL },
		{ ",'custom_sip_headers':{'X-A':'device'}", "", "",
		  ",'custom_sip_headers':{'X-A':'action'}", "X-A", "action" },
		{ ",'custom_sip_headers':{'Via':'x','Call-ID':'y'}", "", "",
		  "", "X-A", NULL },
		{ "", ",'formatters':{'from':{'regex':'^frank(.*)$','prefix':"
		      "'9'}}", "", "", "From", "<sip:91@hq.test>" },
		{ "", ",'formatters':{'outbound_caller_id_number':{'value':"
		      "'77','direction':'inbound'}}", "", "", "From",
		  "<sip:frank1@hq.test>" },
	};
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *bob = office_phone(o, "bob1");

	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct msg *m;
		const char *value;

		put_bob1(o, rows[i].sip, rows[i].more);
		put_frank1(o, rows[i].caller, "");
		office_flow(o, "1", "{'module':'device','data':{'id':'bob1'%s}}",
		            rows[i].data);
		office_dial(o, caller, "1");
		m = peer_expect(bob, "INVITE");
		value = msg_header(m, rows[i].header, 0);
		if (!rows[i].value)
			assert_null(value);
		else if (!value || !strstr(value, rows[i].value))
			fail_msg("row %zu: %s: %s", i, rows[i].header,
			         value ? value : "none");
		busy(bob, m, caller);
	}
}

static void a_ring_groups_ringtone_goes_before_its_members(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *bob = office_phone(o, "bob1");
	const struct msg *m;

	put_bob1(o, "", ",'ringtones':{'internal':'mine'}");
	office_flow(o, "1",
	            "{'module':'ring_group','data':{'endpoints':['bob1'],"
	            "'ringtones':{'internal':'ours'}}}");
	office_dial(o, caller, "1");
	m = peer_expect(bob, "INVITE");
	assert_string_equal(msg_header(m, "Alert-Info", 0), "ours");
	busy(bob, m, caller);
	office_flow(o, "1",
	            "{'module':'ring_group','data':{'endpoints':['bob1'],"
	            "'ringtones':{'external':'ours'}}}");
	office_dial(o, caller, "1");
	m = peer_expect(bob, "INVITE");
	assert_string_equal(msg_header(m, "Alert-Info", 0), "mine");
	busy(bob, m, caller);
}

static void a_proxy_and_a_next_hop_are_gone_through(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *bob = office_phone(o, "bob1");
	struct peer *proxy = office_stranger(o, "127.0.0.77", false);
	char *members = xasprintf(",'proxy':'127.0.0.77:%u','forward':"
	                          "'sip:next.test;lr'",
	                          office_port_of(proxy));
	const struct msg *m;
	char *want;

	put_bob1(o, members, "");
	office_flow(o, "1", "{'module':'device','data':{'id':'bob1'}}");
	office_dial(o, caller, "1");
	m = peer_expect(proxy, "INVITE");
	want = xasprintf("<sip:127.0.0.77:%u;lr>", office_port_of(proxy));
	assert_non_null(strstr(msg_header(m, "Route", 0), want));
	assert_string_equal(m->uri, peer_contact(bob));
	peer_expect_none(bob);
	busy(proxy, m, caller);
	free(want);
	free(members);
}

/* --- call_restriction ------------------------------------------------------- */

#define DENY(c) ",'call_restriction':{'" c "':{'action':'deny'}}"
#define ALLOW(c) ",'call_restriction':{'" c "':{'action':'allow'}}"

static void what_is_restricted_is_refused(void **state)
{
	static const struct {
		const char *account, *device;
		const char *dialled;
		bool is_denied;
	} rows[] = {
		{ "", "", "4155550100", false },
		{ "", DENY("did_us"), "4155550100", true },
		{ "", DENY("did_us"), "0114930123456", false },
		{ "", DENY("international"), "0114930123456", true },
		{ DENY("did_us"), ALLOW("did_us"), "4155550100", true },
		/* an extension is of class "unknown" */
		{ "", DENY("unknown"), "1", true },
		{ "", DENY("did_us"), "1", false },
		/* what the pattern captured */
		{ "", DENY("did_us"), "*94155550100", true },
		{ "", DENY("unknown"), "*94155550100", false },
		/* the dial plan before the class */
		{ "", DENY("did_us")
		  ",'dial_plan':{'^(\\\\d{7})$':{'prefix':'+1415'}}",
		  "5550100", true },
	};
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *bob = office_phone(o, "bob1");

	for (size_t i = 0; i < NELEM(rows); i++) {
		put_hq(o, rows[i].account);
		put_frank1(o, "", rows[i].device);
		office_put(o, "accounts/hq/callflows/all.json",
		           "{'id':'all','numbers':['+14155550100',"
		           "'+4930123456','5550100'],'patterns':['^\\\\*9(\\\\d{10})$'],"
		           "'flow':{'module':'device','data':{'id':'bob1'}}}");
		office_flow(o, "1",
		            "{'module':'device','data':{'id':'bob1'}}");
		office_dial(o, caller, rows[i].dialled);
		if (rows[i].is_denied)
			office_fails(caller, "403");
		else
			busy(bob, peer_expect(bob, "INVITE"), caller);
	}
	put_hq(o, "");
}

static void closed_groups_only_let_members_call_each_other(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *bob = office_phone(o, "bob1");

	put_frank1(o, "", DENY("closed_groups"));
	office_flow(o, "1", "{'module':'device','data':{'id':'bob1'}}");
	office_flow(o, "2", "{'module':'user','data':{'id':'bob'}}");
	office_flow(o, "3",
	            "{'module':'ring_group','data':{'endpoints':['bob1']}}");
	office_dial(o, caller, "1");
	office_fails(caller, "403");
	office_dial(o, caller, "2");
	office_fails(caller, "403");
	/* no extension: what it rings is not looked at */
	office_dial(o, caller, "3");
	busy(bob, peer_expect(bob, "INVITE"), caller);
	office_put(o, "accounts/hq/groups/g.json",
	           "{'id':'g','name':'G','endpoints':{'frank1':{'type':"
	           "'device'},'bob':{'type':'user'}}}");
	office_reload(o);
	office_dial(o, caller, "1"); /* bob's device */
	busy(bob, peer_expect(bob, "INVITE"), caller);
	office_dial(o, caller, "2");
	busy(bob, peer_expect(bob, "INVITE"), caller);
}

static void a_preflow_runs_first_and_the_flow_after_it(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *bob = office_phone(o, "bob1");
	struct peer *carol = office_phone(o, "carol1");

	office_put(o, "accounts/hq/callflows/first.json",
	           "{'id':'first','numbers':['777'],'flow':{'module':'device',"
	           "'data':{'id':'carol1'}}}");
	office_flow(o, "1", "{'module':'device','data':{'id':'bob1'}}");
	put_hq(o, ",'preflow':{'always':'first'}");
	office_dial(o, caller, "1");
	office_refuse(carol, peer_expect(carol, "INVITE"), 486);
	busy(bob, peer_expect(bob, "INVITE"), caller);
	/* by itself it is not run before itself */
	office_dial(o, caller, "777");
	busy(carol, peer_expect(carol, "INVITE"), caller);
	peer_expect_none(bob);
	/* it may end the call */
	office_put(o, "accounts/hq/callflows/first.json",
	           "{'id':'first','numbers':['777'],'flow':{'module':"
	           "'response','data':{'code':480}}}");
	office_reload(o);
	office_dial(o, caller, "1");
	office_fails(caller, "480");
	peer_expect_none(bob);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, office_set_up, \
	                                        office_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_telephone_is_told_what_documents_want),
		TEST(a_ring_groups_ringtone_goes_before_its_members),
		TEST(a_proxy_and_a_next_hop_are_gone_through),
		TEST(what_is_restricted_is_refused),
		TEST(closed_groups_only_let_members_call_each_other),
		TEST(a_preflow_runs_first_and_the_flow_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
