/* directory/change.h - what feature codes change in a document: "do not
 * disturb", call waiting, call forwarding, who is logged in to a ring group.
 * Pure: a document's text in, its text out. */
#ifndef B2BUA_DIRECTORY_CHANGE_H
#define B2BUA_DIRECTORY_CHANGE_H

#include <stdbool.h>
#include "base/buf.h"
#include "directory/check.h"

struct cJSON;

enum change_what {
	CHANGE_DND,          /* do_not_disturb.enabled */
	CHANGE_CALL_WAITING, /* call_waiting.enabled */
	CHANGE_FORWARD,      /* call_forward.enabled, .number */
	CHANGE_MEMBERSHIP    /* disable_until of a callflow's ring groups */
};

enum change_to {
	CHANGE_ON,
	CHANGE_OFF,
	CHANGE_OVER,  /* to what it is not */
	CHANGE_NUMBER /* CHANGE_FORWARD: the number alone */
};

struct change { /* strings borrowed */
	enum change_what what;
	enum change_to to;
	const char *number; /* CHANGE_FORWARD: NULL: the one that is there */
	const char *user;   /* CHANGE_MEMBERSHIP: whose */
};

const char *change_what_text(enum change_what what);
const char *change_to_text(enum change_to to);

/* Makes it a change that does not depend on what the document says: on or
 * off, with a number when it takes one (borrowed from doc).  -ENODATA: there
 * is no number to forward to. */
int change_decide(struct change *c, const struct cJSON *doc);

/* Carries out a change that is decided.  text is that of doc; is_wrapped:
 * below `data`.  -ENOENT: the user is no member; -E2BIG: of too many groups;
 * -EINVAL: the document does not allow it. */
int change_apply(struct buf *text, const struct cJSON *doc, bool is_wrapped,
                 const struct change *c);

#endif
