/* trunk/uri.h - the Request-URI of a call to a gateway. */
#ifndef B2BUA_TRUNK_URI_H
#define B2BUA_TRUNK_URI_H

#include "directory/directory.h"

/* Owned by the caller: the gateway's fixed route, or
 * sip:PREFIX NUMBER SUFFIX@SERVER[:PORT][;transport=...], its user part
 * escaped (RFC 3261 25.1).  NULL when that makes no URI: no user part, or a
 * server that cannot stand in one. */
char *uri_of_gateway(const struct gateway *g, const char *number);

#endif
