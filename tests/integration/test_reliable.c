/* Reliable provisional responses (RFC 3262): each leg has its own, whoever
 * of the two can do it or demands it. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/rel.h"
#include "support/warp.h"

/* --- all mixes ---------------------------------------------------------- */

/* The callee is asked, by what it says in its 18x. */
static void mix(struct rig *r, enum knows caller, bool callee, bool has_sdp)
{
	const char *sdp;
	const struct msg *m;
	struct talk t;

	buf_fmt(&r->trace, "==== caller %d, callee %d, sdp %d\n", caller,
	        callee, has_sdp);
	rel_dial(&t, r, caller);
	assert_true(msg_header_has(t.invite, "Supported", "100rel"));
	assert_true(msg_header_has(t.invite, "Allow", "PRACK"));
	sdp = peer_sdp(t.b, RTP_B, NULL);
	rel_ring(&t, NULL, has_sdp ? 183 : 180, callee ? 7 : 0,
	     has_sdp ? sdp : NULL);
	if (callee)
		assert_int_equal(rel_get_prack(&t, 7)->body_len, 0);
	m = peer_expect(t.a, has_sdp ? "183" : "180");
	assert_int_equal(m->body_len > 0, has_sdp);
	assert_int_equal(rel_is(m),
	                 caller == REQUIRES || (caller == SUPPORTS && has_sdp));
	if (rel_is(m))
		rel_prack(&t, m);
	rel_finish(&t, sdp);
}

static void every_mix_of_callers_and_callees_gets_its_call(void **unused)
{
	struct rig r;
	size_t n = 0;

	(void)unused;
	rig_open(&r, NULL);
	for (int caller = 0; caller < N_KNOWS; caller++)
		for (int callee = 0; callee < 2; callee++)
			for (int sdp = 0; sdp < 2; sdp++, n++)
				mix(&r, (enum knows)caller, callee, sdp);
	rig_close(&r, n);
}

/* --- the caller's side -------------------------------------------------- */

static const struct msg *told_183(struct talk *t, struct rig *r)
{
	const struct msg *m;

	rel_dial(t, r, SUPPORTS);
	rel_ring(t, NULL, 183, 0, peer_sdp(t->b, RTP_B, NULL));
	m = peer_expect(t->a, "183");
	assert_true(rel_is(m));
	return m;
}

static void a_lost_18x_is_sent_again_at_doubling_intervals(void **unused)
{
	static const int64_t at_ms[] = { 500, 1000, 2000, 4000, 8000 };
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	m = told_183(&t, &r);
	for (size_t i = 0; i < NELEM(at_ms); i++) {
		warp_ms(r.loop, at_ms[i] - 20);
		peer_expect_none(t.a);
		assert_int_equal(peer_repeats(t.a), i);
		warp_ms(r.loop, 20);
		peer_expect_none(t.a);
		assert_int_equal(peer_repeats(t.a), i + 1);
	}
	rel_prack(&t, m);
	warp_ms(r.loop, 14000);
	peer_expect_none(t.a);
	assert_int_equal(peer_repeats(t.a), NELEM(at_ms));
	rel_finish(&t, NULL);
	rig_close(&r, 1);
}

static void without_any_prack_the_call_fails_with_504(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;
	char *record;

	(void)unused;
	rig_open(&r, NULL);
	/* a carrier may ring for longer than 64*T1 */
	rel_dial_with(&t, &r, "91234567", CARRIER, SUPPORTS,
	     peer_sdp(r.phone[P101], RTP_A, NULL));
	rel_ring(&t, NULL, 183, 0, peer_sdp(t.b, RTP_B, NULL));
	m = peer_expect(t.a, "183");
	warp_ms(r.loop, 31500);
	peer_expect_none(t.a);
	warp_ms(r.loop, 600);
	peer_ack(t.a, peer_expect(t.a, "504"), NULL);
	give_way(t.b, t.invite);
	rel_prack_with(t.a, t.da, m, NULL); /* too late */
	peer_expect(t.a, "481 PRACK");
	record = rig_record(&r, 0);
	assert_non_null(strstr(record, "504"));
	free(record);
	rig_close(&r, 1);
}

static void a_prack_that_matches_nothing_is_481(void **unused)
{
	static const struct {
		int rseq, cseq;
		const char *method;
	} off[] = { { 1, 0, "INVITE" }, { -1, 0, "INVITE" }, { 0, 1, "INVITE" },
		    { 0, 0, "BYE" } };
	const struct msg *m;
	char rack[64];
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	m = told_183(&t, &r);
	for (size_t i = 0; i < NELEM(off); i++) {
		snprintf(rack, sizeof(rack), "RAck: %u %u %s\r\n",
		         rel_rseq(m) + (unsigned)off[i].rseq,
		         m->cseq + (unsigned)off[i].cseq, off[i].method);
		peer_in_dialog(t.a, t.da, "PRACK", rack, NULL);
		peer_expect(t.a, "481 PRACK");
	}
	peer_in_dialog(t.a, t.da, "PRACK", NULL, NULL);
	peer_expect(t.a, "481 PRACK");
	rel_prack(&t, m);
	rel_prack_with(t.a, t.da, m, NULL); /* a second one, not a repeat */
	peer_expect(t.a, "481 PRACK");
	rel_finish(&t, NULL);
	/* in no dialog at all */
	rel_prack_with(t.a, t.da, m, NULL);
	peer_expect(t.a, "481 PRACK");
	rig_close(&r, 1);
}

/* RFC 3262 3 */
static void a_200_waits_for_the_prack_of_a_description(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	m = told_183(&t, &r);
	rel_answer(&t, peer_sdp(t.b, RTP_B, NULL));
	warp_ms(r.loop, 3000); /* the PRACK is lost, and the 18x comes again */
	peer_expect_none(t.a);
	assert_int_equal(peer_repeats(t.a), 2);
	rel_prack(&t, m);
	t.ok = peer_expect(t.a, "200 INVITE");
	talk_ack(&t);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_200_does_not_wait_for_the_prack_of_a_180(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, REQUIRES);
	rel_ring(&t, NULL, 180, 0, NULL);
	m = peer_expect(t.a, "180");
	rel_answer(&t, peer_sdp(t.b, RTP_B, NULL));
	t.ok = peer_expect(t.a, "200 INVITE");
	rel_prack(&t, m); /* it was on its way */
	talk_ack(&t);
	warp_ms(r.loop, 40000);
	assert_int_equal(peer_repeats(t.a), 0);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_second_18x_waits_for_its_turn(void **unused)
{
	const struct msg *first, *second;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, REQUIRES);
	rel_ring(&t, NULL, 180, 0, NULL);
	first = peer_expect(t.a, "180");
	rel_ring(&t, NULL, 183, 0, peer_sdp(t.b, RTP_B, NULL));
	peer_expect_none(t.a);
	rel_prack_with(t.a, t.da, first, NULL);
	peer_expect(t.a, "200 PRACK");
	second = peer_expect(t.a, "183");
	assert_int_equal(rel_rseq(second), rel_rseq(first) + 1);
	rel_prack(&t, second);
	rel_finish(&t, NULL);
	rig_close(&r, 1);
}

static void both_18x_of_a_200_that_waits_are_acknowledged_first(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, REQUIRES);
	rel_ring(&t, NULL, 180, 0, NULL);
	rel_ring(&t, NULL, 183, 0, peer_sdp(t.b, RTP_B, NULL));
	rel_answer(&t, peer_sdp(t.b, RTP_B, NULL));
	m = peer_expect(t.a, "180");
	peer_expect_none(t.a);
	rel_prack(&t, m);
	m = peer_expect(t.a, "183");
	peer_expect_none(t.a);
	rel_prack(&t, m);
	t.ok = peer_expect(t.a, "200 INVITE");
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_prack_after_cancel_finds_nothing(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	m = told_183(&t, &r);
	peer_cancel(t.a, t.da, NULL);
	peer_expect(t.a, "200 CANCEL");
	peer_ack(t.a, peer_expect(t.a, "487 INVITE"), NULL);
	rel_prack_with(t.a, t.da, m, NULL);
	peer_expect(t.a, "481 PRACK");
	give_way(t.b, t.invite);
	warp_ms(r.loop, 5000);
	assert_int_equal(peer_repeats(t.a), 0);
	rig_close(&r, 1);
}

static void a_caller_that_gives_up_while_its_200_waits(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	told_183(&t, &r);
	rel_answer(&t, peer_sdp(t.b, RTP_B, NULL));
	peer_cancel(t.a, t.da, NULL);
	peer_expect(t.a, "200 CANCEL");
	peer_ack(t.a, peer_expect(t.a, "487 INVITE"), NULL);
	say_ok(t.b, peer_expect(t.b, "BYE"));
	rig_close(&r, 1);
}

static void a_callee_that_hangs_up_while_the_200_waits(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	told_183(&t, &r);
	rel_answer(&t, peer_sdp(t.b, RTP_B, NULL));
	peer_bye(t.b, t.db);
	peer_expect(t.b, "200 BYE");
	peer_ack(t.a, peer_expect(t.a, "480 INVITE"), NULL);
	rig_close(&r, 1);
}

static void a_failure_does_not_wait_for_any_prack(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	told_183(&t, &r);
	peer_reply(t.b, t.invite, 486, "Busy Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "486 INVITE"), NULL);
	rig_close(&r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		        every_mix_of_callers_and_callees_gets_its_call),
		cmocka_unit_test(
		        a_lost_18x_is_sent_again_at_doubling_intervals),
		cmocka_unit_test(without_any_prack_the_call_fails_with_504),
		cmocka_unit_test(a_prack_that_matches_nothing_is_481),
		cmocka_unit_test(a_200_waits_for_the_prack_of_a_description),
		cmocka_unit_test(a_200_does_not_wait_for_the_prack_of_a_180),
		cmocka_unit_test(a_second_18x_waits_for_its_turn),
		cmocka_unit_test(
		        both_18x_of_a_200_that_waits_are_acknowledged_first),
		cmocka_unit_test(a_prack_after_cancel_finds_nothing),
		cmocka_unit_test(a_caller_that_gives_up_while_its_200_waits),
		cmocka_unit_test(a_callee_that_hangs_up_while_the_200_waits),
		cmocka_unit_test(a_failure_does_not_wait_for_any_prack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
