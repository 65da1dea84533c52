/* callflow/match.h - which callflow serves a dialled number.  Pure.
 * doc/callflows.md, "Which callflow". */
#ifndef B2BUA_CALLFLOW_MATCH_H
#define B2BUA_CALLFLOW_MATCH_H

#include <stdbool.h>
#include "directory/directory.h"

struct match {
	const struct callflow *callflow;
	char *number;        /* owned; the normalised number */
	char *capture;       /* owned; the longest group, NULL when empty */
	bool is_no_match;    /* the catch-all took it */
	const struct pattern *pattern; /* that took it; NULL: none */
};

/* 0; -ENOENT when no callflow serves the number (also when only the
 * catch-all would and may_use_no_match is false).  dialled is the Request-URI
 * user, unescaped. */
int callflow_match(struct match *out, const struct account *a,
                   const char *dialled, bool may_use_no_match);
void match_clear(struct match *m);

#endif
