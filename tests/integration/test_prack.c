/* The callee's reliable provisional responses (RFC 3262 4): each gets one
 * PRACK, in the early dialog it opened. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/rel.h"
#include "support/warp.h"

/* A description whose text nobody else's is. */
static const char *other_sdp(void)
{
	return "v=0\r\no=- 7 7 IN IP4 127.0.0.1\r\ns=-\r\n"
	       "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	       "m=audio 30008 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";
}

static void each_reliable_18x_gets_a_prack_of_its_own(void **unused)
{
	const struct msg *one, *two, *bye;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, NOTHING);
	rel_ring(&t, NULL, 180, 4711, NULL);
	one = rel_get_prack(&t, 4711);
	rel_ring(&t, NULL, 183, 4712, peer_sdp(t.b, RTP_B, NULL));
	two = rel_get_prack(&t, 4712);
	assert_true(one->cseq > t.invite->cseq);
	assert_true(two->cseq > one->cseq);
	peer_expect(t.a, "180");
	assert_false(rel_is(peer_expect(t.a, "183")));
	rel_answer(&t, NULL); /* it has answered already */
	t.ok = peer_expect(t.a, "200 INVITE");
	assert_true(t.ok->body_len > 0);
	talk_ack(&t);
	peer_bye(t.a, t.da);
	bye = peer_expect(t.b, "BYE"); /* of the same dialog */
	assert_true(bye->cseq > two->cseq);
	say_ok(t.b, bye);
	peer_expect(t.a, "200 BYE");
	rig_close(&r, 1);
}

static void a_repeated_18x_gets_no_other_prack(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, NOTHING);
	m = rel_ring(&t, NULL, 180, 1, NULL);
	peer_resend(t.b, m);
	rel_get_prack(&t, 1);
	peer_resend(t.b, m);
	peer_expect_none(t.b);
	peer_expect(t.a, "180");
	peer_expect_none(t.a);
	rel_finish(&t, peer_sdp(t.b, RTP_B, NULL));
	rig_close(&r, 1);
}

static void a_lost_prack_is_sent_again(void **unused)
{
	const struct msg *m, *prack;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, NOTHING);
	m = rel_ring(&t, NULL, 183, 1, peer_sdp(t.b, RTP_B, NULL));
	prack = peer_expect(t.b, "PRACK"); /* lost */
	peer_resend(t.b, m);
	warp_ms(r.loop, 600);
	peer_expect_none(t.b);
	assert_int_equal(peer_repeats(t.b), 1); /* by its own transaction */
	say_ok(t.b, prack);
	peer_expect(t.a, "183");
	rel_finish(&t, NULL);
	rig_close(&r, 1);
}

static void a_prack_that_fails_leaves_the_call(void **unused)
{
	static const int statuses[] = { 481, 500, 405 };
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(statuses); i++) {
		rel_dial(&t, &r, NOTHING);
		rel_ring(&t, NULL, 180, 1, NULL);
		peer_reply(t.b, peer_expect(t.b, "PRACK"), statuses[i], "No",
		           NULL, NULL);
		peer_expect(t.a, "180");
		rel_finish(&t, peer_sdp(t.b, RTP_B, NULL));
	}
	rig_close(&r, NELEM(statuses));
}

static void an_18x_out_of_order_is_not_looked_at(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, NOTHING);
	rel_ring(&t, NULL, 180, 10, NULL);
	rel_get_prack(&t, 10);
	peer_expect(t.a, "180");
	rel_ring(&t, NULL, 183, 12, peer_sdp(t.b, RTP_B, NULL));
	rel_ring(&t, NULL, 183, 9, peer_sdp(t.b, RTP_B, NULL));
	peer_expect_none(t.b);
	peer_expect_none(t.a);
	rel_ring(&t, NULL, 183, 11, peer_sdp(t.b, RTP_B, NULL));
	rel_get_prack(&t, 11);
	peer_expect(t.a, "183");
	rel_finish(&t, NULL);
	rig_close(&r, 1);
}

/* Each tag is a dialog with numbers of its own, and so is its PRACK. */
static void forks_further_down_are_acknowledged_apart(void **unused)
{
	const struct msg *x, *y, *bye;
	char tag[128];
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, NOTHING);
	rel_ring(&t, "x", 183, 100, peer_sdp(t.b, RTP_B, NULL));
	x = rel_get_prack(&t, 100);
	rel_ring(&t, "y", 183, 5, other_sdp());
	y = rel_get_prack(&t, 5);
	rel_ring(&t, "x", 180, 101, NULL);
	x = rel_get_prack(&t, 101);
	assert_string_equal(msg_tag(x, "To", tag), "x");
	assert_string_equal(msg_tag(y, "To", tag), "y");
	peer_expect(t.a, "183");
	peer_expect(t.a, "183");
	/* y answers, and need not say again what it said */
	t.db = peer_dialog(t.b, peer_reply_tag(t.b, t.invite, "y", 200, "OK",
	                                       NULL, NULL));
	assert_string_equal(msg_tag(peer_expect(t.b, "ACK"), "To", tag), "y");
	t.ok = peer_expect(t.a, "200 INVITE");
	assert_true(msg_body_has(t.ok, "PCMA"));
	talk_ack(&t);
	peer_bye(t.a, t.da);
	bye = peer_expect(t.b, "BYE");
	assert_string_equal(msg_tag(bye, "To", tag), "y");
	assert_true(bye->cseq > y->cseq);
	say_ok(t.b, bye);
	peer_expect(t.a, "200 BYE");
	rig_close(&r, 1);
}

/* Nobody's phone rings in a hundred places. */
static void forks_without_end_are_not_acknowledged(void **unused)
{
	size_t n = 0;
	char tag[16];
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, NOTHING);
	for (int i = 0; i < 100; i++) {
		const struct msg *m;

		snprintf(tag, sizeof(tag), "t%d", i);
		rel_ring(&t, tag, 180, 1, NULL);
		while ((m = peer_poll(t.b))) {
			n++;
			say_ok(t.b, m);
		}
	}
	assert_int_equal(n, 16);
	peer_expect(t.a, "180");
	rel_finish(&t, peer_sdp(t.b, RTP_B, NULL));
	rig_close(&r, 1);
}

static void a_fork_that_never_rang_may_answer(void **unused)
{
	char tag[128];
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, SUPPORTS);
	rel_ring(&t, "x", 180, 1, NULL);
	rel_get_prack(&t, 1);
	peer_expect(t.a, "180");
	t.db = peer_dialog(t.b, peer_reply_tag(t.b, t.invite, "z", 200, "OK",
	                                       NULL,
	                                       peer_sdp(t.b, RTP_B, NULL)));
	assert_string_equal(msg_tag(peer_expect(t.b, "ACK"), "To", tag), "z");
	t.ok = peer_expect(t.a, "200 INVITE");
	talk_ack(&t);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

/* RFC 3261 13.2.1: the first description is the answer. */
static void a_second_description_is_not_looked_at(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, NOTHING);
	rel_ring(&t, NULL, 183, 1, peer_sdp(t.b, RTP_B, NULL));
	rel_get_prack(&t, 1);
	peer_expect(t.a, "183");
	rel_ring(&t, NULL, 183, 0, other_sdp());
	rel_ring(&t, NULL, 183, 2, other_sdp());
	rel_get_prack(&t, 2);
	peer_expect_none(t.a);
	rel_answer(&t, other_sdp());
	t.ok = peer_expect(t.a, "200 INVITE");
	assert_true(msg_body_has(t.ok, "PCMU"));
	assert_false(msg_body_has(t.ok, "PCMA"));
	peer_expect_none(t.a);
	talk_ack(&t);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_200_while_the_prack_is_under_way(void **unused)
{
	const struct msg *prack;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, SUPPORTS);
	rel_ring(&t, NULL, 180, 1, NULL);
	prack = peer_expect(t.b, "PRACK");
	peer_expect(t.a, "180");
	rel_answer(&t, peer_sdp(t.b, RTP_B, NULL));
	t.ok = peer_expect(t.a, "200 INVITE");
	say_ok(t.b, prack);
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_prack_that_nobody_answers_is_given_up(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, NOTHING);
	rel_ring(&t, NULL, 180, 1, NULL);
	peer_expect(t.b, "PRACK");
	peer_expect(t.a, "180");
	rel_answer(&t, peer_sdp(t.b, RTP_B, NULL));
	t.ok = peer_expect(t.a, "200 INVITE");
	talk_ack(&t);
	warp_ms(r.loop, 40000);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* RFC 3261 9.1: CANCEL is of the INVITE, not of any early dialog. */
static void a_branch_with_an_early_dialog_is_cancelled(void **unused)
{
	const struct msg *cancel;
	char a[128];
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rel_dial(&t, &r, NOTHING);
	rel_ring(&t, NULL, 183, 1, peer_sdp(t.b, RTP_B, NULL));
	peer_expect(t.b, "PRACK"); /* not answered either */
	peer_expect(t.a, "183");
	peer_cancel(t.a, t.da, NULL);
	peer_expect(t.a, "200 CANCEL");
	peer_ack(t.a, peer_expect(t.a, "487 INVITE"), NULL);
	cancel = give_way(t.b, t.invite);
	assert_string_equal(msg_tag(cancel, "To", a), "");
	assert_int_equal(cancel->cseq, t.invite->cseq);
	assert_string_equal(cancel->uri, t.invite->uri);
	rig_close(&r, 1);
}

static void two_branches_are_acknowledged_each(void **unused)
{
	struct peer *c;
	const struct msg *other, *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	c = r.phone[P103];
	rel_dial_with(&t, &r, "200", P102, SUPPORTS,
	              peer_sdp(r.phone[P101], RTP_A, NULL));
	other = peer_expect(c, "INVITE");
	peer_expect(t.a, "180");
	rel_ring(&t, NULL, 180, 1, NULL);
	rel_get_prack(&t, 1);
	peer_reply(c, other, 183, "Progress", REQUIRED "RSeq: 1\r\n",
	           peer_sdp(c, RTP_B + 2, NULL));
	m = peer_expect(c, "PRACK");
	assert_true(rel_acknowledges(m, 1, other->cseq));
	say_ok(c, m);
	rel_answer(&t, peer_sdp(t.b, RTP_B, NULL));
	give_way(c, other);
	t.ok = peer_pick(t.a, "200 INVITE");
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* --- where it goes ------------------------------------------------------ */

static void ring_from(struct talk *t, const char *more, const char *contact)
{
	char *headers = xasprintf(REQUIRED "RSeq: 1\r\n%s", more);

	peer_set_contact(t->b, contact);
	peer_reply(t->b, t->invite, 180, "Ringing", headers, NULL);
	free(headers);
}

/* A name, a phone behind NAT, a transport that nobody listens to: back to
 * where the 180 came from. */
static void a_prack_goes_where_the_18x_came_from(void **unused)
{
	static const char *const contacts[] = {
		"sip:102@no-such-name.invalid", "sip:102@10.1.2.3:5099",
		"sips:102@127.0.0.1:5061", "sip:102@[::1]:5099",
	};
	struct rig r;
	struct talk t;
	char *own;

	(void)unused;
	rig_open(&r, NULL);
	own = xstrdup(peer_contact(r.phone[P102]));
	for (size_t i = 0; i < NELEM(contacts); i++) {
		rel_dial(&t, &r, NOTHING);
		ring_from(&t, "", contacts[i]);
		assert_string_equal(rel_get_prack(&t, 1)->uri, contacts[i]);
		peer_expect(t.a, "180");
		peer_set_contact(t.b, own);
		rel_finish(&t, peer_sdp(t.b, RTP_B, NULL));
	}
	free(own);
	rig_close(&r, NELEM(contacts));
}

/* ... but the CANCEL where the INVITE went. */
static void a_prack_follows_the_route_and_the_contact(void **unused)
{
	const struct msg *m;
	struct peer *proxy;
	struct rig r;
	struct talk t;
	struct addr at;
	char host[ADDR_TEXT], *route, *contact, *own;

	(void)unused;
	rig_open(&r, NULL);
	proxy = r.phone[P104];
	at = peer_addr(proxy);
	own = xstrdup(peer_contact(r.phone[P102]));
	route = xasprintf("Record-Route: <sip:%s;lr>\r\n",
	                  addr_ip_port(&at, host));
	contact = xasprintf("sip:102@%s", addr_ip_port(&at, host));
	for (int is_route = 0; is_route < 2; is_route++) {
		rel_dial(&t, &r, NOTHING);
		ring_from(&t, is_route ? route : "", is_route ? own : contact);
		m = peer_expect(proxy, "PRACK");
		assert_int_equal(msg_count(m, "Route"), is_route);
		assert_string_equal(m->uri, is_route ? own : contact);
		say_ok(proxy, m);
		peer_expect(t.a, "180");
		peer_cancel(t.a, t.da, NULL);
		peer_expect(t.a, "200 CANCEL");
		peer_ack(t.a, peer_expect(t.a, "487 INVITE"), NULL);
		give_way(t.b, t.invite);
	}
	free(route);
	free(contact);
	free(own);
	rig_close(&r, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reliable_18x_gets_a_prack_of_its_own),
		cmocka_unit_test(a_repeated_18x_gets_no_other_prack),
		cmocka_unit_test(a_lost_prack_is_sent_again),
		cmocka_unit_test(a_prack_that_fails_leaves_the_call),
		cmocka_unit_test(an_18x_out_of_order_is_not_looked_at),
		cmocka_unit_test(forks_further_down_are_acknowledged_apart),
		cmocka_unit_test(forks_without_end_are_not_acknowledged),
		cmocka_unit_test(a_fork_that_never_rang_may_answer),
		cmocka_unit_test(a_second_description_is_not_looked_at),
		cmocka_unit_test(a_200_while_the_prack_is_under_way),
		cmocka_unit_test(a_prack_that_nobody_answers_is_given_up),
		cmocka_unit_test(a_branch_with_an_early_dialog_is_cancelled),
		cmocka_unit_test(two_branches_are_acknowledged_each),
		cmocka_unit_test(a_prack_goes_where_the_18x_came_from),
		cmocka_unit_test(a_prack_follows_the_route_and_the_contact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
