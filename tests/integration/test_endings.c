/* A call that the server itself ends: both sides are told why (RFC 3326). */
#include "cmocka_all.h"

#include <string.h>

#include "b2bua/session.h"
#include "integration/bench.h"
#include "support/warp.h"

static void must_say(const struct msg *m, const char *a, const char *b)
{
	if (!msg_header_has(m, "Reason", a) || !msg_header_has(m, "Reason", b))
		fail_msg("Reason is not %s and %s:\n%s", a, b, m->text);
}

static void both_must_hear(struct talk *t, const char *a, const char *b)
{
	struct peer *both[] = { t->a, t->b };

	for (size_t i = 0; i < 2; i++) {
		const struct msg *bye = peer_expect(both[i], "BYE");

		must_say(bye, a, b);
		say_ok(both[i], bye);
	}
}

static void end_it(const struct session *ss, void *unused)
{
	(void)unused;
	session_hangup((struct session *)(uintptr_t)ss);
}

/* --- calls that are up ------------------------------------------------------ */

static void an_operator_who_hangs_up_clears_the_call(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	sessions_each(r.server, end_it, NULL);
	both_must_hear(&t, "Q.850;cause=16", "NORMAL_CLEARING");
	rig_close(&r, 1);
}

static void a_server_that_stops_is_out_of_order(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	sessions_end(r.server);
	both_must_hear(&t, "Q.850;cause=38", "NETWORK_OUT_OF_ORDER");
	rig_close(&r, 1);
}

static void silence_is_told_as_the_end(void **unused)
{
	const struct rig_options silent = { .media_timeout_s = 60 };
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, &silent);
	talk_up(&t, &r);
	warp_ms(r.loop, 76000);
	both_must_hear(&t, "SIP;cause=504", "MEDIA_TIMEOUT");
	rig_close(&r, 1);
}

static void an_answer_that_nobody_acknowledged_is_told(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_answer(&t);
	warp_ms(r.loop, 33000);
	both_must_hear(&t, "SIP;cause=408", "never acknowledged");
	rig_close(&r, 1);
}

static void a_dialog_that_is_lost_is_told_to_the_other(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.a, t.da, "INFO",
	               "Content-Type: application/dtmf-relay\r\n",
	               "Signal=1\r\n");
	peer_reply(t.b, peer_expect(t.b, "INFO"), 481, "Gone", NULL, NULL);
	peer_pick(t.a, "481 INFO");
	both_must_hear(&t, "SIP;cause=408", "Q.850;cause=102");
	rig_close(&r, 1);
}

/* --- calls that ring -------------------------------------------------------- */

static void a_phone_that_rang_too_long_hears_that_nobody_answered(void **unused)
{
	const struct rig_options brief = { .max_ring_time_s = 10 };
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, &brief);
	talk_dial(&t, &r, "102", P102);
	talk_ring(&t);
	warp_ms(r.loop, 11000);
	peer_ack(t.a, peer_expect(t.a, "480"), NULL);
	must_say(give_way(t.b, t.invite), "Q.850;cause=19", "NO_ANSWER");
	rig_close(&r, 1);
}

static void a_phone_that_its_branch_gives_up_hears_so_too(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_ring(&t);
	warp_ms(r.loop, 31000); /* the callflow's 30 s */
	must_say(give_way(t.b, t.invite), "Q.850;cause=19", "");
	peer_ack(t.a, peer_pick(t.a, "480"), NULL);
	rig_close(&r, 1);
}

static void a_phone_that_rings_hears_that_the_server_stops(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_ring(&t);
	sessions_end(r.server);
	peer_ack(t.a, peer_expect(t.a, "480"), NULL);
	must_say(give_way(t.b, t.invite), "Q.850;cause=38",
	         "NETWORK_OUT_OF_ORDER");
	rig_close(&r, 1);
}

/* --- what is not the server's own ------------------------------------------- */

static void a_callers_own_ending_says_nothing_of_ours(void **unused)
{
	const struct msg *bye;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_bye(t.a, t.da);
	bye = peer_expect(t.b, "BYE");
	assert_int_equal(msg_count(bye, "Reason"), 0);
	say_ok(t.b, bye);
	peer_expect(t.a, "200 BYE");
	rig_close(&r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_operator_who_hangs_up_clears_the_call),
		cmocka_unit_test(a_server_that_stops_is_out_of_order),
		cmocka_unit_test(silence_is_told_as_the_end),
		cmocka_unit_test(an_answer_that_nobody_acknowledged_is_told),
		cmocka_unit_test(a_dialog_that_is_lost_is_told_to_the_other),
		cmocka_unit_test(
		        a_phone_that_rang_too_long_hears_that_nobody_answered),
		cmocka_unit_test(a_phone_that_its_branch_gives_up_hears_so_too),
		cmocka_unit_test(a_phone_that_rings_hears_that_the_server_stops),
		cmocka_unit_test(a_callers_own_ending_says_nothing_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
