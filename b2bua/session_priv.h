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
	struct call *call;       /* owned; borrowed by a diversion; NULL: none
	                            yet, or none at all (explain.h) */
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
	uint64_t seed;           /* of what is drawn by lot */
	int64_t unix_s;          /* what counts as now; 0: the clock does */
	const struct flow_watch *watch; /* borrowed; of its flows; NULL */
	const char *asked;       /* borrowed: what is dialled, without a call */
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
	struct attempt *at;      /* borrowed: the branch it is */
	struct session *within;  /* borrowed: the one that has this branch;
	                            NULL: it is the call */
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
const struct log_ctx *session_log(const struct session *ss); /* or NULL */
const char *session_dialled(const struct session *ss); /* as it came */
const char *session_id(const struct session *ss); /* "" without a call */
int64_t session_now_s(const struct session *ss);
uint64_t session_draw(struct session *ss);
/* Whom a step rings, and what is on the way to that: nothing of it needs a
 * call.  Either ss->targets is set, or this is what the flow wants next:
 * nobody is to be rung, or the number stays inside. */
const struct flow_step *session_plan(struct session *ss,
                                     const struct flow_step *step);
/* What the flow wants after an outcome; why NULL: no failure. */
const struct flow_step *session_next(struct session *ss,
                                     enum outcome_kind kind,
                                     const struct failure *why);
/* ... after one that was answered and is over: FLOW_END or FLOW_HANGUP when
 * that was all. */
const struct flow_step *session_next_after_bridge(struct session *ss);
/* A flow that hangs up when it was reached through a number that stays
 * inside: the one that sent the call there goes on. */
const struct flow_step *session_pop(struct session *ss, const char *cause);
/* What an unanswered caller gets when the flow hangs up with this cause. */
int session_hangup_status(const struct session *ss, const char *cause);
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
/* A session for the number that a branch of up's stands for, which may live
 * as long as up. */
struct session *divert_new(struct session *up, const struct call_branch *b);
/* Its flow; or the status that it fails with at once. */
int divert_enter(struct session *ss, const struct flow_step **step);

#endif
