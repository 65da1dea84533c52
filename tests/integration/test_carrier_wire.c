#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/trunks.h"

/* What the gateway of one carrier is sent for a call of frank1's. */
static const struct msg *sent(struct crew *c, const char *rest,
                              const char *more, const char *data)
{
	put_carrier(c, "r", 0, rest, more);
	office_flow(c->o, "1", OUT, "false", data);
	office_dial(c->o, c->frank1, "1");
	return peer_expect(c->g[0], "INVITE");
}

static void busy(struct crew *c, const struct msg *m)
{
	office_refuse(c->g[0], m, 486);
	office_fails(c->frank1, "486");
}

#define DID ",'to_did':'" NUMBER "'"

static void a_header_tells_what_the_documents_want(void **state)
{
	static const struct {
		const char *rest, *more, *data;
		const char *header, *part; /* NULL: there is none */
	} rows[] = {
		{ "", "", "", "From", "<sip:frank1@hq.test>" },
		/* format_from_uri and its realms */
		{ ",'format_from_uri':true,'from_uri_realm':'c.test'", "", "",
		  "From", "<sip:frank1@c.test>" },
		{ ",'format_from_uri':true,'from_uri_realm':'c.test'",
		  ",'from_uri_realm':'g.test'", "", "From",
		  "<sip:frank1@g.test>" },
		{ "", ",'format_from_uri':true,'realm':'r.test'", "", "From",
		  "<sip:frank1@r.test>" },
		{ "", ",'format_from_uri':true,'realm':'r.test',"
		      "'from_account_realm':true", "", "From",
		  "<sip:frank1@hq.test>" },
		{ "", "", ",'format_from_uri':true,'from_uri_realm':'d.test'",
		  "From", "<sip:frank1@d.test>" },
		{ "", "", ",'from_uri_realm':'d.test'", "From",
		  "<sip:frank1@hq.test>" },
		/* formatters */
		{ ",'formatters':{'from':{'regex':'^frank(.*)','prefix':'+'}}",
		  "", "", "From", "<sip:+1@hq.test>" },
		{ ",'formatters':{'outbound_caller_id_name':{'value':'HQ'}}",
		  "", "", "From", "HQ" },
		{ ",'formatters':{'to':{'value':'somebody'}}", "", "", "To",
		  "<sip:somebody@127.0.0.11:" },
		/* headers of gateway, action, and who calls */
		{ "", ",'custom_sip_headers':{'out':{'X-G':'g'}}", "", "X-G",
		  "g" },
		{ "", ",'custom_sip_headers':{'X-G':'g'}",
		  ",'custom_sip_headers':{'X-G':'d'}", "X-G", "g" },
		{ "", "", ",'custom_sip_headers':{'X-D':'{account_id}'}",
		  "X-D", "hq" },
		{ "", "", ",'custom_sip_headers':{'X-D':"
		          "'{caller_id_number}'}", "X-D", "frank1" },
		{ "", ",'custom_sip_headers':{'in':{'X-G':'g'}}", "", "X-G",
		  NULL },
		{ "", "", "", "X-F", "of frank" },
		{ "", "", "", "X-In", NULL },
		{ "", "", "", "X-Account-ID", NULL },
		{ "", "", ",'emit_account_id':true", "X-Account-ID", "hq" },
	};
	struct crew *c = *state;

	office_put(c->o, "accounts/hq/devices/frank1.json",
	           "{'id':'frank1','name':'frank1','sip':{"
	           "'username':'frank1','password':'secret',"
	           "'custom_sip_headers':{'in':{'X-In':'x'},"
	           "'out':{'X-F':'of frank'}}}}");
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *data = xasprintf(DID "%s", rows[i].data);
		const struct msg *m = sent(c, rows[i].rest, rows[i].more,
		                           data);
		const char *got = msg_header(m, rows[i].header, 0);

		if (rows[i].part ? !got || !strstr(got, rows[i].part)
		                 : got != NULL)
			fail_msg("row %zu: %s: %s", i, rows[i].header, got);
		busy(c, m);
		free(data);
	}
}

static void the_request_uri_is_dressed_by_the_documents(void **state)
{
	static const struct {
		const char *rest, *more, *want, *end;
	} rows[] = {
		{ ",'formatters':{'request':{'regex':'^(\\\\d{3})',"
		  "'prefix':'9'}}", "", "sip:9415@127.0.0.11:", "" },
		{ ",'formatters':{'to':{'value':'x'}}", "",
		  "sip:4155550000@127.0.0.11:", "" },
		{ ",'classifiers':{'did_us':{'prefix':'00','suffix':'7'}}", "",
		  "sip:0041555500007@127.0.0.11:", "" },
		{ "", ",'invite_parameters':{'static':['npdi'],'dynamic':["
		      "'zone',{'key':'custom_channel_vars.account_id',"
		      "'tag':'acc'}]}", "sip:4155550000@127.0.0.11:",
		  ";npdi;local;acc=hq" },
	};
	struct crew *c = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct msg *m = sent(c, rows[i].rest, rows[i].more, DID);
		size_t len = strlen(m->uri), end = strlen(rows[i].end);

		if (!str_starts(m->uri, rows[i].want) || len < end ||
		    strcmp(m->uri + len - end, rows[i].end) != 0)
			fail_msg("row %zu: %s", i, m->uri);
		busy(c, m);
	}
}

static void dynamic_flags_choose_the_carrier(void **state)
{
	static const struct {
		const char *flag;
		bool goes;
	} rows[] = {
		{ "'zone'", true },
		{ "'custom_channel_vars.authorizing_type'", false },
		{ "'nothing'", true }, /* no flag at all */
	};
	struct crew *c = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *data = xasprintf(DID ",'dynamic_flags':[%s]",
		                       rows[i].flag);

		put_carrier(c, "r", 0, ",'flags':['local']", "");
		office_flow(c->o, "1", OUT, "false", data);
		office_dial(c->o, c->frank1, "1");
		if (rows[i].goes)
			busy(c, peer_expect(c->g[0], "INVITE"));
		else
			office_fails(c->frank1, "404");
		free(data);
	}
}

static void a_short_number_goes_out_with_its_area(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	/* the first two of "frank1" */
	office_put(c->o, "resources/r.json",
	           "{'id':'r','name':'r','rules':['^fr\\\\d{4}$'],'gateways':"
	           "[{'server':'127.0.0.11','port':%u}]}",
	           office_port_of(c->g[0]));
	office_flow(c->o, "1", OUT, "false", ",'to_did':'1234'");
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	assert_true(str_starts(m->uri, "sip:fr1234@"));
	busy(c, m);
}

static void a_number_of_ours_may_be_forced_out(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, NUMBER, "{'module':'response','data':{'code':599}}");
	put_carrier(c, "r", 0, "", "");
	send_out(c);
	office_dial(c->o, c->frank1, "1");
	office_fails(c->frank1, "599");
	busy(c, sent(c, "", "", DID ",'force_outbound':true"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_header_tells_what_the_documents_want),
		TRUNK_TEST(the_request_uri_is_dressed_by_the_documents),
		TRUNK_TEST(dynamic_flags_choose_the_carrier),
		TRUNK_TEST(a_short_number_goes_out_with_its_area),
		TRUNK_TEST(a_number_of_ours_may_be_forced_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
