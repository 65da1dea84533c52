#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/office.h"

/* The actions as their users write them, %s for more members. */
#define DEVICE   "{'module':'device','data':{'id':'alice1'}%s}"
#define USER     "{'module':'user','data':{'id':'bob'}%s}"
#define RINGS                                                            \
	"{'module':'ring_group','data':{'endpoints':['carol1','dave1'," \
	"'alice','bob','sales','support']}%s}"
#define OUTSIDE                                                          \
	"{'module':'resources','data':{'to_did':'+14155550000',"        \
	"'use_local_resources':false}%s}"
#define OUTSIDE_LOCAL                                                    \
	"{'module':'resources','data':{'to_did':'+14155550000',"        \
	"'use_local_resources':true}%s}"
#define USER_BOB "{'module':'user','data':{'id':'bob'}}"

/* An office where everybody is there, and two carriers. */
struct crew {
	struct office *o;
	struct peer *alice1, *alice2, *bob1, *carol1, *dave1, *erin1, *frank1;
	struct peer *global, *local;
};

static void put_carrier(struct office *o, const char *path, const char *id,
                        const struct peer *gateway, const char *ip)
{
	office_put(o, path,
	           "{'id': '%s', 'name': '%s', 'rules': ['^\\\\+1(\\\\d+)$'], "
	           "'gateways': [{'server': '%s', 'port': %u}]}",
	           id, id, ip, office_port_of(gateway));
}

static int set_up(void **state)
{
	struct crew *c = xzalloc(sizeof(*c));
	void *o = NULL;

	office_set_up(&o);
	c->o = o;
	c->alice1 = office_phone(o, "alice1");
	c->alice2 = office_phone(o, "alice2");
	c->bob1 = office_phone(o, "bob1");
	c->carol1 = office_phone(o, "carol1");
	c->dave1 = office_phone(o, "dave1");
	c->erin1 = office_phone(o, "erin1");
	c->frank1 = office_phone(o, "frank1");
	c->global = office_stranger(o, "127.0.0.2", false);
	c->local = office_stranger(o, "127.0.0.3", false);
	put_carrier(o, "resources/global.json", "global", c->global,
	            "127.0.0.2");
	put_carrier(o, "accounts/hq/resources/local.json", "local", c->local,
	            "127.0.0.3");
	office_put(o, "accounts/hq/groups/sales.json",
	           "{'id': 'sales', 'name': 'sales', 'endpoints': {"
	           "'erin1': {'type': 'device'}}}");
	office_put(o, "accounts/hq/groups/support.json",
	           "{'id': 'support', 'name': 'support', 'endpoints': {"
	           "'bob': {'type': 'user'}}}");
	office_reload(o);
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	struct crew *c = *state;
	void *o = c->o;
	int rc = office_tear_down(&o);

	free(c);
	return rc;
}

/* --- the five actions --------------------------------------------------- */

struct action {
	const char *json;
	size_t rings[8]; /* offsets of peers in struct crew; 0 ends */
};

#define WHO(p) offsetof(struct crew, p)
static const struct action actions[] = {
	{ DEVICE, { WHO(alice1) } },
	{ USER, { WHO(bob1) } },
	{ RINGS,
	  { WHO(carol1), WHO(dave1), WHO(alice1), WHO(alice2), WHO(bob1),
	    WHO(erin1) } },
	{ OUTSIDE, { WHO(global) } },
	{ OUTSIDE_LOCAL, { WHO(local) } },
};

static struct peer *who(struct crew *c, size_t at)
{
	return *(struct peer **)(void *)((char *)c + at);
}

static char *with(const struct action *a, const char *more)
{
	struct buf b = { 0 };
	const char *hole = strstr(a->json, "%s");

	buf_add(&b, a->json, (size_t)(hole - a->json));
	buf_str(&b, more);
	buf_str(&b, hole + 2);
	return buf_take(&b);
}

static void all_refuse(struct crew *c, const struct action *a, int status)
{
	for (size_t i = 0; a->rings[i]; i++)
		office_refuse(who(c, a->rings[i]),
		              peer_expect(who(c, a->rings[i]), "INVITE"),
		              status);
}

static void answers(struct crew *c, struct peer *callee)
{
	struct dialog *d;

	d = office_dial(c->o, c->frank1, "700");
	office_answer(c->o, callee, office_rings(callee), c->frank1);
	office_hang_up(c->frank1, d, callee);
}

static void each_action_is_a_whole_flow(void **state)
{
	struct crew *c = *state;

	for (size_t i = 0; i < NELEM(actions); i++) {
		char *flow = with(&actions[i], "");

		office_flow(c->o, "700", "%s", flow);
		free(flow);
		office_dial(c->o, c->frank1, "700");
		all_refuse(c, &actions[i], 486);
		office_fails(c->frank1, "486");
	}
}

static void each_action_connects(void **state)
{
	struct crew *c = *state;

	for (size_t i = 0; i < NELEM(actions); i++) {
		char *flow = with(&actions[i], "");

		office_flow(c->o, "700", "%s", flow);
		free(flow);
		answers(c, who(c, actions[i].rings[0]));
		for (size_t k = 1; actions[i].rings[k]; k++) {
			struct peer *other = who(c, actions[i].rings[k]);
			const struct msg *m = peer_expect(other, "INVITE");

			/* the CANCEL waits for a provisional */
			peer_expect_none(other);
			peer_reply(other, m, 180, "Ringing", NULL, NULL);
			office_cancelled(other, m);
		}
	}
}

static void each_action_is_a_child_of_each_other(void **state)
{
	static const char *const keys[] = { "_", "USER_BUSY", "sip:486" };
	struct crew *c = *state;

	for (size_t i = 0; i < NELEM(actions) * NELEM(actions) * NELEM(keys);
	     i++) {
		const struct action *parent = &actions[i % NELEM(actions)];
		const struct action *child =
		        &actions[i / NELEM(actions) % NELEM(actions)];
		const char *key =
		        keys[i / NELEM(actions) / NELEM(actions)];
		char *inner = with(child, "");
		char *more = xasprintf(",'children':{'%s':%s}", key, inner);
		char *flow = with(parent, more);

		office_flow(c->o, "700", "%s", flow);
		office_dial(c->o, c->frank1, "700");
		all_refuse(c, parent, 486);
		all_refuse(c, child, 404);
		office_fails(c->frank1, "404");
		free(flow);
		free(more);
		free(inner);
	}
}

static void a_child_of_another_cause_does_not_run(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "700", DEVICE,
	            ",'children':{'NO_ANSWER':" USER_BOB
	            ",'sip:480':" USER_BOB "}");
	office_dial(c->o, c->frank1, "700");
	office_refuse(c->alice1, peer_expect(c->alice1, "INVITE"), 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->bob1);
}

static void the_cause_goes_before_the_code_and_both_before_the_rest(
        void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "700", DEVICE,
	            ",'children':{'_':{'module':'response','data':{'code':"
	            "501}},'sip:486':{'module':'response','data':{'code':"
	            "502}},'USER_BUSY':{'module':'response','data':{'code':"
	            "503}}}");
	office_dial(c->o, c->frank1, "700");
	office_refuse(c->alice1, peer_expect(c->alice1, "INVITE"), 486);
	office_fails(c->frank1, "503");
	office_flow(c->o, "700", DEVICE,
	            ",'children':{'_':{'module':'response','data':{'code':"
	            "501}},'sip:486':{'module':'response','data':{'code':"
	            "502}}}");
	office_dial(c->o, c->frank1, "700");
	office_refuse(c->alice1, peer_expect(c->alice1, "INVITE"), 486);
	office_fails(c->frank1, "502");
	office_dial(c->o, c->frank1, "700");
	office_refuse(c->alice1, peer_expect(c->alice1, "INVITE"), 480);
	office_fails(c->frank1, "501");
}

static void the_caller_sees_why_a_phone_failed(void **state)
{
	static const struct {
		int phone;
		const char *caller;
	} cases[] = {
		{ 486, "486" }, { 603, "603" }, { 404, "404" }, { 480, "480" },
		{ 500, "500" }, { 503, "503" }, { 600, "600" }, { 401, "403" },
		{ 407, "403" }, { 302, "480" },
	};
	struct crew *c = *state;

	office_flow(c->o, "700", DEVICE, "");
	for (size_t i = 0; i < NELEM(cases); i++) {
		office_dial(c->o, c->frank1, "700");
		office_refuse(c->alice1, peer_expect(c->alice1, "INVITE"),
		              cases[i].phone);
		office_fails(c->frank1, cases[i].caller);
	}
}

/* RFC 3261 16.7 step 6 */
static void of_several_failures_the_best_is_shown(void **state)
{
	static const struct {
		int a, b;
		const char *best;
	} cases[] = {
		{ 486, 480, "486" }, { 480, 486, "486" }, { 503, 480, "480" },
		{ 500, 486, "486" }, { 600, 486, "600" }, { 404, 603, "603" },
		{ 486, 600, "600" },
	};
	struct crew *c = *state;

	office_flow(c->o, "700", "{'module':'user','data':{'id':'alice'}}");
	for (size_t i = 0; i < NELEM(cases); i++) {
		office_dial(c->o, c->frank1, "700");
		office_refuse(c->alice1, office_rings(c->alice1), cases[i].a);
		office_refuse(c->alice2, office_rings(c->alice2), cases[i].b);
		office_fails(c->frank1, cases[i].best);
	}
}

/* --- the others --------------------------------------------------------- */

static void offnet_goes_to_the_global_carrier(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "700",
	            "{'module':'offnet','data':{'to_did':'+14155550000',"
	            "'use_local_resources':true}}");
	answers(c, c->global);
	peer_expect_none(c->local);
}

static void a_group_rings_its_members(void **state)
{
	struct crew *c = *state;
	const struct msg *invite;

	office_put(c->o, "accounts/hq/groups/both.json",
	           "{'id': 'both', 'name': 'both', 'endpoints': {"
	           "'alice': {'type': 'user'}, 'carol1': {'type': 'device'}}}");
	office_flow(c->o, "700", "{'module':'group','data':{'id':'both'}}");
	answers(c, c->carol1);
	for (int i = 0; i < 2; i++) {
		struct peer *p = i ? c->alice1 : c->alice2;

		invite = office_rings(p);
		assert_true(msg_header_has(office_cancelled(p, invite),
		                           "Reason", "completed elsewhere"));
	}
}

static void a_jump_runs_another_callflow(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "701", DEVICE, "");
	office_flow(c->o, "700",
	            "{'module':'callflow','data':{'id':'flow-701'}}");
	answers(c, c->alice1);
}

static void a_jump_comes_back_to_its_child(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "701", DEVICE, "");
	office_flow(c->o, "700",
	            "{'module':'callflow','data':{'id':'flow-701'},"
	            "'children':{'_':" USER_BOB "}}");
	office_dial(c->o, c->frank1, "700");
	office_refuse(c->alice1, peer_expect(c->alice1, "INVITE"), 486);
	office_refuse(c->bob1, peer_expect(c->bob1, "INVITE"), 480);
	office_fails(c->frank1, "480");
}

/* The caller's phone takes the offer of the re-INVITE. */
static void is_connected_again(struct crew *c, struct peer *callee)
{
	const struct msg *m = peer_expect(callee, "INVITE");
	struct addr media;

	assert_int_equal(m->body_len, 0); /* the callee offers */
	peer_reply(callee, m, 200, "OK", NULL, office_sdp(c->o, callee));
	m = peer_pick(c->frank1, "INVITE");
	assert_true(msg_media(m, 0, &media));
	peer_expect_none(callee);
	peer_reply(c->frank1, m, 200, "OK", NULL,
	           office_sdp(c->o, c->frank1));
	peer_pick(c->frank1, "ACK");
	m = peer_expect(callee, "ACK");
	assert_true(msg_media(m, 0, &media));
}

/* Its own offer is on the way, it says: ours is made again a little later
 * (RFC 3261 14.1: the Call-ID is the caller's). */
static const struct msg *glares(struct crew *c, const struct msg *m, int status,
                                const char *headers)
{
	int64_t since = warp_now_ms();

	peer_reply(c->frank1, m, status, "Request Pending", headers, NULL);
	peer_pick(c->frank1, "ACK");
	for (m = NULL; !m && warp_now_ms() <= since + 2000;) {
		office_warp(c->o, 10);
		m = peer_poll(c->frank1);
	}
	return m;
}

static void hangs_up(struct peer *callee, const struct msg *invite)
{
	peer_bye(callee, peer_dialog(callee, invite));
	peer_expect(callee, "200 BYE");
}

static void jump_to_device_then(struct crew *c, const char *rest)
{
	office_flow(c->o, "701", DEVICE, "");
	office_flow(c->o, "700",
	            "{'module':'callflow','data':{'id':'flow-701'},"
	            "'children':{'_':%s}}", rest);
}

static void after_a_finished_call_the_jumper_goes_on(void **state)
{
	struct crew *c = *state;
	const struct msg *invite;
	struct dialog *d;

	jump_to_device_then(c, USER_BOB);
	d = office_dial(c->o, c->frank1, "700");
	invite = office_rings(c->alice1);
	office_answer(c->o, c->alice1, invite, c->frank1);
	office_warp(c->o, 2000);
	hangs_up(c->alice1, invite);
	is_connected_again(c, c->bob1);
	/* requests go across as in any call */
	peer_in_dialog(c->frank1, d, "INFO", NULL, NULL);
	peer_reply(c->bob1, peer_expect(c->bob1, "INFO"), 200, "OK", NULL,
	           NULL);
	peer_pick(c->frank1, "200 INFO");
	office_hang_up(c->frank1, d, c->bob1);
}

static const struct msg *jumps_to_bob(struct crew *c, struct dialog **d)
{
	const struct msg *invite;

	jump_to_device_then(c, USER_BOB);
	*d = office_dial(c->o, c->frank1, "700");
	invite = office_rings(c->alice1);
	office_answer(c->o, c->alice1, invite, c->frank1);
	while (peer_poll(c->frank1))
		;
	hangs_up(c->alice1, invite);
	peer_reply(c->bob1, peer_expect(c->bob1, "INVITE"), 200, "OK", NULL,
	           office_sdp(c->o, c->bob1));
	return peer_expect(c->frank1, "INVITE");
}

static void an_offer_to_the_caller_that_meets_glare_is_made_again(void **state)
{
	struct crew *c = *state;
	struct dialog *d;
	const struct msg *first = jumps_to_bob(c, &d), *m = first;

	for (int i = 0; i < 4; i++) {
		m = glares(c, m, i % 2 ? 500 : 491, "Retry-After: 1\r\n");
		assert_non_null(m);
		assert_string_equal(m->body, first->body);
	}
	peer_reply(c->frank1, m, 200, "OK", NULL,
	           office_sdp(c->o, c->frank1));
	peer_pick(c->frank1, "ACK");
	peer_expect(c->bob1, "ACK");
	office_hang_up(c->frank1, d, c->bob1);
}

static void glare_without_end_hangs_up(void **state)
{
	struct crew *c = *state;
	struct dialog *d;
	const struct msg *m = jumps_to_bob(c, &d);

	for (int i = 0; m && strcmp(m->method, "INVITE") == 0; i++) {
		assert_in_range(i, 0, 9);
		m = glares(c, m, 491, NULL);
	}
	assert_non_null(m);
	assert_string_equal(m->method, "BYE");
	peer_reply(c->frank1, m, 200, "OK", NULL, NULL);
	peer_expect(c->bob1, "ACK");
	peer_reply(c->bob1, peer_expect(c->bob1, "BYE"), 200, "OK", NULL,
	           NULL);
}

static void a_caller_that_waits_may_hang_up(void **state)
{
	struct crew *c = *state;
	const struct msg *invite;
	struct dialog *d;

	jump_to_device_then(c, USER_BOB);
	d = office_dial(c->o, c->frank1, "700");
	invite = office_rings(c->alice1);
	office_answer(c->o, c->alice1, invite, c->frank1);
	hangs_up(c->alice1, invite);
	invite = office_rings(c->bob1);
	/* meanwhile nobody hears its keys */
	peer_in_dialog(c->frank1, d, "INFO", NULL, NULL);
	peer_pick(c->frank1, "200 INFO");
	peer_bye(c->frank1, d);
	peer_pick(c->frank1, "200 BYE");
	office_cancelled(c->bob1, invite);
}

static void what_follows_a_finished_call_may_fail(void **state)
{
	static const char *const rest[] = {
		USER_BOB, "{'module':'response','data':{'code':486}}",
		"{'module':'hangup','data':{}}",
	};
	struct crew *c = *state;
	const struct msg *invite;

	for (size_t i = 0; i < NELEM(rest); i++) {
		jump_to_device_then(c, rest[i]);
		office_dial(c->o, c->frank1, "700");
		invite = office_rings(c->alice1);
		office_answer(c->o, c->alice1, invite, c->frank1);
		hangs_up(c->alice1, invite);
		if (i == 0)
			office_refuse(c->bob1, office_rings(c->bob1), 486);
		peer_reply(c->frank1, peer_pick(c->frank1, "BYE"), 200, "OK",
		           NULL, NULL);
	}
}

static void a_caller_that_refuses_the_next_is_hung_up(void **state)
{
	struct crew *c = *state;
	const struct msg *invite;

	jump_to_device_then(c, USER_BOB);
	office_dial(c->o, c->frank1, "700");
	invite = office_rings(c->alice1);
	office_answer(c->o, c->alice1, invite, c->frank1);
	hangs_up(c->alice1, invite);
	peer_reply(c->bob1, peer_expect(c->bob1, "INVITE"), 200, "OK", NULL,
	           office_sdp(c->o, c->bob1));
	peer_reply(c->frank1, peer_pick(c->frank1, "INVITE"), 488, "No", NULL,
	           NULL);
	peer_pick(c->frank1, "ACK");
	peer_reply(c->frank1, peer_pick(c->frank1, "BYE"), 200, "OK", NULL,
	           NULL);
	peer_expect(c->bob1, "ACK");
	peer_reply(c->bob1, peer_expect(c->bob1, "BYE"), 200, "OK", NULL,
	           NULL);
}

static void without_a_jump_a_finished_call_is_over(void **state)
{
	struct crew *c = *state;
	const struct msg *invite;

	office_flow(c->o, "700", DEVICE, ",'children':{'_':" USER_BOB "}");
	office_dial(c->o, c->frank1, "700");
	invite = office_rings(c->alice1);
	office_answer(c->o, c->alice1, invite, c->frank1);
	peer_in_dialog(c->alice1, peer_dialog(c->alice1, invite), "BYE",
	               "Reason: Q.850;cause=16\r\n", NULL);
	peer_expect(c->alice1, "200 BYE");
	invite = peer_pick(c->frank1, "BYE");
	assert_true(msg_header_has(invite, "Reason", "cause=16"));
	peer_reply(c->frank1, invite, 200, "OK", NULL, NULL);
	peer_expect_none(c->bob1);
}

static void a_callflow_that_jumps_to_itself_ends(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "700",
	            "{'module':'callflow','data':{'id':'flow-700'}}");
	office_dial(c->o, c->frank1, "700");
	office_fails(c->frank1, "480");
	office_flow(c->o, "700",
	            "{'module':'callflow','data':{'id':'flow-700'},"
	            "'children':{'_':{'module':'callflow','data':{'id':"
	            "'flow-700'}}}}");
	office_dial(c->o, c->frank1, "700");
	office_fails(c->frank1, "480");
}

static void a_phone_in_a_circle_of_jumps_rings_fifty_times(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "700", DEVICE,
	            ",'children':{'_':{'module':'callflow','data':{'id':"
	            "'flow-700'}}}");
	office_dial(c->o, c->frank1, "700");
	for (int i = 0; i < 51; i++)
		office_refuse(c->alice1, peer_expect(c->alice1, "INVITE"), 486);
	office_fails(c->frank1, "486");
	peer_expect_none(c->alice1);
}

static void a_response_is_what_the_caller_hears(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "700",
	            "{'module':'response','data':{'code':603,"
	            "'message':'Not Today'}}");
	office_dial(c->o, c->frank1, "700");
	assert_string_equal(office_fails(c->frank1, "603")->phrase,
	                    "Not Today");
	office_flow(c->o, "700", "{'module':'response','data':{}}");
	office_dial(c->o, c->frank1, "700");
	assert_string_equal(office_fails(c->frank1, "486")->phrase,
	                    "Busy Here");
}

static void a_hangup_ends_the_call(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "700", "{'module':'hangup','data':{}}");
	office_dial(c->o, c->frank1, "700");
	office_fails(c->frank1, "480");
	office_flow(c->o, "700", DEVICE,
	            ",'children':{'_':{'module':'hangup','data':{}}}");
	office_dial(c->o, c->frank1, "700");
	office_refuse(c->alice1, peer_expect(c->alice1, "INVITE"), 486);
	office_fails(c->frank1, "486");
}

static void what_does_nothing_goes_on_with_the_rest(void **state)
{
	static const char *const first[] = {
		"{'module':'noop','data':{}, 'children':{'_':" DEVICE "}}",
		"{'module':'tts','data':{}, 'children':{'_':" DEVICE "}}",
		"{'module':'user','data':{'id':'bob','skip_module':true}, "
		"'children':{'_':" DEVICE "}}",
		"{'module':'device','data':{'id':'nobody'}, "
		"'children':{'_':" DEVICE "}}",
		"{'module':'callflow','data':{'id':'nowhere'}, "
		"'children':{'_':" DEVICE "}}",
	};
	struct crew *c = *state;

	for (size_t i = 0; i < NELEM(first); i++) {
		struct action a = { first[i], { 0 } };
		char *flow = with(&a, "");

		office_flow(c->o, "700", "%s", flow);
		answers(c, c->alice1);
		free(flow);
	}
}

static void an_empty_flow_ends_the_call(void **state)
{
	struct crew *c = *state;

	office_flow(c->o, "700", "{'module':'noop','data':{}}");
	office_dial(c->o, c->frank1, "700");
	office_fails(c->frank1, "480");
}

/* --- who may call what -------------------------------------------------- */

static void a_number_nobody_has_is_not_found(void **state)
{
	struct crew *c = *state;

	office_dial(c->o, c->frank1, "799");
	office_fails(c->frank1, "404");
}

static void the_catch_all_serves_phones_and_no_carriers(void **state)
{
	struct crew *c = *state;

	office_put(c->o, "accounts/hq/callflows/rest.json",
	           "{'id': 'rest', 'numbers': ['no_match'], 'flow': "
	           DEVICE "}", "");
	office_reload(c->o);
	office_dial(c->o, c->frank1, "799");
	office_refuse(c->alice1, peer_expect(c->alice1, "INVITE"), 486);
	office_fails(c->frank1, "486");
	office_dial(c->o, c->frank1, "letters");
	office_fails(c->frank1, "404");
	for (int i = 0; i < 2; i++) {
		struct peer *p = i ? c->local : c->global;

		peer_invite(p, "sip:+14155551234@hq.test",
		            office_sdp(c->o, p));
		office_fails(p, "404");
	}
	peer_expect_none(c->alice1);
}

static void a_pattern_captures_what_goes_out(void **state)
{
	struct crew *c = *state;
	const struct msg *invite;

	office_put(c->o, "accounts/hq/callflows/nine.json",
	           "{'id': 'nine', 'patterns': ['^\\\\+9(\\\\d{10})$'], 'flow': "
	           "{'module':'resources','data':{}}}");
	office_reload(c->o);
	office_put(c->o, "accounts/hq/resources/local.json",
	           "{'id': 'local', 'name': 'local', 'rules': "
	           "['^\\\\+?9(\\\\d+)$'], 'gateways': [{'server': "
	           "'127.0.0.3', 'port': %u}]}",
	           office_port_of(c->local));
	office_reload(c->o);
	office_dial(c->o, c->frank1, "94155550000");
	invite = peer_expect(c->local, "INVITE");
	assert_true(str_starts(invite->uri, "sip:4155550000@127.0.0.3:"));
	office_refuse(c->local, invite, 486);
	office_fails(c->frank1, "486");
}

#define FLOW_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW_TEST(each_action_is_a_whole_flow),
		FLOW_TEST(each_action_connects),
		FLOW_TEST(each_action_is_a_child_of_each_other),
		FLOW_TEST(a_child_of_another_cause_does_not_run),
		FLOW_TEST(the_cause_goes_before_the_code_and_both_before_the_rest),
		FLOW_TEST(the_caller_sees_why_a_phone_failed),
		FLOW_TEST(of_several_failures_the_best_is_shown),
		FLOW_TEST(offnet_goes_to_the_global_carrier),
		FLOW_TEST(a_group_rings_its_members),
		FLOW_TEST(a_jump_runs_another_callflow),
		FLOW_TEST(a_jump_comes_back_to_its_child),
		FLOW_TEST(after_a_finished_call_the_jumper_goes_on),
		FLOW_TEST(
		        an_offer_to_the_caller_that_meets_glare_is_made_again),
		FLOW_TEST(glare_without_end_hangs_up),
		FLOW_TEST(a_caller_that_waits_may_hang_up),
		FLOW_TEST(what_follows_a_finished_call_may_fail),
		FLOW_TEST(a_caller_that_refuses_the_next_is_hung_up),
		FLOW_TEST(without_a_jump_a_finished_call_is_over),
		FLOW_TEST(a_callflow_that_jumps_to_itself_ends),
		FLOW_TEST(a_phone_in_a_circle_of_jumps_rings_fifty_times),
		FLOW_TEST(a_response_is_what_the_caller_hears),
		FLOW_TEST(a_hangup_ends_the_call),
		FLOW_TEST(what_does_nothing_goes_on_with_the_rest),
		FLOW_TEST(an_empty_flow_ends_the_call),
		FLOW_TEST(a_number_nobody_has_is_not_found),
		FLOW_TEST(the_catch_all_serves_phones_and_no_carriers),
		FLOW_TEST(a_pattern_captures_what_goes_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
