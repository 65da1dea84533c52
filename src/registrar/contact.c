/* registrar/contact.c - URI comparison, RFC 3261 19.1.4. */
#include "registrar/contact.h"

#include <ctype.h>
#include <string.h>

#include "base/addr.h"
#include "base/strutil.h"

#define MAX_PARAMS 32
#define ESCAPED 0x100 /* a reserved character that was written as %HH */

struct span {
	const char *p; /* borrowed; NULL: absent, which is not empty */
	size_t n;
};

struct uri {
	struct span scheme, userinfo, host, port, params, headers;
};

static struct span span(const char *from, const char *to)
{
	return (struct span){ from, (size_t)(to - from) };
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next character; %HH stands for its character unless that one is
 * reserved (RFC 2396 2.2), which the escape then tells apart. */
static int next(struct span *s)
{
	int c = (unsigned char)*s->p;

	if (c == '%' && s->n >= 3 && hex(s->p[1]) >= 0 && hex(s->p[2]) >= 0) {
		c = hex(s->p[1]) << 4 | hex(s->p[2]);
		if (c && strchr(";/?:@&=+$,", c))
			c |= ESCAPED;
		s->p += 2;
		s->n -= 2;
	}
	s->p++;
	s->n--;
	return c;
}

static int fold(int c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool same(struct span a, struct span b, bool is_folded)
{
	if (!a.p || !b.p)
		return a.p == b.p;
	while (a.n > 0 && b.n > 0) {
		int x = next(&a), y = next(&b);

		if (x != y && (!is_folded || fold(x) != fold(y)))
			return false;
	}
	return a.n == 0 && b.n == 0;
}

/* [::1] and [0:0::1] are one host. */
static bool same_host(struct span a, struct span b)
{
	char x[ADDR_TEXT], y[ADDR_TEXT];
	struct addr p, q;

	if (same(a, b, true))
		return true;
	if (a.n == 0 || *a.p != '[' || a.n >= sizeof(x) || b.n >= sizeof(y))
		return false;
	memcpy(x, a.p, a.n);
	memcpy(y, b.p, b.n);
	x[a.n] = y[b.n] = '\0';
	return addr_parse(&p, x, 0) == 0 && addr_parse(&q, y, 0) == 0 &&
	       addr_eq_ip(&p, &q);
}

/* host [":" port], the host may be an IPv6 reference. */
static void parse_hostport(struct uri *u, const char *from, const char *to)
{
	const char *bracket = NULL, *colon;

	if (from < to && *from == '[')
		bracket = memchr(from, ']', (size_t)(to - from));
	colon = bracket ? bracket : from;
	colon = memchr(colon, ':', (size_t)(to - colon));
	u->host = span(from, colon ? colon : to);
	if (colon)
		u->port = span(colon + 1, to);
}

/* False: not a sip or sips URI. */
static bool parse(struct uri *u, const char *text)
{
	const char *end = text + strlen(text), *p = strchr(text, ':'), *at;

	memset(u, 0, sizeof(*u));
	if (!p)
		return false;
	u->scheme = span(text, p);
	if (!same(u->scheme, (struct span){ "sip", 3 }, true) &&
	    !same(u->scheme, (struct span){ "sips", 4 }, true))
		return false;
	p++;
	at = strrchr(p, '@'); /* only the user part may hold ';' and '?' */
	if (at) {
		u->userinfo = span(p, at);
		p = at + 1;
	}
	at = strchr(p, '?');
	if (at) {
		u->headers = span(at + 1, end);
		end = at;
	}
	at = memchr(p, ';', (size_t)(end - p));
	if (at) {
		u->params = span(at + 1, end);
		end = at;
	}
	parse_hostport(u, p, end);
	return true;
}

struct param {
	struct span name, value;
};

/* Cuts a list at `separator`; more than fits gives MAX_PARAMS + 1. */
static size_t cut(struct span list, char separator, struct param *out)
{
	const char *p = list.p, *end = list.p ? list.p + list.n : NULL;
	size_t n = 0;

	while (p && p < end) {
		const char *stop = memchr(p, separator, (size_t)(end - p));
		const char *eq;

		stop = stop ? stop : end;
		eq = memchr(p, '=', (size_t)(stop - p));
		if (n == MAX_PARAMS)
			return n + 1;
		out[n].name = span(p, eq ? eq : stop);
		out[n++].value = eq ? span(eq + 1, stop) : span(stop, stop);
		p = stop + 1;
	}
	return n;
}

static const struct param *find(const struct param *list, size_t n,
                                struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (same(list[i].name, name, true))
			return &list[i];
	return NULL;
}

/* These never equal their absence, not even with the default's value. */
static bool is_significant(struct span name)
{
	static const char *const names[] = { "user", "ttl", "method", "maddr",
		                             "transport" };

	for (size_t i = 0; i < NELEM(names); i++)
		if (same(name, (struct span){ names[i], strlen(names[i]) },
		         true))
			return true;
	return false;
}

/* Every one of a's that b has is the same, every one that b lacks may be
 * absent. */
static bool covers(const struct param *a, size_t n_a, const struct param *b,
                   size_t n_b, bool are_headers)
{
	for (size_t i = 0; i < n_a; i++) {
		const struct param *other = find(b, n_b, a[i].name);

		if (other && !same(a[i].value, other->value, true))
			return false;
		if (!other && (are_headers || is_significant(a[i].name)))
			return false;
	}
	return true;
}

static bool same_lists(struct span a, struct span b, char separator)
{
	struct param x[MAX_PARAMS], y[MAX_PARAMS];
	size_t n = cut(a, separator, x), m = cut(b, separator, y);
	bool are_headers = separator == '&';

	if (n > MAX_PARAMS || m > MAX_PARAMS)
		return false;
	return covers(x, n, y, m, are_headers) &&
	       covers(y, m, x, n, are_headers);
}

bool contact_eq(const char *a, const char *b)
{
	struct uri x, y;

	if (strcmp(a, b) == 0)
		return true;
	if (!parse(&x, a) || !parse(&y, b))
		return false;
	return same(x.scheme, y.scheme, true) &&
	       same(x.userinfo, y.userinfo, false) &&
	       same_host(x.host, y.host) && same(x.port, y.port, true) &&
	       same_lists(x.params, y.params, ';') &&
	       same_lists(x.headers, y.headers, '&');
}
