/* sip/agent_priv.h - the agent's insides; for src/sip only. */
#ifndef B2BUA_SIP_AGENT_PRIV_H
#define B2BUA_SIP_AGENT_PRIV_H

#include "base/hash.h"
#include "sip/agent.h"
#include "sip/leg.h"
#include "sip/message_priv.h"
#include "sip/session_timer.h"
#include "sip/sofia.h"
#include "sip/tls.h"

#define AGENT_ALLOW                                                    \
	"INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, " \
	"REGISTER, MESSAGE, SUBSCRIBE, NOTIFY, PUBLISH"
#define AGENT_SUPPORTED "timer"

struct listener {
	char ident[12];         /* the tport's name in nta */
	enum sip_transport transport;
	struct addr bound;      /* with the real port */
	char host[256];         /* as others see us: host[:port] in Contact */
	tport_t *tport;         /* primary; borrowed from nta */
	int fd;                 /* sofia's; -1: not found */
};

struct flow {                   /* a connection that somebody asked for */
	uint64_t id;
	struct agent *agent;    /* borrowed */
	tport_t *tport;         /* a reference is held */
	int pending;            /* the registration for its closing */
	struct addr peer;
	struct flow *next_dead;
	UT_hash_handle by_id, by_tport, by_peer;
};

struct crowd {                  /* of connections without a registration */
	unsigned most, most_per_source; /* 0: no limit */
	int last_fd;            /* the next descriptor when we last looked */
	int64_t looked_ms, rests_until_ms;
	unsigned by_transport[3]; /* open then, registered ones too */
};

#define AGENT_MAGIC 0xa6e27u
struct agent {
	unsigned magic;
	struct loop *loop;      /* borrowed */
	nta_agent_t *nta;       /* owned */
	msg_mclass_t *parser;   /* owned; nta's messages are of it */
	nta_leg_t *default_leg; /* owned: requests outside dialogs */
	struct resolver *resolver; /* borrowed; NULL: names are not used */
	struct tls *tls;        /* owned; NULL: none */
	struct holddown *holddown; /* borrowed; NULL: nothing is held down */
	unsigned connect_ms;
	struct listener *listeners; /* owned */
	size_t n_listeners;
	const struct agent_ops *ops; /* borrowed */
	void *arg;              /* borrowed */
	struct session_policy session; /* RFC 4028 */
	unsigned t1x64_ms;      /* RFC 3261 timers B, F, H */
	struct addr advertised; /* when advertise is numeric */
	struct leg *legs;       /* outbound ones, by Call-ID */
	struct leg *all_legs;   /* those that still close included */
	struct orphan *orphans; /* leg_stray.c */
	struct subscription *subscriptions; /* subscription.c */
	struct flow *flows_by_id, *flows_by_tport, *flows_by_peer;
	struct flow *dead_flows;
	struct timer bury;
	int64_t dropped_ms;     /* guard.c: when it last said so */
	uint64_t next_flow;
	struct timer guard;     /* guard.c */
	struct crowd crowd;     /* crowd.c */
	uint64_t bad_seen;      /* of gauges.bad_messages */
	bool rests;             /* no connections are accepted */
	struct gate *gate;      /* owned: gate.c */
	bool is_swamped;
	long room;              /* in an answer to the request that is being
	                           parsed: gate.c */
	struct route_memo {     /* our address towards a peer */
		struct addr peer, ours;
	} memo[64];
	struct agent_gauges gauges;
};

#define REQUEST_MAGIC 0x4e40e57u
struct request {
	unsigned magic;
	long room;              /* for headers in an answer; agent.room */
	struct agent *agent;    /* borrowed */
	nta_incoming_t *irq;    /* owned */
	tport_t *tport;         /* borrowed from irq's message */
	const struct listener *listener; /* borrowed */
	struct message message;
	const sip_t *sip;       /* borrowed from irq */
	char *user, *from_user, *from_name, *to_user; /* owned, unescaped */
};

/* 0: goes on; else the final status, already replied when it needs headers
 * (RFC 3261 8.2). */
int screen_request(struct agent *a, nta_incoming_t *irq, const sip_t *sip);
/* Of that the Require header only, which counts inside dialogs, too. */
int screen_require(nta_incoming_t *irq, const sip_t *sip);

/* parser.c */
msg_mclass_t *parser_create(void); /* free() it after nta's end */
bool is_prack(const sip_t *sip);   /* a request's method */

/* Session-Expires too small: 0, or 422 that is replied (leg_session.c). */
int session_screen(struct agent *a, nta_incoming_t *irq, const sip_t *sip);

struct request *request_create(struct agent *a, nta_incoming_t *irq,
                               const sip_t *sip);
/* Frees rq, leaves its irq to the caller. */
nta_incoming_t *request_take(struct request *rq);

/* The listener a tport belongs to (the first when unknown). */
const struct listener *agent_listener_of(const struct agent *a,
                                         const tport_t *tp);
/* The listener to send with: same transport, family and, when it is set,
 * address; NULL when there is none. */
const struct listener *agent_listener_for(const struct agent *a,
                                          enum sip_transport t,
                                          const struct addr *dest,
                                          const struct addr *local);
/* "<sip:host:port;transport=tcp>" of ours, as a peer at `to` can use it. */
void agent_contact(struct agent *a, const struct listener *l,
                   const struct addr *to, const char *user, struct buf *out);
/* Whom a connection to t must belong to. */
void agent_expect(struct agent *a, const struct target *t);
enum sip_transport agent_transport_of(const tport_t *tp);
/* "sip:1.2.3.4:5060;transport=udp" */
#define AGENT_ROUTE 96
const char *agent_route_url(const struct addr *dest, enum sip_transport t,
                            char out[AGENT_ROUTE]);

/* For requests whose answer nobody waits for, counted in
 * gauges.transactions: ends the transaction at its final response. */
int agent_transaction_done(void *agent, nta_outgoing_t *orq,
                           const sip_t *sip);

struct flow *flow_of(struct agent *a, tport_t *tp); /* finds or makes */
struct flow *flow_find(const struct agent *a, uint64_t id);
/* One from there; NULL when there is none. */
struct flow *flow_from(const struct agent *a, const struct addr *peer);
void flow_close_all(struct agent *a);

/* agent_tls.c */
int agent_start_tls(struct agent *a, const struct agent_conf *conf,
                    struct diag *why);
/* The port that is advertised is not the one of TLS. */
void agent_tls_host(struct listener *l, const char *advertise);
/* A listener's tport in nta; false, and errno. */
bool agent_add_tport(struct agent *a, const struct listener *l,
                     const char *url, tag_type_t tag, tag_value_t value, ...);

/* Closes what is too much; fd: the next free descriptor, which tells that
 * some were opened. */
void crowd_look(struct agent *a, int fd);
/* gate.c: the message class for nta. */
const msg_mclass_t *gate_open(struct agent *a);
void gate_close(struct agent *a);
void gate_find_sockets(struct agent *a);
/* breadth.c: the Max-Breadth of a request, at most SIP_MAX_BREADTH. */
unsigned breadth_of(const sip_t *sip);

/* May these lines stand in an answer to the present request? */
bool gate_has_room(long room, const char *headers);
/* 0, or the status that was replied because there is too much to do. */
int gate_dialog_request(const struct agent *a, nta_incoming_t *irq,
                        const sip_t *sip);

void guard_start(struct agent *a);
void guard_stop(struct agent *a);

/* The end: whatever still waits for an answer is let go. */
void leg_end_all(struct agent *a);
void orphan_end_all(struct agent *a);
void subscription_end_all(struct agent *a);

/* Responses without a transaction (late or repeated 2xx). */
int leg_stray_response(struct agent *a, msg_t *msg, sip_t *sip);
/* The 2xx to a re-INVITE of a dialog that we have ended: just the ACK. */
void leg_stray_reinvite(struct agent *a, msg_t *msg, sip_t *sip);

#endif
