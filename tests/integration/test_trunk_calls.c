#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/table.h"
#include "b2bua/trunks.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "integration/trunks.h"

#define REGISTERS ",'register':true,'username':'acme','password':'pw'"

static char *table(struct crew *c)
{
	struct buf out = { 0 };
	struct table *t;

	table_create(&t, TABLE_JSON, trunk_columns, n_trunk_columns);
	trunks_list(c->o->server->trunks, t);
	table_end(&t, &out);
	return buf_take(&out);
}

static void shows(struct crew *c, const char *text)
{
	char *all = table(c);

	if (!strstr(all, text))
		fail_msg("'%s' is not in:\n%s", text, all);
	free(all);
}

static int switches(struct crew *c, const char *name, bool up)
{
	struct buf out = { 0 };
	int status = trunks_switch(c->o->server->trunks, name, up, &out);

	buf_free(&out);
	settle(c->o->loop);
	return status;
}

/* --- limits ------------------------------------------------------------ */

static bool is_recorded(void *arg)
{
	struct crew *c = arg;
	struct cdr_stats s;

	cdr_stats(c->o->server->cdr, &s);
	return s.waiting == 0;
}

/* Attempt i of the last call record. */
static cJSON *attempt(struct crew *c, cJSON **record, int i)
{
	char *line = NULL, *last = NULL;
	size_t size = 0;
	FILE *f;

	assert_true(settle_until(c->o->loop, is_recorded, c));
	f = fopen(c->o->conf->cdr, "r");
	assert_non_null(f);
	while (getline(&line, &size, f) > 0) {
		free(last);
		last = xstrdup(line);
	}
	fclose(f);
	free(line);
	*record = cJSON_Parse(last ? last : "");
	free(last);
	assert_non_null(*record);
	return cJSON_GetArrayItem(cJSON_GetObjectItem(*record, "attempts"), i);
}

static void records(struct crew *c, int i, const char *result,
                    const char *cause)
{
	cJSON *all, *at = attempt(c, &all, i);

	assert_non_null(at);
	assert_string_equal(cJSON_GetObjectItem(at, "result")->valuestring,
	                    result);
	assert_string_equal(cJSON_GetObjectItem(at, "cause")->valuestring,
	                    cause);
	cJSON_Delete(all);
}

static void the_next_gateway_has_what_is_over_the_limit(void **state)
{
	struct crew *c = *state;
	struct peer *alice = office_phone(c->o, "alice1");
	struct dialog *first, *second;

	two_carriers(c, "", ",'channels':1");
	first = office_dial(c->o, c->frank1, "1");
	office_answer(c->o, c->g[0], office_rings(c->g[0]), c->frank1);
	shows(c, "\"calls\":1,\"channels\":1");
	second = office_dial(c->o, alice, "1");
	office_answer(c->o, c->g[1], office_rings(c->g[1]), alice);
	peer_expect_none(c->g[0]);
	office_hang_up(alice, second, c->g[1]);
	records(c, 0, "refused", "NORMAL_CIRCUIT_CONGESTION");
	records(c, 1, "answered", "NORMAL_CLEARING");
	office_hang_up(c->frank1, first, c->g[0]);
	shows(c, "\"calls\":0,\"channels\":1");
	first = office_dial(c->o, c->frank1, "1");
	office_answer(c->o, c->g[0], office_rings(c->g[0]), c->frank1);
	office_hang_up(c->frank1, first, c->g[0]);
}

/* Ringing takes a channel too; each end of a call gives it back. */
static void however_a_call_ends_its_channel_is_free(void **state)
{
	static const int statuses[] = { 486, 404, 600, 480 };
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;
	char status[8];

	put_carrier(c, "a", 0, "", ",'channels':1,'progress_timeout':3");
	send_out(c);
	for (size_t i = 0; i < NELEM(statuses); i++) {
		office_dial(c->o, c->frank1, "1");
		m = office_rings(c->g[0]);
		shows(c, "\"calls\":1,");
		office_refuse(c->g[0], m, statuses[i]);
		snprintf(status, sizeof(status), "%d", statuses[i]);
		office_fails(c->frank1, status);
		shows(c, "\"calls\":0,");
	}
	/* no answer */
	office_dial(c->o, c->frank1, "1");
	peer_expect(c->g[0], "INVITE");
	office_warp(c->o, 3100);
	shows(c, "\"calls\":0,");
	office_fails(c->frank1, "408");
	/* the caller gives up */
	d = office_dial(c->o, c->frank1, "1");
	m = office_rings(c->g[0]);
	peer_cancel(c->frank1, d, NULL);
	peer_pick(c->frank1, "200 CANCEL");
	office_fails(c->frank1, "487");
	office_cancelled(c->g[0], m);
	shows(c, "\"calls\":0,");
	/* the gateway hangs up */
	office_dial(c->o, c->frank1, "1");
	m = office_rings(c->g[0]);
	office_answer(c->o, c->g[0], m, c->frank1);
	peer_bye(c->g[0], peer_dialog(c->g[0], m));
	peer_pick(c->g[0], "200 BYE");
	peer_reply(c->frank1, peer_pick(c->frank1, "BYE"), 200, "OK", NULL,
	           NULL);
	shows(c, "\"calls\":0,");
}

static void so_many_calls_a_second_and_no_more(void **state)
{
	struct crew *c = *state;

	two_carriers(c, "", ",'cps':2");
	for (int second = 0; second < 3; second++) {
		for (int i = 0; i < 4; i++) {
			office_dial(c->o, c->frank1, "1");
			if (i < 2)
				office_refuse(c->g[0],
				              peer_expect(c->g[0], "INVITE"),
				              500);
			office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"),
			              486);
			office_fails(c->frank1, "486");
			peer_expect_none(c->g[0]);
		}
		records(c, 0, "refused", "SWITCH_CONGESTION");
		records(c, 1, "failed", "USER_BUSY");
		office_warp(c->o, 1000);
	}
}

static void put_number(struct crew *c)
{
	office_put(c->o, "accounts/hq/callflows/in.json",
	           "{'id':'in','numbers':['" NUMBER "'],'flow':{'module':"
	           "'device','data':{'id':'alice1'}}}");
	office_reload(c->o);
}

static void calls_from_a_gateway_count_too(void **state)
{
	struct crew *c = *state;
	struct peer *alice = office_phone(c->o, "alice1");
	struct dialog *in;
	const struct msg *m;

	two_carriers(c, "", ",'channels':1");
	put_number(c);
	in = peer_invite(c->g[0], NUMBER, office_sdp(c->o, c->g[0]));
	m = office_rings(alice);
	office_answer(c->o, alice, m, c->g[0]);
	shows(c, "\"calls\":1,");
	/* neither out ... */
	office_flow(c->o, "2",
	            "{'module':'resources','data':{'use_local_resources':"
	            "false,'to_did':'+14155551111'}}");
	office_dial(c->o, c->frank1, "2");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	/* ... nor in */
	peer_invite(c->g[0], NUMBER, office_sdp(c->o, c->g[0]));
	m = office_fails(c->g[0], "503");
	assert_null(msg_header(m, "Retry-After", 0));
	office_hang_up(c->g[0], in, alice);
	shows(c, "\"calls\":0,");
}

/* The phone gives its caller to another one and is out of it. */
static void gives_away(struct crew *c, struct peer *by, struct dialog *d,
                       struct peer *to)
{
	const struct msg *m;

	peer_in_dialog(by, d, "REFER", "Refer-To: <sip:2@hq.test>\r\n", NULL);
	m = peer_expect(to, "INVITE");
	peer_reply(to, m, 200, "OK", NULL, office_sdp(c->o, to));
	peer_reply(c->g[0], peer_pick(c->g[0], "INVITE"), 200, "OK", NULL,
	           office_sdp(c->o, c->g[0]));
	peer_expect(to, "ACK");
	peer_reply(by, peer_pick(by, "BYE"), 200, "OK", NULL, NULL);
	while (peer_poll(c->g[0]) || peer_poll(by))
		;
}

static void a_caller_who_is_transferred_still_counts(void **state)
{
	struct crew *c = *state;
	struct peer *alice = office_phone(c->o, "alice1");
	struct peer *carol = office_phone(c->o, "carol1");
	struct dialog *in, *d;
	const struct msg *m;

	two_carriers(c, "", ",'channels':1");
	put_number(c);
	office_flow(c->o, "2",
	            "{'module':'device','data':{'id':'carol1'}}");
	in = peer_invite(c->g[0], NUMBER, office_sdp(c->o, c->g[0]));
	m = office_rings(alice);
	d = peer_dialog(alice, peer_reply(alice, m, 200, "OK", NULL,
	                                  office_sdp(c->o, alice)));
	peer_ack(c->g[0], peer_pick(c->g[0], "200 INVITE"), NULL);
	peer_expect(alice, "ACK");
	gives_away(c, alice, d, carol);
	shows(c, "\"calls\":1,");
	office_hang_up(c->g[0], in, carol);
	shows(c, "\"calls\":0,");
}

static void a_gateway_may_go_while_it_has_calls(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	two_carriers(c, "", ",'channels':1");
	d = office_dial(c->o, c->frank1, "1");
	office_answer(c->o, c->g[0], office_rings(c->g[0]), c->frank1);
	put_carrier(c, "a", 0, ",'enabled':false", "");
	office_reload(c->o);
	office_hang_up(c->frank1, d, c->g[0]);
}

static void an_answer_that_does_not_come_is_followed_by_the_next(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	two_carriers(c, "", ",'answer_timeout':20");
	office_dial(c->o, c->frank1, "1");
	m = office_rings(c->g[0]);
	office_warp(c->o, 19000);
	peer_expect_none(c->g[0]);
	office_warp(c->o, 1100);
	office_cancelled(c->g[0], m);
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	records(c, 0, "timeout", "ALLOTTED_TIMEOUT");
}

/* --- by the operator --------------------------------------------------- */

static void down_means_no_new_calls_either_way(void **state)
{
	struct crew *c = *state;
	struct dialog *d;

	two_carriers(c, "", "");
	put_number(c);
	office_flow(c->o, "2",
	            "{'module':'resources','data':{'use_local_resources':"
	            "false,'to_did':'+14155551111'}}");
	d = office_dial(c->o, c->frank1, "2");
	office_answer(c->o, c->g[0], office_rings(c->g[0]), c->frank1);
	assert_int_equal(switches(c, "a/0", false), 0);
	shows(c, "\"state\":\"down\"");
	office_reload(c->o);
	shows(c, "\"state\":\"down\"");
	peer_invite(c->g[0], NUMBER, office_sdp(c->o, c->g[0]));
	office_fails(c->g[0], "503");
	/* what there is goes on */
	office_hang_up(c->frank1, d, c->g[0]);
	office_dial(c->o, c->frank1, "2");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	assert_int_equal(switches(c, "a", true), 0);
	office_dial(c->o, c->frank1, "2");
	office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 486);
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
}

static void down_ends_its_registration_and_its_probes(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_carrier(c, "a", 0, "", REGISTERS ",'options_interval':5");
	office_reload(c->o);
	peer_reply(c->g[0], peer_expect(c->g[0], "REGISTER"), 200, "OK", NULL,
	           NULL);
	settle(c->o->loop);
	shows(c, "\"registration\":\"registered\"");
	switches(c, "a", false);
	m = peer_expect(c->g[0], "REGISTER");
	assert_string_equal(msg_header(m, "Expires", 0), "0");
	peer_reply(c->g[0], m, 200, "OK", NULL, NULL);
	shows(c, "\"registration\":\"off\"");
	office_warp(c->o, 30000);
	peer_expect_none(c->g[0]);
	switches(c, "a/0", true);
	m = peer_expect(c->g[0], "REGISTER");
	assert_string_equal(msg_header(m, "Expires", 0), "600");
	peer_reply(c->g[0], m, 200, "OK", NULL, NULL);
	switches(c, "a/0", false);
	peer_reply(c->g[0], peer_expect(c->g[0], "REGISTER"), 200, "OK", NULL,
	           NULL);
}

static void a_name_of_two_accounts_needs_the_account(void **state)
{
	struct crew *c = *state;

	put_carrier(c, "a", 0, "", "");
	put_local(c, "hq", "a", 1);
	office_reload(c->o);
	assert_int_equal(switches(c, "a/0", false), 1);
	assert_int_equal(switches(c, "a", false), 1);
	assert_int_equal(switches(c, "b/0", false), 1);
	shows(c, "\"gateway\":\"a/0\",\"account\":\"(global)\",");
	assert_int_equal(switches(c, "hq/a/0", false), 0);
	shows(c, "\"state\":\"down\"");
	shows(c, "\"state\":\"up\"");
	assert_int_equal(switches(c, "(global)/a/0", false), 0);
}

/* --- by a registration ------------------------------------------------- */

/* Registered at g[0]: our Contact's URI. */
static void registered(struct crew *c, const char *more, char uri[512])
{
	char *all = xasprintf(REGISTERS "%s", more);
	const struct msg *m;

	put_carrier(c, "a", 0, "", all);
	free(all);
	put_number(c);
	m = peer_expect(c->g[0], "REGISTER");
	msg_uri_of(msg_header(m, "Contact", 0), uri);
	peer_reply(c->g[0], m, 200, "OK", NULL, NULL);
	settle(c->o->loop);
}

static void leave(struct crew *c)
{
	put_carrier(c, "a", 0, ",'enabled':false", "");
	office_reload(c->o);
	peer_reply(c->g[0], peer_pick(c->g[0], "REGISTER"), 200, "OK", NULL,
	           NULL);
}

/* Somebody whose address nobody knows calls this URI. */
static struct dialog *calls(struct crew *c, struct peer *from,
                            const char *uri, const char *to,
                            const char *headers)
{
	struct dialog *d = peer_dialog_new(from, to);
	struct peer_request rq = { .method = "INVITE", .uri = uri, .to = to,
		                   .headers = headers };

	rq.body = office_sdp(c->o, from);
	d->invite = peer_request(from, d, &rq);
	return d;
}

static void a_call_to_our_contact_is_the_carriers(void **state)
{
	struct crew *c = *state;
	struct peer *alice = office_phone(c->o, "alice1");
	struct peer *other = office_stranger(c->o, "127.0.0.77", false);
	char uri[512];
	struct dialog *d;

	registered(c, "", uri);
	d = calls(c, other, uri, "sip:" NUMBER "@carrier.test", NULL);
	office_answer(c->o, alice, office_rings(alice), other);
	shows(c, "\"calls\":1,");
	office_hang_up(other, d, alice);
	leave(c);
	/* it is nobody's Contact any more */
	calls(c, other, uri, "sip:" NUMBER "@carrier.test", NULL);
	office_fails(other, "407");
	peer_expect_none(alice);
}

static void a_guess_at_our_contact_is_a_stranger(void **state)
{
	static const char *const users[] = {
		"acme@", "", "0123456789abcdef01234567@", NUMBER "@",
	};
	struct crew *c = *state;
	struct peer *alice = office_phone(c->o, "alice1");
	struct peer *other = office_stranger(c->o, "127.0.0.77", false);
	char uri[512], guess[1024];

	registered(c, ",'contact_user':'acme'", uri);
	*strchr(uri, ';') = '\0';
	for (size_t i = 0; i < NELEM(users); i++) {
		snprintf(guess, sizeof(guess), "sip:%s%s%s", users[i],
		         strchr(uri, '@') + 1,
		         i % 2 ? ";line=0123456789abcdef01234567" : "");
		calls(c, other, guess, "sip:" NUMBER "@carrier.test", NULL);
		office_fails(other, "407");
	}
	peer_expect_none(alice);
	leave(c);
}

static void what_it_dials_is_found_where_the_carrier_says_it(void **state)
{
	static const struct {
		const char *user; /* of the Request-URI; NULL: the token */
		const char *to, *headers, *more;
	} cases[] = {
		{ NULL, "sip:" NUMBER "@c.test", NULL, "" },
		{ NULL, "sip:acme@c.test",
		  "P-Called-Party-ID: <sip:" NUMBER "@c.test>\r\n", "" },
		{ NUMBER, "sip:acme@c.test", NULL, "" },
		{ NULL, "sip:acme@c.test", NULL,
		  ",'extension':'" NUMBER "'" },
		{ "+4999", "sip:acme@c.test", NULL,
		  ",'extension':'" NUMBER "'" },
		{ "desk", "sip:" NUMBER "@c.test", NULL,
		  ",'contact_user':'desk'" },
	};
	struct crew *c = *state;
	struct peer *alice = office_phone(c->o, "alice1");
	struct peer *other = office_stranger(c->o, "127.0.0.77", false);
	char contact[512], uri[1024];

	for (size_t i = 0; i < NELEM(cases); i++) {
		registered(c, cases[i].more, contact);
		snprintf(uri, sizeof(uri), "%s", contact);
		if (cases[i].user)
			snprintf(uri, sizeof(uri), "sip:%s@%s", cases[i].user,
			         strchr(contact, '@') + 1);
		calls(c, other, uri, cases[i].to, cases[i].headers);
		office_refuse(alice, office_rings(alice), 486);
		office_fails(other, "486");
		leave(c);
	}
}

static void its_user_name_is_what_is_dialled_at_last(void **state)
{
	struct crew *c = *state;
	struct peer *other = office_stranger(c->o, "127.0.0.77", false);
	const struct msg *m;
	char uri[512];

	office_put(c->o, "accounts/hq/resources/l.json",
	           "{'id':'l','name':'l','rules':['.*'],'gateways':[{"
	           "'server':'127.0.0.11','port':%u,'register':true,"
	           "'username':'88','password':'p'}]}",
	           office_port_of(c->g[0]));
	office_flow(c->o, "88",
	            "{'module':'response','data':{'code':599}}");
	m = peer_expect(c->g[0], "REGISTER");
	msg_uri_of(msg_header(m, "Contact", 0), uri);
	peer_reply(c->g[0], m, 200, "OK", NULL, NULL);
	settle(c->o->loop);
	calls(c, other, uri, uri, NULL);
	office_fails(other, "599");
	assert_int_equal(switches(c, "l", false), 0);
	peer_reply(c->g[0], peer_expect(c->g[0], "REGISTER"), 200, "OK", NULL,
	           NULL);
}

static void one_that_is_not_registered_has_no_calls(void **state)
{
	struct crew *c = *state;

	two_carriers(c, "", REGISTERS);
	peer_reply(c->g[0], peer_expect(c->g[0], "REGISTER"), 403, "No", NULL,
	           NULL);
	settle(c->o->loop);
	shows(c, "\"state\":\"unregistered\"");
	shows(c, "\"last_error\":\"REGISTER: 403 No\"");
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->g[0]);
	switches(c, "a", false);
}

static void its_calls_go_through_its_proxy(void **state)
{
	struct crew *c = *state;
	char *more = xasprintf(",'proxy':'sip:127.0.0.13:%u'",
	                       office_port_of(c->g[2]));
	const struct msg *m;

	put_carrier(c, "a", 0, "", more);
	send_out(c);
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[2], "INVITE");
	assert_true(str_starts(m->uri, "sip:4155550000@127.0.0.11:"));
	assert_true(msg_header_has(m, "Route", "<sip:127.0.0.13:"));
	office_refuse(c->g[2], m, 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->g[0]);
	free(more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(the_next_gateway_has_what_is_over_the_limit),
		TRUNK_TEST(however_a_call_ends_its_channel_is_free),
		TRUNK_TEST(so_many_calls_a_second_and_no_more),
		TRUNK_TEST(calls_from_a_gateway_count_too),
		TRUNK_TEST(a_caller_who_is_transferred_still_counts),
		TRUNK_TEST(a_gateway_may_go_while_it_has_calls),
		TRUNK_TEST(
			an_answer_that_does_not_come_is_followed_by_the_next),
		TRUNK_TEST(down_means_no_new_calls_either_way),
		TRUNK_TEST(down_ends_its_registration_and_its_probes),
		TRUNK_TEST(a_name_of_two_accounts_needs_the_account),
		TRUNK_TEST(a_call_to_our_contact_is_the_carriers),
		TRUNK_TEST(a_guess_at_our_contact_is_a_stranger),
		TRUNK_TEST(what_it_dials_is_found_where_the_carrier_says_it),
		TRUNK_TEST(its_user_name_is_what_is_dialled_at_last),
		TRUNK_TEST(one_that_is_not_registered_has_no_calls),
		TRUNK_TEST(its_calls_go_through_its_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
