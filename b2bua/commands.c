/* b2bua/commands.c - what b2buactl can ask for. */
#include "b2bua/commands.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "admin/table.h"
#include "b2bua/bans.h"
#include "b2bua/carriers.h"
#include "b2bua/hops.h"
#include "b2bua/reload.h"
#include "b2bua/server.h"
#include "b2bua/session.h"
#include "b2bua/shield.h"
#include "b2bua/trunks.h"
#include "b2bua/web.h"
#include "base/strutil.h"
#include "sip/tls.h"

typedef int command_fn(struct server *s, const struct control_command *c,
                       struct buf *out);

static enum table_style rows(const struct control_command *c)
{
	return c->wants_json ? TABLE_JSON : TABLE_TEXT;
}

/* --- status ----------------------------------------------------------------- */

struct figure {
	const char *name;
	int64_t value;
};

/* The figures as one row: pairs of lines, or one JSON object. */
static void show(const struct figure *f, size_t n, const char *state,
                 int64_t uptime_ms, enum table_style style, struct buf *out)
{
	const char *names[64] = { "state", "uptime_ms" };
	struct table *t;

	assert(n + 2 <= NELEM(names));
	for (size_t i = 0; i < n; i++)
		names[i + 2] = f[i].name;
	table_create(&t, style, names, n + 2);
	table_str(t, state);
	table_duration(t, uptime_ms);
	for (size_t i = 0; i < n; i++)
		table_int(t, f[i].value);
	table_end(&t, out);
}

static int status(struct server *s, const struct control_command *c,
                  struct buf *out)
{
	struct agent_gauges a = agent_gauges(s->agent);
	const struct server_counters *n = &s->counters;
	struct cdr_stats cdr = { 0 };
	struct shield_figures g = shield_figures(s->shield);
	struct tls_gauges tls = { 0 };
	struct web_gauges w = web_gauges(s->web);
	struct media_gauges m;

	if (agent_tls(s->agent))
		tls = tls_gauges(agent_tls(s->agent));
	media_age(s->media, loop_now_ms(s->loop));
	m = media_gauges(s->media);
	if (s->cdr)
		cdr_stats(s->cdr, &cdr);
	const struct figure figures[] = {
		{ "calls", (int64_t)s->n_sessions },
		{ "legs", (int64_t)a.legs },
		{ "requests", (int64_t)a.requests },
		{ "transactions", (int64_t)a.transactions },
		{ "flows", (int64_t)a.flows },
		{ "connections_tcp", (int64_t)a.by_tcp },
		{ "connections_tls", (int64_t)a.by_tls },
		{ "tls_accepted", (int64_t)tls.accepted },
		{ "tls_connected", (int64_t)tls.connected },
		{ "tls_failed", (int64_t)tls.failed },
		{ "endpoints", (int64_t)m.endpoints },
		{ "ports_used", (int64_t)m.ports_used },
		{ "ports_free", (int64_t)m.ports_free },
		{ "ports_quarantined", (int64_t)m.ports_quarantined },
		{ "registrations", (int64_t)registrar_count(s->registrar) },
		{ "subscriptions", (int64_t)a.subscriptions },
		{ "messages", (int64_t)s->n_texts },
		{ "timers", (int64_t)timers_count(loop_timers(s->loop)) },
		{ "dns_pending", (int64_t)resolver_pending(s->resolver) },
		{ "http_transfers", (int64_t)w.live },
		{ "http_waiting", (int64_t)w.waiting },
		{ "webhooks", (int64_t)w.notices },
		{ "storage_backlog", (int64_t)worker_backlog(s->worker) },
		{ "calls_total", (int64_t)n->calls },
		{ "calls_answered", (int64_t)n->answered },
		{ "calls_failed", (int64_t)n->failed },
		{ "calls_refused", (int64_t)n->refused },
		{ "registers_total", (int64_t)n->registers },
		{ "challenges_total", (int64_t)n->challenges },
		{ "packets_relayed", (int64_t)m.packets_relayed },
		{ "packets_refused", (int64_t)m.packets_refused },
		{ "packets_unsent", (int64_t)m.packets_unsent },
		{ "bad_messages", (int64_t)a.bad_messages },
		{ "retransmissions_received", (int64_t)a.retransmissions },
		{ "strangers", (int64_t)g.guard.strangers },
		{ "strangers_pending", (int64_t)g.guard.pending },
		{ "known_sources", (int64_t)g.guard.known },
		{ "bans", (int64_t)g.guard.bans },
		{ "bans_in_kernel", (int64_t)g.in_kernel },
		{ "bans_total", (int64_t)g.guard.bans_total },
		{ "dropped_banned", (int64_t)g.guard.dropped_banned },
		{ "dropped_limited", (int64_t)g.guard.dropped_limited },
		{ "dropped_crowded", (int64_t)g.guard.dropped_crowded },
		{ "overload_level", (int64_t)g.level },
		{ "overload_refused", (int64_t)g.refused },
		{ "loop_lag_last_ms", g.lag_ms },
		{ "socket_backlog_permille", (int64_t)g.backlog },
		{ "cdr_written", (int64_t)cdr.written },
		{ "cdr_lost", (int64_t)cdr.lost },
		{ "cdr_waiting", (int64_t)cdr.waiting },
	};

	show(figures, NELEM(figures), s->is_draining ? "draining" : "running",
	     loop_unix_ms(s->loop) - s->started_ms,
	     c->wants_json ? TABLE_OBJECT : TABLE_PAIRS, out);
	return 0;
}

/* --- calls -------------------------------------------------------------------- */

struct call_rows {
	struct table *table;
	int64_t now_ms;
};

static void call_row(const struct session *ss, void *arg)
{
	struct call_rows *r = arg;
	const struct call_record *rec = call_record(session_call(ss));
	const struct flow_caller *who = session_caller(ss);

	table_str(r->table, rec->id);
	table_str(r->table, session_state(ss));
	table_str(r->table, who->account ? who->account->id : NULL);
	table_str(r->table,
	          who->device ? who->device->id : who->resource->id);
	table_str(r->table, rec->from_user);
	table_str(r->table, rec->dialled);
	table_str(r->table, session_callee(ss));
	table_duration(r->table, r->now_ms - rec->start_ms);
	table_duration(r->table,
	               rec->answer_ms ? r->now_ms - rec->answer_ms : 0);
}

static int calls(struct server *s, const struct control_command *c,
                 struct buf *out)
{
	static const char *const names[] = { "id",     "state",  "account",
		                             "caller", "from",   "dialled",
		                             "callee", "age_ms", "talk_ms" };
	struct call_rows r = { NULL, loop_unix_ms(s->loop) };

	table_create(&r.table, rows(c), names, NELEM(names));
	sessions_each(s, call_row, &r);
	table_end(&r.table, out);
	return 0;
}

static int hangup(struct server *s, const struct control_command *c,
                  struct buf *out)
{
	struct session *ss;

	if (c->argc != 2) {
		buf_str(out, "usage: hangup ID\n");
		return 2;
	}
	ss = session_find(s, c->argv[1]);
	if (!ss) {
		buf_fmt(out, "no call %s\n", c->argv[1]);
		return 1;
	}
	session_hangup(ss);
	buf_fmt(out, "call %s hung up\n", c->argv[1]);
	return 0;
}

/* --- registrations ------------------------------------------------------------- */

static void binding_row(const struct binding *b, void *arg)
{
	static const char *const transports[] = { "udp", "tcp", "tls" };
	struct call_rows *r = arg;
	char source[ADDR_TEXT];

	table_str(r->table, b->aor);
	table_str(r->table, b->contact);
	table_str(r->table, addr_ip_port(&b->source, source));
	table_str(r->table, transports[b->transport]);
	table_bool(r->table, b->is_natted);
	table_duration(r->table, b->expires_at_ms - r->now_ms);
	table_str(r->table, b->user_agent);
}

static int registrations(struct server *s, const struct control_command *c,
                         struct buf *out)
{
	static const char *const names[] = { "aor",    "contact",
		                             "source", "transport",
		                             "nat",    "expires_in_ms",
		                             "user_agent" };
	struct call_rows r = { NULL, loop_unix_ms(s->loop) };

	table_create(&r.table, rows(c), names, NELEM(names));
	registrar_each_aor(s->registrar, r.now_ms, binding_row, &r);
	table_end(&r.table, out);
	return 0;
}

/* --- trunks ---------------------------------------------------------------------- */

static int trunks(struct server *s, const struct control_command *c,
                  struct buf *out)
{
	struct table *t;

	table_create(&t, rows(c), trunk_columns, n_trunk_columns);
	trunks_list(s->trunks, t);
	table_end(&t, out);
	return 0;
}

static int trunk(struct server *s, const struct control_command *c,
                 struct buf *out)
{
	bool opens = c->argc == 3 && str_eq(c->argv[2], "up");

	if (!opens && (c->argc != 3 || !str_eq(c->argv[2], "down"))) {
		buf_str(out, "usage: trunk NAME up|down\n");
		return 2;
	}
	return trunks_switch(s->trunks, c->argv[1], opens, out);
}

static int hops(struct server *s, const struct control_command *c,
                struct buf *out)
{
	struct table *t;

	table_create(&t, rows(c), hop_columns, n_hop_columns);
	hops_list(s, t);
	table_end(&t, out);
	return 0;
}

/* --- reload ---------------------------------------------------------------------- */

static int reload(struct server *s, const struct control_command *c,
                  struct buf *out)
{
	(void)c;
	(void)out;
	reload_start(s->reload);
	return CONTROL_WAITS; /* reload_finished() answers */
}

static const struct {
	const char *name;
	command_fn *fn;
} commands[] = {
	{ "status", status },   { "calls", calls },
	{ "registrations", registrations },
	{ "trunks", trunks },   { "trunk", trunk },
	{ "hops", hops },
	{ "reload", reload },
	{ "hangup", hangup },
	{ "bans", bans_list },
	{ "ban", bans_add },   { "unban", bans_remove },
};

int commands_run(const struct control_command *c, struct buf *out, void *arg)
{
	for (size_t i = 0; i < NELEM(commands); i++)
		if (str_eq(commands[i].name, c->argv[0]))
			return commands[i].fn(arg, c, out);
	buf_fmt(out, "unknown command %s; there are:", c->argv[0]);
	for (size_t i = 0; i < NELEM(commands); i++)
		buf_fmt(out, " %s", commands[i].name);
	buf_char(out, '\n');
	return 2;
}
