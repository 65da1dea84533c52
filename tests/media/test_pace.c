#include "cmocka_all.h"

#include "media/pace.h"

/* So many wakes a ms with so many packets each, for a while; how many of the
 * wakes ended with a rest. */
static unsigned feed(struct pace *p, int64_t *now_ms, int64_t for_ms,
                     unsigned wakes, unsigned packets)
{
	unsigned rests = 0;

	for (int64_t end = *now_ms + for_ms; *now_ms < end; ++*now_ms)
		for (unsigned i = 0; i < wakes; i++)
			rests += pace_is_resting(p, packets, *now_ms);
	return rests;
}

static void a_quiet_thread_never_rests(void **unused)
{
	struct pace p = { 0 };
	int64_t now = 1000;

	(void)unused;
	assert_int_equal(feed(&p, &now, 5000, 3, 1), 0);
}

static void bursts_are_relayed_without_rest(void **unused)
{
	struct pace p = { 0 };
	int64_t now = 1000;

	(void)unused;
	assert_int_equal(feed(&p, &now, 5000, 10, 20), 0);
}

static void even_traffic_lets_the_thread_rest(void **unused)
{
	struct pace p = { 0 };
	int64_t now = 1000;

	(void)unused;
	assert_int_equal(feed(&p, &now, 17, 15, 1), 15);
	/* resting: it wakes less often, for more; that must not end it */
	assert_int_equal(feed(&p, &now, 980, 1, 10), 980);
}

static void it_counts_again_after_a_second_and_stops_when_all_is_quiet(
	void **unused)
{
	struct pace p = { 0 };
	int64_t now = 1000;

	(void)unused;
	feed(&p, &now, 1016, 15, 1);
	assert_false(feed(&p, &now, 10, 15, 1)); /* counting */
	assert_true(feed(&p, &now, 10, 15, 1));  /* still busy */
	feed(&p, &now, 1000, 1, 10);
	assert_int_equal(feed(&p, &now, 3000, 1, 1), 0);
}

static void wakes_of_long_ago_do_not_add_up(void **unused)
{
	struct pace p = { 0 };
	int64_t now = 1000;

	(void)unused;
	assert_int_equal(feed(&p, &now, 10, 15, 1), 0);
	now += 60000; /* asleep: nothing came */
	assert_int_equal(feed(&p, &now, 1, 15, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_thread_never_rests),
		cmocka_unit_test(bursts_are_relayed_without_rest),
		cmocka_unit_test(even_traffic_lets_the_thread_rest),
		cmocka_unit_test(
			it_counts_again_after_a_second_and_stops_when_all_is_quiet),
		cmocka_unit_test(wakes_of_long_ago_do_not_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
