/* Forking as a pure decision, row by row. */
#include "cmocka_all.h"

#include <string.h>

#include "call/script.h"

struct row {
	const char *in, *out;
};

static void check(const struct fork_conf *conf, const struct row *rows,
                  size_t n)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < n; i++) {
		script_run(conf, rows[i].in, &out);
		if (strcmp(buf_text(&out), rows[i].out) != 0)
			fail_msg("%s\n  gave     %s\n  expected %s",
			         rows[i].in, buf_text(&out), rows[i].out);
	}
	buf_free(&out);
}

#define CHECK(conf, rows) check((conf), (rows), NELEM(rows))

static const struct fork_branch plain[16]; /* no delay, no limit */

static void one_branch(void **unused)
{
	static const struct fork_conf conf = { .branches = plain, .n = 1,
		                               .timeout_ms = 30000 };
	static const struct row rows[] = {
		{ "start", "start0" },
		{ "start start", "start0" },
		{ "start 0:180 0:200", "start0 told180 win0" },
		{ "start 0:200", "start0 win0" },
		{ "start 0:200 0:200 0:486 stop +30000", "start0 win0" },
		{ "start 0:486", "start0 fail486" },
		{ "start 0:486 0:200", "start0 fail486" },
		{ "start 0:180 0:603", "start0 told180 fail603" },
		{ "start +29999", "start0" },
		{ "start +30000", "start0 cancel0/whole fail480/whole" },
		{ "start +30000 0:200", "start0 cancel0/whole fail480/whole" },
		{ "start 0:180 +30000",
		  "start0 told180 cancel0/whole fail480/whole" },
		{ "start stop", "start0 cancel0 fail487" },
		{ "stop start", "fail487" },
		{ "start stop 0:200", "start0 cancel0 fail487" },
		{ "0:200 start", "start0" },
		{ "start 5:200 1:486", "start0" },
		/* the same again is no news */
		{ "start 0:180 0:180 0:180", "start0 told180" },
		/* groups hear ringing, whatever a phone says */
		{ "start 0:183s", "start0 told180" },
		{ "start 0:183 0:182", "start0 told180" },
		/* RFC 6228: the end of an early dialog is no ringing */
		{ "start 0:199", "start0" },
	};

	(void)unused;
	CHECK(&conf, rows);
}

static void nobody_to_ring(void **unused)
{
	static const struct fork_conf conf = { .rings_at_once = true };
	static const struct row rows[] = { { "start", "fail480" } };

	(void)unused;
	CHECK(&conf, rows);
}

/* Every pair of events on two branches, in order. */
static void two_branches_cross(void **unused)
{
	static const struct fork_conf conf = { .branches = plain, .n = 2,
		                               .timeout_ms = 30000 };
	static const struct {
		const char *first, *second, *out;
	} pairs[] = {
		{ "0:180", "1:180", "told180" },
		{ "0:180", "1:183s", "told180" },
		{ "0:180", "1:200", "told180 lost0 win1" },
		{ "0:180", "1:486", "told180" },
		{ "0:180", "1:603", "told180" },
		{ "0:180", "+30000",
		  "told180 cancel0/whole cancel1/whole fail480/whole" },
		{ "0:180", "stop", "told180 cancel0 cancel1 fail487" },
		{ "0:200", "1:180", "lost1 win0" },
		{ "0:200", "1:200", "lost1 win0" },
		{ "0:200", "1:486", "lost1 win0" },
		{ "0:200", "1:603", "lost1 win0" },
		{ "0:200", "+30000", "lost1 win0" },
		{ "0:200", "stop", "lost1 win0" },
		{ "0:486", "1:180", "told180" },
		{ "0:486", "1:200", "win1" },
		{ "0:486", "1:486", "fail486" },
		{ "0:486", "1:603", "fail603" },
		{ "0:486", "+30000", "cancel1/whole fail480/whole" },
		{ "0:486", "stop", "cancel1 fail487" },
		{ "0:603", "1:180", "told180" },
		{ "0:603", "1:200", "win1" },
		{ "0:603", "1:486", "fail603" },
		{ "0:603", "1:603", "fail603" },
		{ "0:603", "+30000", "cancel1/whole fail480/whole" },
		{ "0:603", "stop", "cancel1 fail487" },
		{ "+30000", "0:200",
		  "cancel0/whole cancel1/whole fail480/whole" },
		{ "stop", "0:200", "cancel0 cancel1 fail487" },
		{ "stop", "+30000", "cancel0 cancel1 fail487" },
	};
	struct buf in = { 0 }, want = { 0 };

	(void)unused;
	for (size_t i = 0; i < NELEM(pairs); i++) {
		struct row row;

		buf_clear(&in);
		buf_clear(&want);
		buf_fmt(&in, "start %s %s", pairs[i].first, pairs[i].second);
		buf_fmt(&want, "start0 start1 %s", pairs[i].out);
		row = (struct row){ buf_text(&in), buf_text(&want) };
		check(&conf, &row, 1);
	}
	buf_free(&in);
	buf_free(&want);
}

static void three_branches_cross(void **unused)
{
#define S3 "start0 start1 start2 "
	static const struct fork_conf conf = { .branches = plain, .n = 3,
		                               .timeout_ms = 30000 };
	static const struct row rows[] = {
		{ "start 1:180 2:180 0:200",
		  S3 "told180 lost1 lost2 win0" },
		{ "start 1:200 0:200 2:200", S3 "lost0 lost2 win1" },
		{ "start 0:486 1:200 2:200", S3 "lost2 win1" },
		{ "start 0:486 1:603 2:200", S3 "win2" },
		{ "start 0:486 1:603 2:404", S3 "fail603" },
		{ "start 0:404 1:486 2:480", S3 "fail486" },
		{ "start 2:180 0:486 1:486 +30000",
		  S3 "told180 cancel2/whole fail480/whole" },
		{ "start 2:603 1:486 stop", S3 "cancel0 fail487" },
		{ "start 0:486 1:180 stop 1:200",
		  S3 "told180 cancel1 cancel2 fail487" },
	};

	(void)unused;
	CHECK(&conf, rows);
}

static void rings_at_once_when_asked_to(void **unused)
{
	static const struct fork_conf conf = { .branches = plain, .n = 2,
		                               .rings_at_once = true };
	static const struct row rows[] = {
		{ "start", "told180 start0 start1" },
		{ "start 0:180 1:183s 1:180", "told180 start0 start1" },
		{ "start 1:200", "told180 start0 start1 lost0 win1" },
	};

	(void)unused;
	CHECK(&conf, rows);
}

/* --- early media --------------------------------------------------------- */

static void one_branchs_early_media_at_a_time(void **unused)
{
#define S2 "start0 start1 "
	static const struct fork_conf conf = { .branches = plain, .n = 2,
		                               .passes_early_media = true };
	static const struct row rows[] = {
		{ "start 0:183s", S2 "told183s0" },
		{ "start 0:180s", S2 "told180s0" },
		{ "start 0:183", S2 "told183" },
		/* the other one must wait */
		{ "start 0:183s 1:183s", S2 "told183s0" },
		{ "start 0:183s 1:180", S2 "told183s0" },
		{ "start 0:180 1:183s", S2 "told180 told183s1" },
		/* news of the same one pass */
		{ "start 0:183s 0:183s", S2 "told183s0 told183s0" },
		/* it is gone: the next may be heard */
		{ "start 0:183s 0:486 1:183s", S2 "told183s0 told183s1" },
		{ "start 0:183s 0:486 1:180", S2 "told183s0 told180" },
		{ "start 0:183s 1:200", S2 "told183s0 lost0 win1" },
		{ "start 0:183s 0:200", S2 "told183s0 lost1 win0" },
	};

	(void)unused;
	CHECK(&conf, rows);
}

/* --- limits -------------------------------------------------------------- */

static void branches_start_after_their_delays(void **unused)
{
	static const struct fork_branch b[] = { { .delay_ms = 0 },
		                                { .delay_ms = 5000 },
		                                { .delay_ms = 10000 } };
	static const struct fork_conf conf = { .branches = b, .n = 3,
		                               .timeout_ms = 12000 };
	static const struct row rows[] = {
		{ "start +4999 +1 +5000", "start0 start1 start2" },
		{ "start +20000", "start0 cancel0/whole fail480/whole" },
		{ "start 0:200 +5000", "start0 win0" },
		{ "start +5000 0:200 +5000", "start0 start1 lost1 win0" },
		/* nobody is alive, but somebody is still to come */
		{ "start 0:486 +5000 1:486 +5000 2:404",
		  "start0 start1 start2 fail486" },
		{ "start stop +5000", "start0 cancel0 fail487" },
		/* late ticks catch up */
		{ "start +11000", "start0 start1 start2" },
	};

	(void)unused;
	CHECK(&conf, rows);
}

static void a_branch_has_limits_of_its_own(void **unused)
{
	static const struct fork_branch b[] = {
		{ .timeout_ms = 4000, .progress_ms = 1000 },
		{ .timeout_ms = 6000, .delay_ms = 2000 },
	};
	static const struct fork_conf conf = { .branches = b, .n = 2,
		                               .timeout_ms = 30000 };
	static const struct row rows[] = {
		{ "start +999 0:180 +1", "start0 told180" },
		{ "start +1000", "start0 cancel0/progress" },
		{ "start +1000 0:200", "start0 cancel0/progress" },
		{ "start 0:180 +2000 +2000",
		  "start0 told180 start1 cancel0/leg" },
		/* its time runs from its own start */
		{ "start 0:486 +2000 +5999", "start0 start1" },
		{ "start 0:486 +2000 +6000",
		  "start0 start1 cancel1/leg fail486" },
		{ "start +1000 +1000 +6000",
		  "start0 cancel0/progress start1 cancel1/leg "
		  "fail408/progress" },
		{ "start +1000 +1000 1:200",
		  "start0 cancel0/progress start1 win1" },
	};

	(void)unused;
	CHECK(&conf, rows);
}

static void the_deadline_is_what_comes_first(void **unused)
{
	static const struct fork_branch b[] = {
		{ .timeout_ms = 4000, .progress_ms = 1000 },
		{ .timeout_ms = 6000, .delay_ms = 2000 },
	};
	static const struct fork_conf conf = { .branches = b, .n = 2,
		                               .timeout_ms = 5000 };
	static const struct {
		const char *word;
		int64_t deadline_ms; /* from the start; -1: none */
	} rows[] = { { "start", 1000 }, { "0:180", 2000 }, { "+2000", 4000 },
		     { "+2000", 5000 }, { "+1000", -1 } };
	struct fork *f = NULL;
	struct buf out = { 0 };
	int64_t now_ms = 1000;

	(void)unused;
	fork_create(&f, &conf);
	assert_true(fork_deadline(f) == INT64_MAX);
	for (size_t i = 0; i < NELEM(rows); i++) {
		script_step(f, &now_ms, rows[i].word, &out);
		assert_true(fork_deadline(f) ==
		            (rows[i].deadline_ms < 0
		                     ? INT64_MAX
		                     : 1000 + rows[i].deadline_ms));
	}
	assert_true(fork_is_over(f));
	fork_destroy(&f);
	buf_free(&out);
}

/* --- one after another --------------------------------------------------- */

static void steps_come_one_after_another(void **unused)
{
	static const struct fork_branch b[] = {
		{ .step = 0, .timeout_ms = 4000 },
		{ .step = 1, .progress_ms = 1000 },
		{ .step = 2 },
	};
	static const struct fork_conf conf = { .strategy = FORK_ONE_BY_ONE,
		                               .branches = b, .n = 3,
		                               .timeout_ms = 10000 };
	static const struct row rows[] = {
		{ "start 0:486 1:486 2:404",
		  "start0 start1 start2 fail404" },
		{ "start 0:200", "start0 win0" },
		{ "start 0:603 1:200", "start0 start1 win1" },
		{ "start +4000 +1000 2:180",
		  "start0 cancel0/leg start1 cancel1/progress start2 "
		  "told180" },
		{ "start +4000 0:200", "start0 cancel0/leg start1" },
		{ "start +4000 1:180 +6000",
		  "start0 cancel0/leg start1 told180 cancel1/whole "
		  "fail480/whole" },
		{ "start 0:180 stop", "start0 told180 cancel0 fail487" },
		{ "start 1:200", "start0" },
		/* the last attempt is the result: Kazoo */
		{ "start 0:603 1:486 2:480",
		  "start0 start1 start2 fail480" },
	};

	(void)unused;
	CHECK(&conf, rows);
}

static void the_contacts_of_a_step_ring_together(void **unused)
{
	static const struct fork_branch b[] = {
		{ .step = 0 },
		{ .step = 0 },
		{ .step = 3, .delay_ms = 500 },
		{ .step = 3 },
	};
	static const struct fork_conf conf = { .strategy = FORK_ONE_BY_ONE,
		                               .branches = b, .n = 4 };
	static const struct row rows[] = {
		{ "start 0:486 1:486 +499 +1",
		  "start0 start1 start3 start2" },
		{ "start 0:486 1:200", "start0 start1 win1" },
		{ "start 1:180 0:200", "start0 start1 told180 lost1 win0" },
		/* the best of the last step */
		{ "start 0:603 1:603 3:486 +500 2:404",
		  "start0 start1 start3 start2 fail486" },
		{ "start 0:404 1:404 3:404 +500 2:486",
		  "start0 start1 start3 start2 fail486" },
	};

	(void)unused;
	CHECK(&conf, rows);
}

/* --- what ends all, and what the caller hears ---------------------------- */

static void some_answers_end_the_whole(void **unused)
{
	struct fork_codes own = { { 0 } };
	struct fork_branch b[] = { { .ends_on = &own }, { .step = 1 } };
	struct fork_conf conf = { .branches = b, .n = 2 };
	static const struct row all[] = {
		{ "start 1:486", "start0 start1 cancel0 fail486" },
		{ "start 1:603 0:200", "start0 start1 win0" },
		{ "start 0:404", "start0 start1 cancel1 fail404" },
		{ "start 1:404 0:480", "start0 start1 fail480" },
		{ "start 0:486 1:200", "start0 start1 cancel1 fail486" },
	};
	static const struct row in_turn[] = {
		{ "start 0:404 1:200", "start0 fail404" },
		{ "start 0:486 1:200", "start0 fail486" },
		{ "start 0:503 1:200", "start0 start1 win1" },
	};

	(void)unused;
	fork_codes_add(&own, 404);
	fork_codes_add(&conf.ends_on, 486);
	CHECK(&conf, all);
	conf.strategy = FORK_ONE_BY_ONE;
	CHECK(&conf, in_turn);
}

static void codes_are_the_statuses_of_failures(void **unused)
{
	struct fork_codes c = { { 0 } };

	(void)unused;
	for (int status = -1; status < 1000; status++)
		fork_codes_add(&c, status);
	for (int status = -1; status < 1000; status++)
		assert_int_equal(fork_codes_has(&c, status),
		                 status >= 300 && status <= 699);
}

/* RFC 3261 16.7 step 6, best first; each beats all after it. */
static void the_best_answer_is_chosen(void **unused)
{
	static const int order[] = { 603, 302, 407, 486, 408, 500, 503, 0 };
	static const struct row rows[] = {
		{ "start 0:503 1:486", "start0 start1 fail486" },
		{ "start 0:486 1:503", "start0 start1 fail486" },
		{ "start 0:503 1:503", "start0 start1 fail503" },
		{ "start 0:480 1:486", "start0 start1 fail486" },
		{ "start 0:302 1:486", "start0 start1 fail302" },
		{ "start 0:604 1:302", "start0 start1 fail604" },
		/* equals: the first branch */
		{ "start 1:600 0:603", "start0 start1 fail603" },
	};
	static const struct fork_conf conf = { .branches = plain, .n = 2 };

	(void)unused;
	for (size_t i = 0; i < NELEM(order); i++)
		for (size_t k = 0; k < NELEM(order); k++)
			assert_int_equal(fork_is_better(order[i], order[k]),
			                 i < k);
	CHECK(&conf, rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_branch),
		cmocka_unit_test(nobody_to_ring),
		cmocka_unit_test(two_branches_cross),
		cmocka_unit_test(three_branches_cross),
		cmocka_unit_test(rings_at_once_when_asked_to),
		cmocka_unit_test(one_branchs_early_media_at_a_time),
		cmocka_unit_test(branches_start_after_their_delays),
		cmocka_unit_test(a_branch_has_limits_of_its_own),
		cmocka_unit_test(the_deadline_is_what_comes_first),
		cmocka_unit_test(steps_come_one_after_another),
		cmocka_unit_test(the_contacts_of_a_step_ring_together),
		cmocka_unit_test(some_answers_end_the_whole),
		cmocka_unit_test(codes_are_the_statuses_of_failures),
		cmocka_unit_test(the_best_answer_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
