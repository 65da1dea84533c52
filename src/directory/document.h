/* directory/document.h - the text of one JSON document becomes a tree. */
#ifndef B2BUA_DIRECTORY_DOCUMENT_H
#define B2BUA_DIRECTORY_DOCUMENT_H

#include "directory/index.h"
#include "directory/reader.h"

#define DOCUMENT_SIZE_MAX  (1024 * 1024)
#define DOCUMENT_DEPTH_MAX 200
#define DOCUMENT_ID_MAX    128

/* The document's object, unwrapped from {"data": ...} when that is how it
 * came; NULL with faults.  text[len] is zero.  The tree lives in rd->tree, or
 * else in the reader's pool, read-only: never give it to cJSON_Delete().
 * Member names live in the pool; those seen before are taken from `words`. */
const struct cJSON *document_parse(struct reader *rd, const char *text,
                                   size_t len, struct index *words);

/* Fills *to, which is zero, with a copy that shares the names. */
void document_copy(struct pool *p, struct cJSON *to,
                   const struct cJSON *from);
/* Its text without blanks, in the reader's pool. */
const char *document_text(struct reader *rd, const struct cJSON *doc);

/* Its `id` or `_id`, else the fallback; NULL with a fault. */
const char *document_id(struct reader *rd, const struct cJSON *doc,
                        const char *fallback);

#endif
