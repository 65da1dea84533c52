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

/* What a message's headers cross as. */
enum crossing_kind {
	CROSS_CALL = 1,         /* the INVITE of a phone */
	CROSS_CARRIER_CALL = 2, /* ... of a carrier */
	CROSS_INSIDE = 4,       /* a request inside the dialog */
	CROSS_ANSWER = 8,       /* a response to INVITE */
	CROSS_TEXT = 16         /* MESSAGE outside dialogs */
};
/* The header lines that may cross from one leg to the other ("Name: value"
 * CRLF each); everything that is not on the list stays behind (topology).
 * privacy: what the sender wants hidden, bits of identity.h.  NULL when there
 * are none; else owned by the caller. */
char *message_crossing_as(const struct message *m, enum crossing_kind kind,
                          unsigned privacy);
/* The same, without privacy, as what m itself is: a phone's. */
char *message_crossing(const struct message *m);
/* The values of all headers of that name, joined by ", "; NULL when there is
 * none; else owned by the caller. */
char *message_header(const struct message *m, const char *name);
/* Content-Type with its parameters (a multipart body's boundary); NULL when
 * there is none; else owned by the caller. */
char *message_content_type(const struct message *m);
/* All Reason values (RFC 3326), as message_header(); the Q.850 cause among
 * them, 0 when there is none. */
char *message_reason(const struct message *m);
int message_q850(const struct message *m);
/* The tag in To; NULL when there is none. */
const char *message_to_tag(const struct message *m);
/* Max-Forwards; 70 when there is none. */
int message_max_forwards(const struct message *m);
/* The target of a redirection: the URI of contact i of a 3xx; owned by the
 * caller; NULL past the last. */
char *message_contact(const struct message *m, size_t i);

#endif
