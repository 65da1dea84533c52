/* b2bua/targets.h - whom to ring, as legs to place: a device becomes one
 * branch a registered contact, a carrier one branch a gateway. */
#ifndef B2BUA_TARGETS_H
#define B2BUA_TARGETS_H

#include "b2bua/allowance.h"
#include "b2bua/identity.h"
#include "trunk/choose.h"

struct targets; /* a call_plan and all that it points to */

/* Who the legs say is calling. */
struct identity {
	const char *name, *user;
	const char *host; /* what stands in From; never NULL */
	const char *account; /* its id */
	const char *realm; /* the account's; NULL: none */
	const struct caller_identity *caller; /* what it was made of */
	const struct caller_identity *came; /* without any document's word */
	const struct identity *emergency; /* by carriers for that; NULL: the
	                                     same */
	const struct call_facts *facts; /* what documents may name */
	const struct device *device; /* that calls; NULL */
	bool needs_confirmation; /* a forwarded call, by a key */
	int max_forwards;
	unsigned max_breadth;
	const char *dialled; /* as it came */
	const char *number;  /* normalised */
};

/* NULL when there is nobody to ring (no contact registered). */
struct targets *targets_of_devices(struct server *s,
                                   const struct dial_plan *d,
                                   const struct identity *who);
/* Takes the choice over. */
struct targets *targets_of_carriers(struct trunk_choice *c,
                                    const struct carrier_request *rq,
                                    const struct identity *who);
/* Those of gateways where we are registered go as the registrar wants. */
void targets_by_service_route(struct targets *t, const struct trunks *ts);
/* Given back when the targets are freed. */
void targets_lease(struct targets *t, const struct allowance_lease *l);
const struct call_plan *targets_plan(const struct targets *t);
void targets_free(struct targets **tp); /* NULL-safe */

#endif
