/* sip/leg.h - one SIP dialog of a call, seen from our side.
 *
 * A leg knows nothing of its peer.  Commands go down through these functions,
 * events come up through leg_ops; every handler may release the leg.  After
 * leg_release() the leg belongs to itself: it cancels, acknowledges, says BYE
 * and waits as RFC 3261 asks, and then frees itself; no event comes any more.
 *
 * States (leg.c holds the table):
 *   OFFERED  an INVITE came, no final answer yet
 *   ANSWERED our 2xx is sent, its ACK not yet here
 *   CALLING  our INVITE is sent, no final answer yet
 *   CLAIMED  a 2xx to our INVITE is here, not yet acknowledged
 *   UP       the dialog is confirmed
 *   CLOSING  released, or ended: finishing by itself
 *   DONE     nothing left to do */
#ifndef B2BUA_SIP_LEG_H
#define B2BUA_SIP_LEG_H

#include <stdbool.h>
#include "base/log.h"
#include "sip/agent.h"

struct leg;
#define LEG_MAX_REQUESTS 8 /* open at once inside one dialog */

struct leg_request; /* a request inside the dialog, until it is answered */

enum leg_state {
	LEG_OFFERED,
	LEG_ANSWERED,
	LEG_CALLING,
	LEG_CLAIMED,
	LEG_UP,
	LEG_CLOSING,
	LEG_DONE
};
const char *leg_state_name(enum leg_state s);

enum leg_end {
	LEG_END_BYE,      /* the peer hung up */
	LEG_END_CANCEL,   /* the caller gave up before the answer */
	LEG_END_NO_ACK,   /* our 2xx was never acknowledged (64*T1) */
	LEG_END_NO_PRACK, /* our 18x was never acknowledged; the INVITE has been
	                     answered 504 */
	LEG_END_LOST,     /* 408 or 481 to a request in the dialog */
	LEG_END_EXPIRED   /* nobody has refreshed the session (RFC 4028) */
};

struct leg_ops {
	/* any answer of the peer to our INVITE, 100 too, before what else is
	 * told about it; must not release; may be NULL */
	void (*heard)(struct leg *l, void *arg);
	/* 1xx above 100 to our INVITE */
	void (*progress)(struct leg *l, const struct message *m, void *arg);
	/* 2xx to our INVITE; the owner calls leg_ack(), or releases */
	void (*answered)(struct leg *l, const struct message *m, void *arg);
	/* final failure of our INVITE (m->status); the owner releases */
	void (*failed)(struct leg *l, const struct message *m, void *arg);
	/* the ACK to the 2xx of the first INVITE is here */
	void (*acked)(struct leg *l, const struct message *m, void *arg);
	/* a request inside the dialog; to be answered by leg_reply() */
	void (*request)(struct leg *l, struct leg_request *rq,
	                const struct message *m, void *arg);
	/* the ACK to the 2xx of such a request (a re-INVITE) */
	void (*reacked)(struct leg *l, const struct message *m, void *arg);
	/* the caller withdrew such a request (CANCEL of a re-INVITE) */
	void (*withdrawn)(struct leg *l, struct leg_request *rq, void *arg);
	/* the answer to leg_send(); a 2xx to INVITE waits for leg_ack() */
	void (*response)(struct leg *l, const struct message *m, void *arg);
	/* the description that our side of the dialog stands on, for a
	 * refresh of the session; NULL: none.  Borrowed, used at once. */
	const char *(*description)(struct leg *l, void *arg);
	/* ... and the 2xx to it, whose description is an answer */
	void (*refreshed)(struct leg *l, const struct message *m, void *arg);
	/* the dialog is over; the owner releases.  m may be NULL. */
	void (*ended)(struct leg *l, enum leg_end why, const struct message *m,
	              void *arg);
};

struct leg_auth {           /* of a gateway; strings are copied */
	const char *username, *password;
	const char *realm;  /* only this one is answered; NULL: any */
};

#define SIP_MAX_BREADTH 60 /* RFC 5393 5.3.3 */

struct leg_invite {
	struct target target;
	const char *from_name;  /* NULL: none */
	const char *from_user, *from_host;
	const char *to_uri;     /* "sip:..." */
	const char *sdp;        /* NULL: a late offer */
	size_t sdp_len;
	const char *headers;    /* more lines; NULL */
	int max_forwards;       /* -1: 70 */
	unsigned max_breadth;   /* RFC 5393; 0: SIP_MAX_BREADTH */
	struct leg_auth auth;   /* username NULL: none */
	bool is_natted;         /* keep sending to target.dest */
	bool refuses_reliable;  /* not Supported: 100rel */
	bool may_refer;         /* leg_allow_refer() */
};

/* Takes the INVITE over: rq is gone.  100 is sent. */
int leg_accept(struct leg **out, struct request *rq, const struct leg_ops *ops,
               void *arg, const struct log_ctx *parent);
/* Sends an INVITE.  -errno when it could not even be tried. */
int leg_invite(struct leg **out, struct agent *a, const struct leg_invite *in,
               const struct leg_ops *ops, void *arg,
               const struct log_ctx *parent);

/* Another owner from now on. */
void leg_bind(struct leg *l, const struct leg_ops *ops, void *arg);
enum leg_state leg_state(const struct leg *l);
const char *leg_call_id(const struct leg *l);
const char *leg_local_tag(const struct leg *l); /* ours */
const struct log_ctx *leg_log(const struct leg *l);
struct addr leg_peer(const struct leg *l);      /* its signalling address */
/* Is there a sign of the peer: an answer to our INVITE, or the connection it
 * goes over? */
bool leg_is_heard(const struct leg *l);
bool leg_is_natted(const struct leg *l);        /* its Contact is not it */
struct addr leg_local_address(const struct leg *l); /* ours, as it sees it */
int leg_max_forwards(const struct leg *l);      /* as received */
unsigned leg_max_breadth(const struct leg *l);  /* as received */

/* To the caller, before the final answer: 101..199.  It is sent reliably (RFC
 * 3262) when the caller demands that, or can do it and there is a description;
 * then one after the other, and the answer after the last description. */
void leg_ring(struct leg *l, int status, const char *reason, const char *sdp,
              size_t sdp_len, const char *headers);
void leg_answer(struct leg *l, const char *sdp, size_t sdp_len,
                const char *headers);
/* 300..699; the leg is then to be released. */
void leg_reject(struct leg *l, int status, const char *reason,
                const char *headers);
/* ACK to the 2xx of our (re-)INVITE; sdp for an answer to a late offer. */
void leg_ack(struct leg *l, const char *sdp, size_t sdp_len);

/* --- reliable responses and early dialogs (doc/adr/0006) ------------------ */
/* Can the caller acknowledge what leg_ring() tells? */
bool leg_can_prack(const struct leg *l);
/* A description went to the caller reliably: it will see no other as the
 * answer to its INVITE (RFC 3261 13.2.1). */
bool leg_is_committed(const struct leg *l);
/* Before the 2xx: are offer and answer both exchanged reliably? */
bool leg_is_agreed(const struct leg *l);
/* Has the callee an early dialog that requests may go into? */
bool leg_has_early(const struct leg *l);
/* It agreed upon something newer than what its 18x said. */
void leg_renew(struct leg *l);
/* Does the callee's 18x wait for leg_prack(), with the answer to its offer? */
bool leg_owes_prack(const struct leg *l);
void leg_prack(struct leg *l, const char *sdp, size_t len);

/* A request inside the dialog; one at a time.  -EBUSY while another (either
 * way, for INVITE) is open; -ENOTCONN unless UP, or ANSWERED when it is no
 * INVITE, or there is an early dialog (and leg_is_agreed() for an offer).  The
 * answer comes through ops->response. */
int leg_send(struct leg *l, const char *method, const char *type,
             const char *body, size_t len, const char *headers);
/* What leg_send() would say: 0, -EBUSY or -ENOTCONN.  To be asked before a
 * description is written for it, which uses up an o= version. */
int leg_may_send(const struct leg *l, const char *method, bool has_body);
/* After a 491: how long to wait before the offer is made again, drawn by
 * chance (RFC 3261 14.1). */
int64_t leg_glare_ms(const struct leg *l);
/* Withdraws a re-INVITE that was sent (CANCEL). */
void leg_withdraw(struct leg *l);
const char *leg_request_method(const struct leg_request *rq);
/* The request again, for one that had to wait. */
void leg_request_view(const struct leg_request *rq, struct message *out);
/* Answers and ends rq. */
void leg_reply(struct leg_request *rq, int status, const char *reason,
               const char *type, const char *body, size_t len,
               const char *headers);

enum leg_release {
	LEG_RELEASE_NORMAL,
	LEG_RELEASE_ELSEWHERE, /* CANCEL and BYE say that the call was answered
	                          elsewhere (RFC 3326) */
	LEG_RELEASE_SILENT /* an INVITE that nobody answered is not repeated
	                      any more */
};
/* Gives the leg up, whatever its state.  An OFFERED leg is answered 480.
 * headers: more lines for BYE or CANCEL (Reason); may be NULL.  NULL-safe. */
void leg_release(struct leg **lp, enum leg_release how, const char *headers);

#endif
