/* support/peer_tls.h - the peer's side of TLS. */
#ifndef B2BUA_TESTS_PEER_TLS_H
#define B2BUA_TESTS_PEER_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct peer_tls_conf {     /* files are PEM; NULL: none */
	const char *certificate, *key;
	const char *ca;    /* verifies the other side by it */
	bool is_old;       /* TLS 1.1 at most */
};

struct peer_tls; /* one connection */

void peer_tls_create(struct peer_tls **out, const struct peer_tls_conf *conf,
                     int fd, bool is_server);
void peer_tls_destroy(struct peer_tls **tp); /* NULL-safe */
/* As read(2) and send(2) on a socket that does not block. */
ssize_t peer_tls_read(struct peer_tls *t, void *bytes, size_t size);
ssize_t peer_tls_write(struct peer_tls *t, const void *bytes, size_t n);
/* The handshake is done. */
bool peer_tls_is_up(struct peer_tls *t);
/* Is the other side's certificate the one in this file? */
bool peer_tls_sees(struct peer_tls *t, const char *certificate);

#endif
