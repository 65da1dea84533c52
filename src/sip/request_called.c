/* sip/request_called.c - whom a request that came to a Contact of ours really
 * calls: what carriers say besides the Request-URI. */
#include "sip/agent_priv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "sip/uri.h"

bool request_uri_param(const struct request *rq, const char *name, char *out,
                       size_t size)
{
	const url_t *url = rq->sip->sip_request->rq_url;
	isize_t n;

	if (!url->url_params)
		return false;
	n = url_param(url->url_params, name, out, (isize_t)size);
	return n > 0 && (size_t)n <= size; /* n counts the zero */
}

/* RFC 7315 4.2; sofia has no parser for it. */
char *request_called_party(const struct request *rq)
{
	const sip_unknown_t *un = rq->sip->sip_unknown;
	struct sip_uri u;

	for (; un; un = un->un_next)
		if (un->un_name && un->un_value &&
		    strcasecmp(un->un_name, "P-Called-Party-ID") == 0 &&
		    sip_uri_parse(&u, un->un_value) == 0 && u.user[0]) {
			url_unescape(u.user, u.user);
			return xstrdup(u.user);
		}
	return NULL;
}

void request_set_user(struct request *rq, const char *user)
{
	char *fresh = xstrdup(user);

	free(rq->user);
	rq->user = fresh;
}
