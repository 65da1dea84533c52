/* A re-INVITE without an offer whose ACK brings no answer: the side that made
 * the offer is not left without one, and both end in the same state. */
#include "cmocka_all.h"

#include <string.h>

#include "integration/bench.h"
#include "support/warp.h"

struct view { /* of a call, by one of its sides */
	struct peer *me, *other;
	struct dialog *d, *other_d;
};

typedef void play_fn(struct rig *r, struct talk *t, struct view v);

static void both_ways(play_fn *play)
{
	struct rig r;
	struct talk t;

	rig_open(&r, NULL);
	for (int i = 0; i < 2; i++) {
		talk_up(&t, &r);
		play(&r, &t,
		     i ? (struct view){ t.b, t.a, t.db, t.da }
		       : (struct view){ t.a, t.b, t.da, t.db });
	}
	rig_close(&r, 2);
}

static unsigned port_of(const struct peer *p, const struct view *v)
{
	return p == v->me ? RTP_A : RTP_B;
}

/* `me` asks for an offer, which is this; it is acknowledged so. */
static const struct msg *offered(struct view v, const char *offer,
                                 const char *answer)
{
	const struct msg *m;

	peer_in_dialog(v.me, v.d, "INVITE", NULL, NULL);
	m = peer_expect(v.other, "INVITE");
	assert_int_equal(m->body_len, 0);
	peer_reply(v.other, m, 200, "OK", "Content-Type: application/sdp\r\n",
	           offer);
	peer_ack(v.me, peer_expect(v.me, "200 INVITE"), answer);
	return peer_expect(v.other, "ACK");
}

static void still_talks(struct talk *t, struct view v)
{
	peer_in_dialog(v.me, v.d, "INFO", NULL, NULL);
	say_ok(v.other, peer_expect(v.other, "INFO"));
	peer_expect(v.me, "200 INFO");
	talk_end(t, v.other);
}

static void play_empty(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *ack = offered(
	        v, peer_sdp(v.other, port_of(v.other, &v), NULL), NULL);
	struct addr media;

	(void)r;
	assert_true(msg_media(ack, 0, &media));
	assert_true(addr_port(&media) != 0);
	still_talks(t, v);
}

static void without_an_answer_what_stood_goes_on(void **unused)
{
	(void)unused;
	both_ways(play_empty);
}

static void play_nonsense(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *ack =
	        offered(v, peer_sdp(v.other, port_of(v.other, &v), NULL),
	                "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
	                "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	                "m=video 4000 RTP/AVP 96\r\n");
	struct addr media;

	(void)r;
	assert_true(msg_media(ack, 0, &media));
	still_talks(t, v);
}

static void an_answer_to_something_else_changes_nothing(void **unused)
{
	(void)unused;
	both_ways(play_nonsense);
}

static void both_are_over(struct view v)
{
	struct peer *both[] = { v.me, v.other };

	for (size_t i = 0; i < 2; i++) {
		const struct msg *bye = peer_expect(both[i], "BYE");

		assert_true(msg_header_has(bye, "Reason", "SIP;cause=488"));
		say_ok(both[i], bye);
	}
}

/* RFC 3264 6.1: what stood is sendrecv, no answer to a sendonly offer. */
static void play_hold(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *ack = offered(
	        v, peer_sdp(v.other, port_of(v.other, &v), "sendonly"), NULL);

	(void)r;
	(void)t;
	assert_int_equal(ack->body_len, 0);
	both_are_over(v);
}

static void where_what_stood_is_no_answer_the_call_ends(void **unused)
{
	(void)unused;
	both_ways(play_hold);
}

static void play_more(struct rig *r, struct talk *t, struct view v)
{
	const struct msg *ack =
	        offered(v,
	                "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
	                "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	                "m=audio 4000 RTP/AVP 0\r\n"
	                "m=video 4002 RTP/AVP 96\r\n"
	                "a=rtpmap:96 H264/90000\r\n",
	                NULL);

	(void)r;
	(void)t;
	assert_int_equal(ack->body_len, 0);
	both_are_over(v);
}

static void so_it_does_when_more_was_offered_than_stood(void **unused)
{
	(void)unused;
	both_ways(play_more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_an_answer_what_stood_goes_on),
		cmocka_unit_test(an_answer_to_something_else_changes_nothing),
		cmocka_unit_test(where_what_stood_is_no_answer_the_call_ends),
		cmocka_unit_test(so_it_does_when_more_was_offered_than_stood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
