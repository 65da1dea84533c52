#include "cmocka_all.h"

#include "integration/trunks.h"

static void limit(struct crew *c, const char *members)
{
	office_put(c->o, "accounts/hq/limits.json", "{%s}", members);
}

/* A global carrier at g[0], one of hq's own at g[1]; 1 dials out by the
 * first, 2 by the second, 3 an emergency; +14155559999 is frank1. */
static void set_up(struct crew *c, const char *limits)
{
	put_carrier(c, "r", 0, "", "");
	office_put(c->o, "resources/sos.json",
	           "{'id':'sos','name':'sos','rules':['^911$'],'gateways':"
	           "[{'server':'127.0.0.13','port':%u}]}",
	           office_port_of(c->g[2]));
	put_local(c, "hq", "own", 1);
	office_put(c->o, "accounts/hq/callflows/in.json",
	           "{'id':'in','numbers':['+14155559999'],'flow':{'module':"
	           "'device','data':{'id':'frank1'}}}");
	office_flow(c->o, "2", OUT, "true", ",'to_did':'" NUMBER "'");
	office_flow(c->o, "3", OUT, "false", ",'to_did':'911'");
	limit(c, limits);
	send_out(c);
}

static void calls_in(struct crew *c, size_t gateway)
{
	while (peer_poll(c->g[gateway]))
		;
	peer_invite(c->g[gateway], "sip:+14155559999@b2bua.test",
	            office_sdp(c->o, c->g[gateway]));
}

static void a_call_out_waits_for_a_trunk_that_is_free(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	struct dialog *d;

	set_up(c, "'outbound_trunks':1,'twoway_trunks':0");
	d = office_dial(c->o, c->frank1, "1");
	office_answer(c->o, c->g[0], office_rings(c->g[0]), c->frank1);
	office_dial(c->o, carol, "1");
	office_fails(carol, "503");
	peer_expect_none(c->g[0]);
	office_hang_up(c->frank1, d, c->g[0]);
	office_dial(c->o, carol, "1");
	office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 486);
	office_fails(carol, "486");
}

static void what_takes_no_trunk_goes_out_all_the_same(void **state)
{
	struct crew *c = *state;

	set_up(c, "'calls':0,'twoway_trunks':0");
	office_dial(c->o, c->frank1, "1");
	office_fails(c->frank1, "503");
	office_dial(c->o, c->frank1, "2"); /* its own carrier */
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	office_dial(c->o, c->frank1, "3"); /* an emergency */
	office_refuse(c->g[2], peer_expect(c->g[2], "INVITE"), 486);
	office_fails(c->frank1, "486");
}

static void a_failure_child_is_named_after_the_limit(void **state)
{
	struct crew *c = *state;

	set_up(c, "'twoway_trunks':0");
	office_flow(c->o, "1",
	            "{'module':'offnet','data':{'to_did':'" NUMBER "'},"
	            "'children':{'OUTGOING_CALL_BARRED':{'module':'response',"
	            "'data':{'code':599}}}}");
	office_dial(c->o, c->frank1, "1");
	office_fails(c->frank1, "599");
}

static void a_call_in_without_a_trunk_is_busy(void **state)
{
	struct crew *c = *state;

	set_up(c, "'inbound_trunks':1,'twoway_trunks':0");
	calls_in(c, 0);
	office_refuse(c->frank1, peer_pick(c->frank1, "INVITE"), 480);
	office_fails(c->g[0], "480");
	limit(c, "'twoway_trunks':0");
	office_reload(c->o);
	calls_in(c, 0);
	office_fails(c->g[0], "486");
	peer_expect_none(c->frank1);
	calls_in(c, 1); /* from its own carrier */
	office_refuse(c->frank1, peer_pick(c->frank1, "INVITE"), 480);
	office_fails(c->g[1], "480");
	limit(c, "'twoway_trunks':0,'soft_limit_inbound':true");
	office_reload(c->o);
	calls_in(c, 0);
	office_refuse(c->frank1, peer_pick(c->frank1, "INVITE"), 480);
	office_fails(c->g[0], "480");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_call_out_waits_for_a_trunk_that_is_free),
		TRUNK_TEST(what_takes_no_trunk_goes_out_all_the_same),
		TRUNK_TEST(a_failure_child_is_named_after_the_limit),
		TRUNK_TEST(a_call_in_without_a_trunk_is_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
