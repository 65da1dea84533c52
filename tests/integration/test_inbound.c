#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/trunks.h"

/* --- what stays inside -------------------------------------------------- */

static void put_branch_office(struct crew *c)
{
	office_put(c->o, "accounts/branch/account.json",
	           "{'id':'branch','name':'branch','realm':'branch.test'}");
	office_put(c->o, "accounts/branch/devices/zoe1.json",
	           "{'id':'zoe1','sip':{'username':'zoe1','password':"
	           "'secret'}}");
	office_put(c->o, "accounts/branch/callflows/in.json",
	           "{'id':'in','numbers':['" NUMBER "'],'flow':{'module':"
	           "'device','data':{'id':'zoe1'}}}");
}

static struct peer *branch_phone(struct crew *c)
{
	struct peer *p = NULL;

	peer_create(&p, &(struct peer_conf){ .loop = c->o->loop,
	                                     .user = "zoe1",
	                                     .realm = "branch.test",
	                                     .password = "secret",
	                                     .server = c->o->at,
	                                     .trace = &c->o->trace });
	c->o->peers[c->o->n_peers++] = p;
	assert_int_equal(peer_register(p, 3600)->status, 200);
	return p;
}

static void a_number_of_an_account_here_stays_inside(void **state)
{
	struct crew *c = *state;
	struct peer *zoe;
	const struct msg *m;
	struct dialog *d;

	put_carrier(c, "r", 0, "", "");
	put_branch_office(c);
	send_out(c);
	zoe = branch_phone(c);
	d = office_dial(c->o, c->frank1, "1");
	m = office_rings(zoe);
	office_answer(c->o, zoe, m, c->frank1);
	office_hang_up(c->frank1, d, zoe);
	peer_expect_none(c->g[0]);
	/* its failure is the action's */
	d = office_dial(c->o, c->frank1, "1");
	office_refuse(zoe, peer_expect(zoe, "INVITE"), 486);
	office_fails(c->frank1, "486");
	/* local carriers do not look */
	put_local(c, "hq", "own", 1);
	office_flow(c->o, "1", OUT, "true", ",'to_did':'" NUMBER "'");
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	peer_expect_none(zoe);
}

static void the_flow_goes_on_after_an_inner_one_failed(void **state)
{
	struct crew *c = *state;
	struct peer *zoe;

	put_branch_office(c);
	office_flow(c->o, "1",
	            "{'module':'offnet','data':{'to_did':'" NUMBER "'},"
	            "'children':{'USER_BUSY':{'module':'response','data':{"
	            "'code':598}},'_':{'module':'response','data':{'code':"
	            "599}}}}");
	zoe = branch_phone(c);
	office_dial(c->o, c->frank1, "1");
	office_refuse(zoe, peer_expect(zoe, "INVITE"), 486);
	office_fails(c->frank1, "598");
	office_dial(c->o, c->frank1, "1");
	office_refuse(zoe, peer_expect(zoe, "INVITE"), 480);
	office_fails(c->frank1, "599");
}

static void numbers_that_lead_in_a_circle_end(void **state)
{
	static const char *const flows[] = {
		"{'module':'offnet','data':{'to_did':'" NUMBER "'}}",
		"{'module':'offnet','data':{'to_did':'" NUMBER "'},'children':"
		"{'_':{'module':'offnet','data':{'to_did':'" NUMBER "'},"
		"'children':{'_':{'module':'offnet','data':{'to_did':'" NUMBER
		"'}}}}}}",
	};
	struct crew *c = *state;

	for (size_t i = 0; i < NELEM(flows); i++) {
		office_put(c->o, "accounts/hq/callflows/loop.json",
		           "{'id':'loop','numbers':['" NUMBER "'],'flow':%s}",
		           flows[i]);
		send_out(c);
		office_dial(c->o, c->frank1, "1");
		office_fails(c->frank1, "482");
	}
}

/* An account's own carriers, numbers and phones serve what runs on its
 * flow. */
static void an_inner_flow_hunts_its_own_carriers(void **state)
{
	struct crew *c = *state;

	put_branch_office(c);
	put_local(c, "hq", "own", 0);
	put_local(c, "branch", "theirs", 1);
	office_put(c->o, "accounts/branch/callflows/in.json",
	           "{'id':'in','numbers':['" NUMBER "'],'flow':{'module':"
	           "'resources','data':{'to_did':'+14155550123'}}}");
	send_out(c);
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->g[0]);
}

/* --- inbound ------------------------------------------------------------ */

static void calls_in(struct crew *c, size_t gateway, const char *number)
{
	char *uri = xasprintf("sip:%s@b2bua.test", number);

	while (peer_poll(c->g[gateway]))
		;
	peer_invite(c->g[gateway], uri, office_sdp(c->o, c->g[gateway]));
	free(uri);
}

static void a_carriers_call_finds_its_account_by_the_number(void **state)
{
	struct crew *c = *state;
	struct peer *zoe;
	const struct msg *m;

	put_carrier(c, "r", 0, "", "");
	put_branch_office(c);
	office_put(c->o, "accounts/hq/callflows/in.json",
	           "{'id':'in','numbers':['+14155559999'],'flow':{'module':"
	           "'device','data':{'id':'frank1'}}}");
	send_out(c);
	zoe = branch_phone(c);
	calls_in(c, 0, NUMBER);
	m = office_rings(zoe);
	assert_true(msg_header_has(m, "From", "127.0.0.11@"));
	office_refuse(zoe, m, 486);
	office_fails(c->g[0], "486");
	calls_in(c, 0, "14155559999");
	office_refuse(c->frank1, peer_pick(c->frank1, "INVITE"), 486);
	office_fails(c->g[0], "486");
	calls_in(c, 0, "+14155551111");
	office_fails(c->g[0], "404");
	/* an extension is private to its account */
	calls_in(c, 0, "1");
	office_fails(c->g[0], "404");
	/* an address that is nobody's */
	calls_in(c, 1, NUMBER);
	office_fails(c->g[1], "407");
}

static void a_local_carrier_calls_its_own_account_only(void **state)
{
	struct crew *c = *state;

	put_branch_office(c);
	put_local(c, "hq", "own", 0);
	office_put(c->o, "accounts/hq/callflows/in.json",
	           "{'id':'in','numbers':['+14155559999'],'flow':{'module':"
	           "'device','data':{'id':'frank1'}}}");
	office_reload(c->o);
	calls_in(c, 0, "+14155559999");
	office_refuse(c->frank1, peer_pick(c->frank1, "INVITE"), 486);
	office_fails(c->g[0], "486");
	calls_in(c, 0, NUMBER);
	office_fails(c->g[0], "404");
}

static void two_accounts_may_have_one_carrier(void **state)
{
	struct crew *c = *state;
	struct peer *zoe;

	put_branch_office(c);
	put_local(c, "hq", "own", 0);
	put_local(c, "branch", "own", 0);
	office_put(c->o, "accounts/hq/callflows/in.json",
	           "{'id':'in','numbers':['+14155559999'],'flow':{'module':"
	           "'device','data':{'id':'frank1'}}}");
	office_reload(c->o);
	zoe = branch_phone(c);
	calls_in(c, 0, "+14155559999");
	office_refuse(c->frank1, peer_pick(c->frank1, "INVITE"), 486);
	office_fails(c->g[0], "486");
	calls_in(c, 0, NUMBER);
	office_refuse(zoe, peer_pick(zoe, "INVITE"), 486);
	office_fails(c->g[0], "486");
}

static void a_named_gateway_is_known_by_its_addresses(void **state)
{
	struct crew *c = *state;

	dnsd_add_address(c->o->dns, "gw.test", 1, ip_of(0));
	put_named(c, "a", "gw.test", 5070, 10);
	office_put(c->o, "accounts/hq/callflows/in.json",
	           "{'id':'in','numbers':['+14155559999'],'flow':{'module':"
	           "'response','data':{'code':486}}}");
	office_reload(c->o);
	calls_in(c, 0, "+14155559999");
	office_fails(c->g[0], "486");
	/* a reload while DNS is away changes nothing */
	dnsd_set_mood(c->o->dns, 0, DNSD_IS_SILENT);
	office_warp(c->o, 5000);
	office_reload(c->o);
	calls_in(c, 0, "+14155559999");
	office_fails(c->g[0], "486");
}

static void an_address_that_a_name_left_is_nobodys(void **state)
{
	struct crew *c = *state;

	dnsd_add_address(c->o->dns, "gw.test", 1, ip_of(0));
	put_named(c, "a", "gw.test", 5070, 10);
	office_put(c->o, "accounts/hq/callflows/in.json",
	           "{'id':'in','numbers':['+14155559999'],'flow':{'module':"
	           "'response','data':{'code':486}}}");
	office_reload(c->o);
	calls_in(c, 0, "+14155559999");
	office_fails(c->g[0], "486");
	dnsd_clear(c->o->dns);
	dnsd_add_address(c->o->dns, "gw.test", 1, ip_of(1));
	office_warp(c->o, 61000); /* asked again every minute */
	calls_in(c, 1, "+14155559999");
	office_fails(c->g[1], "486");
	calls_in(c, 0, "+14155559999");
	office_fails(c->g[0], "407");
}

/* --- media and loops ---------------------------------------------------- */

static void early_media_passes_unless_it_is_ignored(void **state)
{
	struct crew *c = *state;
	const struct msg *m, *progress;
	struct addr media;
	struct dialog *d;

	two_carriers(c, "", "");
	d = office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], m, 183, "Session Progress", NULL,
	           office_sdp(c->o, c->g[0]));
	progress = peer_expect(c->frank1, "183");
	assert_true(msg_media(progress, 0, &media));
	assert_int_not_equal(addr_port(&media), c->o->port);
	connects(c, d, 0, m);
	office_flow(c->o, "1", OUT, "false",
	            ",'to_did':'" NUMBER "','ignore_early_media':true");
	d = office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], m, 183, "Session Progress", NULL,
	           office_sdp(c->o, c->g[0]));
	progress = peer_expect(c->frank1, "180");
	assert_int_equal(progress->body_len, 0);
	connects(c, d, 0, m);
}

static void max_forwards_goes_down(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_carrier(c, "r", 0, "", "");
	office_put(c->o, "accounts/hq/callflows/in.json",
	           "{'id':'in','numbers':['+14155559999'],'flow':{'module':"
	           "'device','data':{'id':'frank1'}}}");
	send_out(c);
	for (int hops = 70; hops > 0; hops -= 69) {
		struct dialog *d = peer_dialog_new(c->g[0],
		                                   "sip:+14155559999@x.test");
		char want[16];

		peer_request(c->g[0], d,
		             &(struct peer_request){
		                     .method = "INVITE",
		                     .max_forwards = hops,
		                     .body = office_sdp(c->o, c->g[0]) });
		m = peer_pick(c->frank1, "INVITE");
		snprintf(want, sizeof(want), "%d", hops - 1);
		assert_string_equal(msg_header(m, "Max-Forwards", 0), want);
		office_refuse(c->frank1, m, 486);
		office_fails(c->g[0], "486");
	}
}

/* A carrier that sends our own call back, as it is. */
static void our_own_call_that_comes_back_is_a_loop(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct buf copy = { 0 };
	char host[ADDR_TEXT];
	struct addr a;

	put_carrier(c, "r", 0, "", "");
	send_out(c);
	office_put(c->o, "accounts/hq/callflows/in.json",
	           "{'id':'in','numbers':['+18005550000'],'flow':{'module':"
	           "'device','data':{'id':'frank1'}}}");
	office_reload(c->o);
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	a = peer_addr(c->g[0]);
	buf_fmt(&copy, "INVITE sip:+18005550000@b2bua.test SIP/2.0\r\n"
	        "Via: SIP/2.0/UDP %s;branch=z9hG4bKback;rport\r\n",
	        addr_ip_port(&a, host));
	buf_str(&copy, strstr(m->text, "\r\n") + 2);
	peer_send_raw(c->g[0], copy.p, copy.len);
	peer_expect(c->g[0], "482");
	office_refuse(c->g[0], m, 482);
	office_fails(c->frank1, "482");
	buf_free(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_number_of_an_account_here_stays_inside),
		TRUNK_TEST(the_flow_goes_on_after_an_inner_one_failed),
		TRUNK_TEST(numbers_that_lead_in_a_circle_end),
		TRUNK_TEST(an_inner_flow_hunts_its_own_carriers),
		TRUNK_TEST(a_carriers_call_finds_its_account_by_the_number),
		TRUNK_TEST(a_local_carrier_calls_its_own_account_only),
		TRUNK_TEST(two_accounts_may_have_one_carrier),
		TRUNK_TEST(a_named_gateway_is_known_by_its_addresses),
		TRUNK_TEST(an_address_that_a_name_left_is_nobodys),
		TRUNK_TEST(early_media_passes_unless_it_is_ignored),
		TRUNK_TEST(max_forwards_goes_down),
		TRUNK_TEST(our_own_call_that_comes_back_is_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
