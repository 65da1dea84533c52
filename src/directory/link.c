/* directory/link.c - what documents say of each other. */
#include "directory/load.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "directory/patterns.h"

static struct reader reader_of(struct loader *ld, const void *document)
{
	return (struct reader){ .pool = &ld->s->pool, .why = ld->why,
		                .file = loader_file(ld, document) };
}

/* --- accounts form a tree ------------------------------------------------ */

static bool is_above(const struct account *a, const struct account *maybe)
{
	for (; a; a = a->parent)
		if (a == maybe)
			return true;
	return false;
}

static void link_parent(struct loader *ld, struct account_load *al)
{
	struct reader rd = reader_of(ld, al->account);
	struct place at = { NULL, "parent", 0 };
	const struct account *parent;

	if (!al->parent_id)
		return;
	parent = index_find(&ld->s->index, INDEX_ACCOUNT, NULL, al->parent_id);
	if (!parent)
		reader_warn(&rd, &at, "account '%s' is not known",
		            al->parent_id);
	else if (is_above(parent, al->account))
		reader_fault(&rd, &at, "account '%s' is below this one",
		             al->parent_id);
	else
		al->account->parent = parent;
	ld->faults += rd.faults;
}

/* --- users own devices --------------------------------------------------- */

static int by_device_id(const void *a, const void *b)
{
	const struct device *x = *(const struct device *const *)a;
	const struct device *y = *(const struct device *const *)b;

	return strcmp(x->id, y->id);
}

typedef void owner_fn(struct user *u, struct device *d);

static void count_device(struct user *u, struct device *d)
{
	u->n_devices++;
	if (!d->owner)
		d->owner = u;
}

static void give_device(struct user *u, struct device *d)
{
	u->devices[u->n_devices++] = d;
}

static void one_owner(struct loader *ld, struct device *d, const char *id,
                      owner_fn *fn, bool warns)
{
	static const struct place hotdesk = { NULL, "hotdesk", 0 };
	static const struct place guests = { &hotdesk, "users", 0 };
	struct user *u = index_find(&ld->s->index, INDEX_USER, d->account, id);
	struct place at = { &guests, id, 0 };
	struct reader rd;

	if (u) {
		fn(u, d);
	} else if (warns) {
		rd = reader_of(ld, d);
		reader_warn(&rd, &at, "user '%s' is not known in account '%s'",
		            id, d->account->id);
	}
}

static void each_owner(struct loader *ld, struct device *d, owner_fn *fn,
                       bool warns)
{
	/* Guests at this desk own it meanwhile, its owner_id does not. */
	for (size_t i = 0; d->guests && i < d->guests->n; i++)
		one_owner(ld, d, d->guests->v[i], fn, warns);
	if (!d->guests && d->owner_id)
		one_owner(ld, d, d->owner_id, fn, false); /* it is there */
}

static void link_devices(struct loader *ld, struct account_load *al)
{
	struct list *l = &al->devices;

	if (l->n > 1)
		qsort(l->p, l->n, sizeof(*l->p), by_device_id);
	for (size_t i = 0; i < l->n; i++)
		each_owner(ld, l->p[i], count_device, true);
	for (size_t i = 0; i < al->users.n; i++) {
		struct user *u = al->users.p[i];

		u->devices = pool_alloc(&ld->s->pool,
		                        u->n_devices * sizeof(*u->devices));
		u->n_devices = 0;
	}
	for (size_t i = 0; i < l->n; i++)
		each_owner(ld, l->p[i], give_device, false);
}

/* --- groups, flows ------------------------------------------------------- */

static bool is_member(const struct snapshot *s, const struct account *a,
                      enum member_type type, const char *id)
{
	static const enum index_kind kinds[] = { INDEX_DEVICE, INDEX_USER,
		                                 INDEX_GROUP };

	for (size_t i = 0; i < NELEM(kinds); i++)
		if ((type == MEMBER_ANY || type == MEMBER_DEVICE + i) &&
		    index_find(&s->index, kinds[i], a, id))
			return true;
	return false;
}

static void link_group(struct loader *ld, const struct group *g)
{
	struct reader rd = reader_of(ld, g);
	struct place endpoints = { NULL, "endpoints", 0 };

	for (size_t i = 0; i < g->n_members; i++) {
		const struct group_member *m = &g->members[i];
		struct place at = { &endpoints, m->id, 0 };

		if (!is_member(ld->s, g->account, m->type, m->id))
			reader_warn(&rd, &at, "'%s' is not known in account "
			                      "'%s'", m->id, g->account->id);
	}
}

static void link_callflows(struct loader *ld, struct account_load *al)
{
	struct place at = { NULL, "flow", 0 };
	struct account *a = al->account;
	struct pattern *patterns;
	size_t n = 0;

	for (size_t i = 0; i < al->callflows.n; i++)
		n += ((struct callflow_doc *)al->callflows.p[i])->n_patterns;
	patterns = pool_alloc(&ld->s->pool, n * sizeof(*patterns));
	a->patterns = patterns;
	a->n_patterns = n;
	for (size_t i = 0; i < al->callflows.n; i++) {
		struct callflow_doc *x = al->callflows.p[i];
		struct reader rd = reader_of(ld, &x->callflow);

		for (size_t k = 0; k < x->n_patterns; k++)
			*patterns++ = (struct pattern){ &x->callflow,
				                        x->patterns[k] };
		link_action(&rd, ld->s, a, &at, x->callflow.flow);
	}
	a->pattern_index = pattern_index(&ld->s->pool, a->patterns, n);
}

/* --- everything ---------------------------------------------------------- */

static int by_resource_id(const void *a, const void *b)
{
	const struct resource *x = *(const struct resource *const *)a;
	const struct resource *y = *(const struct resource *const *)b;

	return strcmp(x->id, y->id);
}

static void *keep_list(struct loader *ld, const struct list *l)
{
	void **p = pool_alloc(&ld->s->pool, l->n * sizeof(*p));

	if (l->n > 0)
		memcpy(p, l->p, l->n * sizeof(*p));
	return p;
}

static void link_preflow(struct loader *ld, struct account *a)
{
	static const struct place preflow = { NULL, "preflow", 0 };
	struct place at = { &preflow, "always", 0 };
	struct reader rd = reader_of(ld, a);
	const char *id = json_member_string(json_member(a->doc, "preflow"),
	                                    "always");

	if (str_is_empty(id))
		return;
	a->preflow = index_find(&ld->s->index, INDEX_CALLFLOW, a, id);
	if (!a->preflow)
		reader_warn(&rd, &at, "callflow '%s' is not known in account "
		                      "'%s'", id, a->id);
}

static void link_account(struct loader *ld, struct account_load *al)
{
	struct snapshot_counts *n = &ld->s->counts;
	struct account *a = al->account;

	link_devices(ld, al);
	for (size_t i = 0; i < al->groups.n; i++)
		link_group(ld, al->groups.p[i]);
	a->groups = keep_list(ld, &al->groups);
	a->n_groups = al->groups.n;
	link_callflows(ld, al);
	link_preflow(ld, a);
	if (al->resources.n > 1)
		qsort(al->resources.p, al->resources.n, sizeof(void *),
		      by_resource_id);
	a->resources = keep_list(ld, &al->resources);
	a->n_resources = al->resources.n;
	n->accounts++;
	n->devices += al->devices.n;
	n->users += al->users.n;
	n->groups += al->groups.n;
	n->callflows += al->callflows.n;
	n->resources += al->resources.n;
}

void link_all(struct loader *ld)
{
	struct snapshot *s = ld->s;

	s->accounts = pool_alloc(&s->pool, ld->accounts.n * sizeof(void *));
	for (size_t i = 0; i < ld->accounts.n; i++) {
		struct account_load *al = ld->accounts.p[i];

		s->accounts[s->n_accounts++] = al->account;
		link_parent(ld, al);
		link_account(ld, al);
	}
	if (ld->resources.n > 1)
		qsort(ld->resources.p, ld->resources.n, sizeof(void *),
		      by_resource_id);
	s->resources = keep_list(ld, &ld->resources);
	s->n_resources = ld->resources.n;
	s->counts.resources += ld->resources.n;
}
