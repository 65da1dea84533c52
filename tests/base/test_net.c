/* Networks in CIDR notation. */
#include "cmocka_all.h"

#include <errno.h>

#include "base/net.h"

static bool has(const char *net, const char *ip)
{
	struct net n;
	struct addr a;

	assert_int_equal(net_parse(&n, net), 0);
	assert_int_equal(addr_parse(&a, ip, 5060), 0);
	return net_has(&n, &a);
}

static void a_network_has_its_own_addresses_only(void **unused)
{
	(void)unused;
	assert_true(has("192.0.2.0/24", "192.0.2.255"));
	assert_false(has("192.0.2.0/24", "192.0.3.0"));
	assert_true(has("192.0.2.128/25", "192.0.2.128"));
	assert_false(has("192.0.2.128/25", "192.0.2.127"));
	assert_true(has("0.0.0.0/0", "203.0.113.9"));
	assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
}

static void an_address_stands_for_itself(void **unused)
{
	(void)unused;
	assert_true(has("192.0.2.1", "192.0.2.1"));
	assert_false(has("192.0.2.1", "192.0.2.2"));
	assert_true(has("::1", "::1"));
}

static void families_do_not_mix(void **unused)
{
	struct addr none = { 0 };
	struct net n;

	(void)unused;
	assert_false(has("0.0.0.0/0", "::1"));
	assert_false(has("::/0", "192.0.2.1"));
	assert_int_equal(net_parse(&n, "0.0.0.0/0"), 0);
	assert_false(net_has(&n, &none));
}

static void what_is_no_network_is_refused(void **unused)
{
	static const char *const bad[] = {
		"",           "192.0.2.0/33", "192.0.2.0/",   "192.0.2.0/-1",
		"192.0.2/24", "192.0.2.1/24", "2001:db8::/129", "name/8",
		"192.0.2.0/24x", "192.0.2.0/0000000024", "::1/127",
	};
	struct net n;

	(void)unused;
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_int_equal(net_parse(&n, bad[i]), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_has_its_own_addresses_only),
		cmocka_unit_test(an_address_stands_for_itself),
		cmocka_unit_test(families_do_not_mix),
		cmocka_unit_test(what_is_no_network_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
