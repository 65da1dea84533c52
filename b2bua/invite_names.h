/* b2bua/invite_names.h - the names in an INVITE, kept for a call's flow. */
#ifndef B2BUA_INVITE_NAMES_H
#define B2BUA_INVITE_NAMES_H

#include "callflow/flow.h"
#include "sip/agent.h"

void invite_names_read(struct flow_invite *out, const struct request *rq);
void invite_names_clear(struct flow_invite *n);

#endif
