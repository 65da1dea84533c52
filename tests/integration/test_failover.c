#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/trunks.h"

/* gw.test leads to the gateways g[0] and then g[1], by UDP. */
static void two_addresses(struct crew *c)
{
	static const char *const hosts[] = { "one.test", "two.test" };

	for (unsigned i = 0; i < 2; i++) {
		dnsd_add_srv(c->o->dns, "_sip._udp.gw.test", 60, i, 0,
		             office_port_of(c->g[i]), hosts[i]);
		dnsd_add_address(c->o->dns, hosts[i], 60, ip_of(i));
	}
	put_named(c, "a", "gw.test", 0, 10);
	send_out(c);
}

static size_t unanswered(struct crew *c)
{
	settle(c->o->loop);
	return holddown_unanswered(c->o->server->holddown);
}

/* --- when the next address is tried -------------------------------------- */

static void silence_is_enough_after_four_seconds(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_addresses(c);
	d = office_dial(c->o, c->frank1, "1");
	peer_expect(c->g[0], "INVITE");
	assert_int_equal(unanswered(c), 1);
	office_warp(c->o, 3900);
	peer_expect_none(c->g[1]);
	office_warp(c->o, 200);
	m = office_rings(c->g[1]);
	assert_int_equal(unanswered(c), 0);
	/* 500, 1500 and 3500 ms; and no more after that */
	office_warp(c->o, 6000);
	peer_expect_none(c->g[0]);
	assert_int_equal(peer_repeats(c->g[0]), 3);
	connects(c, d, 1, m);
}

static void a_100_is_a_sign_of_life(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_addresses(c);
	d = office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], m, 100, "Trying", NULL, NULL);
	assert_int_equal(unanswered(c), 0);
	office_warp(c->o, 7000);
	peer_expect_none(c->g[1]);
	peer_reply(c->g[0], m, 180, "Ringing", NULL, NULL);
	connects(c, d, 0, m);
}

/* The time to the first progress is each address's own. */
static void the_second_address_has_its_full_time(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_addresses(c);
	d = office_dial(c->o, c->frank1, "1");
	office_warp(c->o, 4100);
	m = peer_expect(c->g[1], "INVITE");
	peer_reply(c->g[1], m, 100, "Trying", NULL, NULL);
	office_warp(c->o, 7000); /* of 8 s */
	peer_reply(c->g[1], m, 180, "Ringing", NULL, NULL);
	connects(c, d, 1, m);
}

static void the_last_gateway_is_not_waited_for_any_longer(void **state)
{
	struct crew *c = *state;

	put_carrier(c, "a", 0, "", "");
	send_out(c);
	office_dial(c->o, c->frank1, "1");
	peer_expect(c->g[0], "INVITE");
	office_warp(c->o, 4100);
	office_fails(c->frank1, "408");
	peer_expect_none(c->g[0]);
}

static void the_next_gateway_follows_a_silent_one(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	two_carriers(c, "", "");
	d = office_dial(c->o, c->frank1, "1");
	peer_expect(c->g[0], "INVITE");
	office_warp(c->o, 4100);
	connects(c, d, 1, office_rings(c->g[1]));
}

/* A port where nobody is: the kernel says so by ICMP. */
static unsigned closed_port(struct crew *c, const char *ip, bool is_tcp)
{
	struct peer *gone = office_stranger(c->o, ip, is_tcp);
	unsigned port = office_port_of(gone);

	peer_destroy(&gone);
	c->o->n_peers--;
	return port;
}

static void an_icmp_error_is_enough_at_once(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	dnsd_add_srv(c->o->dns, "_sip._udp.gw.test", 60, 1, 0,
	             closed_port(c, "127.0.0.15", false), "gone.test");
	dnsd_add_address(c->o->dns, "gone.test", 60, "127.0.0.15");
	dnsd_add_srv(c->o->dns, "_sip._udp.gw.test", 60, 2, 0,
	             office_port_of(c->g[1]), "two.test");
	dnsd_add_address(c->o->dns, "two.test", 60, ip_of(1));
	put_named(c, "a", "gw.test", 0, 10);
	send_out(c);
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 1, office_rings(c->g[1]));
}

static void a_refused_connection_is_enough_at_once(void **state)
{
	struct crew *c = *state;
	struct peer *tcp = office_stranger(c->o, "127.0.0.16", true);
	const struct msg *m;
	struct dialog *d;

	dnsd_add_naptr(c->o->dns, "gw.test", 60, 1, 1, "s", "SIP+D2T",
	               "_sip._tcp.gw.test");
	dnsd_add_srv(c->o->dns, "_sip._tcp.gw.test", 60, 1, 0,
	             closed_port(c, "127.0.0.15", true), "gone.test");
	dnsd_add_address(c->o->dns, "gone.test", 60, "127.0.0.15");
	dnsd_add_srv(c->o->dns, "_sip._tcp.gw.test", 60, 2, 0,
	             office_port_of(tcp), "two.test");
	dnsd_add_address(c->o->dns, "two.test", 60, "127.0.0.16");
	put_named(c, "a", "gw.test", 0, 10);
	send_out(c);
	d = office_dial(c->o, c->frank1, "1");
	m = office_rings(tcp);
	assert_true(m->connection > 0);
	office_answer(c->o, tcp, m, c->frank1);
	office_hang_up(c->frank1, d, tcp);
}

static void naptr_chooses_the_transport(void **state)
{
	struct crew *c = *state;
	struct peer *tcp = office_stranger(c->o, "127.0.0.16", true);
	const struct msg *m;
	struct dialog *d;

	dnsd_add_naptr(c->o->dns, "gw.test", 60, 1, 1, "s", "SIPS+D2T",
	               "_sips._tcp.gw.test"); /* we have no listener */
	dnsd_add_naptr(c->o->dns, "gw.test", 60, 2, 1, "s", "SIP+D2T",
	               "_x._tcp.gw.test");
	dnsd_add_naptr(c->o->dns, "gw.test", 60, 3, 1, "s", "SIP+D2U",
	               "_x._udp.gw.test");
	dnsd_add_srv(c->o->dns, "_x._tcp.gw.test", 60, 1, 0,
	             office_port_of(tcp), "two.test");
	dnsd_add_srv(c->o->dns, "_x._udp.gw.test", 60, 1, 0,
	             office_port_of(c->g[0]), "one.test");
	dnsd_add_address(c->o->dns, "two.test", 60, "127.0.0.16");
	dnsd_add_address(c->o->dns, "one.test", 60, ip_of(0));
	put_named(c, "a", "gw.test", 0, 10);
	send_out(c);
	d = office_dial(c->o, c->frank1, "1");
	m = peer_expect(tcp, "INVITE");
	assert_true(msg_header_has(m, "Via", "SIP/2.0/TCP"));
	peer_expect_none(c->g[0]);
	/* UDP comes after TCP */
	office_refuse(tcp, m, 503);
	connects(c, d, 0, office_rings(c->g[0]));
}

/* --- an INVITE that was given up ------------------------------------------ */

/* ... at g[0]; the call is at g[1]. */
static const struct msg *give_up(struct crew *c, struct dialog **d)
{
	const struct msg *m;

	two_addresses(c);
	*d = office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	office_warp(c->o, 4100);
	return m;
}

static void ringing_that_comes_too_late_is_cancelled(void **state)
{
	struct crew *c = *state;
	const struct msg *m, *cancel;
	char a[128], b[128];
	struct dialog *d;

	m = give_up(c, &d);
	connects(c, d, 1, office_rings(c->g[1]));
	peer_reply(c->g[0], m, 180, "Ringing", NULL, NULL);
	cancel = peer_expect(c->g[0], "CANCEL");
	assert_string_equal(cancel->uri, m->uri);
	assert_string_equal(msg_branch(cancel, a), msg_branch(m, b));
	assert_int_equal(cancel->cseq, m->cseq);
	peer_reply(c->g[0], cancel, 200, "OK", NULL, NULL);
	peer_reply(c->g[0], m, 180, "Ringing", NULL, NULL);
	peer_expect_none(c->g[0]); /* once is enough */
	peer_reply(c->g[0], m, 487, "Request Terminated", NULL, NULL);
	m = peer_expect(c->g[0], "ACK");
	assert_string_equal(msg_branch(m, a), b);
}

static void an_answer_that_comes_too_late_gets_ack_and_bye(void **state)
{
	struct crew *c = *state;
	const struct msg *m, *bye;
	struct dialog *d;

	m = give_up(c, &d);
	connects(c, d, 1, office_rings(c->g[1]));
	peer_reply(c->g[0], m, 200, "OK", NULL, office_sdp(c->o, c->g[0]));
	peer_expect(c->g[0], "ACK");
	bye = peer_expect(c->g[0], "BYE");
	peer_reply(c->g[0], bye, 200, "OK", NULL, NULL);
}

static void a_failure_that_comes_too_late_is_acknowledged(void **state)
{
	struct crew *c = *state;
	char tag[128], theirs[128];
	const struct msg *m, *fail;
	struct dialog *d;

	m = give_up(c, &d);
	fail = peer_reply(c->g[0], m, 500, "Late", NULL, NULL);
	m = peer_expect(c->g[0], "ACK");
	assert_string_equal(msg_tag(m, "To", tag),
	                    msg_tag(fail, "To", theirs));
	/* each time it comes */
	peer_resend(c->g[0], fail);
	peer_want_repeats(c->g[0], true);
	peer_expect(c->g[0], "ACK");
	connects(c, d, 1, office_rings(c->g[1]));
}

/* --- dead addresses ------------------------------------------------------- */

static void the_next_call_knows_who_is_dead(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	give_up(c, &d);
	connects(c, d, 1, office_rings(c->g[1]));
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 1, office_rings(c->g[1]));
	peer_expect_none(c->g[0]);
	office_warp(c->o, 30000);
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 0, office_rings(c->g[0]));
}

static void a_dead_address_is_the_last_resort_of_one_call(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	put_carrier(c, "a", 0, "", "");
	send_out(c);
	office_dial(c->o, c->frank1, "1");
	office_warp(c->o, 4100);
	office_fails(c->frank1, "408");
	peer_expect(c->g[0], "INVITE");
	office_dial(c->o, c->frank1, "1");
	peer_expect(c->g[0], "INVITE");
	/* another does not wait for what that one is finding out */
	office_dial(c->o, office_phone(c->o, "erin1"), "1");
	office_fails(c->o->peers[c->o->n_peers - 1], "503");
	office_warp(c->o, 4100);
	office_fails(c->frank1, "408");
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 0, office_rings(c->g[0]));
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 0, office_rings(c->g[0]));
}

static void retry_after_is_honoured(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_addresses(c);
	d = office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], m, 503, "Busy", "Retry-After: 10\r\n", NULL);
	peer_expect(c->g[0], "ACK");
	connects(c, d, 1, office_rings(c->g[1]));
	office_warp(c->o, 9000);
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 1, office_rings(c->g[1]));
	peer_expect_none(c->g[0]);
	office_warp(c->o, 1100);
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 0, office_rings(c->g[0]));
}

static void a_call_that_ends_early_says_nothing_about_the_target(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	two_addresses(c);
	d = office_dial(c->o, c->frank1, "1");
	peer_expect(c->g[0], "INVITE");
	peer_cancel(c->frank1, d, NULL);
	office_fails(c->frank1, "487");
	assert_int_equal(unanswered(c), 0);
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 0, office_rings(c->g[0]));
}

/* --- inside a dialog ------------------------------------------------------ */

/* A call whose callee's Contact is a name: of g[2], then of g[3]. */
static struct dialog *far_contact(struct crew *c)
{
	struct dialog *d;

	for (unsigned i = 2; i < 4; i++) {
		char *host = xasprintf("far%u.test", i);

		dnsd_add_srv(c->o->dns, "_sip._udp.far.test", 60, i, 0,
		             office_port_of(c->g[i]), host);
		dnsd_add_address(c->o->dns, host, 60, ip_of(i));
		free(host);
	}
	put_carrier(c, "a", 0, "", "");
	send_out(c);
	d = office_dial(c->o, c->frank1, "1");
	peer_set_contact(c->g[0], "sip:far.test");
	peer_reply(c->g[0], peer_expect(c->g[0], "INVITE"), 200, "OK", NULL,
	           office_sdp(c->o, c->g[0]));
	peer_ack(c->frank1, peer_pick(c->frank1, "200 INVITE"), NULL);
	peer_expect(c->g[0], "ACK"); /* the name was not known yet */
	return d;
}

static void a_bye_finds_the_next_address_after_silence(void **state)
{
	struct crew *c = *state;
	struct dialog *d = far_contact(c);
	const struct msg *m;

	peer_bye(c->frank1, d);
	m = peer_expect(c->g[2], "BYE");
	assert_string_equal(m->uri, "sip:far.test");
	office_warp(c->o, 3900);
	peer_expect_none(c->g[3]);
	office_warp(c->o, 200);
	m = peer_expect(c->g[3], "BYE");
	assert_string_equal(m->uri, "sip:far.test");
	peer_reply(c->g[3], m, 200, "OK", NULL, NULL);
	office_warp(c->o, 10000);
	peer_expect_none(c->g[2]);
}

static void a_bye_finds_the_next_address_after_503(void **state)
{
	struct crew *c = *state;
	struct dialog *d = far_contact(c);
	const struct msg *m;

	peer_bye(c->frank1, d);
	m = peer_expect(c->g[2], "BYE");
	peer_reply(c->g[2], m, 503, "Not here", NULL, NULL);
	m = peer_expect(c->g[3], "BYE");
	/* nowhere else */
	peer_reply(c->g[3], m, 503, "Nor here", NULL, NULL);
	office_warp(c->o, 10000);
	peer_expect_none(c->g[2]);
	peer_expect_none(c->g[3]);
}

static void a_request_finds_the_next_address_and_stays_there(void **state)
{
	struct crew *c = *state;
	struct dialog *d = far_contact(c);
	const struct msg *m;

	for (int i = 0; i < 2; i++) {
		peer_in_dialog(c->frank1, d, "INFO",
		               "Content-Type: application/dtmf-relay\r\n",
		               "Signal=1\r\nDuration=160\r\n");
		if (i == 0) {
			peer_expect(c->g[2], "INFO");
			office_warp(c->o, 4100);
		}
		m = peer_expect(c->g[3], "INFO");
		assert_true(m->body_len > 0);
		peer_reply(c->g[3], m, 200, "OK", NULL, NULL);
		peer_expect(c->frank1, "200 INFO");
	}
	peer_bye(c->frank1, d);
	m = peer_expect(c->g[3], "BYE");
	peer_reply(c->g[3], m, 200, "OK", NULL, NULL);
	peer_expect_none(c->g[2]);
}

static void a_reinvite_finds_the_next_address(void **state)
{
	struct crew *c = *state;
	struct dialog *d = far_contact(c);
	const struct msg *m;

	peer_in_dialog(c->frank1, d, "INVITE", NULL,
	               office_sdp(c->o, c->frank1));
	peer_expect(c->g[2], "INVITE");
	office_warp(c->o, 4100);
	m = peer_expect(c->g[3], "INVITE");
	peer_reply(c->g[3], m, 200, "OK", NULL, office_sdp(c->o, c->g[3]));
	peer_ack(c->frank1, peer_pick(c->frank1, "200 INVITE"), NULL);
	peer_pick(c->g[3], "ACK");
	peer_bye(c->frank1, d);
	m = peer_pick(c->g[3], "BYE");
	peer_reply(c->g[3], m, 200, "OK", NULL, NULL);
}

/* --- a resolver in trouble ------------------------------------------------- */

static void carriers_are_reached_while_dns_is_down(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	two_addresses(c);
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 0, office_rings(c->g[0]));
	dnsd_set_mood(c->o->dns, 0, DNSD_FAILS);
	office_warp(c->o, 100000);
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 0, office_rings(c->g[0]));
	/* it is back, and knows better */
	dnsd_set_mood(c->o->dns, 0, DNSD_ANSWERS);
	dnsd_clear(c->o->dns);
	dnsd_add_srv(c->o->dns, "_sip._udp.gw.test", 60, 0, 0,
	             office_port_of(c->g[2]), "three.test");
	dnsd_add_address(c->o->dns, "three.test", 60, ip_of(2));
	office_warp(c->o, 100000);
	d = office_dial(c->o, c->frank1, "1");
	connects(c, d, 2, office_rings(c->g[2]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(silence_is_enough_after_four_seconds),
		TRUNK_TEST(a_100_is_a_sign_of_life),
		TRUNK_TEST(the_second_address_has_its_full_time),
		TRUNK_TEST(the_last_gateway_is_not_waited_for_any_longer),
		TRUNK_TEST(the_next_gateway_follows_a_silent_one),
		TRUNK_TEST(an_icmp_error_is_enough_at_once),
		TRUNK_TEST(a_refused_connection_is_enough_at_once),
		TRUNK_TEST(naptr_chooses_the_transport),
		TRUNK_TEST(ringing_that_comes_too_late_is_cancelled),
		TRUNK_TEST(an_answer_that_comes_too_late_gets_ack_and_bye),
		TRUNK_TEST(a_failure_that_comes_too_late_is_acknowledged),
		TRUNK_TEST(the_next_call_knows_who_is_dead),
		TRUNK_TEST(a_dead_address_is_the_last_resort_of_one_call),
		TRUNK_TEST(retry_after_is_honoured),
		TRUNK_TEST(a_call_that_ends_early_says_nothing_about_the_target),
		TRUNK_TEST(a_bye_finds_the_next_address_after_silence),
		TRUNK_TEST(a_bye_finds_the_next_address_after_503),
		TRUNK_TEST(a_request_finds_the_next_address_and_stays_there),
		TRUNK_TEST(a_reinvite_finds_the_next_address),
		TRUNK_TEST(carriers_are_reached_while_dns_is_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
