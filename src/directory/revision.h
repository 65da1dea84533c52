/* directory/revision.h - the insides of revisions; for src/directory only. */
#ifndef B2BUA_DIRECTORY_REVISION_H
#define B2BUA_DIRECTORY_REVISION_H

#include "base/hash.h"
#include "directory/load.h"
#include "directory/rewrite.h"

struct revision {
	enum document_type type;
	struct pool pool;               /* owned: everything below */
	const struct settings *settings; /* of devices and users; and so is */
	const char *text;
	const struct cJSON *doc;
	const void *of;                 /* the document; of its snapshot */
	struct revision *next;          /* retired */
	UT_hash_handle hh;              /* late->revised, by `of` */
};

/* What a document says by its text, which has no faults. */
int revision_read(struct revision **out, enum document_type type,
                  const char *file, const char *text, size_t len,
                  struct diag *why);
/* NULL: the document is as it was loaded. */
const struct revision *revision_find(const struct late *l, const void *of);
void revisions_free(struct late *l);
void revisions_free_list(struct revision **list);

#endif
