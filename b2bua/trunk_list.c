/* b2bua/trunk_list.c - the gateways for the operator. */
#include "b2bua/trunk_priv.h"

#include <string.h>

#include "admin/table.h"
#include "base/strutil.h"

const char *const trunk_columns[] = {
	"gateway",       "account",  "server", "port",     "enabled",
	"state",         "since",    "registration",       "expires_in_ms",
	"health",        "calls",    "channels", "cps",    "last_error",
};
const size_t n_trunk_columns = NELEM(trunk_columns);

static const char *account_of(const struct gateway *g)
{
	return g->resource->account ? g->resource->account->id : "(global)";
}

static const char *health_of(const struct trunk *t)
{
	if (!t->prober || !t->health.was_asked)
		return NULL;
	return t->health.is_down ? "down" : "up";
}

static void add_row(struct trunk *t, struct table *table)
{
	const struct gateway *g = t->gateway;
	int64_t left = t->reg.until_ms - trunk_now(t);

	trunk_note(t);
	table_str(table, g->name);
	table_str(table, account_of(g));
	table_str(table, g->server);
	table_int(table, g->port ? g->port : 5060);
	table_bool(table, g->is_enabled);
	table_str(table, t->state);
	table_time(table, t->since_ms);
	table_str(table, g->registers ? trunk_reg_state_name(t->reg.state)
	                              : NULL);
	table_duration(table, left > 0 ? left : 0);
	table_str(table, health_of(t));
	table_int(table, t->calls);
	table_int(table, trunk_channels(t));
	table_int(table, trunk_cps(t));
	table_str(table, t->error[0] ? t->error : NULL);
}

static void list_gateway(const struct gateway *g, void *arg)
{
	void **both = arg;
	struct trunk *t = trunk_find(both[0], g);

	if (t)
		add_row(t, both[1]);
}

void trunks_list(struct trunks *ts, struct table *table)
{
	void *both[] = { ts, table };

	snapshot_each_gateway(ts->server->snapshot, list_gateway, both);
}

/* --- up and down ------------------------------------------------------- */

enum fits { NO, IS_RESOURCE, IS_NAME, IS_WHOLE };

static enum fits fits(const struct gateway *g, const char *name)
{
	const char *account = account_of(g);
	size_t n = strlen(account);

	if (str_eq(name, g->name))
		return IS_NAME;
	if (str_starts(name, account) && name[n] == '/' &&
	    str_eq(name + n + 1, g->name))
		return IS_WHOLE;
	return str_eq(name, g->resource->id) ? IS_RESOURCE : NO;
}

struct wanted {
	const char *name;
	const struct account *account; /* of the first that fits */
	size_t n;
	bool is_ambiguous; /* two accounts have one of that name */
};

static void count(struct wanted *w, const struct gateway *g)
{
	enum fits how = fits(g, w->name);

	if (how == NO)
		return;
	if (w->n++ == 0)
		w->account = g->resource->account;
	else if (how != IS_WHOLE && w->account != g->resource->account)
		w->is_ambiguous = true;
}

static void switch_one(struct trunk *t, bool opens, struct buf *out)
{
	t->is_closed = !opens;
	trunk_apply(t);
	buf_fmt(out, "gateway %s is %s\n", t->gateway->name,
	        opens ? "up" : "down");
}

int trunks_switch(struct trunks *ts, const char *name, bool opens,
                  struct buf *out)
{
	struct wanted w = { .name = name };
	struct trunk *t, *next;

	HASH_ITER (hh, ts->all, t, next)
		count(&w, t->gateway);
	if (w.n == 0) {
		buf_fmt(out, "no gateway %s\n", name);
		return 1;
	}
	if (w.is_ambiguous) {
		buf_fmt(out, "several accounts have %s: say ACCOUNT/%s\n",
		        name, name);
		return 1;
	}
	HASH_ITER (hh, ts->all, t, next)
		if (fits(t->gateway, name) != NO)
			switch_one(t, opens, out);
	return 0;
}
