/* sip/refer.c - Refer-To, Replaces and Join as text. */
#include "sip/refer.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

struct span { /* a piece of the text; not terminated */
	const char *p;
	size_t len;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trimmed(struct span s)
{
	while (s.len > 0 && is_space(*s.p)) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && is_space(s.p[s.len - 1]))
		s.len--;
	return s;
}

static bool span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

/* What stands before the first `c`; the rest after it stays in *s. */
static struct span cut(struct span *s, char c)
{
	const char *at = memchr(s->p, c, s->len);
	struct span head = { s->p, at ? (size_t)(at - s->p) : s->len };
	size_t used = head.len + (at != NULL);

	s->p += used;
	s->len -= used;
	return head;
}

/* One that may stand in a header that we write: no line ends, no quotes. */
static bool copy_plain(char *out, size_t size, struct span s)
{
	if (s.len == 0 || s.len >= size)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f ||
		    strchr(";,\"", s.p[i]))
			return false;
	memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return true;
}

/* --- Replaces --------------------------------------------------------------- */

static bool take_tag(char out[REFER_TAG], struct span value)
{
	return !out[0] && copy_plain(out, REFER_TAG, value);
}

static int replaces_read(struct replaces *out, struct span s)
{
	struct replaces r = { .call_id = "" };

	if (!copy_plain(r.call_id, sizeof(r.call_id), trimmed(cut(&s, ';'))))
		return -EINVAL;
	while (s.len > 0) {
		struct span value = cut(&s, ';');
		struct span name = trimmed(cut(&value, '='));

		value = trimmed(value);
		if (span_is(name, "early-only"))
			r.early_only = true;
		else if ((span_is(name, "to-tag") &&
		          !take_tag(r.to_tag, value)) ||
		         (span_is(name, "from-tag") &&
		          !take_tag(r.from_tag, value)))
			return -EINVAL;
	}
	/* RFC 3891 6.1: exactly one of each */
	if (!r.to_tag[0] || !r.from_tag[0])
		return -EINVAL;
	*out = r;
	return 0;
}

int replaces_parse(struct replaces *out, const char *text)
{
	return replaces_read(out, (struct span){ text, strlen(text) });
}

char *replaces_text(const struct replaces *r)
{
	return xasprintf("%s;to-tag=%s;from-tag=%s%s", r->call_id, r->to_tag,
	                 r->from_tag, r->early_only ? ";early-only" : "");
}

/* --- escapes ---------------------------------------------------------------- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* -EINVAL: a broken escape, a control character, or too long. */
static int unescape(char *out, size_t size, struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '%') {
			if (i + 2 >= s.len || hex(s.p[i + 1]) < 0 ||
			    hex(s.p[i + 2]) < 0)
				return -EINVAL;
			c = hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]);
			i += 2;
		}
		if (c < ' ' || c == 0x7f || n + 1 >= size)
			return -EINVAL;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return 0;
}

/* --- Refer-To --------------------------------------------------------------- */

/* The URI inside: of "Name" <uri>;params what stands between the brackets;
 * without them, parameters are the header's and not the URI's (RFC 3261
 * 20.10), but a '?' is the URI's. */
static int find_uri(struct span *out, struct span s)
{
	bool quoted = false;

	s = trimmed(s);
	for (size_t i = 0; i < s.len; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.p[i] == '<') {
			struct span rest = { s.p + i + 1, s.len - i - 1 };
			struct span uri = cut(&rest, '>');

			*out = trimmed(uri);
			return uri.p + uri.len < s.p + s.len ? 0 : -EINVAL;
		}
	}
	if (quoted || memchr(s.p, ',', s.len))
		return -EINVAL;
	*out = s;
	return 0;
}

static int embedded(struct refer_to *r, struct span name, struct span value)
{
	char text[1024];

	if (unescape(text, sizeof(text), value) < 0)
		return 400;
	if (span_is(name, "Require") && strcasecmp(text, "replaces") == 0) {
		r->requires_replaces = true;
		return 0;
	}
	if (!span_is(name, "Replaces"))
		return 403;
	if (r->has_replaces || replaces_parse(&r->replaces, text) < 0)
		return 400;
	r->has_replaces = true;
	return 0;
}

static int embedded_all(struct refer_to *r, struct span headers)
{
	int status = 0;

	while (headers.len > 0 && status == 0) {
		struct span value = cut(&headers, '&');
		struct span name = cut(&value, '=');

		status = embedded(r, name, value);
	}
	return status;
}

static int params(struct span s)
{
	while (s.len > 0) {
		struct span value = cut(&s, ';');
		struct span name = cut(&value, '=');

		if (span_is(name, "method") && !span_is(value, "INVITE"))
			return 403;
	}
	return 0;
}

/* user:password@ of a sip: URI; '@' stands nowhere else before the '?'. */
static int user_and_host(struct refer_to *r, struct span s)
{
	struct span user = { s.p, 0 }, host = s;

	if (memchr(s.p, '@', s.len)) {
		user = cut(&host, '@');
		user = cut(&user, ':'); /* a password is not passed on */
	}
	/* RFC 4904 and the like: parameters of the number */
	user = cut(&user, ';');
	if (unescape(r->user, sizeof(r->user), user) < 0 ||
	    !copy_plain(r->host, sizeof(r->host), host) ||
	    memchr(host.p, '@', host.len))
		return 400;
	return 0;
}

static int read_sip(struct refer_to *r, struct span s)
{
	struct span headers = s, uri = cut(&headers, '?'), host = uri;
	int status = 0;

	if (memchr(uri.p, '@', uri.len)) /* a ';' before it is the user's */
		cut(&host, '@');
	if (memchr(host.p, ';', host.len)) {
		cut(&host, ';');
		status = params(host);
		uri.len = (size_t)(host.p - 1 - uri.p);
	}
	if (status == 0)
		status = user_and_host(r, uri);
	return status ? status : embedded_all(r, headers);
}

static int read_tel(struct refer_to *r, struct span s)
{
	struct span number = cut(&s, ';');

	if (number.len == 0 || unescape(r->user, sizeof(r->user), number) < 0)
		return 400;
	for (const char *c = r->user; *c; c++)
		if (!strchr("+0123456789*#-.()", *c))
			return 400;
	return 0;
}

int refer_to_parse(struct refer_to *out, const char *text)
{
	struct refer_to r = { .user = "" };
	struct span uri, scheme;
	int status;

	if (find_uri(&uri, (struct span){ text, strlen(text) }) < 0 ||
	    !memchr(uri.p, ':', uri.len))
		return 400;
	scheme = cut(&uri, ':');
	if (span_is(scheme, "sip") || span_is(scheme, "sips"))
		status = read_sip(&r, uri);
	else if (span_is(scheme, "tel"))
		status = read_tel(&r, uri);
	else
		status = 416;
	if (status == 0)
		*out = r;
	return status;
}
