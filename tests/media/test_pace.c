#include "cmocka_all.h"

#include "media/pace.h"

/* A thread of which a wake costs so much and a packet so much. */
struct thread {
	struct pace pace;
	int64_t now_ms, cpu_ns;
	int64_t wake_ns, packet_ns, rest_ns;
};

static int64_t cpu(void *arg)
{
	const struct thread *t = arg;

	return t->cpu_ns;
}

static void start(struct thread *t, int64_t rest_ns)
{
	*t = (struct thread){ .now_ms = 1000, .wake_ns = 5000,
		              .packet_ns = 6000, .rest_ns = rest_ns };
	pace_init(&t->pace, cpu, t, t->now_ms);
}

/* Packets come, so many a ms, in bursts of so many; resting, the thread
 * wakes once a ms.  In how many of the ms did it rest? */
static int run(struct thread *t, int64_t for_ms, unsigned per_ms,
               unsigned burst)
{
	bool is_resting = false;
	int rests = 0;

	for (int64_t end = t->now_ms + for_ms; t->now_ms < end; t->now_ms++) {
		unsigned size = is_resting ? per_ms : burst;

		rests += is_resting;
		for (unsigned i = 0; i < per_ms; i += size) {
			t->cpu_ns += is_resting ? t->rest_ns : t->wake_ns;
			t->cpu_ns += size * t->packet_ns;
			is_resting =
				pace_is_resting(&t->pace, size, t->now_ms);
		}
	}
	return rests;
}

static void a_quiet_thread_never_rests(void **unused)
{
	struct thread t;

	(void)unused;
	start(&t, 0);
	assert_int_equal(run(&t, 20000, 1, 1), 0);
}

static void bursts_are_relayed_without_rest(void **unused)
{
	struct thread t;

	(void)unused;
	start(&t, 0);
	assert_int_equal(run(&t, 20000, 40, 20), 0);
}

static void a_rest_that_pays_is_kept(void **unused)
{
	struct thread t;

	(void)unused;
	start(&t, 8000);
	assert_in_range(run(&t, 20000, 20, 1), 19000, 19900);
}

static void a_rest_that_does_not_pay_is_given_up(void **unused)
{
	struct thread t;

	(void)unused;
	start(&t, 90000);
	assert_in_range(run(&t, 20000, 20, 1), 100, 500);
}

static void a_rest_that_hardly_pays_is_given_up(void **unused)
{
	struct thread t;

	(void)unused;
	start(&t, 20 * 5000 - 20 * 1500); /* saves 1500 of 11000 ns */
	assert_in_range(run(&t, 20000, 20, 1), 100, 500);
}

static void resting_ends_when_all_is_quiet(void **unused)
{
	struct thread t;

	(void)unused;
	start(&t, 8000);
	assert_true(run(&t, 1000, 20, 1) > 0);
	run(&t, 5000, 1, 1);
	assert_int_equal(run(&t, 20000, 1, 1), 0);
}

static void what_was_counted_before_a_long_silence_is_forgotten(void **unused)
{
	struct thread t;

	(void)unused;
	start(&t, 8000);
	assert_int_equal(run(&t, 99, 20, 1), 0);
	t.now_ms += 60000;
	assert_int_equal(run(&t, 90, 20, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_thread_never_rests),
		cmocka_unit_test(bursts_are_relayed_without_rest),
		cmocka_unit_test(a_rest_that_pays_is_kept),
		cmocka_unit_test(a_rest_that_does_not_pay_is_given_up),
		cmocka_unit_test(a_rest_that_hardly_pays_is_given_up),
		cmocka_unit_test(resting_ends_when_all_is_quiet),
		cmocka_unit_test(
			what_was_counted_before_a_long_silence_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
