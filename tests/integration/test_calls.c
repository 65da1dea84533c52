/* How calls between two phones begin and end. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/bench.h"
#include "support/warp.h"

static void assert_record(struct rig *r, const char *what)
{
	char *line = rig_record(r, 0);

	if (!strstr(line, what))
		fail_msg("no %s in %s", what, line);
	free(line);
}

static void the_caller_hangs_up(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	warp_ms(r.loop, 5000);
	talk_end(&t, t.a);
	assert_record(&r, "\"hung_up_by\":\"caller\"");
	rig_close(&r, 1);
}

static void the_callee_hangs_up(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	talk_end(&t, t.b);
	assert_record(&r, "\"hung_up_by\":\"callee\"");
	assert_record(&r, "\"cause\":\"NORMAL_CLEARING\"");
	rig_close(&r, 1);
}

static void a_reason_for_hanging_up_goes_across(void **unused)
{
	const struct msg *bye;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.a, t.da, "BYE", "Reason: Q.850;cause=16\r\n", NULL);
	bye = peer_expect(t.b, "BYE");
	assert_true(msg_header_has(bye, "Reason", "cause=16"));
	say_ok(t.b, bye);
	peer_expect(t.a, "200 BYE");
	rig_close(&r, 1);
}

static void cancel_while_ringing_names_no_other_phone(void **unused)
{
	const struct msg *cancel;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_ring(&t);
	peer_cancel(t.a, t.da, NULL);
	peer_pick(t.a, "200 CANCEL");
	peer_ack(t.a, peer_pick(t.a, "487"), NULL);
	cancel = give_way(t.b, t.invite);
	assert_false(msg_header_has(cancel, "Reason", "elsewhere"));
	assert_record(&r, "\"cause\":\"ORIGINATOR_CANCEL\"");
	rig_close(&r, 1);
}

static void cancel_waits_for_a_provisional_answer(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	peer_cancel(t.a, t.da, NULL);
	peer_pick(t.a, "200 CANCEL");
	peer_ack(t.a, peer_pick(t.a, "487"), NULL);
	peer_expect_none(t.b); /* RFC 3261 9.1 */
	peer_reply(t.b, t.invite, 100, "Trying", NULL, NULL);
	give_way(t.b, t.invite);
	rig_close(&r, 1);
}

static void a_final_answer_before_any_provisional_needs_no_cancel(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	peer_cancel(t.a, t.da, NULL);
	peer_pick(t.a, "200 CANCEL");
	peer_ack(t.a, peer_pick(t.a, "487"), NULL);
	peer_reply(t.b, t.invite, 486, "Busy Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_expect_none(t.b);
	rig_close(&r, 1);
}

/* The callee's 200 is on its way when the caller gives up. */
static void cancel_crosses_the_answer(void **unused)
{
	const struct msg *ok, *bye;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_ring(&t);
	peer_cancel(t.a, t.da, NULL);
	peer_pick(t.a, "487");
	ok = peer_reply(t.b, t.invite, 200, "OK", NULL,
	                peer_sdp(t.b, RTP_B, NULL));
	say_ok(t.b, peer_expect(t.b, "CANCEL"));
	peer_expect(t.b, "ACK");
	bye = peer_expect(t.b, "BYE");
	assert_false(msg_header_has(bye, "Reason", "elsewhere"));
	say_ok(t.b, bye);
	assert_non_null(ok);
	rig_close(&r, 1);
}

/* The server's 200 is on its way: the CANCEL is too late, and the caller
 * hangs up after its ACK. */
static void a_cancel_after_the_answer_changes_nothing(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_answer(&t);
	peer_cancel(t.a, t.da, NULL);
	peer_expect(t.a, "481 CANCEL");
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void bye_before_the_answer_ends_the_invite_with_487(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_ring(&t);
	peer_bye(t.a, t.da);
	peer_pick(t.a, "200 BYE");
	peer_ack(t.a, peer_pick(t.a, "487 INVITE"), NULL);
	give_way(t.b, t.invite);
	rig_close(&r, 1);
}

static void bye_may_overtake_the_ack(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_answer(&t);
	talk_end(&t, t.a);
	talk_ack(&t);
	peer_expect_none(t.a);
	rig_close(&r, 1);
}

/* RFC 3261 15: no BYE to the caller before its ACK. */
static void the_callee_hangs_up_before_the_callers_ack(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_answer(&t);
	peer_bye(t.b, t.db);
	peer_expect(t.b, "200 BYE");
	peer_expect_none(t.a);
	talk_ack(&t);
	say_ok(t.a, peer_expect(t.a, "BYE"));
	rig_close(&r, 1);
}

static void both_hang_up_at_once(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *bye;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_bye(t.a, t.da);
	peer_bye(t.b, t.db);
	peer_pick(t.a, "200 BYE");
	peer_pick(t.b, "200 BYE");
	/* The one whose BYE came second has had one of ours on its way. */
	bye = peer_expect(t.b, "BYE");
	say_ok(t.b, bye);
	peer_expect_none(t.a);
	rig_close(&r, 1);
}

static void bye_that_nobody_answers_is_given_up(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_bye(t.a, t.da);
	peer_expect(t.a, "200 BYE");
	peer_expect(t.b, "BYE");
	warp_ms(r.loop, 40000);
	assert_true(peer_poll(t.b) == NULL);
	assert_true(peer_repeats(t.b) >= 9);
	rig_close(&r, 1);
}

static void a_lost_ack_ends_both_legs(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_answer(&t);
	warp_ms(r.loop, 31000);
	peer_expect_none(t.a);
	peer_expect_none(t.b);
	warp_ms(r.loop, 2000);
	say_ok(t.a, peer_expect(t.a, "BYE"));
	m = peer_expect(t.b, "BYE");
	say_ok(t.b, m);
	assert_true(peer_repeats(t.a) >= 7); /* of the 200 */
	assert_record(&r, "\"cause\":\"RECOVERY_ON_TIMER_EXPIRE\"");
	assert_record(&r, "\"hung_up_by\":\"server\"");
	rig_close(&r, 1);
}

static void a_repeated_200_gets_its_ack_again(void **unused)
{
	const struct msg *ok, *again;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	ok = peer_reply(t.b, t.invite, 200, "OK", NULL,
	                peer_sdp(t.b, RTP_B, NULL));
	t.db = peer_dialog(t.b, ok);
	t.ok = peer_expect(t.a, "200 INVITE");
	peer_expect(t.b, "ACK"); /* as if it was lost */
	for (int i = 0; i < 3; i++) {
		warp_ms(r.loop, 500);
		peer_resend(t.b, ok);
		again = peer_expect(t.b, "ACK");
		assert_int_equal(again->cseq, t.invite->cseq);
	}
	peer_expect_none(t.a);
	talk_ack(&t);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_caller_that_vanishes_while_ringing_is_let_go(void **unused)
{
	static const struct rig_options opt = { .max_ring_time_s = 20 };
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, &opt);
	talk_dial(&t, &r, "102", P102);
	talk_ring(&t);
	warp_ms(r.loop, 19000);
	peer_expect_none(t.b);
	warp_ms(r.loop, 1100);
	m = peer_expect(t.a, "480"); /* never acknowledged */
	assert_string_equal(m->method, "INVITE");
	assert_false(msg_header_has(give_way(t.b, t.invite), "Reason",
	                            "elsewhere"));
	assert_record(&r, "\"cause\":\"NO_ANSWER\"");
	rig_close(&r, 1);
}

static void the_actions_timeout_ends_the_ringing(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_ring(&t);
	warp_ms(r.loop, 30100);
	peer_ack(t.a, peer_expect(t.a, "480"), NULL);
	give_way(t.b, t.invite);
	rig_close(&r, 1);
}

static void a_phone_that_says_nothing_is_given_up(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	warp_ms(r.loop, 35000);
	peer_ack(t.a, peer_expect(t.a, "480"), NULL);
	peer_expect_none(t.b); /* and no CANCEL: RFC 3261 9.1 */
	rig_close(&r, 1);
}

static void a_refusal_reaches_the_caller(void **unused)
{
	static const struct {
		int from, to;
	} rows[] = { { 486, 486 }, { 603, 603 }, { 404, 404 }, { 480, 480 },
		     { 500, 500 }, { 503, 503 }, { 600, 600 },
		     /* what was asked of us is not the caller's business */
		     { 401, 403 }, { 407, 403 } };
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(rows); i++) {
		char want[8];

		talk_dial(&t, &r, "102", P102);
		peer_reply(t.b, t.invite, rows[i].from, "No", NULL, NULL);
		peer_expect(t.b, "ACK");
		snprintf(want, sizeof(want), "%d", rows[i].to);
		peer_ack(t.a, peer_expect(t.a, want), NULL);
	}
	rig_close(&r, NELEM(rows));
}

static void nobody_registered_is_480_at_once(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	peer_call(r.phone[P101], "105", peer_sdp(r.phone[P101], RTP_A, NULL));
	peer_ack(r.phone[P101], peer_expect(r.phone[P101], "480"), NULL);
	assert_record(&r, "\"cause\":\"USER_NOT_REGISTERED\"");
	rig_close(&r, 1);
}

/* RFC 3261 16.3: a count of its own in each leg, one less. */
static void max_forwards_goes_down_by_one(void **unused)
{
	const struct msg *m, *challenge;
	struct peer_request rq = { .method = "INVITE", .max_forwards = 12 };
	struct buf headers = { 0 };
	struct dialog *d;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	d = peer_invite(r.phone[P101], "102",
	                peer_sdp(r.phone[P101], RTP_A, NULL));
	challenge = peer_expect(r.phone[P101], "407");
	peer_ack(r.phone[P101], challenge, NULL);
	peer_credentials(r.phone[P101], &headers, challenge, NULL, "INVITE",
	                 d->invite->uri);
	rq.uri = d->invite->uri;
	rq.headers = headers.p;
	rq.body = d->invite->body;
	peer_request(r.phone[P101], d, &rq);
	m = peer_expect(r.phone[P102], "INVITE");
	assert_string_equal(msg_header(m, "Max-Forwards", 0), "11");
	peer_reply(r.phone[P102], m, 486, "Busy Here", NULL, NULL);
	peer_expect(r.phone[P102], "ACK");
	peer_ack(r.phone[P101], peer_expect(r.phone[P101], "486"), NULL);
	buf_free(&headers);
	rig_close(&r, 1);
}

static void lost_dialogs_end_the_call(void **unused)
{
	static const int statuses[] = { 481, 408 };
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(statuses); i++) {
		talk_up(&t, &r);
		peer_in_dialog(t.a, t.da, "INFO",
		               "Content-Type: application/dtmf-relay\r\n",
		               "Signal=1\r\n");
		peer_reply(t.b, peer_expect(t.b, "INFO"), statuses[i], "Gone",
		           NULL, NULL);
		/* RFC 4320 4.2: nobody sends 408 to INFO */
		if (statuses[i] != 408)
			peer_pick(t.a, "481 INFO");
		say_ok(t.a, peer_pick(t.a, "BYE"));
		say_ok(t.b, peer_pick(t.b, "BYE"));
	}
	rig_close(&r, NELEM(statuses));
}

static void a_server_that_ends_says_so_to_both(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	server_drain(r.server);
	peer_invite(r.phone[P103], "104", NULL);
	peer_ack(r.phone[P103], peer_expect(r.phone[P103], "503"), NULL);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_caller_hangs_up),
		cmocka_unit_test(the_callee_hangs_up),
		cmocka_unit_test(a_reason_for_hanging_up_goes_across),
		cmocka_unit_test(cancel_while_ringing_names_no_other_phone),
		cmocka_unit_test(cancel_waits_for_a_provisional_answer),
		cmocka_unit_test(
		        a_final_answer_before_any_provisional_needs_no_cancel),
		cmocka_unit_test(cancel_crosses_the_answer),
		cmocka_unit_test(a_cancel_after_the_answer_changes_nothing),
		cmocka_unit_test(
		        bye_before_the_answer_ends_the_invite_with_487),
		cmocka_unit_test(bye_may_overtake_the_ack),
		cmocka_unit_test(the_callee_hangs_up_before_the_callers_ack),
		cmocka_unit_test(both_hang_up_at_once),
		cmocka_unit_test(bye_that_nobody_answers_is_given_up),
		cmocka_unit_test(a_lost_ack_ends_both_legs),
		cmocka_unit_test(a_repeated_200_gets_its_ack_again),
		cmocka_unit_test(
		        a_caller_that_vanishes_while_ringing_is_let_go),
		cmocka_unit_test(the_actions_timeout_ends_the_ringing),
		cmocka_unit_test(a_phone_that_says_nothing_is_given_up),
		cmocka_unit_test(a_refusal_reaches_the_caller),
		cmocka_unit_test(nobody_registered_is_480_at_once),
		cmocka_unit_test(max_forwards_goes_down_by_one),
		cmocka_unit_test(lost_dialogs_end_the_call),
		cmocka_unit_test(a_server_that_ends_says_so_to_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
