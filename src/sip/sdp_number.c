/* sip/sdp_number.c - payload types within a line of a description. */
#include "sip/sdp_number.h"

#include <string.h>
#include <strings.h>

bool sdp_names_format(struct span name)
{
	static const char *const known[] = { "rtpmap", "fmtp", "rtcp-fb",
		                             "imageattr", "rid" };

	for (size_t i = 0; i < NELEM(known); i++)
		if (span_is(name, known[i]))
			return true;
	return false;
}

static void add(struct buf *out, struct span *from, size_t n)
{
	buf_add(out, from->p, n);
	span_skip(from, n);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Cuts the number off the front of s and writes its substitute; what is no
 * payload type stays. */
static void add_number(struct buf *out, struct span *s, const uint8_t *numbers)
{
	struct span word = *s, digits;
	unsigned number;

	for (word.n = 0; word.n < s->n && is_digit(s->p[word.n]);)
		word.n++;
	digits = word;
	if (span_port(&digits, &number) && !digits.n && number < 128)
		buf_fmt(out, "%u", numbers[number]);
	else
		buf_add(out, word.p, word.n);
	span_skip(s, word.n);
}

/* All numbers of a list that anything else parts. */
static void add_list(struct buf *out, struct span s, const uint8_t *numbers)
{
	while (s.n) {
		if (is_digit(*s.p))
			add_number(out, &s, numbers);
		else
			add(out, &s, 1);
	}
}

void sdp_number_formats(struct buf *out, struct span formats,
                        const uint8_t *numbers)
{
	while (formats.n) {
		struct span word = formats;

		for (word.n = 0; word.n < formats.n && formats.p[word.n] != ' ';)
			word.n++;
		span_skip(&formats, word.n);
		add_number(out, &word, numbers);
		add(out, &word, word.n);
		if (formats.n)
			add(out, &formats, 1);
	}
}

/* How far it is to `text` in s; s.n when it is not there. */
static size_t find(struct span s, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= s.n; i++)
		if (strncasecmp(s.p + i, text, len) == 0 &&
		    (i == 0 || strchr(" ;", s.p[i - 1])))
			return i;
	return s.n;
}

/* "0/5/5": what is within redundant audio (RFC 2198 section 5). */
static bool is_redundancy(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '/' && i > 0 && is_digit(s.p[i - 1]))
			n++;
		else if (!is_digit(s.p[i]))
			return false;
	}
	return n > 0;
}

/* The parameters of a=fmtp; of a=rid (RFC 8851 4). */
static void add_params(struct buf *out, struct span s, const char *name,
                       const uint8_t *numbers)
{
	struct span list;

	add(out, &s, find(s, name));
	if (s.n)
		add(out, &s, strlen(name));
	for (list = s, list.n = 0; list.n < s.n && s.p[list.n] != ';' &&
	                           s.p[list.n] != ' ';)
		list.n++;
	add_list(out, list, numbers);
	span_skip(&s, list.n);
	add(out, &s, s.n);
}

void sdp_number_line(struct buf *out, struct span line, const uint8_t *numbers)
{
	bool is_fmtp = span_starts(line, "a=fmtp:");
	const char *colon = memchr(line.p, ':', line.n);

	if (!colon) {
		add(out, &line, line.n);
		return;
	}
	if (span_starts(line, "a=rid:")) {
		add_params(out, line, "pt=", numbers);
		return;
	}
	add(out, &line, (size_t)(colon + 1 - line.p));
	add_number(out, &line, numbers);
	while (line.n && *line.p == ' ')
		add(out, &line, 1);
	if (is_fmtp && is_redundancy(line))
		add_list(out, line, numbers);
	else if (is_fmtp)
		add_params(out, line, "apt=", numbers); /* RFC 4588 8.6 */
	else
		add(out, &line, line.n);
}
