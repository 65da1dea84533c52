/* callflow/expression.h - regular expressions in an action's data. */
#ifndef B2BUA_CALLFLOW_EXPRESSION_H
#define B2BUA_CALLFLOW_EXPRESSION_H

#include "callflow/module.h"

/* An unanchored search; false, with a warning, when the expression under
 * `key` does not compile. */
bool expression_matches(struct flow *f, const char *key,
                        const char *expression, const char *subject);

#endif
