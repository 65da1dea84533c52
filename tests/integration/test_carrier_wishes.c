/* What decides on a carrier beside the number itself. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/trunks.h"

/* The documents were never asked about the number that it becomes. */
static void a_number_is_not_corrected_into_a_forbidden_one(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	office_put(c->o, "accounts/hq/devices/frank1.json",
	           "{'id':'frank1','name':'frank1','sip':{'username':'frank1',"
	           "'password':'secret'},'caller_id':{'internal':{'number':"
	           "'+14155550111'},'external':{'number':'+14155550111'}}}");
	put_carrier(c, "us", 0, "", "");
	office_flow(c->o, "1", OUT, "false", ",'to_did':'5550100'");
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	assert_non_null(strstr(m->uri, "sip:4155550100@"));
	office_refuse(c->g[0], m, 486);
	office_fails(c->frank1, "486");
	office_put(c->o, "accounts/hq/devices/frank1.json",
	           "{'id':'frank1','name':'frank1','sip':{'username':'frank1',"
	           "'password':'secret'},'caller_id':{'internal':{'number':"
	           "'+14155550111'},'external':{'number':'+14155550111'}},"
	           "'call_restriction':{'did_us':{'action':'deny'}}}");
	office_reload(c->o);
	office_dial(c->o, c->frank1, "1");
	office_fails(c->frank1, "404");
	peer_expect_none(c->g[0]);
}

static void calls(struct crew *c, const char *headers)
{
	struct dialog *d;
	const struct msg *m;
	struct buf lines = { 0 };
	struct peer_request rq = { .method = "INVITE", .uri = "sip:1@hq.test",
		                   .body = office_sdp(c->o, c->frank1) };

	while (peer_poll(c->frank1))
		;
	d = peer_dialog_new(c->frank1, "1");
	peer_request(c->frank1, d, &rq);
	m = peer_expect(c->frank1, "407");
	peer_ack(c->frank1, m, NULL);
	peer_credentials(c->frank1, &lines, m, NULL, "INVITE", rq.uri);
	buf_str(&lines, headers);
	rq.headers = lines.p;
	peer_request(c->frank1, d, &rq);
	buf_free(&lines);
}

static void cid_rules_may_go_by_who_diverted_the_call(void **state)
{
	static const char diverted[] =
		"Diversion: \"D\" <sip:777@x.test>;reason=no-answer\r\n";
	struct crew *c = *state;
	const struct msg *m;

	put_carrier(c, "a", 0, ",'cid_rules':['^777$']", "");
	put_carrier(c, "b", 1, ",'weight_cost':90", "");
	send_out(c);
	calls(c, diverted);
	m = peer_expect(c->g[1], "INVITE");
	office_refuse(c->g[1], m, 486);
	office_fails(c->frank1, "486");
	c->o->conf->carriers.honors_diversions = true;
	calls(c, diverted);
	m = peer_expect(c->g[0], "INVITE");
	office_refuse(c->g[0], m, 486);
	m = peer_expect(c->g[1], "INVITE");
	office_refuse(c->g[1], m, 486);
	office_fails(c->frank1, "486");
	calls(c, "");
	m = peer_expect(c->g[1], "INVITE");
	office_refuse(c->g[1], m, 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->g[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_number_is_not_corrected_into_a_forbidden_one),
		TRUNK_TEST(cid_rules_may_go_by_who_diverted_the_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
