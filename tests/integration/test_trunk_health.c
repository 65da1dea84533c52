#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "admin/table.h"
#include "b2bua/trunks.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "integration/trunks.h"

#define ASKED  ",'options_interval':10,'options_successes':2"
#define PROBED ASKED ",'options_failures':2"

/* Carrier a, which is asked, before b, which is not. */
static void two(struct crew *c, const char *more)
{
	char *all = xasprintf(PROBED "%s", more);

	two_carriers(c, "", all);
	free(all);
}

static void retire(struct crew *c)
{
	put_carrier(c, "a", 0, ",'enabled':false", "");
	office_reload(c->o);
	while (peer_poll(c->g[0]))
		;
}

/* The next OPTIONS, within so long. */
static const struct msg *asked(struct crew *c, int64_t within)
{
	const struct msg *m = peer_poll(c->g[0]);

	for (int64_t ms = 0; !m && ms <= within; ms += 100) {
		office_warp(c->o, 100);
		m = peer_poll(c->g[0]);
	}
	assert_non_null(m);
	assert_string_equal(m->method, "OPTIONS");
	return m;
}

static void says(struct crew *c, int status, const char *headers)
{
	peer_reply(c->g[0], asked(c, 15000), status, "So", headers, NULL);
	settle(c->o->loop);
}

/* What `trunks` shows contains this. */
static void shows(struct crew *c, const char *text)
{
	struct buf out = { 0 };
	struct table *t;

	table_create(&t, TABLE_JSON, trunk_columns, n_trunk_columns);
	trunks_list(c->o->server->trunks, t);
	table_end(&t, &out);
	if (!strstr(buf_text(&out), text))
		fail_msg("'%s' is not in:\n%s", text, buf_text(&out));
	buf_free(&out);
}

static void goes_to(struct crew *c, size_t gateway)
{
	const struct msg *m;

	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[gateway], "INVITE");
	office_refuse(c->g[gateway], m, 486);
	if (gateway == 0) { /* the hunt goes on */
		office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	}
	office_fails(c->frank1, "486");
}

static void a_gateway_is_asked_whether_it_is_well(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	char uri[512];

	two(c, ",'username':'u','password':'p'");
	m = asked(c, 1100);
	assert_true(str_starts(m->uri, "sip:127.0.0.11:"));
	msg_uri_of(msg_header(m, "To", 0), uri);
	assert_string_equal(uri, m->uri);
	msg_uri_of(msg_header(m, "From", 0), uri);
	assert_true(str_starts(uri, "sip:127.0.0.1:"));
	/* a challenge is an answer; it gets no password */
	peer_reply(c->g[0], m, 401, "Who",
	           "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n",
	           NULL);
	peer_expect_none(c->g[0]);
	shows(c, "\"health\":\"up\"");
	office_warp(c->o, 9000);
	peer_expect_none(c->g[0]);
	asked(c, 1100);
	peer_expect_none(c->g[1]);
	retire(c);
}

static void silence_takes_it_down_and_answers_bring_it_back(void **state)
{
	struct crew *c = *state;

	two(c, "");
	asked(c, 1100);
	office_warp(c->o, 4100);
	goes_to(c, 0); /* once is not twice */
	asked(c, 15000);
	office_warp(c->o, 4100);
	/* the call between was answered, so this was the first again */
	goes_to(c, 0);
	asked(c, 15000);
	office_warp(c->o, 4100);
	asked(c, 15000);
	office_warp(c->o, 4100);
	shows(c, "\"state\":\"unhealthy\"");
	shows(c, "\"last_error\":\"OPTIONS: 408 ");
	goes_to(c, 1);
	says(c, 200, NULL);
	goes_to(c, 1); /* once is not twice */
	says(c, 404, NULL);
	shows(c, "\"state\":\"up\"");
	goes_to(c, 0);
	retire(c);
}

static void a_503_is_not_healthy_and_any_other_answer_is(void **state)
{
	static const int fine[] = { 200, 404, 405, 403, 486, 500, 501, 603 };
	struct crew *c = *state;

	two(c, "");
	for (size_t i = 0; i < NELEM(fine); i++) {
		says(c, 503, NULL);
		says(c, fine[i], NULL);
		goes_to(c, 0);
	}
	says(c, 503, NULL);
	says(c, 503, NULL);
	goes_to(c, 1);
	peer_expect_none(c->g[0]);
	retire(c);
}

static void retry_after_is_honoured_by_probes_and_calls(void **state)
{
	struct crew *c = *state;

	two(c, "");
	says(c, 503, "Retry-After: 60\r\n");
	shows(c, "\"state\":\"held\"");
	goes_to(c, 1);
	office_warp(c->o, 59000);
	peer_expect_none(c->g[0]);
	goes_to(c, 1);
	says(c, 200, NULL);
	goes_to(c, 0);
	retire(c);
}

static void calls_that_fail_count_too(void **state)
{
	struct crew *c = *state;

	two(c, "");
	says(c, 200, NULL);
	for (int i = 0; i < 2; i++) {
		office_dial(c->o, c->frank1, "1");
		office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 503);
		office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
		office_fails(c->frank1, "486");
	}
	goes_to(c, 1);
	peer_expect_none(c->g[0]);
	retire(c);
}

static void a_call_that_gets_no_answer_counts_too(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	two_carriers(c, "", ASKED ",'options_failures':1,'progress_timeout':3");
	says(c, 200, NULL);
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	office_warp(c->o, 3100);
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	/* it never said 100: nothing is to be cancelled */
	(void)m;
	goes_to(c, 1);
	retire(c);
}

static void a_caller_who_gives_up_says_nothing_of_the_gateway(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct dialog *d;

	two_carriers(c, "", ASKED ",'options_failures':1");
	says(c, 200, NULL);
	d = office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], m, 100, "Trying", NULL, NULL);
	peer_cancel(c->frank1, d, NULL);
	peer_pick(c->frank1, "200 CANCEL");
	office_fails(c->frank1, "487");
	office_cancelled(c->g[0], m);
	goes_to(c, 0);
	retire(c);
}

static void without_probes_calls_take_nobody_down(void **state)
{
	struct crew *c = *state;

	two_carriers(c, "", ",'options_failures':1");
	for (int i = 0; i < 4; i++) {
		office_dial(c->o, c->frank1, "1");
		office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 503);
		office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
		office_fails(c->frank1, "486");
	}
}

static void a_503_to_a_call_with_retry_after_holds_it_off(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	two_carriers(c, "", "");
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], m, 503, "Full", "Retry-After: 30\r\n", NULL);
	peer_expect(c->g[0], "ACK");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_fails(c->frank1, "486");
	goes_to(c, 1);
	office_warp(c->o, 30000);
	goes_to(c, 0);
}

static void when_nobody_is_well_the_call_fails_at_once(void **state)
{
	struct crew *c = *state;

	put_carrier(c, "a", 0, "", PROBED);
	office_flow(c->o, "1",
	            "{'module':'resources','data':{'use_local_resources':"
	            "false,'to_did':'" NUMBER "'},'children':{"
	            "'NORMAL_TEMPORARY_FAILURE':{'module':'response','data':"
	            "{'code':598}}}}");
	says(c, 503, NULL);
	says(c, 503, NULL);
	office_dial(c->o, c->frank1, "1");
	office_fails(c->frank1, "598");
	peer_expect_none(c->g[0]);
	retire(c);
}

static void an_emergency_tries_even_those_that_are_not_well(void **state)
{
	struct crew *c = *state;

	for (size_t i = 0; i < 2; i++) {
		char *path = xasprintf("resources/%c.json", "ab"[i]);

		office_put(c->o, path,
		           "{'id':'%c','name':'x','rules':['^911$'],"
		           "'gateways':[{'server':'%s','port':%u%s}]}",
		           "ab"[i], ip_of(i), office_port_of(c->g[i]),
		           i ? "" : PROBED);
		free(path);
	}
	office_flow(c->o, "1",
	            "{'module':'resources','data':{'use_local_resources':"
	            "false,'to_did':'911'}}");
	says(c, 503, NULL);
	says(c, 503, NULL);
	office_dial(c->o, c->frank1, "1");
	office_refuse(c->g[1], peer_expect(c->g[1], "INVITE"), 486);
	office_refuse(c->g[0], peer_expect(c->g[0], "INVITE"), 486);
	office_fails(c->frank1, "486");
	retire(c);
}

static void what_changed_begins_anew(void **state)
{
	struct crew *c = *state;

	two(c, "");
	says(c, 503, NULL);
	says(c, 503, NULL);
	office_reload(c->o);
	shows(c, "\"state\":\"unhealthy\"");
	two(c, ",'username':'other'");
	shows(c, "\"state\":\"up\"");
	retire(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_gateway_is_asked_whether_it_is_well),
		TRUNK_TEST(silence_takes_it_down_and_answers_bring_it_back),
		TRUNK_TEST(a_503_is_not_healthy_and_any_other_answer_is),
		TRUNK_TEST(retry_after_is_honoured_by_probes_and_calls),
		TRUNK_TEST(calls_that_fail_count_too),
		TRUNK_TEST(a_call_that_gets_no_answer_counts_too),
		TRUNK_TEST(a_caller_who_gives_up_says_nothing_of_the_gateway),
		TRUNK_TEST(without_probes_calls_take_nobody_down),
		TRUNK_TEST(a_503_to_a_call_with_retry_after_holds_it_off),
		TRUNK_TEST(when_nobody_is_well_the_call_fails_at_once),
		TRUNK_TEST(an_emergency_tries_even_those_that_are_not_well),
		TRUNK_TEST(what_changed_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
