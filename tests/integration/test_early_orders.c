/* What can be said before a call is answered, in every order: whatever the
 * two phones do, the rules of RFC 3262, 3264 and 3311 hold on each leg, the
 * caller hears one final answer, and nothing is left.
 *
 * BENCH_SEED=N plays the long order that a failure named. */
#include "cmocka_all.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "integration/rel.h"
#include "support/warp.h"

enum move {
	CALLEE_180, /* reliable */
	CALLEE_183, /* reliable, with its answer */
	CALLEE_183_PLAIN,
	CALLEE_OK,
	CALLEE_BUSY,
	CALLEE_UPDATE,
	CALLER_PRACK,
	CALLER_UPDATE,
	CALLER_CANCEL,
	TIME, /* long enough for a repeat */
	N_MOVES
};
static const char *const move_names[N_MOVES] = {
	"180", "183", "183 plain", "200", "486", "UPDATE by callee", "PRACK",
	"UPDATE by caller", "CANCEL", "time",
};

struct heard { /* of descriptions, by one phone */
	unsigned long long session, version;
	char text[1024];
};

struct play {
	struct rig *rig;
	struct talk talk;
	struct heard heard[2]; /* caller's, callee's */
	const struct msg *due; /* reliable, the caller's PRACK is to be sent */
	unsigned rseq;         /* that the caller heard last */
	bool described;        /* due has a description */
	unsigned told;         /* RSeq that the callee said last */
	unsigned pracks;       /* that it got */
	bool is_final;         /* the callee has answered the INVITE */
	bool is_ok, is_acked;  /* with 200 */
	bool is_cancelled;
	int status;            /* the final one that the caller heard */
	bool is_over;          /* a BYE was heard */
};

static void must_at(struct play *y, bool holds, const char *what, int line)
{
	if (holds)
		return;
	peer_print_trace(y->talk.a);
	print_error("it does not hold that %s\n", what);
	_fail(__FILE__, line);
}
#define must(y, condition) must_at((y), (condition), #condition, __LINE__)

/* --- the rules ---------------------------------------------------------- */

/* RFC 3264 8: one session, versions one by one, and none said twice of
 * different things. */
static void check_description(struct play *y, struct heard *h,
                              const struct msg *m)
{
	unsigned long long session, version;
	const char *o;

	if (m->body_len == 0 || !(o = strstr(m->body, "\no=")))
		return;
	must(y, sscanf(o, "\no=%*s %llu %llu", &session, &version) == 2);
	must(y, m->body_len < sizeof(h->text));
	if (h->text[0]) {
		must(y, session == h->session);
		must(y, version == h->version || version == h->version + 1);
		must(y, version != h->version ||
		                strcmp(h->text, m->body) == 0);
	}
	h->session = session;
	h->version = version;
	snprintf(h->text, sizeof(h->text), "%s", m->body);
}

/* RFC 3262 3: one at a time, each number the next. */
static void hear_reliable(struct play *y, const struct msg *m)
{
	must(y, !y->due);
	must(y, !y->rseq || rel_rseq(m) == y->rseq + 1);
	y->rseq = rel_rseq(m);
	y->due = m;
	y->described = m->body_len > 0;
}

static void hear_final(struct play *y, const struct msg *m)
{
	must(y, y->status == 0); /* one only */
	must(y, m->status >= 300 || !y->due || !y->described);
	y->status = m->status;
	y->due = NULL;
	peer_ack(y->talk.a, m, NULL);
}

static void caller_hears(struct play *y, const struct msg *m)
{
	struct peer *a = y->talk.a;
	bool is_offer = m->is_request && m->body_len > 0;

	check_description(y, &y->heard[0], m);
	if (m->is_request && strcmp(m->method, "BYE") == 0)
		y->is_over = true;
	if (m->is_request && strcmp(m->method, "ACK") != 0)
		peer_reply(a, m, 200, "OK", NULL,
		           is_offer ? peer_sdp(a, RTP_A, NULL) : NULL);
	else if (!m->is_request && strcmp(m->method, "INVITE") == 0) {
		if (rel_is(m))
			hear_reliable(y, m);
		if (m->status >= 200)
			hear_final(y, m);
	}
}

static void callee_hears(struct play *y, const struct msg *m)
{
	struct peer *b = y->talk.b;

	check_description(y, &y->heard[1], m);
	if (!m->is_request)
		return;
	if (strcmp(m->method, "ACK") == 0) {
		y->is_acked = true;
		return;
	}
	if (strcmp(m->method, "PRACK") == 0) /* in order, and each once */
		must(y, rel_acknowledges(m, ++y->pracks,
		                         y->talk.invite->cseq));
	if (strcmp(m->method, "BYE") == 0)
		y->is_over = true;
	if (strcmp(m->method, "CANCEL") == 0)
		y->is_cancelled = true;
	peer_reply(b, m, 200, "OK", NULL,
	           strcmp(m->method, "UPDATE") == 0 && m->body_len
	                   ? peer_sdp(b, RTP_B, NULL)
	                   : NULL);
	if (strcmp(m->method, "CANCEL") == 0 && !y->is_final) {
		y->is_final = true;
		peer_reply(b, y->talk.invite, 487, "Terminated", NULL, NULL);
	}
}

static void hear(struct play *y)
{
	const struct msg *m;
	bool any;

	do {
		any = false;
		while ((m = peer_poll(y->talk.a)) && (any = true))
			caller_hears(y, m);
		while ((m = peer_poll(y->talk.b)) && (any = true))
			callee_hears(y, m);
	} while (any);
}

/* --- the moves ---------------------------------------------------------- */

static void callee_rings(struct play *y, int status, bool is_reliable,
                         bool has_sdp)
{
	struct talk *t = &y->talk;
	const struct msg *m;

	if (y->is_final)
		return;
	m = rel_ring(t, NULL, status, is_reliable ? ++y->told : 0,
	             has_sdp ? peer_sdp(t->b, RTP_B, NULL) : NULL);
	t->db = peer_dialog(t->b, m);
}

static void callee_answers(struct play *y, int status)
{
	struct talk *t = &y->talk;
	const struct msg *m;

	if (y->is_final)
		return;
	y->is_final = true;
	y->is_ok = status == 200;
	m = peer_reply(t->b, t->invite, status, "Final", NULL,
	               status == 200 ? peer_sdp(t->b, RTP_B, NULL) : NULL);
	if (status == 200)
		t->db = peer_dialog(t->b, m);
}

static void caller_pracks(struct play *y)
{
	const struct msg *m = y->due;

	y->due = NULL;
	if (m)
		rel_prack_with(y->talk.a, y->talk.da, m, NULL);
}

static void update(struct peer *p, struct dialog *d, unsigned port)
{
	if (d && *d->remote_tag)
		peer_in_dialog(p, d, "UPDATE", NULL,
		               peer_sdp(p, port, "sendonly"));
}

static void make_move(struct play *y, enum move move)
{
	struct talk *t = &y->talk;

	switch (move) {
	case CALLEE_180:
		callee_rings(y, 180, true, false);
		break;
	case CALLEE_183:
		callee_rings(y, 183, true, true);
		break;
	case CALLEE_183_PLAIN:
		callee_rings(y, 183, false, true);
		break;
	case CALLEE_OK:
		callee_answers(y, 200);
		break;
	case CALLEE_BUSY:
		callee_answers(y, 486);
		break;
	case CALLEE_UPDATE:
		update(t->b, t->db, RTP_B);
		break;
	case CALLER_PRACK:
		caller_pracks(y);
		break;
	case CALLER_UPDATE:
		update(t->a, t->da, RTP_A);
		break;
	case CALLER_CANCEL:
		if (!y->status)
			peer_cancel(t->a, t->da, NULL);
		break;
	default:
		warp_ms(y->rig->loop, 600);
		break;
	}
}

/* From here on both do as they should. */
static void come_to_an_end(struct play *y)
{
	callee_answers(y, 200);
	hear(y);
	while (y->due) {
		caller_pracks(y);
		hear(y);
	}
	must(y, y->status != 0);
	must(y, y->is_over || (y->status == 200) == y->is_ok);
	if (y->status == 200 && !y->is_over) {
		peer_bye(y->talk.a, y->talk.da);
		hear(y);
		must(y, y->is_over);
	}
	must(y, y->is_acked || !y->is_final);
	/* who is given up is not told that we heard it */
	must(y, y->pracks == y->told || y->is_cancelled);
}

static void play(struct rig *r, enum knows caller, const enum move *moves,
                 size_t n)
{
	struct play y = { .rig = r };

	buf_clear(&r->trace);
	buf_fmt(&r->trace, "==== caller %d:", caller);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&r->trace, " %s,", move_names[moves[i]]);
	buf_fmt(&r->trace, "\n");
	rel_dial(&y.talk, r, caller);
	for (size_t i = 0; i < n; i++) {
		make_move(&y, moves[i]);
		hear(&y);
	}
	come_to_an_end(&y);
}

/* --- orders ------------------------------------------------------------- */

#define SHORT 3

static void every_short_order(void **unused)
{
	enum move moves[SHORT];
	struct rig r;
	size_t n = 0;

	(void)unused;
	for (int caller = 0; caller < N_KNOWS; caller++) {
		rig_open(&r, NULL);
		n = 0;
		for (unsigned k = 0; k < N_MOVES * N_MOVES * N_MOVES; k++) {
			moves[0] = k % N_MOVES;
			moves[1] = k / N_MOVES % N_MOVES;
			moves[2] = k / (N_MOVES * N_MOVES);
			play(&r, (enum knows)caller, moves, SHORT);
			n++;
		}
		rig_close(&r, n);
	}
}

static unsigned below(uint64_t *dice, unsigned n)
{
	uint64_t z = *dice += 0x9e3779b97f4a7c15; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (unsigned)((z ^ z >> 31) % n);
}

static void many_long_orders(void **unused)
{
	const char *chosen = getenv("BENCH_SEED");
	uint64_t seed = chosen ? strtoull(chosen, NULL, 10) : random_u64();
	size_t n_plays = chosen ? 1 : 300;
	enum move moves[12];
	struct rig r;

	(void)unused;
	rig_open(&r, NULL);
	print_message("BENCH_SEED=%" PRIu64 "..\n", seed);
	for (size_t i = 0; i < n_plays; i++) {
		uint64_t dice = seed + i;
		size_t n = 4 + below(&dice, NELEM(moves) - 3);

		for (size_t k = 0; k < n; k++) /* the ends are rarer */
			moves[k] = below(&dice, 3) ? below(&dice, N_MOVES)
			                           : CALLER_PRACK;
		play(&r, (enum knows)below(&dice, N_KNOWS), moves, n);
	}
	rig_close(&r, n_plays);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_short_order),
		cmocka_unit_test(many_long_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
