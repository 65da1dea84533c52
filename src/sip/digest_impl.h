/* sip/digest_impl.h - what the digest_*.c files share; nobody else's. */
#ifndef B2BUA_SIP_DIGEST_IMPL_H
#define B2BUA_SIP_DIGEST_IMPL_H

#include "sip/digest.h"

#define DIGEST_HEX (2 * 32 + 1) /* room for any of our hashes, with zero */

/* --- digest_hash.c: libcrypto ------------------------------------------ */
struct digest_hash; /* the algorithms, fetched once; not for two threads */

int digest_hash_create(struct digest_hash **out);
void digest_hash_destroy(struct digest_hash **hp);
/* libcrypto may lack MD5 (FIPS). */
bool digest_hash_has(const struct digest_hash *h, enum digest_algorithm a);

const char *digest_algorithm_name(enum digest_algorithm a);
/* 0 or -ENOENT; *is_session for the "-sess" variants. */
int digest_algorithm_find(const char *name, enum digest_algorithm *out,
                          bool *is_session);

/* What a response is made of (RFC 7616 3.4.1 to 3.4.3). */
struct digest_input {
	enum digest_algorithm algorithm;
	bool is_session;
	const char *username, *realm, *password;
	const char *method, *uri;
	const char *nonce, *nc, *cnonce;
	const char *qop; /* NULL: RFC 2069 */
};
/* Lower-case hex into out; -EIO when libcrypto fails. */
int digest_hash_response(struct digest_hash *h, const struct digest_input *in,
                         char out[DIGEST_HEX]);

/* --- digest_param.c ----------------------------------------------------- */
/* 0, -ENOENT, -EEXIST (twice), -EMSGSIZE, -EINVAL (bad quoting). */
int digest_param_get(const struct digest_params *p, const char *name, char *out,
                     size_t size);
/* name="value", escaped. */
void digest_param_quote(struct buf *out, const char *name, const char *value);

/* --- digest_nonce.c ----------------------------------------------------- */
struct digest_nonces;

#define DIGEST_NONCE_LEN 64 /* hex digits */

int digest_nonces_create(struct digest_nonces **out,
                         const struct digest_conf *conf);
void digest_nonces_destroy(struct digest_nonces **np);
int digest_nonce_mint(struct digest_nonces *n, const char *realm,
                      uint32_t source, int64_t unix_s,
                      char out[DIGEST_NONCE_LEN + 1]);
/* Is it ours and young enough? */
bool digest_nonce_is_live(struct digest_nonces *n, const char *nonce,
                          const char *realm, int64_t unix_s);
/* Whom it was given to; false when it is no nonce. */
bool digest_nonce_source(const char *nonce, uint32_t *out);
/* A right response came with this live nonce: OK the first time that this
 * nc is seen, then WRONG; STALE when the nonce's past is no longer known. */
enum digest_result digest_nonce_use(struct digest_nonces *n, const char *nonce,
                                    uint32_t nc, int64_t unix_s);

#endif
