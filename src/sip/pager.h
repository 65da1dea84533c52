/* sip/pager.h - a MESSAGE of our own outside dialogs (RFC 3428), and what
 * became of it.  No sofia types. */
#ifndef B2BUA_SIP_PAGER_H
#define B2BUA_SIP_PAGER_H

#include "sip/agent.h"

struct pager; /* one that waits for its answer */

struct pager_message {          /* strings borrowed */
	struct target target;
	const char *from_name, *from_user, *from_host; /* name: NULL: none */
	const char *to_uri;
	const char *type;       /* Content-Type; NULL: no body */
	const char *body;
	size_t len;
	const char *headers;    /* more lines; NULL */
	int max_forwards;
};
/* The final status: 408 when nobody answered.  The pager is gone. */
typedef void pager_fn(int status, void *arg);

/* -ENOTCONN: its connection has closed; -EAFNOSUPPORT: no listener of ours
 * can send there; -EIO. */
int pager_send(struct pager **out, struct agent *a,
               const struct pager_message *m, pager_fn *fn, void *arg);
void pager_drop(struct pager **pp); /* NULL-safe; fn is not called */

#endif
