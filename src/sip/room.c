/* sip/room.c - how large an answer may be. */
#include "sip/room.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/util.h"

/* SIP/2.0 481 Call/Transaction Does Not Exist; OPTIONS has shorter ones. */
#define STATUS_LINE    45
#define STATUS_OPTIONS 27
/* ;tag= and 13 letters of nta's, Content-Length: 0 and the empty line */
#define ALWAYS         39
#define RPORT          12 /* ;rport=65535 */
#define RPORT_VALUE    6

/* With a short name, what the long one has more. */
static const struct {
	const char *name;
	size_t grows;
} repeated[] = {
	{ "Via", 0 },     { "v", 3 }, /* and a blank */
	{ "From", 0 },    { "f", 4 },
	{ "To", 0 },      { "t", 2 },
	{ "Call-ID", 0 }, { "i", 7 },
	{ "CSeq", 0 },
};

static size_t line_length(const char *p, const char *end)
{
	const char *at = p;

	/* a line that begins with a blank goes on the one before */
	do {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : end;
	} while (at < end && (*at == ' ' || *at == '\t'));
	return (size_t)(at - p);
}

static size_t repeated_size(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[n] != ':' && line[n] != ' ' && line[n] != '\t')
		n++;
	for (size_t i = 0; i < NELEM(repeated); i++)
		if (strlen(repeated[i].name) == n &&
		    strncasecmp(line, repeated[i].name, n) == 0)
			return len + repeated[i].grows;
	return 0;
}

static bool is_field(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0)
		return false;
	while (n < len && (line[n] == ' ' || line[n] == '\t'))
		n++;
	return n < len && line[n] == ':';
}

bool room_is_challenged(const char *request, size_t len)
{
	const char *p = request, *end = request + len;
	bool has_contact = len > 9 && memcmp(request, "REGISTER ", 9) == 0;

	if (!has_contact && !(len > 7 && memcmp(request, "INVITE ", 7) == 0))
		return false;
	for (size_t n; p < end && *p != '\r' && *p != '\n'; p += n) {
		n = line_length(p, end);
		if (is_field(p, n, "Require"))
			return false;
		if (is_field(p, n, "Contact") || is_field(p, n, "m"))
			has_contact = true;
	}
	return has_contact;
}

static bool has(const char *line, size_t len, const char *text)
{
	return memmem(line, len, text, strlen(text)) != NULL;
}

/* What RFC 3261 18.2.1 and RFC 3581 add to the topmost Via. */
static size_t via_grows(const char *line, size_t len, const char *ip)
{
	size_t rport = has(line, len, ";rport") ? RPORT_VALUE : RPORT;

	return has(line, len, ip) ? rport
	                          : rport + strlen(";received=") + strlen(ip);
}

static bool is_via(const char *line, size_t n)
{
	return n > 1 && (strncasecmp(line, "Via", 3) == 0 ||
	                 strncasecmp(line, "v:", 2) == 0 ||
	                 strncasecmp(line, "v ", 2) == 0);
}

long room_in(const char *request, size_t len, const char *ip)
{
	const char *p = request, *end = request + len;
	size_t taken = ALWAYS, via = via_grows("", 0, ip);
	bool has_via = false;

	taken += len >= 8 && memcmp(request, "OPTIONS ", 8) == 0
	                 ? STATUS_OPTIONS
	                 : STATUS_LINE;
	for (bool is_first = true; p < end && *p != '\r' && *p != '\n';
	     is_first = false) {
		size_t n = line_length(p, end);

		if (!is_first)
			taken += repeated_size(p, n);
		if (!is_first && !has_via && is_via(p, n)) {
			has_via = true;
			via = via_grows(p, n, ip);
		}
		p += n;
	}
	return (long)len - (long)(taken + via);
}
