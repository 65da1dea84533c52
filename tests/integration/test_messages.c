/* MESSAGE between phones (RFC 3428). */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "b2bua/messages.h"
#include "base/mem.h"
#include "integration/trunks.h"

#define PLAIN "Content-Type: text/plain;charset=UTF-8\r\n"

static const struct msg *say(struct peer *p, const char *to,
                             const char *headers, const char *body)
{
	char *uri = strchr(to, ':') ? xstrdup(to)
	                            : xasprintf("sip:%s@hq.test", to);
	struct peer_request rq = { .method = "MESSAGE",
		                   .uri = uri,
		                   .headers = headers,
		                   .body = body };
	const struct msg *m =
	        peer_request(p, peer_dialog_new(p, uri), &rq);

	free(uri);
	return m;
}

/* With the answer to the challenge. */
static const struct msg *text(struct peer *p, const char *to,
                              const char *headers, const char *body)
{
	char *uri = xasprintf("sip:%s@hq.test", to);
	struct buf all = { 0 };
	const struct msg *m;

	while (peer_poll(p))
		;
	say(p, uri, headers, body);
	peer_credentials(p, &all, peer_expect(p, "407 MESSAGE"), NULL,
	                 "MESSAGE", uri);
	buf_str(&all, headers);
	m = say(p, uri, all.p, body);
	buf_free(&all);
	free(uri);
	return m;
}

static void answer(struct peer *p, const struct msg *m, int status)
{
	peer_reply(p, m, status, "So", NULL, NULL);
}

static void a_message_reaches_the_phone_of_the_number(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	const struct msg *m, *sent;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	sent = text(c->frank1, "2",
	            PLAIN "Subject: lunch\r\nX-Secret: 1\r\n", "hällo\r\n");
	m = peer_expect(carol, "MESSAGE");
	assert_true(msg_body_has(m, "hällo\r\n"));
	assert_true(msg_header_has(m, "Content-Type",
	                           "text/plain;charset=UTF-8"));
	assert_true(msg_header_has(m, "From", "frank1@hq.test"));
	assert_true(msg_header_has(m, "To", "carol1@hq.test"));
	assert_true(msg_header_has(m, "Subject", "lunch"));
	assert_string_equal(msg_header(m, "Max-Forwards", 0), "69");
	assert_int_equal(msg_count(m, "X-Secret"), 0);
	assert_int_equal(msg_count(m, "Contact"), 0); /* RFC 3428 4 */
	assert_int_equal(msg_count(m, "Proxy-Authorization"), 0);
	assert_string_not_equal(msg_header(m, "Call-ID", 0),
	                        msg_header(sent, "Call-ID", 0));
	peer_expect_none(c->frank1);
	answer(carol, m, 202);
	m = peer_expect(c->frank1, "200 MESSAGE");
	assert_int_equal(msg_count(m, "Contact"), 0);
	assert_int_equal(m->body_len, 0);
}

static void a_user_name_and_a_user_can_be_reached(void **state)
{
	struct crew *c = *state;
	struct peer *a1 = office_phone(c->o, "alice1");
	struct peer *a2 = office_phone(c->o, "alice2");

	office_flow(c->o, "3", "{'module':'user','data':{'id':'alice'}}");
	text(c->frank1, "alice1", PLAIN, "one");
	answer(a1, peer_expect(a1, "MESSAGE"), 200);
	peer_expect(c->frank1, "200");
	/* both phones; one 200 is enough, also when it comes last */
	text(c->frank1, "3", PLAIN, "two");
	answer(a1, peer_expect(a1, "MESSAGE"), 486);
	peer_expect_none(c->frank1);
	answer(a2, peer_expect(a2, "MESSAGE"), 200);
	peer_expect(c->frank1, "200");
	text(c->frank1, "3", PLAIN, "three");
	answer(a1, peer_expect(a1, "MESSAGE"), 200);
	peer_expect(c->frank1, "200");
	answer(a2, peer_expect(a2, "MESSAGE"), 486);
	peer_expect_none(c->frank1);
}

static void nobody_is_told_apart_from_nobody_there(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	office_flow(c->o, "4", "{'module':'response','data':{'code':486}}");
	text(c->frank1, "2", PLAIN, "x");
	peer_expect(c->frank1, "480");
	text(c->frank1, "77", PLAIN, "x");
	peer_expect(c->frank1, "404");
	text(c->frank1, "4", PLAIN, "x");
	peer_expect(c->frank1, "404");
}

static void failures_of_phones_are_told(void **state)
{
	static const struct {
		int phone;
		const char *sender;
	} cases[] = { { 415, "415" }, { 486, "486" }, { 401, "480" },
		      { 302, "480" }, { 603, "603" } };
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");

	for (size_t i = 0; i < NELEM(cases); i++) {
		text(c->frank1, "carol1", PLAIN, "x");
		answer(carol, peer_expect(carol, "MESSAGE"), cases[i].phone);
		peer_expect(c->frank1, cases[i].sender);
	}
	/* nothing at all */
	text(c->frank1, "carol1", PLAIN, "x");
	peer_expect(carol, "MESSAGE");
	office_warp(c->o, 33000);
	peer_pick(c->frank1, "480");
}

static void strangers_may_not_send(void **state)
{
	struct crew *c = *state;
	struct peer *p = office_handset(c->o, "carol1");
	struct buf all = { 0 };

	/* a phone that proves nothing is asked; one that lies is not */
	say(p, "frank1", PLAIN, "x");
	peer_credentials(p, &all, peer_expect(p, "407"), NULL, "REGISTER",
	                 "sip:frank1@hq.test");
	buf_str(&all, PLAIN);
	say(p, "frank1", all.p, "x");
	peer_expect(p, "403");
	buf_free(&all);
	/* a carrier, and one of another domain, can be no phone */
	put_carrier(c, "r", 0, "", "");
	office_reload(c->o);
	say(c->g[0], "sip:frank1@hq.test", PLAIN, "x");
	peer_expect(c->g[0], "403");
	p = NULL;
	peer_create(&p, &(struct peer_conf){ .loop = c->o->loop,
	                                     .user = "x",
	                                     .realm = "elsewhere.test",
	                                     .server = c->o->at,
	                                     .trace = &c->o->trace });
	c->o->peers[c->o->n_peers++] = p;
	say(p, "sip:frank1@hq.test", PLAIN, "x");
	peer_expect(p, "403");
	peer_expect_none(c->frank1);
}

static void a_phone_speaks_for_itself_only(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1"), *p = c->frank1;
	struct peer_request rq = { .method = "MESSAGE",
		                   .uri = "sip:carol1@hq.test",
		                   .headers = PLAIN,
		                   .body = "x" };
	struct buf all = { 0 };
	const struct msg *m;
	struct dialog *d;

	for (int i = 0; i < 2; i++) {
		d = peer_dialog_new(p, rq.uri);
		strcpy(d->local, "<sip:president@hq.test>");
		peer_request(p, d, &rq);
		if (i > 0)
			break;
		peer_credentials(p, &all, peer_pick(p, "407"), NULL,
		                 "MESSAGE", rq.uri);
		buf_str(&all, PLAIN);
		rq.headers = all.p;
	}
	m = peer_expect(carol, "MESSAGE");
	assert_true(msg_header_has(m, "From", "frank1@hq.test"));
	answer(carol, m, 200);
	peer_expect(p, "200");
	buf_free(&all);
}

static void size_and_hops_are_limited(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	char *large = xzalloc(20000 + 1);
	struct buf all = { 0 };
	struct peer_request rq = { .method = "MESSAGE",
		                   .uri = "sip:carol1@hq.test",
		                   .max_forwards = -1 };

	memset(large, 'x', 20000);
	text(c->frank1, "carol1", PLAIN, large);
	peer_expect(c->frank1, "413");
	peer_request(c->frank1, peer_dialog_new(c->frank1, rq.uri), &rq);
	peer_credentials(c->frank1, &all, peer_expect(c->frank1, "407"), NULL,
	                 "MESSAGE", rq.uri);
	rq.headers = all.p;
	peer_request(c->frank1, peer_dialog_new(c->frank1, rq.uri), &rq);
	peer_expect(c->frank1, "483");
	peer_expect_none(carol);
	buf_free(&all);
	free(large);
}

static void the_end_of_the_server_answers_what_is_open(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");

	text(c->frank1, "carol1", PLAIN, "x");
	peer_expect(carol, "MESSAGE");
	assert_int_equal(c->o->server->n_texts, 1);
	messages_end(c->o->server);
	assert_int_equal(c->o->server->n_texts, 0);
	peer_expect(c->frank1, "503");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_message_reaches_the_phone_of_the_number),
		TRUNK_TEST(a_user_name_and_a_user_can_be_reached),
		TRUNK_TEST(nobody_is_told_apart_from_nobody_there),
		TRUNK_TEST(failures_of_phones_are_told),
		TRUNK_TEST(strangers_may_not_send),
		TRUNK_TEST(a_phone_speaks_for_itself_only),
		TRUNK_TEST(size_and_hops_are_limited),
		TRUNK_TEST(the_end_of_the_server_answers_what_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
