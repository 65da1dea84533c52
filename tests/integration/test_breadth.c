/* Max-Breadth (RFC 5393): branches share what the caller's request has. */
#include "cmocka_all.h"

#include <stdlib.h>

#include "integration/edge.h"
#include "support/warp.h"

struct ring { /* bob calls alice, who has two telephones */
	struct edge *edge;
	struct peer *caller, *phone[2];
	struct dialog *dialog;
};

static struct ring ring(void **state, const char *headers)
{
	struct ring r = { .edge = *state };
	struct peer_request rq = { .method = "INVITE",
		                   .uri = "sip:100@" EDGE_REALM };
	struct buf lines = { 0 };
	const struct msg *m;

	for (int i = 0; i < 2; i++) {
		r.phone[i] = edge_peer(r.edge, "alice", EDGE_UDP);
		assert_int_equal(peer_register(r.phone[i], 600)->status, 200);
	}
	r.caller = edge_peer(r.edge, "bob", EDGE_UDP);
	r.dialog = peer_invite(r.caller, "100", NULL);
	m = peer_expect(r.caller, "407");
	peer_ack(r.caller, m, NULL);
	peer_credentials(r.caller, &lines, m, NULL, "INVITE", rq.uri);
	buf_str(&lines, headers);
	rq.headers = buf_text(&lines);
	rq.body = peer_sdp(r.caller, 4000, NULL);
	peer_request(r.caller, r.dialog, &rq);
	buf_free(&lines);
	settle(r.edge->server->loop);
	return r;
}

/* Ends it: whoever rings is cancelled. */
static void give_up(struct ring *r, int ringing)
{
	peer_cancel(r->caller, r->dialog, NULL);
	peer_pick(r->caller, "200 CANCEL");
	peer_ack(r->caller, peer_pick(r->caller, "487"), NULL);
	for (int i = 0; i < ringing; i++) {
		const struct msg *m = peer_expect(r->phone[i], "CANCEL");

		peer_reply(r->phone[i], m, 200, "OK", NULL, NULL);
	}
}

static unsigned invited(struct peer *p, const struct msg **out)
{
	const char *value;

	*out = peer_expect(p, "INVITE");
	value = msg_header(*out, "Max-Breadth", 0);
	assert_non_null(value);
	peer_reply(p, *out, 180, "Ringing", NULL, NULL);
	return (unsigned)strtoul(value, NULL, 10);
}

static void end_branch(struct peer *p, const struct msg *invite)
{
	peer_reply(p, invite, 487, "Request Terminated", NULL, NULL);
	peer_expect(p, "ACK");
}

static void shares(void **state, const char *headers, unsigned sum)
{
	struct ring r = ring(state, headers);
	const struct msg *invite[2];
	unsigned a = invited(r.phone[0], &invite[0]);
	unsigned b = invited(r.phone[1], &invite[1]);

	assert_int_equal(a + b, sum);
	assert_true(a > 0 && b > 0);
	give_up(&r, 2);
	for (int i = 0; i < 2; i++)
		end_branch(r.phone[i], invite[i]);
}

static void branches_share_what_the_caller_has(void **state)
{
	shares(state, "Max-Breadth: 5\r\n", 5);
}

static void sixty_is_the_default_and_the_most(void **state)
{
	shares(state, "", 60);
}

static void more_than_sixty_is_sixty(void **state)
{
	shares(state, "max-breadth: 5000000000\r\n", 60);
}

static void what_is_no_number_is_the_default(void **state)
{
	shares(state, "Max-Breadth: many\r\n", 60);
}

static void without_enough_for_all_they_ring_one_by_one(void **state)
{
	struct ring r = ring(state, "Max-Breadth: 1\r\n");
	const struct msg *m = peer_poll(r.phone[0]), *n = peer_poll(r.phone[1]);
	struct peer *p = m ? r.phone[0] : r.phone[1];

	assert_true((m != NULL) != (n != NULL));
	m = m ? m : n;
	assert_string_equal(msg_header(m, "Max-Breadth", 0), "1");
	r.phone[0] = p;
	peer_reply(p, m, 180, "Ringing", NULL, NULL);
	give_up(&r, 1);
	end_branch(p, m);
}

static void none_left_is_440(void **state)
{
	struct ring r = ring(state, "Max-Breadth: 0\r\n");
	const struct msg *m = peer_expect(r.caller, "440");

	assert_string_equal(m->phrase, "Max-Breadth Exceeded");
	peer_ack(r.caller, m, NULL);
	peer_expect_none(r.phone[0]);
	peer_expect_none(r.phone[1]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, edge_setup, edge_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(branches_share_what_the_caller_has),
		T(sixty_is_the_default_and_the_most),
		T(more_than_sixty_is_sixty),
		T(what_is_no_number_is_the_default),
		T(without_enough_for_all_they_ring_one_by_one),
		T(none_left_is_440),
	};

	log_setup(LOG_LVL_ERROR, LOG_FMT_TEXT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
