/* What strangers may send, who is banned, and what is refused under
 * overload, against the server in this process. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "b2bua/shield.h"
#include "base/mem.h"
#include "integration/edge.h"
#include "support/peer_impl.h"
#include "support/warp.h"

#define AOR "sip:" EDGE_REALM

/* Limits, and nobody is trusted: all peers are on the loopback. */
static void configure(struct edge *e)
{
	for (int i = 0; i < CONF_CLASSES; i++) {
		e->conf.guard.rate[i] = 5;
		e->conf.guard.burst[i] = 10;
		e->conf.guard.all[i] = 100;
	}
	e->conf.guard.n_trusted = 0;
	e->conf.guard.sources = 1000;
	e->conf.guard.pending = 1000;
	e->conf.guard.known_s = 3600;
	e->conf.guard.ban_score = 100;
	e->conf.guard.ban_forget_s = 600;
	e->conf.guard.ban_time_s = 300;
	e->conf.guard.max_bans = 100;
}

static int set_up(void **state)
{
	edge_prepare(state);
	configure(*state);
	edge_start(*state);
	return 0;
}

static int set_up_with_trust(void **state)
{
	struct edge *e;

	edge_prepare(state);
	e = *state;
	configure(e);
	e->conf.guard.n_trusted = NELEM(e->trusted);
	edge_start(e);
	return 0;
}

/* A peer at an address of its own. */
static struct peer *at(struct edge *e, const char *ip, const char *user,
                       const char *password, int listener)
{
	struct peer_conf conf = {
		.loop = e->server->loop,
		.user = user,
		.realm = EDGE_REALM,
		.password = password,
		.server = edge_addr(e, listener),
		.is_tcp = listener == EDGE_TCP,
		.ip = ip,
		.trace = &e->trace,
	};

	assert_true(e->n_peers < EDGE_PEERS);
	peer_create(&e->peers[e->n_peers], &conf);
	return e->peers[e->n_peers++];
}

static void send_one(struct peer *p, const char *method)
{
	struct peer_request rq = {
		.method = method,
		.uri = AOR,
		.headers = "User-Agent: phone 1.0\r\n"
		           "Accept: application/sdp\r\n",
	};

	peer_request(p, peer_dialog_new(p, p->conf.user), &rq);
}

static unsigned answered(struct peer *p, const char *method, unsigned n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		send_one(p, method);
		settle(p->conf.loop);
		while (peer_poll(p))
			count++;
	}
	return count;
}

static struct shield_figures figures(struct edge *e)
{
	return shield_figures(e->server->shield);
}

/* REGISTER with these credentials: the answer's status, 0 when there is
 * none. */
static int try_register(struct peer *p, const struct msg *challenge)
{
	struct peer_request rq = { .method = "REGISTER", .uri = AOR };
	struct dialog *d = peer_dialog_new(p, p->conf.user);
	struct buf line = { 0 };
	const struct msg *m;

	if (challenge)
		peer_credentials(p, &line, challenge, NULL, "REGISTER", AOR);
	rq.headers = buf_text(&line);
	peer_request(p, d, &rq);
	buf_free(&line);
	settle(p->conf.loop);
	m = peer_poll(p);
	return m ? m->status : 0;
}

static const struct msg *challenge_of(struct peer *p)
{
	send_one(p, "REGISTER");
	return peer_expect(p, "401");
}

/* --- limits ------------------------------------------------------------------- */

static void a_stranger_beyond_its_limit_gets_no_answer(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "nobody", "x", EDGE_UDP);

	assert_int_equal(answered(p, "REGISTER", 50), 10);
	assert_int_equal(figures(e).guard.dropped_limited, 40);
	/* counted apart */
	assert_int_equal(answered(p, "OPTIONS", 50), 10);
	warp_ms(e->server->loop, 1000);
	assert_int_equal(answered(p, "REGISTER", 50), 5);
}

static void a_flood_does_not_touch_a_phone_that_registered(void **state)
{
	struct edge *e = *state;
	struct peer *flood = at(e, "127.0.0.2", "nobody", "x", EDGE_UDP);
	struct peer *alice = at(e, "127.0.0.3", "alice", "secret", EDGE_UDP);

	assert_int_equal(peer_register(alice, 600)->status, 200);
	answered(flood, "REGISTER", 300);
	for (int i = 0; i < 30; i++)
		assert_int_equal(peer_register(alice, 600)->status, 200);
	assert_int_equal(figures(e).guard.known, 1);
}

static void a_registration_from_the_disk_is_no_stranger(void **state)
{
	struct edge *e = *state;
	struct peer *alice;

	edge_stop(e);
	e->conf.registrar.database = e->database;
	edge_start(e);
	alice = at(e, "127.0.0.3", "alice", "secret", EDGE_UDP);
	assert_int_equal(peer_register(alice, 600)->status, 200);
	edge_stop(e);
	edge_start(e);
	alice = at(e, "127.0.0.3", "alice", "secret", EDGE_UDP);
	assert_int_equal(answered(alice, "REGISTER", 50), 50);
}

static void what_is_dropped_leaves_no_transaction(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "nobody", "x", EDGE_UDP);
	size_t challenges;

	answered(p, "REGISTER", 10);
	challenges = e->server->counters.challenges;
	answered(p, "REGISTER", 100);
	assert_int_equal(e->server->counters.challenges, challenges);
	assert_int_equal(figures(e).guard.pending, 10);
}

static bool is_ended(struct peer *p)
{
	assert_null(peer_poll(p));
	return p->connections[0].fd < 0;
}

static void a_connection_beyond_the_limit_is_ended(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "nobody", "x", EDGE_TCP);
	struct peer *alice = at(e, "127.0.0.3", "alice", "secret", EDGE_TCP);

	assert_int_equal(answered(p, "OPTIONS", 10), 10);
	send_one(p, "OPTIONS");
	settle(e->server->loop);
	assert_true(is_ended(p));
	assert_int_equal(peer_register(alice, 600)->status, 200);
}

/* --- bans ----------------------------------------------------------------------- */

static void wrong_passwords_over_udp_are_a_ban(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "alice", "guess", EDGE_UDP);
	const struct msg *challenge = challenge_of(p);

	for (int i = 0; i < 9; i++) {
		assert_int_equal(try_register(p, challenge), 401);
		warp_ms(e->server->loop, 200);
	}
	assert_int_equal(figures(e).guard.bans, 0);
	for (int i = 0; i < 2; i++)
		try_register(p, challenge);
	assert_int_equal(figures(e).guard.bans, 1);
	assert_int_equal(try_register(p, challenge), 0);
}

static void the_kernel_drops_the_packets_of_the_banned(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "alice", "guess", EDGE_UDP);
	struct peer *other = at(e, "127.0.0.4", "alice", "guess", EDGE_UDP);
	uint64_t dropped;

	assert_int_equal(shield_ban(e->server->shield, "127.0.0.2", 60), 0);
	assert_int_equal(try_register(p, NULL), 0);
	dropped = figures(e).guard.dropped_banned;
	assert_int_equal(dropped, 1);
	warp_ms(e->server->loop, 200); /* the filter is set */
	assert_int_equal(figures(e).in_kernel, 1);
	assert_int_equal(try_register(p, NULL), 0);
	assert_int_equal(figures(e).guard.dropped_banned, dropped);
	assert_int_equal(try_register(other, NULL), 401);
	/* and it ends */
	warp_ms(e->server->loop, 60000);
	assert_int_equal(figures(e).guard.bans, 0);
	assert_int_equal(figures(e).in_kernel, 0);
	assert_int_equal(try_register(p, NULL), 401);
}

static int set_up_with_room(void **state)
{
	edge_prepare(state);
	configure(*state);
	((struct edge *)*state)->conf.guard.max_bans = 5000;
	edge_start(*state);
	return 0;
}

/* What is written to the log meanwhile; owned by the caller. */
static char *log_of(struct edge *e, int64_t ms)
{
	FILE *f = tmpfile();
	int was = dup(STDERR_FILENO);
	char text[4096];
	size_t n;

	assert_non_null(f);
	log_setup(LOG_LVL_INFO, LOG_FMT_TEXT);
	dup2(fileno(f), STDERR_FILENO);
	warp_ms(e->server->loop, ms);
	dup2(was, STDERR_FILENO);
	close(was);
	log_setup(LOG_LVL_ERROR, LOG_FMT_TEXT);
	rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	return xstrndup(text, n);
}

/* The filter of the kernel is full: the older bans hold here. */
static void bans_beyond_the_kernels_filter_hold_all_the_same(void **state)
{
	enum { MANY = 3000 };
	struct edge *e = *state;
	struct peer *old = at(e, "127.0.0.2", "alice", "guess", EDGE_UDP);
	struct peer *late = at(e, "127.0.0.3", "alice", "guess", EDGE_UDP);
	struct peer *free_one = at(e, "127.0.0.4", "alice", "x", EDGE_UDP);
	uint64_t here;
	char ip[32], *said;

	assert_int_equal(shield_ban(e->server->shield, "127.0.0.2", 600), 0);
	for (int i = 0; i < MANY; i++) {
		snprintf(ip, sizeof(ip), "198.18.%d.%d", i / 250, i % 250);
		assert_int_equal(shield_ban(e->server->shield, ip, 60), 0);
	}
	assert_int_equal(shield_ban(e->server->shield, "127.0.0.3", 600), 0);
	said = log_of(e, 300);
	assert_non_null(strstr(said, "those of the others are dropped here"));
	free(said);
	assert_int_equal(figures(e).guard.bans, MANY + 2);
	assert_true(figures(e).in_kernel > 1000);
	assert_true(figures(e).in_kernel < MANY);
	here = figures(e).guard.dropped_banned;
	assert_int_equal(try_register(late, NULL), 0);
	assert_int_equal(figures(e).guard.dropped_banned, here);
	assert_int_equal(try_register(old, NULL), 0);
	assert_int_equal(figures(e).guard.dropped_banned, here + 1);
	assert_int_equal(try_register(free_one, NULL), 401);
	/* there is room again */
	said = log_of(e, 61000);
	assert_non_null(strstr(said, "of all again"));
	free(said);
	assert_int_equal(figures(e).in_kernel, 2);
	assert_int_equal(try_register(old, NULL), 0);
	assert_int_equal(figures(e).guard.dropped_banned, here + 1);
}

static void who_only_writes_an_address_does_not_get_it_banned(void **state)
{
	struct edge *e = *state;
	struct peer *attacker = at(e, "127.0.0.2", "alice", "x", EDGE_UDP);
	struct peer *victim = at(e, "127.0.0.3", "alice", "x", EDGE_UDP);
	const struct msg *challenge = challenge_of(attacker);

	/* the attacker's own challenge, answered from the victim's address */
	for (int i = 0; i < 40; i++) {
		try_register(victim, challenge);
		warp_ms(e->server->loop, 200);
	}
	assert_int_equal(figures(e).guard.bans, 0);
	assert_int_equal(try_register(victim, NULL), 401);
}

static void an_old_challenge_proves_no_round_trip(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "alice", "x", EDGE_UDP);
	const struct msg *challenge = challenge_of(p);

	warp_ms(e->server->loop, 400000);
	for (int i = 0; i < 10; i++)
		try_register(p, challenge);
	assert_int_equal(figures(e).guard.bans, 0);
}

static void a_connection_proves_its_address_itself(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "mallory", "x", EDGE_TCP);
	struct peer *q;
	const struct msg *challenge = challenge_of(p);

	for (int i = 0; i < 5; i++)
		assert_int_equal(try_register(p, challenge), 401);
	assert_int_equal(figures(e).guard.bans, 1);
	/* what it has is ended */
	assert_int_equal(try_register(p, NULL), 0);
	assert_true(is_ended(p));
	q = at(e, "127.0.0.5", "alice", "secret", EDGE_TCP);
	assert_int_equal(peer_register(q, 600)->status, 200);
}

static void a_scanner_is_banned_sooner(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "100", "x", EDGE_TCP);
	struct peer_request rq = {
		.method = "REGISTER",
		.uri = AOR,
		.headers = "User-Agent: friendly-scanner\r\n"
		           "Authorization: Digest username=\"100\"\r\n",
	};

	for (int i = 0; i < 2; i++) {
		peer_request(p, peer_dialog_new(p, "100"), &rq);
		settle(e->server->loop);
	}
	assert_int_equal(figures(e).guard.bans, 1);
}

static void a_trusted_network_has_no_limits_and_no_bans(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "alice", "guess", EDGE_UDP);
	const struct msg *challenge = challenge_of(p);

	for (int i = 0; i < 60; i++)
		assert_int_equal(try_register(p, challenge), 401);
	assert_int_equal(figures(e).guard.bans, 0);
	assert_int_equal(shield_ban(e->server->shield, "127.0.0.2", 0), -EPERM);
}

static void a_ban_survives_a_reload_and_an_operator_ends_it(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "alice", "secret", EDGE_UDP);
	struct snapshot *fresh = NULL;
	struct diag why = { 0 };

	assert_int_equal(shield_ban(e->server->shield, "127.0.0.2", 0), 0);
	assert_int_equal(snapshot_load(&fresh, e->conf.directory, true, &why),
	                 0);
	diag_free(&why);
	server_use(e->server, fresh);
	warp_ms(e->server->loop, 200);
	assert_int_equal(try_register(p, NULL), 0);
	assert_int_equal(shield_unban(e->server->shield, "127.0.0.2"), 0);
	warp_ms(e->server->loop, 200);
	assert_int_equal(peer_register(p, 600)->status, 200);
	assert_int_equal(shield_unban(e->server->shield, "127.0.0.2"), -ENOENT);
	assert_int_equal(shield_ban(e->server->shield, "name", 0), -EINVAL);
	assert_int_equal(shield_ban(e->server->shield, "10.0.0.0/8", 0),
	                 -EINVAL);
}

/* --- no amplification ---------------------------------------------------------- */

/* As small as the grammar allows, with `more` lines. */
static size_t send_small(struct peer *p, const char *method, int n,
                         const char *more)
{
	char text[2048], ip[ADDR_TEXT];
	struct addr me = peer_addr(p);
	int len = snprintf(text, sizeof(text),
	                   "%s sip:a SIP/2.0\r\n"
	                   "Via: SIP/2.0/UDP %s;branch=z9hG4bK%d%s\r\n"
	                   "From: <sip:a@b>;tag=%d\r\nTo: <sip:a@b>\r\n"
	                   "Call-ID: %d%s\r\nCSeq: 1 %s\r\n%s\r\n",
	                   method, n & 1 ? "host.test" : addr_ip_port(&me, ip), n,
	                   method, n, n,
	                   method, method, more);

	peer_send_raw(p, text, (size_t)len);
	settle(p->conf.loop);
	return (size_t)len;
}

static void no_answer_is_larger_than_what_a_stranger_sent(void **state)
{
	static const char *const methods[] = {
		"OPTIONS", "SUBSCRIBE", "NOTIFY", "MESSAGE", "PUBLISH",
		"REFER",   "UPDATE",    "PRACK",  "INFO",    "BYE",
		"CANCEL",  "NONSENSE",  "INVITE", "REGISTER",
	};
	struct edge *e = *state;
	struct peer *p;
	char more[1200] = "";
	unsigned answers = 0, silent = 0;

	e->conf.guard.n_trusted = 0;
	edge_start(e);
	p = at(e, "127.0.0.2", "nobody", "x", EDGE_UDP);
	for (size_t i = 0; i < NELEM(methods); i++)
		for (int n = 0; n < 400; n += 7) {
			const struct msg *m;
			size_t sent;

			snprintf(more, sizeof(more), "Require: %.*s\r\n", n % 50,
			         "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w");
			snprintf(more + strlen(more), 500, "P: %0*d\r\n", n + 1,
			         0);
			sent = send_small(p, methods[i], 1000 + n, more);
			m = peer_poll(p);
			if (m && (m->status == 401 || m->status == 407))
				continue; /* bar the challenge */
			if (m && strlen(m->text) > sent)
				fail_msg("%s: %zu bytes sent, answer:\n%s",
				         methods[i], sent, m->text);
			answers += m != NULL;
			silent += m == NULL;
		}
	assert_true(answers > 400);
	assert_true(silent > 20);
}

static void options_of_a_usual_size_are_answered(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "nobody", "x", EDGE_UDP);

	send_small(p, "OPTIONS", 1,
	           "Max-Forwards: 70\r\nContact: <sip:ping@127.0.0.2:5060>\r\n"
	           "User-Agent: some monitor 1.0\r\nAccept: "
	           "application/sdp\r\nContent-Length: 0\r\n");
	assert_null(msg_header(peer_expect(p, "200"), "Allow", 0));
}

static void who_is_known_gets_the_whole_answer(void **state)
{
	struct edge *e = *state;
	struct peer *p = at(e, "127.0.0.2", "alice", "secret", EDGE_UDP);

	assert_int_equal(peer_register(p, 600)->status, 200);
	send_small(p, "OPTIONS", 1, "");
	assert_non_null(msg_header(peer_expect(p, "200"), "Allow", 0));
}

/* --- default deny ----------------------------------------------------------------- */

static void a_stranger_gets_nothing_done_by_any_method(void **state)
{
	static const struct {
		const char *method, *answer;
	} rows[] = {
		{ "INVITE", "407" },    { "REGISTER", "401" },
		{ "OPTIONS", "200" },   { "BYE", "481" },
		{ "CANCEL", "481" },    { "PRACK", "481" },
		{ "UPDATE", "481" },    { "INFO", "481" },
		{ "REFER", "4xx" },     { "NOTIFY", "4xx" },
		{ "SUBSCRIBE", "4xx" }, { "PUBLISH", "4xx" },
		{ "MESSAGE", "4xx" },   { "NONSENSE", "405" },
	};
	struct edge *e = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct peer *p = at(e, "127.0.0.2", "nobody", "x", EDGE_TCP);
		struct peer_request rq = { .method = rows[i].method,
			                   .uri = "sip:200@" EDGE_REALM };

		warp_ms(e->server->loop, 1000);
		peer_request(p, peer_dialog_new(p, "nobody"), &rq);
		peer_expect(p, rows[i].answer);
		edge_forget_peers(e);
	}
}

/* --- overload ------------------------------------------------------------------------ */

static int64_t late_ms; /* the clock jumps: the loop was busy elsewhere */

static int64_t late_clock(void *arg)
{
	return warp_clock(arg) + late_ms;
}

static int set_up_late(void **state)
{
	struct edge *e;

	late_ms = 0;
	edge_prepare(state);
	e = *state;
	e->conf.guard.lag_ms = 100;
	e->options.clock = late_clock;
	edge_start(e);
	return 0;
}

static void falls_behind(struct edge *e, int64_t ms)
{
	late_ms += 100 + ms;
	settle(e->server->loop);
}

static int status_of(struct peer *p, const char *method)
{
	const struct msg *m;

	send_one(p, method);
	settle(p->conf.loop);
	m = peer_poll(p);
	return m ? m->status : 0;
}

static void under_overload_calls_are_refused_first(void **state)
{
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);

	assert_int_equal(status_of(p, "INVITE"), 407);
	falls_behind(e, 120);
	send_one(p, "INVITE");
	assert_string_equal(msg_header(peer_expect(p, "503"), "Retry-After", 0),
	                    "10");
	assert_int_equal(status_of(p, "REGISTER"), 401);
	assert_int_equal(status_of(p, "OPTIONS"), 200);
	falls_behind(e, 220);
	assert_int_equal(status_of(p, "REGISTER"), 503);
	assert_int_equal(status_of(p, "OPTIONS"), 503);
	/* it recovers by itself, a step at a time */
	warp_ms(e->server->loop, 2200);
	assert_int_equal(status_of(p, "REGISTER"), 401);
	assert_int_equal(status_of(p, "INVITE"), 503);
	warp_ms(e->server->loop, 2200);
	assert_int_equal(status_of(p, "INVITE"), 407);
	assert_int_equal(figures(e).level, OVERLOAD_NONE);
	assert_int_equal(figures(e).refused, 4);
}

static void under_overload_a_call_can_still_be_ended(void **state)
{
	struct edge *e = *state;
	struct peer *a = edge_peer(e, "alice", EDGE_UDP);
	struct peer *b = edge_peer(e, "bob", EDGE_UDP);
	const struct msg *invite, *m;
	struct dialog *d;

	assert_int_equal(peer_register(b, 600)->status, 200);
	d = peer_call(a, "200", peer_sdp(a, 4000, NULL));
	invite = peer_expect(b, "INVITE");
	peer_reply(b, invite, 200, "OK", NULL, peer_sdp(b, 4002, NULL));
	m = peer_expect(a, "200 INVITE");
	peer_ack(a, m, NULL);
	peer_expect(b, "ACK");
	falls_behind(e, 500);
	peer_in_dialog(a, d, "INFO", NULL, NULL);
	m = peer_expect(a, "503 INFO");
	assert_non_null(msg_header(m, "Retry-After", 0));
	peer_bye(a, d);
	peer_expect(a, "200 BYE");
	m = peer_expect(b, "BYE");
	peer_reply(b, m, 200, "OK", NULL, NULL);
	settle(e->server->loop);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, edge_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_stranger_beyond_its_limit_gets_no_answer),
		T(a_flood_does_not_touch_a_phone_that_registered),
		T(a_registration_from_the_disk_is_no_stranger),
		T(what_is_dropped_leaves_no_transaction),
		T(a_connection_beyond_the_limit_is_ended),
		T(wrong_passwords_over_udp_are_a_ban),
		T(the_kernel_drops_the_packets_of_the_banned),
		cmocka_unit_test_setup_teardown(
		        bans_beyond_the_kernels_filter_hold_all_the_same,
		        set_up_with_room, edge_teardown),
		T(who_only_writes_an_address_does_not_get_it_banned),
		T(an_old_challenge_proves_no_round_trip),
		T(a_connection_proves_its_address_itself),
		T(a_scanner_is_banned_sooner),
		T(a_ban_survives_a_reload_and_an_operator_ends_it),
		cmocka_unit_test_setup_teardown(
		        a_trusted_network_has_no_limits_and_no_bans,
		        set_up_with_trust, edge_teardown),
		cmocka_unit_test_setup_teardown(
		        no_answer_is_larger_than_what_a_stranger_sent,
		        edge_prepare, edge_teardown),
		T(options_of_a_usual_size_are_answered),
		T(who_is_known_gets_the_whole_answer),
		T(a_stranger_gets_nothing_done_by_any_method),
		cmocka_unit_test_setup_teardown(
		        under_overload_calls_are_refused_first, set_up_late,
		        edge_teardown),
		cmocka_unit_test_setup_teardown(
		        under_overload_a_call_can_still_be_ended, set_up_late,
		        edge_teardown),
	};

	log_setup(LOG_LVL_ERROR, LOG_FMT_TEXT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
