/* callflow/flow.c - the executor: walks the tree of actions. */
#include "callflow/flow.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "callflow/cause.h"
#include "callflow/data.h"
#include "callflow/module.h"
#include "callflow/permit.h"
#include "callflow/watch.h"

/* An empty action is none: Kazoo writes {} where nothing follows. */
const struct cJSON *flow_child(const struct flow *f, const char *key)
{
	const struct cJSON *children = data_any(f->at.action, "children");
	const struct cJSON *c = data_any(children, key);

	return cJSON_IsObject(c) && c->child ? c : NULL;
}

static const struct cJSON *action_data(const struct flow *f)
{
	return data_any(f->at.action, "data");
}

static void clear_step(struct flow *f)
{
	f->targets.n = 0;
	free(f->dials);
	f->dials = NULL;
	words_clear(&f->words);
	memset(&f->step, 0, sizeof(f->step));
}

static const struct flow_step *final(struct flow *f, enum flow_kind kind)
{
	clear_step(f);
	f->step.kind = kind;
	f->step.module = f->module ? f->module->name : "-";
	f->is_done = true;
	return &f->step;
}

static void unknown_module(struct flow *f, const char *name)
{
	struct buf key = { 0 };

	buf_fmt(&key, "module %s", name);
	flow_warn(f, buf_text(&key),
	          "module '%s' is not supported: going on with its child '_'",
	          name);
	buf_free(&key);
}

/* Runs the action at f->at. */
static enum move launch(struct flow *f)
{
	const struct cJSON *data = action_data(f);
	const char *name;
	bool is_skipped;

	clear_step(f);
	f->module = NULL;
	f->passes = 0;
	if (!cJSON_IsObject(f->at.action) || !f->at.action->child)
		return MOVE_STOP;
	is_skipped = data_bool(f, data, "skip_module", false);
	flow_saw_action(f, is_skipped);
	if (is_skipped)
		return MOVE_NEXT;
	name = data_string(f, f->at.action, "module");
	f->module = name ? module_find(name) : NULL;
	if (!f->module) {
		unknown_module(f, name ? name : "");
		return MOVE_NEXT;
	}
	log_ctx_debug(f->in.log, "callflow %s: %s", f->at.callflow->id, name);
	return f->module->run(f, data);
}

static enum move next(struct flow *f, const char *key)
{
	const struct cJSON *c = flow_child(f, key);

	f->at.action = c ? c : flow_child(f, "_");
	if (f->at.action)
		flow_saw(f, WATCH_CHILD, NULL, c ? key : "_");
	return f->at.action ? launch(f) : MOVE_STOP;
}

/* A jump is a subroutine call: what it runs comes back to the jumper's child
 * `_` when it stops and the caller is still there. */
static enum move jump(struct flow *f)
{
	const struct cJSON *rest = flow_child(f, "_");

	f->jumps++;
	if (rest)
		f->stack[f->depth++] = (struct place){ f->at.callflow, rest,
		                                      f->at.text };
	f->at = f->jump;
	flow_saw(f, WATCH_JUMP, NULL, f->at.callflow->id);
	return launch(f);
}

static enum move pop(struct flow *f)
{
	f->at = f->stack[--f->depth];
	flow_saw(f, WATCH_RETURN, NULL, f->at.callflow->id);
	return launch(f);
}

/* Kazoo wraps the flow: the account's preflow jumps to it in the end. */
static void begin_with_preflow(struct flow *f)
{
	const struct callflow *first = f->account->preflow;

	if (!first || first == f->at.callflow)
		return;
	f->jumps++;
	f->stack[f->depth++] = f->at;
	f->at = (struct place){ first, first->flow, NULL };
	flow_saw(f, WATCH_JUMP, NULL, first->id);
}

static bool is_barred(struct flow *f)
{
	struct flow_input in = f->in;
	const char *class;

	in.callflow = f->at.callflow;
	class = permit_denied(f->account, f->in.caller.device, &in);
	if (!class)
		return false;
	flow_saw(f, WATCH_DENIED, NULL, class);
	log_ctx_info(f->in.log, "device %s may not call %s: %s",
	             f->in.caller.device->id, f->in.dialled, class);
	return true;
}

static const struct flow_step *barred(struct flow *f)
{
	final(f, FLOW_HANGUP);
	f->step.u.cause = "OUTGOING_CALL_BARRED";
	return &f->step;
}

static bool is_final(enum flow_kind kind)
{
	return kind == FLOW_RESPOND || kind == FLOW_HANGUP || kind == FLOW_END;
}

/* Goes on until there is something for the owner to do.  A loop, not a
 * recursion: trees may be hundreds of actions deep. */
static const struct flow_step *go(struct flow *f, enum move m)
{
	for (;;) {
		switch (m) {
		case MOVE_STEP:
			f->step.module = f->module->name;
			f->is_done = is_final(f->step.kind);
			return &f->step;
		case MOVE_NEXT:
			m = next(f, "_");
			break;
		case MOVE_CHILD:
			m = next(f, f->branch);
			break;
		case MOVE_JUMP:
			if (f->jumps >= FLOW_MAX_JUMPS) {
				flow_warn(f, "jumps",
				          "more than %d jumps: ends here",
				          FLOW_MAX_JUMPS);
				return final(f, FLOW_HANGUP);
			}
			m = jump(f);
			break;
		case MOVE_TRANSFER:
			if (f->jumps++ >= FLOW_MAX_JUMPS)
				return final(f, FLOW_HANGUP);
			f->depth = 0;
			f->at = f->jump;
			if (is_barred(f))
				return barred(f);
			begin_with_preflow(f);
			m = launch(f);
			break;
		case MOVE_STOP:
			if (f->depth == 0)
				return final(f, FLOW_HANGUP);
			m = pop(f);
			break;
		}
	}
}

/* Kazoo: the cause's name first, then its SIP code; then the module's say. */
static enum move failed(struct flow *f, const struct flow_outcome *o)
{
	const char *cause = o->cause;
	const struct cJSON *c;
	char code[24];

	if (!cause)
		cause = o->status ? cause_of_status(o->status) : "UNSPECIFIED";
	snprintf(code, sizeof(code), "sip:%d", o->status ? o->status : 600);
	c = flow_child(f, cause);
	if (!c)
		c = flow_child(f, code);
	if (c) {
		flow_saw(f, WATCH_CHILD, NULL, c->string);
		f->at.action = c;
		return launch(f);
	}
	clear_step(f);
	return f->module->failed ? f->module->failed(f, action_data(f))
	                         : MOVE_NEXT;
}

/* Nothing was rung: no cause to look up, and another pass would find nothing
 * either.  With a cause it was a time-out, after which ring groups ring
 * again. */
static enum move no_result(struct flow *f, const struct flow_outcome *o)
{
	clear_step(f);
	if (o->cause && f->module->failed)
		return f->module->failed(f, action_data(f));
	return MOVE_NEXT;
}

/* Who dialled a feature code is answered when it is done (Kazoo: and hears a
 * prompt); then the flow goes on. */
static enum move done(struct flow *f)
{
	bool is_feature = f->step.kind == FLOW_CHANGE ||
	                  f->step.kind == FLOW_LAMP;

	clear_step(f);
	if (!is_feature)
		return MOVE_NEXT;
	f->step.kind = FLOW_WAIT;
	f->step.u.wait.answers = true;
	return MOVE_STEP;
}

/* Kazoo: a flow that is pivoted to takes the place of the one that runs. */
static enum move fetched(struct flow *f, const struct flow_outcome *o)
{
	clear_step(f);
	return flow_take_answer(f, o) ? launch(f) : MOVE_NEXT;
}

const struct flow_step *flow_resume(struct flow *f,
                                    const struct flow_outcome *o)
{
	if (f->is_done)
		return final(f, FLOW_END);
	switch (o->kind) {
	case OUTCOME_ANSWERED:
		/* Kazoo: the caller of a jump goes on after a finished call
		 * while the caller is still there. */
		return f->depth > 0 ? go(f, MOVE_STOP) : final(f, FLOW_END);
	case OUTCOME_FAILED:
		return go(f, failed(f, o));
	case OUTCOME_ERROR:
		return go(f, no_result(f, o));
	case OUTCOME_DONE:
		return go(f, done(f));
	case OUTCOME_FETCHED:
		return go(f, fetched(f, o));
	case OUTCOME_CALLER_GONE:
		break;
	}
	return final(f, FLOW_END);
}

static const struct flow_step *enter(struct flow *f)
{
	if (is_barred(f))
		return barred(f);
	begin_with_preflow(f);
	return go(f, launch(f));
}

int flow_begin(struct flow **out, const struct flow_input *in,
               const struct flow_step **step)
{
	struct flow *f;

	if (!in->callflow)
		return -EINVAL;
	f = xzalloc(sizeof(*f));
	f->in = *in;
	f->in.snapshot = in->snapshot ? snapshot_ref(in->snapshot) : NULL;
	f->in.dialled = xstrdup(in->dialled);
	f->in.number = xstrdup(in->number);
	f->in.capture = xstrdup(in->capture);
	f->in.caller_name = xstrdup(in->caller_name);
	f->in.caller_number = xstrdup(in->caller_number);
	f->account = in->caller.account ? in->caller.account
	                                : in->callflow->account;
	/* A call that another account sent here comes from outside: what its
	 * device and that device's owner say does not hold in this account,
	 * where the same ids may be somebody else's. */
	if (in->caller.device && in->caller.device->account != f->account)
		f->in.caller.device = NULL;
	if (in->caller.user && in->caller.user->account != f->account)
		f->in.caller.user = NULL;
	f->random = in->seed;
	f->at = (struct place){ in->callflow, in->callflow->flow, NULL };
	*out = f;
	*step = enter(f);
	return 0;
}

void flow_destroy(struct flow **fp)
{
	struct flow *f = *fp;

	*fp = NULL;
	if (!f)
		return;
	clear_step(f);
	words_clear(&f->notes);
	flow_drop_texts(f);
	free(f->targets.v);
	free((char *)f->in.dialled);
	free((char *)f->in.number);
	free((char *)f->in.capture);
	free((char *)f->in.caller_name);
	free((char *)f->in.caller_number);
	call_data_clear(&f->data);
	snapshot_unref(&f->in.snapshot);
	free(f);
}

const struct callflow *flow_current(const struct flow *f)
{
	return f->at.callflow;
}

const struct call_data *flow_call_data(const struct flow *f)
{
	return &f->data;
}
