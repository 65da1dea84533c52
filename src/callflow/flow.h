/* callflow/flow.h - runs a callflow as a pure machine.
 *
 * flow_begin() starts it and gives the first step; each step is carried out
 * by the owner, whose outcome goes back in through flow_resume(), which gives
 * the next step, until a step of kind FLOW_END, FLOW_RESPOND or FLOW_HANGUP.
 * No SIP in here, no sockets, no clock.  What each module does:
 * doc/callflows.md. */
#ifndef B2BUA_CALLFLOW_FLOW_H
#define B2BUA_CALLFLOW_FLOW_H

#include <stdbool.h>
#include "base/buf.h"
#include "base/log.h"
#include "callflow/call_data.h"
#include "callflow/forward.h"
#include "directory/change.h"
#include "directory/directory.h"

struct flow;
struct flow_watch; /* watch.h */

/* Who is calling, as ingress proved it. */
struct flow_caller {
	const struct account *account; /* whose callflows serve the call */
	const struct device *device;   /* NULL: a carrier.  One of another
	                                  account counts as outside */
	const struct resource *resource; /* NULL: a device */
	const struct gateway *gateway; /* of that carrier; NULL as above */
	bool is_anonymous;
	const struct user *user; /* whose forwarded call it is, when it is not
	                            a device's; NULL: not that */
};

/* As the INVITE has it; NULL: not known. */
struct flow_invite {
	const char *call_id;
	const char *from_user, *from_realm;
	const char *to_user, *to_realm;
	const char *realm;           /* of the Request-URI */
};

struct flow_input {
	struct snapshot *snapshot;    /* a reference is taken */
	struct flow_caller caller;
	const struct callflow *callflow;
	const char *dialled;          /* Request-URI user as it came */
	const char *number;           /* normalised; what was matched */
	const char *capture;          /* capture_group, NULL when none */
	const char *zone;             /* of this server; NULL: unknown */
	const char *caller_name, *caller_number; /* as they came; may be NULL */
	const struct flow_invite *invite; /* borrowed, outlives the flow; may
	                                     be NULL */
	uint64_t seed;                /* for weighted_random */
	int64_t unix_s;               /* now, for disable_until */
	const struct log_ctx *log;    /* borrowed; may be NULL */
	const struct flow_watch *watch; /* borrowed; NULL: nobody looks on */
};

enum flow_kind {
	FLOW_DIAL,     /* ring these endpoints */
	FLOW_CARRIERS, /* send the number out */
	FLOW_WAIT,     /* nobody is rung for a while; then OUTCOME_DONE */
	FLOW_CHANGE,   /* change a document; then OUTCOME_DONE, or
	                  OUTCOME_ERROR */
	FLOW_LAMP,     /* show this to who watches; then OUTCOME_DONE */
	FLOW_FETCH,    /* ask an HTTP server what comes next: OUTCOME_FETCHED,
	                  or OUTCOME_DONE when it has no answer */
	FLOW_NOTIFY,   /* tell an HTTP server; OUTCOME_DONE at once */
	FLOW_RESPOND,  /* final: answer the INVITE with status and reason;
	                  hang up when it is answered already */
	FLOW_HANGUP,   /* final: end the call with `cause` (NULL: the last
	                  failed dial decides, else NORMAL_CLEARING) */
	FLOW_END       /* final: the caller is gone or the call is done */
};

enum dial_strategy { DIAL_SIMULTANEOUS, DIAL_SINGLE };

struct dial_target { /* one device to ring: all its contacts; or a number */
	const struct device *device; /* NULL: what is forwarded is `user`'s */
	const struct user *user;
	enum forward_use forward; /* FORWARD_OFF: the device itself rings;
	                             else the number it is forwarded to */
	struct call_forward to;  /* of that */
	int delay_ms;
	int timeout_ms;          /* 0: none of its own */
	int progress_timeout_ms; /* 0: none */
	const char *static_invite; /* user part instead of its own, or NULL */
	const struct cJSON *custom_sip_headers; /* of the action, or NULL */
	bool suppress_clid;
};

/* fail_on_single_reject */
struct single_reject {
	bool any;                  /* every failure ends the attempt */
	const char *const *causes; /* or these; when they have a leading '!',
	                              all but these */
	size_t n_causes;
};
/* Does a leg that failed with this cause end the whole attempt? */
bool single_reject_ends(const struct single_reject *r, const char *cause);

struct dial_plan {
	enum dial_strategy strategy;
	const struct dial_target *targets; /* in order; dialling one after
	                                      another when DIAL_SINGLE */
	size_t n_targets;
	int timeout_ms;          /* of the whole; 0: only max_ring_time */
	bool passes_early_media; /* one early-media branch may reach the
	                            caller */
	bool follows_redirect;   /* a 3xx is followed, not a failure */
	bool rings_at_once;      /* 180 to the caller before any branch does */
	/* Alert-Info instead of what the devices say; NULL: theirs */
	const char *ringtone_internal, *ringtone_external;
	struct single_reject reject;
};

struct carrier_request {
	const char *number;      /* to send out, after to_did, dial plan, ... */
	bool skips_e164;         /* bypass_e164, do_not_normalize */
	bool is_local;           /* use_local_resources */
	const struct account *hunt_account; /* whose local resources; NULL
	                                       when is_local is false, or when
	                                       hunt_account_id is no ancestor:
	                                       then nothing matches */
	bool ignores_early_media;
	int timeout_ms;          /* 0: none */
	const char *const *flags; /* outbound_flags of the action */
	size_t n_flags;
	bool formats_from;       /* format_from_uri */
	const char *from_realm;  /* from_uri_realm; NULL: the account's */
	bool emits_account_id;
	enum caller_id_kind caller_id_kind; /* caller_id_type */
	bool forces_outbound;    /* even a number of an account here */
	const struct cJSON *sip_headers; /* custom_sip_headers; NULL */
	const struct cJSON *device_headers; /* those of the caller's device */
	const struct cJSON *data; /* the action's data, for the rest */
};

#define FLOW_WAIT_MAX_MS 86400000 /* as Kazoo: a day */
struct wait {
	bool answers; /* the caller is answered first, with silence, unless
	                 somebody has answered already */
	int ms;       /* from then on; -1: until the caller hangs up */
};

struct change_request { /* strings borrowed, until the step is taken */
	enum document_type type; /* device, user, callflow */
	const char *account, *id;
	struct change change;
};

enum lamp_state { LAMP_IDLE, LAMP_RINGING, LAMP_BUSY };

struct lamp { /* of a name that phones may watch, as a number */
	const struct account *account;
	const char *name; /* user part */
	enum lamp_state state;
};

enum flow_verb { FLOW_GET, FLOW_POST, FLOW_PUT };
struct flow_request {            /* to an HTTP server */
	enum flow_verb verb;
	const char *url;         /* with its query */
	const char *type, *body; /* NULL with FLOW_GET */
	const char *header;      /* one more line; NULL */
	int timeout_ms;          /* of FLOW_FETCH; 0: as long as allowed */
	int retries;             /* of FLOW_NOTIFY, when nobody answers */
	bool is_debugged;        /* it and its answer are worth a log line */
};

struct flow_step {
	enum flow_kind kind;
	const char *module;      /* that made it, for logs and records */
	union {
		struct dial_plan dial;
		struct carrier_request carriers;
		struct wait wait;
		struct change_request change;
		struct lamp lamp;
		struct flow_request request; /* FLOW_FETCH, FLOW_NOTIFY */
		struct {
			int status;         /* 300..699 */
			const char *reason; /* NULL: the usual phrase */
		} respond;
		const char *cause;   /* FLOW_HANGUP */
	} u;
};

enum outcome_kind {
	OUTCOME_ANSWERED, /* bridged, the bridge has ended, and the caller is
	                     still there: the rest of a flow that jumped here
	                     runs, else the step is FLOW_END */
	OUTCOME_FAILED,   /* with cause and status: children are looked up.
	                     The end of the plan's timeout is NO_ANSWER */
	OUTCOME_ERROR,    /* nothing to ring (no contact registered): straight
	                     to `_`.  With a cause set it was a time-out:
	                     a ring group has its next pass first */
	OUTCOME_DONE,     /* what the step asked for has been carried out, or
	                     cannot be: `_` */
	OUTCOME_FETCHED,  /* text, type: the flow that runs from here on; when
	                     it is none, `_` */
	OUTCOME_CALLER_GONE
};

struct flow_outcome {
	enum outcome_kind kind;
	const char *cause; /* "USER_BUSY"; NULL: what status stands for */
	int status;        /* SIP code, 0 when there was none */
	const char *text;  /* OUTCOME_FETCHED; text[len] is zero */
	size_t len;
	const char *type;  /* its Content-Type; NULL: none */
};

/* Starts the machine; *step is valid until the next call on this flow. */
int flow_begin(struct flow **out, const struct flow_input *in,
               const struct flow_step **step);
const struct flow_step *flow_resume(struct flow *f,
                                    const struct flow_outcome *o);
void flow_destroy(struct flow **fp); /* NULL-safe; clears *fp */
/* The callflow whose action runs now (it changes with jumps). */
const struct callflow *flow_current(const struct flow *f);
/* What its modules have changed about the call so far. */
const struct call_data *flow_call_data(const struct flow *f);

#endif
