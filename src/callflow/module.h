/* callflow/module.h - what the executor and the modules know of each other.
 * For this folder only.
 *
 * A module is a row of a const table: its verb reads the action's data and
 * either leaves a step for the owner in f->step or says where to go on. */
#ifndef B2BUA_CALLFLOW_MODULE_H
#define B2BUA_CALLFLOW_MODULE_H

#include "callflow/flow.h"
#include "directory/flow_text.h"

#define FLOW_MAX_JUMPS   50  /* as Kazoo: its max_branch_count */
#define FLOW_MAX_PASSES  100 /* of one ring group, whatever `repeats` says */
#define FLOW_MAX_TARGETS 500 /* of one dial */
#define FLOW_MAX_PIVOTS  20  /* of one run; Kazoo has no limit */
#define FLOW_MAX_NOTES   256 /* different warnings of one run */

enum move {
	MOVE_STEP, /* f->step is for the owner */
	MOVE_NEXT, /* go on with the child `_` */
	MOVE_CHILD, /* go on with the child f->branch, else with `_` */
	MOVE_JUMP, /* run f->jump; come back to the child `_` */
	MOVE_TRANSFER, /* begin with f->jump: nothing comes back from there */
	MOVE_STOP  /* this flow is over: back to the last jump, if any */
};

struct flow_module {
	const char *name; /* the action's "module" */
	enum move (*run)(struct flow *f, const struct cJSON *data);
	/* A dial of it failed and no child claims the cause; NULL: `_`. */
	enum move (*failed)(struct flow *f, const struct cJSON *data);
};

const struct flow_module *module_find(const char *name);

struct place { /* an action of a callflow */
	const struct callflow *callflow;
	const struct cJSON *action; /* NULL: nothing there */
	const struct flow_text *text; /* that holds it; NULL: the callflow */
};

struct target { /* a dial target that is still being gathered */
	struct dial_target dial;
	int weight;
};

struct targets {
	struct target *v; /* owned */
	size_t n, cap;
};

struct words { /* strings that live as long as the step */
	char **v; /* owned, and each of them */
	size_t n, cap;
};

struct flow {
	struct flow_input in; /* its strings owned, its snapshot referenced */
	const struct account *account; /* where ids are looked up */
	struct place at;
	struct place stack[FLOW_MAX_JUMPS]; /* where jumps come back to */
	size_t depth;
	unsigned jumps;
	struct place jump;                /* for MOVE_JUMP */
	const char *branch;               /* for MOVE_CHILD; borrowed */
	struct call_data data;            /* what modules changed */
	const struct flow_module *module; /* whose outcome is awaited */
	struct flow_text *texts[FLOW_MAX_PIVOTS]; /* owned; that actions to
	                                             come may be in */
	size_t n_texts;
	unsigned pivots;                  /* asked so far */
	unsigned passes;                  /* that the action has dialled */
	bool is_done;
	uint64_t random;                  /* state of flow_random() */
	struct words notes;               /* warnings given already */

	/* the step and what it points at */
	struct flow_step step;
	struct targets targets;
	struct dial_target *dials; /* owned */
	struct words words;
};

void words_add(struct words *w, const char *s, size_t len);
bool words_has(const struct words *w, const char *s);
void words_clear(struct words *w); /* empties and releases */

/* Logs a warning, or an info line, unless this run gave it already: `key`
 * names it. */
void flow_warn(struct flow *f, const char *key, const char *fmt, ...)
	printf_like(3, 4);
void flow_note(struct flow *f, const char *key, const char *fmt, ...)
	printf_like(3, 4);

/* The child of that name; NULL when there is none or it is empty. */
const struct cJSON *flow_child(const struct flow *f, const char *key);
/* MOVE_CHILD with that key. */
enum move flow_branch(struct flow *f, const char *key);
/* The call's number from here on, and the callflow to jump to: MOVE_JUMP.  It
 * takes what m owns. */
struct match;
enum move flow_jump_to(struct flow *f, struct match *m);
/* The caller id as it came, or as a module replaced it; "" when unknown. */
const char *flow_caller_number(const struct flow *f);
const char *flow_caller_name(const struct flow *f);
/* Whose call it is: the calling device's owner, or whom a module named. */
const struct user *flow_owner(const struct flow *f);

/* The next number of the run's own sequence: the same seed gives the same. */
uint64_t flow_random(struct flow *f);

/* answer.c: the flow that a server sent becomes the one that runs.  False:
 * it is none, and the log has why. */
bool flow_take_answer(struct flow *f, const struct flow_outcome *o);
void flow_drop_texts(struct flow *f);

/* The verbs of the table. */
enum move module_answer(struct flow *f, const struct cJSON *data);
enum move module_branch_bnumber(struct flow *f, const struct cJSON *data);
enum move module_branch_variable(struct flow *f, const struct cJSON *data);
enum move module_call_forward(struct flow *f, const struct cJSON *data);
enum move module_call_waiting(struct flow *f, const struct cJSON *data);
enum move module_callflow(struct flow *f, const struct cJSON *data);
enum move module_check_cid(struct flow *f, const struct cJSON *data);
enum move module_dead_air(struct flow *f, const struct cJSON *data);
enum move module_device(struct flow *f, const struct cJSON *data);
enum move module_do_not_disturb(struct flow *f, const struct cJSON *data);
enum move module_group(struct flow *f, const struct cJSON *data);
enum move module_group_failed(struct flow *f, const struct cJSON *data);
enum move module_hangup(struct flow *f, const struct cJSON *data);
enum move module_manual_presence(struct flow *f, const struct cJSON *data);
enum move module_noop(struct flow *f, const struct cJSON *data);
enum move module_offnet(struct flow *f, const struct cJSON *data);
enum move module_pivot(struct flow *f, const struct cJSON *data);
enum move module_prepend_cid(struct flow *f, const struct cJSON *data);
enum move module_privacy(struct flow *f, const struct cJSON *data);
enum move module_resources(struct flow *f, const struct cJSON *data);
enum move module_response(struct flow *f, const struct cJSON *data);
enum move module_ring_group(struct flow *f, const struct cJSON *data);
enum move module_ring_group_failed(struct flow *f, const struct cJSON *data);
enum move module_ring_group_toggle(struct flow *f, const struct cJSON *data);
enum move module_set_alert_info(struct flow *f, const struct cJSON *data);
enum move module_set_cid(struct flow *f, const struct cJSON *data);
enum move module_set_variable(struct flow *f, const struct cJSON *data);
enum move module_set_variables(struct flow *f, const struct cJSON *data);
enum move module_sleep(struct flow *f, const struct cJSON *data);
enum move module_transfer(struct flow *f, const struct cJSON *data);
enum move module_user(struct flow *f, const struct cJSON *data);
enum move module_wait_for_hangup(struct flow *f, const struct cJSON *data);
enum move module_webhook(struct flow *f, const struct cJSON *data);

#endif
