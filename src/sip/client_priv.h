/* sip/client_priv.h - the insides of a client; for src/sip/client*.c only. */
#ifndef B2BUA_SIP_CLIENT_PRIV_H
#define B2BUA_SIP_CLIENT_PRIV_H

#include "base/id.h"
#include "sip/agent_priv.h"
#include "sip/client.h"
#include "sip/holddown.h"
#include "sip/resolve.h"

struct client_challenge { /* the one that is being answered */
	char **params;  /* owned, NULL-terminated; NULL: none */
	unsigned nc;    /* how often it was */
	bool is_fresh;  /* it came with the present request */
};
enum { BY_SERVER, BY_PROXY }; /* 401, 407 */

#define CLIENT_MAGIC 0xc11e47u
struct client {
	unsigned magic;
	struct agent *agent;       /* borrowed */
	struct resolver *resolver; /* borrowed */
	client_fn *fn;
	void *arg;                 /* borrowed */
	char *uri, *route, *aor, *contact_user, *contact_params; /* owned */
	char *username, *password, *realm;                       /* owned */
	char *host;                /* owned: the next hop's name */
	uint16_t port;
	enum sip_transport transport; /* of the URI */
	bool has_transport;        /* else it is the name's to say */
	unsigned timeout_ms;
	char call_id[ID_CALL_LEN + 1], tag[17];
	uint32_t cseq;

	/* of the request that is open */
	char *method, *headers;    /* owned */
	nta_outgoing_t *orq;       /* owned */
	struct resolve *resolving; /* owned */
	struct timer timer;
	struct resolve_answer found;
	size_t next;               /* of those, the one that is asked */
	unsigned tried;            /* bits: those that were */
	bool is_unanswered;        /* the present one is waited for */
	int64_t sent_ms;           /* the request there */
	char reason[128];
	unsigned proofs;           /* challenges answered */
	struct client_challenge challenges[2];
};

/* client_hops.c: the addresses found, c->next is the present one */
void client_first_hop(struct client *c);
bool client_next_hop(struct client *c); /* false: none is left */
unsigned client_patience_ms(const struct client *c); /* for a sign of it */
void client_hop_sent(struct client *c);
void client_hop_ended(struct client *c, enum hold_result result); /* once */
void client_hop_said(struct client *c, const struct client_answer *a);

/* client_proof.c */
void client_begin_proof(struct client *c); /* of a new request */
/* Keeps the challenge of a 401 or 407 that may be answered: the request is
 * then to be sent again. */
bool client_take_challenge(struct client *c, const sip_t *sip);
void client_forget_challenges(struct client *c);
void client_write_credentials(struct client *c, struct buf *lines);

#endif
