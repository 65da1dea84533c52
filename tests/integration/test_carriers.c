#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/trunks.h"

/* --- which carrier, and what it is asked -------------------------------- */

static void the_rule_captures_and_the_gateway_dresses_the_number(void **state)
{
	static const struct {
		const char *rest, *more, *want;
	} cases[] = {
		{ "", "", "sip:4155550000@127.0.0.11:" },
		{ ",'rules':['.*']", "", "sip:+14155550000@127.0.0.11:" },
		/* the last rule first */
		{ ",'rules':['^\\\\+(\\\\d+)$','(\\\\d{7})$']", "",
		  "sip:5550000@127.0.0.11:" },
		{ "", ",'prefix':'00','suffix':'9'",
		  "sip:0041555500009@127.0.0.11:" },
		{ "", ",'prefix':'#'", "sip:%234155550000@127.0.0.11:" },
		{ "", ",'invite_format':'e164'",
		  "sip:+14155550000@127.0.0.11:" },
	};
	struct crew *c = *state;
	const struct msg *m;

	for (size_t i = 0; i < NELEM(cases); i++) {
		bool has_rules = *cases[i].rest != '\0';

		office_put(c->o, "resources/r.json",
		           "{'id':'r','name':'r'%s%s,'gateways':[{'server':"
		           "'127.0.0.11','port':%u%s}]}",
		           has_rules ? "" : ",'rules':['^\\\\+1(\\\\d+)$']",
		           cases[i].rest, office_port_of(c->g[0]),
		           cases[i].more);
		send_out(c);
		office_dial(c->o, c->frank1, "1");
		m = peer_expect(c->g[0], "INVITE");
		if (!str_starts(m->uri, cases[i].want))
			fail_msg("%s, not %s", m->uri, cases[i].want);
		office_refuse(c->g[0], m, 486);
		office_fails(c->frank1, "486");
	}
}

static void a_route_is_where_the_call_goes(void **state)
{
	struct crew *c = *state;
	char *route = xasprintf(",'route':'sip:fixed@127.0.0.12:%u'",
	                        office_port_of(c->g[1]));
	const struct msg *m;

	put_carrier(c, "r", 0, "", route);
	send_out(c);
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[1], "INVITE");
	assert_true(str_starts(m->uri, "sip:fixed@127.0.0.12:"));
	office_refuse(c->g[1], m, 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->g[0]);
	free(route);
}

static void a_gateway_may_be_called_over_tcp(void **state)
{
	struct crew *c = *state;
	struct peer *g = office_stranger(c->o, "127.0.0.15", true);
	struct dialog *d;

	office_put(c->o, "resources/r.json",
	           "{'id':'r','name':'r','rules':['.*'],'gateways':[{"
	           "'server':'127.0.0.15','port':%u,'transport':'tcp'}]}",
	           office_port_of(g));
	send_out(c);
	d = office_dial(c->o, c->frank1, "1");
	office_answer(c->o, g, office_rings(g), c->frank1);
	office_hang_up(c->frank1, d, g);
}

static void cheaper_carriers_come_first(void **state)
{
	struct crew *c = *state;

	put_carrier(c, "a", 0, ",'weight_cost':30", "");
	put_carrier(c, "b", 1, ",'weight_cost':10", "");
	put_carrier(c, "d", 2, "", ""); /* 50 */
	put_carrier(c, "e", 3, ",'enabled':false,'weight_cost':1", "");
	send_out(c);
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 503);
	office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 503);
	office_refuse(c->g[2], peer_expect(c->g[2], "INVITE"), 404);
	/* the last one's status, though 404 is not the worst of them */
	office_fails(c->frank1, "404");
	peer_expect_none(c->g[3]);
}

static void local_and_global_carriers_are_apart(void **state)
{
	struct crew *c = *state;

	put_carrier(c, "out", 0, "", "");
	put_local(c, "hq", "own", 1);
	send_out(c);
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->g[1]);
	office_flow(c->o, "1", OUT, "true", ",'to_did':'" NUMBER "'");
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->g[0]);
	/* absent: true */
	office_flow(c->o, "1",
	            "{'module':'resources','data':{'to_did':'" NUMBER "'}}");
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
}

static void the_hunt_account_lends_its_carriers(void **state)
{
	struct crew *c = *state;

	office_put(c->o, "accounts/parent/account.json",
	           "{'id':'parent','name':'parent','realm':'parent.test'}");
	office_put(c->o, "accounts/other/account.json",
	           "{'id':'other','name':'other','realm':'other.test'}");
	office_put(c->o, "accounts/hq/account.json",
	           "{'id':'hq','name':'hq','realm':'hq.test',"
	           "'parent':'parent'}");
	put_local(c, "hq", "own", 0);
	put_local(c, "parent", "theirs", 1);
	put_local(c, "other", "strange", 2);
	office_flow(c->o, "1", OUT, "true",
	            ",'to_did':'" NUMBER "','hunt_account_id':'parent'");
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	office_flow(c->o, "1", OUT, "true",
	            ",'to_did':'" NUMBER "','hunt_account_id':'other'");
	office_dial(c->o, c->frank1, "1");
	office_fails(c->frank1, "404");
	peer_expect_none(c->g[2]);
	peer_expect_none(c->g[0]);
}

static void without_a_route_the_number_is_not_found(void **state)
{
	struct crew *c = *state;

	office_put(c->o, "resources/r.json",
	           "{'id':'r','name':'r','rules':['^\\\\+999'],'gateways':[{"
	           "'server':'127.0.0.11','port':%u}]}",
	           office_port_of(c->g[0]));
	send_out(c);
	office_dial(c->o, c->frank1, "1");
	office_fails(c->frank1, "404");
	peer_expect_none(c->g[0]);
	office_flow(c->o, "1",
	            "{'module':'offnet','data':{'to_did':'" NUMBER "'},"
	            "'children':{'NO_ROUTE_DESTINATION':{'module':'response',"
	            "'data':{'code':599}}}}");
	office_dial(c->o, c->frank1, "1");
	office_fails(c->frank1, "599");
}

/* --- the next one ------------------------------------------------------- */

static void a_failing_gateway_is_followed_by_the_next(void **state)
{
	static const int statuses[] = { 503, 408, 404, 486, 500, 603, 302 };
	struct crew *c = *state;
	struct dialog *d;

	two_carriers(c, "", "");
	for (size_t i = 0; i < NELEM(statuses); i++) {
		d = office_dial(c->o, c->frank1, "1");
		office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"),
		              statuses[i]);
		connects(c, d, 1, office_rings(c->g[1]));
	}
}

static void a_gateway_that_is_not_there_is_followed_by_the_next(void **state)
{
	struct crew *c = *state;
	struct peer *gone = office_stranger(c->o, "127.0.0.16", false);
	unsigned port = office_port_of(gone);
	struct dialog *d;

	peer_destroy(&gone);
	c->o->n_peers--;
	put_carrier(c, "b", 1, "", "");
	for (int i = 0; i < 2; i++) {
		office_put(c->o, "resources/a.json",
		           "{'id':'a','name':'a','rules':['.*'],'gateways':[{"
		           "'server':'127.0.0.16','port':%u%s}]}",
		           port, i ? ",'transport':'tcp'" : "");
		send_out(c);
		d = office_dial(c->o, c->frank1, "1");
		connects(c, d, 1, office_rings(c->g[1]));
	}
}

static void silence_is_followed_by_the_next(void **state)
{
	struct crew *c = *state;
	const struct msg *lost, *m;
	struct dialog *d;

	two_carriers(c, "", ",'progress_timeout':3");
	d = office_dial(c->o, c->frank1, "1");
	lost = peer_expect(c->g[0], "INVITE");
	office_warp(c->o, 2900);
	peer_expect_none(c->g[1]);
	office_warp(c->o, 200);
	m = office_rings(c->g[1]);
	/* RFC 3261 9.1: no CANCEL without a provisional */
	peer_expect_none(c->g[0]);
	peer_reply(c->g[0], lost, 180, "Ringing", NULL, NULL);
	office_cancelled(c->g[0], lost);
	connects(c, d, 1, m);
}

static void a_late_answer_is_acknowledged_and_hung_up(void **state)
{
	struct crew *c = *state;
	const struct msg *lost, *m;
	struct dialog *d;

	two_carriers(c, "", ",'progress_timeout':3");
	d = office_dial(c->o, c->frank1, "1");
	lost = peer_expect(c->g[0], "INVITE");
	office_warp(c->o, 3100);
	m = office_rings(c->g[1]);
	peer_reply(c->g[0], lost, 200, "OK", NULL, office_sdp(c->o, c->g[0]));
	peer_expect(c->g[0], "ACK");
	peer_reply(c->g[0], peer_expect(c->g[0], "BYE"), 200, "OK", NULL,
	           NULL);
	connects(c, d, 1, m);
}

static void progress_keeps_a_gateway(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_carriers(c, "", ",'progress_timeout':3");
	d = office_dial(c->o, c->frank1, "1");
	m = office_rings(c->g[0]);
	office_warp(c->o, 30000);
	peer_expect_none(c->g[1]);
	connects(c, d, 0, m);
}

static void stop_codes_end_the_hunt(void **state)
{
	struct crew *c = *state;

	two_carriers(c, ",'stop_codes':[486,404]", "");
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->g[1]);
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 503);
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 480);
	office_fails(c->frank1, "480");
}

static void gateways_of_one_carrier_are_tried_in_turn(void **state)
{
	struct crew *c = *state;

	office_put(c->o, "resources/r.json",
	           "{'id':'r','name':'r','rules':['.*'],'gateways':["
	           "{'server':'127.0.0.11','port':%u},"
	           "{'server':'127.0.0.12','port':%u,'enabled':false},"
	           "{'server':'127.0.0.13','port':%u}]}",
	           office_port_of(c->g[0]), office_port_of(c->g[1]),
	           office_port_of(c->g[2]));
	send_out(c);
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 500);
	office_refuse(c->g[2], peer_expect(c->g[2], "INVITE"), 503);
	office_fails(c->frank1, "503");
	peer_expect_none(c->g[1]);
}

static void the_caller_may_give_up(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_carriers(c, "", "");
	d = office_dial(c->o, c->frank1, "1");
	m = office_rings(c->g[0]);
	peer_cancel(c->frank1, d, NULL);
	peer_pick(c->frank1, "200 CANCEL");
	office_fails(c->frank1, "487");
	office_cancelled(c->g[0], m);
	peer_expect_none(c->g[1]);
}

static void the_action_has_a_time_limit(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	two_carriers(c, "", "");
	office_flow(c->o, "1", OUT, "false",
	            ",'to_did':'" NUMBER "','timeout':5");
	office_dial(c->o, c->frank1, "1");
	m = office_rings(c->g[0]);
	office_warp(c->o, 5100);
	office_cancelled(c->g[0], m);
	office_fails(c->frank1, "480");
	peer_expect_none(c->g[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(
			the_rule_captures_and_the_gateway_dresses_the_number),
		TRUNK_TEST(a_route_is_where_the_call_goes),
		TRUNK_TEST(a_gateway_may_be_called_over_tcp),
		TRUNK_TEST(cheaper_carriers_come_first),
		TRUNK_TEST(local_and_global_carriers_are_apart),
		TRUNK_TEST(the_hunt_account_lends_its_carriers),
		TRUNK_TEST(without_a_route_the_number_is_not_found),
		TRUNK_TEST(a_failing_gateway_is_followed_by_the_next),
		TRUNK_TEST(a_gateway_that_is_not_there_is_followed_by_the_next),
		TRUNK_TEST(silence_is_followed_by_the_next),
		TRUNK_TEST(a_late_answer_is_acknowledged_and_hung_up),
		TRUNK_TEST(progress_keeps_a_gateway),
		TRUNK_TEST(stop_codes_end_the_hunt),
		TRUNK_TEST(gateways_of_one_carrier_are_tried_in_turn),
		TRUNK_TEST(the_caller_may_give_up),
		TRUNK_TEST(the_action_has_a_time_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
