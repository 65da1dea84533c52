/* Random trees of actions, played with random outcomes: every run comes to
 * an end, and the sanitizers see to the rest.  B2BUA_SEED picks a run. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "callflow/play.h"

#define TREES 3000
#define MAX_STEPS 1000000

struct dice {
	uint64_t state;
};

static unsigned roll(struct dice *d, size_t sides)
{
	d->state = d->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((d->state >> 33) % sides);
}

#define PICK(d, list) ((list)[roll((d), NELEM(list))])

/* Values of every type, right and wrong. */
static const char *const values[] = {
	"null", "true", "false", "0", "1", "-1", "3", "20", "1e300", "-1e300",
	"0.5", "'7'", "'x'", "''", "'true'", "[]", "{}", "[1]", "[null]",
	"'bob1'", "'sub'", "'sales'", "'single'", "'weighted_random'",
	"'simultaneous'", "'USER_BUSY,NO_ANSWER'", "['!USER_BUSY', 4]",
	"['bob1', 'alice', 'sales', 'loop', 7, {}, null]",
	"[{'id': 'bob1', 'delay': 3}, {'id': 'loop', 'weight': 'x'}]",
	("[{'id': 'bob1', 'timeout': -4, 'disable_until': 1e20},"
	 " {'id': 5, 'endpoint_type': 6}]"),
	"{'static': ['a', 5], 'dynamic': 3}", "{'X-A': 'b'}", "66269664000",
};
static const char *const keys[] = {
	"id", "timeout", "delay", "strategy", "dial_strategy", "can_call_self",
	"suppress_clid", "static_invite", "custom_sip_headers",
	"fail_on_single_reject", "ignore_forward", "repeats", "ringback",
	"endpoints", "skip_module", "to_did", "use_local_resources",
	"hunt_account_id", "do_not_normalize", "bypass_e164",
	"ignore_early_media", "outbound_flags", "dynamic_flags", "code",
	"message", "media", "weight", "caller_id_name", "caller_id",
	"caller_id_name_prefix", "apply_to", "action", "regex",
	"use_absolute_mode", "variable", "scope", "hunt", "hunt_allow",
	"value", "channel", "custom_application_vars", "mode", "user_id",
	"duration", "unit", "callflow_id", "presence_id", "status",
	"voice_url", "uri", "method", "http_verb",
	"req_timeout_ms", "custom_data", "retries", "format",
	"target", "leg", "captures",
};
static const char *const modules[] = {
	"'device'", "'user'", "'group'", "'ring_group'", "'resources'",
	"'offnet'", "'callflow'", "'response'", "'hangup'", "'noop'",
	"'device'", "'user'", "'group'", "'ring_group'", "'resources'",
	"'voicemail'", "'x'", "''", "5", "null", "{}",
	"'set_cid'", "'prepend_cid'", "'check_cid'", "'branch_variable'",
	"'branch_bnumber'", "'set_variable'", "'set_variables'",
	"'set_alert_info'", "'privacy'", "'sleep'", "'wait_for_hangup'",
	"'do_not_disturb'", "'call_forward'", "'call_waiting'",
	"'ring_group_toggle'", "'manual_presence'",
	"'pivot'", "'webhook'",
	"'answer'", "'dead_air'", "'transfer'",
};
static const char *const ids[] = { "bob1", "alice", "sales", "loop", "sub",
	                           "desk2", "self", "none", "off1" };
static const char *const children[] = { "_", "_", "_", "USER_BUSY",
	                                "NO_ANSWER", "sip:486", "sip:600",
	                                "" };

static void write_action(struct buf *b, struct dice *d, int depth)
{
	unsigned n = roll(d, 6);

	if (roll(d, 20) == 0) {
		buf_str(b, PICK(d, values)); /* not an action at all */
		return;
	}
	buf_fmt(b, "{'module': %s", PICK(d, modules));
	if (roll(d, 10) == 0)
		buf_fmt(b, ", 'data': %s", PICK(d, values));
	else {
		buf_fmt(b, ", 'data': {'id': '%s'", PICK(d, ids));
		if (roll(d, 2))
			buf_str(b, ", 'endpoints': ['bob1', 'alice', 'loop',"
			           " 'sales', 'desk1']");
		for (unsigned i = 0; i < n; i++)
			buf_fmt(b, ", '%s': %s", PICK(d, keys),
			        PICK(d, values));
		buf_char(b, '}');
	}
	if (roll(d, 15) == 0)
		buf_fmt(b, ", 'children': %s", PICK(d, values));
	else if (depth > 0) {
		buf_str(b, ", 'children': {");
		for (unsigned i = 0, m = 1 + roll(d, 3); i < m; i++) {
			buf_fmt(b, "%s'%s': ", i ? ", " : "",
			        PICK(d, children));
			write_action(b, d, depth - 1);
		}
		buf_char(b, '}');
	}
	buf_char(b, '}');
}

static void check_plan(const struct dial_plan *plan)
{
	assert_true(plan->n_targets > 0);
	assert_true(plan->timeout_ms >= 0);
	for (size_t i = 0; i < plan->n_targets; i++) {
		assert_non_null(plan->targets[i].device);
		assert_true(device_is_usable(plan->targets[i].device));
		assert_true(plan->targets[i].delay_ms >= 0);
		assert_true(plan->targets[i].timeout_ms >= 0);
	}
	for (size_t i = 0; i < plan->reject.n_causes; i++)
		assert_true(*plan->reject.causes[i]);
}

static void check_step(const struct flow_step *s)
{
	switch (s->kind) {
	case FLOW_DIAL:
		check_plan(&s->u.dial);
		break;
	case FLOW_CARRIERS:
		assert_non_null(s->u.carriers.number);
		for (size_t i = 0; i < s->u.carriers.n_flags; i++)
			assert_true(*s->u.carriers.flags[i]);
		break;
	case FLOW_FETCH:
		assert_in_range(s->u.request.timeout_ms, 1, 5000);
		assert_true(*s->u.request.url);
		break;
	case FLOW_NOTIFY:
		assert_in_range(s->u.request.retries, 0, 4);
		assert_true(*s->u.request.url);
		break;
	case FLOW_WAIT:
		assert_in_range(s->u.wait.ms + 1, 0, FLOW_WAIT_MAX_MS + 1);
		break;
	case FLOW_CHANGE:
		assert_non_null(s->u.change.account);
		assert_non_null(s->u.change.id);
		break;
	case FLOW_LAMP:
		assert_true(*s->u.lamp.name);
		break;
	case FLOW_RESPOND:
		assert_in_range(s->u.respond.status, 300, 699);
		break;
	case FLOW_HANGUP:
	case FLOW_END:
		break;
	}
}

static void play_outcome(struct play *p, struct dice *d)
{
	switch (roll(d, 12)) {
	case 0:
		play_answered(p);
		break;
	case 1:
	case 2:
		play_error(p);
		break;
	case 3:
		if (roll(d, 20) == 0)
			play_gone(p);
		else
			play_failed(p, NULL, (int)roll(d, 700));
		break;
	case 4:
	case 5:
		play_failed(p, "NO_ANSWER", 0);
		break;
	default:
		play_failed(p, "USER_BUSY", 486);
	}
}

static bool goes_on(const struct flow_step *s)
{
	return s->kind != FLOW_RESPOND && s->kind != FLOW_HANGUP &&
	       s->kind != FLOW_END;
}

static void play_tree(struct play *p, struct dice *d, const char *tree)
{
	unsigned steps = 0;

	play_raw(p, tree);
	while (goes_on(p->step)) {
		check_step(p->step);
		assert_true(++steps < MAX_STEPS);
		if (p->step->kind == FLOW_FETCH && roll(d, 2))
			play_fetched(p, NULL, tree);
		else if (p->step->kind == FLOW_FETCH ||
		         p->step->kind == FLOW_NOTIFY ||
		         p->step->kind == FLOW_WAIT ||
		         p->step->kind == FLOW_LAMP ||
		         (p->step->kind == FLOW_CHANGE && roll(d, 2)))
			play_done(p);
		else
			play_outcome(p, d);
	}
	check_step(p->step);
	assert_string_equal(play_failed(p, "USER_BUSY", 486), "end");
}

static void furnish(struct play *p)
{
	play_put(p, "accounts/office/groups/sales.json",
	         "{'id': 'sales', 'name': 's', 'endpoints': {'alice':"
	         " {'type': 'user', 'delay': 4}, 'desk1': {}}}");
	play_put(p, "accounts/office/groups/loop.json",
	         "{'id': 'loop', 'name': 'l', 'endpoints': {'loop':"
	         " {'type': 'group', 'delay': 4}, 'sales': {'type': 'group',"
	         " 'timeout': 3}}, 'strategy': 'single'}");
	play_callflow(p, "sub", "{'module': 'user', 'data': {'id': 'bob'},"
	              " 'children': {'_': {'module': 'callflow', 'data':"
	              " {'id': 'self'}, 'children': {'_': {'module':"
	              " 'device', 'data': {'id': 'desk1'}}}}}}");
	play_callflow(p, "self", "{'module': 'callflow', 'data':"
	              " {'id': 'self'}, 'children': {'_': {'module':"
	              " 'device', 'data': {'id': 'desk1'}}}}");
}

static void random_trees_always_come_to_an_end(void **state)
{
	struct play *p = *state;
	const char *given = getenv("B2BUA_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : random_u64();
	struct dice d = { seed };
	struct buf tree = { 0 };

	print_message("B2BUA_SEED=0x%llx\n", (unsigned long long)seed);
	furnish(p);
	play_catch_log(p);
	for (int i = 0; i < TREES; i++) {
		buf_clear(&tree);
		write_action(&tree, &d, (int)roll(&d, 6));
		p->caller = roll(&d, 3) ? "bob1" : NULL;
		p->seed = d.state;
		play_tree(p, &d, buf_text(&tree));
	}
	buf_free(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			random_trees_always_come_to_an_end, play_setup,
			play_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
