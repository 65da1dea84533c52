/* directory/check_action.c - a callflow's tree of actions, as a document.
 *
 * What a module does with its data is the business of src/callflow; here only
 * the types are held against the tables.  Modules without a row may have any
 * data: they are passed over when the flow runs. */
#include <cjson/cJSON.h>

#include "base/strutil.h"
#include "directory/read.h"

static const char *const dial_names[] = { "simultaneous", "single", NULL };
static const char *const ring_names[] = { "simultaneous", "single",
	                                  "weighted_random", NULL };
static const char *const member_names[] = { "device", "user", "group", NULL };

#define TIMING_FIELDS                        \
	FIELD_CHECK("timeout", FIELD_INT),   \
	FIELD_CHECK("delay", FIELD_INT)

#define DIAL_FIELDS                                     \
	FIELD_CHECK("id", FIELD_STRING),                \
	TIMING_FIELDS,                                  \
	FIELD_CHECK("can_call_self", FIELD_BOOL),       \
	FIELD_CHECK("can_text_self", FIELD_BOOL),       \
	FIELD_CHECK("suppress_clid", FIELD_BOOL),       \
	FIELD_CHECK("static_invite", FIELD_STRING),     \
	FIELD_CHECK("custom_sip_headers", FIELD_OBJECT)

static const struct field device_fields[] = {
	DIAL_FIELDS,
	FIELD_CHECK_CHOICE("dial_strategy", dial_names),
	FIELD_END
};

static const struct field user_fields[] = {
	DIAL_FIELDS,
	FIELD_CHECK_CHOICE("strategy", dial_names),
	FIELD_END
};

static const struct field group_fields[] = {
	FIELD_CHECK("id", FIELD_STRING),
	FIELD_CHECK("endpoints", FIELD_ARRAY),
	FIELD_CHECK("timeout", FIELD_INT),
	FIELD_CHECK_CHOICE("strategy", ring_names),
	FIELD_CHECK("repeats", FIELD_INT),
	FIELD_CHECK("ringback", FIELD_STRING),
	FIELD_CHECK("ignore_forward", FIELD_BOOL),
	FIELD_SUB("ringtones", fields_ringtones),
	FIELD_END
};

/* Not disable_until: its gregorian seconds do not fit an int. */
static const struct field member_fields[] = {
	DIAL_FIELDS,
	FIELD_CHECK_CHOICE("endpoint_type", member_names),
	FIELD_CHECK("weight", FIELD_INT),
	FIELD_END
};

static const struct field resources_fields[] = {
	FIELD_CHECK("to_did", FIELD_STRING),
	FIELD_CHECK("use_local_resources", FIELD_BOOL),
	FIELD_CHECK("hunt_account_id", FIELD_STRING),
	FIELD_CHECK("do_not_normalize", FIELD_BOOL),
	FIELD_CHECK("bypass_e164", FIELD_BOOL),
	FIELD_CHECK("caller_id_type", FIELD_STRING),
	FIELD_CHECK("format_from_uri", FIELD_BOOL),
	FIELD_CHECK("from_uri_realm", FIELD_DOMAIN),
	FIELD_CHECK("force_outbound", FIELD_BOOL),
	FIELD_CHECK("emit_account_id", FIELD_BOOL),
	FIELD_CHECK("custom_sip_headers", FIELD_OBJECT),
	FIELD_CHECK("ignore_early_media", FIELD_BOOL),
	FIELD_CHECK("ringback", FIELD_STRING),
	FIELD_CHECK("timeout", FIELD_INT),
	FIELD_CHECK("outbound_flags", FIELD_STRINGS),
	FIELD_CHECK("dynamic_flags", FIELD_ARRAY),
	FIELD_CHECK("resource_type", FIELD_STRING),
	FIELD_END
};

static const struct field callflow_fields[] = {
	FIELD_CHECK("id", FIELD_STRING),
	FIELD_END
};

static const struct field response_fields[] = {
	FIELD_CHECK("code", FIELD_INT),
	FIELD_CHECK("message", FIELD_STRING),
	FIELD_CHECK("media", FIELD_STRING),
	FIELD_END
};

static const struct field common_fields[] = {
	FIELD_CHECK("skip_module", FIELD_BOOL),
	FIELD_END
};

static const struct {
	const char *module;
	const struct field *fields;
	bool has_members;
} modules[] = {
	{ "device", device_fields, false },
	{ "user", user_fields, false },
	{ "group", group_fields, true },
	{ "ring_group", group_fields, true },
	{ "resources", resources_fields, false },
	{ "offnet", resources_fields, false },
	{ "callflow", callflow_fields, false },
	{ "response", response_fields, false },
};

/* Each is an id, or an object with one. */
static void check_members(struct reader *rd, const struct place *at,
                          const cJSON *array)
{
	const cJSON *j;
	size_t i = 0;

	cJSON_ArrayForEach(j, array) {
		struct place here = { at, NULL, i++ };

		if (cJSON_IsString(j))
			continue;
		if (!cJSON_IsObject(j))
			reader_fault(rd, &here, "expected string or object, "
			                        "found %s", json_type_name(j));
		else if (!json_member(j, "id"))
			reader_fault(rd, &here, "has no id");
		else
			read_fields(rd, &here, j, member_fields, NULL);
	}
}

static void check_data(struct reader *rd, const struct place *at,
                       const char *module, const cJSON *data)
{
	struct place members = { at, "endpoints", 0 };
	const struct field *fields = module_fields(module);

	read_fields(rd, at, data, common_fields, NULL);
	if (fields)
		read_fields(rd, at, data, fields, NULL);
	for (size_t i = 0; i < NELEM(modules); i++) {
		if (!str_eq(modules[i].module, module))
			continue;
		read_fields(rd, at, data, modules[i].fields, NULL);
		if (modules[i].has_members)
			check_members(rd, &members,
			              json_member(data, "endpoints"));
	}
}

static void check_children(struct reader *rd, const struct place *at,
                           const cJSON *children)
{
	const cJSON *j;

	cJSON_ArrayForEach(j, children) {
		struct place here = { at, j->string, 0 };

		if (!cJSON_IsNull(j))
			check_action(rd, &here, j);
	}
}

void check_action(struct reader *rd, const struct place *at,
                  const cJSON *action)
{
	const cJSON *module = json_member(action, "module");
	const cJSON *data = json_member(action, "data");
	const cJSON *children = json_member(action, "children");
	struct place at_module = { at, "module", 0 };
	struct place at_data = { at, "data", 0 };
	struct place at_children = { at, "children", 0 };

	/* An empty action ends the flow (Kazoo). */
	if (!read_is_object(rd, at, action) || !action->child)
		return;
	if (!module)
		reader_fault(rd, at, "has no module");
	else if (read_is_string(rd, &at_module, module) && data &&
	         read_is_object(rd, &at_data, data))
		check_data(rd, &at_data, module->valuestring, data);
	if (children && read_is_object(rd, &at_children, children))
		check_children(rd, &at_children, children);
}
