/* sip/uri.h - SIP URIs, as far as targets need them (RFC 3261 19.1). */
#ifndef B2BUA_SIP_URI_H
#define B2BUA_SIP_URI_H

#include "sip/agent.h"

struct sip_uri {
	char user[256];         /* as written, still escaped; "" when absent */
	char host[256];         /* IPv6 with its brackets */
	uint16_t port;          /* 0: none given */
	enum sip_transport transport; /* of the parameter; sips: TLS; else UDP */
	bool has_transport;
};
/* "sip:user@host:port;transport=tcp", also inside "<...>".  0 or -EINVAL. */
int sip_uri_parse(struct sip_uri *out, const char *uri);
/* The same URI with another user part (not escaped yet); owned by the
 * caller; NULL when uri cannot be read. */
char *sip_uri_with_user(const char *uri, const char *user);
/* Without header fields ("?Subject=x"): what may be a Request-URI (RFC 3261
 * 19.1.1).  sofia would make headers of the message of them.  Owned by the
 * caller. */
char *sip_uri_bare(const char *uri);
/* A user part as it may stand in a URI; owned by the caller. */
char *sip_uri_escape(const char *user);

#endif
