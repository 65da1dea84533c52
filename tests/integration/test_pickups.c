/* A phone takes a call that rings at another one (RFC 3891), with
 * or without an offer of its own. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/bench.h"
#include "support/warp.h"

#define RTP_C 30004

/* --- rigging ---------------------------------------------------------------- */

/* A request with credentials. */
static struct dialog *proved(struct peer *by, const char *method,
                             const char *headers, const char *sdp)
{
	struct peer_request rq = { .method = method,
		                   .uri = "sip:102@test.example",
		                   .headers = headers,
		                   .body = sdp };
	struct dialog *d = peer_dialog_new(by, rq.uri);
	struct buf lines = { 0 };
	const struct msg *m;

	peer_request(by, d, &rq);
	m = peer_expect(by, "407");
	if (strcmp(method, "INVITE") == 0)
		peer_ack(by, m, NULL);
	peer_credentials(by, &lines, m, NULL, method, rq.uri);
	buf_str(&lines, headers);
	rq.headers = lines.p;
	peer_request(by, d, &rq);
	buf_free(&lines);
	return d;
}

static struct dialog *take(struct peer *by, const char *call_id,
                           const char *to_tag, const char *from_tag,
                           const char *sdp)
{
	char *line = xasprintf("Replaces: %s;to-tag=%s;from-tag=%s\r\n"
	                       "Require: replaces\r\n",
	                       call_id, to_tag, from_tag);
	struct dialog *d = proved(by, "INVITE", line, sdp);

	free(line);
	return d;
}

/* 101 dials 102, which rings; the dialog as 102 has it. */
static struct dialog *ring(struct talk *t, struct rig *r, const char *sdp)
{
	const struct msg *ringing;

	*t = (struct talk){ .rig = r, .a = r->phone[P101],
		            .b = r->phone[P102] };
	t->da = peer_call(t->a, "102", sdp);
	t->invite = peer_expect(t->b, "INVITE");
	ringing = peer_reply(t->b, t->invite, 180, "Ringing", NULL, NULL);
	peer_expect(t->a, "180");
	return peer_dialog(t->b, ringing);
}

static void hang_up(struct peer *by, struct dialog *d, struct peer *other)
{
	peer_bye(by, d);
	say_ok(other, peer_expect(other, "BYE"));
	peer_expect(by, "200 BYE");
}

static void reach(struct peer *by, struct dialog *d, struct peer *other)
{
	peer_in_dialog(by, d, "INFO", NULL, NULL);
	say_ok(other, peer_expect(other, "INFO"));
	peer_expect(by, "200 INFO");
}

/* The 2xx to the one who picks up, whose media still rests. */
static const struct msg *has_it(struct peer *n, struct talk *t)
{
	const struct msg *m = peer_expect(n, "200 INVITE");
	struct addr media;

	assert_true(msg_body_has(m, "a=inactive"));
	assert_true(msg_media(m, 0, &media));
	peer_expect_none(t->b);
	return m;
}

/* ... which gets the caller's offer; its answer is the one the caller gets. */
static void speaks(struct peer *n, struct talk *t)
{
	const struct msg *m = peer_expect(n, "INVITE");
	struct addr media;

	assert_true(msg_media(m, 0, &media));
	assert_false(msg_body_has(m, "a=inactive"));
	peer_reply(n, m, 200, "OK", NULL, peer_sdp(n, RTP_C, NULL));
	peer_expect(n, "ACK");
	assert_true(msg_header_has(give_way(t->b, t->invite), "Reason",
	                           "elsewhere"));
	t->ok = peer_expect(t->a, "200 INVITE");
	assert_false(msg_body_has(t->ok, "a=inactive"));
	talk_ack(t);
}

static void ends_well(struct talk *t, struct peer *n, struct dialog *d)
{
	reach(t->a, t->da, n);
	reach(n, d, t->a);
	hang_up(n, d, t->a);
	rig_close(t->rig, 2);
}

/* --- late offers ------------------------------------------------------------ */

static void who_picks_up_may_leave_the_offer_to_us(void **unused)
{
	struct dialog *at_phone, *d;
	struct rig r;
	struct talk t;
	struct peer *n;

	(void)unused;
	rig_open(&r, NULL);
	n = r.phone[P104];
	at_phone = ring(&t, &r, peer_sdp(r.phone[P101], RTP_A, NULL));
	d = take(n, at_phone->call_id, at_phone->remote_tag,
	         at_phone->local_tag, NULL);
	peer_ack(n, has_it(n, &t), peer_sdp(n, RTP_C, "inactive"));
	speaks(n, &t);
	ends_well(&t, n, d);
}

static void an_ack_without_an_answer_hurts_nobody(void **unused)
{
	struct dialog *at_phone, *d;
	struct rig r;
	struct talk t;
	struct peer *n;

	(void)unused;
	rig_open(&r, NULL);
	n = r.phone[P104];
	at_phone = ring(&t, &r, peer_sdp(r.phone[P101], RTP_A, NULL));
	d = take(n, at_phone->call_id, at_phone->remote_tag,
	         at_phone->local_tag, NULL);
	peer_ack(n, has_it(n, &t), NULL);
	speaks(n, &t);
	ends_well(&t, n, d);
}

/* The caller has made no offer: it gets that of the one who picks up, and its
 * ACK brings the answer. */
static void late(const char *offer_of_n)
{
	struct dialog *at_phone, *d;
	const struct msg *m;
	struct rig r;
	struct talk t;
	struct addr media;
	struct peer *n;

	rig_open(&r, NULL);
	n = r.phone[P104];
	at_phone = ring(&t, &r, NULL);
	d = take(n, at_phone->call_id, at_phone->remote_tag,
	         at_phone->local_tag,
	         offer_of_n ? peer_sdp(n, RTP_C, NULL) : NULL);
	m = has_it(n, &t);
	peer_ack(n, m, offer_of_n ? NULL : peer_sdp(n, RTP_C, "inactive"));
	m = peer_expect(n, "INVITE");
	assert_int_equal(m->body_len, 0);
	peer_reply(n, m, 200, "OK", NULL, peer_sdp(n, RTP_C, NULL));
	give_way(t.b, t.invite);
	t.ok = peer_expect(t.a, "200 INVITE");
	assert_true(msg_media(t.ok, 0, &media));
	peer_ack(t.a, t.ok, peer_sdp(t.a, RTP_A, NULL));
	assert_true(msg_media(peer_expect(n, "ACK"), 0, &media));
	ends_well(&t, n, d);
}

static void a_caller_without_an_offer_gets_that_of_who_picks_up(void **unused)
{
	(void)unused;
	late("an offer");
}

static void even_when_that_one_made_none_either(void **unused)
{
	(void)unused;
	late(NULL);
}

static void who_picks_up_without_an_offer_may_come_too_late(void **unused)
{
	struct dialog *at_phone;
	struct rig r;
	struct talk t;
	struct peer *n;

	(void)unused;
	rig_open(&r, NULL);
	n = r.phone[P104];
	at_phone = ring(&t, &r, peer_sdp(r.phone[P101], RTP_A, NULL));
	take(n, at_phone->call_id, at_phone->remote_tag, at_phone->local_tag,
	     NULL);
	peer_ack(n, has_it(n, &t), peer_sdp(n, RTP_C, "inactive"));
	talk_answer(&t);
	talk_ack(&t);
	say_ok(n, peer_pick(n, "BYE"));
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_picks_up_may_leave_the_offer_to_us),
		cmocka_unit_test(an_ack_without_an_answer_hurts_nobody),
		cmocka_unit_test(
		        a_caller_without_an_offer_gets_that_of_who_picks_up),
		cmocka_unit_test(even_when_that_one_made_none_either),
		cmocka_unit_test(
		        who_picks_up_without_an_offer_may_come_too_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
