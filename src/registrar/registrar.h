/* registrar/registrar.h - the bindings of addresses of record: a pure store
 * with the rules of RFC 3261 section 10, RFC 3327 and RFC 5626.
 *
 * No SIP types, no sockets, no clock: the shell parses the REGISTER, asks
 * registrar_apply() and writes the answer from what it returns.  All times
 * are unix ms (they survive a restart). */
#ifndef B2BUA_REGISTRAR_REGISTRAR_H
#define B2BUA_REGISTRAR_REGISTRAR_H

#include <stdbool.h>
#include "base/addr.h"

struct registrar;

enum binding_transport { BINDING_UDP, BINDING_TCP, BINDING_TLS };

struct binding {
	const char *aor;         /* "user@realm", lower case; borrowed from
	                            the store */
	const char *contact;     /* the URI */
	const char *path;        /* Path values joined by ", "; "" when none */
	const char *instance;    /* +sip.instance; "" when none */
	const char *user_agent;  /* "" when none */
	const char *call_id;
	uint32_t cseq;
	unsigned reg_id;         /* 0: none */
	unsigned q;              /* 0..1000 */
	int64_t expires_at_ms;   /* unix */
	int64_t updated_at_ms;   /* unix; of the last refresh */
	struct addr source;      /* where the REGISTER came from */
	struct addr local;       /* which of our addresses it came to */
	enum binding_transport transport;
	bool is_natted;          /* the Contact is not where it came from */
	uint64_t flow;           /* the connection it came over; 0: UDP, or
	                            the connection is gone */
	uint64_t row;            /* its key in the database; 0: not there */
};

struct registrar_conf {
	unsigned min_expires_s, default_expires_s, max_expires_s;
	unsigned max_contacts;
};

/* What the store tells its owner, for persistence and keepalives.  Called
 * within registrar_* calls; must not call back into the registrar. */
struct registrar_ops {
	void (*saved)(struct binding *b, void *arg);   /* new or refreshed */
	void (*removed)(struct binding *b, void *arg); /* b dies after this */
};

int registrar_create(struct registrar **out, const struct registrar_conf *conf,
                     const struct registrar_ops *ops, void *arg);
void registrar_destroy(struct registrar **rp); /* removed() is not called */

struct register_contact {
	const char *uri;
	int64_t expires_s;       /* the contact's own; -1: none */
	unsigned q;              /* 1000 when absent */
	const char *instance;    /* may be NULL */
	unsigned reg_id;
	bool is_natted;
};

struct register_request {
	const char *aor;
	const char *call_id;
	uint32_t cseq;
	int64_t expires_s;       /* the Expires header; -1: none */
	bool is_wildcard;        /* Contact: * */
	const struct register_contact *contacts;
	size_t n_contacts;       /* 0 and no wildcard: a query */
	const char *path, *user_agent; /* may be NULL */
	struct addr source, local;
	enum binding_transport transport;
	uint64_t flow;
	int64_t now_ms;          /* unix */
};

struct register_reply {
	int status;              /* 200, 400, 403 (more contacts than
	                            max_contacts), 423, 500 (an older CSeq) */
	const char *reason;      /* a literal */
	unsigned min_expires_s;  /* for 423 */
};
/* All or nothing (RFC 3261 10.3): either every contact is applied or none. */
struct register_reply registrar_apply(struct registrar *r,
                                      const struct register_request *rq);

/* Calls fn for each binding of aor that has not expired, newest first. */
typedef void binding_fn(const struct binding *b, void *arg);
size_t registrar_each(struct registrar *r, const char *aor, int64_t now_ms,
                      binding_fn *fn, void *arg);
size_t registrar_each_aor(struct registrar *r, int64_t now_ms,
                          binding_fn *fn, void *arg); /* all of them */

/* The same in pieces, with other work in between: from the start, then n
 * addresses of record at a time; false when that was the last of them. */
void registrar_sweep_start(struct registrar *r);
bool registrar_sweep(struct registrar *r, size_t n, int64_t now_ms,
                     binding_fn *fn, void *arg);

/* Removes what has expired; returns when to call again (unix ms; INT64_MAX:
 * nothing is held).  The work is bounded by what expired, not by what is
 * held. */
int64_t registrar_expire(struct registrar *r, int64_t now_ms);
/* A connection has died: its bindings go at once. */
size_t registrar_flow_closed(struct registrar *r, uint64_t flow);
/* Drops every binding of aor (the device was removed or disabled). */
size_t registrar_forget(struct registrar *r, const char *aor);
/* At start: a binding as it was saved.  -EEXIST, -ESTALE (expired), -EINVAL
 * (nothing that a request could have brought). */
int registrar_restore(struct registrar *r, const struct binding *b,
                      int64_t now_ms);
size_t registrar_count(const struct registrar *r);

#endif
