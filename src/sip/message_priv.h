/* sip/message_priv.h - making a view; for src/sip only. */
#ifndef B2BUA_SIP_MESSAGE_PRIV_H
#define B2BUA_SIP_MESSAGE_PRIV_H

#include "sip/message.h"
#include "sip/sofia.h"

/* msg may be NULL: then the source is unset. */
void message_view(struct message *out, const sip_t *sip, const msg_t *msg);

#endif
