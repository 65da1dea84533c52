#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/strutil.h"

static void a_buf_grows_and_stays_terminated(void **unused)
{
	struct buf b = { 0 };
	char *s;

	(void)unused;
	assert_string_equal(buf_text(&b), "");
	for (int i = 0; i < 1000; i++)
		buf_fmt(&b, "%d,", i);
	assert_int_equal(b.len, 3890);
	assert_int_equal(strlen(b.p), b.len);
	s = buf_take(&b);
	assert_memory_equal(s, "0,1,2,", 6);
	assert_null(b.p);
	free(s);
}

static void json_escapes_what_must_not_stand_in_a_string(void **unused)
{
	struct buf b = { 0 };

	(void)unused;
	json_open(&b, NULL, '{');
	json_str(&b, "a", "q\"b\\n\n\x01");
	json_str(&b, "u", "gr\xc3\xbc\xc3\x9f");
	json_str(&b, "latin1", "gr\xfc");
	json_str(&b, "surrogate", "\xed\xa0\x80");
	json_str(&b, "none", NULL);
	json_open(&b, "list", '[');
	json_int(&b, NULL, -1);
	json_int(&b, NULL, 2);
	json_close(&b, ']');
	json_bool(&b, "yes", true);
	json_close(&b, '}');
	assert_string_equal(b.p,
	        "{\"a\":\"q\\\"b\\\\n\\u000a\\u0001\","
	        "\"u\":\"gr\xc3\xbc\xc3\x9f\",\"latin1\":\"gr\\u00fc\","
	        "\"surrogate\":\"\\u00ed\\u00a0\\u0080\",\"none\":null,"
	        "\"list\":[-1,2],\"yes\":true}");
	buf_free(&b);
}

static void a_fault_is_one_line_that_names_the_place(void **unused)
{
	struct diag d = { 0 };

	(void)unused;
	diag_fault(&d, "a.json", "sip.username", "is not %s", "a\nstring");
	diag_warn(&d, "b.json", NULL, "odd");
	assert_string_equal(d.text.p,
	                    "a.json: sip.username: is not a?string\n"
	                    "b.json: warning: odd\n");
	assert_int_equal(d.faults, 1);
	assert_int_equal(d.warnings, 1);
	diag_free(&d);
}

static void the_nearest_name_is_found_by_distance(void **unused)
{
	(void)unused;
	assert_int_equal(str_distance("timeout", "timout", 3), 1);
	assert_int_equal(str_distance("abc", "abc", 3), 0);
	assert_int_equal(str_distance("abc", "xyzzy", 3), 4);
}

static void whole_numbers_are_written_to_their_limits(void **unused)
{
	struct buf b = { 0 };

	(void)unused;
	buf_int(&b, 0);
	buf_char(&b, ' ');
	buf_int(&b, INT64_MIN);
	buf_char(&b, ' ');
	buf_int(&b, INT64_MAX);
	assert_string_equal(b.p,
	                    "0 -9223372036854775808 9223372036854775807");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buf_grows_and_stays_terminated),
		cmocka_unit_test(whole_numbers_are_written_to_their_limits),
		cmocka_unit_test(json_escapes_what_must_not_stand_in_a_string),
		cmocka_unit_test(a_fault_is_one_line_that_names_the_place),
		cmocka_unit_test(the_nearest_name_is_found_by_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
