/* One value of a document changes, and nothing else does. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "directory/edit.h"

static const struct place object = { NULL, "do_not_disturb", 0 };
static const struct place enabled = { &object, "enabled", 0 };
static const struct place list = { NULL, "list", 0 };
static const struct place second = { &list, NULL, 1 };
static const struct place in_second = { &second, "until", 0 };

struct row {
	const struct place *at;
	const char *before, *value, *after;
};

/* ' stands for ". */
static char *quoted(const char *s)
{
	char *copy = strdup(s);

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static void check(const struct row *r, size_t i)
{
	char *before = quoted(r->before), *after = quoted(r->after);
	char *value = quoted(r->value);
	struct buf b = { 0 };

	buf_str(&b, before);
	if (edit_set(&b, r->at, value) < 0)
		fail_msg("row %zu is refused", i);
	if (strcmp(buf_text(&b), after) != 0)
		fail_msg("row %zu: %s", i, buf_text(&b));
	buf_free(&b);
	free(before);
	free(after);
	free(value);
}

static void only_the_value_changes(void **unused)
{
	static const struct row rows[] = {
		{ &enabled, "{'do_not_disturb':{'enabled':true}}", "false",
		  "{'do_not_disturb':{'enabled':false}}" },
		{ &enabled,
		  "\n{ 'x' : 1.50e+3, 'do_not_disturb' :\t{ 'enabled' : true "
		  "} ,\r\n 'y':12345678901234567890 }\n",
		  "false",
		  "\n{ 'x' : 1.50e+3, 'do_not_disturb' :\t{ 'enabled' : false "
		  "} ,\r\n 'y':12345678901234567890 }\n" },
		{ &enabled,
		  "{'enabled':1,'a':{'enabled':2},'b':'}]\\\\\\'enabled',"
		  "'do_not_disturb':{'a':[[],{}],'enabled':3}}",
		  "4",
		  "{'enabled':1,'a':{'enabled':2},'b':'}]\\\\\\'enabled',"
		  "'do_not_disturb':{'a':[[],{}],'enabled':4}}" },
		{ &enabled, "{'do_not_disturb':{'en\\u0061bled':{'x':[1]}}}",
		  "true", "{'do_not_disturb':{'en\\u0061bled':true}}" },
		{ &enabled,
		  "\xef\xbb\xbf{'do_not_disturb':{'enabled':true}}", "false",
		  "\xef\xbb\xbf{'do_not_disturb':{'enabled':false}}" },
		{ &second, "{'list':['a', 'b' ,'c']}", "{'id': 'b'}",
		  "{'list':['a', {'id': 'b'} ,'c']}" },
		{ &in_second, "{'list':[{'until':1},{'until':2}]}", "30",
		  "{'list':[{'until':1},{'until':30}]}" },
		{ NULL, " [1] ", "{}", " {} " },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		check(&rows[i], i);
}

static void what_is_absent_is_added(void **unused)
{
	static const struct row rows[] = {
		{ &enabled, "{}", "true",
		  "{'do_not_disturb': {'enabled': true}}" },
		{ &enabled, "{'id': 'x'}", "true",
		  "{'id': 'x','do_not_disturb': {'enabled': true}}" },
		{ &enabled, "{'do_not_disturb': {}}", "true",
		  "{'do_not_disturb': {'enabled': true}}" },
		{ &enabled, "{'do_not_disturb': null}", "true",
		  "{'do_not_disturb': {'enabled': true}}" },
		{ &enabled, "{'do_not_disturb': {'enabled': null}}", "true",
		  "{'do_not_disturb': {'enabled': true}}" },
		{ &enabled, "{\n  'id': 'x',\n  'y': [\n  ]\n}\n", "true",
		  "{\n  'id': 'x',\n  'y': [\n  ],\n"
		  "  'do_not_disturb': {'enabled': true}\n}\n" },
		{ &in_second, "{'list':[1,{ 'a':2 }]}", "30",
		  "{'list':[1,{ 'a':2, 'until': 30 }]}" },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		check(&rows[i], i);
}

static void what_cannot_be_is_refused_and_the_text_stays(void **unused)
{
	static const struct {
		const struct place *at;
		const char *text;
		int rc;
	} rows[] = {
		{ &enabled, "{'do_not_disturb':5}", -EINVAL },
		{ &enabled, "{'do_not_disturb':[]}", -EINVAL },
		{ &enabled, "", -EINVAL },
		{ &enabled, "{", -EINVAL },
		{ &enabled, "{'do_not_disturb", -EINVAL },
		{ &enabled, "{'do_not_disturb'", -EINVAL },
		{ &enabled, "{'do_not_disturb':", -EINVAL },
		{ &enabled, "{'do_not_disturb':{'enabled", -EINVAL },
		{ &enabled, "{'do_not_disturb':{'enabled\\", -EINVAL },
		{ &second, "{'list':[1]}", -ENOENT },
		{ &second, "{'list':[]}", -ENOENT },
		{ &second, "{}", -ENOENT },
		{ &second, "{'list':{}}", -EINVAL },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = quoted(rows[i].text);
		struct buf b = { 0 };
		int rc;

		buf_str(&b, text);
		rc = edit_set(&b, rows[i].at, "1");
		if (rc != rows[i].rc || strcmp(buf_text(&b), text) != 0)
			fail_msg("row %zu: %d, %s", i, rc, buf_text(&b));
		buf_free(&b);
		free(text);
	}
}

static void a_text_cut_anywhere_does_no_harm(void **unused)
{
	char *whole = quoted("{'a':[{'b':'c\\\\'}],'do_not_disturb':"
	                     "{'x':1,'enabled':true},'list':[1,[2]]}");

	for (size_t n = 0; n < strlen(whole); n++) {
		struct buf b = { 0 };

		buf_add(&b, whole, n);
		(void)edit_set(&b, &enabled, "0");
		(void)edit_set(&b, &second, "0");
		buf_free(&b);
	}
	free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_value_changes),
		cmocka_unit_test(what_is_absent_is_added),
		cmocka_unit_test(what_cannot_be_is_refused_and_the_text_stays),
		cmocka_unit_test(a_text_cut_anywhere_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
