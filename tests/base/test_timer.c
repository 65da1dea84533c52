#include "cmocka_all.h"

#include <stdlib.h>

#include "base/timer.h"

static int64_t now_ms;

static int64_t fake_clock(void *unused)
{
	(void)unused;
	return now_ms;
}

static struct timers *fresh(void)
{
	struct timers *ts = NULL;

	now_ms = 1000;
	timers_create(&ts, fake_clock, NULL);
	return ts;
}

static int64_t fired_at[2000];
static size_t n_fired;

static void note(struct timer *t, void *arg)
{
	(void)arg;
	fired_at[n_fired++] = t->at_ms;
}

static void timers_fire_in_order_of_time(void **unused)
{
	static struct timer t[1000];
	struct timers *ts = fresh();

	(void)unused;
	n_fired = 0;
	srand(7);
	for (size_t i = 0; i < 1000; i++)
		timer_start(ts, &t[i], rand() % 5000, note, NULL);
	for (size_t i = 0; i < 1000; i += 3)
		timer_stop(ts, &t[i]);
	assert_int_equal(timers_count(ts), 666);
	now_ms = 3000;
	timers_run(ts);
	assert_in_range(timers_wait_ms(ts, 1000), 1, 1000);
	now_ms = 9000;
	timers_run(ts);
	assert_int_equal(n_fired, 666);
	for (size_t i = 1; i < n_fired; i++)
		assert_true(fired_at[i - 1] <= fired_at[i]);
	assert_int_equal(timers_count(ts), 0);
	assert_int_equal(timers_wait_ms(ts, 77), 77);
	timers_destroy(&ts);
}

static struct timers *shared;
static int rounds;

static void again(struct timer *t, void *arg)
{
	rounds++;
	timer_start(shared, t, 0, again, arg);
}

static void a_timer_that_restarts_itself_cannot_hold_the_loop(void **unused)
{
	struct timer t = { 0 };

	(void)unused;
	shared = fresh();
	rounds = 0;
	timer_start(shared, &t, 0, again, NULL);
	timers_run(shared);
	assert_int_equal(rounds, 1);
	assert_int_equal(timers_wait_ms(shared, 50), 0);
	timer_stop(shared, &t);
	assert_false(timer_is_running(&t));
	timer_stop(shared, &t);
	timers_destroy(&shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order_of_time),
		cmocka_unit_test(
		        a_timer_that_restarts_itself_cannot_hold_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
