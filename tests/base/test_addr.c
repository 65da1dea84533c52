#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "base/addr.h"

static void text_of(const char *in, uint16_t port, const char *want)
{
	struct addr a;
	char out[ADDR_TEXT];

	assert_int_equal(addr_parse_hostport(&a, in, port), 0);
	assert_string_equal(addr_ip_port(&a, out), want);
}

static void addresses_are_read_with_and_without_port(void **unused)
{
	(void)unused;
	text_of("1.2.3.4", 5060, "1.2.3.4:5060");
	text_of("1.2.3.4:7", 5060, "1.2.3.4:7");
	text_of("255.0.100.9:65535", 0, "255.0.100.9:65535");
	text_of("::1", 5060, "[::1]:5060");
	text_of("[::1]", 5060, "[::1]:5060");
	text_of("[2001:db8::1]:99", 5060, "[2001:db8::1]:99");
}

static void what_is_no_address_is_refused(void **unused)
{
	static const char *const bad[] = { "",        "host",     "1.2.3",
		                           "1.2.3.4:", "1.2.3.4:x", "[::1",
		                           "1.2.3.4:70000", "[::1]:-1",
		                           "1.2.3.4:5 " };
	struct addr a;

	(void)unused;
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_int_equal(addr_parse_hostport(&a, bad[i], 1), -EINVAL);
}

static void mapped_ipv4_is_ipv4(void **unused)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct addr a, b;

	(void)unused;
	in6.sin6_addr.s6_addr[10] = in6.sin6_addr.s6_addr[11] = 0xff;
	in6.sin6_addr.s6_addr[12] = 10;
	in6.sin6_addr.s6_addr[15] = 7;
	in6.sin6_port = htons(99);
	assert_int_equal(
	        addr_from_sockaddr(&a, (const struct sockaddr *)&in6), 0);
	assert_int_equal(addr_parse(&b, "10.0.0.7", 99), 0);
	assert_true(addr_eq(&a, &b));
	addr_set_port(&b, 98);
	assert_false(addr_eq(&a, &b));
	assert_true(addr_eq_ip(&a, &b));
}

static void no_address_is_written_as_a_dash(void **unused)
{
	struct addr a = { 0 };
	char out[ADDR_TEXT];

	(void)unused;
	assert_string_equal(addr_ip(&a, out), "-");
	assert_string_equal(addr_host(&a, out), "-");
	assert_string_equal(addr_ip_port(&a, out), "-:0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_with_and_without_port),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(mapped_ipv4_is_ipv4),
		cmocka_unit_test(no_address_is_written_as_a_dash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
