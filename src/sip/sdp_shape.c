/* sip/sdp_shape.c - a description with more streams, fewer, or none that
 * flows: what parties need who were not in the talk from its start. */
#include "sip/sdp.h"

#include <string.h>
#include <strings.h>

static bool is_direction(const char *line, size_t len)
{
	static const char *const words[] = { "a=sendrecv", "a=sendonly",
		                             "a=recvonly", "a=inactive" };

	for (size_t i = 0; i < NELEM(words); i++)
		if (len == strlen(words[i]) &&
		    strncasecmp(line, words[i], len) == 0)
			return true;
	return false;
}

void sdp_hold(struct buf *out, const char *text)
{
	bool in_stream = false;

	while (*text) {
		size_t len = strcspn(text, "\r\n");

		if (in_stream && strncmp(text, "m=", 2) == 0)
			buf_str(out, "a=inactive\r\n");
		in_stream = in_stream || strncmp(text, "m=", 2) == 0;
		if (len > 0 && !is_direction(text, len)) {
			buf_add(out, text, len);
			buf_str(out, "\r\n");
		}
		text += len + strspn(text + len, "\r\n");
	}
	if (in_stream)
		buf_str(out, "a=inactive\r\n");
}

/* The n-th m-line; the end of the text when there are not so many. */
static const char *stream_at(const char *text, const char *end, size_t n)
{
	while (text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));

		if (end - text > 2 && strncmp(text, "m=", 2) == 0 && n-- == 0)
			return text;
		if (!line_end)
			break;
		text = line_end + 1;
	}
	return end;
}

size_t sdp_head(const char *text, size_t len, size_t n)
{
	return (size_t)(stream_at(text, text + len, n) - text);
}

/* "m=audio 4000 RTP/AVP 0" becomes "m=audio 0 RTP/AVP 0". */
static void refuse_line(struct buf *out, const char *line)
{
	size_t len = strcspn(line, "\r\n"), kind = strcspn(line, " ");
	size_t port;

	if (kind >= len)
		return;
	port = strcspn(line + kind + 1, " ");
	buf_add(out, line, kind + 1);
	buf_char(out, '0');
	if (kind + 1 + port < len)
		buf_add(out, line + kind + 1 + port, len - kind - 1 - port);
	buf_str(out, "\r\n");
}

void sdp_pad(struct buf *out, const char *last)
{
	const char *end = last + strlen(last), *line;
	size_t n = 0;

	while (stream_at(out->p, out->p + out->len, n) < out->p + out->len)
		n++;
	for (; (line = stream_at(last, end, n)) < end; n++)
		refuse_line(out, line);
}
