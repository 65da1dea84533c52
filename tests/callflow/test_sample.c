/* The directory a newcomer starts with: what they dial first does ring. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "callflow/flow.h"
#include "callflow/match.h"

struct sample {
	struct snapshot *snapshot;
	struct flow *flow;
	char text[200]; /* of the first step */
};

static int setup(void **state)
{
	struct sample *s = calloc(1, sizeof(*s));
	const char *top = getenv("top_srcdir");
	struct diag why = { 0 };
	char dir[1024];

	assert_non_null(s);
	snprintf(dir, sizeof(dir), "%s/config/directory", top ? top : ".");
	if (snapshot_load(&s->snapshot, dir, false, &why) < 0)
		fail_msg("%s", buf_text(&why.text));
	diag_free(&why);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct sample *s = *state;

	flow_destroy(&s->flow);
	snapshot_unref(&s->snapshot);
	free(s);
	return 0;
}

static void tell(struct sample *s, const struct flow_step *step)
{
	size_t n = 0;

	switch (step->kind) {
	case FLOW_DIAL:
		n = (size_t)snprintf(s->text, sizeof(s->text), "dial");
		for (size_t i = 0; i < step->u.dial.n_targets; i++)
			n += (size_t)snprintf(
				s->text + n, sizeof(s->text) - n, " %s",
				step->u.dial.targets[i].device->id);
		break;
	case FLOW_CARRIERS:
		snprintf(s->text, sizeof(s->text), "carriers %s",
		         step->u.carriers.number);
		break;
	case FLOW_RESPOND:
		snprintf(s->text, sizeof(s->text), "respond %d",
		         step->u.respond.status);
		break;
	default:
		snprintf(s->text, sizeof(s->text), "nothing");
	}
}

/* What happens first when the device dials. */
static const char *dial(struct sample *s, const char *device,
                        const char *number)
{
	const struct flow_step *step;
	struct flow_input in = { 0 };
	struct match m;

	in.snapshot = s->snapshot;
	in.caller.account = snapshot_account(s->snapshot, "demo");
	assert_non_null(in.caller.account);
	in.caller.device = account_device(in.caller.account, device);
	assert_non_null(in.caller.device);
	assert_int_equal(callflow_match(&m, in.caller.account, number, true),
	                 0);
	in.callflow = m.callflow;
	in.dialled = number;
	in.number = m.number;
	in.capture = m.capture;
	flow_destroy(&s->flow);
	assert_int_equal(flow_begin(&s->flow, &in, &step), 0);
	match_clear(&m);
	tell(s, step);
	return s->text;
}

static void every_phone_rings_every_other(void **state)
{
	static const char *const phones[] = { "101", "102", "103" };
	struct sample *s = *state;

	for (size_t i = 0; i < NELEM(phones); i++)
		for (size_t j = 0; j < NELEM(phones); j++) {
			char from[32], expected[40];

			if (i == j)
				continue;
			snprintf(from, sizeof(from), "device_%s", phones[i]);
			snprintf(expected, sizeof(expected), "dial device_%s",
			         phones[j]);
			assert_string_equal(dial(s, from, phones[j]),
			                    expected);
		}
}

static void the_user_and_the_ring_group_ring(void **state)
{
	struct sample *s = *state;

	assert_string_equal(dial(s, "device_103", "200"),
	                    "dial device_101 device_102");
	assert_string_equal(dial(s, "device_103", "600"),
	                    "dial device_101 device_102");
	assert_string_equal(dial(s, "device_101", "600"), "dial device_103");
}

static void other_numbers_go_out_or_nowhere(void **state)
{
	struct sample *s = *state;

	assert_string_equal(dial(s, "device_101", "699"), "respond 486");
	assert_string_equal(dial(s, "device_101", "12345"), "respond 404");
	assert_string_equal(dial(s, "device_101", "4155550000"),
	                    "carriers +14155550000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_phone_rings_every_other,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_user_and_the_ring_group_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(
			other_numbers_go_out_or_nowhere, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
