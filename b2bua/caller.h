/* b2bua/caller.h - who a leg says is calling: as it came, as the documents
 * want it, and as the modules of the flow have changed it. */
#ifndef B2BUA_CALLER_H
#define B2BUA_CALLER_H

#include "b2bua/session_priv.h"
#include "directory/settings.h"

struct caller_wish { /* which leg it is for */
	enum caller_id_kind kind; /* when it is not shown as it came */
	bool is_off_net, is_emergency;
};

/* Fills *out, which is freed first. */
void caller_make(struct caller_identity *out, const struct session *ss,
                 const struct caller_wish *w);
/* What the other side of a call may be told of its caller (connected line). */
void caller_tell(struct session *ss);
/* Of a forwarded call: what its own flow begins with; `shown` is who would
 * have rung the phone. */
void caller_forwarded(struct session *ss, const struct caller_identity *shown);

#endif
