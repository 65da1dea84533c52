/* One value of a document changes, and nothing else does. */
#include "cmocka_all.h"

#include <cjson/cJSON.h>
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

/* --- at random -------------------------------------------------------------- */

static unsigned roll(uint64_t *dice, unsigned n)
{
	*dice = *dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*dice >> 33) % n;
}

static const char *const names[] = { "a", "b", "\\u0061b", "c\\\"}", "{[" };
static const char *const plain[] = { "a", "b", "ab", "c\"}", "{[" };
static const char *const blanks[] = { "", "", " ", "\n\t", "  \r\n" };
static const char *const leaves[] = { "1", "-2.50e+3", "true", "null",
	                              "\"x\"", "\"}]\\\\\"", "[]", "[1,[{}]]",
	                              "{}" };

static void blank(struct buf *b, uint64_t *dice)
{
	buf_str(b, blanks[roll(dice, NELEM(blanks))]);
}

static void write_object(struct buf *b, uint64_t *dice, int depth)
{
	unsigned first = 1;

	buf_char(b, '{');
	for (size_t i = 0; i < NELEM(names); i++) {
		if (roll(dice, 2))
			continue;
		if (!first)
			buf_char(b, ',');
		first = 0;
		blank(b, dice);
		buf_fmt(b, "\"%s\"", names[i]);
		blank(b, dice);
		buf_char(b, ':');
		blank(b, dice);
		if (depth > 0 && roll(dice, 3))
			write_object(b, dice, depth - 1);
		else
			buf_str(b, leaves[roll(dice, NELEM(leaves))]);
		blank(b, dice);
	}
	buf_char(b, '}');
}

static void set_in_tree(cJSON *in, const char *name, cJSON *value)
{
	if (cJSON_GetObjectItemCaseSensitive(in, name))
		cJSON_ReplaceItemInObjectCaseSensitive(in, name, value);
	else
		cJSON_AddItemToObject(in, name, value);
}

/* The same on the tree; -EINVAL as the edit would say. */
static int expect(cJSON *top, const char *outer, const char *inner)
{
	cJSON *in = cJSON_GetObjectItemCaseSensitive(top, outer);

	if (!in || cJSON_IsNull(in)) {
		in = cJSON_CreateObject();
		set_in_tree(top, outer, in);
	}
	if (!cJSON_IsObject(in))
		return -EINVAL;
	set_in_tree(in, inner, cJSON_CreateNumber(42));
	return 0;
}

static void an_edit_of_the_text_is_an_edit_of_the_tree(void **unused)
{
	uint64_t dice = 1;

	for (int i = 0; i < 5000; i++) {
		struct place outer = { NULL, plain[roll(&dice, 5)], 0 };
		struct place inner = { &outer, plain[roll(&dice, 5)], 0 };
		struct buf b = { 0 };
		cJSON *tree, *after;
		int rc;

		write_object(&b, &dice, 2);
		tree = cJSON_Parse(buf_text(&b));
		assert_non_null(tree);
		rc = expect(tree, outer.name, inner.name);
		assert_int_equal(edit_set(&b, &inner, "42"), rc);
		after = cJSON_Parse(buf_text(&b));
		if (!after || !cJSON_Compare(tree, after, true))
			fail_msg("%d: %s", i, buf_text(&b));
		cJSON_Delete(tree);
		cJSON_Delete(after);
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_value_changes),
		cmocka_unit_test(what_is_absent_is_added),
		cmocka_unit_test(what_cannot_be_is_refused_and_the_text_stays),
		cmocka_unit_test(a_text_cut_anywhere_does_no_harm),
		cmocka_unit_test(an_edit_of_the_text_is_an_edit_of_the_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
