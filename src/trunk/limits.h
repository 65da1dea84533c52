/* trunk/limits.h - may an account have one more call by a global carrier?
 * Kazoo's rules (jonny5), but for prepaid minutes, which nobody counts here.
 * Pure. */
#ifndef B2BUA_TRUNK_LIMITS_H
#define B2BUA_TRUNK_LIMITS_H

#include "directory/directory.h"

struct limits_use { /* as it would be with the call in question */
	unsigned calls;             /* all of the account */
	unsigned inbound, outbound; /* by global carriers */
};

enum limits_answer {
	LIMITS_TRUNK,     /* it has a trunk for it */
	LIMITS_BURST,     /* one of the burst_trunks */
	LIMITS_SOFT,      /* none, but that is only noted */
	LIMITS_CALLS,     /* refused: too many calls */
	LIMITS_CONSUMING, /* refused: too many by carriers */
	LIMITS_TRUNKS     /* refused: no trunk is free */
};

/* l may be NULL: no limits. */
enum limits_answer limits_ask(const struct limits *l,
                              const struct limits_use *use, bool is_inbound);
bool limits_refuse(enum limits_answer a);
const char *limits_text(enum limits_answer a); /* for the log */

#endif
