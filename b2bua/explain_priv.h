/* b2bua/explain_priv.h - the parts of an explanation; for explain*.c only. */
#ifndef B2BUA_EXPLAIN_PRIV_H
#define B2BUA_EXPLAIN_PRIV_H

#include "b2bua/explain.h"
#include "b2bua/explain_tree.h"
#include "b2bua/inbound.h"
#include "b2bua/session_priv.h"

#define EXPLAIN_MAX_NODES 2000 /* of all that is told */
#define EXPLAIN_MAX_PATH  200  /* outcomes one after the other */

struct explain_known { /* what has a number */
	char *state; /* owned; the key */
	unsigned id; /* of its node */
	UT_hash_handle hh;
};

struct explain {
	struct server *server;    /* owned: one that hears nobody */
	struct registrar *nobody; /* owned: in which none has registered */
	const struct explain_query *query;
	struct flow_caller who;
	struct match match;       /* owned */
	struct caller_identity identity; /* owned: as the call comes in */
	int64_t unix_s;
	struct tree tree;         /* owned */
	struct explain_known *forwards; /* owned: those told already */
	unsigned n_nodes;
};

/* explain_caller.c: who calls, of x->query; -EINVAL with a reason. */
int explain_caller(struct explain *x, const struct account *a,
                   struct diag *why);
/* Who says that it may not dial numbers of this class. */
const char *explain_denier(const struct device *d, const char *class);
/* When; likewise. */
int explain_time(struct explain *x, struct diag *why);

/* explain_walk.c: all that may come of the call, into x->tree. */
void explain_walk(struct explain *x);
/* ... and of one that is forwarded by a branch of up's. */
struct tree_edge *explain_forward(struct explain *x, struct session *up,
                                  const struct call_branch *b);

/* explain_legs.c: what session_plan() has found. */
void explain_legs(struct explain *x, struct tree_node *n, struct session *ss,
                  const struct flow_step *step, bool is_nobody_there);
/* Telephones that no registration is known of get one. */
void explain_register(struct explain *x, const struct flow_step *step);

#endif
