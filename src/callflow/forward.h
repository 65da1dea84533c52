/* callflow/forward.h - call_forward: is a phone rung, or a number, or both.
 * Pure.  doc/callflows.md, "Call forwarding". */
#ifndef B2BUA_CALLFLOW_FORWARD_H
#define B2BUA_CALLFLOW_FORWARD_H

#include <stdbool.h>
#include "directory/settings.h"

enum forward_use {
	FORWARD_OFF,
	FORWARD_INSTEAD,  /* the number alone */
	FORWARD_TOO,      /* both ring */
	FORWARD_FAILOVER  /* the number when nobody has registered */
};

/* is_group: rung as a member of a ring group. */
enum forward_use forward_use(const struct call_forward *fw, bool is_group);
/* Must who answers there press a key first? */
bool forward_needs_key(const struct call_forward *fw);
bool forward_keeps_caller(const struct call_forward *fw);
/* Its early media does not reach the caller. */
bool forward_mutes(const struct call_forward *fw);

#endif
