/* directory/flow_text.h - a callflow's tree of actions that came as text, from
 * a server instead of a file, and is held against the same rules. */
#ifndef B2BUA_DIRECTORY_FLOW_TEXT_H
#define B2BUA_DIRECTORY_FLOW_TEXT_H

#include "base/diag.h"

struct cJSON;
struct flow_text;

/* 0, or -EINVAL with every fault in `why`: what no document may hold either
 * (not JSON, not UTF-8, nested too deeply, a member of the wrong type), and a
 * tree without any action.  text[len] is zero. */
int flow_text_parse(struct flow_text **out, const char *text, size_t len,
                    struct diag *why);
/* Its first action; lives as long as *t. */
const struct cJSON *flow_text_action(const struct flow_text *t);
void flow_text_free(struct flow_text **tp); /* NULL-safe; clears *tp */

#endif
