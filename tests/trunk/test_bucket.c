#include "cmocka_all.h"

#include "trunk/bucket.h"

static unsigned taken(struct trunk_bucket *b, unsigned rate, int64_t now_ms,
                      unsigned tries)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tries; i++)
		n += trunk_bucket_take(b, rate, now_ms);
	return n;
}

static void a_second_holds_as_many_as_the_rate(void **unused)
{
	struct trunk_bucket b = { 0 };

	(void)unused;
	assert_int_equal(taken(&b, 5, 7000000, 20), 5);
	assert_int_equal(taken(&b, 5, 7000199, 20), 0);
	assert_int_equal(taken(&b, 5, 7000200, 20), 1);
	assert_int_equal(taken(&b, 5, 7000600, 20), 2);
	assert_int_equal(taken(&b, 5, 7060000, 20), 5);
}

static void no_rate_is_no_limit(void **unused)
{
	struct trunk_bucket b = { 0 };

	(void)unused;
	assert_int_equal(taken(&b, 0, 0, 1000), 1000);
}

static void what_is_refused_costs_nothing(void **unused)
{
	struct trunk_bucket b = { 0 };

	(void)unused;
	assert_int_equal(taken(&b, 1, 100, 1000), 1);
	assert_int_equal(taken(&b, 1, 1100, 1000), 1);
}

/* One call every millisecond, for ten seconds. */
static void over_time_the_rate_holds(void **unused)
{
	struct trunk_bucket b = { 0 };
	unsigned n = 0;

	(void)unused;
	for (int64_t ms = 0; ms < 10000; ms++)
		n += taken(&b, 7, ms, 1);
	assert_in_range(n, 70, 77);
}

static void a_clock_that_goes_back_gives_nothing(void **unused)
{
	struct trunk_bucket b = { 0 };

	(void)unused;
	assert_int_equal(taken(&b, 2, 5000, 9), 2);
	assert_int_equal(taken(&b, 2, 1000, 9), 0);
	assert_int_equal(taken(&b, 2, 1500, 9), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_holds_as_many_as_the_rate),
		cmocka_unit_test(no_rate_is_no_limit),
		cmocka_unit_test(what_is_refused_costs_nothing),
		cmocka_unit_test(over_time_the_rate_holds),
		cmocka_unit_test(a_clock_that_goes_back_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
