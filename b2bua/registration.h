/* b2bua/registration.h - REGISTER (RFC 3261 10.3): who, what, and the answer;
 * the rules themselves are src/registrar's. */
#ifndef B2BUA_REGISTRATION_H
#define B2BUA_REGISTRATION_H

#include "b2bua/server.h"

void registration_request(struct server *s, struct request *rq);
/* "user@realm" in lower case, as the registrar keys it; owned by the
 * caller. */
char *registration_aor(const struct device *d);

#endif
