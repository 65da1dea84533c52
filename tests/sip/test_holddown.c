#include "cmocka_all.h"

#include "sip/holddown.h"

#define HOLD_MS 30000

static struct hop hop(const char *ip, enum sip_transport t)
{
	struct hop h = { .transport = t };

	assert_int_equal(addr_parse(&h.addr, ip, 5060), 0);
	return h;
}

static int set_up(void **state)
{
	struct holddown_conf conf = { .hold_ms = HOLD_MS,
				      .max_unanswered = 5 };
	struct holddown *h;

	holddown_create(&h, &conf);
	*state = h;
	return 0;
}

static int tear_down(void **state)
{
	struct holddown *h = *state;

	holddown_destroy(&h);
	assert_null(h);
	return 0;
}

/* One request there at t0, ended at t1. */
static void try(struct holddown *h, const struct hop *to,
		enum hold_result result, int64_t t0, int64_t t1)
{
	holddown_sent(h, to);
	holddown_ended(h, to, result, t0, t1);
	assert_int_equal(holddown_unanswered(h), 0);
}

static void the_silent_and_those_who_refuse_go_last(void **state)
{
	struct hop a = hop("192.0.2.1", SIP_UDP), b = hop("192.0.2.2", SIP_TCP),
		   c = hop("192.0.2.3", SIP_UDP);

	try(*state, &a, HOLD_SILENT, 0, 4000);
	try(*state, &b, HOLD_REFUSED, 0, 10);
	try(*state, &c, HOLD_DROPPED, 0, 10);
	assert_int_equal(holddown_judge(*state, &a, 4000), HOLD_LAST);
	assert_int_equal(holddown_judge(*state, &b, 4000), HOLD_LAST);
	assert_int_equal(holddown_judge(*state, &c, 4000), HOLD_FREE);
	assert_int_equal(holddown_judge(*state, &a, 4000 + HOLD_MS - 1),
			 HOLD_LAST);
	assert_int_equal(holddown_judge(*state, &a, 4000 + HOLD_MS),
			 HOLD_FREE);
}

static void port_and_transport_make_another_target(void **state)
{
	struct hop a = hop("192.0.2.1", SIP_UDP), b = a, c = a;

	b.transport = SIP_TCP;
	addr_set_port(&c.addr, 5070);
	try(*state, &a, HOLD_REFUSED, 0, 0);
	assert_int_equal(holddown_judge(*state, &a, 1), HOLD_LAST);
	assert_int_equal(holddown_judge(*state, &b, 1), HOLD_FREE);
	assert_int_equal(holddown_judge(*state, &c, 1), HOLD_FREE);
}

static void one_at_a_time_finds_out(void **state)
{
	struct hop a = hop("192.0.2.1", SIP_UDP);

	try(*state, &a, HOLD_SILENT, 0, 4000);
	holddown_sent(*state, &a);
	assert_int_equal(holddown_judge(*state, &a, 4001), HOLD_SHUT);
	/* also when the time is over */
	assert_int_equal(holddown_judge(*state, &a, 4000 + HOLD_MS),
			 HOLD_SHUT);
	holddown_ended(*state, &a, HOLD_SILENT, 40000, 44000);
	assert_int_equal(holddown_judge(*state, &a, 44001), HOLD_LAST);
	try(*state, &a, HOLD_ANSWERED, 44001, 44002);
	assert_int_equal(holddown_judge(*state, &a, 44003), HOLD_FREE);
}

static void one_lost_among_many_answered_does_not_count(void **state)
{
	struct hop a = hop("192.0.2.1", SIP_UDP);

	holddown_sent(*state, &a); /* at 0 */
	holddown_sent(*state, &a); /* at 10 */
	holddown_ended(*state, &a, HOLD_ANSWERED, 10, 20);
	holddown_ended(*state, &a, HOLD_SILENT, 0, 4000);
	assert_int_equal(holddown_judge(*state, &a, 4000), HOLD_FREE);
	/* but an answer of before says nothing about now */
	holddown_sent(*state, &a);
	holddown_sent(*state, &a);
	holddown_ended(*state, &a, HOLD_ANSWERED, 5000, 5001);
	holddown_ended(*state, &a, HOLD_SILENT, 6000, 10000);
	assert_int_equal(holddown_judge(*state, &a, 10000), HOLD_LAST);
}

static void retry_after_is_kept_to_the_letter(void **state)
{
	struct hop a = hop("192.0.2.1", SIP_UDP), b = hop("192.0.2.2", SIP_UDP);

	holddown_sent(*state, &a);
	holddown_ended(*state, &a, HOLD_ANSWERED, 0, 1);
	holddown_busy(*state, &a, 10, 1000);
	assert_int_equal(holddown_judge(*state, &a, 10999), HOLD_SHUT);
	/* an answer to something older does not shorten it */
	try(*state, &a, HOLD_ANSWERED, 0, 2000);
	assert_int_equal(holddown_judge(*state, &a, 10999), HOLD_SHUT);
	assert_int_equal(holddown_judge(*state, &a, 11000), HOLD_FREE);
	/* a day is too long to be believed */
	holddown_busy(*state, &b, 86400, 0);
	assert_int_equal(holddown_judge(*state, &b, 299999), HOLD_SHUT);
	assert_int_equal(holddown_judge(*state, &b, 300000), HOLD_FREE);
}

static void few_wait_on_one_target(void **state)
{
	struct hop a = hop("192.0.2.1", SIP_UDP);

	for (int i = 0; i < 5; i++) {
		assert_int_equal(holddown_judge(*state, &a, 0), HOLD_FREE);
		holddown_sent(*state, &a);
	}
	assert_int_equal(holddown_judge(*state, &a, 0), HOLD_SHUT);
	assert_int_equal(holddown_unanswered(*state), 5);
	holddown_ended(*state, &a, HOLD_ANSWERED, 0, 1);
	assert_int_equal(holddown_judge(*state, &a, 1), HOLD_FREE);
	for (int i = 0; i < 4; i++)
		holddown_ended(*state, &a, HOLD_DROPPED, 0, 1);
	assert_int_equal(holddown_unanswered(*state), 0);
	/* ended once too often */
	holddown_ended(*state, &a, HOLD_DROPPED, 0, 1);
	assert_int_equal(holddown_unanswered(*state), 0);
}

static struct resolve_answer three(void)
{
	static const char *const ips[] = { "192.0.2.1", "192.0.2.2",
					   "192.0.2.3" };
	struct resolve_answer a = { .n = 3 };

	for (size_t i = 0; i < 3; i++)
		a.addr[i] = hop(ips[i], SIP_UDP).addr;
	return a;
}

static void the_living_are_picked_before_the_dead(void **state)
{
	struct resolve_answer a = three();
	struct hop first = { a.addr[0], SIP_UDP }, last = { a.addr[2], SIP_UDP };

	assert_int_equal(holddown_pick(*state, &a, 0, 0), 0);
	assert_int_equal(holddown_pick(*state, &a, 1, 0), 1);
	assert_int_equal(holddown_pick(*state, &a, 7, 0), 3);
	try(*state, &first, HOLD_SILENT, 0, 4000);
	assert_int_equal(holddown_pick(*state, &a, 0, 4000), 1);
	assert_int_equal(holddown_pick(*state, &a, 2, 4000), 2);
	assert_int_equal(holddown_pick(*state, &a, 6, 4000), 0);
	holddown_busy(*state, &last, 10, 4000);
	assert_int_equal(holddown_pick(*state, &a, 2, 4000), 0);
	assert_int_equal(holddown_pick(*state, &a, 3, 4000), 3);
	assert_int_equal(holddown_pick(*state, &a, 0, 4000 + HOLD_MS), 0);
}

static void count_all(const struct hold_view *v, void *arg)
{
	(void)v;
	++*(size_t *)arg;
}

static void the_memory_of_the_dead_is_bounded(void **state)
{
	size_t n = 0;

	for (unsigned i = 0; i < 6000; i++) {
		struct hop a = hop("192.0.2.1", SIP_UDP);

		addr_set_port(&a.addr, (uint16_t)(1000 + i));
		try(*state, &a, HOLD_REFUSED, i, i);
	}
	holddown_each(*state, 6000, count_all, &n);
	assert_in_range(n, 1000, 4096);
}

static void nothing_is_held_when_told_so(void **state)
{
	struct holddown_conf conf = { 0 };
	struct hop a = hop("192.0.2.1", SIP_UDP);
	struct holddown *h;

	(void)state;
	holddown_create(&h, &conf);
	for (int i = 0; i < 1000; i++)
		holddown_sent(h, &a);
	assert_int_equal(holddown_judge(h, &a, 0), HOLD_FREE);
	holddown_ended(h, &a, HOLD_SILENT, 0, 4000);
	holddown_busy(h, &a, 10, 4000);
	assert_int_equal(holddown_judge(h, &a, 4000), HOLD_FREE);
	holddown_destroy(&h);
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(the_silent_and_those_who_refuse_go_last),
		WITH(port_and_transport_make_another_target),
		WITH(one_at_a_time_finds_out),
		WITH(one_lost_among_many_answered_does_not_count),
		WITH(retry_after_is_kept_to_the_letter),
		WITH(few_wait_on_one_target),
		WITH(the_living_are_picked_before_the_dead),
		WITH(the_memory_of_the_dead_is_bounded),
		cmocka_unit_test(nothing_is_held_when_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
