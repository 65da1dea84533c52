/* callflow/module_response.c - "response": answers the caller with a SIP
 * status. */
#include <ctype.h>

#include "callflow/data.h"

/* A reason phrase stands in the status line of a message. */
static bool is_one_line(const char *s)
{
	for (; *s; s++)
		if (iscntrl((unsigned char)*s))
			return false;
	return true;
}

enum move module_response(struct flow *f, const struct cJSON *data)
{
	int64_t code = data_int(f, data, "code", 486);
	const char *message = data_string(f, data, "message");

	if (code < 300 || code > 699) {
		flow_warn(f, "response.code",
		          "response: code %lld is no failure: 486 is sent",
		          (long long)code);
		code = 486;
	}
	if (message && !is_one_line(message)) {
		flow_warn(f, "response.message",
		          "response: 'message' has control characters");
		message = NULL;
	}
	if (data_string(f, data, "media"))
		flow_note(f, "response.media", "response: media is not played");
	f->step.kind = FLOW_RESPOND;
	f->step.u.respond.status = (int)code;
	f->step.u.respond.reason = message;
	return MOVE_STEP;
}
