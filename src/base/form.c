/* base/form.c - the form encoding of HTML. */
#include "base/form.h"

#include <stdbool.h>
#include <string.h>

/* https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-
 * encode-set; not isalnum(), which asks the locale. */
static bool stands_for_itself(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-_.*", c));
}

void form_encode(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (stands_for_itself(c))
			buf_char(out, *text);
		else if (c == ' ')
			buf_char(out, '+');
		else
			buf_fmt(out, "%%%02X", c);
	}
}

void form_add(struct buf *form, const char *name, const char *value)
{
	if (form->len > 0)
		buf_char(form, '&');
	form_encode(form, name);
	buf_char(form, '=');
	form_encode(form, value);
}

char *url_with_query(const char *url, const char *query)
{
	size_t n = strcspn(url, "#");
	const char *mark = memchr(url, '?', n);
	struct buf b = { 0 };

	buf_add(&b, url, n);
	if (*query) {
		if (!mark)
			buf_char(&b, '?');
		else if (mark + 1 < url + n)
			buf_char(&b, '&');
		buf_str(&b, query);
	}
	buf_str(&b, url + n);
	return buf_take(&b);
}
