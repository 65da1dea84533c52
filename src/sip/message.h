/* sip/message.h - what the other folders see of a SIP message: a view that
 * is valid while the handler runs.  No sofia types. */
#ifndef B2BUA_SIP_MESSAGE_H
#define B2BUA_SIP_MESSAGE_H

#include <stdbool.h>
#include "base/addr.h"
#include "base/buf.h"

struct message {
	int status;             /* of a response; 0: a request */
	const char *reason;     /* of a response; "" in requests */
	const char *method;     /* of the request or of the CSeq */
	const char *body;       /* not terminated; NULL when there is none */
	size_t body_len;
	const char *type;       /* Content-Type without parameters; NULL */
	int retry_after_s;      /* -1: none */
	const void *sip;        /* sofia's; for src/sip */
	struct addr source;     /* where it came from; unset: made here */
};

bool message_has_sdp(const struct message *m); /* a body that is SDP */

/* The header lines that may cross from one leg to the other ("Name: value"
 * CRLF each); everything that is not on the list stays behind (topology).
 * NULL when there are none; else owned by the caller. */
char *message_crossing(const struct message *m);
/* Content-Type with its parameters (a multipart body's boundary); NULL when
 * there is none; else owned by the caller. */
char *message_content_type(const struct message *m);
/* The Reason header's value (RFC 3326); NULL when there is none. */
char *message_reason(const struct message *m);
/* The target of a redirection: the URI of contact i of a 3xx; owned by the
 * caller; NULL past the last. */
char *message_contact(const struct message *m, size_t i);

#endif
