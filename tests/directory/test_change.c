/* What a feature code changes in a document: rows of its text before and
 * after. */
#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "directory/change.h"

#define FW "'call_forward':"
#define OUT "'disable_until': 66269664000"

struct row {
	struct change change;
	const char *before, *after;
	int rc;
};

/* ' stands for ". */
static char *quoted(const char *s)
{
	char *copy = xstrdup(s);

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static int apply(struct buf *text, const struct change *wish)
{
	cJSON *top = cJSON_Parse(buf_text(text));
	const cJSON *data = cJSON_GetObjectItem(top, "data");
	struct change c = *wish;
	int rc = change_decide(&c, data ? data : top);

	if (rc == 0)
		rc = change_apply(text, data ? data : top, data != NULL, &c);
	cJSON_Delete(top);
	return rc;
}

static void check(const struct row *r, size_t i)
{
	char *before = quoted(r->before);
	char *after = quoted(r->after ? r->after : r->before);
	struct buf b = { 0 };
	int rc;

	buf_str(&b, before);
	rc = apply(&b, &r->change);
	if (rc != r->rc || strcmp(buf_text(&b), after) != 0)
		fail_msg("row %zu: %d %s", i, rc, buf_text(&b));
	buf_free(&b);
	free(before);
	free(after);
}

static void a_switch_is_set(void **unused)
{
	static const struct row rows[] = {
		{ { CHANGE_DND, CHANGE_ON, NULL, NULL }, "{'id':'x'}",
		  "{'id':'x','do_not_disturb': {'enabled': true}}", 0 },
		{ { CHANGE_DND, CHANGE_ON, NULL, NULL },
		  "{'do_not_disturb':{'enabled':true}}", NULL, 0 },
		{ { CHANGE_DND, CHANGE_OFF, NULL, NULL },
		  "{'do_not_disturb':{'enabled':true}}",
		  "{'do_not_disturb':{'enabled':false}}", 0 },
		{ { CHANGE_DND, CHANGE_OVER, NULL, NULL },
		  "{'do_not_disturb':{'enabled':true}}",
		  "{'do_not_disturb':{'enabled':false}}", 0 },
		{ { CHANGE_DND, CHANGE_OVER, NULL, NULL },
		  "{'do_not_disturb':{'enabled':false}}",
		  "{'do_not_disturb':{'enabled':true}}", 0 },
		{ { CHANGE_DND, CHANGE_OVER, NULL, NULL },
		  "{'do_not_disturb':{}}",
		  "{'do_not_disturb':{'enabled': true}}", 0 },
		{ { CHANGE_DND, CHANGE_ON, NULL, NULL },
		  "{'data':{'id':'x'},'status':'success'}",
		  "{'data':{'id':'x','do_not_disturb': {'enabled': true}},"
		  "'status':'success'}",
		  0 },
		{ { CHANGE_DND, CHANGE_ON, NULL, NULL },
		  "{'do_not_disturb':true}", NULL, -EINVAL },
		/* calls wait when nothing is said */
		{ { CHANGE_CALL_WAITING, CHANGE_OVER, NULL, NULL },
		  "{'id':'x'}", "{'id':'x','call_waiting': {'enabled': false}}",
		  0 },
		{ { CHANGE_CALL_WAITING, CHANGE_OVER, NULL, NULL },
		  "{'call_waiting':{'enabled':false}}",
		  "{'call_waiting':{'enabled':true}}", 0 },
		{ { CHANGE_CALL_WAITING, CHANGE_OFF, NULL, NULL },
		  "{'call_waiting':{'enabled':false}}", NULL, 0 },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		check(&rows[i], i);
}

static void a_forward_is_set(void **unused)
{
	static const struct row rows[] = {
		/* activate */
		{ { CHANGE_FORWARD, CHANGE_ON, "5551", NULL }, "{'id':'x'}",
		  "{'id':'x','call_forward': {'enabled': true,'number': "
		  "'5551','require_keypress': false}}",
		  0 },
		{ { CHANGE_FORWARD, CHANGE_ON, "5551", NULL },
		  "{" FW "{'number':'1','require_keypress':true}}",
		  "{" FW "{'number':'5551','require_keypress':true,'enabled':"
		  " true}}",
		  0 },
		{ { CHANGE_FORWARD, CHANGE_ON, NULL, NULL },
		  "{" FW "{'enabled':false,'number':'1','require_keypress':"
		  "false}}",
		  "{" FW "{'enabled':true,'number':'1','require_keypress':"
		  "false}}",
		  0 },
		{ { CHANGE_FORWARD, CHANGE_ON, NULL, NULL },
		  "{" FW "{'enabled':false}}", NULL, -ENODATA },
		{ { CHANGE_FORWARD, CHANGE_ON, "", NULL },
		  "{" FW "{'number':''}}", NULL, -ENODATA },
		/* what somebody dials is text */
		{ { CHANGE_FORWARD, CHANGE_ON, "1\",\"x", NULL },
		  "{" FW "{'enabled':true,'number':'','require_keypress':true}"
		  "}",
		  "{" FW "{'enabled':true,'number':'1\\',\\'x',"
		  "'require_keypress':true}}",
		  0 },
		/* deactivate: the number stays */
		{ { CHANGE_FORWARD, CHANGE_OFF, "5551", NULL },
		  "{" FW "{'enabled':true,'number':'1'}}",
		  "{" FW "{'enabled':false,'number':'1'}}", 0 },
		{ { CHANGE_FORWARD, CHANGE_OFF, NULL, NULL }, "{'id':'x'}",
		  "{'id':'x','call_forward': {'enabled': false}}", 0 },
		/* toggle: the number that is there goes first */
		{ { CHANGE_FORWARD, CHANGE_OVER, "5551", NULL },
		  "{" FW "{'number':'1','require_keypress':false}}",
		  "{" FW "{'number':'1','require_keypress':false,'enabled': "
		  "true}}",
		  0 },
		{ { CHANGE_FORWARD, CHANGE_OVER, "5551", NULL },
		  "{" FW "{'enabled':false,'require_keypress':false}}",
		  "{" FW "{'enabled':true,'require_keypress':false,'number': "
		  "'5551'}}",
		  0 },
		{ { CHANGE_FORWARD, CHANGE_OVER, NULL, NULL },
		  "{" FW "{'enabled':true,'number':'1'}}",
		  "{" FW "{'enabled':false,'number':'1'}}", 0 },
		{ { CHANGE_FORWARD, CHANGE_OVER, NULL, NULL }, "{'id':'x'}",
		  NULL, -ENODATA },
		/* update: on or off stays */
		{ { CHANGE_FORWARD, CHANGE_NUMBER, "5551", NULL },
		  "{" FW "{'enabled':true,'number':'1'}}",
		  "{" FW "{'enabled':true,'number':'5551'}}", 0 },
		{ { CHANGE_FORWARD, CHANGE_NUMBER, "5551", NULL },
		  "{" FW "{'number':'1'}}", "{" FW "{'number':'5551'}}", 0 },
		{ { CHANGE_FORWARD, CHANGE_NUMBER, NULL, NULL },
		  "{" FW "{'number':'1'}}", NULL, -ENODATA },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		check(&rows[i], i);
}

#define GROUP(members) \
	"{'flow':{'module':'ring_group','data':{'endpoints':[" members "]}}}"
#define BOB "'id':'bob','endpoint_type':'user'"

static void a_membership_is_set(void **unused)
{
	static const struct change in = { CHANGE_MEMBERSHIP, CHANGE_ON, NULL,
		                          "bob" };
	static const struct change out = { CHANGE_MEMBERSHIP, CHANGE_OFF,
		                           NULL, "bob" };
	const struct row rows[] = {
		{ out, GROUP("{'id':'al','endpoint_type':'user'},{" BOB "}"),
		  GROUP("{'id':'al','endpoint_type':'user'},{" BOB "," OUT "}"),
		  0 },
		{ out, GROUP("{" BOB ",'disable_until':0}"),
		  GROUP("{" BOB ",'disable_until':66269664000}"), 0 },
		{ in, GROUP("{" BOB ",'disable_until':66269664000}"),
		  GROUP("{" BOB ",'disable_until':0}"), 0 },
		{ in, GROUP("{" BOB "}"), NULL, 0 },
		/* in every ring group of the tree, whatever it hangs on */
		{ out,
		  "{'flow':{'module':'user','data':{'id':'bob'},'children':{"
		  "'_':{'module':'ring_group','data':{'endpoints':[{" BOB "}]},"
		  "'children':{'sip:486':{'module':'ring_group','data':{"
		  "'endpoints':[{'id':'x'},{" BOB ",'delay':5}]}}}}}}}",
		  "{'flow':{'module':'user','data':{'id':'bob'},'children':{"
		  "'_':{'module':'ring_group','data':{'endpoints':[{" BOB "," OUT
		  "}]},'children':{'sip:486':{'module':'ring_group','data':{"
		  "'endpoints':[{'id':'x'},{" BOB ",'delay':5," OUT "}]}}}}}}}",
		  0 },
		/* a plain id, which Kazoo does not know */
		{ out, GROUP("'al','bob'"),
		  GROUP("'al',{'id':'bob','endpoint_type':'user',"
		        "'disable_until':66269664000}"),
		  0 },
		{ in, GROUP("'al','bob'"), NULL, 0 },
		{ out, GROUP("{'id':'bob'}"), GROUP("{'id':'bob'," OUT "}"),
		  0 },
		/* no member */
		{ out, GROUP("{'id':'bob','endpoint_type':'device'}"), NULL,
		  -ENOENT },
		{ out, GROUP("{'id':'bob','endpoint_type':'group'},'al',5,null"),
		  NULL, -ENOENT },
		{ out, "{'flow':{'module':'group','data':{'endpoints':['bob']"
		       "}}}",
		  NULL, -ENOENT },
		{ out, "{'flow':{}}", NULL, -ENOENT },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		check(&rows[i], i);
}

static void too_many_memberships_are_refused(void **unused)
{
	struct change out = { CHANGE_MEMBERSHIP, CHANGE_OFF, NULL, "bob" };
	struct buf b = { 0 };

	buf_str(&b, "{\"flow\":{\"module\":\"ring_group\",\"data\":"
	            "{\"endpoints\":[\"bob\"");
	for (int i = 0; i < 1000; i++)
		buf_str(&b, ",\"bob\"");
	buf_str(&b, "]}}}");
	assert_int_equal(apply(&b, &out), -E2BIG);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_is_set),
		cmocka_unit_test(a_forward_is_set),
		cmocka_unit_test(a_membership_is_set),
		cmocka_unit_test(too_many_memberships_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
