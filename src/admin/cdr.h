/* admin/cdr.h - call records: one JSON line a call, written by the storage
 * thread, exactly once. */
#ifndef B2BUA_ADMIN_CDR_H
#define B2BUA_ADMIN_CDR_H

#include <stdbool.h>
#include "base/buf.h"
#include "base/worker.h"

struct cdr_attempt { /* one outbound leg */
	const char *target;   /* device id, or gateway name */
	const char *kind;     /* "device" or "gateway" */
	const char *uri;      /* Request-URI */
	const char *address;  /* the next hop: "ip:port;transport=udp" */
	const char *call_id;  /* of the leg */
	int64_t start_ms, ring_ms, answer_ms, end_ms; /* unix; 0: never */
	int status;           /* final SIP code, 0: none */
	const char *cause;    /* cause name */
	const char *result;   /* "answered", "failed", "cancelled", "timeout" */
};

struct cdr_transfer {
	const char *kind;     /* "blind", "attended", "replaced", "pickup" */
	const char *by;       /* "caller", "callee" */
	const char *to;       /* the number; NULL */
	const char *call;     /* id of the other call; NULL */
	int64_t at_ms;
	int status;
};

struct cdr { /* strings borrowed for the call of cdr_write(); NULL: null */
	const char *id;
	const char *account_id, *realm;
	const char *direction;     /* "inbound" from a carrier, "internal" */
	const char *caller_kind;   /* "device" or "carrier" */
	const char *caller_id;     /* device or resource id */
	const char *caller_call_id;/* SIP Call-ID of the caller's leg */
	const char *caller_source; /* address:port */
	const char *from_user, *from_name;
	const char *dialled, *number;
	const char *callflow_id;
	const struct cdr_attempt *attempts;
	size_t n_attempts;
	const struct cdr_transfer *transfers;
	size_t n_transfers;
	const char *origin;        /* id of the call it is the rest of */
	int64_t start_ms, ring_ms, answer_ms, end_ms; /* unix; 0: never */
	const char *cause;
	int status;                /* final SIP code to the caller */
	const char *hung_up_by;    /* "caller", "callee", "server" */
};

void cdr_format(struct buf *out, const struct cdr *c); /* one line, no '\n' */

struct cdr_file;
struct cdr_stats {
	uint64_t written; /* lines */
	uint64_t lost;    /* each of them is in the log instead */
	size_t waiting;   /* not written yet */
};

/* Opens for appending (creates).  -errno. */
int cdr_open(struct cdr_file **out, const char *path, struct worker *w);
/* A line that cannot be written (disk full) waits in memory, up to 10,000
 * of them; the next write, reopen or retry tries again. */
void cdr_write(struct cdr_file *f, const struct cdr *c);
void cdr_retry(struct cdr_file *f);  /* every few seconds: what waits */
void cdr_reopen(struct cdr_file *f); /* SIGHUP: for logrotate */
void cdr_stats(struct cdr_file *f, struct cdr_stats *out);
/* NULL-safe.  The worker writes what waits and must be alive: close before
 * worker_destroy(). */
void cdr_close(struct cdr_file **fp);

#endif
