/* directory/invite_parameters.c - parameters of a gateway's Request-URI. */
#include "directory/invite_parameters.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>

#include "base/strutil.h"
#include "directory/read.h"

#define PARAMETERS_MAX 32

/* RFC 3261 25.1: paramchar; the rest is escaped. */
static void add_text(struct buf *uri, const char *s, const char *also)
{
	for (; *s; s++)
		if (isalnum((unsigned char)*s) ||
		    strchr("-_.!~*'()[]/:&+$", *s) || strchr(also, *s))
			buf_char(uri, *s);
		else
			buf_fmt(uri, "%%%02X", (unsigned)(unsigned char)*s);
}

/* "name" or "name=value", as the document has it. */
static void add_static(struct buf *uri, const cJSON *j)
{
	if (!cJSON_IsString(j) || !*j->valuestring)
		return;
	buf_char(uri, ';');
	add_text(uri, j->valuestring, "=%");
}

/* A fact's name; or {"key": it, "tag": what stands before it, "separator":
 * what stands between them}. */
static void add_dynamic(struct buf *uri, const cJSON *j,
                        const struct call_facts *f)
{
	const char *key = cJSON_IsString(j) ? j->valuestring
	                                    : json_member_string(j, "key");
	const char *tag = json_member_string(j, "tag");
	const char *separator = json_member_string(j, "separator");
	const char *value = key && f ? call_fact(f, key) : NULL;

	if (!value)
		return;
	buf_char(uri, ';');
	if (!str_is_empty(tag)) {
		add_text(uri, tag, "");
		add_text(uri, separator ? separator : "=", "=");
	}
	add_text(uri, value, "");
}

void invite_parameters_write(struct buf *uri, const cJSON *parameters,
                             const struct call_facts *f)
{
	const cJSON *j;
	size_t n = 0;

	cJSON_ArrayForEach(j, json_member(parameters, "static"))
		if (n++ < PARAMETERS_MAX)
			add_static(uri, j);
	cJSON_ArrayForEach(j, json_member(parameters, "dynamic"))
		if (n++ < PARAMETERS_MAX)
			add_dynamic(uri, j, f);
}

/* --- what a document may not say ----------------------------------------- */

static const struct field dynamic_fields[] = {
	FIELD_CHECK("key", FIELD_STRING),
	FIELD_CHECK("tag", FIELD_STRING),
	FIELD_CHECK("separator", FIELD_STRING),
	FIELD_END
};

static void check_dynamic(struct reader *rd, const struct place *at,
                          const cJSON *array)
{
	const cJSON *j;
	size_t i = 0;

	if (!array || !read_is_array(rd, at, array))
		return;
	cJSON_ArrayForEach(j, array) {
		struct place here = { at, NULL, i++ };

		if (cJSON_IsString(j))
			continue;
		if (!cJSON_IsObject(j))
			reader_fault(rd, &here, "expected string or object, "
			                        "found %s", json_type_name(j));
		else if (!json_member(j, "key"))
			reader_fault(rd, &here, "has no key");
		else
			read_fields(rd, &here, j, dynamic_fields, NULL);
	}
}

void check_invite_parameters(struct reader *rd, const struct place *at,
                             const cJSON *parameters)
{
	static const struct field fields[] = {
		FIELD_CHECK("static", FIELD_STRINGS),
		FIELD_END
	};
	struct place dynamic = { at, "dynamic", 0 };

	if (!parameters || !read_is_object(rd, at, parameters))
		return;
	read_fields(rd, at, parameters, fields, NULL);
	check_dynamic(rd, &dynamic, json_member(parameters, "dynamic"));
}
