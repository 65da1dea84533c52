/* b2bua/session.h - a callflow and a call, joined: each plan of the flow goes
 * to the call, each outcome of the call goes back to the flow. */
#ifndef B2BUA_SESSION_H
#define B2BUA_SESSION_H

#include "b2bua/server.h"

/* Matches the number and runs its callflow; or answers rq (404, 488). */
void session_start(struct server *s, struct request *rq,
                   const struct flow_caller *who);
/* A number for the one whom `by` of the call `from` leaves: as if `who` had
 * dialled it. headers: more lines for the INVITE, or NULL. */
void session_start_heir(struct server *s, const struct flow_caller *who,
                        struct call *from, int by, const char *number,
                        const char *headers);
/* An INVITE that takes the place of leg `at` of c. */
void session_start_replacing(struct server *s, struct request *rq,
                             const struct flow_caller *who, struct call *c,
                             int at);
void sessions_end(struct server *s); /* all of them, at once */

typedef void session_fn(const struct session *ss, void *arg);
void sessions_each(const struct server *s, session_fn *fn, void *arg);
struct session *session_find(const struct server *s, const char *call_id);
void session_hangup(struct session *ss);

/* For listings. */
const struct call *session_call(const struct session *ss);
const struct flow_caller *session_caller(const struct session *ss);
const char *session_state(const struct session *ss); /* "ringing", "up" */
const char *session_callee(const struct session *ss); /* "" when nobody's */

#endif
