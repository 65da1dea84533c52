#include "cmocka_all.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/formatter.h"
#include "directory/tree.h"

static const struct formatters *load(struct tree *t, const char *formatters)
{
	char *json = xasprintf("{'rules':['.'],'gateways':[{'server':'gw.x'}],"
	                       "'formatters':{%s}}", formatters);
	size_t n;

	tree_put(t, "resources/r.json", json);
	free(json);
	assert_int_equal(tree_load(t, false), 0);
	return snapshot_resources(t->s, &n)[0]->formatters;
}

#define STRIPPED "\1"

static void the_first_option_that_acts_is_the_one(void **unused)
{
	static const struct {
		const char *formatters, *field;
		enum formatter_way way;
		enum invite_format format;
		const char *value, *want; /* NULL: none acts */
	} rows[] = {
		/* a list, or one of them alone; the field's name in any case */
		{ "'request':[{'regex':'^\\\\+?1?(\\\\d{10})$','prefix':'9'}]",
		  "request", FORMATTER_OUTBOUND, INVITE_ROUTE,
		  "+14155550000", "94155550000" },
		{ "'Request':{'regex':'^\\\\+(\\\\d+)$','suffix':'#'}",
		  "request", FORMATTER_OUTBOUND, INVITE_ROUTE, "+49", "49#" },
		{ "'request':{'regex':'^\\\\+'}", "to", FORMATTER_OUTBOUND,
		  INVITE_ROUTE, "+49", NULL },
		/* the first capture, or the whole match */
		{ "'to':{'regex':'^(\\\\d)(\\\\d+)$'}", "to",
		  FORMATTER_OUTBOUND, INVITE_ROUTE, "123", "1" },
		{ "'to':{'regex':'\\\\d+','prefix':'<','suffix':'>'}", "to",
		  FORMATTER_OUTBOUND, INVITE_ROUTE, "a123b", "<123>" },
		{ "'to':[{'regex':'^9'},{'regex':'^8','prefix':'x'},"
		  "{'value':'never'}]", "to", FORMATTER_OUTBOUND,
		  INVITE_ROUTE, "8", "x8" },
		{ "'to':[{'regex':'^9'},{'regex':'^7'}]", "to",
		  FORMATTER_OUTBOUND, INVITE_ROUTE, "8", NULL },
		/* directions */
		{ "'to':{'direction':'inbound','value':'x'}", "to",
		  FORMATTER_OUTBOUND, INVITE_ROUTE, "8", NULL },
		{ "'to':{'direction':'inbound','value':'x'}", "to",
		  FORMATTER_INBOUND, INVITE_ROUTE, "8", "x" },
		{ "'to':{'direction':'outbound','value':'x'}", "to",
		  FORMATTER_INBOUND, INVITE_ROUTE, "8", NULL },
		{ "'to':{'direction':'both','value':'x'}", "to",
		  FORMATTER_INBOUND, INVITE_ROUTE, "8", "x" },
		/* strip, value, match_invite_format, regex */
		{ "'to':{'strip':true,'value':'x','regex':'.'}", "to",
		  FORMATTER_OUTBOUND, INVITE_ROUTE, "8", STRIPPED },
		{ "'to':{'strip':false,'value':'x','regex':'.'}", "to",
		  FORMATTER_OUTBOUND, INVITE_ROUTE, "8", "x" },
		{ "'to':{'match_invite_format':true,'regex':'.'}", "to",
		  FORMATTER_OUTBOUND, INVITE_NPAN, "+14155550000",
		  "4155550000" },
		{ "'to':{'match_invite_format':true}", "to",
		  FORMATTER_OUTBOUND, INVITE_1NPAN, "4155550000",
		  "14155550000" },
		{ "'to':{'match_invite_format':true}", "to",
		  FORMATTER_OUTBOUND, INVITE_E164, "4155550000",
		  "+14155550000" },
		{ "'to':{'match_invite_format':true}", "to",
		  FORMATTER_OUTBOUND, INVITE_ROUTE, "4155550000", NULL },
		{ "'to':{'match_invite_format':true,'regex':'0+'}", "to",
		  FORMATTER_OUTBOUND, INVITE_STRIP_PLUS, "4155550000",
		  "0000" },
		{ "'to':{}", "to", FORMATTER_OUTBOUND, INVITE_E164, "1",
		  NULL },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct formatters *fs;
		enum formatted did, want;
		char *out = NULL;
		struct tree t;

		tree_open(&t);
		fs = load(&t, rows[i].formatters);
		did = formatters_apply(fs, rows[i].field, rows[i].way,
		                       rows[i].format, rows[i].value, &out);
		want = !rows[i].want                        ? FORMATTED_NOT
		       : str_eq(rows[i].want, STRIPPED) ? FORMATTED_STRIPPED
		                                        : FORMATTED_CHANGED;
		if (did != want ||
		    (want == FORMATTED_CHANGED && !str_eq(out, rows[i].want)))
			fail_msg("%s: %s", rows[i].formatters, out);
		free(out);
		tree_close(&t);
	}
}

static void without_formatters_a_field_stays_as_it_is(void **unused)
{
	char *out = formatters_text(NULL, "to", FORMATTER_OUTBOUND,
	                            INVITE_ROUTE, "8");
	struct tree t;

	(void)unused;
	assert_string_equal(out, "8");
	free(out);
	tree_open(&t);
	assert_null(load(&t, ""));
	tree_close(&t);
}

static void a_formatter_that_cannot_be_read_is_a_fault(void **unused)
{
	static const char *const bad[] = {
		"'to':'x'", "'to':['x']", "'to':{'regex':'('}",
		"'to':{'direction':'up'}", "'to':{'strip':1}",
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(bad); i++) {
		struct tree t;
		char *json = xasprintf("{'rules':['.'],'gateways':[{'server':"
		                       "'gw.x'}],'formatters':{%s}}", bad[i]);

		tree_open(&t);
		tree_put(&t, "resources/r.json", json);
		assert_int_not_equal(tree_load(&t, false), 0);
		tree_close(&t);
		free(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_option_that_acts_is_the_one),
		cmocka_unit_test(without_formatters_a_field_stays_as_it_is),
		cmocka_unit_test(a_formatter_that_cannot_be_read_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
