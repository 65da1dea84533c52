/* trunk/candidates.c - which carriers take a number, and in which order. */
#include "trunk/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/number.h"
#include "directory/rule.h"

/* --- does this carrier take the call -------------------------------------- */

static bool has_flag(const struct resource *r, const char *flag)
{
	for (size_t i = 0; i < r->n_flags; i++)
		if (strcmp(r->flags[i], flag) == 0)
			return true;
	return false;
}

static size_t count_flags(const struct trunk_request *rq)
{
	size_t n = 0;

	for (size_t i = 0; i < rq->n_flags; i++)
		n += !str_is_empty(rq->flags[i]);
	return n;
}

static bool takes_flags(const struct resource *r,
                        const struct trunk_request *rq)
{
	for (size_t i = 0; i < rq->n_flags && !r->ignores_flags; i++)
		if (!str_is_empty(rq->flags[i]) && !has_flag(r, rq->flags[i]))
			return false;
	return !r->requires_flags || count_flags(rq) > 0;
}

static bool takes_caller(const struct resource *r, const char *number)
{
	struct rule_match m;

	for (size_t i = 0; i < r->n_cid_rules; i++)
		if (rule_match(r->cid_rules[i], number ? number : "", &m))
			return true;
	return r->n_cid_rules == 0;
}

/* Kazoo tries the last rule first.  What it captures is the number to send:
 * owned by the caller; NULL when no rule takes the number. */
static char *take_by_rule(const struct resource *r, const char *number)
{
	for (size_t i = r->n_rules; i-- > 0;) {
		struct rule_match m;

		if (rule_match(r->rules[i], number, &m))
			return xstrndup(number + m.longest.start,
			                m.longest.len);
	}
	return NULL;
}

/* --- by the class of the number ------------------------------------------- */

struct query { /* what is asked of every carrier */
	const struct trunk_request *rq;
	const char *number;
	const struct number_class *class; /* of the number */
	bool by_class; /* some carrier has it among its classifiers */
};

static const struct resource_class *class_of(const struct resource *r,
                                             const struct query *q)
{
	for (size_t i = 0; i < r->n_classes; i++)
		if (str_eq(r->classes[i].name, q->class->name))
			return &r->classes[i];
	return NULL;
}

static char *take_by_class(const struct resource_class *c,
                           const struct query *q)
{
	struct rule_match m;
	struct span s;

	if (!c->is_enabled)
		return NULL;
	if (!c->rule)
		s = number_class_capture(q->rq->account, q->class, q->number);
	else if (rule_match(c->rule, q->number, &m))
		s = m.longest;
	else
		return NULL;
	return xstrndup(q->number + s.start, s.len);
}

/* A carrier with classifiers never takes part by its rules (Kazoo makes a
 * virtual carrier of each of them). */
static bool take(struct candidate *out, const struct resource *r,
                 const struct query *q)
{
	const struct resource_class *c = class_of(r, q);

	*out = (struct candidate){ .resource = r,
		                   .weight_cost = r->weight_cost,
		                   .is_emergency = r->is_emergency };
	if (c) {
		out->as = c;
		out->weight_cost = c->weight_cost;
		out->is_emergency = c->is_emergency;
		out->number = take_by_class(c, q);
	} else if (!q->by_class && r->n_classes == 0) {
		out->number = take_by_rule(r, q->number);
	}
	return out->number != NULL;
}

/* --- in which order ------------------------------------------------------- */

static int by_cost(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->weight_cost != y->weight_cost)
		return x->weight_cost < y->weight_cost ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

/* An emergency goes out by the carriers made for it, then by the rest. */
static int by_emergency(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->is_emergency != y->is_emergency)
		return x->is_emergency ? -1 : 1;
	return by_cost(a, b);
}

/* Kazoo's list of those with the flags comes out in the opposite order. */
static size_t place_of(const struct query *q, size_t i, size_t n)
{
	return count_flags(q->rq) > 0 ? n - i : i;
}

void candidates_find(struct candidates *out, const struct trunk_request *rq,
                     const struct resource *const *all, size_t n,
                     const char *number)
{
	struct query q = { rq, number, number_classify(rq->account, number),
		           false };

	out->n = 0;
	out->v = xcalloc(n + 1, sizeof(*out->v));
	for (size_t i = 0; i < n; i++)
		if (all[i]->is_enabled && takes_flags(all[i], rq) &&
		    class_of(all[i], &q))
			q.by_class = true;
	for (size_t i = 0; i < n; i++) {
		if (!all[i]->is_enabled || !takes_flags(all[i], rq) ||
		    !takes_caller(all[i], rq->caller_number) ||
		    !take(&out->v[out->n], all[i], &q))
			continue;
		out->v[out->n++].place = place_of(&q, i, n);
	}
	qsort(out->v, out->n, sizeof(*out->v),
	      q.class->is_emergency ? by_emergency : by_cost);
}

void candidates_clear(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].number);
	free(c->v);
	*c = (struct candidates){ NULL, 0 };
}
