/* callflow/module_group.c - "group": rings a group document, or a list of
 * endpoints as "ring_group" does. */
#include <cjson/cJSON.h>

#include "callflow/data.h"
#include "callflow/endpoints.h"

static bool has_list(const struct cJSON *data)
{
	return cJSON_GetArraySize(data_any(data, "endpoints")) > 0;
}

/* Kazoo: what the group's document says wins over the action. */
static const struct cJSON *source(const struct group *g,
                                  const struct cJSON *data, const char *key)
{
	return data_any(g->doc, key) ? g->doc : data;
}

enum move module_group(struct flow *f, const struct cJSON *data)
{
	const char *id;
	const struct group *g;
	struct plan_options o = { 0 };

	if (has_list(data))
		return module_ring_group(f, data);
	id = data_string(f, data, "id");
	g = id ? account_group(f->account, id) : NULL;
	if (!g) {
		flow_warn(f, id ? id : "group", "group '%s' is not known",
		          id ? id : "");
		return MOVE_NEXT;
	}
	endpoints_group(f, g);
	o.order = plan_order(f, source(g, data, "strategy"), "strategy");
	o.timeout_s = data_seconds(f, source(g, data, "timeout"), "timeout",
	                           20);
	o.follows_redirect = !data_bool(f, source(g, data, "ignore_forward"),
	                                "ignore_forward", true);
	plan_note_ringback(f, source(g, data, "ringback"));
	return plan_dial(f, &o);
}

enum move module_group_failed(struct flow *f, const struct cJSON *data)
{
	return has_list(data) ? module_ring_group_failed(f, data) : MOVE_NEXT;
}
