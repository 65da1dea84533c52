/* What passes across an answered call: offers and answers end to end,
 * requests in their order, and nothing of the other side's topology. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/bench.h"
#include "support/warp.h"

/* The o= line's session and version. */
static void origin_of(const struct msg *m, unsigned long long out[2])
{
	const char *o = strstr(m->body, "\no=");

	assert_non_null(o);
	assert_int_equal(sscanf(o, "\no=%*s %llu %llu", &out[0], &out[1]), 2);
}

static const struct msg *reinvite(struct talk *t, struct peer *by,
                                  const char *sdp)
{
	struct peer *other = by == t->a ? t->b : t->a;

	peer_in_dialog(by, by == t->a ? t->da : t->db, "INVITE", NULL, sdp);
	return peer_expect(other, "INVITE");
}

/* The re-INVITE, its answer and the ACK; what came back to `by`. */
static const struct msg *renegotiate(struct talk *t, struct peer *by,
                                     const char *offer, const char *answer,
                                     const struct msg **passed)
{
	struct peer *other = by == t->a ? t->b : t->a;
	const struct msg *ok;

	*passed = reinvite(t, by, offer);
	peer_reply(other, *passed, 200, "OK", NULL, answer);
	ok = peer_expect(by, "200 INVITE");
	peer_ack(by, ok, NULL);
	peer_expect(other, "ACK");
	return ok;
}

static void hold_and_resume_by(struct talk *t, struct peer *by)
{
	struct peer *other = by == t->a ? t->b : t->a;
	unsigned long long offer[2], answer[2], offer2[2], answer2[2];
	const struct msg *passed, *ok;

	ok = renegotiate(t, by, peer_sdp(by, RTP_A, "sendonly"),
	                 peer_sdp(other, RTP_B, "recvonly"), &passed);
	assert_true(msg_body_has(passed, "a=sendonly"));
	assert_true(msg_body_has(ok, "a=recvonly"));
	origin_of(passed, offer);
	origin_of(ok, answer);
	ok = renegotiate(t, by, peer_sdp(by, RTP_A, "sendrecv"),
	                 peer_sdp(other, RTP_B, "sendrecv"), &passed);
	assert_true(msg_body_has(passed, "a=sendrecv"));
	assert_true(msg_body_has(ok, "a=sendrecv"));
	origin_of(passed, offer2);
	origin_of(ok, answer2);
	/* RFC 3264 8: the same session, the next version, in each leg */
	assert_true(offer2[0] == offer[0] && offer2[1] == offer[1] + 1);
	assert_true(answer2[0] == answer[0] && answer2[1] == answer[1] + 1);
	assert_true(offer[0] != answer[0]);
}

static void hold_and_resume_go_across_both_ways(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	hold_and_resume_by(&t, t.a);
	hold_and_resume_by(&t, t.b);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_call_is_held_by_an_address_of_zeros(void **unused)
{
	static const char zeros[] =
	        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
	        "c=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n";
	const struct msg *passed, *ok;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	ok = renegotiate(&t, t.a, zeros, peer_sdp(t.b, RTP_B, "inactive"),
	                 &passed);
	assert_true(msg_body_has(passed, "m=audio"));
	assert_false(msg_body_has(passed, "0.0.0.0"));
	assert_true(msg_body_has(ok, "a=inactive"));
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* field experience: a cached answer makes a silent call */
static void another_codec_is_agreed_end_to_end(void **unused)
{
	static const char offer[] =
	        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
	        "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	        "m=audio 30000 RTP/AVP 9 8\r\na=rtpmap:9 G722/8000\r\n";
	static const char answer[] =
	        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
	        "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	        "m=audio 30002 RTP/AVP 9\r\na=rtpmap:9 G722/8000\r\n";
	const struct msg *passed, *ok;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	ok = renegotiate(&t, t.b, offer, answer, &passed);
	assert_true(msg_body_has(passed, "RTP/AVP 9 8"));
	assert_true(msg_body_has(ok, "RTP/AVP 9\r\n"));
	assert_false(msg_body_has(ok, "PCMU"));
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_reinvite_without_offer_is_answered_in_the_ack(void **unused)
{
	const struct msg *passed, *ok, *ack;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	passed = reinvite(&t, t.a, NULL);
	assert_int_equal(passed->body_len, 0);
	peer_reply(t.b, passed, 200, "OK", NULL,
	           peer_sdp(t.b, RTP_B, "sendonly"));
	ok = peer_expect(t.a, "200 INVITE");
	assert_true(msg_body_has(ok, "a=sendonly"));
	peer_expect_none(t.b); /* the ACK brings the answer */
	peer_ack(t.a, ok, peer_sdp(t.a, RTP_A, "recvonly"));
	ack = peer_expect(t.b, "ACK");
	assert_true(msg_body_has(ack, "a=recvonly"));
	/* and the next one is possible */
	hold_and_resume_by(&t, t.b);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void reinvites_that_cross_are_both_refused_with_491(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.b, t.db, "INVITE", NULL,
	               peer_sdp(t.b, RTP_B, "inactive"));
	peer_in_dialog(t.a, t.da, "INVITE", NULL,
	               peer_sdp(t.a, RTP_A, "sendonly"));
	/* The first one has gone across, and meets 491 there too. */
	m = peer_pick(t.a, "INVITE");
	peer_reply(t.a, m, 491, "Request Pending", NULL, NULL);
	peer_pick(t.a, "ACK");
	peer_ack(t.a, peer_pick(t.a, "491"), NULL);
	peer_ack(t.b, peer_pick(t.b, "491"), NULL);
	hold_and_resume_by(&t, t.a);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* RFC 3261 14.2: the first one is not answered yet. */
static void a_second_reinvite_of_one_side_is_500_with_retry_after(void **unused)
{
	const struct msg *passed, *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	passed = reinvite(&t, t.a, peer_sdp(t.a, RTP_A, "sendonly"));
	peer_in_dialog(t.a, t.da, "INVITE", NULL,
	               peer_sdp(t.a, RTP_A, "sendrecv"));
	m = peer_expect(t.a, "500 INVITE");
	assert_non_null(msg_header(m, "Retry-After", 0));
	peer_ack(t.a, m, NULL);
	peer_reply(t.b, passed, 200, "OK", NULL,
	           peer_sdp(t.b, RTP_B, "recvonly"));
	m = peer_expect(t.a, "200 INVITE");
	assert_int_equal(m->cseq, passed ? t.da->cseq - 1 : 0);
	peer_ack(t.a, m, NULL);
	peer_expect(t.b, "ACK");
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_refused_reinvite_leaves_all_as_it_was(void **unused)
{
	static const char video[] =
	        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
	        "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	        "m=audio 30000 RTP/AVP 0\r\nm=video 30004 RTP/AVP 96\r\n";
	size_t before;
	const struct msg *passed;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	before = media_gauges(r.server->media).endpoints;
	passed = reinvite(&t, t.a, video);
	peer_reply(t.b, passed, 488, "Not Acceptable Here", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "488"), NULL);
	assert_int_equal(media_gauges(r.server->media).endpoints, before);
	hold_and_resume_by(&t, t.a);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_reinvite_can_be_withdrawn(void **unused)
{
	const struct msg *passed, *cancel;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	passed = reinvite(&t, t.a, peer_sdp(t.a, RTP_A, "sendonly"));
	peer_reply(t.b, passed, 100, "Trying", NULL, NULL);
	peer_cancel(t.a, t.da, NULL);
	peer_expect(t.a, "200 CANCEL");
	cancel = peer_expect(t.b, "CANCEL");
	say_ok(t.b, cancel);
	peer_reply(t.b, passed, 487, "Request Terminated", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "487 INVITE"), NULL);
	hold_and_resume_by(&t, t.a);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* The offer was accepted all the same: then that is what holds, here too. */
static void a_reinvite_withdrawn_too_late_is_in_force(void **unused)
{
	const struct msg *passed, *ok;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	passed = reinvite(&t, t.a, peer_sdp(t.a, RTP_A, "sendonly"));
	peer_reply(t.b, passed, 100, "Trying", NULL, NULL);
	peer_cancel(t.a, t.da, NULL);
	peer_expect(t.a, "200 CANCEL");
	say_ok(t.b, peer_expect(t.b, "CANCEL"));
	peer_reply(t.b, passed, 200, "OK", NULL,
	           peer_sdp(t.b, RTP_B, "recvonly"));
	peer_expect(t.b, "ACK");
	ok = peer_expect(t.a, "200 INVITE");
	assert_true(msg_body_has(ok, "a=recvonly"));
	peer_ack(t.a, ok, NULL);
	hold_and_resume_by(&t, t.b);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* The caller's ACK and the callee's re-INVITE cross. */
static void a_reinvite_before_the_callers_ack_may_be_tried_again(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_answer(&t);
	peer_in_dialog(t.b, t.db, "INVITE", NULL,
	               peer_sdp(t.b, RTP_B, "sendonly"));
	peer_ack(t.b, peer_expect(t.b, "491"), NULL);
	talk_ack(&t);
	hold_and_resume_by(&t, t.b);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_lost_ack_of_a_reinvite_ends_the_call(void **unused)
{
	const struct msg *passed;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	passed = reinvite(&t, t.a, peer_sdp(t.a, RTP_A, "sendonly"));
	peer_reply(t.b, passed, 200, "OK", NULL,
	           peer_sdp(t.b, RTP_B, "recvonly"));
	peer_expect(t.a, "200 INVITE");
	peer_expect(t.b, "ACK");
	warp_ms(r.loop, 33000);
	say_ok(t.a, peer_expect(t.a, "BYE"));
	say_ok(t.b, peer_expect(t.b, "BYE"));
	rig_close(&r, 1);
}

static void bye_ends_a_reinvite_that_is_open(void **unused)
{
	const struct msg *passed;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	passed = reinvite(&t, t.a, peer_sdp(t.a, RTP_A, "sendonly"));
	peer_bye(t.b, t.db);
	peer_expect(t.b, "200 BYE");
	peer_ack(t.a, peer_pick(t.a, "487 INVITE"), NULL);
	say_ok(t.a, peer_pick(t.a, "BYE"));
	peer_reply(t.b, passed, 487, "Request Terminated", NULL, NULL);
	peer_expect(t.b, "ACK");
	rig_close(&r, 1);
}

/* --- other requests ------------------------------------------------------ */

#define DTMF "Content-Type: application/dtmf-relay\r\n"

static void requests_go_across_with_their_bodies(void **unused)
{
	static const char *const methods[] = { "INFO", "MESSAGE", "FROBNICATE",
		                               "NOTIFY" };
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	for (size_t i = 0; i < NELEM(methods); i++) {
		peer_in_dialog(t.a, t.da, methods[i], DTMF, "Signal=5\r\n");
		m = peer_expect(t.b, methods[i]);
		assert_true(msg_body_has(m, "Signal=5"));
		assert_true(msg_header_has(m, "Content-Type",
		                           "application/dtmf-relay"));
		peer_reply(t.b, m, 202, "Accepted", NULL, NULL);
		peer_expect(t.a, "202");
		peer_in_dialog(t.b, t.db, methods[i], NULL, NULL);
		m = peer_expect(t.a, methods[i]);
		assert_int_equal(m->body_len, 0);
		peer_reply(t.a, m, 415, "Unsupported Media Type", NULL, NULL);
		peer_expect(t.b, "415");
	}
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_burst_of_digits_keeps_its_order(void **unused)
{
	static const char *const digits[] = { "1", "2", "3", "4" };
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	for (size_t i = 0; i < NELEM(digits); i++)
		peer_in_dialog(t.a, t.da, "INFO", DTMF, digits[i]);
	for (size_t i = 0; i < NELEM(digits); i++) {
		m = peer_expect(t.b, "INFO");
		assert_true(msg_body_has(m, digits[i]));
		say_ok(t.b, m);
		peer_expect(t.a, "200 INFO");
	}
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void digits_before_the_callers_ack_go_across(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_answer(&t);
	peer_in_dialog(t.b, t.db, "INFO", DTMF, "Signal=7\r\n");
	m = peer_expect(t.a, "INFO");
	say_ok(t.a, m);
	peer_expect(t.b, "200 INFO");
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_digit_and_a_reinvite_do_not_hinder_each_other(void **unused)
{
	const struct msg *passed, *info;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	passed = reinvite(&t, t.a, peer_sdp(t.a, RTP_A, "sendonly"));
	peer_in_dialog(t.b, t.db, "INFO", DTMF, "Signal=7\r\n");
	info = peer_expect(t.a, "INFO");
	say_ok(t.a, info);
	peer_expect(t.b, "200 INFO");
	peer_reply(t.b, passed, 200, "OK", NULL,
	           peer_sdp(t.b, RTP_B, "recvonly"));
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "200 INVITE"), NULL);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void what_the_server_answers_itself(void **unused)
{
	const struct msg *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.a, t.da, "OPTIONS", NULL, NULL);
	m = peer_expect(t.a, "200 OPTIONS");
	assert_true(msg_header_has(m, "Allow", "INVITE"));
	peer_in_dialog(t.b, t.db, "PUBLISH", NULL, NULL);
	m = peer_expect(t.b, "405 PUBLISH");
	assert_true(msg_header_has(m, "Allow", "INVITE"));
	peer_in_dialog(t.a, t.da, "INFO", "Require: frobs\r\n", NULL);
	m = peer_expect(t.a, "420 INFO");
	assert_true(msg_header_has(m, "Unsupported", "frobs"));
	peer_expect_none(t.b);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void a_challenge_in_the_dialog_stays_on_its_side(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.a, t.da, "INFO", DTMF, "Signal=7\r\n");
	peer_reply(t.b, peer_expect(t.b, "INFO"), 407,
	           "Proxy Authentication Required",
	           "Proxy-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n",
	           NULL);
	peer_expect(t.a, "403 INFO");
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

/* --- topology ------------------------------------------------------------ */

static const char odd_headers[] =
        "Record-Route: <sip:10.9.8.7;lr>\r\n"
        "X-Secret-Path: sip:10.9.8.7\r\n"
        "User-Agent: Secret/1.0 (10.9.8.7)\r\n"
        "Server: secret\r\n"
        "Organization: secret\r\n"
        "P-Asserted-Identity: <sip:secret@10.9.8.7>\r\n"
        "P-Preferred-Identity: <sip:secret@10.9.8.7>\r\n"
        "Remote-Party-ID: <sip:secret@10.9.8.7>\r\n"
        "Authorization: Digest realm=\"secret\"\r\n"
        "Supported: replaces, secret\r\n"
        "Session-Expires: 1800\r\n"
        "Min-SE: 90\r\n"
        "Reply-To: <sip:secret@10.9.8.7>\r\n"
        "In-Reply-To: secret@10.9.8.7\r\n"
        "Via: SIP/2.0/UDP 10.9.8.7;branch=z9hG4bKsecret\r\n"
        "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"
        "Timestamp: 54\r\n"
        "Subject: lunch\r\n"
        "Alert-Info: <http://example.org/ring.wav>\r\n"
        "User-to-User: 56a390f3d2b7310023a2;encoding=hex\r\n"
        "Diversion: <sip:555@example.org>;reason=no-answer\r\n"
        "Priority: urgent\r\n";

static const struct msg *call_with_headers(struct rig *r, const char *headers)
{
	struct peer *a = r->phone[P101];
	struct dialog *d = peer_invite(a, "102", peer_sdp(a, RTP_A, NULL));
	const struct msg *challenge = peer_expect(a, "407");
	struct peer_request rq = { .method = "INVITE",
		                   .uri = d->invite->uri,
		                   .body = d->invite->body };
	struct buf all = { 0 };

	peer_ack(a, challenge, NULL);
	peer_credentials(a, &all, challenge, NULL, "INVITE", rq.uri);
	buf_str(&all, headers);
	rq.headers = all.p;
	peer_request(a, d, &rq);
	buf_free(&all);
	return d->invite;
}

static void assert_shows_nothing(const struct msg *m, const struct msg *other,
                                 struct peer *peer)
{
	static const char *const crossing[] = { "Subject", "Alert-Info",
		                                "User-to-User", "Diversion",
		                                "Priority" };
	static const char *const own[] = { "Call-ID", "Contact" };
	char tag[128], theirs[128], host[ADDR_TEXT];
	struct addr there = peer_addr(peer);

	addr_ip_port(&there, host);
	assert_null(strcasestr(m->text, "secret"));
	assert_null(strstr(m->text, "10.9.8.7"));
	assert_null(strstr(m->text, host));
	for (size_t i = 0; i < NELEM(crossing); i++)
		if (msg_count(m, crossing[i]) != 1)
			fail_msg("%s did not cross:\n%s", crossing[i],
			         m->text);
	for (size_t i = 0; i < NELEM(own); i++)
		assert_string_not_equal(msg_header(m, own[i], 0),
		                        msg_header(other, own[i], 0));
	assert_string_not_equal(msg_tag(m, "From", tag),
	                        msg_tag(other, "From", theirs));
	assert_int_equal(msg_count(m, "Via"), 1);
	assert_int_equal(msg_count(m, "Route"), 0);
	assert_int_equal(msg_count(m, "Record-Route"), 0);
	assert_int_equal(msg_count(m, "Proxy-Authorization"), 0);
}

static void only_listed_headers_cross(void **unused)
{
	const struct msg *m, *sent, *ok;
	struct rig r;
	struct talk t = { 0 };

	(void)unused;
	rig_open(&r, NULL);
	t.rig = &r;
	t.a = r.phone[P101];
	t.b = r.phone[P102];
	sent = call_with_headers(&r, odd_headers);
	m = t.invite = peer_expect(t.b, "INVITE");
	assert_shows_nothing(m, sent, t.a);
	peer_reply(t.b, m, 486, "Secret Phrase",
	           "X-Secret: 1\r\nServer: secret\r\n"
	           "Warning: 399 10.9.8.7 \"secret\"\r\n",
	           NULL);
	peer_expect(t.b, "ACK");
	ok = peer_expect(t.a, "486");
	/* the caller's own Via comes back to it */
	assert_null(strstr(ok->text, "Secret"));
	assert_int_equal(msg_count(ok, "Server"), 0);
	assert_int_equal(msg_count(ok, "Warning"), 0);
	peer_ack(t.a, ok, NULL);
	rig_close(&r, 1);
}

static void answers_show_nothing_of_the_callee(void **unused)
{
	const struct msg *ring, *ok;
	char host[ADDR_TEXT];
	struct addr there;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	there = peer_addr(t.b);
	addr_ip_port(&there, host);
	peer_reply(t.b, t.invite, 180, "Secret", "X-Secret: 1\r\n", NULL);
	ring = peer_expect(t.a, "180");
	assert_null(strcasestr(ring->text, "secret"));
	assert_null(strstr(ring->text, host));
	peer_reply(t.b, t.invite, 200, "Secret",
	           "X-Secret: 1\r\nServer: secret\r\nRequire: secret\r\n"
	           "Session-Expires: 90\r\n",
	           peer_sdp(t.b, RTP_B, NULL));
	ok = t.ok = peer_expect(t.a, "200 INVITE");
	assert_null(strcasestr(ok->text, "secret"));
	assert_null(strstr(ok->text, host));
	assert_int_equal(msg_count(ok, "Session-Expires"), 0);
	t.db = peer_dialog(t.b, peer_expect(t.b, "ACK"));
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hold_and_resume_go_across_both_ways),
		cmocka_unit_test(a_call_is_held_by_an_address_of_zeros),
		cmocka_unit_test(another_codec_is_agreed_end_to_end),
		cmocka_unit_test(
		        a_reinvite_without_offer_is_answered_in_the_ack),
		cmocka_unit_test(
		        reinvites_that_cross_are_both_refused_with_491),
		cmocka_unit_test(
		        a_second_reinvite_of_one_side_is_500_with_retry_after),
		cmocka_unit_test(a_refused_reinvite_leaves_all_as_it_was),
		cmocka_unit_test(a_reinvite_can_be_withdrawn),
		cmocka_unit_test(a_reinvite_withdrawn_too_late_is_in_force),
		cmocka_unit_test(
		        a_reinvite_before_the_callers_ack_may_be_tried_again),
		cmocka_unit_test(a_lost_ack_of_a_reinvite_ends_the_call),
		cmocka_unit_test(bye_ends_a_reinvite_that_is_open),
		cmocka_unit_test(requests_go_across_with_their_bodies),
		cmocka_unit_test(a_burst_of_digits_keeps_its_order),
		cmocka_unit_test(digits_before_the_callers_ack_go_across),
		cmocka_unit_test(
		        a_digit_and_a_reinvite_do_not_hinder_each_other),
		cmocka_unit_test(what_the_server_answers_itself),
		cmocka_unit_test(a_challenge_in_the_dialog_stays_on_its_side),
		cmocka_unit_test(only_listed_headers_cross),
		cmocka_unit_test(answers_show_nothing_of_the_callee),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
