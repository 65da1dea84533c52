/* What -t --explain says of a call is what a call does: each flow here is
 * explained and then dialled, and the legs are held against each other. */
#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "b2bua/explain.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "integration/office.h"

struct crew {
	struct office *o;
	struct peer *phone[7];
	struct peer *gateway[2];
	cJSON *told; /* owned; what was said last */
};

static const char *const names[] = { "alice1", "alice2", "bob1", "carol1",
	                             "dave1", "erin1", "frank1" };
enum { ALICE1, ALICE2, BOB1, CAROL1, DAVE1, ERIN1, FRANK1 };

static int set_up(void **state)
{
	struct crew *c = xzalloc(sizeof(*c));
	void *o = NULL;

	office_set_up(&o);
	c->o = o;
	for (size_t i = 0; i < NELEM(names); i++)
		c->phone[i] = office_phone(c->o, names[i]);
	c->gateway[0] = office_stranger(c->o, "127.0.0.2", false);
	c->gateway[1] = office_stranger(c->o, "127.0.0.3", false);
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	struct crew *c = *state;
	void *o = c->o;
	int rc = office_tear_down(&o);

	cJSON_Delete(c->told);
	free(c);
	return rc;
}

/* --- what is said ------------------------------------------------------------- */

static const cJSON *member(const cJSON *j, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(j, key);

	if (!item)
		fail_msg("no '%s' in %s", key, cJSON_PrintUnformatted(j));
	return item;
}

static const char *text(const cJSON *j, const char *key)
{
	return cJSON_GetStringValue(member(j, key));
}

/* The first step of the call. */
static const cJSON *explained(struct crew *c, const char *number)
{
	struct explain_query q = { .account = "hq", .number = number,
		                   .from = "frank1", .form = EXPLAIN_JSON };
	struct diag why = { 0 };
	struct buf out = { 0 };

	assert_int_equal(explain(&out, &why, c->o->conf,
	                         c->o->server->snapshot, &q), EXPLAIN_DONE);
	cJSON_Delete(c->told);
	c->told = cJSON_Parse(buf_text(&out));
	assert_non_null(c->told);
	buf_free(&out);
	diag_free(&why);
	return member(member(c->told, "flow"), "step");
}

static const cJSON *after(const cJSON *step, const char *outcome)
{
	const cJSON *e;

	cJSON_ArrayForEach(e, member(step, "next"))
		if (strstr(text(e, "on"), outcome))
			return member(e, "step");
	fail_msg("nothing after %s", outcome);
	return NULL;
}

static const cJSON *leg(const cJSON *step, int i)
{
	const cJSON *l = cJSON_GetArrayItem(member(step, "legs"), i);

	if (!l)
		fail_msg("no leg %d", i);
	return l;
}

static int n_legs(const cJSON *step)
{
	return cJSON_GetArraySize(member(step, "legs"));
}

/* --- against what comes ------------------------------------------------------- */

static void holds_headers(const cJSON *l, const struct msg *m)
{
	const cJSON *lines = cJSON_GetObjectItem(l, "headers"), *line;

	cJSON_ArrayForEach(line, lines) {
		char *name = xstrdup(line->valuestring);
		char *value = strstr(name, ": ");

		assert_non_null(value);
		*value = '\0';
		if (!msg_header_has(m, name, value + 2))
			fail_msg("no %s in %s", line->valuestring, m->text);
		free(name);
	}
}

/* Up to what a registration decides. */
static size_t user_part(const char *uri)
{
	return strcspn(uri, "@") + 1;
}

static const struct msg *holds(const cJSON *l, struct peer *p, bool is_exact)
{
	const struct msg *m = peer_expect(p, "INVITE");
	const char *uri = text(l, "invite");
	size_t n = is_exact ? strlen(uri) : user_part(uri);

	if (strncmp(m->uri, uri, n) != 0)
		fail_msg("%s, not %s", m->uri, uri);
	if (!str_starts(msg_header(m, "From", 0), text(l, "from")))
		fail_msg("%s, not %s", msg_header(m, "From", 0),
		         text(l, "from"));
	assert_true(msg_header_has(m, "To", text(l, "to")));
	holds_headers(l, m);
	return m;
}

static void refused(struct crew *c, const cJSON *step, int i, int at,
                    int status)
{
	char *name = xasprintf("device %s", names[at]);

	assert_string_equal(text(leg(step, i), "leg"), name);
	office_refuse(c->phone[at], holds(leg(step, i), c->phone[at], false),
	              status);
	free(name);
}

static void fails(struct crew *c, const cJSON *end)
{
	const char *title = text(end, "title");
	char status[4];

	assert_true(str_starts(title, "fail with "));
	memcpy(status, title + strlen("fail with "), 3);
	status[3] = '\0';
	office_fails(c->phone[FRANK1], status);
}

/* --- the flows ---------------------------------------------------------------- */

static void phones_together_and_a_cause_of_their_own(void **state)
{
	struct crew *c = *state;
	const cJSON *step, *busy;

	office_flow(c->o, "1",
	            "{'module':'user','data':{'id':'alice','timeout':20},"
	            "'children':{'USER_BUSY':{'module':'set_cid','data':"
	            "{'caller_id_name':'After a busy one'},'children':{'_':"
	            "{'module':'device','data':{'id':'bob1','timeout':10}}}},"
	            "'_':{'module':'response','data':{'code':404}}}}");
	step = explained(c, "1");
	assert_int_equal(n_legs(step), 2);
	busy = after(step, "USER_BUSY");
	office_dial(c->o, c->phone[FRANK1], "1");
	refused(c, step, 0, ALICE1, 486);
	refused(c, step, 1, ALICE2, 486);
	assert_int_equal(n_legs(busy), 1);
	refused(c, busy, 0, BOB1, 486);
	assert_string_equal(text(after(busy, "any failure"), "title"),
	                    "fail with the status of the last failure");
	office_fails(c->phone[FRANK1], "486");
	office_dial(c->o, c->phone[FRANK1], "1");
	refused(c, step, 0, ALICE1, 603);
	refused(c, step, 1, ALICE2, 603);
	fails(c, after(step, "any other failure"));
}

static void phones_in_turn_with_headers_and_passes(void **state)
{
	struct crew *c = *state;
	const cJSON *step;

	office_flow(c->o, "2",
	            "{'module':'set_alert_info','data':{'alert_info':'bell'},"
	            "'children':{'_':{'module':'prepend_cid','data':{"
	            "'caller_id_name_prefix':'Door '},'children':{'_':{"
	            "'module':'ring_group','data':{'strategy':'single',"
	            "'repeats':2,'timeout':30,'endpoints':[{'id':'erin1',"
	            "'endpoint_type':'device','timeout':5,'custom_sip_headers'"
	            ":{'X-Floor':'2'}},'dave1','carol1']}}}}}}");
	step = explained(c, "2");
	assert_int_equal(n_legs(step), 3);
	assert_string_equal(text(member(step, "facts"), "order"),
	                    "one after the other");
	assert_string_equal(text(leg(step, 0), "leg_timeout"), "5 s");
	assert_non_null(after(step, "any failure, 2 times"));
	office_dial(c->o, c->phone[FRANK1], "2");
	for (int pass = 0; pass < 2; pass++) {
		refused(c, step, 0, ERIN1, 480);
		refused(c, step, 1, DAVE1, 486);
		refused(c, step, 2, CAROL1, 603);
	}
	office_fails(c->phone[FRANK1], "603");
}

static void put_carriers(struct crew *c)
{
	for (unsigned i = 0; i < 2; i++)
		office_put(c->o, i ? "resources/b.json" : "resources/a.json",
		           "{'id':'%s','name':'%s','rules':['^\\\\+1(\\\\d+)$'],"
		           "'weight_cost':%u,'from_account_realm':true,"
		           "'format_from_uri':true,'gateways':[{'server':"
		           "'127.0.0.%u','port':%u,'prefix':'00%u',"
		           "'caller_id_type':'pid','custom_sip_headers':"
		           "{'X-Account':'{account_id}'}}]}",
		           i ? "b" : "a", i ? "b" : "a", 10 + i, 2 + i,
		           office_port_of(c->gateway[i]), i);
	office_reload(c->o);
}

static void carriers_with_the_number_as_each_wants_it(void **state)
{
	struct crew *c = *state;
	const cJSON *step;
	const struct msg *m;

	put_carriers(c);
	office_flow(c->o, "3",
	            "{'module':'resources','data':{'use_local_resources':false,"
	            "'to_did':'+14155550000','custom_sip_headers':{'X-Way':"
	            "'out'},'emit_account_id':true},'children':{'_':"
	            "{'module':'response','data':{'code':502}}}}");
	step = explained(c, "3");
	assert_int_equal(n_legs(step), 2);
	office_dial(c->o, c->phone[FRANK1], "3");
	for (int i = 0; i < 2; i++) {
		m = holds(leg(step, i), c->gateway[i], true);
		office_refuse(c->gateway[i], m, 503);
	}
	fails(c, after(step, "any failure"));
}

static void a_forwarded_call(void **state)
{
	struct crew *c = *state;
	const cJSON *step, *forwarded;

	office_put(c->o, "accounts/hq/devices/carol1.json",
	           "{'id':'carol1','name':'carol1','sip':{'username':'carol1',"
	           "'password':'secret'},'call_forward':{'enabled':true,"
	           "'number':'5','substitute':false,'keep_caller_id':false,"
	           "'require_keypress':false}}");
	office_flow(c->o, "4", "{'module':'device','data':{'id':'carol1'}}");
	office_flow(c->o, "5", "{'module':'device','data':{'id':'dave1'}}");
	step = explained(c, "4");
	assert_int_equal(n_legs(step), 2);
	forwarded = member(member(leg(step, 1), "leads_to"), "step");
	assert_string_equal(text(leg(step, 1), "number"), "5");
	office_dial(c->o, c->phone[FRANK1], "4");
	refused(c, step, 0, CAROL1, 486);
	refused(c, forwarded, 0, DAVE1, 486);
	office_fails(c->phone[FRANK1], "486");
}

static void a_jump_and_its_return_after_an_answer(void **state)
{
	struct crew *c = *state;
	const cJSON *step, *rest;
	struct dialog *d;

	office_flow(c->o, "6", "{'module':'device','data':{'id':'bob1'}}");
	office_flow(c->o, "7",
	            "{'module':'callflow','data':{'id':'flow-6'},'children':"
	            "{'_':{'module':'device','data':{'id':'erin1'}}}}");
	step = explained(c, "7");
	rest = after(step, "answered");
	assert_string_equal(text(leg(rest, 0), "leg"), "device erin1");
	d = office_dial(c->o, c->phone[FRANK1], "7");
	(void)d;
	refused(c, step, 0, BOB1, 480);
	refused(c, after(step, "any failure"), 0, ERIN1, 480);
	office_fails(c->phone[FRANK1], "480");
}

/* --- size and form ------------------------------------------------------------ */

static void a_large_account_is_explained_in_no_time(void **state)
{
	struct crew *c = *state;
	struct buf flow = { 0 };
	clock_t before;

	for (int i = 0; i < 40; i++)
		buf_fmt(&flow, "{'module':'ring_group','data':{'endpoints':["
		        "'alice','bob','carol1','dave1'],'repeats':3},"
		        "'children':{'USER_BUSY':{'module':'user','data':{'id':"
		        "'bob'}},'_':");
	buf_str(&flow, "{'module':'hangup'}");
	for (int i = 0; i < 40; i++)
		buf_str(&flow, "}}");
	office_flow(c->o, "8", "%s", buf_text(&flow));
	buf_free(&flow);
	before = clock();
	explained(c, "8");
	if (clock() - before > 20 * CLOCKS_PER_SEC) /* sanitizers and all */
		fail_msg("it took %ld s",
		         (long)((clock() - before) / CLOCKS_PER_SEC));
}

static void names_that_are_hostile_stay_within_their_strings(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "9",
	            "{'module':'set_cid','data':{'caller_id_name':"
	            "'\\\\u00e9 \\\\\\\\ \\\\u0022 \\\\u4e2d <x>'},'children':"
	            "{'_':{'module':'no \\\\u0022 such','data':{},'children':"
	            "{'_':{'module':'device','data':{'id':'bob1'}}}}}}");
	assert_string_equal(text(leg(explained(c, "9"), 0), "leg"),
	                    "device bob1");
}

static void the_server_is_left_as_it_was(void **state)
{
	struct crew *c = *state;
	struct server *s = c->o->server;
	size_t n = registrar_count(s->registrar);

	office_flow(c->o, "1", "{'module':'user','data':{'id':'alice'}}");
	explained(c, "1");
	assert_int_equal(registrar_count(s->registrar), n);
	assert_int_equal(s->n_sessions, 0);
	for (size_t i = 0; i < NELEM(names); i++)
		peer_expect_none(c->phone[i]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(phones_together_and_a_cause_of_their_own),
		TEST(phones_in_turn_with_headers_and_passes),
		TEST(carriers_with_the_number_as_each_wants_it),
		TEST(a_forwarded_call),
		TEST(a_jump_and_its_return_after_an_answer),
		TEST(a_large_account_is_explained_in_no_time),
		TEST(names_that_are_hostile_stay_within_their_strings),
		TEST(the_server_is_left_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
