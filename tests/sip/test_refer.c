#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sip/refer.h"

static struct refer_to taken(const char *text)
{
	struct refer_to r;
	int status = refer_to_parse(&r, text);

	if (status)
		fail_msg("%s: %d", text, status);
	return r;
}

static void refused(const char *text, int status)
{
	struct refer_to r = { .user = "untouched" };
	int got = refer_to_parse(&r, text);

	if (got != status)
		fail_msg("%s: %d, not %d", text, got, status);
	assert_string_equal(r.user, "untouched");
}

static void a_number_is_read_in_every_notation(void **unused)
{
	static const char *const same[] = {
		"sip:103@test.example",
		"<sip:103@test.example>",
		" < sip:103@test.example > ",
		"\"Carol <sip:9@x>\" <sip:103@test.example>;p=1",
		"Carol <SIP:103@test.example;user=phone>",
		"<sips:103@test.example;transport=tls;method=invite>",
		"<sip:103:secret@test.example>",
		"<sip:103;isub=1@test.example>",
		"<sip:%31%303@test.example?>",
		"\"a\\\"<b>\" <sip:103@test.example>",
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(same); i++) {
		struct refer_to r = taken(same[i]);

		assert_string_equal(r.user, "103");
		assert_string_equal(r.host, "test.example");
		assert_false(r.has_replaces);
	}
}

static void a_host_may_have_a_port_and_no_user(void **unused)
{
	struct refer_to r = taken("<sip:[2001:db8::1]:5062;transport=tcp>");

	(void)unused;
	assert_string_equal(r.user, "");
	assert_string_equal(r.host, "[2001:db8::1]:5062");
}

static void a_telephone_number_needs_no_host(void **unused)
{
	struct refer_to r = taken("<tel:+4930-1234;phone-context=x>");

	(void)unused;
	assert_string_equal(r.user, "+4930-1234");
	assert_string_equal(r.host, "");
	refused("tel:", 400);
	refused("tel:a", 400);
}

static void replaces_is_unescaped(void **unused)
{
	struct refer_to r = taken(
	        "<sip:103@a.example?Replaces=x%401.2.3.4%3Bto-tag%3Dt1"
	        "%3bfrom-tag%3df1%3Bearly-only&Require=replaces>");

	(void)unused;
	assert_true(r.has_replaces);
	assert_true(r.requires_replaces);
	assert_string_equal(r.replaces.call_id, "x@1.2.3.4");
	assert_string_equal(r.replaces.to_tag, "t1");
	assert_string_equal(r.replaces.from_tag, "f1");
	assert_true(r.replaces.early_only);
}

static void replaces_without_brackets_is_the_uris(void **unused)
{
	struct refer_to r = taken(
	        "sip:103@a.example?Replaces=x%3Bto-tag%3Da%3Bfrom-tag%3Db");

	(void)unused;
	assert_true(r.has_replaces);
	assert_string_equal(r.replaces.from_tag, "b");
}

#define ONE "Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2"

static void what_cannot_be_read_is_400(void **unused)
{
	static const char *const bad[] = {
		"", "103", "<>", "<sip:>", "<sip:103@>", "<sip:103@test",
		"<sip:10%3@test>", "<sip:10%0d%0a3@test>", "<sip:a@b@c>",
		"sip:1@a, sip:2@b", "\"<sip:103@x", "<sip:1@a b>",
		"<sip:1@a?Replaces=>", "<sip:1@a?Replaces=x>",
		"<sip:1@a?Replaces=x%3Bto-tag%3D1>",
		"<sip:1@a?Replaces=x%3Bto-tag%3D1%3Bto-tag%3D1%3Bfrom-tag%3D2>",
		"<sip:1@a?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D%0d%0aX>",
		"<sip:1@a?" ONE "&" ONE ">",
		"<sip:1@a?Replaces=%>",
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(bad); i++)
		refused(bad[i], 400);
}

static void what_is_not_a_call_is_refused(void **unused)
{
	(void)unused;
	refused("<http://example.com/>", 416);
	refused("<mailto:a@b>", 416);
	refused("<sip:103@a;method=BYE>", 403);
	refused("<sip:103@a;lr;method=SUBSCRIBE;x>", 403);
	refused("<sip:103@a?Route=%3Csip:evil%3E>", 403);
	refused("<sip:103@a?Require=100rel>", 403);
	refused("<sip:103@a?From=x&Replaces=y>", 403);
}

static void too_long_a_user_is_refused(void **unused)
{
	char text[600];

	(void)unused;
	memset(text, '1', sizeof(text));
	memcpy(text, "<sip:", 5);
	strcpy(text + 400, "@a>");
	refused(text, 400);
}

static void replaces_round_trips(void **unused)
{
	struct replaces r;
	char *text;

	(void)unused;
	assert_int_equal(
	        replaces_parse(&r, " a@b ; from-tag=1;x=y; To-Tag = 2 "), 0);
	text = replaces_text(&r);
	assert_string_equal(text, "a@b;to-tag=2;from-tag=1");
	free(text);
	assert_int_equal(replaces_parse(&r, "a;to-tag=1"), -EINVAL);
	assert_int_equal(replaces_parse(&r, "a,b;to-tag=1;from-tag=2"),
	                 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_read_in_every_notation),
		cmocka_unit_test(a_host_may_have_a_port_and_no_user),
		cmocka_unit_test(a_telephone_number_needs_no_host),
		cmocka_unit_test(replaces_is_unescaped),
		cmocka_unit_test(replaces_without_brackets_is_the_uris),
		cmocka_unit_test(what_cannot_be_read_is_400),
		cmocka_unit_test(what_is_not_a_call_is_refused),
		cmocka_unit_test(too_long_a_user_is_refused),
		cmocka_unit_test(replaces_round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
