#include "cmocka_all.h"

#include "base/util.h"
#include "trunk/limits.h"

#define L(calls, consuming, in, out, two, burst) \
	{ true, calls, consuming, in, out, two, burst, false, false }

static void a_call_needs_a_trunk_that_is_free(void **unused)
{
	static const struct {
		struct limits l;
		struct limits_use use;
		enum limits_answer want;
	} rows[] = {
		/* an empty document limits nothing */
		{ L(-1, -1, 0, 0, -1, 0), { 9, 5, 4 }, LIMITS_TRUNK },
		/* hard limits: the call itself counts */
		{ L(2, -1, 0, 0, -1, 0), { 2, 1, 0 }, LIMITS_TRUNK },
		{ L(2, -1, 0, 0, -1, 0), { 3, 1, 0 }, LIMITS_CALLS },
		{ L(0, -1, 0, 0, -1, 0), { 1, 1, 0 }, LIMITS_CALLS },
		{ L(-1, 2, 0, 0, -1, 0), { 9, 1, 1 }, LIMITS_TRUNK },
		{ L(-1, 2, 0, 0, -1, 0), { 9, 1, 2 }, LIMITS_CONSUMING },
		{ L(-1, 0, 0, 0, -1, 0), { 1, 1, 0 }, LIMITS_CONSUMING },
		/* one way, then both ways, then bursts */
		{ L(-1, -1, 2, 0, 0, 0), { 2, 2, 0 }, LIMITS_TRUNK },
		{ L(-1, -1, 2, 0, 0, 0), { 3, 3, 0 }, LIMITS_TRUNKS },
		{ L(-1, -1, 2, 0, 0, 0), { 1, 0, 1 }, LIMITS_TRUNKS },
		{ L(-1, -1, 0, 2, 0, 0), { 2, 0, 2 }, LIMITS_TRUNK },
		{ L(-1, -1, 0, 2, 0, 0), { 1, 1, 0 }, LIMITS_TRUNKS },
		{ L(-1, -1, 1, 1, 1, 0), { 3, 2, 1 }, LIMITS_TRUNK },
		{ L(-1, -1, 1, 1, 1, 0), { 4, 2, 2 }, LIMITS_TRUNKS },
		{ L(-1, -1, 1, 1, 1, 1), { 4, 2, 2 }, LIMITS_BURST },
		{ L(-1, -1, 1, 1, 1, 1), { 5, 3, 2 }, LIMITS_TRUNKS },
		{ L(-1, -1, 0, 0, 0, -1), { 5, 3, 2 }, LIMITS_BURST },
		{ L(-1, -1, -1, 0, 0, 0), { 9, 9, 0 }, LIMITS_TRUNK },
		{ L(-1, -1, 0, 0, 0, 0), { 1, 1, 0 }, LIMITS_TRUNKS },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++)
		if (limits_ask(&rows[i].l, &rows[i].use, true) != rows[i].want)
			fail_msg("row %zu", i);
}

static void soft_limits_and_none_refuse_nothing(void **unused)
{
	struct limits l = L(0, -1, 0, 0, 0, 0);
	struct limits_use use = { 9, 9, 9 };

	(void)unused;
	assert_true(limits_refuse(limits_ask(&l, &use, true)));
	l.soft_inbound = true;
	assert_int_equal(limits_ask(&l, &use, true), LIMITS_SOFT);
	assert_true(limits_refuse(limits_ask(&l, &use, false)));
	l.soft_outbound = true;
	assert_int_equal(limits_ask(&l, &use, false), LIMITS_SOFT);
	l = (struct limits)L(0, -1, 0, 0, 0, 0);
	l.is_enabled = false;
	assert_int_equal(limits_ask(&l, &use, true), LIMITS_TRUNK);
	assert_int_equal(limits_ask(NULL, &use, true), LIMITS_TRUNK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_needs_a_trunk_that_is_free),
		cmocka_unit_test(soft_limits_and_none_refuse_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
