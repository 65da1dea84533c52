#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/trunks.h"
#include "support/auth.h"

/* --- credentials -------------------------------------------------------- */

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

/* Each PRACK once, and whatever becomes of it, the call goes on. */
static void a_prack_that_is_challenged_is_proved(void **state)
{
	struct crew *c = *state;
	const struct msg *invite, *m;
	struct dialog *d;

	two_carriers(c, "", LOGIN);
	d = office_dial(c->o, c->frank1, "1");
	invite = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], invite, 180, "Ringing",
	           "Require: 100rel\r\nRSeq: 1\r\n", NULL);
	m = peer_expect(c->g[0], "PRACK");
	challenges(c->g[0], m, 407, "sip.carrier.test");
	m = peer_expect(c->g[0], "PRACK");
	proves(m, 407, "sip.carrier.test");
	assert_non_null(msg_header(m, "RAck", 0));
	challenges(c->g[0], m, 407, "sip.carrier.test");
	peer_expect_none(c->g[0]);
	peer_expect(c->frank1, "180");
	connects(c, d, 0, invite);
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

/* --- names -------------------------------------------------------------- */

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

/* SERVFAIL to whatever is asked: the next gateway is tried, and when it is
 * over the name leads somewhere again. */
static void a_name_server_that_fails_is_survived(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	dnsd_set_mood(c->o->dns, 0, DNSD_FAILS);
	dnsd_add_address(c->o->dns, "gw.test", 60, ip_of(0));
	put_named(c, "a", "gw.test", office_port_of(c->g[0]), 10);
	put_carrier(c, "b", 1, ",'weight_cost':20", "");
	send_out(c);
	for (int i = 0; i < 3; i++) {
		d = office_dial(c->o, c->frank1, "1");
		connects(c, d, 1, office_rings(c->g[1]));
	}
	assert_true(dnsd_asked(c->o->dns, DNSD_A) > 0);
	dnsd_set_mood(c->o->dns, 0, DNSD_ANSWERS);
	office_warp(c->o, 60000);
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 0, office_rings(c->g[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(our_own_gateway_is_answered),
		TRUNK_TEST(another_realm_gets_nothing_of_ours),
		TRUNK_TEST(a_prack_that_is_challenged_is_proved),
		TRUNK_TEST(a_password_that_is_refused_is_not_tried_again),
		TRUNK_TEST(without_a_realm_of_its_own_any_is_answered),
		TRUNK_TEST(a_challenged_bye_is_answered),
		TRUNK_TEST(a_gateway_may_be_a_name),
		TRUNK_TEST(without_a_port_srv_records_say_where),
		TRUNK_TEST(the_next_srv_target_is_tried),
		TRUNK_TEST(a_name_that_nobody_knows_is_followed_by_the_next),
		TRUNK_TEST(dead_dns_holds_a_call_up_no_longer_than_silence),
		TRUNK_TEST(a_name_server_that_fails_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
