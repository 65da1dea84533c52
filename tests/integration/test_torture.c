/* The torture messages of RFC 4475 and RFC 5118, byte for byte: what the
 * server answers to each, and that it does its work right afterwards. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "integration/edge.h"
#include "sip/agent.h"
#include "support/fixture.h"
#include "support/warp.h"

#define STRANGER "127.0.0.60" /* nobody knows it */
#define DESK     "127.0.0.40" /* a device by its address */

/* Beside a status: no answer, or the phone "user" is called (and busy). */
enum { SILENCE = 0, CALLED = 1 };

/* Over the transport that Via names.  `stranger` and `desk`: the answer to
 * each.  Where they differ: a stranger is asked who it is, and gets no answer
 * that is larger than what it sent. */
struct torture {
	const char *name, *section;
	int over; /* EDGE_UDP or EDGE_TCP */
	int stranger, desk;
	const char *why; /* what the RFC says, and what we make of it */
};

static const struct torture rfc4475[] = {
	/* valid ones */
	{ "wsinv", "3.1.1.1", EDGE_UDP, 481, 481,
	  "valid; its To has the tag of a dialog that does not exist" },
	{ "intmeth", "3.1.1.2", EDGE_TCP, 400, 400,
	  "valid, 405 or 501 of who does not know the method; sofia reads "
	  "none that begins with '!', so it is 400" },
	{ "esc01", "3.1.1.3", EDGE_UDP, 407, CALLED,
	  "the user is 'sips:user@example.com'" },
	{ "escnull", "3.1.1.4", EDGE_UDP, 401, 401, "valid: %00" },
	{ "esc02", "3.1.1.5", EDGE_TCP, 405, 405,
	  "RE%47IST%45R is not REGISTER" },
	{ "lwsdisp", "3.1.1.6", EDGE_UDP, SILENCE, 200, "valid" },
	{ "longreq", "3.1.1.7", EDGE_TCP, 407, CALLED, "valid" },
	{ "dblreq", "3.1.1.8", EDGE_UDP, 401, 401,
	  "a REGISTER; what follows in the datagram is ignored" },
	{ "semiuri", "3.1.1.9", EDGE_UDP, 200, 200,
	  "the user is 'user;par=u@example.net'" },
	{ "transports", "3.1.1.10", EDGE_UDP, SILENCE, 200, "valid" },
	{ "mpart01", "3.1.1.11", EDGE_UDP, 407, 404,
	  "valid: a MESSAGE to nobody of ours" },
	{ "unreason", "3.1.1.12", EDGE_UDP, SILENCE, SILENCE,
	  "an answer to nothing" },
	{ "noreason", "3.1.1.13", EDGE_UDP, SILENCE, SILENCE,
	  "an answer to nothing" },
	/* syntax */
	{ "badinv01", "3.1.2.1", EDGE_UDP, 400, 400, "400" },
	{ "clerr", "3.1.2.2", EDGE_UDP, 400, 400,
	  "400: the datagram ends before the body" },
	{ "ncl", "3.1.2.3", EDGE_UDP, 400, 400, "400" },
	{ "scalar02", "3.1.2.4", EDGE_TCP, 400, 400, "400: CSeq" },
	{ "scalarlg", "3.1.2.5", EDGE_TCP, SILENCE, SILENCE,
	  "an answer is just discarded" },
	{ "quotbal", "3.1.2.6", EDGE_UDP, 400, 400, "400" },
	{ "ltgtruri", "3.1.2.7", EDGE_UDP, 400, 400, "400 is reasonable" },
	{ "lwsruri", "3.1.2.8", EDGE_UDP, 400, 400, "400 is reasonable" },
	{ "lwsstart", "3.1.2.9", EDGE_UDP, 407, CALLED,
	  "400, or be liberal: nothing is in doubt" },
	{ "trws", "3.1.2.10", EDGE_TCP, 200, 200,
	  "400, or be liberal: nothing is in doubt" },
	{ "escruri", "3.1.2.11", EDGE_UDP, 407, CALLED,
	  "400, or ignore the headers: they go nowhere" },
	{ "baddate", "3.1.2.12", EDGE_UDP, 407, CALLED,
	  "400, or ignore it: we have no use for Date" },
	{ "regbadct", "3.1.2.13", EDGE_UDP, 400, 400, "400" },
	{ "badaspec", "3.1.2.14", EDGE_UDP, SILENCE, 200,
	  "400, or ignore the blanks" },
	{ "baddn", "3.1.2.15", EDGE_UDP, 400, 400, "400 is reasonable" },
	{ "badvers", "3.1.2.16", EDGE_UDP, SILENCE, 505, "505" },
	{ "mismatch01", "3.1.2.17", EDGE_UDP, SILENCE, 400, "400" },
	{ "mismatch02", "3.1.2.18", EDGE_UDP, 400, 400, "501 or 400" },
	{ "bigcode", "3.1.2.19", EDGE_UDP, SILENCE, SILENCE,
	  "an answer is just discarded" },
	/* transactions */
	{ "badbranch", "3.2.1", EDGE_UDP, SILENCE, 200,
	  "400, or fall back to RFC 2543: so here" },
	/* what the application decides */
	{ "insuf", "3.3.1", EDGE_UDP, 400, 400, "400" },
	{ "unkscm", "3.3.2", EDGE_TCP, 416, 416, "416" },
	{ "novelsc", "3.3.3", EDGE_TCP, 416, 416, "416" },
	{ "unksm2", "3.3.4", EDGE_UDP, 401, 401,
	  "who it is is asked before what it wants" },
	{ "bext01", "3.3.5", EDGE_TCP, SILENCE, SILENCE,
	  "420; but its Via says TLS, over which it did not come" },
	{ "invut", "3.3.6", EDGE_UDP, 415, 415, "415" },
	{ "regaut01", "3.3.7", EDGE_TCP, 401, 401,
	  "as if there were no credentials" },
	{ "multi01", "3.3.8", EDGE_UDP, 400, 400, "400" },
	{ "mcl01", "3.3.9", EDGE_UDP, 400, 400, "400" },
	{ "bcast", "3.3.10", EDGE_UDP, SILENCE, SILENCE,
	  "an answer to nothing is discarded" },
	{ "zeromf", "3.3.11", EDGE_UDP, SILENCE, 200,
	  "483 of a proxy; we are where it goes" },
	{ "cparam01", "3.3.12", EDGE_UDP, 401, 401, "valid" },
	{ "cparam02", "3.3.13", EDGE_UDP, 401, 401, "valid" },
	{ "regescrt", "3.3.14", EDGE_UDP, 401, 401, "valid" },
	{ "sdp01", "3.3.15", EDGE_UDP, 406, 406,
	  "406: it takes no session description" },
	/* RFC 2543 */
	{ "inv2543", "3.4.1", EDGE_UDP, 400, 400,
	  "for who wants to speak RFC 2543: we do not, a dialog needs tags" },
};

/* As printed, the Content-Length of three of them is wrong (it counts no
 * CR, or something else); here it is right. */
static const struct torture rfc5118[] = {
	{ "ipv6-good", "4.1", EDGE_UDP, 401, 401, "valid" },
	{ "ipv6-bad", "4.2", EDGE_UDP, 400, 400, "400" },
	{ "port-ambiguous", "4.3", EDGE_UDP, 401, 401, "valid" },
	{ "port-unambiguous", "4.4", EDGE_UDP, 401, 401, "valid" },
	{ "via-received-param-with-delim", "4.5", EDGE_UDP, SILENCE, 481,
	  "valid; a BYE to no dialog" },
	{ "via-received-param-no-delim", "4.5", EDGE_UDP, 200, 200, "valid" },
	{ "ipv6-in-sdp", "4.6", EDGE_UDP, 407, CALLED, "valid" },
	{ "mult-ip-in-header", "4.7", EDGE_UDP, SILENCE, 481,
	  "valid; a BYE to no dialog" },
	{ "mult-ip-in-sdp", "4.8", EDGE_UDP, 407, CALLED, "valid" },
	{ "ipv4-mapped-ipv6", "4.9", EDGE_UDP, 407, CALLED, "valid" },
	{ "ipv6-bug-abnf-3-colons", "4.10", EDGE_UDP, SILENCE, 200,
	  "to be tolerated" },
	{ "ipv6-correct-abnf-2-colons", "4.10", EDGE_UDP, SILENCE, 200,
	  "valid" },
};

/* --- the sender, who reads whatever comes -------------------------------- */

static int open_sender(const struct edge *e, const char *ip, int over)
{
	bool is_tcp = over == EDGE_TCP;
	struct addr from, to = edge_addr(e, over);
	int fd = socket(AF_INET, (is_tcp ? SOCK_STREAM : SOCK_DGRAM) |
	                                 SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(addr_parse(&from, ip, 0), 0);
	assert_int_equal(bind(fd, &from.u.sa, addr_len(&from)), 0);
	assert_int_equal(connect(fd, &to.u.sa, addr_len(&to)), 0);
	return fd;
}

/* The status of the final answer; SILENCE when there is none. */
static int status_at(int fd)
{
	int status = SILENCE, one;
	char in[65536];
	ssize_t n;

	while ((n = recv(fd, in, sizeof(in) - 1, MSG_DONTWAIT)) > 0) {
		in[n] = '\0';
		/* a stream may bring several at once */
		for (char *s = in; (s = strstr(s, "SIP/2.0 ")); s++)
			if ((s == in || s[-1] == '\n') &&
			    sscanf(s, "SIP/2.0 %d ", &one) == 1 && one >= 200)
				status = one;
	}
	return status;
}

static struct peer *phone_user(struct edge *e)
{
	struct peer_conf conf = { .loop = e->server->loop,
		                  .user = "user",
		                  .realm = "example.com",
		                  .password = "secret",
		                  .server = edge_addr(e, EDGE_UDP),
		                  .trace = &e->trace };

	peer_create(&e->peers[e->n_peers], &conf);
	return e->peers[e->n_peers++];
}

/* Was it called?  Then it is busy; and nothing of what the caller wrote into
 * its Request-URI has come with it. */
static bool is_called(struct peer *user)
{
	const struct msg *m = peer_poll(user);

	if (!m)
		return false;
	assert_string_equal(m->method, "INVITE");
	assert_string_equal(m->uri, peer_contact(user));
	assert_int_equal(msg_count(m, "Route"), 0);
	peer_reply(user, m, 486, "Busy Here", NULL, NULL);
	peer_expect(user, "ACK");
	return true;
}

static int answer_to(struct edge *e, const struct torture *t,
                     const char *folder, const char *ip, struct peer *user)
{
	int fd = open_sender(e, ip, t->over), status;
	struct buf path = { 0 }, text = { 0 };
	bool called;

	buf_fmt(&path, "torture/%s/%s", folder, t->name);
	fixture_read(&text, path.p);
	settle(e->server->loop);
	assert_int_equal(send(fd, text.p, text.len, 0), text.len);
	settle(e->server->loop);
	called = is_called(user);
	settle(e->server->loop);
	status = status_at(fd);
	if (called)
		assert_int_equal(status, 486);
	close(fd);
	buf_free(&text);
	buf_free(&path);
	return called ? CALLED : status;
}

/* A phone registers, OPTIONS is answered, and when the transactions have
 * ended nothing is left. */
static void is_well(struct edge *e, struct peer *user)
{
	struct agent_gauges g;

	assert_int_equal(peer_register(user, 3600)->status, 200);
	peer_in_dialog(user, peer_dialog_new(user, "user"), "OPTIONS", NULL,
	               NULL);
	peer_expect(user, "200");
	warp_ms(e->server->loop, 80000);
	g = agent_gauges(e->server->agent);
	assert_int_equal(g.legs, 0);
	assert_int_equal(g.requests, 0);
	assert_int_equal(g.transactions, 0);
	assert_int_equal(e->server->n_sessions, 0);
}

static void play(struct edge *e, const char *folder, const struct torture *t,
                 size_t n)
{
	struct peer *user = phone_user(e);
	unsigned wrong = 0;

	is_well(e, user);
	for (size_t i = 0; i < n; i++, t++) {
		int stranger = answer_to(e, t, folder, STRANGER, user), desk;

		is_well(e, user);
		desk = answer_to(e, t, folder, DESK, user);
		is_well(e, user);
		if (stranger == t->stranger && desk == t->desk)
			continue;
		wrong++;
		print_error("%s %s: %d and %d, not %d and %d (%s)\n",
		            t->section, t->name, stranger, desk, t->stranger,
		            t->desk, t->why);
	}
	assert_int_equal(wrong, 0);
}

static void every_message_of_rfc_4475_gets_its_answer(void **state)
{
	play(*state, "rfc4475", rfc4475, NELEM(rfc4475));
}

static void every_message_of_rfc_5118_gets_its_answer(void **state)
{
	play(*state, "rfc5118", rfc5118, NELEM(rfc5118));
}

/* Over the other transport it has to do no harm. */
static void over_another_transport_than_via_names_they_do_no_harm(void **state)
{
	struct edge *e = *state;
	struct peer *user = phone_user(e);

	for (size_t i = 0; i < NELEM(rfc4475); i++) {
		struct torture t = rfc4475[i];

		t.over = t.over == EDGE_UDP ? EDGE_TCP : EDGE_UDP;
		answer_to(e, &t, "rfc4475", STRANGER, user);
		is_well(e, user);
	}
}

/* Whoever is named in Via, by maddr or as a host: only the sender is
 * answered. */
static void an_answer_goes_to_nobody_but_the_sender(void **state)
{
	static const char *const vias[][2] = {
		{ "2.0", "SIP/2.0/UDP %s;branch=z9hG4bKa;maddr=%s" },
		{ "2.0", "SIP/2.0/UDP nowhere.example;branch=z9hG4bKb%.0s;"
		         "maddr=%s" },
		{ "7.0", "SIP/7.0/UDP %s;branch=z9hG4bKc;x=%s" },
		{ "2.0", "SIP/2.0/TCP %s;branch=z9hG4bKd;x=%s;;" },
	};
	struct edge *e = *state;
	struct addr at;
	socklen_t len = sizeof(at);
	int victim = open_sender(e, "127.0.0.61", EDGE_UDP);
	char host[ADDR_TEXT];

	assert_int_equal(getsockname(victim, &at.u.sa, &len), 0);
	close(victim);
	victim = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(victim, &at.u.sa, addr_len(&at)), 0);
	addr_ip_port(&at, host);
	for (size_t i = 0; i < NELEM(vias); i++) {
		int fd = open_sender(e, DESK, EDGE_UDP);
		struct buf text = { 0 }, via = { 0 };

		buf_str(&via, "OPTIONS sip:user@example.com SIP/");
		buf_str(&via, vias[i][0]);
		buf_str(&via, "\r\nVia: ");
		buf_str(&via, vias[i][1]);
		buf_fmt(&via, "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
		              "Call-ID: victim%zu\r\nCSeq: 1 OPTIONS\r\n"
		              "Content-Length: 0\r\n\r\n", i);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		buf_fmt(&text, via.p, host, host);
#pragma GCC diagnostic pop
		assert_int_equal(send(fd, text.p, text.len, 0), text.len);
		settle(e->server->loop);
		assert_true(status_at(fd) >= 200);
		assert_int_equal(status_at(victim), SILENCE);
		close(fd);
		buf_free(&text);
		buf_free(&via);
	}
	close(victim);
}

static int set_up(void **state)
{
	struct edge *e;

	edge_prepare(state);
	e = *state;
	documents_put(e->documents, "accounts/example/account.json",
	              "{'realm': 'example.com'}");
	documents_put(e->documents, "accounts/example/devices/user.json",
	              "{'sip': {'username': 'user', 'password': 'secret'}}");
	documents_put(e->documents, "accounts/example/devices/desk.json",
	              "{'sip': {'method': 'ip', 'ip': '" DESK "'}}");
	documents_put(e->documents, "accounts/example/callflows/user.json",
	              "{'numbers': ['user', 'sips:user@example.com'], "
	              "'flow': {'module': 'device', 'data': {'id': 'user'}}}");
	e->conf.guard.n_trusted = 0;
	edge_start(e);
	return 0;
}

#define torture_test(fn) \
	cmocka_unit_test_setup_teardown(fn, set_up, edge_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		torture_test(every_message_of_rfc_4475_gets_its_answer),
		torture_test(every_message_of_rfc_5118_gets_its_answer),
		torture_test(
		        over_another_transport_than_via_names_they_do_no_harm),
		torture_test(an_answer_goes_to_nobody_but_the_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
