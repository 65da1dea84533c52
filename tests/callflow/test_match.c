#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "callflow/match.h"
#include "support/documents.h"

struct bench {
	struct documents *docs;
	struct snapshot *snapshot;
	struct match m;
};

static int setup(void **state)
{
	struct bench *b = xzalloc(sizeof(*b));

	b->docs = documents_create();
	documents_put(b->docs, "accounts/a/account.json",
	              "{'id': 'a', 'name': 'A', 'realm': 'a.example'}");
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	match_clear(&b->m);
	snapshot_unref(&b->snapshot);
	documents_destroy(&b->docs);
	free(b);
	return 0;
}

/* how: the members "numbers" and "patterns". */
static void put(struct bench *b, const char *id, const char *how)
{
	char *path = xasprintf("accounts/a/callflows/%s.json", id);

	documents_putf(b->docs, path,
	               "{'id': '%s', %s, 'flow': {'module': 'hangup',"
	               " 'data': {}}}",
	               id, how);
	free(path);
}

static int match(struct bench *b, const char *dialled, bool may_use_no_match)
{
	if (!b->snapshot)
		b->snapshot = documents_load(b->docs);
	match_clear(&b->m);
	return callflow_match(&b->m, snapshot_account(b->snapshot, "a"),
	                      dialled, may_use_no_match);
}

static void assert_matches(struct bench *b, const char *dialled,
                           const char *id, const char *capture)
{
	assert_int_equal(match(b, dialled, true), 0);
	assert_string_equal(b->m.callflow->id, id);
	if (!capture)
		assert_null(b->m.capture);
	else
		assert_string_equal(b->m.capture, capture);
}

static void a_number_is_found_as_it_is_normalised(void **state)
{
	struct bench *b = *state;

	put(b, "did", "'numbers': ['+14155550100']");
	put(b, "ext", "'numbers': ['1001']");
	put(b, "catch", "'patterns': ['^\\\\d+$', '^\\\\+1.*$']");
	assert_matches(b, "4155550100", "did", NULL);
	assert_string_equal(b->m.number, "+14155550100");
	assert_matches(b, "14155550100", "did", NULL);
	assert_matches(b, "+14155550100", "did", NULL);
	assert_matches(b, "1001", "ext", NULL);
	assert_false(b->m.is_no_match);
}

static void an_exact_number_wins_over_a_pattern(void **state)
{
	struct bench *b = *state;

	put(b, "exact", "'numbers': ['1001']");
	put(b, "pattern", "'patterns': ['^(1001)$']");
	assert_matches(b, "1001", "exact", NULL);
}

static void the_longest_capture_wins(void **state)
{
	struct bench *b = *state;

	put(b, "a", "'patterns': ['^\\\\*9(\\\\d)']");
	put(b, "b", "'patterns': ['^\\\\*9(\\\\d\\\\d\\\\d)$']");
	put(b, "c", "'patterns': ['^\\\\*9(\\\\d\\\\d)']");
	assert_matches(b, "*9123", "b", "123");
	assert_matches(b, "*912", "c", "12");
	assert_matches(b, "*91", "a", "1");
}

static void a_pattern_without_groups_counts_its_whole_match(void **state)
{
	struct bench *b = *state;

	put(b, "whole", "'patterns': ['^\\\\*9\\\\d+$']");
	put(b, "group", "'patterns': ['^\\\\*9(\\\\d+)$']");
	assert_matches(b, "*9123", "whole", "*9123");
}

static void the_longest_group_of_a_pattern_is_its_capture(void **state)
{
	struct bench *b = *state;

	put(b, "two", "'patterns': ['^\\\\*(\\\\d)(\\\\d\\\\d\\\\d)(\\\\d)$']");
	assert_matches(b, "*12345", "two", "234");
}

static void the_pattern_tried_first_stays_on_a_tie(void **state)
{
	struct bench *b = *state;
	const struct account *a;

	put(b, "x", "'patterns': ['^7(\\\\d\\\\d)$', '^(7\\\\d)\\\\d$']");
	put(b, "y", "'patterns': ['^7(\\\\d\\\\d)$|^$']");
	assert_int_equal(match(b, "712", true), 0);
	a = snapshot_account(b->snapshot, "a");
	assert_ptr_equal(b->m.callflow, a->patterns[0].callflow);
}

static void an_empty_capture_is_dropped(void **state)
{
	struct bench *b = *state;

	put(b, "empty", "'patterns': ['^\\\\*98()$']");
	assert_matches(b, "*98", "empty", NULL);
}

static void a_pattern_is_not_anchored(void **state)
{
	struct bench *b = *state;

	put(b, "loose", "'patterns': ['55']");
	assert_matches(b, "1551", "loose", "55");
	assert_int_equal(match(b, "1001", true), -ENOENT);
}

static void the_catch_all_takes_what_nobody_claims(void **state)
{
	struct bench *b = *state;

	put(b, "ext", "'numbers': ['1001']");
	put(b, "all", "'numbers': ['no_match']");
	assert_matches(b, "4155550100", "all", NULL);
	assert_true(b->m.is_no_match);
	assert_string_equal(b->m.number, "+14155550100");
	assert_matches(b, "2002", "all", NULL);
	assert_matches(b, "1001", "ext", NULL);
	assert_false(b->m.is_no_match);
}

static void strangers_and_carriers_never_reach_the_catch_all(void **state)
{
	struct bench *b = *state;

	put(b, "ext", "'numbers': ['1001']");
	put(b, "all", "'numbers': ['no_match']");
	assert_int_equal(match(b, "4155550100", false), -ENOENT);
	assert_int_equal(match(b, "1001", false), 0);
}

static void letters_never_reach_the_catch_all(void **state)
{
	static const char *const odd[] = { "alice", "no_match", "", "+",
		                           "12a4", "1+2", "++12", "*98",
		                           "12 34" };
	struct bench *b = *state;

	put(b, "all", "'numbers': ['no_match']");
	for (size_t i = 0; i < NELEM(odd); i++)
		assert_int_equal(match(b, odd[i], true), -ENOENT);
	assert_int_equal(match(b, "+4", true), 0);
}

static void a_callflow_that_also_lists_no_match_is_a_catch_all(void **state)
{
	struct bench *b = *state;

	put(b, "both", "'numbers': ['1001', 'no_match'],"
	               " 'patterns': ['^\\\\*5(\\\\d+)$']");
	assert_int_equal(match(b, "1001", false), -ENOENT);
	assert_int_equal(match(b, "*512", false), -ENOENT);
	assert_matches(b, "1001", "both", NULL);
	assert_true(b->m.is_no_match);
	assert_matches(b, "*512", "both", "12");
	assert_true(b->m.is_no_match);
}

/* Ten thousand expressions that all take for ever: the server has other
 * calls to serve. */
static void patterns_that_explode_take_no_time_together(void **state)
{
	struct bench *b = *state;
	struct buf json = { 0 };
	struct timespec from, to;
	int64_t us;

	buf_str(&json, "'patterns': ['^#$'");
	for (int i = 0; i < 10000; i++)
		buf_fmt(&json, ",'^(([0-9]+)+)+x%d$'", i);
	buf_str(&json, "]");
	put(b, "bombs", buf_text(&json));
	buf_free(&json);
	assert_int_equal(match(b, "none", false), -ENOENT); /* loaded */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	assert_int_equal(match(b, "11111111111111111111111111111111", false),
	                 -ENOENT);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	us = (to.tv_sec - from.tv_sec) * 1000000 +
	     (to.tv_nsec - from.tv_nsec) / 1000;
	assert_in_range(us, 0, 200000); /* each on its own: half a minute */
	/* and what does not explode is found behind them */
	assert_int_equal(match(b, "#", false), 0);
}

static void nothing_is_found_without_a_catch_all(void **state)
{
	struct bench *b = *state;

	put(b, "ext", "'numbers': ['1001']");
	assert_int_equal(match(b, "2002", true), -ENOENT);
	assert_null(b->m.number);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_number_is_found_as_it_is_normalised),
		TEST(an_exact_number_wins_over_a_pattern),
		TEST(the_longest_capture_wins),
		TEST(a_pattern_without_groups_counts_its_whole_match),
		TEST(the_longest_group_of_a_pattern_is_its_capture),
		TEST(the_pattern_tried_first_stays_on_a_tie),
		TEST(an_empty_capture_is_dropped),
		TEST(a_pattern_is_not_anchored),
		TEST(the_catch_all_takes_what_nobody_claims),
		TEST(strangers_and_carriers_never_reach_the_catch_all),
		TEST(letters_never_reach_the_catch_all),
		TEST(a_callflow_that_also_lists_no_match_is_a_catch_all),
		TEST(patterns_that_explode_take_no_time_together),
		TEST(nothing_is_found_without_a_catch_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
