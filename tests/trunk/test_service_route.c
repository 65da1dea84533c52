#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "base/util.h"
#include "trunk/service_route.h"

static void routers_are_taken_in_their_order(void **unused)
{
	static const struct {
		const char *said, *want;
	} rows[] = {
		{ "<sip:p1.test;lr>", "<sip:p1.test;lr>" },
		{ "<sip:p1.test;lr>, <sips:p2.test:5071;x=1;lr>",
		  "<sip:p1.test;lr>, <sips:p2.test:5071;x=1;lr>" },
		{ " <sip:o@p1.test;LR=on>;hdr=1 ,<sip:[::1];lr>",
		  "<sip:o@p1.test;LR=on>, <sip:[::1];lr>" },
		{ "<sip:p1.test>", NULL }, /* a strict router */
		{ "<sip:p1.test;lrx>", NULL },
		{ "<sip:p1.test?a=;lr>", NULL },
		{ "<sip:p1.test;lr>, <sip:p2.test>", NULL },
		{ "<tel:+1;lr>", NULL },
		{ "sip:p1.test;lr", NULL },
		{ "<sip:p1.test;lr", NULL },
		{ "<sip:p1\r\nX: y;lr>", NULL },
		{ "<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,"
		  "<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *got = service_route_read(rows[i].said);

		if (!str_eq(got, rows[i].want) && (got || rows[i].want))
			fail_msg("%s: %s", rows[i].said, got ? got : "none");
		free(got);
	}
}

static void the_outbound_proxy_comes_first_and_once(void **unused)
{
	static const struct {
		const char *proxy, *service, *want;
	} rows[] = {
		{ NULL, "<sip:s;lr>", "<sip:s;lr>" },
		{ "<sip:p;lr>", "<sip:s;lr>", "<sip:p;lr>, <sip:s;lr>" },
		{ "<sip:p;lr>", "<sip:p;x=1;lr>, <sip:s;lr>",
		  "<sip:p;x=1;lr>, <sip:s;lr>" },
		{ "<sip:p;lr>", "<sip:p:5070;lr>",
		  "<sip:p;lr>, <sip:p:5070;lr>" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *got = service_route_by(rows[i].proxy, rows[i].service);

		assert_string_equal(got, rows[i].want);
		free(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routers_are_taken_in_their_order),
		cmocka_unit_test(the_outbound_proxy_comes_first_and_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
