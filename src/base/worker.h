/* base/worker.h - a thread that does blocking work in order (the storage
 * thread: SQLite, CDR files), so that the signalling thread never does. */
#ifndef B2BUA_BASE_WORKER_H
#define B2BUA_BASE_WORKER_H

#include "base/util.h"

struct worker;
typedef void worker_fn(void *arg); /* runs on the worker's thread */

int worker_create(struct worker **out, const char *name);
/* Runs what was posted, then ends the thread.  NULL-safe; clears *wp. */
void worker_destroy(struct worker **wp);

/* fn(arg) runs later, after everything posted before it.  arg belongs to
 * the job from here on: fn releases it. */
void worker_post(struct worker *w, worker_fn *fn, void *arg);
/* Waits until everything posted before has run.  For tests and shutdown. */
void worker_flush(struct worker *w);
size_t worker_backlog(struct worker *w); /* jobs not yet run */

#endif
