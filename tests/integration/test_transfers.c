/* Call transfer and replacement: RFC 3515, 3891, 3892, 4488, 5589. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/bench.h"
#include "support/warp.h"

#define RTP_C 30004

static void assert_record(struct rig *r, size_t i, const char *what)
{
	char *line = rig_record(r, i);

	if (!strstr(line, what))
		fail_msg("no %s in %s", what, line);
	free(line);
}

/* --- REFER ------------------------------------------------------------------ */

static void refer_to(struct peer *by, struct dialog *d, const char *to,
                     const char *more)
{
	char *headers = xasprintf("Refer-To: %s\r\n%s", to, more ? more : "");

	peer_in_dialog(by, d, "REFER", headers, NULL);
	free(headers);
}

static const struct msg *hears_at(struct peer *by, const char *fragment,
                                  bool is_last, const char *file, int line)
{
	const struct msg *m = peer_pick_at(by, "NOTIFY", file, line);

	if (!msg_body_has(m, fragment))
		_fail(file, line);
	assert_true(msg_header_has(m, "Event", "refer"));
	assert_true(msg_header_has(m, "Content-Type", "message/sipfrag"));
	assert_true(msg_header_has(m, "Subscription-State",
	                           is_last ? "terminated;reason=noresource"
	                                   : "active;expires="));
	say_ok(by, m);
	return m;
}
#define hears(p, fragment, is_last) \
	hears_at((p), (fragment), (is_last), __FILE__, __LINE__)

static void is_accepted(struct peer *by)
{
	peer_pick(by, "202 REFER");
	hears(by, "SIP/2.0 100", false);
}

/* The one that stays takes the offer of the one that answered. */
static void takes_offer(struct peer *p)
{
	const struct msg *m = peer_expect(p, "INVITE");
	struct addr media;

	assert_true(msg_media(m, 0, &media));
	peer_reply(p, m, 200, "OK", NULL, peer_sdp(p, RTP_B, NULL));
	peer_expect(p, "ACK");
}

static struct dialog *answers(struct peer *target, const struct msg *invite)
{
	const struct msg *ok;

	assert_int_equal(invite->body_len, 0); /* it is to offer */
	ok = peer_reply(target, invite, 200, "OK", NULL,
	                peer_sdp(target, RTP_C, NULL));
	return peer_dialog(target, ok);
}

static void got_answer(struct peer *target)
{
	const struct msg *ack = peer_expect(target, "ACK");
	struct addr media;

	assert_true(msg_media(ack, 0, &media));
}

static void is_hung_up(struct peer *p)
{
	say_ok(p, peer_pick(p, "BYE"));
}

static void hang_up(struct peer *by, struct dialog *d, struct peer *other)
{
	peer_bye(by, d);
	say_ok(other, peer_expect(other, "BYE"));
	peer_expect(by, "200 BYE");
}

/* A request of one side reaches the other. */
static void reach(struct peer *by, struct dialog *d, struct peer *other)
{
	peer_in_dialog(by, d, "INFO", NULL, NULL);
	say_ok(other, peer_expect(other, "INFO"));
	peer_expect(by, "200 INFO");
}

static void the_caller_transfers_the_callee(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *invite;
	struct peer *c;
	struct dialog *dc;

	(void)unused;
	rig_open(&r, NULL);
	c = r.phone[P103];
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>", NULL);
	is_accepted(t.a);
	invite = peer_expect(c, "INVITE");
	/* who calls is who stays; who asked for it is told too */
	assert_true(msg_header_has(invite, "From", "sip:102@"));
	assert_true(msg_header_has(invite, "Referred-By", "sip:101@"));
	peer_reply(c, invite, 180, "Ringing", NULL, NULL);
	hears(t.a, "SIP/2.0 180 Ringing", false);
	peer_expect_none(t.b);
	reach(t.a, t.da, t.b); /* all is as it was */
	dc = answers(c, invite);
	takes_offer(t.b);
	got_answer(c);
	hears(t.a, "SIP/2.0 200 OK", true);
	is_hung_up(t.a);
	reach(t.b, t.db, c);
	reach(c, dc, t.b);
	hang_up(c, dc, t.b);
	assert_record(&r, 0, "\"cause\":\"BLIND_TRANSFER\"");
	assert_record(&r, 0, "\"kind\":\"blind\",\"by\":\"caller\","
	                     "\"to\":\"103\"");
	assert_record(&r, 1, "\"target\":\"d103\"");
	assert_record(&r, 1, "\"transferred_from\":\"");
	rig_close(&r, 2);
}

static void the_callee_transfers_the_caller(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *invite;
	struct dialog *dc;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.b, t.db, "sip:103@test.example",
	         "Referred-By: <sip:boss@test.example>\r\n");
	is_accepted(t.b);
	invite = peer_expect(r.phone[P103], "INVITE");
	assert_true(msg_header_has(invite, "From", "sip:101@"));
	assert_true(msg_header_has(invite, "Referred-By", "sip:boss@"));
	dc = answers(r.phone[P103], invite);
	takes_offer(t.a);
	got_answer(r.phone[P103]);
	hears(t.b, "SIP/2.0 200", true);
	is_hung_up(t.b);
	reach(t.a, t.da, r.phone[P103]);
	reach(r.phone[P103], dc, t.a);
	hang_up(t.a, t.da, r.phone[P103]);
	rig_close(&r, 2);
}

static void leaves_at_once(bool is_caller)
{
	struct rig r;
	struct talk t;
	const struct msg *invite;
	struct peer *by, *stays;
	struct dialog *d, *ds, *dc;

	rig_open(&r, NULL);
	talk_up(&t, &r);
	by = is_caller ? t.a : t.b;
	stays = is_caller ? t.b : t.a;
	d = is_caller ? t.da : t.db;
	ds = is_caller ? t.db : t.da;
	refer_to(by, d, "<sip:103@test.example>", NULL);
	is_accepted(by);
	peer_bye(by, d);
	peer_expect(by, "200 BYE");
	invite = peer_expect(r.phone[P103], "INVITE");
	peer_reply(r.phone[P103], invite, 180, "Ringing", NULL, NULL);
	peer_expect_none(stays);
	warp_ms(r.loop, 5000);
	/* nobody is there to be talked to */
	peer_in_dialog(stays, ds, "INFO", NULL, NULL);
	peer_expect(stays, "491 INFO");
	dc = answers(r.phone[P103], invite);
	takes_offer(stays);
	got_answer(r.phone[P103]);
	peer_expect_none(by);
	reach(stays, ds, r.phone[P103]);
	hang_up(r.phone[P103], dc, stays);
	rig_close(&r, 2);
}

static void the_one_who_asked_may_leave_at_once(void **unused)
{
	(void)unused;
	leaves_at_once(true);
	leaves_at_once(false);
}

static void after_leaving_a_failure_ends_the_other_side(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *invite;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>", NULL);
	is_accepted(t.a);
	peer_bye(t.a, t.da);
	peer_expect(t.a, "200 BYE");
	invite = peer_expect(r.phone[P103], "INVITE");
	peer_reply(r.phone[P103], invite, 486, "Busy Here", NULL, NULL);
	peer_expect(r.phone[P103], "ACK");
	is_hung_up(t.b);
	rig_close(&r, 2);
}

/* Hold and resume: offers still go across the old call. */
static void is_as_it_was(struct talk *t)
{
	const struct msg *m;

	peer_in_dialog(t->b, t->db, "INVITE", NULL,
	               peer_sdp(t->b, RTP_B, "sendonly"));
	m = peer_expect(t->a, "INVITE");
	assert_true(msg_body_has(m, "a=sendonly"));
	peer_reply(t->a, m, 200, "OK", NULL,
	           peer_sdp(t->a, RTP_A, "recvonly"));
	peer_expect(t->a, "ACK");
	peer_ack(t->b, peer_expect(t->b, "200 INVITE"), NULL);
	settle(t->rig->loop);
}

static void a_busy_target_leaves_the_old_call(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *invite;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>", NULL);
	is_accepted(t.a);
	invite = peer_expect(r.phone[P103], "INVITE");
	peer_reply(r.phone[P103], invite, 486, "Busy Here", NULL, NULL);
	peer_expect(r.phone[P103], "ACK");
	hears(t.a, "SIP/2.0 486 Busy Here", true);
	is_as_it_was(&t);
	talk_end(&t, t.b);
	assert_record(&r, 1, "\"status\":486}]");
	rig_close(&r, 2);
}

static void no_answer_leaves_the_old_call(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *invite;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.b, t.db, "<sip:103@test.example>", NULL);
	is_accepted(t.b);
	invite = peer_expect(r.phone[P103], "INVITE");
	peer_reply(r.phone[P103], invite, 180, "Ringing", NULL, NULL);
	hears(t.b, "SIP/2.0 180", false);
	warp_ms(r.loop, 31000);
	give_way(r.phone[P103], invite);
	hears(t.b, "SIP/2.0 480", true);
	is_as_it_was(&t);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

static void a_number_nobody_has_is_told_so(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:777@test.example>", NULL);
	is_accepted(t.a);
	hears(t.a, "SIP/2.0 404", true);
	refer_to(t.a, t.da, "<sip:105@test.example>", NULL);
	peer_pick(t.a, "202 REFER");
	/* the second REFER's messages name it */
	assert_true(msg_header_has(hears(t.a, "SIP/2.0 100", false), "Event",
	                           "id="));
	hears(t.a, "SIP/2.0 480", true);
	is_as_it_was(&t);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

static void the_one_transferred_hangs_up_while_it_rings(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *invite;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>", NULL);
	is_accepted(t.a);
	invite = peer_expect(r.phone[P103], "INVITE");
	peer_reply(r.phone[P103], invite, 180, "Ringing", NULL, NULL);
	hears(t.a, "SIP/2.0 180", false);
	peer_bye(t.b, t.db);
	peer_expect(t.b, "200 BYE");
	give_way(r.phone[P103], invite);
	hears(t.a, "SIP/2.0 487", true);
	is_hung_up(t.a);
	rig_close(&r, 2);
}

static void one_transfer_at_a_time(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *invite;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>", NULL);
	is_accepted(t.a);
	invite = peer_expect(r.phone[P103], "INVITE");
	refer_to(t.a, t.da, "<sip:104@test.example>", NULL);
	peer_expect(t.a, "491 REFER");
	refer_to(t.b, t.db, "<sip:104@test.example>", NULL);
	peer_expect(t.b, "491 REFER");
	peer_expect_none(r.phone[P104]);
	peer_reply(r.phone[P103], invite, 603, "Decline", NULL, NULL);
	peer_expect(r.phone[P103], "ACK");
	hears(t.a, "SIP/2.0 603", true);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

static void an_offer_that_is_refused_leaves_the_old_call(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *m;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>", NULL);
	is_accepted(t.a);
	answers(r.phone[P103], peer_expect(r.phone[P103], "INVITE"));
	m = peer_expect(t.b, "INVITE");
	peer_reply(t.b, m, 488, "Not Acceptable Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_expect(r.phone[P103], "ACK");
	is_hung_up(r.phone[P103]);
	hears(t.a, "SIP/2.0 488", true);
	is_as_it_was(&t);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

static void the_target_hangs_up_before_the_other_has_agreed(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *m, *ok;
	struct dialog *dc;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>", NULL);
	is_accepted(t.a);
	ok = peer_expect(r.phone[P103], "INVITE");
	dc = answers(r.phone[P103], ok);
	m = peer_expect(t.b, "INVITE");
	peer_reply(t.b, m, 100, "Trying", NULL, NULL);
	peer_bye(r.phone[P103], dc);
	peer_expect(r.phone[P103], "200 BYE");
	say_ok(t.b, peer_expect(t.b, "CANCEL"));
	peer_reply(t.b, m, 487, "Request Terminated", NULL, NULL);
	peer_expect(t.b, "ACK");
	hears(t.a, "SIP/2.0 480", true);
	is_as_it_was(&t);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

static void offers_that_meet_are_made_again(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *m;
	struct dialog *dc;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>", NULL);
	is_accepted(t.a);
	dc = answers(r.phone[P103], peer_expect(r.phone[P103], "INVITE"));
	m = peer_expect(t.b, "INVITE");
	peer_in_dialog(t.b, t.db, "INVITE", NULL,
	               peer_sdp(t.b, RTP_B, "sendonly"));
	peer_ack(t.b, peer_expect(t.b, "491 INVITE"), NULL);
	peer_reply(t.b, m, 491, "Request Pending", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_expect_none(t.b);
	warp_ms(r.loop, 4100); /* the Call-ID of this dialog is ours */
	takes_offer(t.b);
	got_answer(r.phone[P103]);
	hears(t.a, "SIP/2.0 200", true);
	is_hung_up(t.a);
	hang_up(t.b, t.db, r.phone[P103]);
	assert_non_null(dc);
	rig_close(&r, 2);
}

static void who_wants_no_news_gets_none(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *m;
	struct dialog *dc;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>",
	         "Refer-Sub: false\r\nRequire: norefersub\r\n");
	m = peer_expect(t.a, "202 REFER");
	assert_true(msg_header_has(m, "Refer-Sub", "false"));
	dc = answers(r.phone[P103], peer_expect(r.phone[P103], "INVITE"));
	takes_offer(t.b);
	got_answer(r.phone[P103]);
	say_ok(t.a, peer_expect(t.a, "BYE"));
	hang_up(r.phone[P103], dc, t.b);
	rig_close(&r, 2);
}

static void a_subscription_that_is_gone_hears_no_more(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *m, *invite;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>", NULL);
	peer_pick(t.a, "202 REFER");
	m = peer_pick(t.a, "NOTIFY");
	peer_reply(t.a, m, 481, "No Subscription", NULL, NULL);
	invite = peer_expect(r.phone[P103], "INVITE");
	peer_reply(r.phone[P103], invite, 180, "Ringing", NULL, NULL);
	peer_expect_none(t.a);
	peer_reply(r.phone[P103], invite, 486, "Busy Here", NULL, NULL);
	peer_expect(r.phone[P103], "ACK");
	peer_expect_none(t.a);
	is_as_it_was(&t);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

/* RFC 3264 8: whoever had more streams keeps them, refused. */
static void a_phone_with_video_goes_to_one_without(void **unused)
{
	const struct msg *m;
	struct addr media;
	struct rig r;
	struct talk t;
	struct dialog *dc;
	char *both;

	(void)unused;
	rig_open(&r, NULL);
	both = xasprintf("%sm=video 31000 RTP/AVP 34\r\n",
	                 peer_sdp(r.phone[P101], RTP_A, NULL));
	talk_dial_with(&t, &r, "102", P102, both);
	free(both);
	both = xasprintf("%sm=video 31002 RTP/AVP 34\r\n",
	                 peer_sdp(t.b, RTP_B, NULL));
	talk_answer_with(&t, both);
	talk_ack(&t);
	refer_to(t.b, t.db, "<sip:103@test.example>", NULL);
	is_accepted(t.b);
	dc = answers(r.phone[P103], peer_expect(r.phone[P103], "INVITE"));
	m = peer_expect(t.a, "INVITE");
	assert_true(msg_media(m, 1, &media));
	assert_int_equal(addr_port(&media), 0);
	free(both);
	both = xasprintf("%sm=video 0 RTP/AVP 34\r\n",
	                 peer_sdp(t.a, RTP_A, NULL));
	peer_reply(t.a, m, 200, "OK", NULL, both);
	peer_expect(t.a, "ACK");
	m = peer_expect(r.phone[P103], "ACK");
	assert_true(msg_media(m, 0, &media));
	assert_false(msg_media(m, 1, &media));
	hears(t.b, "SIP/2.0 200", true);
	is_hung_up(t.b);
	/* and so it is in what follows: hold by the one without */
	peer_in_dialog(r.phone[P103], dc, "INVITE", NULL,
	               peer_sdp(r.phone[P103], RTP_C, "sendonly"));
	m = peer_expect(t.a, "INVITE");
	assert_true(msg_media(m, 1, &media));
	peer_reply(t.a, m, 200, "OK", NULL, both);
	peer_expect(t.a, "ACK");
	m = peer_expect(r.phone[P103], "200 INVITE");
	assert_false(msg_media(m, 1, &media));
	peer_ack(r.phone[P103], m, NULL);
	settle(r.loop);
	free(both);
	hang_up(r.phone[P103], dc, t.a);
	rig_close(&r, 2);
}

/* The target left just when the other had agreed: back to what was. */
static void an_agreement_that_comes_too_late_is_taken_back(void **unused)
{
	struct rig r;
	struct talk t;
	const struct msg *m;
	struct dialog *dc;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	refer_to(t.a, t.da, "<sip:103@test.example>", NULL);
	is_accepted(t.a);
	dc = answers(r.phone[P103], peer_expect(r.phone[P103], "INVITE"));
	m = peer_expect(t.b, "INVITE");
	peer_bye(r.phone[P103], dc);
	peer_expect(r.phone[P103], "200 BYE");
	hears(t.a, "SIP/2.0 480", true);
	peer_reply(t.b, m, 200, "OK", NULL, peer_sdp(t.b, RTP_B, NULL));
	peer_expect(t.b, "ACK");
	takes_offer(t.b); /* of 101, as before */
	is_as_it_was(&t);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

/* --- refused ---------------------------------------------------------------- */

static void what_cannot_be_read_is_refused(void **unused)
{
	static const struct {
		const char *headers, *answer;
	} bad[] = {
		{ "Subject: none\r\n", "400 REFER" },
		{ "Refer-To: <sip:103@a>\r\nRefer-To: <sip:104@a>\r\n",
		  "400 REFER" },
		{ "Refer-To: <sip:103@a>\r\nr: <sip:104@a>\r\n", "400 REFER" },
		{ "Refer-To: <sip:103@a\r\n", "400 REFER" },
		{ "Refer-To: nonsense\r\n", "400 REFER" },
		{ "Refer-To: <http://example.com/>\r\n", "416 REFER" },
		{ "Refer-To: <sip:103@a?Route=%3Csip:x%3E>\r\n", "403 REFER" },
		{ "Refer-To: <sip:103@a;method=BYE>\r\n", "403 REFER" },
		{ "Refer-To: <sip:103@a?Replaces=x>\r\n", "400 REFER" },
		{ "Refer-To: <sip:test.example>\r\n", "404 REFER" },
		{ "Refer-To: <sip:103@a>\r\nRequire: join\r\n", "420 REFER" },
	};
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	for (size_t i = 0; i < NELEM(bad); i++) {
		peer_in_dialog(t.a, t.da, "REFER", bad[i].headers, NULL);
		peer_expect(t.a, bad[i].answer);
	}
	peer_expect_none(r.phone[P103]);
	is_as_it_was(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void outside_dialogs_nobody_may_refer(void **unused)
{
	struct peer_request rq = { .method = "REFER",
		                   .uri = "sip:102@test.example",
		                   .headers = "Refer-To: <sip:103@a>\r\n" };
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	peer_request(r.phone[P101], peer_dialog_new(r.phone[P101], rq.uri),
	             &rq);
	peer_expect(r.phone[P101], "405");
	rig_close(&r, 0);
}

static void a_carrier_may_not_refer(void **unused)
{
	const struct msg *invite, *ok;
	struct dialog *da, *db;
	struct rig r;
	struct peer *a, *b;

	(void)unused;
	rig_open(&r, NULL);
	a = r.phone[P101];
	b = r.carrier[0];
	da = peer_call(a, "91234567", peer_sdp(a, RTP_A, NULL));
	invite = peer_expect(b, "INVITE");
	assert_false(msg_header_has(invite, "Allow", "REFER"));
	assert_false(msg_header_has(invite, "Supported", "replaces"));
	ok = peer_reply(b, invite, 200, "OK", NULL, peer_sdp(b, RTP_B, NULL));
	db = peer_dialog(b, ok);
	ok = peer_expect(a, "200 INVITE");
	assert_true(msg_header_has(ok, "Allow", "REFER"));
	assert_true(msg_header_has(ok, "Supported", "replaces"));
	peer_ack(a, ok, NULL);
	peer_expect(b, "ACK");
	refer_to(b, db, "<sip:103@test.example>", NULL);
	peer_expect(b, "403 REFER");
	peer_expect_none(a);
	/* but it may be transferred */
	refer_to(a, da, "<sip:103@test.example>", NULL);
	is_accepted(a);
	invite = peer_expect(r.phone[P103], "INVITE");
	assert_true(msg_header_has(invite, "From", "sip:91234567@"));
	db = answers(r.phone[P103], invite);
	takes_offer(b);
	got_answer(r.phone[P103]);
	hears(a, "SIP/2.0 200", true);
	is_hung_up(a);
	hang_up(r.phone[P103], db, b);
	rig_close(&r, 2);
}

/* --- attended --------------------------------------------------------------- */

/* 101 talks to 102, holds it, and asks 103 first. */
struct trio {
	struct rig r;
	struct talk t;
	struct peer *a, *b, *c;
	struct dialog *ab, *b_a, *ac, *c_a;
};

static void consult(struct trio *x)
{
	const struct msg *ok;

	rig_open(&x->r, NULL);
	talk_up(&x->t, &x->r);
	x->a = x->t.a;
	x->b = x->t.b;
	x->c = x->r.phone[P103];
	x->ab = x->t.da;
	x->b_a = x->t.db;
	x->ac = peer_call(x->a, "103", peer_sdp(x->a, RTP_A + 10, NULL));
	ok = peer_reply(x->c, peer_expect(x->c, "INVITE"), 200, "OK", NULL,
	                peer_sdp(x->c, RTP_C, NULL));
	x->c_a = peer_dialog(x->c, ok);
	peer_ack(x->a, peer_expect(x->a, "200 INVITE"), NULL);
	peer_expect(x->c, "ACK");
	settle(x->r.loop);
}

/* As the one who holds the dialog names it to others. */
static char *naming(const struct dialog *d, const char *host)
{
	return xasprintf("<sip:103@%s?Replaces=%s%%3Bto-tag%%3D%s"
	                 "%%3Bfrom-tag%%3D%s&Require=replaces>",
	                 host, d->call_id, d->remote_tag, d->local_tag);
}

static void refer_to_dialog(struct peer *by, struct dialog *in,
                            const struct dialog *named)
{
	char *to = naming(named, "test.example");

	refer_to(by, in, to, NULL);
	free(to);
}

/* `offers` is asked for its offer, `takes` answers it. */
static void are_joined(struct peer *offers, struct peer *takes)
{
	const struct msg *m = peer_expect(offers, "INVITE");
	struct addr media;

	assert_int_equal(m->body_len, 0);
	peer_reply(offers, m, 200, "OK", NULL,
	           peer_sdp(offers, RTP_C, NULL));
	takes_offer(takes);
	m = peer_expect(offers, "ACK");
	assert_true(msg_media(m, 0, &media));
}

static void attended(bool to_the_second)
{
	struct trio x;

	consult(&x);
	refer_to_dialog(x.a, to_the_second ? x.ac : x.ab,
	                to_the_second ? x.ab : x.ac);
	is_accepted(x.a);
	if (to_the_second)
		are_joined(x.b, x.c);
	else
		are_joined(x.c, x.b);
	/* the news come first, or it would think that it failed */
	assert_true(msg_body_has(peer_expect(x.a, "NOTIFY"), "200"));
	is_hung_up(x.a);
	is_hung_up(x.a);
	reach(x.b, x.b_a, x.c);
	reach(x.c, x.c_a, x.b);
	hang_up(x.c, x.c_a, x.b);
	assert_record(&x.r, 0, "\"cause\":\"ATTENDED_TRANSFER\"");
	assert_record(&x.r, 0, "\"kind\":\"attended\"");
	assert_record(&x.r, 1, "\"kind\":\"attended\"");
	rig_close(&x.r, 2);
}

static void two_calls_of_one_phone_are_joined(void **unused)
{
	(void)unused;
	attended(false);
	attended(true);
}

static void after_asking_for_the_join_it_may_leave_both_calls(void **unused)
{
	const struct msg *m;
	struct trio x;

	(void)unused;
	consult(&x);
	refer_to_dialog(x.a, x.ab, x.ac);
	is_accepted(x.a);
	m = peer_expect(x.c, "INVITE");
	peer_bye(x.a, x.ab);
	peer_expect(x.a, "200 BYE");
	peer_bye(x.a, x.ac);
	peer_expect(x.a, "200 BYE");
	peer_expect_none(x.b);
	peer_expect_none(x.c);
	peer_reply(x.c, m, 200, "OK", NULL, peer_sdp(x.c, RTP_C, NULL));
	takes_offer(x.b);
	peer_expect(x.c, "ACK");
	peer_expect_none(x.a);
	reach(x.b, x.b_a, x.c);
	hang_up(x.b, x.b_a, x.c);
	rig_close(&x.r, 2);
}

static void ends_both(struct trio *x)
{
	hang_up(x->b, x->b_a, x->a);
	hang_up(x->c, x->c_a, x->a);
	rig_close(&x->r, 2);
}

static void a_join_that_is_refused_leaves_both_calls(void **unused)
{
	const struct msg *m;
	struct addr media;
	struct trio x;

	(void)unused;
	consult(&x);
	/* the first will not offer */
	refer_to_dialog(x.a, x.ab, x.ac);
	is_accepted(x.a);
	m = peer_expect(x.c, "INVITE");
	peer_reply(x.c, m, 488, "Not Acceptable Here", NULL, NULL);
	peer_expect(x.c, "ACK");
	hears(x.a, "SIP/2.0 488", true);
	/* the second does not like the offer: the first gets its answer of
	 * before */
	refer_to_dialog(x.a, x.ab, x.ac);
	peer_pick(x.a, "202 REFER");
	say_ok(x.a, peer_pick(x.a, "NOTIFY"));
	m = peer_expect(x.c, "INVITE");
	peer_reply(x.c, m, 200, "OK", NULL, peer_sdp(x.c, RTP_C, NULL));
	m = peer_expect(x.b, "INVITE");
	peer_reply(x.b, m, 488, "Not Acceptable Here", NULL, NULL);
	peer_expect(x.b, "ACK");
	assert_true(msg_media(peer_expect(x.c, "ACK"), 0, &media));
	hears(x.a, "SIP/2.0 488", true);
	reach(x.a, x.ab, x.b);
	reach(x.a, x.ac, x.c);
	ends_both(&x);
}

static void one_that_hangs_up_meanwhile_leaves_the_other_call(void **unused)
{
	const struct msg *m;
	struct trio x;

	(void)unused;
	consult(&x);
	refer_to_dialog(x.a, x.ab, x.ac);
	is_accepted(x.a);
	m = peer_expect(x.c, "INVITE");
	peer_reply(x.c, m, 100, "Trying", NULL, NULL);
	peer_bye(x.b, x.b_a);
	peer_expect(x.b, "200 BYE");
	hears(x.a, "SIP/2.0 4", true);
	is_hung_up(x.a);
	say_ok(x.c, peer_expect(x.c, "CANCEL"));
	/* too late: its offer is answered as before */
	peer_reply(x.c, m, 200, "OK", NULL, peer_sdp(x.c, RTP_C, NULL));
	assert_true(msg_body_has(peer_expect(x.c, "ACK"), "m=audio"));
	reach(x.a, x.ac, x.c);
	hang_up(x.c, x.c_a, x.a);
	rig_close(&x.r, 2);
}

static void both_ends_of_one_call_cannot_be_joined(void **unused)
{
	struct trio x;

	(void)unused;
	consult(&x);
	refer_to_dialog(x.a, x.ab, x.ab);
	peer_expect(x.a, "403 REFER");
	/* nor may one join others' calls */
	refer_to_dialog(x.b, x.b_a, x.ac);
	peer_expect(x.b, "403 REFER");
	ends_both(&x);
}

static void a_dialog_of_others_is_passed_on(void **unused)
{
	const struct msg *invite;
	struct trio x;

	(void)unused;
	consult(&x);
	refer_to(x.a, x.ab,
	         "<sip:104@test.example?Replaces=abc%40far.example"
	         "%3Bto-tag%3D1%3Bfrom-tag%3D2>", NULL);
	is_accepted(x.a);
	invite = peer_expect(x.r.phone[P104], "INVITE");
	assert_string_equal(msg_header(invite, "Replaces", 0),
	                    "abc@far.example;to-tag=1;from-tag=2");
	peer_reply(x.r.phone[P104], invite, 481, "No Such Dialog", NULL, NULL);
	peer_expect(x.r.phone[P104], "ACK");
	hears(x.a, "SIP/2.0 481", true);
	hang_up(x.b, x.b_a, x.a);
	hang_up(x.c, x.c_a, x.a);
	rig_close(&x.r, 3);
}

/* --- INVITE with Replaces --------------------------------------------------- */

static void call_with(struct peer *by, struct dialog **d, const char *header,
                      const char *value, const char *sdp)
{
	struct peer_request rq = { .method = "INVITE",
		                   .uri = "sip:102@test.example",
		                   .body = sdp };
	struct buf lines = { 0 };
	const struct msg *m;

	buf_fmt(&lines, "%s: %s\r\nRequire: replaces\r\n", header, value);
	*d = peer_dialog_new(by, rq.uri);
	rq.headers = lines.p;
	peer_request(by, *d, &rq);
	m = peer_expect(by, "407");
	peer_ack(by, m, NULL);
	peer_credentials(by, &lines, m, NULL, "INVITE", rq.uri);
	rq.headers = lines.p;
	peer_request(by, *d, &rq);
	buf_free(&lines);
}

static char *dialog_of(const struct dialog *d)
{
	return xasprintf("%s;to-tag=%s;from-tag=%s", d->call_id,
	                 d->remote_tag, d->local_tag);
}

static void another_phone_takes_a_call_over(void **unused)
{
	struct rig r;
	struct talk t;
	struct dialog *dc;
	struct peer *c;
	char *which;

	(void)unused;
	rig_open(&r, NULL);
	c = r.phone[P103];
	talk_up(&t, &r);
	which = dialog_of(t.db);
	call_with(c, &dc, "Replaces", which, peer_sdp(c, RTP_C, NULL));
	takes_offer(t.a);
	peer_ack(c, peer_expect(c, "200 INVITE"), NULL);
	is_hung_up(t.b);
	reach(t.a, t.da, c);
	reach(c, dc, t.a);
	hang_up(t.a, t.da, c);
	assert_record(&r, 0, "\"kind\":\"replaced\",\"by\":\"callee\"");
	free(which);
	rig_close(&r, 2);
}

static void it_may_leave_the_offer_to_the_other(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;
	struct dialog *dc;
	struct addr media;
	struct peer *c;
	char *which;

	(void)unused;
	rig_open(&r, NULL);
	c = r.phone[P103];
	talk_up(&t, &r);
	which = dialog_of(t.da);
	call_with(c, &dc, "Replaces", which, NULL);
	m = peer_expect(t.b, "INVITE");
	assert_int_equal(m->body_len, 0);
	peer_reply(t.b, m, 200, "OK", NULL, peer_sdp(t.b, RTP_B, NULL));
	m = peer_expect(c, "200 INVITE");
	assert_true(msg_media(m, 0, &media));
	is_hung_up(t.a);
	peer_ack(c, m, peer_sdp(c, RTP_C, NULL));
	assert_true(msg_media(peer_expect(t.b, "ACK"), 0, &media));
	reach(t.b, t.db, c);
	hang_up(c, dc, t.b);
	free(which);
	rig_close(&r, 2);
}

static void a_replacement_that_is_refused_changes_nothing(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;
	struct dialog *dc;
	struct peer *c;
	char *which;

	(void)unused;
	rig_open(&r, NULL);
	c = r.phone[P103];
	talk_up(&t, &r);
	which = dialog_of(t.db);
	call_with(c, &dc, "Replaces", which, peer_sdp(c, RTP_C, NULL));
	m = peer_expect(t.a, "INVITE");
	peer_reply(t.a, m, 488, "Not Acceptable Here", NULL, NULL);
	peer_expect(t.a, "ACK");
	peer_ack(c, peer_expect(c, "488"), NULL);
	is_as_it_was(&t);
	/* and the one who asks may give up */
	call_with(c, &dc, "Replaces", which, peer_sdp(c, RTP_C, NULL));
	m = peer_expect(t.a, "INVITE");
	peer_reply(t.a, m, 100, "Trying", NULL, NULL);
	peer_cancel(c, dc, NULL);
	peer_pick(c, "200 CANCEL");
	peer_ack(c, peer_pick(c, "487"), NULL);
	say_ok(t.a, peer_expect(t.a, "CANCEL"));
	peer_reply(t.a, m, 487, "Request Terminated", NULL, NULL);
	peer_expect(t.a, "ACK");
	is_as_it_was(&t);
	talk_end(&t, t.a);
	free(which);
	rig_close(&r, 3);
}

static void a_ringing_call_is_picked_up(void **unused)
{
	const struct msg *m, *ringing;
	struct rig r;
	struct talk t;
	struct dialog *d, *at_phone;
	struct peer *n;
	char *which;

	(void)unused;
	rig_open(&r, NULL);
	n = r.phone[P104];
	t = (struct talk){ .rig = &r, .a = r.phone[P101], .b = r.phone[P102] };
	t.da = peer_call(t.a, "200", peer_sdp(t.a, RTP_A, NULL));
	peer_expect(t.a, "180"); /* a group rings at once */
	t.invite = peer_expect(t.b, "INVITE");
	ringing = peer_reply(t.b, t.invite, 180, "Ringing", NULL, NULL);
	peer_reply(r.phone[P103], peer_expect(r.phone[P103], "INVITE"), 100,
	           "Trying", NULL, NULL);
	at_phone = peer_dialog(t.b, ringing);
	which = dialog_of(at_phone);
	call_with(n, &d, "Replaces", which, peer_sdp(n, RTP_C, NULL));
	m = peer_expect(n, "200 INVITE");
	assert_true(msg_body_has(m, "a=inactive"));
	peer_ack(n, m, NULL);
	peer_expect_none(t.b);
	/* now the caller's offer, whose answer is the callee's */
	takes_offer(n);
	m = give_way(t.b, t.invite);
	assert_true(msg_header_has(m, "Reason", "elsewhere"));
	say_ok(r.phone[P103], peer_expect(r.phone[P103], "CANCEL"));
	t.ok = peer_expect(t.a, "200 INVITE");
	assert_false(msg_body_has(t.ok, "a=inactive"));
	talk_ack(&t);
	reach(t.a, t.da, n);
	reach(n, d, t.a);
	hang_up(n, d, t.a);
	assert_record(&r, 0, "\"cause\":\"PICKED_OFF\"");
	assert_record(&r, 1, "\"kind\":\"pickup\"");
	free(which);
	rig_close(&r, 2);
}

static void who_answers_first_has_the_call(void **unused)
{
	const struct msg *ringing;
	struct rig r;
	struct talk t;
	struct dialog *d;
	struct peer *n;
	char *which;

	(void)unused;
	rig_open(&r, NULL);
	n = r.phone[P104];
	talk_dial(&t, &r, "102", P102);
	ringing = peer_reply(t.b, t.invite, 180, "Ringing", NULL, NULL);
	peer_expect(t.a, "180");
	which = dialog_of(peer_dialog(t.b, ringing));
	call_with(n, &d, "Replaces", which, peer_sdp(n, RTP_C, NULL));
	peer_ack(n, peer_expect(n, "200 INVITE"), NULL);
	talk_answer(&t);
	talk_ack(&t);
	is_hung_up(n);
	talk_end(&t, t.a);
	free(which);
	rig_close(&r, 2);
}

static void what_may_not_be_replaced_is_refused(void **unused)
{
	struct rig r;
	struct talk t, u;
	struct dialog *d;
	struct peer *n;
	char *which, *early;

	(void)unused;
	rig_open(&r, NULL);
	n = r.phone[P104];
	talk_up(&t, &r);
	which = dialog_of(t.db);
	early = xasprintf("%s;early-only", which);
	call_with(n, &d, "Replaces", "none;to-tag=1;from-tag=2",
	          peer_sdp(n, RTP_C, NULL));
	peer_ack(n, peer_expect(n, "481"), NULL);
	call_with(n, &d, "Replaces", early, peer_sdp(n, RTP_C, NULL));
	peer_ack(n, peer_expect(n, "486"), NULL);
	call_with(n, &d, "Replaces", "none", peer_sdp(n, RTP_C, NULL));
	peer_ack(n, peer_expect(n, "400"), NULL);
	call_with(n, &d, "Join", which, peer_sdp(n, RTP_C, NULL));
	peer_ack(n, peer_expect(n, "488"), NULL);
	call_with(n, &d, "Join", "none;to-tag=1;from-tag=2",
	          peer_sdp(n, RTP_C, NULL));
	peer_ack(n, peer_expect(n, "481"), NULL);
	/* a caller's own ringing call is not ours to replace */
	u = (struct talk){ .rig = &r, .a = r.phone[P103], .b = t.b };
	u.da = peer_call(u.a, "102", peer_sdp(u.a, RTP_C, NULL));
	u.invite = peer_expect(u.b, "INVITE");
	peer_reply(u.b, u.invite, 180, "Ringing", NULL, NULL);
	free(which);
	u.da = peer_dialog(u.a, peer_expect(u.a, "180"));
	which = dialog_of(u.da);
	call_with(n, &d, "Replaces", which, peer_sdp(n, RTP_C, NULL));
	peer_ack(n, peer_expect(n, "481"), NULL);
	peer_reply(u.b, u.invite, 486, "Busy Here", NULL, NULL);
	peer_expect(u.b, "ACK");
	peer_ack(u.a, peer_expect(u.a, "486"), NULL);
	talk_end(&t, t.a);
	free(which);
	free(early);
	rig_close(&r, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_caller_transfers_the_callee),
		cmocka_unit_test(the_callee_transfers_the_caller),
		cmocka_unit_test(the_one_who_asked_may_leave_at_once),
		cmocka_unit_test(after_leaving_a_failure_ends_the_other_side),
		cmocka_unit_test(a_busy_target_leaves_the_old_call),
		cmocka_unit_test(no_answer_leaves_the_old_call),
		cmocka_unit_test(a_number_nobody_has_is_told_so),
		cmocka_unit_test(the_one_transferred_hangs_up_while_it_rings),
		cmocka_unit_test(one_transfer_at_a_time),
		cmocka_unit_test(an_offer_that_is_refused_leaves_the_old_call),
		cmocka_unit_test(
		        the_target_hangs_up_before_the_other_has_agreed),
		cmocka_unit_test(offers_that_meet_are_made_again),
		cmocka_unit_test(who_wants_no_news_gets_none),
		cmocka_unit_test(a_subscription_that_is_gone_hears_no_more),
		cmocka_unit_test(a_phone_with_video_goes_to_one_without),
		cmocka_unit_test(
		        an_agreement_that_comes_too_late_is_taken_back),
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(outside_dialogs_nobody_may_refer),
		cmocka_unit_test(a_carrier_may_not_refer),
		cmocka_unit_test(two_calls_of_one_phone_are_joined),
		cmocka_unit_test(
		        after_asking_for_the_join_it_may_leave_both_calls),
		cmocka_unit_test(a_join_that_is_refused_leaves_both_calls),
		cmocka_unit_test(
		        one_that_hangs_up_meanwhile_leaves_the_other_call),
		cmocka_unit_test(both_ends_of_one_call_cannot_be_joined),
		cmocka_unit_test(a_dialog_of_others_is_passed_on),
		cmocka_unit_test(another_phone_takes_a_call_over),
		cmocka_unit_test(it_may_leave_the_offer_to_the_other),
		cmocka_unit_test(a_replacement_that_is_refused_changes_nothing),
		cmocka_unit_test(a_ringing_call_is_picked_up),
		cmocka_unit_test(who_answers_first_has_the_call),
		cmocka_unit_test(what_may_not_be_replaced_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
