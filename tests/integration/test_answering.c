/* Flows that let the caller wait, and that answer him before anybody else
 * does. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/office.h"

#define CAROL "{'module':'device','data':{'id':'carol1'}}"
#define SLEEP(s, next) \
	"{'module':'sleep','data':{'duration':" s "},'children':{'_':" next "}}"

/* --- before the answer --------------------------------------------------------- */

static void a_sleep_delays_what_follows(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;
	struct dialog *d;

	office_flow(o, "1", SLEEP("5", CAROL));
	d = office_dial(o, caller, "1");
	office_warp(o, 4900);
	peer_expect_none(carol);
	peer_expect_none(caller);
	office_warp(o, 200);
	m = office_rings(carol);
	office_answer(o, carol, m, caller);
	office_hang_up(caller, d, carol);
}

static void a_caller_may_give_up_during_a_sleep(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	struct dialog *d;

	office_flow(o, "1", SLEEP("5", CAROL));
	d = office_dial(o, caller, "1");
	office_warp(o, 1000);
	peer_cancel(caller, d, NULL);
	peer_expect(caller, "200 CANCEL");
	office_fails(caller, "487");
	office_warp(o, 10000);
	peer_expect_none(carol);
}

static void the_limit_for_ringing_holds_for_a_sleep(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");

	office_flow(o, "1", SLEEP("600", CAROL));
	office_dial(o, caller, "1");
	for (int i = 0; i < 119; i++)
		office_warp(o, 1000);
	peer_expect_none(caller);
	office_warp(o, 1100);
	office_fails(caller, "480");
}

static void a_reload_leaves_a_sleeping_flow_as_it_was(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;

	office_flow(o, "1", SLEEP("5", CAROL));
	office_dial(o, caller, "1");
	office_warp(o, 1000);
	office_flow(o, "1", "{'module':'hangup','data':{}}");
	office_warp(o, 4100);
	m = office_rings(carol);
	office_refuse(carol, m, 486);
	office_fails(caller, "486");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_set_up, \
	                                           office_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sleep_delays_what_follows),
		TEST(a_caller_may_give_up_during_a_sleep),
		TEST(the_limit_for_ringing_holds_for_a_sleep),
		TEST(a_reload_leaves_a_sleeping_flow_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
