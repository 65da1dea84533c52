/* trunk/choose.c - which carriers take a number, in which order. */
#include "trunk/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "directory/number.h"
#include "directory/rule.h"
#include "trunk/uri.h"

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* --- does this carrier take the call -------------------------------------- */

static bool has_flag(const struct resource *r, const char *flag)
{
	for (size_t i = 0; i < r->n_flags; i++)
		if (strcmp(r->flags[i], flag) == 0)
			return true;
	return false;
}

static bool takes_flags(const struct resource *r,
                        const struct trunk_request *rq)
{
	size_t wanted = 0;

	for (size_t i = 0; i < rq->n_flags; i++) {
		if (str_is_empty(rq->flags[i]))
			continue;
		wanted++;
		if (!r->ignores_flags && !has_flag(r, rq->flags[i]))
			return false;
	}
	return wanted > 0 || !r->requires_flags;
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
static char *take_number(const struct resource *r, const char *number)
{
	for (size_t i = r->n_rules; i-- > 0;) {
		struct rule_match m;

		if (rule_match(r->rules[i], number, &m))
			return xstrndup(number + m.longest.start,
			                m.longest.len);
	}
	return NULL;
}

/* --- in which order ------------------------------------------------------- */

struct candidate {
	const struct resource *resource;
	char *number; /* owned until it becomes an attempt's */
};

struct candidates {
	struct candidate *v; /* owned */
	size_t n;
};

static int by_cost(const void *a, const void *b)
{
	const struct resource *x = ((const struct candidate *)a)->resource;
	const struct resource *y = ((const struct candidate *)b)->resource;

	if (x->weight_cost != y->weight_cost)
		return x->weight_cost < y->weight_cost ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* An emergency goes out by the carriers made for it, then by the rest. */
static int by_emergency(const void *a, const void *b)
{
	const struct resource *x = ((const struct candidate *)a)->resource;
	const struct resource *y = ((const struct candidate *)b)->resource;

	if (x->is_emergency != y->is_emergency)
		return x->is_emergency ? -1 : 1;
	return by_cost(a, b);
}

static void find_candidates(struct candidates *out,
                            const struct trunk_request *rq,
                            const struct resource *const *all, size_t n,
                            const char *number)
{
	out->v = xcalloc(n + 1, sizeof(*out->v));
	for (size_t i = 0; i < n; i++) {
		const struct resource *r = all[i];
		char *sent;

		if (!r->is_enabled || !takes_flags(r, rq) ||
		    !takes_caller(r, rq->caller_number))
			continue;
		sent = take_number(r, number);
		if (sent)
			out->v[out->n++] = (struct candidate){ r, sent };
	}
	qsort(out->v, out->n, sizeof(*out->v),
	      number_classify(rq->account, number)->is_emergency ? by_emergency
	                                                      : by_cost);
}

static void clear_candidates(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].number);
	free(c->v);
}

static void shuffle(const struct gateway **v, size_t n, uint64_t *random)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)(next_random(random) % i);
		const struct gateway *was = v[i - 1];

		v[i - 1] = v[j];
		v[j] = was;
	}
}

/* --- attempts ------------------------------------------------------------- */

/* The number in the form the gateway wants it. */
static char *formatted(const struct gateway *g, const struct account *a,
                       const char *number)
{
	switch (g->invite_format) {
	case INVITE_E164:
	case INVITE_NPAN:
	case INVITE_1NPAN:
	case INVITE_STRIP_PLUS:
		return number_format(a, number, g->invite_format);
	default:
		return xstrdup(number);
	}
}

static void add_attempt(struct trunk_choice *out, const struct gateway *g,
                        const struct account *a, const char *number)
{
	char *sent = formatted(g, a, number);
	char *uri = uri_of_gateway(g, sent);

	free(sent);
	if (!uri) {
		log_warn("gateway %s: '%s' makes no address with its server",
		         g->name, number);
		return;
	}
	out->attempts[out->n_attempts++] =
		(struct trunk_attempt){ g, xstrdup(number), uri };
}

static enum trunk_bar bar_of(const struct trunk_request *rq,
                             const struct gateway *g)
{
	return rq->bar ? rq->bar(g, rq->bar_arg) : TRUNK_OPEN;
}

static void add_gateways(struct trunk_choice *out,
                         const struct candidate *c,
                         const struct trunk_request *rq, enum trunk_bar bar,
                         uint64_t *random)
{
	const struct resource *r = c->resource;
	const struct account *a = rq->account;
	const struct gateway **v = xcalloc(r->n_gateways + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < r->n_gateways; i++) {
		const struct gateway *g = &r->gateways[i];

		if (!g->is_enabled)
			continue;
		if (bar_of(rq, g) == bar)
			v[n++] = g;
		else
			out->n_passed_over++;
	}
	if (r->is_random)
		shuffle(v, n, random);
	out->attempts = xrealloc(out->attempts, (out->n_attempts + n + 1) *
	                                                sizeof(*out->attempts));
	for (size_t i = 0; i < n; i++)
		add_attempt(out, v[i], a, c->number);
	free(v);
}

static void hunt(struct trunk_choice *out, const struct trunk_request *rq,
                 const struct resource *const *all, size_t n)
{
	struct candidates c = { NULL, 0 };
	uint64_t random = rq->seed;

	find_candidates(&c, rq, all, n, out->number);
	for (size_t i = 0; i < c.n; i++)
		add_gateways(out, &c.v[i], rq, TRUNK_OPEN, &random);
	if (out->n_passed_over > 0 &&
	    number_classify(rq->account, out->number)->is_emergency) {
		out->n_passed_over = 0;
		for (size_t i = 0; i < c.n; i++)
			add_gateways(out, &c.v[i], rq, TRUNK_UNWELL, &random);
	}
	clear_candidates(&c);
}

void trunk_choose(struct trunk_choice *out, const struct trunk_request *rq)
{
	const struct resource *const *global;
	size_t n;

	memset(out, 0, sizeof(*out));
	out->number = rq->skips_e164 ? xstrdup(rq->number)
	                             : number_to_e164(rq->account, rq->number);
	if (rq->is_local) {
		if (rq->hunt_account)
			hunt(out, rq,
			     (const struct resource *const *)
				     rq->hunt_account->resources,
			     rq->hunt_account->n_resources);
		return;
	}
	/* Kazoo: what is ours stays here instead of going out and back. */
	out->inside = snapshot_number_owner(rq->snapshot, out->number,
	                                    &out->inside_flow);
	if (out->inside)
		return;
	global = snapshot_resources(rq->snapshot, &n);
	hunt(out, rq, global, n);
}

void trunk_choice_clear(struct trunk_choice *c)
{
	for (size_t i = 0; i < c->n_attempts; i++) {
		free(c->attempts[i].number);
		free(c->attempts[i].uri);
	}
	free(c->attempts);
	free(c->number);
	memset(c, 0, sizeof(*c));
}
