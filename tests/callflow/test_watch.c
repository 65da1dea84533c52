/* What a flow tells whoever watches it. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/util.h"
#include "callflow/watch.h"
#include "support/documents.h"

struct watched {
	struct documents *docs;    /* owned */
	struct snapshot *snapshot; /* owned */
	struct flow *flow;         /* owned */
	const struct flow_step *step;
	struct flow_watch watch;
	struct buf seen; /* a line an event */
};

static void note(const struct flow_seen *what, void *arg)
{
	static const char *const names[] = {
		[WATCH_ACTION] = "action", [WATCH_CHILD] = "child",
		[WATCH_JUMP] = "jump",     [WATCH_RETURN] = "return",
		[WATCH_DENIED] = "denied", [WATCH_LEFT_OUT] = "left out",
		[WATCH_NOTE] = "note",
	};
	struct watched *w = arg;

	buf_fmt(&w->seen, "%s/%zu %s", what->callflow, what->depth,
	        names[what->event]);
	if (what->event == WATCH_ACTION)
		buf_fmt(&w->seen, " %s%s%s %s", what->module,
		        what->is_known ? "" : "?",
		        what->is_skipped ? "!" : "", what->data);
	if (what->id)
		buf_fmt(&w->seen, " %s", what->id);
	if (what->text)
		buf_fmt(&w->seen, " %s", what->text);
	buf_char(&w->seen, '\n');
}

static void begin(struct watched *w, const char *callflow)
{
	const struct account *a;
	struct flow_input in = { .dialled = "1", .number = "1" };

	flow_destroy(&w->flow);
	buf_clear(&w->seen);
	w->watch = (struct flow_watch){ note, w };
	if (!w->snapshot)
		w->snapshot = documents_load(w->docs);
	a = snapshot_account(w->snapshot, "a");
	in.snapshot = w->snapshot;
	in.caller.account = a;
	in.caller.device = account_device(a, "me");
	in.callflow = account_callflow(a, callflow);
	in.watch = &w->watch;
	assert_int_equal(flow_begin(&w->flow, &in, &w->step), 0);
}

static int set_up(void **state)
{
	struct watched *w = xzalloc(sizeof(*w));

	w->docs = documents_create();
	documents_put(w->docs, "accounts/a/account.json",
	              "{'name':'a','realm':'a.test'}");
	documents_put(w->docs, "accounts/a/devices/me.json",
	              "{'name':'me','sip':{'username':'me','password':"
	              "'secret'},'call_restriction':{'international':"
	              "{'action':'deny'}}}");
	documents_put(w->docs, "accounts/a/devices/dnd.json",
	              "{'name':'dnd','sip':{'username':'dnd','password':"
	              "'secret'},'do_not_disturb':{'enabled':true}}");
	documents_put(w->docs, "accounts/a/devices/ok.json",
	              "{'name':'ok','sip':{'username':'ok','password':"
	              "'secret'}}");
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct watched *w = *state;

	flow_destroy(&w->flow);
	snapshot_unref(&w->snapshot);
	documents_destroy(&w->docs);
	buf_free(&w->seen);
	free(w);
	return 0;
}

static void put(struct watched *w, const char *id, const char *flow)
{
	char *path = xasprintf("accounts/a/callflows/%s.json", id);

	documents_putf(w->docs, path, "{'numbers':['x%s'],'flow':%s}", id,
	               flow);
	free(path);
}

static void each_action_jump_and_child_is_told(void **state)
{
	struct watched *w = *state;
	struct flow_outcome busy = { .kind = OUTCOME_FAILED,
		                     .cause = "USER_BUSY",
		                     .status = 486 };

	put(w, "one",
	    "{'module':'callflow','data':{'id':'two'},'children':{'_':"
	    "{'module':'noop','data':{'skip_module':true},'children':{'_':"
	    "{'module':'voicemail','data':{}}}}}}");
	put(w, "two",
	    "{'module':'ring_group','data':{'endpoints':['dnd','ok']},"
	    "'children':{'sip:486':{'module':'device','data':{'id':'dnd'}}}}");
	begin(w, "one");
	assert_int_equal(w->step->kind, FLOW_DIAL);
	w->step = flow_resume(w->flow, &busy);
	assert_int_equal(w->step->kind, FLOW_HANGUP);
	assert_string_equal(
	        buf_text(&w->seen),
	        "one/0 action callflow {\"id\":\"two\"}\n"
	        "two/1 jump two\n"
	        "two/1 action ring_group {\"endpoints\":[\"dnd\",\"ok\"]}\n"
	        "two/1 left out dnd do not disturb\n"
	        "two/1 child sip:486\n"
	        "two/1 action device {\"id\":\"dnd\"}\n"
	        "two/1 left out dnd do not disturb\n"
	        "one/0 return one\n"
	        "one/0 action noop! {\"skip_module\":true}\n"
	        "one/0 child _\n"
	        "one/0 action voicemail? {}\n"
	        "one/0 note module 'voicemail' is not supported: going on "
	        "with its child '_'\n");
}

static void what_is_denied_is_told(void **state)
{
	struct watched *w = *state;
	const struct account *a;
	struct flow_input in = { .dialled = "+442071234567",
		                 .number = "+442071234567" };

	put(w, "one", "{'module':'hangup','data':{}}");
	begin(w, "one");
	buf_clear(&w->seen);
	a = snapshot_account(w->snapshot, "a");
	in.caller.account = a;
	in.caller.device = account_device(a, "me");
	in.callflow = account_callflow(a, "one");
	in.watch = &w->watch;
	flow_destroy(&w->flow);
	assert_int_equal(flow_begin(&w->flow, &in, &w->step), 0);
	assert_string_equal(buf_text(&w->seen),
	                    "one/0 denied international\n");
}

static void children_are_named_in_order_without_the_empty(void **state)
{
	struct watched *w = *state;
	const char *keys[2];

	put(w, "one",
	    "{'module':'device','data':{'id':'ok'},'children':{'B':{},'C':"
	    "{'module':'hangup','data':{}},'A':{'module':'hangup','data':{}},"
	    "'_':{'module':'hangup','data':{}}}}");
	begin(w, "one");
	assert_int_equal(flow_child_keys(w->flow, keys, 2), 3);
	assert_string_equal(keys[0], "C");
	assert_string_equal(keys[1], "A");
}

static void one_state_is_like_another_when_all_the_rest_is(void **state)
{
	struct watched *w = *state;
	struct flow_outcome busy = { .kind = OUTCOME_FAILED,
		                     .cause = "USER_BUSY",
		                     .status = 486 },
	                    gone = { .kind = OUTCOME_FAILED,
		                     .cause = "NUMBER_CHANGED",
		                     .status = 410 };
	struct buf a = { 0 }, b = { 0 }, c = { 0 };

	put(w, "ring", "{'module':'device','data':{'id':'ok'}}");
	put(w, "one",
	    "{'module':'device','data':{'id':'ok'},'children':{'USER_BUSY':"
	    "{'module':'callflow','data':{'id':'ring'}},'NUMBER_CHANGED':"
	    "{'module':'set_cid','data':{'caller_id_name':'x'},'children':"
	    "{'_':{'module':'callflow','data':{'id':'ring'}}}}}}");
	begin(w, "one");
	w->step = flow_resume(w->flow, &busy);
	flow_state(w->flow, &a);
	begin(w, "one");
	w->step = flow_resume(w->flow, &busy);
	flow_state(w->flow, &b);
	begin(w, "one");
	w->step = flow_resume(w->flow, &gone);
	assert_int_equal(w->step->kind, FLOW_DIAL);
	flow_state(w->flow, &c);
	assert_string_equal(buf_text(&a), buf_text(&b));
	assert_string_not_equal(buf_text(&a), buf_text(&c));
	buf_free(&a);
	buf_free(&b);
	buf_free(&c);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_action_jump_and_child_is_told),
		TEST(what_is_denied_is_told),
		TEST(children_are_named_in_order_without_the_empty),
		TEST(one_state_is_like_another_when_all_the_rest_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
