/* callflow/endpoints.c - which devices may ring, and how. */
#include "callflow/endpoints.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/data.h"
#include "callflow/watch.h"

/* --- may it ring ---------------------------------------------------------- */

static bool is_guest(const struct device *d, const char *user_id)
{
	for (size_t i = 0; i < d->guests->n; i++)
		if (str_eq(d->guests->v[i], user_id))
			return true;
	return false;
}

/* While somebody is logged in at a shared desk, the device is theirs and not
 * its owner's. */
static bool belongs_to(const struct device *d, const char *user_id)
{
	if (d->guests)
		return is_guest(d, user_id);
	return d->owner && str_eq(d->owner->id, user_id);
}

static bool have_same_owner(const struct device *a, const struct device *b)
{
	if (!a->guests)
		return a->owner && belongs_to(b, a->owner->id);
	for (size_t i = 0; i < a->guests->n; i++)
		if (belongs_to(b, a->guests->v[i]))
			return true;
	return false;
}

/* Why the device must not ring, in Kazoo's order; NULL: it may. */
static const char *refusal(struct flow *f, const struct device *d,
                           const struct wish *w)
{
	const struct device *caller = f->in.caller.device;
	const struct user *user = f->in.caller.user;

	if (user && belongs_to(d, user->id) &&
	    !data_bool(f, w->props, "can_call_self", false))
		return "who forwards calls itself";
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

static struct target *add_target(struct flow *f, const struct wish *w)
{
	struct target *t;

	if (f->targets.n == FLOW_MAX_TARGETS) {
		flow_warn(f, "targets", "only the first %d devices ring",
		          FLOW_MAX_TARGETS);
		return NULL;
	}
	t = add(&f->targets);
	t->weight = w->weight;
	t->dial.delay_ms = w->delay_s * 1000;
	t->dial.timeout_ms = w->timeout_s > 0 ? w->timeout_s * 1000 : 0;
	t->dial.custom_sip_headers =
		data_object(f, w->props, "custom_sip_headers");
	t->dial.suppress_clid = data_bool(f, w->props, "suppress_clid", false);
	return t;
}

static void add_phone(struct flow *f, const struct device *d,
                      const struct wish *w)
{
	const char *invite = data_string(f, w->props, "static_invite");
	struct target *t = add_target(f, w);

	if (!t)
		return;
	t->dial.device = d;
	t->dial.progress_timeout_ms = d->progress_timeout_s * 1000;
	t->dial.static_invite = invite ? invite : d->static_invite;
}

/* Kazoo: the same leg, by its address, is not rung twice at a time. */
static bool rings_already(const struct flow *f, const char *number,
                          const struct wish *w)
{
	for (size_t i = 0; i < f->targets.n; i++) {
		const struct dial_target *t = &f->targets.v[i].dial;

		if (t->forward != FORWARD_OFF &&
		    t->delay_ms == w->delay_s * 1000 &&
		    str_eq(t->to.number, number))
			return true;
	}
	return false;
}

static void add_forward(struct flow *f, const struct device *d,
                        const struct user *u, const struct call_forward *to,
                        enum forward_use use, const struct wish *w)
{
	struct target *t;

	if (use == FORWARD_OFF || rings_already(f, to->number, w))
		return;
	t = add_target(f, w);
	if (!t)
		return;
	t->dial.device = d;
	t->dial.user = u;
	t->dial.forward = use;
	t->dial.to = *to;
}

void endpoints_device(struct flow *f, const struct device *d,
                      const struct wish *w)
{
	const char *why = refusal(f, d, w);
	struct settings s;
	enum forward_use use;

	if (why) {
		log_ctx_debug(f->in.log, "device %s left out: %s", d->id, why);
		flow_saw(f, WATCH_LEFT_OUT, d->id, why);
		return;
	}
	device_settings(d, &s);
	use = forward_use(&s.forward, w->is_group);
	if (use != FORWARD_INSTEAD)
		add_phone(f, d, w);
	add_forward(f, d, NULL, &s.forward, use, w);
}

bool endpoints_is_theirs(const struct user *u, const struct device *d)
{
	return u->is_enabled && !u->is_dnd && belongs_to(d, u->id);
}

void endpoints_watch_user(const struct flow *f, const struct user *u)
{
	if (!u->is_enabled)
		flow_saw(f, WATCH_LEFT_OUT, u->id, "the user is disabled");
	else if (u->is_dnd)
		flow_saw(f, WATCH_LEFT_OUT, u->id, "do not disturb");
}

void endpoints_user(struct flow *f, const struct user *u,
                    const struct wish *w)
{
	endpoints_watch_user(f, u);
	for (size_t i = 0; i < u->n_devices; i++)
		if (endpoints_is_theirs(u, u->devices[i]))
			endpoints_device(f, u->devices[i], w);
	if (u->n_devices == 0)
		endpoints_deskless(f, u, w);
}

void endpoints_deskless(struct flow *f, const struct user *u,
                        const struct wish *w)
{
	const struct call_forward *to = &u->settings->forward;

	if (u->is_enabled && !u->is_dnd && u != f->in.caller.user)
		add_forward(f, NULL, u, to, forward_use(to, w->is_group), w);
}
