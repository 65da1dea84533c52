/* callflow/call_data.h - what modules have changed about a call: who it says
 * is calling, what of that is hidden, how telephones ring for it, and its
 * variables.  It lasts until the flow ends, over every jump. */
#ifndef B2BUA_CALLFLOW_CALL_DATA_H
#define B2BUA_CALLFLOW_CALL_DATA_H

#include <stdbool.h>
#include <stddef.h>

struct user;

enum { /* of call_data.hides */
	HIDES_NAME = 1,
	HIDES_NUMBER = 2
};

struct call_var {
	char *name, *value; /* owned */
	bool is_both;       /* for the callee's leg, too */
};

struct call_vars {
	struct call_var *v; /* owned */
	size_t n, cap;
};

struct call_data { /* strings owned; NULL: unchanged */
	char *name, *number;               /* in the place of what came */
	char *name_prefix, *number_prefix; /* before what is chosen */
	char *fixed_name, *fixed_number;   /* in the place of all of it */
	const struct user *owner;          /* it counts as a call of his */
	bool has_privacy;    /* a module decided on it: the next two count */
	unsigned hides;
	bool merges_privacy; /* what the caller's documents hide is hidden, too */
	char *cdr_url;       /* where its record is sent; of the last pivot */
	char *alert_info;    /* value of Alert-Info on every later leg */
	struct call_vars channel_vars;     /* "call_priority", "group_id" */
	struct call_vars application_vars; /* of the operator's own naming */
};

void call_data_clear(struct call_data *d);
/* Sets one of the strings above; NULL and "" take it back. */
void call_data_set(char **field, const char *value);

/* The caller id that a leg shows, when `chosen` is what it would be without
 * the modules: prefix and that, or the fixed one (Kazoo's order).  Owned by
 * the caller; chosen may be NULL. */
char *call_data_name(const struct call_data *d, const char *chosen);
char *call_data_number(const struct call_data *d, const char *chosen);

/* At most CALL_VARS_MAX; false when it is not taken any more. */
#define CALL_VARS_MAX 100
bool call_vars_set(struct call_vars *vars, const char *name,
                   const char *value, bool is_both);
const char *call_vars_get(const struct call_vars *vars, const char *name);

#endif
