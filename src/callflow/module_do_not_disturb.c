/* callflow/module_do_not_disturb.c - "do_not_disturb": of the document that
 * is named, else of the caller's owner, else of the caller's device. */
#include "callflow/data.h"
#include "callflow/toggle.h"

static bool find(struct flow *f, const char *id, struct change_request *c)
{
	if (id && (toggle_device(c, account_device(f->account, id)) ||
	           toggle_user(c, account_user(f->account, id))))
		return true;
	return toggle_user(c, flow_owner(f)) ||
	       toggle_device(c, f->in.caller.device);
}

enum move module_do_not_disturb(struct flow *f, const struct cJSON *data)
{
	struct change_request c = { .change = { .what = CHANGE_DND } };

	if (!find(f, data_string(f, data, "id"), &c))
		return toggle_nobody(f);
	return toggle_action(f, data_string(f, data, "action"), &c.change.to)
	               ? toggle_step(f, &c)
	               : MOVE_NEXT;
}
