/* What modules of a callflow do that shows on the wire. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/trunks.h"

#define CAROL "{'module':'device','data':{'id':'carol1'}}"
#define OFFNET                                                            \
	"{'module':'resources','data':{'use_local_resources':false,"      \
	"'to_did':'" NUMBER "'}}"

/* frank1 dials 1: this module, and then the next. */
static void flow(struct crew *c, const char *module, const char *data,
                 const char *next)
{
	office_flow(c->o, "1",
	            "{'module':'%s','data':{%s},'children':{'_':%s}}", module,
	            data, next);
}

/* --- who calls -------------------------------------------------------------- */

struct shown_row {
	const char *module, *data;
	const char *from; /* what carol's telephone is told */
};

static const struct shown_row shown[] = {
	{ "noop", "", "<sip:frank1@hq.test>" },
	{ "set_cid", "'caller_id_name':'Desk','caller_id_number':'200'",
	  "\"Desk\" <sip:200@hq.test>" },
	{ "set_cid", "'caller_id_number':'200'", "<sip:200@hq.test>" },
	{ "prepend_cid",
	  "'caller_id_name_prefix':'Sales ','caller_id_number_prefix':'9'",
	  "\"Sales \" <sip:9frank1@hq.test>" },
	{ "check_cid",
	  "'caller_id':{'external':{'name':'Joe','number':'55'}},"
	  "'user_id':'alice'",
	  "<sip:frank1@hq.test>" }, /* no child "match" */
	{ "privacy", "", "\"Anonymous\" <sip:anonymous@anonymous.invalid>" },
	{ "privacy", "'mode':'number'", "<sip:anonymous@anonymous.invalid>" },
	{ "privacy", "'mode':'name'", "\"Anonymous\" <sip:frank1@hq.test>" },
};

static void modules_change_who_a_telephone_is_told_is_calling(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	const struct msg *m;

	for (size_t i = 0; i < NELEM(shown); i++) {
		flow(c, shown[i].module, shown[i].data, CAROL);
		office_dial(c->o, c->frank1, "1");
		m = peer_expect(carol, "INVITE");
		if (!msg_header_has(m, "From", shown[i].from))
			fail_msg("%s %s: %s", shown[i].module, shown[i].data,
			         msg_header(m, "From", 0));
		office_refuse(carol, m, 486);
		office_fails(c->frank1, "486");
	}
}

static void a_matched_caller_has_another_identity(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	const struct msg *m;

	office_flow(c->o, "1",
	            "{'module':'check_cid','data':{'regex':'^frank','caller_id'"
	            ":{'external':{'name':'Joe','number':'55'}},'user_id':"
	            "'alice'},'children':{'match':" CAROL "}}");
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(carol, "INVITE");
	assert_true(msg_header_has(m, "From", "\"Joe\" <sip:55@hq.test>"));
	office_refuse(carol, m, 486);
	office_fails(c->frank1, "486");
}

static void a_carrier_is_told_the_fixed_caller_id(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_carrier(c, "r", 0, ",'cid_rules':['^\\\\+1415']",
	            ",'caller_id_type':'pid'");
	flow(c, "set_cid", "'caller_id_number':'+14155550123'", OFFNET);
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	assert_true(msg_header_has(m, "From", "<sip:+14155550123@hq.test>"));
	assert_true(msg_header_has(m, "P-Asserted-Identity",
	                           "sip:+14155550123@hq.test"));
	office_refuse(c->g[0], m, 486);
	office_fails(c->frank1, "486");
}

static void a_carrier_is_asked_for_privacy(void **state)
{
	struct crew *c = *state;
	const struct msg *m;

	put_carrier(c, "r", 0, "", "");
	flow(c, "privacy", "'mode':'full'", OFFNET);
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	assert_true(msg_header_has(m, "From", "sip:anonymous@anonymous.invalid"));
	assert_true(msg_header_has(m, "P-Asserted-Identity", "frank1@hq.test"));
	assert_true(msg_header_has(m, "Privacy", "id"));
	office_refuse(c->g[0], m, 486);
	office_fails(c->frank1, "486");
}

static void what_modules_changed_holds_for_a_number_that_stays_inside(
        void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	const struct msg *m;

	office_flow(c->o, NUMBER,
	            "{'module':'prepend_cid','data':{'caller_id_name_prefix':"
	            "'B'},'children':{'_':" CAROL "}}");
	flow(c, "set_cid", "'caller_id_name':'A','caller_id_number':'200'",
	     OFFNET);
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(carol, "INVITE");
	assert_true(msg_header_has(m, "From", "\"BA\" <sip:200@hq.test>"));
	office_refuse(carol, m, 486);
	office_fails(c->frank1, "486");
}

/* --- how it rings ------------------------------------------------------------- */

static void set_alert_info_reaches_the_telephone(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	const struct msg *m;

	flow(c, "set_alert_info", "'alert_info':'<http://x>;info=bell'", CAROL);
	office_dial(c->o, c->frank1, "1");
	m = peer_expect(carol, "INVITE");
	assert_int_equal(msg_count(m, "Alert-Info"), 1);
	assert_true(msg_header_has(m, "Alert-Info", "<http://x>;info=bell"));
	office_refuse(carol, m, 486);
	office_fails(c->frank1, "486");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(modules_change_who_a_telephone_is_told_is_calling),
		TRUNK_TEST(a_matched_caller_has_another_identity),
		TRUNK_TEST(a_carrier_is_told_the_fixed_caller_id),
		TRUNK_TEST(a_carrier_is_asked_for_privacy),
		TRUNK_TEST(
		        what_modules_changed_holds_for_a_number_that_stays_inside),
		TRUNK_TEST(set_alert_info_reaches_the_telephone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
