/* callflow/permit.h - may the caller have this flow at all (call_restriction)?
 * Pure. */
#ifndef B2BUA_CALLFLOW_PERMIT_H
#define B2BUA_CALLFLOW_PERMIT_H

#include "callflow/flow.h"

/* NULL, or the class of numbers (RESTRICTION_CLOSED_GROUPS) that the calling
 * device must not dial.  a: the account whose flow it is; caller may be
 * NULL, for whom nothing is denied. */
const char *permit_denied(const struct account *a, const struct device *caller,
                          const struct flow_input *in);

/* Likewise of a number that goes out to carriers in its place. */
bool permit_denies_number(const struct account *a, const struct device *caller,
                          const char *number);

#endif
