/* Offers, answers and requests before the 2xx (RFC 3262 5, RFC 3311, RFC
 * 6337). */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "integration/rel.h"
#include "support/warp.h"

#define DTMF "Content-Type: application/dtmf-relay\r\n"

static const char *pcma(void)
{
	return "v=0\r\no=- 7 7 IN IP4 127.0.0.1\r\ns=-\r\n"
	       "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	       "m=audio 30008 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";
}

/* The o= line's version. */
static unsigned long long version_of(const struct msg *m)
{
	unsigned long long v = 0;
	const char *o = strstr(m->body, "\no=");

	assert_non_null(o);
	assert_int_equal(sscanf(o, "\no=%*s %*u %llu", &v), 1);
	return v;
}

/* Both sides have exchanged descriptions, each reliably.  The caller's 183. */
static const struct msg *agree_early(struct talk *t, struct rig *r)
{
	const struct msg *m;

	rel_dial(t, r, SUPPORTS);
	t->db = peer_dialog(t->b, rel_ring(t, NULL, 183, 1,
	                                   peer_sdp(t->b, RTP_B, NULL)));
	rel_get_prack(t, 1);
	m = peer_expect(t->a, "183");
	rel_prack(t, m);
	return m;
}

/* --- late offers -------------------------------------------------------- */

/* RFC 3262 5: offer in the 18x, answer in the PRACK. */
static void a_late_offer_is_answered_in_the_prack(void **unused)
{
	const struct msg *m, *prack;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial_with(&t, &r, "102", P102, SUPPORTS, NULL);
	assert_true(msg_header_has(t.invite, "Supported", "100rel"));
	rel_ring(&t, NULL, 183, 1, peer_sdp(t.b, RTP_B, "sendonly"));
	peer_expect_none(t.b); /* it waits for the caller's answer */
	m = peer_expect(t.a, "183");
	assert_true(rel_is(m));
	assert_true(msg_body_has(m, "a=sendonly"));
	rel_prack_with(t.a, t.da, m, peer_sdp(t.a, RTP_A, "recvonly"));
	peer_expect(t.a, "200 PRACK");
	prack = rel_get_prack(&t, 1);
	assert_true(msg_body_has(prack, "a=recvonly"));
	assert_false(msg_body_has(prack, "30000"));
	assert_int_equal(media_gauges(r.server->media).endpoints, 2);
	rel_answer(&t, NULL);
	t.ok = peer_expect(t.a, "200 INVITE");
	assert_int_equal(t.ok->body_len, 0); /* all is said */
	talk_ack(&t);
	warp_ms(r.loop, 1000);
	peer_expect_none(t.a);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_prack_without_an_answer_to_the_offer_fails(void **unused)
{
	static const char *const answers[] = {
		"v=0\r\nrubbish",
		"v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\n"
		"c=IN IP4 1.2.3.4\r\nt=0 0\r\nm=video 9000 RTP/AVP 96\r\n",
	};
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(answers); i++) {
		rel_dial_with(&t, &r, "102", P102, REQUIRES, NULL);
		rel_ring(&t, NULL, 183, 1, peer_sdp(t.b, RTP_B, NULL));
		m = peer_expect(t.a, "183");
		rel_prack_with(t.a, t.da, m, answers[i]);
		peer_pick(t.a, "488 PRACK");
		peer_ack(t.a, peer_pick(t.a, "488 INVITE"), NULL);
		give_way(t.b, t.invite);
	}
	rig_close(&r, NELEM(answers));
}

/* Then the callee is not told that it could: its offer comes in the 200. */
static void a_late_offer_of_a_caller_without_100rel_waits(void **unused)
{
	const struct msg *other;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial_with(&t, &r, "102", P102, NOTHING, NULL);
	assert_false(msg_header_has(t.invite, "Supported", "100rel"));
	rel_ring(&t, NULL, 183, 0, peer_sdp(t.b, RTP_B, NULL));
	assert_int_equal(peer_expect(t.a, "183")->body_len, 0);
	t.db = peer_dialog(t.b, peer_reply(t.b, t.invite, 200, "OK", NULL,
	                                   peer_sdp(t.b, RTP_B, NULL)));
	t.ok = peer_expect(t.a, "200 INVITE");
	peer_ack(t.a, t.ok, peer_sdp(t.a, RTP_A, NULL));
	assert_true(peer_expect(t.b, "ACK")->body_len > 0);
	talk_end(&t, t.a);
	/* nor are several callees: one offer only can be answered */
	rel_dial_with(&t, &r, "200", P102, SUPPORTS, NULL);
	assert_false(msg_header_has(t.invite, "Supported", "100rel"));
	other = peer_expect(r.phone[P103], "INVITE");
	assert_false(msg_header_has(other, "Supported", "100rel"));
	peer_expect(t.a, "180");
	peer_cancel(t.a, t.da, NULL);
	peer_expect(t.a, "200 CANCEL");
	peer_ack(t.a, peer_expect(t.a, "487 INVITE"), NULL);
	peer_reply(t.b, t.invite, 486, "Busy Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_reply(r.phone[P103], other, 486, "Busy Here", NULL, NULL);
	peer_expect(r.phone[P103], "ACK");
	rig_close(&r, 2);
}

static void a_callee_that_fails_with_its_offer_open(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial_with(&t, &r, "102", P102, SUPPORTS, NULL);
	rel_ring(&t, NULL, 183, 1, peer_sdp(t.b, RTP_B, NULL));
	m = peer_expect(t.a, "183");
	peer_reply(t.b, t.invite, 486, "Busy Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "486 INVITE"), NULL);
	rel_prack_with(t.a, t.da, m, peer_sdp(t.a, RTP_A, NULL));
	peer_expect(t.a, "481 PRACK");
	rig_close(&r, 1);
}

/* --- another answer than the caller was told ---------------------------- */

/* The caller keeps what it was told reliably until it is offered another. */
static void expect_offer(struct talk *t, const struct msg *told)
{
	const struct msg *offer;

	assert_int_equal(t->ok->body_len, 0);
	peer_ack(t->a, t->ok, NULL);
	offer = peer_expect(t->a, "INVITE");
	assert_true(msg_body_has(offer, "PCMA"));
	assert_true(version_of(offer) == version_of(told) + 1);
	peer_reply(t->a, offer, 200, "OK", NULL, pcma());
	peer_expect(t->a, "ACK");
	peer_expect_none(t->b);
	assert_int_equal(media_gauges(t->rig->server->media).endpoints, 2);
}

static void a_fork_that_answers_otherwise_is_offered_on(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, SUPPORTS);
	rel_ring(&t, "x", 183, 0, peer_sdp(t.b, RTP_B, NULL));
	m = peer_expect(t.a, "183");
	rel_prack(&t, m);
	t.db = peer_dialog(t.b, peer_reply_tag(t.b, t.invite, "y", 200, "OK",
	                                       NULL, pcma()));
	peer_expect(t.b, "ACK");
	t.ok = peer_expect(t.a, "200 INVITE");
	expect_offer(&t, m);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_caller_that_refuses_the_other_answer_ends_the_call(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, SUPPORTS);
	rel_ring(&t, NULL, 183, 0, peer_sdp(t.b, RTP_B, NULL));
	m = peer_expect(t.a, "183");
	rel_prack(&t, m);
	rel_answer(&t, pcma());
	t.ok = peer_expect(t.a, "200 INVITE");
	peer_ack(t.a, t.ok, NULL);
	peer_reply(t.a, peer_expect(t.a, "INVITE"), 488, "No", NULL, NULL);
	peer_expect(t.a, "ACK");
	say_ok(t.a, peer_expect(t.a, "BYE"));
	say_ok(t.b, peer_expect(t.b, "BYE"));
	rig_close(&r, 1);
}

/* --- UPDATE ------------------------------------------------------------- */

static void an_offer_of_the_caller_goes_across(void **unused)
{
	const struct msg *told, *m, *ok;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	told = agree_early(&t, &r);
	peer_in_dialog(t.a, t.da, "UPDATE", NULL,
	               peer_sdp(t.a, RTP_A, "sendonly"));
	m = peer_expect(t.b, "UPDATE");
	assert_true(msg_body_has(m, "a=sendonly"));
	assert_true(version_of(m) == version_of(t.invite) + 1);
	peer_reply(t.b, m, 200, "OK", NULL, peer_sdp(t.b, RTP_B, "recvonly"));
	ok = peer_expect(t.a, "200 UPDATE");
	assert_true(msg_body_has(ok, "a=recvonly"));
	assert_true(version_of(ok) == version_of(told) + 1);
	/* the 200 says nothing of what holds no longer */
	rel_answer(&t, NULL);
	t.ok = peer_expect(t.a, "200 INVITE");
	assert_int_equal(t.ok->body_len, 0);
	talk_ack(&t);
	warp_ms(r.loop, 1000);
	peer_expect_none(t.a);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void an_offer_of_the_callee_goes_across(void **unused)
{
	const struct msg *m, *ok;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	agree_early(&t, &r);
	peer_in_dialog(t.b, t.db, "UPDATE", NULL, pcma());
	m = peer_expect(t.a, "UPDATE");
	assert_true(msg_body_has(m, "PCMA"));
	peer_reply(t.a, m, 200, "OK", NULL, pcma());
	ok = peer_expect(t.b, "200 UPDATE");
	assert_true(msg_body_has(ok, "PCMA"));
	assert_true(version_of(ok) == version_of(t.invite) + 1);
	rel_finish(&t, peer_sdp(t.b, RTP_B, NULL)); /* not looked at */
	rig_close(&r, 1);
}

static void a_refused_update_leaves_all_as_it_was(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	agree_early(&t, &r);
	peer_in_dialog(t.a, t.da, "UPDATE", NULL, pcma());
	peer_reply(t.b, peer_expect(t.b, "UPDATE"), 488, "No", NULL, NULL);
	peer_expect(t.a, "488 UPDATE");
	peer_in_dialog(t.b, t.db, "UPDATE", NULL, pcma());
	peer_reply(t.a, peer_expect(t.a, "UPDATE"), 504, "No", NULL, NULL);
	peer_expect(t.b, "504 UPDATE");
	rel_answer(&t, NULL);
	t.ok = peer_expect(t.a, "200 INVITE");
	talk_ack(&t);
	warp_ms(r.loop, 1000);
	peer_expect_none(t.a); /* no other offer */
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void an_update_without_an_offer_is_answered_here(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	agree_early(&t, &r);
	peer_in_dialog(t.a, t.da, "UPDATE", NULL, NULL);
	assert_non_null(msg_header(peer_expect(t.a, "200 UPDATE"), "Contact",
	                           0));
	peer_in_dialog(t.b, t.db, "UPDATE", NULL, NULL);
	peer_expect(t.b, "200 UPDATE");
	peer_expect_none(t.a);
	rel_finish(&t, NULL);
	rig_close(&r, 1);
}

/* RFC 3311 5.2: nothing has been answered yet. */
static void an_update_before_any_answer_is_500(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, SUPPORTS);
	talk_ring(&t);
	peer_in_dialog(t.a, t.da, "UPDATE", NULL, pcma());
	m = peer_expect(t.a, "500 UPDATE");
	assert_non_null(msg_header(m, "Retry-After", 0));
	rel_finish(&t, peer_sdp(t.b, RTP_B, NULL));
	rig_close(&r, 1);
}

/* The other side has no such dialog (yet). */
static void an_update_that_only_one_side_could_take_is_refused(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, SUPPORTS);
	rel_ring(&t, NULL, 183, 0, peer_sdp(t.b, RTP_B, NULL));
	rel_prack(&t, peer_expect(t.a, "183"));
	peer_in_dialog(t.a, t.da, "UPDATE", NULL, pcma());
	m = peer_expect(t.a, "500 UPDATE");
	assert_non_null(msg_header(m, "Retry-After", 0));
	peer_expect_none(t.b);
	rel_finish(&t, peer_sdp(t.b, RTP_B, NULL));

	rel_dial(&t, &r, NOTHING);
	t.db = peer_dialog(t.b, rel_ring(&t, NULL, 183, 1,
	                                 peer_sdp(t.b, RTP_B, NULL)));
	rel_get_prack(&t, 1);
	peer_expect(t.a, "183");
	peer_in_dialog(t.b, t.db, "UPDATE", NULL, pcma());
	m = peer_expect(t.b, "500 UPDATE");
	assert_non_null(msg_header(m, "Retry-After", 0));
	peer_expect_none(t.a);
	rel_finish(&t, NULL);
	rig_close(&r, 2);
}

static void updates_that_cross_are_refused_with_491(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	agree_early(&t, &r);
	peer_in_dialog(t.a, t.da, "UPDATE", NULL, pcma());
	m = peer_expect(t.b, "UPDATE");
	peer_in_dialog(t.b, t.db, "UPDATE", NULL, pcma());
	peer_expect(t.b, "491 UPDATE");
	/* a second one of the same side */
	peer_in_dialog(t.a, t.da, "UPDATE", NULL, pcma());
	assert_non_null(msg_header(peer_expect(t.a, "500 UPDATE"),
	                           "Retry-After", 0));
	peer_reply(t.b, m, 200, "OK", NULL, pcma());
	peer_expect(t.a, "200 UPDATE");
	rel_finish(&t, NULL);
	rig_close(&r, 1);
}

/* Its answer comes when the call is up already. */
static void an_update_that_crosses_the_200_is_answered(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	agree_early(&t, &r);
	peer_in_dialog(t.a, t.da, "UPDATE", NULL, pcma());
	m = peer_expect(t.b, "UPDATE");
	rel_answer(&t, NULL);
	t.ok = peer_expect(t.a, "200 INVITE");
	talk_ack(&t);
	peer_reply(t.b, m, 200, "OK", NULL, pcma());
	assert_true(msg_body_has(peer_expect(t.a, "200 UPDATE"), "PCMA"));
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void an_update_ends_with_its_branch(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	agree_early(&t, &r);
	peer_in_dialog(t.a, t.da, "UPDATE", NULL, pcma());
	peer_expect(t.b, "UPDATE");
	peer_reply(t.b, t.invite, 486, "Busy Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_pick(t.a, "500 UPDATE");
	peer_ack(t.a, peer_pick(t.a, "486 INVITE"), NULL);

	agree_early(&t, &r);
	peer_in_dialog(t.b, t.db, "UPDATE", NULL, pcma());
	m = peer_expect(t.a, "UPDATE");
	peer_cancel(t.a, t.da, NULL);
	peer_expect(t.a, "200 CANCEL");
	peer_ack(t.a, peer_expect(t.a, "487 INVITE"), NULL);
	peer_reply(t.a, m, 487, "Request Terminated", NULL, NULL);
	peer_pick(t.b, "487 UPDATE");
	give_way(t.b, t.invite);
	rig_close(&r, 2);
}

/* --- PRACK with an offer, INFO ------------------------------------------ */

/* RFC 3262 5: it goes on as UPDATE, and its answer comes back in the 200. */
static void an_offer_in_a_prack_goes_across(void **unused)
{
	const struct msg *m, *u;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, SUPPORTS);
	rel_ring(&t, NULL, 183, 1, peer_sdp(t.b, RTP_B, NULL));
	rel_get_prack(&t, 1);
	m = peer_expect(t.a, "183");
	rel_prack_with(t.a, t.da, m, pcma());
	u = peer_expect(t.b, "UPDATE");
	assert_true(msg_body_has(u, "PCMA"));
	peer_reply(t.b, u, 200, "OK", NULL, pcma());
	assert_true(msg_body_has(peer_expect(t.a, "200 PRACK"), "PCMA"));
	warp_ms(r.loop, 2000);
	assert_int_equal(peer_repeats(t.a), 0);
	rel_finish(&t, NULL);
	rig_close(&r, 1);
}

static void an_offer_in_a_prack_that_cannot_go_across_is_488(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, SUPPORTS);
	rel_ring(&t, NULL, 183, 0, peer_sdp(t.b, RTP_B, NULL));
	m = peer_expect(t.a, "183");
	rel_prack_with(t.a, t.da, m, pcma());
	peer_expect(t.a, "488 PRACK");
	warp_ms(r.loop, 2000); /* the 183 is acknowledged all the same */
	assert_int_equal(peer_repeats(t.a), 0);
	rel_answer(&t, peer_sdp(t.b, RTP_B, NULL));
	t.ok = peer_expect(t.a, "200 INVITE");
	talk_ack(&t);
	talk_end(&t, t.a);

	/* and while the 200 waits for it */
	rel_dial(&t, &r, SUPPORTS);
	rel_ring(&t, NULL, 183, 0, peer_sdp(t.b, RTP_B, NULL));
	m = peer_expect(t.a, "183");
	rel_answer(&t, peer_sdp(t.b, RTP_B, NULL));
	rel_prack_with(t.a, t.da, m, pcma());
	peer_expect(t.a, "488 PRACK");
	t.ok = peer_expect(t.a, "200 INVITE");
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

static void digits_go_across_before_the_answer(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	agree_early(&t, &r);
	peer_in_dialog(t.a, t.da, "INFO", DTMF, "Signal=5\r\n");
	m = peer_expect(t.b, "INFO");
	assert_true(msg_body_has(m, "Signal=5"));
	say_ok(t.b, m);
	peer_expect(t.a, "200 INFO");
	peer_in_dialog(t.b, t.db, "INFO", DTMF, "Signal=6\r\n");
	m = peer_expect(t.a, "INFO");
	assert_true(msg_body_has(m, "Signal=6"));
	peer_reply(t.a, m, 415, "No", NULL, NULL);
	peer_expect(t.b, "415 INFO");
	rel_finish(&t, NULL);
	rig_close(&r, 1);
}

static void an_invite_before_the_answer_is_refused(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	agree_early(&t, &r);
	peer_in_dialog(t.b, t.db, "INVITE", NULL, pcma());
	peer_ack(t.b, peer_expect(t.b, "491 INVITE"), NULL);
	t.db->invite = t.invite;
	rel_finish(&t, NULL);
	rig_close(&r, 1);
}

/* RFC 3262 has nothing to say of what is answered at once. */
static void a_reinvite_may_require_100rel(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.a, t.da, "INVITE", REQUIRED,
	               peer_sdp(t.a, RTP_A, "sendonly"));
	m = peer_expect(t.b, "INVITE");
	assert_false(msg_header_has(m, "Supported", "100rel"));
	peer_reply(t.b, m, 180, "Ringing", NULL, NULL);
	peer_reply(t.b, m, 200, "OK", NULL, peer_sdp(t.b, RTP_B, "recvonly"));
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "200 INVITE"), NULL);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_late_offer_is_answered_in_the_prack),
		cmocka_unit_test(a_prack_without_an_answer_to_the_offer_fails),
		cmocka_unit_test(a_late_offer_of_a_caller_without_100rel_waits),
		cmocka_unit_test(a_callee_that_fails_with_its_offer_open),
		cmocka_unit_test(a_fork_that_answers_otherwise_is_offered_on),
		cmocka_unit_test(
		        a_caller_that_refuses_the_other_answer_ends_the_call),
		cmocka_unit_test(an_offer_of_the_caller_goes_across),
		cmocka_unit_test(an_offer_of_the_callee_goes_across),
		cmocka_unit_test(a_refused_update_leaves_all_as_it_was),
		cmocka_unit_test(an_update_without_an_offer_is_answered_here),
		cmocka_unit_test(an_update_before_any_answer_is_500),
		cmocka_unit_test(
		        an_update_that_only_one_side_could_take_is_refused),
		cmocka_unit_test(updates_that_cross_are_refused_with_491),
		cmocka_unit_test(an_update_that_crosses_the_200_is_answered),
		cmocka_unit_test(an_update_ends_with_its_branch),
		cmocka_unit_test(an_offer_in_a_prack_goes_across),
		cmocka_unit_test(
		        an_offer_in_a_prack_that_cannot_go_across_is_488),
		cmocka_unit_test(digits_go_across_before_the_answer),
		cmocka_unit_test(an_invite_before_the_answer_is_refused),
		cmocka_unit_test(a_reinvite_may_require_100rel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
