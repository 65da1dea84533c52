/* callflow/reach.c - the phones that a number or a name stands for. */
#include "callflow/reach.h"

#include <cjson/cJSON.h>
#include <errno.h>

#include "base/strutil.h"
#include "callflow/data.h"
#include "callflow/match.h"

struct reach {
	const struct device **out; /* borrowed */
	size_t n, max;
};

static void add(struct reach *r, const struct device *d)
{
	if (d && r->n < r->max && device_is_usable(d))
		r->out[r->n++] = d;
}

static const char *member(const struct cJSON *object, const char *key)
{
	return cJSON_GetStringValue(data_any(object, key));
}

/* The root of the flow says who it is; what follows is for calls. */
static bool reach_flow(struct reach *r, const struct account *a,
                       const struct callflow *c)
{
	const char *module = member(c->flow, "module");
	const char *id = member(data_any(c->flow, "data"), "id");
	const struct user *u;

	if (!module || !id)
		return false;
	if (str_eq(module, "device")) {
		add(r, account_device(a, id));
		return account_device(a, id) != NULL;
	}
	u = str_eq(module, "user") ? account_user(a, id) : NULL;
	for (size_t i = 0; u && u->is_enabled && i < u->n_devices; i++)
		add(r, u->devices[i]);
	return u != NULL;
}

int callflow_reach(const struct device **out, size_t max, size_t *n,
                   const struct snapshot *s, const struct account *a,
                   const char *dialled)
{
	struct reach r = { out, 0, max };
	struct match m = { 0 };
	const struct device *d = NULL;
	bool is_found = false;

	if (callflow_match(&m, a, dialled, false) == 0) {
		is_found = reach_flow(&r, a, m.callflow);
		match_clear(&m);
	}
	if (!is_found && a->realm)
		d = snapshot_device_by_auth(s, a->realm, dialled);
	if (d && d->account == a && !d->is_by_ip) {
		add(&r, d);
		is_found = true;
	}
	*n = r.n;
	return is_found ? 0 : -ENOENT;
}
