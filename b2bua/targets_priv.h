/* b2bua/targets_priv.h - the insides of targets; for targets*.c only. */
#ifndef B2BUA_TARGETS_PRIV_H
#define B2BUA_TARGETS_PRIV_H

#include "b2bua/phones.h"
#include "b2bua/targets.h"

struct owned { /* strings that a branch points to */
	char *text;
	struct owned *next;
};

struct targets {
	struct call_plan plan;
	struct call_branch *branches; /* owned */
	size_t cap;
	struct fork_codes *codes;     /* owned: stop codes, one a gateway */
	struct owned *owned;
	struct phone *phones;         /* owned: those with flows */
	struct trunk_choice choice;   /* owned; the gateways' URIs */
	struct allowance_lease lease; /* of the account's trunks */
};

/* Owned by t from now on; NULL stays NULL. */
char *targets_keep(struct targets *t, char *text);
/* One more branch, that says who is calling. */
struct call_branch *targets_add(struct targets *t, const struct identity *who);
/* Where a URI itself says: for Contacts that are not behind NAT, Paths and
 * fixed routes. */
void targets_aim(struct targets *t, struct call_branch *b, const char *uri);
/* RFC 3261 19.1.2: TLS has a default port of its own; port 0: that. */
void targets_by_tls(struct call_branch *b, const char *transport,
                    uint16_t port);
/* What ends the whole dial at once: what documents say, or what a forwarded
 * call that waits for a key says (who->needs_confirmation); own may be
 * NULL. */
void targets_reject(struct fork_codes *out, const struct single_reject *own,
                    const struct identity *who);

#endif
