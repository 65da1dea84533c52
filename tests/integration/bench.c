/* integration/bench.c - the server, its phones and its carriers. */
#include "cmocka_all.h"

#include "integration/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/id.h"
#include "base/mem.h"
#include "support/warp.h"

#define REALM "test.example"
#define ACC   "accounts/acc/"

/* --- documents ----------------------------------------------------------- */

static void put_phone(struct documents *d, int number)
{
	char path[64];

	snprintf(path, sizeof(path), ACC "devices/d%d.json", number);
	documents_putf(d, path,
	               "{'id': 'd%d', 'sip': {'username': '%d', "
	               "'password': 'secret%d'}}",
	               number, number, number);
	snprintf(path, sizeof(path), ACC "callflows/%d.json", number);
	documents_putf(d, path,
	               "{'id': 'flow%d', 'numbers': ['%d'], 'flow': "
	               "{'module': 'device', 'data': {'id': 'd%d', "
	               "'timeout': 30, 'can_call_self': true}}}",
	               number, number, number);
}

static void put_group(struct documents *d, const char *number,
                      const char *endpoints, const char *more)
{
	char path[64];

	snprintf(path, sizeof(path), ACC "callflows/%s.json", number);
	documents_putf(d, path,
	               "{'id': 'flow%s', 'numbers': ['%s'], 'flow': "
	               "{'module': 'ring_group', 'data': {'endpoints': [%s], "
	               "'timeout': 30%s}}}",
	               number, number, endpoints, more);
}

static void put_carriers(struct rig *r)
{
	for (int i = 0; i < N_CARRIERS; i++) {
		struct addr at = peer_addr(r->carrier[i]);
		char path[64];

		snprintf(path, sizeof(path), "resources/carrier%d.json", i);
		documents_putf(r->docs, path,
		               "{'id': 'carrier%d', 'weight_cost': %d, "
		               "'rules': ['^\\\\+?(9\\\\d{7})$'], 'gateways': "
		               "[{'server': '127.0.0.1', 'port': %u, "
		               "'force_port': true, 'prefix': ''}]}",
		               i, 10 + i, addr_port(&at));
	}
}

static void put_documents(struct rig *r)
{
	struct documents *d = r->docs;

	documents_put(d, ACC "account.json",
	              "{'id': 'acc', 'name': 'A', 'realm': '" REALM "'}");
	for (int number = 101; number <= 105; number++)
		put_phone(d, number);
	put_group(d, "200", "'d102', 'd103'", "");
	put_group(d, "201", "'d102', 'd103'", ", 'ignore_forward': false");
	put_group(d, "210", "'d102', 'd103'",
	          ", 'fail_on_single_reject': true");
	put_group(d, "300", "'d102', 'd103', 'd104'", "");
	documents_put(d, ACC "callflows/outside.json",
	              "{'id': 'outside', 'patterns': "
	              "['^\\\\+?9\\\\d{7}$'], 'flow': "
	              "{'module': 'resources', 'data': "
	              "{'use_local_resources': false}}}");
	put_carriers(r);
}

/* --- configuration ------------------------------------------------------- */

/* Each program has ports of its own, so that programs may run side by side. */
static unsigned first_port(void)
{
	return 10000 + (unsigned)(random_u64() % 400) * 50;
}

static void load_conf(struct rig *r, const struct rig_options *opt)
{
	unsigned port = first_port();
	unsigned pairs = opt->port_pairs ? opt->port_pairs : 200;
	char path[96];
	struct diag why = { 0 };
	FILE *f;

	snprintf(path, sizeof(path), "%s/b2bua.conf", r->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f,
	        "sip = { listen = [ \"sip:127.0.0.1:5060;transport=udp\"%s ];\n"
	        "max_ring_time = %u; };\n"
	        "media = { address = \"127.%u.%u.%u\"; ports = [ %u, %u ];\n"
	        "threads = 1; timeout = %u; };\n"
	        "directory = \"%s\"; cdr = \"cdr.jsonl\";\n"
	        "log = { level = \"error\"; };\n",
	        opt->listens_tcp ? ", \"sip:127.0.0.1:5060;transport=tcp\""
	                         : "",
	        opt->max_ring_time_s ? opt->max_ring_time_s : 120,
	        /* an address that no other test's process has */
	        64 + ((unsigned)getpid() >> 16) % 64,
	        ((unsigned)getpid() >> 8) % 256, (unsigned)getpid() % 256, port,
	        port + 2 * pairs - 1, opt->media_timeout_s,
	        documents_dir(r->docs));
	fclose(f);
	if (conf_load(&r->conf, path, &why) < 0)
		fail_msg("%s", buf_text(&why.text));
	diag_free(&why);
	r->conf->registrar.database[0] = '\0'; /* nothing is kept */
	r->conf->control[0] = '\0';
	/* the kernel chooses */
	for (size_t i = 0; i < r->conf->sip.n_listen; i++)
		addr_set_port(&r->conf->sip.listen[i].addr, 0);
}

/* --- peers --------------------------------------------------------------- */

static void make_peers(struct rig *r)
{
	static const char *const names[] = { "101", "102", "103", "104" };
	char secret[16];
	struct peer_conf conf = { .realm = REALM, .password = secret,
		                  .trace = &r->trace };

	for (int i = 0; i < N_PHONES; i++) {
		snprintf(secret, sizeof(secret), "secret%s", names[i]);
		conf.user = names[i];
		peer_create(&r->phone[i], &conf);
	}
	conf.realm = "";
	conf.user = "carrier";
	for (int i = 0; i < N_CARRIERS; i++)
		peer_create(&r->carrier[i], &conf);
}

static void introduce(struct rig *r)
{
	for (int i = 0; i < N_CARRIERS; i++) {
		peer_set_server(r->carrier[i], &r->addr);
		peer_set_loop(r->carrier[i], r->loop);
	}
	for (int i = 0; i < N_PHONES; i++) {
		peer_set_server(r->phone[i], &r->addr);
		peer_set_loop(r->phone[i], r->loop);
		assert_int_equal(peer_register(r->phone[i], 3600)->status,
		                 200);
	}
}

void rig_open(struct rig *r, const struct rig_options *opt)
{
	static const struct rig_options none;
	struct server_options so = { .clock = warp_clock };
	struct diag why = { 0 };

	if (!opt)
		opt = &none;
	*r = (struct rig){ 0 };
	r->is_warped = !opt->keeps_real_time;
	if (r->is_warped)
		warp_begin();
	else
		so.clock = NULL;
	strcpy(r->dir, "/tmp/bench.XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	r->docs = documents_create();
	make_peers(r);
	put_documents(r);
	load_conf(r, opt);
	log_setup(getenv("BENCH_LOG") ? LOG_LVL_DEBUG : LOG_LVL_ERROR,
	          LOG_FMT_TEXT);
	if (server_create(&r->server, r->conf, &so, &why) < 0)
		fail_msg("%s", buf_text(&why.text));
	diag_free(&why);
	r->loop = r->server->loop;
	r->addr = r->conf->sip.listen[0].addr;
	addr_set_port(&r->addr, agent_port(r->server->agent, 0));
	introduce(r);
}

/* --- the end ------------------------------------------------------------- */

static bool records_are_written(void *arg)
{
	struct rig *r = arg;
	struct cdr_stats s;

	cdr_stats(r->server->cdr, &s);
	return s.waiting == 0;
}

static FILE *open_records(struct rig *r)
{
	char path[96];
	FILE *f;

	assert_true(settle_until(r->loop, records_are_written, r));
	snprintf(path, sizeof(path), "%s/cdr.jsonl", r->dir);
	f = fopen(path, "r");
	assert_non_null(f);
	return f;
}

static size_t count_records(struct rig *r)
{
	FILE *f = open_records(r);
	size_t n = 0;
	int ch;

	while ((ch = fgetc(f)) != EOF)
		n += ch == '\n';
	fclose(f);
	return n;
}

char *rig_record(struct rig *r, size_t i)
{
	FILE *f = open_records(r);
	char *line = NULL;
	size_t size = 0;

	for (size_t k = 0; k <= i; k++)
		assert_true(getline(&line, &size, f) > 0);
	fclose(f);
	return line;
}

static bool nothing_is_left(void *arg)
{
	struct rig *r = arg;
	struct agent_gauges g = agent_gauges(r->server->agent);

	return g.legs + g.requests + g.transactions + r->server->n_sessions +
	               media_gauges(r->server->media).endpoints ==
	       0;
}

/* Says what is left of calls, when something is. */
static bool is_clean(struct rig *r, size_t n_calls)
{
	struct agent_gauges g = agent_gauges(r->server->agent);
	struct media_gauges m = media_gauges(r->server->media);
	size_t records = count_records(r);

	if (nothing_is_left(r) && records == n_calls)
		return true;
	print_error("left: legs %zu, requests %zu, transactions %zu, "
	            "endpoints %zu, sessions %zu; records %zu, not %zu\n",
	            g.legs, g.requests, g.transactions, m.endpoints,
	            r->server->n_sessions, records, n_calls);
	return false;
}

static void remove_files(struct rig *r)
{
	static const char *const names[] = { "b2bua.conf", "cdr.jsonl" };
	char path[96];

	for (size_t i = 0; i < NELEM(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", r->dir, names[i]);
		unlink(path);
	}
	rmdir(r->dir);
	documents_destroy(&r->docs);
}

void rig_close_at(struct rig *r, size_t n_calls, const char *file, int line)
{
	bool clean;

	if (r->is_warped)
		warp_ms(r->loop, 70000);
	else
		settle_until(r->loop, nothing_is_left, r);
	clean = is_clean(r, n_calls);
	if (!clean)
		peer_print_trace(r->phone[0]);
	for (int i = 0; i < N_PHONES; i++)
		peer_destroy(&r->phone[i]);
	for (int i = 0; i < N_CARRIERS; i++)
		peer_destroy(&r->carrier[i]);
	server_destroy(&r->server);
	warp_end();
	conf_destroy(&r->conf);
	remove_files(r);
	buf_free(&r->trace);
	if (!clean)
		_fail(file, line);
}

/* --- a call between two phones ------------------------------------------- */

void say_ok(struct peer *p, const struct msg *request)
{
	peer_reply(p, request, 200, "OK", NULL, NULL);
}

const struct msg *give_way(struct peer *p, const struct msg *invite)
{
	const struct msg *cancel = peer_expect(p, "CANCEL");

	say_ok(p, cancel);
	peer_reply(p, invite, 487, "Request Terminated", NULL, NULL);
	peer_expect(p, "ACK");
	return cancel;
}

void talk_dial_with(struct talk *t, struct rig *r, const char *number, int to,
                    const char *sdp)
{
	*t = (struct talk){ .rig = r, .a = r->phone[P101],
		            .b = r->phone[to] };
	t->da = peer_call(t->a, number, sdp);
	peer_expect_none(t->a); /* shows why when there is no INVITE */
	t->invite = peer_expect(t->b, "INVITE");
}

void talk_dial(struct talk *t, struct rig *r, const char *number, int to)
{
	talk_dial_with(t, r, number, to,
	               peer_sdp(r->phone[P101], RTP_A, NULL));
}

void talk_ring(struct talk *t)
{
	peer_reply(t->b, t->invite, 180, "Ringing", NULL, NULL);
	peer_expect(t->a, "180");
}

void talk_answer_with(struct talk *t, const char *sdp)
{
	const struct msg *ok =
	        peer_reply(t->b, t->invite, 200, "OK", NULL, sdp);

	t->db = peer_dialog(t->b, ok);
	t->ok = peer_expect(t->a, "200 INVITE");
	peer_expect(t->b, "ACK");
}

void talk_answer(struct talk *t)
{
	talk_answer_with(t, peer_sdp(t->b, RTP_B, NULL));
}

void talk_ack(struct talk *t)
{
	peer_ack(t->a, t->ok, NULL);
	settle(t->rig->loop);
}

void talk_up(struct talk *t, struct rig *r)
{
	talk_dial(t, r, "102", P102);
	talk_ring(t);
	talk_answer(t);
	talk_ack(t);
}

void talk_end(struct talk *t, struct peer *by)
{
	struct peer *other = by == t->a ? t->b : t->a;

	peer_bye(by, by == t->a ? t->da : t->db);
	say_ok(other, peer_expect(other, "BYE"));
	peer_expect(by, "200 BYE");
}
