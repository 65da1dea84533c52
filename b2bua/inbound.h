/* b2bua/inbound.h - whose callflow an inbound call runs. */
#ifndef B2BUA_INBOUND_H
#define B2BUA_INBOUND_H

#include "b2bua/server.h"
#include "callflow/match.h"

/* The callflow that takes the number rq dials, in the caller's account; a
 * carrier's account (and which of the carriers at its address it is) is
 * found by the number and put into *who.  0: *out is the caller's to clear;
 * -ENOENT: nobody has that number. */
int inbound_match(struct match *out, struct flow_caller *who,
                  const struct server *s, const struct request *rq);
/* The same when it is known who calls: a device, or a gateway (by its
 * registration), whose account is its own or the number's. */
int inbound_match_known(struct match *out, struct flow_caller *who,
                        const struct snapshot *s, const char *dialled);

#endif
