/* call/ending.h - why a call that the server itself ends is over, as its BYE
 * and CANCEL tell (RFC 3326).  Pure. */
#ifndef B2BUA_CALL_ENDING_H
#define B2BUA_CALL_ENDING_H

#include "call/fork.h"

/* The header line for this cause, in the caller's ownership: the number of
 * Q.850 and the name, and for what is SIP's own matter its status.  NULL when
 * there is nothing to tell.
 * q850: the cause's number, for causes that have no row here; 0: none.
 * text: in place of the usual words; NULL. */
char *ending_line(const char *cause, int q850, const char *text);
/* Why a branch was given up that still rang: a cause; NULL: not by a timer. */
const char *ending_of_branch(enum fork_why why);

#endif
