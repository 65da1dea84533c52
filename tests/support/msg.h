/* support/msg.h - a SIP message as text, taken apart just enough to ask it
 * questions.  On purpose not sofia: what the server writes is read by other
 * eyes than its own. */
#ifndef B2BUA_TESTS_MSG_H
#define B2BUA_TESTS_MSG_H

#include <stdbool.h>
#include "base/addr.h"

struct msg_field {
	char *name;  /* long form */
	char *value; /* unfolded, trimmed */
};

struct msg {
	char *text;          /* owned; as it stood on the wire */
	size_t len;
	char *head;          /* owned; cut into the fields */
	bool is_request;
	int status;          /* of a response */
	const char *method;  /* of a request; else the one in CSeq */
	const char *uri;     /* of a request */
	const char *phrase;  /* of a response */
	unsigned cseq;
	struct msg_field *fields; /* owned */
	size_t n_fields;
	const char *body;
	size_t body_len;
	/* Where it came from, or went to. */
	struct addr peer;
	int connection;      /* -1: UDP; 0: the one the peer opened; 1..: one
	                        that was opened to it */
	bool is_sent;
	bool is_repeat;      /* a retransmission */
	struct msg *next;
};

/* NULL when it is no SIP message. */
struct msg *msg_parse(const char *text, size_t len);
void msg_free(struct msg **mp);
/* How long the first message in a stream is; 0: not all of it is there. */
size_t msg_frame(const char *text, size_t len);

/* The i-th header field of that name, NULL when there are not so many. */
const char *msg_header(const struct msg *m, const char *name, size_t i);
size_t msg_count(const struct msg *m, const char *name);
/* True when some field of that name contains the text, case apart. */
bool msg_header_has(const struct msg *m, const char *name, const char *text);

/* In a buffer of the caller; "" when absent.  Return out. */
const char *msg_tag(const struct msg *m, const char *name, char out[128]);
const char *msg_branch(const struct msg *m, char out[128]); /* top Via */
/* The URI of a name-addr or addr-spec, without <>. */
const char *msg_uri_of(const char *value, char out[512]);
/* A parameter of a header value: branch=..., expires=... */
const char *msg_param(const char *value, const char *name, char *out,
                      size_t size);
/* The i-th value of a comma-separated header over all its fields. */
const char *msg_value(const struct msg *m, const char *name, size_t i,
                      char out[512]);

bool msg_body_has(const struct msg *m, const char *text);
/* The i-th m-line's address and port in a session description; false when
 * there is none.  A refused stream has port 0. */
bool msg_media(const struct msg *m, size_t i, struct addr *out);

#endif
