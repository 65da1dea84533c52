/* Calls that are forwarded. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/trunks.h"

#define NO_KEY "'require_keypress':false"

static struct office *office_of(void **state)
{
	return ((struct crew *)*state)->o;
}

static void forward(struct office *o, const char *id, const char *number,
                    const char *more)
{
	char *path = xasprintf("accounts/hq/devices/%s.json", id);

	office_put(o, path,
	           "{'id':'%s','sip':{'username':'%s','password':'secret'},"
	           "'call_forward':{'number':'%s'%s}}",
	           id, id, number, more);
	free(path);
	office_reload(o);
}

static void ring(struct office *o, const char *number, const char *id)
{
	office_flow(o, number, "{'module':'device','data':{'id':'%s'}}", id);
}

static void a_forwarded_phone_rings_elsewhere(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;
	struct dialog *d;

	ring(o, "2", "carol1");
	ring(o, "3", "dave1");
	forward(o, "carol1", "3", ",'enabled':true," NO_KEY);
	d = office_dial(o, c->frank1, "2");
	m = office_rings(dave);
	assert_null(peer_poll(carol));
	peer_pick(c->frank1, "180");
	office_answer(o, dave, m, c->frank1);
	office_hang_up(c->frank1, d, dave);
}

static void without_substitute_both_ring(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *here, *there;
	struct dialog *d;

	ring(o, "2", "carol1");
	ring(o, "3", "dave1");
	forward(o, "carol1", "3",
	        ",'enabled':true,'substitute':false," NO_KEY);
	/* elsewhere is answered */
	d = office_dial(o, c->frank1, "2");
	here = office_rings(carol);
	there = office_rings(dave);
	office_answer(o, dave, there, c->frank1);
	assert_true(msg_header_has(office_cancelled(carol, here), "Reason",
	                           "200"));
	office_hang_up(c->frank1, d, dave);
	/* here is answered */
	d = office_dial(o, c->frank1, "2");
	here = office_rings(carol);
	there = office_rings(dave);
	office_answer(o, carol, here, c->frank1);
	assert_true(msg_header_has(office_cancelled(dave, there), "Reason",
	                           "200"));
	office_hang_up(c->frank1, d, carol);
}

static void a_caller_who_gives_up_stops_all(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;
	struct dialog *d;

	ring(o, "2", "carol1");
	ring(o, "3", "dave1");
	forward(o, "carol1", "3", ",'enabled':true," NO_KEY);
	d = office_dial(o, c->frank1, "2");
	m = office_rings(dave);
	peer_pick(c->frank1, "180");
	peer_cancel(c->frank1, d, NULL);
	peer_pick(c->frank1, "200 CANCEL");
	office_fails(c->frank1, "487");
	office_cancelled(dave, m);
}

static void failover_is_for_phones_that_are_away(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *dave = office_phone(o, "dave1"), *carol;
	const struct msg *m;

	ring(o, "2", "carol1");
	ring(o, "3", "dave1");
	forward(o, "carol1", "3", ",'failover':true," NO_KEY);
	office_dial(o, c->frank1, "2");
	m = office_rings(dave);
	office_refuse(dave, m, 486);
	office_fails(c->frank1, "486");
	carol = office_phone(o, "carol1");
	office_dial(o, c->frank1, "2");
	m = office_rings(carol);
	office_refuse(carol, m, 486);
	office_fails(c->frank1, "486");
	assert_null(peer_poll(dave));
}

static void a_forward_goes_out_by_carriers(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	const struct msg *m;
	struct dialog *d;

	put_carrier(c, "a", 0, "", "");
	put_carrier(c, "b", 1, "", "");
	office_put(o, "accounts/hq/callflows/out.json",
	           "{'id':'out','numbers':['no_match'],'flow':" OUT "}",
	           "false", "");
	ring(o, "2", "carol1");
	forward(o, "carol1", NUMBER, ",'enabled':true," NO_KEY);
	d = office_dial(o, c->frank1, "2");
	m = peer_expect(c->g[0], "INVITE");
	office_refuse(c->g[0], m, 503);
	m = office_rings(c->g[1]);
	assert_non_null(strstr(m->text, "4155550000@"));
	office_answer(o, c->g[1], m, c->frank1);
	office_hang_up(c->frank1, d, c->g[1]);
}

static void the_flow_of_the_number_goes_on_when_it_fails(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *dave = office_phone(o, "dave1");
	struct peer *erin = office_phone(o, "erin1");
	const struct msg *m;
	struct dialog *d;

	ring(o, "2", "carol1");
	office_flow(o, "3",
	            "{'module':'device','data':{'id':'dave1'},'children':{'_':"
	            "{'module':'device','data':{'id':'erin1'}}}}");
	forward(o, "carol1", "3", ",'enabled':true," NO_KEY);
	d = office_dial(o, c->frank1, "2");
	m = office_rings(dave);
	office_refuse(dave, m, 486);
	m = office_rings(erin);
	office_answer(o, erin, m, c->frank1);
	office_hang_up(c->frank1, d, erin);
}

static void a_forward_that_fails_is_a_failure_of_the_phone(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;

	office_flow(o, "2",
	            "{'module':'device','data':{'id':'carol1'},'children':{"
	            "'USER_BUSY':{'module':'response','data':{'code':498}}}}");
	ring(o, "3", "dave1");
	forward(o, "carol1", "3", ",'enabled':true," NO_KEY);
	office_dial(o, c->frank1, "2");
	m = office_rings(dave);
	office_refuse(dave, m, 486);
	office_fails(c->frank1, "498");
	forward(o, "carol1", "4", ",'enabled':true," NO_KEY);
	office_dial(o, c->frank1, "2");
	office_fails(c->frank1, "404");
}

static void a_late_offer_goes_through_a_forward(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;
	struct dialog *d;

	ring(o, "2", "carol1");
	ring(o, "3", "dave1");
	forward(o, "carol1", "3", ",'enabled':true," NO_KEY);
	d = peer_call(c->frank1, "2", NULL);
	m = office_rings(dave);
	assert_int_equal(m->body_len, 0);
	peer_reply(dave, m, 200, "OK", NULL, office_sdp(o, dave));
	m = peer_pick(c->frank1, "200 INVITE");
	assert_true(m->body_len > 0);
	peer_ack(c->frank1, m, office_sdp(o, c->frank1));
	assert_true(peer_expect(dave, "ACK")->body_len > 0);
	office_hang_up(c->frank1, d, dave);
}

/* Everybody forwards to anybody, and does with the call what he likes: at the
 * end nothing is left of it (the office looks). */
static void forwards_at_random_leave_nothing_behind(void **state)
{
	static const char *const ids[] = { "carol1", "dave1", "erin1",
		                           "bob1" };
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *phones[NELEM(ids)];
	unsigned x = 7;

	office_flow(o, "30",
	            "{'module':'ring_group','data':{'timeout':9,'endpoints':["
	            "'carol1','dave1','erin1','bob1']}}");
	for (size_t i = 0; i < NELEM(ids); i++) {
		char number[8];

		phones[i] = office_phone(o, ids[i]);
		snprintf(number, sizeof(number), "3%zu", i + 1);
		ring(o, number, ids[i]);
	}
	for (int call = 0; call < 60; call++) {
		const struct msg *m;
		struct dialog *d;

		for (size_t i = 0; i < NELEM(ids); i++) {
			char *more = xasprintf(
			        ",'enabled':%s,'substitute':%s," NO_KEY,
			        (x >> (i + 16)) & 1 ? "true" : "false",
			        (x >> (i + 20)) & 1 ? "true" : "false");
			char number[8];

			snprintf(number, sizeof(number), "3%u",
			         (x >> (i + 8)) % 5);
			forward(o, ids[i], number, more);
			free(more);
			x = x * 1103515245u + 12345u;
		}
		d = office_dial(o, c->frank1, "30");
		for (int step = 0; step < 12; step++) {
			struct peer *p = phones[(x >> 16) % NELEM(ids)];

			x = x * 1103515245u + 12345u;
			m = peer_poll(p);
			if (m && m->is_request &&
			    strcmp(m->method, "INVITE") == 0)
				peer_reply(p, m, (x >> 18) % 3 ? 180 : 486,
				           "Well", NULL, NULL);
			office_warp(o, (x >> 16) % 900);
		}
		if ((x >> 17) & 1)
			peer_cancel(c->frank1, d, NULL);
		office_warp(o, 12000);
		for (size_t i = 0; i < NELEM(ids); i++)
			while ((m = peer_poll(phones[i])))
				if (m->is_request &&
				    strcmp(m->method, "CANCEL") == 0)
					peer_reply(phones[i], m, 200, "OK",
					           NULL, NULL);
		while ((m = peer_poll(c->frank1)))
			if (m->status >= 300 &&
			    strcmp(m->method, "INVITE") == 0)
				peer_ack(c->frank1, m, NULL);
		office_warp(o, 100000);
		assert_int_equal(o->server->n_sessions, 0);
	}
}

static void the_cause_of_a_forward_that_fails_is_the_phones(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;

	office_flow(o, "2",
	            "{'module':'device','data':{'id':'carol1','timeout':60},"
	            "'children':{'NO_ANSWER':{'module':'response','data':{"
	            "'code':498}}}}");
	office_flow(o, "3",
	            "{'module':'device','data':{'id':'dave1','timeout':5}}");
	forward(o, "carol1", "3", ",'enabled':true," NO_KEY);
	office_dial(o, c->frank1, "2");
	m = office_rings(dave);
	office_warp(o, 5100);
	office_cancelled(dave, m);
	office_fails(c->frank1, "498");
}

/* --- early media and the key ---------------------------------------------- */

static void early_media_of_a_forward_is_passed_when_it_may(void **state)
{
	static const struct {
		const char *more;
		bool passes;
	} cases[] = {
		{ "", false },
		{ ",'ignore_early_media':true", false },
		{ ",'ignore_early_media':false", true },
		{ ",'ignore_early_media':false,'substitute':false", false },
	};
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m, *told;

	ring(o, "2", "carol1");
	ring(o, "3", "dave1");
	for (size_t i = 0; i < NELEM(cases); i++) {
		char *more = xasprintf(",'enabled':true," NO_KEY "%s",
		                       cases[i].more);

		forward(o, "carol1", "3", more);
		free(more);
		office_dial(o, c->frank1, "2");
		m = peer_expect(dave, "INVITE");
		peer_reply(dave, m, 183, "Progress", NULL,
		           office_sdp(o, dave));
		told = peer_pick(c->frank1, cases[i].passes ? "183" : "180");
		assert_int_equal(told->body_len > 0, cases[i].passes);
		office_refuse(dave, m, 486);
		office_fails(c->frank1, "486");
	}
}

static void who_answers_without_a_key_is_not_connected(void **state)
{
	static const char *const cases[] = {
		",'enabled':true", ",'enabled':true,'require_keypress':true"
	};
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;

	ring(o, "2", "carol1");
	ring(o, "3", "dave1");
	for (size_t i = 0; i < NELEM(cases); i++) {
		forward(o, "carol1", "3", cases[i]);
		office_dial(o, c->frank1, "2");
		m = office_rings(dave);
		peer_reply(dave, m, 200, "OK", NULL, office_sdp(o, dave));
		peer_expect(dave, "ACK");
		peer_reply(dave, peer_expect(dave, "BYE"), 200, "OK", NULL,
		           NULL);
		office_fails(c->frank1, "480");
	}
}

/* Kazoo: the first refusal ends it, the next child is not tried. */
static void a_call_that_wants_a_key_ends_with_the_first_no(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *dave = office_phone(o, "dave1");
	struct peer *erin = office_phone(o, "erin1");
	const struct msg *m, *other;

	ring(o, "2", "carol1");
	office_flow(o, "3",
	            "{'module':'ring_group','data':{'endpoints':['dave1',"
	            "'erin1']}}");
	forward(o, "carol1", "3", ",'enabled':true");
	office_dial(o, c->frank1, "2");
	m = office_rings(dave);
	other = office_rings(erin);
	office_refuse(dave, m, 486);
	office_cancelled(erin, other);
	office_fails(c->frank1, "486");
}

/* --- call waiting ------------------------------------------------------------ */

static void without_call_waiting_a_second_call_is_busy(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *alice1 = office_phone(o, "alice1");
	struct peer *alice2 = office_phone(o, "alice2");
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;
	struct dialog *d;

	ring(o, "2", "alice1");
	ring(o, "3", "alice2");
	office_put(o, "accounts/hq/users/alice.json",
	           "{'id':'alice','call_waiting':{'enabled':false}}");
	office_reload(o);
	d = office_dial(o, c->frank1, "2");
	m = office_rings(alice1);
	office_answer(o, alice1, m, c->frank1);
	office_dial(o, dave, "3");
	office_fails(dave, "486");
	assert_null(peer_poll(alice2));
	office_hang_up(c->frank1, d, alice1);
	office_dial(o, dave, "3");
	m = office_rings(alice2);
	office_refuse(alice2, m, 486);
	office_fails(dave, "486");
}

/* --- groups and users ------------------------------------------------------ */

static void direct_calls_only_leaves_ring_groups_alone(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *carol = office_phone(o, "carol1");
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;

	office_flow(o, "2",
	            "{'module':'ring_group','data':{'endpoints':['carol1']}}");
	ring(o, "3", "dave1");
	ring(o, "4", "carol1");
	forward(o, "carol1", "3",
	        ",'enabled':true,'direct_calls_only':true," NO_KEY);
	office_dial(o, c->frank1, "2");
	m = office_rings(carol);
	office_refuse(carol, m, 486);
	office_fails(c->frank1, "486");
	assert_null(peer_poll(dave));
	office_dial(o, c->frank1, "4");
	m = office_rings(dave);
	office_refuse(dave, m, 486);
	office_fails(c->frank1, "486");
}

static void a_persons_forward_is_dialled_once(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *alice1 = office_phone(o, "alice1");
	struct peer *alice2 = office_phone(o, "alice2");
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;

	office_flow(o, "2", "{'module':'user','data':{'id':'alice'}}");
	ring(o, "3", "dave1");
	office_put(o, "accounts/hq/users/alice.json",
	           "{'id':'alice','call_forward':{'enabled':true,'number':'3',"
	           NO_KEY "}}");
	office_reload(o);
	office_dial(o, c->frank1, "2");
	m = office_rings(dave);
	office_refuse(dave, m, 486);
	office_fails(c->frank1, "486");
	assert_null(peer_poll(dave));
	assert_null(peer_poll(alice1));
	assert_null(peer_poll(alice2));
}

/* --- loops ------------------------------------------------------------------ */

static void a_forward_to_oneself_ends(void **state)
{
	struct crew *c = *state;
	struct office *o = office_of(state);

	office_phone(o, "carol1");
	ring(o, "2", "carol1");
	forward(o, "carol1", "2", ",'enabled':true," NO_KEY);
	office_dial(o, c->frank1, "2");
	office_fails(c->frank1, "480");
}

static void forwards_in_a_circle_end(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;

	ring(o, "2", "carol1");
	ring(o, "3", "dave1");
	forward(o, "carol1", "3", ",'enabled':true," NO_KEY);
	forward(o, "dave1", "2", ",'enabled':true," NO_KEY);
	office_dial(o, c->frank1, "2");
	office_fails(c->frank1, "482");
}

/* Each of n phones forwards to the next. */
static void chain(struct office *o, int n)
{
	for (int i = 0; i < n; i++) {
		char *path = xasprintf("accounts/hq/devices/x%d.json", i);
		char *flow = xasprintf("accounts/hq/callflows/x%d.json", i);

		office_put(o, path,
		           "{'id':'x%d','call_forward':{'enabled':true,"
		           "'number':'5%02d'," NO_KEY "}}", i, i + 1);
		office_put(o, flow,
		           "{'id':'x%d','numbers':['5%02d'],'flow':{'module':"
		           "'device','data':{'id':'x%d'}}}", i, i, i);
		free(flow);
		free(path);
	}
	office_put(o, "accounts/hq/callflows/last.json",
	           "{'id':'last','numbers':['5%02d'],'flow':{'module':"
	           "'device','data':{'id':'dave1'}}}", n);
	office_reload(o);
}

static void ten_forwards_are_followed_and_no_more(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;
	struct peer *dave = office_phone(o, "dave1");
	const struct msg *m;
	struct dialog *d;

	chain(o, 10);
	d = office_dial(o, c->frank1, "500");
	m = office_rings(dave);
	office_answer(o, dave, m, c->frank1);
	office_hang_up(c->frank1, d, dave);
	chain(o, 11);
	office_dial(o, c->frank1, "500");
	office_fails(c->frank1, "482");
}

static void forwards_that_multiply_end(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;

	for (int i = 0; i < 8; i++) {
		char *path = xasprintf("accounts/hq/devices/y%d.json", i);

		office_put(o, path,
		           "{'id':'y%d','call_forward':{'enabled':true,"
		           "'number':'60%d'," NO_KEY "}}", i, i);
		free(path);
		path = xasprintf("60%d", i);
		office_flow(o, path,
		            "{'module':'ring_group','data':{'endpoints':['y0',"
		            "'y1','y2','y3','y4','y5','y6','y7']}}");
		free(path);
	}
	office_dial(o, c->frank1, "600");
	office_fails(c->frank1, "482");
}

/* Account b: its number leads back to a, whose phone forwards to it. */
static void forwards_between_accounts_end(void **state)
{
	struct crew *c = *state;
	struct office *o = c->o;

	office_put(o, "accounts/b/account.json",
	           "{'id':'b','name':'b','realm':'b.test'}");
	office_put(o, "accounts/b/devices/b1.json",
	           "{'id':'b1','call_forward':{'enabled':true,"
	           "'number':'+14155550001'," NO_KEY "}}");
	office_put(o, "accounts/b/callflows/in.json",
	           "{'id':'in','numbers':['+14155550002'],'flow':{'module':"
	           "'device','data':{'id':'b1'}}}");
	office_put(o, "accounts/b/callflows/out.json",
	           "{'id':'out','numbers':['no_match'],'flow':" OUT "}",
	           "false", "");
	office_put(o, "accounts/hq/callflows/out.json",
	           "{'id':'out','numbers':['no_match'],'flow':" OUT "}",
	           "false", "");
	ring(o, "+14155550001", "carol1");
	forward(o, "carol1", "+14155550002", ",'enabled':true," NO_KEY);
	office_dial(o, c->frank1, "+14155550001");
	office_fails(c->frank1, "482");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_forwarded_phone_rings_elsewhere),
		TRUNK_TEST(without_substitute_both_ring),
		TRUNK_TEST(a_caller_who_gives_up_stops_all),
		TRUNK_TEST(failover_is_for_phones_that_are_away),
		TRUNK_TEST(a_forward_goes_out_by_carriers),
		TRUNK_TEST(the_flow_of_the_number_goes_on_when_it_fails),
		TRUNK_TEST(a_forward_that_fails_is_a_failure_of_the_phone),
		TRUNK_TEST(a_late_offer_goes_through_a_forward),
		TRUNK_TEST(forwards_at_random_leave_nothing_behind),
		TRUNK_TEST(the_cause_of_a_forward_that_fails_is_the_phones),
		TRUNK_TEST(early_media_of_a_forward_is_passed_when_it_may),
		TRUNK_TEST(who_answers_without_a_key_is_not_connected),
		TRUNK_TEST(a_call_that_wants_a_key_ends_with_the_first_no),
		TRUNK_TEST(without_call_waiting_a_second_call_is_busy),
		TRUNK_TEST(direct_calls_only_leaves_ring_groups_alone),
		TRUNK_TEST(a_persons_forward_is_dialled_once),
		TRUNK_TEST(a_forward_to_oneself_ends),
		TRUNK_TEST(forwards_in_a_circle_end),
		TRUNK_TEST(ten_forwards_are_followed_and_no_more),
		TRUNK_TEST(forwards_that_multiply_end),
		TRUNK_TEST(forwards_between_accounts_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
