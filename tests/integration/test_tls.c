/* TLS: registered phones, carriers, certificates, and those who would hold
 * everybody up. */
#include "cmocka_all.h"

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
	cert_make(dir, "phone", "ca", "IP:127.0.0.1,DNS:gw.test");
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

#define TLS_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(a_phone_registers_over_tls_and_is_called_there),
		TLS_TEST(a_phone_calls_over_tls),
		TLS_TEST(both_sides_may_be_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
