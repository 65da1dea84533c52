/* trunk/uri.h - the Request-URI of a call to a gateway. */
#ifndef B2BUA_TRUNK_URI_H
#define B2BUA_TRUNK_URI_H

#include "directory/directory.h"

/* Owned by the caller: the gateway's fixed route, or
 * sip:USER@SERVER[:PORT][;transport=...], its user part escaped (RFC 3261 25.1).  NULL when that makes no URI: no user part, or a
 * server that cannot stand in one. */
char *uri_of_gateway(const struct gateway *g, const char *user);
/* sip:SERVER[:PORT][;transport=...]: itself.  Owned by the caller; NULL when
 * its server cannot stand in a URI. */
char *uri_of_server(const struct gateway *g);
/* What we register there: sip:USERNAME@DOMAIN.  Owned by the caller; NULL as
 * above. */
char *uri_of_account(const struct gateway *g);

#endif
