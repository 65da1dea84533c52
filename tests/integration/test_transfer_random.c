/* Transfers under messages that cross as they like: whatever comes when, no
 * leg, port, transaction or call is left over. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "b2bua/session.h"
#include "base/mem.h"
#include "integration/bench.h"
#include "support/warp.h"

#define SEEDS   40
#define STEPS   40
#define PENDING 32

struct chaos {
	struct rig r;
	struct talk t;
	unsigned state;
	struct {
		struct peer *p;
		const struct msg *invite;
	} pending[PENDING];
	size_t n;
};

static unsigned draw(struct chaos *x, unsigned below)
{
	x->state = x->state * 1103515245u + 12345u;
	return (x->state >> 16) % below;
}

static void answer(struct chaos *x, size_t i)
{
	static const int failures[] = { 486, 488, 491, 500, 481 };
	struct peer *p = x->pending[i].p;
	const struct msg *invite = x->pending[i].invite;
	int failure = failures[draw(x, 5)];

	x->pending[i] = x->pending[--x->n];
	if (draw(x, 3) > 0)
		peer_reply(p, invite, 200, "OK", NULL,
		           peer_sdp(p, 31000 + 2 * draw(x, 90), NULL));
	else
		peer_reply(p, invite, failure, "No", NULL, NULL);
}

static void cancelled(struct chaos *x, struct peer *p, const struct msg *cancel)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->pending[i].p == p &&
		    x->pending[i].invite->cseq == cancel->cseq) {
			peer_reply(p, x->pending[i].invite, 487, "Terminated",
			           NULL, NULL);
			x->pending[i] = x->pending[--x->n];
			return;
		}
}

static void take(struct chaos *x, struct peer *p, const struct msg *m)
{
	if (!m->is_request) {
		if (m->status >= 200 && strcmp(m->method, "INVITE") == 0)
			peer_ack(p, m, NULL);
	} else if (strcmp(m->method, "INVITE") == 0) {
		if (draw(x, 2))
			peer_reply(p, m, 180, "Ringing", NULL, NULL);
		if (x->n < PENDING) {
			x->pending[x->n].p = p;
			x->pending[x->n++].invite = m;
		}
	} else if (strcmp(m->method, "ACK") != 0) {
		say_ok(p, m);
		if (strcmp(m->method, "CANCEL") == 0)
			cancelled(x, p, m);
	}
}

static void take_all(struct chaos *x)
{
	const struct msg *m;

	for (int i = 0; i < N_PHONES; i++)
		while ((m = peer_poll(x->r.phone[i])))
			take(x, x->r.phone[i], m);
}

static void refers(struct chaos *x, const struct dialog *second)
{
	bool by_caller = second || draw(x, 2);
	char *headers =
	        second ? xasprintf("Refer-To: <sip:103@test.example?Replaces="
	                           "%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s>\r\n",
	                           second->call_id, second->remote_tag,
	                           second->local_tag)
	               : xstrdup("Refer-To: <sip:200@test.example>\r\n");

	peer_in_dialog(by_caller ? x->t.a : x->t.b,
	               by_caller ? x->t.da : x->t.db, "REFER", headers, NULL);
	free(headers);
}

static const struct dialog *consult(struct chaos *x)
{
	struct peer *c = x->r.phone[P103];
	struct dialog *d = peer_call(x->t.a, "103",
	                             peer_sdp(x->t.a, RTP_A + 10, NULL));

	peer_reply(c, peer_expect(c, "INVITE"), 200, "OK", NULL,
	           peer_sdp(c, 30004, NULL));
	peer_ack(x->t.a, peer_expect(x->t.a, "200 INVITE"), NULL);
	peer_expect(c, "ACK");
	settle(x->r.loop);
	return d;
}

static void step(struct chaos *x)
{
	unsigned what = draw(x, 20);

	if (what < 8)
		warp_ms(x->r.loop, draw(x, 4) ? draw(x, 300)
		                              : draw(x, 5000));
	else if (what < 14 && x->n > 0)
		answer(x, draw(x, (unsigned)x->n));
	else if (what == 14)
		peer_bye(x->t.a, x->t.da);
	else if (what == 15 && draw(x, 3) == 0)
		peer_bye(x->t.b, x->t.db);
	else if (what == 16)
		peer_in_dialog(x->t.b, x->t.db, "INVITE", NULL,
		               peer_sdp(x->t.b, RTP_B, "sendonly"));
	else if (what == 17)
		refers(x, NULL);
	else if (what == 18)
		peer_in_dialog(x->t.a, x->t.da, "INFO", NULL, NULL);
	if (draw(x, 4))
		take_all(x);
}

static void play(unsigned seed)
{
	struct chaos x = { .state = seed };
	const struct dialog *second = NULL;

	rig_open(&x.r, NULL);
	talk_up(&x.t, &x.r);
	if (draw(&x, 2))
		second = consult(&x);
	refers(&x, second);
	for (int i = 0; i < STEPS; i++)
		step(&x);
	sessions_end(x.r.server); /* whoever is left is hung up on */
	for (int i = 0; i < 20; i++) {
		take_all(&x);
		while (x.n > 0)
			answer(&x, 0);
		warp_ms(x.r.loop, 500);
	}
	rig_close(&x.r, x.r.server->counters.calls);
}

static void nothing_is_left_of_a_transfer_whatever_crosses(void **unused)
{
	const char *one = getenv("SEED");
	unsigned first = one ? (unsigned)strtoul(one, NULL, 10) : 1;
	unsigned last = one ? first : SEEDS;

	(void)unused;
	for (unsigned seed = first; seed <= last; seed++) {
		print_message("SEED=%u\n", seed);
		play(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		        nothing_is_left_of_a_transfer_whatever_crosses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
