/* call_forward, as a decision. */
#include "cmocka_all.h"

#include "base/util.h"
#include "callflow/forward.h"

#define ON  SETTING_ON
#define OFF SETTING_OFF

static void a_forward_is_used_as_its_members_say(void **state)
{
	static const struct {
		struct call_forward fw;
		enum forward_use direct, in_group;
	} rows[] = {
		{ { .number = NULL }, FORWARD_OFF, FORWARD_OFF },
		{ { .number = NULL, .is_enabled = ON }, FORWARD_OFF,
		  FORWARD_OFF },
		{ { .number = "", .is_enabled = ON }, FORWARD_OFF,
		  FORWARD_OFF },
		{ { .number = "1" }, FORWARD_OFF, FORWARD_OFF },
		{ { .number = "1", .is_enabled = OFF }, FORWARD_OFF,
		  FORWARD_OFF },
		{ { .number = "1", .is_enabled = ON }, FORWARD_INSTEAD,
		  FORWARD_INSTEAD },
		{ { .number = "1", .is_enabled = ON, .substitutes = ON },
		  FORWARD_INSTEAD, FORWARD_INSTEAD },
		{ { .number = "1", .is_enabled = ON, .substitutes = OFF },
		  FORWARD_TOO, FORWARD_TOO },
		{ { .number = "1", .is_failover = ON }, FORWARD_FAILOVER,
		  FORWARD_FAILOVER },
		/* enabled wins */
		{ { .number = "1", .is_enabled = ON, .is_failover = ON },
		  FORWARD_INSTEAD, FORWARD_INSTEAD },
		{ { .number = "1", .is_enabled = ON, .is_direct_only = ON },
		  FORWARD_INSTEAD, FORWARD_OFF },
		{ { .number = "1", .is_failover = ON, .is_direct_only = ON },
		  FORWARD_FAILOVER, FORWARD_OFF },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_int_equal(forward_use(&rows[i].fw, false),
		                 rows[i].direct);
		assert_int_equal(forward_use(&rows[i].fw, true),
		                 rows[i].in_group);
	}
}

static void early_media_is_heard_only_where_it_may_be(void **state)
{
	static const struct {
		struct call_forward fw;
		bool mutes;
	} rows[] = {
		{ { .requires_keypress = 0 }, true },
		{ { .requires_keypress = OFF }, true },
		{ { .requires_keypress = OFF, .ignores_early_media = ON },
		  true },
		{ { .requires_keypress = OFF, .ignores_early_media = OFF },
		  false },
		{ { .requires_keypress = ON, .ignores_early_media = OFF },
		  true },
		{ { .requires_keypress = OFF, .ignores_early_media = OFF,
		    .substitutes = OFF }, true },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_int_equal(forward_mutes(&rows[i].fw), rows[i].mutes);
}

static void what_is_absent_is_on(void **state)
{
	struct call_forward none = { 0 };
	struct call_forward off = { .requires_keypress = OFF,
		                    .keeps_caller_id = OFF };

	(void)state;
	assert_true(forward_needs_key(&none));
	assert_true(forward_keeps_caller(&none));
	assert_false(forward_needs_key(&off));
	assert_false(forward_keeps_caller(&off));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forward_is_used_as_its_members_say),
		cmocka_unit_test(early_media_is_heard_only_where_it_may_be),
		cmocka_unit_test(what_is_absent_is_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
