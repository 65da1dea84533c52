/* callflow/data.c - reads members of an action's `data`. */
#include "callflow/data.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define MAX_EXACT 9007199254740992.0 /* 2^53 */
#define MAX_SECONDS 86400

const struct cJSON *data_any(const struct cJSON *data, const char *key)
{
	const struct cJSON *item;

	if (!cJSON_IsObject(data))
		return NULL;
	item = cJSON_GetObjectItemCaseSensitive(data, key);
	return item && !cJSON_IsNull(item) ? item : NULL;
}

static void wrong(struct flow *f, const char *key, const char *wanted)
{
	const char *module = f->module ? f->module->name : "action";
	struct buf b = { 0 };

	buf_fmt(&b, "%s.%s", module, key);
	flow_warn(f, buf_text(&b), "%s: '%s' is not %s: ignored", module, key,
	          wanted);
	buf_free(&b);
}

const char *data_string(struct flow *f, const struct cJSON *data,
                        const char *key)
{
	const struct cJSON *item = data_any(data, key);

	if (!item)
		return NULL;
	if (!cJSON_IsString(item)) {
		wrong(f, key, "a string");
		return NULL;
	}
	return *item->valuestring ? item->valuestring : NULL;
}

const char *data_header_text(struct flow *f, const struct cJSON *data,
                             const char *key)
{
	const char *text = data_string(f, data, key);

	for (const char *s = text; s && *s; s++)
		if (iscntrl((unsigned char)*s)) {
			wrong(f, key, "free of control characters");
			return NULL;
		}
	return text;
}

bool data_bool(struct flow *f, const struct cJSON *data, const char *key,
               bool absent)
{
	const struct cJSON *item = data_any(data, key);

	if (!item)
		return absent;
	if (cJSON_IsBool(item))
		return cJSON_IsTrue(item);
	if (cJSON_IsString(item)) {
		if (strcmp(item->valuestring, "true") == 0)
			return true;
		if (strcmp(item->valuestring, "false") == 0)
			return false;
	}
	wrong(f, key, "true or false");
	return absent;
}

static bool is_number(const struct cJSON *item, double *out)
{
	char *end;

	if (cJSON_IsNumber(item)) {
		*out = item->valuedouble;
		return *out == *out; /* not NaN */
	}
	if (!cJSON_IsString(item) || !*item->valuestring)
		return false;
	*out = (double)strtoll(item->valuestring, &end, 10);
	return *end == '\0';
}

int64_t data_int(struct flow *f, const struct cJSON *data, const char *key,
                 int64_t absent)
{
	const struct cJSON *item = data_any(data, key);
	double v;

	if (!item)
		return absent;
	if (!is_number(item, &v)) {
		wrong(f, key, "a number");
		return absent;
	}
	if (v > MAX_EXACT)
		v = MAX_EXACT;
	if (v < -MAX_EXACT)
		v = -MAX_EXACT;
	return (int64_t)v;
}

int data_seconds(struct flow *f, const struct cJSON *data, const char *key,
                 int absent)
{
	int64_t s = data_int(f, data, key, absent);

	if (s < 0)
		return 0;
	return s > MAX_SECONDS ? MAX_SECONDS : (int)s;
}

const struct cJSON *data_object(struct flow *f, const struct cJSON *data,
                                const char *key)
{
	const struct cJSON *item = data_any(data, key);

	if (item && !cJSON_IsObject(item)) {
		wrong(f, key, "an object");
		return NULL;
	}
	return item;
}

const struct cJSON *data_array(struct flow *f, const struct cJSON *data,
                               const char *key)
{
	const struct cJSON *item = data_any(data, key);

	if (item && !cJSON_IsArray(item)) {
		wrong(f, key, "a list");
		return NULL;
	}
	return item;
}
