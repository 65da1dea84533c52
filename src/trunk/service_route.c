/* trunk/service_route.c - Service-Route of a registration. */
#include "trunk/service_route.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strutil.h"

#define MOST_ROUTERS 8
#define LONGEST      1024

/* RFC 3608 5.1: "lr", among the URI's own parameters. */
static bool is_loose(const char *uri, size_t n)
{
	const char *end = memchr(uri, '?', n), *at = uri;

	end = end ? end : uri + n;
	while ((at = memchr(at, ';', (size_t)(end - at)))) {
		at++;
		if (end - at >= 2 && strncasecmp(at, "lr", 2) == 0 &&
		    (end - at == 2 || at[2] == ';' || at[2] == '='))
			return true;
	}
	return false;
}

static bool is_router(const char *uri, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)uri[i] <= ' ' || uri[i] == 0x7f ||
		    strchr("<\"", uri[i]))
			return false;
	return ((n > 4 && strncasecmp(uri, "sip:", 4) == 0) ||
	        (n > 5 && strncasecmp(uri, "sips:", 5) == 0)) &&
	       is_loose(uri, n);
}

/* The next "<uri>" and what follows it up to the comma; NULL: nonsense. */
static const char *take(struct buf *out, const char *s)
{
	const char *end;

	s += strspn(s, " \t");
	end = *s == '<' ? strchr(s, '>') : NULL;
	if (!end || !is_router(s + 1, (size_t)(end - s - 1)))
		return NULL;
	buf_fmt(out, "%s%.*s", out->len ? ", " : "", (int)(end + 1 - s), s);
	s = end + 1 + strcspn(end + 1, ",");
	/* parameters of the header itself are of no use to a Route */
	return s;
}

char *service_route_read(const char *values)
{
	struct buf out = { 0 };
	size_t n = 0;

	while (values && *values && n++ < MOST_ROUTERS) {
		values = take(&out, values);
		if (values && *values == ',')
			values++;
	}
	if (!values || *values || out.len == 0 || out.len > LONGEST) {
		buf_free(&out);
		return NULL;
	}
	return buf_take(&out);
}

/* "sip:host:port" of a route's first element. */
static size_t where(const char *route)
{
	return strcspn(route, ";?>");
}

char *service_route_by(const char *proxy, const char *service)
{
	size_t n = proxy ? where(proxy) : 0;

	/* the proxy may stand in it already */
	if (!proxy ||
	    (where(service) == n && strncasecmp(proxy, service, n) == 0))
		return xstrdup(service);
	return xasprintf("%s, %s", proxy, service);
}
