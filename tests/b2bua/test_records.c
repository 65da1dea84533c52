#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/office.h"

struct records {
	struct office *o;
	struct peer *alice1, *bob1, *carol1, *frank1, *gateway;
	cJSON *last;      /* owned */
	unsigned wanted;  /* lines */
};

static int set_up(void **state)
{
	struct records *r = xzalloc(sizeof(*r));
	void *o = NULL;

	office_set_up(&o);
	r->o = o;
	r->alice1 = office_phone(o, "alice1");
	r->bob1 = office_phone(o, "bob1");
	r->carol1 = office_phone(o, "carol1");
	r->frank1 = office_phone(o, "frank1");
	r->gateway = office_stranger(o, "127.0.0.11", false);
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct records *r = *state;
	void *o = r->o;
	int rc;

	cJSON_Delete(r->last);
	rc = office_tear_down(&o);
	free(r);
	return rc;
}

/* --- reading ------------------------------------------------------------ */

static bool is_written(void *arg)
{
	struct records *r = arg;
	struct cdr_stats now;

	cdr_stats(r->o->server->cdr, &now);
	return now.written == r->wanted;
}

/* The record of the call that ended last; there is exactly one more. */
static const cJSON *read_record(struct records *r)
{
	char *path = xasprintf("%s/cdr.jsonl", documents_dir(r->o->files));
	char line[16384];
	unsigned n = 0;
	FILE *f;

	r->wanted++;
	assert_true(settle_until(r->o->loop, is_written, r));
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n++;
	fclose(f);
	free(path);
	assert_int_equal(n, r->wanted);
	cJSON_Delete(r->last);
	r->last = cJSON_Parse(line);
	assert_non_null(r->last);
	return r->last;
}

static const char *text(const cJSON *o, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name);

	assert_non_null(v);
	return cJSON_IsNull(v) ? "null" : v->valuestring;
}

static long long number(const cJSON *o, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name);

	assert_non_null(v);
	return cJSON_IsNull(v) ? 0 : (long long)v->valuedouble;
}

static const cJSON *attempt(const cJSON *rec, const char *target)
{
	const cJSON *a;

	cJSON_ArrayForEach(a, cJSON_GetObjectItem(rec, "attempts"))
		if (strcmp(text(a, "target"), target) == 0)
			return a;
	fail_msg("no attempt at %s", target);
	return NULL;
}

static int attempts(const cJSON *rec)
{
	return cJSON_GetArraySize(cJSON_GetObjectItem(rec, "attempts"));
}

static long long apart(const cJSON *rec, const char *from, const char *to)
{
	return number(rec, to) - number(rec, from);
}

/* --- calls -------------------------------------------------------------- */

static void at_address(const cJSON *a, const struct peer *p)
{
	struct addr at = peer_addr(p);
	char ip[ADDR_TEXT], *want;

	want = xasprintf("%s;transport=udp", addr_ip_port(&at, ip));
	assert_string_equal(text(a, "address"), want);
	free(want);
}

static void an_answered_call_is_recorded_whole(void **state)
{
	struct records *r = *state;
	const struct msg *invite;
	struct dialog *d;
	const cJSON *rec, *a;

	office_flow(r->o, "1", "{'module':'device','data':{'id':'alice1'}}");
	d = office_dial(r->o, r->frank1, "1");
	invite = peer_expect(r->alice1, "INVITE");
	office_warp(r->o, 1000);
	peer_reply(r->alice1, invite, 180, "Ringing", NULL, NULL);
	office_warp(r->o, 3000);
	office_answer(r->o, r->alice1, invite, r->frank1);
	office_warp(r->o, 51500);
	office_hang_up(r->frank1, d, r->alice1);
	rec = read_record(r);
	assert_int_equal(strlen(text(rec, "id")), 16);
	assert_string_equal(text(rec, "account_id"), "hq");
	assert_string_equal(text(rec, "realm"), "hq.test");
	assert_string_equal(text(rec, "direction"), "internal");
	assert_string_equal(text(rec, "caller_kind"), "device");
	assert_string_equal(text(rec, "caller_id"), "frank1");
	assert_string_equal(text(rec, "caller_call_id"), d->call_id);
	assert_string_equal(text(rec, "from_user"), "frank1");
	assert_string_equal(text(rec, "dialled"), "1");
	assert_string_equal(text(rec, "number"), "1");
	assert_string_equal(text(rec, "callflow_id"), "flow-1");
	assert_int_equal(apart(rec, "start_ms", "ring_ms"), 1000);
	assert_int_equal(apart(rec, "start_ms", "answer_ms"), 4000);
	assert_int_equal(apart(rec, "answer_ms", "end_ms"), 51500);
	assert_int_equal(number(rec, "billable_ms"), 51500);
	assert_int_equal(number(rec, "duration_ms"), 55500);
	assert_int_equal(number(rec, "status"), 200);
	assert_string_equal(text(rec, "cause"), "NORMAL_CLEARING");
	assert_string_equal(text(rec, "hung_up_by"), "caller");
	assert_int_equal(attempts(rec), 1);
	a = attempt(rec, "alice1");
	assert_string_equal(text(a, "kind"), "device");
	assert_string_equal(text(a, "result"), "answered");
	assert_string_equal(text(a, "call_id"),
	                    msg_header(invite, "Call-ID", 0));
	assert_string_equal(text(a, "uri"), invite->uri);
	at_address(a, r->alice1);
	assert_int_equal(apart(a, "start_ms", "ring_ms"), 1000);
	assert_int_equal(apart(a, "start_ms", "answer_ms"), 4000);
	assert_int_equal(apart(a, "answer_ms", "end_ms"), 51500);
	assert_int_equal(number(a, "status"), 200);
}

static void the_callee_may_hang_up(void **state)
{
	struct records *r = *state;
	const struct msg *invite;
	const cJSON *rec;

	office_flow(r->o, "1", "{'module':'device','data':{'id':'alice1'}}");
	office_dial(r->o, r->frank1, "1");
	invite = office_rings(r->alice1);
	office_answer(r->o, r->alice1, invite, r->frank1);
	office_warp(r->o, 2000);
	peer_bye(r->alice1, peer_dialog(r->alice1, invite));
	peer_expect(r->alice1, "200 BYE");
	peer_reply(r->frank1, peer_pick(r->frank1, "BYE"), 200, "OK", NULL,
	           NULL);
	rec = read_record(r);
	assert_string_equal(text(rec, "hung_up_by"), "callee");
	assert_string_equal(text(rec, "cause"), "NORMAL_CLEARING");
	assert_int_equal(number(rec, "billable_ms"), 2000);
}

static void a_busy_phone_is_recorded(void **state)
{
	struct records *r = *state;
	const cJSON *rec, *a;

	office_flow(r->o, "1", "{'module':'device','data':{'id':'alice1'}}");
	office_dial(r->o, r->frank1, "1");
	office_refuse(r->alice1, office_rings(r->alice1), 486);
	office_fails(r->frank1, "486");
	rec = read_record(r);
	assert_int_equal(number(rec, "status"), 486);
	assert_string_equal(text(rec, "cause"), "USER_BUSY");
	assert_int_equal(number(rec, "answer_ms"), 0);
	assert_int_equal(number(rec, "billable_ms"), 0);
	assert_string_equal(text(rec, "hung_up_by"), "server");
	a = attempt(rec, "alice1");
	assert_string_equal(text(a, "result"), "failed");
	assert_string_equal(text(a, "cause"), "USER_BUSY");
	assert_int_equal(number(a, "status"), 486);
	assert_int_equal(number(a, "answer_ms"), 0);
}

static void a_caller_that_gives_up_is_recorded(void **state)
{
	struct records *r = *state;
	const struct msg *invite;
	const cJSON *rec, *a;
	struct dialog *d;

	office_flow(r->o, "1", "{'module':'device','data':{'id':'alice1'}}");
	d = office_dial(r->o, r->frank1, "1");
	invite = office_rings(r->alice1);
	office_warp(r->o, 2500);
	peer_cancel(r->frank1, d, NULL);
	peer_pick(r->frank1, "200 CANCEL");
	office_fails(r->frank1, "487");
	office_cancelled(r->alice1, invite);
	rec = read_record(r);
	assert_int_equal(number(rec, "status"), 487);
	assert_string_equal(text(rec, "cause"), "ORIGINATOR_CANCEL");
	assert_string_equal(text(rec, "hung_up_by"), "caller");
	assert_int_equal(number(rec, "duration_ms"), 2500);
	a = attempt(rec, "alice1");
	assert_string_equal(text(a, "result"), "cancelled");
	assert_string_equal(text(a, "cause"), "ORIGINATOR_CANCEL");
}

static void nobody_answering_is_recorded(void **state)
{
	struct records *r = *state;
	const struct msg *invite;
	const cJSON *rec, *a;

	office_flow(r->o, "1",
	            "{'module':'device','data':{'id':'alice1','timeout':5}}");
	office_dial(r->o, r->frank1, "1");
	invite = office_rings(r->alice1);
	office_warp(r->o, 5100);
	office_cancelled(r->alice1, invite);
	office_fails(r->frank1, "480");
	rec = read_record(r);
	assert_int_equal(number(rec, "status"), 480);
	assert_string_equal(text(rec, "cause"), "NO_ANSWER");
	a = attempt(rec, "alice1");
	assert_string_equal(text(a, "result"), "timeout");
	assert_string_equal(text(a, "cause"), "NO_ANSWER");
}

static void every_member_of_a_ring_group_is_recorded(void **state)
{
	struct records *r = *state;
	const struct msg *a, *b, *c;
	const cJSON *rec;
	struct dialog *d;

	office_flow(r->o, "1",
	            "{'module':'ring_group','data':{'endpoints':['alice1',"
	            "{'id':'bob1','timeout':3},'carol1','dave1']}}");
	d = office_dial(r->o, r->frank1, "1");
	a = office_rings(r->alice1);
	b = office_rings(r->bob1);
	c = office_rings(r->carol1);
	office_warp(r->o, 3100);
	office_cancelled(r->bob1, b);
	office_answer(r->o, r->carol1, c, r->frank1);
	office_cancelled(r->alice1, a);
	office_warp(r->o, 1000);
	office_hang_up(r->frank1, d, r->carol1);
	rec = read_record(r);
	assert_int_equal(attempts(rec), 3); /* dave1 is not registered */
	assert_string_equal(text(attempt(rec, "alice1"), "result"),
	                    "cancelled");
	assert_string_equal(text(attempt(rec, "alice1"), "cause"),
	                    "LOSE_RACE");
	assert_string_equal(text(attempt(rec, "bob1"), "result"), "timeout");
	assert_string_equal(text(attempt(rec, "bob1"), "cause"),
	                    "ALLOTTED_TIMEOUT");
	assert_string_equal(text(attempt(rec, "carol1"), "result"),
	                    "answered");
	assert_int_equal(number(attempt(rec, "carol1"), "end_ms"),
	                 number(rec, "end_ms"));
}

static void each_carrier_that_was_tried_is_recorded(void **state)
{
	struct records *r = *state;
	const struct msg *invite;
	const cJSON *rec;
	struct dialog *d;

	office_put(r->o, "resources/r.json",
	           "{'id':'r','name':'r','rules':['.*'],'gateways':["
	           "{'server':'127.0.0.11','port':%u},"
	           "{'server':'127.0.0.11','port':%u}]}",
	           office_port_of(r->gateway), office_port_of(r->gateway));
	office_flow(r->o, "1",
	            "{'module':'offnet','data':{'to_did':'+14155550000'}}");
	d = office_dial(r->o, r->frank1, "1");
	office_refuse(r->gateway, peer_expect(r->gateway, "INVITE"), 503);
	invite = office_rings(r->gateway);
	office_answer(r->o, r->gateway, invite, r->frank1);
	office_hang_up(r->frank1, d, r->gateway);
	rec = read_record(r);
	assert_int_equal(attempts(rec), 2);
	assert_string_equal(text(attempt(rec, "r/0"), "kind"), "gateway");
	assert_string_equal(text(attempt(rec, "r/0"), "result"), "failed");
	assert_int_equal(number(attempt(rec, "r/0"), "status"), 503);
	assert_string_equal(text(attempt(rec, "r/1"), "result"), "answered");
	assert_string_equal(text(attempt(rec, "r/1"), "uri"), invite->uri);
}

static void each_address_that_was_tried_is_recorded(void **state)
{
	struct records *r = *state;
	struct peer *dead = office_stranger(r->o, "127.0.0.12", false);
	const cJSON *rec, *all;
	struct dialog *d;

	dnsd_add_srv(r->o->dns, "_sip._udp.gw.test", 60, 1, 0,
	             office_port_of(dead), "one.test");
	dnsd_add_srv(r->o->dns, "_sip._udp.gw.test", 60, 2, 0,
	             office_port_of(r->gateway), "two.test");
	dnsd_add_address(r->o->dns, "one.test", 60, "127.0.0.12");
	dnsd_add_address(r->o->dns, "two.test", 60, "127.0.0.11");
	office_put(r->o, "resources/r.json",
	           "{'id':'r','name':'r','rules':['.*'],'gateways':["
	           "{'server':'gw.test'}]}");
	office_flow(r->o, "1",
	            "{'module':'offnet','data':{'to_did':'+14155550000'}}");
	d = office_dial(r->o, r->frank1, "1");
	office_warp(r->o, 4100);
	office_answer(r->o, r->gateway, office_rings(r->gateway), r->frank1);
	office_hang_up(r->frank1, d, r->gateway);
	rec = read_record(r);
	assert_int_equal(attempts(rec), 2);
	all = cJSON_GetObjectItemCaseSensitive(rec, "attempts");
	at_address(cJSON_GetArrayItem(all, 0), dead);
	assert_int_equal(number(cJSON_GetArrayItem(all, 0), "status"), 408);
	assert_in_range(apart(cJSON_GetArrayItem(all, 0), "start_ms",
	                      "end_ms"), 4000, 4100);
	at_address(cJSON_GetArrayItem(all, 1), r->gateway);
	assert_string_equal(text(cJSON_GetArrayItem(all, 1), "result"),
	                    "answered");
}

static void a_carriers_call_is_inbound(void **state)
{
	struct records *r = *state;
	const cJSON *rec;

	office_put(r->o, "resources/r.json",
	           "{'id':'r','name':'r','rules':['.*'],'gateways':["
	           "{'server':'127.0.0.11','port':%u}]}",
	           office_port_of(r->gateway));
	office_put(r->o, "accounts/hq/callflows/in.json",
	           "{'id':'in','numbers':['+14155550000'],'flow':{'module':"
	           "'device','data':{'id':'alice1'}}}");
	office_reload(r->o);
	peer_invite(r->gateway, "sip:4155550000@b2bua.test",
	            office_sdp(r->o, r->gateway));
	office_refuse(r->alice1, office_rings(r->alice1), 603);
	office_fails(r->gateway, "603");
	rec = read_record(r);
	assert_string_equal(text(rec, "direction"), "inbound");
	assert_string_equal(text(rec, "caller_kind"), "carrier");
	assert_string_equal(text(rec, "caller_id"), "r");
	assert_string_equal(text(rec, "account_id"), "hq");
	assert_string_equal(text(rec, "dialled"), "4155550000");
	assert_string_equal(text(rec, "number"), "+14155550000");
	assert_string_equal(text(rec, "cause"), "CALL_REJECTED");
}

static void the_flow_that_took_the_call_is_recorded_not_its_jumps(void **state)
{
	struct records *r = *state;

	office_flow(r->o, "2", "{'module':'response','data':{'code':486}}");
	office_flow(r->o, "1", "{'module':'callflow','data':{'id':'flow-2'}}");
	office_dial(r->o, r->frank1, "1");
	office_fails(r->frank1, "486");
	assert_string_equal(text(read_record(r), "callflow_id"), "flow-1");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answered_call_is_recorded_whole),
		TEST(the_callee_may_hang_up),
		TEST(a_busy_phone_is_recorded),
		TEST(a_caller_that_gives_up_is_recorded),
		TEST(nobody_answering_is_recorded),
		TEST(every_member_of_a_ring_group_is_recorded),
		TEST(each_carrier_that_was_tried_is_recorded),
		TEST(each_address_that_was_tried_is_recorded),
		TEST(a_carriers_call_is_inbound),
		TEST(the_flow_that_took_the_call_is_recorded_not_its_jumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
