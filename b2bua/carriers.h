/* b2bua/carriers.h - which gateway an address belongs to: the addresses of
 * all gateways, their names resolved and kept up to date. */
#ifndef B2BUA_CARRIERS_H
#define B2BUA_CARRIERS_H

#include "directory/directory.h"
#include "sip/resolve.h"

struct carriers;

int carriers_create(struct carriers **out, struct loop *l,
                    struct resolver *r);
void carriers_destroy(struct carriers **cp);
/* The gateways of this snapshot from now on (a reference is taken).  Names
 * are asked for at once and again every minute. */
void carriers_reset(struct carriers *c, struct snapshot *s);
/* NULL when nobody's; with its port compared when the gateway says so. */
const struct gateway *carriers_find(const struct carriers *c,
                                    const struct addr *source);
size_t carriers_count(const struct carriers *c); /* addresses known */

#endif
