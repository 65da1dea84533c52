/* b2bua/shown.h - the caller as a callflow's modules have changed it: set_cid,
 * prepend_cid, check_cid, privacy, set_alert_info. */
#ifndef B2BUA_SHOWN_H
#define B2BUA_SHOWN_H

#include "b2bua/identity.h"
#include "callflow/call_data.h"

/* A caller who asked to be anonymous stays so whatever the modules say.  out
 * may be what came. */
void shown_make(struct caller_identity *out, const struct caller_identity *came,
                const struct call_data *d);

#endif
