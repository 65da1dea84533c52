#include "cmocka_all.h"

#include <stdlib.h>

#include "base/strutil.h"
#include "base/util.h"
#include "trunk/routes.h"

static void what_a_number_lacks_is_taken_from_the_caller(void **unused)
{
	static const struct {
		struct shortdial s;
		const char *number, *caller, *want;
	} rows[] = {
		{ { 2, 5, 0 }, "5550000", "+14155551111", "+14155550000" },
		{ { 2, 5, 0 }, "5550000", "4155551111", "4155550000" },
		{ { 2, 5, 0 }, "+5550000", "4155551111", "4155550000" },
		{ { 2, 5, 0 }, "55500", "1234567", "1255500" },
		{ { 2, 5, 0 }, "5550", "12345", NULL },       /* 1 */
		{ { 2, 5, 0 }, "5550", "1234567890", NULL },  /* 6 */
		{ { 2, 5, 0 }, "5550", "5550", NULL },
		{ { 2, 5, 0 }, "5550000", "5550", NULL },
		{ { 2, 5, 0 }, "5550", "", NULL },
		{ { 2, 5, 0 }, "5550", NULL, NULL },
		{ { 2, 5, 0 }, "", "41555", NULL },
		{ { 2, 5, 3 }, "5550", "4155551", "4155550" },
		{ { 2, 5, 3 }, "5550", "415555", NULL },
		{ { 0, 0, 0 }, "5550000", "+14155551111", NULL },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *got = shortdial_correct(&rows[i].s, rows[i].number,
		                              rows[i].caller);

		if (!str_eq(got, rows[i].want))
			fail_msg("row %zu: %s", i, got ? got : "none");
		free(got);
	}
}

static void a_number_nobody_takes_is_tried_with_its_area(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", "'rules': ['^\\\\+1\\\\d{10}$']");
	b->rq.number = "5550000";
	b->rq.caller_number = "+14155551111";
	assert_string_equal(choose(b), "");
	b->rq.shortdial = (struct shortdial){ 2, 5, 0 };
	assert_string_equal(choose(b), "sip:+14155550000@g.example");
	assert_string_equal(b->choice.number, "+14155550000");
	b->rq.number = "550000"; /* lacks six of them */
	assert_string_equal(choose(b), "");
}

static void a_number_that_somebody_takes_is_left_alone(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", "'rules': ['^\\\\d{7}$', '^\\\\+1\\\\d{10}$']");
	b->rq.number = "5550000";
	b->rq.caller_number = "+14155551111";
	b->rq.shortdial = (struct shortdial){ 2, 5, 0 };
	assert_string_equal(choose(b), "sip:5550000@g.example");
}

static void a_corrected_number_of_ours_stays_inside(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", "'rules': ['^\\\\+1\\\\d{10}$']");
	b->rq.number = "5550100";
	b->rq.caller_number = "+14155551111";
	b->rq.shortdial = (struct shortdial){ 2, 5, 0 };
	assert_string_equal(choose(b), "");
	assert_ptr_equal(b->choice.inside, b->rq.account);
	b->rq.forces_outbound = true;
	assert_string_equal(choose(b), "sip:+14155550100@g.example");
	assert_null(b->choice.inside);
}

static bool denies(const char *number, void *arg)
{
	return str_eq(number, arg);
}

static void what_is_denied_is_not_dialled_by_correction(void **state)
{
	struct bench *b = *state;

	put_global(b, "g", "'rules': ['^\\\\+1\\\\d{10}$']");
	b->rq.number = "5550000";
	b->rq.caller_number = "+14155551111";
	b->rq.shortdial = (struct shortdial){ 2, 5, 0 };
	b->rq.denies = denies;
	b->rq.denies_arg = (char[]){ "+14155550000" };
	assert_string_equal(choose(b), "");
	b->rq.denies_arg = (char[]){ "5550000" };
	assert_string_equal(choose(b), "sip:+14155550000@g.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_number_lacks_is_taken_from_the_caller),
		TEST(a_number_nobody_takes_is_tried_with_its_area),
		TEST(a_number_that_somebody_takes_is_left_alone),
		TEST(a_corrected_number_of_ours_stays_inside),
		TEST(what_is_denied_is_not_dialled_by_correction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
