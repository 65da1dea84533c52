/* b2bua/diversion.c - who sent a call on (RFC 5806). */
#include "b2bua/diversion.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "sip/uri.h"

static const char *find_line(const char *headers, const char *name)
{
	size_t len = strlen(name);

	for (const char *s = headers; s && *s; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (strncasecmp(s, name, len) == 0)
			return s + len;
	}
	return NULL;
}

/* "Ann" <sip:100@a.test>;reason=... */
char *diversion_user(const char *headers)
{
	const char *line = find_line(headers, "Diversion:");
	char *text = line ? xstrndup(line, strcspn(line, "\r\n")) : NULL;
	char *uri = text ? strchr(text, '<') : NULL, *user = NULL;
	struct sip_uri to;

	if (uri && sip_uri_parse(&to, uri) == 0 && to.user[0])
		user = xstrdup(to.user);
	free(text);
	return user;
}
