/* base/json.h - writing JSON into a buf: records, control answers, logs.
 *
 *	json_open(j, NULL, '{');
 *	json_str(j, "id", call->id);
 *	json_open(j, "attempts", '[');
 *	...
 *	json_close(j, ']');
 *	json_close(j, '}');
 *
 * key is NULL inside arrays and at the top.  Reading JSON is the business of
 * src/directory and src/callflow (cJSON). */
#ifndef B2BUA_BASE_JSON_H
#define B2BUA_BASE_JSON_H

#include <stdbool.h>
#include "base/buf.h"

void json_open(struct buf *j, const char *key, char bracket);  /* { or [ */
void json_close(struct buf *j, char bracket);                  /* } or ] */
void json_str(struct buf *j, const char *key, const char *s);  /* NULL: null */
void json_int(struct buf *j, const char *key, int64_t v);
void json_bool(struct buf *j, const char *key, bool v);

/* s as a JSON string, with its quotes.  Bytes that are not UTF-8 are taken
 * as Latin-1, so that the output is always valid. */
void json_quote(struct buf *j, const char *s);

#endif
