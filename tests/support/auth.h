/* support/auth.h - the client's side of digest authentication, written apart
 * from the server's so that the two cannot agree on a mistake. */
#ifndef B2BUA_TESTS_AUTH_H
#define B2BUA_TESTS_AUTH_H

#include "base/buf.h"

struct auth_answer {
	const char *user, *password, *method, *uri;
	unsigned nc;
	const char *cnonce;
};

/* challenge: the value of a WWW-Authenticate or Proxy-Authenticate header.
 * Adds "Digest ..." to out; -EINVAL when it cannot be answered. */
int auth_respond(struct buf *out, const char *challenge,
                 const struct auth_answer *a);
/* A parameter of a challenge, unquoted; "" when absent.  Returns out. */
const char *auth_param(const char *challenge, const char *name, char *out,
                       size_t size);

#endif
