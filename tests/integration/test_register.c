/* Registrations as phones see them: RFC 3261 10, RFC 3327, RFC 3581, and
 * what becomes of them when a call comes, a connection goes or the server
 * starts again. */
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "integration/edge.h"
#include "support/peer_impl.h"
#include "support/warp.h"

#define AOR "sip:" EDGE_REALM
#define SDP "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n" \
	    "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

/* REGISTER with these header lines, in a dialog of the test's (its Call-ID
 * and CSeq count), with the answer to a fresh challenge. */
static const struct msg *send_register(struct peer *p, struct dialog *d,
                                       const char *algorithm,
                                       const char *headers)
{
	struct peer_request rq = { .method = "REGISTER", .uri = AOR,
		                   .headers = headers };
	struct buf all = { 0 };
	const struct msg *m;

	peer_request(p, d, &rq);
	m = peer_expect(p, "401");
	buf_str(&all, headers ? headers : "");
	peer_credentials(p, &all, m, algorithm, "REGISTER", AOR);
	rq.headers = buf_text(&all);
	peer_request(p, d, &rq);
	buf_free(&all);
	return peer_expect(p, "xxx REGISTER");
}

static const struct msg *bind_to(struct peer *p, const char *headers,
                                 int status)
{
	const struct msg *m = send_register(
	        p, peer_dialog_new(p, p->conf.user), NULL, headers);

	if (m->status != status)
		peer_print_trace(p);
	assert_int_equal(m->status, status);
	return m;
}

static size_t bindings(struct edge *e)
{
	return registrar_count(e->server->registrar);
}

/* --- digest --------------------------------------------------------------------- */

static void every_algorithm_that_is_offered_works(void **state)
{
	static const char *const algorithms[] = { "MD5", "SHA-256",
		                                  "SHA-512-256" };
	struct peer *p = edge_peer(*state, "alice", EDGE_UDP);

	for (size_t i = 0; i < NELEM(algorithms); i++)
		assert_int_equal(send_register(p, peer_dialog_new(p, "alice"),
		                               algorithms[i], NULL)
		                         ->status,
		                 200);
}

static void an_old_nonce_is_stale_not_wrong(void **state)
{
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);
	struct dialog *d = peer_dialog_new(p, "alice");
	struct peer_request rq = { .method = "REGISTER", .uri = AOR };
	struct buf credentials = { 0 };
	const struct msg *m;

	peer_request(p, d, &rq);
	m = peer_expect(p, "401");
	assert_false(msg_header_has(m, "WWW-Authenticate", "stale"));
	peer_credentials(p, &credentials, m, NULL, "REGISTER", AOR);
	warp_ms(e->server->loop, 301 * 1000);
	rq.headers = credentials.p;
	peer_request(p, d, &rq);
	m = peer_expect(p, "401");
	assert_true(msg_header_has(m, "WWW-Authenticate", "stale=true"));
	buf_free(&credentials);
}

static void credentials_are_good_once(void **state)
{
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);
	struct peer *thief = edge_peer(e, "alice", EDGE_UDP);
	struct peer_request rq = { .method = "REGISTER", .uri = AOR };
	struct buf credentials = { 0 };
	const struct msg *m;

	peer_request(p, peer_dialog_new(p, "alice"), &rq);
	m = peer_expect(p, "401");
	peer_credentials(p, &credentials, m, NULL, "REGISTER", AOR);
	rq.headers = credentials.p;
	peer_request(p, peer_dialog_new(p, "alice"), &rq);
	peer_expect(p, "200");
	buf_str(&credentials, "Contact: <sip:thief@127.0.0.1:9>\r\n");
	rq.headers = credentials.p;
	peer_request(thief, peer_dialog_new(thief, "alice"), &rq);
	peer_expect(thief, "401");
	assert_int_equal(bindings(e), 0);
	buf_free(&credentials);
}

/* --- whose address ------------------------------------------------------------------ */

static void a_phone_registers_its_own_address_only(void **state)
{
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);
	struct dialog *d = peer_dialog_new(p, "bob");

	snprintf(d->remote, sizeof(d->remote), "<sip:bob@" EDGE_REALM ">");
	assert_int_equal(send_register(p, d, NULL, "Contact: <sip:x@1.2.3.4>\r\n")
	                         ->status,
	                 403);
	assert_int_equal(bindings(e), 0);
}

static void an_address_stands_for_the_only_realm(void **state)
{
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);
	struct dialog *d = peer_dialog_new(p, "alice");
	const struct msg *m;

	snprintf(d->remote, sizeof(d->remote), "<sip:alice@127.0.0.1>");
	snprintf(d->local, sizeof(d->local), "<sip:alice@127.0.0.1>");
	m = send_register(p, d, NULL, "Contact: <sip:alice@127.0.0.1:9>\r\n");
	assert_int_equal(m->status, 200);
	assert_int_equal(bindings(e), 1);
}

/* --- contacts ----------------------------------------------------------------------- */

static void several_contacts_keep_their_own_expiry(void **state)
{
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);
	const struct msg *m;

	e->conf.registrar.keepalive_s = 0;
	m = bind_to(p, "Contact: <sip:a@127.0.0.1:1>;expires=100;q=0.5, "
	               "<sip:b@127.0.0.1:2>\r\nExpires: 200\r\n", 200);
	assert_int_equal(msg_count(m, "Contact"), 2);
	assert_true(msg_header_has(m, "Contact",
	                           "<sip:a@127.0.0.1:1>;expires=100;q=0.500"));
	assert_true(msg_header_has(m, "Contact",
	                           "<sip:b@127.0.0.1:2>;expires=200"));
	warp_ms(e->server->loop, 60 * 1000);
	m = bind_to(p, NULL, 200); /* a query */
	assert_true(msg_header_has(m, "Contact", "<sip:a@127.0.0.1:1>;expires=40"));
	warp_ms(e->server->loop, 41 * 1000);
	m = bind_to(p, NULL, 200);
	assert_int_equal(msg_count(m, "Contact"), 1);
	assert_true(msg_header_has(m, "Contact", "<sip:b@127.0.0.1:2>;expires=99"));
	warp_ms(e->server->loop, 100 * 1000);
	assert_int_equal(bindings(e), 0);
}

static void expiry_has_a_default_and_a_limit(void **state)
{
	struct peer *p = edge_peer(*state, "alice", EDGE_UDP);

	assert_true(msg_header_has(
	        bind_to(p, "Contact: <sip:a@127.0.0.1:1>\r\n", 200), "Contact",
	        ";expires=600"));
	assert_true(msg_header_has(
	        bind_to(p, "Contact: <sip:a@127.0.0.1:1>;expires=999999\r\n",
	                200),
	        "Contact", ";expires=3600"));
	assert_true(msg_header_has(
	        bind_to(p, "Contact: <sip:a@127.0.0.1:1>\r\nExpires: "
	                   "4294967295\r\n", 200),
	        "Contact", ";expires=3600"));
}

static void too_short_is_423_with_the_least(void **state)
{
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);
	const struct msg *m;

	m = bind_to(p, "Contact: <sip:a@127.0.0.1:1>;expires=59\r\n", 423);
	assert_string_equal(msg_header(m, "Min-Expires", 0), "60");
	assert_int_equal(bindings(e), 0);
}

static void the_star_removes_all_with_expires_0_only(void **state)
{
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);
	const struct msg *m;

	bind_to(p, "Contact: <sip:a@127.0.0.1:1>, <sip:b@127.0.0.1:2>\r\n", 200);
	bind_to(p, "Contact: *\r\n", 400);
	bind_to(p, "Contact: *\r\nExpires: 60\r\n", 400);
	bind_to(p, "Contact: *, <sip:a@127.0.0.1:1>\r\nExpires: 0\r\n", 400);
	bind_to(p, "Contact: *\r\nContact: <sip:a@127.0.0.1:1>\r\n"
	           "Expires: 0\r\n", 400);
	assert_int_equal(bindings(e), 2);
	m = bind_to(p, "Contact: *\r\nExpires: 0\r\n", 200);
	assert_int_equal(msg_count(m, "Contact"), 0);
	assert_int_equal(bindings(e), 0);
}

static void a_contact_that_is_no_sip_uri_is_refused(void **state)
{
	static const char *const contacts[] = {
		"Contact: None\r\n", "Contact: <mailto:a@b>\r\n", "Contact: <tel:+1>\r\n",
		"Contact: <http://127.0.0.1/>\r\n"
	};
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);

	for (size_t i = 0; i < NELEM(contacts); i++)
		bind_to(p, contacts[i], 400);
	assert_int_equal(bindings(e), 0);
}

static void an_older_cseq_changes_nothing(void **state)
{
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);
	struct dialog *d = peer_dialog_new(p, "alice");

	d->cseq = 10;
	assert_int_equal(send_register(p, d, NULL,
	                               "Contact: <sip:a@127.0.0.1:1>\r\n")
	                         ->status,
	                 200);
	d->cseq = 3;
	assert_int_equal(
	        send_register(p, d, NULL,
	                      "Contact: <sip:a@127.0.0.1:1>;expires=0\r\n")
	                ->status,
	        500);
	assert_int_equal(bindings(e), 1);
}

static void the_oldest_makes_room(void **state)
{
	struct edge *e = *state;
	struct peer *p = edge_peer(e, "alice", EDGE_UDP);
	char line[64];
	const struct msg *m = NULL;

	for (int i = 1; i <= 6; i++) {
		snprintf(line, sizeof(line),
		         "Contact: <sip:a@127.0.0.1:%d>\r\n", i);
		m = bind_to(p, line, 200);
		warp_ms(e->server->loop, 1000);
	}
	assert_int_equal(msg_count(m, "Contact"), 5);
	assert_false(msg_header_has(m, "Contact", "127.0.0.1:1>"));
	assert_true(msg_header_has(m, "Contact", "127.0.0.1:6>"));
}

static void instance_and_reg_id_are_kept(void **state)
{
	struct peer *p = edge_peer(*state, "alice", EDGE_UDP);
	const struct msg *m;

	m = bind_to(p, "Contact: <sip:a@127.0.0.1:1>;+sip.instance="
	               "\"<urn:uuid:1>\";reg-id=1\r\n", 200);
	assert_true(msg_header_has(m, "Contact",
	                           ";+sip.instance=\"<urn:uuid:1>\";reg-id=1"));
	/* the same phone from another port: its binding, not a second */
	m = bind_to(p, "Contact: <sip:a@127.0.0.1:2>;+sip.instance="
	               "\"<urn:uuid:1>\";reg-id=1\r\n", 200);
	assert_int_equal(msg_count(m, "Contact"), 1);
}

/* --- calls to what is registered -------------------------------------------------------- */

static void a_path_becomes_the_route_of_calls(void **state)
{
	struct edge *e = *state;
	struct peer *alice = edge_peer(e, "alice", EDGE_UDP);
	struct peer *proxy = edge_peer(e, "bob", EDGE_UDP);
	struct peer *bob = edge_peer(e, "bob", EDGE_UDP);
	struct addr at = peer_addr(proxy);
	char host[ADDR_TEXT], headers[256], path[128];
	const struct msg *m;

	snprintf(path, sizeof(path), "<sip:%s;lr>", addr_ip_port(&at, host));
	snprintf(headers, sizeof(headers),
	         "Supported: path\r\nPath: %s\r\nContact: <%s>\r\n", path,
	         peer_contact(bob));
	m = bind_to(bob, headers, 200);
	assert_string_equal(msg_header(m, "Path", 0), path);
	peer_call(alice, "200", SDP);
	m = peer_expect(proxy, "INVITE");
	assert_string_equal(msg_header(m, "Route", 0), path);
	assert_string_equal(m->uri, peer_contact(bob));
	peer_expect_none(bob);
}

static void answers_go_to_the_source_port(void **state)
{
	struct peer *p = edge_peer(*state, "alice", EDGE_UDP);
	const char *text =
	        "OPTIONS sip:edge.test SIP/2.0\r\n"
	        "Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bKnat\r\n"
	        "From: <sip:a@edge.test>;tag=1\r\nTo: <sip:b@edge.test>\r\n"
	        "Call-ID: nat\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
	struct addr ours = peer_addr(p);
	const struct msg *m;
	char port[16];

	peer_send_raw(p, text, strlen(text));
	m = peer_expect(p, "200");
	snprintf(port, sizeof(port), "rport=%u", addr_port(&ours));
	assert_true(msg_header_has(m, "Via", port));
	assert_true(msg_header_has(m, "Via", "received=127.0.0.1"));
}

static void a_natted_phone_is_called_where_it_came_from(void **state)
{
	struct edge *e = *state;
	struct peer *alice = edge_peer(e, "alice", EDGE_UDP);
	struct peer *bob = edge_peer(e, "bob", EDGE_UDP);
	const struct msg *m;

	bind_to(bob, "Contact: <sip:bob@10.1.2.3:5060>\r\n", 200);
	peer_call(alice, "200", SDP);
	m = peer_expect(bob, "INVITE");
	assert_string_equal(m->uri, "sip:bob@10.1.2.3:5060");
}

static void only_natted_phones_are_kept_alive(void **state)
{
	struct edge *e = *state;
	struct peer *alice = edge_peer(e, "alice", EDGE_UDP);
	struct peer *bob = edge_peer(e, "bob", EDGE_UDP);
	const struct msg *m;

	peer_register(alice, 600);
	bind_to(bob, "Contact: <sip:bob@10.1.2.3:5060>\r\n", 200);
	warp_ms(e->server->loop, 31000);
	m = peer_expect(bob, "OPTIONS");
	assert_string_equal(m->uri, "sip:bob@10.1.2.3:5060");
	peer_reply(bob, m, 200, "OK", NULL, NULL);
	warp_ms(e->server->loop, 30000);
	peer_reply(bob, peer_expect(bob, "OPTIONS"), 200, "OK", NULL, NULL);
	peer_expect_none(alice);
	bind_to(bob, "Contact: *\r\nExpires: 0\r\n", 200);
	warp_ms(e->server->loop, 90000);
	peer_expect_none(bob);
}

static void a_call_goes_over_the_connection_of_the_phone(void **state)
{
	struct edge *e = *state;
	struct peer *alice = edge_peer(e, "alice", EDGE_UDP);
	struct peer *bob = edge_peer(e, "bob", EDGE_TCP);
	const struct msg *m;

	bind_to(bob, "Contact: <sip:bob@10.1.2.3:5060;transport=tcp>\r\n", 200);
	peer_call(alice, "200", SDP);
	m = peer_expect(bob, "INVITE");
	assert_int_equal(m->connection, 0);
	peer_reply(bob, m, 486, "Busy Here", NULL, NULL);
	assert_int_equal(peer_expect(bob, "ACK")->connection, 0);
	peer_expect(alice, "486");
}

static bool nothing_is_bound(void *arg)
{
	return bindings(arg) == 0;
}

static void a_closed_connection_takes_its_binding(void **state)
{
	struct edge *e = *state;
	struct peer *alice = edge_peer(e, "alice", EDGE_UDP);
	struct peer *bob = edge_peer(e, "bob", EDGE_TCP);

	bind_to(bob, "Contact: <sip:bob@10.1.2.3:5060;transport=tcp>\r\n", 200);
	assert_int_equal(bindings(e), 1);
	peer_disconnect(bob);
	assert_true(settle_until(e->server->loop, nothing_is_bound, e));
	peer_call(alice, "200", SDP);
	peer_expect(alice, "480");
}

static void a_reset_connection_takes_its_binding(void **state)
{
	struct linger abrupt = { 1, 0 };
	struct edge *e = *state;
	struct peer *bob = edge_peer(e, "bob", EDGE_TCP6);

	peer_register(bob, 600);
	assert_int_equal(bindings(e), 1);
	setsockopt(bob->connections[0].fd, SOL_SOCKET, SO_LINGER, &abrupt,
	           sizeof(abrupt));
	peer_disconnect(bob);
	assert_true(settle_until(e->server->loop, nothing_is_bound, e));
}

/* A stream that breaks off is no connection to call over any more. */
static void a_connection_that_talks_garbage_takes_its_binding(void **state)
{
	static char garbage[100000];
	struct edge *e = *state;
	struct peer *bob = edge_peer(e, "bob", EDGE_TCP);

	bind_to(bob, "Contact: <sip:bob@10.1.2.3:5060;transport=tcp>\r\n", 200);
	memset(garbage, 'x', sizeof(garbage));
	send(bob->connections[0].fd, garbage, sizeof(garbage), MSG_NOSIGNAL);
	settle(e->server->loop);
	warp_ms(e->server->loop, 1000);
	assert_true(settle_until(e->server->loop, nothing_is_bound, e));
}

static void an_idle_connection_of_a_phone_stays(void **state)
{
	struct edge *e = *state;
	struct peer *alice = edge_peer(e, "alice", EDGE_UDP);
	struct peer *bob = edge_peer(e, "bob", EDGE_TCP);

	bind_to(bob, "Contact: <sip:bob@10.1.2.3:5060;transport=tcp>;"
	             "expires=3600\r\n", 200);
	warp_ms(e->server->loop, 3500 * 1000);
	assert_int_equal(bindings(e), 1);
	peer_call(alice, "200", SDP);
	peer_expect(bob, "INVITE");
}

static void an_idle_connection_of_nobody_is_closed(void **state)
{
	struct edge *e = *state;
	struct peer *whole = edge_peer(e, NULL, EDGE_TCP);
	struct peer *half = edge_peer(e, NULL, EDGE_TCP);

	peer_in_dialog(whole, peer_dialog_new(whole, "200"), "OPTIONS", NULL,
	               NULL);
	peer_expect(whole, "200");
	peer_send_raw(half, "OPTIONS sip:x SIP/2.0\r\nVia: ", 28);
	settle(e->server->loop);
	warp_ms(e->server->loop, 200 * 1000);
	peer_poll(whole);
	peer_poll(half);
	assert_int_equal(whole->connections[0].fd, -1);
	assert_int_equal(half->connections[0].fd, -1);
}

static size_t open_now(int fds[], size_t n)
{
	size_t found = 0;
	char c;

	for (size_t i = 0; i < n; i++)
		found += recv(fds[i], &c, 1, MSG_DONTWAIT) < 0 &&
		         errno == EAGAIN;
	return found;
}

static void strangers_connections_do_not_crowd_phones_out(void **state)
{
	struct edge *e = *state;
	struct peer *bob = edge_peer(e, "bob", EDGE_TCP), *late;
	struct addr to = edge_addr(e, EDGE_TCP);
	struct rlimit before, few;
	int fds[64], top = dup(0);

	bind_to(bob, "Contact: <sip:bob@10.1.2.3:5060;transport=tcp>\r\n", 200);
	close(top);
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = (rlim_t)(top + 2 * (int)NELEM(fds)) * 10 / 9;
	setrlimit(RLIMIT_NOFILE, &few);
	for (size_t i = 0; i < NELEM(fds); i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[i], &to.u.sa, addr_len(&to));
		settle(e->server->loop);
	}
	assert_int_equal(open_now(fds, NELEM(fds)), NELEM(fds));
	warp_ms(e->server->loop, 1000);
	assert_int_equal(open_now(fds, NELEM(fds)), 0);
	setrlimit(RLIMIT_NOFILE, &before);
	for (size_t i = 0; i < NELEM(fds); i++)
		close(fds[i]);
	assert_int_equal(bindings(e), 1);
	late = edge_peer(e, "alice", EDGE_TCP);
	assert_int_equal(peer_register(late, 600)->status, 200);
	peer_call(late, "200", SDP);
	peer_expect(bob, "INVITE");
}

/* --- over a restart ---------------------------------------------------------------------- */

static void again(struct edge *e)
{
	edge_stop(e);
	edge_start(e);
}

static void bindings_outlive_the_server(void **state)
{
	struct edge *e = *state;
	struct addr where;
	struct peer *alice, *bob;
	char line[128], host[ADDR_TEXT];
	const struct msg *m;
	int fd;

	e->conf.registrar.database = e->database;
	edge_start(e);
	bob = edge_peer(e, "bob", EDGE_UDP);
	where = peer_addr(bob);
	snprintf(line, sizeof(line), "Contact: <sip:bob@%s>;q=0.7\r\n",
	         addr_ip_port(&where, host));
	bind_to(bob, line, 200);
	fd = dup(bob->fd); /* the phone stays where it is */
	again(e);
	assert_int_equal(bindings(e), 1);
	alice = edge_peer(e, "alice", EDGE_UDP);
	bob = edge_peer(e, "bob", EDGE_UDP);
	m = bind_to(bob, NULL, 200);
	assert_true(msg_header_has(m, "Contact", ";expires=600;q=0.700"));
	dup2(fd, bob->fd);
	close(fd);
	peer_call(alice, "200", SDP);
	peer_expect(bob, "INVITE");
}

static void a_removed_binding_stays_removed(void **state)
{
	struct edge *e = *state;
	struct peer *bob;

	e->conf.registrar.database = e->database;
	edge_start(e);
	bob = edge_peer(e, "bob", EDGE_UDP);
	peer_register(bob, 600);
	bind_to(bob, "Contact: *\r\nExpires: 0\r\n", 200);
	again(e);
	assert_int_equal(bindings(e), 0);
}

/* Where a connection came from, somebody listens. */
static int listen_again(const struct addr *at)
{
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	assert_int_equal(bind(fd, &at->u.sa, addr_len(at)), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

/* Nobody can open a connection through a NAT from outside. */
static void a_natted_tcp_phone_is_not_called_without_its_connection(
        void **state)
{
	struct edge *e = *state;
	struct peer *alice, *bob;
	struct addr was = { 0 };
	socklen_t len = sizeof(was);
	int fd, yes = 1;

	e->conf.registrar.database = e->database;
	edge_start(e);
	bob = edge_peer(e, "bob", EDGE_TCP);
	bind_to(bob, "Contact: <sip:bob@10.1.2.3:5060;transport=tcp>\r\n", 200);
	getsockname(bob->connections[0].fd, &was.u.sa, &len);
	setsockopt(bob->connections[0].fd, SOL_SOCKET, SO_REUSEADDR, &yes,
	           sizeof(yes));
	again(e);
	fd = listen_again(&was);
	alice = edge_peer(e, "alice", EDGE_UDP);
	peer_call(alice, "200", SDP);
	peer_expect(alice, "480");
	assert_int_equal(accept(fd, NULL, NULL), -1);
	close(fd);
}

static void spoil(const char *path, size_t keep)
{
	static const char noise[4096] = "this is no database";
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)keep), 0);
	assert_int_equal(pwrite(fd, noise, sizeof(noise), (off_t)keep / 2),
	                 (ssize_t)sizeof(noise));
	close(fd);
}

static void a_torn_database_does_not_stop_the_start(void **state)
{
	static const size_t kept[] = { 0, 50, 1000, 4096, 9000 };
	struct edge *e = *state;
	struct peer *bob;

	e->conf.registrar.database = e->database;
	for (size_t i = 0; i < NELEM(kept); i++) {
		edge_start(e);
		bob = edge_peer(e, "bob", EDGE_UDP);
		peer_register(bob, 600);
		edge_stop(e);
		spoil(e->database, kept[i]);
	}
	edge_start(e);
	bob = edge_peer(e, "bob", EDGE_UDP);
	assert_int_equal(peer_register(bob, 600)->status, 200);
}

#define edge_test(fn) cmocka_unit_test_setup_teardown(fn, edge_setup, \
	                                              edge_teardown)
#define bare_test(fn) cmocka_unit_test_setup_teardown(fn, edge_prepare, \
	                                              edge_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		edge_test(every_algorithm_that_is_offered_works),
		edge_test(an_old_nonce_is_stale_not_wrong),
		edge_test(credentials_are_good_once),
		edge_test(a_phone_registers_its_own_address_only),
		edge_test(an_address_stands_for_the_only_realm),
		edge_test(several_contacts_keep_their_own_expiry),
		edge_test(expiry_has_a_default_and_a_limit),
		edge_test(too_short_is_423_with_the_least),
		edge_test(the_star_removes_all_with_expires_0_only),
		edge_test(a_contact_that_is_no_sip_uri_is_refused),
		edge_test(an_older_cseq_changes_nothing),
		edge_test(the_oldest_makes_room),
		edge_test(instance_and_reg_id_are_kept),
		edge_test(a_path_becomes_the_route_of_calls),
		edge_test(answers_go_to_the_source_port),
		edge_test(a_natted_phone_is_called_where_it_came_from),
		edge_test(only_natted_phones_are_kept_alive),
		edge_test(a_call_goes_over_the_connection_of_the_phone),
		edge_test(a_closed_connection_takes_its_binding),
		edge_test(a_reset_connection_takes_its_binding),
		edge_test(a_connection_that_talks_garbage_takes_its_binding),
		edge_test(an_idle_connection_of_a_phone_stays),
		edge_test(an_idle_connection_of_nobody_is_closed),
		edge_test(strangers_connections_do_not_crowd_phones_out),
		bare_test(bindings_outlive_the_server),
		bare_test(a_removed_binding_stays_removed),
		bare_test(a_natted_tcp_phone_is_not_called_without_its_connection),
		bare_test(a_torn_database_does_not_stop_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
