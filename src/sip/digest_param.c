/* sip/digest_param.c - auth-param = token "=" ( token / quoted-string ). */
#include "sip/digest_impl.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

/* More than any client sends; each look-up walks the list. */
#define MAX_PARAMS 40

static const char *skip_space(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n')
		s++;
	return s;
}

/* Where the value of name begins in text; NULL when it is another one's. */
static const char *value_of(const char *text, const char *name)
{
	size_t len = strlen(name);

	text = skip_space(text);
	if (strncasecmp(text, name, len) != 0)
		return NULL;
	text = skip_space(text + len);
	return *text == '=' ? skip_space(text + 1) : NULL;
}

/* RFC 3261 25.1: quoted-string, with quoted-pair undone. */
static int copy_quoted(const char *s, char *out, size_t size)
{
	size_t n = 0;

	for (s++; *s != '"'; s++) {
		if (*s == '\\')
			s++;
		if (!*s)
			return -EINVAL;
		if (n + 1 >= size)
			return -EMSGSIZE;
		out[n++] = *s;
	}
	out[n] = '\0';
	return *skip_space(s + 1) ? -EINVAL : 0;
}

static int copy_token(const char *s, char *out, size_t size)
{
	size_t n = strcspn(s, " \t\r\n");

	if (n == 0 || *skip_space(s + n) || memchr(s, '"', n))
		return -EINVAL;
	if (n >= size)
		return -EMSGSIZE;
	memcpy(out, s, n);
	out[n] = '\0';
	return 0;
}

int digest_param_get(const struct digest_params *p, const char *name, char *out,
                     size_t size)
{
	const char *found = NULL;

	for (size_t i = 0; p->params && p->params[i]; i++) {
		const char *value = value_of(p->params[i], name);

		if (i >= MAX_PARAMS)
			return -EINVAL;
		if (value && found)
			return -EEXIST;
		if (value)
			found = value;
	}
	if (!found)
		return -ENOENT;
	return *found == '"' ? copy_quoted(found, out, size)
	                     : copy_token(found, out, size);
}

bool digest_param(const struct digest_params *p, const char *name, char *out,
                  size_t size)
{
	return digest_param_get(p, name, out, size) == 0;
}

/* A control character would end the header: '?' in its place. */
void digest_param_quote(struct buf *out, const char *name, const char *value)
{
	buf_str(out, name);
	buf_str(out, "=\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_char(out, '\\');
		buf_char(out, iscntrl((unsigned char)*value) ? '?' : *value);
	}
	buf_char(out, '"');
}

bool digest_algorithm_of(const struct digest_params *p,
                         enum digest_algorithm *out)
{
	bool is_session;
	char name[32];
	int rc = digest_param_get(p, "algorithm", name, sizeof(name));

	*out = DIGEST_MD5;
	return rc == -ENOENT ||
	       (rc == 0 && digest_algorithm_find(name, out, &is_session) == 0);
}
