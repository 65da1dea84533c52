/* callflow/module_device.c - "device": rings one phone. */
#include "callflow/data.h"
#include "callflow/endpoints.h"

enum move module_device(struct flow *f, const struct cJSON *data)
{
	const char *id = data_string(f, data, "id");
	const struct device *d = id ? account_device(f->account, id) : NULL;
	struct wish w = { data_seconds(f, data, "delay", 0), 0, 1, data, false };
	struct plan_options o = { .data = data, .follows_redirect = true };

	if (!d) {
		flow_warn(f, id ? id : "device", "device '%s' is not known",
		          id ? id : "");
		return MOVE_NEXT;
	}
	endpoints_device(f, d, &w);
	o.order = plan_order(f, data, "dial_strategy");
	o.timeout_s = data_seconds(f, data, "timeout", 20);
	o.passes_early_media = !plan_ignores_early_media(f);
	return plan_dial(f, &o);
}
