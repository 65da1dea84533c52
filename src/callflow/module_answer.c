/* callflow/module_answer.c - "answer": the caller is answered by the server
 * itself; the flow goes on when it has acknowledged that. */
#include "callflow/module.h"

enum move module_answer(struct flow *f, const struct cJSON *data)
{
	(void)data;
	f->step.kind = FLOW_WAIT;
	f->step.u.wait.answers = true;
	f->step.u.wait.ms = 0;
	return MOVE_STEP;
}
