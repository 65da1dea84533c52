/* Packets through the server, the silence that ends a call, and ports. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "integration/bench.h"
#include "support/rtp.h"
#include "support/warp.h"

/* A call whose ends really send. */
struct voices {
	struct talk talk;
	struct rtp a, b;
	struct addr to_a, to_b; /* the server's ports, as each end sees them */
};

static void open_voices(struct voices *v)
{
	rtp_open(&v->a, "127.0.0.1", 0xa);
	rtp_open(&v->b, "127.0.0.1", 0xb);
}

static void close_voices(struct voices *v)
{
	rtp_close(&v->a);
	rtp_close(&v->b);
}

static void connect_voices(struct voices *v, struct rig *r)
{
	struct peer *a = r->phone[P101], *b = r->phone[P102];

	open_voices(v);
	talk_dial_with(&v->talk, r, "102", P102,
	               peer_sdp(a, rtp_port(&v->a), NULL));
	assert_true(msg_media(v->talk.invite, 0, &v->to_b));
	talk_answer_with(&v->talk, peer_sdp(b, rtp_port(&v->b), NULL));
	assert_true(msg_media(v->talk.ok, 0, &v->to_a));
	talk_ack(&v->talk);
	media_flush(r->server->media);
}

/* Each hears the other, from the server's port alone. */
static void assert_both_hear(struct voices *v)
{
	rtp_send(&v->a, &v->to_a, 5);
	assert_int_equal(rtp_receive(&v->b, 5), 5);
	assert_int_equal(v->b.rx_ssrc, 0xa);
	assert_true(addr_eq(&v->b.rx_from, &v->to_b));
	rtp_send(&v->b, &v->to_b, 5);
	assert_int_equal(rtp_receive(&v->a, 5), 5);
	assert_int_equal(v->a.rx_ssrc, 0xb);
	assert_true(addr_eq(&v->a.rx_from, &v->to_a));
}

static void both_sides_hear_each_other(void **unused)
{
	struct voices v;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	connect_voices(&v, &r);
	assert_both_hear(&v);
	talk_end(&v.talk, v.talk.a);
	close_voices(&v);
	rig_close(&r, 1);
}

static void a_single_phones_early_media_is_heard_both_ways(void **unused)
{
	const struct msg *early;
	struct voices v;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	open_voices(&v);
	talk_dial_with(&v.talk, &r, "102", P102,
	               peer_sdp(r.phone[P101], rtp_port(&v.a), NULL));
	assert_true(msg_media(v.talk.invite, 0, &v.to_b));
	peer_reply(v.talk.b, v.talk.invite, 183, "Session Progress", NULL,
	           peer_sdp(v.talk.b, rtp_port(&v.b), NULL));
	early = peer_expect(v.talk.a, "183");
	assert_true(msg_media(early, 0, &v.to_a));
	media_flush(r.server->media);
	assert_both_hear(&v);
	talk_answer_with(&v.talk, peer_sdp(v.talk.b, rtp_port(&v.b), NULL));
	talk_ack(&v.talk);
	media_flush(r.server->media);
	assert_both_hear(&v);
	talk_end(&v.talk, v.talk.b);
	close_voices(&v);
	rig_close(&r, 1);
}

/* An offer that moves the caller's media moves the packets with it. */
static void packets_follow_a_reinvite(void **unused)
{
	const struct msg *m;
	struct voices v;
	struct rtp other;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	connect_voices(&v, &r);
	assert_both_hear(&v);
	rtp_open(&other, "127.0.0.1", 0xa);
	peer_in_dialog(v.talk.a, v.talk.da, "INVITE", NULL,
	               peer_sdp(v.talk.a, rtp_port(&other), NULL));
	m = peer_expect(v.talk.b, "INVITE");
	peer_reply(v.talk.b, m, 200, "OK", NULL,
	           peer_sdp(v.talk.b, rtp_port(&v.b), NULL));
	peer_ack(v.talk.a, peer_expect(v.talk.a, "200 INVITE"), NULL);
	peer_expect(v.talk.b, "ACK");
	media_flush(r.server->media);
	rtp_close(&v.a);
	v.a = other;
	assert_both_hear(&v);
	talk_end(&v.talk, v.talk.a);
	close_voices(&v);
	rig_close(&r, 1);
}

/* And one that is refused moves nothing. */
static void packets_do_not_follow_a_refused_reinvite(void **unused)
{
	const struct msg *m;
	struct voices v;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	connect_voices(&v, &r);
	peer_in_dialog(v.talk.a, v.talk.da, "INVITE", NULL,
	               peer_sdp(v.talk.a, RTP_A, NULL));
	m = peer_expect(v.talk.b, "INVITE");
	peer_reply(v.talk.b, m, 488, "Not Acceptable Here", NULL, NULL);
	peer_expect(v.talk.b, "ACK");
	peer_ack(v.talk.a, peer_expect(v.talk.a, "488"), NULL);
	media_flush(r.server->media);
	assert_both_hear(&v);
	talk_end(&v.talk, v.talk.a);
	close_voices(&v);
	rig_close(&r, 1);
}

/* --- silence ------------------------------------------------------------- */

static void expect_end(struct talk *t)
{
	say_ok(t->a, peer_expect(t->a, "BYE"));
	say_ok(t->b, peer_expect(t->b, "BYE"));
}

/* No packet at all: then only the warped clock counts. */
static void a_call_that_never_makes_a_sound_is_ended(void **unused)
{
	static const struct rig_options opt = { .media_timeout_s = 60 };
	char *record;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, &opt);
	talk_up(&t, &r);
	warp_ms(r.loop, 59000);
	peer_expect_none(t.a);
	warp_ms(r.loop, 16100);
	expect_end(&t);
	record = rig_record(&r, 0);
	assert_non_null(strstr(record, "MEDIA_TIMEOUT"));
	free(record);
	rig_close(&r, 1);
}

static void silence_does_not_end_a_call_on_hold(void **unused)
{
	static const struct rig_options opt = { .media_timeout_s = 60 };
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, &opt);
	talk_up(&t, &r);
	for (int i = 0; i < 2; i++) {
		peer_in_dialog(t.a, t.da, "INVITE", NULL,
		               peer_sdp(t.a, RTP_A,
		                        i ? "sendrecv" : "sendonly"));
		m = peer_expect(t.b, "INVITE");
		peer_reply(t.b, m, 200, "OK", NULL,
		           peer_sdp(t.b, RTP_B, i ? "sendrecv" : "recvonly"));
		peer_ack(t.a, peer_expect(t.a, "200 INVITE"), NULL);
		peer_expect(t.b, "ACK");
		if (i == 0)
			warp_ms(r.loop, 600000);
		peer_expect_none(t.a);
	}
	/* resumed, silence counts from there */
	warp_ms(r.loop, 55000);
	peer_expect_none(t.a);
	warp_ms(r.loop, 20100);
	expect_end(&t);
	rig_close(&r, 1);
}

static bool bye_is_there(void *arg)
{
	struct rig *r = arg;

	return r->server->n_sessions == 0;
}

/* The relay stamps packets by the real clock, so here nothing is warped. */
static void a_call_whose_packets_stop_is_ended(void **unused)
{
	static const struct rig_options opt = { .media_timeout_s = 1,
		                                .keeps_real_time = true };
	struct voices v;
	struct rig r;

	(void)unused;
	rig_open(&r, &opt);
	connect_voices(&v, &r);
	assert_both_hear(&v);
	assert_true(settle_until(r.loop, bye_is_there, &r));
	expect_end(&v.talk);
	close_voices(&v);
	rig_close(&r, 1);
}

/* --- ports --------------------------------------------------------------- */

static void a_call_without_ports_is_503_and_leaves_nothing(void **unused)
{
	/* one call takes two pairs */
	static const struct rig_options opt = { .port_pairs = 3 };
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, &opt);
	talk_up(&t, &r);
	peer_call(r.phone[P103], "104", peer_sdp(r.phone[P103], RTP_A, NULL));
	m = peer_expect(r.phone[P103], "503");
	assert_non_null(msg_header(m, "Retry-After", 0));
	peer_ack(r.phone[P103], m, NULL);
	peer_expect_none(r.phone[P104]);
	assert_int_equal(media_gauges(r.server->media).endpoints, 2);
	talk_end(&t, t.a);
	assert_int_equal(media_gauges(r.server->media).endpoints, 0);
	/* 2 s later they may be used again; the relay thread, whose clock
	 * is the real one, has closed them by then */
	warp_ms(r.loop, 2100);
	media_flush(r.server->media);
	talk_up(&t, &r);
	talk_end(&t, t.b);
	rig_close(&r, 3);
}

static void phones_that_do_not_answer_give_their_ports_back(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	t = (struct talk){ .rig = &r, .a = r.phone[P101],
		           .b = r.phone[P102] };
	t.da = peer_call(t.a, "300", peer_sdp(t.a, RTP_A, NULL));
	peer_expect(t.a, "180");
	t.invite = peer_expect(t.b, "INVITE");
	peer_expect(r.phone[P103], "INVITE");
	peer_expect(r.phone[P104], "INVITE");
	assert_int_equal(media_gauges(r.server->media).endpoints, 4);
	talk_answer(&t);
	assert_int_equal(media_gauges(r.server->media).endpoints, 2);
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_hear_each_other),
		cmocka_unit_test(
		        a_single_phones_early_media_is_heard_both_ways),
		cmocka_unit_test(packets_follow_a_reinvite),
		cmocka_unit_test(packets_do_not_follow_a_refused_reinvite),
		cmocka_unit_test(a_call_that_never_makes_a_sound_is_ended),
		cmocka_unit_test(silence_does_not_end_a_call_on_hold),
		cmocka_unit_test(a_call_whose_packets_stop_is_ended),
		cmocka_unit_test(
		        a_call_without_ports_is_503_and_leaves_nothing),
		cmocka_unit_test(
		        phones_that_do_not_answer_give_their_ports_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
