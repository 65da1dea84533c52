/* b2bua/transfer.h - who may transfer a call, and where to (RFC 3515, 3891,
 * 5589). */
#ifndef B2BUA_TRANSFER_H
#define B2BUA_TRANSFER_H

#include "b2bua/server.h"

/* For call_ops: the answer to REFER; what then becomes of it. */
int transfer_permit(struct server *s, struct call *c, int by,
                    const struct refer *r);
void transfer_run(struct server *s, struct call *c, int by,
                  const struct refer *r);

/* An INVITE that wants the place of another leg (Replaces), or beside it
 * (Join): true when it has been dealt with; false for a new call. */
bool transfer_invite(struct server *s, struct request *rq,
                     const struct flow_caller *who);

#endif
