/* base/addr.h - an IPv4 or IPv6 address with a port. */
#ifndef B2BUA_BASE_ADDR_H
#define B2BUA_BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include "base/util.h"

struct addr { /* all zero is "no address" */
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
};

#define ADDR_TEXT 64 /* room for any address as text, with port and zero */

/* A numeric address, IPv6 with or without brackets.  0 or -EINVAL. */
int addr_parse(struct addr *out, const char *ip, uint16_t port);
/* "1.2.3.4", "1.2.3.4:5", "[::1]", "[::1]:5", "::1"; port when none given. */
int addr_parse_hostport(struct addr *out, const char *text, uint16_t port);
/* 0 or -EAFNOSUPPORT.  IPv4-mapped IPv6 becomes IPv4. */
int addr_from_sockaddr(struct addr *out, const struct sockaddr *sa);

bool addr_is_set(const struct addr *a);
bool addr_is_v6(const struct addr *a);
bool addr_is_any(const struct addr *a); /* 0.0.0.0, :: */
bool addr_is_multicast(const struct addr *a);
uint16_t addr_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);
bool addr_eq(const struct addr *a, const struct addr *b);    /* with port */
bool addr_eq_ip(const struct addr *a, const struct addr *b); /* without */
socklen_t addr_len(const struct addr *a);

/* "1.2.3.4" / "::1" (no brackets); "1.2.3.4:5" / "[::1]:5".  Return out. */
const char *addr_ip(const struct addr *a, char out[ADDR_TEXT]);
const char *addr_ip_port(const struct addr *a, char out[ADDR_TEXT]);
/* As a host in a URI: "1.2.3.4" / "[::1]". */
const char *addr_host(const struct addr *a, char out[ADDR_TEXT]);

#endif
