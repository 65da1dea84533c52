/* support/fixture.c - from the notation of RFC 4475 to bytes. */
#include "cmocka_all.h"

#include "support/fixture.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, toupper((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

static void add_hex(struct buf *out, const char *s, const char *end)
{
	int high = -1;

	for (; s < end; s++) {
		int d = digit(*s);
		char byte;

		if (d < 0)
			continue; /* a line may end in between */
		if (high < 0) {
			high = d;
			continue;
		}
		byte = (char)(high * 16 + d);
		buf_add(out, &byte, 1);
		high = -1;
	}
	assert_int_equal(high, -1);
}

/* What stands between the tag at s, whose length is `open`, and its end. */
static const char *end_of(const char *s, size_t open, const char *tag)
{
	const char *end = strstr(s + open, tag);

	assert_non_null(end);
	return end;
}

/* The tag at s, if there is one: how much of the text it takes up. */
static size_t add_tag(struct buf *out, const char *s)
{
	const char *end;
	unsigned count;
	int open = 0;

	if (strncmp(s, "<hex>", 5) == 0) {
		end = end_of(s, 5, "</hex>");
		add_hex(out, s + 5, end);
		return (size_t)(end - s) + strlen("</hex>");
	}
	if (sscanf(s, "<repeat count=%u>%n", &count, &open) == 1 && open) {
		end = end_of(s, (size_t)open, "</repeat>");
		while (count-- > 0)
			buf_add(out, s + open, (size_t)(end - s - open));
		return (size_t)(end - s) + strlen("</repeat>");
	}
	return 0;
}

static void add_text(struct buf *out, const char *s)
{
	while (*s) {
		size_t n = add_tag(out, s);

		if (n == 0)
			buf_add(out, s, 1);
		s += n ? n : 1;
	}
}

/* Lines are joined here, before the tags are read: a tag may go over
 * several. */
void fixture_expand(struct buf *out, char *text)
{
	struct buf joined = { 0 };
	bool is_one = false;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		bool begins = strcmp(line, "<allOneLine>") == 0;
		bool ends = strcmp(line, "</allOneLine>") == 0;

		if (!text && *line == '\0')
			break; /* the file's last line end */
		is_one = (is_one || begins) && !ends;
		if (!begins && !ends)
			buf_str(&joined, line);
		if (!is_one)
			buf_str(&joined, "\r\n");
	}
	add_text(out, buf_text(&joined));
	buf_free(&joined);
}

void fixture_read(struct buf *out, const char *name)
{
	const char *top = getenv("top_srcdir");
	struct buf path = { 0 }, text = { 0 };
	char chunk[4096];
	size_t n;
	FILE *f;

	buf_fmt(&path, "%s/tests/%s", top ? top : ".", name);
	f = fopen(path.p, "rb");
	if (!f)
		fail_msg("%s: no such fixture", path.p);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&text, chunk, n);
	fclose(f);
	assert_int_equal(strlen(buf_text(&text)), text.len);
	fixture_expand(out, text.p);
	buf_free(&text);
	buf_free(&path);
}
