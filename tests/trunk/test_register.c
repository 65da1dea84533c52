#include "cmocka_all.h"

#include "trunk/register.h"

static const struct trunk_reg_conf conf = { .expires_s = 3600,
	                                    .retry_min_s = 10,
	                                    .retry_max_s = 300 };

struct desk {
	struct trunk_reg reg;
	int64_t now_ms;
	uint32_t random;
};

static struct trunk_reg_action feed(struct desk *d, enum trunk_reg_event ev,
                                    int64_t expires_s, int retry_after_s)
{
	struct trunk_reg_input in = { .event = ev,
		                      .now_ms = d->now_ms,
		                      .expires_s = expires_s,
		                      .retry_after_s = retry_after_s,
		                      .random = d->random };

	return trunk_reg_feed(&d->reg, &conf, &in);
}

static struct trunk_reg_action say(struct desk *d, enum trunk_reg_event ev)
{
	return feed(d, ev, 0, -1);
}

#define SENDS(a, s)                                           \
	do {                                                  \
		struct trunk_reg_action got = (a);            \
		assert_int_equal(got.what, TRUNK_REG_DO_SEND); \
		assert_int_equal(got.expires_s, (s));         \
	} while (0)
#define WAITS(a, from, to)                                    \
	do {                                                  \
		struct trunk_reg_action got = (a);            \
		assert_int_equal(got.what, TRUNK_REG_DO_WAIT); \
		assert_in_range(got.delay_ms, (from), (to));  \
	} while (0)
#define DOES(a, w) assert_int_equal((a).what, TRUNK_REG_DO_##w)

static void what_is_granted_is_refreshed_before_it_ends(void **unused)
{
	struct desk d = { .now_ms = 5000 };

	(void)unused;
	SENDS(say(&d, TRUNK_REG_START), 3600);
	assert_false(trunk_reg_holds(&d.reg, d.now_ms));
	WAITS(feed(&d, TRUNK_REG_GRANTED, 3600, -1), 3240000, 3240000);
	assert_true(trunk_reg_holds(&d.reg, 5000 + 3599999));
	assert_false(trunk_reg_holds(&d.reg, 5000 + 3600000));
	d.now_ms += 3240000;
	SENDS(say(&d, TRUNK_REG_DUE), 3600);
	WAITS(feed(&d, TRUNK_REG_GRANTED, 60, -1), 30000, 30000);
	d.now_ms += 30000;
	SENDS(say(&d, TRUNK_REG_DUE), 3600);
	WAITS(feed(&d, TRUNK_REG_GRANTED, 1, -1), 1000, 1000);
}

static void a_refresh_is_never_late_whatever_is_drawn(void **unused)
{
	(void)unused;
	for (int64_t s = 4; s < 100000; s = s * 3 / 2) {
		struct desk d = { .random = (uint32_t)(s * 2654435761u) };
		struct trunk_reg_action a;

		say(&d, TRUNK_REG_START);
		a = feed(&d, TRUNK_REG_GRANTED, s, -1);
		assert_in_range(a.delay_ms, s / 2 * 950 - 1,
		                s * 900 + 1);
	}
}

static void a_registrar_that_wants_longer_gets_it(void **unused)
{
	struct desk d = { 0 };

	(void)unused;
	say(&d, TRUNK_REG_START);
	SENDS(feed(&d, TRUNK_REG_BRIEF, 7200, -1), 7200);
	WAITS(feed(&d, TRUNK_REG_GRANTED, 7200, -1), 6000000, 7200000);
	SENDS(say(&d, TRUNK_REG_DUE), 7200); /* remembered */
}

static void one_that_is_never_content_has_failed(void **unused)
{
	struct desk d = { 0 };

	(void)unused;
	say(&d, TRUNK_REG_START);
	SENDS(feed(&d, TRUNK_REG_BRIEF, 7200, -1), 7200);
	WAITS(feed(&d, TRUNK_REG_BRIEF, 7200, -1), 5000, 10000);
	SENDS(say(&d, TRUNK_REG_DUE), 7200);
	WAITS(feed(&d, TRUNK_REG_BRIEF, 0, -1), 10000, 20000);
	SENDS(say(&d, TRUNK_REG_DUE), 7200);
	WAITS(feed(&d, TRUNK_REG_BRIEF, 99999999, -1), 20000, 40000);
}

static void waits_double_up_to_their_limit(void **unused)
{
	static const int64_t least[] = { 5000,  10000,  20000,  40000,
		                         80000, 150000, 150000, 150000 };
	static const uint32_t drawn[] = { 0, 1u << 31, UINT32_MAX };

	(void)unused;
	for (size_t r = 0; r < 3; r++) {
		struct desk d = { .random = drawn[r] };

		say(&d, TRUNK_REG_START);
		for (size_t i = 0; i < 8; i++) {
			WAITS(say(&d, TRUNK_REG_FAILED), least[i],
			      2 * least[i]);
			assert_int_equal(d.reg.failures, i + 1);
			DOES(say(&d, TRUNK_REG_DUE), SEND);
		}
		WAITS(feed(&d, TRUNK_REG_GRANTED, 3600, -1), 1, 3600000);
		DOES(say(&d, TRUNK_REG_DUE), SEND);
		WAITS(say(&d, TRUNK_REG_FAILED), 5000, 10000); /* anew */
	}
}

static void retry_after_is_honoured_within_reason(void **unused)
{
	struct desk d = { 0 };

	(void)unused;
	say(&d, TRUNK_REG_START);
	WAITS(feed(&d, TRUNK_REG_FAILED, 0, 120), 120000, 120000);
	say(&d, TRUNK_REG_DUE);
	WAITS(feed(&d, TRUNK_REG_FAILED, 0, 1), 10000, 20000);
	say(&d, TRUNK_REG_DUE);
	WAITS(feed(&d, TRUNK_REG_REFUSED, 0, 2147483647), 3600000, 3600000);
}

static void what_is_refused_is_not_asked_for_soon(void **unused)
{
	struct desk d = { 0 };

	(void)unused;
	say(&d, TRUNK_REG_START);
	feed(&d, TRUNK_REG_GRANTED, 3600, -1);
	say(&d, TRUNK_REG_DUE);
	WAITS(say(&d, TRUNK_REG_REFUSED), 150000, 300000);
	assert_false(trunk_reg_holds(&d.reg, 0));
}

static void a_refresh_that_fails_leaves_what_was_granted(void **unused)
{
	struct desk d = { 0 };

	(void)unused;
	say(&d, TRUNK_REG_START);
	feed(&d, TRUNK_REG_GRANTED, 100, -1);
	d.now_ms = 60000;
	say(&d, TRUNK_REG_DUE);
	WAITS(say(&d, TRUNK_REG_FAILED), 5000, 10000);
	assert_true(trunk_reg_holds(&d.reg, 99999));
	assert_false(trunk_reg_holds(&d.reg, 100000));
	DOES(say(&d, TRUNK_REG_STOP), LEAVE);
	assert_false(trunk_reg_holds(&d.reg, 60000));
}

static void what_may_be_registered_is_unregistered(void **unused)
{
	struct desk d = { 0 };

	(void)unused;
	say(&d, TRUNK_REG_START);
	DOES(say(&d, TRUNK_REG_STOP), LEAVE); /* it may have arrived */
	say(&d, TRUNK_REG_START);
	say(&d, TRUNK_REG_FAILED);
	DOES(say(&d, TRUNK_REG_STOP), FORGET);
	say(&d, TRUNK_REG_START);
	feed(&d, TRUNK_REG_GRANTED, 10, -1);
	d.now_ms = 10000;
	DOES(say(&d, TRUNK_REG_STOP), FORGET); /* it has run out */
	DOES(say(&d, TRUNK_REG_STOP), NOTHING);
}

static void a_lost_connection_is_made_up_for_at_once(void **unused)
{
	struct desk d = { 0 };

	(void)unused;
	say(&d, TRUNK_REG_START);
	feed(&d, TRUNK_REG_GRANTED, 3600, -1);
	WAITS(say(&d, TRUNK_REG_LOST), 500, 1000);
	assert_false(trunk_reg_holds(&d.reg, 0));
	DOES(say(&d, TRUNK_REG_LOST), NOTHING);
	DOES(say(&d, TRUNK_REG_DUE), SEND);
}

static void what_comes_out_of_turn_is_ignored(void **unused)
{
	struct desk d = { 0 };

	(void)unused;
	DOES(feed(&d, TRUNK_REG_GRANTED, 60, -1), NOTHING);
	DOES(say(&d, TRUNK_REG_DUE), NOTHING);
	say(&d, TRUNK_REG_START);
	DOES(say(&d, TRUNK_REG_START), NOTHING);
	DOES(say(&d, TRUNK_REG_DUE), NOTHING);
	feed(&d, TRUNK_REG_GRANTED, 60, -1);
	DOES(feed(&d, TRUNK_REG_GRANTED, 60, -1), NOTHING);
	DOES(say(&d, TRUNK_REG_FAILED), NOTHING);
	assert_int_equal(d.reg.state, TRUNK_REG_UP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_granted_is_refreshed_before_it_ends),
		cmocka_unit_test(a_refresh_is_never_late_whatever_is_drawn),
		cmocka_unit_test(a_registrar_that_wants_longer_gets_it),
		cmocka_unit_test(one_that_is_never_content_has_failed),
		cmocka_unit_test(waits_double_up_to_their_limit),
		cmocka_unit_test(retry_after_is_honoured_within_reason),
		cmocka_unit_test(what_is_refused_is_not_asked_for_soon),
		cmocka_unit_test(a_refresh_that_fails_leaves_what_was_granted),
		cmocka_unit_test(what_may_be_registered_is_unregistered),
		cmocka_unit_test(a_lost_connection_is_made_up_for_at_once),
		cmocka_unit_test(what_comes_out_of_turn_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
