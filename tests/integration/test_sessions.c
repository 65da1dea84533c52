/* Session timers (RFC 4028): each leg has its own, and nothing of it crosses
 * to the other. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/bench.h"
#include "support/rtp.h"
#include "support/warp.h"

#define TIMER      "Supported: timer\r\n"
#define TAKES_UPDATE "Allow: INVITE, ACK, CANCEL, BYE, UPDATE\r\n"
#define NO_UPDATE  "Allow: INVITE, ACK, CANCEL, BYE\r\n"

/* --- calls with headers ---------------------------------------------------- */

static struct dialog *invite(struct peer *a, const char *headers,
                             const char *sdp)
{
	struct dialog *d = peer_invite(a, "102", sdp);
	const struct msg *challenge = peer_expect(a, "407");
	struct peer_request rq = { .method = "INVITE",
		                   .uri = d->invite->uri,
		                   .body = sdp ? d->invite->body : NULL };
	struct buf all = { 0 };

	peer_ack(a, challenge, NULL);
	peer_credentials(a, &all, challenge, NULL, "INVITE", rq.uri);
	if (headers)
		buf_str(&all, headers);
	rq.headers = all.p;
	peer_request(a, d, &rq);
	buf_free(&all);
	return d;
}

/* 101 dials 102 with such headers, and 102 answers with such. */
static void up_at(struct talk *t, struct rig *r, const char *callers,
                  const char *callees, unsigned port)
{
	const struct msg *ok;

	*t = (struct talk){ .rig = r, .a = r->phone[P101],
		            .b = r->phone[P102] };
	t->da = invite(t->a, callers, peer_sdp(t->a, port, NULL));
	t->invite = peer_expect(t->b, "INVITE");
	ok = peer_reply(t->b, t->invite, 200, "OK", callees,
	                peer_sdp(t->b, RTP_B, NULL));
	t->db = peer_dialog(t->b, ok);
	t->ok = peer_expect(t->a, "200 INVITE");
	peer_expect(t->b, "ACK");
	talk_ack(t);
}

static void up(struct talk *t, struct rig *r, const char *callers,
               const char *callees)
{
	up_at(t, r, callers, callees, RTP_A);
}

static void says(const struct msg *m, const char *name, const char *value)
{
	const char *is = msg_header(m, name, 0);

	if (!is || strcmp(is, value) != 0)
		fail_msg("%s is '%s', not '%s':\n%s", name, is ? is : "none",
		         value, m->text);
}

static void says_nothing_of_timers(const struct msg *m)
{
	assert_int_equal(msg_count(m, "Session-Expires"), 0);
	assert_int_equal(msg_count(m, "Min-SE"), 0);
	assert_int_equal(msg_count(m, "Require"), 0);
}

static void nothing_comes(struct talk *t)
{
	peer_expect_none(t->a);
	peer_expect_none(t->b);
}

/* Both are told that the session has expired. */
static void both_are_told(struct talk *t)
{
	struct peer *both[] = { t->a, t->b };

	for (size_t i = 0; i < 2; i++) {
		const struct msg *bye = peer_expect(both[i], "BYE");

		assert_true(msg_header_has(bye, "Reason", "SIP;cause=408"));
		say_ok(both[i], bye);
	}
}

/* --- the caller's leg ------------------------------------------------------ */

static void a_caller_who_asks_for_too_little_gets_422(void **unused)
{
	const struct msg *no;
	struct dialog *d;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	d = peer_dialog_new(r.phone[P101], "102");
	peer_in_dialog(r.phone[P101], d, "INVITE",
	               TIMER "Session-Expires: 89\r\n",
	               peer_sdp(r.phone[P101], RTP_A, NULL));
	no = peer_expect(r.phone[P101], "422");
	says(no, "Min-SE", "90");
	peer_ack(r.phone[P101], no, NULL);
	/* who does not know timers cannot be told: a proxy asked */
	d = peer_dialog_new(r.phone[P101], "102");
	peer_in_dialog(r.phone[P101], d, "INVITE", "Session-Expires: 89\r\n",
	               peer_sdp(r.phone[P101], RTP_A, NULL));
	peer_ack(r.phone[P101], peer_expect(r.phone[P101], "407"), NULL);
	rig_close(&r, 0);
}

static void a_caller_who_knows_timers_gets_one(void **unused)
{
	static const struct {
		const char *asks, *gets;
		bool requires;
	} rows[] = {
		{ TIMER, "1800;refresher=uac", true },
		{ TIMER "Session-Expires: 600\r\n", "600;refresher=uac", true },
		{ TIMER "x: 600;refresher=uac\r\n", "600;refresher=uac", true },
		{ TIMER "Session-Expires: 600;refresher=uas\r\n",
		  "600;refresher=uas", true },
		{ TIMER "Session-Expires: 7200\r\nMin-SE: 3600\r\n",
		  "3600;refresher=uac", true },
		{ "Require: timer\r\nSession-Expires: 600\r\n",
		  "600;refresher=uac", true },
		{ "Session-Expires: 600\r\n", "600;refresher=uas", false },
	};
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(rows); i++) {
		up(&t, &r, rows[i].asks, NULL);
		says(t.ok, "Session-Expires", rows[i].gets);
		assert_true(msg_header_has(t.ok, "Supported", "timer"));
		assert_int_equal(msg_header_has(t.ok, "Require", "timer"),
		                 rows[i].requires);
		talk_end(&t, t.a);
	}
	rig_close(&r, NELEM(rows));
}

static void who_does_not_know_timers_has_none(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, NULL);
	says_nothing_of_timers(t.ok);
	warp_ms(r.loop, 100000);
	nothing_comes(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* The refresh is due after half of the time, every time. */
static const struct msg *refreshed_by(struct talk *t, struct peer *p,
                                      const char *method)
{
	const struct msg *m;

	warp_ms(t->rig->loop, 44000);
	nothing_comes(t);
	warp_ms(t->rig->loop, 1100);
	m = peer_expect(p, method);
	says(m, "Session-Expires", "90;refresher=uac");
	says(m, "Min-SE", "90");
	assert_true(msg_header_has(m, "Supported", "timer"));
	return m;
}

#define WE_REFRESH "Session-Expires: 90;refresher=uas\r\n"
#define OF_OURS    TIMER "Require: timer\r\n" \
	           "Session-Expires: 90;refresher=uac\r\n"
#define THEIRS     TIMER "Require: timer\r\n" \
	           "Session-Expires: 90;refresher=uas\r\n"

static void refresh_by_update(struct talk *t, struct peer *p)
{
	const struct msg *m;

	for (int i = 0; i < 3; i++) {
		m = refreshed_by(t, p, "UPDATE");
		assert_int_equal(m->body_len, 0);
		assert_int_equal(msg_count(m, "Contact"), 1);
		peer_reply(p, m, 200, "OK", OF_OURS, NULL);
	}
	nothing_comes(t);
}

static void the_caller_is_refreshed_by_update(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, TIMER TAKES_UPDATE WE_REFRESH, NULL);
	refresh_by_update(&t, t.a);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void the_callee_is_refreshed_by_update(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, TAKES_UPDATE OF_OURS);
	refresh_by_update(&t, t.b);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void refresh_by_reinvite(struct talk *t, struct peer *p,
                                const char *told, unsigned port)
{
	const struct msg *m;

	for (int i = 0; i < 3; i++) {
		m = refreshed_by(t, p, "INVITE");
		assert_string_equal(m->body, told);
		peer_reply(p, m, 200, "OK", OF_OURS, peer_sdp(p, port, NULL));
		peer_expect(p, "ACK");
	}
	nothing_comes(t);
}

static void the_caller_is_refreshed_by_reinvite(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, TIMER NO_UPDATE WE_REFRESH, NULL);
	refresh_by_reinvite(&t, t.a, t.ok->body, RTP_A);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void the_callee_is_refreshed_by_reinvite(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, NO_UPDATE OF_OURS);
	refresh_by_reinvite(&t, t.b, t.invite->body, RTP_B);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* --- the callee's leg ------------------------------------------------------ */

static void the_callee_is_asked_for_a_timer(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, TIMER "Session-Expires: 600;refresher=uac\r\n"
	                 "Min-SE: 300\r\n", NULL);
	says(t.invite, "Session-Expires", "1800");
	says(t.invite, "Min-SE", "90");
	assert_true(msg_header_has(t.invite, "Supported", "timer"));
	assert_int_equal(msg_count(t.invite, "Require"), 0);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_422_of_the_callee_is_answered_by_asking_for_more(void **unused)
{
	const struct msg *again;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	peer_reply(t.b, t.invite, 422, "Session Interval Too Small",
	           "Min-SE: 2400\r\n", NULL);
	peer_expect(t.b, "ACK");
	again = peer_expect(t.b, "INVITE");
	says(again, "Session-Expires", "2400");
	says(again, "Min-SE", "2400");
	says(again, "Call-ID", msg_header(t.invite, "Call-ID", 0));
	assert_int_equal(again->cseq, t.invite->cseq + 1);
	assert_string_equal(again->body, t.invite->body);
	t.invite = again;
	talk_answer(&t);
	talk_ack(&t);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_second_422_is_not_the_callers_affair(void **unused)
{
	const struct msg *no;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	peer_reply(t.b, t.invite, 422, "Too Small", "Min-SE: 2400\r\n", NULL);
	peer_expect(t.b, "ACK");
	peer_reply(t.b, peer_expect(t.b, "INVITE"), 422, "Too Small",
	           "Min-SE: 4800\r\n", NULL);
	peer_expect(t.b, "ACK");
	no = peer_expect(t.a, "500 INVITE");
	says_nothing_of_timers(no);
	peer_ack(t.a, no, NULL);
	rig_close(&r, 1);
}

/* --- a refresh that does not come ------------------------------------------ */

static void a_caller_who_does_not_refresh_ends_the_call(void **unused)
{
	char *record;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, TIMER "Session-Expires: 90\r\n", NULL);
	warp_ms(r.loop, 59000);
	nothing_comes(&t);
	warp_ms(r.loop, 1100);
	both_are_told(&t);
	record = rig_record(&r, 0);
	assert_non_null(strstr(record, "RECOVERY_ON_TIMER_EXPIRE"));
	free(record);
	rig_close(&r, 1);
}

static void a_callee_who_does_not_refresh_ends_the_call(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, THEIRS);
	warp_ms(r.loop, 59000);
	nothing_comes(&t);
	warp_ms(r.loop, 1100);
	both_are_told(&t);
	rig_close(&r, 1);
}

/* Ours, to a phone that has vanished. */
static void a_refresh_that_nobody_answers_ends_the_call(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, TAKES_UPDATE OF_OURS);
	refreshed_by(&t, t.b, "UPDATE");
	warp_ms(r.loop, 15000);
	both_are_told(&t);
	rig_close(&r, 1);
}

/* --- refreshes of theirs --------------------------------------------------- */

static void refreshes_by_update(struct talk *t, struct peer *p,
                                struct dialog *d)
{
	const struct msg *ok;

	for (int i = 0; i < 3; i++) {
		warp_ms(t->rig->loop, 50000);
		peer_in_dialog(p, d, "UPDATE",
		               TIMER "Session-Expires: 90;refresher=uac\r\n",
		               NULL);
		ok = peer_expect(p, "200 UPDATE");
		says(ok, "Session-Expires", "90;refresher=uac");
		says(ok, "Require", "timer");
		assert_int_equal(msg_count(ok, "Contact"), 1);
		assert_int_equal(ok->body_len, 0);
		nothing_comes(t); /* the other side is not bothered */
	}
	warp_ms(t->rig->loop, 60100);
	both_are_told(t);
}

static void an_update_of_the_caller_refreshes_its_leg(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, TIMER "Session-Expires: 90\r\n", NULL);
	refreshes_by_update(&t, t.a, t.da);
	rig_close(&r, 1);
}

static void an_update_of_the_callee_refreshes_its_leg(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, THEIRS);
	refreshes_by_update(&t, t.b, t.db);
	rig_close(&r, 1);
}

static void refreshes_by_offer(struct talk *t, struct peer *p,
                               struct dialog *d, const char *method)
{
	struct peer *other = p == t->a ? t->b : t->a;
	bool is_invite = strcmp(method, "INVITE") == 0;
	const struct msg *m, *ok;

	for (int i = 0; i < 3; i++) {
		warp_ms(t->rig->loop, 50000);
		peer_in_dialog(p, d, method,
		               TIMER "Session-Expires: 90;refresher=uac\r\n"
		                     "Content-Type: application/sdp\r\n",
		               peer_sdp(p, RTP_A, NULL));
		m = peer_expect(other, method);
		says_nothing_of_timers(m);
		peer_reply(other, m, 200, "OK",
		           "Content-Type: application/sdp\r\n",
		           peer_sdp(other, RTP_B, NULL));
		ok = peer_expect(p, "200");
		says(ok, "Session-Expires", "90;refresher=uac");
		says(ok, "Require", "timer");
		if (is_invite) {
			peer_ack(p, ok, NULL);
			peer_expect(other, "ACK");
		}
	}
	warp_ms(t->rig->loop, 59000);
	nothing_comes(t);
	warp_ms(t->rig->loop, 1100);
	both_are_told(t);
}

static void offers_of_both_sides_refresh_their_own_leg(void **unused)
{
	static const char *const methods[] = { "INVITE", "UPDATE" };
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(methods); i++) {
		up(&t, &r, TIMER "Session-Expires: 90\r\n", NULL);
		refreshes_by_offer(&t, t.a, t.da, methods[i]);
		up(&t, &r, NULL, THEIRS);
		refreshes_by_offer(&t, t.b, t.db, methods[i]);
	}
	rig_close(&r, 4);
}

/* Whatever of ours goes across is one, too: it asks for what holds. */
static void an_offer_that_goes_across_refreshes_both_legs(void **unused)
{
	const struct msg *m, *ok;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, TIMER "Session-Expires: 90\r\n", THEIRS);
	warp_ms(r.loop, 50000);
	peer_in_dialog(t.a, t.da, "INVITE", TIMER "Session-Expires: 120\r\n",
	               peer_sdp(t.a, RTP_A, "sendonly"));
	m = peer_expect(t.b, "INVITE");
	says(m, "Session-Expires", "90;refresher=uas");
	peer_reply(t.b, m, 200, "OK",
	           TIMER "Session-Expires: 90;refresher=uas\r\n",
	           peer_sdp(t.b, RTP_B, "recvonly"));
	ok = peer_expect(t.a, "200 INVITE");
	says(ok, "Session-Expires", "120;refresher=uac");
	peer_ack(t.a, ok, NULL);
	peer_expect(t.b, "ACK");
	warp_ms(r.loop, 59000);
	nothing_comes(&t);
	warp_ms(r.loop, 1100); /* the callee's is the shorter one */
	both_are_told(&t);
	rig_close(&r, 1);
}

/* A 422 to what goes across is between us and that side. */
static void a_422_to_an_offer_across_is_settled_here(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, THEIRS);
	for (int i = 0; i < 2; i++) {
		peer_in_dialog(t.a, t.da, "INVITE", NULL,
		               peer_sdp(t.a, RTP_A, "sendonly"));
		peer_reply(t.b, peer_expect(t.b, "INVITE"), 422, "Too Small",
		           i ? "Min-SE: 400\r\n" : "Min-SE: 300\r\n", NULL);
		peer_expect(t.b, "ACK");
		m = peer_expect(t.b, "INVITE");
		says(m, "Session-Expires",
		     i ? "400;refresher=uas" : "300;refresher=uas");
		assert_true(msg_body_has(m, "a=sendonly"));
		if (i == 0) {
			peer_reply(t.b, m, 200, "OK", THEIRS,
			           peer_sdp(t.b, RTP_B, "recvonly"));
			peer_expect(t.b, "ACK");
			peer_ack(t.a, peer_expect(t.a, "200 INVITE"), NULL);
			continue;
		}
		peer_reply(t.b, m, 422, "Too Small", "Min-SE: 500\r\n", NULL);
		peer_expect(t.b, "ACK");
		m = peer_expect(t.a, "500 INVITE");
		says_nothing_of_timers(m);
		peer_ack(t.a, m, NULL);
	}
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void too_little_in_a_refresh_is_422(void **unused)
{
	static const char *const methods[] = { "INVITE", "UPDATE" };
	const struct msg *no;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, TIMER "Session-Expires: 90\r\n", NULL);
	for (size_t i = 0; i < NELEM(methods); i++) {
		peer_in_dialog(t.b, t.db, methods[i],
		               TIMER "Session-Expires: 60\r\n",
		               i ? NULL : peer_sdp(t.b, RTP_B, NULL));
		no = peer_expect(t.b, "422");
		says(no, "Min-SE", "90");
		if (i == 0)
			peer_ack(t.b, no, NULL);
	}
	nothing_comes(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* --- answers to refreshes of ours ------------------------------------------ */

static void glare_is_tried_again(struct talk *t, struct peer *p, int64_t least,
                                 int64_t most)
{
	const struct msg *m = refreshed_by(t, p, "INVITE");
	int64_t since, waited;

	for (int i = 0; i < 3; i++) {
		peer_reply(p, m, 491, "Request Pending", NULL, NULL);
		peer_expect(p, "ACK");
		since = warp_now_ms();
		for (m = NULL; !m && warp_now_ms() < since + 4100;) {
			warp_ms(t->rig->loop, 10);
			m = peer_poll(p);
		}
		waited = warp_now_ms() - since;
		assert_non_null(m);
		assert_in_range(waited, least, most + 20);
		assert_string_equal(m->method, "INVITE");
	}
	peer_reply(p, m, 200, "OK", OF_OURS, peer_sdp(p, RTP_A, NULL));
	peer_expect(p, "ACK");
	warp_ms(t->rig->loop, 44000);
	nothing_comes(t);
}

static void a_refresh_of_ours_in_glare_is_tried_again(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, NO_UPDATE OF_OURS);
	glare_is_tried_again(&t, t.b, 2100, 4000); /* the Call-ID is ours */
	talk_end(&t, t.a);
	up(&t, &r, TIMER NO_UPDATE WE_REFRESH, NULL);
	glare_is_tried_again(&t, t.a, 0, 2000);
	talk_end(&t, t.b);
	rig_close(&r, 2);
}

/* Their re-INVITE meets ours. */
static void an_offer_that_meets_our_refresh_is_491(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, NO_UPDATE OF_OURS);
	m = refreshed_by(&t, t.b, "INVITE");
	peer_in_dialog(t.b, t.db, "INVITE", NULL, peer_sdp(t.b, RTP_B, NULL));
	peer_ack(t.b, peer_expect(t.b, "491"), NULL);
	/* the caller's cannot go across either, but a digit can */
	peer_in_dialog(t.a, t.da, "INVITE", NULL,
	               peer_sdp(t.a, RTP_A, "sendonly"));
	peer_ack(t.a, peer_expect(t.a, "491"), NULL);
	peer_in_dialog(t.a, t.da, "INFO",
	               "Content-Type: application/dtmf-relay\r\n",
	               "Signal=5\r\n");
	say_ok(t.b, peer_expect(t.b, "INFO"));
	peer_expect(t.a, "200 INFO");
	peer_reply(t.b, m, 200, "OK", OF_OURS, peer_sdp(t.b, RTP_B, NULL));
	peer_expect(t.b, "ACK");
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_refresh_waits_for_an_offer_that_is_open(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, NO_UPDATE OF_OURS);
	warp_ms(r.loop, 44500);
	peer_in_dialog(t.b, t.db, "INVITE", TIMER,
	               peer_sdp(t.b, RTP_B, "sendonly"));
	m = peer_expect(t.a, "INVITE");
	peer_reply(t.a, m, 100, "Trying", NULL, NULL);
	warp_ms(r.loop, 5000);
	nothing_comes(&t);
	peer_reply(t.a, m, 200, "OK", NULL, peer_sdp(t.a, RTP_A, "recvonly"));
	peer_expect(t.a, "ACK");
	m = peer_expect(t.b, "200 INVITE");
	says(m, "Session-Expires", "90;refresher=uas"); /* as before */
	peer_ack(t.b, m, NULL);
	refresh_by_reinvite(&t, t.b, m->body, RTP_B);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void an_update_that_is_not_known_becomes_a_reinvite(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, TAKES_UPDATE OF_OURS);
	m = refreshed_by(&t, t.b, "UPDATE");
	peer_reply(t.b, m, 501, "Not Implemented", NULL, NULL);
	m = peer_expect(t.b, "INVITE");
	assert_string_equal(m->body, t.invite->body);
	peer_reply(t.b, m, 200, "OK", OF_OURS, peer_sdp(t.b, RTP_B, NULL));
	peer_expect(t.b, "ACK");
	refresh_by_reinvite(&t, t.b, t.invite->body, RTP_B);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_422_to_our_refresh_asks_for_more(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, TIMER TAKES_UPDATE WE_REFRESH, NULL);
	m = refreshed_by(&t, t.a, "UPDATE");
	peer_reply(t.a, m, 422, "Too Small", "Min-SE: 200\r\n", NULL);
	m = peer_expect(t.a, "UPDATE");
	says(m, "Session-Expires", "200;refresher=uac");
	says(m, "Min-SE", "200");
	peer_reply(t.a, m, 200, "OK",
	           TIMER "Session-Expires: 200;refresher=uac\r\n", NULL);
	warp_ms(r.loop, 99000);
	nothing_comes(&t);
	warp_ms(r.loop, 1100);
	say_ok(t.a, peer_expect(t.a, "UPDATE")); /* and no timer any more */
	warp_ms(r.loop, 300000);
	nothing_comes(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_dialog_that_is_lost_ends_the_call(void **unused)
{
	static const int statuses[] = { 481, 408 };
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(statuses); i++) {
		up(&t, &r, NULL, TAKES_UPDATE OF_OURS);
		m = refreshed_by(&t, t.b, "UPDATE");
		peer_reply(t.b, m, statuses[i], "No", NULL, NULL);
		say_ok(t.a, peer_expect(t.a, "BYE"));
		say_ok(t.b, peer_expect(t.b, "BYE"));
		up(&t, &r, TIMER NO_UPDATE WE_REFRESH, NULL);
		m = refreshed_by(&t, t.a, "INVITE");
		peer_reply(t.a, m, statuses[i], "No", NULL, NULL);
		peer_expect(t.a, "ACK");
		say_ok(t.a, peer_expect(t.a, "BYE"));
		say_ok(t.b, peer_expect(t.b, "BYE"));
	}
	rig_close(&r, 4);
}

/* Refused in another way, it is tried until the end is near. */
static void a_refused_refresh_does_not_end_the_call_at_once(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;
	int tries = 1;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, TAKES_UPDATE OF_OURS);
	m = refreshed_by(&t, t.b, "UPDATE");
	peer_reply(t.b, m, 503, "Service Unavailable", NULL, NULL);
	for (int i = 0; i < 149; i++) {
		warp_ms(r.loop, 100);
		m = peer_poll(t.b);
		if (m && strcmp(m->method, "UPDATE") == 0) {
			peer_reply(t.b, m, 503, "No", NULL, NULL);
			tries++;
		} else if (m) {
			break;
		}
	}
	assert_in_range(tries, 3, 5);
	say_ok(t.b, m);
	assert_string_equal(m->method, "BYE");
	say_ok(t.a, peer_expect(t.a, "BYE"));
	rig_close(&r, 1);
}

/* --- what a refresh by re-INVITE offers ------------------------------------ */

static void a_refresh_offers_what_was_agreed_not_what_was_refused(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, NO_UPDATE OF_OURS);
	peer_in_dialog(t.a, t.da, "INVITE", NULL,
	               peer_sdp(t.a, RTP_A, "sendonly"));
	m = peer_expect(t.b, "INVITE");
	assert_true(msg_body_has(m, "a=sendonly"));
	peer_reply(t.b, m, 488, "Not Acceptable Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "488"), NULL);
	refresh_by_reinvite(&t, t.b, t.invite->body, RTP_B);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void is_heard(struct rtp *from, const struct addr *to,
                     struct rtp *by)
{
	rtp_send(from, to, 5);
	assert_int_equal(rtp_receive(by, 5), 5);
}

/* A phone may have moved meanwhile. */
static void the_answer_to_a_refresh_tells_where_media_goes(void **unused)
{
	const struct msg *m;
	struct addr server;
	struct rtp a, b;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	rtp_open(&a, "127.0.0.1", 0xa);
	rtp_open(&b, "127.0.0.1", 0xb);
	up_at(&t, &r, NULL, NO_UPDATE OF_OURS, rtp_port(&a));
	assert_true(msg_media(t.ok, 0, &server));
	m = refreshed_by(&t, t.b, "INVITE");
	peer_reply(t.b, m, 200, "OK", OF_OURS,
	           peer_sdp(t.b, rtp_port(&b), NULL));
	peer_expect(t.b, "ACK");
	nothing_comes(&t);
	media_flush(r.server->media);
	is_heard(&a, &server, &b);
	/* an answer of another shape is not taken for one */
	m = refreshed_by(&t, t.b, "INVITE");
	peer_reply(t.b, m, 200, "OK", OF_OURS,
	           "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
	           "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	           "m=audio 30000 RTP/AVP 0\r\nm=video 30004 RTP/AVP 96\r\n");
	peer_expect(t.b, "ACK");
	nothing_comes(&t);
	media_flush(r.server->media);
	is_heard(&a, &server, &b);
	talk_end(&t, t.b);
	rtp_close(&a);
	rtp_close(&b);
	rig_close(&r, 1);
}

static void a_bye_ends_a_refresh_that_is_open(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	up(&t, &r, NULL, NO_UPDATE OF_OURS);
	m = refreshed_by(&t, t.b, "INVITE");
	peer_bye(t.a, t.da);
	peer_expect(t.a, "200 BYE");
	say_ok(t.b, peer_expect(t.b, "BYE"));
	peer_reply(t.b, m, 487, "Request Terminated", NULL, NULL);
	peer_expect(t.b, "ACK");
	up(&t, &r, TIMER NO_UPDATE WE_REFRESH, NULL);
	m = refreshed_by(&t, t.a, "INVITE");
	peer_bye(t.b, t.db);
	peer_expect(t.b, "200 BYE");
	say_ok(t.a, peer_expect(t.a, "BYE"));
	/* too late, and all the same acknowledged */
	peer_reply(t.a, m, 200, "OK", OF_OURS, peer_sdp(t.a, RTP_A, NULL));
	peer_expect(t.a, "ACK");
	rig_close(&r, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_caller_who_asks_for_too_little_gets_422),
		cmocka_unit_test(a_caller_who_knows_timers_gets_one),
		cmocka_unit_test(who_does_not_know_timers_has_none),
		cmocka_unit_test(the_caller_is_refreshed_by_update),
		cmocka_unit_test(the_callee_is_refreshed_by_update),
		cmocka_unit_test(the_caller_is_refreshed_by_reinvite),
		cmocka_unit_test(the_callee_is_refreshed_by_reinvite),
		cmocka_unit_test(the_callee_is_asked_for_a_timer),
		cmocka_unit_test(
		        a_422_of_the_callee_is_answered_by_asking_for_more),
		cmocka_unit_test(a_second_422_is_not_the_callers_affair),
		cmocka_unit_test(a_caller_who_does_not_refresh_ends_the_call),
		cmocka_unit_test(a_callee_who_does_not_refresh_ends_the_call),
		cmocka_unit_test(a_refresh_that_nobody_answers_ends_the_call),
		cmocka_unit_test(an_update_of_the_caller_refreshes_its_leg),
		cmocka_unit_test(an_update_of_the_callee_refreshes_its_leg),
		cmocka_unit_test(offers_of_both_sides_refresh_their_own_leg),
		cmocka_unit_test(an_offer_that_goes_across_refreshes_both_legs),
		cmocka_unit_test(a_422_to_an_offer_across_is_settled_here),
		cmocka_unit_test(too_little_in_a_refresh_is_422),
		cmocka_unit_test(a_refresh_of_ours_in_glare_is_tried_again),
		cmocka_unit_test(an_offer_that_meets_our_refresh_is_491),
		cmocka_unit_test(a_refresh_waits_for_an_offer_that_is_open),
		cmocka_unit_test(an_update_that_is_not_known_becomes_a_reinvite),
		cmocka_unit_test(a_422_to_our_refresh_asks_for_more),
		cmocka_unit_test(a_dialog_that_is_lost_ends_the_call),
		cmocka_unit_test(
		        a_refused_refresh_does_not_end_the_call_at_once),
		cmocka_unit_test(
		        a_refresh_offers_what_was_agreed_not_what_was_refused),
		cmocka_unit_test(
		        the_answer_to_a_refresh_tells_where_media_goes),
		cmocka_unit_test(a_bye_ends_a_refresh_that_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
