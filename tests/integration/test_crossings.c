/* Messages that meet on their way within a confirmed dialog (RFC 3261 12.2,
 * 14; RFC 3311 5.2; RFC 6026), whichever side they come from. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/bench.h"
#include "support/warp.h"

#define SDP "Content-Type: application/sdp\r\n"

struct view { /* of a call, by one of its sides */
	struct peer *me, *other;
	struct dialog *d, *other_d;
};

static struct view seen_by(struct talk *t, bool is_callee)
{
	return is_callee ? (struct view){ t->b, t->a, t->db, t->da }
	                 : (struct view){ t->a, t->b, t->da, t->db };
}

typedef void play_fn(struct rig *r, struct talk *t, struct view v);

/* Played by the caller and by the callee, in a call of its own each. */
static void both_ways(play_fn *play)
{
	struct rig r;
	struct talk t;

	rig_open(&r, NULL);
	for (int i = 0; i < 2; i++) {
		talk_up(&t, &r);
		play(&r, &t, seen_by(&t, i));
	}
	rig_close(&r, 2);
}

static const char *sdp(struct peer *p, const char *direction)
{
	return peer_sdp(p, RTP_A, direction);
}

/* A request with an offer; as it comes to the other side. */
static const struct msg *offer(struct view v, const char *method,
                               const char *direction)
{
	peer_in_dialog(v.me, v.d, method, SDP, sdp(v.me, direction));
	return peer_expect(v.other, method);
}

static void accept_offer(struct view v, const struct msg *m)
{
	peer_reply(v.other, m, 200, "OK", SDP, sdp(v.other, NULL));
	if (strcmp(m->method, "INVITE") != 0) {
		peer_expect(v.me, "200");
		return;
	}
	peer_ack(v.me, peer_expect(v.me, "200 INVITE"), NULL);
	peer_expect(v.other, "ACK");
}

static void refused(struct view v, const char *status, const char *method)
{
	char what[32];
	const struct msg *m;

	snprintf(what, sizeof(what), "%s %s", status, method);
	m = peer_expect(v.me, what);
	if (strcmp(status, "500") == 0) {
		assert_int_equal(msg_count(m, "Retry-After"), 1);
		assert_in_range(atoi(msg_header(m, "Retry-After", 0)), 0, 10);
	}
	if (strcmp(method, "INVITE") == 0)
		peer_ack(v.me, m, NULL);
}

static struct view turned(struct view v)
{
	return (struct view){ v.other, v.me, v.other_d, v.d };
}

static void still_talks(struct talk *t, struct view v)
{
	accept_offer(v, offer(v, "INVITE", "sendonly"));
	accept_offer(turned(v), offer(turned(v), "UPDATE", "sendrecv"));
	talk_end(t, v.me);
}

/* --- offers that meet ------------------------------------------------------ */

static void play_second_offers(struct rig *r, struct talk *t, struct view v)
{
	static const char *const methods[] = { "INVITE", "UPDATE" };
	const struct msg *first;

	(void)r;
	for (size_t i = 0; i < NELEM(methods); i++)
		for (size_t j = 0; j < NELEM(methods); j++) {
			first = offer(v, methods[i], "sendonly");
			peer_in_dialog(v.me, v.d, methods[j], SDP,
			               sdp(v.me, NULL));
			refused(v, "500", methods[j]);
			accept_offer(v, first);
		}
	still_talks(t, v);
}

static void a_second_offer_of_one_side_is_500_with_retry_after(void **unused)
{
	(void)unused;
	both_ways(play_second_offers);
}

/* The first has gone across: it meets the second one there, too. */
static void play_offers_that_meet(struct rig *r, struct talk *t, struct view v)
{
	static const char *const methods[] = { "INVITE", "UPDATE" };
	const struct msg *first;

	(void)r;
	for (size_t i = 0; i < NELEM(methods); i++)
		for (size_t j = 0; j < NELEM(methods); j++) {
			first = offer(v, methods[i], "sendonly");
			peer_in_dialog(v.other, v.other_d, methods[j], SDP,
			               sdp(v.other, NULL));
			refused(turned(v), "491", methods[j]);
			peer_reply(v.other, first, 491, "Request Pending",
			           NULL, NULL);
			if (i == 0)
				peer_expect(v.other, "ACK");
			refused(v, "491", methods[i]);
		}
	still_talks(t, v);
}

static void offers_that_meet_are_both_491(void **unused)
{
	(void)unused;
	both_ways(play_offers_that_meet);
}

/* RFC 3311 5.2 speaks of offers only. */
static void play_update_without_offer(struct rig *r, struct talk *t,
                                      struct view v)
{
	const struct msg *first = offer(v, "INVITE", "sendonly");

	(void)r;
	peer_in_dialog(v.me, v.d, "UPDATE", NULL, NULL);
	peer_expect(v.me, "200 UPDATE");
	peer_in_dialog(v.other, v.other_d, "UPDATE", NULL, NULL);
	peer_expect(v.other, "200 UPDATE");
	accept_offer(v, first);
	still_talks(t, v);
}

static void an_update_without_offer_meets_nothing(void **unused)
{
	(void)unused;
	both_ways(play_update_without_offer);
}

/* The 2xx brought an offer: no other one before the ACK has answered it. */
static void play_offer_before_ack(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *first, *ok;

	(void)r;
	peer_in_dialog(v.me, v.d, "INVITE", NULL, NULL);
	first = peer_expect(v.other, "INVITE");
	peer_reply(v.other, first, 200, "OK", SDP, sdp(v.other, NULL));
	ok = peer_expect(v.me, "200 INVITE");
	peer_in_dialog(v.me, v.d, "UPDATE", SDP, sdp(v.me, NULL));
	refused(v, "491", "UPDATE");
	peer_in_dialog(v.other, v.other_d, "UPDATE", SDP, sdp(v.other, NULL));
	refused(turned(v), "491", "UPDATE");
	peer_ack(v.me, ok, sdp(v.me, NULL));
	peer_expect(v.other, "ACK");
	still_talks(t, v);
}

static void an_offer_that_waits_for_its_ack_is_the_only_one(void **unused)
{
	(void)unused;
	both_ways(play_offer_before_ack);
}

/* --- BYE ------------------------------------------------------------------- */

static void play_bye_after_own(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *first = offer(v, "INVITE", "sendonly");

	(void)r;
	(void)t;
	peer_bye(v.me, v.d);
	peer_ack(v.me, peer_pick(v.me, "487 INVITE"), NULL);
	peer_pick(v.me, "200 BYE");
	say_ok(v.other, peer_expect(v.other, "BYE"));
	/* it had accepted before the BYE came: RFC 3261 13.2.2.4 */
	peer_reply(v.other, first, 200, "OK", SDP, sdp(v.other, NULL));
	peer_expect(v.other, "ACK");
	peer_expect_none(v.other);
}

static void bye_overtakes_a_reinvite_of_the_same_side(void **unused)
{
	(void)unused;
	both_ways(play_bye_after_own);
}

static void play_bye_against(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *first = offer(v, "INVITE", "sendonly");

	(void)r;
	(void)t;
	peer_bye(v.other, v.other_d);
	peer_expect(v.other, "200 BYE");
	peer_ack(v.me, peer_pick(v.me, "487 INVITE"), NULL);
	say_ok(v.me, peer_pick(v.me, "BYE"));
	peer_reply(v.other, first, 487, "Request Terminated", NULL, NULL);
	peer_expect(v.other, "ACK");
}

static void bye_of_the_other_side_ends_a_reinvite(void **unused)
{
	(void)unused;
	both_ways(play_bye_against);
}

static void play_bye_before_ack(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *first = offer(v, "INVITE", "sendonly");

	(void)t;
	peer_reply(v.other, first, 200, "OK", SDP, sdp(v.other, NULL));
	peer_expect(v.me, "200 INVITE");
	peer_expect(v.other, "ACK");
	peer_bye(v.me, v.d);
	peer_expect(v.me, "200 BYE");
	say_ok(v.other, peer_expect(v.other, "BYE"));
	warp_ms(r->loop, 40000);
	while (peer_poll(v.me)) /* nothing but the 2xx again */
		;
}

static void bye_overtakes_the_ack_of_a_reinvite(void **unused)
{
	(void)unused;
	both_ways(play_bye_before_ack);
}

/* A late offer: the callee's 2xx waits for the caller's answer. */
static void a_callee_that_hangs_up_before_the_ack_gets_it(void **unused)
{
	const struct msg *ok;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial_with(&t, &r, "102", P102, NULL);
	ok = peer_reply(t.b, t.invite, 200, "OK", NULL, sdp(t.b, NULL));
	t.db = peer_dialog(t.b, ok);
	t.ok = peer_expect(t.a, "200 INVITE");
	peer_bye(t.b, t.db);
	peer_pick(t.b, "200 BYE");
	peer_pick(t.b, "ACK");
	peer_ack(t.a, t.ok, sdp(t.a, NULL));
	say_ok(t.a, peer_expect(t.a, "BYE"));
	rig_close(&r, 1);
}

/* --- CANCEL of a re-INVITE ------------------------------------------------- */

static void play_withdrawn(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *first = offer(v, "INVITE", "sendonly");

	(void)r;
	peer_cancel(v.me, v.d, NULL);
	peer_expect(v.me, "200 CANCEL");
	peer_expect_none(v.other); /* RFC 3261 9.1: held until a 1xx */
	peer_reply(v.other, first, 100, "Trying", NULL, NULL);
	say_ok(v.other, peer_expect(v.other, "CANCEL"));
	peer_reply(v.other, first, 487, "Request Terminated", NULL, NULL);
	peer_expect(v.other, "ACK");
	refused(v, "487", "INVITE");
	still_talks(t, v);
}

static void a_reinvite_is_withdrawn_once_it_has_arrived(void **unused)
{
	(void)unused;
	both_ways(play_withdrawn);
}

static void play_withdrawn_too_late(struct rig *r, struct talk *t,
                                    struct view v)
{
	const struct msg *first = offer(v, "INVITE", "sendonly");

	(void)r;
	peer_reply(v.other, first, 100, "Trying", NULL, NULL);
	peer_cancel(v.me, v.d, NULL);
	peer_expect(v.me, "200 CANCEL");
	say_ok(v.other, peer_expect(v.other, "CANCEL"));
	accept_offer(v, first);
	still_talks(t, v);
}

static void a_reinvite_that_was_accepted_is_not_withdrawn(void **unused)
{
	(void)unused;
	both_ways(play_withdrawn_too_late);
}

/* RFC 3261 9.1: after 64*T1 it counts as cancelled. */
static void play_withdrawn_in_vain(struct rig *r, struct talk *t,
                                   struct view v)
{
	const struct msg *first = offer(v, "INVITE", "sendonly");

	peer_reply(v.other, first, 100, "Trying", NULL, NULL);
	peer_cancel(v.me, v.d, NULL);
	peer_expect(v.me, "200 CANCEL");
	say_ok(v.other, peer_expect(v.other, "CANCEL"));
	warp_ms(r->loop, 31000);
	peer_expect_none(v.me);
	warp_ms(r->loop, 2000);
	refused(v, "487", "INVITE");
	peer_reply(v.other, first, 487, "Request Terminated", NULL, NULL);
	peer_expect(v.other, "ACK");
	peer_expect_none(v.me);
	still_talks(t, v);
}

static void a_cancel_that_does_nothing_is_given_up(void **unused)
{
	(void)unused;
	both_ways(play_withdrawn_in_vain);
}

/* --- order ----------------------------------------------------------------- */

static void play_out_of_order(struct rig *r, struct talk *t, struct view v)
{
	static const char *const methods[] = { "INFO", "UPDATE", "INVITE",
		                               "MESSAGE", "OPTIONS", "BYE" };
	const struct msg *m;

	(void)r;
	v.d->cseq += 10;
	peer_in_dialog(v.me, v.d, "OPTIONS", NULL, NULL);
	peer_expect(v.me, "200 OPTIONS");
	for (size_t i = 0; i < NELEM(methods); i++) {
		peer_request(v.me, v.d,
		             &(struct peer_request){ .method = methods[i],
		                                     .cseq = v.d->cseq - 5 });
		m = peer_expect(v.me, "500");
		if (strcmp(methods[i], "INVITE") == 0)
			peer_ack(v.me, m, NULL);
	}
	peer_expect_none(v.other);
	still_talks(t, v);
}

static void a_request_that_comes_too_late_is_500(void **unused)
{
	(void)unused;
	both_ways(play_out_of_order);
}

static void play_repeated(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *sent, *m, *ok;

	(void)r;
	peer_want_repeats(v.me, true);
	sent = peer_in_dialog(v.me, v.d, "INFO", NULL, NULL);
	m = peer_expect(v.other, "INFO");
	peer_resend(v.me, sent); /* before the answer, and after */
	say_ok(v.other, m);
	peer_expect(v.me, "200 INFO");
	peer_resend(v.me, sent);
	peer_expect(v.me, "200 INFO");
	sent = peer_in_dialog(v.me, v.d, "INVITE", SDP, sdp(v.me, NULL));
	m = peer_expect(v.other, "INVITE");
	peer_resend(v.me, sent);
	peer_reply(v.other, m, 200, "OK", SDP, sdp(v.other, NULL));
	ok = peer_expect(v.me, "200 INVITE");
	peer_resend(v.me, sent);
	peer_expect(v.me, "200 INVITE");
	peer_ack(v.me, ok, NULL);
	peer_expect(v.other, "ACK");
	peer_expect_none(v.other);
	peer_want_repeats(v.me, false);
	still_talks(t, v);
}

static void a_repeated_request_is_answered_and_not_passed_on(void **unused)
{
	(void)unused;
	both_ways(play_repeated);
}

/* --- answers to a re-INVITE ------------------------------------------------ */

static void play_refusals(struct rig *r, struct talk *t, struct view v)
{
	static const int statuses[] = { 400, 403, 415, 486, 488, 500, 503,
		                        504, 603 };
	const struct msg *first;
	char status[8];

	(void)r;
	for (size_t i = 0; i < NELEM(statuses); i++) {
		snprintf(status, sizeof(status), "%d", statuses[i]);
		first = offer(v, "INVITE", "sendonly");
		peer_reply(v.other, first, statuses[i], "No",
		           "Retry-After: 1\r\n", NULL);
		peer_expect(v.other, "ACK");
		if (statuses[i] == 500)
			peer_ack(v.me, peer_expect(v.me, "500 INVITE"), NULL);
		else
			refused(v, status, "INVITE");
	}
	still_talks(t, v);
}

static void a_refused_reinvite_does_not_end_the_call(void **unused)
{
	(void)unused;
	both_ways(play_refusals);
}

static void play_lost(struct view v, int status)
{
	char text[8];
	const struct msg *first = offer(v, "INVITE", "sendonly");

	snprintf(text, sizeof(text), "%d", status);
	peer_reply(v.other, first, status, "No", NULL, NULL);
	peer_expect(v.other, "ACK");
	peer_ack(v.me, peer_pick(v.me, text), NULL);
	say_ok(v.me, peer_pick(v.me, "BYE"));
	say_ok(v.other, peer_expect(v.other, "BYE"));
}

static void play_lost_481(struct rig *r, struct talk *t, struct view v)
{
	(void)r;
	(void)t;
	play_lost(v, 481);
}

static void play_lost_408(struct rig *r, struct talk *t, struct view v)
{
	(void)r;
	(void)t;
	play_lost(v, 408);
}

static void play_silence(struct rig *r, struct talk *t, struct view v)
{
	(void)t;
	offer(v, "INVITE", "sendonly");
	warp_ms(r->loop, 33000);
	peer_ack(v.me, peer_pick(v.me, "408 INVITE"), NULL);
	say_ok(v.me, peer_pick(v.me, "BYE"));
	say_ok(v.other, peer_expect(v.other, "BYE"));
}

static void a_dialog_that_is_gone_ends_the_call(void **unused)
{
	(void)unused;
	both_ways(play_lost_481);
	both_ways(play_lost_408);
	both_ways(play_silence);
}

/* --- RFC 6026: a 2xx that comes again -------------------------------------- */

static const struct msg *answered(struct view v, const struct msg **ack)
{
	const struct msg *m = offer(v, "INVITE", "sendonly");
	const struct msg *ok = peer_reply(v.other, m, 200, "OK", SDP,
	                                  sdp(v.other, "recvonly"));

	peer_ack(v.me, peer_expect(v.me, "200 INVITE"), NULL);
	*ack = peer_expect(v.other, "ACK");
	return ok;
}

static void play_2xx_again(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *ok[2], *ack[2], *again;

	(void)r;
	ok[0] = answered(v, &ack[0]);
	ok[1] = answered(v, &ack[1]);
	for (int i = 1; i >= 0; i--) { /* the one before, too */
		peer_resend(v.other, ok[i]);
		again = peer_expect(v.other, "ACK");
		assert_int_equal(again->cseq, ack[i]->cseq);
		peer_expect_none(v.me);
	}
	still_talks(t, v);
}

static void a_repeated_2xx_to_a_reinvite_is_acked_again(void **unused)
{
	(void)unused;
	both_ways(play_2xx_again);
}

static void play_late_offer_again(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *m, *ok, *ack, *again;

	(void)r;
	peer_in_dialog(v.me, v.d, "INVITE", NULL, NULL);
	m = peer_expect(v.other, "INVITE");
	ok = peer_reply(v.other, m, 200, "OK", SDP, sdp(v.other, NULL));
	m = peer_expect(v.me, "200 INVITE");
	peer_resend(v.other, ok); /* the answer is not there yet */
	peer_expect_none(v.other);
	peer_ack(v.me, m, sdp(v.me, NULL));
	ack = peer_expect(v.other, "ACK");
	peer_resend(v.other, ok);
	again = peer_expect(v.other, "ACK");
	assert_string_equal(again->body, ack->body);
	answered(v, &ack);
	peer_resend(v.other, ok); /* another re-INVITE is past */
	assert_string_equal(peer_expect(v.other, "ACK")->body, again->body);
	still_talks(t, v);
}

static void a_repeated_ack_brings_the_answer_again(void **unused)
{
	(void)unused;
	both_ways(play_late_offer_again);
}

/* Lost: the ACK to the first 2xx; and a re-INVITE has gone meanwhile. */
static void the_first_2xx_is_acked_again_after_a_reinvite(void **unused)
{
	const struct msg *ok, *ack;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	ok = peer_reply(t.b, t.invite, 200, "OK", NULL, sdp(t.b, NULL));
	t.db = peer_dialog(t.b, ok);
	t.ok = peer_expect(t.a, "200 INVITE");
	peer_expect(t.b, "ACK");
	talk_ack(&t);
	answered(seen_by(&t, false), &ack);
	peer_resend(t.b, ok);
	assert_int_equal(peer_expect(t.b, "ACK")->cseq, t.invite->cseq);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		        a_second_offer_of_one_side_is_500_with_retry_after),
		cmocka_unit_test(offers_that_meet_are_both_491),
		cmocka_unit_test(an_update_without_offer_meets_nothing),
		cmocka_unit_test(
		        an_offer_that_waits_for_its_ack_is_the_only_one),
		cmocka_unit_test(bye_overtakes_a_reinvite_of_the_same_side),
		cmocka_unit_test(bye_of_the_other_side_ends_a_reinvite),
		cmocka_unit_test(bye_overtakes_the_ack_of_a_reinvite),
		cmocka_unit_test(a_callee_that_hangs_up_before_the_ack_gets_it),
		cmocka_unit_test(a_reinvite_is_withdrawn_once_it_has_arrived),
		cmocka_unit_test(a_reinvite_that_was_accepted_is_not_withdrawn),
		cmocka_unit_test(a_cancel_that_does_nothing_is_given_up),
		cmocka_unit_test(a_request_that_comes_too_late_is_500),
		cmocka_unit_test(
		        a_repeated_request_is_answered_and_not_passed_on),
		cmocka_unit_test(a_refused_reinvite_does_not_end_the_call),
		cmocka_unit_test(a_dialog_that_is_gone_ends_the_call),
		cmocka_unit_test(a_repeated_2xx_to_a_reinvite_is_acked_again),
		cmocka_unit_test(a_repeated_ack_brings_the_answer_again),
		cmocka_unit_test(the_first_2xx_is_acked_again_after_a_reinvite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
