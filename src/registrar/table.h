/* registrar/table.h - bindings, found by address of record, by connection
 * and by when they expire.  Internal to src/registrar; no rules in here. */
#ifndef B2BUA_REGISTRAR_TABLE_H
#define B2BUA_REGISTRAR_TABLE_H

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

struct table;

/* expired() is called for each entry that table_expire() finds; it must
 * remove that entry. */
typedef void entry_fn(struct entry *e, void *arg);
int table_create(struct table **out, entry_fn *expired, void *arg);
void table_destroy(struct table **tp);

struct aor *table_find(const struct table *t, const char *aor);
struct aor *table_first(const struct table *t); /* then hh.next */
struct entry *table_flow(const struct table *t, uint64_t flow);
size_t table_count(const struct table *t);

/* Both copy everything from b, and make the entry its AoR's newest. */
struct entry *table_add(struct table *t, const struct binding *b);
void table_update(struct table *t, struct entry *e, const struct binding *b);
/* An AoR goes with its last entry. */
void table_remove(struct table *t, struct entry *e);
int64_t table_expire(struct table *t, int64_t now_ms);

#endif
