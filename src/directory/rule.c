/* directory/rule.c - one Perl regular expression of a document. */
#include "directory/rule.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

/* PCRE2 counts anew at every place where an unanchored match may start, so
 * the work is bounded only when the subject is, too.  No number comes near
 * any of these (Kazoo: at most 36 characters). */
#define SUBJECT_MAX    256
#define MATCH_LIMIT    20000
#define DEPTH_LIMIT    2000
#define EXPRESSION_MAX 4096

struct rule {
	pcre2_code *code;             /* owned */
	bool *is_told;                /* owned: it took too long once, and
	                                 that was said */
	pcre2_match_context *context; /* owned; the limits */
	char *text;                   /* owned */
};

static pcre2_code *compile(const char *expression, int *error, size_t *at)
{
	size_t len = strlen(expression);

	if (len > EXPRESSION_MAX) {
		*error = PCRE2_ERROR_BADDATA;
		*at = EXPRESSION_MAX;
		return NULL;
	}
	return pcre2_compile((PCRE2_SPTR)expression, len, 0, error, at, NULL);
}

static void explain(char *why, size_t why_size, int error, size_t at)
{
	char text[128];

	if (error == PCRE2_ERROR_BADDATA) {
		snprintf(why, why_size, "longer than %d characters",
		         EXPRESSION_MAX);
		return;
	}
	pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof(text));
	snprintf(why, why_size, "%s (at character %zu)", text, at + 1);
}

int rule_compile(struct rule **out, const char *expression, char *why,
                 size_t why_size)
{
	struct rule *r;
	pcre2_code *code;
	size_t at = 0;
	int error = 0;

	code = compile(expression, &error, &at);
	if (!code) {
		if (why_size > 0)
			explain(why, why_size, error, at);
		return -EINVAL;
	}
	r = xzalloc(sizeof(*r));
	r->code = code;
	r->text = xstrdup(expression);
	r->is_told = xzalloc(sizeof(*r->is_told));
	r->context = pcre2_match_context_create(NULL);
	if (r->context) {
		pcre2_set_match_limit(r->context, MATCH_LIMIT);
		pcre2_set_depth_limit(r->context, DEPTH_LIMIT);
	}
	/* Without JIT (not built in, or memory may not be made executable)
	 * the interpreter does the same, only slower. */
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	*out = r;
	return 0;
}

void rule_free(struct rule **rp)
{
	struct rule *r = *rp;

	if (!r)
		return;
	*rp = NULL;
	pcre2_match_context_free(r->context);
	pcre2_code_free(r->code);
	free(r->text);
	free(r->is_told);
	free(r);
}

const char *rule_text(const struct rule *r)
{
	return r->text;
}

/* \K may move the start of the whole match behind its end. */
static struct span span_of(const PCRE2_SIZE *pair)
{
	struct span s = { pair[0], pair[1] > pair[0] ? pair[1] - pair[0] : 0 };

	return s;
}

static void pick_groups(struct rule_match *m, const PCRE2_SIZE *pairs, int n)
{
	bool found = false;

	m->first = m->longest = m->last = m->whole;
	for (int i = 1; i < n; i++) {
		struct span s;

		if (pairs[2 * i] == PCRE2_UNSET)
			continue;
		s = span_of(pairs + 2 * i);
		m->last = s;
		if (!found)
			m->first = s;
		if (!found || s.len >= m->longest.len)
			m->longest = s; /* of equals the last (Kazoo) */
		found = true;
	}
}

static bool is_limit(int error)
{
	return error == PCRE2_ERROR_MATCHLIMIT ||
	       error == PCRE2_ERROR_DEPTHLIMIT ||
	       error == PCRE2_ERROR_HEAPLIMIT ||
	       error == PCRE2_ERROR_JIT_STACKLIMIT;
}

/* An expression that blows up for one number does so for many. */
static void tell_limit(const struct rule *r, const char *subject)
{
	if (*r->is_told)
		return;
	*r->is_told = true;
	log_warn("expression '%.200s' takes too long for '%.80s': no match",
	         r->text, subject);
}

bool rule_match(const struct rule *r, const char *subject,
                struct rule_match *m)
{
	unsigned hit = 0;

	return rule_match_patiently(r, subject, m, &hit);
}

bool rule_match_patiently(const struct rule *r, const char *subject,
                          struct rule_match *m, unsigned *limits_hit)
{
	size_t len = strlen(subject);
	pcre2_match_data *data;
	uint32_t groups = 0;
	int n;

	/* No context: no memory for the limits; better no match. */
	if (len > SUBJECT_MAX || !r->context || *limits_hit >= RULE_PATIENCE)
		return false;
	data = pcre2_match_data_create_from_pattern(r->code, NULL);
	if (!data)
		return false;
	n = pcre2_match(r->code, (PCRE2_SPTR)subject, len, 0, 0, data,
	                r->context);
	if (n > 0) {
		const PCRE2_SIZE *pairs = pcre2_get_ovector_pointer(data);

		pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &groups);
		m->has_groups = groups > 0;
		m->whole = span_of(pairs);
		pick_groups(m, pairs, n);
	}
	pcre2_match_data_free(data);
	if (is_limit(n)) {
		tell_limit(r, subject);
		++*limits_hit;
	}
	return n > 0;
}
