/* sip/client.h - requests of our own outside calls, with their answers:
 * REGISTER and OPTIONS to a carrier (RFC 3261 8.1, 10.2, 11.1).
 *
 * A client is one Call-ID: its requests go one after another, with rising
 * CSeq.  Names are resolved; each address has timeout_ms to answer, or the
 * agent's connect_ms for a sign when there is another; then, as after a 503
 * (RFC 3263 4.3), the next is tried.  Dead ones go last (holddown.h).  Challenges are answered,
 * and what was learnt from one serves the following requests (RFC 7616 3.4:
 * nc counts on) until it is refused. */
#ifndef B2BUA_SIP_CLIENT_H
#define B2BUA_SIP_CLIENT_H

#include "sip/agent.h"

struct client;

struct client_conf {            /* strings are copied */
	const char *uri;        /* Request-URI */
	const char *route;      /* Route value: it goes there; NULL: to uri */
	uint16_t port;          /* when neither has one; 0: SRV, or 5060 */
	const char *aor;        /* From and To: a URI; NULL: we, and uri */
	const char *contact_user;   /* NULL: no user part */
	const char *contact_params; /* of our Contact's URI: "a=b"; NULL */
	const char *username, *password; /* NULL: no challenge is answered */
	const char *realm;      /* only this one is answered; NULL: any */
	unsigned timeout_ms;
	struct resolver *resolver; /* borrowed; NULL: numeric hosts only */
};

struct client_answer {          /* valid during the call */
	int status;
	const char *reason;
	bool is_ours;           /* nobody answered: 408, 503 made here */
	int retry_after_s;      /* -1: none */
	int64_t min_expires_s;  /* of a 423; -1: none */
	int64_t expires_s;      /* what our Contact was granted; -1: not told */
	uint64_t flow;          /* the connection it came over; 0: none */
	struct addr peer;       /* who was asked; unset: nobody was found */
	const char *service_route; /* all values (RFC 3608); NULL */
};
typedef void client_fn(const struct client_answer *a, void *arg);

/* fn: hears each final answer; it may send again or destroy the client. */
int client_create(struct client **out, struct agent *a,
                  const struct client_conf *conf, client_fn *fn, void *arg);
/* What is under way is given up unheard.  NULL-safe. */
void client_destroy(struct client **cp);
/* Another listener from now on. */
void client_bind(struct client *c, client_fn *fn, void *arg);

/* Sends one; the one before is given up unheard when it is still open.
 * headers: more lines, or NULL.  fn is never called within. */
void client_send(struct client *c, const char *method, const char *headers);
bool client_is_busy(const struct client *c);

#endif
