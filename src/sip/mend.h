/* sip/mend.h - requests that nta would answer in the wrong place, or not at
 * all, put right before it sees them; for src/sip only. */
#ifndef B2BUA_SIP_MEND_H
#define B2BUA_SIP_MEND_H

#include "sip/sofia.h"

/* Parses a request line as sofia does.  When that fails, but it is SIP's, its
 * URI becomes one that nta answers with 400 (RFC 3261 21.4.1). */
issize_t mend_request_line(msg_t *msg, msg_header_t *h, char *s, isize_t len);
/* The header section is complete.  room: as in room.h; when an answer does
 * not fit and the message is broken, it gets none. */
void mend_head(msg_t *msg, sip_t *sip, long room);

#endif
