/* What no SIP peer should send: an answer or silence, and the server goes
 * on. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/edge.h"
#include "sip/agent.h"
#include "support/warp.h"

#define SDP(middle) "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n" middle
#define CONN        "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
#define AUDIO       "m=audio 4000 RTP/AVP 0\r\n"

/* The server still does its work, and holds on to nothing. */
static void is_well(struct edge *e)
{
	struct peer *p = edge_peer(e, NULL, EDGE_UDP);
	struct agent_gauges g;

	peer_in_dialog(p, peer_dialog_new(p, "200"), "OPTIONS", NULL, NULL);
	peer_expect(p, "200");
	g = agent_gauges(e->server->agent);
	assert_int_equal(g.legs, 0);
	assert_int_equal(g.requests, 0);
	assert_int_equal(g.transactions, 0);
}

/* `what` n times in a header field, in a request from each side. */
static void a_long_list(struct edge *e, const char *method, const char *name,
                        const char *what, size_t size)
{
	static const int sides[] = { EDGE_UDP, EDGE_TCP };
	struct buf field = { 0 };

	buf_fmt(&field, "%s: ", name);
	while (field.len < size)
		buf_fmt(&field, "%s,", what);
	buf_fmt(&field, "%s\r\n", what);
	for (size_t i = 0; i < NELEM(sides); i++) {
		struct peer *p = edge_peer(e, NULL, sides[i]);

		if (size > 65000 && sides[i] == EDGE_UDP)
			continue;
		peer_request(p, peer_dialog_new(p, "200"),
		             &(struct peer_request){ .method = method,
		                                     .headers = field.p,
		                                     .no = name });
		peer_poll(p);
	}
	buf_free(&field);
	is_well(e);
}

static void a_contact_list_of_60_kb_does_no_harm(void **state)
{
	a_long_list(*state, "REGISTER", "Contact", "<sip:a@b>", 60000);
}

static void a_contact_list_of_nothing_but_commas_does_no_harm(void **state)
{
	a_long_list(*state, "INVITE", "Contact", "", 60000);
}

static void long_lists_of_vias_and_routes_do_no_harm(void **state)
{
	a_long_list(*state, "OPTIONS", "Via", "SIP/2.0/UDP a;branch=z", 60000);
	a_long_list(*state, "INVITE", "Record-Route", "<sip:a;lr>", 60000);
}

static void a_message_of_2_mb_ends_its_connection_only(void **state)
{
	a_long_list(*state, "REGISTER", "Contact", "<sip:a@b>", 1900000);
}

static void thousands_of_headers_do_no_harm(void **state)
{
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);
	struct buf headers = { 0 };

	for (int i = 0; i < 8000; i++)
		buf_str(&headers, "a:b\r\n");
	peer_in_dialog(p, peer_dialog_new(p, "200"), "OPTIONS", headers.p,
	               NULL);
	peer_expect(p, "200");
	buf_free(&headers);
	is_well(*state);
}

/* --- noise --------------------------------------------------------------------- */

#define VIA  "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKnoise\r\n"
#define REST "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n" \
	     "Call-ID: noise\r\n"

static void noise_does_no_harm(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} noise[] = {
#define N(literal) { literal, sizeof(literal) - 1 }
		N(""), N("\0"), N("\r\n\r\n"), N("\r\n"), N("jaK"),
		N("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		/* STUN: requests, an answer to nothing, a wild length */
		N("\x00\x01\x00\x00!\x12\xa4"
		  "B123456789012"),
		N("\x01\x01\x00\x00!\x12\xa4"
		  "B123456789012"),
		N("\x00\x01\xff\xff!\x12\xa4"
		  "B123456789012"),
		N("INVITE"), N("INVITE sip:a@b SIP/2.0"),
		N("INVITE sip:a@b SIP/2.0\r\n\r\n"),
		N("INVITE sip:a@b SIP/7.0\r\n" VIA REST "CSeq: 1 INVITE\r\n\r\n"),
		N("OPTIONS sip:a\0b@c SIP/2.0\r\n" VIA REST
		  "CSeq: 1 OPTIONS\r\n\r\n"),
		N("OPT\0IONS sip:a@c SIP/2.0\r\n" VIA REST
		  "CSeq: 1 OPTIONS\r\n\r\n"),
		N("OPTIONS sip:%00%0d%0a@c SIP/2.0\r\n" VIA REST
		  "CSeq: 1 OPTIONS\r\nX: \0\r\n\r\n"),
		N("INVITE sip:%s%n@%s SIP/2.0\r\n" VIA REST
		  "CSeq: 1 INVITE\r\n\r\n"),
		N("OPTIONS sip:a@b SIP/2.0\r\n" VIA REST
		  "CSeq: 4294967296 OPTIONS\r\n\r\n"),
		N("OPTIONS sip:a@b SIP/2.0\r\n" VIA REST
		  "CSeq: 1 INVITE\r\n\r\n"),
		N("OPTIONS sip:a@b SIP/2.0\r\n" VIA REST
		  "CSeq: 1 OPTIONS\r\nContent-Length: -1\r\n\r\n"),
		N("OPTIONS sip:a@b SIP/2.0\r\n" VIA REST
		  "CSeq: 1 OPTIONS\r\nContent-Length: 4294967295\r\n\r\n"),
		N("OPTIONS sip:a@b SIP/2.0\r\n" VIA REST
		  "CSeq: 1 OPTIONS\r\nContent-Length: 99999999999999999999\r\n"
		  "\r\n"),
		/* answers to nothing, and through a Via that is not ours */
		N("SIP/2.0 200 OK\r\n" VIA REST "CSeq: 1 INVITE\r\n"
		  "Contact: <sip:x@127.0.0.1:9>\r\n\r\n"),
		N("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z\r\n"
		  REST "CSeq: 1 INVITE\r\n\r\n"),
		N("SIP/2.0 200 OK\r\n" REST "CSeq: 1 INVITE\r\n\r\n"),
		N("SIP/2.0 200 OK\r\n" VIA REST "\r\n"),
		N("SIP/2.0 999 Odd\r\n" VIA REST "CSeq: 1 INVITE\r\n\r\n"),
		N("SIP/2.0 0 Odd\r\n" VIA REST "CSeq: 1 BYE\r\n\r\n"),
		/* requests for nothing */
		N("ACK sip:a@b SIP/2.0\r\n" VIA REST "CSeq: 1 ACK\r\n\r\n"),
		N("CANCEL sip:a@b SIP/2.0\r\n" VIA REST
		  "CSeq: 1 CANCEL\r\n\r\n"),
		N("PRACK sip:a@b SIP/2.0\r\n" VIA REST
		  "CSeq: 1 PRACK\r\nRAck: 1 1 INVITE\r\n\r\n"),
		N("PRACK sip:a@b SIP/2.0\r\n" VIA REST
		  "CSeq: 1 PRACK\r\nRAck: x\r\n\r\n"),
#undef N
	};

	for (size_t i = 0; i < NELEM(noise); i++) {
		struct peer *udp = edge_peer(*state, NULL, EDGE_UDP);
		struct peer *tcp = edge_peer(*state, NULL, EDGE_TCP);

		peer_send_raw(udp, noise[i].text, noise[i].len);
		peer_poll(udp);
		peer_send_raw(tcp, noise[i].text, noise[i].len);
		peer_poll(tcp);
		peer_disconnect(tcp);
		is_well(*state);
		edge_forget_peers(*state);
	}
}

/* Changes a byte, or loses or doubles some; the new length. */
static size_t spoil(char *text, size_t len, unsigned *seed)
{
	size_t at, left, span;

	*seed = *seed * 1103515245u + 12345u;
	at = (*seed >> 8) % len;
	left = len - at;
	span = 1 + (*seed >> 4) % (left < 9 ? left : 9);
	switch ((*seed >> 24) % 3) {
	case 0:
		text[at] = (char)(*seed >> 16);
		return len;
	case 1:
		memmove(text + at, text + at + span, left - span);
		return len - span;
	default:
		memmove(text + at + span, text + at, left);
		return len + span;
	}
}

/* The same ones in every run. */
static void spoilt_messages_do_no_harm(void **state)
{
	static const char *const good[] = {
		"INVITE sip:200@edge.test SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKx, "
		"SIP/2.0/UDP 10.0.0.1\r\nMax-Forwards: 70\r\n"
		"From: \"A \\\" b\" <sip:alice@edge.test>;tag=1\r\n"
		"To: <sip:200@edge.test>\r\nCall-ID: spoilt\r\n"
		"CSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:9;x=y>;q=0.5\r\n"
		"Proxy-Authorization: Digest username=\"alice\", "
		"realm=\"edge.test\", nonce=\"n\", uri=\"sip:200@edge.test\", "
		"response=\"0123456789abcdef0123456789abcdef\", qop=auth, "
		"nc=00000001, cnonce=\"c\", algorithm=MD5\r\n"
		"Content-Type: application/sdp\r\nContent-Length: 89\r\n\r\n"
		SDP(CONN AUDIO),
		"REGISTER sip:edge.test SIP/2.0\r\n"
		"v: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKy\r\n"
		"f: <sip:alice@edge.test>;tag=1\r\nt: sip:alice@edge.test\r\n"
		"i: spoilt\r\nCSeq: 2 REGISTER\r\nRequire: path\r\n"
		"m: <sip:a@127.0.0.1:9>;expires=60;+sip.instance=\"<u>\", *\r\n"
		"Path: <sip:p;lr>\r\nExpires: 100\r\nl: 0\r\n\r\n",
	};
	struct edge *e = *state;
	struct peer *p = edge_peer(e, NULL, EDGE_UDP);
	unsigned seed = 1;

	for (int round = 0; round < 3000; round++) {
		const char *text = good[round % 2];
		size_t n = strlen(text), len = n;
		char copy[2048];

		memcpy(copy, text, n);
		for (int k = 0; k <= round % 5; k++)
			len = spoil(copy, len, &seed);
		peer_send_raw(p, copy, len);
		if (round % 50 == 0) {
			settle(e->server->loop);
			peer_poll(p);
		}
	}
	settle(e->server->loop);
	assert_int_equal(e->server->counters.calls, 0);
	warp_ms(e->server->loop, 40000);
	is_well(e);
}

/* --- session descriptions ----------------------------------------------------------- */

static void a_bad_offer_is_488_with_the_reason(void **state)
{
	struct buf many = { 0 };
	struct edge *e = *state;
	struct peer *alice = edge_peer(e, "alice", EDGE_UDP);
	struct peer *bob = edge_peer(e, "bob", EDGE_UDP);
	const char *offers[] = {
		SDP(CONN), "no sdp", SDP("c=IN IP4 999.1.1.1\r\nt=0 0\r\n" AUDIO),
		SDP(CONN "m=audio 70000 RTP/AVP 0\r\n"),
		SDP(CONN "m=audio 4000 RTP/AVP\r\n"), NULL
	};

	buf_str(&many, SDP(CONN));
	for (int i = 0; i < 200; i++)
		buf_str(&many, AUDIO);
	offers[NELEM(offers) - 1] = many.p;
	assert_int_equal(peer_register(bob, 600)->status, 200);
	for (size_t i = 0; i < NELEM(offers); i++) {
		const struct msg *m;

		peer_call(alice, "200", offers[i]);
		m = peer_expect(alice, "488");
		assert_non_null(msg_header(m, "Warning", 0));
		peer_ack(alice, m, NULL);
		peer_expect_none(bob);
	}
	buf_free(&many);
	is_well(e);
}

static void an_ack_before_any_answer_ends_nothing(void **state)
{
	struct edge *e = *state;
	struct peer *alice = edge_peer(e, "alice", EDGE_UDP);
	struct peer *bob = edge_peer(e, "bob", EDGE_UDP);
	const struct msg *in;
	struct dialog *d;
	char branch[128];

	peer_register(bob, 600);
	d = peer_call(alice, "200", SDP(CONN AUDIO));
	peer_request(alice, d,
	             &(struct peer_request){ .method = "ACK",
	                                     .cseq = d->invite->cseq,
	                                     .branch = msg_branch(d->invite,
	                                                          branch) });
	in = peer_expect(bob, "INVITE");
	peer_reply(bob, in, 486, "Busy Here", NULL, NULL);
	peer_expect(bob, "ACK");
	peer_ack(alice, peer_expect(alice, "486"), NULL);
	is_well(e);
}

#define edge_test(fn) cmocka_unit_test_setup_teardown(fn, edge_setup, \
	                                              edge_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		edge_test(a_contact_list_of_60_kb_does_no_harm),
		edge_test(a_contact_list_of_nothing_but_commas_does_no_harm),
		edge_test(long_lists_of_vias_and_routes_do_no_harm),
		edge_test(a_message_of_2_mb_ends_its_connection_only),
		edge_test(thousands_of_headers_do_no_harm),
		edge_test(noise_does_no_harm),
		edge_test(spoilt_messages_do_no_harm),
		edge_test(a_bad_offer_is_488_with_the_reason),
		edge_test(an_ack_before_any_answer_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
