/* directory/merge.c - one word out of an account's, an owner's and a
 * device's.  Pure; each row of the table of settings has its rule (Kazoo:
 * merge_attribute of its endpoint). */
#include <stdint.h>
#include <string.h>

#include "base/strutil.h"
#include "directory/read.h"

const struct settings settings_none;

const char *merge_rule_text(enum merge_rule r)
{
	static const char *const texts[] = {
		[MERGE_OWN] = "its own",
		[MERGE_OWNER] = "owner, device, account",
		[MERGE_DEVICE] = "device, owner, account",
		[MERGE_ANY] = "`true` of any",
		[MERGE_ALL] = "all together",
		[MERGE_FORWARD] = "device when enabled; else owner, device",
		[MERGE_CALLER_ID] = "owner, device, account; device first "
		                    "with `prefer_device_caller_id`",
		[MERGE_EMERGENCY] = "device, owner, account",
		[MERGE_RESTRICTION] = "`deny` of accounts or owner; owner's "
		                      "`allow`; device",
	};

	return texts[r];
}

/* --- one member ----------------------------------------------------------- */

static size_t size_of(const struct field *f)
{
	switch (f->type) {
	case FIELD_SWITCH:
	case FIELD_OPTION:
		return 1;
	case FIELD_INT:
		return sizeof(int);
	case FIELD_OTHER:
		return f->size;
	default:
		return sizeof(void *);
	}
}

static bool is_absent(const void *p, size_t size)
{
	static const char zero[sizeof(void *)];

	return memcmp(p, zero, size) == 0;
}

enum { ACCOUNT, OWNER, DEVICE, N_SOURCES };

struct merge {
	const struct settings *from[N_SOURCES]; /* never NULL */
	bool prefers_device; /* caller ids */
	bool device_forwards;
};

/* In which order they are asked; what is left out stays 0. */
static const unsigned char *order_of(const struct merge *m, enum merge_rule r,
                                     size_t *n)
{
	static const unsigned char owner_first[] = { OWNER, DEVICE, ACCOUNT };
	static const unsigned char device_first[] = { DEVICE, OWNER, ACCOUNT };

	*n = N_SOURCES;
	switch (r) {
	case MERGE_OWN:
		*n = 1;
		return device_first;
	case MERGE_DEVICE:
	case MERGE_EMERGENCY:
		return device_first;
	case MERGE_CALLER_ID:
		return m->prefers_device ? device_first : owner_first;
	case MERGE_FORWARD:
		*n = m->device_forwards ? 1 : N_SOURCES;
		return m->device_forwards ? device_first : owner_first;
	case MERGE_ALL:
	case MERGE_RESTRICTION:
		*n = 0; /* no single value */
		return owner_first;
	case MERGE_OWNER:
	case MERGE_ANY:
		break;
	}
	return owner_first;
}

static void merge_field(const struct merge *m, const struct field *f,
                        enum merge_rule rule, size_t at, char *out)
{
	size_t size = size_of(f), n;
	const unsigned char *order = order_of(m, rule, &n);

	for (size_t i = 0; i < n; i++) {
		const char *p = (const char *)m->from[order[i]] + at;

		if (is_absent(p, size))
			continue;
		if (rule == MERGE_ANY && *p != SETTING_ON)
			continue;
		memcpy(out + at, p, size);
		return;
	}
}

/* The rule of an object holds for all that is in it. */
static void merge_fields(const struct merge *m, const struct field *f,
                         enum merge_rule outer, size_t at, char *out)
{
	for (; f->name; f++) {
		enum merge_rule rule = f->rule ? f->rule : outer;
		size_t here = at + (f->at == FIELD_NOWHERE ? 0 : f->at);

		if (f->type == FIELD_OBJECT && f->fields)
			merge_fields(m, f->fields, rule, here, out);
		else if (f->at != FIELD_NOWHERE)
			merge_field(m, f, rule, here, out);
	}
}

/* --- everything ----------------------------------------------------------- */

static const struct settings *or_none(const struct settings *s)
{
	return s ? s : &settings_none;
}

void settings_merge(struct settings *out, const struct settings_of *of)
{
	struct merge m = { .from = { or_none(of->account), or_none(of->owner),
		                     or_none(of->device) } };

	m.prefers_device = m.from[ACCOUNT]->prefers_device_cid == SETTING_ON;
	m.device_forwards = m.from[DEVICE]->forward.is_enabled == SETTING_ON;
	*out = settings_none;
	merge_fields(&m, fields_settings, MERGE_OWN, 0, (char *)out);
	out->prefers_device_cid = m.from[ACCOUNT]->prefers_device_cid;
}

struct settings_of settings_of(const struct device *d)
{
	return (struct settings_of){ d->account ? d->account->settings : NULL,
		                     d->owner ? d->owner->settings : NULL,
		                     d->settings };
}

void device_settings(const struct device *d, struct settings *out)
{
	struct settings_of of = settings_of(d);

	settings_merge(out, &of);
}

/* --- call_restriction ----------------------------------------------------- */

static enum restriction restriction_of(const struct settings *s,
                                       const char *class)
{
	const struct restrictions *r = s ? s->restrictions : NULL;

	for (size_t i = 0; r && i < r->n; i++)
		if (str_eq(r->v[i].class, class))
			return r->v[i].action;
	return RESTRICTION_INHERIT;
}

bool settings_deny(const struct settings_of *of, const char *class)
{
	if (restriction_of(of->account, class) == RESTRICTION_DENY)
		return true;
	switch (restriction_of(of->owner, class)) {
	case RESTRICTION_DENY:
		return true;
	case RESTRICTION_ALLOW:
		return false;
	case RESTRICTION_INHERIT:
		break;
	}
	return restriction_of(of->device, class) == RESTRICTION_DENY;
}

bool device_is_denied(const struct device *d, const char *class)
{
	struct settings_of of = settings_of(d);
	const struct account *a = d->account;

	/* what accounts above deny holds below */
	for (a = a ? a->parent : NULL; a; a = a->parent)
		if (restriction_of(a->settings, class) == RESTRICTION_DENY)
			return true;
	return settings_deny(&of, class);
}
