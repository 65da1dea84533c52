/* callflow/module_ring_group_toggle.c - "ring_group_toggle": the caller's
 * owner logs in to the ring groups of a callflow, or out of them. */
#include "base/strutil.h"
#include "callflow/data.h"
#include "callflow/toggle.h"

static bool read_action(struct flow *f, const char *action,
                        enum change_to *out)
{
	bool is_in = str_eq(action, "login");

	if (!is_in && !str_eq(action, "logout")) {
		flow_warn(f, "toggle.action",
		          "ring_group_toggle: action '%s' is not known",
		          action ? action : "");
		return false;
	}
	*out = is_in ? CHANGE_ON : CHANGE_OFF;
	return true;
}

enum move module_ring_group_toggle(struct flow *f, const struct cJSON *data)
{
	struct change_request c = { .change = { .what = CHANGE_MEMBERSHIP } };
	const char *id = data_string(f, data, "callflow_id");
	const struct callflow *flow =
		id ? account_callflow(f->account, id) : NULL;
	const struct user *owner = flow_owner(f);

	if (!flow) {
		flow_warn(f, "ring_group_toggle",
		          "ring_group_toggle: callflow '%s' is not known",
		          id ? id : "");
		return MOVE_NEXT;
	}
	if (!owner) {
		flow_warn(f, "ring_group_toggle.user",
		          "ring_group_toggle: the caller is no user");
		return MOVE_NEXT;
	}
	c.type = DOCUMENT_CALLFLOW;
	c.account = f->account->id;
	c.id = flow->id;
	c.change.user = owner->id;
	return read_action(f, data_string(f, data, "action"), &c.change.to)
	               ? toggle_step(f, &c)
	               : MOVE_NEXT;
}
