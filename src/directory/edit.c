/* directory/edit.c - changes one value in the text of a JSON document. */
#include "directory/edit.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

struct cursor {
	const char *p, *end;
};

struct span { /* of the text */
	const char *from, *to;
};

/* --- reading ---------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && is_blank(*c->p))
		c->p++;
}

static bool skip_char(struct cursor *c, char what)
{
	skip_blanks(c);
	if (c->p == c->end || *c->p != what)
		return false;
	c->p++;
	return true;
}

/* From behind the opening quote. */
static int skip_string(struct cursor *c)
{
	while (c->p < c->end && *c->p != '"')
		c->p += *c->p == '\\' ? 2 : 1;
	if (c->p >= c->end)
		return -EINVAL;
	c->p++;
	return 0;
}

/* Not recursive: a value may be nested two hundred deep. */
static int skip_nested(struct cursor *c)
{
	size_t depth = 0;

	while (c->p < c->end) {
		char ch = *c->p++;

		if (ch == '"' && skip_string(c) < 0)
			break;
		depth += ch == '{' || ch == '[';
		if ((ch == '}' || ch == ']') && --depth == 0)
			return 0;
	}
	return -EINVAL;
}

static int skip_value(struct cursor *c, struct span *out)
{
	int rc = 0;

	skip_blanks(c);
	out->from = c->p;
	if (c->p == c->end)
		return -EINVAL;
	if (*c->p == '{' || *c->p == '[')
		rc = skip_nested(c);
	else if (skip_char(c, '"'))
		rc = skip_string(c);
	else
		c->p += strcspn(c->p, ",]} \t\r\n");
	out->to = c->p;
	return rc < 0 || out->to == out->from ? -EINVAL : 0;
}

/* name: a string with its quotes, which may be written with escapes. */
static bool is_named(const struct span *name, const char *wanted)
{
	size_t n = (size_t)(name->to - name->from);
	char *copy;
	cJSON *j;
	bool is_it;

	if (!memchr(name->from, '\\', n))
		return n == strlen(wanted) + 2 &&
		       memcmp(name->from + 1, wanted, n - 2) == 0;
	copy = xstrndup(name->from, n);
	j = cJSON_Parse(copy);
	is_it = cJSON_IsString(j) && strcmp(j->valuestring, wanted) == 0;
	cJSON_Delete(j);
	free(copy);
	return is_it;
}

static int find_member(const struct span *object, const char *name,
                       struct span *out)
{
	struct cursor c = { object->from, object->to };
	struct span key;

	if (!skip_char(&c, '{'))
		return -EINVAL;
	if (skip_char(&c, '}'))
		return -ENOENT;
	do {
		if (skip_value(&c, &key) < 0 || *key.from != '"' ||
		    !skip_char(&c, ':') || skip_value(&c, out) < 0)
			return -EINVAL;
		if (is_named(&key, name))
			return 0;
	} while (skip_char(&c, ','));
	return -ENOENT;
}

static int find_element(const struct span *array, size_t index,
                        struct span *out)
{
	struct cursor c = { array->from, array->to };

	if (!skip_char(&c, '['))
		return -EINVAL;
	if (skip_char(&c, ']'))
		return -ENOENT;
	do {
		if (skip_value(&c, out) < 0)
			return -EINVAL;
		if (index-- == 0)
			return 0;
	} while (skip_char(&c, ','));
	return -ENOENT;
}

static bool is_null(const struct span *s)
{
	return s->to - s->from == 4 && memcmp(s->from, "null", 4) == 0;
}

/* -ENOENT as well when something on the way is absent or null. */
static int find(const struct buf *text, const struct place *at,
                struct span *out)
{
	struct cursor c = { text->p, text->p + text->len };
	struct span in;
	int rc;

	if (!at) {
		if (text->len >= 3 && memcmp(c.p, "\xef\xbb\xbf", 3) == 0)
			c.p += 3; /* a byte order mark */
		return skip_value(&c, out);
	}
	rc = find(text, at->up, &in);
	if (rc < 0)
		return rc;
	if (is_null(&in))
		return -ENOENT;
	return at->name ? find_member(&in, at->name, out)
	                : find_element(&in, at->index, out);
}

/* --- writing ---------------------------------------------------------------- */

static void replace(struct buf *text, const struct span *s, const char *value)
{
	struct buf out = { 0 };

	buf_add(&out, text->p, (size_t)(s->from - text->p));
	buf_str(&out, value);
	buf_add(&out, s->to, (size_t)(text->p + text->len - s->to));
	buf_free(text);
	*text = out;
}

/* In the manner of the first member: its line, its indentation. */
static int add_member(struct buf *text, const struct span *object,
                      const char *name, const char *value)
{
	struct cursor c = { object->from, object->to };
	struct span key = { NULL, NULL }, last = { NULL, NULL }, v;
	struct buf out = { 0 };

	if (!skip_char(&c, '{'))
		return -EINVAL;
	v = (struct span){ c.p, c.p };
	if (!skip_char(&c, '}'))
		do {
			if (skip_value(&c, &last) < 0 || !skip_char(&c, ':'))
				return -EINVAL;
			key = key.from ? key : last;
			if (skip_value(&c, &last) < 0)
				return -EINVAL;
		} while (skip_char(&c, ','));
	if (key.from) {
		buf_char(&out, ',');
		buf_add(&out, v.from, (size_t)(key.from - v.from));
		v.from = v.to = last.to;
	}
	json_quote(&out, name);
	buf_fmt(&out, ": %s", value);
	replace(text, &v, buf_text(&out));
	buf_free(&out);
	return 0;
}

static char *in_object(const char *name, const char *value)
{
	struct buf out = { 0 };

	buf_char(&out, '{');
	json_quote(&out, name);
	buf_fmt(&out, ": %s}", value);
	return buf_take(&out);
}

int edit_set(struct buf *text, const struct place *at, const char *value)
{
	struct span s;
	char *object;
	int rc = find(text, at, &s);

	if (rc == 0) {
		replace(text, &s, value);
		return 0;
	}
	if (rc != -ENOENT || !at || !at->name)
		return rc;
	if (find(text, at->up, &s) == 0 && !is_null(&s))
		return add_member(text, &s, at->name, value);
	object = in_object(at->name, value);
	rc = edit_set(text, at->up, object);
	free(object);
	return rc;
}
