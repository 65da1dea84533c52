/* Who may send how much, and who is banned. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guard/guard.h"

#define NOW 1000000

static const struct guard_conf conf = {
	.each = { { 2, 4 }, { 2, 4 }, { 5, 10 } },
	.all = { { 100, 100 }, { 100, 100 }, { 100, 100 } },
	.max_sources = 50,
	.max_pending = 1000,
	.pending_s = 32,
	.ban_score = 100,
	.ban_forget_s = 600,
	.ban_s = 300,
	.max_bans = 3,
};

static struct addr at(const char *ip)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, ip, 5060), 0);
	return a;
}

static bool is_carrier(const struct addr *a, void *arg)
{
	struct addr carrier = at("192.0.2.100");

	++*(unsigned *)arg;
	return addr_eq_ip(a, &carrier);
}

struct fixture {
	struct guard *g;
	unsigned asked;
};

static int set_up(void **state)
{
	static struct fixture f;

	f.asked = 0;
	guard_create(&f.g, &conf, is_carrier, &f.asked);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	guard_destroy(&f->g);
	assert_null(f->g);
	return 0;
}

static enum guard_verdict sends(struct fixture *f, const char *ip,
                                int64_t now_ms)
{
	struct addr a = at(ip);

	return guard_admit(f->g, &a, GUARD_INVITE, true, now_ms);
}

static unsigned passed(struct fixture *f, const char *ip, unsigned n,
                       int64_t now_ms)
{
	unsigned through = 0;

	for (unsigned i = 0; i < n; i++)
		through += sends(f, ip, now_ms) <= GUARD_PASS;
	return through;
}

static bool fails(struct fixture *f, const char *ip, unsigned points,
                  int64_t now_ms)
{
	struct addr a = at(ip);

	return guard_blame(f->g, &a, points, true, "test", now_ms);
}

static void a_stranger_may_send_its_burst_then_its_rate(void **state)
{
	assert_int_equal(passed(*state, "192.0.2.1", 20, NOW), 4);
	assert_int_equal(sends(*state, "192.0.2.1", NOW), GUARD_LIMITED);
	assert_int_equal(passed(*state, "192.0.2.1", 20, NOW + 1000), 2);
}

static void one_source_does_not_use_up_anothers(void **state)
{
	passed(*state, "192.0.2.1", 20, NOW);
	assert_int_equal(passed(*state, "192.0.2.2", 20, NOW), 4);
}

static void the_addresses_of_a_64_are_one_source(void **state)
{
	passed(*state, "2001:db8::1", 4, NOW);
	assert_int_equal(sends(*state, "2001:db8::ffff:1", NOW), GUARD_LIMITED);
	assert_int_equal(sends(*state, "2001:db8:0:1::1", NOW), GUARD_PASS);
}

static void methods_are_counted_apart(void **state)
{
	struct fixture *f = *state;
	struct addr a = at("192.0.2.1");

	passed(f, "192.0.2.1", 20, NOW);
	assert_int_equal(guard_admit(f->g, &a, GUARD_REGISTER, true, NOW),
	                 GUARD_PASS);
	assert_int_equal(guard_admit(f->g, &a, GUARD_REST, true, NOW),
	                 GUARD_PASS);
}

/* The address is a new one each time: a spoofed flood. */
static unsigned flood(struct fixture *f, unsigned n, int64_t now_ms)
{
	unsigned through = 0;
	char ip[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(ip, sizeof(ip), "10.%u.%u.%u", i >> 16 & 255,
		         i >> 8 & 255, i & 255);
		through += sends(f, ip, now_ms) == GUARD_PASS;
	}
	return through;
}

static void all_strangers_together_have_a_limit(void **state)
{
	assert_int_equal(flood(*state, 5000, NOW), 100);
	assert_int_equal(sends(*state, "192.0.2.1", NOW), GUARD_CROWDED);
}

static void a_flood_of_sources_takes_no_more_memory_than_allowed(void **state)
{
	struct fixture *f = *state;
	struct guard_gauges g;

	flood(f, 5000, NOW);
	g = guard_gauges(f->g);
	assert_int_equal(g.strangers, conf.max_sources);
}

static void a_flood_does_not_push_out_who_proved_itself(void **state)
{
	struct fixture *f = *state;
	struct addr good = at("192.0.2.1"), bad = at("192.0.2.66");

	guard_prove(f->g, &good, NOW + 60000, NOW);
	assert_int_equal(guard_ban(f->g, &bad, NOW + 60000, "test", NOW), 0);
	flood(f, 5000, NOW);
	assert_int_equal(passed(f, "192.0.2.1", 500, NOW), 500);
	assert_int_equal(sends(f, "192.0.2.66", NOW), GUARD_BANNED);
	assert_int_equal(guard_gauges(f->g).known, 1);
}

static void the_proof_lapses(void **state)
{
	struct fixture *f = *state;
	struct addr a = at("192.0.2.1");

	guard_prove(f->g, &a, NOW + 60000, NOW);
	assert_int_equal(passed(f, "192.0.2.1", 50, NOW + 59999), 50);
	assert_int_equal(passed(f, "192.0.2.1", 50, NOW + 60000), 4);
	assert_int_equal(guard_gauges(f->g).known, 0);
}

static void a_peer_of_the_configuration_has_no_limit(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(passed(f, "192.0.2.100", 500, NOW), 500);
	assert_int_equal(f->asked, 1);
	guard_ask_again(f->g);
	sends(f, "192.0.2.100", NOW);
	assert_int_equal(f->asked, 2);
}

static void transactions_of_strangers_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct guard_conf c = conf;
	unsigned through = 0;

	guard_destroy(&f->g);
	c.max_pending = 250;
	guard_create(&f->g, &c, is_carrier, &f->asked);
	for (unsigned s = 0; s < 31; s++)
		through += flood(f, 200, NOW + s * 1000);
	assert_int_equal(through, 250);
	/* those of the first second are over by now */
	assert_int_equal(flood(f, 200, NOW + 32000), 100);
}

static void what_leaves_nothing_behind_is_not_counted_as_pending(void **state)
{
	struct fixture *f = *state;
	struct addr a = at("192.0.2.1");

	guard_admit(f->g, &a, GUARD_REST, false, NOW);
	assert_int_equal(guard_gauges(f->g).pending, 0);
	guard_admit(f->g, &a, GUARD_REST, true, NOW);
	assert_int_equal(guard_gauges(f->g).pending, 1);
}

/* --- bans ----------------------------------------------------------------- */

static void enough_failures_are_a_ban_that_ends(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 9; i++)
		assert_false(fails(f, "192.0.2.1", 10, NOW));
	assert_int_equal(sends(f, "192.0.2.1", NOW), GUARD_PASS);
	assert_true(fails(f, "192.0.2.1", 10, NOW));
	assert_int_equal(sends(f, "192.0.2.1", NOW + 299999), GUARD_BANNED);
	assert_false(guard_expire(f->g, NOW + 299999));
	assert_true(guard_expire(f->g, NOW + 300000));
	assert_int_equal(sends(f, "192.0.2.1", NOW + 300000), GUARD_PASS);
}

static void a_ban_that_is_over_needs_nobody_to_end_it(void **state)
{
	fails(*state, "192.0.2.1", 100, NOW);
	assert_int_equal(sends(*state, "192.0.2.1", NOW), GUARD_BANNED);
	assert_int_equal(sends(*state, "192.0.2.1", NOW + 300000), GUARD_PASS);
}

static void failures_are_forgotten_with_time(void **state)
{
	/* 100 points in 600 s: a failure of 10 points a minute goes on */
	for (int i = 0; i < 200; i++)
		assert_false(fails(*state, "192.0.2.1", 10, NOW + i * 60000));
	for (int i = 0; i < 18; i++)
		assert_false(fails(*state, "192.0.2.2", 10, NOW + i * 30000));
	assert_true(fails(*state, "192.0.2.2", 20, NOW + 18 * 30000));
}

static void without_a_round_trip_nobody_is_banned(void **state)
{
	struct fixture *f = *state;
	struct addr victim = at("192.0.2.1");

	for (int i = 0; i < 1000; i++)
		assert_false(guard_blame(f->g, &victim, 100, false, "t", NOW));
	assert_int_equal(sends(f, "192.0.2.1", NOW), GUARD_PASS);
}

static void a_peer_is_never_banned(void **state)
{
	struct fixture *f = *state;
	struct addr a = at("192.0.2.100");

	assert_false(fails(f, "192.0.2.100", 1000, NOW));
	assert_int_equal(guard_ban(f->g, &a, NOW + 1000, "test", NOW), -EPERM);
	assert_int_equal(passed(f, "192.0.2.100", 50, NOW), 50);
}

static void phones_behind_one_address_lose_freedom_but_are_not_banned(void **s)
{
	struct fixture *f = *s;
	struct addr a = at("192.0.2.1");

	guard_prove(f->g, &a, NOW + 3600000, NOW);
	assert_false(fails(f, "192.0.2.1", 150, NOW));
	assert_int_equal(passed(f, "192.0.2.1", 50, NOW), 4);
	/* 50 points are forgotten in 300 s */
	assert_int_equal(passed(f, "192.0.2.1", 50, NOW + 301000), 50);
}

static void the_oldest_ban_makes_room_for_a_new_one(void **state)
{
	struct fixture *f = *state;

	fails(f, "192.0.2.1", 100, NOW);
	fails(f, "192.0.2.2", 100, NOW + 1);
	fails(f, "192.0.2.3", 100, NOW + 2);
	fails(f, "192.0.2.4", 100, NOW + 3);
	assert_int_equal(guard_gauges(f->g).bans, 3);
	assert_int_equal(sends(f, "192.0.2.1", NOW + 4), GUARD_PASS);
	assert_int_equal(sends(f, "192.0.2.4", NOW + 4), GUARD_BANNED);
}

static void collect(const struct guard_ban *b, void *arg)
{
	char *out = arg, text[ADDR_TEXT];

	strcat(out, source_text(&b->source, text));
	strcat(out, " ");
}

static void an_operator_bans_and_unbans(void **state)
{
	struct fixture *f = *state;
	struct addr a = at("192.0.2.1"), b = at("2001:db8::1");
	uint64_t was = guard_generation(f->g);
	char list[256] = "";

	assert_int_equal(guard_unban(f->g, &a), -ENOENT);
	assert_int_equal(guard_ban(f->g, &a, NOW + 10, "by hand", NOW), 0);
	assert_int_equal(guard_ban(f->g, &b, NOW + 10, "by hand", NOW), 0);
	assert_int_not_equal(guard_generation(f->g), was);
	guard_each_ban(f->g, collect, list);
	assert_string_equal(list, "2001:db8::/64 192.0.2.1 ");
	assert_int_equal(guard_unban(f->g, &a), 0);
	assert_int_equal(sends(f, "192.0.2.1", NOW), GUARD_PASS);
	assert_int_equal(guard_unban(f->g, &a), -ENOENT);
}

static void a_proof_does_not_lift_a_ban(void **state)
{
	struct fixture *f = *state;
	struct addr a = at("192.0.2.1");

	assert_int_equal(guard_ban(f->g, &a, NOW + 1000, "by hand", NOW), 0);
	guard_prove(f->g, &a, NOW + 3600000, NOW);
	assert_int_equal(sends(f, "192.0.2.1", NOW), GUARD_BANNED);
	assert_int_equal(passed(f, "192.0.2.1", 50, NOW + 1000), 4);
}

static void a_ban_by_hand_ends_what_a_proof_gave(void **state)
{
	struct fixture *f = *state;
	struct addr a = at("192.0.2.1");

	guard_prove(f->g, &a, NOW + 3600000, NOW);
	assert_int_equal(guard_ban(f->g, &a, NOW + 1000, "by hand", NOW), 0);
	assert_int_equal(sends(f, "192.0.2.1", NOW), GUARD_BANNED);
	assert_int_equal(passed(f, "192.0.2.1", 50, NOW + 1000), 4);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_stranger_may_send_its_burst_then_its_rate),
		T(one_source_does_not_use_up_anothers),
		T(the_addresses_of_a_64_are_one_source),
		T(methods_are_counted_apart),
		T(all_strangers_together_have_a_limit),
		T(a_flood_of_sources_takes_no_more_memory_than_allowed),
		T(a_flood_does_not_push_out_who_proved_itself),
		T(the_proof_lapses),
		T(a_peer_of_the_configuration_has_no_limit),
		T(transactions_of_strangers_are_bounded),
		T(what_leaves_nothing_behind_is_not_counted_as_pending),
		T(enough_failures_are_a_ban_that_ends),
		T(a_ban_that_is_over_needs_nobody_to_end_it),
		T(failures_are_forgotten_with_time),
		T(without_a_round_trip_nobody_is_banned),
		T(a_peer_is_never_banned),
		T(phones_behind_one_address_lose_freedom_but_are_not_banned),
		T(the_oldest_ban_makes_room_for_a_new_one),
		T(an_operator_bans_and_unbans),
		T(a_proof_does_not_lift_a_ban),
		T(a_ban_by_hand_ends_what_a_proof_gave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
