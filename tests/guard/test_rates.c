/* Token buckets and the count of the last seconds. */
#include "cmocka_all.h"

#include "guard/bucket.h"
#include "guard/window.h"

static unsigned taken(struct bucket *b, const struct rate *r, int64_t now_ms)
{
	unsigned n = 0;

	while (n < 1000 && bucket_take(b, r, now_ms))
		n++;
	return n;
}

static void a_burst_goes_through_and_then_the_rate(void **unused)
{
	struct rate r = { .per_s = 10, .burst = 5 };
	struct bucket b = { 0 };

	(void)unused;
	assert_int_equal(taken(&b, &r, 1000000), 5);
	assert_int_equal(taken(&b, &r, 1000099), 0);
	assert_int_equal(taken(&b, &r, 1000100), 1);
	assert_int_equal(taken(&b, &r, 1000300), 2);
	assert_int_equal(taken(&b, &r, 1009999), 5);
}

static void no_rate_is_no_limit(void **unused)
{
	struct rate r = { 0 };
	struct bucket b = { 0 };

	(void)unused;
	assert_int_equal(taken(&b, &r, 5), 1000);
}

static void a_clock_set_back_does_not_close_the_bucket(void **unused)
{
	struct rate r = { .per_s = 10, .burst = 5 };
	struct bucket b = { 0 };

	(void)unused;
	assert_int_equal(taken(&b, &r, 1000000), 5);
	assert_int_equal(taken(&b, &r, 1000), 0);
	assert_int_equal(taken(&b, &r, 1500), 5);
}

static void a_window_forgets_by_the_second(void **unused)
{
	struct window w = { 0 };

	(void)unused;
	assert_int_equal(window_add(&w, 32, 100000, 5), 5);
	assert_int_equal(window_add(&w, 32, 100999, 1), 6);
	assert_int_equal(window_add(&w, 32, 110000, 2), 8);
	assert_int_equal(window_add(&w, 32, 131999, 0), 8);
	assert_int_equal(window_add(&w, 32, 132000, 0), 2);
	assert_int_equal(window_add(&w, 32, 142000, 0), 0);
}

static void a_long_silence_empties_the_window(void **unused)
{
	struct window w = { 0 };

	(void)unused;
	window_add(&w, 64, 1000, 50);
	assert_int_equal(window_add(&w, 64, 90000000, 1), 1);
	/* and a clock set back keeps what is counted */
	assert_int_equal(window_add(&w, 64, 1000, 1), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_goes_through_and_then_the_rate),
		cmocka_unit_test(no_rate_is_no_limit),
		cmocka_unit_test(a_clock_set_back_does_not_close_the_bucket),
		cmocka_unit_test(a_window_forgets_by_the_second),
		cmocka_unit_test(a_long_silence_empties_the_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
