/* Feature codes that change documents: in the file, and for the next call. */
#include "cmocka_all.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "b2bua/changes.h"
#include "b2bua/reload.h"
#include "base/mem.h"
#include "integration/office.h"

#define CAROL "{'module':'device','data':{'id':'carol1'}}"
#define ALICE "{'module':'user','data':{'id':'alice'}}"
#define BOB   "{'module':'user','data':{'id':'bob'}}"

/* --- helpers ------------------------------------------------------------------ */

static void feature(struct office *o, const char *number, const char *module,
                    const char *data)
{
	office_flow(o, number, "{'module':'%s','data':{%s}}", module, data);
}

/* Several that take what is dialled behind them. */
static void feature_star(struct office *o, const char *code,
                         const char *action)
{
	office_put(o, "accounts/hq/callflows/star.json",
	           "{'id': 'star', 'patterns': ['^%s(\\\\d*)$'], 'flow': "
	           "{'module':'call_forward','data':{'action':'%s'}}}",
	           code, action);
	office_reload(o);
}

/* Dials a code that works. */
static void works(struct office *o, struct peer *p, const char *code)
{
	office_code(o, p, code);
}

static void fails(struct office *o, struct peer *p, const char *code)
{
	office_dial(o, p, code);
	office_fails(p, "500");
}

static char *path_of(struct office *o, const char *file)
{
	return xasprintf("%s/accounts/hq/%s", o->conf->directory, file);
}

/* ' stands for ". */
static void assert_says(struct office *o, const char *file, const char *what)
{
	char *path = path_of(o, file), *text = xstrdup(what), found[4096];
	FILE *f = fopen(path, "r");
	size_t n = fread(found, 1, sizeof(found) - 1, f);

	found[n] = '\0';
	fclose(f);
	for (char *p = text; (p = strchr(p, '\'')); p++)
		*p = '"';
	if (!strstr(found, text))
		fail_msg("%s: %s", file, found);
	free(text);
	free(path);
}

static void rings(struct office *o, struct peer *caller, const char *number,
                  struct peer *callee)
{
	struct dialog *d = office_dial(o, caller, number);
	const struct msg *m = office_rings(callee);

	peer_cancel(caller, d, NULL);
	office_cancelled(callee, m);
	office_fails(caller, "487");
}

static void rings_nobody(struct office *o, struct peer *caller,
                         const char *number)
{
	office_dial(o, caller, number);
	office_fails(caller, "480");
}

/* --- do not disturb ------------------------------------------------------------- */

static void do_not_disturb_holds_for_the_very_next_call(void **state)
{
	struct office *o = *state;
	struct peer *alice = office_phone(o, "alice1");
	struct peer *frank = office_phone(o, "frank1");

	office_flow(o, "1", ALICE);
	feature(o, "78", "do_not_disturb", "'action':'activate'");
	feature(o, "79", "do_not_disturb", "'action':'deactivate'");
	rings(o, frank, "1", alice);
	works(o, alice, "78");
	rings_nobody(o, frank, "1");
	assert_says(o, "users/alice.json",
	            "'do_not_disturb': {'enabled': true}");
	works(o, alice, "79");
	rings(o, frank, "1", alice);
	assert_says(o, "users/alice.json",
	            "'do_not_disturb': {'enabled': false}");
}

static void a_phone_that_nobody_owns_has_a_toggle_of_its_own(void **state)
{
	struct office *o = *state;
	struct peer *carol = office_phone(o, "carol1");
	struct peer *frank = office_phone(o, "frank1");

	office_flow(o, "1", CAROL);
	feature(o, "78", "do_not_disturb", "'action':'toggle'");
	works(o, carol, "78");
	rings_nobody(o, frank, "1");
	office_reload(o);
	rings_nobody(o, frank, "1");
	works(o, carol, "78");
	rings(o, frank, "1", carol);
}

static void the_child_follows_whether_it_works_or_not(void **state)
{
	static const char file[] = "devices/frank1.json";
	struct office *o = *state;
	struct peer *carol = office_phone(o, "carol1");
	struct peer *frank = office_phone(o, "frank1");
	char *path = path_of(o, file);
	struct dialog *d;
	const struct msg *m;

	office_flow(o, "78",
	            "{'module':'do_not_disturb','data':{'action':'toggle'},"
	            "'children':{'_':" CAROL "}}");
	assert_int_equal(unlink(path), 0);
	d = office_dial(o, frank, "78");
	m = office_rings(carol);
	peer_cancel(frank, d, NULL);
	office_cancelled(carol, m);
	office_fails(frank, "487");
	free(path);
}

/* --- the others ------------------------------------------------------------------ */

static void a_phone_is_forwarded_by_a_code(void **state)
{
	struct office *o = *state;
	struct peer *alice = office_phone(o, "alice1");
	struct peer *carol = office_phone(o, "carol1");
	struct peer *frank = office_phone(o, "frank1");

	office_flow(o, "1", ALICE);
	office_flow(o, "200", CAROL);
	feature(o, "73", "call_forward", "'action':'deactivate'");
	feature_star(o, "72", "activate");
	works(o, alice, "72200");
	assert_says(o, "users/alice.json",
	            "'call_forward': {'enabled': true,'number': '200',"
	            "'require_keypress': false}");
	rings(o, frank, "1", carol);
	works(o, alice, "73");
	rings(o, frank, "1", alice);
	/* without a number: that of before */
	works(o, alice, "72");
	rings(o, frank, "1", carol);
}

static void a_forward_needs_a_number(void **state)
{
	struct office *o = *state;
	struct peer *alice = office_phone(o, "alice1");

	feature_star(o, "72", "activate");
	fails(o, alice, "72");
	feature_star(o, "", "activate"); /* Kazoo's limit: 35 */
	fails(o, alice, "123456789012345678901234567890123456");
	assert_says(o, "users/alice.json", "'last_name': 'A'}");
}

static void a_second_call_waits_or_not(void **state)
{
	struct office *o = *state;
	struct peer *carol = office_phone(o, "carol1");
	struct peer *frank = office_phone(o, "frank1");
	struct peer *dave = office_phone(o, "dave1");
	struct dialog *d;
	const struct msg *m;

	office_flow(o, "1", CAROL);
	feature(o, "43", "call_waiting", "");
	works(o, carol, "43");
	assert_says(o, "devices/carol1.json",
	            "'call_waiting': {'enabled': false}");
	d = office_dial(o, frank, "1");
	m = office_rings(carol);
	office_dial(o, dave, "1");
	office_fails(dave, "486");
	peer_cancel(frank, d, NULL);
	office_cancelled(carol, m);
	office_fails(frank, "487");
}

static void a_member_logs_out_of_a_ring_group_and_in(void **state)
{
	struct office *o = *state;
	struct peer *bob = office_phone(o, "bob1");
	struct peer *frank = office_phone(o, "frank1");

	office_flow(o, "1",
	            "{'module':'ring_group','data':{'endpoints':[{'id':'bob',"
	            "'endpoint_type':'user'}]}}");
	feature(o, "60", "ring_group_toggle",
	        "'action':'logout','callflow_id':'flow-1'");
	feature(o, "61", "ring_group_toggle",
	        "'action':'login','callflow_id':'flow-1'");
	rings(o, frank, "1", bob);
	works(o, bob, "60");
	assert_says(o, "callflows/flow-1.json",
	            "'disable_until': 66269664000");
	rings_nobody(o, frank, "1");
	works(o, bob, "61");
	rings(o, frank, "1", bob);
}

/* --- several at once --------------------------------------------------------------- */

static void toggles_at_once_lose_nothing(void **state)
{
	struct office *o = *state;
	struct peer *alice1 = office_phone(o, "alice1");
	struct peer *alice2 = office_phone(o, "alice2");

	feature(o, "78", "do_not_disturb", "'action':'activate'");
	feature(o, "43", "call_waiting", "'scope':'user'");
	office_dial(o, alice1, "78");
	office_dial(o, alice2, "43");
	office_code_done(alice1);
	office_code_done(alice2);
	assert_says(o, "users/alice.json",
	            "'do_not_disturb': {'enabled': true}");
	assert_says(o, "users/alice.json",
	            "'call_waiting': {'enabled': false}");
}

/* The thread that writes is held. */
static void hold(void *arg)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 20; /* should the test fail */
	sem_timedwait(arg, &limit);
}

static bool are_made(void *arg)
{
	struct office *o = arg;

	return changes_count(o->server->changes) == 0;
}

static void a_disk_that_hangs_holds_nobody_for_ever(void **state)
{
	struct office *o = *state;
	struct peer *alice = office_phone(o, "alice1");
	struct peer *bob = office_phone(o, "bob1");
	sem_t go;

	sem_init(&go, 0, 0);
	feature(o, "78", "do_not_disturb", "'action':'activate'");
	worker_post(o->server->worker, hold, &go);
	office_dial(o, alice, "78");
	office_dial(o, bob, "78");
	office_warp(o, 4900);
	peer_expect_none(alice);
	office_warp(o, 200);
	office_fails(alice, "500");
	office_fails(bob, "500");
	sem_post(&go);
	assert_true(settle_until(o->loop, are_made, o));
	/* the one was under way, the other was not */
	assert_says(o, "users/alice.json", "'enabled': true");
	assert_says(o, "users/bob.json", "'last_name': 'B'}");
	sem_destroy(&go);
}

static void a_caller_may_hang_up_before_it_is_done(void **state)
{
	struct office *o = *state;
	struct peer *alice = office_phone(o, "alice1");
	struct dialog *d;
	sem_t go;

	sem_init(&go, 0, 0);
	feature(o, "78", "do_not_disturb", "'action':'activate'");
	worker_post(o->server->worker, hold, &go);
	d = office_dial(o, alice, "78");
	peer_cancel(alice, d, NULL);
	office_fails(alice, "487");
	sem_post(&go);
	assert_true(settle_until(o->loop, are_made, o));
	assert_says(o, "users/alice.json", "'enabled': true");
	sem_destroy(&go);
}

/* --- reloads ------------------------------------------------------------------------- */

static bool has_reloaded(void *arg)
{
	struct office *o = arg;

	return !reload_is_busy(o->server->reload);
}

/* It has read everything, and a change is in its way. */
static bool waits_for_swap(void *arg)
{
	struct office *o = arg;

	return changes_count(o->server->changes) == 2;
}

static void reload(struct office *o)
{
	reload_start(o->server->reload);
	assert_true(settle_until(o->loop, has_reloaded, o));
}

static void a_reload_takes_what_a_code_has_written(void **state)
{
	struct office *o = *state;
	struct peer *alice = office_phone(o, "alice1");
	struct peer *frank = office_phone(o, "frank1");

	office_flow(o, "1", ALICE);
	feature(o, "78", "do_not_disturb", "'action':'toggle'");
	works(o, alice, "78");
	reload(o);
	rings_nobody(o, frank, "1");
	works(o, alice, "78");
	rings(o, frank, "1", alice);
}

static void a_change_during_a_reload_is_not_lost(void **state)
{
	struct office *o = *state;
	struct peer *alice = office_phone(o, "alice1");
	struct peer *frank = office_phone(o, "frank1");
	sem_t go;

	sem_init(&go, 0, 0);
	office_flow(o, "1", ALICE);
	feature(o, "78", "do_not_disturb", "'action':'activate'");
	worker_post(o->server->worker, hold, &go);
	office_dial(o, alice, "78"); /* held before its file is written */
	settle(o->loop);
	reload_start(o->server->reload);
	assert_true(settle_until(o->loop, waits_for_swap, o));
	sem_post(&go);
	assert_true(settle_until(o->loop, has_reloaded, o));
	office_code_done(alice);
	rings_nobody(o, frank, "1");
	sem_destroy(&go);
}

/* An operator's edit is not seen before he says so. */
static void an_edit_waits_for_its_reload(void **state)
{
	struct office *o = *state;
	struct peer *alice = office_phone(o, "alice1");
	struct peer *frank = office_phone(o, "frank1");

	office_flow(o, "1", ALICE);
	feature(o, "43", "call_waiting", "'scope':'user'");
	office_put(o, "accounts/hq/users/alice.json",
	           "{'id': 'alice', 'do_not_disturb': {'enabled': true}}");
	works(o, alice, "43");
	rings(o, frank, "1", alice);
	reload(o);
	rings_nobody(o, frank, "1");
	assert_says(o, "users/alice.json",
	            "'call_waiting': {'enabled': false}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_set_up, \
	                                           office_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(do_not_disturb_holds_for_the_very_next_call),
		TEST(a_phone_that_nobody_owns_has_a_toggle_of_its_own),
		TEST(the_child_follows_whether_it_works_or_not),
		TEST(a_phone_is_forwarded_by_a_code),
		TEST(a_forward_needs_a_number),
		TEST(a_second_call_waits_or_not),
		TEST(a_member_logs_out_of_a_ring_group_and_in),
		TEST(toggles_at_once_lose_nothing),
		TEST(a_disk_that_hangs_holds_nobody_for_ever),
		TEST(a_caller_may_hang_up_before_it_is_done),
		TEST(a_reload_takes_what_a_code_has_written),
		TEST(a_change_during_a_reload_is_not_lost),
		TEST(an_edit_waits_for_its_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
