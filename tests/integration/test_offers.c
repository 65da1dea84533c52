/* Descriptions of every form, from one phone to the other and back. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "integration/bench.h"
#include "support/warp.h"

#define HEAD                                       \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n" \
	"c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
#define AUDIO "m=audio 30000 RTP/AVP 0\r\n"

static unsigned port_of(const struct msg *m, size_t i)
{
	struct addr a;

	assert_true(msg_media(m, i, &a));
	return addr_port(&a);
}

static size_t endpoints(const struct rig *r)
{
	return media_gauges(r->server->media).endpoints;
}

/* Answers that cannot be used: the phone is ACKed and let go with BYE, and
 * the caller hears of a failure. */
static void useless_answers_are_a_failed_call(void **unused)
{
	static const char *const answers[] = {
		NULL,
		HEAD, /* no stream */
		HEAD AUDIO AUDIO,
		HEAD "m=video 30000 RTP/AVP 96\r\n",
		"v=0\r\nrubbish",
	};
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(answers); i++) {
		talk_dial(&t, &r, "102", P102);
		peer_reply(t.b, t.invite, 200, "OK", NULL, answers[i]);
		peer_expect(t.b, "ACK");
		say_ok(t.b, peer_expect(t.b, "BYE"));
		peer_ack(t.a, peer_expect(t.a, "488"), NULL);
	}
	rig_close(&r, NELEM(answers));
}

/* RFC 3261 13.2.1: it may have come in a 18x. */
static void an_answer_in_a_183_need_not_be_said_again(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	peer_reply(t.b, t.invite, 183, "Session Progress", NULL,
	           peer_sdp(t.b, RTP_B, NULL));
	peer_expect(t.a, "183");
	talk_answer_with(&t, NULL);
	assert_true(t.ok->body_len > 0);
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void useless_offers_are_488(void **unused)
{
	static const char *const offers[] = {
		HEAD, "v=0\r\nrubbish", "x",
		HEAD "m=audio zero RTP/AVP 0\r\n",
	};
	struct peer *a;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	a = r.phone[P101];
	for (size_t i = 0; i < NELEM(offers); i++) {
		peer_call(a, "102", offers[i]);
		peer_ack(a, peer_expect(a, "488"), NULL);
		peer_expect_none(r.phone[P102]);
	}
	rig_close(&r, 0);
}

/* --- late offers --------------------------------------------------------- */

static void late_begin(struct talk *t, struct rig *r)
{
	talk_dial_with(t, r, "102", P102, NULL);
	assert_int_equal(t->invite->body_len, 0);
	talk_ring(t);
	t->db = peer_dialog(t->b, peer_reply(t->b, t->invite, 200, "OK", NULL,
	                                     peer_sdp(t->b, RTP_B, NULL)));
	t->ok = peer_expect(t->a, "200 INVITE");
	assert_true(msg_body_has(t->ok, "m=audio"));
	assert_int_not_equal(port_of(t->ok, 0), RTP_B);
	peer_expect_none(t->b); /* its ACK brings the answer */
}

static void a_late_offer_is_answered_in_the_ack(void **unused)
{
	const struct msg *ack;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	late_begin(&t, &r);
	peer_ack(t.a, t.ok, peer_sdp(t.a, RTP_A, "sendrecv"));
	ack = peer_expect(t.b, "ACK");
	assert_true(msg_body_has(ack, "a=sendrecv"));
	assert_int_not_equal(port_of(ack, 0), RTP_A);
	assert_int_equal(endpoints(&r), 2);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_late_offer_without_an_answer_ends_the_call(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	late_begin(&t, &r);
	peer_ack(t.a, t.ok, NULL);
	peer_expect(t.b, "ACK");
	say_ok(t.b, peer_expect(t.b, "BYE"));
	say_ok(t.a, peer_expect(t.a, "BYE"));
	rig_close(&r, 1);
}

static void a_late_offer_whose_ack_is_lost_ends_the_call(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	late_begin(&t, &r);
	warp_ms(r.loop, 33000);
	say_ok(t.a, peer_expect(t.a, "BYE"));
	peer_expect(t.b, "ACK");
	say_ok(t.b, peer_expect(t.b, "BYE"));
	rig_close(&r, 1);
}

static void a_late_offer_to_a_group_goes_to_the_first_answer(void **unused)
{
	const struct msg *other;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	t = (struct talk){ .rig = &r, .a = r.phone[P101],
		           .b = r.phone[P102] };
	t.da = peer_call(t.a, "200", NULL);
	peer_expect(t.a, "180");
	t.invite = peer_expect(t.b, "INVITE");
	other = peer_expect(r.phone[P103], "INVITE");
	peer_reply(r.phone[P103], other, 180, "Ringing", NULL, NULL);
	t.db = peer_dialog(t.b, peer_reply(t.b, t.invite, 200, "OK", NULL,
	                                   peer_sdp(t.b, RTP_B, NULL)));
	t.ok = peer_expect(t.a, "200 INVITE");
	give_way(r.phone[P103], other);
	peer_ack(t.a, t.ok, peer_sdp(t.a, RTP_A, NULL));
	peer_expect(t.b, "ACK");
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* --- streams ------------------------------------------------------------- */

static void audio_and_video_have_ports_of_their_own(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial_with(&t, &r, "102", P102,
	               HEAD AUDIO "m=video 30010 RTP/AVP 96\r\n"
	                          "a=rtpmap:96 H264/90000\r\n");
	assert_true(msg_body_has(t.invite, "a=rtpmap:96 H264/90000"));
	assert_int_not_equal(port_of(t.invite, 0), port_of(t.invite, 1));
	assert_int_not_equal(port_of(t.invite, 1), 30010);
	talk_answer_with(&t, HEAD AUDIO "m=video 30012 RTP/AVP 96\r\n");
	assert_int_not_equal(port_of(t.ok, 0), port_of(t.ok, 1));
	assert_int_equal(endpoints(&r), 4);
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* RFC 3264 6: a refused stream stays in its place with port 0. */
static void a_refused_stream_stays_and_gives_its_ports_back(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial_with(&t, &r, "102", P102,
	               HEAD "m=video 0 RTP/AVP 96\r\n" AUDIO
	                    "m=video 30010 RTP/AVP 96\r\n");
	assert_int_equal(port_of(t.invite, 0), 0);
	assert_int_not_equal(port_of(t.invite, 2), 0);
	talk_answer_with(&t, HEAD "m=video 0 RTP/AVP 96\r\n" AUDIO
	                          "m=video 0 RTP/AVP 96\r\n");
	assert_int_equal(port_of(t.ok, 0), 0);
	assert_int_not_equal(port_of(t.ok, 1), 0);
	assert_int_equal(port_of(t.ok, 2), 0);
	assert_int_equal(endpoints(&r), 2);
	talk_ack(&t);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_fax_goes_across(void **unused)
{
	const struct msg *m, *ok;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.b, t.db, "INVITE", NULL,
	               HEAD "m=image 30020 udptl t38\r\n"
	                    "a=T38FaxVersion:0\r\n");
	m = peer_expect(t.a, "INVITE");
	assert_true(msg_body_has(m, "udptl t38"));
	assert_true(msg_body_has(m, "a=T38FaxVersion:0"));
	assert_int_not_equal(port_of(m, 0), 30020);
	assert_int_not_equal(port_of(m, 0), 0);
	peer_reply(t.a, m, 200, "OK", NULL,
	           HEAD "m=image 30022 udptl t38\r\n");
	ok = peer_expect(t.b, "200 INVITE");
	peer_ack(t.b, ok, NULL);
	peer_expect(t.a, "ACK");
	assert_int_not_equal(port_of(ok, 0), 0);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* RFC 3264 8: without an answer nothing new is agreed upon. */
static void a_useless_answer_in_the_call_leaves_what_was(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.a, t.da, "INVITE", NULL,
	               HEAD AUDIO "m=video 30002 RTP/AVP 34\r\n");
	m = peer_expect(t.b, "INVITE");
	assert_int_equal(endpoints(&r), 4);
	peer_reply(t.b, m, 200, "OK", NULL, HEAD AUDIO);
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "488"), NULL);
	assert_int_equal(endpoints(&r), 2);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_stream_that_cannot_be_relayed_is_refused(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial_with(&t, &r, "102", P102,
	               HEAD AUDIO "m=message 2855 TCP/MSRP *\r\n");
	assert_int_equal(port_of(t.invite, 1), 0);
	talk_answer_with(&t, HEAD AUDIO "m=message 0 TCP/MSRP *\r\n");
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void ice_stays_on_its_side(void **unused)
{
	static const char ice[] =
	        "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
	        "a=candidate:1 1 UDP 2130706431 127.0.0.1 30000 typ host\r\n";
	static const char *const words[] = { "ice-", "candidate" };
	char sdp[512];
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	snprintf(sdp, sizeof(sdp), "%s%s", HEAD AUDIO, ice);
	talk_dial_with(&t, &r, "102", P102, sdp);
	talk_answer_with(&t, sdp);
	for (size_t i = 0; i < NELEM(words); i++) {
		assert_false(msg_body_has(t.invite, words[i]));
		assert_false(msg_body_has(t.ok, words[i]));
	}
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void rtcp_mux_holds_when_both_want_it(void **unused)
{
	static const char with[] = HEAD AUDIO "a=rtcp-mux\r\n";
	static const char without[] = HEAD AUDIO;
	static const struct {
		const char *offer, *answer;
		bool offered, agreed;
	} rows[] = {
		{ with, with, true, true },
		{ with, without, true, false },
		{ without, without, false, false },
		/* RFC 5761 5.1.1: an answer cannot bring it up */
		{ without, with, false, false },
	};
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(rows); i++) {
		talk_dial_with(&t, &r, "102", P102, rows[i].offer);
		assert_int_equal(msg_body_has(t.invite, "a=rtcp-mux"),
		                 rows[i].offered);
		talk_answer_with(&t, rows[i].answer);
		assert_int_equal(msg_body_has(t.ok, "a=rtcp-mux"),
		                 rows[i].agreed);
		talk_ack(&t);
		talk_end(&t, t.a);
	}
	rig_close(&r, NELEM(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(useless_answers_are_a_failed_call),
		cmocka_unit_test(an_answer_in_a_183_need_not_be_said_again),
		cmocka_unit_test(useless_offers_are_488),
		cmocka_unit_test(a_late_offer_is_answered_in_the_ack),
		cmocka_unit_test(a_late_offer_without_an_answer_ends_the_call),
		cmocka_unit_test(a_late_offer_whose_ack_is_lost_ends_the_call),
		cmocka_unit_test(
		        a_late_offer_to_a_group_goes_to_the_first_answer),
		cmocka_unit_test(audio_and_video_have_ports_of_their_own),
		cmocka_unit_test(
		        a_refused_stream_stays_and_gives_its_ports_back),
		cmocka_unit_test(a_fax_goes_across),
		cmocka_unit_test(a_useless_answer_in_the_call_leaves_what_was),
		cmocka_unit_test(a_stream_that_cannot_be_relayed_is_refused),
		cmocka_unit_test(ice_stays_on_its_side),
		cmocka_unit_test(rtcp_mux_holds_when_both_want_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
