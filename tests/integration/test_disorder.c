/* Phones that do anything at any time.  Whatever they did: when it is over
 * nothing is left of it, and every call has one record.
 *
 * BENCH_SEED=N plays the disorder that a failure named. */
#include "cmocka_all.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "b2bua/session.h"
#include "base/id.h"
#include "integration/bench.h"
#include "support/warp.h"

#define N_PLAYS 12
#define N_STEPS 400
#define MOST    24 /* kept of a kind */

struct heard { /* a message, and who got it */
	struct peer *by;
	const struct msg *m;
};

struct known { /* a dialog, and whose it is */
	struct peer *of;
	struct dialog *d;
};

struct play {
	struct rig rig;
	uint64_t dice;
	struct heard invites[MOST]; /* answered or not: anything goes */
	struct heard answers[MOST]; /* 2xx and refusals to INVITE */
	struct known dialogs[MOST];
	size_t n_invites, n_answers, n_dialogs;
};

/* splitmix64 */
static unsigned below(struct play *y, unsigned n)
{
	uint64_t z = y->dice += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (unsigned)((z ^ z >> 31) % n);
}

static struct peer *any_phone(struct play *y)
{
	return y->rig.phone[below(y, N_PHONES)];
}

/* The next one; when all are taken, somebody's. */
static size_t place(struct play *y, size_t *n)
{
	return *n < MOST ? (*n)++ : below(y, MOST);
}

static void know(struct play *y, struct peer *p, struct dialog *d)
{
	for (size_t i = 0; i < y->n_dialogs; i++)
		if (y->dialogs[i].d == d)
			return;
	if (d)
		y->dialogs[place(y, &y->n_dialogs)] = (struct known){ p, d };
}

static void keep(struct play *y, struct heard *list, size_t *n, struct peer *p,
                 const struct msg *m)
{
	list[place(y, n)] = (struct heard){ p, m };
}

/* What it says of session timers, true or not. */
static const char *any_session(struct play *y)
{
	static const char *const lines[] = {
		NULL,
		NULL,
		"Supported: timer\r\nAllow: INVITE, UPDATE\r\n"
		"Session-Expires: 90;refresher=uac\r\n",
		"Supported: timer\r\nAllow: INVITE, UPDATE\r\n"
		"Session-Expires: 90;refresher=uas\r\n",
		"Supported: timer\r\nAllow: INVITE\r\n"
		"Session-Expires: 90;refresher=uac\r\n",
		"Supported: timer\r\nAllow: INVITE\r\n"
		"Session-Expires: 90;refresher=uas\r\n",
		"Session-Expires: 120\r\n",
		"Supported: timer\r\nSession-Expires: 60\r\n",
		"Min-SE: 200\r\n",
	};

	return lines[below(y, NELEM(lines))];
}

/* --- what a phone does with what it hears -------------------------------- */

static const char *any_sdp(struct play *y, struct peer *p);

static void hear_request(struct play *y, struct peer *p, const struct msg *m)
{
	static const int statuses[] = { 200, 200, 200, 200, 200, 200,
		                        481, 500, 405, 422, 491 };
	int status = statuses[below(y, NELEM(statuses))];

	if (strcmp(m->method, "INVITE") == 0)
		keep(y, y->invites, &y->n_invites, p, m);
	else if (strcmp(m->method, "ACK") != 0 && below(y, 10))
		peer_reply(p, m, status, "Whatever", any_session(y),
		           m->body_len && status == 200 ? any_sdp(y, p) : NULL);
}

/* INVITE with proof, from a phone that may know 100rel. */
static void dial_again(struct play *y, struct peer *p, struct dialog *d,
                       const struct msg *challenge)
{
	static const char *const knows[] = { "", "Supported: 100rel\r\n",
		                             "Require: 100rel\r\n" };
	const struct msg *first = d->invite;
	struct buf headers = { 0 };

	peer_ack(p, challenge, NULL);
	peer_credentials(p, &headers, challenge, NULL, "INVITE", first->uri);
	buf_str(&headers, knows[below(y, NELEM(knows))]);
	peer_request(p, d,
	             &(struct peer_request){
	                     .method = "INVITE",
	                     .uri = first->uri,
	                     .headers = headers.p,
	                     .body = first->body_len ? first->body : NULL });
	buf_free(&headers);
}

/* Mostly as it should be. */
static void acknowledge(struct play *y, struct peer *p, const struct msg *m)
{
	unsigned rseq = (unsigned)strtoul(msg_header(m, "RSeq", 0), NULL, 10);
	char rack[64];

	snprintf(rack, sizeof(rack), "RAck: %u %u INVITE\r\n",
	         rseq + (below(y, 8) == 0), m->cseq);
	peer_in_dialog(p, peer_dialog(p, m), "PRACK", rack,
	               below(y, 3) ? NULL : any_sdp(y, p));
}

static void hear_answer(struct play *y, struct peer *p, const struct msg *m)
{
	struct dialog *d = peer_dialog(p, m);

	if (strcmp(m->method, "INVITE") != 0 || !d)
		return;
	if (m->status < 200 && msg_header(m, "RSeq", 0) && below(y, 5))
		acknowledge(y, p, m);
	if (m->status < 200)
		return;
	if (m->status == 407) {
		dial_again(y, p, d, m);
		return;
	}
	keep(y, y->answers, &y->n_answers, p, m);
	if (below(y, 5))
		peer_ack(p, m, below(y, 8) ? NULL : peer_sdp(p, RTP_A, NULL));
}

static void hear_all(struct play *y)
{
	const struct msg *m;

	for (int i = 0; i < N_PHONES; i++)
		while ((m = peer_poll(y->rig.phone[i]))) {
			if (m->is_request)
				hear_request(y, y->rig.phone[i], m);
			else
				hear_answer(y, y->rig.phone[i], m);
		}
}

/* --- what it does by itself ---------------------------------------------- */

static const char *any_sdp(struct play *y, struct peer *p)
{
	static const char *const ways[] = { NULL, NULL, "sendonly", "inactive",
		                            "recvonly" };

	if (below(y, 6) == 0)
		return NULL;
	if (below(y, 12) == 0)
		return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		       "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		       "m=audio 30000 RTP/AVP 0\r\n"
		       "m=video 30004 RTP/AVP 96\r\n";
	return peer_sdp(p, RTP_A, ways[below(y, NELEM(ways))]);
}

static void dial(struct play *y)
{
	static const char *const numbers[] = { "101", "102", "103", "104",
		                               "105", "200", "201", "210",
		                               "300", "300", "999" };
	struct peer *p = any_phone(y);

	know(y, p, peer_invite(p, numbers[below(y, NELEM(numbers))],
	                       any_sdp(y, p)));
}

static void answer(struct play *y)
{
	static const int statuses[] = { 100, 180, 180, 183, 200, 200, 200, 200,
		                        486, 603, 487, 302, 401, 491, 500,
		                        422 };
	int status = statuses[below(y, NELEM(statuses))];
	const struct msg *sent;
	struct heard *h;
	const char *sdp;
	char rel[64] = "";

	if (y->n_invites == 0)
		return;
	h = &y->invites[below(y, (unsigned)y->n_invites)];
	sdp = status > 100 && status < 300 ? any_sdp(y, h->by) : NULL;
	if (status > 100 && status < 200 && below(y, 2))
		snprintf(rel, sizeof(rel), "Require: 100rel\r\nRSeq: %u\r\n",
		         below(y, 4));
	if (status > 100 && status <= 200 && below(y, 10) == 0)
		sent = peer_reply_tag(h->by, h->m, "another", status, "OK", rel,
		                      sdp);
	else
		sent = peer_reply(h->by, h->m, status, "Whatever",
		                  *rel ? rel : any_session(y), sdp);
	know(y, h->by, peer_dialog(h->by, sent));
}

static void say_in_dialog(struct play *y)
{
	static const char *const methods[] = { "BYE",    "BYE",  "INVITE",
		                               "INVITE", "INFO", "MESSAGE",
		                               "OPTIONS", "UPDATE", "UPDATE",
		                               "PRACK" };
	const char *method = methods[below(y, NELEM(methods))];
	struct known *k;
	const char *body = NULL;

	if (y->n_dialogs == 0)
		return;
	k = &y->dialogs[below(y, (unsigned)y->n_dialogs)];
	if (strcmp(method, "INVITE") == 0 || strcmp(method, "UPDATE") == 0)
		body = any_sdp(y, k->of);
	if (*k->d->remote_tag)
		peer_in_dialog(k->of, k->d, method, any_session(y), body);
}

static void cancel(struct play *y)
{
	struct known *k;

	if (y->n_dialogs == 0)
		return;
	k = &y->dialogs[below(y, (unsigned)y->n_dialogs)];
	if (k->d->invite && k->d->invite->is_sent)
		peer_cancel(k->of, k->d, NULL);
}

static void say_again(struct play *y)
{
	struct heard *h;

	if (y->n_answers == 0)
		return;
	h = &y->answers[below(y, (unsigned)y->n_answers)];
	peer_ack(h->by, h->m, below(y, 2) ? NULL : any_sdp(y, h->by));
}

static void step(struct play *y)
{
	switch (below(y, 14)) {
	case 0:
	case 1:
		dial(y);
		break;
	case 2:
	case 3:
	case 4:
	case 5:
	case 6:
		answer(y);
		break;
	case 7:
	case 8:
		say_in_dialog(y);
		break;
	case 9:
		cancel(y);
		break;
	case 10:
		say_again(y);
		break;
	case 11:
		warp_ms(y->rig.loop, below(y, 20)   ? below(y, 700)
		                     : below(y, 3) ? 9000
		                                   : 45000);
		break;
	default:
		break;
	}
	if (below(y, 3))
		hear_all(y);
}

static void play(uint64_t seed)
{
	struct play *y = test_calloc(1, sizeof(*y));
	size_t n_calls;

	y->dice = seed;
	rig_open(&y->rig, NULL);
	buf_fmt(&y->rig.trace, "==== BENCH_SEED=%" PRIu64 "\n", seed);
	for (int i = 0; i < N_STEPS; i++)
		step(y);
	n_calls = y->rig.server->counters.calls;
	sessions_end(y->rig.server);
	/* Timer C of a re-INVITE that was abandoned is the last to end. */
	warp_ms(y->rig.loop, 200000);
	rig_close(&y->rig, n_calls);
	test_free(y);
}

static void nothing_is_left_of_any_disorder(void **unused)
{
	const char *chosen = getenv("BENCH_SEED");
	uint64_t seed = chosen ? strtoull(chosen, NULL, 10) : random_u64();

	(void)unused;
	for (unsigned i = 0; i < (chosen ? 1 : N_PLAYS); i++) {
		print_message("BENCH_SEED=%" PRIu64 "\n", seed + i);
		play(seed + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_of_any_disorder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
