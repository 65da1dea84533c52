/* call/bypass.h - media that goes from peer to peer, past us (Kazoo:
 * media.bypass_media).  Pure. */
#ifndef B2BUA_CALL_BYPASS_H
#define B2BUA_CALL_BYPASS_H

#include "call/bridge.h"

/* May this offer go on with the address of its writer?  When both sides are
 * allowed to, neither is behind a NAT as far as it can be seen, and it has one
 * stream, of the kind of address that the other side has. */
bool bypass_may_offer(const struct side *from, const struct side *to,
                      const struct sdp *offer);
/* `in` with its own address and ports.  offer: what it answers, or NULL. */
void bypass_local(struct sdp_local *l, const struct sdp *in,
                  const struct sdp *offer);

#endif
