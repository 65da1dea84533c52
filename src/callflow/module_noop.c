/* callflow/module_noop.c - "noop": nothing, on to the child `_`. */
#include "callflow/module.h"

enum move module_noop(struct flow *f, const struct cJSON *data)
{
	(void)f;
	(void)data;
	return MOVE_NEXT;
}
