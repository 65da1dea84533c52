#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/office.h"
#include "support/auth.h"

#define OUT       "{'module':'resources','data':{'use_local_resources':%s%s}}"
#define NUMBER    "+14155550000"

/* A caller, and gateways g[0] at 127.0.0.11, g[1] at 127.0.0.12 ... */
struct crew {
	struct office *o;
	struct peer *frank1, *g[4];
};

static const char *ip_of(size_t i)
{
	static const char *const ips[] = { "127.0.0.11", "127.0.0.12",
		                           "127.0.0.13", "127.0.0.14" };

	return ips[i];
}

static int set_up(void **state)
{
	struct crew *c = xzalloc(sizeof(*c));
	void *o = NULL;

	office_set_up(&o);
	c->o = o;
	c->frank1 = office_phone(o, "frank1");
	for (size_t i = 0; i < NELEM(c->g); i++)
		c->g[i] = office_stranger(o, ip_of(i), false);
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	struct crew *c = *state;
	void *o = c->o;
	int rc = office_tear_down(&o);

	free(c);
	return rc;
}

/* A global carrier with one gateway; `rest`: more members of the resource,
 * `more`: of the gateway, each with a comma in front. */
static void put_carrier(struct crew *c, const char *id, size_t gateway,
                        const char *rest, const char *more)
{
	char *path = xasprintf("resources/%s.json", id);

	office_put(c->o, path,
	           "{'id':'%s','name':'%s','rules':['^\\\\+1(\\\\d+)$']%s,"
	           "'gateways':[{'server':'%s','port':%u%s}]}",
	           id, id, rest, ip_of(gateway),
	           office_port_of(c->g[gateway]), more);
	free(path);
}

static void put_local(struct crew *c, const char *account, const char *id,
                      size_t gateway)
{
	char *path = xasprintf("accounts/%s/resources/%s.json", account, id);

	office_put(c->o, path,
	           "{'id':'%s','name':'%s','rules':['^\\\\+1(\\\\d+)$'],"
	           "'gateways':[{'server':'%s','port':%u}]}",
	           id, id, ip_of(gateway), office_port_of(c->g[gateway]));
	free(path);
}

/* What 1 dials goes out by global carriers. */
static void send_out(struct crew *c)
{
	office_flow(c->o, "1", OUT, "false", ",'to_did':'" NUMBER "'");
}

static void connects(struct crew *c, struct dialog *d, size_t gateway,
                     const struct msg *invite)
{
	office_answer(c->o, c->g[gateway], invite, c->frank1);
	office_hang_up(c->frank1, d, c->g[gateway]);
}

/* --- which carrier, and what it is asked -------------------------------------- */

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

/* --- the next one ----------------------------------------------------------------- */

static void two_carriers(struct crew *c, const char *rest, const char *more)
{
	put_carrier(c, "a", 0, rest, more);
	put_carrier(c, "b", 1, "", "");
	send_out(c);
}

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

/* --- credentials ------------------------------------------------------------------- */

#define LOGIN ",'username':'me','password':'pw','realm':'sip.carrier.test'"

static const struct msg *challenges(struct peer *g, const struct msg *m,
                                    int status, const char *realm)
{
	char *line = xasprintf("%s-Authenticate: Digest realm=\"%s\", "
	                       "nonce=\"n1\", qop=\"auth\", algorithm=MD5\r\n",
	                       status == 407 ? "Proxy" : "WWW", realm);
	const struct msg *sent = peer_reply(g, m, status, "Who", line, NULL);

	free(line);
	return sent;
}

static void proves(const struct msg *m, int status, const char *realm)
{
	const char *got = msg_header(m, status == 407 ? "Proxy-Authorization"
	                                              : "Authorization", 0);
	char cnonce[128], uri[256], text[128], ours[128], *challenge;
	struct auth_answer a = { .user = "me", .password = "pw",
		                 .method = m->method, .nc = 1 };
	struct buf b = { 0 };

	assert_non_null(got);
	a.cnonce = auth_param(got, "cnonce", cnonce, sizeof(cnonce));
	a.uri = auth_param(got, "uri", uri, sizeof(uri));
	challenge = xasprintf("Digest realm=\"%s\", nonce=\"n1\", "
	                      "qop=\"auth\", algorithm=MD5", realm);
	assert_int_equal(auth_respond(&b, challenge, &a), 0);
	auth_param(b.p, "response", ours, sizeof(ours));
	assert_string_equal(auth_param(got, "response", text, sizeof(text)),
	                    ours);
	assert_string_equal(uri, m->uri);
	free(challenge);
	buf_free(&b);
}

static void our_own_gateway_is_answered(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_carriers(c, "", LOGIN);
	for (int status = 401; status <= 407; status += 6) {
		d = office_dial(c->o, c->frank1, "1");
		m = peer_expect(c->g[0], "INVITE");
		assert_null(msg_header(m, "Authorization", 0));
		assert_null(msg_header(m, "Proxy-Authorization", 0));
		challenges(c->g[0], m, status, "sip.carrier.test");
		peer_expect(c->g[0], "ACK");
		m = peer_expect(c->g[0], "INVITE");
		proves(m, status, "sip.carrier.test");
		connects(c, d, 0, m);
	}
}

static void another_realm_gets_nothing_of_ours(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	two_carriers(c, "", LOGIN);
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	challenges(c->g[0], m, 407, "elsewhere.test");
	peer_expect(c->g[0], "ACK");
	peer_expect_none(c->g[0]);
	m = peer_expect(c->g[1], "INVITE");
	assert_null(msg_header(m, "Proxy-Authorization", 0));
	/* nor does a gateway without a password */
	challenges(c->g[1], m, 401, "sip.carrier.test");
	peer_expect(c->g[1], "ACK");
	peer_expect_none(c->g[1]);
	/* what a carrier asked of us is not the caller's business */
	office_fails(c->frank1, "403");
}

static void a_password_that_is_refused_is_not_tried_again(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_carriers(c, "", LOGIN);
	d = office_dial(c->o, c->frank1, "1");
	for (int i = 0; i < 2; i++) {
		m = peer_expect(c->g[0], "INVITE");
		challenges(c->g[0], m, 401, "sip.carrier.test");
		peer_expect(c->g[0], "ACK");
	}
	peer_expect_none(c->g[0]);
	connects(c, d, 1, office_rings(c->g[1]));
}

static void without_a_realm_of_its_own_any_is_answered(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_carriers(c, "", ",'username':'me','password':'pw'");
	d = office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	challenges(c->g[0], m, 407, "whatever.test");
	peer_expect(c->g[0], "ACK");
	m = peer_expect(c->g[0], "INVITE");
	proves(m, 407, "whatever.test");
	connects(c, d, 0, m);
}

static void a_challenged_bye_is_answered(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_carriers(c, "", LOGIN);
	d = office_dial(c->o, c->frank1, "1");
	office_answer(c->o, c->g[0], office_rings(c->g[0]), c->frank1);
	peer_bye(c->frank1, d);
	peer_pick(c->frank1, "200 BYE");
	m = peer_expect(c->g[0], "BYE");
	challenges(c->g[0], m, 407, "sip.carrier.test");
	m = peer_expect(c->g[0], "BYE");
	proves(m, 407, "sip.carrier.test");
	peer_reply(c->g[0], m, 200, "OK", NULL, NULL);
}

/* --- names -------------------------------------------------------------------------- */

static void put_named(struct crew *c, const char *id, const char *server,
                      unsigned port, unsigned cost)
{
	char *path = xasprintf("resources/%s.json", id);
	char text[32] = "";

	if (port)
		snprintf(text, sizeof(text), ",'port':%u", port);
	office_put(c->o, path,
	           "{'id':'%s','name':'%s','rules':['.*'],'weight_cost':%u,"
	           "'gateways':[{'server':'%s'%s}]}",
	           id, id, cost, server, text);
	free(path);
}

static void a_gateway_may_be_a_name(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	dnsd_add_address(c->o->dns, "gw.test", 60, ip_of(0));
	put_named(c, "a", "gw.test", office_port_of(c->g[0]), 10);
	send_out(c);
	d = office_dial(c->o, c->frank1, "1");
	m = office_rings(c->g[0]);
	assert_true(str_starts(m->uri, "sip:+14155550000@gw.test:"));
	connects(c, d, 0, m);
}

static void without_a_port_srv_records_say_where(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	dnsd_add_srv(c->o->dns, "_sip._udp.gw.test", 60, 1, 1,
	             office_port_of(c->g[1]), "host.test");
	dnsd_add_address(c->o->dns, "host.test", 60, ip_of(1));
	put_named(c, "a", "gw.test", 0, 10);
	send_out(c);
	d = office_dial(c->o, c->frank1, "1");
	m = office_rings(c->g[1]);
	assert_string_equal(m->uri, "sip:+14155550000@gw.test");
	connects(c, d, 1, m);
}

/* RFC 3263 4.3 */
static void the_next_srv_target_is_tried(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	dnsd_add_srv(c->o->dns, "_sip._udp.gw.test", 60, 1, 1,
	             office_port_of(c->g[0]), "one.test");
	dnsd_add_srv(c->o->dns, "_sip._udp.gw.test", 60, 2, 1,
	             office_port_of(c->g[1]), "two.test");
	dnsd_add_address(c->o->dns, "one.test", 60, ip_of(0));
	dnsd_add_address(c->o->dns, "two.test", 60, ip_of(1));
	put_named(c, "a", "gw.test", 0, 10);
	send_out(c);
	d = office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 503);
	connects(c, d, 1, office_rings(c->g[1]));
	/* any other answer is the gateway's */
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->g[1]);
}

static void a_name_that_nobody_knows_is_followed_by_the_next(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	put_named(c, "a", "nowhere.test", 5060, 10);
	put_carrier(c, "b", 1, ",'weight_cost':20", "");
	send_out(c);
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 1, office_rings(c->g[1]));
}

static void dead_dns_holds_a_call_up_no_longer_than_silence(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	dnsd_set_mood(c->o->dns, 0, DNSD_IS_SILENT);
	put_named(c, "a", "gw.test", 5060, 10);
	put_carrier(c, "b", 1, ",'weight_cost':20", "");
	send_out(c);
	d = office_dial(c->o, c->frank1, "1");
	peer_expect_none(c->g[1]);
	office_warp(c->o, 8100); /* progress_timeout */
	connects(c, d, 1, office_rings(c->g[1]));
}

/* --- what stays inside --------------------------------------------------------------- */

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

/* --- inbound -------------------------------------------------------------------------- */

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

/* --- media and loops -------------------------------------------------------------------- */

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

#define CARRIER_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CARRIER_TEST(
			the_rule_captures_and_the_gateway_dresses_the_number),
		CARRIER_TEST(a_route_is_where_the_call_goes),
		CARRIER_TEST(a_gateway_may_be_called_over_tcp),
		CARRIER_TEST(cheaper_carriers_come_first),
		CARRIER_TEST(local_and_global_carriers_are_apart),
		CARRIER_TEST(the_hunt_account_lends_its_carriers),
		CARRIER_TEST(without_a_route_the_number_is_not_found),
		CARRIER_TEST(a_failing_gateway_is_followed_by_the_next),
		CARRIER_TEST(
			a_gateway_that_is_not_there_is_followed_by_the_next),
		CARRIER_TEST(silence_is_followed_by_the_next),
		CARRIER_TEST(a_late_answer_is_acknowledged_and_hung_up),
		CARRIER_TEST(progress_keeps_a_gateway),
		CARRIER_TEST(stop_codes_end_the_hunt),
		CARRIER_TEST(gateways_of_one_carrier_are_tried_in_turn),
		CARRIER_TEST(the_caller_may_give_up),
		CARRIER_TEST(the_action_has_a_time_limit),
		CARRIER_TEST(our_own_gateway_is_answered),
		CARRIER_TEST(another_realm_gets_nothing_of_ours),
		CARRIER_TEST(a_password_that_is_refused_is_not_tried_again),
		CARRIER_TEST(without_a_realm_of_its_own_any_is_answered),
		CARRIER_TEST(a_challenged_bye_is_answered),
		CARRIER_TEST(a_gateway_may_be_a_name),
		CARRIER_TEST(without_a_port_srv_records_say_where),
		CARRIER_TEST(the_next_srv_target_is_tried),
		CARRIER_TEST(a_name_that_nobody_knows_is_followed_by_the_next),
		CARRIER_TEST(dead_dns_holds_a_call_up_no_longer_than_silence),
		CARRIER_TEST(a_number_of_an_account_here_stays_inside),
		CARRIER_TEST(the_flow_goes_on_after_an_inner_one_failed),
		CARRIER_TEST(numbers_that_lead_in_a_circle_end),
		CARRIER_TEST(an_inner_flow_hunts_its_own_carriers),
		CARRIER_TEST(a_carriers_call_finds_its_account_by_the_number),
		CARRIER_TEST(a_local_carrier_calls_its_own_account_only),
		CARRIER_TEST(two_accounts_may_have_one_carrier),
		CARRIER_TEST(a_named_gateway_is_known_by_its_addresses),
		CARRIER_TEST(an_address_that_a_name_left_is_nobodys),
		CARRIER_TEST(early_media_passes_unless_it_is_ignored),
		CARRIER_TEST(max_forwards_goes_down),
		CARRIER_TEST(our_own_call_that_comes_back_is_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
