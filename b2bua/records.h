/* b2bua/records.h - a finished call as a call record. */
#ifndef B2BUA_RECORDS_H
#define B2BUA_RECORDS_H

#include "b2bua/server.h"

struct record_context {
	const struct flow_caller *caller;
	const char *number, *callflow_id; /* may be NULL */
};
void record_write(struct server *s, const struct call_record *r,
                  const struct record_context *ctx);
/* The cause name of a branch's or call's end. */
const char *record_cause_of_call(const struct call_record *r);
const char *record_cause(enum fork_why why, int status);

#endif
