/* sip/resolve.h - names to addresses for SIP (RFC 3263) with c-ares, bound
 * into the event loop.  Nothing here blocks; nta never resolves anything. */
#ifndef B2BUA_SIP_RESOLVE_H
#define B2BUA_SIP_RESOLVE_H

#include "base/addr.h"
#include "sip/loop.h"

struct resolver;
struct resolve; /* one question under way */

struct resolver_conf {
	const char *servers;   /* "ip[:port],..."; NULL: resolv.conf */
	const char *hosts;     /* path of the hosts file; NULL: the system's */
	unsigned timeout_ms, tries; /* 0: 2000, 2 */
};
int resolver_create(struct resolver **out, struct loop *l,
                    const struct resolver_conf *conf);
void resolver_destroy(struct resolver **rp); /* questions end unanswered */

struct resolve_question {
	const char *host;      /* a name, or a numeric address */
	uint16_t port;         /* 0: none given: SRV is asked */
	const char *transport; /* "udp", "tcp", "tls" */
};
#define RESOLVE_MAX 16
struct resolve_answer {
	struct addr addr[RESOLVE_MAX]; /* with ports, in the order to try */
	size_t n;                      /* 0: nothing found */
};
typedef void resolve_fn(const struct resolve_answer *a, void *arg);

/* A numeric host is answered at once, within the call (then *out is NULL).
 * Otherwise *out is the question until fn was called or it is cancelled. */
void resolve_start(struct resolve **out, struct resolver *r,
                   const struct resolve_question *q, resolve_fn *fn,
                   void *arg);
void resolve_cancel(struct resolve **qp); /* NULL-safe; fn is not called */
size_t resolver_pending(const struct resolver *r); /* gauge */

#endif
