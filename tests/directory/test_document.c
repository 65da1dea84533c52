#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "directory/check.h"
#include "support/documents.h"

#define DEVICE   DOCUMENT_DEVICE
#define USER     DOCUMENT_USER
#define GROUP    DOCUMENT_GROUP
#define CALLFLOW DOCUMENT_CALLFLOW
#define RESOURCE DOCUMENT_RESOURCE
#define ACCOUNT  DOCUMENT_ACCOUNT

/* Checks one document, apostrophes standing for quotes, and holds what is
 * said against why; every line of that begins with "x: ". */
static void assert_check(enum document_type type, const char *json,
                         const char *why)
{
	static const char *const paths[] = {
		[ACCOUNT] = "x/account.json",  [DEVICE] = "devices/x.json",
		[USER] = "users/x.json",       [GROUP] = "groups/x.json",
		[CALLFLOW] = "callflows/x.json",
		[RESOURCE] = "resources/x.json",
	};
	char *text = documents_complete(paths[type], json);
	struct diag d = { 0 };
	int rc;

	rc = document_check(type, "x", text, strlen(text), &d);
	assert_string_equal(buf_text(&d.text), why);
	assert_int_equal(rc, d.faults > 0 ? -EINVAL : 0);
	diag_free(&d);
	free(text);
}

static void assert_check_bytes(const void *p, size_t len, const char *why)
{
	char *text = xmalloc(len + 1);
	struct diag d = { 0 };

	memcpy(text, p, len);
	text[len] = '\0';
	assert_int_equal(document_check(USER, "x", text, len, &d), -EINVAL);
	assert_string_equal(buf_text(&d.text), why);
	diag_free(&d);
	free(text);
}

static void a_syntax_error_is_named_with_its_line(void **unused)
{
	(void)unused;
	assert_check(USER, "", "x: line 1: not valid JSON\n");
	assert_check(USER, "{", "x: line 1: not valid JSON\n");
	assert_check(USER, "{'a':1,\n'b':2,\n,}",
	             "x: line 3: not valid JSON\n");
	assert_check(USER, "{'a':1}\n\n}", "x: line 3: not valid JSON\n");
	assert_check(USER, "{'a':'never\nclosed}",
	             "x: line 1: a string is not closed\n");
	assert_check(USER, "{'a':'\ttab'}",
	             "x: line 1: a control character in a string\n");
	assert_check(USER, "{'a':1}\x01",
	             "x: line 1: a control character\n");
	assert_check(USER, "{\n'a':'b\\u0000c'}",
	             "x: line 2: \\u0000 is not supported\n");
	assert_check(USER, "{'a':'\\\\u0000'}", "");
	assert_check(USER, "\xef\xbb\xbf{'a':1}\r\n\t ", "");
}

static void a_document_is_one_object(void **unused)
{
	(void)unused;
	assert_check(USER, "[]", "x: expected one object, found array\n");
	assert_check(USER, "7", "x: expected one object, found number\n");
	assert_check(USER, "null", "x: expected one object, found null\n");
	assert_check(USER, "{'data':[{}],'status':'success'}",
	             "x: expected one object, found array\n");
}

static void a_member_that_stands_twice_is_a_fault(void **unused)
{
	struct buf b = { 0 };

	(void)unused;
	assert_check(USER, "{'x':{'enabled':true,'a':1,'enabled':false}}",
	             "x: 'enabled' stands twice\n");
	assert_check(USER, "[{'a':1},{'a':1}]",
	             "x: expected one object, found array\n");
	assert_check(USER, "{'x':[{'a':1},{'a':1}],'A':1,'a':2}", "");
	for (int i = 0; i < 1000; i++)
		buf_fmt(&b, "%s'm%d':%d", i > 0 ? "," : "{", i, i);
	buf_str(&b, ",'m500':1}");
	assert_check(USER, b.p, "x: 'm500' stands twice\n");
	buf_free(&b);
}

static void bytes_that_are_not_utf8_are_a_fault(void **unused)
{
	static const char *const bad[] = {
		"\"\x80\"",         "\"\xc0\xaf\"",         "\"\xc3\"",
		"\"\xe0\x80\x80\"", "\"\xed\xa0\x80\"",     "\"\xe2\x82\"",
		"\"\xff\"",         "\"\xf0\x80\x80\x80\"", "\"\xe2\x82 \"",
		"\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\xc3",
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_check_bytes(bad[i], strlen(bad[i]),
		                   "x: line 1: is not UTF-8\n");
	assert_check_bytes("{}\0{}", 5, "x: line 1: a control character\n");
	assert_check(USER, "{'first_name':'\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"
	                   "\xf4\x8f\xbf\xbf'}", "");
}

static void a_document_may_nest_two_hundred_deep(void **unused)
{
	char text[500] = "{\"name\":\"n\",\"a\":";
	struct diag d = { 0 };
	size_t n = strlen(text);

	(void)unused;
	memset(text + n, '[', 199);
	memset(text + n + 199, ']', 199);
	text[n + 398] = '}';
	text[n + 399] = '\0';
	assert_int_equal(document_check(GROUP, "x", text, strlen(text), &d), 0);
	text[n - 1] = '[';
	assert_int_equal(document_check(GROUP, "x", text, strlen(text), &d),
	                 -EINVAL);
	assert_string_equal(d.text.p, "x: line 1: nested too deeply\n");
	diag_free(&d);
}

static void a_flow_may_nest_as_deep_as_a_document(void **unused)
{
	struct buf b = { 0 };
	struct diag d = { 0 };

	(void)unused;
	buf_str(&b, "{\"numbers\":[\"1\"],\"flow\":");
	for (int i = 0; i < 99; i++)
		buf_str(&b, "{\"module\":\"noop\",\"children\":{\"_\":");
	buf_str(&b, "{\"module\":7}");
	for (int i = 0; i < 99; i++)
		buf_str(&b, "}}");
	buf_str(&b, "}");
	assert_int_equal(document_check(CALLFLOW, "x", b.p, b.len, &d),
	                 -EINVAL);
	assert_int_equal(d.faults, 1);
	assert_non_null(strstr(d.text.p, "children._.module: expected string, "
	                                 "found number\n"));
	diag_free(&d);
	buf_free(&b);
}

struct row {
	enum document_type type;
	const char *json, *why;
};

static void assert_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_check(rows[i].type, rows[i].json, rows[i].why);
}

static void a_member_of_the_wrong_type_is_named_by_its_path(void **unused)
{
	static const struct row rows[] = {
		{ DEVICE, "{'name':7}",
		  "x: name: expected string, found number\n" },
		{ DEVICE, "{'enabled':'true'}",
		  "x: enabled: expected boolean, found string\n" },
		{ DEVICE, "{'sip':[]}",
		  "x: sip: expected object, found array\n" },
		{ DEVICE, "{'sip':{'username':101}}",
		  "x: sip.username: expected string, found number\n" },
		{ DEVICE, "{'id':7}",
		  "x: id: expected string, found number\n" },
		{ DEVICE, "{'media':{'progress_timeout':'5'}}",
		  "x: media.progress_timeout: expected number, found "
		  "string\n" },
		{ DEVICE, "{'media':{'audio':{'codecs':['PCMU',8]}}}",
		  "x: media.audio.codecs[1]: expected string, found number\n" },
		{ DEVICE, "{'hotdesk':{'users':['u']}}",
		  "x: hotdesk.users: expected object, found array\n" },
		{ DEVICE, "{'call_forward':{'enabled':1}}",
		  "x: call_forward.enabled: expected boolean, found number\n" },
		{ DEVICE, "{'caller_id':{'external':'+1'}}",
		  "x: caller_id.external: expected object, found string\n" },
		{ DEVICE, "{'dial_plan':{'^1':true}}",
		  "x: dial_plan.^1: expected object, found boolean\n" },
		{ USER, "{'do_not_disturb':true}",
		  "x: do_not_disturb: expected object, found boolean\n" },
		{ GROUP, "{'endpoints':['d']}",
		  "x: endpoints: expected object, found array\n" },
		{ GROUP, "{'endpoints':{'d':'device'}}",
		  "x: endpoints.d: expected object, found string\n" },
		{ GROUP, "{'endpoints':{'d':{'delay':'1'}}}",
		  "x: endpoints.d.delay: expected number, found string\n" },
		{ CALLFLOW, "{'numbers':'1','flow':{}}",
		  "x: numbers: expected array, found string\n" },
		{ CALLFLOW, "{'numbers':[101],'flow':{}}",
		  "x: numbers[0]: expected string, found number\n" },
		{ CALLFLOW, "{'patterns':[7],'flow':{}}",
		  "x: patterns[0]: expected string, found number\n" },
		{ CALLFLOW, "{'flow':[]}",
		  "x: flow: expected object, found array\n" },
		{ RESOURCE, "{'rules':'^1','gateways':[{'server':'x'}]}",
		  "x: rules: expected array, found string\n" },
		{ RESOURCE, "{'gateways':{}}",
		  "x: gateways: expected array, found object\n" },
		{ RESOURCE, "{'gateways':['x']}",
		  "x: gateways[0]: expected object, found string\n" },
		{ RESOURCE, "{'gateways':[{'server':'x'},{'server':1}]}",
		  "x: gateways[1].server: expected string, found number\n"
		  "x: gateways[1]: has no server\n" },
		{ RESOURCE, "{'stop_codes':['486'],'gateways':"
		            "[{'server':'x'}]}",
		  "x: stop_codes[0]: expected number, found string\n" },
		{ RESOURCE, "{'flags':[1],'gateways':[{'server':'x'}]}",
		  "x: flags[0]: expected string, found number\n" },
		{ ACCOUNT, "{'realm':[]}",
		  "x: realm: expected string, found array\n" },
		{ ACCOUNT, "{'pvt_tree':'a'}",
		  "x: pvt_tree: expected array, found string\n" },
	};

	(void)unused;
	assert_rows(rows, NELEM(rows));
}

static void a_value_out_of_its_range_is_a_fault(void **unused)
{
	static const struct row rows[] = {
		{ DEVICE, "{'sip':{'method':'IP'}}",
		  "x: sip.method: 'IP' is not one of: password, ip\n" },
		{ DEVICE, "{'mac_address':'00:0a:95:9d:68'}",
		  "x: mac_address: '00:0a:95:9d:68' is not a hardware "
		  "address\n" },
		{ DEVICE, "{'mac_address':'000a959d68167'}",
		  "x: mac_address: '000a959d68167' is not a hardware "
		  "address\n" },
		{ DEVICE, "{'mac_address':'00::0a959d6816'}",
		  "x: mac_address: '00::0a959d6816' is not a hardware "
		  "address\n" },
		{ DEVICE, "{'mac_address':'00-0A-95-9d-68-16'}", "" },
		{ CALLFLOW, "{'numbers':['1','2','1'],'flow':{}}",
		  "x: numbers: '1' stands twice\n" },
		{ CALLFLOW, "{'patterns':['^1','^1'],'flow':{}}",
		  "x: patterns: '^1' stands twice\n" },
		{ DEVICE, "{'sip':{'transport':'sctp'}}",
		  "x: sip.transport: 'sctp' is not one of: udp, tcp, tls\n" },
		{ DEVICE, "{'sip':{'invite_format':'x'}}",
		  "x: sip.invite_format: 'x' is not one of: contact, username, "
		  "e164, npan, 1npan, strip_plus, route\n" },
		{ DEVICE, "{'sip':{'route':'tel:+1'}}",
		  "x: sip.route: 'tel:+1' is not a sip: or sips: URI\n" },
		{ DEVICE, "{'sip':{'route':'sip:'}}",
		  "x: sip.route: 'sip:' is not a sip: or sips: URI\n" },
		{ DEVICE, "{'sip':{'route':'sip:a@b>'}}",
		  "x: sip.route: 'sip:a@b>' is not a sip: or sips: URI\n" },
		{ DEVICE, "{'sip':{'route':'sip:a@b\\r\\nX: y'}}",
		  "x: sip.route: has a control character\n" },
		{ CALLFLOW, "{'flow':{'module':'response','data':"
		            "{'message':'Busy\\r\\nX: y'}}}",
		  "x: flow.data.message: has a control character\n" },
		{ ACCOUNT, "{'realm':'a\\\"b'}",
		  "x: realm: 'a\"b' is not a domain\n" },
		{ DEVICE, "{'sip':{'realm':'a b'}}",
		  "x: sip.realm: 'a b' is not a domain\n" },
		{ DEVICE, "{'sip':{'ip':'1.2.3'}}",
		  "x: sip.ip: '1.2.3' is not an IP address\n" },
		{ DEVICE, "{'sip':{'method':'ip'}}",
		  "x: sip.ip: is needed with method ip\n" },
		{ DEVICE, "{'media':{'progress_timeout':-1}}",
		  "x: media.progress_timeout: -1 is not within 0..3600\n" },
		{ DEVICE, "{'media':{'progress_timeout':1.5}}",
		  "x: media.progress_timeout: 1.5 is not a whole number\n" },
		{ DEVICE, "{'media':{'progress_timeout':1e999}}",
		  "x: media.progress_timeout: inf is not within 0..3600\n" },
		{ DEVICE, "{'call_restriction':{'a':{'action':'no'}}}",
		  "x: call_restriction.a.action: 'no' is not one of: inherit, "
		  "deny, allow\n" },
		{ GROUP, "{'endpoints':{'d':{'type':'phone'}}}",
		  "x: endpoints.d.type: 'phone' is not one of: device, user, "
		  "group\n" },
		{ GROUP, "{'endpoints':{'d':{'timeout':1e12}}}",
		  "x: endpoints.d.timeout: 1e+12 is not within 0..86400\n" },
		{ CALLFLOW, "{'numbers':[''],'flow':{}}",
		  "x: numbers[0]: is empty\n" },
		{ CALLFLOW, "{'patterns':['^1','^('],'flow':{}}",
		  "x: patterns[1]: bad expression '^(': missing closing "
		  "parenthesis (at character 3)\n" },
		{ RESOURCE, "{'rules':['['],'gateways':[{'server':'x'}]}",
		  "x: rules[0]: bad expression '[': missing terminating ] for "
		  "character class (at character 2)\n" },
		{ RESOURCE, "{'cid_rules':[')'],'gateways':[{'server':'x'}]}",
		  "x: cid_rules[0]: bad expression ')': unmatched closing "
		  "parenthesis (at character 1)\n" },
		{ RESOURCE, "{'classifiers':{'c':{'regex':'('}},"
		            "'gateways':[{'server':'x'}]}",
		  "x: classifiers.c.regex: bad expression '(': missing closing "
		  "parenthesis (at character 2)\n" },
		{ RESOURCE, "{'gateway_strategy':'x','gateways':"
		            "[{'server':'x'}]}",
		  "x: gateway_strategy: 'x' is not one of: sequential, "
		  "random\n" },
		{ RESOURCE, "{'stop_codes':[200,486,700],'gateways':"
		            "[{'server':'x'}]}",
		  "x: stop_codes[0]: 200 is not within 300..699\n"
		  "x: stop_codes[2]: 700 is not within 300..699\n" },
		{ RESOURCE, "{'gateways':[{'server':'x','port':0}]}",
		  "x: gateways[0].port: 0 is not within 1..65535\n" },
		{ RESOURCE, "{'gateways':[{'server':'x','invite_format':"
		            "'contact'}]}",
		  "x: gateways[0].invite_format: 'contact' is not one of: "
		  "route, username, e164, npan, 1npan, strip_plus\n" },
		{ RESOURCE, "{'gateways':[{'server':'x','endpoint_type':"
		            "'skype'}]}",
		  "x: gateways[0]: warning: endpoint_type skype is not "
		  "supported: never used\n" },
	};

	(void)unused;
	assert_rows(rows, NELEM(rows));
}

static void what_we_cannot_work_without_is_asked_for(void **unused)
{
	static const struct row rows[] = {
		{ CALLFLOW, "{'numbers':['1']}", "x: flow: is missing\n" },
		{ CALLFLOW, "{'numbers':['1'],'flow':null}",
		  "x: flow: is missing\n" },
		{ ACCOUNT, "{'name':null}", "x: name: is missing\n" },
		{ DEVICE, "{'name':''}", "x: name: is missing\n" },
		{ GROUP, "{'name':null}", "x: name: is missing\n" },
		{ USER, "{'first_name':null,'last_name':null}",
		  "x: first_name: is missing\nx: last_name: is missing\n" },
		{ RESOURCE, "{'name':null,'gateways':[{'server':'s'}]}",
		  "x: name: is missing\n" },
		{ CALLFLOW, "{'numbers':null,'flow':{}}",
		  "x: numbers: has neither numbers nor patterns\n" },
		{ CALLFLOW, "{'numbers':[],'patterns':[],'flow':{}}",
		  "x: numbers: has neither numbers nor patterns\n" },
		{ RESOURCE, "{}",
		  "x: gateways: a resource needs at least one\n" },
		{ RESOURCE, "{'gateways':[]}",
		  "x: gateways: a resource needs at least one\n" },
		{ RESOURCE, "{'gateways':[{}]}",
		  "x: gateways[0]: has no server\n" },
		{ ACCOUNT, "{'classifiers':{'c':{}}}",
		  "x: classifiers.c: has no regex\n" },
	};

	(void)unused;
	assert_rows(rows, NELEM(rows));
}

static void absent_null_and_unknown_members_are_fine(void **unused)
{
	static const struct row rows[] = {
		{ DEVICE, "{}", "" },
		{ USER, "{}", "" },
		{ GROUP, "{}", "" },
		{ ACCOUNT, "{}", "" },
		{ CALLFLOW, "{'flow':{}}", "" },
		{ DEVICE, "{'id':null,'enabled':null,'sip':null,'owner_id':''}",
		  "" },
		{ DEVICE, "{'sip':{'route':'','method':'','ip':''}}", "" },
		{ DEVICE, "{'Name':7,'SIP':7,'sip':{'Username':7}}", "" },
		{ DEVICE, "{'mobile':{'mdn':1},'provision':[]}", "" },
		{ GROUP, "{'endpoints':{'d':null}}", "" },
	};

	(void)unused;
	assert_rows(rows, NELEM(rows));
}

static void a_server_that_is_no_host_is_a_fault(void **unused)
{
	static const char *const bad[] = {
		"a b", "a:", "a:0", "a:65536", "a:5060x", "[::1", ":5060",
		"a;transport=carrier-pigeon", "a/b", "a@b", "sip:", "<a>",
		"a:b:c", "1:2:3", "a;transport=", "sip:;transport=udp",
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(bad); i++) {
		char *json = xasprintf("{'gateways':[{'server':'%s'}]}",
		                       bad[i]);
		char *why = xasprintf("x: gateways[0].server: '%s' is not a "
		                      "host\n", bad[i]);

		assert_check(RESOURCE, json, why);
		free(json);
		free(why);
	}
}

static void the_data_of_a_known_module_is_checked(void **unused)
{
	static const struct row rows[] = {
		{ CALLFLOW, "{'flow':{'data':{}}}",
		  "x: flow: has no module\n" },
		{ CALLFLOW, "{'flow':{'module':1,'children':{'_':[]}}}",
		  "x: flow.module: expected string, found number\n"
		  "x: flow.children._: expected object, found array\n" },
		{ CALLFLOW, "{'flow':{'module':'m','data':[],'children':[]}}",
		  "x: flow.data: expected object, found array\n"
		  "x: flow.children: expected object, found array\n" },
		{ CALLFLOW, "{'flow':{'module':'device','data':{'id':1,"
		            "'timeout':'20','can_call_self':1,"
		            "'dial_strategy':'x'}}}",
		  "x: flow.data.id: expected string, found number\n"
		  "x: flow.data.timeout: expected number, found string\n"
		  "x: flow.data.can_call_self: expected boolean, found number\n"
		  "x: flow.data.dial_strategy: 'x' is not one of: "
		  "simultaneous, single\n" },
		{ CALLFLOW, "{'flow':{'module':'ring_group','data':"
		            "{'endpoints':['d',7,{},{'id':'d','weight':'1'}],"
		            "'strategy':'all'}}}",
		  "x: flow.data.strategy: 'all' is not one of: simultaneous, "
		  "single, weighted_random\n"
		  "x: flow.data.endpoints[1]: expected string or object, found "
		  "number\n"
		  "x: flow.data.endpoints[2]: has no id\n"
		  "x: flow.data.endpoints[3].weight: expected number, found "
		  "string\n" },
		{ CALLFLOW, "{'flow':{'module':'resources','data':"
		            "{'use_local_resources':'true','to_did':1}}}",
		  "x: flow.data.use_local_resources: expected boolean, found "
		  "string\n"
		  "x: flow.data.to_did: expected string, found number\n" },
		{ CALLFLOW, "{'flow':{'module':'response','data':"
		            "{'code':'486'}}}",
		  "x: flow.data.code: expected number, found string\n" },
		{ CALLFLOW, "{'flow':{'module':'pivot','data':"
		            "{'method':'put','req_format':'xml',"
		            "'req_timeout_ms':'5','debug':1}}}",
		  "x: flow.data.method: 'put' is not one of: get, post, GET, "
		  "POST\n"
		  "x: flow.data.req_format: 'xml' is not one of: kazoo, "
		  "twiml\n"
		  "x: flow.data.req_timeout_ms: expected number, found "
		  "string\n"
		  "x: flow.data.debug: expected boolean, found number\n"
		  "x: flow.data.voice_url: is missing\n" },
		{ CALLFLOW, "{'flow':{'module':'webhook','data':"
		            "{'uri':7,'http_verb':'delete','retries':true,"
		            "'custom_data':'x'}}}",
		  "x: flow.data.uri: expected string, found number\n"
		  "x: flow.data.http_verb: 'delete' is not one of: get, post, "
		  "put\n"
		  "x: flow.data.retries: expected number, found boolean\n"
		  "x: flow.data.custom_data: expected object, found "
		  "string\n" },
		{ CALLFLOW, "{'flow':{'module':'anything','data':"
		            "{'skip_module':1,'timeout':'x'}}}",
		  "x: flow.data.skip_module: expected boolean, found "
		  "number\n" },
		{ CALLFLOW, "{'flow':{'module':'noop','children':{'_':{},"
		            "'NO_ANSWER':null}}}", "" },
	};

	(void)unused;
	assert_rows(rows, NELEM(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syntax_error_is_named_with_its_line),
		cmocka_unit_test(a_document_is_one_object),
		cmocka_unit_test(a_member_that_stands_twice_is_a_fault),
		cmocka_unit_test(bytes_that_are_not_utf8_are_a_fault),
		cmocka_unit_test(a_document_may_nest_two_hundred_deep),
		cmocka_unit_test(a_flow_may_nest_as_deep_as_a_document),
		cmocka_unit_test(
			a_member_of_the_wrong_type_is_named_by_its_path),
		cmocka_unit_test(a_value_out_of_its_range_is_a_fault),
		cmocka_unit_test(what_we_cannot_work_without_is_asked_for),
		cmocka_unit_test(absent_null_and_unknown_members_are_fine),
		cmocka_unit_test(a_server_that_is_no_host_is_a_fault),
		cmocka_unit_test(the_data_of_a_known_module_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
