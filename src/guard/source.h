/* guard/source.h - who sends: an IPv4 address, or an IPv6 /64, in which one
 * sender may take any address it likes. */
#ifndef B2BUA_GUARD_SOURCE_H
#define B2BUA_GUARD_SOURCE_H

#include "base/addr.h"

struct source {           /* compared as bytes: no padding */
	uint32_t is_v6;
	uint32_t word[2]; /* of the address, in the host's order */
};

struct source source_of(const struct addr *a);
/* "192.0.2.1", "2001:db8:0:1::/64".  Returns out. */
const char *source_text(const struct source *s, char out[ADDR_TEXT]);

#endif
