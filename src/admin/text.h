/* admin/text.h - text of strangers on the operator's terminal. */
#ifndef B2BUA_ADMIN_TEXT_H
#define B2BUA_ADMIN_TEXT_H

#include "base/buf.h"

/* Terminal columns that text_add() of s fills. */
size_t text_width(const char *s);
/* Adds s; control characters (they may come from the network and would
 * steer the terminal) and bytes that are not UTF-8 become '?'. */
void text_add(struct buf *out, const char *s);

#endif
