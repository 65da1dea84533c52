/* b2bua/session_priv.h - the insides of a session; for session.c, which joins
 * a callflow and a call, session_steps.c and session_wait.c, which carry out
 * what the flow asks for, and divert.c, where the call is only a branch of
 * another session's. */
#ifndef B2BUA_SESSION_PRIV_H
#define B2BUA_SESSION_PRIV_H

#include "b2bua/identity.h"
#include "b2bua/session.h"
#include "b2bua/targets.h"
#include "base/hash.h"
#include "callflow/match.h"

#define MAX_NESTED   10 /* numbers that stay inside, one in another */
#define MAX_STAYS    50 /* ... and all of them, as many as jumps */
#define MAX_DIVERTED 10 /* forwards, one after another */
#define MAX_FORWARDS 50 /* ... and all of one call */

struct failure { /* of the last dial */
	int status;
	const char *cause; /* a literal */
};

#define SESSION_MAGIC 0x5e5510u
struct session {
	unsigned magic;
	struct server *server;   /* borrowed */
	struct call *call;       /* owned; borrowed by a diversion */
	struct snapshot *snapshot; /* a reference is held */
	struct flow_caller caller;
	struct match match;      /* owned */
	struct caller_identity identity; /* owned: as it came */
	struct caller_identity changed;  /* owned: as legs show it now */
	struct caller_identity urgent;   /* owned: ... those of emergencies */
	struct caller_identity inside[MAX_NESTED]; /* owned: as it came to the
	                            flow of a number that stays inside */
	bool keeps_caller;       /* transferred, or forwarded so */
	bool is_heir;            /* of a call that is being transferred */
	struct presence_call *shown; /* owned; NULL: nothing */
	struct flow *flows[MAX_NESTED]; /* owned; the last one runs */
	size_t n_flows, n_stays;
	struct targets *targets; /* owned; of the present dial */
	struct trunk *trunk;     /* a lease: the gateway it came from */
	struct allowance_lease allowance; /* a call of the account */
	struct failure last;
	struct timer rest;       /* the flow waits */
	struct change_job *change; /* borrowed: the flow waits for it; NULL */
	struct flow_invite invite; /* owned: names in the INVITE */
	struct http_transfer *fetch; /* owned: what comes next is asked for */
	bool is_web_debugged;    /* ... and is worth log lines */
	int rest_ms;             /* so long; -1: for ever */
	bool is_over;
	char id[17];
	UT_hash_handle hh;       /* server->sessions */

	/* of a diversion: caller is who forwards */
	struct attempt *at;      /* borrowed: the branch it is; NULL: it is the
	                            call */
	struct session *within;  /* borrowed: the one that has this branch */
	struct call_forward to;  /* where to; of the snapshot */
	int max_forwards;
	unsigned max_breadth;
	size_t n_forwards;       /* of the call: all of them so far */
};

struct session *session_new(struct server *s, const struct flow_caller *who);
void session_free(struct session *ss);
/* ss->match is set: its callflow begins. */
int session_begin_flow(struct session *ss, const char *dialled,
                       const struct flow_step **step);

/* session_steps.c: what the flow asks for, carried out on the call. */
/* Carries out steps until one takes its time; ss may be gone afterwards. */
void session_run(struct session *ss, const struct flow_step *step);
void session_dial_failed(struct session *ss, const struct call_outcome *o);
/* What the step asked for has been done: the flow goes on. */
void session_go_on(struct session *ss);
/* ... cannot be done. */
void session_give_up(struct session *ss);
/* A server has said what comes next. */
void session_fetched(struct session *ss, const char *text, size_t len,
                     const char *type);
/* The callee has hung up, the caller has not. */
void session_after_bridge(struct session *ss);
/* The names in the INVITE that began it all; those of a transfer's call are
 * not known. */
const struct flow_invite *session_invite(const struct session *ss);
/* Whose flow runs: of a number that stays inside it is its owner's. */
const struct account *session_account(struct session *ss);
void session_leave_flow(struct session *ss); /* the last of ss->flows */

/* session_wait.c: nobody is rung for a while; session_go_on() follows. */
void session_wait(struct session *ss, const struct wait *w);
void session_was_answered(struct session *ss); /* call_ops.answered */

/* session_change.c: for a feature code; session_go_on() or session_give_up()
 * follows. */
void session_change(struct session *ss, const struct change_request *rq);
void session_lamp(struct session *ss, const struct lamp *lamp);
/* session_web.c: session_fetched() or session_go_on() follows; false: neither
 * does, nobody can be asked. */
bool session_fetch(struct session *ss, const struct flow_request *rq);

/* web_record.c: to whoever a pivot of its flows named for that. */
void session_tell_record(const struct session *ss,
                         const struct call_record *r);

/* divert.c: call_ops of a call's session. */
void *divert_begin(struct call *c, struct attempt *at,
                   const struct call_branch *b, void *within, void *arg);
void divert_next(struct call *c, void *diversion,
                 const struct call_outcome *o, void *arg);
void divert_end(struct call *c, void *diversion, void *arg);

#endif
