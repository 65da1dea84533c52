/* b2bua/keepalive.h - OPTIONS to phones behind NAT, so that their binding in
 * the NAT stays open (UDP only; a connection keeps itself). */
#ifndef B2BUA_KEEPALIVE_H
#define B2BUA_KEEPALIVE_H

#include "b2bua/server.h"

int keepalives_create(struct keepalives **out, struct server *s);
void keepalives_destroy(struct keepalives **kp);
/* The registrar's hooks. */
void keepalive_saved(struct keepalives *k, const struct binding *b);
void keepalive_removed(struct keepalives *k, const struct binding *b);

#endif
