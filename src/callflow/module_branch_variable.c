/* callflow/module_branch_variable.c - "branch_variable": goes on with the
 * child that is named after a variable's value. */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/strutil.h"
#include "callflow/data.h"

#define MAX_NAME 128

/* Kazoo's normal form of names: lower case, '-' and ' ' become '_'. */
static void normalise(char *out, size_t size, const char *name)
{
	size_t n = 0;

	for (; name[n] && n + 1 < size; n++)
		out[n] = name[n] == '-' || name[n] == ' '
		                 ? '_'
		                 : (char)tolower((unsigned char)name[n]);
	out[n] = '\0';
}

/* Keeps a text until the step is taken. */
static const char *keep(struct flow *f, const char *text)
{
	words_add(&f->words, text, strlen(text));
	return f->words.v[f->words.n - 1];
}

static const char *value_text(struct flow *f, const struct cJSON *j)
{
	char text[32];

	if (cJSON_IsString(j))
		return j->valuestring;
	if (cJSON_IsBool(j))
		return cJSON_IsTrue(j) ? "true" : "false";
	if (!cJSON_IsNumber(j))
		return NULL;
	snprintf(text, sizeof(text), "%.15g", j->valuedouble);
	return keep(f, text);
}

/* The member that `variable` leads to: a name, or a list of names from the
 * innermost out (Kazoo). */
static const struct cJSON *follow(const struct cJSON *doc,
                                  const struct cJSON *variable)
{
	char name[MAX_NAME];

	if (cJSON_IsString(variable)) {
		normalise(name, sizeof(name), variable->valuestring);
		return data_any(doc, name);
	}
	for (int i = cJSON_GetArraySize(variable) - 1; i >= 0 && doc; i--) {
		const struct cJSON *j = cJSON_GetArrayItem(variable, i);

		if (!cJSON_IsString(j) || !*j->valuestring)
			continue;
		normalise(name, sizeof(name), j->valuestring);
		doc = data_any(doc, name);
	}
	return doc;
}

static const char *in_document(struct flow *f, const struct cJSON *doc,
                               const struct cJSON *variable)
{
	const struct cJSON *j = doc ? follow(doc, variable) : NULL;

	return j && j != doc ? value_text(f, j) : NULL;
}

static const char *of_call(const struct flow *f, const char *name)
{
	const struct flow_caller *who = &f->in.caller;
	const struct user *owner = flow_owner(f);

	if (strcmp(name, "account_id") == 0)
		return f->account->id;
	if (strcmp(name, "account_name") == 0)
		return f->account->name;
	if (strcmp(name, "account_realm") == 0 || strcmp(name, "realm") == 0)
		return f->account->realm;
	if (strcmp(name, "authorizing_type") == 0)
		return who->device ? "device" : "resource";
	if (strcmp(name, "authorizing_id") == 0)
		return who->device     ? who->device->id
		       : who->resource ? who->resource->id
		                       : NULL;
	if (strcmp(name, "owner_id") == 0)
		return owner ? owner->id : NULL;
	if (strcmp(name, "resource_id") == 0)
		return who->resource ? who->resource->id : NULL;
	if (strcmp(name, "username") == 0)
		return who->device ? who->device->username : NULL;
	return NULL;
}

static const char *in_call(struct flow *f, const struct cJSON *variable)
{
	const char *value;
	char name[MAX_NAME];

	if (!cJSON_IsString(variable))
		return NULL;
	normalise(name, sizeof(name), variable->valuestring);
	value = call_vars_get(&f->data.channel_vars, name);
	return value ? value : of_call(f, name);
}

static const char *of_device(struct flow *f, const struct cJSON *variable)
{
	const struct device *d = f->in.caller.device;

	return d ? in_document(f, device_doc(d), variable) : NULL;
}

static const char *of_owner(struct flow *f, const struct cJSON *variable)
{
	const struct device *d = f->in.caller.device;

	return d && d->owner ? in_document(f, user_doc(d->owner), variable)
	                     : NULL;
}

/* The owner goes before the device, and both before the account. */
static const char *merged(struct flow *f, const struct cJSON *variable)
{
	const struct device *d = f->in.caller.device;
	const char *docs[] = {
		of_owner(f, variable),
		of_device(f, variable),
		in_document(f, d ? f->account->doc : NULL, variable),
	};

	for (size_t i = 0; i < NELEM(docs); i++)
		if (!str_is_empty(docs[i]))
			return flow_child(f, docs[i]) ? docs[i]
			                              : in_call(f, variable);
	return d ? in_call(f, variable) : NULL;
}

static const char *find(struct flow *f, const char *scope,
                        const struct cJSON *variable)
{
	if (!scope || strcmp(scope, "custom_channel_vars") == 0)
		return in_call(f, variable);
	if (strcmp(scope, "account") == 0)
		return in_document(f, f->account->doc, variable);
	if (strcmp(scope, "device") == 0)
		return of_device(f, variable);
	if (strcmp(scope, "user") == 0)
		return of_owner(f, variable);
	if (strcmp(scope, "merged") == 0)
		return merged(f, variable);
	flow_warn(f, "scope", "branch_variable: scope '%s' is not known",
	          scope);
	return NULL;
}

enum move module_branch_variable(struct flow *f, const struct cJSON *data)
{
	const char *scope = data_string(f, data, "scope");
	const struct cJSON *variable = data_any(data, "variable");
	const char *value;

	if (!cJSON_IsString(variable) && !cJSON_IsArray(variable)) {
		flow_warn(f, "variable", "branch_variable: no variable named");
		return MOVE_NEXT;
	}
	value = find(f, scope, variable);
	return str_is_empty(value) ? MOVE_NEXT : flow_branch(f, value);
}
