/* sip/identity: what identity headers say. */
#include "cmocka_all.h"

#include <string.h>

#include "sip/identity.h"

static void identities_are_read(void **unused)
{
	static const struct {
		const char *value, *name, *user, *host; /* user NULL: none */
	} cases[] = {
		{ "<sip:+4930123@carrier.example>", "", "+4930123",
		  "carrier.example" },
		{ "\"Al \\\"B\\\" C\" <sip:42@h;user=phone>;x=y", "Al \"B\" C",
		  "42", "h" },
		{ "Bob Builder  <sips:bob@h:5061>", "Bob Builder", "bob", "h" },
		{ "sip:bob@h;tag=1", "", "bob", "h" },
		{ "<tel:+1-201-555-0123;phone-context=x>", "",
		  "+1-201-555-0123", "" },
		{ "tel:+12015550123", "", "+12015550123", "" },
		{ "<mailto:x@y>, <sip:second@h>", "", "second", "h" },
		{ "\"a, b\" <sip:one@h>, <tel:+1>", "a, b", "one", "h" },
		{ "<sip:a%20b;phone-context=z:pw@h>", "", "a b", "h" },
		{ "<sip:h>", NULL, NULL, NULL }, /* nobody's */
		{ "<sip:a%0d%0aX:@h>", NULL, NULL, NULL },
		{ "\"never ends <sip:a@h>", NULL, NULL, NULL },
		{ "<sip:a@h", NULL, NULL, NULL },
		{ "<>", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL },
		{ ",,,", NULL, NULL, NULL },
		{ "name only", NULL, NULL, NULL },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct identity_value v;
		bool is_read = identity_parse(&v, cases[i].value);

		if (is_read != (cases[i].user != NULL))
			fail_msg("%s", cases[i].value);
		if (!is_read)
			continue;
		assert_string_equal(v.name, cases[i].name);
		assert_string_equal(v.user, cases[i].user);
		assert_string_equal(v.host, cases[i].host);
	}
}

static void long_values_are_cut_or_refused_and_never_overrun(void **unused)
{
	char text[2048];
	struct identity_value v;

	(void)unused;
	memset(text, 'a', sizeof(text));
	memcpy(text + 1000, " <sip:u@h>", 11);
	assert_true(identity_parse(&v, text));
	assert_int_equal(strlen(v.name), sizeof(v.name) - 1);
	memcpy(text, "<sip:", 5);
	memset(text + 5, 'u', 300);
	memcpy(text + 305, "@h>", 4);
	assert_false(identity_parse(&v, text));
}

static void privacy_is_read(void **unused)
{
	static const struct {
		const char *value;
		unsigned bits;
	} cases[] = {
		{ "id", PRIVACY_ID },
		{ "ID;Critical", PRIVACY_ID },
		{ "header; user ;session",
		  PRIVACY_HEADER | PRIVACY_USER | PRIVACY_SESSION },
		{ "history", PRIVACY_HISTORY },
		{ "user, id", PRIVACY_USER | PRIVACY_ID },
		{ "none", 0 },
		{ "id;none", 0 },
		{ "identity", 0 },
		{ "", 0 },
		{ ";;", 0 },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++)
		if (privacy_parse(cases[i].value) != cases[i].bits)
			fail_msg("%s", cases[i].value);
	assert_true(identity_rpid_privacy("<sip:a@h>;party=calling;privacy="
	                                  "full") &
	            PRIVACY_OF_CALLER);
	assert_true(identity_rpid_privacy("<sip:a@h>; privacy = name-bcs"));
	assert_false(identity_rpid_privacy("<sip:a@h>;privacy=off"));
	assert_false(identity_rpid_privacy("<sip:a@h;privacy=full>"));
	assert_false(identity_rpid_privacy("<sip:a@h>"));
}

static void the_anonymous_are_known(void **unused)
{
	(void)unused;
	assert_true(identity_is_anonymous("anonymous", "hq.test"));
	assert_true(identity_is_anonymous("Restricted", "hq.test"));
	assert_true(identity_is_anonymous("x", "anonymous.invalid"));
	assert_true(identity_is_anonymous("0000000000", "h"));
	assert_true(identity_is_anonymous("", "h"));
	assert_false(identity_is_anonymous("0", "h"));
	assert_false(identity_is_anonymous("alice", "h"));
}

static void what_is_written_cannot_break_out(void **unused)
{
	struct buf b = { 0 };

	(void)unused;
	identity_write(&b, "a\"b\\c\r\nd", "x>y@z", "h");
	assert_string_equal(b.p, "\"a\\\"b\\\\c  d\" <sip:x%3Ey%40z@h>");
	buf_clear(&b);
	identity_write(&b, NULL, "", "h");
	assert_string_equal(b.p, "<sip:h>");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identities_are_read),
		cmocka_unit_test(
		        long_values_are_cut_or_refused_and_never_overrun),
		cmocka_unit_test(privacy_is_read),
		cmocka_unit_test(the_anonymous_are_known),
		cmocka_unit_test(what_is_written_cannot_break_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
