/* sip/digest.h - HTTP digest for SIP: RFC 7616, RFC 8760, RFC 3261 22.
 * Pure: libcrypto, no sockets, no clock of its own; no sofia types.
 *
 * Server side: a stateless nonce (time, a random part, whom it was given to,
 * and their HMAC, which also covers the realm), so a challenge costs no memory; replay of a nonce
 * count is refused through a small bounded table of nonces that proved
 * themselves. */
#ifndef B2BUA_SIP_DIGEST_H
#define B2BUA_SIP_DIGEST_H

#include <stdbool.h>
#include "base/buf.h"

enum digest_algorithm { DIGEST_MD5, DIGEST_SHA256, DIGEST_SHA512_256 };
#define DIGEST_ALGORITHMS 3

struct digest; /* server state: secret, nonce table */

struct digest_conf {
	unsigned nonce_ttl_s;   /* 300 */
	size_t max_nonces;      /* whose nc is remembered; 100000 */
};
int digest_create(struct digest **out, const struct digest_conf *conf);
void digest_destroy(struct digest **dp);

struct digest_offer {
	const char *realm;
	const enum digest_algorithm *algorithms; /* in order of preference */
	size_t n;
	bool is_stale;
	int64_t unix_s;
	uint32_t source;        /* who is asked: any number that others will
	                           hardly have */
};
/* One header value per algorithm (RFC 8760 2.4), without the header name:
 *   Digest realm="r", nonce="...", algorithm=SHA-512-256, qop="auth"
 * `out` has DIGEST_ALGORITHMS places, cleared before. */
void digest_challenge(struct digest *d, const struct digest_offer *offer,
                      struct buf out[DIGEST_ALGORITHMS]);

/* Do these credentials carry a live nonce that this source was given?  Then
 * the sender receives what is sent to it.  Whether they are right is another
 * question. */
struct digest_params;
bool digest_was_asked(struct digest *d, const struct digest_params *p,
                      const char *realm, uint32_t source, int64_t unix_s);

/* Credentials as they came: "name=value" parameters, quotes included, as
 * sofia's msg_auth_t gives them; NULL-terminated. */
struct digest_params {
	const char *const *params;
};

enum digest_result {
	DIGEST_OK,
	DIGEST_STALE,     /* right password, but the nonce expired or is not
	                     ours any more: challenge with stale=true */
	DIGEST_WRONG,     /* wrong password, unknown user, wrong realm, replay */
	DIGEST_MALFORMED  /* missing or duplicate parameters: 400 */
};

/* The unquoted value of a parameter, in out; false when absent, duplicate or
 * too long. */
bool digest_param(const struct digest_params *p, const char *name, char *out,
                  size_t size);

/* The algorithm that credentials use: MD5 when they name none (RFC 7616
 * 3.3); false when it is not one of ours, or is named twice. */
bool digest_algorithm_of(const struct digest_params *p,
                         enum digest_algorithm *out);

struct digest_query {
	struct digest_params params;
	const char *method;     /* of the request */
	const char *realm;      /* the one expected */
	const char *username;   /* of the device; NULL: unknown user */
	const char *password;   /* NULL: unknown user or disabled device: the
	                           same work is done and the answer is WRONG */
	int64_t unix_s;
};
/* The digest-uri is taken as the client wrote it (RFC 7616 3.4.6 allows
 * proxies to have rewritten the Request-URI). */
enum digest_result digest_check(struct digest *d,
                                const struct digest_query *q);

/* Client side: the value of an Authorization / Proxy-Authorization header
 * that answers a challenge.  nc starts at 1.  -EINVAL when the challenge
 * is broken or asks for an algorithm or qop that we do not have. */
struct digest_answer {
	const char *username, *password, *method, *uri;
	unsigned nc;
	const char *cnonce;     /* NULL: drawn */
};
int digest_respond(struct buf *out, const struct digest_params *challenge,
                   const struct digest_answer *a);

#endif
