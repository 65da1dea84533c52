/* callflow/data.h - reads members of an action's `data`.
 *
 * Documents come from other systems, so a member may have any type.  One
 * that cannot be read is warned about, once a run, and counts as absent;
 * JSON null is absent too.  Numbers and truth values may be written as
 * strings, as Kazoo allows.  data may be NULL or of any type. */
#ifndef B2BUA_CALLFLOW_DATA_H
#define B2BUA_CALLFLOW_DATA_H

#include "callflow/module.h"

/* Non-empty, borrowed from the document; NULL when absent. */
const char *data_string(struct flow *f, const struct cJSON *data,
                        const char *key);
/* The same for what will stand in a header: none with control characters. */
const char *data_header_text(struct flow *f, const struct cJSON *data,
                             const char *key);
bool data_bool(struct flow *f, const struct cJSON *data, const char *key,
               bool absent);
/* Clamped to what an int64_t holds exactly as a JSON number. */
int64_t data_int(struct flow *f, const struct cJSON *data, const char *key,
                 int64_t absent);
/* A duration: clamped to 0..86400 s. */
int data_seconds(struct flow *f, const struct cJSON *data, const char *key,
                 int absent);
const struct cJSON *data_object(struct flow *f, const struct cJSON *data,
                                const char *key);
const struct cJSON *data_array(struct flow *f, const struct cJSON *data,
                               const char *key);
/* The member whatever its type; NULL when absent or null. */
const struct cJSON *data_any(const struct cJSON *data, const char *key);

#endif
