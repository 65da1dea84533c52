/* b2bua/targets_devices.c - telephones to ring: a branch for each contact. */
#include "b2bua/targets_priv.h"

#include <stdlib.h>
#include <string.h>

#include "b2bua/leg_media.h"
#include "b2bua/device_leg.h"
#include "b2bua/presence.h"
#include "b2bua/registration.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "directory/number.h"
#include "sip/uri.h"

struct expansion { /* of one device into branches */
	struct targets *targets;
	const struct identity *who;
	const struct dial_plan *plan;
	const struct dial_target *target;
	unsigned step;
	size_t first; /* of its branches */
};

/* device.sip.invite_format: the user part to ask for; NULL: the contact's
 * own (Kazoo's "contact"). */
static char *invite_user(const struct expansion *x)
{
	const struct device *d = x->target->device;
	const char *number = d->number ? d->number : x->who->dialled;

	if (x->target->static_invite)
		return xstrdup(x->target->static_invite);
	if (d->static_invite)
		return xstrdup(d->static_invite);
	switch (d->invite_format) {
	case INVITE_CONTACT:
	case INVITE_ROUTE:
		return NULL;
	case INVITE_USERNAME:
		return xstrdup(d->username);
	default:
		return number_format(d->account, number, d->invite_format);
	}
}

static const char *ask_for(struct expansion *x, const char *uri)
{
	char *user = invite_user(x), *changed = NULL;

	if (user)
		changed = sip_uri_with_user(uri, user);
	free(user);
	return targets_keep(x->targets, changed ? changed : xstrdup(uri));
}

static struct call_branch *device_branch(struct expansion *x)
{
	const struct dial_target *dt = x->target;
	const struct device *d = dt->device;
	struct call_branch *b = targets_add(x->targets, x->who);
	char *user = sip_uri_escape(d->username ? d->username : d->id);

	b->kind = "device";
	b->name = d->id;
	if (dt->suppress_clid && x->who->came && !x->who->came->is_private) {
		b->invite.from_name = x->who->came->name;
		b->invite.from_user = x->who->came->user;
	}
	b->account = d->account->id;
	b->invite.may_refer = true;
	b->step = x->step;
	b->delay_ms = dt->delay_ms;
	b->timeout_ms = dt->timeout_ms;
	b->progress_ms = dt->progress_timeout_ms;
	b->invite.to_uri = targets_keep(x->targets,
	                        xasprintf("sip:%s@%s", user,
	                                  d->realm ? d->realm : x->who->host));
	free(user);
	b->invite.from_name = targets_keep(
	        x->targets, device_leg_from(d, true, b->invite.from_name));
	b->invite.from_user = targets_keep(
	        x->targets, device_leg_from(d, false, b->invite.from_user));
	b->invite.headers =
	        targets_keep(x->targets, device_leg_headers(x->plan, dt, x->who));
	b->hears = true;
	b->may_bypass = leg_media_may_bypass(d);
	b->codecs = leg_media_codecs_of_device(d);
	for (size_t i = 0; i < 2 && !dt->suppress_clid; i++)
		b->told[i] = targets_keep(x->targets,
		                  device_leg_callee(d, x->who->dialled, i));
	return b;
}

/* sip.proxy, sip.forward and sip.transport of a telephone that is reached by
 * its address.  A Path it registered stays behind them. */
static void go_by_hops(struct targets *t, struct call_branch *b,
                       const struct device *d)
{
	struct target *to = &b->invite.target;
	struct device_hops hops;

	device_leg_hops(&hops, d);
	if (hops.next) {
		to->flow = 0;
		to->route = targets_keep(t, to->route ? xasprintf("%s, %s", hops.route,
		                                          to->route)
		                              : xstrdup(hops.route));
		to->dest = (struct addr){ 0 };
		targets_aim(t, b, hops.next);
	}
	free(hops.next);
	free(hops.route);
	if (to->flow || b->invite.is_natted || !d->transport)
		return;
	to->transport = str_eq_case(d->transport, "tcp")   ? SIP_TCP
	                : str_eq_case(d->transport, "tls") ? SIP_TLS
	                                                   : SIP_UDP;
	b->picks_transport = false;
	targets_by_tls(b, d->transport, 0);
}

/* RFC 5626 5.3: several flows of an instance lead to one phone, which is
 * rung over the one of the last registration first. */
static bool add_way(struct expansion *x, const struct binding *bind)
{
	struct phone *p =
	        phones_find(x->targets->phones, x->first, bind);
	struct call_way w = { .is_natted = bind->is_natted };

	if (!p)
		return false;
	w.target.uri = ask_for(x, bind->contact);
	w.target.local = bind->local;
	w.target.transport = (enum sip_transport)bind->transport;
	w.target.flow = bind->flow;
	w.target.dest = bind->source;
	phone_add_way(p, &w);
	return true;
}

static void add_contact(const struct binding *bind, void *arg)
{
	struct expansion *x = arg;
	struct call_branch *b;
	struct target *t;

	/* nobody opens a connection through a NAT from outside */
	if (bind->is_natted && !bind->flow && !bind->path[0] &&
	    bind->transport != BINDING_UDP)
		return;
	if (add_way(x, bind))
		return;
	phones_add(&x->targets->phones, bind, x->targets->plan.n);
	b = device_branch(x);
	t = &b->invite.target;

	t->uri = ask_for(x, bind->contact);
	t->local = bind->local;
	t->transport = (enum sip_transport)bind->transport;
	b->invite.is_natted = bind->is_natted;
	if (bind->path[0]) {
		t->route = targets_keep(x->targets, xstrdup(bind->path));
		targets_aim(x->targets, b, bind->path);
	} else if (bind->flow || bind->is_natted) {
		t->flow = bind->flow;
		t->dest = bind->source;
	} else {
		targets_aim(x->targets, b, bind->contact);
	}
	go_by_hops(x->targets, b, x->target->device);
}

/* A device reached by its address: sip.method "ip", or a fixed route. */
static void add_fixed(struct expansion *x)
{
	const struct device *d = x->target->device;
	const char *user = d->static_route ? d->static_route
	                   : d->username   ? d->username
	                                   : x->who->dialled;
	char ip[ADDR_TEXT], *uri, *escaped;
	struct call_branch *b = device_branch(x);

	if (d->invite_format == INVITE_ROUTE && d->route) {
		b->invite.target.uri = d->route;
		targets_aim(x->targets, b, d->route);
		go_by_hops(x->targets, b, d);
		return;
	}
	escaped = sip_uri_escape(user);
	uri = targets_keep(x->targets, xasprintf("sip:%s@%s", escaped,
	                                 addr_host(&d->ip, ip)));
	free(escaped);
	b->invite.target.uri = ask_for(x, uri);
	b->invite.target.dest = d->ip;
	addr_set_port(&b->invite.target.dest, 5060);
	go_by_hops(x->targets, b, d);
}

/* call_waiting: whoever has a call is busy on all his phones (Kazoo). */
static bool is_busy(struct server *s, const struct device *d)
{
	const struct user *u = d->owner;
	struct settings settings;

	device_settings(d, &settings);
	if (setting_is_on(settings.call_waiting, true) || !s->presence)
		return false;
	for (size_t i = 0; u && i < u->n_devices; i++)
		if (presence_is_busy(s->presence, u->devices[i]))
			return true;
	return presence_is_busy(s->presence, d);
}

static void add_busy(struct expansion *x)
{
	struct call_branch *b = device_branch(x);

	b->invite.target.uri = b->invite.to_uri;
	b->fails_with = 486;
}

static void add_device(struct server *s, struct expansion *x)
{
	const struct device *d = x->target->device;
	char *aor;

	if (is_busy(s, d)) {
		add_busy(x);
		return;
	}

	if ((d->invite_format == INVITE_ROUTE && d->route) ||
	    (d->is_by_ip && addr_is_set(&d->ip))) {
		add_fixed(x);
		return;
	}
	if (!d->username)
		return;
	aor = registration_aor(d);
	x->first = x->targets->plan.n;
	registrar_each(s->registrar, aor, loop_unix_ms(s->loop), add_contact,
	               x);
	free(aor);
}

/* Another number is rung, by the callflow that serves it. */
static void add_forward(struct expansion *x)
{
	const struct dial_target *dt = x->target;
	struct call_branch *b = targets_add(x->targets, x->who);

	b->kind = "forward";
	b->name = dt->device ? dt->device->id : dt->user->id;
	b->divert = dt;
	b->number = dt->to.number;
	b->step = x->step;
	b->delay_ms = dt->delay_ms;
	b->timeout_ms = dt->timeout_ms;
	b->mutes_early_media = forward_mutes(&dt->to);
	b->needs_confirmation = forward_needs_key(&dt->to);
}

static bool is_forwarded_to(const struct targets *t, const char *number)
{
	for (size_t i = 0; i < t->plan.n; i++)
		if (str_eq(t->branches[i].number, number))
			return true;
	return false;
}

/* Kazoo (failover_when_all_unreg): only when no phone at all is there, and
 * each number once. */
static void fail_over(struct expansion *x, const struct dial_plan *d)
{
	for (size_t i = 0; i < d->n_targets; i++) {
		x->target = &d->targets[i];
		x->step = (unsigned)i;
		if (x->target->forward == FORWARD_FAILOVER &&
		    !is_forwarded_to(x->targets, x->target->to.number))
			add_forward(x);
	}
}

/* RFC 5393 5.3.3.1: branches share what there is; when that is not one for
 * each, they come one after the other, and each has all of it. */
static void share_breadth(struct targets *t, unsigned breadth)
{
	size_t n = t->plan.n;

	if (n < 2)
		return;
	if (breadth < n) {
		t->plan.strategy = FORK_ONE_BY_ONE;
		for (size_t i = 0; i < n; i++)
			t->branches[i].step = (unsigned)i;
		return;
	}
	for (size_t i = 0; i < n; i++)
		t->branches[i].invite.max_breadth =
		        (unsigned)(breadth / n + (i < breadth % n));
}

struct targets *targets_of_devices(struct server *s,
                                   const struct dial_plan *d,
                                   const struct identity *who)
{
	struct targets *t = xzalloc(sizeof(*t));
	struct expansion x = { .targets = t, .who = who, .plan = d };

	t->plan.strategy =
	        d->strategy == DIAL_SINGLE ? FORK_ONE_BY_ONE : FORK_ALL;
	t->plan.timeout_ms = d->timeout_ms;
	t->plan.passes_early_media = d->passes_early_media;
	t->plan.rings_at_once = d->rings_at_once;
	t->plan.follows_redirect = d->follows_redirect;
	targets_reject(&t->plan.ends_on, &d->reject, who);
	for (size_t i = 0; i < d->n_targets; i++) {
		x.target = &d->targets[i];
		x.step = (unsigned)i;
		if (x.target->forward == FORWARD_OFF)
			add_device(s, &x);
		else if (x.target->forward != FORWARD_FAILOVER)
			add_forward(&x);
	}
	if (t->plan.n == 0)
		fail_over(&x, d);
	phones_tell(t->phones, t->branches);
	share_breadth(t, who->max_breadth);
	if (t->plan.n == 0)
		targets_free(&t);
	return t;
}
