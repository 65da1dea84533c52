/* support/auth.c - RFC 7616 and RFC 2617, the client's side. */
#include "support/auth.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEX_MAX (2 * EVP_MAX_MD_SIZE + 1)

const char *auth_param(const char *challenge, const char *name, char *out,
                       size_t size)
{
	size_t n = strlen(name), len;
	const char *p = challenge;

	*out = '\0';
	p += strcspn(p, " \t");
	while (*p) {
		p += strspn(p, " \t,");
		if (strncasecmp(p, name, n) == 0 && p[n] == '=') {
			bool is_quoted = p[n + 1] == '"';

			p += n + 1 + is_quoted;
			len = strcspn(p, is_quoted ? "\"" : ", \t");
			snprintf(out, size, "%.*s", (int)len, p);
			return out;
		}
		p += strcspn(p, "=,");
		if (p[0] == '=' && p[1] == '"') {
			p += 2 + strcspn(p + 2, "\"");
			p += *p == '"';
		} else {
			p += strcspn(p, ",");
		}
	}
	return out;
}

static const EVP_MD *hash_of(const char *algorithm)
{
	if (*algorithm == '\0' || strcasecmp(algorithm, "MD5") == 0)
		return EVP_md5();
	if (strcasecmp(algorithm, "SHA-256") == 0)
		return EVP_sha256();
	if (strcasecmp(algorithm, "SHA-512-256") == 0)
		return EVP_sha512_256();
	return NULL;
}

static void hex_digest(const EVP_MD *md, const struct buf *in,
                       char out[HEX_MAX])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	EVP_Digest(in->p, in->len, raw, &len, md, NULL);
	for (unsigned i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", raw[i]);
}

static void hex_of(const EVP_MD *md, char out[HEX_MAX], const char *a,
                   const char *b, const char *c)
{
	struct buf text = { 0 };

	buf_fmt(&text, "%s:%s", a, b);
	if (c)
		buf_fmt(&text, ":%s", c);
	hex_digest(md, &text, out);
	buf_free(&text);
}

int auth_respond(struct buf *out, const char *challenge,
                 const struct auth_answer *a)
{
	char realm[256], nonce[512], algorithm[32], qop[64], opaque[256];
	char ha1[HEX_MAX], ha2[HEX_MAX], response[HEX_MAX], middle[700];
	const EVP_MD *md;

	auth_param(challenge, "realm", realm, sizeof(realm));
	auth_param(challenge, "nonce", nonce, sizeof(nonce));
	auth_param(challenge, "algorithm", algorithm, sizeof(algorithm));
	auth_param(challenge, "qop", qop, sizeof(qop));
	auth_param(challenge, "opaque", opaque, sizeof(opaque));
	md = hash_of(algorithm);
	if (!md || *nonce == '\0')
		return -EINVAL;
	hex_of(md, ha1, a->user, realm, a->password);
	hex_of(md, ha2, a->method, a->uri, NULL);
	snprintf(middle, sizeof(middle), "%s", nonce);
	if (*qop)
		snprintf(middle, sizeof(middle), "%s:%08x:%s:auth", nonce,
		         a->nc, a->cnonce);
	hex_of(md, response, ha1, middle, ha2);
	buf_fmt(out,
	        "Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", "
	        "uri=\"%s\", response=\"%s\"",
	        a->user, realm, nonce, a->uri, response);
	if (*algorithm)
		buf_fmt(out, ", algorithm=%s", algorithm);
	if (*opaque)
		buf_fmt(out, ", opaque=\"%s\"", opaque);
	if (*qop)
		buf_fmt(out, ", qop=auth, nc=%08x, cnonce=\"%s\"", a->nc,
		        a->cnonce);
	return 0;
}
