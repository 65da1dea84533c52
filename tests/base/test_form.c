#include "cmocka_all.h"

#include <stdlib.h>

#include "base/form.h"

static void names_and_values_are_joined(void **state)
{
	struct buf b = { 0 };

	(void)state;
	form_add(&b, "Caller-ID-Name", "Alice & Bob");
	form_add(&b, "From", "+4930=?#");
	form_add(&b, "empty", "");
	assert_string_equal(buf_text(&b), "Caller-ID-Name=Alice+%26+Bob&"
	                                  "From=%2B4930%3D%3F%23&empty=");
	buf_free(&b);
}

static void what_is_not_ascii_is_written_in_hexadecimal(void **state)
{
	struct buf b = { 0 };

	(void)state;
	form_encode(&b, "J\xc3\xbcrgen\n~-_.*\x7f");
	assert_string_equal(buf_text(&b), "J%C3%BCrgen%0A%7E-_.*%7F");
	buf_free(&b);
}

static void a_query_stands_behind_the_path_and_before_the_fragment(void **state)
{
	static const struct {
		const char *url, *query, *whole;
	} rows[] = {
		{ "http://h/p", "a=1", "http://h/p?a=1" },
		{ "http://h/p?", "a=1", "http://h/p?a=1" },
		{ "http://h/p?b=2", "a=1", "http://h/p?b=2&a=1" },
		{ "http://h/p#f?g", "a=1", "http://h/p?a=1#f?g" },
		{ "http://h/p?b=2#f", "a=1", "http://h/p?b=2&a=1#f" },
		{ "http://h", "", "http://h" },
		{ "", "a=1", "?a=1" },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *whole = url_with_query(rows[i].url, rows[i].query);

		assert_string_equal(whole, rows[i].whole);
		free(whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_values_are_joined),
		cmocka_unit_test(what_is_not_ascii_is_written_in_hexadecimal),
		cmocka_unit_test(
		        a_query_stands_behind_the_path_and_before_the_fragment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
