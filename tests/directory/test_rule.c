#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "directory/rule.h"

static bool match(const char *expression, const char *subject,
                  struct rule_match *m)
{
	struct rule *r = NULL;
	char why[128];
	bool found;

	assert_int_equal(rule_compile(&r, expression, why, sizeof(why)), 0);
	assert_string_equal(rule_text(r), expression);
	found = rule_match(r, subject, m);
	rule_free(&r);
	assert_null(r);
	return found;
}

static void assert_span(struct span s, const char *subject, const char *text)
{
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(subject + s.start, text, s.len);
}

static void the_longest_group_or_the_whole_match_is_picked(void **unused)
{
	static const struct {
		const char *expression, *subject, *whole, *longest, *last;
		bool has_groups;
	} rows[] = {
		{ "^\\d+$", "1234", "1234", "1234", "1234", false },
		{ "23", "12345", "23", "23", "23", false },
		{ "^\\+1(\\d{10})$", "+14155550000", "+14155550000",
		  "4155550000", "4155550000", true },
		{ "^(\\d)(\\d{3})(\\d\\d)$", "123456", "123456", "234", "56",
		  true },
		{ "^(\\d\\d)(\\d\\d)$", "1234", "1234", "34", "34", true },
		{ "^011(\\d{5,})$|^00(\\d{5,})$", "01112345", "01112345",
		  "12345", "12345", true },
		{ "^011(\\d{5,})$|^00(\\d{5,})$", "0012345", "0012345",
		  "12345", "12345", true },
		{ "^(\\+)?1\\d$", "12", "12", "12", "12", true },
		{ "^(?:\\+)?1(\\d*)$", "1", "1", "", "", true },
		{ "^(?<area>\\d{3})\\d+$", "415555", "415555", "415", "415",
		  true },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule_match m;

		assert_true(match(rows[i].expression, rows[i].subject, &m));
		assert_span(m.whole, rows[i].subject, rows[i].whole);
		assert_span(m.longest, rows[i].subject, rows[i].longest);
		assert_span(m.last, rows[i].subject, rows[i].last);
		assert_int_equal(m.has_groups, rows[i].has_groups);
	}
}

static void what_does_not_match_leaves_no_match(void **unused)
{
	struct rule_match m;

	(void)unused;
	assert_false(match("^1\\d{3}$", "12345", &m));
	assert_false(match("^A$", "a", &m));
	assert_true(match("(?i)^A$", "a", &m));
}

static void an_expression_that_does_not_compile_says_why(void **unused)
{
	struct rule *r = NULL;
	char why[128] = "";
	char longest[5001];

	(void)unused;
	assert_int_equal(rule_compile(&r, "^(12", why, sizeof(why)), -EINVAL);
	assert_null(r);
	assert_non_null(strstr(why, "missing closing parenthesis"));
	assert_non_null(strstr(why, "character 5"));

	memset(longest, 'a', 5000);
	longest[5000] = '\0';
	assert_int_equal(rule_compile(&r, longest, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "longer than 4096 characters");
	assert_int_equal(rule_compile(&r, "(", NULL, 0), -EINVAL);
}

/* Without limits these take longer than the universe has existed. */
static void an_expression_that_explodes_is_no_match(void **unused)
{
	static const char *const bombs[] = {
		"^(\\d+)+$", "^((\\d|\\d\\d)+)+$", "(\\d*)*\\1\\1#$",
		"(*NO_JIT)^(\\d+)+$", "(*LIMIT_MATCH=4000000000)^(\\d+)+$",
	};
	struct rule_match m;

	(void)unused;
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++)
		assert_false(match(bombs[i],
		                   "11111111111111111111111111111111111111111"
		                   "1111111111111111111111111111111111111111#!",
		                   &m));
}

static void a_subject_without_bounds_matches_nothing(void **unused)
{
	char subject[301];
	struct rule_match m;

	(void)unused;
	memset(subject, '1', 300);
	subject[300] = '\0';
	assert_false(match("^1+$", subject, &m));
	subject[256] = '\0';
	assert_true(match("^1+$", subject, &m));
	assert_int_equal(m.whole.len, 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_longest_group_or_the_whole_match_is_picked),
		cmocka_unit_test(what_does_not_match_leaves_no_match),
		cmocka_unit_test(an_expression_that_does_not_compile_says_why),
		cmocka_unit_test(an_expression_that_explodes_is_no_match),
		cmocka_unit_test(a_subject_without_bounds_matches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
