/* Who calls, and who is told so; why it ended, and who is told that. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/trunks.h"

/* frank1 dials with these header lines. */
static struct dialog *dial(struct crew *c, const char *number,
                           const char *from, const char *lines)
{
	struct peer *p = c->frank1;
	char *uri = xasprintf("sip:%s@hq.test", number);
	struct dialog *d = peer_dialog_new(p, uri);
	struct peer_request rq = { .method = "INVITE",
		                   .uri = uri,
		                   .headers = lines,
		                   .body = office_sdp(c->o, p) };
	struct buf all = { 0 };
	const struct msg *challenge;

	if (from)
		strcpy(d->local, from);
	peer_request(p, d, &rq);
	challenge = peer_pick(p, "407");
	peer_ack(p, challenge, NULL);
	peer_credentials(p, &all, challenge, NULL, "INVITE", uri);
	buf_str(&all, lines);
	rq.headers = all.p;
	rq.body = office_sdp(c->o, p);
	d->invite = peer_request(p, d, &rq);
	buf_free(&all);
	free(uri);
	return d;
}

static void busy(struct crew *c, struct peer *callee, const struct msg *m)
{
	office_refuse(callee, m, 486);
	office_fails(c->frank1, "486");
}

static void assert_tells_nothing(const struct msg *m)
{
	static const char *const headers[] = { "P-Asserted-Identity",
		                               "P-Preferred-Identity",
		                               "Remote-Party-ID", "Privacy" };

	for (size_t i = 0; i < NELEM(headers); i++)
		assert_int_equal(msg_count(m, headers[i]), 0);
}

static void a_phones_own_assertion_is_never_believed(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	const struct msg *m;
	static const char lies[] =
	        "P-Asserted-Identity: <sip:president@hq.test>\r\n"
	        "Remote-Party-ID: <sip:president@hq.test>;screen=yes\r\n"
	        "P-Preferred-Identity: <sip:president@hq.test>\r\n";

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	put_carrier(c, "r", 0, "", "");
	send_out(c);
	dial(c, "2", NULL, lies);
	m = peer_expect(carol, "INVITE");
	assert_tells_nothing(m);
	assert_null(strstr(m->text, "president"));
	busy(c, carol, m);
	dial(c, "1", NULL, lies);
	m = peer_expect(c->g[0], "INVITE");
	assert_tells_nothing(m);
	assert_null(strstr(m->text, "president"));
	assert_true(msg_header_has(m, "From", "frank1@hq.test"));
	busy(c, c->g[0], m);
}

/* A carrier must know whom it bills, and that nobody else may. */
static void assert_anonymous_to_carrier(const struct msg *m)
{
	assert_true(msg_header_has(m, "From",
	                           "\"Anonymous\" "
	                           "<sip:anonymous@anonymous.invalid>"));
	assert_true(msg_header_has(m, "P-Asserted-Identity",
	                           "<sip:frank1@hq.test>"));
	assert_true(msg_header_has(m, "Privacy", "id"));
}

static void a_phone_that_wants_privacy_gets_it(void **state)
{
	static const struct {
		const char *from, *lines;
	} wishes[] = {
		{ NULL, "Privacy: id\r\n" },
		{ NULL, "Privacy: user;critical\r\n" },
		{ "\"Anonymous\" <sip:anonymous@anonymous.invalid>", "" },
	};
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	const struct msg *m;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	put_carrier(c, "r", 0, "", "");
	send_out(c);
	for (size_t i = 0; i < NELEM(wishes); i++) {
		dial(c, "2", wishes[i].from, wishes[i].lines);
		m = peer_expect(carol, "INVITE");
		assert_tells_nothing(m);
		assert_true(msg_header_has(m, "From", "anonymous.invalid"));
		assert_null(strstr(m->text, "frank1"));
		busy(c, carol, m);
		dial(c, "1", wishes[i].from, wishes[i].lines);
		m = peer_expect(c->g[0], "INVITE");
		assert_anonymous_to_carrier(m);
		busy(c, c->g[0], m);
	}
}

static void an_identity_survives_the_carriers_challenge(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_carrier(c, "r", 0, "", ",'username':'us','password':'x'");
	send_out(c);
	dial(c, "1", NULL, "Privacy: id\r\nSubject: s\r\n");
	m = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], m, 407, "Prove",
	           "Proxy-Authenticate: Digest realm=\"r\",nonce=\"n\"\r\n",
	           NULL);
	peer_expect(c->g[0], "ACK");
	m = peer_expect(c->g[0], "INVITE");
	assert_int_equal(msg_count(m, "Proxy-Authorization"), 1);
	assert_anonymous_to_carrier(m);
	assert_int_equal(msg_count(m, "Privacy"), 1);
	busy(c, c->g[0], m);
}

static void a_gateway_is_told_as_its_document_says(void **state)
{
	static const struct {
		const char *type, *pai, *rpid; /* NULL: none */
	} cases[] = {
		{ "pid", "\"frank1\" <sip:frank1@hq.test>", NULL },
		{ "rpid", NULL,
		  "<sip:frank1@hq.test>;party=calling;screen=yes;"
		  "privacy=off" },
		{ "from", NULL, NULL },
		{ "external", NULL, NULL },
	};
	struct crew *c = *state;
	const struct msg *m;

	for (size_t i = 0; i < NELEM(cases); i++) {
		char *more = xasprintf(",'caller_id_type':'%s'",
		                       cases[i].type);

		put_carrier(c, "r", 0, "", more);
		send_out(c);
		dial(c, "1", NULL, "");
		m = peer_expect(c->g[0], "INVITE");
		assert_int_equal(msg_count(m, "P-Asserted-Identity"),
		                 !!cases[i].pai);
		assert_int_equal(msg_count(m, "Remote-Party-ID"),
		                 !!cases[i].rpid);
		if (cases[i].pai)
			assert_true(msg_header_has(m, "P-Asserted-Identity",
			                           cases[i].pai));
		if (cases[i].rpid)
			assert_true(msg_header_has(m, "Remote-Party-ID",
			                           cases[i].rpid));
		busy(c, c->g[0], m);
		free(more);
	}
}

static void a_carriers_assertion_is_who_calls(void **state)
{
	static const struct {
		const char *from, *lines, *shown; /* to the phone */
	} cases[] = {
		{ "\"F\" <sip:+49301@gw.test>", "", "\"F\" <sip:+49301@hq" },
		{ "\"F\" <sip:+49301@gw.test>",
		  "P-Asserted-Identity: \"G\" <sip:+49302@gw.test>\r\n",
		  "\"G\" <sip:+49302@hq" },
		{ "<sip:anonymous@anonymous.invalid>",
		  "P-Asserted-Identity: <tel:+49302>\r\nPrivacy: id\r\n",
		  "\"Anonymous\" <sip:anonymous@anonymous.invalid>" },
		{ "\"F\" <sip:+49301@gw.test>",
		  "P-Asserted-Identity: <tel:+49302>\r\nPrivacy: id\r\n",
		  "\"Anonymous\" <sip:anonymous@anonymous.invalid>" },
		{ "\"F\" <sip:+49301@gw.test>",
		  "Remote-Party-ID: <sip:+49303@h>;privacy=full\r\n",
		  "\"Anonymous\" <sip:anonymous@anonymous.invalid>" },
		{ "\"F\" <sip:+49301@gw.test>",
		  "Remote-Party-ID: <sip:+49303@h>;privacy=off\r\n",
		  "\"F\" <sip:+49303@hq" },
	};
	struct crew *c = *state;
	struct peer *g = c->g[0];
	const struct msg *m;

	put_carrier(c, "r", 0, "", "");
	office_flow(c->o, "+14155559999",
	            "{'module':'device','data':{'id':'frank1'}}");
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct dialog *d =
		        peer_dialog_new(g, "sip:+14155559999@b2bua.test");

		strcpy(d->local, cases[i].from);
		d->invite = peer_request(
		        g, d,
		        &(struct peer_request){ .method = "INVITE",
		                                .uri = "sip:+14155559999@b.t",
		                                .headers = cases[i].lines,
		                                .body = office_sdp(c->o, g) });
		m = peer_pick(c->frank1, "INVITE");
		assert_tells_nothing(m);
		if (!msg_header_has(m, "From", cases[i].shown))
			fail_msg("%zu: %s", i, m->text);
		office_refuse(c->frank1, m, 486);
		office_fails(g, "486");
	}
}

static void a_transit_call_keeps_its_identity(void **state)
{
	struct crew *c = *state;
	struct peer *g = c->g[0];
	struct dialog *d;
	const struct msg *m;

	put_carrier(c, "r", 1, "", "");
	put_local(c, "hq", "in", 0);
	office_flow(c->o, "+14155559999", OUT, "false",
	            ",'to_did':'" NUMBER "'");
	d = peer_dialog_new(g, "sip:+14155559999@b2bua.test");
	d->invite = peer_request(
	        g, d,
	        &(struct peer_request){
	                .method = "INVITE",
	                .uri = "sip:+14155559999@b.t",
	                .headers = "P-Asserted-Identity: <sip:+49302@x>\r\n"
	                           "Privacy: id\r\n"
	                           "Alert-Info: <http://h>;info=auto\r\n"
	                           "Diversion: <sip:+49304@x>\r\n",
	                .body = office_sdp(c->o, g) });
	m = peer_expect(c->g[1], "INVITE");
	assert_true(msg_header_has(m, "P-Asserted-Identity",
	                           "<sip:+49302@hq.test>"));
	assert_true(msg_header_has(m, "From", "anonymous.invalid"));
	assert_true(msg_header_has(m, "Privacy", "id"));
	assert_true(msg_header_has(m, "Diversion", "+49304"));
	/* phones answer by themselves when it says so */
	assert_int_equal(msg_count(m, "Alert-Info"), 0);
	office_refuse(c->g[1], m, 486);
	office_fails(g, "486");
}

/* --- Reason ------------------------------------------------------------------ */

static void the_reason_of_a_failure_reaches_the_caller(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_carrier(c, "r", 0, "", "");
	send_out(c);
	dial(c, "1", NULL, "");
	m = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], m, 480, "Gone",
	           "Reason: Q.850;cause=20;text=\"absent\"\r\n", NULL);
	peer_expect(c->g[0], "ACK");
	m = office_fails(c->frank1, "480");
	assert_true(msg_header_has(m, "Reason",
	                           "Q.850;cause=20;text=\"absent\""));
}

static void a_cause_of_the_network_is_a_child_of_the_flow(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_carrier(c, "r", 0, "", "");
	office_flow(c->o, "1",
	            "{'module':'resources','data':{'use_local_resources':false,"
	            "'to_did':'" NUMBER "'},'children':{'SUBSCRIBER_ABSENT':{"
	            "'module':'response','data':{'code':498}}}}");
	dial(c, "1", NULL, "");
	m = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], m, 480, "Gone", "Reason: Q.850;cause=20\r\n",
	           NULL);
	peer_expect(c->g[0], "ACK");
	office_fails(c->frank1, "498");
}

static void the_reason_of_a_cancel_reaches_all_that_ring(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	const struct msg *m;
	struct dialog *d;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	d = dial(c, "2", NULL, "");
	m = office_rings(carol);
	peer_expect(c->frank1, "180");
	peer_cancel(c->frank1, d,
	            "Reason: SIP;cause=200;text=\"x\"\r\n"
	            "Reason: Q.850;cause=26\r\n");
	peer_pick(c->frank1, "200 CANCEL");
	office_fails(c->frank1, "487");
	m = office_cancelled(carol, m);
	assert_true(msg_header_has(m, "Reason", "SIP;cause=200"));
	assert_true(msg_header_has(m, "Reason", "Q.850;cause=26"));
}

static void the_reasons_of_a_bye_cross_both_ways(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1"), *by, *other;
	const struct msg *m;
	struct dialog *d;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	for (int i = 0; i < 2; i++) {
		d = dial(c, "2", NULL, "");
		m = office_rings(carol);
		office_answer(c->o, carol, m, c->frank1);
		by = i ? carol : c->frank1;
		other = i ? c->frank1 : carol;
		peer_in_dialog(by, i ? peer_dialog(carol, m) : d, "BYE",
		               "Reason: SIP;cause=200, Q.850;cause=16\r\n",
		               NULL);
		peer_pick(by, "200 BYE");
		m = peer_pick(other, "BYE");
		assert_true(msg_header_has(m, "Reason", "SIP;cause=200"));
		assert_true(msg_header_has(m, "Reason", "Q.850;cause=16"));
		peer_reply(other, m, 200, "OK", NULL, NULL);
	}
}

static void answers_bring_their_headers_to_the_caller(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	const struct msg *m, *ok;
	struct dialog *d;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	d = dial(c, "2", NULL, "");
	m = peer_expect(carol, "INVITE");
	peer_reply(carol, m, 180, "Ringing",
	           "Alert-Info: <http://h/ringback>\r\nX-Secret: 1\r\n", NULL);
	ok = peer_pick(c->frank1, "180");
	assert_true(msg_header_has(ok, "Alert-Info", "ringback"));
	peer_reply(carol, m, 200, "OK",
	           "User-to-User: 56a3\r\nX-Secret: 1\r\n"
	           "P-Asserted-Identity: <sip:boss@hq.test>\r\n",
	           office_sdp(c->o, carol));
	ok = peer_pick(c->frank1, "200 INVITE");
	assert_true(msg_header_has(ok, "User-to-User", "56a3"));
	assert_int_equal(msg_count(ok, "Alert-Info"), 0);
	assert_int_equal(msg_count(ok, "X-Secret"), 0);
	assert_null(strstr(ok->text, "boss"));
	peer_ack(c->frank1, ok, NULL);
	peer_expect(carol, "ACK");
	office_hang_up(c->frank1, d, carol);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_phones_own_assertion_is_never_believed),
		TRUNK_TEST(a_phone_that_wants_privacy_gets_it),
		TRUNK_TEST(an_identity_survives_the_carriers_challenge),
		TRUNK_TEST(a_gateway_is_told_as_its_document_says),
		TRUNK_TEST(a_carriers_assertion_is_who_calls),
		TRUNK_TEST(a_transit_call_keeps_its_identity),
		TRUNK_TEST(the_reason_of_a_failure_reaches_the_caller),
		TRUNK_TEST(a_cause_of_the_network_is_a_child_of_the_flow),
		TRUNK_TEST(the_reason_of_a_cancel_reaches_all_that_ring),
		TRUNK_TEST(the_reasons_of_a_bye_cross_both_ways),
		TRUNK_TEST(answers_bring_their_headers_to_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
