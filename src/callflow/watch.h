/* callflow/watch.h - what a flow goes through between its steps, for whoever
 * wants to see it (b2bua -t --explain).  A flow that nobody watches pays one
 * comparison an action. */
#ifndef B2BUA_CALLFLOW_WATCH_H
#define B2BUA_CALLFLOW_WATCH_H

#include "callflow/flow.h"

enum watch_event {
	WATCH_ACTION,   /* an action begins: module, data, is_known */
	WATCH_CHILD,    /* on to the child `text` */
	WATCH_JUMP,     /* to the callflow `text`; depth: with what returns */
	WATCH_RETURN,   /* from one */
	WATCH_DENIED,   /* numbers of the class `text` may not be dialled */
	WATCH_LEFT_OUT, /* the phone or person `id` does not ring: `text` says why */
	WATCH_NOTE      /* `text`: what the log would say */
};

struct flow_seen { /* valid while it is told */
	enum watch_event event;
	const struct flow *flow;
	const char *callflow;  /* id of the one that runs */
	const void *action;    /* tells one action from another */
	size_t depth;          /* jumps that have still to return */
	const char *module;    /* "" when it names none */
	const char *data;      /* JSON */
	bool is_known, is_skipped;
	const char *id, *text;
};

typedef void flow_watch_fn(const struct flow_seen *what, void *arg);
struct flow_watch {
	flow_watch_fn *fn;
	void *arg;
};

/* The names of the present action's children that are not empty, in the
 * document's order: how many; at most max are written. */
size_t flow_child_keys(const struct flow *f, const char **out, size_t max);
/* Adds what all that is still to come depends on: two flows of one call that
 * write the same will do the same, but for how often they may still jump. */
void flow_state(const struct flow *f, struct buf *out);
/* The present action's `data` as JSON; owned by the caller. */
char *flow_action_data(const struct flow *f);
/* ... and what tells it from others. */
const void *flow_action(const struct flow *f);

/* For this folder. */
void flow_saw_action(const struct flow *f, bool is_skipped);
void flow_saw(const struct flow *f, enum watch_event event, const char *id,
              const char *text);

#endif
