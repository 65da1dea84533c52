/* sip/agent.h - the SIP agent: listeners, requests outside dialogs, and the
 * connections that phones keep open.  No sofia types. */
#ifndef B2BUA_SIP_AGENT_H
#define B2BUA_SIP_AGENT_H

#include <stdbool.h>
#include "base/addr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "sip/loop.h"
#include "sip/message.h"

struct agent;
struct holddown;
struct resolver;
struct tls;
struct tls_conf;
struct request; /* a request outside dialogs, until it is answered */

enum sip_transport { SIP_UDP, SIP_TCP, SIP_TLS };
const char *sip_transport_name(enum sip_transport t); /* "udp", ... */

struct agent_listen {
	enum sip_transport transport;
	struct addr addr;       /* port 0: chosen by the system (tests) */
};
struct agent_conf {
	const struct agent_listen *listen;
	size_t n_listen;
	const char *advertise;  /* host[:port]; NULL or "": none */
	unsigned t1_ms;         /* 0: 500 */
	unsigned max_proceeding;/* INVITEs being served; 0: no limit */
	unsigned timer_c_s;     /* 0: 185 */
	/* RFC 4028: the interval that is asked for (0: none), and the least
	 * that is taken (0: 90) */
	unsigned session_expires_s, min_session_expires_s;
	/* connections that nobody registered over; 0: no limit */
	unsigned max_connections, max_connections_per_source;
	const struct tls_conf *tls; /* NULL: no TLS listener */
	struct resolver *resolver; /* for names in Contact and Record-Route;
	                              NULL: such peers are reached where their
	                              messages come from */
	struct holddown *holddown; /* of next hops; NULL: none are */
	unsigned connect_ms;    /* until the next address of such a name is
	                           tried; 0: never */
};

enum admission {
	ADMIT_NOT,
	ADMIT_STRANGER, /* over UDP it gets no answer larger than what it
	                   sent, bar a challenge */
	ADMIT_PEER
};

struct agent_ops {
	/* A request outside dialogs, already checked (RFC 3261 8.2: method,
	 * Require, Max-Forwards, loop).  The handler answers it now or later,
	 * or makes a leg of it. */
	void (*request)(struct request *rq, void *arg);
	/* A connection that was asked for with request_flow() has closed. */
	void (*flow_closed)(uint64_t flow, void *arg);
	/* A request is about to be parsed: shall it?  Else it is dropped
	 * without an answer, and its connection ended.  May be NULL. */
	enum admission (*admit)(const struct addr *source, const char *method,
	                        size_t len, void *arg);
	/* Is the source no stranger, and its connections not counted?  NULL:
	 * all are strangers. */
	bool (*is_peer)(const struct addr *source, void *arg);
};

/* -EADDRINUSE etc., with the listener named in `why`. */
int agent_create(struct agent **out, struct loop *l,
                 const struct agent_conf *conf, const struct agent_ops *ops,
                 void *arg, struct diag *why);
/* All legs and requests must be gone or let go.  NULL-safe. */
void agent_destroy(struct agent **ap);
/* The port of listener i, as bound. */
uint16_t agent_port(const struct agent *a, size_t i);
struct tls *agent_tls(const struct agent *a); /* NULL: none */

struct agent_gauges {
	size_t legs;            /* alive, closing ones included */
	size_t requests;        /* not yet answered */
	size_t transactions;    /* handles of nta's that we own */
	size_t flows;
	size_t subscriptions;   /* ending ones included */
	size_t by_tcp, by_tls;  /* connections that came to our listeners, when
	                           they were last looked through */
	uint64_t bad_messages, retransmissions; /* nta's counters */
};
struct agent_gauges agent_gauges(const struct agent *a);

/* A classic BPF program on all our sockets from now on (socket(7),
 * SO_ATTACH_FILTER); n 0: none.  -ENOMEM: too long for the system. */
struct sock_filter;
int agent_filter(struct agent *a, struct sock_filter *code, size_t n);
/* How full the fullest socket's queue of unread datagrams is, per mille. */
unsigned agent_backlog(const struct agent *a);
/* Refuse requests in dialogs that end nothing, 503, until told otherwise. */
void agent_set_swamped(struct agent *a, bool is_swamped);

/* --- a request --------------------------------------------------------- */
const struct message *request_message(const struct request *rq);
const char *request_method(const struct request *rq);
const char *request_user(const struct request *rq);   /* of the Request-URI,
                                                         unescaped; "" */
const char *request_host(const struct request *rq);
const char *request_from_user(const struct request *rq);
const char *request_from_host(const struct request *rq);
const char *request_from_name(const struct request *rq); /* unquoted; "" */
const char *request_to_user(const struct request *rq);
const char *request_to_host(const struct request *rq);
const char *request_call_id(const struct request *rq);
uint32_t request_cseq(const struct request *rq);
const char *request_user_agent(const struct request *rq); /* "" */
/* Is this option tag in its Supported? */
bool request_supports(const struct request *rq, const char *tag);
int64_t request_expires(const struct request *rq);    /* -1: none */
struct addr request_source(const struct request *rq);
struct addr request_local(const struct request *rq);  /* our address */
enum sip_transport request_transport(const struct request *rq);
/* Path values (RFC 3327) joined by ", "; owned by the caller; NULL: none. */
char *request_path(const struct request *rq);
/* The connection it came over as an id that lasts as long as the connection;
 * 0 for UDP. */
uint64_t request_flow(struct request *rq);
/* Credentials: parameters of the i-th (Proxy-)Authorization header of scheme
 * Digest, "name=value" each, NULL-terminated; NULL past the last. */
const char *const *request_credentials(const struct request *rq, bool is_proxy,
                                       size_t i);

/* A parameter of the Request-URI; false when it is absent or too long. */
bool request_uri_param(const struct request *rq, const char *name, char *out,
                       size_t size);
/* User part of P-Called-Party-ID, unescaped; NULL when there is none; else
 * owned by the caller. */
char *request_called_party(const struct request *rq);
/* What request_user() gives from now on. */
void request_set_user(struct request *rq, const char *user);

struct request_contact {
	char *uri;              /* owned by the caller; "*" for the wildcard */
	int64_t expires_s;      /* -1: none */
	unsigned q;             /* 1000 when absent */
	char *instance;         /* owned by the caller; NULL */
	unsigned reg_id;
	struct addr addr;       /* of its host when numeric, with port */
};
/* False past the last.  uri is "" when the contact cannot be read. */
bool request_contact(const struct request *rq, size_t i,
                     struct request_contact *out);
void request_contact_clear(struct request_contact *c);

/* Final answers; rq is gone afterwards.  headers: lines "Name: value\r\n",
 * may be NULL. */
void request_reply(struct request *rq, int status, const char *reason,
                   const char *headers);

/* --- a request of our own outside calls: OPTIONS, REGISTER ---------------- */
struct target {                 /* where a request goes */
	const char *uri;        /* Request-URI */
	const char *route;      /* Route header value; NULL or "" */
	const char *name;       /* of the server, for TLS; NULL: its address */
	struct addr dest;       /* next hop, numeric */
	enum sip_transport transport;
	uint64_t flow;          /* go over this connection; 0: none */
	struct addr local;      /* prefer the listener at this address */
};
/* Fire and forget; the answer is not looked at. */
int agent_options(struct agent *a, const struct target *t);
/* Is the connection still there? */
bool agent_has_flow(const struct agent *a, uint64_t flow);
/* Our own address as a peer at `to` should see it: host part for SDP and
 * Contact. */
struct addr agent_address_for(struct agent *a, const struct addr *to);
/* The same for the listener that a request to this target would use. */
struct addr agent_local_for(struct agent *a, const struct target *t);

#endif
