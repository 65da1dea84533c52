/* sip/resolve.h - names to addresses for SIP (RFC 3263) with c-ares, bound
 * into the event loop.  Nothing here blocks; nta never resolves anything.
 *
 * NAPTR is not asked: the transport is always given.  Without a port: SRV of
 * _sip._udp, _sip._tcp or _sips._tcp (targets by priority, drawn by weight
 * each time), and when there is none or it fails, the name itself with 5060
 * or 5061.  A name in the hosts file is taken from there alone.  Of each
 * target IPv4 addresses come first, then IPv6.
 *
 * Answers are kept for their TTL (at most an hour), missing names for what
 * their SOA says (5 to 60 s), failures for 5 s.  When no server answers,
 * resolv.conf is read again. */
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
/* 0; -EINVAL: bad servers; -EIO: c-ares cannot start. */
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
