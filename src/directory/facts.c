/* directory/facts.c - what a document may say of a call by name. */
#include "directory/facts.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/strutil.h"
#include "directory/sip_headers.h"

#define FACT(name, member) { name, offsetof(struct call_facts, member) }

static const struct {
	const char *name;
	size_t at;
} facts[] = {
	FACT("zone", zone),
	FACT("call_id", call_id),
	FACT("billing_id", call_id),
	FACT("call_interaction_id", call_id),
	FACT("account_id", account_id),
	FACT("account_name", account_name),
	FACT("account_realm", account_realm),
	FACT("authorizing_id", authorizing_id),
	FACT("authorizing_type", authorizing_type),
	FACT("owner_id", owner_id),
	FACT("username", username),
	FACT("realm", realm),
	FACT("resource_id", resource_id),
	FACT("resource_type", resource_type),
	FACT("request_user", dialled),
	FACT("to_user", dialled),
	FACT("to_did", number),
	FACT("callee_id_number", number),
	FACT("from_user", caller_id_number),
	FACT("from_realm", account_realm),
	FACT("caller_id_number", caller_id_number),
	FACT("caller_id_name", caller_id_name),
};

/* Those that Kazoo expands in the value of a header. */
static const char *const macros[] = { "account_id", "billing_id",
	                              "caller_id_name", "caller_id_number" };

static bool is_named(const char *name, const char *fact, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = name[i] == '-'
		                 ? '_'
		                 : (char)tolower((unsigned char)name[i]);

		if (!fact[i] || c != fact[i])
			return false;
	}
	return !fact[len];
}

static const char *find(const struct call_facts *f, const char *name,
                        size_t len)
{
	const char *value;

	for (size_t i = 0; i < NELEM(facts); i++) {
		if (!is_named(name, facts[i].name, len))
			continue;
		memcpy(&value, (const char *)f + facts[i].at, sizeof(value));
		return str_is_empty(value) ? NULL : value;
	}
	return NULL;
}

const char *call_fact(const struct call_facts *f, const char *name)
{
	static const char vars[] = "custom_channel_vars.";
	static const char headers[] = "custom_sip_headers.";

	if (str_starts(name, headers))
		return sip_headers_find(f->custom_sip_headers,
		                        name + sizeof(headers) - 1);
	if (str_starts(name, vars))
		name += sizeof(vars) - 1;
	return find(f, name, strlen(name));
}

static bool is_macro(const char *name, size_t len)
{
	for (size_t i = 0; i < NELEM(macros); i++)
		if (strlen(macros[i]) == len &&
		    memcmp(macros[i], name, len) == 0)
			return true;
	return false;
}

void call_facts_expand(struct buf *out, const struct call_facts *f,
                       const char *text)
{
	while (*text) {
		const char *end = *text == '{' ? strchr(text, '}') : NULL;
		const char *value;
		size_t len;

		if (!end || !is_macro(text + 1, (size_t)(end - text - 1))) {
			buf_char(out, *text++);
			continue;
		}
		len = (size_t)(end - text - 1);
		value = find(f, text + 1, len);
		buf_str(out, value ? value : "");
		text = end + 1;
	}
}
