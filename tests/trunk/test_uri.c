#include "cmocka_all.h"

#include <stdlib.h>

#include "trunk/uri.h"

static struct gateway gateway(const char *server)
{
	struct gateway g = { 0 };

	g.server = server;
	g.prefix = g.suffix = "";
	return g;
}

static void assert_uri(const struct gateway *g, const char *number,
                       const char *expected)
{
	char *uri = uri_of_gateway(g, number);

	if (expected)
		assert_string_equal(uri, expected);
	else
		assert_null(uri);
	free(uri);
}

static void the_number_stands_before_the_server(void **unused)
{
	struct gateway g = gateway("sip.example.com");

	(void)unused;
	assert_uri(&g, "+14155550000", "sip:+14155550000@sip.example.com");
}

static void the_user_part_is_escaped(void **unused)
{
	struct gateway g = gateway("a.example");

	(void)unused;
	assert_uri(&g, "*12#3", "sip:*12%233@a.example");
	assert_uri(&g, "a b@c:d%\r\n\xc3\xa9\"<>",
	           "sip:a%20b%40c%3Ad%25%0D%0A%C3%A9%22%3C%3E@a.example");
	assert_uri(&g, "-_.!~*'()&=+$,;?/", "sip:-_.!~*'()&=+$,;?/@a.example");
}

static void a_port_stands_there_unless_it_is_the_usual_one(void **unused)
{
	struct gateway g = gateway("a.example");

	(void)unused;
	g.port = 5060;
	assert_uri(&g, "1", "sip:1@a.example");
	g.port = 5080;
	assert_uri(&g, "1", "sip:1@a.example:5080");
	g.transport = "tcp";
	assert_uri(&g, "1", "sip:1@a.example:5080;transport=tcp");
}

static void an_ipv6_server_is_bracketed(void **unused)
{
	struct gateway g = gateway("2001:db8::1");

	(void)unused;
	assert_uri(&g, "1", "sip:1@[2001:db8::1]");
	g.port = 5070;
	assert_uri(&g, "1", "sip:1@[2001:db8::1]:5070");
	g.server = "[2001:db8::1]";
	assert_uri(&g, "1", "sip:1@[2001:db8::1]:5070");
	g.server = "192.0.2.1";
	assert_uri(&g, "1", "sip:1@192.0.2.1:5070");
}

static void a_server_with_its_port_keeps_it(void **unused)
{
	struct gateway g = gateway("192.0.2.1:5090");

	(void)unused;
	assert_uri(&g, "1", "sip:1@192.0.2.1:5090");
	g.port = 5090; /* given twice */
	assert_uri(&g, "1", "sip:1@192.0.2.1:5090");
	g.server = "a.example:5090";
	g.port = 0;
	assert_uri(&g, "1", "sip:1@a.example:5090");
}

static void a_route_replaces_it_all(void **unused)
{
	struct gateway g = gateway("a.example");

	(void)unused;
	g.route = "sip:fixed@b.example:5070;transport=tcp";
	assert_uri(&g, "1", "sip:fixed@b.example:5070;transport=tcp");
	g.route = "fixed@b.example";
	assert_uri(&g, "1", "sip:fixed@b.example");
	g.route = "sips:fixed@b.example";
	assert_uri(&g, "1", "sips:fixed@b.example");
	g.route = "";
	assert_uri(&g, "1", "sip:1@a.example");
}

static void what_makes_no_uri_is_refused(void **unused)
{
	static const char *const servers[] = { "", "a b", "a@b", "a;b", "[::1",
		                               "a.example:", "a:b", "a:99999",
		                               "a\r\nb", "<a>" };
	struct gateway g;

	(void)unused;
	for (size_t i = 0; i < NELEM(servers); i++) {
		g = gateway(servers[i]);
		assert_uri(&g, "1", NULL);
	}
	g = gateway("a.example");
	assert_uri(&g, "", NULL);
	g.route = "sip:a b@c";
	assert_uri(&g, "1", NULL);
	g.route = "sip:a\r\n@c";
	assert_uri(&g, "1", NULL);
}

static void is(char *uri, const char *expected)
{
	if (expected)
		assert_string_equal(uri, expected);
	else
		assert_null(uri);
	free(uri);
}

static void a_gateway_itself_has_a_uri_without_a_user(void **unused)
{
	struct gateway g = gateway("sip.example.com");

	(void)unused;
	is(uri_of_server(&g), "sip:sip.example.com");
	g.port = 5061;
	g.transport = "tls";
	is(uri_of_server(&g), "sip:sip.example.com:5061;transport=tls");
	g = gateway("2001:db8::1");
	is(uri_of_server(&g), "sip:[2001:db8::1]");
	g = gateway("a b");
	is(uri_of_server(&g), NULL);
}

static void an_account_is_its_user_name_at_the_domain(void **unused)
{
	struct gateway g = gateway("sip.example.com:5070");

	(void)unused;
	is(uri_of_account(&g), NULL); /* nobody */
	g.username = "49 30@x";
	is(uri_of_account(&g), "sip:49%2030%40x@sip.example.com");
	g.from_realm = "example.com";
	is(uri_of_account(&g), "sip:49%2030%40x@example.com");
	g = gateway("[2001:db8::1]:5070");
	g.username = "u";
	is(uri_of_account(&g), "sip:u@[2001:db8::1]");
	g = gateway("a b");
	g.username = "u";
	is(uri_of_account(&g), NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_number_stands_before_the_server),
		cmocka_unit_test(the_user_part_is_escaped),
		cmocka_unit_test(
			a_port_stands_there_unless_it_is_the_usual_one),
		cmocka_unit_test(an_ipv6_server_is_bracketed),
		cmocka_unit_test(a_server_with_its_port_keeps_it),
		cmocka_unit_test(a_route_replaces_it_all),
		cmocka_unit_test(what_makes_no_uri_is_refused),
		cmocka_unit_test(a_gateway_itself_has_a_uri_without_a_user),
		cmocka_unit_test(an_account_is_its_user_name_at_the_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
