/* Where a call's messages go, and what stands in their addresses. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "integration/bench.h"
#include "support/warp.h"

static const struct rig_options with_tcp = { .listens_tcp = true };

/* A phone of account 101 that is not the one of the rig. */
static struct peer *make_phone(struct rig *r, bool is_tcp)
{
	struct peer_conf conf = { .loop = r->loop,
		                  .user = "101",
		                  .realm = "test.example",
		                  .password = "secret101",
		                  .server = r->addr,
		                  .is_tcp = is_tcp,
		                  .trace = &r->trace };
	struct peer *p;

	addr_set_port(&conf.server,
	              agent_port(r->server->agent, is_tcp ? 1 : 0));
	peer_create(&p, &conf);
	return p;
}

/* Phone `a` calls 102; both sides are up. */
static void call_from(struct talk *t, struct rig *r, struct peer *a)
{
	*t = (struct talk){ .rig = r, .a = a, .b = r->phone[P102] };
	t->da = peer_call(a, "102", peer_sdp(a, RTP_A, NULL));
	t->invite = peer_expect(t->b, "INVITE");
	talk_answer(t);
	talk_ack(t);
}

static void end_by_callee(struct talk *t, struct peer *hears)
{
	peer_bye(t->b, t->db);
	say_ok(hears, peer_expect(hears, "BYE"));
	peer_expect(t->b, "200 BYE");
}

/* --- answers that come again ------------------------------------------------ */

static void a_callers_repeated_200_gets_its_ack_again(void **unused)
{
	const struct msg *ok;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.b, t.db, "INVITE", NULL,
	               peer_sdp(t.b, RTP_B, "sendonly"));
	ok = peer_reply(t.a, peer_expect(t.a, "INVITE"), 200, "OK", NULL,
	                peer_sdp(t.a, RTP_A, "recvonly"));
	peer_expect(t.a, "ACK"); /* as if it was lost */
	peer_ack(t.b, peer_expect(t.b, "200 INVITE"), NULL);
	for (int i = 0; i < 3; i++) {
		warp_ms(r.loop, 500);
		peer_resend(t.a, ok);
		assert_int_equal(peer_expect(t.a, "ACK")->cseq, ok->cseq);
	}
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

/* --- Contacts that we cannot use ---------------------------------------------- */

/* There is UDP over IPv4 and nothing else: what else a Contact asks for, the
 * dialog goes on where it began. */
static void a_contact_out_of_reach_changes_nothing(void **unused)
{
	static const char *const contacts[] = {
		"sip:101@127.0.0.1:9;transport=tcp",
		"sip:101@[::1]:9",
		"sips:101@127.0.0.1:9",
	};
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(contacts); i++) {
		peer_set_contact(r.phone[P101], contacts[i]);
		call_from(&t, &r, r.phone[P101]);
		end_by_callee(&t, t.a);
	}
	rig_close(&r, NELEM(contacts));
}

static void a_contact_may_ask_for_another_transport(void **unused)
{
	struct rig r;
	struct talk t;
	struct peer *tcp;

	(void)unused;
	rig_open(&r, &with_tcp);
	tcp = make_phone(&r, true);
	peer_disconnect(tcp);
	peer_set_contact(r.phone[P101], peer_contact(tcp));
	call_from(&t, &r, r.phone[P101]);
	end_by_callee(&t, tcp);
	rig_close(&r, 1);
	peer_destroy(&tcp);
}

/* --- connections and NAT -------------------------------------------------------- */

static void a_callers_connection_is_used_both_ways(void **unused)
{
	struct rig r;
	struct talk t;
	struct peer *tcp;

	(void)unused;
	rig_open(&r, &with_tcp);
	tcp = make_phone(&r, true);
	call_from(&t, &r, tcp);
	peer_bye(t.b, t.db);
	assert_int_equal(peer_expect(tcp, "BYE")->connection, 0);
	rig_close(&r, 1);
	peer_destroy(&tcp);
}

/* A carrier closes a connection that is idle, and bills until the BYE. */
static void bye_finds_the_contact_when_the_connection_has_closed(void **unused)
{
	struct rig r;
	struct talk t;
	struct peer *tcp;

	(void)unused;
	rig_open(&r, &with_tcp);
	tcp = make_phone(&r, true);
	call_from(&t, &r, tcp);
	peer_disconnect(tcp);
	settle(r.loop);
	end_by_callee(&t, tcp);
	rig_close(&r, 1);
	peer_destroy(&tcp);
}

static void a_phone_that_moved_is_reached_where_it_is_now(void **unused)
{
	const struct msg *reinvite;
	struct rig r;
	struct talk t;
	struct peer *moved;

	(void)unused;
	rig_open(&r, NULL);
	moved = make_phone(&r, false);
	peer_set_contact(r.phone[P101], "sip:101@10.99.99.99:5060");
	peer_set_contact(moved, "sip:101@10.99.99.99:5060");
	call_from(&t, &r, r.phone[P101]);
	peer_in_dialog(moved, t.da, "INVITE", NULL,
	               peer_sdp(moved, RTP_A, NULL));
	reinvite = peer_expect(t.b, "INVITE");
	peer_reply(t.b, reinvite, 200, "OK", NULL, peer_sdp(t.b, RTP_B, NULL));
	peer_expect(t.b, "ACK");
	peer_request(moved, t.da,
	             &(struct peer_request){
	                     .method = "ACK",
	                     .cseq = peer_expect(moved, "200 INVITE")->cseq });
	settle(r.loop);
	end_by_callee(&t, moved);
	peer_expect_none(t.a);
	rig_close(&r, 1);
	peer_destroy(&moved);
}

static void a_phone_with_another_connection_is_reached_over_it(void **unused)
{
	const struct msg *bye, *reinvite;
	struct rig r;
	struct talk t;
	struct peer *tcp;

	(void)unused;
	rig_open(&r, &with_tcp);
	tcp = make_phone(&r, true);
	peer_set_contact(tcp, "sip:101@10.99.99.99:5060;transport=tcp");
	call_from(&t, &r, tcp);
	peer_connect(tcp);
	settle(r.loop);
	peer_in_dialog(tcp, t.da, "INVITE", NULL, peer_sdp(tcp, RTP_A, NULL));
	reinvite = peer_expect(t.b, "INVITE");
	peer_reply(t.b, reinvite, 200, "OK", NULL, peer_sdp(t.b, RTP_B, NULL));
	peer_expect(t.b, "ACK");
	peer_ack(tcp, peer_expect(tcp, "200 INVITE"), NULL);
	settle(r.loop);
	peer_bye(t.b, t.db);
	bye = peer_expect(tcp, "BYE");
	assert_int_equal(bye->connection, 0);
	say_ok(tcp, bye);
	rig_close(&r, 1);
	peer_destroy(&tcp);
}

/* --- addresses -------------------------------------------------------------------- */

static void dial_as(struct talk *t, struct rig *r, const char *from)
{
	*t = (struct talk){ .rig = r, .a = r->phone[P101],
		            .b = r->phone[P102] };
	t->da = peer_dialog_new(t->a, "102");
	snprintf(t->da->local, sizeof(t->da->local), "%s", from);
	peer_in_dialog(t->a, t->da, "INVITE", NULL,
	               peer_sdp(t->a, RTP_A, NULL));
	peer_authorize(t->a, t->da, peer_expect(t->a, "407"));
	t->invite = peer_expect(t->b, "INVITE");
}

static void a_from_keeps_what_was_escaped_in_it(void **unused)
{
	static const char *const users[] = { "%23100", "a%3E%0D%0AX-Evil%3A%201",
		                             "a%22b", "+1(415)*;x", "caf%C3%A9" };
	static const char *const told[] = { "<sip:%23100@",
		                            "<sip:a%3E%0D%0AX-Evil%3A%201@",
		                            "<sip:a%22b@", "<sip:+1(415)*;x@",
		                            "<sip:caf%C3%A9@" };
	char from[128];
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(users); i++) {
		snprintf(from, sizeof(from), "<sip:%s@test.example>", users[i]);
		dial_as(&t, &r, from);
		assert_null(msg_header(t.invite, "X-Evil", 0));
		if (!msg_header_has(t.invite, "From", told[i]))
			fail_msg("not %s: %s", told[i],
			         msg_header(t.invite, "From", 0));
		peer_reply(t.b, t.invite, 486, "Busy Here", NULL, NULL);
		peer_expect(t.b, "ACK");
		peer_ack(t.a, peer_expect(t.a, "486"), NULL);
	}
	rig_close(&r, NELEM(users));
}

static void a_display_name_cannot_leave_its_quotes(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	dial_as(&t, &r, "\"A \\\"B\\\" <sip:x@y>\" <sip:101@test.example>");
	assert_true(msg_header_has(
	        t.invite, "From",
	        "\"A \\\"B\\\" <sip:x@y>\" <sip:101@test.example>"));
	peer_reply(t.b, t.invite, 486, "Busy Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "486"), NULL);
	rig_close(&r, 1);
}

/* sofia would make header fields of the message of them. */
static void header_fields_in_a_contact_stay_there(void **unused)
{
	char contact[128], where[ADDR_TEXT];
	struct rig r;
	struct talk t;
	struct addr at;

	(void)unused;
	rig_open(&r, NULL);
	at = peer_addr(r.phone[P102]);
	snprintf(contact, sizeof(contact), "sip:102@%s?Subject=evil&X-A=b",
	         addr_ip_port(&at, where));
	peer_register_as(r.phone[P102], 0, "*");
	assert_int_equal(peer_register_as(r.phone[P102], 60, contact)->status,
	                 200);
	talk_dial(&t, &r, "102", P102);
	assert_null(strchr(t.invite->uri, '?'));
	assert_null(msg_header(t.invite, "Subject", 0));
	assert_null(msg_header(t.invite, "X-A", 0));
	peer_reply(t.b, t.invite, 486, "Busy Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "486"), NULL);
	rig_close(&r, 1);
}

static void max_forwards_beyond_all_bounds_is_cut(void **unused)
{
	struct peer_request rq = { .method = "INVITE", .max_forwards = 1000 };
	struct buf proof = { 0 };
	const struct msg *who;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	t = (struct talk){ .rig = &r, .a = r.phone[P101], .b = r.phone[P102] };
	rq.body = peer_sdp(t.a, RTP_A, NULL);
	t.da = peer_dialog_new(t.a, "102");
	peer_request(t.a, t.da, &rq);
	who = peer_expect(t.a, "407");
	peer_ack(t.a, who, NULL);
	peer_credentials(t.a, &proof, who, NULL, "INVITE", t.da->target);
	rq.headers = proof.p;
	peer_request(t.a, t.da, &rq);
	t.invite = peer_expect(t.b, "INVITE");
	assert_string_equal(msg_header(t.invite, "Max-Forwards", 0), "69");
	peer_reply(t.b, t.invite, 486, "Busy Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "486"), NULL);
	buf_free(&proof);
	rig_close(&r, 1);
}

static void a_bodys_type_keeps_its_parameters(void **unused)
{
	static const char type[] =
	        "Content-Type: multipart/mixed;boundary=\"b1\"\r\n";
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.a, t.da, "INFO", type, "--b1\r\n\r\nx\r\n--b1--\r\n");
	m = peer_expect(t.b, "INFO");
	assert_true(msg_header_has(m, "Content-Type", "boundary=\"b1\""));
	peer_reply(t.b, m, 200, "OK", type, "--b1\r\n\r\ny\r\n--b1--\r\n");
	m = peer_expect(t.a, "200 INFO");
	assert_true(msg_header_has(m, "Content-Type", "boundary=\"b1\""));
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* --- after a restart ------------------------------------------------------------- */

static void start_again(struct rig *r)
{
	struct server_options so = { .clock = warp_clock };
	struct diag why = { 0 };

	server_destroy(&r->server);
	if (server_create(&r->server, r->conf, &so, &why) < 0)
		fail_msg("%s", buf_text(&why.text));
	diag_free(&why);
	r->loop = r->server->loop;
	addr_set_port(&r->addr, agent_port(r->server->agent, 0));
	for (int i = 0; i < N_PHONES; i++) {
		peer_set_server(r->phone[i], &r->addr);
		peer_set_loop(r->phone[i], r->loop);
	}
	for (int i = 0; i < N_CARRIERS; i++)
		peer_set_loop(r->carrier[i], r->loop);
}

static void a_natted_phone_is_kept_alive_after_a_restart(void **unused)
{
	const struct msg *options;
	struct peer *phone;
	struct rig r;
	char *none;

	(void)unused;
	rig_open(&r, NULL);
	none = r.conf->registrar.database;
	r.conf->registrar.database = xasprintf("%s/b2bua.db", r.dir);
	start_again(&r);
	phone = r.phone[P102];
	peer_register_as(phone, 600, "sip:102@10.99.99.99:5060");
	start_again(&r);
	warp_ms(r.loop, 1000 * (int64_t)r.conf->registrar.keepalive_s);
	options = peer_expect(phone, "OPTIONS");
	say_ok(phone, options);
	peer_register_as(phone, 0, "*");
	unlink(r.conf->registrar.database);
	free(r.conf->registrar.database);
	r.conf->registrar.database = none;
	rig_close(&r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_callers_repeated_200_gets_its_ack_again),
		cmocka_unit_test(a_contact_out_of_reach_changes_nothing),
		cmocka_unit_test(a_contact_may_ask_for_another_transport),
		cmocka_unit_test(a_callers_connection_is_used_both_ways),
		cmocka_unit_test(
		        bye_finds_the_contact_when_the_connection_has_closed),
		cmocka_unit_test(a_phone_that_moved_is_reached_where_it_is_now),
		cmocka_unit_test(
		        a_phone_with_another_connection_is_reached_over_it),
		cmocka_unit_test(a_from_keeps_what_was_escaped_in_it),
		cmocka_unit_test(a_display_name_cannot_leave_its_quotes),
		cmocka_unit_test(header_fields_in_a_contact_stay_there),
		cmocka_unit_test(max_forwards_beyond_all_bounds_is_cut),
		cmocka_unit_test(a_bodys_type_keeps_its_parameters),
		cmocka_unit_test(a_natted_phone_is_kept_alive_after_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
