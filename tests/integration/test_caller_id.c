/* Which caller a leg shows, as documents want it. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/trunks.h"

#define NO_KEY "'require_keypress':false"
#define CID    "'caller_id':{'internal':{'number':'11','name':'In'},"     \
	       "'external':{'number':'+14155551111','name':'Out'},"       \
	       "'emergency':{'number':'+14155559119','name':'Help'}}"

static void put_device(struct office *o, const char *id, const char *more)
{
	char *path = xasprintf("accounts/hq/devices/%s.json", id);

	office_put(o, path,
	           "{'id':'%s','sip':{'username':'%s','password':'secret'}%s%s}",
	           id, id, *more ? "," : "", more);
	free(path);
}

static void ring(struct office *o, const char *number, const char *id)
{
	office_flow(o, number, "{'module':'device','data':{'id':'%s'}}", id);
}

static void refused(struct crew *c, struct peer *callee, const struct msg *m)
{
	office_refuse(callee, m, 486);
	office_fails(c->frank1, "486");
}

static void assert_from(const struct msg *m, const char *from)
{
	if (!msg_header_has(m, "From", from))
		fail_msg("no '%s' in:\n%s", from, m->text);
}

static void each_leg_shows_its_kind(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;

	put_device(o, "frank1", CID);
	put_carrier(c, "r", 0, ",'weight_cost':2", "");
	put_carrier(c, "e", 1, ",'emergency':true,'weight_cost':1", "");
	ring(o, "2", "carol1");
	office_flow(o, "1", OUT, "false", ",'to_did':'" NUMBER "'");
	office_dial(o, c->frank1, "2");
	m = peer_expect(carol, "INVITE");
	assert_from(m, "\"In\" <sip:11@hq.test>");
	refused(c, carol, m);
	/* the carrier for emergencies comes first here, by its weight */
	office_dial(o, c->frank1, "1");
	m = peer_expect(c->g[1], "INVITE");
	assert_from(m, "\"Help\" <sip:+14155559119@hq.test>");
	office_refuse(c->g[1], m, 503);
	m = peer_expect(c->g[0], "INVITE");
	assert_from(m, "\"Out\" <sip:+14155551111@hq.test>");
	refused(c, c->g[0], m);
	/* the action may name another kind */
	office_flow(o, "3", OUT, "false",
	            ",'to_did':'" NUMBER "','caller_id_type':'internal'");
	office_dial(o, c->frank1, "3");
	m = peer_expect(c->g[1], "INVITE");
	assert_from(m, "\"Help\"");
	office_refuse(c->g[1], m, 503);
	m = peer_expect(c->g[0], "INVITE");
	assert_from(m, "\"In\" <sip:11@hq.test>");
	refused(c, c->g[0], m);
}

static void privacy_hides_as_the_documents_say(void **state)
{
	static const struct {
		const char *options, *from;
		const char *pai; /* NULL: none, and no Privacy */
	} cases[] = {
		{ "'outbound_privacy':'full'",
		  "\"Anonymous\" <sip:anonymous@anonymous.invalid>",
		  "\"Out\" <sip:+14155551111@hq.test>" },
		{ "'outbound_privacy':'number'",
		  "\"Out\" <sip:anonymous@anonymous.invalid>",
		  "\"Out\" <sip:+14155551111@hq.test>" },
		{ "'outbound_privacy':'name'",
		  "\"Anonymous\" <sip:+14155551111@hq.test>", NULL },
		{ "'outbound_privacy':'full','privacy_method':'sip'",
		  "\"Out\" <sip:+14155551111@hq.test>",
		  "\"Out\" <sip:+14155551111@hq.test>" },
		{ "'outbound_privacy':'none'",
		  "\"Out\" <sip:+14155551111@hq.test>", NULL },
	};
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;

	put_carrier(c, "r", 0, "", "");
	ring(o, "2", "carol1");
	for (size_t i = 0; i < NELEM(cases); i++) {
		char *more = xasprintf(CID ",'caller_id_options':{%s}",
		                       cases[i].options);

		put_device(o, "frank1", more);
		free(more);
		send_out(c);
		office_dial(o, c->frank1, "1");
		m = peer_expect(c->g[0], "INVITE");
		assert_from(m, cases[i].from);
		assert_int_equal(msg_count(m, "P-Asserted-Identity"),
		                 cases[i].pai != NULL);
		assert_int_equal(msg_count(m, "Privacy"),
		                 cases[i].pai != NULL);
		if (cases[i].pai)
			assert_true(msg_header_has(m, "P-Asserted-Identity",
			                           cases[i].pai));
		refused(c, c->g[0], m);
		/* colleagues see who it is */
		office_dial(o, c->frank1, "2");
		m = peer_expect(carol, "INVITE");
		assert_from(m, "\"In\" <sip:11@hq.test>");
		refused(c, carol, m);
	}
}

static void nobody_is_private_in_an_emergency(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	const struct msg *m;

	put_device(o, "frank1",
	           CID ",'caller_id_options':{'outbound_privacy':'full'}");
	put_carrier(c, "e", 0, ",'emergency':true", "");
	send_out(c);
	office_dial(o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	assert_from(m, "\"Help\" <sip:+14155559119@hq.test>");
	assert_int_equal(msg_count(m, "Privacy"), 0);
	refused(c, c->g[0], m);
}

static void an_assertion_goes_to_carriers(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;

	put_device(o, "frank1",
	           "'caller_id':{'asserted':{'number':'+1999','name':'A',"
	           "'realm':'sip.test'}}");
	put_carrier(c, "r", 0, "", "");
	send_out(c);
	ring(o, "2", "carol1");
	office_dial(o, c->frank1, "1");
	m = peer_expect(c->g[0], "INVITE");
	assert_from(m, "frank1@hq.test");
	assert_true(msg_header_has(m, "P-Asserted-Identity",
	                           "\"A\" <sip:+1999@sip.test>"));
	refused(c, c->g[0], m);
	office_dial(o, c->frank1, "2");
	m = peer_expect(carol, "INVITE");
	assert_int_equal(msg_count(m, "P-Asserted-Identity"), 0);
	refused(c, carol, m);
}

static void a_number_that_stays_inside_sees_the_outer_number(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;

	put_device(o, "frank1", CID);
	ring(o, NUMBER, "carol1");
	send_out(c);
	office_dial(o, c->frank1, "1");
	m = peer_expect(carol, "INVITE");
	assert_from(m, "\"Out\" <sip:+14155551111@hq.test>");
	refused(c, carol, m);
}

/* --- forwarded --------------------------------------------------------------- */

static void forward(struct office *o, const char *more)
{
	char *all = xasprintf("'caller_id':{'external':{'number':"
	                      "'+14155552222','name':'Carol'}},'call_forward':"
	                      "{'enabled':true,'number':'1'," NO_KEY "%s}",
	                      more);

	put_device(o, "carol1", all);
	free(all);
	office_reload(o);
}

static void a_forward_keeps_the_caller_or_shows_who_forwards(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	const struct msg *m;

	put_device(o, "frank1", CID);
	put_carrier(c, "r", 0, "", "");
	send_out(c);
	ring(o, "2", "carol1");
	forward(o, "");
	office_dial(o, c->frank1, "2");
	m = peer_expect(c->g[0], "INVITE");
	assert_from(m, "\"In\" <sip:11@hq.test>");
	assert_int_equal(msg_count(m, "Diversion"), 0);
	refused(c, c->g[0], m);
	forward(o, ",'keep_caller_id':false");
	office_dial(o, c->frank1, "2");
	m = peer_expect(c->g[0], "INVITE");
	assert_from(m, "\"Carol\" <sip:+14155552222@hq.test>");
	refused(c, c->g[0], m);
}

/* A carrier calls +14155559999, which is carol1. */
static const struct msg *from_outside(struct crew *c, const char *lines)
{
	struct peer *g = c->g[1];
	struct dialog *d = peer_dialog_new(g, "sip:+14155559999@b2bua.test");

	strcpy(d->local, "\"F\" <sip:+49301@gw.test>");
	d->invite = peer_request(
	        g, d,
	        &(struct peer_request){ .method = "INVITE",
	                                .uri = "sip:+14155559999@b.t",
	                                .headers = lines,
	                                .body = office_sdp(c->o, g) });
	return peer_expect(c->g[0], "INVITE");
}

static void outside_calls_that_are_forwarded_say_by_whom(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	const struct msg *m;
	char value[512];

	put_carrier(c, "r", 0, "", "");
	put_local(c, "hq", "in", 1);
	send_out(c);
	ring(o, "+14155559999", "carol1");
	forward(o, "");
	m = from_outside(c, "Diversion: <sip:+49304@x>\r\n");
	assert_from(m, "\"F\" <sip:+49301@hq.test>");
	assert_string_equal(
	        msg_value(m, "Diversion", 0, value),
	        "\"Carol\" <sip:+14155552222@hq.test>;reason=unconditional;"
	        "counter=1;privacy=off");
	assert_non_null(strstr(msg_value(m, "Diversion", 1, value), "+49304"));
	office_refuse(c->g[0], m, 486);
	office_fails(c->g[1], "486");
	/* its privacy goes along */
	m = from_outside(c, "P-Asserted-Identity: <sip:+49302@x>\r\n"
	                    "Privacy: id\r\n");
	assert_from(m, "anonymous.invalid");
	assert_true(msg_header_has(m, "P-Asserted-Identity", "+49302"));
	assert_true(msg_header_has(m, "Privacy", "id"));
	office_refuse(c->g[0], m, 486);
	office_fails(c->g[1], "486");
	/* who forwards shows himself: nothing of the caller is left */
	forward(o, ",'keep_caller_id':false");
	m = from_outside(c, "P-Asserted-Identity: <sip:+49302@x>\r\n"
	                    "Privacy: id\r\n");
	assert_from(m, "\"Carol\" <sip:+14155552222@hq.test>");
	assert_int_equal(msg_count(m, "Privacy"), 0);
	assert_int_equal(msg_count(m, "Diversion"), 0);
	assert_null(strstr(m->text, "+49302"));
	office_refuse(c->g[0], m, 486);
	office_fails(c->g[1], "486");
}

/* --- the connected line ------------------------------------------------------- */

#define ASSERTED "P-Asserted-Identity"

static void assert_told(const struct msg *m, const char *who)
{
	if (!msg_header_has(m, ASSERTED, who) || msg_count(m, ASSERTED) != 1)
		fail_msg("not told '%s':\n%s", who, m->text);
}

static void callers_are_told_who_rings_and_who_answers(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	struct peer *alice = office_phone(o, "alice1");
	const struct msg *m, *ok;
	struct dialog *d;

	put_device(o, "carol1", CID);
	ring(o, "2", "carol1");
	ring(o, "3", "alice1");
	d = office_dial(o, c->frank1, "2");
	m = office_rings(carol);
	assert_told(peer_pick(c->frank1, "180"), "\"In\" <sip:11@hq.test>");
	peer_reply(carol, m, 200, "OK",
	           "P-Asserted-Identity: <sip:boss@hq.test>\r\n",
	           office_sdp(o, carol));
	ok = peer_pick(c->frank1, "200 INVITE");
	assert_told(ok, "\"In\" <sip:11@hq.test>");
	peer_ack(c->frank1, ok, NULL);
	peer_expect(carol, "ACK");
	office_hang_up(c->frank1, d, carol);
	/* the number dialled, and the owner's name */
	office_dial(o, c->frank1, "3");
	m = office_rings(alice);
	assert_told(peer_pick(c->frank1, "180"),
	            "\"Alice A\" <sip:3@hq.test>");
	refused(c, alice, m);
}

static void a_leg_without_caller_ids_is_as_it_came(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;

	put_device(o, "frank1", CID);
	put_device(o, "carol1", CID);
	office_flow(o, "2",
	            "{'module':'device','data':{'id':'carol1',"
	            "'suppress_clid':true}}");
	office_dial(o, c->frank1, "2");
	m = office_rings(carol);
	assert_from(m, "<sip:frank1@hq.test>");
	assert_int_equal(msg_count(peer_pick(c->frank1, "180"), ASSERTED), 0);
	refused(c, carol, m);
}

static void carriers_are_told_where_they_want_it(void **state)
{
	static const char *const types[] = { "pid", "external" };
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m, *ringing;

	put_device(o, "carol1", CID);
	for (size_t i = 0; i < NELEM(types); i++) {
		char *more = xasprintf(",'caller_id_type':'%s'", types[i]);
		struct dialog *d;

		put_carrier(c, "r", 1, "", more);
		free(more);
		ring(o, "+14155559999", "carol1");
		d = peer_dialog_new(c->g[1], "sip:+14155559999@b2bua.test");
		d->invite = peer_request(
		        c->g[1], d,
		        &(struct peer_request){
		                .method = "INVITE",
		                .uri = "sip:+14155559999@b.t",
		                .body = office_sdp(o, c->g[1]) });
		m = office_rings(carol);
		ringing = peer_pick(c->g[1], "180");
		if (i == 0)
			assert_told(ringing, "\"Out\" <sip:+14155551111@");
		else
			assert_int_equal(msg_count(ringing, ASSERTED), 0);
		office_refuse(carol, m, 486);
		office_fails(c->g[1], "486");
	}
}

/* The other end of a transfer accepts the re-INVITE, which has this line. */
static void takes_over(struct office *o, struct peer *p, const char *who)
{
	const struct msg *m = peer_pick(p, "INVITE");

	assert_told(m, who);
	peer_reply(p, m, 200, "OK", NULL, office_sdp(o, p));
	peer_pick(p, "ACK");
}

static void a_transfer_tells_both_who_is_there_now(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;
	struct dialog *d, *dc;

	put_device(o, "frank1", "'caller_id':{'internal':{'number':'11',"
	                        "'name':'Frank'}}");
	put_device(o, "dave1", "'caller_id':{'internal':{'number':'33',"
	                       "'name':'Dave'}}");
	ring(o, "2", "carol1");
	ring(o, "3", "dave1");
	d = office_dial(o, c->frank1, "2");
	m = office_rings(carol);
	office_answer(o, carol, m, c->frank1);
	dc = peer_dialog(carol, m);
	peer_in_dialog(carol, dc, "REFER", "Refer-To: <sip:3@hq.test>\r\n",
	               NULL);
	peer_pick(carol, "202");
	m = peer_pick(dave, "INVITE");
	assert_from(m, "\"Frank\" <sip:11@hq.test>");
	peer_reply(dave, m, 200, "OK", NULL, office_sdp(o, dave));
	takes_over(o, c->frank1, "\"Dave\" <sip:33@hq.test>");
	peer_pick(dave, "ACK");
	while ((m = peer_poll(carol)))
		if (!m->status)
			peer_reply(carol, m, 200, "OK", NULL, NULL);
	office_hang_up(c->frank1, d, dave);
	while ((m = peer_poll(carol)))
		if (!m->status)
			peer_reply(carol, m, 200, "OK", NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(each_leg_shows_its_kind),
		TRUNK_TEST(privacy_hides_as_the_documents_say),
		TRUNK_TEST(nobody_is_private_in_an_emergency),
		TRUNK_TEST(an_assertion_goes_to_carriers),
		TRUNK_TEST(a_number_that_stays_inside_sees_the_outer_number),
		TRUNK_TEST(a_forward_keeps_the_caller_or_shows_who_forwards),
		TRUNK_TEST(outside_calls_that_are_forwarded_say_by_whom),
		TRUNK_TEST(callers_are_told_who_rings_and_who_answers),
		TRUNK_TEST(a_leg_without_caller_ids_is_as_it_came),
		TRUNK_TEST(carriers_are_told_where_they_want_it),
		TRUNK_TEST(a_transfer_tells_both_who_is_there_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
