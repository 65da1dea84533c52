/* sip/framing.h - where messages begin and end in a stream, and the
 * keep-alives between them (RFC 3261 18.3, RFC 5626 3.5.1).  Pure. */
#ifndef B2BUA_SIP_FRAMING_H
#define B2BUA_SIP_FRAMING_H

#include <stdbool.h>
#include "base/util.h"

struct framing {          /* all zero: between messages */
	enum { FRAMING_BETWEEN, FRAMING_HEADERS, FRAMING_BODY } state;
	uint64_t body;    /* bytes of the body still to come */
	unsigned between; /* bytes of line ends since the last message */
	size_t column;    /* in the header line */
	char line[48];    /* how it begins; zero-terminated */
};

/* Takes the line ends between messages out of bytes, of which the new number
 * is returned, and counts the pings among them: each is answered by CRLF. */
size_t framing_feed(struct framing *f, char *bytes, size_t n,
                    unsigned *pings);
bool framing_is_between(const struct framing *f);

#endif
