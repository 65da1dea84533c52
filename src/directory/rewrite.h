/* directory/rewrite.h - a feature code changes a document: in its file, and
 * what of it is to be seen from then on.  It blocks: for a thread that may. */
#ifndef B2BUA_DIRECTORY_REWRITE_H
#define B2BUA_DIRECTORY_REWRITE_H

#include "base/diag.h"
#include "directory/change.h"

struct snapshot;
struct revision; /* a document of a snapshot, as it is from then on */

/* A document of a snapshot, for another thread: whoever has this holds a
 * reference to the snapshot as well. */
struct original {
	enum document_type type;
	char *file;              /* owned */
	const char *id, *text;   /* text NULL: doc */
	const struct cJSON *doc; /* without data */
};

/* -ENOENT: there is none.  Devices, users and callflows only. */
int snapshot_original(struct original *out, const struct snapshot *s,
                      enum document_type type, const char *account,
                      const char *id);
void original_clear(struct original *o);

/* Changes the file as it is now, and makes a revision of the document as the
 * snapshot has it: what else somebody has changed in the file waits for its
 * reload.  Several at once lose nothing when one thread does them.  c is
 * decided by what the file says.  *out is NULL when the snapshot's document
 * has no room for the change.  Faults go to `why`. */
int document_rewrite(struct revision **out, const struct original *o,
                     struct change *c, struct diag *why);
/* A revision of the document as its file is now. */
int document_reread(struct revision **out, const struct original *o,
                    struct diag *why);

/* From here on *sp is a newer state of the snapshot, in which the document is
 * what r says; r is taken over.  Those who have a reference to the state
 * before may go on using what they found there.  -ENOENT: there is no such
 * document; r is freed. */
int snapshot_revise(struct snapshot **sp, enum document_type type,
                    const char *account, const char *id, struct revision *r);
void revision_free(struct revision **rp); /* NULL-safe; clears *rp */

#endif
