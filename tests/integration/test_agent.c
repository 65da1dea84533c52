/* What the server says to requests outside dialogs (RFC 3261 8.2), and to
 * whom it lets call. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "b2bua/carriers.h"
#include "base/mem.h"
#include "integration/edge.h"
#include "sip/agent.h"
#include "support/auth.h"
#include "support/dns.h"
#include "support/warp.h"

#define BODY "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n" \
	     "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

static const struct msg *ask(struct peer *p, const char *what,
                             const struct peer_request *rq)
{
	struct dialog *d = peer_dialog_new(p, "200");

	peer_request(p, d, rq);
	return peer_expect(p, what);
}

/* The same to each listener: UDP, TCP, both over IPv4 and IPv6. */
static void everywhere(void **state, const char *what, const char *header,
                       const struct peer_request *rq)
{
	for (int at = 0; at < EDGE_LISTENERS; at++) {
		struct peer *p = edge_peer(*state, NULL, at);
		const struct msg *m = ask(p, what, rq);

		if (header)
			assert_non_null(msg_header(m, header, 0));
		peer_expect_none(p);
	}
}

static void options_are_answered_on_every_listener(void **state)
{
	everywhere(state, "200", "Allow",
	           &(struct peer_request){ .method = "OPTIONS" });
}

static void an_unknown_method_is_405_with_allow(void **state)
{
	everywhere(state, "405", "Allow",
	           &(struct peer_request){ .method = "FROBNICATE" });
}

static void an_unknown_extension_is_420_and_named(void **state)
{
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);
	const struct msg *m;

	m = ask(p, "420",
	        &(struct peer_request){
	                .method = "OPTIONS",
	                .headers = "Require: gruu, path\r\nRequire: foo\r\n" });
	assert_string_equal(msg_header(m, "Unsupported", 0),
	                    "gruu, path, foo");
	m = ask(p, "420",
	        &(struct peer_request){ .method = "REGISTER",
	                                .headers = "Require: path, gruu\r\n" });
	assert_string_equal(msg_header(m, "Unsupported", 0), "gruu");
}

static void the_420_to_a_long_list_stays_short(void **state)
{
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);
	struct buf headers = { 0 };
	const struct msg *m;

	buf_str(&headers, "Require: x");
	for (int i = 0; i < 20000; i++)
		buf_str(&headers, ",x");
	buf_str(&headers, "\r\n");
	m = ask(p, "420", &(struct peer_request){ .method = "OPTIONS",
	                                          .headers = headers.p });
	assert_true(m->len < 1000);
	buf_free(&headers);
}

static void an_invite_without_hops_left_is_483(void **state)
{
	everywhere(state, "483", NULL,
	           &(struct peer_request){ .method = "INVITE",
	                                   .max_forwards = -1 });
}

/* Who these come from is asked before anything else is said. */
static void texts_and_watchers_are_challenged(void **state)
{
	static const char *const methods[] = { "MESSAGE", "SUBSCRIBE",
		                               "PUBLISH" };

	for (size_t i = 0; i < NELEM(methods); i++) {
		everywhere(state, "407", NULL,
		           &(struct peer_request){ .method = methods[i] });
		edge_forget_peers(*state);
	}
}

static void what_belongs_to_no_dialog_is_481(void **state)
{
	static const char *const methods[] = { "BYE", "INFO", "UPDATE",
		                               "INVITE", "MESSAGE",
		                               "SUBSCRIBE", "PUBLISH" };
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);
	struct dialog *d;

	for (size_t i = 0; i < NELEM(methods); i++) {
		d = peer_dialog_new(p, "200");
		strcpy(d->remote_tag, "nobody");
		peer_in_dialog(p, d, methods[i], NULL, NULL);
		peer_expect(p, "481");
	}
}

static void a_bye_without_a_tag_is_481_not_405(void **state)
{
	static const char *const methods[] = { "BYE", "INFO", "UPDATE",
		                               "CANCEL", "PRACK" };
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);

	for (size_t i = 0; i < NELEM(methods); i++)
		ask(p, "481", &(struct peer_request){ .method = methods[i] });
}

static void an_ack_for_nothing_is_never_answered(void **state)
{
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);
	struct dialog *d = peer_dialog_new(p, "200");

	peer_in_dialog(p, d, "ACK", NULL, NULL);
	strcpy(d->remote_tag, "nobody");
	peer_in_dialog(p, d, "ACK", NULL, NULL);
	peer_expect_none(p);
}

static void our_own_call_that_comes_back_is_482(void **state)
{
	struct edge *e = *state;
	struct peer *alice = edge_peer(e, "alice", EDGE_UDP);
	struct peer *bob = edge_peer(e, "bob", EDGE_UDP);
	const struct msg *in;
	struct dialog *d;

	assert_int_equal(peer_register(bob, 600)->status, 200);
	peer_call(alice, "200", BODY);
	in = peer_expect(bob, "INVITE");
	d = peer_dialog_new(bob, "200");
	snprintf(d->call_id, sizeof(d->call_id), "%s",
	         msg_header(in, "Call-ID", 0));
	peer_in_dialog(bob, d, "INVITE", NULL, BODY);
	peer_expect(bob, "482");
}

static void a_request_that_comes_on_two_ways_is_482(void **state)
{
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);
	struct dialog *d = peer_dialog_new(p, "200");
	struct peer_request rq = { .method = "OPTIONS", .cseq = 1 };

	peer_request(p, d, &rq);
	peer_expect(p, "200");
	peer_request(p, d, &rq); /* another branch */
	peer_expect(p, "482");
}

/* An OPTIONS without the line that begins with `no`. */
static void send_without(struct peer *p, const char *no)
{
	static const char *const fields[] = {
		"From: <sip:a@edge.test>;tag=1", "To: <sip:b@edge.test>",
		"Call-ID: x", "CSeq: 1 OPTIONS"
	};
	struct addr ours = peer_addr(p);
	struct buf text = { 0 };
	char host[ADDR_TEXT];

	buf_str(&text, "OPTIONS sip:edge.test SIP/2.0\r\n");
	if (strcmp(no, "Via") != 0)
		buf_fmt(&text, "Via: SIP/2.0/UDP %s;branch=z9hG4bK%s\r\n",
		        addr_ip_port(&ours, host), no);
	for (size_t i = 0; i < NELEM(fields); i++)
		if (strncmp(fields[i], no, strlen(no)) != 0)
			buf_fmt(&text, "%s\r\n", fields[i]);
	buf_str(&text, "Content-Length: 0\r\n\r\n");
	peer_send_raw(p, text.p, text.len);
	buf_free(&text);
}

static void a_mandatory_header_that_lacks_is_400(void **state)
{
	static const char *const names[] = { "From", "To", "Call-ID", "CSeq" };
	struct edge *e = *state;
	struct peer *p = edge_peer(e, NULL, EDGE_UDP);
	size_t before;

	for (size_t i = 0; i < NELEM(names); i++) {
		before = e->trace.len;
		send_without(p, names[i]);
		peer_poll(p); /* without CSeq it is no message for the peer */
		assert_non_null(strstr(e->trace.p + before, "SIP/2.0 400"));
	}
	/* without Via nobody knows where the answer should go */
	before = e->trace.len;
	send_without(p, "Via");
	peer_expect_none(p);
	assert_int_equal(e->trace.len, before);
}

static void a_from_without_tag_or_an_empty_call_id_is_400(void **state)
{
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);
	struct dialog *d = peer_dialog_new(p, "200");

	d->local_tag[0] = '\0';
	peer_in_dialog(p, d, "OPTIONS", NULL, NULL);
	peer_expect(p, "400");
	d = peer_dialog_new(p, "200");
	d->call_id[0] = '\0';
	peer_in_dialog(p, d, "OPTIONS", NULL, NULL);
	peer_expect(p, "400");
}

static void a_datagram_shorter_than_its_body_is_400(void **state)
{
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);

	ask(p, "400",
	    &(struct peer_request){ .method = "OPTIONS",
	                            .headers = "Content-Length: 10\r\n" });
}

static void a_uri_that_is_not_sip_is_416(void **state)
{
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);
	static const char *const uris[] = { "tel:+14155550000",
		                            "http://example.com/", "*" };

	for (size_t i = 0; i < NELEM(uris); i++)
		ask(p, "416", &(struct peer_request){ .method = "OPTIONS",
		                                      .uri = uris[i] });
}

static void a_body_that_is_not_sdp_is_415(void **state)
{
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);
	const struct msg *m;

	m = ask(p, "415",
	        &(struct peer_request){ .method = "INVITE",
	                                .headers = "Content-Type: text/plain\r\n",
	                                .body = "hello" });
	assert_string_equal(msg_header(m, "Accept", 0), "application/sdp");
	ask(p, "415",
	    &(struct peer_request){ .method = "INVITE",
	                            .headers = "Content-Encoding: gzip\r\n",
	                            .body = BODY });
}

static void an_invite_needs_one_sip_contact(void **state)
{
	static const char *const contacts[] = {
		"", "Contact: <sip:a@1.2.3.4>, <sip:b@1.2.3.4>\r\n",
		"Contact: *\r\n", "Contact: <tel:+1>\r\n", "Contact: None\r\n",
		"Contact: <mailto:a@b>\r\n"
	};
	struct peer *p = edge_peer(*state, NULL, EDGE_UDP);

	for (size_t i = 0; i < NELEM(contacts); i++)
		ask(p, "400",
		    &(struct peer_request){ .method = "INVITE",
		                            .headers = contacts[i],
		                            .no = "Contact" });
}

/* --- who is calling ---------------------------------------------------------- */

static void nobody_calls_without_proof(void **state)
{
	struct edge *e = *state;

	everywhere(state, "407", "Proxy-Authenticate",
	           &(struct peer_request){ .method = "INVITE", .body = BODY });
	assert_int_equal(e->server->counters.calls, 0);
	assert_int_equal(e->server->n_sessions, 0);
}

static struct peer *impostor(struct edge *e, const char *user,
                             const char *password)
{
	struct peer_conf conf = { .loop = e->server->loop,
		                  .user = user,
		                  .realm = EDGE_REALM,
		                  .password = password,
		                  .server = edge_addr(e, EDGE_UDP),
		                  .trace = &e->trace };

	peer_create(&e->peers[e->n_peers], &conf);
	return e->peers[e->n_peers++];
}

/* What differs from one challenge to the next by chance, out of it. */
static char *without_chance(const struct msg *m, const char *user)
{
	static const char *const marks[] = { "branch=", ";tag=", "nonce=\"",
		                             "rport=", "Call-ID: ", ":" };
	char *text = xstrdup(m->text), *s;

	for (size_t i = 0; i < NELEM(marks); i++)
		for (s = text; (s = strstr(s, marks[i]));)
			for (s += strlen(marks[i]);
			     *s && !strchr(";,\"\r> ", *s); s++)
				*s = '#';
	while ((s = strstr(text, user)))
		memset(s, '#', strlen(user));
	return text;
}

static void looks_alike(struct edge *e, const char *method, const char *what)
{
	/* names and ports of one length, so that sizes can be compared */
	static const char *const who[][2] = { { "nobod", "secret" },
		                              { "carol", "secret" },
		                              { "alice", "wrong!" } };
	struct buf first = { 0 };
	size_t len = 0;

	for (size_t i = 0; i < NELEM(who); i++) {
		struct peer *p = impostor(e, who[i][0], who[i][1]);
		struct dialog *d = peer_dialog_new(p, "200");
		struct peer_request rq = { .method = method };
		struct buf credentials = { 0 };
		const struct msg *m;
		char *text;

		peer_request(p, d, &rq);
		m = peer_expect(p, what);
		peer_credentials(p, &credentials, m, NULL, method, d->target);
		if (m->status == 407)
			peer_ack(p, m, NULL);
		rq.headers = credentials.p;
		peer_request(p, d, &rq);
		m = peer_expect(p, what);
		text = without_chance(m, who[i][0]);
		if (i == 0) {
			buf_str(&first, text);
			len = m->len;
		}
		assert_string_equal(text, buf_text(&first));
		assert_int_equal(m->len, len);
		assert_false(msg_header_has(m, what[1] == '0' && what[2] == '7'
		                                       ? "Proxy-Authenticate"
		                                       : "WWW-Authenticate",
		                            "stale"));
		free(text);
		buf_free(&credentials);
	}
	buf_free(&first);
	assert_int_equal(e->server->counters.calls, 0);
}

static void an_invite_tells_no_stranger_who_exists(void **state)
{
	looks_alike(*state, "INVITE", "407");
}

static void a_register_tells_no_stranger_who_exists(void **state)
{
	looks_alike(*state, "REGISTER", "401");
}

static void credentials_for_another_realm_are_refused(void **state)
{
	struct peer *p = edge_peer(*state, "alice", EDGE_UDP);
	struct dialog *d = peer_dialog_new(p, "200");
	struct buf credentials = { 0 };
	const struct msg *m;

	peer_in_dialog(p, d, "INVITE", NULL, BODY);
	m = peer_expect(p, "407");
	peer_ack(p, m, NULL);
	buf_str(&credentials, "Proxy-Authorization: ");
	auth_respond(&credentials,
	             "Digest realm=\"other.test\", nonce=\"abc\", "
	             "algorithm=MD5, qop=\"auth\"",
	             &(struct auth_answer){ .user = "alice",
	                                    .password = "secret",
	                                    .method = "INVITE",
	                                    .uri = d->target,
	                                    .nc = 1,
	                                    .cnonce = "x" });
	buf_str(&credentials, "\r\n");
	peer_in_dialog(p, d, "INVITE", credentials.p, BODY);
	m = peer_expect(p, "407");
	assert_true(msg_header_has(m, "Proxy-Authenticate", EDGE_REALM));
	buf_free(&credentials);
}

static void broken_credentials_are_400(void **state)
{
	static const char *const broken[] = {
		"Digest", /* none at all: taken for no credentials */
		"Digest username=\"alice\"",
		"Digest username=\"alice\", username=\"bob\", "
		"realm=\"edge.test\", nonce=\"n\", uri=\"sip:x\", "
		"response=\"0\", cnonce=\"c\", nc=00000001, qop=auth",
		"Digest username=\"alice\", realm=\"edge.test\", nonce=\"n\", "
		"uri=\"sip:x\", response=\"0\"",
		"Digest username=\"alice\", realm=\"edge.test\", nonce=\"n\", "
		"uri=\"sip:x\", response=\"0\", cnonce=\"c\", nc=xyz, qop=auth",
	};
	struct peer *p = edge_peer(*state, "alice", EDGE_UDP);
	char line[512];

	for (size_t i = 0; i < NELEM(broken); i++) {
		snprintf(line, sizeof(line), "Authorization: %s\r\n",
		         broken[i]);
		ask(p, i ? "400" : "xxx",
		    &(struct peer_request){ .method = "REGISTER",
		                            .headers = line });
	}
}

/* --- known by address ------------------------------------------------------- */

static void a_device_may_be_known_by_its_address(void **state)
{
	struct edge *e = *state;
	struct peer *bob, *box;

	documents_put(e->documents, "accounts/edge/devices/box.json",
	              "{'sip': {'method': 'ip', 'ip': '::1'}}");
	edge_start(e);
	bob = edge_peer(e, "bob", EDGE_UDP);
	assert_int_equal(peer_register(bob, 600)->status, 200);
	box = edge_peer(e, "box", EDGE_UDP6);
	peer_invite(box, "200", peer_sdp(box, 4000, NULL));
	peer_expect(bob, "INVITE");
}

static void a_disabled_device_is_not_known_by_its_address(void **state)
{
	struct edge *e = *state;
	struct peer *box;

	documents_put(e->documents, "accounts/edge/devices/box.json",
	              "{'enabled': false, "
	              "'sip': {'method': 'ip', 'ip': '::1'}}");
	edge_start(e);
	box = edge_peer(e, "box", EDGE_UDP6);
	peer_invite(box, "200", BODY);
	peer_expect(box, "407");
}

static void put_carrier(struct edge *e, const char *server, const char *more)
{
	documents_putf(e->documents, "resources/carrier.json",
	               "{'rules': ['^\\\\+?\\\\d{7,}$'], 'gateways': "
	               "[{'server': '%s'%s}]}",
	               server, more);
	documents_put(e->documents, "accounts/edge/callflows/did.json",
	              "{'numbers': ['+14155550100'], 'flow': {'module': "
	              "'device', 'data': {'id': 'bob'}}}");
}

static void carrier_calls(struct edge *e, struct peer *bob, const char *what)
{
	struct peer *carrier = edge_peer(e, NULL, EDGE_UDP6);
	struct addr to = edge_addr(e, EDGE_UDP6);
	char uri[128], host[ADDR_TEXT];

	snprintf(uri, sizeof(uri), "sip:+14155550100@%s",
	         addr_ip_port(&to, host));
	peer_invite(carrier, uri, peer_sdp(carrier, 4000, NULL));
	if (what)
		peer_expect(carrier, what);
	else
		peer_expect(bob, "INVITE");
}

static void a_carrier_is_known_by_its_address(void **state)
{
	struct edge *e = *state;
	struct peer *bob;

	put_carrier(e, "[::1]", "");
	edge_start(e);
	bob = edge_peer(e, "bob", EDGE_UDP);
	assert_int_equal(peer_register(bob, 600)->status, 200);
	carrier_calls(e, bob, NULL);
}

static void a_forced_port_must_be_the_source(void **state)
{
	struct edge *e = *state;

	put_carrier(e, "[::1]", ", 'port': 5, 'force_port': true");
	edge_start(e);
	carrier_calls(e, NULL, "407");
}

static void a_disabled_carrier_is_nobody(void **state)
{
	struct edge *e = *state;

	put_carrier(e, "[::1]", ", 'enabled': false");
	edge_start(e);
	carrier_calls(e, NULL, "407");
}

struct lookup {
	struct edge *edge;
	struct loop *dns;
	size_t n;
};

static bool carrier_is_found(void *arg)
{
	struct lookup *k = arg;

	settle(k->dns);
	return carriers_count(k->edge->server->carriers) == k->n;
}

static void a_carrier_is_known_by_its_name(void **state)
{
	struct edge *e = *state;
	struct lookup k = { .edge = e, .n = 1 };
	struct dnsd *dns = NULL;
	struct peer *bob;

	assert_int_equal(loop_create(&k.dns, warp_clock, NULL), 0);
	dnsd_create(&dns, k.dns);
	dnsd_add_address(dns, "carrier.test", 300, "::1");
	e->options.nameservers = dnsd_address(dns);
	put_carrier(e, "carrier.test", "");
	edge_start(e);
	assert_true(settle_until(e->server->loop, carrier_is_found, &k));
	bob = edge_peer(e, "bob", EDGE_UDP);
	assert_int_equal(peer_register(bob, 600)->status, 200);
	carrier_calls(e, bob, NULL);
	edge_stop(e);
	dnsd_destroy(&dns);
	loop_destroy(&k.dns);
}

static void a_carriers_unknown_number_is_404(void **state)
{
	struct edge *e = *state;
	struct peer *carrier;

	put_carrier(e, "[::1]", "");
	edge_start(e);
	carrier = edge_peer(e, NULL, EDGE_UDP6);
	peer_invite(carrier, "+14155559999", BODY);
	peer_expect(carrier, "404");
	/* extensions are for the account's own phones */
	peer_invite(carrier, "200", BODY);
	peer_expect(carrier, "404");
}

#define edge_test(fn) cmocka_unit_test_setup_teardown(fn, edge_setup, \
	                                              edge_teardown)
#define bare_test(fn) cmocka_unit_test_setup_teardown(fn, edge_prepare, \
	                                              edge_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		edge_test(options_are_answered_on_every_listener),
		edge_test(an_unknown_method_is_405_with_allow),
		edge_test(texts_and_watchers_are_challenged),
		edge_test(an_unknown_extension_is_420_and_named),
		edge_test(the_420_to_a_long_list_stays_short),
		edge_test(an_invite_without_hops_left_is_483),
		edge_test(what_belongs_to_no_dialog_is_481),
		edge_test(a_bye_without_a_tag_is_481_not_405),
		edge_test(an_ack_for_nothing_is_never_answered),
		edge_test(our_own_call_that_comes_back_is_482),
		edge_test(a_request_that_comes_on_two_ways_is_482),
		edge_test(a_mandatory_header_that_lacks_is_400),
		edge_test(a_from_without_tag_or_an_empty_call_id_is_400),
		edge_test(a_datagram_shorter_than_its_body_is_400),
		edge_test(a_uri_that_is_not_sip_is_416),
		edge_test(a_body_that_is_not_sdp_is_415),
		edge_test(an_invite_needs_one_sip_contact),
		edge_test(nobody_calls_without_proof),
		edge_test(an_invite_tells_no_stranger_who_exists),
		edge_test(a_register_tells_no_stranger_who_exists),
		edge_test(credentials_for_another_realm_are_refused),
		edge_test(broken_credentials_are_400),
		bare_test(a_device_may_be_known_by_its_address),
		bare_test(a_disabled_device_is_not_known_by_its_address),
		bare_test(a_carrier_is_known_by_its_address),
		bare_test(a_forced_port_must_be_the_source),
		bare_test(a_disabled_carrier_is_nobody),
		bare_test(a_carrier_is_known_by_its_name),
		bare_test(a_carriers_unknown_number_is_404),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
