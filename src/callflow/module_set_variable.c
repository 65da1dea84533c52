/* callflow/module_set_variable.c - "set_variable" and "set_variables": what
 * the call is to remember. */
#include <cjson/cJSON.h>
#include <stdio.h>

#include "base/strutil.h"
#include "callflow/data.h"

static void set(struct flow *f, struct call_vars *vars, const char *name,
                const char *value, bool is_both)
{
	if (!call_vars_set(vars, name, value, is_both))
		flow_warn(f, "variables", "more than %d variables: '%s' is "
		                          "not set", CALL_VARS_MAX, name);
}

/* Kazoo knows two names here. */
static bool is_known(const char *name)
{
	return str_eq(name, "call_priority") || str_eq(name, "group_id");
}

enum move module_set_variable(struct flow *f, const struct cJSON *data)
{
	const char *name = data_string(f, data, "variable");
	const char *value = data_string(f, data, "value");
	bool is_both = str_eq(data_string(f, data, "channel"), "both");

	if (!is_known(name))
		flow_warn(f, "variable",
		          "set_variable: '%s' is not call_priority or "
		          "group_id: not set", name ? name : "");
	else if (!value)
		flow_warn(f, "value", "set_variable: no value for '%s'", name);
	else
		set(f, &f->data.channel_vars, name, value, is_both);
	return MOVE_NEXT;
}

static void set_application(struct flow *f, const struct cJSON *j,
                            bool is_exported)
{
	const char *value = j->valuestring;
	char number[32];

	if (cJSON_IsNumber(j)) {
		snprintf(number, sizeof(number), "%.15g", j->valuedouble);
		value = number;
	} else if (cJSON_IsBool(j)) {
		value = cJSON_IsTrue(j) ? "true" : "false";
	} else if (!cJSON_IsString(j)) {
		flow_warn(f, j->string, "set_variables: '%s' is not a string, "
		                        "a number or a truth value: not set",
		          j->string);
		return;
	}
	set(f, &f->data.application_vars, j->string, value, is_exported);
}

enum move module_set_variables(struct flow *f, const struct cJSON *data)
{
	const struct cJSON *vars =
	        data_object(f, data, "custom_application_vars");
	bool is_exported = data_bool(f, data, "export", false);
	const struct cJSON *j;

	cJSON_ArrayForEach(j, vars)
		set_application(f, j, is_exported);
	return MOVE_NEXT;
}
