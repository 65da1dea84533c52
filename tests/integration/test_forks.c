/* Several phones ring at once: in every order of what they say, the first 2xx
 * is the call, and everybody else is let go as RFC 3261 asks. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/bench.h"
#include "support/warp.h"

#define ELSEWHERE "SIP;cause=200;text=\"Call completed elsewhere\""

/* What one phone does with its INVITE. */
enum act { RINGS, ANSWERS, BUSY, DECLINES, SILENT, N_ACTS };
/* What a phone that rings does with its CANCEL. */
enum loser { GIVES_WAY, ANSWERS_ANYWAY, N_LOSERS };

struct scene { /* who acts in which order */
	size_t n;
	size_t order[3];
	enum act act[3]; /* by phone */
	enum loser loser;
};

struct play {
	struct rig *rig;
	const struct scene *scene;
	struct peer *caller, *phone[3];
	struct dialog *call;
	const struct msg *invite[3];
	bool rang[3];
	int winner; /* -1: none yet */
};

static const char *const act_names[] = { "rings", "answers", "is busy",
	                                 "declines", "says nothing" };

static void name_scene(const struct scene *s, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%zu %s",
		                      i ? ", " : "", s->order[i] + 102,
		                      act_names[s->act[s->order[i]]]);
	if (n < size)
		snprintf(out + n, size - n, "; losers %s",
		         s->loser == GIVES_WAY ? "give way" : "answer");
}

/* A 2xx that is not the call: ACK, then BYE, in that order. */
static void answer_too_late(struct peer *p, const struct msg *invite,
                            bool is_elsewhere)
{
	const struct msg *bye;

	peer_reply(p, invite, 200, "OK", NULL, peer_sdp(p, RTP_B, NULL));
	assert_int_equal(peer_expect(p, "ACK")->cseq, invite->cseq);
	bye = peer_expect(p, "BYE");
	assert_int_equal(msg_header_has(bye, "Reason", ELSEWHERE),
	                 is_elsewhere);
	say_ok(p, bye);
}

static void lose(struct play *y, size_t i, bool is_elsewhere)
{
	struct peer *p = y->phone[i];
	const struct msg *cancel = peer_expect(p, "CANCEL");

	assert_int_equal(msg_header_has(cancel, "Reason", ELSEWHERE),
	                 is_elsewhere);
	say_ok(p, cancel);
	if (y->scene->loser == ANSWERS_ANYWAY) {
		answer_too_late(p, y->invite[i], is_elsewhere);
	} else {
		peer_reply(p, y->invite[i], 487, "Request Terminated", NULL,
		           NULL);
		peer_expect(p, "ACK");
	}
}

static void win(struct play *y, size_t i)
{
	const struct msg *ok;

	peer_reply(y->phone[i], y->invite[i], 200, "OK", NULL,
	           peer_sdp(y->phone[i], RTP_B, NULL));
	ok = peer_expect(y->caller, "200 INVITE");
	peer_ack(y->caller, ok, NULL);
	peer_expect(y->phone[i], "ACK");
	y->winner = (int)i;
	for (size_t k = 0; k < y->scene->n; k++)
		if (k != i && y->rang[k])
			lose(y, k, true);
}

static void act_now(struct play *y, size_t i)
{
	struct peer *p = y->phone[i];
	bool is_over = y->winner >= 0;

	switch (y->scene->act[i]) {
	case RINGS:
		peer_reply(p, y->invite[i], 180, "Ringing", NULL, NULL);
		y->rang[i] = true;
		if (is_over) /* the CANCEL waited for this */
			lose(y, i, true);
		return;
	case ANSWERS:
		if (is_over)
			answer_too_late(p, y->invite[i], true);
		else
			win(y, i);
		return;
	case BUSY:
		peer_reply(p, y->invite[i], 486, "Busy Here", NULL, NULL);
		peer_expect(p, "ACK");
		return;
	case DECLINES:
		peer_reply(p, y->invite[i], 603, "Decline", NULL, NULL);
		peer_expect(p, "ACK");
		return;
	default:
		return;
	}
}

static bool does_anybody(const struct scene *s, enum act a)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->act[i] == a)
			return true;
	return false;
}

/* Nobody answered: the best answer when all have one, else the group's
 * time-out. */
static void nobody_wins(struct play *y)
{
	const struct scene *s = y->scene;
	const char *want = does_anybody(s, DECLINES) ? "603" : "486";

	if (does_anybody(s, RINGS) || does_anybody(s, SILENT)) {
		peer_expect_none(y->caller);
		warp_ms(y->rig->loop, 30000);
		want = "480";
	}
	peer_ack(y->caller, peer_expect(y->caller, want), NULL);
	for (size_t i = 0; i < s->n; i++)
		if (y->rang[i])
			lose(y, i, false);
}

static void hang_up(struct play *y)
{
	struct peer *p = y->phone[y->winner];

	peer_bye(y->caller, y->call);
	say_ok(p, peer_expect(p, "BYE"));
	peer_expect(y->caller, "200 BYE");
}

static void play(struct rig *r, const struct scene *s)
{
	struct play y = { .rig = r, .scene = s, .winner = -1,
		          .caller = r->phone[P101] };

	buf_clear(&r->trace);
	y.call = peer_call(y.caller, s->n == 2 ? "200" : "300",
	                   peer_sdp(y.caller, RTP_A, NULL));
	peer_expect(y.caller, "180"); /* a group rings at once */
	for (size_t i = 0; i < s->n; i++) {
		y.phone[i] = r->phone[P102 + i];
		y.invite[i] = peer_expect(y.phone[i], "INVITE");
	}
	for (size_t i = 0; i < s->n; i++)
		act_now(&y, s->order[i]);
	if (y.winner < 0)
		nobody_wins(&y);
	else
		hang_up(&y);
	peer_expect_none(y.caller);
	for (size_t i = 0; i < s->n; i++)
		peer_expect_none(y.phone[i]);
}

static void play_loudly(struct rig *r, const struct scene *s)
{
	char name[160];

	name_scene(s, name, sizeof(name));
	if (getenv("BENCH_SCENES"))
		print_message("%s\n", name);
	buf_fmt(&r->trace, "==== %s\n", name);
	play(r, s);
}

static void two_phones_in_every_order(void **unused)
{
	struct scene s = { .n = 2 };
	struct rig r;
	size_t n = 0;

	(void)unused;
	rig_open(&r, NULL);
	for (unsigned k = 0; k < N_ACTS * N_ACTS * 2 * N_LOSERS; k++) {
		s.act[0] = k % N_ACTS;
		s.act[1] = k / N_ACTS % N_ACTS;
		s.order[0] = k / (N_ACTS * N_ACTS) % 2;
		s.order[1] = 1 - s.order[0];
		s.loser = k / (N_ACTS * N_ACTS * 2);
		play_loudly(&r, &s);
		n++;
	}
	rig_close(&r, n);
}

static void three_phones_in_every_order(void **unused)
{
	static const size_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 },
		                            { 1, 0, 2 }, { 1, 2, 0 },
		                            { 2, 0, 1 }, { 2, 1, 0 } };
	enum { N = SILENT }; /* two phones have shown silence */
	struct scene s = { .n = 3 };
	struct rig r;
	size_t n = 0;

	(void)unused;
	rig_open(&r, NULL);
	for (unsigned k = 0; k < N * N * N * NELEM(orders); k++) {
		s.act[0] = k % N;
		s.act[1] = k / N % N;
		s.act[2] = k / (N * N) % N;
		memcpy(s.order, orders[k / (N * N * N)], sizeof(s.order));
		s.loser = k % N_LOSERS;
		play_loudly(&r, &s);
		n++;
	}
	rig_close(&r, n);
}

/* --- late ---------------------------------------------------------------- */

struct pair { /* 101 rang 102 and 103; 102 has answered */
	struct rig *rig;
	struct talk talk;          /* with 102 */
	struct peer *loser;        /* 103 */
	const struct msg *invite;  /* the loser's */
};

static void pair_answered(struct pair *p, struct rig *r, bool loser_rings)
{
	*p = (struct pair){ .rig = r, .loser = r->phone[P103] };
	p->talk = (struct talk){ .rig = r, .a = r->phone[P101],
		                 .b = r->phone[P102] };
	p->talk.da = peer_call(p->talk.a, "200",
	                       peer_sdp(p->talk.a, RTP_A, NULL));
	peer_expect(p->talk.a, "180");
	p->talk.invite = peer_expect(p->talk.b, "INVITE");
	p->invite = peer_expect(p->loser, "INVITE");
	if (loser_rings)
		peer_reply(p->loser, p->invite, 180, "Ringing", NULL, NULL);
	talk_answer(&p->talk);
	talk_ack(&p->talk);
}

static void a_200_long_after_the_cancel_is_acked_and_ended(void **unused)
{
	static const int64_t waits_ms[] = { 1000, 31000, 33500, 40000 };
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	for (size_t i = 0; i < NELEM(waits_ms); i++) {
		struct pair p;

		pair_answered(&p, &r, true);
		say_ok(p.loser, peer_expect(p.loser, "CANCEL"));
		warp_ms(r.loop, waits_ms[i]); /* no final answer */
		answer_too_late(p.loser, p.invite, waits_ms[i] < 33000);
		talk_end(&p.talk, p.talk.a);
	}
	rig_close(&r, NELEM(waits_ms));
}

/* The INVITE itself was given up on: nothing was heard for 64*T1. */
static void a_200_after_long_silence_is_acked_and_ended(void **unused)
{
	struct pair p;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	pair_answered(&p, &r, false);
	warp_ms(r.loop, 34000);
	peer_expect_none(p.loser);
	answer_too_late(p.loser, p.invite, false);
	talk_end(&p.talk, p.talk.b);
	rig_close(&r, 1);
}

static void a_losers_200_that_is_repeated_is_acked_again(void **unused)
{
	const struct msg *ok, *bye;
	struct pair p;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	pair_answered(&p, &r, true);
	say_ok(p.loser, peer_expect(p.loser, "CANCEL"));
	ok = peer_reply(p.loser, p.invite, 200, "OK", NULL,
	                peer_sdp(p.loser, RTP_B, NULL));
	peer_expect(p.loser, "ACK"); /* lost, and so is the BYE */
	bye = peer_expect(p.loser, "BYE");
	peer_resend(p.loser, ok);
	peer_pick(p.loser, "ACK");
	say_ok(p.loser, bye);
	talk_end(&p.talk, p.talk.a);
	rig_close(&r, 1);
}

/* --- a fork further down ------------------------------------------------- */

static void two_200_of_one_branch_leave_one_call(void **unused)
{
	const struct msg *bye;
	struct rig r;
	struct talk t;
	char tag[128];

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	talk_ring(&t);
	talk_answer(&t);
	peer_reply_tag(t.b, t.invite, "another", 200, "OK", NULL,
	               peer_sdp(t.b, RTP_B + 2, NULL));
	assert_string_equal(msg_tag(peer_expect(t.b, "ACK"), "To", tag),
	                    "another");
	bye = peer_expect(t.b, "BYE");
	assert_string_equal(msg_tag(bye, "To", tag), "another");
	/* RFC 3326: to that phone somebody else has answered */
	assert_true(msg_header_has(bye, "Reason", "elsewhere"));
	say_ok(t.b, bye);
	talk_ack(&t);
	peer_expect_none(t.a);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

static void the_second_200_of_a_branch_may_come_after_the_call(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	talk_end(&t, t.a);
	peer_reply_tag(t.b, t.invite, "another", 200, "OK", NULL,
	               peer_sdp(t.b, RTP_B + 2, NULL));
	peer_expect(t.b, "ACK");
	say_ok(t.b, peer_expect(t.b, "BYE"));
	rig_close(&r, 1);
}

/* --- refusals and redirections ------------------------------------------- */

static void a_single_refusal_ends_a_group_that_says_so(void **unused)
{
	const struct msg *a, *b;
	struct peer *caller;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	caller = r.phone[P101];
	peer_call(caller, "210", peer_sdp(caller, RTP_A, NULL));
	peer_expect(caller, "180");
	a = peer_expect(r.phone[P102], "INVITE");
	b = peer_expect(r.phone[P103], "INVITE");
	peer_reply(r.phone[P103], b, 180, "Ringing", NULL, NULL);
	peer_reply(r.phone[P102], a, 486, "Busy Here", NULL, NULL);
	peer_expect(r.phone[P102], "ACK");
	peer_ack(caller, peer_expect(caller, "486"), NULL);
	assert_false(msg_header_has(give_way(r.phone[P103], b), "Reason",
	                            "elsewhere"));
	rig_close(&r, 1);
}

static struct dialog *redirect(struct rig *r, const char *number,
                               const struct msg **b)
{
	struct peer *caller = r->phone[P101];
	char contact[128];
	const struct msg *a;
	struct dialog *d =
	        peer_call(caller, number, peer_sdp(caller, RTP_A, NULL));


	peer_expect(caller, "180");
	a = peer_expect(r->phone[P102], "INVITE");
	*b = peer_expect(r->phone[P103], "INVITE");
	snprintf(contact, sizeof(contact), "Contact: <%s>\r\n",
	         peer_contact(r->phone[P104]));
	peer_reply(r->phone[P102], a, 302, "Moved Temporarily", contact,
	           NULL);
	peer_expect(r->phone[P102], "ACK");
	return d;
}

static void a_302_in_a_group_is_a_failure(void **unused)
{
	const struct msg *b;
	struct peer *caller;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	caller = r.phone[P101];
	redirect(&r, "200", &b);
	peer_expect_none(r.phone[P104]);
	peer_reply(r.phone[P103], b, 480, "Temporarily Unavailable", NULL,
	           NULL);
	peer_expect(r.phone[P103], "ACK");
	peer_ack(caller, peer_expect(caller, "480"), NULL);
	rig_close(&r, 1);
}

static void a_302_is_followed_when_the_group_says_so(void **unused)
{
	const struct msg *b;
	struct dialog *d;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	d = redirect(&r, "201", &b);
	t = (struct talk){ .rig = &r, .a = r.phone[P101],
		           .b = r.phone[P104], .da = d };
	t.invite = peer_expect(t.b, "INVITE");
	peer_reply(r.phone[P103], b, 486, "Busy Here", NULL, NULL);
	peer_expect(r.phone[P103], "ACK");
	talk_answer(&t);
	talk_ack(&t);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_302_to_nowhere_is_a_failure(void **unused)
{
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	peer_reply(t.b, t.invite, 302, "Moved Temporarily", NULL, NULL);
	peer_expect(t.b, "ACK");
	peer_ack(t.a, peer_expect(t.a, "480"), NULL);
	rig_close(&r, 1);
}

/* --- early media --------------------------------------------------------- */

static void a_single_phones_early_media_reaches_the_caller(void **unused)
{
	const struct msg *early, *ok;
	struct addr there;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_dial(&t, &r, "102", P102);
	peer_reply(t.b, t.invite, 183, "Session Progress", NULL,
	           peer_sdp(t.b, RTP_B, NULL));
	early = peer_expect(t.a, "183");
	assert_true(msg_media(early, 0, &there));
	assert_int_not_equal(addr_port(&there), RTP_B);
	talk_answer(&t);
	ok = t.ok;
	/* RFC 3261 13.2.1: the same description in both */
	assert_int_equal(ok->body_len, early->body_len);
	assert_memory_equal(ok->body, early->body, ok->body_len);
	talk_ack(&t);
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

static void a_groups_early_media_stays_away(void **unused)
{
	const struct msg *a, *b;
	struct peer *caller;
	struct dialog *d;
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	caller = r.phone[P101];
	d = peer_call(caller, "200", peer_sdp(caller, RTP_A, NULL));
	assert_int_equal(peer_expect(caller, "180")->body_len, 0);
	a = peer_expect(r.phone[P102], "INVITE");
	b = peer_expect(r.phone[P103], "INVITE");
	peer_reply(r.phone[P102], a, 183, "Session Progress", NULL,
	           peer_sdp(r.phone[P102], RTP_B, NULL));
	peer_reply(r.phone[P103], b, 183, "Session Progress", NULL,
	           peer_sdp(r.phone[P103], RTP_B, NULL));
	peer_expect_none(caller);
	peer_cancel(caller, d, NULL);
	peer_pick(caller, "200 CANCEL");
	peer_ack(caller, peer_pick(caller, "487"), NULL);
	give_way(r.phone[P102], a);
	give_way(r.phone[P103], b);
	rig_close(&r, 1);
}

/* --- carriers ------------------------------------------------------------ */

static void the_next_carrier_is_tried_when_one_fails(void **unused)
{
	const struct msg *a;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	t = (struct talk){ .rig = &r, .a = r.phone[P101],
		           .b = r.carrier[1] };
	t.da = peer_call(t.a, "91234567", peer_sdp(t.a, RTP_A, NULL));
	peer_expect_none(t.a);
	a = peer_expect(r.carrier[0], "INVITE");
	peer_expect_none(r.carrier[1]);
	peer_reply(r.carrier[0], a, 503, "Service Unavailable", NULL, NULL);
	peer_expect(r.carrier[0], "ACK");
	t.invite = peer_expect(t.b, "INVITE");
	talk_ring(&t);
	talk_answer(&t);
	talk_ack(&t);
	talk_end(&t, t.a);
	rig_close(&r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_phones_in_every_order),
		cmocka_unit_test(three_phones_in_every_order),
		cmocka_unit_test(
		        a_200_long_after_the_cancel_is_acked_and_ended),
		cmocka_unit_test(a_200_after_long_silence_is_acked_and_ended),
		cmocka_unit_test(a_losers_200_that_is_repeated_is_acked_again),
		cmocka_unit_test(two_200_of_one_branch_leave_one_call),
		cmocka_unit_test(
		        the_second_200_of_a_branch_may_come_after_the_call),
		cmocka_unit_test(a_single_refusal_ends_a_group_that_says_so),
		cmocka_unit_test(a_302_in_a_group_is_a_failure),
		cmocka_unit_test(a_302_is_followed_when_the_group_says_so),
		cmocka_unit_test(a_302_to_nowhere_is_a_failure),
		cmocka_unit_test(
		        a_single_phones_early_media_reaches_the_caller),
		cmocka_unit_test(a_groups_early_media_stays_away),
		cmocka_unit_test(the_next_carrier_is_tried_when_one_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
