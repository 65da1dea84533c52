/* b2bua/device_leg.h - what documents want of a call to a telephone beside
 * its number: From, headers, transport and next hops. */
#ifndef B2BUA_DEVICE_LEG_H
#define B2BUA_DEVICE_LEG_H

#include "b2bua/targets.h"

/* sip.transport, sip.proxy and sip.forward as they apply to a URI that is not
 * reached over a connection of the telephone's own. */
struct device_hops {
	char *route; /* Route lines' value, owned; NULL: none */
	char *next;  /* URI of the first hop, owned; NULL: none */
};
void device_leg_hops(struct device_hops *out, const struct device *d);

/* The name or the number of From, as formatters of the device write it; owned
 * by the caller, NULL gives NULL. */
char *device_leg_from(const struct device *d, bool is_name, const char *text);

/* Line that tells the other side who is called, inside or from outside; owned
 * by the caller, NULL: it is not told. */
char *device_leg_callee(const struct device *d, const char *dialled,
                        bool is_from_outside);

/* All lines: those that cross, Alert-Info, custom_sip_headers of the action,
 * of the called telephone and of the one that calls; the first to name one
 * has his way.  Owned by the caller; NULL: none. */
char *device_leg_headers(const struct dial_plan *p,
                         const struct dial_target *t,
                         const struct identity *who);

#endif
