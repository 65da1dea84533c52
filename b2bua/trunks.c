/* b2bua/trunks.c - one trunk a gateway, over reloads. */
#include "b2bua/trunk_priv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"

#define KEY_MAX 512

/* --- one trunk --------------------------------------------------------- */

int64_t trunk_now(const struct trunk *t)
{
	return loop_now_ms(t->owner->server->loop);
}

/* Names of gateways are unique in an account only. */
static const char *key_of(const struct gateway *g, char out[KEY_MAX])
{
	snprintf(out, KEY_MAX, "%s\n%s",
	         g->resource->account ? g->resource->account->id : "",
	         g->name);
	return out;
}

struct trunk *trunk_find(const struct trunks *ts, const struct gateway *g)
{
	char key[KEY_MAX];
	struct trunk *t;

	HASH_FIND_STR(ts->all, key_of(g, key), t);
	return t;
}

/* What a registration hangs on: when it changes, it is another one. */
static char *signature_of(const struct gateway *g)
{
	const char *const parts[] = {
		g->server,       g->transport,     g->proxy,
		g->username,     g->password,      g->realm,
		g->auth_username, g->from_realm,   g->contact_user,
	};
	struct buf b = { 0 };

	buf_fmt(&b, "%d %u %d", g->registers, g->port, g->expires_s);
	for (size_t i = 0; i < NELEM(parts); i++)
		buf_fmt(&b, "\n%s", parts[i] ? parts[i] : "");
	return buf_take(&b);
}

char *trunk_route(const struct gateway *g)
{
	if (str_is_empty(g->proxy))
		return NULL;
	return xasprintf("<%s%s>", g->proxy,
	                 strstr(g->proxy, ";lr") ? "" : ";lr");
}

static void trunk_free(struct trunk *t)
{
	assert(t->calls == 0 && !t->registrar && !t->prober);
	snapshot_unpin(&t->snapshot);
	free(t->service_route);
	free(t->signature);
	free(t->key);
	free(t);
}

void trunk_free_if_gone(struct trunk *t)
{
	if (t->is_gone && t->calls == 0)
		trunk_free(t);
}

/* --- its state --------------------------------------------------------- */

static const char *state_of(const struct trunk *t)
{
	if (!t->gateway->is_enabled)
		return "disabled";
	if (t->is_closed)
		return "down";
	if (!trunk_registration_is_fit(t))
		return "unregistered";
	if (t->health.is_down)
		return "unhealthy";
	if (trunk_health_is_held(&t->health, trunk_now(t)))
		return "held";
	if (t->registrar && !trunk_reg_holds(&t->reg, trunk_now(t)))
		return "registering";
	return "up";
}

void trunk_note(struct trunk *t)
{
	const char *now = state_of(t);

	if (t->state && strcmp(t->state, now) == 0)
		return;
	if (t->state)
		log_info("gateway %s: %s -> %s%s%s", t->gateway->name,
		         t->state, now, t->error[0] ? ": " : "", t->error);
	t->state = now;
	t->since_ms = loop_unix_ms(t->owner->server->loop);
}

void trunk_set_error(struct trunk *t, const char *what,
                     const struct client_answer *a)
{
	snprintf(t->error, sizeof(t->error), "%s: %d %s", what, a->status,
	         a->reason);
}

/* --- all of them ------------------------------------------------------- */

int trunks_create(struct trunks **out, struct server *s)
{
	struct trunks *ts = xzalloc(sizeof(*ts));

	ts->server = s;
	*out = ts;
	return 0;
}

static void remove_trunk(struct trunk *t)
{
	HASH_DEL(t->owner->all, t);
	trunk_probe_stop(t);
	trunk_registration_stop(t);
	t->is_gone = true;
	trunk_free_if_gone(t);
}

void trunks_destroy(struct trunks **tp)
{
	struct trunks *ts = *tp;
	struct trunk *t, *next;

	if (!ts)
		return;
	HASH_ITER (hh, ts->all, t, next)
		remove_trunk(t);
	trunk_farewells_end(ts);
	free(ts);
	*tp = NULL;
}

static struct trunk *add_trunk(struct trunks *ts, const struct gateway *g)
{
	struct trunk *t = xzalloc(sizeof(*t));
	char key[KEY_MAX];

	t->owner = ts;
	t->key = xstrdup(key_of(g, key));
	t->signature = xstrdup("");
	HASH_ADD_KEYPTR(hh, ts->all, t->key, strlen(t->key), t);
	return t;
}

void trunk_apply(struct trunk *t)
{
	const struct gateway *g = t->gateway;
	const struct account *a = g->resource->account;
	bool is_used = g->is_enabled && !t->is_closed && (!a || a->is_enabled);

	if (is_used && trunk_probe_interval_s(t) > 0)
		trunk_probe_start(t);
	else
		trunk_probe_stop(t);
	if (is_used && g->registers)
		trunk_registration_start(t);
	else
		trunk_registration_stop(t);
	trunk_note(t);
}

static void take_gateway(const struct gateway *g, void *arg)
{
	struct trunks *ts = arg;
	struct trunk *t = trunk_find(ts, g);
	char *signature = signature_of(g);
	struct snapshot *before;

	if (!t)
		t = add_trunk(ts, g);
	if (!str_eq(signature, t->signature)) {
		trunk_probe_stop(t);
		trunk_registration_stop(t);
		t->health = (struct trunk_health){ 0 };
		t->error[0] = '\0';
	}
	free(t->signature);
	t->signature = signature;
	t->is_seen = true;
	before = t->snapshot;
	t->snapshot = snapshot_pin(ts->server->snapshot);
	t->gateway = g;
	snapshot_unpin(&before);
	trunk_apply(t);
}

void trunks_reset(struct trunks *ts, struct snapshot *s)
{
	struct trunk *t, *next;

	assert(s == ts->server->snapshot);
	HASH_ITER (hh, ts->all, t, next)
		t->is_seen = false;
	snapshot_each_gateway(s, take_gateway, ts);
	HASH_ITER (hh, ts->all, t, next)
		if (!t->is_seen)
			remove_trunk(t);
}

void trunks_flow_closed(struct trunks *ts, uint64_t flow)
{
	struct trunk *t, *next;

	HASH_ITER (hh, ts->all, t, next)
		if (t->flow == flow)
			trunk_registration_lost(t);
}

void trunks_leave(struct trunks *ts, struct loop *l)
{
	struct trunk *t, *next;

	if (!ts) {
		loop_stop(l);
		return;
	}
	ts->is_leaving = true;
	HASH_ITER (hh, ts->all, t, next) {
		trunk_probe_stop(t);
		trunk_registration_stop(t);
	}
	if (ts->farewells)
		ts->stops = l;
	else
		loop_stop(l);
}
