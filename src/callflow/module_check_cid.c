/* callflow/module_check_cid.c - "check_cid": goes on by who is calling. */
#include <string.h>

#include "callflow/data.h"
#include "callflow/expression.h"

/* Kazoo: all three, or nothing changes. */
static void take_identity(struct flow *f, const struct cJSON *data)
{
	const struct cJSON *caller_id = data_object(f, data, "caller_id");
	const struct cJSON *x = data_object(f, caller_id, "external");
	const char *name = data_header_text(f, x, "name");
	const char *number = data_header_text(f, x, "number");
	const char *id = data_string(f, data, "user_id");
	const struct user *u = id ? account_user(f->account, id) : NULL;

	if (!name || !number || !id)
		return;
	if (!u)
		flow_warn(f, "user_id", "user '%s' is not known", id);
	call_data_set(&f->data.name, name);
	call_data_set(&f->data.number, number);
	f->data.owner = u;
}

enum move module_check_cid(struct flow *f, const struct cJSON *data)
{
	const char *number = flow_caller_number(f);
	const char *expression = data_string(f, data, "regex");
	const char *key = "match";

	if (!expression)
		expression = ".*";
	if (!expression_matches(f, "regex", expression, number))
		return flow_branch(f, "nomatch");
	if (data_bool(f, data, "use_absolute_mode", false))
		key = number;
	if (!flow_child(f, key))
		return MOVE_NEXT;
	/* the number that the child is named after may be replaced */
	words_add(&f->words, key, strlen(key));
	take_identity(f, data);
	return flow_branch(f, f->words.v[f->words.n - 1]);
}
