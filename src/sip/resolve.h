/* sip/resolve.h - names to addresses for SIP (RFC 3263) with c-ares, bound
 * into the event loop.  Nothing here blocks; nta never resolves anything.
 *
 * Without a transport and a port: NAPTR, for the transports that we speak;
 * when there is none, the SRV records of each of them in our order (UDP, TCP;
 * TLS for "sips:" alone).  With a transport: its SRV records.  With a port,
 * or when there is no SRV record or it fails: the name itself.  A name in the
 * hosts file is taken from there alone.  Of each target IPv4 addresses come
 * first, then IPv6.
 *
 * Answers are kept for their TTL (1 s to an hour), missing names for what
 * their SOA says (5 to 60 s), failures for 5 s.  When nobody can say, what
 * was known before holds on for a day (RFC 8767).  The configuration is read
 * again when it changes and when no server answers. */
#ifndef B2BUA_SIP_RESOLVE_H
#define B2BUA_SIP_RESOLVE_H

#include "sip/agent.h"

struct resolver;
struct resolve; /* one question under way */

struct resolver_conf {
	const char *servers;   /* "ip[:port],..."; NULL: resolv.conf */
	const char *hosts;     /* path of the hosts file; NULL: the system's */
	const char *resolv_conf; /* NULL: the system's */
	uint16_t port;         /* of the servers named there; 0: 53 */
	unsigned timeout_ms, tries; /* 0: 2000, 2 */
	uint64_t seed;         /* of what is left to chance; 0: drawn */
};
/* 0; -EINVAL: bad servers; -EIO: c-ares cannot start. */
int resolver_create(struct resolver **out, struct loop *l,
                    const struct resolver_conf *conf);
void resolver_destroy(struct resolver **rp); /* questions end unanswered */
/* What a name may lead to: bits 1 << SIP_UDP ...; at first UDP and TCP. */
void resolver_speaks(struct resolver *r, unsigned transports);
/* Reads resolv.conf again. */
void resolver_reload(struct resolver *r);

struct resolve_question {
	const char *host;      /* a name, or a numeric address */
	uint16_t port;         /* 0: none given */
	const char *transport; /* "udp", "tcp", "tls"; NULL: none given */
	bool is_sips;          /* over TLS only */
};
#define RESOLVE_MAX 16
struct resolve_answer {
	struct addr addr[RESOLVE_MAX]; /* with ports, in the order to try */
	enum sip_transport transport[RESOLVE_MAX];
	size_t n;                      /* 0: nothing found */
};
typedef void resolve_fn(const struct resolve_answer *a, void *arg);

/* A numeric host (IPv6 with or without brackets) is answered at once, within
 * the call (then *out is NULL).  Otherwise *out is the question until fn was
 * called or it is cancelled.  Within fn everything is allowed: cancelling
 * this or another question, asking again, destroying the resolver. */
void resolve_start(struct resolve **out, struct resolver *r,
                   const struct resolve_question *q, resolve_fn *fn,
                   void *arg);
void resolve_cancel(struct resolve **qp); /* NULL-safe; fn is not called */
size_t resolver_pending(const struct resolver *r); /* gauge */

#endif
