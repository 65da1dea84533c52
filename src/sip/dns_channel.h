/* sip/dns_channel.h - c-ares turned by the event loop. */
#ifndef B2BUA_SIP_DNS_CHANNEL_H
#define B2BUA_SIP_DNS_CHANNEL_H

#include "sip/dns_message.h"
#include "sip/loop.h"

struct dns_channel;
struct dns_query;

/* A reply came, or none will (DNS_FAILED).  It may come from within
 * dns_channel_query() and is called inside c-ares: it must only take note.
 * Not called for queries that a reopening or the end cuts off. */
typedef void dns_reply_fn(struct dns_query *q, enum dns_status status,
                          const unsigned char *msg, size_t len);

struct dns_query { /* embedded in its owner, who lets it end first */
	struct dns_channel *channel; /* borrowed */
	dns_reply_fn *fn;
};

struct dns_channel_conf {
	const char *servers; /* "ip[:port],..."; NULL: resolv.conf */
	const char *resolv_conf; /* its path; NULL: the system's */
	uint16_t port;       /* of the servers named there */
	unsigned timeout_ms, tries;
};

/* 0, -EINVAL: bad servers, -EIO. */
int dns_channel_create(struct dns_channel **out, struct loop *l,
                       const struct dns_channel_conf *conf);
void dns_channel_destroy(struct dns_channel **cp);

void dns_channel_query(struct dns_channel *c, struct dns_query *q,
                       enum dns_type type, const char *name,
                       dns_reply_fn *fn);

/* Has no server answered of late? */
bool dns_channel_is_failing(const struct dns_channel *c);
/* Has resolv.conf changed since it was read? */
bool dns_channel_is_outdated(const struct dns_channel *c);
/* Reads resolv.conf again.  Queries under way are forgotten: their owners
 * ask again. */
void dns_channel_reopen(struct dns_channel *c);

#endif
