/* Calls to a carrier that we are registered at take the way that its registrar
 * wants (RFC 3608). */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/trunks.h"

#define REGISTERS ",'register':true,'username':'acme','password':'pw'"

/* The REGISTER at g[0] is answered with this Service-Route: by g[1]. */
static void registered(struct crew *c, const char *more, const char *params)
{
	char *line = xasprintf("Expires: 60\r\nService-Route: "
	                       "<sip:127.0.0.12:%u;%s>%s\r\n",
	                       office_port_of(c->g[1]), params, more);
	const struct msg *m = peer_pick(c->g[0], "REGISTER");

	assert_true(msg_header_has(m, "Supported", "path"));
	assert_int_equal(msg_count(m, "Route"), 0);
	peer_reply(c->g[0], m, 200, "OK", line, NULL);
	settle(c->o->loop);
	free(line);
}

static void set_up(struct crew *c)
{
	put_carrier(c, "a", 0, "", REGISTERS);
	send_out(c);
	office_reload(c->o);
}

static const struct msg *goes_to(struct crew *c, size_t gateway)
{
	const struct msg *m;

	office_dial(c->o, c->frank1, "1");
	m = peer_pick(c->g[gateway], "INVITE");
	office_refuse(c->g[gateway], m, 486);
	office_fails(c->frank1, "486");
	return m;
}

static void retire(struct crew *c)
{
	put_carrier(c, "a", 0, ",'enabled':false", "");
	office_reload(c->o);
	office_warp(c->o, 5000);
	while (peer_poll(c->g[0]))
		;
}

static void calls_go_by_the_service_route(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	char text[512];

	set_up(c);
	registered(c, ", <sip:inner.test;lr>", "lr");
	m = goes_to(c, 1);
	assert_non_null(strstr(m->uri, "@127.0.0.11"));
	assert_non_null(strstr(msg_value(m, "Route", 0, text),
	                       "<sip:127.0.0.12:"));
	assert_string_equal(msg_value(m, "Route", 1, text),
	                    "<sip:inner.test;lr>");
	retire(c);
}

static void each_registration_says_it_anew(void **state)
{
	struct crew *c = *state;

	set_up(c);
	registered(c, "", "lr");
	goes_to(c, 1);
	office_warp(c->o, 31000);
	peer_reply(c->g[0], peer_pick(c->g[0], "REGISTER"), 200, "OK",
	           "Expires: 60\r\n", NULL);
	settle(c->o->loop);
	assert_int_equal(msg_count(goes_to(c, 0), "Route"), 0);
	retire(c);
}

static void a_strict_router_is_none(void **state)
{
	struct crew *c = *state;

	set_up(c);
	registered(c, "", "x=1");
	assert_int_equal(msg_count(goes_to(c, 0), "Route"), 0);
	retire(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(calls_go_by_the_service_route),
		TRUNK_TEST(each_registration_says_it_anew),
		TRUNK_TEST(a_strict_router_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
