/* registrar/store.h - the bindings on disk: SQLite in WAL mode, written by
 * the storage thread in batches.
 *
 * The signalling thread only queues; a batch is written when the storage
 * thread gets to it (at most about a second later), so a crash loses at most
 * the last second of refreshes. */
#ifndef B2BUA_REGISTRAR_STORE_H
#define B2BUA_REGISTRAR_STORE_H

#include "base/worker.h"
#include "registrar/registrar.h"

struct store;

/* Opens or creates the file.  A torn or foreign file is set aside (renamed
 * to FILE.broken-TIME), an empty one takes its place, and *why (owned by the
 * caller) says so; NULL when all is well.  -errno when even that fails: the
 * server then runs without persistence. */
int store_open(struct store **out, const char *path, struct worker *w,
               char **why);
/* Checks only, for -t: 0, or -errno with *why. */
int store_check(const char *path, char **why);
/* Reads every binding that has not expired into r.  Returns how many. */
size_t store_load(struct store *s, struct registrar *r, int64_t now_ms);
void store_save(struct store *s, struct binding *b); /* copies; sets b->row */
void store_remove(struct store *s, struct binding *b);
void store_kick(struct store *s);   /* the owner's timer: write the batch */
void store_close(struct store **sp); /* writes what is left */

#endif
