#include "cmocka_all.h"

#include <string.h>

#include "sip/dns_order.h"

/* --- SRV ---------------------------------------------------------------- */

static void lower_priorities_come_first(void **state)
{
	struct dns_service s[] = {
		{ NULL, 30, 9, 1 }, { NULL, 10, 1, 2 }, { NULL, 20, 0, 3 },
		{ NULL, 65535, 65535, 4 }, { NULL, 0, 0, 5 },
	};
	static const size_t want[] = { 4, 1, 2, 0, 3 };
	size_t order[NELEM(s)];

	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		srv_order(s, NELEM(s), seed, order);
		for (size_t i = 0; i < NELEM(s); i++)
			assert_int_equal(order[i], want[i]);
	}
}

/* How often each stood at `place` among 10000 draws. */
static void count(const struct dns_service *s, size_t n, size_t place,
		  unsigned *times)
{
	size_t order[DNS_MAX_RECORDS];

	for (uint64_t seed = 1; seed <= 10000; seed++) {
		srv_order(s, n, seed * 0x9e37, order);
		times[order[place]]++;
	}
}

static void equal_priorities_share_by_weight(void **state)
{
	struct dns_service s[] = {
		{ NULL, 1, 60, 1 }, { NULL, 1, 20, 2 }, { NULL, 1, 20, 3 },
	};
	unsigned first[3] = { 0 }, second[3] = { 0 };

	(void)state;
	count(s, NELEM(s), 0, first);
	/* six deviations */
	assert_in_range(first[0], 5700, 6300);
	assert_in_range(first[1], 1750, 2250);
	assert_in_range(first[2], 1750, 2250);
	/* 0.2 * 60/80 * 2 = 0.3; 0.6 * 20/40 + 0.2 * 20/80 = 0.35 */
	count(s, NELEM(s), 1, second);
	assert_in_range(second[0], 2700, 3300);
	assert_in_range(second[1], 3200, 3800);
	assert_in_range(second[2], 3200, 3800);
}

/* RFC 2782: "a very small chance of being selected". */
static void a_record_without_weight_is_seldom_first(void **state)
{
	struct dns_service s[] = { { NULL, 1, 99, 1 }, { NULL, 1, 0, 2 } };
	unsigned first[2] = { 0 };

	(void)state;
	count(s, NELEM(s), 0, first);
	assert_in_range(first[1], 30, 200); /* one of a hundred */
}

static void without_weights_each_record_is_tried(void **state)
{
	struct dns_service s[4] = { { NULL, 1, 0, 1 }, { NULL, 1, 0, 2 },
				    { NULL, 1, 0, 3 }, { NULL, 1, 0, 4 } };
	bool seen[4] = { false };
	size_t order[4];

	(void)state;
	srv_order(s, 4, 7, order);
	for (size_t i = 0; i < 4; i++)
		seen[order[i]] = true;
	for (size_t i = 0; i < 4; i++)
		assert_true(seen[i]);
}

static void equal_seeds_give_equal_orders(void **state)
{
	struct dns_service s[8];
	size_t a[8], b[8], changes = 0;

	(void)state;
	for (size_t i = 0; i < 8; i++)
		s[i] = (struct dns_service){ NULL, 1, 10, (uint16_t)i };
	for (uint64_t seed = 0; seed < 20; seed++) {
		srv_order(s, 8, seed, a);
		srv_order(s, 8, seed, b);
		assert_memory_equal(a, b, sizeof(a));
		srv_order(s, 8, seed + 1, b);
		changes += memcmp(a, b, sizeof(a)) != 0;
	}
	assert_true(changes > 15);
}

static void the_largest_weights_do_not_overflow(void **state)
{
	struct dns_service s[DNS_MAX_RECORDS];
	size_t order[DNS_MAX_RECORDS];
	unsigned seen = 0;

	(void)state;
	for (size_t i = 0; i < NELEM(s); i++)
		s[i] = (struct dns_service){ NULL, 1, 65535, 1 };
	srv_order(s, NELEM(s), 99, order);
	for (size_t i = 0; i < NELEM(s); i++)
		seen |= 1u << order[i];
	assert_int_equal(seen, (1u << NELEM(s)) - 1);
}

/* --- NAPTR -------------------------------------------------------------- */

#define UDP (1u << SIP_UDP)
#define TCP (1u << SIP_TCP)
#define TLS (1u << SIP_TLS)

static char d2u[] = "SIP+D2U", d2t[] = "sip+d2t", tls[] = "SIPS+D2T",
	    ws[] = "SIP+D2W", enum_[] = "E2U+sip", a[] = "a", none[] = "";

static const struct dns_pointer zone[] = {
	{ d2u, a, 20, 10, true },   /* 0 */
	{ d2t, a, 10, 20, true },   /* 1 */
	{ tls, a, 10, 10, true },   /* 2 */
	{ ws, a, 1, 1, true },      /* 3: a transport of others */
	{ enum_, a, 1, 1, false },  /* 4 */
	{ d2u, a, 1, 1, false },    /* 5: leads to no SRV */
	{ d2t, none, 1, 1, true },  /* 6: nowhere */
};

static void pointers(unsigned transports, bool is_sips, size_t n,
		     const size_t *want)
{
	static const enum sip_transport of[] = { SIP_UDP, SIP_TCP, SIP_TLS };
	enum sip_transport speaks[NELEM(zone)];
	size_t order[NELEM(zone)];

	assert_int_equal(naptr_order(zone, NELEM(zone), transports, is_sips,
				     order, speaks),
			 n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(order[i], want[i]);
		assert_int_equal(speaks[i], of[want[i]]);
	}
}

static void order_goes_before_preference(void **state)
{
	(void)state;
	pointers(UDP | TCP | TLS, false, 3, (size_t[]){ 2, 1, 0 });
}

static void what_we_do_not_speak_is_passed_over(void **state)
{
	(void)state;
	pointers(UDP | TCP, false, 2, (size_t[]){ 1, 0 });
	pointers(UDP, false, 1, (size_t[]){ 0 });
	pointers(0, false, 0, NULL);
}

static void sips_goes_over_tls_alone(void **state)
{
	(void)state;
	pointers(UDP | TCP | TLS, true, 1, (size_t[]){ 2 });
	pointers(UDP | TCP, true, 0, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lower_priorities_come_first),
		cmocka_unit_test(equal_priorities_share_by_weight),
		cmocka_unit_test(a_record_without_weight_is_seldom_first),
		cmocka_unit_test(without_weights_each_record_is_tried),
		cmocka_unit_test(equal_seeds_give_equal_orders),
		cmocka_unit_test(the_largest_weights_do_not_overflow),
		cmocka_unit_test(order_goes_before_preference),
		cmocka_unit_test(what_we_do_not_speak_is_passed_over),
		cmocka_unit_test(sips_goes_over_tls_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
