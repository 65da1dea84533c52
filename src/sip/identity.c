/* sip/identity.c - who somebody says to be, or is said to be. */
#include "sip/identity.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strutil.h"
#include "sip/uri.h"

/* --- Privacy ---------------------------------------------------------------- */

static unsigned privacy_of(const char *word, size_t n)
{
	static const struct {
		const char *name;
		unsigned bit;
	} words[] = {
		{ "id", PRIVACY_ID },           { "user", PRIVACY_USER },
		{ "header", PRIVACY_HEADER },   { "session", PRIVACY_SESSION },
		{ "history", PRIVACY_HISTORY },
		/* Remote-Party-ID's */
		{ "full", PRIVACY_ID | PRIVACY_USER },
		{ "name", PRIVACY_ID | PRIVACY_USER },
		{ "uri", PRIVACY_ID | PRIVACY_USER },
	};

	for (size_t i = 0; i < NELEM(words); i++)
		if (strlen(words[i].name) == n &&
		    strncasecmp(words[i].name, word, n) == 0)
			return words[i].bit;
	return 0; /* "critical": all we know of is done anyway */
}

unsigned privacy_parse(const char *value)
{
	unsigned bits = 0;
	size_t n;

	/* ';' by the RFC, ',' in the field */
	for (; *value; value += n) {
		value += strspn(value, "; ,\t");
		n = strcspn(value, "; ,\t");
		if (n == 4 && strncasecmp(value, "none", n) == 0)
			return 0;
		bits |= privacy_of(value, n);
	}
	return bits;
}

unsigned identity_rpid_privacy(const char *value)
{
	const char *at = strrchr(value, '>');
	const char *end;

	for (at = at ? at : value; (at = strchr(at, ';')); ) {
		at += 1 + strspn(at + 1, " \t");
		if (strncasecmp(at, "privacy", 7) != 0)
			continue;
		at += 7 + strspn(at + 7, " \t");
		if (*at != '=')
			continue;
		at += 1 + strspn(at + 1, " \t");
		end = at + strcspn(at, ";, \t-");
		return privacy_of(at, (size_t)(end - at));
	}
	return 0;
}

/* --- name-addr -------------------------------------------------------------- */

struct cut { /* what is left of a value */
	const char *p;
};

static void skip_blanks(struct cut *c)
{
	c->p += strspn(c->p, " \t\r\n");
}

/* A quoted string or tokens in front of '<'.  False: the quote never ends. */
static bool take_name(struct cut *c, char *out, size_t size)
{
	const char *stop;
	size_t n = 0;

	out[0] = '\0';
	skip_blanks(c);
	if (*c->p != '"') {
		stop = c->p + strcspn(c->p, "<,");
		if (*stop != '<')
			return true; /* an addr-spec */
		for (; c->p < stop && n + 1 < size; c->p++)
			out[n++] = *c->p;
		while (n > 0 && isspace((unsigned char)out[n - 1]))
			n--;
		out[n] = '\0';
		c->p = stop;
		return true;
	}
	for (c->p++; *c->p && *c->p != '"'; c->p++) {
		if (*c->p == '\\' && c->p[1])
			c->p++;
		if (n + 1 < size)
			out[n++] = *c->p;
	}
	out[n] = '\0';
	if (*c->p != '"')
		return false;
	c->p++;
	skip_blanks(c);
	return true;
}

/* The URI in "<...>", or up to what ends an addr-spec. */
static bool take_uri(struct cut *c, char *out, size_t size)
{
	bool is_bracketed = *c->p == '<';
	size_t n;

	c->p += is_bracketed;
	n = strcspn(c->p, is_bracketed ? ">" : ",; \t\r\n");
	if (n == 0 || n >= size || (is_bracketed && c->p[n] != '>'))
		return false;
	memcpy(out, c->p, n);
	out[n] = '\0';
	c->p += n + is_bracketed;
	return true;
}

static bool is_clean(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static int hex(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) -
	                                              'a' + 10
	                                    : -1;
}

static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '%' && hex(s[1]) >= 0 && hex(s[2]) >= 0) {
			*to++ = (char)(hex(s[1]) * 16 + hex(s[2]));
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static bool read_tel(struct identity_value *v, const char *uri)
{
	size_t n = strcspn(uri, ";?");

	if (n == 0 || n >= sizeof(v->user))
		return false;
	memcpy(v->user, uri, n);
	v->user[n] = '\0';
	v->host[0] = '\0';
	return true;
}

static bool read_uri(struct identity_value *v, const char *uri)
{
	struct sip_uri u;

	if (strncasecmp(uri, "tel:", 4) == 0)
		return read_tel(v, uri + 4);
	if (sip_uri_parse(&u, uri) < 0)
		return false;
	/* user parameters and a password are no part of who it is */
	u.user[strcspn(u.user, ";:")] = '\0';
	unescape(u.user);
	if (!u.user[0] || strlen(u.user) >= sizeof(v->user))
		return false;
	strcpy(v->user, u.user);
	strcpy(v->host, u.host);
	return true;
}

bool identity_parse(struct identity_value *out, const char *value)
{
	struct cut c = { value };
	struct identity_value v;
	char uri[512];

	for (;;) {
		if (!take_name(&c, v.name, sizeof(v.name)) ||
		    !take_uri(&c, uri, sizeof(uri)))
			return false;
		if (read_uri(&v, uri) && is_clean(v.user) &&
		    is_clean(v.name)) {
			*out = v;
			return true;
		}
		c.p += strcspn(c.p, ",");
		if (!*c.p++)
			return false;
	}
}

bool identity_is_anonymous(const char *user, const char *host)
{
	static const char *const names[] = { "anonymous", "restricted",
		                             "unavailable", "private" };

	if (str_is_empty(user) || str_eq_case(host, "anonymous.invalid"))
		return true;
	for (size_t i = 0; i < NELEM(names); i++)
		if (str_eq_case(user, names[i]))
			return true;
	return strspn(user, "0") == strlen(user) && strlen(user) >= 3;
}

void identity_write(struct buf *out, const char *name, const char *user,
                    const char *host)
{
	char *escaped = sip_uri_escape(user ? user : "");

	if (!str_is_empty(name)) {
		buf_char(out, '"');
		for (; *name; name++) {
			if (*name == '"' || *name == '\\')
				buf_char(out, '\\');
			buf_char(out, (unsigned char)*name < 0x20 ? ' '
			                                          : *name);
		}
		buf_str(out, "\" ");
	}
	buf_fmt(out, "<sip:%s%s%s>", escaped, *escaped ? "@" : "", host);
	free(escaped);
}
