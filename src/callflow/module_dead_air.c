/* callflow/module_dead_air.c - "dead_air": the caller is answered and hears
 * silence until it hangs up. */
#include "callflow/module.h"

enum move module_dead_air(struct flow *f, const struct cJSON *data)
{
	(void)data;
	f->step.kind = FLOW_WAIT;
	f->step.u.wait.answers = true;
	f->step.u.wait.ms = -1;
	return MOVE_STEP;
}
