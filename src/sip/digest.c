/* sip/digest.c - the server's side of digest authentication. */
#include "sip/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "sip/digest_impl.h"

struct digest {
	struct digest_hash *hash;     /* owned */
	struct digest_nonces *nonces; /* owned */
};

/* What the client sent; larger values than these are refused. */
struct credentials {
	char username[256], realm[256], nonce[256], uri[2048];
	char response[DIGEST_HEX + 64], cnonce[256];
	char qop[16], nc[9], algorithm[32];
};

int digest_create(struct digest **out, const struct digest_conf *conf)
{
	struct digest *d = xzalloc(sizeof(*d));
	int rc;

	rc = digest_hash_create(&d->hash);
	if (rc == 0)
		rc = digest_nonces_create(&d->nonces, conf);
	if (rc < 0)
		digest_destroy(&d);
	else
		*out = d;
	return rc;
}

void digest_destroy(struct digest **dp)
{
	struct digest *d = *dp;

	if (!d)
		return;
	digest_nonces_destroy(&d->nonces);
	digest_hash_destroy(&d->hash);
	free(d);
	*dp = NULL;
}

void digest_challenge(struct digest *d, const struct digest_offer *offer,
                      struct buf out[DIGEST_ALGORITHMS])
{
	char nonce[DIGEST_NONCE_LEN + 1];
	size_t n = 0;

	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
		buf_clear(&out[i]);
	if (digest_nonce_mint(d->nonces, offer->realm, offer->source,
	                      offer->unix_s, nonce) < 0)
		return;
	for (size_t i = 0; i < offer->n && n < DIGEST_ALGORITHMS; i++) {
		if (!digest_hash_has(d->hash, offer->algorithms[i]))
			continue;
		buf_str(&out[n], "Digest ");
		digest_param_quote(&out[n], "realm", offer->realm);
		buf_fmt(&out[n], ", nonce=\"%s\", algorithm=%s, qop=\"auth\"%s",
		        nonce, digest_algorithm_name(offer->algorithms[i]),
		        offer->is_stale ? ", stale=true" : "");
		n++;
	}
}

static bool required(const struct digest_params *p, const char *name, char *out,
                     size_t size)
{
	return digest_param_get(p, name, out, size) == 0;
}

/* Absent is fine; broken or twice is not. */
static bool optional(const struct digest_params *p, const char *name, char *out,
                     size_t size, const char *absent)
{
	int rc = digest_param_get(p, name, out, size);

	if (rc == -ENOENT)
		strcpy(out, absent);
	return rc == 0 || rc == -ENOENT;
}

/* RFC 7616 3.4: every challenge of ours has qop, so qop, cnonce and nc must
 * be in the answer; one in the style of RFC 2069 lacks what it must have. */
static bool read_credentials(struct credentials *c,
                             const struct digest_params *p)
{
	char opaque[256];

#define REQUIRED(field) required(p, #field, c->field, sizeof(c->field))
	return REQUIRED(username) && REQUIRED(realm) && REQUIRED(nonce) &&
	       REQUIRED(uri) && REQUIRED(response) && REQUIRED(qop) &&
	       REQUIRED(cnonce) && REQUIRED(nc) &&
	       optional(p, "algorithm", c->algorithm, sizeof(c->algorithm),
	                "MD5") &&
	       optional(p, "opaque", opaque, sizeof(opaque), "");
#undef REQUIRED
}

/* RFC 7616 3.4: exactly eight hex digits; the first is 00000001. */
static bool read_nc(const char *text, uint32_t *out)
{
	if (strlen(text) != 8 || strspn(text, "0123456789abcdefABCDEF") != 8)
		return false;
	*out = (uint32_t)strtoul(text, NULL, 16);
	return *out > 0;
}

/* The work is the same whether the user exists or not: only the last line
 * knows.  HA1 takes the name as the client wrote it, since it hashed that. */
static bool is_right(struct digest *d, const struct digest_query *q,
                     struct credentials *c, enum digest_algorithm a)
{
	bool is_known = q->username && q->password;
	struct digest_input in = {
		.algorithm = a,
		.username = c->username,
		.realm = c->realm,
		.password = is_known ? q->password : "no such user",
		.method = q->method,
		.uri = c->uri,
		.nonce = c->nonce,
		.nc = c->nc,
		.cnonce = c->cnonce,
		.qop = c->qop,
	};
	char expected[DIGEST_HEX];
	bool is_same, is_theirs;

	if (digest_hash_response(d->hash, &in, expected) < 0)
		return false;
	str_lower(c->response);
	is_same = strlen(expected) == strlen(c->response) &&
	          mem_eq_constant_time(expected, c->response, strlen(expected));
	is_theirs = str_eq_case(c->username, q->username) &&
	            str_eq(c->realm, q->realm);
	return is_same && is_theirs && is_known;
}

enum digest_result digest_check(struct digest *d,
                                const struct digest_query *q)
{
	struct credentials c;
	enum digest_algorithm a;
	bool is_session, is_live;
	uint32_t nc;

	if (!read_credentials(&c, &q->params) || !read_nc(c.nc, &nc))
		return DIGEST_MALFORMED;
	if (digest_algorithm_find(c.algorithm, &a, &is_session) < 0 ||
	    is_session || !digest_hash_has(d->hash, a) ||
	    !str_eq_case(c.qop, "auth"))
		return DIGEST_WRONG; /* well formed, but not what we offered */
	is_live = digest_nonce_is_live(d->nonces, c.nonce, q->realm, q->unix_s);
	if (!is_right(d, q, &c, a))
		return DIGEST_WRONG;
	if (!is_live)
		return DIGEST_STALE;
	return digest_nonce_use(d->nonces, c.nonce, nc, q->unix_s);
}

bool digest_was_asked(struct digest *d, const struct digest_params *p,
                      const char *realm, uint32_t source, int64_t unix_s)
{
	char nonce[DIGEST_NONCE_LEN + 1];
	uint32_t given;

	return digest_param_get(p, "nonce", nonce, sizeof(nonce)) == 0 &&
	       digest_nonce_source(nonce, &given) && given == source &&
	       digest_nonce_is_live(d->nonces, nonce, realm, unix_s);
}
