/* callflow/module_call_waiting.c - "call_waiting": of the caller's device, or
 * of its owner. */
#include "base/strutil.h"
#include "callflow/data.h"
#include "callflow/toggle.h"

enum move module_call_waiting(struct flow *f, const struct cJSON *data)
{
	struct change_request c = { .change = { .what = CHANGE_CALL_WAITING } };
	const char *scope = data_string(f, data, "scope");
	const char *action = data_string(f, data, "action");

	if (scope && !str_eq(scope, "device") && !str_eq(scope, "user")) {
		flow_warn(f, "scope", "call_waiting: scope '%s' is not known",
		          scope);
		return MOVE_NEXT;
	}
	if (!(str_eq(scope, "user")
	              ? toggle_user(&c, flow_owner(f))
	              : toggle_device(&c, f->in.caller.device)))
		return toggle_nobody(f);
	return toggle_action(f, action ? action : "toggle", &c.change.to)
	               ? toggle_step(f, &c)
	               : MOVE_NEXT;
}
