#include "cmocka_all.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "admin/table.h"
#include "admin/text.h"

static const char *const names[] = { "id", "caller_name", "age_ms", "nat" };

static void fill(struct table **t, enum table_style style)
{
	table_create(t, style, names, NELEM(names));
	table_str(*t, "a1");
	table_str(*t, "J\xc3\xb6rg \"x\"");
	table_duration(*t, 62345);
	table_bool(*t, true);
	table_fmt(*t, "%s-%d", "long", 20);
	table_str(*t, NULL);
	table_duration(*t, 3600 * 1000 * 11 + 65999);
	table_bool(*t, false);
}

static void columns_stand_under_their_headings(void **unused)
{
	struct buf out = { 0 };
	struct table *t;

	(void)unused;
	fill(&t, TABLE_TEXT);
	assert_int_equal(table_rows(t), 2);
	table_end(&t, &out);
	assert_null(t);
	assert_string_equal(buf_text(&out),
	                    "ID       CALLER NAME       AGE  NAT\n"
	                    "a1       J\xc3\xb6rg \"x\"         1:02  yes\n"
	                    "long-20  -            11:01:05  no\n");
	buf_free(&out);
}

static void the_same_rows_are_objects_in_json(void **unused)
{
	struct buf out = { 0 };
	struct table *t;
	cJSON *all, *first;

	(void)unused;
	fill(&t, TABLE_JSON);
	table_end(&t, &out);
	assert_string_equal(
		buf_text(&out),
		"[{\"id\":\"a1\",\"caller_name\":\"J\xc3\xb6rg \\\"x\\\"\","
		"\"age_ms\":62345,\"nat\":true},\n"
		"{\"id\":\"long-20\",\"caller_name\":null,"
		"\"age_ms\":39665999,\"nat\":false}]\n");
	all = cJSON_Parse(buf_text(&out));
	assert_int_equal(cJSON_GetArraySize(all), 2);
	first = cJSON_GetArrayItem(all, 0);
	assert_true(cJSON_IsNumber(cJSON_GetObjectItem(first, "age_ms")));
	cJSON_Delete(all);
	buf_free(&out);
}

static void an_empty_table_has_its_headings_and_json_its_brackets(void **unused)
{
	struct buf out = { 0 };
	struct table *t;

	(void)unused;
	table_create(&t, TABLE_TEXT, names, NELEM(names));
	table_end(&t, &out);
	assert_string_equal(buf_text(&out), "ID  CALLER NAME  AGE  NAT\n");
	buf_clear(&out);
	table_create(&t, TABLE_JSON, names, NELEM(names));
	table_end(&t, &out);
	assert_string_equal(buf_text(&out), "[]\n");
	buf_free(&out);
}

static void one_row_may_be_pairs_or_an_object(void **unused)
{
	static const char *const status[] = { "version", "up_ms", "max_calls",
		                              "started_ms" };
	enum table_style styles[] = { TABLE_PAIRS, TABLE_OBJECT };
	static const char *const wanted[] = {
		"version     0.1\n"
		"up          0:05\n"
		"max calls   -7\n"
		"started     2001-09-09 01:46:40Z\n",
		"{\"version\":\"0.1\",\"up_ms\":5000,\"max_calls\":-7,"
		"\"started_ms\":1000000000123}\n",
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(styles); i++) {
		struct buf out = { 0 };
		struct table *t;

		table_create(&t, styles[i], status, NELEM(status));
		table_str(t, "0.1");
		table_duration(t, 5000);
		table_int(t, -7);
		table_time(t, 1000000000123);
		table_end(&t, &out);
		assert_string_equal(buf_text(&out), wanted[i]);
		buf_free(&out);
	}
}

static void numbers_stand_to_the_right(void **unused)
{
	static const char *const two[] = { "calls", "free" };
	struct buf out = { 0 };
	struct table *t;

	(void)unused;
	table_create(&t, TABLE_TEXT, two, 2);
	table_int(t, 5);
	table_time(t, 0); /* nothing, and nothing is no word */
	table_int(t, 123456);
	table_int(t, 77);
	table_end(&t, &out);
	assert_string_equal(buf_text(&out), " CALLS  FREE\n"
	                                    "     5     -\n"
	                                    "123456    77\n");
	buf_free(&out);
}

static void width_counts_what_a_terminal_shows(void **unused)
{
	static const struct {
		const char *text;
		size_t width;
	} cases[] = {
		{ "", 0 },
		{ "abc", 3 },
		{ "\xc3\xa9", 1 },                 /* e with an accent */
		{ "e\xcc\x81", 1 },                /* the same, combined */
		{ "\xe6\x97\xa5\xe6\x9c\xac", 4 }, /* two ideographs */
		{ "\xf0\x9f\x98\x80", 2 },         /* a face */
		{ "\xff\xc3", 2 },                 /* two bad bytes */
		{ "\x1b[2J", 4 },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++)
		assert_int_equal(text_width(cases[i].text), cases[i].width);
}

static void a_stranger_cannot_steer_the_terminal(void **unused)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "a\x1b[2Jb\r\n\tc", "a?[2Jb???c" },
		{ "\302\2331m", "?1m" },       /* CSI in one character */
		{ "\342\200\256abc", "?abc" }, /* right-to-left override */
		{ "\300\233x", "?x" },         /* overlong ESC */
		{ "\355\240\200x", "?x" },     /* a surrogate */
		{ "\xc3", "?" },
		{ "\xc3\xbc\xe2\x82\xac", "\xc3\xbc\xe2\x82\xac" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct buf out = { 0 };

		text_add(&out, cases[i].text);
		assert_string_equal(buf_text(&out), cases[i].shown);
		assert_int_equal(text_width(cases[i].text),
		                 text_width(cases[i].shown));
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_stand_under_their_headings),
		cmocka_unit_test(the_same_rows_are_objects_in_json),
		cmocka_unit_test(
			an_empty_table_has_its_headings_and_json_its_brackets),
		cmocka_unit_test(one_row_may_be_pairs_or_an_object),
		cmocka_unit_test(numbers_stand_to_the_right),
		cmocka_unit_test(width_counts_what_a_terminal_shows),
		cmocka_unit_test(a_stranger_cannot_steer_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
