/* callflow/module_ring_group.c - "ring_group": rings a list of endpoints, as
 * often as `repeats` says. */
#include <cjson/cJSON.h>

#include "callflow/data.h"
#include "callflow/endpoints.h"

enum move module_ring_group(struct flow *f, const struct cJSON *data)
{
	const struct cJSON *members = data_array(f, data, "endpoints");
	struct plan_options o = { .data = data };

	o.order = plan_order(f, data, "strategy");
	o.timeout_s = data_seconds(f, data, "timeout", 20);
	o.follows_redirect = !data_bool(f, data, "ignore_forward", true);
	plan_note_ringback(f, data);
	endpoints_members(f, members, o.order);
	f->passes++;
	return plan_dial(f, &o);
}

enum move module_ring_group_failed(struct flow *f, const struct cJSON *data)
{
	int64_t repeats = data_int(f, data, "repeats", 1);

	if (repeats > FLOW_MAX_PASSES) {
		flow_warn(f, "repeats", "%s: rings %d times at most",
		          f->module->name, FLOW_MAX_PASSES);
		repeats = FLOW_MAX_PASSES;
	}
	if ((int64_t)f->passes >= repeats)
		return MOVE_NEXT;
	return f->module->run(f, data);
}
