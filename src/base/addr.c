/* base/addr.c - an IPv4 or IPv6 address with a port. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int addr_parse(struct addr *out, const char *ip, uint16_t port)
{
	struct addr a = { 0 };
	char bare[ADDR_TEXT];
	size_t n = strlen(ip);

	if (n >= 2 && n < sizeof(bare) && ip[0] == '[' && ip[n - 1] == ']') {
		memcpy(bare, ip + 1, n - 2);
		bare[n - 2] = '\0';
		ip = bare;
	} else if (inet_pton(AF_INET, ip, &a.u.in.sin_addr) == 1) {
		a.u.in.sin_family = AF_INET;
		a.u.in.sin_port = htons(port);
		*out = a;
		return 0;
	}
	if (inet_pton(AF_INET6, ip, &a.u.in6.sin6_addr) != 1)
		return -EINVAL;
	a.u.in6.sin6_family = AF_INET6;
	a.u.in6.sin6_port = htons(port);
	*out = a;
	return 0;
}

int addr_parse_hostport(struct addr *out, const char *text, uint16_t port)
{
	const char *colon = strrchr(text, ':');
	const char *bracket = strrchr(text, ']');
	char ip[ADDR_TEXT];
	char *end;
	unsigned long p;
	size_t n;

	/* A bare IPv6 address has several colons and no port. */
	if (!colon || (bracket && bracket > colon) ||
	    (!bracket && strchr(text, ':') != colon))
		return addr_parse(out, text, port);
	n = (size_t)(colon - text);
	if (n >= sizeof(ip) || colon[1] < '0' || colon[1] > '9')
		return -EINVAL;
	memcpy(ip, text, n);
	ip[n] = '\0';
	p = strtoul(colon + 1, &end, 10);
	if (*end || p > 65535)
		return -EINVAL;
	return addr_parse(out, ip, (uint16_t)p);
}

int addr_from_sockaddr(struct addr *out, const struct sockaddr *sa)
{
	struct addr a = { 0 };

	if (sa->sa_family == AF_INET) {
		memcpy(&a.u.in, sa, sizeof(a.u.in));
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&a.u.in6, sa, sizeof(a.u.in6));
		if (IN6_IS_ADDR_V4MAPPED(&a.u.in6.sin6_addr)) {
			struct sockaddr_in v4 = { .sin_family = AF_INET };

			v4.sin_port = a.u.in6.sin6_port;
			memcpy(&v4.sin_addr, &a.u.in6.sin6_addr.s6_addr[12], 4);
			a = (struct addr){ 0 };
			a.u.in = v4;
		}
	} else {
		return -EAFNOSUPPORT;
	}
	*out = a;
	return 0;
}

bool addr_is_set(const struct addr *a)
{
	return a->u.sa.sa_family == AF_INET || a->u.sa.sa_family == AF_INET6;
}

bool addr_is_v6(const struct addr *a)
{
	return a->u.sa.sa_family == AF_INET6;
}

bool addr_is_any(const struct addr *a)
{
	if (addr_is_v6(a))
		return IN6_IS_ADDR_UNSPECIFIED(&a->u.in6.sin6_addr);
	return a->u.in.sin_addr.s_addr == INADDR_ANY;
}

bool addr_is_multicast(const struct addr *a)
{
	if (addr_is_v6(a))
		return IN6_IS_ADDR_MULTICAST(&a->u.in6.sin6_addr);
	return IN_MULTICAST(ntohl(a->u.in.sin_addr.s_addr)) ||
	       a->u.in.sin_addr.s_addr == INADDR_BROADCAST;
}

uint16_t addr_port(const struct addr *a)
{
	/* sin_port and sin6_port lie at the same place */
	return addr_is_set(a) ? ntohs(a->u.in.sin_port) : 0;
}

void addr_set_port(struct addr *a, uint16_t port)
{
	a->u.in.sin_port = htons(port);
}

bool addr_eq_ip(const struct addr *a, const struct addr *b)
{
	if (a->u.sa.sa_family != b->u.sa.sa_family)
		return false;
	if (addr_is_v6(a))
		return memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr, 16) ==
		       0;
	return a->u.in.sin_addr.s_addr == b->u.in.sin_addr.s_addr;
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
	return addr_eq_ip(a, b) && a->u.in.sin_port == b->u.in.sin_port;
}

socklen_t addr_len(const struct addr *a)
{
	return addr_is_v6(a) ? sizeof(a->u.in6) : sizeof(a->u.in);
}

/* Several addresses are written for each message: snprintf() and inet_ntop()
 * would be most of that cost.  These return the end. */
static char *put_number(char *to, unsigned v)
{
	char digits[10];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n > 0)
		*to++ = digits[--n];
	*to = '\0';
	return to;
}

static char *put_ip(char *to, const struct addr *a)
{
	const uint8_t *b = (const uint8_t *)&a->u.in.sin_addr;

	if (a->u.sa.sa_family == AF_INET) {
		for (int i = 0; i < 4; i++) {
			if (i > 0)
				*to++ = '.';
			to = put_number(to, b[i]);
		}
		return to;
	}
	if (!addr_is_v6(a) ||
	    !inet_ntop(AF_INET6, &a->u.in6.sin6_addr, to, INET6_ADDRSTRLEN))
		strcpy(to, "-");
	return to + strlen(to);
}

static char *put_host(char *to, const struct addr *a)
{
	if (!addr_is_v6(a))
		return put_ip(to, a);
	*to++ = '[';
	to = put_ip(to, a);
	*to++ = ']';
	*to = '\0';
	return to;
}

const char *addr_ip(const struct addr *a, char out[ADDR_TEXT])
{
	put_ip(out, a);
	return out;
}

const char *addr_host(const struct addr *a, char out[ADDR_TEXT])
{
	put_host(out, a);
	return out;
}

const char *addr_ip_port(const struct addr *a, char out[ADDR_TEXT])
{
	char *end = put_host(out, a);

	*end++ = ':';
	put_number(end, addr_port(a));
	return out;
}
