/* admin/text.c - text of strangers on the operator's terminal. */
#include "admin/text.h"

struct range {
	uint32_t first, last;
};

/* Two columns wide: East Asian Width W and F, and pictures (Unicode's
 * EastAsianWidth.txt, coarsely). */
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },
	{ 0xa960, 0xa97c },   { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1faff },
	{ 0x20000, 0x3fffd },
};

/* Of no width: what combines with the character before it. */
static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd },
	{ 0x0610, 0x061a }, { 0x064b, 0x065f }, { 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f },
	{ 0xfe20, 0xfe2f },
};

/* Controls, and what turns or hides the text around it. */
static const struct range unwelcome[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x061c, 0x061c },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0xd800, 0xdfff }, { 0xfeff, 0xfeff }, { 0xe0000, 0xe007f },
};

#define IN(c, ranges) is_in((c), (ranges), NELEM(ranges))

static int is_in(uint32_t c, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].first && c <= r[i].last)
			return 1;
	return 0;
}

/* The character at s and its length; 0 when there is none that is well
 * formed and welcome. */
static size_t decode(const unsigned char *s, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80   ? 1
	           : s[0] < 0xc2 ? 0
	           : s[0] < 0xe0 ? 2
	           : s[0] < 0xf0 ? 3
	           : s[0] < 0xf5 ? 4
	                         : 0;
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (n == 0 || c < least[n] || c > 0x10ffff || IN(c, unwelcome))
		return 0;
	*out = c;
	return n;
}

/* The length of what text_add() replaces at s by one '?'. */
static size_t bad_length(const unsigned char *s)
{
	size_t n = 1;

	if (s[0] >= 0x80)
		while ((s[n] & 0xc0) == 0x80 && n < 4)
			n++;
	return n;
}

size_t text_width(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t width = 0;

	while (*s) {
		uint32_t c = '?';
		size_t n = decode(s, &c);

		width += IN(c, combining) ? 0 : IN(c, wide) ? 2 : 1;
		s += n ? n : bad_length(s);
	}
	return width;
}

void text_add(struct buf *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		uint32_t c;
		size_t n = decode(s, &c);

		if (n > 0) {
			buf_add(out, s, n);
		} else {
			buf_char(out, '?');
			n = bad_length(s);
		}
		s += n;
	}
}
