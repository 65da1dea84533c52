/* callflow/module_wait_for_hangup.c - "wait_for_hangup": nothing more happens
 * until the caller hangs up. */
#include "callflow/module.h"

enum move module_wait_for_hangup(struct flow *f, const struct cJSON *data)
{
	(void)data;
	f->step.kind = FLOW_WAIT;
	f->step.u.wait.ms = -1;
	return MOVE_STEP;
}
