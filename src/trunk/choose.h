/* trunk/choose.h - which carriers take a number, in which order, and the
 * number as each of them wants it (doc/callflows.md, "Carriers").  Pure:
 * data in, data out. */
#ifndef B2BUA_TRUNK_CHOOSE_H
#define B2BUA_TRUNK_CHOOSE_H

#include <stdbool.h>
#include "directory/directory.h"
#include "directory/facts.h"
#include "trunk/shortdial.h"

/* May a gateway have calls now? */
enum trunk_bar {
	TRUNK_OPEN,
	TRUNK_UNWELL, /* passed over; for emergencies the last resort */
	TRUNK_CLOSED  /* by the operator */
};
typedef enum trunk_bar trunk_bar_fn(const struct gateway *g, void *arg);

/* May the caller not dial this number? */
typedef bool trunk_denies_fn(const char *number, void *arg);

struct trunk_request {
	const struct snapshot *snapshot;
	const struct account *account;      /* the caller's */
	const char *number;                 /* to send out */
	bool skips_e164;
	bool is_local;
	const struct account *hunt_account; /* when is_local */
	const char *const *flags;           /* required of the carrier */
	size_t n_flags;
	const char *caller_number;          /* for cid_rules; may be NULL */
	const struct call_facts *facts;     /* for parameters; may be NULL */
	bool forces_outbound;               /* even a number of ours */
	struct shortdial shortdial;         /* all zero: nothing is corrected */
	trunk_denies_fn *denies;            /* a corrected number; NULL: none */
	void *denies_arg;
	uint64_t seed;                      /* for gateway_strategy "random" */
	trunk_bar_fn *bar;                  /* NULL: all are open */
	void *bar_arg;
};

struct trunk_attempt {
	const struct gateway *gateway; /* borrowed from the snapshot */
	char *number;                  /* owned; after the rule's capture */
	char *uri;                     /* owned; the Request-URI */
	char *to_uri;                  /* owned; of To */
	bool is_emergency;             /* by a carrier for emergencies */
};

struct trunk_choice {
	struct trunk_attempt *attempts; /* owned; in the order to try them */
	size_t n_attempts;
	size_t n_passed_over;           /* gateways that would have done */
	/* A number of an account here: it stays inside (global carriers
	 * only; then there are no attempts). */
	const struct account *inside;
	const struct callflow *inside_flow;
	char *number; /* owned; the number after normalisation */
};

/* Always fills *out; no attempts and no `inside` means no route. */
void trunk_choose(struct trunk_choice *out, const struct trunk_request *rq);
void trunk_choice_clear(struct trunk_choice *c);

#endif
