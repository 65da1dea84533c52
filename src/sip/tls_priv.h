/* sip/tls_priv.h - what the tls files share; for src/sip only. */
#ifndef B2BUA_SIP_TLS_PRIV_H
#define B2BUA_SIP_TLS_PRIV_H

#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/hash.h"
#include "sip/framing.h"
#include "sip/tls.h"

struct tls_name { /* of a server that we connect to */
	struct addr server;
	char *name; /* owned */
	UT_hash_handle hh;
};

#define TLS_MAGIC 0x715715u
struct tls {
	unsigned magic;
	struct loop *loop; /* borrowed */
	char *certificate, *key, *ca; /* owned */
	bool verify_client, verify_server;
	SSL_CTX *context; /* a reference; what new connections begin with */
	struct tls_name *names; /* owned */
	int64_t window_us; /* when the present one began */
	int64_t spent_us;  /* on handshakes within it */
	int64_t told_ms;   /* of a failed handshake */
	struct tls_gauges gauges;
};

#define TLS_CONN_MAGIC 0x715c0u
struct tls_conn { /* from SSL_new() to SSL_shutdown() of sofia's */
	unsigned magic;
	struct tls *tls; /* borrowed */
	SSL *ssl;        /* owned */
	bool is_up;      /* the handshake is done */
	size_t budget;   /* bytes that may still be read at this turn */
	struct framing framing;
	struct timer slow; /* for the handshake, then for each message */
	struct buf out;    /* what the peer does not take yet */
	int out_fd;        /* owned while out holds something; else -1 */
	struct loop_fd *writable; /* owned */
	struct timer stalled;
};

/* Reads the files into a context; NULL and the reason in `why`. */
SSL_CTX *tls_context_create(const struct tls_conf *conf, struct diag *why);

/* Without our answers: OpenSSL itself. */
struct tls_calls {
	SSL *(*create)(SSL_CTX *);
	int (*accept)(SSL *);
	int (*connect)(SSL *);
	int (*read)(SSL *, void *, int);
	int (*write)(SSL *, const void *, int);
	int (*shutdown)(SSL *);
	X509 *(*peer_certificate)(const SSL *);
};
const struct tls_calls *tls_openssl(void);

/* What sofia's calls come to; return values are OpenSSL's. */
struct tls_conn *tls_conn_create(struct tls *t);
void tls_conn_destroy(struct tls_conn **cp);
int tls_conn_handshake(struct tls_conn *c, bool is_server);
int tls_conn_read(struct tls_conn *c, char *bytes, int size);
int tls_conn_write(struct tls_conn *c, const char *bytes, int n);
/* Breaks the connection; sofia finds that and closes it. */
void tls_conn_break(struct tls_conn *c, const char *why);

/* Before the handshake with a server: whom do we expect? */
void tls_verify_server(struct tls_conn *c);
const char *tls_conn_peer(const struct tls_conn *c, char out[ADDR_TEXT]);

#endif
