/* sip/framing.c - messages and keep-alives of a stream told apart. */
#include "sip/framing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONGEST_BODY (1u << 20) /* more than any message may have */

/* "Content-Length : 12", "l: 12" (RFC 3261 7.3.3) */
static void read_length(struct framing *f)
{
	char *colon = strchr(f->line, ':');
	size_t n = colon ? (size_t)(colon - f->line) : 0;
	unsigned long long length;

	while (n > 0 && (f->line[n - 1] == ' ' || f->line[n - 1] == '\t'))
		n--;
	if (!(n == 1 && (*f->line == 'l' || *f->line == 'L')) &&
	    !(n == 14 && strncasecmp(f->line, "Content-Length", 14) == 0))
		return;
	length = strtoull(colon + 1, NULL, 10);
	f->body = length < LONGEST_BODY ? length : LONGEST_BODY;
}

static void end_message(struct framing *f)
{
	f->state = FRAMING_BETWEEN;
	f->between = 0;
}

static void take_header(struct framing *f, char c)
{
	if (c == '\n') {
		if (f->column == 0) {
			f->state = FRAMING_BODY;
			if (f->body == 0)
				end_message(f);
			return;
		}
		f->line[f->column < sizeof(f->line) ? f->column
		                                    : sizeof(f->line) - 1] =
		        '\0';
		read_length(f);
		f->column = 0;
	} else if (c != '\r') {
		if (f->column < sizeof(f->line) - 1)
			f->line[f->column] = c;
		f->column++;
	}
}

/* RFC 5626 3.5.1: CRLF CRLF asks for CRLF. */
static bool is_ping(struct framing *f)
{
	f->between = (f->between + 1) % 4;
	return f->between == 0;
}

static size_t take_body(struct framing *f, size_t n)
{
	size_t took = n < f->body ? n : (size_t)f->body;

	f->body -= took;
	if (f->body == 0)
		end_message(f);
	return took;
}

size_t framing_feed(struct framing *f, char *bytes, size_t n,
                    unsigned *pings)
{
	size_t kept = 0, run;

	*pings = 0;
	for (size_t i = 0; i < n; i += run) {
		run = 1;
		if (f->state == FRAMING_BETWEEN &&
		    (bytes[i] == '\r' || bytes[i] == '\n')) {
			*pings += is_ping(f);
			continue;
		}
		if (f->state == FRAMING_BETWEEN) {
			f->state = FRAMING_HEADERS;
			f->body = 0;
			f->column = 0;
		}
		if (f->state == FRAMING_HEADERS)
			take_header(f, bytes[i]);
		else
			run = take_body(f, n - i);
		memmove(bytes + kept, bytes + i, run);
		kept += run;
	}
	return kept;
}

bool framing_is_between(const struct framing *f)
{
	return f->state == FRAMING_BETWEEN;
}
