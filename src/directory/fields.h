/* directory/fields.h - every member of every type of document, by table: what
 * doc/documents.md is written from. */
#ifndef B2BUA_DIRECTORY_FIELDS_H
#define B2BUA_DIRECTORY_FIELDS_H

#include <stdbool.h>
#include "base/buf.h"

/* Adds the Markdown table of one type ("account", "device", "user", "group",
 * "callflow"), or of what the first three share ("settings").  False when
 * there is no such type. */
bool fields_table(struct buf *out, const char *type);

/* Calls fn for each member that has neither an effect nor members of its
 * own. */
typedef void fields_fn(const char *type, const char *member, void *arg);
void fields_each_unexplained(fields_fn *fn, void *arg);

#endif
