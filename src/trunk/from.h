/* trunk/from.h - the domain that stands in From of calls to a carrier. */
#ifndef B2BUA_TRUNK_FROM_H
#define B2BUA_TRUNK_FROM_H

#include "directory/directory.h"

/* What Kazoo makes of a gateway's format_from_uri, from_uri_realm and
 * from_account_realm.  account_realm may be NULL.  usual: what would stand
 * there; borrowed, as what is returned. */
const char *from_domain(const struct gateway *g, const char *account_realm,
                        const char *usual);

#endif
