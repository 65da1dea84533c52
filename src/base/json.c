/* base/json.c - writing JSON into a buf. */
#include "base/json.h"

/* The length of the well-formed UTF-8 sequence at s, 0 when there is none
 * (RFC 3629 section 4). */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = s[0] < 0x80   ? 1
	           : s[0] < 0xc2 ? 0
	           : s[0] < 0xe0 ? 2
	           : s[0] < 0xf0 ? 3
	           : s[0] < 0xf5 ? 4
	                         : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* How many of the next bytes are ASCII that stands for itself. */
static size_t plain_length(const unsigned char *s)
{
	size_t n = 0;

	while (s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

static size_t quote_one(struct buf *j, const unsigned char *s)
{
	size_t n = utf8_length(s);

	if (*s == '"' || *s == '\\')
		buf_fmt(j, "\\%c", *s);
	else if (*s < 0x20 || *s == 0x7f || n == 0)
		buf_fmt(j, "\\u%04x", *s);
	else
		buf_add(j, s, n);
	return n ? n : 1;
}

void json_quote(struct buf *j, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t plain;

	buf_char(j, '"');
	for (;;) {
		plain = plain_length(s);
		buf_add(j, s, plain);
		s += plain;
		if (!*s)
			break;
		s += quote_one(j, s);
	}
	buf_char(j, '"');
}

/* A comma unless this is the first member of its object or array. */
static void member(struct buf *j, const char *key)
{
	char last = j->len ? j->p[j->len - 1] : '\0';

	if (last != '\0' && last != '{' && last != '[' && last != '\n')
		buf_char(j, ',');
	if (key) {
		json_quote(j, key);
		buf_char(j, ':');
	}
}

void json_open(struct buf *j, const char *key, char bracket)
{
	member(j, key);
	buf_char(j, bracket);
}

void json_close(struct buf *j, char bracket)
{
	buf_char(j, bracket);
}

void json_str(struct buf *j, const char *key, const char *s)
{
	member(j, key);
	if (s)
		json_quote(j, s);
	else
		buf_str(j, "null");
}

void json_int(struct buf *j, const char *key, int64_t v)
{
	member(j, key);
	buf_int(j, v);
}

void json_bool(struct buf *j, const char *key, bool v)
{
	member(j, key);
	buf_str(j, v ? "true" : "false");
}
