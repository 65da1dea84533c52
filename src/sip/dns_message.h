/* sip/dns_message.h - what a DNS server's reply says. */
#ifndef B2BUA_SIP_DNS_MESSAGE_H
#define B2BUA_SIP_DNS_MESSAGE_H

#include <stdbool.h>
#include "base/addr.h"

#define DNS_MAX_RECORDS 16 /* of an answer; more are left out */

enum dns_type { DNS_A, DNS_AAAA, DNS_SRV, DNS_NAPTR };

enum dns_status {
	DNS_FOUND,
	DNS_NOTHING, /* the name or the type does not exist */
	DNS_FAILED   /* nobody could say */
};

struct dns_service { /* an SRV record */
	char *host;  /* owned; lower case; "" for ".": no such service */
	uint16_t priority, weight, port;
};

struct dns_pointer { /* a NAPTR record that leads to another name */
	char *service; /* owned; as written */
	char *host;    /* owned; lower case; "" when a rule makes the name */
	uint16_t order, preference;
	bool is_srv;   /* flag "s": host has SRV records */
};

struct dns_answer {
	enum dns_status status;
	unsigned ttl_s;
	size_t n;                                 /* 0 unless DNS_FOUND */
	struct addr addrs[DNS_MAX_RECORDS];       /* DNS_A, DNS_AAAA */
	struct dns_service services[DNS_MAX_RECORDS]; /* DNS_SRV */
	struct dns_pointer pointers[DNS_MAX_RECORDS]; /* DNS_NAPTR */
};

/* Reads a positive reply. */
void dns_read(struct dns_answer *out, enum dns_type type,
              const unsigned char *msg, size_t len);
void dns_answer_clear(struct dns_answer *a);
void dns_answer_copy(struct dns_answer *out, const struct dns_answer *a);

/* The smallest TTL of the answer section; false: broken or none. */
bool dns_answer_ttl(unsigned *out, const unsigned char *msg, size_t len);
/* How long a name may be taken as missing (RFC 2308 section 5). */
bool dns_negative_ttl(unsigned *out, const unsigned char *msg, size_t len);

#endif
