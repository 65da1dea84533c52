/* Overload: rises at once, falls step by step. */
#include "cmocka_all.h"

#include "guard/overload.h"

static const struct overload_conf conf = {
	.lag_ms = 100, .queue = 500, .memory_mb = 1000, .calm_ms = 2000
};

static enum overload_level feed(struct overload *o, int64_t lag_ms,
                                unsigned queue, unsigned memory_mb,
                                int64_t now_ms)
{
	struct overload_sample s = { lag_ms, queue, memory_mb };

	return overload_feed(o, &conf, &s, now_ms);
}

static void each_figure_has_its_levels(void **unused)
{
	static const struct {
		int64_t lag;
		unsigned queue, memory;
		enum overload_level level;
	} rows[] = {
		{ 0, 0, 0, OVERLOAD_NONE },
		{ 99, 499, 999, OVERLOAD_NONE },
		{ 100, 0, 0, OVERLOAD_CALLS },
		{ 200, 0, 0, OVERLOAD_OUTSIDE },
		{ 400, 0, 0, OVERLOAD_DIALOGS },
		{ 0, 500, 0, OVERLOAD_CALLS },
		{ 0, 750, 0, OVERLOAD_OUTSIDE },
		{ 0, 875, 0, OVERLOAD_DIALOGS },
		{ 0, 0, 1000, OVERLOAD_CALLS },
		{ 0, 0, 9000, OVERLOAD_CALLS },
		{ 100, 800, 0, OVERLOAD_OUTSIDE },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct overload o = { 0 };

		assert_int_equal(feed(&o, rows[i].lag, rows[i].queue,
		                      rows[i].memory, 1000),
		                 rows[i].level);
	}
}

static void it_rises_at_once_and_falls_by_one_after_each_calm_while(void **u)
{
	struct overload o = { 0 };

	(void)u;
	assert_int_equal(feed(&o, 500, 0, 0, 1000), OVERLOAD_DIALOGS);
	assert_int_equal(feed(&o, 0, 0, 0, 1100), OVERLOAD_DIALOGS);
	assert_int_equal(feed(&o, 0, 0, 0, 3099), OVERLOAD_DIALOGS);
	assert_int_equal(feed(&o, 0, 0, 0, 3100), OVERLOAD_OUTSIDE);
	assert_int_equal(feed(&o, 0, 0, 0, 5100), OVERLOAD_CALLS);
	assert_int_equal(feed(&o, 0, 0, 0, 7100), OVERLOAD_NONE);
}

static void just_below_the_threshold_is_not_calm(void **unused)
{
	struct overload o = { 0 };

	(void)unused;
	assert_int_equal(feed(&o, 120, 0, 0, 1000), OVERLOAD_CALLS);
	for (int64_t t = 1100; t < 20000; t += 100)
		assert_int_equal(feed(&o, 60, 0, 0, t), OVERLOAD_CALLS);
	feed(&o, 40, 0, 0, 20000);
	assert_int_equal(feed(&o, 40, 0, 0, 22000), OVERLOAD_NONE);
}

static void a_relapse_starts_the_wait_anew(void **unused)
{
	struct overload o = { 0 };

	(void)unused;
	feed(&o, 120, 0, 0, 1000);
	feed(&o, 0, 0, 0, 1100);
	feed(&o, 120, 0, 0, 3000);
	assert_int_equal(feed(&o, 0, 0, 0, 3100), OVERLOAD_CALLS);
	assert_int_equal(feed(&o, 0, 0, 0, 5099), OVERLOAD_CALLS);
	assert_int_equal(feed(&o, 0, 0, 0, 5100), OVERLOAD_NONE);
}

static void figures_without_a_limit_are_not_looked_at(void **unused)
{
	struct overload_conf none = { 0 };
	struct overload_sample s = { 100000, 1000, 100000 };
	struct overload o = { 0 };

	(void)unused;
	assert_int_equal(overload_feed(&o, &none, &s, 1), OVERLOAD_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_figure_has_its_levels),
		cmocka_unit_test(
		        it_rises_at_once_and_falls_by_one_after_each_calm_while),
		cmocka_unit_test(just_below_the_threshold_is_not_calm),
		cmocka_unit_test(a_relapse_starts_the_wait_anew),
		cmocka_unit_test(figures_without_a_limit_are_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
