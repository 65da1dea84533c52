/* directory/document.h - the text of one JSON document becomes a tree. */
#ifndef B2BUA_DIRECTORY_DOCUMENT_H
#define B2BUA_DIRECTORY_DOCUMENT_H

#include "directory/index.h"
#include "directory/reader.h"

#define DOCUMENT_SIZE_MAX  (1024 * 1024)
#define DOCUMENT_DEPTH_MAX 200
#define DOCUMENT_ID_MAX    128

/* The document's object, unwrapped from {"data": ...} when that is how it
 * came; NULL with faults.  text[len] is zero.  The tree lives in the reader's
 * pool, read-only: never give it to cJSON_Delete().  Member names seen before
 * are taken from `words`. */
const struct cJSON *document_parse(struct reader *rd, const char *text,
                                   size_t len, struct index *words);

/* Its `id` or `_id`, else the fallback; NULL with a fault. */
const char *document_id(struct reader *rd, const struct cJSON *doc,
                        const char *fallback);

#endif
