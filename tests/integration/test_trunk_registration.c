#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "b2bua/trunks.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "integration/trunks.h"
#include "support/auth.h"

#define REGISTERS ",'register':true,'username':'acme','password':'pw'"
#define REALM     "carrier.test"

static void put_trunk(struct crew *c, const char *more)
{
	char *all = xasprintf(REGISTERS "%s", more);

	put_carrier(c, "a", 0, "", all);
	office_reload(c->o);
	free(all);
}

/* So that nothing is tried again after the end of the test. */
static void retire(struct crew *c)
{
	put_carrier(c, "a", 0, ",'enabled':false", "");
	office_reload(c->o);
	office_warp(c->o, 5000);
	while (peer_poll(c->g[0]))
		;
}

static const struct msg *reg(struct crew *c)
{
	return peer_expect(c->g[0], "REGISTER");
}

static unsigned expires_of(const struct msg *m)
{
	return (unsigned)strtoul(msg_header(m, "Expires", 0), NULL, 10);
}

/* 200 with the Contact that came, for so long. */
static void grants(struct crew *c, const struct msg *m, unsigned s)
{
	char *line = xasprintf("Contact: <sip:other@192.0.2.7>;expires=9\r\n"
	                       "Contact: %s;expires=%u\r\n",
	                       msg_header(m, "Contact", 0), s);

	peer_reply(c->g[0], m, 200, "OK", line, NULL);
	free(line);
}

static void challenge(struct crew *c, const struct msg *m, int status,
                      const char *nonce, const char *more)
{
	char *line = xasprintf("%s-Authenticate: Digest realm=\"" REALM "\", "
	                       "nonce=\"%s\", qop=\"auth\", "
	                       "algorithm=SHA-256%s\r\n",
	                       status == 407 ? "Proxy" : "WWW", nonce, more);

	peer_reply(c->g[0], m, status, "Who", line, NULL);
	free(line);
}

static void proves(const struct msg *m, const char *field, const char *nonce,
                   unsigned nc)
{
	const char *got = msg_header(m, field, 0);
	char cnonce[128], uri[256], text[128], ours[128], count[16];
	struct auth_answer a = { .user = "acme", .password = "pw",
		                 .method = m->method, .nc = nc };
	struct buf b = { 0 };
	char *ch;

	assert_non_null(got);
	a.cnonce = auth_param(got, "cnonce", cnonce, sizeof(cnonce));
	a.uri = auth_param(got, "uri", uri, sizeof(uri));
	ch = xasprintf("Digest realm=\"" REALM "\", nonce=\"%s\", "
	               "qop=\"auth\", algorithm=SHA-256", nonce);
	assert_int_equal(auth_respond(&b, ch, &a), 0);
	auth_param(b.p, "response", ours, sizeof(ours));
	assert_string_equal(auth_param(got, "response", text, sizeof(text)),
	                    ours);
	snprintf(count, sizeof(count), "%08x", nc);
	assert_string_equal(auth_param(got, "nc", text, sizeof(text)), count);
	assert_string_equal(uri, m->uri);
	free(ch);
	buf_free(&b);
}

/* Nothing before `least`, a REGISTER by `most`, and no time passes after. */
static const struct msg *comes_between(struct crew *c, int64_t least,
                                       int64_t most)
{
	const struct msg *m = NULL;

	office_warp(c->o, least);
	for (int64_t ms = least; !m && ms <= most; ms += 100) {
		m = peer_poll(c->g[0]);
		if (m && ms == least)
			fail_msg("too early");
		if (!m)
			office_warp(c->o, 100);
	}
	assert_non_null(m);
	assert_string_equal(m->method, "REGISTER");
	return m;
}

/* --- what goes out -------------------------------------------------------- */

static void a_gateway_that_wants_it_is_registered_at(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	char uri[512];

	put_trunk(c, "");
	m = reg(c);
	assert_true(str_starts(m->uri, "sip:127.0.0.11:"));
	msg_uri_of(msg_header(m, "To", 0), uri);
	assert_string_equal(uri, "sip:acme@127.0.0.11");
	msg_uri_of(msg_header(m, "From", 0), uri);
	assert_string_equal(uri, "sip:acme@127.0.0.11");
	msg_uri_of(msg_header(m, "Contact", 0), uri);
	assert_true(strstr(uri, "@127.0.0.1:") != NULL);
	assert_int_equal(expires_of(m), 600);
	grants(c, m, 600);
	retire(c);
}

static void what_its_document_says_is_what_is_registered(void **state)
{
	struct crew *c = *state;
	char *more = xasprintf(",'expires':77,'from_uri_realm':'" REALM "',"
	                       "'contact_user':'line1','proxy':'sip:127.0.0.12"
	                       ":%u','port':5999",
	                       office_port_of(c->g[1]));
	const struct msg *m;
	char uri[512];

	put_carrier(c, "b", 1, "", "");
	put_trunk(c, ",'enabled':false");
	office_put(c->o, "resources/p.json",
	           "{'id':'p','name':'p','rules':['.*'],'gateways':[{"
	           "'server':'pbx.test','register':true,'username':'ac me'%s}"
	           "]}", more);
	office_reload(c->o);
	m = peer_expect(c->g[1], "REGISTER");
	assert_string_equal(m->uri, "sip:pbx.test:5999");
	assert_true(msg_header_has(m, "Route", "sip:127.0.0.12:"));
	assert_true(msg_header_has(m, "Route", ";lr"));
	msg_uri_of(msg_header(m, "To", 0), uri);
	assert_string_equal(uri, "sip:ac%20me@" REALM);
	assert_true(msg_header_has(m, "Contact", "<sip:line1@127.0.0.1:"));
	assert_true(msg_header_has(m, "Contact", ";line="));
	assert_int_equal(expires_of(m), 77);
	peer_reply(c->g[1], m, 200, "OK", NULL, NULL);
	peer_expect_none(c->g[0]);
	office_put(c->o, "resources/p.json",
	           "{'id':'p','name':'p','enabled':false,'gateways':[{"
	           "'server':'pbx.test'}]}");
	office_reload(c->o);
	m = peer_expect(c->g[1], "REGISTER");
	assert_int_equal(expires_of(m), 0);
	peer_reply(c->g[1], m, 200, "OK", NULL, NULL);
	free(more);
}

/* --- credentials ---------------------------------------------------------- */

static void a_challenge_is_answered_and_its_nonce_used_on(void **state)
{
	struct crew *c = *state;
	const struct msg *first, *m;

	put_trunk(c, "");
	first = reg(c);
	assert_null(msg_header(first, "Authorization", 0));
	challenge(c, first, 401, "n1", "");
	m = reg(c);
	proves(m, "Authorization", "n1", 1);
	assert_string_equal(msg_header(m, "Call-ID", 0),
	                    msg_header(first, "Call-ID", 0));
	assert_int_equal(m->cseq, first->cseq + 1);
	grants(c, m, 600);
	m = comes_between(c, 512000, 541000);
	proves(m, "Authorization", "n1", 2);
	/* it is too old by now */
	challenge(c, m, 401, "n2", ", stale=true");
	m = reg(c);
	proves(m, "Authorization", "n2", 1);
	grants(c, m, 600);
	peer_expect_none(c->g[0]);
	retire(c);
}

static void a_registrar_that_forgot_its_nonce_may_ask_again(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_trunk(c, "");
	challenge(c, reg(c), 401, "n1", "");
	grants(c, reg(c), 600);
	m = comes_between(c, 512000, 541000);
	challenge(c, m, 401, "n2", ""); /* no stale */
	m = reg(c);
	proves(m, "Authorization", "n2", 1);
	grants(c, m, 600);
	retire(c);
}

static void a_proxy_and_the_registrar_may_both_ask(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_trunk(c, "");
	challenge(c, reg(c), 407, "p1", "");
	m = reg(c);
	proves(m, "Proxy-Authorization", "p1", 1);
	challenge(c, m, 401, "s1", "");
	m = reg(c);
	proves(m, "Proxy-Authorization", "p1", 2);
	proves(m, "Authorization", "s1", 1);
	grants(c, m, 600);
	retire(c);
}

static void a_refused_password_is_not_tried_again_soon(void **state)
{
	struct crew *c = *state;

	put_trunk(c, "");
	challenge(c, reg(c), 401, "n1", "");
	challenge(c, reg(c), 401, "n2", "");
	peer_expect_none(c->g[0]);
	challenge(c, comes_between(c, 149000, 301000), 401, "n3", "");
	grants(c, reg(c), 600);
	retire(c);
}

static void a_stale_nonce_is_not_answered_for_ever(void **state)
{
	struct crew *c = *state;
	int n = 0;

	put_trunk(c, "");
	challenge(c, reg(c), 401, "n1", "");
	for (const struct msg *m; (m = peer_poll(c->g[0])); n++)
		challenge(c, m, 401, "n1", ", stale=true");
	assert_in_range(n, 1, 5);
	retire(c);
}

static void another_realm_gets_nothing_of_ours(void **state)
{
	struct crew *c = *state;

	put_trunk(c, ",'realm':'elsewhere.test'");
	challenge(c, reg(c), 401, "n1", "");
	peer_expect_none(c->g[0]);
	retire(c);
}

/* --- keeping it alive ----------------------------------------------------- */

static void it_is_refreshed_before_what_was_granted_ends(void **state)
{
	struct crew *c = *state;

	put_trunk(c, "");
	grants(c, reg(c), 60);
	for (int i = 0; i < 3; i++)
		grants(c, comes_between(c, 28000, 31000), 60);
	retire(c);
}

static void what_the_header_says_counts_without_a_contact(void **state)
{
	struct crew *c = *state;

	put_trunk(c, "");
	peer_reply(c->g[0], reg(c), 200, "OK", "Expires: 100\r\n", NULL);
	grants(c, comes_between(c, 46000, 61000), 600);
	retire(c);
}

static void a_423_is_asked_again_for_longer(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_trunk(c, "");
	peer_reply(c->g[0], reg(c), 423, "Interval Too Brief",
	           "Min-Expires: 1800\r\n", NULL);
	m = reg(c);
	assert_int_equal(expires_of(m), 1800);
	grants(c, m, 1800);
	retire(c);
}

static void a_silent_registrar_is_tried_again_at_growing_waits(void **state)
{
	struct crew *c = *state;
	int64_t wait = 10000;

	put_trunk(c, "");
	reg(c);
	for (int i = 0; i < 5; i++, wait *= 2)
		comes_between(c, 4000 + wait / 2 - 100, 4000 + wait + 200);
	/* it is back */
	grants(c, comes_between(c, 4000 + 150000 - 100, 304200), 600);
	peer_expect_none(c->g[0]);
	retire(c);
}

static void retry_after_is_honoured(void **state)
{
	struct crew *c = *state;

	put_trunk(c, "");
	peer_reply(c->g[0], reg(c), 503, "Busy", "Retry-After: 120\r\n", NULL);
	grants(c, comes_between(c, 119500, 120500), 600);
	retire(c);
}

static void an_address_that_is_silent_is_followed_by_the_next(void **state)
{
	struct crew *c = *state;
	unsigned port = office_port_of(c->g[0]);

	dnsd_add_srv(c->o->dns, "_sip._udp.reg.test", 300, 10, 0, port,
	             "one.reg.test");
	dnsd_add_srv(c->o->dns, "_sip._udp.reg.test", 300, 20, 0,
	             office_port_of(c->g[1]), "two.reg.test");
	dnsd_add_address(c->o->dns, "one.reg.test", 300, "127.0.0.11");
	dnsd_add_address(c->o->dns, "two.reg.test", 300, "127.0.0.12");
	office_put(c->o, "resources/n.json",
	           "{'id':'n','name':'n','rules':['.*'],'gateways':[{"
	           "'server':'reg.test'" REGISTERS "}]}");
	office_reload(c->o);
	reg(c);
	peer_expect_none(c->g[1]);
	office_warp(c->o, 4100);
	peer_reply(c->g[1], peer_expect(c->g[1], "REGISTER"), 200, "OK",
	           "Expires: 60\r\n", NULL);
	/* and stays there */
	office_warp(c->o, 31000);
	while (peer_poll(c->g[0]))
		;
	peer_reply(c->g[1], peer_expect(c->g[1], "REGISTER"), 200, "OK",
	           "Expires: 600\r\n", NULL);
	office_put(c->o, "resources/n.json",
	           "{'id':'n','name':'n','enabled':false,'gateways':[{"
	           "'server':'reg.test'}]}");
	office_reload(c->o);
	office_warp(c->o, 5000);
}

static void put_tcp(struct crew *c, struct peer *g, bool is_enabled)
{
	office_put(c->o, "resources/t.json",
	           "{'id':'t','name':'t','enabled':%s,'rules':['.*'],"
	           "'gateways':[{'server':'127.0.0.15','port':%u,"
	           "'transport':'tcp'" REGISTERS "}]}",
	           is_enabled ? "true" : "false", office_port_of(g));
	office_reload(c->o);
}

/* Its calls would come over that connection. */
static void a_connection_that_closes_is_registered_over_anew(void **state)
{
	struct crew *c = *state;
	struct peer *g = office_stranger(c->o, "127.0.0.15", true);
	const struct msg *m;

	put_tcp(c, g, true);
	m = peer_expect(g, "REGISTER");
	assert_true(msg_header_has(m, "Contact", ";transport=tcp"));
	peer_reply(g, m, 200, "OK", NULL, NULL);
	/* it is kept, though nothing is said on it */
	office_warp(c->o, 300000);
	peer_expect_none(g);
	assert_int_equal(agent_gauges(c->o->server->agent).flows, 1);
	peer_disconnect_all(g);
	office_warp(c->o, 1100);
	peer_reply(g, peer_expect(g, "REGISTER"), 200, "OK", NULL, NULL);
	put_tcp(c, g, false);
	peer_reply(g, peer_expect(g, "REGISTER"), 200, "OK", NULL, NULL);
}

static void nobody_there_is_known_at_once(void **state)
{
	struct crew *c = *state;
	struct peer *gone = NULL;
	unsigned port;

	peer_create(&gone, &(struct peer_conf){ .loop = c->o->loop,
	                                        .user = "x",
	                                        .realm = "x",
	                                        .ip = "127.0.0.16" });
	port = office_port_of(gone);
	peer_destroy(&gone);
	office_put(c->o, "resources/x.json",
	           "{'id':'x','name':'x','rules':['.*'],'gateways':[{"
	           "'server':'127.0.0.16','port':%u" REGISTERS "}]}", port);
	send_out(c);
	office_warp(c->o, 100);
	/* it has no calls */
	office_dial(c->o, c->frank1, "1");
	office_fails(c->frank1, "503");
	office_put(c->o, "resources/x.json",
	           "{'id':'x','name':'x','enabled':false,'gateways':[{"
	           "'server':'127.0.0.16'}]}");
	office_reload(c->o);
}

/* --- reload and the end --------------------------------------------------- */

static void a_reload_leaves_what_did_not_change(void **state)
{
	struct crew *c = *state;

	put_trunk(c, "");
	grants(c, reg(c), 600);
	for (int i = 0; i < 3; i++)
		office_reload(c->o);
	/* nor is this any of the registrar's business */
	put_trunk(c, ",'channels':3,'prefix':'00'");
	office_warp(c->o, 1000);
	peer_expect_none(c->g[0]);
	retire(c);
}

static void a_gateway_that_changed_is_registered_anew(void **state)
{
	struct crew *c = *state;
	const struct msg *was, *m;

	put_trunk(c, "");
	was = reg(c);
	grants(c, was, 600);
	put_trunk(c, ",'expires':300");
	m = peer_pick(c->g[0], "REGISTER");
	if (expires_of(m) != 0) {
		grants(c, m, 300);
		m = peer_pick(c->g[0], "REGISTER");
	}
	assert_int_equal(expires_of(m), 0);
	assert_string_equal(msg_header(m, "Call-ID", 0),
	                    msg_header(was, "Call-ID", 0));
	assert_string_equal(msg_header(m, "Contact", 0),
	                    msg_header(was, "Contact", 0));
	peer_reply(c->g[0], m, 200, "OK", NULL, NULL);
	retire(c);
}

/* Whatever crosses, what is registered at last is what is wanted. */
static void changes_in_the_midst_of_it_leave_one_contact(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	char uri[512], last[512] = "";
	struct buf gone = { 0 };
	int n = 0;

	for (unsigned i = 0; i < 4; i++) {
		char *more = xasprintf(",'expires':%u", 100 + i);

		put_trunk(c, more);
		free(more);
	}
	put_trunk(c, ",'expires':103"); /* no change */
	while ((m = peer_poll(c->g[0]))) {
		msg_uri_of(msg_header(m, "Contact", 0), uri);
		if (expires_of(m) == 0)
			buf_fmt(&gone, "%s\n", uri);
		else if (expires_of(m) == 103)
			strcpy(last, uri);
		grants(c, m, expires_of(m));
		n++;
	}
	assert_int_equal(n, 7); /* four came, three went */
	assert_true(*last && !strstr(buf_text(&gone), last));
	assert_int_equal(trunks_farewells(c->o->server->trunks), 0);
	buf_free(&gone);
	retire(c);
}

static void a_gateway_that_is_gone_is_unregistered(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_trunk(c, "");
	challenge(c, reg(c), 401, "n1", "");
	m = reg(c);
	grants(c, m, 600);
	put_carrier(c, "a", 0, ",'enabled':false", "");
	office_reload(c->o);
	m = reg(c);
	assert_int_equal(expires_of(m), 0);
	proves(m, "Authorization", "n1", 2);
	assert_int_equal(trunks_farewells(c->o->server->trunks), 1);
	/* it may be asked for its password once more */
	challenge(c, m, 401, "n2", "");
	m = reg(c);
	assert_int_equal(expires_of(m), 0);
	peer_reply(c->g[0], m, 200, "OK", NULL, NULL);
	settle(c->o->loop);
	assert_int_equal(trunks_farewells(c->o->server->trunks), 0);
	office_warp(c->o, 700000);
	peer_expect_none(c->g[0]);
}

static void a_farewell_that_nobody_hears_ends(void **state)
{
	struct crew *c = *state;

	put_trunk(c, "");
	grants(c, reg(c), 600);
	put_carrier(c, "a", 0, ",'enabled':false", "");
	office_reload(c->o);
	reg(c);
	office_warp(c->o, 4100);
	assert_int_equal(trunks_farewells(c->o->server->trunks), 0);
}

static void after_a_drain_it_is_unregistered(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_trunk(c, ",'options_interval':10");
	grants(c, reg(c), 600);
	server_drain(c->o->server);
	settle(c->o->loop);
	m = reg(c);
	assert_int_equal(expires_of(m), 0);
	peer_reply(c->g[0], m, 200, "OK", NULL, NULL);
	settle(c->o->loop);
	assert_int_equal(trunks_farewells(c->o->server->trunks), 0);
	/* a reload does not bring it back */
	office_reload(c->o);
	office_warp(c->o, 20000);
	peer_expect_none(c->g[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_gateway_that_wants_it_is_registered_at),
		TRUNK_TEST(what_its_document_says_is_what_is_registered),
		TRUNK_TEST(a_challenge_is_answered_and_its_nonce_used_on),
		TRUNK_TEST(a_registrar_that_forgot_its_nonce_may_ask_again),
		TRUNK_TEST(a_proxy_and_the_registrar_may_both_ask),
		TRUNK_TEST(a_refused_password_is_not_tried_again_soon),
		TRUNK_TEST(a_stale_nonce_is_not_answered_for_ever),
		TRUNK_TEST(another_realm_gets_nothing_of_ours),
		TRUNK_TEST(it_is_refreshed_before_what_was_granted_ends),
		TRUNK_TEST(what_the_header_says_counts_without_a_contact),
		TRUNK_TEST(a_423_is_asked_again_for_longer),
		TRUNK_TEST(a_silent_registrar_is_tried_again_at_growing_waits),
		TRUNK_TEST(retry_after_is_honoured),
		TRUNK_TEST(an_address_that_is_silent_is_followed_by_the_next),
		TRUNK_TEST(a_connection_that_closes_is_registered_over_anew),
		TRUNK_TEST(nobody_there_is_known_at_once),
		TRUNK_TEST(a_reload_leaves_what_did_not_change),
		TRUNK_TEST(a_gateway_that_changed_is_registered_anew),
		TRUNK_TEST(changes_in_the_midst_of_it_leave_one_contact),
		TRUNK_TEST(a_gateway_that_is_gone_is_unregistered),
		TRUNK_TEST(a_farewell_that_nobody_hears_ends),
		TRUNK_TEST(after_a_drain_it_is_unregistered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
