#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "directory/invite_parameters.h"
#include "directory/sip_headers.h"
#include "directory/tree.h"

static const struct call_facts facts = { .zone = "eu", .account_id = "acc",
	                                 .caller_id_name = "A\r\nX: y",
	                                 .caller_id_number = "1 0" };

static cJSON *parse(const char *text)
{
	char *json = xstrdup(text);
	cJSON *j;

	for (char *p = json; *p; p++)
		if (*p == '\'')
			*p = '"';
	j = cJSON_Parse(json);
	assert_non_null(j);
	free(json);
	return j;
}

static void headers_go_the_way_their_document_says(void **unused)
{
	static const struct {
		const char *headers;
		enum sip_headers_way way;
		const char *want;
	} rows[] = {
		{ "{'X-A':'1','in':{'X-B':'2'},'out':{'X-C':'3'}}",
		  SIP_HEADERS_IN, "X-B: 2\r\nX-A: 1\r\n" },
		{ "{'X-A':'1','in':{'X-B':'2'},'out':{'X-C':'3'}}",
		  SIP_HEADERS_OUT, "X-C: 3\r\n" },
		{ "{'X-A':'1','in':{'X-B':'2'},'out':{'X-C':'3'}}",
		  SIP_HEADERS_CARRY, "X-C: 3\r\nX-A: 1\r\n" },
		/* out before flat, and no name twice */
		{ "{'X-A':'1','out':{'x-a':'3'}}", SIP_HEADERS_CARRY,
		  "x-a: 3\r\n" },
		{ "{'X-A':'{account_id}/{zone}'}", SIP_HEADERS_CARRY,
		  "X-A: acc/{zone}\r\n" },
		/* what the stack writes, and what is no header */
		{ "{'Via':'x','contact':'x','CSeq':'1','i':'x','':'x',"
		  "'a b':'x','X:':'x','Content-Length':'0'}",
		  SIP_HEADERS_CARRY, "" },
		/* what came from outside ends no line */
		{ "{'X-A':'{caller_id_name}','X-B':'b\\r\\nVia: x'}",
		  SIP_HEADERS_CARRY, "" },
		{ "{'X-A':'','X-B':7,'X-C':null}", SIP_HEADERS_CARRY, "" },
		{ "[]", SIP_HEADERS_CARRY, "" },
		{ "'x'", SIP_HEADERS_CARRY, "" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		cJSON *j = parse(rows[i].headers);
		struct buf b = { 0 };

		sip_headers_write(&b, j, rows[i].way, &facts, NULL);
		assert_string_equal(buf_text(&b), rows[i].want);
		buf_free(&b);
		cJSON_Delete(j);
	}
}

static void who_comes_first_has_his_way(void **unused)
{
	cJSON *first = parse("{'X-A':'1'}"), *then = parse("{'x-a':'2',"
	                                                   "'X-AB':'3'}");
	struct buf b = { 0 };

	(void)unused;
	sip_headers_write(&b, first, SIP_HEADERS_CARRY, NULL, NULL);
	sip_headers_write(&b, NULL, SIP_HEADERS_CARRY, NULL, NULL);
	sip_headers_write(&b, then, SIP_HEADERS_CARRY, NULL, NULL);
	assert_string_equal(buf_text(&b), "X-A: 1\r\nX-AB: 3\r\n");
	buf_free(&b);
	cJSON_Delete(first);
	cJSON_Delete(then);
}

static void formatters_write_headers_too(void **unused)
{
	struct formatter strip = { .strips = true, .prefix = "",
		                   .suffix = "" };
	struct formatter fixed = { .value = "v", .prefix = "", .suffix = "" };
	struct formatter_field fields[] = { { "x_a", &strip, 1 },
		                            { "x_b", &fixed, 1 } };
	struct formatters fs = { fields, 2 };
	cJSON *j = parse("{'X-A':'1','X-B':'2','X-C':'3'}");
	struct buf b = { 0 };

	(void)unused;
	sip_headers_write(&b, j, SIP_HEADERS_CARRY, NULL, &fs);
	assert_string_equal(buf_text(&b), "X-B: v\r\nX-C: 3\r\n");
	buf_free(&b);
	cJSON_Delete(j);
}

static void parameters_are_static_or_facts_of_the_call(void **unused)
{
	static const struct {
		const char *parameters, *want;
	} rows[] = {
		{ "{}", "" },
		{ "{'static':['npdi','rn=+1415']}", ";npdi;rn=+1415" },
		{ "{'dynamic':['zone']}", ";eu" },
		{ "{'dynamic':[{'key':'zone','tag':'z'}]}", ";z=eu" },
		{ "{'dynamic':[{'key':'zone'}]}", ";eu" },
		{ "{'dynamic':[{'key':'zone','tag':'z','separator':'-'}]}",
		  ";z-eu" },
		{ "{'static':['a'],'dynamic':["
		  "{'key':'custom_channel_vars.account_id','tag':'id'},"
		  "'custom_channel_vars.owner_id','nothing']}", ";a;id=acc" },
		{ "{'dynamic':[{'key':'caller_id_number','tag':'n'}]}",
		  ";n=1%200" },
		{ "{'static':['a;b>c d']}", ";a%3Bb%3Ec%20d" },
		{ "{'static':7,'dynamic':'x'}", "" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		cJSON *j = parse(rows[i].parameters);
		struct buf b = { 0 };

		invite_parameters_write(&b, j, &facts);
		assert_string_equal(buf_text(&b), rows[i].want);
		buf_free(&b);
		cJSON_Delete(j);
	}
}

static void a_fact_may_be_a_header_of_the_action(void **unused)
{
	cJSON *headers = parse("{'X-A':'1','out':{'X-B':'2'}}");
	struct call_facts f = { .custom_sip_headers = headers };

	(void)unused;
	assert_string_equal(call_fact(&f, "custom_sip_headers.x-a"), "1");
	assert_string_equal(call_fact(&f, "custom_sip_headers.X-B"), "2");
	assert_null(call_fact(&f, "custom_sip_headers.out"));
	cJSON_Delete(headers);
}

static void what_cannot_be_sent_is_said_when_it_is_loaded(void **unused)
{
	static const struct {
		const char *members;
		bool is_fault;
		const char *want;
	} rows[] = {
		{ "'custom_sip_headers':{'X-A':7}", true,
		  "gateways[0].custom_sip_headers.X-A: expected string" },
		{ "'custom_sip_headers':{'out':{'X-A':'a\\r\\nb'}}", true,
		  "custom_sip_headers.out.X-A: has a control character" },
		{ "'custom_sip_headers':{'Via':'x'}", false,
		  "custom_sip_headers.Via: warning: cannot be set" },
		{ "'custom_sip_headers':[]", true, "expected object" },
		{ "'invite_parameters':{'static':[1]}", true,
		  "invite_parameters.static[0]: expected string" },
		{ "'invite_parameters':{'dynamic':[{'tag':'x'}]}", true,
		  "invite_parameters.dynamic[0]: has no key" },
		{ "'invite_parameters':{'dynamic':[7]}", true,
		  "expected string or object" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *json = xasprintf("{'rules':['.'],'gateways':[{'server':"
		                       "'gw.x',%s}]}", rows[i].members);
		struct tree t;

		tree_open(&t);
		tree_put(&t, "resources/r.json", json);
		assert_int_equal(tree_load(&t, false) != 0, rows[i].is_fault);
		if (!strstr(tree_why(&t), rows[i].want))
			fail_msg("%s: %s", rows[i].members, tree_why(&t));
		tree_close(&t);
		free(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_go_the_way_their_document_says),
		cmocka_unit_test(who_comes_first_has_his_way),
		cmocka_unit_test(formatters_write_headers_too),
		cmocka_unit_test(parameters_are_static_or_facts_of_the_call),
		cmocka_unit_test(a_fact_may_be_a_header_of_the_action),
		cmocka_unit_test(
			what_cannot_be_sent_is_said_when_it_is_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
