/* call/call_priv.h - the insides of a call; for src/call only.
 *
 * call.c (life, the caller's leg), call_fork.c (what the fork decides),
 * call_attempt.c (one outbound leg of it), call_path.c (its addresses),
 * call_divert.c (a branch that is another number, with a dial of its own),
 * call_bridge.c (an answered call: requests across, media watch),
 * call_alone.c (an answered caller without a callee), call_again.c (another
 * callee for an answered caller), call_early.c (offers,
 * answers and requests before the 2xx), call_session.c (the session timers of
 * its legs), call_transfer.c (REFER, Replaces, who is where), call_pickup.c (a
 * ringing call picked up), call_join.c (two legs of two calls connected),
 * call_unanswered.c (an offer that got no answer). */
#ifndef B2BUA_CALL_CALL_PRIV_H
#define B2BUA_CALL_CALL_PRIV_H

#include "call/bridge.h"
#include "call/call.h"
#include "call/ending.h"

enum call_state {
	CALL_SETUP,    /* nobody is being rung */
	CALL_DIALLING, /* a fork is at work */
	CALL_UP,       /* two legs, bridged; back to SETUP when the callee
	                  has hung up and the caller has not */
	CALL_OVER
};

#define DIAL_MAGIC 0xd1a1u
struct dial { /* a fork at work: the call's, or that of a diverted branch */
	unsigned magic;
	struct call *call;      /* borrowed */
	struct attempt *of;     /* borrowed: that branch; NULL: the call's */
	unsigned refs;
	bool is_gone;           /* freed when the last reference goes */
	const struct call_plan *plan; /* borrowed while there is a fork */
	struct fork *fork;      /* owned; NULL: nobody is being rung */
	struct attempt *attempts; /* owned */
	size_t n_attempts;
	struct attempt *teller; /* borrowed: of a diverted branch, the one that
	                           told progress last, or that has answered */
	bool is_feeding;
	struct fork_event *queue; /* owned: events that came while feeding */
	size_t n_queue, cap_queue;
	struct timer timer;
};

#define ATTEMPT_MAGIC 0xa77e3u
struct attempt { /* one branch of a fork */
	unsigned magic;
	struct call *call;      /* borrowed */
	struct dial *dial;      /* borrowed: whose branch it is */
	size_t index;
	const struct call_branch *conf; /* borrowed from the plan */
	struct leg *leg;        /* owned */
	struct side side;       /* its sdp: what it told last */
	struct resolve *resolving; /* owned */
	struct resolve_answer *found; /* owned; its addresses */
	unsigned tried;         /* bits: those behind us */
	struct hop hop;         /* the present one */
	int64_t sent_ms;        /* the INVITE there */
	struct timer connect;   /* for the first sign of it */
	bool is_watched;        /* dead addresses are remembered */
	bool is_waiting;        /* counted as unanswered */
	size_t record;          /* in call->attempts_done */
	unsigned redirects;
	char *redirect_uri;     /* owned */
	size_t ways;            /* of conf->ways, those that were taken */
	char *headers;          /* owned: of its last answer, for the caller */
	void *diversion;        /* the owner's, of a branch that is a number */
	struct dial *sub;       /* owned: who is rung for it; NULL: nobody yet */
};

/* call_way.c: the target that the branch has come to. */
void attempt_take_way(const struct attempt *at, struct leg_invite *in);
/* Has the connection that `in` is bound to gone? */
bool attempt_lost_flow(const struct attempt *at, const struct leg_invite *in);
/* The next flow of the phone after this failure; false: there is none. */
bool attempt_next_way(struct attempt *at, int status);

/* A request that goes across: it came in on one leg and went out on the
 * other. */
struct crossing {
	struct leg_request *rq; /* borrowed from its leg; NULL: answered */
	struct sdp *offer;      /* owned: the one it carried, or that came in
	                           the 2xx to one without (a late offer) */
	bool is_open, is_invite;
	bool waits_for_ack;     /* the answer comes in the ACK */
	struct leg_request *waiting[LEG_MAX_REQUESTS]; /* borrowed, in order */
	size_t n_waiting;
};

struct join;
enum join_late { LATE_NONE, LATE_ASKED, LATE_OFFERED };

#define CALL_MAGIC 0xca11u
struct call {
	unsigned magic;
	const struct call_conf *conf; /* borrowed */
	const struct call_ops *ops;   /* borrowed */
	void *arg;                    /* borrowed */
	enum call_state state;        /* written by call_enter() only */
	unsigned refs;
	bool is_destroyed;
	struct log_ctx log;
	struct call_record record;
	struct call_attempt *attempts_done; /* owned */
	size_t attempts_cap;

	struct leg *leg[2];     /* owned: caller's, callee's */
	struct side side[2];
	bool is_late_offer;     /* the INVITE had none: the callee offers, the
	                           caller's ACK brings the answer */
	bool is_joining;        /* an answered caller is being re-INVITEd */
	unsigned join_tries;
	bool is_alone;          /* answered, and nobody is at the other end:
	                           call_alone.c speaks to the caller */
	bool awaits_ack;        /* ... of our own 2xx */
	bool offers_alone;      /* a re-INVITE got our offer: its ACK answers */
	bool is_offering;       /* the callee's late offer went to the caller in
	                           a reliable 18x, whose PRACK answers */
	char *told;             /* owned: the first description that went to the
	                           caller in a 18x */
	bool is_reoffering;     /* the caller had a reliable answer of somebody
	                           else: after its ACK it gets the callee's */
	size_t renewed;         /* record + 1 of the branch that has agreed upon
	                           something new since; 0: none */
	struct attempt *early;  /* borrowed: the branch of an open crossing */
	char *bye_headers;      /* owned: for the caller's BYE */
	char *cancel_headers;   /* owned: why the caller gave up */
	char *ending;           /* owned: why the server ends it, for every BYE
	                           and CANCEL */
	struct crossing cross[2]; /* by the leg it goes out on */

	struct dial dial;       /* at work while DIALLING */
	size_t winner;          /* its record */

	struct call_party party[2];
	void *lease[2];         /* ops->admit's, of a leg that came from
	                           another call; NULL: none */
	struct call_transfer *transfers; /* owned; the record's */
	struct call *heir;      /* borrowed: rings for whom we keep */
	struct call *origin;    /* borrowed: keeps our caller so long */
	struct join *join;      /* shared by two calls; NULL: none */
	int refer_by;           /* the leg that sent the last REFER */
	enum join_late late;    /* a withdrawn re-INVITE is not answered yet */
	int max_forwards;       /* of an heir */
	unsigned max_breadth;   /* of an heir */

	struct timer ring_timer, media_timer, join_timer;
	int64_t media_since_ms; /* silence counts from here */
};

void call_enter(struct call *c, enum call_state to);
void call_hold(struct call *c);
void call_drop(struct call *c);
void call_tell(struct call *c, size_t i); /* ops->changed */
int64_t call_now(const struct call *c);
int64_t call_unix_ms(const struct call *c);
/* No offer goes out: the caller made none, or it is answered already. */
bool call_is_without_offer(const struct call *c);
/* The BYEs and CANCELs at the end will say so; text: ending_line(). */
void call_tell_ending(struct call *c, const char *cause, const char *text);
/* Both legs and everything else go; ops->over is called. */
void call_finish(struct call *c);
void call_watch_ringing(struct call *c); /* max_ring_time from now */
struct addr call_media_address(const struct call *c, const struct leg *l);

/* call_attempt.c */
void attempt_start(struct attempt *at);
void attempt_cancel(struct attempt *at, enum fork_why why);
void attempt_clear(struct attempt *at); /* the end of it, at any point */
int attempt_place(struct attempt *at, const struct hop *to); /* the INVITE */
void attempt_fail(struct attempt *at, int status, enum leg_release how);
/* The same branch, another target: with a leg, ports and a record anew. */
void attempt_start_over(struct attempt *at, int status, enum leg_release how);
void attempt_feed(struct attempt *at, enum fork_event_kind kind, int status,
                  bool has_sdp);
bool attempt_is_open(const struct attempt *at); /* something is under way */
/* Its record ends; nothing when that has happened already. */
void attempt_close(struct attempt *at, int status, enum fork_why why,
                   bool is_cancelled);
struct call_attempt *attempt_record(const struct attempt *at);
/* The end of a branch that was placed, or of the leg that won. */
void attempt_over(struct call *c, struct call_attempt *r);
struct call *call_of_attempt(const struct leg *l); /* NULL: it is none */

/* call_path.c: the end of `at` may come within those that place it */
void path_start(struct attempt *at);
void path_resolve(struct attempt *at, const struct resolve_question *q);
void path_heard(struct attempt *at); /* its address answers */
/* It failed so; true: it goes on at another address. */
bool path_failed(struct attempt *at, const struct message *m);
void path_clear(struct attempt *at);

/* call_fork.c */
void dial_begin(struct dial *d, const struct call_plan *plan);
void dial_feed(struct dial *d, const struct fork_event *ev);
void dial_clear(struct dial *d); /* ends all of its branches */

/* call_divert.c */
void dial_init(struct dial *d, struct call *c, struct attempt *of);
void dial_hold(struct dial *d);
void dial_drop(struct dial *d);
/* The branch whose leg speaks for this one: itself, unless it is diverted. */
struct attempt *attempt_teller(struct attempt *at);
void attempt_divert(struct attempt *at); /* ops->divert */
void attempt_undivert(struct attempt *at, enum leg_release how);
/* What the fork of a diverted branch has decided. */
void divert_progress(struct dial *d, const struct fork_action *a);
void divert_won(struct dial *d, size_t i);
void divert_failed(struct dial *d, const struct call_outcome *o);
/* The branches above the one that is the call are over, too. */
void divert_answered(struct attempt *at);
typedef void attempt_fn(struct attempt *at, void *arg);
void dial_each(struct dial *d, attempt_fn *fn, void *arg); /* with all below */

/* call_early.c */
void call_early_request(struct call *c, struct leg_request *rq,
                        const struct message *m);
void call_early_request_from(struct attempt *at, struct leg_request *rq,
                             const struct message *m);
void call_early_response(struct call *c, int to, const struct message *m);
void call_early_lost(struct attempt *at); /* it is given up */
void call_early_won(struct attempt *at);
/* Tells the caller, as its knowledge of 100rel allows. */
void call_early_ring(struct call *c, struct attempt *at, int status,
                     bool has_sdp);
/* The 2xx to a caller who has an answer, or gets one by a re-INVITE. */
int call_early_answer(struct call *c);
void call_early_acked(struct call *c);
bool call_early_may_offer(const struct attempt *at);

/* call_alone.c: only while call->is_alone */
void alone_acked(struct call *c, const struct message *m);
void alone_request(struct call *c, struct leg_request *rq,
                   const struct message *m);
void alone_reacked(struct call *c, const struct message *m);

/* call_again.c */
bool call_may_go_on(const struct call *c); /* without this callee */
void call_unbridge(struct call *c, const struct message *bye);
void call_join(struct call *c); /* the caller, to a callee that answered */
void call_joined(struct call *c, const struct message *m);

/* call_session.c */
const char *call_description(struct leg *l, void *arg);
void call_refreshed(struct leg *l, const struct message *m, void *arg);

/* call_transfer.c */
void call_referred(struct call *c, struct leg *l, struct leg_request *rq,
                   const struct message *m);
/* A leg that leaves its call to a transfer: true when that was all. */
bool call_left(struct call *c, struct leg *l);
void call_part(struct call *c, int at); /* one leg and its side go */
void call_return_lease(struct call *c, int at);
struct call_attempt *call_won(struct call *c); /* NULL: no branch has */
void call_transfer_over(struct call *c); /* none can go on any more */
void call_transfer_end(struct call *c);  /* the call is ending */
void call_heir_answered(struct call *c);
void call_note_transfer(struct call *c, const char *kind, int by,
                        const char *to, const struct call *other);
void call_transfer_done(struct call *c, int status);
void call_party_clear(struct call_party *p);
/* Lines for `to` that tell who is there; NULL: none. */
const char *party_told(const struct call_party *who,
                       const struct call_party *to);
void call_set_callee(struct call *c, const struct call_branch *b);

/* call_unanswered.c: that leg's offer (taken over), in a 2xx without an ACK so
 * far; the call may be over then. */
void call_unanswered(struct call *c, int to, struct sdp *offer);

/* call_pickup.c: the 2xx of a phone that picks up; -errno: no ports */
int pickup_answer(struct call *fresh, struct call *c);

/* call_join.c */
/* Connects leg `stays` of `to` with leg `mover` of `from`, which goes over to
 * `to` when all have agreed, in the place of whoever is there.  cause: a
 * literal for from's record. */
void join_begin(struct call *from, int mover, struct call *to, int stays,
                const char *cause);
bool join_response(struct call *c, struct leg *l, const struct message *m);
/* The answer to a re-INVITE of a join that was given up. */
void join_late_response(struct call *c, struct leg *l,
                        const struct message *m);
void join_poke(struct call *c); /* what it waited for may be there */
bool join_needs(const struct call *c, const struct leg *l);
void join_abort(struct call *gone); /* ... which is ending */

/* call_bridge.c */
extern const struct leg_ops call_leg_ops; /* arg: the call */
void call_connected(struct call *c); /* state UP begins */
void call_watch_media(struct call *c); /* silence counts from now on */
void call_crossing_clear(struct call *c);
/* Answers what waits to go out on that leg. */
void call_crossing_refuse(struct call *c, int to);
/* Parses the description in m; NULL and a log line when it is unusable. */
struct sdp *call_read_sdp(const struct call *c, const struct message *m);
/* The same for an answer: without the streams that only we had offered. */
struct sdp *call_read_answer(const struct call *c, const struct message *m,
                             const struct sdp *offer);

#endif
