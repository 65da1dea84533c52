#include "cmocka_all.h"

#include <errno.h>

#include "http/line.h"

#define PLACES 64

struct scene {
	struct line line;
	struct line_place p[PLACES];
};

static void enter(struct scene *s, size_t i, const char *host, bool goes)
{
	assert_int_equal(line_enter(&s->line, &s->p[i], host), 0);
	assert_int_equal(s->p[i].is_live, goes);
}

static void leave_all(struct scene *s)
{
	for (size_t i = 0; i < PLACES; i++)
		line_leave(&s->line, &s->p[i]);
	assert_null(s->line.hosts);
	assert_null(s->line.ready);
	assert_int_equal(s->line.n_live + s->line.n_waiting, 0);
}

static void who_finds_room_goes_at_once(void **state)
{
	struct scene s = { .line.conf = { 2, 2, 9 } };

	(void)state;
	enter(&s, 0, "a", true);
	enter(&s, 1, "b", true);
	enter(&s, 2, "c", false);
	assert_null(line_next(&s.line));
	line_leave(&s.line, &s.p[0]);
	assert_ptr_equal(line_next(&s.line), &s.p[2]);
	assert_null(line_next(&s.line));
	leave_all(&s);
}

static void a_host_that_hangs_holds_up_nobody_else(void **state)
{
	struct scene s = { .line.conf = { 10, 2, 9 } };

	(void)state;
	enter(&s, 0, "hangs", true);
	enter(&s, 1, "hangs", true);
	enter(&s, 2, "hangs", false);
	enter(&s, 3, "hangs", false);
	enter(&s, 4, "well", true);
	assert_null(line_next(&s.line));
	line_leave(&s.line, &s.p[1]);
	assert_ptr_equal(line_next(&s.line), &s.p[2]);
	assert_null(line_next(&s.line));
	leave_all(&s);
}

static void hosts_take_turns(void **state)
{
	struct scene s = { .line.conf = { 1, 1, 9 } };

	(void)state;
	enter(&s, 0, "a", true);
	enter(&s, 1, "a", false);
	enter(&s, 2, "b", false);
	enter(&s, 3, "b", false);
	enter(&s, 4, "c", false);
	line_leave(&s.line, &s.p[0]);
	assert_ptr_equal(line_next(&s.line), &s.p[2]);
	line_leave(&s.line, &s.p[2]);
	assert_ptr_equal(line_next(&s.line), &s.p[4]);
	line_leave(&s.line, &s.p[4]);
	assert_ptr_equal(line_next(&s.line), &s.p[1]);
	line_leave(&s.line, &s.p[1]);
	assert_ptr_equal(line_next(&s.line), &s.p[3]);
	leave_all(&s);
}

static void too_many_who_wait_are_sent_away(void **state)
{
	struct scene s = { .line.conf = { 1, 1, 2 } };

	(void)state;
	enter(&s, 0, "a", true);
	enter(&s, 1, "b", false);
	enter(&s, 2, "a", false);
	assert_int_equal(line_enter(&s.line, &s.p[3], "c"), -EBUSY);
	assert_int_equal(line_enter(&s.line, &s.p[3], "a"), -EBUSY);
	line_leave(&s.line, &s.p[3]); /* it is not in line */
	line_leave(&s.line, &s.p[1]); /* one has thought better of it */
	enter(&s, 3, "c", false);
	leave_all(&s);
}

static void nobody_overtakes_who_waits_for_the_same_host(void **state)
{
	struct scene s = { .line.conf = { 2, 1, 9 } };

	(void)state;
	enter(&s, 0, "a", true);
	enter(&s, 1, "a", false);
	line_leave(&s.line, &s.p[0]);
	enter(&s, 2, "a", false);
	assert_ptr_equal(line_next(&s.line), &s.p[1]);
	leave_all(&s);
}

struct chance {
	unsigned seed, at[PLACES], of[4];
};

static unsigned draw(struct chance *c, unsigned n)
{
	c->seed = c->seed * 1103515245 + 12345;
	return (c->seed >> 16) % n;
}

static void check_limits(const struct scene *s, struct chance *c)
{
	for (size_t h = 0; h < 4; h++)
		c->of[h] = 0;
	for (size_t i = 0; i < PLACES; i++)
		c->of[c->at[i]] += s->p[i].is_live;
	for (size_t i = 0; i < PLACES; i++) /* nobody waits in vain */
		assert_false(s->p[i].host && !s->p[i].is_live &&
		             c->of[c->at[i]] < 3 && s->line.n_live < 7);
	for (size_t h = 0; h < 4; h++)
		assert_true(c->of[h] <= 3);
	assert_int_equal(c->of[0] + c->of[1] + c->of[2] + c->of[3],
	                 s->line.n_live);
	assert_true(s->line.n_live <= 7 && s->line.n_waiting <= 20);
}

static void limits_hold_whatever_happens(void **state)
{
	static const char *const hosts[] = { "a", "b", "c", "d" };
	struct scene s = { .line.conf = { 7, 3, 20 } };
	struct chance c = { .seed = 1 };

	(void)state;
	for (int step = 0; step < 50000; step++) {
		size_t i = draw(&c, PLACES);

		if (s.p[i].host) {
			line_leave(&s.line, &s.p[i]);
		} else {
			c.at[i] = draw(&c, 4);
			(void)line_enter(&s.line, &s.p[i], hosts[c.at[i]]);
		}
		while (line_next(&s.line))
			;
		check_limits(&s, &c);
	}
	leave_all(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_finds_room_goes_at_once),
		cmocka_unit_test(a_host_that_hangs_holds_up_nobody_else),
		cmocka_unit_test(hosts_take_turns),
		cmocka_unit_test(too_many_who_wait_are_sent_away),
		cmocka_unit_test(nobody_overtakes_who_waits_for_the_same_host),
		cmocka_unit_test(limits_hold_whatever_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
