#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "directory/directory.h"
#include "directory/patterns.h"
#include "directory/pool.h"
#include "directory/rule.h"

struct set { /* an account with patterns */
	struct account account;
	struct pool pool;
	struct pattern *patterns;
	size_t n, cap;
};

static void set_add(struct set *s, const char *expression)
{
	struct pattern *p;
	char why[200];

	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 64;
		s->patterns = xrealloc(s->patterns,
		                       s->cap * sizeof(*s->patterns));
	}
	p = &s->patterns[s->n];
	memset(p, 0, sizeof(*p));
	if (rule_compile(&p->rule, expression, why, sizeof(why)) == 0)
		s->n++;
}

static void set_index(struct set *s)
{
	s->account.patterns = s->patterns;
	s->account.n_patterns = s->n;
	s->account.pattern_index =
		pattern_index(&s->pool, s->patterns, s->n);
}

static void set_clear(struct set *s)
{
	for (size_t i = 0; i < s->n; i++)
		rule_free(&s->patterns[i].rule);
	free(s->patterns);
	pool_free(&s->pool);
	memset(s, 0, sizeof(*s));
}

/* Everything that matches is found, in order; returns how many others were
 * tried. */
static size_t check(const struct set *s, const char *number)
{
	struct pattern_search search;
	const struct pattern *p;
	struct rule_match m;
	size_t tried = 0, at = 0;

	patterns_search(&search, &s->account, number);
	while ((p = patterns_next(&search))) {
		size_t i = (size_t)(p - s->patterns);

		for (; at < i; at++)
			if (rule_match(s->patterns[at].rule, number, &m))
				fail_msg("'%s' is missed by '%s'", number,
				         rule_text(s->patterns[at].rule));
		assert_int_equal(at, i);
		at++;
		tried++;
	}
	for (; at < s->n; at++)
		if (rule_match(s->patterns[at].rule, number, &m))
			fail_msg("'%s' is missed by '%s'", number,
			         rule_text(s->patterns[at].rule));
	return tried;
}

static void few_patterns_are_all_tried(void **unused)
{
	struct set s = { 0 };

	(void)unused;
	for (int i = 0; i < 9; i++)
		set_add(&s, "^1$");
	set_index(&s);
	assert_null(s.account.pattern_index);
	assert_int_equal(check(&s, "2"), 9);
	set_clear(&s);
}

static void only_what_may_match_is_tried(void **unused)
{
	static const struct {
		const char *expression, *number;
		bool is_tried;
	} rows[] = {
		{ "^12$", "12", true },
		{ "^12$", "13", false },
		{ "^12$", "123", false },
		{ "^12$", "1", false },
		{ "^12", "123", true },
		{ "12", "99", true },
		{ "^\\+1(\\d{10})$", "+14155550100", true },
		{ "^\\+1(\\d{10})$", "+1415555010", false },
		{ "^\\+1(\\d{10})$", "014155550100", false },
		{ "^\\*97(\\d{4})$", "*971234", true },
		{ "^\\*97(\\d{4})$", "*981234", false },
		{ "^\\*97(?<box>\\d{4})$", "*981234", false },
		{ "^9(?:1\\d)$", "912", true },
		{ "^9(?:1\\d)$", "922", false },
		{ "^[2-4]\\d$", "35", true },
		{ "^[2-4]\\d$", "55", false },
		{ "^[^2-4]\\d$", "55", true },
		{ "^[^2-4]\\d$", "35", false },
		{ "^[^2]\\d$", "a5", true },
		{ "^1|2$", "92", true },
		{ "^1(2|3)$", "19", true },
		{ "^1(2|3)$", "29", false },
		{ "^1(2)?3$", "13", true },
		{ "^12?3$", "13", true },
		{ "^12*$", "1", true },
		{ "^12+$", "1", false },
		{ "^1\\d{2,3}$", "12", false },
		{ "^1\\d{2,3}$", "1234", true },
		{ "^1{,3}$", "11", true },
		{ "^1\\d{3}?$", "1234", true },
		{ "^(?i)a$", "A", true },
		{ "(?i)^a$", "A", true },
		{ "^[[:digit:]]1$", "51", true },
		{ "^[]|(]1$", "(1", true },
		{ "^\\Q(\\E1|2", "2", true },
		{ "^1(?#()|2", "2", true },
		{ "^(?|1|2)$", "2", true },
		{ "^a\\x31$", "a1", true },
		{ "^(1)\\1$", "11", true },
		{ "^(?=1)1$", "1", true },
		{ "^$", "", true },
		{ "^$", "1", false },
		{ "", "1", true },
		{ "^caf\u00e9$", "caf\u00e9", true },
		{ "^\\d{36}$", "123456789012345678901234567890123456", true },
		{ "^\\d{36}$", "12345678901234567890123456789012345", false },
		{ "^\\d{50}$",
		  "12345678901234567890123456789012345678901234567890", true },
	};
	struct set s = { 0 };

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		size_t tried;

		for (int k = 0; k < 20; k++)
			set_add(&s, "^#never$");
		set_add(&s, rows[i].expression);
		assert_int_equal(s.n, 21);
		set_index(&s);
		assert_non_null(s.account.pattern_index);
		tried = check(&s, rows[i].number);
		if (tried != rows[i].is_tried)
			fail_msg("'%s' with '%s': %zu", rows[i].expression,
			         rows[i].number, tried);
		set_clear(&s);
	}
}

/* --- anything ----------------------------------------------------------------- */

static uint64_t state;

static unsigned draw(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void random_expression(struct buf *b, int depth)
{
	static const char *const parts[] = {
		"1", "2", "3", "\\d", ".", "[12]", "[^1]", "[1-3]", "\\+",
		"\\*", "#", "a", "[^2#]", "[\\d*]", "\\D", "\\w", "[]1]",
		"[^]1]", "\\.", "$", "\\b",
	};
	static const char *const times[] = { "", "", "", "", "?", "*", "+",
		                             "{2}", "{1,2}", "{0}", "{1,}",
		                             "{2}?", "{0,1}+", "*?" };
	unsigned n = draw(4) + 1;

	for (unsigned i = 0; i < n; i++) {
		if (depth < 3 && draw(5) == 0) {
			static const char *const opens[] = { "(", "(?:",
				                             "(?<n>", "(?=",
				                             "(?!", "(?>",
				                             "(?|" };

			buf_str(b, opens[draw(NELEM(opens))]);
			random_expression(b, depth + 1);
			buf_char(b, ')');
		} else {
			buf_str(b, parts[draw(NELEM(parts))]);
		}
		buf_str(b, times[draw(NELEM(times))]);
	}
	if (draw(6) == 0) {
		buf_char(b, '|');
		random_expression(b, depth + 1);
	}
}

static void nothing_that_matches_is_ever_passed_over(void **unused)
{
	static const char alphabet[] = "11122233+*#a.";
	const char *seed = getenv("B2BUA_SEED");
	struct set s = { 0 };
	struct buf b = { 0 };

	(void)unused;
	state = seed ? strtoull(seed, NULL, 0) : 1;
	for (int i = 0; i < 3000; i++) {
		buf_clear(&b);
		if (draw(8) > 0)
			buf_char(&b, '^');
		random_expression(&b, 0);
		if (draw(2) > 0)
			buf_char(&b, '$');
		set_add(&s, buf_text(&b));
	}
	set_index(&s);
	for (int i = 0; i < 300; i++) {
		char number[12];
		size_t n = draw(sizeof(number) - 1), k;

		for (k = 0; k < n; k++)
			number[k] = alphabet[draw(sizeof(alphabet) - 1)];
		number[k] = '\0';
		check(&s, number);
	}
	buf_free(&b);
	set_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_patterns_are_all_tried),
		cmocka_unit_test(only_what_may_match_is_tried),
		cmocka_unit_test(nothing_that_matches_is_ever_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
