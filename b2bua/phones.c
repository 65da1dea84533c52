/* b2bua/phones.c - flows put together by instance. */
#include "b2bua/phones.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct phone {
	char *instance;        /* owned */
	size_t branch;         /* its index in the plan */
	struct call_way *ways; /* owned; their strings are the plan's */
	size_t n;
	struct phone *next;
};

/* RFC 5626 6: without a reg-id it is a binding like any other. */
static bool is_flow(const struct binding *bind)
{
	return bind->reg_id > 0 && bind->instance[0] && !bind->path[0];
}

struct phone *phones_find(struct phone *all, size_t first,
                          const struct binding *bind)
{
	struct phone *p = is_flow(bind) ? all : NULL;

	while (p && (p->branch < first ||
	             strcmp(p->instance, bind->instance) != 0))
		p = p->next;
	return p;
}

void phones_add(struct phone **all, const struct binding *bind, size_t branch)
{
	struct phone *p;

	if (!is_flow(bind))
		return;
	p = xzalloc(sizeof(*p));
	p->instance = xstrdup(bind->instance);
	p->branch = branch;
	p->next = *all;
	*all = p;
}

void phone_add_way(struct phone *p, const struct call_way *way)
{
	p->ways = xrealloc(p->ways, (p->n + 1) * sizeof(*p->ways));
	p->ways[p->n++] = *way;
}

void phones_tell(const struct phone *all, struct call_branch *branches)
{
	for (; all; all = all->next) {
		branches[all->branch].ways = all->ways;
		branches[all->branch].n_ways = all->n;
	}
}

void phones_free(struct phone **all)
{
	struct phone *p, *next;

	for (p = *all; p; p = next) {
		next = p->next;
		free(p->instance);
		free(p->ways);
		free(p);
	}
	*all = NULL;
}
