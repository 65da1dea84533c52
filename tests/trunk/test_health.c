#include "cmocka_all.h"

#include <string.h>

#include "trunk/health.h"

static const struct trunk_health_conf conf = { .down_after = 3,
	                                       .up_after = 2 };

/* Each letter is news: p probe answered, P probe failed, c call answered, C
 * call failed.  What it is after each: '+' up, '-' down. */
static void expect(const char *news, const char *states, const char *file,
                   int line)
{
	static const char letters[] = "pPcC";
	struct trunk_health h = { 0 };

	for (size_t i = 0; news[i]; i++) {
		bool was = h.is_down, changed;

		changed = trunk_health_feed(
			&h, &conf,
			(enum trunk_news)(strchr(letters, news[i]) - letters));
		if (h.is_down != (states[i] == '-') ||
		    changed != (h.is_down != was)) {
			print_error("%s, step %zu\n", news, i);
			_fail(file, line);
		}
	}
}
#define EXPECT(news, states) expect((news), (states), __FILE__, __LINE__)

static void failures_in_a_row_take_it_down(void **unused)
{
	(void)unused;
	EXPECT("PPP", "++-");
	EXPECT("PPpPPpPPP", "++++++++-");
}

static void answers_in_a_row_bring_it_back(void **unused)
{
	(void)unused;
	EXPECT("PPPpp", "++--+");
	EXPECT("PPPpPpp", "++----+");
}

static void calls_count_as_probes_do_against_it(void **unused)
{
	(void)unused;
	EXPECT("CPC", "++-");
	EXPECT("CCcCCC", "+++++-");
}

static void only_probes_bring_it_back(void **unused)
{
	(void)unused;
	EXPECT("CCCccccpp", "++------+");
}

static void having_come_back_it_starts_anew(void **unused)
{
	(void)unused;
	EXPECT("PPPppPPP", "++--+++-");
}

static void retry_after_holds_it_that_long(void **unused)
{
	struct trunk_health h = { 0 };

	(void)unused;
	trunk_health_hold(&h, -1, 1000);
	trunk_health_hold(&h, 0, 1000);
	assert_false(trunk_health_is_held(&h, 1000));
	trunk_health_hold(&h, 30, 1000);
	assert_true(trunk_health_is_held(&h, 30999));
	assert_false(trunk_health_is_held(&h, 31000));
	trunk_health_hold(&h, 5, 2000); /* never shortens it */
	assert_true(trunk_health_is_held(&h, 30999));
}

static void nobody_is_held_for_ever(void **unused)
{
	struct trunk_health h = { 0 };

	(void)unused;
	trunk_health_hold(&h, 2147483647, 0);
	assert_true(trunk_health_is_held(&h, 599999));
	assert_false(trunk_health_is_held(&h, 600000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_in_a_row_take_it_down),
		cmocka_unit_test(answers_in_a_row_bring_it_back),
		cmocka_unit_test(calls_count_as_probes_do_against_it),
		cmocka_unit_test(only_probes_bring_it_back),
		cmocka_unit_test(having_come_back_it_starts_anew),
		cmocka_unit_test(retry_after_holds_it_that_long),
		cmocka_unit_test(nobody_is_held_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
