/* Documents that are right and odd: what calls make of them. */
#include "cmocka_all.h"

#include <string.h>

#include "integration/office.h"

static void busy(struct peer *callee, const struct msg *m,
                 struct peer *caller)
{
	office_refuse(callee, m, 486);
	office_fails(caller, "486");
}

static void names_in_any_script_are_shown(void **state)
{
	static const char *const names[] = {
		"Zo\xc3\xab", "\xe6\x97\xa5\xe6\x9c\xac",
		"\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
	};
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *bob = office_phone(o, "bob1");

	for (size_t i = 0; i < NELEM(names); i++) {
		const struct msg *m;

		office_put(o, "accounts/hq/devices/frank1.json",
		           "{'id':'frank1','name':'frank1','sip':{'username':"
		           "'frank1','password':'secret'},'caller_id':{"
		           "'internal':{'name':'%s'}}}", names[i]);
		office_flow(o, "1",
		            "{'module':'device','data':{'id':'bob1'}}");
		office_dial(o, caller, "1");
		m = peer_expect(bob, "INVITE");
		assert_non_null(strstr(msg_header(m, "From", 0), names[i]));
		busy(bob, m, caller);
	}
}

static void a_number_of_36_characters_is_dialled(void **state)
{
	static const char number[] = "123456789012345678901234567890123456";
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");
	struct peer *bob = office_phone(o, "bob1");

	office_flow(o, number, "{'module':'device','data':{'id':'bob1'}}");
	office_dial(o, caller, number);
	busy(bob, peer_expect(bob, "INVITE"), caller);
}

/* Fifty jumps, and no phone rings for ever. */
static void two_callflows_that_jump_to_each_other_end(void **state)
{
	struct office *o = *state;
	struct peer *caller = office_phone(o, "frank1");

	office_flow(o, "2", "{'module':'hangup'}");
	office_flow(o, "1",
	            "{'module':'callflow','data':{'id':'flow-2'}}");
	office_flow(o, "2",
	            "{'module':'callflow','data':{'id':'flow-1'}}");
	office_dial(o, caller, "1");
	office_fails(caller, "480");
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, office_set_up, office_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_in_any_script_are_shown),
		TEST(a_number_of_36_characters_is_dialled),
		TEST(two_callflows_that_jump_to_each_other_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
