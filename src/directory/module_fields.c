/* directory/module_fields.c - the types of the data of modules that ring
 * nobody. */
#include "base/strutil.h"
#include "directory/read.h"

static const char *const prepend_names[] = { "prepend", "reset", NULL };
static const char *const apply_names[] = { "original", "current", NULL };
static const char *const channel_names[] = { "a", "both", NULL };
static const char *const strategy_names[] = { "overwrite", "merge", NULL };
static const char *const scope_names[] = { "custom_channel_vars", "account",
	                                   "device", "user", "merged",
	                                   NULL };

static const char *const toggle_names[] = { "activate", "deactivate", "toggle",
	                                    NULL };
static const char *const forward_names[] = { "activate", "deactivate",
	                                     "update", "toggle", "menu",
	                                     NULL };
static const char *const waiting_names[] = { "device", "user", NULL };
static const char *const login_names[] = { "login", "logout", NULL };
static const char *const lamp_names[] = { "idle", "ringing", "busy", NULL };

static const struct field call_forward_fields[] = {
	FIELD_CHECK_CHOICE("action", forward_names),
	FIELD_END
};

static const struct field call_waiting_fields[] = {
	FIELD_CHECK_CHOICE("action", toggle_names),
	FIELD_CHECK_CHOICE("scope", waiting_names),
	FIELD_END
};

static const struct field do_not_disturb_fields[] = {
	FIELD_CHECK("id", FIELD_STRING),
	FIELD_CHECK_CHOICE("action", toggle_names),
	FIELD_END
};

static const struct field manual_presence_fields[] = {
	FIELD_CHECK("presence_id", FIELD_STRING),
	FIELD_CHECK_CHOICE("status", lamp_names),
	FIELD_END
};

static const struct field ring_group_toggle_fields[] = {
	FIELD_CHECK_CHOICE("action", login_names, .is_required = true),
	FIELD_CHECK("callflow_id", FIELD_STRING, .is_required = true),
	FIELD_END
};
static const char *const method_names[] = { "get", "post", "GET", "POST",
	                                    NULL };
static const char *const req_format_names[] = { "kazoo", "twiml", NULL };
static const char *const body_names[] = { "form", "json", NULL };
static const char *const verb_names[] = { "get", "post", "put", NULL };
static const char *const format_names[] = { "form-data", "json", NULL };

static const struct field set_cid_fields[] = {
	FIELD_CHECK("caller_id_name", FIELD_STRING),
	FIELD_CHECK("caller_id_number", FIELD_STRING),
	FIELD_END
};

static const struct field pivot_fields[] = {
	FIELD_CHECK("voice_url", FIELD_STRING, .is_required = true),
	FIELD_CHECK_CHOICE("method", method_names),
	FIELD_CHECK_CHOICE("req_format", req_format_names),
	FIELD_CHECK_CHOICE("req_body_format", body_names),
	FIELD_CHECK("req_timeout_ms", FIELD_INT),
	FIELD_CHECK("cdr_url", FIELD_STRING),
	FIELD_CHECK("debug", FIELD_BOOL),
	FIELD_END
};

static const struct field webhook_fields[] = {
	FIELD_CHECK("uri", FIELD_STRING),
	FIELD_CHECK_CHOICE("http_verb", verb_names),
	FIELD_CHECK_CHOICE("format", format_names),
	FIELD_CHECK("retries", FIELD_INT),
	FIELD_CHECK("custom_data", FIELD_OBJECT),
	FIELD_END
};

static const struct field prepend_cid_fields[] = {
	FIELD_CHECK_CHOICE("action", prepend_names),
	FIELD_CHECK_CHOICE("apply_to", apply_names),
	FIELD_CHECK("caller_id_name_prefix", FIELD_STRING),
	FIELD_CHECK("caller_id_number_prefix", FIELD_STRING),
	FIELD_END
};

static const struct field external_fields[] = {
	FIELD_CHECK("name", FIELD_STRING),
	FIELD_CHECK("number", FIELD_STRING),
	FIELD_END
};

static const struct field check_caller_id_fields[] = {
	FIELD_SUB("external", external_fields),
	FIELD_END
};

static const struct field check_cid_fields[] = {
	FIELD_CHECK("regex", FIELD_EXPRESSION),
	FIELD_CHECK("use_absolute_mode", FIELD_BOOL),
	FIELD_CHECK("user_id", FIELD_STRING),
	FIELD_SUB("caller_id", check_caller_id_fields),
	FIELD_END
};

static const struct field branch_variable_fields[] = {
	FIELD_CHECK_CHOICE("scope", scope_names),
	FIELD_END
};

static const struct field branch_bnumber_fields[] = {
	FIELD_CHECK("hunt", FIELD_BOOL),
	FIELD_CHECK("hunt_allow", FIELD_EXPRESSION),
	FIELD_CHECK("hunt_deny", FIELD_EXPRESSION),
	FIELD_END
};

static const struct field set_variable_fields[] = {
	FIELD_CHECK("variable", FIELD_STRING),
	FIELD_CHECK("value", FIELD_STRING),
	FIELD_CHECK_CHOICE("channel", channel_names),
	FIELD_END
};

static const struct field set_variables_fields[] = {
	FIELD_CHECK("custom_application_vars", FIELD_OBJECT),
	FIELD_CHECK("export", FIELD_BOOL),
	FIELD_END
};

static const struct field set_alert_info_fields[] = {
	FIELD_CHECK("alert_info", FIELD_STRING),
	FIELD_END
};

static const struct field privacy_fields[] = {
	FIELD_CHECK("mode", FIELD_STRING),
	FIELD_CHECK_CHOICE("endpoint_strategy", strategy_names),
	FIELD_END
};

static const struct {
	const char *module;
	const struct field *fields;
} modules[] = {
	{ "branch_bnumber", branch_bnumber_fields },
	{ "branch_variable", branch_variable_fields },
	{ "call_forward", call_forward_fields },
	{ "call_waiting", call_waiting_fields },
	{ "check_cid", check_cid_fields },
	{ "do_not_disturb", do_not_disturb_fields },
	{ "manual_presence", manual_presence_fields },
	{ "pivot", pivot_fields },
	{ "prepend_cid", prepend_cid_fields },
	{ "privacy", privacy_fields },
	{ "ring_group_toggle", ring_group_toggle_fields },
	{ "set_alert_info", set_alert_info_fields },
	{ "set_cid", set_cid_fields },
	{ "set_variable", set_variable_fields },
	{ "set_variables", set_variables_fields },
	{ "webhook", webhook_fields },
};

const struct field *module_fields(const char *module)
{
	for (size_t i = 0; i < NELEM(modules); i++)
		if (str_eq(modules[i].module, module))
			return modules[i].fields;
	return NULL;
}
