/* base/net.c - networks: an address and how many of its bits count. */
#include "base/net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char *bytes_of(const struct addr *a)
{
	return addr_is_v6(a) ? a->u.in6.sin6_addr.s6_addr
	                     : (const unsigned char *)&a->u.in.sin_addr;
}

static unsigned char mask_of(unsigned bits)
{
	return (unsigned char)(0xff00u >> bits);
}

static bool has_stray_bits(const struct net *n)
{
	const unsigned char *p = bytes_of(&n->addr);
	unsigned width = addr_is_v6(&n->addr) ? 128 : 32;

	for (unsigned i = 0; i < width / 8; i++) {
		unsigned kept = n->bits <= 8 * i ? 0 : n->bits - 8 * i;

		if (kept < 8 && p[i] & (unsigned char)~mask_of(kept))
			return true;
	}
	return false;
}

int net_parse(struct net *out, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	struct net n = { 0 };
	char ip[ADDR_TEXT], *end;
	unsigned width;

	if (len >= sizeof(ip))
		return -EINVAL;
	memcpy(ip, text, len);
	ip[len] = '\0';
	if (addr_parse(&n.addr, ip, 0) < 0)
		return -EINVAL;
	width = addr_is_v6(&n.addr) ? 128 : 32;
	n.bits = width;
	if (slash) {
		if (slash[1] < '0' || slash[1] > '9')
			return -EINVAL;
		n.bits = (unsigned)strtoul(slash + 1, &end, 10);
		if (*end || end - slash > 4 || n.bits > width)
			return -EINVAL;
	}
	if (has_stray_bits(&n))
		return -EINVAL;
	*out = n;
	return 0;
}

bool net_has(const struct net *n, const struct addr *a)
{
	const unsigned char *p, *q;
	unsigned whole = n->bits / 8, rest = n->bits % 8;

	if (!addr_is_set(a) || addr_is_v6(a) != addr_is_v6(&n->addr))
		return false;
	p = bytes_of(&n->addr);
	q = bytes_of(a);
	if (memcmp(p, q, whole) != 0)
		return false;
	return rest == 0 || ((p[whole] ^ q[whole]) & mask_of(rest)) == 0;
}

bool nets_have(const struct net *n, size_t count, const struct addr *a)
{
	for (size_t i = 0; i < count; i++)
		if (net_has(&n[i], a))
			return true;
	return false;
}
