/* callflow/caller_id.c - which name and number a leg shows. */
#include "callflow/caller_id.h"

#include <stdio.h>
#include <string.h>

#include "base/strutil.h"

static bool has_name(const struct user *u)
{
	return u && !str_eq(u->name, u->id); /* a document without: its id */
}

/* Kazoo: "First Last" is the owner's own word on his internal name. */
static void default_name(struct settings *out, const struct device *d,
                         const struct user *owner)
{
	const struct caller_id *of_device =
		d ? &d->settings->caller_id[CALLER_ID_INTERNAL] : NULL;

	if (!has_name(owner) ||
	    owner->settings->caller_id[CALLER_ID_INTERNAL].name)
		return;
	if (setting_is_on(out->prefers_device_cid, false) && of_device &&
	    of_device->name)
		return;
	out->caller_id[CALLER_ID_INTERNAL].name = owner->name;
}

void caller_id_settings(struct settings *out, const struct device *d,
                        const struct user *u)
{
	struct settings_of of = { 0 };

	if (d)
		of = settings_of(d);
	else if (u)
		of = (struct settings_of){ .account = u->account->settings,
			                   .owner = u->settings };
	settings_merge(out, &of);
	default_name(out, d, d ? d->owner : u);
}

enum caller_id_kind caller_id_kind_of(const char *name)
{
	static const char *const names[] = {
		[CALLER_ID_INTERNAL] = "internal",
		[CALLER_ID_EXTERNAL] = "external",
		[CALLER_ID_EMERGENCY] = "emergency",
		[CALLER_ID_ASSERTED] = "asserted",
	};

	for (size_t i = 0; i < NELEM(names); i++)
		if (str_eq(names[i], name))
			return (enum caller_id_kind)i;
	return CALLER_ID_DEFAULT;
}

/* --- what the documents say ----------------------------------------------- */

/* The kind itself; an emergency's is external without; then the default. */
static const char *number_of(const struct settings *s,
                             enum caller_id_kind kind)
{
	const char *number = s->caller_id[kind].number;

	if (!number && kind == CALLER_ID_EMERGENCY)
		number = s->caller_id[CALLER_ID_EXTERNAL].number;
	return number ? number : s->caller_id[CALLER_ID_DEFAULT].number;
}

static const char *name_of(const struct settings *s, enum caller_id_kind kind)
{
	const char *name = s->caller_id[kind].name;

	if (!name && kind == CALLER_ID_EMERGENCY)
		name = s->caller_id[CALLER_ID_EXTERNAL].name;
	return name ? name : s->caller_id[CALLER_ID_DEFAULT].name;
}

static void set_number(struct caller_id_shown *out,
                       const struct caller_id_query *q)
{
	const struct settings *s = q->settings;
	const char *number = number_of(s, q->kind);
	int len = -1;

	if (!number && q->kind == CALLER_ID_INTERNAL && s->presence_id) {
		number = s->presence_id;
		len = (int)strcspn(number, "@");
	}
	out->has_number = number != NULL && *number && len != 0;
	if (!out->has_number)
		number = q->number ? q->number : "";
	snprintf(out->number, sizeof(out->number), "%.*s",
	         out->has_number && len > 0 ? len : 127, number);
}

/* --- privacy -------------------------------------------------------------- */

static void set_privacy(struct caller_id_shown *out,
                        const struct caller_id_query *q)
{
	bool name = false, number = false;

	if (!q->is_off_net || q->is_emergency)
		return;
	switch ((enum privacy)q->settings->privacy) {
	case PRIVACY_FULL:
	case PRIVACY_YES:
	case PRIVACY_KAZOO:
		name = number = true;
		break;
	case PRIVACY_NAME:
		name = true;
		break;
	case PRIVACY_NUMBER:
		number = true;
		break;
	case PRIVACY_ABSENT:
	case PRIVACY_NONE:
		return;
	}
	if (q->settings->privacy_method == PRIVACY_METHOD_SIP) {
		out->asks_privacy = true;
		return;
	}
	out->hides_name = name;
	out->hides_number = number;
}

void caller_id_show(struct caller_id_shown *out,
                    const struct caller_id_query *q)
{
	*out = (struct caller_id_shown){ 0 };
	set_number(out, q);
	out->name = name_of(q->settings, q->kind);
	if (!out->name)
		out->name = q->name;
	set_privacy(out, q);
	if (q->is_off_net)
		out->asserted = q->settings->caller_id[CALLER_ID_ASSERTED];
}

/* --- the callee ----------------------------------------------------------- */

void caller_id_of_callee(struct caller_id *out, const struct device *d,
                         const struct settings *s, const char *dialled,
                         bool is_from_outside)
{
	enum caller_id_kind kind = is_from_outside ? CALLER_ID_EXTERNAL
	                                           : CALLER_ID_INTERNAL;

	*out = (struct caller_id){ .number = dialled };
	if (!d)
		return;
	if (number_of(s, kind))
		out->number = number_of(s, kind);
	out->name = name_of(s, kind);
	if (!out->name)
		out->name = has_name(d->owner) ? d->owner->name : d->name;
}
