/* b2bua/carrier_leg.h - what a call to a gateway says beside its number: From,
 * and the headers that documents want. */
#ifndef B2BUA_CARRIER_LEG_H
#define B2BUA_CARRIER_LEG_H

#include "b2bua/targets.h"

struct carrier_from { /* user and name owned; host borrowed */
	char *user, *name;
	const char *host;
};

/* Who calls, as this gateway is told. */
void carrier_leg_from(struct carrier_from *out, const struct trunk_attempt *a,
                      const struct carrier_request *rq,
                      const struct identity *who);
/* All lines: who is asserted, and custom_sip_headers of the gateway, of the
 * action, of the telephone that calls; the first to name one has his way.
 * Owned by the caller; NULL: none. */
char *carrier_leg_headers(const struct trunk_attempt *a,
                          const struct carrier_request *rq,
                          const struct identity *who);

/* What documents may name of this call.  number: normalised. */
void carrier_leg_facts(struct call_facts *out, const struct server *s,
                       const struct flow_caller *caller,
                       const struct identity *who,
                       const struct carrier_request *rq, const char *call_id);

#endif
