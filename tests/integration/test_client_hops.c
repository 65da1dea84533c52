/* REGISTER and OPTIONS to a carrier with several addresses (RFC 3263 4.3): what
 * a request learns of one serves whoever comes next. */
#include "cmocka_all.h"

#include <string.h>

#include "integration/trunks.h"

#define REGISTERS ",'register':true,'username':'acme','password':'pw'"
#define ASKED     ",'options_interval':10"

/* gw.test leads to g[0] and then g[1]; calls to 1 go there. */
static void two_addresses(struct crew *c, const char *more, bool is_enabled)
{
	static const char *const hosts[] = { "one.test", "two.test" };

	for (unsigned i = 0; i < 2 && is_enabled; i++) {
		dnsd_add_srv(c->o->dns, "_sip._udp.gw.test", 300, i, 0,
		             office_port_of(c->g[i]), hosts[i]);
		dnsd_add_address(c->o->dns, hosts[i], 300, ip_of(i));
	}
	office_put(c->o, "resources/a.json",
	           "{'id':'a','name':'a','enabled':%s,'rules':['.*'],"
	           "'gateways':[{'server':'gw.test'%s}]}",
	           is_enabled ? "true" : "false", more);
	send_out(c);
	office_reload(c->o);
}

static void retire(struct crew *c)
{
	two_addresses(c, "", false);
	office_warp(c->o, 40000);
	while (peer_poll(c->g[0]) || peer_poll(c->g[1]))
		;
}

static void accepts(struct crew *c, size_t gateway)
{
	peer_reply(c->g[gateway], peer_pick(c->g[gateway], "REGISTER"), 200,
	           "OK", "Expires: 600\r\n", NULL);
	settle(c->o->loop);
}

/* A call goes there first. */
static void goes_to(struct crew *c, size_t gateway)
{
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[gateway], peer_pick(c->g[gateway], "INVITE"), 486);
	office_fails(c->frank1, "486");
}

static void a_registrar_that_is_silent_is_spared_calls(void **state)
{
	struct crew *c = *state;

	two_addresses(c, REGISTERS, true);
	peer_expect(c->g[0], "REGISTER");
	office_warp(c->o, 3900);
	peer_expect_none(c->g[1]);
	office_warp(c->o, 200);
	accepts(c, 1);
	goes_to(c, 1);
	assert_int_equal(holddown_unanswered(c->o->server->holddown), 0);
	retire(c);
}

static void an_address_where_calls_died_is_not_registered_at(void **state)
{
	struct crew *c = *state;

	two_addresses(c, "", true);
	office_dial(c->o, c->frank1, "1");
	peer_expect(c->g[0], "INVITE");
	office_warp(c->o, 4100);
	office_refuse(c->g[1], peer_pick(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	two_addresses(c, REGISTERS, true);
	accepts(c, 1);
	retire(c);
}

static void a_100_gives_it_time(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	two_addresses(c, REGISTERS, true);
	m = peer_expect(c->g[0], "REGISTER");
	office_warp(c->o, 3000);
	peer_reply(c->g[0], m, 100, "Trying", NULL, NULL);
	office_warp(c->o, 3000);
	peer_expect_none(c->g[1]);
	peer_reply(c->g[0], m, 200, "OK", "Expires: 600\r\n", NULL);
	settle(c->o->loop);
	assert_int_equal(holddown_unanswered(c->o->server->holddown), 0);
	retire(c);
}

static void who_is_asked_whether_it_is_well_may_be_the_second(void **state)
{
	struct crew *c = *state;

	two_addresses(c, ASKED, true);
	office_warp(c->o, 1100);
	peer_expect(c->g[0], "OPTIONS");
	office_warp(c->o, 4100);
	peer_reply(c->g[1], peer_expect(c->g[1], "OPTIONS"), 200, "OK", NULL,
	           NULL);
	goes_to(c, 1);
	/* the next one goes there at once */
	office_warp(c->o, 10100);
	peer_reply(c->g[1], peer_expect(c->g[1], "OPTIONS"), 200, "OK", NULL,
	           NULL);
	retire(c);
}

/* All are dead: a registration is what shows that one is back. */
static void the_only_address_is_asked_however_dead_it_is(void **state)
{
	struct crew *c = *state;

	put_carrier(c, "a", 0, "", REGISTERS);
	office_reload(c->o);
	for (int i = 0; i < 3; i++) {
		peer_pick(c->g[0], "REGISTER");
		office_warp(c->o, 40000); /* it is given up */
		while (peer_poll(c->g[0]))
			;
		office_warp(c->o, 600000);
	}
	put_carrier(c, "a", 0, ",'enabled':false", "");
	office_reload(c->o);
	office_warp(c->o, 40000);
	while (peer_poll(c->g[0]))
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_registrar_that_is_silent_is_spared_calls),
		TRUNK_TEST(an_address_where_calls_died_is_not_registered_at),
		TRUNK_TEST(a_100_gives_it_time),
		TRUNK_TEST(who_is_asked_whether_it_is_well_may_be_the_second),
		TRUNK_TEST(the_only_address_is_asked_however_dead_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
