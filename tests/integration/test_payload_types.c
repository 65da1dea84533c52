/* Phones that give other payload types to the same codec: each hears and says
 * its own, and RTP crosses with the number changed. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/bench.h"
#include "support/rtp.h"

/* A phone that really sends. */
struct ear {
	struct peer *p;
	struct rtp rtp;
	struct addr to; /* the server's port for it */
	char *sdp;      /* said last */
};

static void ear_open(struct ear *e, struct peer *p, uint32_t ssrc)
{
	*e = (struct ear){ .p = p };
	rtp_open(&e->rtp, "127.0.0.1", ssrc);
}

static void ear_close(struct ear *e)
{
	rtp_close(&e->rtp);
	free(e->sdp);
}

/* PCMU and telephone-event with this number, and what is added to the m-line
 * and after it. */
static const char *events_and(struct ear *e, unsigned number,
                              const char *formats, const char *more)
{
	free(e->sdp);
	e->sdp = xasprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
	                   "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	                   "m=audio %u RTP/AVP 0 %u%s\r\n"
	                   "a=rtpmap:%u telephone-event/8000\r\n"
	                   "a=fmtp:%u 0-16\r\n%s",
	                   rtp_port(&e->rtp), number, formats, number, number,
	                   more);
	return e->sdp;
}

static void hears(struct ear *e, const struct msg *m)
{
	assert_true(msg_media(m, 0, &e->to));
}

/* It is told that events have this number. */
static void is_told(const struct msg *m, unsigned number)
{
	char line[64];

	snprintf(line, sizeof(line), "a=rtpmap:%u telephone-event/8000\r\n",
	         number);
	assert_true(msg_body_has(m, line));
	snprintf(line, sizeof(line), "a=fmtp:%u 0-16\r\n", number);
	assert_true(msg_body_has(m, line));
}

/* A digit's first packet (RFC 4733 2.3) with this number and the marker
 * arrives with that one, all else as it was. */
static void digit_goes(struct ear *from, struct ear *to, unsigned number,
                       unsigned want)
{
	unsigned char packet[16] = { 0x80, 0x80 | (unsigned char)number,
		                     0, 7, 0, 0, 0, 1, 0, 0, 0, 5,
		                     5, 10, 0, 160 };

	rtp_send_raw(&from->rtp, &from->to, packet, sizeof(packet));
	assert_int_equal(rtp_receive(&to->rtp, 1), 1);
	assert_int_equal(to->rtp.rx_type, 0x80 | want);
	assert_int_equal(to->rtp.rx_ssrc, 5);
}

static const char *events(struct ear *e, unsigned number)
{
	return events_and(e, number, "", "");
}

struct line {
	struct rig r;
	struct talk t;
	struct ear a, b, c; /* 101, 102, 103 */
};

static void line_open(struct line *l)
{
	rig_open(&l->r, NULL);
	ear_open(&l->a, l->r.phone[P101], 5);
	ear_open(&l->b, l->r.phone[P102], 5);
	ear_open(&l->c, l->r.phone[P103], 5);
}

static void line_close(struct line *l, size_t n_calls)
{
	ear_close(&l->a);
	ear_close(&l->b);
	ear_close(&l->c);
	rig_close(&l->r, n_calls);
}

static void dial(struct line *l, const char *offer)
{
	talk_dial_with(&l->t, &l->r, "102", P102, offer);
	if (offer)
		hears(&l->b, l->t.invite);
}

static void answer(struct line *l, const char *sdp)
{
	talk_answer_with(&l->t, sdp);
	hears(&l->a, l->t.ok);
	talk_ack(&l->t);
	media_flush(l->r.server->media);
}

static void the_callee_has_another_number(void **unused)
{
	struct line l;

	(void)unused;
	line_open(&l);
	dial(&l, events(&l.a, 101));
	is_told(l.t.invite, 101);
	answer(&l, events(&l.b, 96));
	is_told(l.t.ok, 101);
	digit_goes(&l.a, &l.b, 101, 96);
	digit_goes(&l.a, &l.b, 0, 0);
	digit_goes(&l.b, &l.a, 101, 101); /* as it was offered */
	digit_goes(&l.b, &l.a, 96, 101);  /* or as it receives */
	talk_end(&l.t, l.t.a);
	line_close(&l, 1);
}

/* RFC 3264 5.1: the answer to a late offer is in the ACK. */
static void a_late_offer_has_the_callees_number(void **unused)
{
	const struct msg *ack;
	struct line l;

	(void)unused;
	line_open(&l);
	dial(&l, NULL);
	l.t.db = peer_dialog(l.b.p, peer_reply(l.b.p, l.t.invite, 200, "OK",
	                                       NULL, events(&l.b, 96)));
	l.t.ok = peer_expect(l.a.p, "200 INVITE");
	is_told(l.t.ok, 96);
	hears(&l.a, l.t.ok);
	peer_ack(l.a.p, l.t.ok, events(&l.a, 101));
	ack = peer_expect(l.b.p, "ACK");
	is_told(ack, 96);
	hears(&l.b, ack);
	media_flush(l.r.server->media);
	digit_goes(&l.a, &l.b, 96, 96);
	digit_goes(&l.a, &l.b, 101, 96);
	digit_goes(&l.b, &l.a, 96, 101);
	talk_end(&l.t, l.t.a);
	line_close(&l, 1);
}

static void a_digit_crosses_before_the_answer_and_after(void **unused)
{
	const struct msg *early;
	struct line l;

	(void)unused;
	line_open(&l);
	dial(&l, events(&l.a, 101));
	peer_reply(l.b.p, l.t.invite, 183, "Session Progress", NULL,
	           events(&l.b, 96));
	early = peer_expect(l.a.p, "183");
	is_told(early, 101);
	hears(&l.a, early);
	media_flush(l.r.server->media);
	digit_goes(&l.a, &l.b, 101, 96);
	answer(&l, events(&l.b, 98));
	is_told(l.t.ok, 101);
	digit_goes(&l.a, &l.b, 101, 98);
	digit_goes(&l.b, &l.a, 98, 101);
	talk_end(&l.t, l.t.a);
	line_close(&l, 1);
}

/* One tells of a number early, the other answers with another. */
static void every_branch_of_a_fork_has_its_own(void **unused)
{
	const struct msg *second;
	struct line l;

	(void)unused;
	line_open(&l);
	l.t = (struct talk){ .rig = &l.r, .a = l.a.p, .b = l.c.p };
	l.t.da = peer_call(l.a.p, "200", events(&l.a, 101));
	peer_expect(l.a.p, "180"); /* the group rings at once */
	l.t.invite = peer_expect(l.b.p, "INVITE");
	second = peer_expect(l.c.p, "INVITE");
	is_told(second, 101);
	hears(&l.c, second);
	peer_reply(l.b.p, l.t.invite, 183, "Session Progress", NULL,
	           events(&l.b, 96));
	l.t.db = peer_dialog(l.c.p, peer_reply(l.c.p, second, 200, "OK", NULL,
	                                       events(&l.c, 110)));
	l.t.ok = peer_pick(l.a.p, "200 INVITE");
	is_told(l.t.ok, 101);
	hears(&l.a, l.t.ok);
	peer_expect(l.c.p, "ACK");
	give_way(l.b.p, l.t.invite);
	talk_ack(&l.t);
	media_flush(l.r.server->media);
	digit_goes(&l.a, &l.c, 101, 110);
	digit_goes(&l.c, &l.a, 110, 101);
	talk_end(&l.t, l.t.a);
	line_close(&l, 1);
}

/* An offer within the call; the one that it went to answers. */
static const struct msg *reoffer(struct line *l, struct ear *by,
                                 const char *offer, struct ear *to,
                                 const char *sdp, unsigned told)
{
	struct dialog *d = by == &l->a ? l->t.da : l->t.db;
	const struct msg *m, *ok;

	peer_in_dialog(by->p, d, "INVITE", NULL, offer);
	m = peer_expect(to->p, "INVITE");
	is_told(m, told);
	peer_reply(to->p, m, 200, "OK", NULL, sdp);
	ok = peer_expect(by->p, "200 INVITE");
	peer_ack(by->p, ok, NULL);
	peer_expect(to->p, "ACK");
	media_flush(l->r.server->media);
	return ok;
}

static void a_reinvite_keeps_the_numbers_of_both(void **unused)
{
	struct line l;

	(void)unused;
	line_open(&l);
	dial(&l, events(&l.a, 101));
	answer(&l, events(&l.b, 96));
	is_told(reoffer(&l, &l.b, events(&l.b, 96), &l.a, events(&l.a, 101),
	                101),
	        96);
	digit_goes(&l.a, &l.b, 101, 96);
	digit_goes(&l.b, &l.a, 96, 101);
	is_told(reoffer(&l, &l.a, events(&l.a, 101), &l.b, events(&l.b, 96),
	                96),
	        101);
	digit_goes(&l.a, &l.b, 101, 96);
	digit_goes(&l.b, &l.a, 96, 101);
	talk_end(&l.t, l.t.a);
	line_close(&l, 1);
}

static void a_refused_reinvite_changes_no_number(void **unused)
{
	struct line l;

	(void)unused;
	line_open(&l);
	dial(&l, events(&l.a, 101));
	answer(&l, events(&l.b, 96));
	peer_in_dialog(l.b.p, l.t.db, "INVITE", NULL, events(&l.b, 110));
	is_told(peer_expect(l.a.p, "INVITE"), 101);
	peer_reply(l.a.p, l.t.da->invite, 488, "Not Acceptable Here", NULL,
	           NULL);
	peer_expect(l.a.p, "ACK");
	peer_ack(l.b.p, peer_expect(l.b.p, "488"), NULL);
	media_flush(l.r.server->media);
	digit_goes(&l.a, &l.b, 101, 96);
	digit_goes(&l.b, &l.a, 96, 101);
	talk_end(&l.t, l.t.a);
	line_close(&l, 1);
}

/* RFC 3711 3.1: who changes the header of SRTP breaks it. */
static void srtp_passes_with_the_numbers_it_has(void **unused)
{
	char *sealed;
	struct line l;

	(void)unused;
	line_open(&l);
	sealed = xstrdup(events(&l.a, 101));
	memcpy(strstr(sealed, "RTP/AVP 0 101"), "RTP/SAVP 101 ", 13);
	dial(&l, sealed);
	free(sealed);
	sealed = xstrdup(events(&l.b, 96));
	memcpy(strstr(sealed, "RTP/AVP 0 96"), "RTP/SAVP 96 ", 12);
	answer(&l, sealed);
	free(sealed);
	is_told(l.t.ok, 96);
	digit_goes(&l.a, &l.b, 101, 101);
	digit_goes(&l.b, &l.a, 96, 96);
	talk_end(&l.t, l.t.a);
	line_close(&l, 1);
}

/* --- transfers ----------------------------------------------------------- */

/* 101 has agreed upon its numbers with 102, and goes on with 103, for whom 101
 * is opus and 102 is events. */
static void a_transferred_phone_keeps_its_numbers(void **unused)
{
	static const char opus[] = "a=rtpmap:101 opus/48000/2\r\n";
	const struct msg *m, *invite;
	struct dialog *dc;
	struct line l;

	(void)unused;
	line_open(&l);
	dial(&l, events(&l.a, 101));
	answer(&l, events(&l.b, 101));
	peer_in_dialog(l.b.p, l.t.db, "REFER",
	               "Refer-To: <sip:103@test.example>\r\n"
	               "Refer-Sub: false\r\nSupported: norefersub\r\n",
	               NULL);
	peer_expect(l.b.p, "202 REFER");
	invite = peer_expect(l.c.p, "INVITE");
	dc = peer_dialog(l.c.p, peer_reply(l.c.p, invite, 200, "OK", NULL,
	                                   events_and(&l.c, 102, " 101",
	                                              opus)));
	m = peer_expect(l.a.p, "INVITE");
	is_told(m, 101); /* events, as ever: RFC 3264 8.3.2 */
	assert_true(msg_body_has(m, "RTP/AVP 0 101 127\r\n"));
	assert_true(msg_body_has(m, "a=rtpmap:127 opus/48000/2\r\n"));
	hears(&l.a, m);
	peer_reply(l.a.p, m, 200, "OK", NULL,
	           events_and(&l.a, 101, " 127",
	                      "a=rtpmap:127 opus/48000/2\r\n"));
	peer_expect(l.a.p, "ACK");
	m = peer_expect(l.c.p, "ACK");
	is_told(m, 102);
	assert_true(msg_body_has(m, opus));
	hears(&l.c, m);
	say_ok(l.b.p, peer_pick(l.b.p, "BYE"));
	media_flush(l.r.server->media);
	digit_goes(&l.a, &l.c, 101, 102);
	digit_goes(&l.c, &l.a, 102, 101);
	digit_goes(&l.a, &l.c, 127, 101);
	digit_goes(&l.c, &l.a, 101, 127);
	peer_bye(l.c.p, dc);
	say_ok(l.a.p, peer_expect(l.a.p, "BYE"));
	peer_expect(l.c.p, "200 BYE");
	line_close(&l, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_callee_has_another_number),
		cmocka_unit_test(a_late_offer_has_the_callees_number),
		cmocka_unit_test(a_digit_crosses_before_the_answer_and_after),
		cmocka_unit_test(every_branch_of_a_fork_has_its_own),
		cmocka_unit_test(a_reinvite_keeps_the_numbers_of_both),
		cmocka_unit_test(a_refused_reinvite_changes_no_number),
		cmocka_unit_test(srtp_passes_with_the_numbers_it_has),
		cmocka_unit_test(a_transferred_phone_keeps_its_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
