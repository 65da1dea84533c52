/* callflow/module_user.c - "user": rings all phones of a person. */
#include "callflow/data.h"
#include "callflow/endpoints.h"

enum move module_user(struct flow *f, const struct cJSON *data)
{
	const char *id = data_string(f, data, "id");
	const struct user *u = id ? account_user(f->account, id) : NULL;
	struct wish w = { data_seconds(f, data, "delay", 0), 0, 1, data, false };
	struct plan_options o = { .data = data, .follows_redirect = true };

	if (!u) {
		flow_warn(f, id ? id : "user", "user '%s' is not known",
		          id ? id : "");
		return MOVE_NEXT;
	}
	endpoints_user(f, u, &w);
	o.order = plan_order(f, data, "strategy");
	o.timeout_s = data_seconds(f, data, "timeout", 20);
	/* Several phones at once have several early media: none is heard. */
	o.passes_early_media = o.order != PLAN_TOGETHER &&
	                       !plan_ignores_early_media(f);
	return plan_dial(f, &o);
}
