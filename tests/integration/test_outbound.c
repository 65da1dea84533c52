/* Flows of a phone (RFC 5626): one phone over several connections. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "integration/edge.h"
#include "support/peer_impl.h"
#include "support/warp.h"

#define INSTANCE "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCC>\""

static const struct msg *registers(struct peer *p, unsigned reg_id,
                                   const char *supported)
{
	struct peer_request rq = { .method = "REGISTER",
		                   .uri = "sip:" EDGE_REALM };
	struct dialog *d = peer_dialog_new(p, p->conf.user);
	struct buf headers = { 0 };
	const struct msg *m;

	buf_fmt(&headers,
	        "Contact: <%s>;" INSTANCE ";reg-id=%u\r\n%sExpires: 600\r\n",
	        peer_contact(p), reg_id, supported);
	rq.headers = headers.p;
	peer_request(p, d, &rq);
	m = peer_expect(p, "401");
	peer_credentials(p, &headers, m, NULL, "REGISTER", rq.uri);
	rq.headers = headers.p;
	peer_request(p, d, &rq);
	buf_free(&headers);
	m = peer_expect(p, "200 REGISTER");
	return m;
}

static struct peer *flow(struct edge *e, unsigned reg_id)
{
	struct peer *p = edge_peer(e, "bob", EDGE_TCP);

	registers(p, reg_id, "Supported: outbound\r\n");
	warp_ms(e->server->loop, 1000); /* one is the newest */
	return p;
}

static size_t bindings(struct edge *e)
{
	return registrar_count(e->server->registrar);
}

static struct peer *caller(struct edge *e)
{
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);

	peer_call(p, "200", peer_sdp(p, 4000, NULL));
	return p;
}

static void fails(struct peer *p, const char *status)
{
	peer_ack(p, peer_pick(p, status), NULL);
}

static void refuse(struct peer *callee, const struct msg *invite,
                   struct peer *from)
{
	peer_reply(callee, invite, 486, "Busy Here", NULL, NULL);
	peer_expect(callee, "ACK");
	fails(from, "486");
}

/* --- registering ------------------------------------------------------------- */

static void who_asks_for_outbound_over_a_connection_is_told_so(void **state)
{
	struct peer *p = edge_peer(*state, "bob", EDGE_TCP);
	const struct msg *m = registers(p, 1, "Supported: path, outbound\r\n");

	assert_true(msg_header_has(m, "Require", "outbound"));
	assert_string_equal(msg_header(m, "Flow-Timer", 0), "120");
	assert_true(msg_header_has(m, "Supported", "outbound"));
	assert_true(msg_header_has(m, "Contact", "reg-id=1"));
}

static void nobody_else_is(void **state)
{
	struct peer *p = edge_peer(*state, "bob", EDGE_TCP);
	struct peer *q = edge_peer(*state, "bob", EDGE_UDP);

	assert_null(msg_header(registers(p, 1, ""), "Require", 0));
	assert_null(msg_header(registers(p, 0, "Supported: outbound\r\n"),
	                       "Require", 0));
	/* its flow would need STUN, which nobody answers here */
	assert_null(msg_header(registers(q, 1, "Supported: outbound\r\n"),
	                       "Require", 0));
}

static void a_flow_replaces_the_one_of_its_number(void **state)
{
	struct edge *e = *state;
	struct peer *first = flow(e, 1), *second = flow(e, 1), *a;

	assert_int_equal(bindings(e), 1);
	a = caller(e);
	refuse(second, peer_expect(second, "INVITE"), a);
	peer_expect_none(first);
	peer_disconnect(first); /* it leads nowhere any more */
	settle(e->server->loop);
	assert_int_equal(bindings(e), 1);
	peer_disconnect(second);
	settle(e->server->loop);
	assert_int_equal(bindings(e), 0);
}

/* --- being called -------------------------------------------------------------- */

static void a_phone_with_two_flows_rings_once(void **state)
{
	struct edge *e = *state;
	struct peer *old = flow(e, 1), *recent = flow(e, 2), *a;

	assert_int_equal(bindings(e), 2);
	a = caller(e);
	refuse(recent, peer_expect(recent, "INVITE"), a);
	peer_expect_none(old);
	registers(old, 1, "Supported: outbound\r\n"); /* the newest now */
	a = caller(e);
	refuse(old, peer_expect(old, "INVITE"), a);
	peer_expect_none(recent);
}

static void the_other_flow_is_taken_when_one_dies_in_the_call(void **state)
{
	struct edge *e = *state;
	struct peer *old = flow(e, 1), *recent = flow(e, 2), *a = caller(e);

	peer_expect(recent, "INVITE");
	peer_disconnect(recent);
	refuse(old, peer_expect(old, "INVITE"), a);
	assert_int_equal(bindings(e), 1);
}

static void the_other_flow_is_taken_when_a_proxy_says_430(void **state)
{
	struct edge *e = *state;
	struct peer *old = flow(e, 1), *recent = flow(e, 2), *a = caller(e);

	peer_reply(recent, peer_expect(recent, "INVITE"), 430, "Flow Failed",
	           NULL, NULL);
	peer_expect(recent, "ACK");
	refuse(old, peer_expect(old, "INVITE"), a);
}

static void a_phone_that_refuses_is_not_asked_twice(void **state)
{
	struct edge *e = *state;
	struct peer *old = flow(e, 1), *recent = flow(e, 2), *a = caller(e);

	refuse(recent, peer_expect(recent, "INVITE"), a);
	peer_expect_none(old);
}

static void without_another_flow_the_branch_fails(void **state)
{
	struct edge *e = *state;
	struct peer *only = flow(e, 1), *a = caller(e);

	peer_expect(only, "INVITE");
	peer_disconnect(only);
	fails(a, "xxx INVITE");
	assert_int_equal(bindings(e), 0);
}

static void ring_late(struct edge *e)
{
	documents_put(e->documents, "accounts/edge/callflows/late.json",
	              "{'numbers': ['300'], 'flow': {'module': 'ring_group', "
	              "'data': {'endpoints': [{'id': 'bob', 'endpoint_type': "
	              "'device', 'delay': 5, 'timeout': 20}], 'timeout': 30}}}");
	server_use(e->server, documents_load(e->documents));
}

/* No connection is opened to where the phone was. */
static void a_flow_that_died_before_its_turn_is_not_called(void **state)
{
	struct edge *e = *state;
	struct peer *a, *only = flow(e, 1);

	ring_late(e);
	a = edge_peer(e, "alice", EDGE_UDP);
	peer_call(a, "300", peer_sdp(a, 4000, NULL));
	warp_ms(e->server->loop, 1000);
	peer_disconnect(only);
	warp_ms(e->server->loop, 6000);
	fails(a, "480");
	peer_expect_none(only);
	assert_int_equal(only->n_connections, 1);
}

static void nor_when_there_is_another(void **state)
{
	struct edge *e = *state;
	struct peer *a, *old = flow(e, 1), *recent = flow(e, 2);

	ring_late(e);
	a = edge_peer(e, "alice", EDGE_UDP);
	peer_call(a, "300", peer_sdp(a, 4000, NULL));
	warp_ms(e->server->loop, 1000);
	peer_disconnect(recent);
	warp_ms(e->server->loop, 6000);
	refuse(old, peer_expect(old, "INVITE"), a);
}

#define FLOW_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, edge_setup, edge_teardown)

/* --- MESSAGE ------------------------------------------------------------------- */

static void a_text_takes_the_other_flow_when_one_fails(void **state)
{
	struct edge *e = *state;
	struct peer *first = flow(e, 1), *second = flow(e, 2);
	struct peer *a = edge_peer(e, "alice", EDGE_UDP);
	struct peer_request rq = { .method = "MESSAGE",
		                   .uri = "sip:200@" EDGE_REALM };
	struct buf all = { 0 };

	peer_request(a, peer_dialog_new(a, "200"), &rq);
	peer_credentials(a, &all, peer_expect(a, "407"), NULL, "MESSAGE",
	                 rq.uri);
	rq.headers = all.p;
	peer_request(a, peer_dialog_new(a, "200"), &rq);
	buf_free(&all);
	peer_reply(second, peer_expect(second, "MESSAGE"), 430, "Flow Failed",
	           NULL, NULL);
	peer_expect_none(a);
	peer_reply(first, peer_expect(first, "MESSAGE"), 200, "OK", NULL,
	           NULL);
	peer_expect(a, "200");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW_TEST(who_asks_for_outbound_over_a_connection_is_told_so),
		FLOW_TEST(nobody_else_is),
		FLOW_TEST(a_flow_replaces_the_one_of_its_number),
		FLOW_TEST(a_phone_with_two_flows_rings_once),
		FLOW_TEST(the_other_flow_is_taken_when_one_dies_in_the_call),
		FLOW_TEST(the_other_flow_is_taken_when_a_proxy_says_430),
		FLOW_TEST(a_phone_that_refuses_is_not_asked_twice),
		FLOW_TEST(without_another_flow_the_branch_fails),
		FLOW_TEST(a_flow_that_died_before_its_turn_is_not_called),
		FLOW_TEST(nor_when_there_is_another),
		FLOW_TEST(a_text_takes_the_other_flow_when_one_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
