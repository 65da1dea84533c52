/* Flows that let the caller wait, and that answer him before anybody else
 * does. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/office.h"

#define CAROL "{'module':'device','data':{'id':'carol1'}}"
#define SLEEP(s, next) \
	"{'module':'sleep','data':{'duration':" s "},'children':{'_':" next "}}"

/* --- before the answer --------------------------------------------------------- */

static void a_sleep_delays_what_follows(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;
	struct dialog *d;

	office_flow(o, "1", SLEEP("5", CAROL));
	d = office_dial(o, caller, "1");
	office_warp(o, 4900);
	peer_expect_none(carol);
	peer_expect_none(caller);
	office_warp(o, 200);
	m = office_rings(carol);
	office_answer(o, carol, m, caller);
	office_hang_up(caller, d, carol);
}

static void a_caller_may_give_up_during_a_sleep(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	struct dialog *d;

	office_flow(o, "1", SLEEP("5", CAROL));
	d = office_dial(o, caller, "1");
	office_warp(o, 1000);
	peer_cancel(caller, d, NULL);
	peer_expect(caller, "200 CANCEL");
	office_fails(caller, "487");
	office_warp(o, 10000);
	peer_expect_none(carol);
}

static void the_limit_for_ringing_holds_for_a_sleep(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");

	office_flow(o, "1", SLEEP("600", CAROL));
	office_dial(o, caller, "1");
	for (int i = 0; i < 119; i++)
		office_warp(o, 1000);
	peer_expect_none(caller);
	office_warp(o, 1100);
	office_fails(caller, "480");
}

static void a_reload_leaves_a_sleeping_flow_as_it_was(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;

	office_flow(o, "1", SLEEP("5", CAROL));
	office_dial(o, caller, "1");
	office_warp(o, 1000);
	office_flow(o, "1", "{'module':'hangup','data':{}}");
	office_warp(o, 4100);
	m = office_rings(carol);
	office_refuse(carol, m, 486);
	office_fails(caller, "486");
}

/* --- answered by the server ---------------------------------------------------- */

#define ANSWER(next) \
	"{'module':'answer','data':{},'children':{'_':" next "}}"

/* The caller has its answer; the flow waits for the ACK. */
static const struct msg *is_answered(struct peer *caller)
{
	const struct msg *ok = peer_expect(caller, "200 INVITE");

	assert_true(msg_body_has(ok, "m=audio"));
	peer_ack(caller, ok, NULL);
	return ok;
}

/* The callee answers an INVITE without an offer; the caller is told. */
static void is_connected(struct office *o, struct peer *caller,
                         struct peer *callee, const struct msg *invite)
{
	const struct msg *offer, *ack;

	assert_int_equal(invite->body_len, 0);
	peer_reply(callee, invite, 200, "OK", NULL, office_sdp(o, callee));
	offer = peer_expect(caller, "INVITE");
	assert_true(offer->body_len > 0);
	peer_reply(caller, offer, 200, "OK", NULL, office_sdp(o, caller));
	peer_expect(caller, "ACK");
	ack = peer_expect(callee, "ACK");
	assert_true(ack->body_len > 0);
}

static void an_answered_caller_is_connected_to_who_answers(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *ok, *m;
	struct dialog *d;

	office_flow(o, "1", ANSWER(CAROL));
	d = office_dial(o, caller, "1");
	ok = peer_expect(caller, "200 INVITE");
	peer_expect_none(carol);
	peer_ack(caller, ok, NULL);
	m = office_rings(carol);
	peer_expect_none(caller);
	is_connected(o, caller, carol, m);
	office_hang_up(caller, d, carol);
}

static void a_failure_after_the_answer_ends_with_bye(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;

	office_flow(o, "1", ANSWER(CAROL));
	office_dial(o, caller, "1");
	is_answered(caller);
	m = office_rings(carol);
	office_refuse(carol, m, 486);
	m = peer_expect(caller, "BYE");
	assert_true(msg_header_has(m, "Reason", "SIP;cause=486"));
	peer_reply(caller, m, 200, "OK", NULL, NULL);
}

static void a_response_after_the_answer_ends_with_bye(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	const struct msg *m;

	office_flow(o, "1",
	            ANSWER("{'module':'response','data':{'code':503,"
	                   "'message':'Not now'}}"));
	office_dial(o, caller, "1");
	is_answered(caller);
	m = peer_expect(caller, "BYE");
	assert_true(msg_header_has(m, "Reason", "SIP;cause=503"));
	peer_reply(caller, m, 200, "OK", NULL, NULL);
}

static void an_answer_without_an_ack_ends_the_call(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");

	office_flow(o, "1", ANSWER(CAROL));
	office_dial(o, caller, "1");
	peer_expect(caller, "200 INVITE");
	for (int i = 0; i < 33; i++)
		office_warp(o, 1000);
	peer_reply(caller, peer_expect(caller, "BYE"), 200, "OK", NULL, NULL);
	peer_expect_none(carol);
}

static void a_cancel_that_meets_the_answer_is_too_late(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct dialog *d;
	const struct msg *ok;

	office_flow(o, "1", ANSWER("{'module':'wait_for_hangup','data':{}}"));
	d = office_dial(o, caller, "1");
	peer_cancel(caller, d, NULL);
	ok = peer_pick(caller, "200 INVITE");
	peer_pick(caller, "481 CANCEL"); /* RFC 3261 9.2: no effect */
	peer_ack(caller, ok, NULL);
	peer_bye(caller, d);
	peer_expect(caller, "200 BYE");
}

static void dead_air_lasts_until_the_caller_hangs_up(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct dialog *d;

	office_flow(o, "1",
	            "{'module':'dead_air','data':{},'children':{'_':" CAROL
	            "}}");
	d = office_dial(o, caller, "1");
	is_answered(caller);
	for (int i = 0; i < 5; i++)
		office_warp(o, 10000);
	peer_expect_none(caller);
	peer_bye(caller, d);
	peer_expect(caller, "200 BYE");
}

static void a_caller_who_sends_nothing_is_hung_up_on(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");

	office_flow(o, "1", "{'module':'dead_air','data':{}}");
	office_dial(o, caller, "1");
	is_answered(caller);
	for (int i = 0; i < 8; i++)
		office_warp(o, 10000);
	peer_reply(caller, peer_expect(caller, "BYE"), 200, "OK", NULL, NULL);
}

static void a_caller_who_waits_may_hold_and_press_keys(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	struct dialog *d;
	const struct msg *m;

	office_flow(o, "1", ANSWER(SLEEP("30", CAROL)));
	d = office_dial(o, caller, "1");
	is_answered(caller);
	peer_in_dialog(caller, d, "INVITE", NULL,
	               peer_sdp(caller, 30000, "sendonly"));
	m = peer_expect(caller, "200 INVITE");
	assert_true(msg_body_has(m, "a=recvonly"));
	peer_ack(caller, m, NULL);
	peer_in_dialog(caller, d, "INFO",
	               "Content-Type: application/dtmf-relay\r\n",
	               "Signal=1\r\n");
	peer_expect(caller, "200 INFO");
	peer_in_dialog(caller, d, "INVITE", NULL, NULL);
	m = peer_expect(caller, "200 INVITE");
	assert_true(msg_body_has(m, "m=audio"));
	peer_ack(caller, m, peer_sdp(caller, 30000, NULL));
	office_warp(o, 31000);
	m = office_rings(carol);
	is_connected(o, caller, carol, m);
	office_hang_up(caller, d, carol);
}

static void a_caller_without_an_offer_gets_one(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	struct dialog *d;
	const struct msg *m;

	office_flow(o, "1", ANSWER(CAROL));
	d = peer_call(caller, "1", NULL);
	m = peer_expect(caller, "200 INVITE");
	assert_true(msg_body_has(m, "PCMU/8000"));
	peer_ack(caller, m, peer_sdp(caller, 30000, NULL));
	m = office_rings(carol);
	is_connected(o, caller, carol, m);
	office_hang_up(caller, d, carol);
	/* ... and must answer it */
	peer_call(caller, "1", NULL);
	peer_ack(caller, peer_expect(caller, "200 INVITE"), NULL);
	peer_reply(caller, peer_expect(caller, "BYE"), 200, "OK", NULL, NULL);
	peer_expect_none(carol);
}

static void a_caller_without_g711_is_put_on_hold(void **state)
{
	static const char opus[] =
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		"c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 96\r\n"
		"a=rtpmap:96 opus/48000/2\r\n";
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct dialog *d;
	const struct msg *m;

	office_flow(o, "1", "{'module':'dead_air','data':{}}");
	d = peer_call(caller, "1", opus);
	m = is_answered(caller);
	assert_true(msg_body_has(m, "a=inactive"));
	assert_true(msg_body_has(m, "opus"));
	peer_bye(caller, d);
	peer_expect(caller, "200 BYE");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_set_up, \
	                                           office_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sleep_delays_what_follows),
		TEST(a_caller_may_give_up_during_a_sleep),
		TEST(the_limit_for_ringing_holds_for_a_sleep),
		TEST(a_reload_leaves_a_sleeping_flow_as_it_was),
		TEST(an_answered_caller_is_connected_to_who_answers),
		TEST(a_failure_after_the_answer_ends_with_bye),
		TEST(a_response_after_the_answer_ends_with_bye),
		TEST(an_answer_without_an_ack_ends_the_call),
		TEST(a_cancel_that_meets_the_answer_is_too_late),
		TEST(dead_air_lasts_until_the_caller_hangs_up),
		TEST(a_caller_who_sends_nothing_is_hung_up_on),
		TEST(a_caller_who_waits_may_hold_and_press_keys),
		TEST(a_caller_without_an_offer_gets_one),
		TEST(a_caller_without_g711_is_put_on_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
