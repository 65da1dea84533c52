/* sip/sdp_hold.c - a description that says nothing flows. */
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
