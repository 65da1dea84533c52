/* integration/edge.h - a server in this process with a small directory, for
 * tests of what it does at its edge: requests, proofs, registrations.
 *
 * Account "edge" with realm edge.test: the phones alice, bob and carol
 * (password "secret" each; carol is disabled), numbers 100 (alice) and 200
 * (bob). */
#ifndef B2BUA_TESTS_EDGE_H
#define B2BUA_TESTS_EDGE_H

#include "b2bua/server.h"
#include "support/documents.h"
#include "support/peer.h"

/* The listeners, in this order. */
enum { EDGE_UDP, EDGE_TCP, EDGE_UDP6, EDGE_TCP6, EDGE_LISTENERS };
#define EDGE_REALM "edge.test"
#define EDGE_PEERS 8

struct edge {
	struct documents *documents;
	struct config conf;
	struct conf_listen listen[EDGE_LISTENERS];
	struct net trusted[2]; /* the loopback */
	char database[64];
	struct server_options options;
	struct server *server; /* NULL until edge_start() */
	struct peer *peers[EDGE_PEERS];
	size_t n_peers;
	struct buf trace;
};

/* Everything but the server; a test may change what it will start with. */
struct edge *edge_create(void);
void edge_start(struct edge *e);
void edge_stop(struct edge *e);
void edge_destroy(struct edge **ep);

/* A peer that speaks to listener `at`; `user` NULL: a stranger. */
struct peer *edge_peer(struct edge *e, const char *user, int at);
void edge_forget_peers(struct edge *e); /* makes room for others */
struct addr edge_addr(const struct edge *e, int at);

/* For cmocka: the state is an edge that is started, or yet to be. */
int edge_prepare(void **state);
int edge_setup(void **state);
int edge_teardown(void **state);

#endif
