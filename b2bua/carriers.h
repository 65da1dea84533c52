/* b2bua/carriers.h - which gateway an address belongs to: the addresses of
 * all gateways, their names resolved and kept up to date. */
#ifndef B2BUA_CARRIERS_H
#define B2BUA_CARRIERS_H

#include "directory/directory.h"
#include "sip/resolve.h"

struct carriers;
struct carriers_at; /* one address */

int carriers_create(struct carriers **out, struct loop *l,
                    struct resolver *r);
void carriers_destroy(struct carriers **cp);
/* The gateways of this snapshot from now on (a reference is taken).  Names
 * are asked for at once and again every minute. */
void carriers_reset(struct carriers *c, struct snapshot *s);
/* The gateways at an address (several accounts may use one carrier), in load
 * order; NULL when there is none. */
const struct carriers_at *carriers_at(const struct carriers *c,
                                      const struct addr *source);
/* The i-th of them, NULL past the last; those that insist on another port
 * are passed over: *i is moved on. */
const struct gateway *carriers_next(const struct carriers_at *at,
                                    const struct addr *source, size_t *i);
size_t carriers_count(const struct carriers *c); /* addresses known */

#endif
