/* trunk/choose.c - which carriers take a number, in which order. */
#include "trunk/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "directory/formatter.h"
#include "directory/invite_parameters.h"
#include "directory/number.h"
#include "trunk/candidates.h"
#include "trunk/uri.h"

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* --- attempts ------------------------------------------------------------- */

static void shuffle(const struct gateway **v, size_t n, uint64_t *random)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)(next_random(random) % i);
		const struct gateway *was = v[i - 1];

		v[i - 1] = v[j];
		v[j] = was;
	}
}

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

/* What stands around the number: the class's, else the gateway's. */
static char *dressed(const struct gateway *g, const struct resource_class *as,
                     const char *number)
{
	return xasprintf("%s%s%s", as && as->prefix ? as->prefix : g->prefix,
	                 number, as && as->suffix ? as->suffix : g->suffix);
}

/* The user part as the carrier's formatters write this field of it. */
static char *uri_to(const struct gateway *g, const char *field,
                    const char *user)
{
	char *text = formatters_text(g->resource->formatters, field,
	                             FORMATTER_OUTBOUND, g->invite_format,
	                             user);
	char *uri = uri_of_gateway(g, text);

	free(text);
	return uri;
}

static char *with_parameters(char *uri, const struct gateway *g,
                             const struct call_facts *f)
{
	struct buf b = { 0 };

	if (!uri || !g->invite_parameters)
		return uri;
	buf_str(&b, uri);
	invite_parameters_write(&b, g->invite_parameters, f);
	free(uri);
	return buf_take(&b);
}

static void add_attempt(struct trunk_choice *out, const struct gateway *g,
                        const struct candidate *c,
                        const struct trunk_request *rq)
{
	char *number = formatted(g, rq->account, c->number);
	char *user = dressed(g, c->as, number);
	struct trunk_attempt at = {
		.gateway = g,
		.uri = with_parameters(uri_to(g, "request", user), g,
		                       rq->facts),
		.to_uri = uri_to(g, "to", user),
		.is_emergency = c->is_emergency || g->is_emergency,
	};

	free(number);
	free(user);
	if (!at.uri || !at.to_uri) {
		log_warn("gateway %s: '%s' makes no address with its server",
		         g->name, c->number);
		free(at.uri);
		free(at.to_uri);
		return;
	}
	at.number = xstrdup(c->number);
	out->attempts[out->n_attempts++] = at;
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
		add_attempt(out, v[i], c, rq);
	free(v);
}

static void hunt(struct trunk_choice *out, const struct trunk_request *rq,
                 const struct resource *const *all, size_t n)
{
	struct candidates c = { NULL, 0 };
	uint64_t random = rq->seed;

	candidates_find(&c, rq, all, n, out->number);
	for (size_t i = 0; i < c.n; i++)
		add_gateways(out, &c.v[i], rq, TRUNK_OPEN, &random);
	if (out->n_passed_over > 0 &&
	    number_classify(rq->account, out->number)->is_emergency) {
		out->n_passed_over = 0;
		for (size_t i = 0; i < c.n; i++)
			add_gateways(out, &c.v[i], rq, TRUNK_UNWELL, &random);
	}
	candidates_clear(&c);
}

static void look_for(struct trunk_choice *out, const struct trunk_request *rq)
{
	const struct resource *const *global;
	size_t n;

	if (rq->is_local) {
		if (rq->hunt_account)
			hunt(out, rq,
			     (const struct resource *const *)
				     rq->hunt_account->resources,
			     rq->hunt_account->n_resources);
		return;
	}
	/* Kazoo: what is ours stays here instead of going out and back. */
	if (!rq->forces_outbound)
		out->inside = snapshot_number_owner(rq->snapshot, out->number,
		                                    &out->inside_flow);
	if (out->inside)
		return;
	global = snapshot_resources(rq->snapshot, &n);
	hunt(out, rq, global, n);
}

/* Nobody takes it as it is: perhaps it lacks its area (Kazoo: "short dial").
 * What the caller may not dial it may not become, either. */
static bool correct(struct trunk_choice *out, const struct trunk_request *rq)
{
	char *longer, *number;

	if (out->inside || out->n_attempts > 0 || out->n_passed_over > 0)
		return false;
	longer = shortdial_correct(&rq->shortdial, out->number,
	                           rq->caller_number);
	if (!longer)
		return false;
	number = number_to_e164(rq->account, longer);
	free(longer);
	if (strcmp(number, out->number) == 0 ||
	    (rq->denies && rq->denies(number, rq->denies_arg))) {
		free(number);
		return false;
	}
	log_info("%s is dialled as %s", out->number, number);
	free(out->number);
	out->number = number;
	return true;
}

void trunk_choose(struct trunk_choice *out, const struct trunk_request *rq)
{
	memset(out, 0, sizeof(*out));
	out->number = rq->skips_e164 ? xstrdup(rq->number)
	                             : number_to_e164(rq->account, rq->number);
	look_for(out, rq);
	if (correct(out, rq))
		look_for(out, rq);
}

void trunk_choice_clear(struct trunk_choice *c)
{
	for (size_t i = 0; i < c->n_attempts; i++) {
		free(c->attempts[i].number);
		free(c->attempts[i].uri);
		free(c->attempts[i].to_uri);
	}
	free(c->attempts);
	free(c->number);
	memset(c, 0, sizeof(*c));
}
