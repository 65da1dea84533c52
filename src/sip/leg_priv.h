/* sip/leg_priv.h - the insides of a leg; for src/sip/leg*.c only.
 *
 * A leg is split by verb: leg.c (life, state), leg_path.c (where its messages
 * go), leg_offer.c (the INVITE that came in), leg_call.c (the INVITE that went
 * out), leg_reliable.c and leg_early.c (reliable 18x of the one, and of the
 * other), leg_dialog.c and leg_send.c (requests inside the dialog, theirs and
 * ours), leg_refer.c and leg_refer_watch.c (call transfer, and its
 * subscription), leg_close.c (release), leg_abandon.c (an INVITE that nobody
 * answered), leg_stray.c (2xx that no transaction wants). */
#ifndef B2BUA_SIP_LEG_PRIV_H
#define B2BUA_SIP_LEG_PRIV_H

#include "base/id.h"
#include "sip/agent_priv.h"
#include "sip/leg.h"
#include "sip/holddown.h"
#include "sip/session_timer.h"

struct leg_request {
	unsigned magic;
	struct leg *leg;        /* borrowed */
	nta_incoming_t *irq;    /* owned */
	bool is_invite;
	bool has_offer;
	bool is_answered;       /* a 2xx to INVITE that waits for its ACK */
	struct leg_request *next;
};
#define LEG_REQUEST_MAGIC 0x1e94e9u

struct leg_credentials {
	char *username, *password, *realm; /* owned */
	char *header;           /* owned: line for the next request */
	char *ack_header;       /* owned: the INVITE's, for its ACK */
	unsigned nc;
	bool was_tried;         /* for the present request */
};

struct leg_sent {               /* a request of ours inside the dialog */
	nta_outgoing_t *orq;    /* owned; NULL: none open */
	bool is_invite, has_offer;
	bool has_provisional, wants_cancel;
	char *method, *type, *body, *headers; /* owned; to repeat it with
	                                         credentials */
	size_t body_len;
};

struct leg_reliable;            /* leg_reliable.c */

struct leg_early {              /* an early dialog that a callee opened with a
	                           reliable response (RFC 3262 4) */
	nta_leg_t *dialog;      /* owned; NULL: it is the leg's own by now */
	char *tag;              /* owned: the callee's */
	char *sdp;              /* owned: the answer it gave; NULL: none */
	size_t sdp_len;
	uint32_t rseq, cseq;    /* of the last response taken */
	bool owes_prack;        /* it offers: the PRACK waits for leg_prack() */
	bool is_agreed;         /* offer and answer are exchanged */
	bool is_renewed;        /* and since then others were */
	nta_outgoing_t *prack;  /* owned; NULL: none open */
	bool was_tried;         /* with credentials */
	struct addr dest;       /* next hop */
	enum sip_transport transport;
	const struct listener *listener; /* borrowed */
	struct leg_early *next;
};

struct leg_session {            /* RFC 4028 */
	struct session_state state;
	bool takes_update;      /* the peer's Allow names it */
	nta_outgoing_t *orq;    /* owned: a refresh of ours; NULL: none */
	bool is_update;         /* that is no re-INVITE */
	bool was_raised;        /* a 422 was answered */
	unsigned glares;
	int64_t end_ms;         /* without a refresh */
	struct timer timer;
};

struct leg_refer {              /* leg_refer.c */
	bool is_allowed;        /* this peer may send REFER */
	bool is_open;           /* it waits to hear how it goes */
	unsigned cseq, n_accepted;
	nta_outgoing_t *notify; /* owned; NULL: none open */
	int told;               /* the last status */
	int waiting;            /* status to tell after it; 0: none */
	int64_t end_ms;         /* of the subscription */
	struct timer expiry;
	char *early_tag;        /* owned; of the last 18x */
};

/* RFC 3326 2: somebody else has answered */
#define LEG_ELSEWHERE \
	"Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"

#define LEG_MAX_FORWARDS 70 /* RFC 3261 8.1.1.6 */

#define LEG_MAGIC 0x1e6u
struct leg {
	unsigned magic;
	struct agent *agent;    /* borrowed */
	enum leg_state state;   /* written by leg_enter() only */
	unsigned refs;          /* handlers that run */
	bool is_inbound;
	bool is_released;       /* belongs to itself now */
	bool is_cancelled;      /* inbound: the caller gave up */
	const struct leg_ops *ops; /* borrowed */
	void *arg;              /* borrowed */
	char call_id[256];
	char *local_tag, *remote_tag; /* owned */
	struct log_ctx log;

	nta_leg_t *dialog;      /* owned */
	nta_incoming_t *invite_in; /* owned: the first INVITE */
	nta_outgoing_t *invite_out; /* owned: the first INVITE */
	uint32_t invite_cseq;   /* of the last INVITE we sent */
	bool has_provisional;   /* it may be cancelled */
	bool wants_cancel;
	char *cancel_headers, *bye_headers; /* owned */
	char *invite_headers;   /* owned: more lines of our INVITE */
	char *gone_branch, *gone_uri; /* owned: of an INVITE given up */
	bool owes_ack;          /* a 2xx of ours waits for leg_ack() */
	char *ack_sdp;          /* owned: for repeats of that ACK */
	uint32_t past_cseq;     /* of the INVITE before the last one */
	char *past_ack_sdp;     /* owned: in its ACK */
	nta_outgoing_t *bye;    /* owned */
	struct timer closing;   /* gives up waiting after 64*T1 */
	struct timer withdrawn; /* the same for a re-INVITE's CANCEL */

	char *uri, *route, *contact; /* owned */
	struct addr dest;       /* next hop */
	struct addr local;      /* the listener it prefers */
	const struct listener *listener; /* borrowed */
	enum sip_transport transport;
	uint64_t flow;          /* the connection it goes over; 0: none */
	tport_t *tport;         /* of a connection: a reference is held */
	bool is_natted;
	struct resolve *resolving; /* owned: the name of the next hop */
	struct leg_hops *hops;  /* owned: its addresses; NULL: not several */
	int max_forwards;
	unsigned max_breadth;

	struct leg_reliable *reliable; /* owned; NULL: the caller knows no
	                                  100rel */
	struct leg_early *early; /* owned: of the callee's */
	struct leg_early *speaks; /* borrowed: where the next request goes */
	bool offers;            /* our INVITE carries a description */
	bool allows_reliable;   /* our INVITE says Supported: 100rel */

	struct leg_credentials auth;
	struct leg_sent sent;
	struct leg_session session;
	struct leg_refer refer;
	struct leg_request *requests; /* owned */
	struct leg *prev, *next; /* agent->all_legs */
	UT_hash_handle hh;      /* agent->legs, by call_id */
};

/* leg.c */
struct leg *leg_new(struct agent *a, const struct leg_ops *ops, void *arg,
                    const struct log_ctx *parent);
void leg_register(struct leg *l, const char *call_id);
void leg_enter(struct leg *l, enum leg_state to);
void leg_hold(struct leg *l);
void leg_drop(struct leg *l); /* frees l when it is DONE and released */
void leg_incoming_free(struct leg *l, nta_incoming_t **irq);
void leg_outgoing_free(struct leg *l, nta_outgoing_t **orq);

/* leg_path.c */
void leg_learn_target(struct leg *l, const sip_t *sip, bool is_client,
                      const struct addr *source);
/* Sends a request of this leg to where its messages go; the tags are added.
 * For INVITE see leg_path.c about forked 2xx. */
nta_outgoing_t *leg_request_out(struct leg *l, nta_response_f *fn,
                                sip_method_t method, const char *name,
                                tag_type_t tag, tag_value_t value, ...);
/* Where an early dialog's messages go. */
void leg_aim_early(struct leg *l, struct leg_early *e, const sip_t *sip,
                   const struct addr *source);
void leg_make_contact(struct leg *l);
/* A target refresh: a peer that is reached where its messages come from may
 * send from elsewhere now (RFC 3261 12.2.1.2, 12.2.2). */
void leg_follow(struct leg *l, msg_t *msg);
/* NULL: none is to be used. */
tport_t *leg_connection(struct leg *l);

/* leg_offer.c */
void leg_reply_invite(struct leg *l, int status, const char *reason,
                      const char *sdp, size_t len, const char *headers);

/* leg_call.c */
void leg_send_ack(struct leg *l);
void leg_repeat_ack(struct leg *l, uint32_t cseq); /* of a 2xx once more */
void leg_send_cancel(struct leg *l);
/* The line of credentials for the request about to go, and only for it. */
char *leg_take_credentials(struct leg *l);
/* Makes the credentials line for a challenge of the request orq, whose
 * Request-URI it names; false: none can be made. */
bool leg_take_challenge(struct leg *l, const sip_t *sip, const char *method,
                        const nta_outgoing_t *orq);

/* leg_reliable.c: 18x to the caller that it acknowledges (RFC 3262 3). */
void leg_reliable_learn(struct leg *l, const sip_t *invite);
/* False: it goes as any other. */
bool leg_reliable_ring(struct leg *l, int status, const char *reason,
                       const char *sdp, size_t len, const char *headers);
/* Keeps the 2xx back while a description waits for its PRACK. */
bool leg_reliable_holds(struct leg *l, const char *sdp, size_t len,
                        const char *headers);
void leg_reliable_stop(struct leg *l); /* no repeats any more */
void leg_reliable_free(struct leg *l);
int leg_prack_received(struct leg *l, nta_incoming_t *irq, const sip_t *sip);

/* leg_early.c: the callee's reliable 18x (RFC 3262 4), and requests in early
 * dialogs either way (RFC 3311). */
/* False: not to be looked at, it came before or is out of order.  Else what
 * m shows of it is what counts. */
bool leg_early_take(struct leg *l, const sip_t *sip, struct message *m);
/* The 2xx is here: its dialog is the leg's from now on. */
void leg_early_settle(struct leg *l, const sip_t *sip, struct message *m);
void leg_early_clear(struct leg *l);
bool leg_is_early(const struct leg *l); /* and requests are possible */
bool leg_early_may_send(const struct leg *l, bool is_offer);
int leg_early_screen(struct leg *l, nta_incoming_t *irq, const sip_t *sip);

/* leg_dialog.c */
bool leg_stands(const struct leg *l); /* the dialog is there, and not over */
int leg_take_request(struct leg *l, nta_incoming_t *irq, const sip_t *sip);
int leg_dialog_request(void *magic, nta_leg_t *dialog, nta_incoming_t *irq,
                       const sip_t *sip);
void leg_end_requests(struct leg *l, int status);
/* An offer or an INVITE is on its way, either way (RFC 3261 14.1). */
bool leg_offer_is_open(const struct leg *l);

/* leg_send.c */
void leg_end_sent(struct leg *l);
void leg_send_again(struct leg *l); /* BYE, or what leg_send() sent */
/* Of a re-INVITE just sent: what its ACK and its CANCEL need. */
void leg_sent_invite(struct leg *l, const nta_outgoing_t *orq,
                     char **credentials);
/* Lets go of a re-INVITE whose answer is still to be acknowledged. */
void leg_abandon(struct leg *l, nta_outgoing_t **orq);

/* Only where a listener of ours can send to: false and nothing changed when
 * it speaks a transport or a family that we do not. */
bool leg_go_to(struct leg *l, enum sip_transport t, const struct addr *hop);

/* leg_hops.c: for BYE and leg_send() */
void leg_hops_take(struct leg *l, const struct resolve_answer *a);
void leg_hops_clear(struct leg *l);
void leg_hops_watch(struct leg *l); /* a request was sent */
void leg_hops_heard(struct leg *l, const sip_t *sip); /* any answer to it */
/* It failed so; true: it is to be sent again, to another address. */
bool leg_hops_failed(struct leg *l, const sip_t *sip);


/* leg_session.c: lines are owned by the caller, NULL when there are none. */
char *leg_session_ask(const struct leg *l, bool is_first); /* INVITE, UPDATE */
char *leg_session_answer(struct leg *l, nta_incoming_t *irq); /* their 2xx */
void leg_session_accepted(struct leg *l, const sip_t *sip); /* 2xx to ours */
/* A 422 to ours that is worth another try. */
bool leg_session_raise(struct leg *l, const sip_t *sip);
/* A 422 is between us and that peer: to others it is 500. */
void leg_session_hide(struct message *m);
void leg_session_learn(struct leg *l, const sip_t *sip); /* Allow */
int leg_session_update(struct leg *l, nta_incoming_t *irq); /* no offer */
void leg_session_stop(struct leg *l);

/* leg_refer_watch.c: the REFER's subscription */
void leg_watch_refer(struct leg *l, int64_t seconds); /* from now; -1: long */
void leg_unwatch_refer(struct leg *l);
int leg_refer_left_s(const struct leg *l);
/* A SUBSCRIBE in the dialog is answered; its status. */
int leg_subscribed(struct leg *l, nta_incoming_t *irq, const sip_t *sip);

/* leg_refer.c */
void leg_end_subscription(struct leg *l, const char *why);
const char *leg_allow(const struct leg *l); /* methods this peer may use */
const char *leg_supported(const struct leg *l); /* a header line, or NULL */
void leg_note_early(struct leg *l, const sip_t *sip);
void leg_end_notify(struct leg *l);

/* leg_abandon.c */
void leg_give_up(struct leg *l); /* its INVITE, that nobody answered */
/* A late answer to such an INVITE, but a 2xx; false: it is none. */
bool leg_abandoned_response(struct agent *a, const sip_t *sip);

/* leg_close.c */
void leg_bye(struct leg *l);
void leg_bye_again(struct leg *l);
void leg_finish(struct leg *l); /* DONE: everything let go */

#endif
