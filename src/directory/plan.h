/* directory/plan.h - the number plan of an account, read from its document:
 * dial_plan, e164_converters and classifiers. */
#ifndef B2BUA_DIRECTORY_PLAN_H
#define B2BUA_DIRECTORY_PLAN_H

#include <stdbool.h>
#include "directory/number.h"
#include "directory/reader.h"

struct plan_rule { /* a match becomes prefix + last capture + suffix */
	struct rule *rule;
	const char *prefix, *suffix; /* never NULL */
};

struct plan_rules { /* the first that matches counts */
	struct plan_rule *rules;
	size_t n;
	/* those it shares with others, tried after all others: `system` */
	const struct plan_rules *const *shared;
	size_t n_shared;
};

struct shared_plan { /* one of dialplans.json */
	const char *name;
	struct plan_rules rules;
};

struct shared_plans { /* by name */
	struct shared_plan *v;
	size_t n;
};

struct plan_class {
	struct number_class what;
	struct rule *rule;
};

struct plan_classes {
	struct plan_class *classes;
	size_t n;
};

struct number_plan {
	struct plan_rules dial_plan;
	struct plan_rules converters;
	bool has_converters; /* else the default ones of number.c */
	struct plan_classes classes;
};

/* The default classifiers, compiled into the pool; once a snapshot. */
struct plan_classes plan_default_classes(struct pool *p);
/* Never NULL; what is wrong in the document is a fault and left out. */
struct number_plan *plan_read(struct reader *rd, const struct cJSON *account,
                              struct plan_classes defaults);
/* The dial_plan of any document; NULL when it has none. */
const struct plan_rules *plan_read_dial_plan(struct reader *rd,
                                             const struct cJSON *doc);
/* A copy of the number after the first rule that matches; NULL when none
 * does. */
char *plan_apply(const struct plan_rules *rules, const char *number);
/* The same by those that it shares. */
char *plan_apply_shared(const struct plan_rules *rules, const char *number);
/* What dialplans.json holds; lives in the reader's pool. */
struct shared_plans *plan_read_shared(struct reader *rd,
                                      const struct cJSON *doc);

#endif
