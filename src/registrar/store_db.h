/* registrar/store_db.h - the file under the store.  Internal to
 * src/registrar; used by one thread at a time. */
#ifndef B2BUA_REGISTRAR_STORE_DB_H
#define B2BUA_REGISTRAR_STORE_DB_H

#include "base/buf.h"
#include "base/hash.h"
#include "registrar/registrar.h"

struct store_op { /* one row to write or to delete */
	uint64_t row;
	bool is_removal;
	bool is_new;       /* the row was never written */
	struct binding b;  /* its texts are in text; unset for a removal */
	UT_hash_handle hh; /* by row */
	char text[];
};

struct store_db;

/* What is wrong is added to why as "FILE: reason".  *is_fresh: it held
 * nothing yet.  -errno; -EUCLEAN: torn, foreign or of another version. */
int store_db_open(struct store_db **out, const char *path, bool *is_fresh,
                  struct buf *why);
void store_db_close(struct store_db **dp);
/* Opens for reading only and changes nothing. */
int store_db_check(const char *path, struct buf *why);

/* Every op in one transaction, or none; *why (a copy) on failure. */
int store_db_write(struct store_db *db, const struct store_op *ops,
                   struct buf *why);
uint64_t store_db_last_row(struct store_db *db);

/* Deletes what is not worth restoring, then calls fn for each row, the
 * longest not refreshed first. */
int store_db_read(struct store_db *db, int64_t now_ms, binding_fn *fn,
                  void *arg);

#endif
