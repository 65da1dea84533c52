/* callflow/module_transfer.c - "transfer": the caller goes to another number,
 * as if it had dialled that. */
#include <cjson/cJSON.h>
#include <string.h>

#include "base/strutil.h"
#include "callflow/data.h"
#include "callflow/match.h"

#define NO_CAPTURE "no_match" /* what Kazoo writes where there is none */

/* What a metaflow captured; in a callflow nobody has written any. */
static const char *capture(struct flow *f, const struct cJSON *data)
{
	const struct cJSON *list = data_array(f, data, "captures");
	const struct cJSON *first = list ? list->child : NULL;

	return cJSON_IsString(first) && *first->valuestring &&
	                       strcmp(first->valuestring, NO_CAPTURE) != 0
	               ? first->valuestring
	               : NULL;
}

/* "bleg" is the one who talks with the caller: a callflow runs while nobody
 * does. */
static bool is_caller(struct flow *f, const struct cJSON *data,
                      const char *captured)
{
	const char *leg = data_string(f, data, "leg");

	return leg ? str_eq(leg, "self") : !captured;
}

enum move module_transfer(struct flow *f, const struct cJSON *data)
{
	const char *captured = capture(f, data);
	const char *target = data_string(f, data, "target");
	bool is_ours = f->in.caller.device != NULL;
	struct match m;

	if (!target)
		target = captured;
	if (!target || !is_caller(f, data, captured)) {
		flow_warn(f, "transfer", "transfer: there is no %s",
		          target ? "other leg" : "target");
		return MOVE_NEXT;
	}
	if (callflow_match(&m, f->account, target, is_ours) < 0) {
		flow_warn(f, "transfer", "transfer: no callflow for '%s'",
		          target);
		return MOVE_NEXT;
	}
	flow_jump_to(f, &m);
	return MOVE_TRANSFER;
}
