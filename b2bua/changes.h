/* b2bua/changes.h - what feature codes change in documents: one after
 * another, their files on the storage thread, the running snapshot here. */
#ifndef B2BUA_CHANGES_H
#define B2BUA_CHANGES_H

#include "b2bua/server.h"

struct changes;
struct change_job; /* a change that somebody waits for */

int changes_create(struct changes **out, struct server *s);
/* Waits for the one that is being written.  NULL-safe; clears *cp. */
void changes_destroy(struct changes **cp);

/* 0: the file and the running snapshot say it now; else -errno: the reason
 * has been logged.  -ETIMEDOUT: it takes too long, and may come yet. */
typedef void change_fn(int rc, void *arg);
/* fn is called later, unless it is forgotten.  *job is cleared before. */
void changes_post(struct changes *c, const struct change_request *rq,
                  struct change_job **job, change_fn *fn, void *arg);
/* Nobody waits for it any more; it is made all the same. */
void changes_forget(struct change_job **job); /* NULL-safe; clears *job */
size_t changes_count(const struct changes *c); /* not made yet */

/* The documents are being read from here on; or that has failed ... */
void changes_reloading(struct changes *c, bool is_reloading);
/* ... or these were found.  Those that were changed meanwhile are read
 * again; then fn may use them: at once, when there are none. */
typedef void settled_fn(struct snapshot *fresh, void *arg);
void changes_settle(struct changes *c, struct snapshot *fresh, settled_fn *fn,
                    void *arg);

#endif
