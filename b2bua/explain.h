/* b2bua/explain.h - what would happen to a call, and why: which callflow
 * takes it, and the whole tree of what would be rung after which outcome.
 * It is found by the code that runs calls, on a session that has none, so
 * nobody is rung and nothing is changed. */
#ifndef B2BUA_EXPLAIN_H
#define B2BUA_EXPLAIN_H

#include "base/diag.h"
#include "config/config.h"
#include "directory/directory.h"

enum explain_form { EXPLAIN_TEXT, EXPLAIN_JSON, EXPLAIN_DOT };

struct explain_query {
	const char *account;  /* its id */
	const char *number;   /* as it is dialled */
	const char *from;     /* a device's id or user name, a gateway's or
	                         carrier's name, an address; NULL: some device
	                         of the account */
	const char *shows;    /* the number that the caller shows; NULL: the
	                         device's user name */
	const char *time;     /* ISO 8601 or seconds since 1970; NULL: now */
	enum explain_form form;
};

enum explain_status { /* for exit */
	EXPLAIN_DONE = 0,
	EXPLAIN_BAD_QUERY = 2, /* no such account, device, time */
	EXPLAIN_NO_MATCH = 3   /* nobody serves the number: out says so, too */
};

/* Adds the explanation to *out, and what is wrong with the query to *why. */
enum explain_status explain(struct buf *out, struct diag *why,
                            const struct config *conf, struct snapshot *s,
                            const struct explain_query *q);

#endif
