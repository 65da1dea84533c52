/* Whom modules ring when phones are forwarded. */
#include "cmocka_all.h"

#include <stdio.h>

#include "callflow/play.h"

#define MAX_ACTION 400

/* The device's call_forward, and what the action makes of it. */
struct row {
	const char *forward, *action, *wanted;
};

static void assert_rows(struct play *p, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char json[MAX_ACTION];

		snprintf(json, sizeof(json),
		         "{'owner_id':'bob','sip':{'username':'bob1',"
		         "'password':'secret'},'call_forward':{"
		         "'require_keypress':false,%s}}",
		         rows[i].forward);
		play_put(p, "accounts/office/devices/bob1.json", json);
		assert_string_equal(play_action(p, rows[i].action),
		                    rows[i].wanted);
	}
}

#define DEVICE "{'module':'device','data':{'id':'bob1'}}"
#define USER   "{'module':'user','data':{'id':'bob'}}"
#define GROUP  "{'module':'ring_group','data':{'endpoints':[{'id':'bob'," \
	       "'endpoint_type':'user','delay':3}]}}"

static void phones_and_numbers_ring_as_documents_say(void **state)
{
	static const struct row rows[] = {
		{ "'enabled':true,'number':'7'", DEVICE,
		  "dial together 20s: >bob1:7" },
		{ "'enabled':true,'number':'7'", USER,
		  "dial together 20s: >bob1:7" },
		{ "'enabled':true,'number':'7'", GROUP,
		  "dial together 20s: >bob1:7+3" },
		{ "'enabled':true,'number':'7','substitute':false", DEVICE,
		  "dial together 20s: bob1 >bob1:7" },
		{ "'failover':true,'number':'7'", DEVICE,
		  "dial together 20s: bob1 ?bob1:7" },
		{ "'enabled':false,'number':'7'", DEVICE,
		  "dial together 20s: bob1" },
		{ "'enabled':true", DEVICE, "dial together 20s: bob1" },
		{ "'enabled':true,'number':'7','direct_calls_only':true",
		  GROUP, "dial together 20s: bob1+3" },
		{ "'enabled':true,'number':'7','direct_calls_only':true",
		  USER, "dial together 20s: >bob1:7" },
	};

	assert_rows(*state, rows, sizeof(rows) / sizeof(*rows));
}

static void an_owners_forward_is_dialled_once(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/users/alice.json",
	         "{'call_forward':{'enabled':true,'number':'7',"
	         "'require_keypress':false}}");
	assert_string_equal(
	        play_action(p, "{'module':'user','data':{'id':'alice'}}"),
	        "dial together 20s: >alice1:7");
}

static void a_user_without_phones_has_a_number(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/users/nobody.json",
	         "{'call_forward':{'enabled':true,'number':'7',"
	         "'require_keypress':false}}");
	assert_string_equal(
	        play_action(p, "{'module':'user','data':{'id':'nobody'}}"),
	        "dial together 20s: >nobody:7");
}

static void who_must_not_ring_is_not_forwarded(void **state)
{
	struct play *p = *state;

	play_put(p, "accounts/office/devices/bob1.json",
	         "{'do_not_disturb':{'enabled':true},'call_forward':{"
	         "'enabled':true,'number':'7','require_keypress':false}}");
	assert_string_equal(play_action(p, DEVICE), "hangup");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, play_setup, play_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(phones_and_numbers_ring_as_documents_say),
		TEST(an_owners_forward_is_dialled_once),
		TEST(a_user_without_phones_has_a_number),
		TEST(who_must_not_ring_is_not_forwarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
