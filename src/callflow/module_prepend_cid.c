/* callflow/module_prepend_cid.c - "prepend_cid": text before the caller
 * id. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/data.h"

#define MAX_PREFIX 256 /* bytes of all that were put in front */

static void prepend(struct flow *f, char **field, const char *text,
                    bool keeps_former)
{
	const char *former = keeps_former && *field ? *field : "";
	char *joined = xasprintf("%s%s", text ? text : "", former);

	if (strlen(joined) > MAX_PREFIX)
		flow_warn(f, "prefix", "the prefix of the caller id is too "
		                       "long: no more is added");
	else
		call_data_set(field, joined);
	free(joined);
}

enum move module_prepend_cid(struct flow *f, const struct cJSON *data)
{
	const char *action = data_string(f, data, "action");
	const char *apply_to = data_string(f, data, "apply_to");
	bool stacks = !str_eq(apply_to, "original");

	if (str_eq(action, "reset")) {
		call_data_set(&f->data.name_prefix, NULL);
		call_data_set(&f->data.number_prefix, NULL);
		return MOVE_NEXT;
	}
	if (action && !str_eq(action, "prepend")) {
		flow_warn(f, "prepend_cid.action",
		          "prepend_cid: action '%s' is not known: skipped",
		          action);
		return MOVE_NEXT;
	}
	prepend(f, &f->data.name_prefix,
	        data_header_text(f, data, "caller_id_name_prefix"), stacks);
	prepend(f, &f->data.number_prefix,
	        data_header_text(f, data, "caller_id_number_prefix"), stacks);
	return MOVE_NEXT;
}
