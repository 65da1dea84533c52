/* callflow/endpoints.c - which devices may ring, and how. */
#include "callflow/endpoints.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/data.h"

/* --- may it ring ---------------------------------------------------------- */

/* While somebody is logged in at a shared desk, the device is theirs and not
 * its owner's. */
static const struct cJSON *desk_users(const struct device *d)
{
	const struct cJSON *users;

	users = data_any(data_any(d->doc, "hotdesk"), "users");
	return cJSON_IsObject(users) && users->child ? users : NULL;
}

static bool belongs_to(const struct device *d, const char *user_id)
{
	const struct cJSON *users = desk_users(d);

	if (users)
		return cJSON_GetObjectItemCaseSensitive(users, user_id) != NULL;
	return d->owner && str_eq(d->owner->id, user_id);
}

static bool have_same_owner(const struct device *a, const struct device *b)
{
	const struct cJSON *users = desk_users(a), *u;

	if (!users)
		return a->owner && belongs_to(b, a->owner->id);
	cJSON_ArrayForEach(u, users)
		if (belongs_to(b, u->string))
			return true;
	return false;
}

/* Why the device must not ring, in Kazoo's order; NULL: it may. */
static const char *refusal(struct flow *f, const struct device *d,
                           const struct wish *w)
{
	const struct device *caller = f->in.caller.device;

	if (caller && !data_bool(f, w->props, "can_call_self", false)) {
		if (have_same_owner(caller, d))
			return "the caller's owner calls itself";
		if (caller == d)
			return "it calls itself";
	}
	if (!device_is_usable(d))
		return "it is disabled";
	if (device_is_dnd(d))
		return "do not disturb";
	return NULL;
}

/* --- adding --------------------------------------------------------------- */

static struct target *add(struct targets *t)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 8;
		t->v = xrealloc(t->v, t->cap * sizeof(*t->v));
	}
	memset(&t->v[t->n], 0, sizeof(*t->v));
	return &t->v[t->n++];
}

void endpoints_device(struct flow *f, const struct device *d,
                      const struct wish *w)
{
	const char *why = refusal(f, d, w), *invite;
	struct target *t;

	if (why) {
		log_ctx_debug(f->in.log, "device %s left out: %s", d->id, why);
		return;
	}
	if (f->targets.n == FLOW_MAX_TARGETS) {
		flow_warn(f, "targets", "only the first %d devices ring",
		          FLOW_MAX_TARGETS);
		return;
	}
	invite = data_string(f, w->props, "static_invite");
	t = add(&f->targets);
	t->weight = w->weight;
	t->dial.device = d;
	t->dial.delay_ms = w->delay_s * 1000;
	t->dial.timeout_ms = w->timeout_s > 0 ? w->timeout_s * 1000 : 0;
	t->dial.progress_timeout_ms = d->progress_timeout_s * 1000;
	t->dial.static_invite = invite ? invite : d->static_invite;
	t->dial.custom_sip_headers =
		data_object(f, w->props, "custom_sip_headers");
	t->dial.suppress_clid = data_bool(f, w->props, "suppress_clid", false);
}

bool endpoints_is_theirs(const struct user *u, const struct device *d)
{
	return u->is_enabled && !u->is_dnd && belongs_to(d, u->id);
}

void endpoints_user(struct flow *f, const struct user *u,
                    const struct wish *w)
{
	for (size_t i = 0; i < u->n_devices; i++)
		if (endpoints_is_theirs(u, u->devices[i]))
			endpoints_device(f, u->devices[i], w);
}
