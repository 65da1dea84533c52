#include "cmocka_all.h"

#include <sofia-sip/su_wait.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "support/auth.h"
#include "support/peer.h"
#include "support/rtp.h"
#include "support/warp.h"

/* Two peers, each the other's server. */
struct pair {
	struct peer *a, *b;
	struct buf trace;
};

static void pair_open(struct pair *t, bool is_tcp, bool is_v6)
{
	struct peer_conf conf = { .is_tcp = is_tcp, .is_v6 = is_v6 };
	struct addr to;

	memset(t, 0, sizeof(*t));
	conf.trace = &t->trace;
	conf.user = "b";
	peer_create(&t->b, &conf); /* without a server yet */
	conf.user = "a";
	conf.realm = "example.org";
	conf.server = peer_addr(t->b);
	peer_create(&t->a, &conf);
	to = peer_addr(t->a);
	peer_set_server(t->b, &to);
}

static void pair_close(struct pair *t)
{
	peer_destroy(&t->a);
	peer_destroy(&t->b);
	buf_free(&t->trace);
}

static void talk(bool is_tcp, bool is_v6)
{
	const struct msg *m, *ok;
	struct dialog *d;
	struct addr media;
	struct pair t;

	pair_open(&t, is_tcp, is_v6);
	d = peer_invite(t.a, "b", peer_sdp(t.a, 4000, NULL));
	m = peer_expect(t.b, "INVITE");
	assert_string_equal(m->uri, "sip:b@example.org");
	assert_true(msg_media(m, 0, &media));
	assert_int_equal(addr_port(&media), 4000);
	assert_int_equal(addr_is_v6(&media), is_v6);
	assert_false(msg_media(m, 1, &media));
	peer_reply(t.b, m, 180, "Ringing", NULL, NULL);
	peer_expect(t.a, "18x");
	peer_reply(t.b, m, 200, "OK",
	           "Record-Route: <sip:one;lr>, <sip:two;lr>\r\n",
	           peer_sdp(t.b, 4002, "sendrecv"));
	ok = peer_expect(t.a, "200 INVITE");
	assert_true(msg_body_has(ok, "a=sendrecv"));
	m = peer_ack(t.a, ok, NULL);
	assert_string_equal(m->uri, peer_contact(t.b));
	assert_string_equal(msg_header(m, "Route", 0), "<sip:two;lr>");
	peer_expect(t.b, "ACK");
	m = peer_bye(t.a, d);
	assert_string_equal(m->uri, peer_contact(t.b));
	m = peer_expect(t.b, "BYE");
	assert_ptr_equal(peer_dialog(t.b, m)->invite->cseq, 1);
	peer_reply(t.b, m, 200, "OK", NULL, NULL);
	peer_expect(t.a, "200 BYE");
	peer_expect_none(t.b);
	pair_close(&t);
}

static void two_peers_talk_over_udp(void **unused)
{
	(void)unused;
	talk(false, false);
	talk(false, true);
}

static void two_peers_talk_over_tcp(void **unused)
{
	(void)unused;
	talk(true, false);
	talk(true, true);
}

static void the_callee_hangs_up_in_the_same_dialog(void **unused)
{
	const struct msg *invite, *bye;
	struct pair t;
	char x[128], y[128];

	(void)unused;
	pair_open(&t, false, false);
	peer_invite(t.a, "b", NULL);
	invite = peer_expect(t.b, "INVITE");
	peer_reply(t.b, invite, 200, "OK", NULL, NULL);
	peer_ack(t.a, peer_expect(t.a, "200"), NULL);
	peer_expect(t.b, "ACK");
	bye = peer_bye(t.b, peer_dialog(t.b, invite));
	assert_string_equal(bye->uri, peer_contact(t.a));
	assert_string_equal(msg_tag(bye, "To", x), msg_tag(invite, "From", y));
	peer_expect(t.a, "BYE");
	pair_close(&t);
}

static void cancel_and_ack_of_a_failure_carry_the_branch(void **unused)
{
	const struct msg *invite, *cancel, *ack;
	struct dialog *d;
	struct pair t;
	char x[128], y[128];

	(void)unused;
	pair_open(&t, false, false);
	d = peer_invite(t.a, "b", NULL);
	invite = peer_expect(t.b, "INVITE");
	peer_reply(t.b, invite, 180, "Ringing", NULL, NULL);
	peer_expect(t.a, "180");
	peer_cancel(t.a, d, NULL);
	cancel = peer_expect(t.b, "CANCEL");
	assert_string_equal(msg_branch(cancel, x), msg_branch(invite, y));
	assert_string_equal(msg_tag(cancel, "To", x), "");
	assert_int_equal(cancel->cseq, invite->cseq);
	peer_reply(t.b, cancel, 200, "OK", NULL, NULL);
	peer_reply(t.b, invite, 487, "Request Terminated", NULL, NULL);
	peer_expect(t.a, "200 CANCEL");
	peer_ack(t.a, peer_expect(t.a, "487"), NULL);
	ack = peer_expect(t.b, "ACK");
	assert_string_equal(msg_branch(ack, x), msg_branch(invite, y));
	assert_true(*msg_tag(ack, "To", x));
	pair_close(&t);
}

static void one_invite_may_be_answered_with_two_tags(void **unused)
{
	const struct msg *invite, *one, *two;
	struct pair t;
	char x[128];

	(void)unused;
	pair_open(&t, false, false);
	peer_invite(t.a, "b", NULL);
	invite = peer_expect(t.b, "INVITE");
	peer_reply_tag(t.b, invite, "one", 200, "OK", NULL, NULL);
	peer_reply_tag(t.b, invite, "two", 200, "OK", NULL, NULL);
	one = peer_expect(t.a, "200");
	two = peer_expect(t.a, "200");
	peer_ack(t.a, two, NULL);
	peer_ack(t.a, one, NULL);
	assert_string_equal(msg_tag(peer_expect(t.b, "ACK"), "To", x), "two");
	assert_string_equal(msg_tag(peer_expect(t.b, "ACK"), "To", x), "one");
	pair_close(&t);
}

static void retransmissions_are_passed_over_unless_wanted(void **unused)
{
	const struct msg *m;
	struct pair t;

	(void)unused;
	pair_open(&t, false, false);
	m = peer_invite(t.a, "b", NULL)->invite;
	peer_resend(t.a, m);
	peer_expect(t.b, "INVITE");
	peer_expect_none(t.b);
	assert_int_equal(peer_repeats(t.b), 1);
	peer_want_repeats(t.b, true);
	peer_resend(t.a, m);
	assert_true(peer_expect(t.b, "INVITE")->is_repeat);
	peer_reply(t.b, m, 100, "Trying", NULL, NULL);
	peer_expect_none(t.a);
	pair_close(&t);
}

static void messages_may_be_picked_out_of_order(void **unused)
{
	struct dialog *d;
	struct pair t;

	(void)unused;
	pair_open(&t, false, false);
	d = peer_dialog_new(t.a, "b");
	peer_in_dialog(t.a, d, "OPTIONS", NULL, NULL);
	peer_in_dialog(t.a, d, "INFO", NULL, NULL);
	peer_pick(t.b, "INFO");
	peer_pick(t.b, "OPTIONS");
	assert_null(peer_poll(t.b));
	pair_close(&t);
}

static void a_stream_is_cut_into_messages(void **unused)
{
	static const char two[] = "INFO sip:b SIP/2.0\r\nCSeq: 1 INFO\r\n"
	                          "l: 3\r\n\r\nabc"
	                          "BYE sip:b SIP/2.0\r\nCSeq: 2 BYE\r\n\r\n";
	struct pair t;

	(void)unused;
	assert_int_equal(msg_frame(two, 40), 0);
	pair_open(&t, true, false);
	peer_send_raw(t.a, two, 30);
	peer_expect_none(t.b);
	peer_send_raw(t.a, two + 30, sizeof(two) - 31);
	assert_true(msg_body_has(peer_expect(t.b, "INFO"), "abc"));
	peer_expect(t.b, "BYE");
	pair_close(&t);
}

/* RFC 7616 3.9.1 */
static void digest_answers_are_those_of_the_rfc(void **unused)
{
	static const char rest[] =
	        "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
	        "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
	static const char *const expected[][2] = {
		{ "MD5", "8ca523f5e9506fed4657c9700eebdbec" },
		{ "SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf449"
		             "6794697cf8db5856cb6c1" },
	};
	const struct auth_answer a = {
		"Mufasa", "Circle of Life",
		"GET",    "/dir/index.html",
		1,        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(expected); i++) {
		char *text, got[128];
		struct buf out = { 0 };

		text = xasprintf("Digest realm=\"http-auth@example.org\", "
		                 "qop=\"auth, auth-int\", algorithm=%s, %s",
		                 expected[i][0], rest);
		assert_int_equal(auth_respond(&out, text, &a), 0);
		auth_param(out.p, "response", got, sizeof(got));
		assert_string_equal(got, expected[i][1]);
		buf_free(&out);
		free(text);
	}
}

static void header_values_are_found_in_any_spelling(void **unused)
{
	static const char text[] =
	        "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1;rport\r\n"
	        "f: \"A, \\\" <x>;tag=no\" <sip:a@h;tag=neither>;tag=yes\r\n"
	        "Contact: <sip:a,b@h>;expires=5,\r\n <sip:c@h>;q=0.5\r\n"
	        "CSeq: 7 REGISTER\r\n\r\n";
	struct msg *m = msg_parse(text, sizeof(text) - 1);
	char out[512];

	(void)unused;
	assert_non_null(m);
	assert_string_equal(m->method, "REGISTER");
	assert_int_equal(m->cseq, 7);
	assert_string_equal(msg_branch(m, out), "z9hG4bK1");
	assert_string_equal(msg_tag(m, "From", out), "yes");
	assert_string_equal(msg_uri_of(msg_header(m, "From", 0), out),
	                    "sip:a@h;tag=neither");
	assert_string_equal(msg_value(m, "Contact", 0, out),
	                    "<sip:a,b@h>;expires=5");
	assert_string_equal(msg_value(m, "Contact", 1, out), "<sip:c@h>;q=0.5");
	assert_string_equal(msg_value(m, "Contact", 2, out), "");
	msg_free(&m);
	assert_null(msg_parse("rubbish\r\n\r\n", 11));
}

/* --- warped time ---------------------------------------------------------- */

static struct loop *warped_loop;
static int64_t fired[16];
static int n_fired;

static void our_timer(struct timer *t, void *arg)
{
	(void)t;
	(void)arg;
	fired[n_fired++] = warp_now_ms();
}

static void their_timer(su_root_magic_t *magic, su_timer_t *t,
                        su_timer_arg_t *arg)
{
	(void)magic;
	(void)arg;
	fired[n_fired++] = -warp_now_ms();
	if (n_fired < 3)
		su_timer_set(t, their_timer, NULL);
}

static void both_clocks_move_together_and_only_by_the_test(void **unused)
{
	struct timer late = { 0 };
	su_timer_t *t;

	(void)unused;
	warp_begin();
	n_fired = 0;
	loop_create(&warped_loop, warp_clock, NULL);
	t = su_timer_create(su_root_task(loop_su_root(warped_loop)), 500);
	su_timer_set(t, their_timer, NULL);
	timer_start(loop_timers(warped_loop), &late, 32000, our_timer, NULL);
	settle(warped_loop);
	assert_int_equal(n_fired, 0);
	warp_ms(warped_loop, 499);
	assert_int_equal(n_fired, 0);
	warp_ms(warped_loop, 1);
	assert_int_equal(n_fired, 1);
	warp_ms(warped_loop, 40000);
	assert_int_equal(n_fired, 4);
	assert_int_equal(fired[0], -500);
	assert_int_equal(fired[1], -1000);
	assert_int_equal(fired[2], -1500);
	assert_int_equal(fired[3], 32000);
	su_timer_destroy(t);
	loop_destroy(&warped_loop);
	warp_end();
}

static void the_wall_clock_of_the_loop_is_warped_too(void **unused)
{
	struct loop *l = NULL;
	int64_t before;

	(void)unused;
	warp_begin();
	loop_create(&l, warp_clock, NULL);
	before = loop_unix_ms(l);
	warp_ms(l, 3600 * 1000);
	assert_int_equal(loop_unix_ms(l) - before, 3600 * 1000);
	loop_destroy(&l);
	warp_end();
}

static void rtp_packets_arrive_with_their_numbers(void **unused)
{
	struct rtp a, b;

	(void)unused;
	rtp_open(&a, "127.0.0.1", 0x1234);
	rtp_open(&b, "127.0.0.1", 0x5678);
	rtp_send(&a, &b.addr, 5);
	assert_int_equal(rtp_receive(&b, 5), 5);
	assert_int_equal(b.rx_seq, 5);
	assert_int_equal(b.rx_ssrc, 0x1234);
	assert_int_equal(addr_port(&b.rx_from), rtp_port(&a));
	assert_int_equal(rtp_drain(&b), 0);
	rtp_close(&a);
	rtp_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_peers_talk_over_udp),
		cmocka_unit_test(two_peers_talk_over_tcp),
		cmocka_unit_test(the_callee_hangs_up_in_the_same_dialog),
		cmocka_unit_test(cancel_and_ack_of_a_failure_carry_the_branch),
		cmocka_unit_test(one_invite_may_be_answered_with_two_tags),
		cmocka_unit_test(retransmissions_are_passed_over_unless_wanted),
		cmocka_unit_test(messages_may_be_picked_out_of_order),
		cmocka_unit_test(a_stream_is_cut_into_messages),
		cmocka_unit_test(digest_answers_are_those_of_the_rfc),
		cmocka_unit_test(header_values_are_found_in_any_spelling),
		cmocka_unit_test(both_clocks_move_together_and_only_by_the_test),
		cmocka_unit_test(the_wall_clock_of_the_loop_is_warped_too),
		cmocka_unit_test(rtp_packets_arrive_with_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
