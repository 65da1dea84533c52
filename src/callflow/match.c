/* callflow/match.c - which callflow serves a dialled number. */
#include "callflow/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "directory/number.h"
#include "directory/patterns.h"
#include "directory/rule.h"

/* The entry of `numbers` that stands for the catch-all; nobody dials it. */
#define NO_MATCH "no_match"

static const struct callflow *by_number(const struct account *a,
                                        const char *dialled,
                                        const char *number)
{
	const struct callflow *c;

	if (strcmp(dialled, NO_MATCH) == 0)
		return NULL;
	c = account_callflow_by_number(a, number);
	return c ? c : account_callflow_by_number(a, dialled);
}

/* Kazoo: every expression is tried, the longest capture wins, the first
 * tried stays on a tie. */
static const struct pattern *by_pattern(const struct account *a,
                                        const char *number,
                                        struct span *capture)
{
	const struct pattern *best = NULL;
	struct pattern_search s;
	const struct pattern *p;
	unsigned hit = 0;

	patterns_search(&s, a, number);
	while ((p = patterns_next(&s))) {
		struct rule_match m;

		if (!rule_match_patiently(p->rule, number, &m, &hit))
			continue;
		if (best && m.longest.len <= capture->len)
			continue;
		best = p;
		*capture = m.longest;
	}
	if (hit >= RULE_PATIENCE)
		log_warn("account %s: too many patterns take too long for "
		         "'%.80s': the rest was not tried", a->id, number);
	return best;
}

/* Letters never reach the catch-all: digits, with one leading '+'. */
static bool is_digits(const char *number)
{
	if (*number == '+')
		number++;
	return *number && number[strspn(number, "0123456789")] == '\0';
}

int callflow_match(struct match *out, const struct account *a,
                   const char *dialled, bool may_use_no_match)
{
	char *number = number_normalise(a, dialled);
	struct span capture = { 0, 0 };
	const struct callflow *c = by_number(a, dialled, number);
	const struct pattern *pattern =
	        c ? NULL : by_pattern(a, number, &capture);
	bool is_no_match;

	if (pattern)
		c = pattern->callflow;
	if (!c && is_digits(number))
		c = a->no_match;
	/* A callflow that lists the catch-all is one, however it was found:
	 * carriers and strangers must not relay through it. */
	is_no_match = c && c->is_no_match;
	if (!c || (is_no_match && !may_use_no_match)) {
		free(number);
		return -ENOENT;
	}
	out->callflow = c;
	out->capture = capture.len > 0
	                       ? xstrndup(number + capture.start, capture.len)
	                       : NULL;
	out->number = number;
	out->is_no_match = is_no_match;
	out->pattern = pattern;
	return 0;
}

void match_clear(struct match *m)
{
	free(m->number);
	free(m->capture);
	memset(m, 0, sizeof(*m));
}
