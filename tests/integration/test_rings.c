#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/office.h"

#define OTHERWISE "'children':{'_':{'module':'response','data':{'code':599}}}"

/* The office's own start: who is registered differs by test. */
static struct office *office_of(void **state)
{
	return *state;
}

static void put_device(struct office *o, const char *id, const char *rest)
{
	char *path = xasprintf("accounts/hq/devices/%s.json", id);

	office_put(o, path, "{'id': '%s', %s}", id, rest);
	free(path);
}

/* --- contacts ----------------------------------------------------------- */

static void every_contact_of_a_device_rings(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *desk = office_phone(o, "alice1");
	struct peer *mobile = office_phone(o, "alice1");
	const struct msg *at_desk, *at_mobile;
	struct dialog *d;

	office_flow(o, "1", "{'module':'device','data':{'id':'alice1'}}");
	d = office_dial(o, caller, "1");
	at_desk = office_rings(desk);
	at_mobile = office_rings(mobile);
	assert_string_equal(at_desk->uri, peer_contact(desk));
	assert_string_equal(at_mobile->uri, peer_contact(mobile));
	office_answer(o, mobile, at_mobile, caller);
	office_cancelled(desk, at_desk);
	office_hang_up(caller, d, mobile);
}

static void every_device_of_a_user_rings(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *one = office_phone(o, "alice1");
	struct peer *two = office_phone(o, "alice2");
	const struct msg *a, *b;
	struct dialog *d;

	office_flow(o, "1", "{'module':'user','data':{'id':'alice'}}");
	d = office_dial(o, caller, "1");
	a = office_rings(one);
	b = office_rings(two);
	office_answer(o, one, a, caller);
	office_cancelled(two, b);
	office_hang_up(caller, d, one);
}

static void a_device_without_contacts_goes_to_the_rest_at_once(void **state)
{
	static const char *const flows[] = {
		"{'module':'device','data':{'id':'alice1'}," OTHERWISE "}",
		"{'module':'user','data':{'id':'alice'}," OTHERWISE "}",
		"{'module':'ring_group','data':{'repeats':3,'endpoints':"
		"['alice','bob1','carol1']}," OTHERWISE "}",
		"{'module':'group','data':{'endpoints':['alice']}," OTHERWISE
		"}",
		/* no cause: nothing was rung */
		"{'module':'device','data':{'id':'alice1'},'children':{"
		"'USER_NOT_REGISTERED':{'module':'hangup','data':{}},"
		"'sip:480':{'module':'hangup','data':{}},"
		"'_':{'module':'response','data':{'code':599}}}}",
	};
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");

	for (size_t i = 0; i < NELEM(flows); i++) {
		office_flow(o, "1", "%s", flows[i]);
		office_dial(o, caller, "1");
		office_fails(caller, "599");
	}
	office_flow(o, "1", "{'module':'user','data':{'id':'alice'}}");
	office_dial(o, caller, "1");
	office_fails(caller, "480");
}

/* --- time --------------------------------------------------------------- */

static void members_ring_after_their_delay_and_for_their_time(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *one = office_phone(o, "alice1");
	struct peer *two = office_phone(o, "carol1");
	const struct msg *a, *b;

	office_flow(o, "1",
	            "{'module':'ring_group','data':{'timeout':30,'endpoints':["
	            "{'id':'alice1','endpoint_type':'device','timeout':8},"
	            "{'id':'carol1','endpoint_type':'device','delay':5,"
	            "'timeout':10}]}," OTHERWISE "}");
	office_dial(o, caller, "1");
	a = office_rings(one);
	peer_expect_none(two);
	office_warp(o, 4900);
	peer_expect_none(two);
	office_warp(o, 200);
	b = office_rings(two);
	office_warp(o, 2700);
	peer_expect_none(one);
	office_warp(o, 300);
	office_cancelled(one, a);
	office_warp(o, 6600);
	peer_expect_none(two);
	office_warp(o, 300);
	office_cancelled(two, b);
	office_fails(caller, "599");
}

static void the_end_of_the_time_is_no_answer(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *one = office_phone(o, "alice1");
	const struct msg *a;

	office_flow(o, "1",
	            "{'module':'device','data':{'id':'alice1','timeout':7},"
	            "'children':{'NO_ANSWER':{'module':'response','data':{"
	            "'code':598}},'_':{'module':'hangup','data':{}}}}");
	office_dial(o, caller, "1");
	a = office_rings(one);
	office_warp(o, 6900);
	peer_expect_none(one);
	office_warp(o, 200);
	office_cancelled(one, a);
	office_fails(caller, "598");
}

static void a_device_rings_twenty_seconds_when_nothing_is_said(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *one = office_phone(o, "alice1");
	const struct msg *a;

	office_flow(o, "1", "{'module':'device','data':{'id':'alice1'}}");
	office_dial(o, caller, "1");
	a = office_rings(one);
	office_warp(o, 19900);
	peer_expect_none(one);
	office_warp(o, 200);
	office_cancelled(one, a);
	office_fails(caller, "480");
}

static void without_a_limit_of_its_own_the_servers_holds(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *one = office_phone(o, "alice1");
	const struct msg *a;

	office_flow(o, "1",
	            "{'module':'device','data':{'id':'alice1','timeout':0}}");
	office_dial(o, caller, "1");
	a = office_rings(one);
	for (int i = 0; i < 119; i++)
		office_warp(o, 1000);
	peer_expect_none(one);
	office_warp(o, 1100);
	office_cancelled(one, a);
	office_fails(caller, "480");
}

static void one_after_another_each_gets_its_turn(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *one = office_phone(o, "alice1");
	struct peer *two = office_phone(o, "bob1");
	struct peer *three = office_phone(o, "carol1");
	const struct msg *a, *c;
	struct dialog *d;

	office_flow(o, "1",
	            "{'module':'ring_group','data':{'strategy':'single',"
	            "'timeout':60,'endpoints':[{'id':'alice1','timeout':10},"
	            "{'id':'bob1','timeout':10},'carol1']}}");
	d = office_dial(o, caller, "1");
	a = office_rings(one);
	peer_expect_none(two);
	office_warp(o, 10100);
	office_cancelled(one, a);
	/* busy moves on at once */
	office_refuse(two, office_rings(two), 486);
	c = office_rings(three);
	peer_expect_none(one);
	office_answer(o, three, c, caller);
	office_hang_up(caller, d, three);
}

static void a_weighted_random_group_rings_one_at_a_time(void **state)
{
	static const char *const ids[] = { "alice1", "bob1", "carol1" };
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1"), *p[NELEM(ids)];
	int first[NELEM(ids)] = { 0 };

	for (size_t i = 0; i < NELEM(ids); i++)
		p[i] = office_phone(o, ids[i]);
	office_flow(o, "1",
	            "{'module':'ring_group','data':{'strategy':"
	            "'weighted_random','endpoints':["
	            "{'id':'alice1','weight':100},{'id':'bob1','weight':1},"
	            "{'id':'carol1','weight':1}]}}");
	for (int n = 0; n < 20; n++) {
		office_dial(o, caller, "1");
		for (size_t turn = 0; turn < NELEM(ids); turn++) {
			const struct msg *m = NULL;
			size_t who;

			for (who = 0; who < NELEM(ids) && !m; who++)
				m = peer_poll(p[who]);
			assert_non_null(m);
			who--;
			for (size_t i = who + 1; i < NELEM(ids); i++)
				peer_expect_none(p[i]);
			if (turn == 0)
				first[who]++;
			office_refuse(p[who], m, 486);
		}
		office_fails(caller, "486");
	}
	assert_true(first[0] >= 12); /* 19.6 of 20 on average */
}

static void a_ring_group_rings_again_as_often_as_it_says(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *one = office_phone(o, "alice1");
	struct peer *two = office_phone(o, "carol1");
	const struct msg *a, *b;

	office_flow(o, "1",
	            "{'module':'ring_group','data':{'repeats':3,'timeout':5,"
	            "'endpoints':['alice1','carol1']}," OTHERWISE "}");
	office_dial(o, caller, "1");
	for (int pass = 0; pass < 3; pass++) {
		a = office_rings(one);
		b = office_rings(two);
		if (pass == 1) { /* a pass may end by refusals too */
			office_refuse(one, a, 486);
			office_refuse(two, b, 486);
			continue;
		}
		office_warp(o, 5100);
		office_cancelled(one, a);
		office_cancelled(two, b);
	}
	office_fails(caller, "599");
	peer_expect_none(one);
}

static void one_refusal_may_end_the_whole(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *one = office_phone(o, "alice1");
	struct peer *two = office_phone(o, "carol1");
	const struct msg *a, *b;

	office_flow(o, "1",
	            "{'module':'ring_group','data':{'endpoints':['alice1',"
	            "'carol1'],'fail_on_single_reject':['CALL_REJECTED']}}");
	office_dial(o, caller, "1");
	a = office_rings(one);
	b = office_rings(two);
	office_refuse(one, a, 603);
	office_cancelled(two, b);
	office_fails(caller, "603");
	office_dial(o, caller, "1");
	a = office_rings(one);
	b = office_rings(two);
	office_refuse(one, a, 486); /* not one of the causes */
	peer_expect_none(two);
	office_refuse(two, b, 603);
	office_fails(caller, "603");
	office_flow(o, "1",
	            "{'module':'ring_group','data':{'endpoints':['alice1',"
	            "'carol1'],'fail_on_single_reject':true}}");
	office_dial(o, caller, "1");
	a = office_rings(one);
	b = office_rings(two);
	office_refuse(two, b, 480);
	office_cancelled(one, a);
	office_fails(caller, "480");
}

static void a_redirection_is_a_failure_in_groups_and_followed_by_phones(
        void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *one = office_phone(o, "alice1");
	struct peer *two = office_handset(o, "elsewhere");
	char *where = xasprintf("Contact: <%s>\r\n", peer_contact(two));
	const struct msg *m;
	struct dialog *d;

	office_flow(o, "1",
	            "{'module':'ring_group','data':{'endpoints':['alice1']}}");
	office_dial(o, caller, "1");
	peer_reply(one, office_rings(one), 302, "Moved", where, NULL);
	peer_expect(one, "ACK");
	office_fails(caller, "480");
	peer_expect_none(two);
	office_flow(o, "1", "{'module':'device','data':{'id':'alice1'}}");
	d = office_dial(o, caller, "1");
	peer_reply(one, office_rings(one), 302, "Moved", where, NULL);
	peer_expect(one, "ACK");
	m = office_rings(two);
	assert_string_equal(m->uri, peer_contact(two));
	office_answer(o, two, m, caller);
	office_hang_up(caller, d, two);
	free(where);
}

/* --- who is left out ---------------------------------------------------- */

static void what_must_not_ring_does_not(void **state)
{
	static const char *const reasons[][2] = {
		{ "accounts/hq/devices/bob1.json",
		  "{'id':'bob1','owner_id':'bob','enabled':false,"
		  "'sip':{'username':'bob1','password':'secret'}}" },
		{ "accounts/hq/devices/bob1.json",
		  "{'id':'bob1','owner_id':'bob','do_not_disturb':{'enabled':"
		  "true},'sip':{'username':'bob1','password':'secret'}}" },
		{ "accounts/hq/users/bob.json",
		  "{'id':'bob','enabled':false,'first_name':'B',"
		  "'last_name':'B'}" },
		{ "accounts/hq/users/bob.json",
		  "{'id':'bob','do_not_disturb':{'enabled':true},"
		  "'first_name':'B','last_name':'B'}" },
		{ "accounts/hq/account.json",
		  "{'id':'hq','name':'hq','realm':'hq.test','do_not_disturb':"
		  "{'enabled':true}}" },
	};
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *bob = office_phone(o, "bob1");

	office_flow(o, "1",
	            "{'module':'device','data':{'id':'bob1'}," OTHERWISE "}");
	office_flow(o, "2",
	            "{'module':'user','data':{'id':'bob'}," OTHERWISE "}");
	office_flow(o, "3",
	            "{'module':'ring_group','data':{'endpoints':['bob']},"
	            OTHERWISE "}");
	for (size_t i = 0; i < NELEM(reasons); i++) {
		office_put(o, "accounts/hq/account.json",
		           "{'id':'hq','name':'hq','realm':'hq.test'}");
		office_put(o, "accounts/hq/users/bob.json",
		           "{'id':'bob','first_name':'B','last_name':'B'}");
		put_device(o, "bob1",
		           "'owner_id':'bob','sip':{'username':'bob1',"
		           "'password':'secret'}");
		office_reload(o);
		assert_int_equal(peer_register(bob, 3600)->status, 200);
		office_put(o, reasons[i][0], "%s", reasons[i][1]);
		office_reload(o);
		for (int n = 1; n <= 3; n++) {
			office_dial(o, caller, n == 1   ? "1"
			                       : n == 2 ? "2"
			                                : "3");
			office_fails(caller, "599");
		}
		peer_expect_none(bob);
	}
}

static void nobody_of_a_disabled_account_calls(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");

	office_phone(o, "alice1");
	office_flow(o, "1", "{'module':'device','data':{'id':'alice1'}}");
	office_put(o, "accounts/hq/account.json",
	           "{'id':'hq','name':'hq','realm':'hq.test',"
	           "'enabled':false}");
	office_reload(o);
	office_dial(o, caller, "1");
	office_fails(caller, "407");
}

static void the_caller_does_not_ring_itself(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "alice1");
	struct peer *second = office_phone(o, "alice2");
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;

	/* neither its own device nor another of its owner */
	office_flow(o, "1",
	            "{'module':'device','data':{'id':'alice1'}," OTHERWISE "}");
	office_dial(o, caller, "1");
	office_fails(caller, "599");
	office_flow(o, "1",
	            "{'module':'user','data':{'id':'alice'}," OTHERWISE "}");
	office_dial(o, caller, "1");
	office_fails(caller, "599");
	peer_expect_none(second);
	/* unless it may */
	office_flow(o, "1",
	            "{'module':'user','data':{'id':'alice','can_call_self':"
	            "true}," OTHERWISE "}");
	office_dial(o, caller, "1");
	m = peer_pick(caller, "INVITE");
	office_refuse(second, office_rings(second), 486);
	peer_reply(caller, m, 486, "Busy Here", NULL, NULL);
	office_fails(caller, "599");
	/* in a group never */
	office_flow(o, "1",
	            "{'module':'ring_group','data':{'endpoints':['alice1',"
	            "'carol1',{'id':'alice1','can_call_self':true}]},"
	            OTHERWISE "}");
	while (peer_poll(caller))
		;
	office_dial(o, caller, "1");
	office_refuse(carol, office_rings(carol), 486);
	office_fails(caller, "599");
	while ((m = peer_poll(caller)))
		assert_false(m->is_request);
}

/* --- what is asked for -------------------------------------------------- */

static void asked_for(struct office *o, struct peer *caller,
                      struct peer *callee, const char *dialled,
                      const char *want)
{
	const struct msg *m;

	office_dial(o, caller, dialled);
	m = peer_expect(callee, "INVITE");
	assert_true(str_starts(m->uri, want));
	office_refuse(callee, m, 486);
	office_fails(caller, "486");
}

static void the_request_uri_is_as_the_device_wants_it(void **state)
{
	static const struct {
		const char *sip, *want;
	} cases[] = {
		{ "", "sip:carol1@127.0.0.1:" },
		{ ",'invite_format':'contact'", "sip:carol1@127.0.0.1:" },
		{ ",'invite_format':'username'", "sip:carol1@127.0.0.1:" },
		{ ",'invite_format':'e164'", "sip:+14155550100@127.0.0.1:" },
		{ ",'invite_format':'npan'", "sip:4155550100@127.0.0.1:" },
		{ ",'invite_format':'1npan'", "sip:14155550100@127.0.0.1:" },
		{ ",'invite_format':'e164','number':'4155559999'",
		  "sip:+14155559999@127.0.0.1:" },
		{ ",'static_invite':'reception'", "sip:reception@127.0.0.1:" },
	};
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	char *sip;

	office_put(o, "accounts/hq/callflows/flow-1.json",
	           "{'id':'flow-1','numbers':['1','+14155550100'],'flow':"
	           "{'module':'device','data':{'id':'carol1'}}}");
	for (size_t i = 0; i < NELEM(cases); i++) {
		sip = xasprintf("'sip':{'username':'carol1','password':"
		                "'secret'%s}", cases[i].sip);
		put_device(o, "carol1", sip);
		office_reload(o);
		asked_for(o, caller, carol, "4155550100", cases[i].want);
		free(sip);
	}
	put_device(o, "carol1",
	           "'sip':{'username':'carol1','password':'secret'}");
	office_flow(o, "1",
	            "{'module':'device','data':{'id':'carol1',"
	            "'static_invite':'desk'}}");
	asked_for(o, caller, carol, "1", "sip:desk@127.0.0.1:");
}

static void a_device_with_a_route_is_called_there(void **state)
{
	struct office *o = office_of(state);
	struct peer *caller = office_phone(o, "frank1");
	struct peer *gate = office_stranger(o, "127.0.0.4", false);
	char *sip = xasprintf("'sip':{'username':'gate1','password':'secret',"
	                      "'invite_format':'route','route':"
	                      "'sip:door@127.0.0.4:%u'}",
	                      office_port_of(gate));

	put_device(o, "gate1", sip);
	office_flow(o, "1", "{'module':'device','data':{'id':'gate1'}}");
	asked_for(o, caller, gate, "1", "sip:door@127.0.0.4:");
	free(sip);
}

#define RING_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, office_set_up, office_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RING_TEST(every_contact_of_a_device_rings),
		RING_TEST(every_device_of_a_user_rings),
		RING_TEST(a_device_without_contacts_goes_to_the_rest_at_once),
		RING_TEST(members_ring_after_their_delay_and_for_their_time),
		RING_TEST(the_end_of_the_time_is_no_answer),
		RING_TEST(a_device_rings_twenty_seconds_when_nothing_is_said),
		RING_TEST(without_a_limit_of_its_own_the_servers_holds),
		RING_TEST(one_after_another_each_gets_its_turn),
		RING_TEST(a_weighted_random_group_rings_one_at_a_time),
		RING_TEST(a_ring_group_rings_again_as_often_as_it_says),
		RING_TEST(one_refusal_may_end_the_whole),
		RING_TEST(
			a_redirection_is_a_failure_in_groups_and_followed_by_phones),
		RING_TEST(what_must_not_ring_does_not),
		RING_TEST(nobody_of_a_disabled_account_calls),
		RING_TEST(the_caller_does_not_ring_itself),
		RING_TEST(the_request_uri_is_as_the_device_wants_it),
		RING_TEST(a_device_with_a_route_is_called_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
