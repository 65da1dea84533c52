/* sip/digest_hash.c - the hashes of RFC 7616, on libcrypto. */
#include "sip/digest_impl.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

struct digest_hash {
	EVP_MD *md[DIGEST_ALGORITHMS]; /* owned; NULL: libcrypto lacks it */
	EVP_MD_CTX *ctx;               /* owned */
};

static const struct {
	const char *name, *fetch;
} algorithms[DIGEST_ALGORITHMS] = {
	[DIGEST_MD5] = { "MD5", "MD5" },
	[DIGEST_SHA256] = { "SHA-256", "SHA2-256" },
	[DIGEST_SHA512_256] = { "SHA-512-256", "SHA2-512/256" },
};

/* A fetch walks libcrypto's providers: once here, not for each request. */
int digest_hash_create(struct digest_hash **out)
{
	struct digest_hash *h = xzalloc(sizeof(*h));
	size_t n = 0;

	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++) {
		h->md[i] = EVP_MD_fetch(NULL, algorithms[i].fetch, NULL);
		n += h->md[i] != NULL;
	}
	h->ctx = EVP_MD_CTX_new();
	if (n == 0 || !h->ctx) {
		digest_hash_destroy(&h);
		return -ENOTSUP;
	}
	*out = h;
	return 0;
}

void digest_hash_destroy(struct digest_hash **hp)
{
	struct digest_hash *h = *hp;

	if (!h)
		return;
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
		EVP_MD_free(h->md[i]);
	EVP_MD_CTX_free(h->ctx);
	free(h);
	*hp = NULL;
}

bool digest_hash_has(const struct digest_hash *h, enum digest_algorithm a)
{
	return h->md[a] != NULL;
}

const char *digest_algorithm_name(enum digest_algorithm a)
{
	return algorithms[a].name;
}

int digest_algorithm_find(const char *name, enum digest_algorithm *out,
                          bool *is_session)
{
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++) {
		size_t len = strlen(algorithms[i].name);
		const char *rest = name + len;

		if (strncasecmp(name, algorithms[i].name, len) != 0)
			continue;
		if (*rest && strcasecmp(rest, "-sess") != 0)
			continue;
		*out = (enum digest_algorithm)i;
		*is_session = *rest != '\0';
		return 0;
	}
	return -ENOENT;
}

/* The parts, NULL-terminated, joined by colons. */
static bool hash(struct digest_hash *h, enum digest_algorithm a,
                 const char *const parts[], char out[DIGEST_HEX])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	bool ok;

	ok = h->md[a] && EVP_DigestInit_ex2(h->ctx, h->md[a], NULL);
	for (size_t i = 0; ok && parts[i]; i++) {
		if (i > 0)
			ok = EVP_DigestUpdate(h->ctx, ":", 1);
		ok = ok && EVP_DigestUpdate(h->ctx, parts[i], strlen(parts[i]));
	}
	ok = ok && EVP_DigestFinal_ex(h->ctx, raw, &n) &&
	     2 * n + 1 <= DIGEST_HEX;
	for (unsigned i = 0; ok && i < n; i++) {
		out[2 * i] = "0123456789abcdef"[raw[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
	}
	out[ok ? 2 * n : 0] = '\0';
	return ok;
}

#define HASH(h, a, out, ...) \
	hash((h), (a), (const char *const[]){ __VA_ARGS__, NULL }, (out))

int digest_hash_response(struct digest_hash *h, const struct digest_input *in,
                         char out[DIGEST_HEX])
{
	enum digest_algorithm a = in->algorithm;
	char ha1[DIGEST_HEX], ha2[DIGEST_HEX], secret[DIGEST_HEX];
	bool ok;

	ok = HASH(h, a, ha1, in->username, in->realm, in->password);
	if (in->is_session) { /* RFC 7616 3.4.2 */
		memcpy(secret, ha1, sizeof(secret));
		ok = ok && HASH(h, a, ha1, secret, in->nonce, in->cnonce);
	}
	ok = ok && HASH(h, a, ha2, in->method, in->uri);
	if (in->qop)
		ok = ok && HASH(h, a, out, ha1, in->nonce, in->nc, in->cnonce,
		                in->qop, ha2);
	else
		ok = ok && HASH(h, a, out, ha1, in->nonce, ha2);
	return ok ? 0 : -EIO;
}
