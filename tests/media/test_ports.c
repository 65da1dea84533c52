#include "cmocka_all.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "media/ports.h"

static struct ports *drained(uint16_t min, uint16_t max, size_t expect,
                             bool seen[65536])
{
	struct ports *p = ports_create(min, max, 2000, 7);
	uint16_t port;

	memset(seen, 0, 65536 * sizeof(*seen));
	assert_int_equal(ports_count(p).free, expect);
	for (size_t i = 0; i < expect; i++) {
		assert_int_equal(ports_take(p, 0, &port), 0);
		assert_int_equal(port % 2, 0);
		assert_in_range(port, min, max - 1);
		assert_false(seen[port]);
		seen[port] = true;
	}
	assert_int_equal(ports_take(p, 0, &port), -EADDRNOTAVAIL);
	assert_int_equal(ports_count(p).used, expect);
	return p;
}

static void every_pair_of_a_range_is_given_once(void **unused)
{
	static bool seen[65536];
	static const struct {
		uint16_t min, max;
		size_t pairs;
	} rows[] = {
		{ 20000, 20009, 5 },  { 20001, 20009, 4 },
		{ 20000, 20008, 4 },  { 20001, 20008, 3 },
		{ 20000, 20001, 1 },  { 20001, 20002, 0 },
		{ 20000, 20000, 0 },  { 20001, 20001, 0 },
		{ 20009, 20000, 0 },  { 0, 0, 0 },
		{ 0, 5, 2 },          { 1, 5, 2 },
		{ 65534, 65535, 1 },  { 65535, 65535, 0 },
		{ 65000, 65535, 268 }, { 0, 65535, 32767 },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct ports *p = drained(rows[i].min, rows[i].max,
		                          rows[i].pairs, seen);

		ports_destroy(&p);
		assert_null(p);
	}
}

static void a_pair_given_back_rests_before_it_is_free(void **unused)
{
	struct ports *p = ports_create(30000, 30003, 2000, 0);
	uint16_t first, second, port;

	(void)unused;
	assert_int_equal(ports_take(p, 0, &first), 0);
	assert_int_equal(ports_take(p, 0, &second), 0);
	ports_give(p, first, 100);
	ports_give(p, second, 500);
	assert_int_equal(ports_count(p).quarantined, 2);
	assert_int_equal(ports_take(p, 2099, &port), -EADDRNOTAVAIL);
	assert_int_equal(ports_take(p, 2100, &port), 0);
	assert_int_equal(port, first);
	assert_int_equal(ports_take(p, 2499, &port), -EADDRNOTAVAIL);
	assert_int_equal(ports_take(p, 2500, &port), 0);
	assert_int_equal(port, second);
	assert_int_equal(ports_count(p).quarantined, 0);
	ports_destroy(&p);
}

static void rests_end_without_anybody_taking_a_pair(void **unused)
{
	struct ports *p = ports_create(30000, 30003, 2000, 0);
	uint16_t port;

	(void)unused;
	assert_int_equal(ports_take(p, 0, &port), 0);
	ports_give(p, port, 100);
	ports_age(p, 2099);
	assert_int_equal(ports_count(p).quarantined, 1);
	ports_age(p, 2100);
	assert_int_equal(ports_count(p).quarantined, 0);
	assert_int_equal(ports_count(p).free, 2);
	ports_destroy(&p);
}

static void a_pair_never_used_is_free_at_once(void **unused)
{
	struct ports *p = ports_create(30000, 30001, 2000, 0);
	uint16_t port, again;

	(void)unused;
	assert_int_equal(ports_take(p, 0, &port), 0);
	ports_untake(p, port);
	assert_int_equal(ports_count(p).free, 1);
	assert_int_equal(ports_take(p, 0, &again), 0);
	assert_int_equal(again, port);
	ports_destroy(&p);
}

static void without_quarantine_a_pair_is_free_at_the_next_take(void **unused)
{
	struct ports *p = ports_create(30000, 30001, 0, 0);
	uint16_t port;

	(void)unused;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(ports_take(p, 77, &port), 0);
		ports_give(p, port, 77);
	}
	ports_destroy(&p);
}

static void order_of(uint64_t seed, uint16_t out[100])
{
	struct ports *p = ports_create(20000, 20199, 0, seed);

	for (int i = 0; i < 100; i++)
		assert_int_equal(ports_take(p, 0, &out[i]), 0);
	ports_destroy(&p);
}

static void the_order_follows_the_seed_and_is_not_the_natural_one(void **unused)
{
	uint16_t one[100], same[100], other[100], drawn[100];
	int steps = 0;

	(void)unused;
	order_of(1, one);
	order_of(1, same);
	order_of(2, other);
	order_of(0, drawn);
	assert_memory_equal(one, same, sizeof(one));
	assert_memory_not_equal(one, other, sizeof(one));
	assert_memory_not_equal(one, drawn, sizeof(one));
	for (int i = 1; i < 100; i++)
		steps += drawn[i] == drawn[i - 1] + 2;
	assert_in_range(steps, 0, 20);
}

static void counts_add_up_through_a_long_mixed_run(void **unused)
{
	struct ports *p = ports_create(20000, 20199, 50, 3);
	uint16_t held[100];
	size_t n = 0;
	uint32_t r = 1;

	(void)unused;
	for (int64_t now = 0; now < 20000; now++) {
		struct ports_count c;

		r = r * 1664525u + 1013904223u;
		if (r >> 31 && n > 0)
			ports_give(p, held[--n], now);
		else if (ports_take(p, now, &held[n]) == 0)
			n++;
		c = ports_count(p);
		assert_int_equal(c.used, n);
		assert_int_equal(c.used + c.free + c.quarantined, 100);
	}
	ports_destroy(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_of_a_range_is_given_once),
		cmocka_unit_test(a_pair_given_back_rests_before_it_is_free),
		cmocka_unit_test(rests_end_without_anybody_taking_a_pair),
		cmocka_unit_test(a_pair_never_used_is_free_at_once),
		cmocka_unit_test(
			without_quarantine_a_pair_is_free_at_the_next_take),
		cmocka_unit_test(
			the_order_follows_the_seed_and_is_not_the_natural_one),
		cmocka_unit_test(counts_add_up_through_a_long_mixed_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
