/* callflow/module_call_forward.c - "call_forward": of the owner of the
 * caller's device, else of the device, to what was dialled behind the code. */
#include "base/strutil.h"
#include "callflow/data.h"
#include "callflow/toggle.h"

static bool read_action(struct flow *f, const char *action,
                        enum change_to *out)
{
	if (str_eq(action, "menu")) {
		flow_note(f, "call_forward.menu",
		          "call_forward: no menu is played");
		return false;
	}
	if (str_eq(action, "update")) {
		*out = CHANGE_NUMBER;
		return true;
	}
	return toggle_action(f, action, out);
}

enum move module_call_forward(struct flow *f, const struct cJSON *data)
{
	struct change_request c = { .change = { .what = CHANGE_FORWARD } };
	const struct device *d = f->in.caller.device;

	if (!(d && toggle_user(&c, d->owner)) && !toggle_device(&c, d))
		return toggle_nobody(f);
	c.change.number = f->in.capture;
	return read_action(f, data_string(f, data, "action"), &c.change.to)
	               ? toggle_step(f, &c)
	               : MOVE_NEXT;
}
