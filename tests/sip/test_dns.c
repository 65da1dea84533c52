#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "sip/dns.h"
#include "support/dns.h"

#define MAX_KEPT 10

static struct loop *loop;
static struct dnsd *server;
static struct dns *dns;

static int set_up(void **state)
{
	struct dns_conf conf = { .hosts = "/dev/null",
				 .max_records = MAX_KEPT };

	(void)state;
	assert_int_equal(loop_create(&loop, NULL, NULL), 0);
	dnsd_create(&server, loop);
	conf.channel.servers = dnsd_address(server);
	conf.channel.timeout_ms = 1000;
	conf.channel.tries = 1;
	return dns_create(&dns, loop, &conf);
}

static int tear_down(void **state)
{
	(void)state;
	dns_destroy(&dns);
	dnsd_destroy(&server);
	loop_destroy(&loop);
	return 0;
}

static void ignore(struct dns_ask *a, void *arg)
{
	(void)a;
	(void)arg;
}

static const struct dns_answer *asked(struct dns_ask *a, enum dns_type type,
				      const char *name)
{
	int64_t end = clock_mono_ms() + 10000;

	dns_ask(dns, a, type, name, ignore, NULL);
	while (!dns_answer_of(a) && clock_mono_ms() < end)
		loop_turn(loop, 20);
	assert_non_null(dns_answer_of(a));
	return dns_answer_of(a);
}

static void no_more_is_kept_than_is_allowed(void **unused)
{
	struct dns_ask held = { 0 };

	(void)unused;
	dnsd_add_address(server, "held.test", 60, "192.0.2.1");
	asked(&held, DNS_A, "held.test");
	for (int i = 0; i < 5 * MAX_KEPT; i++) {
		struct dns_ask a;
		char name[32];

		snprintf(name, sizeof(name), "n%d.test", i);
		assert_int_equal(asked(&a, DNS_A, name)->status, DNS_NOTHING);
		dns_release(&a);
		assert_in_range(dns_record_count(dns), 1, MAX_KEPT);
	}
	/* What is held can be read although the cache forgot it. */
	assert_int_equal(dns_answer_of(&held)->n, 1);
	dns_release(&held);
	dns_release(&held);
}

static void an_answer_nobody_waits_for_is_kept_all_the_same(void **unused)
{
	struct dns_ask a = { 0 }, b = { 0 };

	(void)unused;
	dnsd_add_address(server, "a.test", 60, "192.0.2.1");
	dnsd_add_address(server, "b.test", 60, "192.0.2.2");
	dns_ask(dns, &a, DNS_A, "a.test", ignore, NULL);
	dns_release(&a);
	asked(&b, DNS_A, "b.test");
	dns_release(&b);
	assert_int_equal(asked(&a, DNS_A, "a.test")->n, 1);
	assert_int_equal(dnsd_asked(server, 0), 2);
	dns_release(&a);
}

static const unsigned char nxdomain[] =
	"\0\7\x81\x83\0\1\0\0\0\1\0\0"
	"\1a\4test\0\0\1\0\1"
	"\4test\0\0\6\0\1\0\0\0\x14\0\x16"
	"\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x1e";
static const unsigned char reply[] =
	"\0\7\x81\x80\0\1\0\2\0\0\0\0"
	"\1a\4test\0\0\1\0\1"
	"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
	"\xc0\x0c\0\1\0\1\0\0\0\x28\0\4\xc0\0\2\2";

static void the_times_of_a_reply_are_read(void **unused)
{
	unsigned ttl = 0;

	(void)unused;
	assert_true(dns_answer_ttl(&ttl, reply, sizeof(reply) - 1));
	assert_int_equal(ttl, 40); /* the smallest */
	assert_true(dns_negative_ttl(&ttl, nxdomain, sizeof(nxdomain) - 1));
	assert_int_equal(ttl, 20); /* the SOA's own, below its minimum */
	assert_false(dns_negative_ttl(&ttl, reply, sizeof(reply) - 1));
	assert_false(dns_answer_ttl(&ttl, nxdomain, sizeof(nxdomain) - 1));
}

static void a_reply_that_is_cut_short_is_no_reply(void **unused)
{
	unsigned ttl = 0;

	(void)unused;
	for (size_t n = 0; n < sizeof(reply) - 1; n++) {
		struct dns_answer a;

		assert_false(dns_answer_ttl(&ttl, reply, n));
		dns_read(&a, DNS_A, reply, n);
		assert_int_equal(a.status, DNS_FAILED);
		assert_int_equal(a.n, 0);
		dns_answer_clear(&a);
	}
	for (size_t n = 0; n < sizeof(nxdomain) - 1; n++)
		assert_false(dns_negative_ttl(&ttl, nxdomain, n));
}

#define with_server(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_server(no_more_is_kept_than_is_allowed),
		with_server(an_answer_nobody_waits_for_is_kept_all_the_same),
		cmocka_unit_test(the_times_of_a_reply_are_read),
		cmocka_unit_test(a_reply_that_is_cut_short_is_no_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
