/* callflow/toggle.c - what the modules have in common that change a document. */
#include "callflow/toggle.h"

#include "base/strutil.h"

bool toggle_action(struct flow *f, const char *action, enum change_to *out)
{
	static const struct {
		const char *name;
		enum change_to to;
	} actions[] = {
		{ "activate", CHANGE_ON },
		{ "deactivate", CHANGE_OFF },
		{ "toggle", CHANGE_OVER },
	};

	for (size_t i = 0; i < NELEM(actions); i++)
		if (str_eq(actions[i].name, action)) {
			*out = actions[i].to;
			return true;
		}
	flow_warn(f, "toggle.action", "%s: action '%s' is not known",
	          f->module->name, action ? action : "");
	return false;
}

bool toggle_user(struct change_request *out, const struct user *u)
{
	if (!u)
		return false;
	out->type = DOCUMENT_USER;
	out->account = u->account->id;
	out->id = u->id;
	return true;
}

bool toggle_device(struct change_request *out, const struct device *d)
{
	if (!d)
		return false;
	out->type = DOCUMENT_DEVICE;
	out->account = d->account->id;
	out->id = d->id;
	return true;
}

enum move toggle_step(struct flow *f, const struct change_request *c)
{
	f->step.kind = FLOW_CHANGE;
	f->step.u.change = *c;
	return MOVE_STEP;
}

enum move toggle_nobody(struct flow *f)
{
	flow_warn(f, "toggle.nobody", "%s: the caller has no such document",
	          f->module->name);
	return MOVE_STOP;
}
