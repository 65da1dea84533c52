/* config/listen.c - "sip:HOST[:PORT][;transport=T]" as a local address. */
#include "config/read.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/strutil.h"

static bool transport_parse(enum conf_transport *out, const char *name)
{
	static const char *const names[] = {
		[CONF_UDP] = "udp",
		[CONF_TCP] = "tcp",
		[CONF_TLS] = "tls",
	};

	for (size_t i = 0; i < NELEM(names); i++)
		if (strcasecmp(name, names[i]) == 0) {
			*out = (enum conf_transport)i;
			return true;
		}
	return false;
}

/* params: what follows the first ';', or NULL. */
static const char *transport_find(enum conf_transport *out, const char *params,
                                  bool is_sips)
{
	enum conf_transport t = is_sips ? CONF_TLS : CONF_UDP;

	if (params) {
		if (strncasecmp(params, "transport=", 10) != 0)
			return "the only parameter here is transport=";
		if (!transport_parse(&t, params + 10))
			return "transport must be udp, tcp or tls";
		/* RFC 3261 26.2.2: sips over TCP means TLS over TCP */
		if (is_sips && t == CONF_UDP)
			return "sips: does not go over UDP";
		if (is_sips)
			t = CONF_TLS;
	}
	*out = t;
	return NULL;
}

static const char *host_find(struct addr *out, const char *host, uint16_t port)
{
	if (strchr(host, '@'))
		return "a listen address has no user part";
	/* the colons of an IPv6 address would be taken for the port's */
	if (*host != '[' && strchr(host, ':') != strrchr(host, ':'))
		return "an IPv6 address stands in [ ]";
	if (addr_parse_hostport(out, host, port) < 0)
		return "must be a numeric address of this machine, "
		       "0.0.0.0 or [::], with a port of 0 to 65535";
	if (addr_is_multicast(out))
		return "is a multicast address";
	return NULL;
}

int listen_parse(struct conf_listen *out, const char *uri, const char **reason)
{
	bool is_sips = strncasecmp(uri, "sips:", 5) == 0;
	struct conf_listen l = { 0 };
	char host[ADDR_TEXT];
	const char *semicolon;
	size_t n;

	if (!is_sips && strncasecmp(uri, "sip:", 4) != 0) {
		*reason = "must begin with sip: or sips:";
		return -EINVAL;
	}
	uri += is_sips ? 5 : 4;
	semicolon = strchr(uri, ';');
	n = semicolon ? (size_t)(semicolon - uri) : strlen(uri);
	if (n >= sizeof(host))
		n = sizeof(host) - 1; /* no address is so long: will fail */
	memcpy(host, uri, n);
	host[n] = '\0';

	*reason = transport_find(&l.transport, semicolon ? semicolon + 1 : NULL,
	                         is_sips);
	if (!*reason)
		*reason = host_find(&l.addr, host,
		                    l.transport == CONF_TLS ? 5061 : 5060);
	if (*reason)
		return -EINVAL;
	*out = l;
	return 0;
}
