/* support/dns.h - a small DNS server on loopback, turned by the test's own
 * loop.  What was not added does not exist. */
#ifndef B2BUA_TESTS_SUPPORT_DNS_H
#define B2BUA_TESTS_SUPPORT_DNS_H

#include "sip/loop.h"

enum {
	DNSD_A = 1,
	DNSD_CNAME = 5,
	DNSD_AAAA = 28,
	DNSD_SRV = 33,
	DNSD_NAPTR = 35
};

enum dnsd_mood {
	DNSD_ANSWERS,
	DNSD_FAILS,     /* SERVFAIL */
	DNSD_IS_SILENT,
	DNSD_RAVES,     /* bytes that are no DNS */
	DNSD_TRUNCATES  /* over UDP; over TCP it answers */
};

struct dnsd;

void dnsd_create(struct dnsd **out, struct loop *l);
void dnsd_destroy(struct dnsd **dp);
/* Another loop turns it from here on; NULL: none, the old one may go. */
void dnsd_move(struct dnsd *d, struct loop *l);
const char *dnsd_address(const struct dnsd *d); /* "127.0.0.1:port" */

void dnsd_add_address(struct dnsd *d, const char *name, unsigned ttl_s,
                      const char *ip);
void dnsd_add_cname(struct dnsd *d, const char *name, unsigned ttl_s,
                    const char *target);
void dnsd_add_srv(struct dnsd *d, const char *name, unsigned ttl_s,
                  unsigned priority, unsigned weight, unsigned port,
                  const char *target);
void dnsd_add_naptr(struct dnsd *d, const char *name, unsigned ttl_s,
                    unsigned order, unsigned preference, const char *flags,
                    const char *service, const char *target);
void dnsd_clear(struct dnsd *d); /* the zone */

/* type 0: all. */
void dnsd_set_mood(struct dnsd *d, unsigned type, enum dnsd_mood mood);
/* For what does not exist; 0: no SOA is sent (the default). */
void dnsd_set_minimum(struct dnsd *d, unsigned ttl_s);

/* How often it was asked; type 0: all. */
unsigned dnsd_asked(const struct dnsd *d, unsigned type);
unsigned dnsd_asked_over_tcp(const struct dnsd *d);

#endif
