/* callflow/module_privacy.c - "privacy": hides who is calling.  With a
 * captured number the flow of that number follows: so "*67" and a number hide
 * one call. */
#include <stdlib.h>

#include "base/strutil.h"
#include "callflow/data.h"
#include "callflow/match.h"

static unsigned hides(struct flow *f, const char *mode)
{
	if (!mode || str_eq(mode, "full") || str_eq(mode, "yes") ||
	    str_eq(mode, "kazoo"))
		return HIDES_NAME | HIDES_NUMBER;
	if (str_eq(mode, "name") || str_eq(mode, "hide_name"))
		return HIDES_NAME;
	if (str_eq(mode, "number") || str_eq(mode, "hide_number"))
		return HIDES_NUMBER;
	if (str_eq(mode, "none"))
		return 0;
	flow_warn(f, "mode", "privacy: mode '%s' is not known: all is hidden",
	          mode);
	return HIDES_NAME | HIDES_NUMBER;
}

static void set_privacy(struct flow *f, const struct cJSON *data)
{
	const char *mode = data_string(f, data, "mode");
	const char *strategy = data_string(f, data, "endpoint_strategy");

	f->data.hides = hides(f, mode);
	/* Kazoo: "none" leaves the word to the caller's documents */
	f->data.merges_privacy =
	        str_eq(strategy, "merge") || str_eq(mode, "none");
	f->data.has_privacy = true;
}

enum move module_privacy(struct flow *f, const struct cJSON *data)
{
	bool is_ours = f->in.caller.device != NULL;
	struct match m;

	if (f->in.capture) {
		if (callflow_match(&m, f->account, f->in.capture, is_ours) < 0)
			return MOVE_STOP;
		set_privacy(f, data);
		return flow_jump_to(f, &m);
	}
	set_privacy(f, data);
	return MOVE_NEXT;
}
