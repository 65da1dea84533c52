/* base/net.h - networks: an address and how many of its bits count. */
#ifndef B2BUA_BASE_NET_H
#define B2BUA_BASE_NET_H

#include <stdbool.h>
#include "base/addr.h"

struct net {
	struct addr addr;
	unsigned bits; /* 0 to 32, or to 128 */
};

/* "192.0.2.0/24", "2001:db8::/32", or an address, which stands for itself.
 * 0, or -EINVAL: also when bits are set that do not count. */
int net_parse(struct net *out, const char *text);
bool net_has(const struct net *n, const struct addr *a);
bool nets_have(const struct net *n, size_t count, const struct addr *a);

#endif
