/* call/call.h - a call: the caller's leg, the fork of outbound legs, and the
 * bridge between the two that are left.
 *
 * The owner (b2bua/session) says whom to dial and hears the outcome; it never
 * sees a SIP message.  Nothing here knows callflows. */
#ifndef B2BUA_CALL_CALL_H
#define B2BUA_CALL_CALL_H

#include "call/fork.h"
#include "media/media.h"
#include "sip/holddown.h"
#include "sip/leg_refer.h"
#include "sip/resolve.h"

struct call;
struct codecs;
struct attempt; /* a branch that is being rung */

struct call_conf {              /* the same for all calls of a server */
	struct loop *loop;      /* borrowed, all of them */
	struct agent *agent;
	struct media *media;
	struct resolver *resolver;
	struct holddown *holddown; /* of next hops; NULL: none are */
	unsigned connect_ms;    /* for a sign of an address, when there is
	                           another; 0: no limit */
	struct addr media_address; /* in SDP; unset: as signalling */
	unsigned max_ring_time_s;
	unsigned media_timeout_s;  /* 0: never */
	int (*q850)(const char *cause); /* its number, for Reason; 0: it has
	                                   none; NULL: nobody knows */
};

struct call_way {               /* one more flow to the same phone */
	struct target target;
	bool is_natted;
};

struct call_branch {            /* one leg to place; strings borrowed */
	struct leg_invite invite; /* sdp is filled in here */
	const char *host;       /* to be resolved when target.dest is unset */
	uint16_t port;          /* 0: SRV or the default */
	bool picks_transport;   /* none is named: NAPTR may (RFC 3263 4.1) */
	const char *kind, *name;/* for the record: "device"/"gateway", id */
	const char *account;    /* its id; NULL: a global carrier's */
	unsigned step;
	int delay_ms, timeout_ms, progress_ms;
	int connect_ms;         /* for any sign of an address, the last one
	                           too; 0: as call_conf says */
#define CALL_CONNECT_USUAL (-1) /* call_conf's, for the last one too */
	const struct fork_codes *ends_on; /* NULL: none of its own */
	const void *owner;      /* for ops->admit */
	struct codecs *codecs;  /* all it may be offered; NULL: any */
	bool may_bypass;        /* its media need not go through us */
	const struct call_way *ways; /* in turn, when the flow has failed */
	size_t n_ways;
	/* No leg of its own but a number: ops->divert says whom to ring. */
	int fails_with;         /* it is not rung but has failed so; 0 */
	const void *divert;     /* for ops->divert; NULL: a leg */
	const char *number;     /* of such a branch, for the record */
	bool mutes_early_media; /* its early media stays behind */
	/* Lines that tell the other side who this is: a phone, a carrier;
	 * NULL: it is told nothing. */
	const char *told[2];
	bool hears;             /* it is told who the other side is, too */
	bool needs_confirmation;/* ... by a key; nobody asks for one yet: who
	                           answers is not connected */
};

struct call_plan {              /* borrowed until ops->dialled */
	enum fork_strategy strategy;
	int timeout_ms;
	bool passes_early_media;
	bool rings_at_once;
	bool follows_redirect;
	struct fork_codes ends_on;
	const struct call_branch *branches;
	size_t n;
};

enum call_outcome_kind {
	CALL_BRIDGED,     /* answered; the callee has hung up, the caller has
	                     not: dial again, or hang up */
	CALL_FAILED,      /* status, why */
	CALL_CALLER_GONE
};
struct call_outcome {
	enum call_outcome_kind kind;
	int status;
	enum fork_why why;
};

struct call_attempt {           /* a record of one branch; unix ms, 0: never */
	char *kind, *name, *uri, *call_id; /* owned by the call */
	struct hop hop;         /* where it went; unset: nowhere */
	int64_t start_ms, ring_ms, answer_ms, end_ms;
	int status;             /* final SIP status; 0: none */
	enum fork_why why;      /* when it was given up */
	bool is_cancelled;
	const char *refusal;    /* ops->admit's, a literal; NULL: it was placed */
	int retry_after_s;      /* of its final failure; -1: none */
	void *lease;            /* ops->admit's; NULL: none, or given back */
	char *tag, *peer_tag;   /* owned by the call: ours and its own, by which
	                           its dialog is known; NULL: not yet */
	char *reason;           /* owned by the call: Reason of its failure */
	int q850;               /* the cause in it; 0: none */
};

struct call_party {             /* who is at the end of a leg */
	char *account;          /* owned, all of them; the account's id */
	char *id;               /* the device's; the gateway's name */
	char *user, *name;      /* what others may be shown */
	char *told[2];          /* ... as lines: to a phone, to a carrier */
	bool is_device;
	bool hears;             /* it is told who the other side is */
};

struct call_transfer {          /* a record of one */
	const char *kind;       /* a literal: "blind", "attended",
	                           "replaced", "pickup" */
	const char *by;         /* a literal: "caller", "callee" */
	char *to;               /* owned; what was asked for; NULL */
	char call[17];          /* id of the other call; "" when none */
	int64_t at_ms;          /* unix */
	int status;             /* 200: done; 0: not decided */
};

enum call_by { CALL_BY_CALLER, CALL_BY_CALLEE, CALL_BY_SERVER };
struct call_record {
	char id[17];
	char *caller_call_id, *from_user, *from_name, *dialled; /* owned */
	struct addr source;
	int64_t start_ms, ring_ms, answer_ms, end_ms;
	int status;             /* final one to the caller */
	const char *cause;      /* a literal that overrides the status's; NULL */
	enum call_by ended_by;
	int q850;               /* of the BYE that ended it; 0: none */
	const struct call_attempt *attempts;
	size_t n_attempts;
	const struct call_transfer *transfers;
	size_t n_transfers;
	char origin[17];        /* the call that a transfer made this of */
};

enum { CALLER, CALLEE };        /* the legs of a call */
#define CALL_CALLER SIZE_MAX /* the caller, among attempts */

struct call_ops {
	/* what the record says of attempt i, or of the caller, is new; may be
	 * NULL.  The handler leaves the call as it is. */
	void (*changed)(struct call *c, size_t i, void *arg);
	/* A branch that is a number is due.  Returns the owner's handle of it
	 * (not NULL), which diverted() gets: at once, with a NULL outcome, to
	 * begin, and whenever its call_divert_dial() has failed.  It ends when
	 * undivert() says so.  within: the diversion whose branch it is. */
	void *(*divert)(struct call *c, struct attempt *at,
	                const struct call_branch *b, void *within, void *arg);
	void (*diverted)(struct call *c, void *diversion,
	                 const struct call_outcome *o, void *arg);
	void (*undivert)(struct call *c, void *diversion, void *arg);
	/* call_dial() is over; the plan is free again */
	void (*dialled)(struct call *c, const struct call_outcome *o,
	                void *arg);
	/* call_answer() is done: its ACK is here */
	void (*answered)(struct call *c, void *arg);
	/* May this branch be placed?  NULL: yes, and *lease (when it is set)
	 * is given back by left() when the branch is over, at the latest just
	 * before over().  Else why not, a cause for the record: the branch
	 * has failed with 503.  May be NULL. */
	const char *(*admit)(struct call *c, const struct call_branch *b,
	                     void **lease, void *arg);
	void (*left)(struct call *c, const struct call_attempt *at,
	             void *lease, void *arg);
	/* the leg `by` asks to be replaced: the status to answer with; after
	 * 202 comes ops->transfer, which ends in one of the functions below */
	int (*may_transfer)(struct call *c, int by, const struct refer *r,
	                    void *arg);
	void (*transfer)(struct call *c, int by, const struct refer *r,
	                 void *arg);
	/* the call is over and recorded; the owner destroys it */
	void (*over)(struct call *c, const struct call_record *r, void *arg);
};

/* Makes a call of an INVITE; rq is gone.  On -errno rq has been answered:
 * -EINVAL (488, a description that cannot be used). */
int call_create(struct call **out, const struct call_conf *conf,
                struct request *rq, const struct call_ops *ops, void *arg);
void call_destroy(struct call **cp); /* within or after ops->over */

const char *call_id(const struct call *c);
const struct log_ctx *call_log(const struct call *c);
const struct call_record *call_record(const struct call *c);
bool call_is_answered(const struct call *c);
int call_max_forwards(const struct call *c); /* for outbound legs */
unsigned call_max_breadth(const struct call *c); /* to be shared by them */
/* The last attempt that failed with this status and a Reason (RFC 3326); NULL
 * when there is none. */
const struct call_attempt *call_failure(const struct call *c, int status);

/* One dial at a time.  The plan lives until ops->dialled.  An answered caller
 * (after CALL_BRIDGED) is connected to the next who answers. */
void call_dial(struct call *c, const struct call_plan *plan);
/* The same for a diverted branch: the plan lives until ops->diverted or
 * ops->undivert. */
void call_divert_dial(struct attempt *at, const struct call_plan *plan);
/* Nobody more is to be rung for it: the branch has failed.  q850: why, when
 * the status alone would not tell; 0. */
void call_divert_fail(struct attempt *at, int status, int q850);
/* Nobody is being rung.  The server answers the INVITE itself: the caller hears
 * silence until somebody is connected to it.  ops->answered follows, unless the
 * call ends before. */
void call_answer(struct call *c);
/* Nobody will be rung for a while: a caller who is answered hears silence. */
void call_rest(struct call *c);
/* Final: answers the INVITE, or hangs up when it is answered already.
 * ops->over follows. */
void call_respond(struct call *c, int status, const char *reason,
                  const char *headers);
/* Why the call fails, for its record, when the status alone would not tell:
 * a name that lives until ops->over has returned. */
void call_set_cause(struct call *c, const char *cause);
/* The caller's media need not go through us, when a callee's need not. */
void call_let_bypass(struct call *c);
/* Who is at a leg: owner's to tell for the caller's. */
const struct call_party *call_party(const struct call *c, int at);
void call_set_party(struct call *c, int at, const char *account,
                    const char *id, bool is_device, bool may_refer);

/* ... and what others are told of the caller after a transfer (connected
 * line), in a re-INVITE: lines to a phone, to a carrier; name and user for a
 * call that goes on for him. */
struct call_shown {
	const char *name, *user;
	const char *told[2];
	bool hears;             /* it is told of others itself */
};
void call_show_caller(struct call *c, const struct call_shown *s);

/* A lease that goes with this leg, into whatever call, and comes back by
 * ops->left; NULL: none. */
void call_lend(struct call *c, int at, void *lease);

/* --- transfers (call_transfer.c) ------------------------------------------- */

/* The call whose leg this dialog is, and which; NULL: none of ours. */
struct call *call_find(struct agent *a, const struct replaces *r, int *at,
                       bool *is_early);
/* A call for the one that `by` of `from` leaves behind: it has no caller
 * until somebody answers, and then that one. */
void call_create_heir(struct call **out, struct call *from, int by,
                      const char *dialled, const struct call_ops *ops,
                      void *arg);
/* Attended: the leg at[0] of a and at[1] of b are one and the same person's,
 * who leaves: the other two are joined. */
void call_attend(struct call *a, int at_a, struct call *b, int at_b);
/* The caller of `fresh` takes the place of leg `at` of c, of a call that is
 * up; or of all phones that ring, while c is dialling. */
void call_replace(struct call *fresh, struct call *c, int at);
/* Nothing came of it. */
void call_transfer_failed(struct call *c, int status);
bool call_is_up(const struct call *c); /* two legs, bridged */

/* Ends the call whatever its state.  cause: a literal for the record. */
void call_hangup(struct call *c, enum call_by by, const char *cause);

#endif
