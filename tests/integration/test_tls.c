/* TLS: registered phones, carriers, certificates, and those who would hold
 * everybody up. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/edge.h"
#include "support/cert.h"
#include "support/peer_impl.h"
#include "support/warp.h"

#define SDP_PORT 4000
#define AT_TLS   EDGE_TCP6 /* this listener speaks TLS here */

struct secure {
	struct edge *edge;
	char *files[6]; /* server.pem, .key, ca.pem, phone.pem, .key, other */
	char *hosts;
	struct peer *peers[8];
	size_t n;
	struct peer_tls_conf tls;
};

enum { SERVER, SERVER_KEY, CA, PHONE, PHONE_KEY, NEXT };

static void make_files(struct secure *s)
{
	static const char *const names[] = { "server.pem", "server.key",
		                             "ca.pem", "phone.pem",
		                             "phone.key", "next.pem" };
	const char *dir = documents_dir(s->edge->documents);

	cert_make(dir, "ca", NULL, NULL);
	cert_make(dir, "server", "ca", "IP:127.0.0.1,DNS:edge.test");
	cert_make(dir, "phone", "ca", "IP:127.0.0.2,DNS:gw.test");
	cert_make(dir, "next", "ca", "IP:127.0.0.1");
	for (size_t i = 0; i < NELEM(names); i++)
		s->files[i] = xasprintf("%s/%s", dir, names[i]);
}

static int prepare(void **state)
{
	struct secure *s = xzalloc(sizeof(*s));
	struct config *c;

	s->edge = edge_create();
	c = &s->edge->conf;
	make_files(s);
	documents_put(s->edge->documents, "hosts",
	              "127.0.0.2 gw.test other.test\n");
	s->hosts = xasprintf("%s/hosts", documents_dir(s->edge->documents));
	s->edge->options.hosts = s->hosts;
	s->edge->listen[AT_TLS].transport = CONF_TLS;
	addr_parse(&s->edge->listen[AT_TLS].addr, "127.0.0.1", 0);
	c->tls.certificate = s->files[SERVER];
	c->tls.key = s->files[SERVER_KEY];
	c->tls.ca = s->files[CA];
	c->tls.verify_server = true;
	s->tls = (struct peer_tls_conf){ .ca = s->files[CA],
		                         .certificate = s->files[PHONE],
		                         .key = s->files[PHONE_KEY] };
	*state = s;
	return 0;
}

static int set_up(void **state)
{
	struct secure *s;

	prepare(state);
	s = *state;
	edge_start(s->edge);
	return 0;
}

static int tear_down(void **state)
{
	struct secure *s = *state;
	struct agent_gauges g;

	warp_ms(s->edge->server->loop, 100000);
	g = agent_gauges(s->edge->server->agent);
	assert_int_equal(g.legs + g.requests + g.transactions, 0);
	for (size_t i = 0; i < s->n; i++)
		peer_destroy(&s->peers[i]);
	edge_destroy(&s->edge);
	for (size_t i = 0; i < NELEM(s->files); i++)
		free(s->files[i]);
	free(s->hosts);
	free(s);
	return 0;
}

static struct peer *peer_at(struct secure *s, const char *user, int at,
                            const struct peer_tls_conf *tls)
{
	struct peer_conf conf = { .loop = s->edge->server->loop,
		                  .user = user,
		                  .realm = EDGE_REALM,
		                  .password = "secret",
		                  .server = edge_addr(s->edge, at),
		                  .is_tcp = at != EDGE_UDP,
		                  .tls = tls,
		                  .trace = &s->edge->trace };

	assert_true(s->n < NELEM(s->peers));
	peer_create(&s->peers[s->n], &conf);
	return s->peers[s->n++];
}

static struct peer *phone(struct secure *s, const char *user, int at)
{
	struct peer *p = peer_at(s, user, at, at == AT_TLS ? &s->tls : NULL);

	assert_int_equal(peer_register(p, 600)->status, 200);
	return p;
}

static struct tls_gauges gauges(struct secure *s)
{
	return tls_gauges(agent_tls(s->edge->server->agent));
}

/* --- calls ------------------------------------------------------------------- */

/* Everything that crosses an ordinary call, both ways. */
static void call(struct secure *s, struct peer *a, struct peer *b)
{
	struct dialog *d = peer_call(a, "200", peer_sdp(a, SDP_PORT, NULL));
	const struct msg *invite = peer_pick(b, "INVITE");

	peer_reply(b, invite, 180, "Ringing", NULL, NULL);
	peer_pick(a, "180");
	peer_reply(b, invite, 200, "OK", NULL, peer_sdp(b, SDP_PORT, NULL));
	peer_ack(a, peer_pick(a, "200 INVITE"), NULL);
	peer_pick(b, "ACK");
	warp_ms(s->edge->server->loop, 1000);
	peer_in_dialog(b, peer_dialog(b, invite), "INFO", NULL, NULL);
	peer_reply(a, peer_pick(a, "INFO"), 200, "OK", NULL, NULL);
	peer_pick(b, "200 INFO");
	peer_bye(a, d);
	peer_pick(a, "200 BYE");
	peer_reply(b, peer_pick(b, "BYE"), 200, "OK", NULL, NULL);
}

static void a_phone_registers_over_tls_and_is_called_there(void **state)
{
	struct secure *s = *state;
	struct peer *b = phone(s, "bob", AT_TLS);

	call(s, phone(s, "alice", EDGE_UDP), b);
	assert_int_equal(b->n_connections, 1); /* the one it registered over */
	assert_true(peer_tls_sees(b->connections[0].tls, s->files[SERVER]));
}

static void a_phone_calls_over_tls(void **state)
{
	struct secure *s = *state;
	struct peer *b = phone(s, "bob", EDGE_UDP);

	call(s, phone(s, "alice", AT_TLS), b);
}

static void both_sides_may_be_tls(void **state)
{
	struct secure *s = *state;
	struct peer *b = phone(s, "bob", AT_TLS);

	call(s, phone(s, "alice", AT_TLS), b);
	assert_int_equal(gauges(s).connections, 2);
	peer_disconnect(b);
	settle(s->edge->server->loop);
	assert_int_equal(gauges(s).connections, 1);
	assert_int_equal(registrar_count(s->edge->server->registrar), 1);
}


/* --- carriers ------------------------------------------------------------------ */

/* Dials out through a gateway that speaks TLS, known as `server`. */
static struct peer *dial_out(struct secure *s, struct peer **caller,
                             const char *server)
{
	struct documents *docs = s->edge->documents;
	struct peer *gateway;
	struct peer_conf conf = { .loop = s->edge->server->loop,
		                  .user = "gw",
		                  .ip = "127.0.0.2",
		                  .is_tcp = true,
		                  .tls = &s->tls,
		                  .trace = &s->edge->trace };

	peer_create(&gateway, &conf);
	assert_true(s->n < NELEM(s->peers));
	s->peers[s->n++] = gateway;
	documents_putf(docs, "resources/carrier.json",
	               "{'rules': ['^\\\\+?(\\\\d{7,})$'], 'gateways': [{'server': "
	               "'%s', 'port': %u, 'transport': 'tls'}]}",
	               server, addr_port(&gateway->addr));
	documents_put(docs, "accounts/edge/callflows/out.json",
	              "{'numbers': ['900'], 'flow': {'module': 'resources', "
	              "'data': {'to_did': '+14155550100', 'use_local_resources': "
	              "false}}}");
	server_use(s->edge->server, documents_load(docs));
	*caller = phone(s, "alice", EDGE_UDP);
	peer_call(*caller, "900", peer_sdp(*caller, SDP_PORT, NULL));
	return gateway;
}

static void a_carrier_is_called_over_tls_by_its_name(void **state)
{
	struct secure *s = *state;
	struct peer *alice, *gw = dial_out(s, &alice, "gw.test");
	const struct msg *invite = peer_pick(gw, "INVITE");
	char via[512];

	assert_non_null(strstr(msg_value(invite, "Via", 0, via), "SIP/2.0/TLS"));
	peer_reply(gw, invite, 486, "Busy Here", NULL, NULL);
	peer_pick(gw, "ACK");
	peer_ack(alice, peer_pick(alice, "486"), NULL);
	assert_int_equal(gauges(s).connected, 1);
}

static void a_carrier_with_the_address_in_its_certificate_will_do(void **state)
{
	struct secure *s = *state;
	struct peer *alice, *gw = dial_out(s, &alice, "127.0.0.2");

	peer_reply(gw, peer_pick(gw, "INVITE"), 486, "Busy Here", NULL, NULL);
	peer_pick(gw, "ACK");
	peer_ack(alice, peer_pick(alice, "486"), NULL);
}

static void is_not_called(struct secure *s, const char *server)
{
	struct peer *alice, *gw = dial_out(s, &alice, server);
	const struct msg *m;

	for (int i = 0; i < 10; i++) /* their handshake takes turns */
		peer_expect_none(gw);
	m = peer_pick(alice, "xxx INVITE");
	assert_true(m->status >= 480);
	peer_ack(alice, m, NULL);
	peer_expect_none(gw);
	assert_int_equal(gauges(s).connected, 0);
}

static void a_carrier_of_another_name_is_not_called(void **state)
{
	is_not_called(*state, "other.test");
}

static void a_carrier_that_nobody_vouches_for_is_not_called(void **state)
{
	struct secure *s = *state;
	const char *dir = documents_dir(s->edge->documents);

	cert_make(dir, "phone", NULL, "IP:127.0.0.2,DNS:gw.test");
	is_not_called(s, "gw.test");
}

static void a_carrier_may_be_trusted_unseen(void **state)
{
	struct secure *s = *state;
	const char *dir = documents_dir(s->edge->documents);
	struct peer *alice, *gw;

	s->edge->conf.tls.verify_server = false;
	edge_start(s->edge);
	cert_make(dir, "phone", NULL, "IP:127.9.9.9");
	gw = dial_out(s, &alice, "gw.test");
	peer_reply(gw, peer_pick(gw, "INVITE"), 486, "Busy Here", NULL, NULL);
	peer_pick(gw, "ACK");
	peer_ack(alice, peer_pick(alice, "486"), NULL);
}

/* --- certificates --------------------------------------------------------------- */

static void copy_over(const char *from, const char *to)
{
	char *command = xasprintf("cp %s %s", from, to);

	assert_int_equal(system(command), 0);
	free(command);
}

static void use_next(struct secure *s)
{
	char *key = xasprintf("%.*s.key", (int)strlen(s->files[NEXT]) - 4,
	                      s->files[NEXT]);

	copy_over(s->files[NEXT], s->files[SERVER]);
	copy_over(key, s->files[SERVER_KEY]);
	free(key);
}

static void a_reload_changes_what_new_connections_see(void **state)
{
	struct secure *s = *state;
	struct peer *b = phone(s, "bob", AT_TLS), *a = phone(s, "alice", AT_TLS);
	struct dialog *d = peer_call(a, "200", peer_sdp(a, SDP_PORT, NULL));
	const struct msg *invite = peer_pick(b, "INVITE");
	struct peer *late;
	struct diag why = { 0 };

	peer_reply(b, invite, 200, "OK", NULL, peer_sdp(b, SDP_PORT, NULL));
	peer_ack(a, peer_pick(a, "200 INVITE"), NULL);
	peer_pick(b, "ACK");
	use_next(s);
	assert_int_equal(tls_reload(agent_tls(s->edge->server->agent), &why),
	                 0);
	late = phone(s, "alice", AT_TLS);
	assert_true(peer_tls_sees(late->connections[0].tls, s->files[NEXT]));
	/* the call goes on over what it began with */
	peer_bye(a, d);
	peer_pick(a, "200 BYE");
	peer_reply(b, peer_pick(b, "BYE"), 200, "OK", NULL, NULL);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void a_bad_file_changes_nothing_and_is_named(void **state)
{
	struct secure *s = *state;
	struct tls *tls = agent_tls(s->edge->server->agent);
	char *before = xasprintf("%s.before", s->files[SERVER]);
	struct diag why = { 0 };
	struct peer *p;

	copy_over(s->files[SERVER], before);
	write_text(s->files[SERVER], "no certificate\n");
	assert_int_equal(tls_reload(tls, &why), -EINVAL);
	assert_non_null(strstr(why.text.p, "server.pem: "));
	diag_free(&why);
	copy_over(s->files[NEXT], s->files[SERVER]); /* of another key */
	assert_int_equal(tls_reload(tls, &why), -EINVAL);
	assert_non_null(strstr(why.text.p, "key"));
	diag_free(&why);
	unlink(s->files[SERVER]);
	assert_int_equal(tls_reload(tls, &why), -EINVAL);
	assert_non_null(strstr(why.text.p, "No such file"));
	diag_free(&why);
	p = phone(s, "alice", AT_TLS);
	assert_true(peer_tls_sees(p->connections[0].tls, before));
	free(before);
}

static bool is_turned_away(struct secure *s, const struct peer_tls_conf *tls)
{
	struct peer *p = peer_at(s, "alice", AT_TLS, tls);
	struct dialog *d = peer_dialog_new(p, "alice");
	uint64_t failed = gauges(s).failed;

	for (int i = 0; i < 10; i++) {
		char byte;

		settle(s->edge->server->loop);
		if (p->connections[0].fd >= 0)
			peer_tls_read(p->connections[0].tls, &byte, 1);
	}
	(void)d;
	return gauges(s).failed == failed + 1;
}

static void tls_before_1_2_is_refused(void **state)
{
	struct secure *s = *state;
	struct peer_tls_conf old = { .is_old = true };

	assert_true(is_turned_away(s, &old));
	assert_int_equal(gauges(s).accepted, 0);
}

static void clients_may_have_to_prove_themselves(void **state)
{
	struct secure *s = *state;
	struct peer_tls_conf nobody = { .ca = s->files[CA] };

	s->edge->conf.tls.verify_client = true;
	edge_start(s->edge);
	assert_true(is_turned_away(s, &nobody));
	phone(s, "alice", AT_TLS);
	assert_int_equal(gauges(s).accepted, 1);
}

static void the_chain_is_sent(void **state)
{
	struct secure *s = *state;
	const char *dir = documents_dir(s->edge->documents);
	struct peer *p;

	cert_make(dir, "middle", "ca", NULL);
	cert_make(dir, "server", "middle", "IP:127.0.0.1");
	edge_start(s->edge);
	p = phone(s, "alice", AT_TLS); /* which verifies by ca alone */
	assert_true(peer_tls_is_up(p->connections[0].tls));
}

/* --- connections that go nowhere ------------------------------------------------ */

static void keepalives_are_answered(void **state)
{
	struct secure *s = *state;
	struct peer *p = phone(s, "alice", AT_TLS);

	peer_send_raw(p, "\r\n\r\n", 4);
	assert_int_equal(peer_pongs(p), 1);
	peer_send_raw(p, "\r\n", 2);
	assert_int_equal(peer_pongs(p), 1);
	peer_send_raw(p, "\r\n\r\n\r\n\r\n\r\n\r\n", 12);
	assert_int_equal(peer_pongs(p), 4);
	/* it does not keep an otherwise idle connection's place in a message */
	warp_ms(s->edge->server->loop, 200000);
	assert_int_equal(gauges(s).connections, 1); /* it registered */
}

static void a_handshake_that_does_not_end_is_given_up(void **state)
{
	struct secure *s = *state;
	struct peer *p = peer_at(s, "x", EDGE_TCP, NULL);
	struct addr at = edge_addr(s->edge, AT_TLS);

	peer_set_server(p, &at);
	peer_connect(p); /* and says nothing */
	settle(s->edge->server->loop);
	assert_int_equal(gauges(s).connections, 1);
	warp_ms(s->edge->server->loop, 11000);
	assert_int_equal(gauges(s).connections, 0);
	peer_connect(p);
	peer_send_raw(p, "\x16\x03\x01\x02", 4); /* or begins to */
	warp_ms(s->edge->server->loop, 5000);
	assert_int_equal(gauges(s).connections, 1);
	warp_ms(s->edge->server->loop, 6000);
	assert_int_equal(gauges(s).connections, 0);
	peer_connect(p);
	peer_send_raw(p, "OPTIONS sip:a SIP/2.0\r\n", 23); /* or is no TLS */
	settle(s->edge->server->loop);
	assert_int_equal(gauges(s).connections, 0);
}

static void a_message_that_does_not_end_is_given_up(void **state)
{
	struct secure *s = *state;
	struct peer *p = phone(s, "alice", AT_TLS);

	peer_send_raw(p, "OPTIONS sip:a SIP/2.0\r\n", 23);
	for (int i = 0; i < 40 && gauges(s).connections; i++) {
		peer_send_raw(p, "X", 1);
		warp_ms(s->edge->server->loop, 1000);
	}
	assert_int_equal(gauges(s).connections, 0);
	assert_int_equal(registrar_count(s->edge->server->registrar), 0);
}

/* Its handshake fails with an error that nobody else must be charged with. */
static void the_fault_of_one_is_not_anothers(void **state)
{
	struct secure *s = *state;
	struct peer *p = phone(s, "alice", AT_TLS);
	struct peer *bad = peer_at(s, "x", EDGE_TCP, NULL);
	struct addr at = edge_addr(s->edge, AT_TLS);
	char record[] = "\x17\x03\x03\x00\x40";

	peer_set_server(bad, &at);
	for (int i = 0; i < 5; i++) {
		peer_connect(bad);
		peer_send_raw(bad, "no TLS at all\r\n\r\n", 17);
		/* half a record: there is nothing to read yet */
		if (i == 4)
			send(p->connections[0].fd, record, 5, 0);
		settle(s->edge->server->loop);
		assert_int_equal(gauges(s).connections, 1);
	}
}

static void fill_up(struct secure *s, struct peer *p)
{
	char one[640];

	for (int i = 0; i < 20000 && gauges(s).connections; i++) {
		int n = snprintf(one, sizeof(one),
		                 "OPTIONS sip:edge.test SIP/2.0\r\n"
		                 "Via: SIP/2.0/TLS 127.0.0.1:9;branch="
		                 "z9hG4bK%d\r\nFrom: <sip:x@edge.test>;tag=1\r\n"
		                 "To: <sip:edge.test>\r\nCall-ID: %d\r\n"
		                 "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
		                 "Content-Length: 0\r\n\r\n",
		                 i, i);

		if (peer_tls_write(p->connections[0].tls, one, (size_t)n) < 0)
			break;
		if (i % 16 == 0)
			settle(s->edge->server->loop);
	}
}

static void a_peer_that_never_reads_is_given_up(void **state)
{
	struct secure *s = *state;
	struct peer *p = phone(s, "alice", AT_TLS);
	struct peer *b = phone(s, "bob", AT_TLS);

	fill_up(s, p);
	warp_ms(s->edge->server->loop, 40000);
	assert_int_equal(gauges(s).connections, 1);
	peer_send_raw(b, "\r\n\r\n", 4);
	assert_int_equal(peer_pongs(b), 1);
}

/* --- a crowd ------------------------------------------------------------------- */

static int open_to(struct secure *s, int at, const char *from)
{
	struct addr to = edge_addr(s->edge, at), ours;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	addr_parse(&ours, from, 0);
	assert_int_equal(bind(fd, &ours.u.sa, addr_len(&ours)), 0);
	assert_int_equal(connect(fd, &to.u.sa, addr_len(&to)), 0);
	return fd;
}

static size_t still_open(const int *fds, size_t n)
{
	size_t open = 0;
	char byte;

	for (size_t i = 0; i < n; i++)
		open += recv(fds[i], &byte, 1, MSG_DONTWAIT) < 0 &&
		        errno == EAGAIN;
	return open;
}

static void one_source_holds_so_many_connections(void **state)
{
	struct secure *s = *state;
	struct peer *p, *q;
	int fds[16], other;

	s->edge->conf.guard.n_trusted = 0;
	s->edge->conf.sip.max_connections_per_source = 4;
	edge_start(s->edge);
	p = phone(s, "alice", AT_TLS);
	q = phone(s, "bob", EDGE_TCP);
	other = open_to(s, EDGE_TCP, "127.0.0.9");
	for (size_t i = 0; i < NELEM(fds); i++) {
		fds[i] = open_to(s, i % 2 ? AT_TLS : EDGE_TCP, "127.0.0.1");
		settle(s->edge->server->loop);
	}
	warp_ms(s->edge->server->loop, 1000);
	assert_int_equal(still_open(fds, NELEM(fds)), 4);
	assert_int_equal(still_open(&other, 1), 1);
	call(s, p, q); /* those who registered are not counted */
	for (size_t i = 0; i < NELEM(fds); i++)
		close(fds[i]);
	close(other);
}

static void all_strangers_hold_so_many_connections(void **state)
{
	struct secure *s = *state;
	int fds[16];

	s->edge->conf.guard.n_trusted = 0;
	s->edge->conf.sip.max_connections = 6;
	edge_start(s->edge);
	for (size_t i = 0; i < NELEM(fds); i++) {
		char from[16];

		snprintf(from, sizeof(from), "127.0.3.%zu", i + 1);
		fds[i] = open_to(s, EDGE_TCP, from);
		settle(s->edge->server->loop);
	}
	warp_ms(s->edge->server->loop, 1000);
	assert_int_equal(still_open(fds, NELEM(fds)), 6);
	for (size_t i = 0; i < NELEM(fds); i++)
		close(fds[i]);
}

/* guard.trusted: the networks of ours, of a proxy in front. */
static void a_trusted_network_holds_as_many_as_it_likes(void **state)
{
	struct secure *s = *state;
	struct agent_gauges g;
	int fds[16];

	s->edge->conf.sip.max_connections = 6;
	s->edge->conf.sip.max_connections_per_source = 2;
	edge_start(s->edge);
	for (size_t i = 0; i < NELEM(fds); i++) {
		fds[i] = open_to(s, i % 4 ? EDGE_TCP : AT_TLS, "127.0.0.9");
		settle(s->edge->server->loop);
	}
	warp_ms(s->edge->server->loop, 1000);
	assert_int_equal(still_open(fds, NELEM(fds)), NELEM(fds));
	g = agent_gauges(s->edge->server->agent);
	assert_int_equal(g.by_tcp, 12);
	assert_int_equal(g.by_tls, 4);
	for (size_t i = 0; i < NELEM(fds); i++)
		close(fds[i]);
}

#define TLS_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
#define LATE_TEST(fn) cmocka_unit_test_setup_teardown(fn, prepare, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(a_phone_registers_over_tls_and_is_called_there),
		TLS_TEST(a_phone_calls_over_tls),
		TLS_TEST(both_sides_may_be_tls),
		TLS_TEST(a_carrier_is_called_over_tls_by_its_name),
		TLS_TEST(a_carrier_with_the_address_in_its_certificate_will_do),
		TLS_TEST(a_carrier_of_another_name_is_not_called),
		TLS_TEST(a_carrier_that_nobody_vouches_for_is_not_called),
		LATE_TEST(a_carrier_may_be_trusted_unseen),
		TLS_TEST(a_reload_changes_what_new_connections_see),
		TLS_TEST(a_bad_file_changes_nothing_and_is_named),
		TLS_TEST(tls_before_1_2_is_refused),
		LATE_TEST(clients_may_have_to_prove_themselves),
		LATE_TEST(the_chain_is_sent),
		TLS_TEST(keepalives_are_answered),
		TLS_TEST(a_handshake_that_does_not_end_is_given_up),
		TLS_TEST(a_message_that_does_not_end_is_given_up),
		TLS_TEST(the_fault_of_one_is_not_anothers),
		TLS_TEST(a_peer_that_never_reads_is_given_up),
		LATE_TEST(one_source_holds_so_many_connections),
		LATE_TEST(all_strangers_hold_so_many_connections),
		LATE_TEST(a_trusted_network_holds_as_many_as_it_likes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
