/* sip/tls.h - TLS for the agent's connections, on OpenSSL.
 *
 * sofia has a TLS transport, but it reads its certificate once, from a folder,
 * never frees a connection, waits for ever for a handshake and answers no
 * keep-alive.  What it asks of OpenSSL for a connection is therefore answered
 * here (tls_calls.c): doc/adr/0008-tls.md.  No types of OpenSSL's. */
#ifndef B2BUA_SIP_TLS_H
#define B2BUA_SIP_TLS_H

#include <stdbool.h>
#include "base/addr.h"
#include "base/diag.h"
#include "sip/loop.h"

struct tls;

struct tls_conf {                /* files are PEM; strings are copied */
	const char *certificate; /* the server's, then its chain */
	const char *key;
	const char *ca;          /* "": the system's */
	bool verify_client;      /* only clients with a certificate of ca */
	bool verify_server;      /* of those we connect to: chain and name */
};

/* Reads the files.  -EINVAL: which one, and why, is in `why`. */
int tls_create(struct tls **out, struct loop *l, const struct tls_conf *conf,
               struct diag *why);
void tls_destroy(struct tls **tp); /* NULL-safe; no connection may be left */
/* Only looks: for -t. */
int tls_check(const struct tls_conf *conf, struct diag *why);
/* The files anew, for connections from now on; those that are open keep what
 * they began with.  On a fault everything stays as it was. */
int tls_reload(struct tls *t, struct diag *why);
/* The name that a server at this address must prove when we connect to it;
 * without one, the address. */
void tls_expect(struct tls *t, const struct addr *server, const char *name);

struct tls_gauges {
	size_t connections;      /* those in their handshake included */
	uint64_t accepted, connected, failed; /* handshakes */
};
struct tls_gauges tls_gauges(const struct tls *t);

/* While this thread is between the two, contexts that are made stand for t:
 * connections on them are ours. */
void tls_adopt_begin(struct tls *t);
/* Were any made?  If not, our answers are not asked for. */
bool tls_adopt_end(void);

#endif
