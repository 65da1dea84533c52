/* callflow/module_hangup.c - "hangup": ends the call, wherever it jumped. */
#include "callflow/module.h"

enum move module_hangup(struct flow *f, const struct cJSON *data)
{
	(void)data;
	f->step.kind = FLOW_HANGUP;
	f->step.u.cause = NULL; /* the last failed dial decides */
	return MOVE_STEP;
}
