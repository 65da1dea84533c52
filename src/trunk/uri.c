/* trunk/uri.c - the Request-URI of a call to a gateway. */
#include "trunk/uri.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strutil.h"

#define SIP_PORT 5060

/* RFC 3261 25.1: unreserved and user-unreserved stand as they are. */
static bool stands_in_user(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c && strchr("-_.!~*'()&=+$,;?/", c));
}

static void add_user(struct buf *b, const char *s)
{
	for (; *s; s++)
		if (stands_in_user(*s))
			buf_char(b, *s);
		else
			buf_fmt(b, "%%%02X", (unsigned)(unsigned char)*s);
}

/* A host name with, perhaps, a port: how much of it is the name; 0 when it
 * is neither. */
static size_t split_name(const char *server, uint16_t *port)
{
	static const char allowed[] = "0123456789-._"
				      "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strspn(server, allowed);
	unsigned long p;
	char *end;

	if (server[n] == '\0')
		return n;
	if (server[n] != ':' || server[n + 1] < '0' || server[n + 1] > '9')
		return 0;
	p = strtoul(server + n + 1, &end, 10);
	if (*end || p == 0 || p > 65535)
		return 0;
	*port = (uint16_t)p;
	return n;
}

/* A port in the server's name wins over the gateway's own. */
static bool add_server(struct buf *b, const struct gateway *g)
{
	uint16_t port = g->port;
	char text[ADDR_TEXT];
	struct addr a;
	size_t n;

	if (addr_parse_hostport(&a, g->server, port) == 0) {
		buf_str(b, addr_host(&a, text));
		port = addr_port(&a);
	} else {
		n = split_name(g->server, &port);
		if (n == 0)
			return false;
		buf_add(b, g->server, n);
	}
	/* The usual port is left out, as Kazoo does. */
	if (port && port != SIP_PORT)
		buf_fmt(b, ":%u", port);
	return true;
}

/* A fixed URI of the document, with or without its scheme. */
static char *fixed_route(const char *route)
{
	for (const char *s = route; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 127 || *s == '<' ||
		    *s == '>' || *s == '"')
			return NULL;
	if (str_starts(route, "sip:") || str_starts(route, "sips:"))
		return xstrdup(route);
	return xasprintf("sip:%s", route);
}

char *uri_of_gateway(const struct gateway *g, const char *user)
{
	struct buf b = { 0 };
	size_t bare;

	if (!str_is_empty(g->route))
		return fixed_route(g->route);
	buf_str(&b, "sip:");
	bare = b.len;
	add_user(&b, user);
	if (b.len == bare)
		goto no_uri;
	buf_char(&b, '@');
	if (!add_server(&b, g))
		goto no_uri;
	if (!str_is_empty(g->transport))
		buf_fmt(&b, ";transport=%s", g->transport);
	return buf_take(&b);
no_uri:
	buf_free(&b);
	return NULL;
}

char *uri_of_server(const struct gateway *g)
{
	struct buf b = { 0 };

	buf_str(&b, "sip:");
	if (!add_server(&b, g)) {
		buf_free(&b);
		return NULL;
	}
	if (!str_is_empty(g->transport))
		buf_fmt(&b, ";transport=%s", g->transport);
	return buf_take(&b);
}

/* The domain is a name of its own, or the server's without its port. */
static bool add_domain(struct buf *b, const struct gateway *g)
{
	char text[ADDR_TEXT];
	uint16_t port = 0;
	struct addr a;
	size_t n;

	if (!str_is_empty(g->from_realm)) {
		buf_str(b, g->from_realm);
		return true;
	}
	if (addr_parse_hostport(&a, g->server, 0) == 0) {
		buf_str(b, addr_host(&a, text));
		return true;
	}
	n = split_name(g->server, &port);
	buf_add(b, g->server, n);
	return n > 0;
}

char *uri_of_account(const struct gateway *g)
{
	struct buf b = { 0 };

	buf_str(&b, "sip:");
	add_user(&b, g->username ? g->username : "");
	buf_char(&b, '@');
	if (!str_is_empty(g->username) && add_domain(&b, g))
		return buf_take(&b);
	buf_free(&b);
	return NULL;
}
