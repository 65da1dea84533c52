/* callflow/module_callflow.c - "callflow": runs another one, and comes back. */
#include "callflow/data.h"

enum move module_callflow(struct flow *f, const struct cJSON *data)
{
	const char *id = data_string(f, data, "id");
	const struct callflow *c;

	c = id ? account_callflow(f->account, id) : NULL;
	if (!c) {
		flow_warn(f, id ? id : "callflow", "callflow '%s' is not known",
		          id ? id : "");
		return MOVE_NEXT;
	}
	f->jump = (struct place){ c, c->flow, NULL };
	return MOVE_JUMP;
}
