/* sip/sdp_span.h - words and addresses within a line of a description. */
#ifndef B2BUA_SIP_SDP_SPAN_H
#define B2BUA_SIP_SDP_SPAN_H

#include <stdbool.h>
#include "base/addr.h"

struct span {
	const char *p; /* borrowed; not zero-terminated */
	size_t n;
};

struct connection { /* what follows c=, or the port of a=rtcp */
	bool is_given;
	struct addr addr; /* unset: none that we can send to */
};

bool char_is_letter(char c);
bool span_is(struct span s, const char *text);
bool span_starts(struct span s, const char *text);
void span_skip(struct span *s, size_t n);

/* Cuts the next word off the front of rest; an empty one at the end. */
struct span span_word(struct span *rest);
/* Cuts a port number off the front of s; false: none, or too big. */
bool span_port(struct span *s, unsigned *out);

/* "IN IP4 192.0.2.1" (RFC 8866 5.7).  What is right but of no use to a relay
 * (a name, multicast, another network) leaves the address unset.  NULL, or
 * the reason why it is wrong. */
const char *span_connection(struct connection *out, struct span rest);

/* What a transport (the m-line's proto) is. */
bool span_is_rtp(struct span proto);
bool span_is_plain_rtp(struct span proto); /* no SRTP */
bool span_is_udp(struct span proto);

#endif
