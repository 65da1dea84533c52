/* registrar/bindings.h - bindings, found by address of record, by connection
 * and by when they expire.  Internal to src/registrar; no rules in here. */
#ifndef B2BUA_REGISTRAR_BINDINGS_H
#define B2BUA_REGISTRAR_BINDINGS_H

#include "base/hash.h"
#include "base/timer.h"
#include "registrar/registrar.h"

struct entry { /* a binding in its place; the address stays for its life */
	struct binding b;                /* what others see of it */
	struct timer expiry;
	struct aor *home;                /* borrowed */
	struct flow *via;                /* borrowed; NULL: no connection */
	struct entry *prev, *next;       /* of one AoR, newest first */
	struct entry *flow_prev, *flow_next;
	char *text;                      /* owned; what b points into */
};

struct aor {
	struct entry *newest;
	size_t n;
	UT_hash_handle hh;
	char name[];
};

struct bindings;

/* expired() is called for each entry that bindings_expire() finds; it must
 * remove that entry. */
typedef void entry_fn(struct entry *e, void *arg);
int bindings_create(struct bindings **out, entry_fn *expired, void *arg);
void bindings_destroy(struct bindings **tp);

struct aor *bindings_find(const struct bindings *t, const char *aor);
struct aor *bindings_first(const struct bindings *t); /* then hh.next */
/* One after the other, whatever comes and goes in between; NULL: through. */
void bindings_sweep_start(struct bindings *t);
struct aor *bindings_sweep(struct bindings *t);
struct entry *bindings_flow(const struct bindings *t, uint64_t flow);
size_t bindings_count(const struct bindings *t);

/* Both copy everything from b, and make the entry its AoR's newest. */
struct entry *bindings_add(struct bindings *t, const struct binding *b);
void bindings_update(struct bindings *t, struct entry *e, const struct binding *b);
/* An AoR goes with its last entry. */
void bindings_remove(struct bindings *t, struct entry *e);
int64_t bindings_expire(struct bindings *t, int64_t now_ms);

#endif
