/* sip/uri.c - SIP URIs, as far as targets need them. */
#include "sip/uri.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "sip/sofia.h"

/* sofia's parser works in place: on a copy without the angle brackets. */
static char *bare(const char *uri)
{
	const char *open = strchr(uri, '<');
	size_t n;

	if (open)
		uri = open + 1;
	n = open ? strcspn(uri, ">") : strlen(uri);
	return xstrndup(uri, n);
}

static bool is_sip(const url_t *url)
{
	return (url->url_type == url_sip || url->url_type == url_sips) &&
	       url->url_host && url->url_host[0];
}

static void read_transport(struct sip_uri *out, const url_t *url)
{
	char name[16] = "";

	if (url->url_type == url_sips)
		out->transport = SIP_TLS;
	if (!url->url_params ||
	    url_param(url->url_params, "transport", name, sizeof(name)) <= 0)
		return;
	out->has_transport = true;
	for (int t = SIP_UDP; t <= SIP_TLS; t++)
		if (strcasecmp(name, sip_transport_name(
		                             (enum sip_transport)t)) == 0)
			out->transport = (enum sip_transport)t;
}

int sip_uri_parse(struct sip_uri *out, const char *uri)
{
	char *copy = bare(uri);
	struct sip_uri u = { .transport = SIP_UDP };
	url_t url[1];
	int rc = -EINVAL;

	if (url_d(url, copy) == 0 && is_sip(url) &&
	    strlen(url->url_host) < sizeof(u.host) &&
	    (!url->url_user || strlen(url->url_user) < sizeof(u.user))) {
		strcpy(u.host, url->url_host);
		strcpy(u.user, url->url_user ? url->url_user : "");
		if (url->url_port && url->url_port[0])
			u.port = (uint16_t)strtoul(url->url_port, NULL, 10);
		read_transport(&u, url);
		*out = u;
		rc = 0;
	}
	free(copy);
	return rc;
}

/* RFC 3261 25.1: unreserved and user-unreserved stand as they are: "+" and
 * "*" above all, which many compare as they see them. */
char *sip_uri_escape(const char *user)
{
	size_t room = 3 * strlen(user) + 1;
	char *out = xmalloc(room);

	url_escape(out, user, "%:@ \"<>\\^`{|}[]#;?");
	return out;
}

char *sip_uri_bare(const char *uri)
{
	char *copy = bare(uri), *out = NULL;
	char text[2560];
	url_t url[1];

	if (strchr(uri, '?') && url_d(url, copy) == 0 && url->url_headers) {
		url->url_headers = NULL;
		if ((size_t)url_e(text, sizeof(text), url) < sizeof(text))
			out = xstrdup(text);
	}
	free(copy);
	return out ? out : xstrdup(uri);
}

char *sip_uri_with_user(const char *uri, const char *user)
{
	char *copy = bare(uri), *escaped = NULL, *out = NULL;
	url_t url[1];
	char text[2560];

	if (url_d(url, copy) == 0 && is_sip(url)) {
		escaped = sip_uri_escape(user);
		url->url_user = escaped;
		if ((size_t)url_e(text, sizeof(text), url) < sizeof(text))
			out = xstrdup(text);
	}
	free(escaped);
	free(copy);
	return out;
}
