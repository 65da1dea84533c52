/* callflow/module_manual_presence.c - "manual_presence": what the lamps of a
 * name show that no phone has, or besides what its phones do. */
#include <string.h>

#include "base/strutil.h"
#include "callflow/data.h"

static bool read_status(struct flow *f, const char *status,
                        enum lamp_state *out)
{
	static const char *const names[] = { [LAMP_IDLE] = "idle",
		                             [LAMP_RINGING] = "ringing",
		                             [LAMP_BUSY] = "busy" };

	for (size_t i = 0; i < NELEM(names); i++)
		if (!status || str_eq(status, names[i])) {
			*out = (enum lamp_state)i;
			return true;
		}
	flow_warn(f, "manual_presence.status",
	          "manual_presence: status '%s' is not known", status);
	return false;
}

/* Phones watch names of their own account only. */
static bool is_ours(const struct flow *f, const char *realm)
{
	return !*realm || str_eq_case(realm, f->account->realm);
}

enum move module_manual_presence(struct flow *f, const struct cJSON *data)
{
	const char *id = data_string(f, data, "presence_id");
	struct lamp lamp = { .account = f->account };
	const char *at;

	if (!id)
		id = f->in.capture;
	if (str_is_empty(id) || *id == '@') {
		flow_warn(f, "presence_id", "manual_presence: no presence_id");
		return MOVE_NEXT;
	}
	if (!read_status(f, data_string(f, data, "status"), &lamp.state))
		return MOVE_NEXT;
	at = strchr(id, '@');
	if (!is_ours(f, at ? at + 1 : "")) {
		flow_warn(f, id, "manual_presence: '%s' is not of this account",
		          id);
		return MOVE_NEXT;
	}
	words_add(&f->words, id, at ? (size_t)(at - id) : strlen(id));
	lamp.name = f->words.v[0];
	f->step.kind = FLOW_LAMP;
	f->step.u.lamp = lamp;
	return MOVE_STEP;
}
