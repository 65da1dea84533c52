/* b2bua/targets.c - whom to ring, as legs to place. */
#include "b2bua/targets.h"

#include <stdlib.h>
#include <string.h>

#include "b2bua/carrier_leg.h"
#include "b2bua/device_leg.h"
#include "b2bua/phones.h"
#include "b2bua/presence.h"
#include "b2bua/registration.h"
#include "b2bua/trunks.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/cause.h"
#include "directory/number.h"
#include "sip/uri.h"

struct owned { /* strings that a branch points to */
	char *text;
	struct owned *next;
};

struct targets {
	struct call_plan plan;
	struct call_branch *branches; /* owned */
	size_t cap;
	struct fork_codes *codes;     /* owned: stop codes, one a gateway */
	struct owned *owned;
	struct phone *phones;         /* owned: those with flows */
	struct trunk_choice choice;   /* owned; the gateways' URIs */
	struct allowance_lease lease; /* of the account's trunks */
};

static char *keep(struct targets *t, char *text)
{
	struct owned *o;

	if (!text)
		return NULL;
	o = xzalloc(sizeof(*o));
	o->text = text;
	o->next = t->owned;
	t->owned = o;
	return text;
}

const struct call_plan *targets_plan(const struct targets *t)
{
	return &t->plan;
}

void targets_free(struct targets **tp)
{
	struct targets *t = *tp;

	if (!t)
		return;
	while (t->owned) {
		struct owned *o = t->owned;

		t->owned = o->next;
		free(o->text);
		free(o);
	}
	phones_free(&t->phones);
	allowance_return(&t->lease);
	trunk_choice_clear(&t->choice);
	free(t->branches);
	free(t->codes);
	free(t);
	*tp = NULL;
}

static struct call_branch *add(struct targets *t, const struct identity *who)
{
	struct call_branch *b;

	if (t->plan.n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 8;
		t->branches = xrealloc(t->branches,
		                       t->cap * sizeof(*t->branches));
		t->plan.branches = t->branches;
	}
	b = &t->branches[t->plan.n++];
	*b = (struct call_branch){ 0 };
	b->invite.from_name = who->name;
	b->invite.from_user = who->user;
	b->invite.from_host = who->host;
	b->invite.headers = who->caller->headers;
	b->account = who->account;
	b->invite.max_forwards = who->max_forwards;
	b->invite.max_breadth = who->max_breadth;
	return b;
}

/* --- devices ------------------------------------------------------------------ */

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
	return keep(x->targets, changed ? changed : xstrdup(uri));
}

static struct call_branch *device_branch(struct expansion *x)
{
	const struct dial_target *dt = x->target;
	const struct device *d = dt->device;
	struct call_branch *b = add(x->targets, x->who);
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
	b->invite.to_uri = keep(x->targets,
	                        xasprintf("sip:%s@%s", user,
	                                  d->realm ? d->realm : x->who->host));
	free(user);
	b->invite.from_name = keep(
	        x->targets, device_leg_from(d, true, b->invite.from_name));
	b->invite.from_user = keep(
	        x->targets, device_leg_from(d, false, b->invite.from_user));
	b->invite.headers =
	        keep(x->targets, device_leg_headers(x->plan, dt, x->who));
	b->hears = true;
	for (size_t i = 0; i < 2 && !dt->suppress_clid; i++)
		b->told[i] = keep(x->targets,
		                  device_leg_callee(d, x->who->dialled, i));
	return b;
}

/* Where a URI itself says: for Contacts that are not behind NAT, Paths and
 * fixed routes. */
static void aim_at_uri(struct targets *t, struct call_branch *b,
                       const char *uri)
{
	struct sip_uri u;

	if (sip_uri_parse(&u, uri) < 0)
		return;
	b->invite.target.transport = u.transport;
	b->host = keep(t, xstrdup(u.host));
	b->port = u.port;
	b->picks_transport = !u.has_transport;
	addr_parse(&b->invite.target.dest, u.host,
	           u.port                   ? u.port
	           : u.transport == SIP_TLS ? 5061
	                                    : 5060);
}

/* RFC 3261 19.1.2: TLS has a default port of its own. */
static void go_by_tls(struct call_branch *b, const char *transport,
                      uint16_t port)
{
	struct target *t = &b->invite.target;

	if (!str_eq_case(transport, "tls"))
		return;
	t->transport = SIP_TLS;
	b->picks_transport = false;
	if (addr_is_set(&t->dest) && !b->port)
		addr_set_port(&t->dest, port ? port : 5061);
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
		to->route = keep(t, to->route ? xasprintf("%s, %s", hops.route,
		                                          to->route)
		                              : xstrdup(hops.route));
		to->dest = (struct addr){ 0 };
		aim_at_uri(t, b, hops.next);
	}
	free(hops.next);
	free(hops.route);
	if (to->flow || b->invite.is_natted || !d->transport)
		return;
	to->transport = str_eq_case(d->transport, "tcp")   ? SIP_TCP
	                : str_eq_case(d->transport, "tls") ? SIP_TLS
	                                                   : SIP_UDP;
	b->picks_transport = false;
	go_by_tls(b, d->transport, 0);
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
		t->route = keep(x->targets, xstrdup(bind->path));
		aim_at_uri(x->targets, b, bind->path);
	} else if (bind->flow || bind->is_natted) {
		t->flow = bind->flow;
		t->dest = bind->source;
	} else {
		aim_at_uri(x->targets, b, bind->contact);
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
		aim_at_uri(x->targets, b, d->route);
		go_by_hops(x->targets, b, d);
		return;
	}
	escaped = sip_uri_escape(user);
	uri = keep(x->targets, xasprintf("sip:%s@%s", escaped,
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
	if (setting_is_on(settings.call_waiting, true))
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
	struct call_branch *b = add(x->targets, x->who);

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

/* fail_on_single_reject names causes; the fork knows statuses. */
static void reject_codes(const struct single_reject *r, struct fork_codes *out)
{
	if (!r->any && r->n_causes == 0)
		return; /* most calls */
	for (int status = 300; status <= 699; status++)
		if (single_reject_ends(r, cause_of_status(status)))
			fork_codes_add(out, status);
}

/* Kazoo: a forwarded call that a key has to confirm ends with the first leg
 * that says no, whatever else would be tried. */
static const struct single_reject *reject_of(const struct single_reject *own,
                                             const struct identity *who)
{
	static const char *const causes[] = {
		"USER_BUSY", "CALL_REJECTED", "NO_ANSWER", "NORMAL_CLEARING",
		"PROGRESS_TIMEOUT", "ALLOTTED_TIMEOUT"
	};
	static const struct single_reject unconfirmed = {
		.causes = causes, .n_causes = NELEM(causes)
	};
	bool is_said = own && (own->any || own->n_causes > 0);

	return who->needs_confirmation && !is_said ? &unconfirmed : own;
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
	reject_codes(reject_of(&d->reject, who), &t->plan.ends_on);
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

/* --- carriers ----------------------------------------------------------------- */

static void stop_codes(struct targets *t, size_t i, const struct gateway *g)
{
	for (size_t n = 0; n < g->resource->n_stop_codes; n++)
		fork_codes_add(&t->codes[i], g->resource->stop_codes[n]);
	t->branches[i].ends_on = &t->codes[i];
}

/* From, and what documents add. */
static void dress(struct targets *t, struct call_branch *b,
                  const struct trunk_attempt *a,
                  const struct carrier_request *rq,
                  const struct identity *who)
{
	struct carrier_from from;

	carrier_leg_from(&from, a, rq, who);
	b->invite.from_user = keep(t, from.user);
	b->invite.from_name = keep(t, from.name);
	b->invite.from_host = from.host;
	b->invite.headers = keep(t, carrier_leg_headers(a, rq, who));
}

/* Kazoo: the number that was dialled. */
static char *callee_line(const struct identity *who)
{
	struct caller_identity id = { .user = (char *)who->dialled };

	return identity_line(&id, who->realm);
}

static void add_gateway(struct targets *t, size_t i,
                        const struct trunk_attempt *a,
                        const struct carrier_request *rq,
                        const struct identity *who)
{
	const struct gateway *g = a->gateway;
	struct call_branch *b;

	if (a->is_emergency && who->emergency)
		who = who->emergency;
	b = add(t, who);

	b->kind = "gateway";
	b->name = g->name;
	b->invite.may_refer = g->resource->allows_transfer;
	b->step = (unsigned)i;
	b->progress_ms = g->progress_timeout_s * 1000;
	b->connect_ms = g->connect_timeout_s > 0 ? g->connect_timeout_s * 1000
	                                         : CALL_CONNECT_USUAL;
	b->timeout_ms = g->answer_timeout_s * 1000;
	b->owner = g;
	b->hears = str_eq(g->caller_id_type, "pid");
	b->told[0] = b->told[1] = keep(t, callee_line(who));
	dress(t, b, a, rq, who);
	b->invite.target.uri = a->uri;
	b->invite.to_uri = a->to_uri;
	aim_at_uri(t, b, a->uri);
	if (str_eq_case(g->transport, "tcp"))
		b->invite.target.transport = SIP_TCP;
	go_by_tls(b, g->transport, g->port);
	if (g->proxy) {
		b->invite.target.route = keep(t, trunk_route(g));
		aim_at_uri(t, b, g->proxy);
	}
	b->invite.auth.username =
	        g->auth_username ? g->auth_username : g->username;
	b->invite.auth.password = g->password;
	b->invite.auth.realm = g->realm;
	/* RFC 3263: a name without a port may have SRV records */
	if (b->host && !b->port && !g->proxy &&
	    !addr_is_set(&b->invite.target.dest))
		b->port = g->port;
}

struct targets *targets_of_carriers(struct trunk_choice *c,
                                    const struct carrier_request *rq,
                                    const struct identity *who)
{
	struct targets *t = xzalloc(sizeof(*t));

	t->choice = *c;
	*c = (struct trunk_choice){ 0 };
	t->plan.strategy = FORK_ONE_BY_ONE;
	t->plan.timeout_ms = rq->timeout_ms;
	t->plan.passes_early_media = !rq->ignores_early_media;
	if (who->needs_confirmation)
		reject_codes(reject_of(NULL, who), &t->plan.ends_on);
	t->codes = xcalloc(t->choice.n_attempts, sizeof(*t->codes));
	for (size_t i = 0; i < t->choice.n_attempts; i++)
		add_gateway(t, i, &t->choice.attempts[i], rq, who);
	for (size_t i = 0; i < t->plan.n; i++)
		stop_codes(t, i, t->choice.attempts[i].gateway);
	if (t->plan.n == 0)
		targets_free(&t);
	return t;
}

void targets_lease(struct targets *t, const struct allowance_lease *l)
{
	t->lease = *l;
}
