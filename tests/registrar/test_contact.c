#include "cmocka_all.h"

#include <stdio.h>

#include "base/util.h"
#include "registrar/contact.h"

static void expect(bool want, const char *const pairs[][2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (contact_eq(pairs[i][0], pairs[i][1]) != want ||
		    contact_eq(pairs[i][1], pairs[i][0]) != want)
			fail_msg("'%s' and '%s' should%s be equal",
			         pairs[i][0], pairs[i][1], want ? "" : " not");
	}
}

/* RFC 3261 19.1.4, its examples first. */
static void uris_that_mean_the_same_are_equal(void **unused)
{
	static const char *const pairs[][2] = {
		{ "sip:%61lice@atlanta.com;transport=TCP",
		  "sip:alice@AtLanTa.CoM;Transport=tcp" },
		{ "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5" },
		{ "sip:carol@chicago.com",
		  "sip:carol@chicago.com;security=on" },
		{ "sip:biloxi.com;transport=tcp;method=REGISTER"
		  "?to=sip:bob%40biloxi.com",
		  "sip:biloxi.com;method=REGISTER;transport=tcp"
		  "?to=sip:bob%40biloxi.com" },
		{ "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
		  "sip:alice@atlanta.com?priority=urgent&subject=project%20x" },
		{ "SIP:a@h:5062", "sip:a@H:5062" },
		{ "sip:a@[::1]:5062", "sip:a@[0:0::1]:5062" },
		{ "sip:a@h;lr", "sip:a@h" },
		{ "tel:+1", "tel:+1" },
		{ "", "" },
	};

	(void)unused;
	expect(true, pairs, NELEM(pairs));
}

static void uris_that_differ_are_not_equal(void **unused)
{
	static const char *const pairs[][2] = {
		{ "SIP:ALICE@AtLanTa.CoM;Transport=udp",
		  "sip:alice@AtLanTa.CoM;Transport=UDP" },
		{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060" },
		{ "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp" },
		{ "sip:bob@biloxi.com",
		  "sip:bob@biloxi.com:6000;transport=tcp" },
		{ "sip:carol@chicago.com",
		  "sip:carol@chicago.com?Subject=next%20meeting" },
		{ "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4" },
		{ "sip:carol@chicago.com;security=on",
		  "sip:carol@chicago.com;security=off" },
		{ "sip:a@h", "sips:a@h" },
		{ "sip:a@h", "sip:h" },
		{ "sip:@h", "sip:h" },
		{ "sip:a@h", "sip:a:pw@h" },
		{ "sip:a%40b@h", "sip:ab@h" },
		{ "sip:a@h;user=phone", "sip:a@h" },
		{ "sip:a@h;ttl=1", "sip:a@h" },
		{ "sip:a@h;maddr=1.2.3.4", "sip:a@h" },
		{ "sip:a@h;method=INVITE", "sip:a@h" },
		{ "sip:a@h?a=1", "sip:a@h?a=2" },
		{ "sip:a@[::1]", "sip:a@[::2]" },
		{ "sip:a@h", "sip:a@h2" },
		{ "sip:a@h:1", "sip:a@h:2" },
		{ "tel:+1", "TEL:+1" },
		{ "tel:+1", "sip:+1@h" },
		{ "sip:a", "sip" },
	};

	(void)unused;
	expect(false, pairs, NELEM(pairs));
}

static void odd_uris_are_compared_without_harm(void **unused)
{
	static const char *const odd[] = {
		"sip:",     "sip:@",    "sip:;",      "sip:?",
		"sip:[",    "sip:[]",   "sip:[::1",   "sip:%",
		"sip:a@%4", "sip:a@:",  "sip:a@h;;;", "sip:a@h?&&",
		":",        "sip:[]:1", "sip:a@h;=",  "sip:a@h?=",
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(odd); i++)
		for (size_t j = 0; j < NELEM(odd); j++)
			assert_int_equal(contact_eq(odd[i], odd[j]),
			                 contact_eq(odd[j], odd[i]));
}

static void a_long_parameter_list_equals_only_itself(void **unused)
{
	char a[512] = "sip:a@h", b[512] = "sip:a@H";
	size_t n = 7;

	(void)unused;
	for (int i = 0; i < 33; i++) {
		snprintf(a + n, sizeof(a) - n, ";p%02d", i);
		snprintf(b + n, sizeof(b) - n, ";p%02d", i);
		n += 4;
		assert_int_equal(contact_eq(a, b), i < 32);
	}
	assert_true(contact_eq(a, a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uris_that_mean_the_same_are_equal),
		cmocka_unit_test(uris_that_differ_are_not_equal),
		cmocka_unit_test(odd_uris_are_compared_without_harm),
		cmocka_unit_test(a_long_parameter_list_equals_only_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
