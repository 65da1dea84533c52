/* callflow/permit.c - may the caller have this flow at all? */
#include "callflow/permit.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/data.h"
#include "directory/number.h"

/* --- closed groups -------------------------------------------------------- */

static const char *text(const struct cJSON *object, const char *key)
{
	return cJSON_GetStringValue(data_any(object, key));
}

/* Kazoo: a flow that rings one phone or user, and then at most records a
 * message. */
static bool is_extension(const struct cJSON *flow)
{
	const struct cJSON *after = data_any(data_any(flow, "children"), "_");
	const char *module = text(flow, "module");

	if (!str_eq(module, "device") && !str_eq(module, "user"))
		return false;
	return !cJSON_IsObject(after) || !after->child ||
	       str_eq(text(after, "module"), "voicemail");
}

static bool has_member(const struct group *g, const char *id)
{
	for (size_t i = 0; id && i < g->n_members; i++)
		if (str_eq(g->members[i].id, id))
			return true;
	return false;
}

/* The device itself, or anybody whose it is at present. */
static bool has_device(const struct group *g, const struct device *d)
{
	if (has_member(g, d->id) || (d->owner && has_member(g, d->owner->id)))
		return true;
	for (size_t i = 0; d->guests && i < d->guests->n; i++)
		if (has_member(g, d->guests->v[i]))
			return true;
	return false;
}

static bool share_a_group(const struct account *a, const struct device *caller,
                          const struct cJSON *flow)
{
	const char *id = text(data_any(flow, "data"), "id");
	const struct device *callee = NULL;

	if (id && str_eq(text(flow, "module"), "device"))
		callee = account_device(a, id);
	for (size_t i = 0; i < a->n_groups; i++) {
		const struct group *g = a->groups[i];

		if (has_device(g, caller) &&
		    (callee ? has_device(g, callee) : has_member(g, id)))
			return true;
	}
	return false;
}

/* --- classes of numbers --------------------------------------------------- */

/* Of a pattern's flow it is what the pattern captured that counts: "9" and
 * the number, for one.  Extensions are classified as well, as "unknown". */
static const char *class_of(const struct account *a, const struct device *d,
                            const struct flow_input *in)
{
	const char *number = in->capture ? in->capture : in->number;
	char *dialled = number_dialled_by(d, number);
	char *normal = number_normalise(a, dialled ? dialled : number);
	const char *name = number_classify(a, normal)->name;

	free(dialled);
	free(normal);
	return name;
}

const char *permit_denied(const struct account *a, const struct device *caller,
                          const struct flow_input *in)
{
	const struct cJSON *flow = in->callflow->flow;
	const char *class;

	if (!caller)
		return NULL;
	if (is_extension(flow) &&
	    device_is_denied(caller, RESTRICTION_CLOSED_GROUPS) &&
	    !share_a_group(a, caller, flow))
		return RESTRICTION_CLOSED_GROUPS;
	class = class_of(a, caller, in);
	return device_is_denied(caller, class) ? class : NULL;
}

bool permit_denies_number(const struct account *a, const struct device *caller,
                          const char *number)
{
	return caller &&
	       device_is_denied(caller, number_classify(a, number)->name);
}
