/* directory/edit.h - changes one value in the text of a JSON document and
 * leaves every other byte as it is: blanks, the order of members, members
 * nobody knows, how numbers are written. */
#ifndef B2BUA_DIRECTORY_EDIT_H
#define B2BUA_DIRECTORY_EDIT_H

#include "base/buf.h"
#include "directory/reader.h"

/* Sets what `at` leads to; `value` is JSON.  A member that is absent is
 * added, and so are objects on the way that are absent or null.  The text is
 * valid JSON without names that stand twice (document_parse() says so).
 * -ENOENT: no such element of an array; -EINVAL: the way leads through
 * something that is no object, or the text is not JSON after all. */
int edit_set(struct buf *text, const struct place *at, const char *value);

#endif
