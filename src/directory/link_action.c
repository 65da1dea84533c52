/* directory/link_action.c - what the actions of a callflow name. */
#include <cjson/cJSON.h>
#include <string.h>

#include "base/strutil.h"
#include "directory/load.h"

struct naming { /* where an action is */
	struct reader *rd;
	struct snapshot *s;
	const struct account *a;
};

static void warn_unknown(const struct naming *n, const struct place *at,
                         const char *what, const char *id)
{
	reader_warn(n->rd, at, "%s '%s' is not known in account '%s'", what,
	            id, n->a->id);
}

static void link_named(const struct naming *n, const struct place *data,
                       enum index_kind kind, const char *what,
                       const cJSON *object, const char *member)
{
	struct place at = { data, member, 0 };
	const char *id = json_member_string(object, member);

	if (!str_is_empty(id) && !index_find(&n->s->index, kind, n->a, id))
		warn_unknown(n, &at, what, id);
}

static void link_id(const struct naming *n, const struct place *data,
                    enum index_kind kind, const char *what, const char *id)
{
	struct place at = { data, "id", 0 };

	if (!str_is_empty(id) && !index_find(&n->s->index, kind, n->a, id))
		warn_unknown(n, &at, what, id);
}

static bool is_endpoint(const struct naming *n, const char *type,
                        const char *id)
{
	const struct index *ix = &n->s->index;

	if (str_eq(type, "device"))
		return index_find(ix, INDEX_DEVICE, n->a, id);
	if (str_eq(type, "user"))
		return index_find(ix, INDEX_USER, n->a, id);
	if (str_eq(type, "group"))
		return index_find(ix, INDEX_GROUP, n->a, id);
	return index_find(ix, INDEX_DEVICE, n->a, id) ||
	       index_find(ix, INDEX_USER, n->a, id) ||
	       index_find(ix, INDEX_GROUP, n->a, id);
}

static void link_endpoints(const struct naming *n, const struct place *data,
                           const cJSON *array)
{
	struct place all = { data, "endpoints", 0 };
	const cJSON *j;
	size_t i = 0;

	cJSON_ArrayForEach(j, array) {
		struct place at = { &all, NULL, i++ };
		const char *type = json_member_string(j, "endpoint_type");
		const char *id = cJSON_IsString(j)
		                         ? j->valuestring
		                         : json_member_string(j, "id");

		if (id && !is_endpoint(n, type, id))
			warn_unknown(n, &at, type ? type : "endpoint", id);
	}
}

static void link_hunt(const struct naming *n, const struct place *data,
                      const char *id)
{
	struct place at = { data, "hunt_account_id", 0 };

	if (!str_is_empty(id) &&
	    !index_find(&n->s->index, INDEX_ACCOUNT, NULL, id))
		reader_warn(n->rd, &at, "account '%s' is not known", id);
}

/* "night" or "night@realm": phones may watch it. */
static void link_lamp(const struct naming *n, const char *id)
{
	char name[INDEX_TEXT_MAX + 1];
	size_t len = id ? strcspn(id, "@") : 0;

	if (len == 0 || len >= sizeof(name))
		return;
	memcpy(name, id, len);
	name[len] = '\0';
	index_add(&n->s->index, INDEX_LAMP, n->a, name, n->a);
}

static void link_data(const struct naming *n, const struct place *at,
                      const char *module, const cJSON *data)
{
	const char *id = json_member_string(data, "id");

	if (str_eq(module, "device")) {
		link_id(n, at, INDEX_DEVICE, module, id);
	} else if (str_eq(module, "user")) {
		link_id(n, at, INDEX_USER, module, id);
	} else if (str_eq(module, "callflow")) {
		link_id(n, at, INDEX_CALLFLOW, module, id);
	} else if (str_eq(module, "group") || str_eq(module, "ring_group")) {
		const cJSON *endpoints = json_member(data, "endpoints");

		link_endpoints(n, at, endpoints);
		if (str_eq(module, "group") && !(endpoints && endpoints->child))
			link_id(n, at, INDEX_GROUP, module, id);
	} else if (str_eq(module, "manual_presence")) {
		link_lamp(n, json_member_string(data, "presence_id"));
	} else if (str_eq(module, "ring_group_toggle")) {
		link_named(n, at, INDEX_CALLFLOW, "callflow", data,
		           "callflow_id");
	} else if (str_eq(module, "resources")) {
		link_hunt(n, at, json_member_string(data, "hunt_account_id"));
	}
}

void link_action(struct reader *rd, struct snapshot *s,
                 const struct account *a, const struct place *at,
                 const cJSON *action)
{
	struct naming n = { rd, s, a };
	struct place at_data = { at, "data", 0 };
	struct place at_children = { at, "children", 0 };
	const char *module = json_member_string(action, "module");
	const cJSON *j;

	if (module)
		link_data(&n, &at_data, module, json_member(action, "data"));
	cJSON_ArrayForEach(j, json_member(action, "children")) {
		struct place here = { &at_children, j->string, 0 };

		link_action(rd, s, a, &here, j);
	}
}
