/* sip/digest_client.c - answering a challenge: RFC 7616 3.4, RFC 2069. */
#include "sip/digest.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/id.h"
#include "sip/digest_impl.h"

#define CNONCE_LEN 16

struct challenge {
	char realm[256], nonce[1024], opaque[1024], algorithm[32], qop[64];
	bool has_opaque, has_algorithm, has_qop;
};

static int take(const struct digest_params *p, const char *name, char *out,
                size_t size, bool *has)
{
	int rc = digest_param_get(p, name, out, size);

	*has = rc == 0;
	return rc == -ENOENT ? 0 : rc;
}

static int read_challenge(struct challenge *c, const struct digest_params *p)
{
	if (digest_param_get(p, "realm", c->realm, sizeof(c->realm)) < 0 ||
	    digest_param_get(p, "nonce", c->nonce, sizeof(c->nonce)) < 0 ||
	    take(p, "opaque", c->opaque, sizeof(c->opaque), &c->has_opaque) ||
	    take(p, "qop", c->qop, sizeof(c->qop), &c->has_qop) ||
	    take(p, "algorithm", c->algorithm, sizeof(c->algorithm),
	         &c->has_algorithm))
		return -EINVAL;
	return 0;
}

/* qop-options: "auth,auth-int"; a token that we do not know is skipped. */
static bool list_has_auth(const char *list)
{
	while (*list) {
		size_t n;

		list += strspn(list, " \t,");
		n = strcspn(list, " \t,");
		if (n == 4 && strncasecmp(list, "auth", 4) == 0)
			return true;
		list += n;
	}
	return false;
}

/* What cannot stand inside a quoted string of a header. */
static bool is_printable(const char *s)
{
	for (; *s; s++)
		if (iscntrl((unsigned char)*s))
			return false;
	return true;
}

static bool is_sendable(const struct challenge *c,
                        const struct digest_input *in)
{
	return is_printable(in->username) && is_printable(in->realm) &&
	       is_printable(in->nonce) && is_printable(in->uri) &&
	       is_printable(in->cnonce) &&
	       (!c->has_opaque || is_printable(c->opaque));
}

static void write_answer(struct buf *out, const struct challenge *c,
                         const struct digest_input *in, const char *response)
{
	buf_str(out, "Digest ");
	digest_param_quote(out, "username", in->username);
	buf_str(out, ", ");
	digest_param_quote(out, "realm", in->realm);
	buf_str(out, ", ");
	digest_param_quote(out, "nonce", in->nonce);
	buf_str(out, ", ");
	digest_param_quote(out, "uri", in->uri);
	buf_fmt(out, ", response=\"%s\"", response);
	if (c->has_algorithm)
		buf_fmt(out, ", algorithm=%s%s",
		        digest_algorithm_name(in->algorithm),
		        in->is_session ? "-sess" : "");
	if (in->qop || in->is_session) {
		buf_str(out, ", ");
		digest_param_quote(out, "cnonce", in->cnonce);
	}
	if (c->has_opaque) {
		buf_str(out, ", ");
		digest_param_quote(out, "opaque", c->opaque);
	}
	if (in->qop) /* both unquoted: RFC 7616 3.4 */
		buf_fmt(out, ", qop=%s, nc=%s", in->qop, in->nc);
}

static int respond(struct buf *out, const struct challenge *c,
                   const struct digest_input *in)
{
	char response[DIGEST_HEX];
	struct digest_hash *h = NULL;
	int rc;

	rc = digest_hash_create(&h);
	if (rc == 0)
		rc = digest_hash_response(h, in, response);
	digest_hash_destroy(&h);
	if (rc < 0)
		return -EINVAL; /* libcrypto lacks the algorithm */
	write_answer(out, c, in, response);
	return 0;
}

int digest_respond(struct buf *out, const struct digest_params *challenge,
                   const struct digest_answer *a)
{
	struct challenge c;
	char drawn[CNONCE_LEN + 1], nc[9];
	struct digest_input in = { .algorithm = DIGEST_MD5 };

	if (read_challenge(&c, challenge) < 0)
		return -EINVAL;
	if (c.has_algorithm && digest_algorithm_find(c.algorithm, &in.algorithm,
	                                             &in.is_session) < 0)
		return -EINVAL;
	if (c.has_qop && !list_has_auth(c.qop))
		return -EINVAL;
	id_random(drawn, CNONCE_LEN);
	snprintf(nc, sizeof(nc), "%08x", a->nc);
	in.username = a->username;
	in.realm = c.realm;
	in.password = a->password;
	in.method = a->method;
	in.uri = a->uri;
	in.nonce = c.nonce;
	in.nc = nc;
	in.cnonce = a->cnonce ? a->cnonce : drawn;
	in.qop = c.has_qop ? "auth" : NULL;
	return is_sendable(&c, &in) ? respond(out, &c, &in) : -EINVAL;
}
