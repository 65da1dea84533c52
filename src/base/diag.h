/* base/diag.h - what is wrong with the operator's files, one line a fault.
 *
 * Loaders add every fault they find and go on as far as they can, so that
 * one run of `b2bua -t` shows all of them as "file: member: what is wrong". */
#ifndef B2BUA_BASE_DIAG_H
#define B2BUA_BASE_DIAG_H

#include "base/buf.h"

struct diag {
	struct buf text; /* owned; lines, each ended by '\n' */
	unsigned faults; /* these refuse the file */
	unsigned warnings; /* these do not; their lines say "warning: " */
};

/* file and member may be NULL: then they are left out of the line.
 * diag may be NULL: then nothing is recorded.  Control characters in the
 * text are replaced by '?'. */
void diag_fault(struct diag *d, const char *file, const char *member,
                const char *fmt, ...) printf_like(4, 5);
void diag_warn(struct diag *d, const char *file, const char *member,
               const char *fmt, ...) printf_like(4, 5);
void diag_free(struct diag *d);

#endif
