/* directory/read_shared.c - members that several types of documents have. */
#include "directory/read.h"

static const char *const privacy_names[] = { "full", "name",  "number", "none",
	                                     "yes",  "kazoo", NULL };
static const char *const restriction_names[] = { "inherit", "deny", "allow",
	                                         NULL };

const struct field fields_caller_id[] = {
	FIELD_CHECK("name", FIELD_STRING),
	FIELD_CHECK("number", FIELD_STRING),
	FIELD_CHECK("realm", FIELD_STRING),
	FIELD_END
};

const struct field fields_caller_id_options[] = {
	FIELD_CHECK_CHOICE("outbound_privacy", privacy_names),
	FIELD_END
};

const struct field fields_call_forward[] = {
	FIELD_CHECK("enabled", FIELD_BOOL),
	FIELD_CHECK("number", FIELD_STRING),
	FIELD_CHECK("substitute", FIELD_BOOL),
	FIELD_CHECK("keep_caller_id", FIELD_BOOL),
	FIELD_CHECK("require_keypress", FIELD_BOOL),
	FIELD_CHECK("direct_calls_only", FIELD_BOOL),
	FIELD_CHECK("ignore_early_media", FIELD_BOOL),
	FIELD_CHECK("failover", FIELD_BOOL),
	FIELD_END
};

const struct field fields_call_restriction[] = {
	FIELD_CHECK_CHOICE("action", restriction_names),
	FIELD_END
};

const struct field fields_call_waiting[] = {
	FIELD_CHECK("enabled", FIELD_BOOL),
	FIELD_END
};

const struct field fields_ringtones[] = {
	FIELD_CHECK("internal", FIELD_STRING),
	FIELD_CHECK("external", FIELD_STRING),
	FIELD_END
};

const struct field fields_codecs[] = {
	FIELD_CHECK("codecs", FIELD_STRINGS),
	FIELD_END
};

const struct field fields_media[] = {
	FIELD_SUB("audio", fields_codecs),
	FIELD_SUB("video", fields_codecs),
	FIELD_END
};
