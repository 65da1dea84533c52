/* integration/edge.c - the server, its directory and its peers. */
#include "cmocka_all.h"

#include "integration/edge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sip/agent.h"
#include "support/warp.h"

static char empty[] = "";

static void put_device(struct documents *d, const char *user,
                       const char *more)
{
	char path[64];

	snprintf(path, sizeof(path), "accounts/edge/devices/%s.json", user);
	documents_putf(d, path,
	               "{'sip': {'username': '%s', 'password': 'secret'}%s}",
	               user, more);
}

static void put_callflow(struct documents *d, const char *number,
                         const char *device)
{
	char path[64];

	snprintf(path, sizeof(path), "accounts/edge/callflows/%s.json",
	         number);
	documents_putf(d, path,
	               "{'numbers': ['%s'], 'flow': {'module': 'device', "
	               "'data': {'id': '%s', 'can_call_self': true}}}",
	               number, device);
}

static void listen_at(struct edge *e, int i, const char *ip,
                      enum conf_transport t)
{
	e->listen[i].uri = empty;
	e->listen[i].transport = t;
	assert_int_equal(addr_parse(&e->listen[i].addr, ip, 0), 0);
}

static void configure(struct edge *e)
{
	struct config *c = &e->conf;

	for (size_t n = 0; n < CONF_DIGESTS; n++)
		c->sip.digest[c->sip.n_digest++] = (enum conf_digest)n;
	listen_at(e, EDGE_UDP, "127.0.0.1", CONF_UDP);
	listen_at(e, EDGE_TCP, "127.0.0.1", CONF_TCP);
	listen_at(e, EDGE_UDP6, "::1", CONF_UDP);
	listen_at(e, EDGE_TCP6, "::1", CONF_TCP);
	c->path = c->cdr = c->control = c->sip.advertise = empty;
	c->directory = (char *)(uintptr_t)documents_dir(e->documents);
	c->sip.listen = e->listen;
	c->sip.n_listen = EDGE_LISTENERS;
	c->sip.max_calls = 100;
	c->sip.max_ring_time_s = 120;
	c->sip.session_expires_s = 1800;
	c->sip.t1_ms = 500;
	c->media.port_min = 20000;
	c->media.port_max = 39999;
	c->media.threads = 1;
	c->media.timeout_s = 60;
	c->registrar.min_expires_s = 60;
	c->registrar.default_expires_s = 600;
	c->registrar.max_expires_s = 3600;
	c->registrar.max_contacts = 5;
	c->registrar.keepalive_s = 30;
	c->registrar.database = empty;
	c->drain_s = 10;
	assert_int_equal(net_parse(&e->trusted[0], "127.0.0.0/8"), 0);
	assert_int_equal(net_parse(&e->trusted[1], "::1"), 0);
	c->guard.trusted = e->trusted;
	c->guard.n_trusted = NELEM(e->trusted);
	c->guard.sources = 100;
}

struct edge *edge_create(void)
{
	struct edge *e = xzalloc(sizeof(*e));

	warp_begin();
	e->documents = documents_create();
	documents_put(e->documents, "accounts/edge/account.json",
	              "{'realm': '" EDGE_REALM "'}");
	put_device(e->documents, "alice", "");
	put_device(e->documents, "bob", "");
	put_device(e->documents, "carol", ", 'enabled': false");
	put_callflow(e->documents, "100", "alice");
	put_callflow(e->documents, "200", "bob");
	configure(e);
	snprintf(e->database, sizeof(e->database), "%s/registrations.db",
	         documents_dir(e->documents));
	e->options = (struct server_options){ .clock = warp_clock,
		                              .hosts = "/dev/null" };
	return e;
}

void edge_start(struct edge *e)
{
	struct diag why = { 0 };
	int rc = server_create(&e->server, &e->conf, &e->options, &why);

	if (rc < 0)
		fprintf(stderr, "%s", buf_text(&why.text));
	diag_free(&why);
	assert_int_equal(rc, 0);
	settle(e->server->loop);
}

void edge_forget_peers(struct edge *e)
{
	for (size_t i = 0; i < e->n_peers; i++)
		peer_destroy(&e->peers[i]);
	e->n_peers = 0;
}

/* The peers go with their server: their loop is its. */
void edge_stop(struct edge *e)
{
	edge_forget_peers(e);
	server_destroy(&e->server);
}

void edge_destroy(struct edge **ep)
{
	struct edge *e = *ep;

	edge_stop(e);
	documents_destroy(&e->documents);
	buf_free(&e->trace);
	warp_end();
	free(e);
	*ep = NULL;
}

struct addr edge_addr(const struct edge *e, int at)
{
	struct addr a = e->listen[at].addr;

	addr_set_port(&a, agent_port(e->server->agent, (size_t)at));
	return a;
}

struct peer *edge_peer(struct edge *e, const char *user, int at)
{
	struct peer_conf conf = {
		.loop = e->server->loop,
		.user = user ? user : "stranger",
		.realm = EDGE_REALM,
		.password = "secret",
		.server = edge_addr(e, at),
		.is_tcp = at == EDGE_TCP || at == EDGE_TCP6,
		.is_v6 = at == EDGE_UDP6 || at == EDGE_TCP6,
		.trace = &e->trace,
	};

	assert_true(e->n_peers < EDGE_PEERS);
	peer_create(&e->peers[e->n_peers], &conf);
	return e->peers[e->n_peers++];
}

int edge_prepare(void **state)
{
	*state = edge_create();
	return 0;
}

int edge_setup(void **state)
{
	edge_prepare(state);
	edge_start(*state);
	return 0;
}

int edge_teardown(void **state)
{
	struct edge *e = *state;

	edge_destroy(&e);
	return 0;
}
