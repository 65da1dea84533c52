/* b2bua/identity.h - who calls, and who is told so.
 *
 * Trust (RFC 3325): a carrier's P-Asserted-Identity is believed, a phone's
 * never; phones are asserted to carriers by what they proved.  Privacy
 * (RFC 3323) is honoured towards everybody; a carrier gets the identity and
 * the wish for privacy along with it. */
#ifndef B2BUA_IDENTITY_H
#define B2BUA_IDENTITY_H

#include "b2bua/server.h"

struct caller_identity {        /* strings owned */
	char *name, *user;      /* to show; "anonymous" when he is private */
	char *number;           /* the one believed, for carriers' rules */
	char *asserted_name, *asserted_user; /* user NULL: nothing is known */
	char *asserted_host;    /* NULL: the account's realm */
	bool is_asserted_always; /* a document wants it so */
	bool is_private;
	bool asks_privacy;      /* shown, but with Privacy: id */
	char *headers;          /* lines that cross to every leg; NULL */
};

/* Reads what rq says, believed as far as `who` is trusted.  The caller id
 * that documents give a phone (doc/documents.md: caller_id) belongs here. */
void identity_read(struct caller_identity *out, const struct request *rq,
                   const struct flow_caller *who);
/* Of what no INVITE began: it shows this name and user; lines may be NULL. */
void identity_shown(struct caller_identity *out, const char *name,
                    const char *user, const char *lines);
/* Of a telephone that shows them, without an INVITE. */
void identity_of_device(struct caller_identity *out, const struct device *d,
                        const char *user, const char *name);
void identity_copy(struct caller_identity *out,
                   const struct caller_identity *from);
void identity_clear(struct caller_identity *id);

/* The domain that stands in From: `realm`, or that of nobody (RFC 3323
 * 4.1.1.3). */
const char *identity_host(const struct caller_identity *id,
                          const char *realm);
/* The line that asserts him (RFC 3325), or that he is anonymous; NULL without
 * a realm. */
char *identity_line(const struct caller_identity *id, const char *realm);
/* All lines for a gateway: id->headers, and what is asserted to it (RFC 3325
 * 9.1) as its document's caller_id_type says: "pid" P-Asserted-Identity
 * always, "rpid" Remote-Party-ID always, "from" never; else
 * P-Asserted-Identity when From is anonymous or a document asserts one.  NULL when there are none. */
char *identity_for_gateway(const struct caller_identity *id,
                           const struct gateway *g, const char *realm);

#endif
