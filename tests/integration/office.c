/* integration/office.c - a server with a small company on it. */
#include "cmocka_all.h"

#include "integration/office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "b2bua/web.h"
#include "base/mem.h"
#include "base/strutil.h"

static void put_device(struct office *o, const char *id, const char *owner)
{
	char *path = xasprintf("accounts/hq/devices/%s.json", id);

	office_put(o, path,
	           "{'id': '%s', %s%s%s 'sip': {'username': '%s', "
	           "'password': 'secret'}}",
	           id, *owner ? "'owner_id': '" : "", owner,
	           *owner ? "'," : "", id);
	free(path);
}

static void put_staff(struct office *o)
{
	static const char *const staff[][2] = {
		{ "alice1", "alice" }, { "alice2", "alice" },
		{ "bob1", "bob" },     { "carol1", "" },
		{ "dave1", "" },       { "erin1", "" },
		{ "frank1", "" },
	};

	office_put(o, "accounts/hq/account.json",
	           "{'id': 'hq', 'name': 'hq', 'realm': 'hq.test'}");
	office_put(o, "accounts/hq/users/alice.json",
	           "{'id': 'alice', 'first_name': 'Alice', 'last_name': 'A'}");
	office_put(o, "accounts/hq/users/bob.json",
	           "{'id': 'bob', 'first_name': 'Bob', 'last_name': 'B'}");
	for (size_t i = 0; i < NELEM(staff); i++)
		put_device(o, staff[i][0], staff[i][1]);
}

static void put_conf(struct office *o)
{
	documents_put(o->files, "hosts", "127.0.0.1 localhost\n");
	documents_put(o->files, "b2bua.conf",
	              "sip = { listen = [ 'sip:127.0.0.1:0;transport=udp',\n"
	              "  'sip:127.0.0.1:0;transport=tcp' ]; };\n"
	              "media = { address = '127.0.0.1'; threads = 1; };\n"
	              "registrar = { keepalive = 0; };\n"
	              "http = { deny = []; };\n"
	              "cdr = 'cdr.jsonl'; control = 'control';\n");
}

static void open_server(struct office *o)
{
	char *path = xasprintf("%s/b2bua.conf", documents_dir(o->files));
	char *hosts = xasprintf("%s/hosts", documents_dir(o->files));
	struct server_options opt = { .clock = warp_clock, .hosts = hosts };
	struct loop *first = NULL;
	struct diag why = { 0 };

	if (conf_load(&o->conf, path, &why) < 0)
		fail_msg("%s", buf_text(&why.text));
	loop_create(&first, NULL, NULL);
	dnsd_create(&o->dns, first);
	opt.nameservers = dnsd_address(o->dns);
	if (server_create(&o->server, o->conf, &opt, &why) < 0)
		fail_msg("%s", buf_text(&why.text));
	o->loop = o->server->loop;
	dnsd_move(o->dns, o->loop);
	loop_destroy(&first);
	addr_parse(&o->at, "127.0.0.1", agent_port(o->server->agent, 0));
	addr_parse(&o->tcp, "127.0.0.1", agent_port(o->server->agent, 1));
	diag_free(&why);
	free(hosts);
	free(path);
}

int office_set_up(void **state)
{
	struct office *o = xzalloc(sizeof(*o));

	log_setup(LOG_LVL_ERROR, LOG_FMT_TEXT);
	warp_begin();
	o->files = documents_create();
	o->port = 30000;
	put_conf(o);
	put_staff(o);
	open_server(o);
	*state = o;
	return 0;
}

static bool is_quiet(struct office *o)
{
	struct agent_gauges a = agent_gauges(o->server->agent);
	struct media_gauges m = media_gauges(o->server->media);
	struct web_gauges w = web_gauges(o->server->web);

	if (o->server->n_sessions == 0 && a.legs == 0 && a.requests == 0 &&
	    a.transactions == 0 && m.endpoints == 0 &&
	    a.subscriptions == 0 && w.live == 0 && w.waiting == 0 &&
	    w.notices == 0 &&
	    holddown_unanswered(o->server->holddown) == 0)
		return true;
	print_error("left: %zu calls, %zu legs, %zu requests, %zu "
	            "transactions, %zu endpoints, %zu subscriptions\n",
	            o->server->n_sessions, (size_t)a.legs, (size_t)a.requests,
	            (size_t)a.transactions, (size_t)m.endpoints,
	            a.subscriptions);
	for (size_t i = 0; i < o->n_peers; i++)
		if (i == 0)
			peer_print_trace(o->peers[i]);
	return false;
}

int office_tear_down(void **state)
{
	struct office *o = *state;
	bool was_quiet;

	for (size_t i = 0; i < o->n_peers; i++)
		while (peer_poll(o->peers[i]))
			;
	office_warp(o, 100000); /* the longest wait of a transaction */
	was_quiet = is_quiet(o);
	for (size_t i = 0; i < o->n_peers; i++)
		peer_destroy(&o->peers[i]);
	dnsd_destroy(&o->dns);
	server_destroy(&o->server);
	conf_destroy(&o->conf);
	documents_destroy(&o->files);
	buf_free(&o->trace);
	free(o);
	warp_end();
	return was_quiet ? 0 : -1;
}

/* --- documents ------------------------------------------------------------ */

__attribute__((format(printf, 3, 0))) static void
put(struct office *o, const char *path, const char *fmt, va_list ap)
{
	char *below = xasprintf("directory/%s", path);
	struct buf json = { 0 };

	buf_vfmt(&json, fmt, ap);
	documents_put(o->files, below, buf_text(&json));
	buf_free(&json);
	free(below);
}

void office_put(struct office *o, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(o, path, fmt, ap);
	va_end(ap);
}

void office_reload(struct office *o)
{
	struct snapshot *fresh = NULL;
	struct diag why = { 0 };

	if (snapshot_load(&fresh, o->conf->directory, false, &why) < 0)
		fail_msg("%s", buf_text(&why.text));
	diag_free(&why);
	server_use(o->server, fresh);
	settle(o->loop);
}

void office_flow(struct office *o, const char *number, const char *fmt, ...)
{
	char *path = xasprintf("accounts/hq/callflows/flow-%s.json", number);
	struct buf flow = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&flow, fmt, ap);
	va_end(ap);
	office_put(o, path,
	           "{'id': 'flow-%s', 'numbers': ['%s'], 'flow': %s}", number,
	           number, buf_text(&flow));
	office_reload(o);
	buf_free(&flow);
	free(path);
}

/* --- people --------------------------------------------------------------- */

static struct peer *hire(struct office *o, const struct peer_conf *conf)
{
	assert_true(o->n_peers < OFFICE_PEERS);
	peer_create(&o->peers[o->n_peers], conf);
	return o->peers[o->n_peers++];
}

struct peer *office_handset(struct office *o, const char *id)
{
	return hire(o, &(struct peer_conf){ .loop = o->loop,
	                                    .user = id,
	                                    .realm = "hq.test",
	                                    .password = "secret",
	                                    .server = o->at,
	                                    .trace = &o->trace });
}

struct peer *office_phone(struct office *o, const char *id)
{
	struct peer *p = office_handset(o, id);

	assert_int_equal(peer_register(p, 3600)->status, 200);
	return p;
}

struct peer *office_stranger(struct office *o, const char *ip, bool is_tcp)
{
	return hire(o, &(struct peer_conf){ .loop = o->loop,
	                                    .user = ip,
	                                    .realm = ip,
	                                    .ip = ip,
	                                    .is_tcp = is_tcp,
	                                    .server = is_tcp ? o->tcp : o->at,
	                                    .trace = &o->trace });
}

unsigned office_port_of(const struct peer *p)
{
	struct addr a = peer_addr(p);

	return addr_port(&a);
}

/* --- calls ---------------------------------------------------------------- */

const char *office_sdp(struct office *o, struct peer *p)
{
	o->port += 2;
	return peer_sdp(p, o->port, NULL);
}

struct dialog *office_dial(struct office *o, struct peer *from,
                           const char *number)
{
	while (peer_poll(from)) /* of the calls before */
		;
	return peer_call(from, number, office_sdp(o, from));
}

const struct msg *office_rings_at(struct peer *p, const char *file, int line)
{
	const struct msg *invite = peer_expect_at(p, "INVITE", file, line);

	peer_reply(p, invite, 180, "Ringing", NULL, NULL);
	return invite;
}

void office_answer(struct office *o, struct peer *callee,
                   const struct msg *invite, struct peer *caller)
{
	peer_reply(callee, invite, 200, "OK", NULL, office_sdp(o, callee));
	peer_ack(caller, peer_pick(caller, "200 INVITE"), NULL);
	peer_expect(callee, "ACK");
}

const struct msg *office_fails_at(struct peer *p, const char *status,
                                  const char *file, int line)
{
	const struct msg *m = peer_pick_at(p, status, file, line);

	peer_ack(p, m, NULL);
	return m;
}

void office_code_done(struct peer *p)
{
	const struct msg *m;

	do
		m = peer_expect(p, "xxx");
	while (m->status < 200);
	peer_ack(p, m, NULL);
	assert_int_equal(m->status, 200);
	peer_reply(p, peer_pick(p, "BYE"), 200, "OK", NULL, NULL);
}

void office_code(struct office *o, struct peer *p, const char *code)
{
	office_dial(o, p, code);
	office_code_done(p);
}

void office_refuse(struct peer *callee, const struct msg *invite, int status)
{
	peer_reply(callee, invite, status, "No", NULL, NULL);
	peer_expect(callee, "ACK");
}

const struct msg *office_cancelled_at(struct peer *p, const struct msg *invite,
                                      const char *file, int line)
{
	const struct msg *cancel = peer_pick_at(p, "CANCEL", file, line);

	peer_reply(p, cancel, 200, "OK", NULL, NULL);
	peer_reply(p, invite, 487, "Request Terminated", NULL, NULL);
	peer_pick_at(p, "ACK", file, line); /* the next INVITE may be first */
	return cancel;
}

void office_hang_up(struct peer *caller, struct dialog *d,
                    struct peer *callee)
{
	peer_bye(caller, d);
	peer_pick(caller, "200 BYE");
	peer_reply(callee, peer_pick(callee, "BYE"), 200, "OK", NULL, NULL);
}

void office_warp(struct office *o, int64_t ms)
{
	warp_ms(o->loop, ms);
}
