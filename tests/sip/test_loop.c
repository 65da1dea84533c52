/* sip/loop: what its clocks tell. */
#include "cmocka_all.h"

#include <sofia-sip/su_time.h>
#include <stdlib.h>
#include <time.h>

#include "sip/loop.h"

#define DAYS (24 * 60 * 60ul)

extern void (*_su_time)(su_time_t *tv);

static void a_step_of_the_wall_clock_moves_no_timer(void **unused)
{
	su_time_t before, stepped;
	double moved;

	(void)unused;
	loop_steady_time();
	before = su_now();
	/* what sofia read from a clock that was set meanwhile */
	stepped = before;
	stepped.tv_sec += 60 * DAYS;
	_su_time(&stepped);
	moved = su_time_diff(stepped, before);
	assert_true(moved >= 0 && moved < 5);
}

static void records_still_tell_the_wall_clock(void **unused)
{
	struct loop *l = NULL;

	(void)unused;
	loop_steady_time();
	assert_int_equal(loop_create(&l, NULL, NULL), 0);
	assert_true(llabs(loop_unix_s(l) - (int64_t)time(NULL)) < 5);
	loop_destroy(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_of_the_wall_clock_moves_no_timer),
		cmocka_unit_test(records_still_tell_the_wall_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
