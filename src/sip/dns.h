/* sip/dns.h - questions to the hosts file and to DNS, answers kept for
 * their time to live.  Equal questions share one query. */
#ifndef B2BUA_SIP_DNS_H
#define B2BUA_SIP_DNS_H

#include "sip/dns_channel.h"

struct dns;
struct dns_ask;

/* The answer is known.  It may put further questions, but must not release
 * any. */
typedef void dns_fn(struct dns_ask *a, void *arg);

struct dns_record;
struct dns_ask { /* embedded in its owner; all zero is none */
	struct dns_ask *prev, *next;
	struct dns *dns;           /* borrowed */
	struct dns_record *record; /* held until the release */
	dns_fn *fn;
	void *arg;                 /* borrowed */
};

struct dns_conf {
	struct dns_channel_conf channel;
	const char *hosts;   /* NULL: the system's */
	size_t max_records;  /* kept in memory */
};
int dns_create(struct dns **out, struct loop *l, const struct dns_conf *conf);
void dns_destroy(struct dns **dp); /* all asks must have been released */

/* Reads the configuration again and forgets what was not found. */
void dns_reload(struct dns *d);

/* fn is called unless dns_answer_of() knows at once.  name: lower case,
 * without the final dot. */
void dns_ask(struct dns *d, struct dns_ask *a, enum dns_type type,
             const char *name, dns_fn *fn, void *arg);
/* NULL: under way, or nothing asked. */
const struct dns_answer *dns_answer_of(const struct dns_ask *a);
void dns_release(struct dns_ask *a); /* at any time but within a dns_fn */

bool dns_has_host(struct dns *d, const char *name); /* in the hosts file */
size_t dns_record_count(const struct dns *d);

#endif
