/* b2bua/explain_caller.c - who makes the call that is explained, and when. */
#include "b2bua/explain_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/reach.h"

#define MAX_CALLED 64 /* devices that a number stands for */

/* --- a device ----------------------------------------------------------------- */

struct choice {
	const struct device *called[MAX_CALLED];
	size_t n_called;
	const struct device *best;
};

static bool is_called(const struct choice *c, const struct device *d)
{
	for (size_t i = 0; i < c->n_called; i++)
		if (c->called[i] == d ||
		    (d->owner && c->called[i]->owner == d->owner))
			return true;
	return false;
}

static void choose(const struct device *d, void *arg)
{
	struct choice *c = arg;

	if (!device_is_usable(d))
		return;
	if (!c->best || (is_called(c, c->best) && !is_called(c, d)))
		c->best = d;
}

/* The first that does not call itself. */
static int some_device(struct explain *x, const struct account *a,
                       struct diag *why)
{
	const struct snapshot *s = x->server->snapshot;
	struct choice c = { .n_called = 0 };

	callflow_reach(c.called, MAX_CALLED, &c.n_called, s, a,
	               x->query->number);
	account_each_device(s, a, choose, &c);
	if (!c.best) {
		diag_fault(why, NULL, NULL,
		           "account %s has no device that may call: say who "
		           "does with --from", a->id);
		return -EINVAL;
	}
	x->who = (struct flow_caller){ .account = a, .device = c.best };
	return 0;
}

static const struct device *find_device(const struct snapshot *s,
                                        const struct account *a,
                                        const char *name)
{
	const struct device *d = account_device(a, name);

	if (!d && a->realm)
		d = snapshot_device_by_auth(s, a->realm, name);
	return d && d->account == a ? d : NULL;
}

/* --- a carrier ---------------------------------------------------------------- */

struct gateway_search {
	const struct account *account;
	const char *name;
	struct addr at; /* unset: by name */
	const struct gateway *found;
};

static bool has_name(const struct gateway *g, const char *name)
{
	return str_eq(g->name, name) || str_eq(g->resource->id, name);
}

static bool has_address(const struct gateway *g, const struct addr *at)
{
	struct addr a;

	return addr_parse(&a, g->server, g->port ? g->port : 5060) == 0 &&
	       (g->force_port && addr_port(at) ? addr_eq(&a, at)
	                                       : addr_eq_ip(&a, at));
}

static void look_at(const struct gateway *g, void *arg)
{
	struct gateway_search *s = arg;
	const struct account *own = g->resource->account;

	if (s->found || !g->is_enabled || (own && own != s->account))
		return;
	if (addr_is_set(&s->at) ? has_address(g, &s->at)
	                        : has_name(g, s->name))
		s->found = g;
}

static int find_other(struct explain *x, const struct account *a,
                      struct diag *why)
{
	const struct snapshot *s = x->server->snapshot;
	struct gateway_search search = { .account = a,
		                         .name = x->query->from };
	const struct device *d = NULL;

	if (addr_parse_hostport(&search.at, x->query->from, 0) == 0)
		d = snapshot_device_by_ip(s, &search.at);
	if (d && d->account == a) {
		x->who = (struct flow_caller){ .account = a, .device = d };
		return 0;
	}
	snapshot_each_gateway(s, look_at, &search);
	if (!search.found) {
		diag_fault(why, NULL, NULL,
		           "'%s' is no device of account %s, no carrier and no "
		           "address of one", x->query->from, a->id);
		return -EINVAL;
	}
	x->who = (struct flow_caller){ .account = a,
		                       .resource = search.found->resource,
		                       .gateway = search.found };
	return 0;
}

/* --- all of it ---------------------------------------------------------------- */

static void set_identity(struct explain *x)
{
	const struct device *d = x->who.device;
	const char *shows = x->query->shows;

	if (!shows)
		shows = !d ? "caller" : d->username ? d->username : d->id;
	if (d)
		identity_of_device(&x->identity, d, shows, NULL);
	else
		identity_shown(&x->identity, NULL, shows, NULL);
}

int explain_caller(struct explain *x, const struct account *a,
                   struct diag *why)
{
	const struct device *d = NULL;
	int rc = 0;

	if (x->query->from)
		d = find_device(x->server->snapshot, a, x->query->from);
	if (d)
		x->who = (struct flow_caller){ .account = a, .device = d };
	else if (x->query->from)
		rc = find_other(x, a, why);
	else
		rc = some_device(x, a, why);
	if (rc == 0)
		set_identity(x);
	return rc;
}

static bool denies(const struct settings *s, const char *class)
{
	const struct restrictions *r = s ? s->restrictions : NULL;

	for (size_t i = 0; r && i < r->n; i++)
		if (str_eq(r->v[i].class, class))
			return r->v[i].action == RESTRICTION_DENY;
	return false;
}

const char *explain_denier(const struct device *d, const char *class)
{
	const struct account *a = d->account->parent;

	for (; a; a = a->parent)
		if (denies(a->settings, class))
			return "an account above";
	if (denies(d->account->settings, class))
		return "the account";
	if (d->owner && denies(d->owner->settings, class))
		return "the owner";
	return "the device";
}

/* --- when --------------------------------------------------------------------- */

/* "2026-03-01T09:30", ":00" and "Z" or "+01:00" after it; without: UTC. */
static bool read_iso(int64_t *out, const char *text)
{
	struct tm tm = { 0 };
	int h = 0, m = 0, n = 0, more = 0;
	char sign[2] = "Z";

	if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d%n", &tm.tm_year,
	           &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &n) != 5 ||
	    n == 0)
		return false;
	text += n;
	if (*text == ':') {
		if (sscanf(text, ":%2d%n", &tm.tm_sec, &more) != 1)
			return false;
		text += more;
	}
	if (*text && strcmp(text, "Z") != 0) {
		n = 0;
		if (sscanf(text, "%1[+-]%2d:%2d%n", sign, &h, &m, &n) != 3 ||
		    text[n])
			return false;
	}
	tm.tm_year -= 1900;
	tm.tm_mon--;
	if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59)
		return false;
	*out = (int64_t)timegm(&tm) -
	       (*sign == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return true;
}

int explain_time(struct explain *x, struct diag *why)
{
	const char *text = x->query->time;
	char *end;

	x->unix_s = (int64_t)time(NULL);
	if (!text || read_iso(&x->unix_s, text))
		return 0;
	errno = 0;
	x->unix_s = strtoll(text, &end, 10);
	if (*text && !*end && errno == 0 && x->unix_s > 0 &&
	    x->unix_s < INT64_C(253402300800))
		return 0;
	diag_fault(why, NULL, NULL,
	           "'%s' is no time: 2026-03-01T09:30Z, or seconds since 1970",
	           text);
	return -EINVAL;
}
