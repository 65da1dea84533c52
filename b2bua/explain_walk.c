/* b2bua/explain_walk.c - all that may come of a call.
 *
 * A flow cannot be taken back, but it does the same again after the same
 * outcomes: so each way through it is walked from its beginning. */
#include "b2bua/explain_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/cause.h"
#include "callflow/watch.h"

#define MAX_DATA  200 /* characters of an action's data that are told */
#define MAX_KEYS  64  /* children of an action */

enum turn_kind { TURN_ANSWERED, TURN_FAILED, TURN_NOBODY, TURN_DONE };

struct turn { /* an outcome that is tried */
	enum turn_kind kind;
	struct failure why;
	bool is_any; /* a failure that no child claims: until it rings no more */
};

struct running { /* an action that has begun, and not come back */
	const void *action;
	size_t level; /* of the flow in the session */
	size_t depth;
};

struct walk {
	struct explain *x;
	struct session *up;               /* NULL: of the call itself */
	const struct call_branch *branch; /* of up's, that is forwarded */
	uint64_t seed;                    /* of up */
	struct turn path[EXPLAIN_MAX_PATH];
	size_t n;
	struct explain_known *known; /* owned */

	/* the way that is being walked */
	struct flow_watch watch;
	struct session *ss;  /* owned */
	const struct flow_step *step;
	int refused;         /* a forward that is not followed: its status */
	bool is_nobody_there;
	unsigned passes;     /* of one action, in a row */
	struct running *running; /* owned */
	size_t n_running, cap;
	size_t n_actions;    /* told so far */
	char *again;         /* owned; where it comes back to itself */
	struct tree_facts *trail; /* NULL: it is known already */
};

/* --- what is told on the way ------------------------------------------------ */

static void tell(struct walk *w, const char *key, const char *value)
{
	if (w->trail && !w->again)
		facts_add(w->trail, key, "%s", value ? value : "");
}

/* Of several passes of a ring group what the first has said is known; one
 * phone may be named several times. */
static void tell_once(struct walk *w, const char *key, const char *value)
{
	if (w->passes < 2 && w->trail && !facts_have(w->trail, key, value))
		tell(w, key, value);
}

static size_t level_of(const struct walk *w, const struct flow *f)
{
	size_t i = 0;

	while (i < w->ss->n_flows && w->ss->flows[i] != f)
		i++;
	return i;
}

static bool is_within(const struct running *r, size_t level, size_t depth)
{
	return r->level < level || (r->level == level && r->depth <= depth);
}

/* What has come back is not running any more. */
static void drop_returned(struct walk *w, size_t level, size_t depth)
{
	while (w->n_running > 0 &&
	       !is_within(&w->running[w->n_running - 1], level, depth))
		w->n_running--;
}

static void run(struct walk *w, const struct flow_seen *what, size_t level)
{
	for (size_t i = 0; i < w->n_running && !w->again; i++)
		if (w->running[i].action == what->action)
			w->again = xasprintf("%s of callflow %s", what->module,
			                     what->callflow);
	if (w->n_running == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 16;
		w->running = xrealloc(w->running,
		                      w->cap * sizeof(*w->running));
	}
	w->running[w->n_running++] =
	        (struct running){ what->action, level, what->depth };
}

static void tell_action(struct walk *w, const struct flow_seen *what)
{
	bool is_long = strlen(what->data) > MAX_DATA;
	char *text = xasprintf("%.*s%s%s", MAX_DATA, what->data,
	                       is_long ? "..." : "",
	                       what->is_skipped ? " (skipped)" : "");

	tell(w, *what->module ? what->module : "(no module)", text);
	free(text);
}

static void tell_denied(struct walk *w, const char *class)
{
	char *text = xasprintf("%s, which %s denies", class,
	                       explain_denier(w->ss->caller.device, class));

	tell(w, "may not call", text);
	free(text);
}

static void tell_left_out(struct walk *w, const struct flow_seen *what)
{
	char *text = xasprintf("%s: %s", what->id ? what->id : "-", what->text);

	tell_once(w, "left out", text);
	free(text);
}

static void on_seen(const struct flow_seen *what, void *arg)
{
	struct walk *w = arg;
	size_t level = level_of(w, what->flow);

	drop_returned(w, level, what->depth);
	switch (what->event) {
	case WATCH_ACTION:
		run(w, what, level);
		w->n_actions++;
		tell_action(w, what);
		break;
	case WATCH_CHILD:
		tell(w, "child", what->text);
		break;
	case WATCH_JUMP:
		tell(w, "jump to callflow", what->text);
		break;
	case WATCH_RETURN:
		tell(w, "back in callflow", what->text);
		break;
	case WATCH_DENIED:
		tell_denied(w, what->text);
		break;
	case WATCH_LEFT_OUT:
		tell_left_out(w, what);
		break;
	case WATCH_NOTE:
		tell_once(w, "note:", what->text);
		break;
	}
}

/* --- one way ------------------------------------------------------------------ */

static bool is_final(const struct flow_step *step)
{
	return step->kind == FLOW_RESPOND || step->kind == FLOW_HANGUP ||
	       step->kind == FLOW_END;
}

static bool rings(const struct flow_step *step)
{
	return step->kind == FLOW_DIAL || step->kind == FLOW_CARRIERS;
}

/* Why a step that rings has found nobody. */
static void tell_why(struct walk *w, const char *number, size_t n_flows)
{
	const struct failure *last = &w->ss->last;
	char *text;

	if (w->ss->n_flows > n_flows)
		text = xasprintf("%s, as a number of account %s", number,
		                 session_account(w->ss)->id);
	else
		text = xasprintf("%s: %d %s", number, last->status,
		                 last->cause);
	tell(w, w->ss->n_flows > n_flows ? "stays inside:" : "no carrier for",
	     text);
	free(text);
}

/* Whom the step rings; or nobody: then the flow is a step further. */
static void plan(struct walk *w)
{
	struct tree_facts later = { NULL, NULL }, *trail = w->trail;
	bool is_dial = w->step->kind == FLOW_DIAL;
	char *number = is_dial ? NULL : xstrdup(w->step->u.carriers.number);
	size_t n_flows = w->ss->n_flows;
	const struct flow_step *next;

	w->trail = trail ? &later : NULL;
	next = session_plan(w->ss, w->step);
	w->trail = trail;
	if (!w->ss->targets) {
		w->step = next;
		if (is_dial)
			tell(w, "nobody to ring", "");
		else
			tell_why(w, number, n_flows);
	}
	if (trail)
		facts_move(trail, &later);
	free(number);
}

/* On to where something happens that takes its time. */
static void settle(struct walk *w)
{
	while (!w->ss->targets && w->step) {
		if (w->step->kind == FLOW_DIAL)
			explain_register(w->x, w->step);
		if (rings(w->step))
			plan(w);
		else if (w->step->kind == FLOW_HANGUP && w->ss->n_flows > 1)
			w->step = session_pop(w->ss, w->step->u.cause);
		else
			break;
	}
}

static void without_registrations(struct walk *w)
{
	struct server *s = w->x->server;
	struct registrar *all = s->registrar;

	s->registrar = w->x->nobody;
	targets_free(&w->ss->targets);
	plan(w);
	s->registrar = all;
	w->is_nobody_there = w->ss->targets != NULL;
}

static void fail(struct walk *w, const struct turn *t)
{
	size_t n;

	do {
		targets_free(&w->ss->targets);
		n = w->n_actions;
		w->passes++;
		w->step = session_next(w->ss, OUTCOME_FAILED, &t->why);
		settle(w);
	} while (t->is_any && n == w->n_actions && !is_final(w->step));
}

/* What is left to do when the callee hangs up first. */
static void answer(struct walk *w)
{
	struct tree_facts later = { NULL, NULL }, *trail = w->trail;

	targets_free(&w->ss->targets);
	w->trail = trail ? &later : NULL;
	w->step = session_next_after_bridge(w->ss);
	w->trail = trail;
	if (w->step->kind != FLOW_END && w->step->kind != FLOW_HANGUP)
		tell(w, "connected,", "and the callee hangs up first");
	if (trail)
		facts_move(trail, &later);
}

static void take(struct walk *w, const struct turn *t)
{
	w->is_nobody_there = false;
	w->passes = 0;
	switch (t->kind) {
	case TURN_NOBODY:
		without_registrations(w);
		break;
	case TURN_FAILED:
		fail(w, t);
		return;
	case TURN_ANSWERED:
		answer(w);
		break;
	case TURN_DONE:
		w->step = session_next(w->ss, OUTCOME_DONE, NULL);
		break;
	}
	settle(w);
}

static struct session *begin_call(struct walk *w)
{
	struct explain *x = w->x;
	struct session *ss = session_new(x->server, &x->who);

	w->ss = ss;
	ss->seed = 0;
	ss->unix_s = x->unix_s;
	ss->asked = x->query->number;
	ss->max_breadth = SIP_MAX_BREADTH;
	ss->watch = &w->watch;
	identity_copy(&ss->identity, &x->identity);
	if (inbound_match_known(&ss->match, &ss->caller, x->server->snapshot,
	                        x->query->number) < 0 ||
	    session_begin_flow(ss, x->query->number, &w->step) < 0)
		w->refused = 404;
	return ss;
}

static struct session *begin_forward(struct walk *w)
{
	struct session *top = w->up, *ss;
	size_t n_forwards;

	while (top->within)
		top = top->within;
	n_forwards = top->n_forwards;
	w->up->seed = w->seed;
	ss = divert_new(w->up, w->branch);
	w->ss = ss;
	ss->watch = &w->watch;
	ss->max_forwards = 70; /* the call brought enough of them */
	w->refused = divert_enter(ss, &w->step);
	top->n_forwards = n_forwards; /* the next way has as many */
	return ss;
}

static void leave(struct walk *w)
{
	session_free(w->ss);
	free(w->running);
	free(w->again);
	w->ss = NULL;
	w->running = NULL;
	w->n_running = w->cap = 0;
	w->again = NULL;
}

/* Walks the path; what the last outcome leads to goes into trail. */
static void walk(struct walk *w, struct tree_facts *trail)
{
	w->watch = (struct flow_watch){ on_seen, w };
	w->step = NULL;
	w->refused = 0;
	w->n_actions = 0;
	w->is_nobody_there = false;
	w->passes = 0;
	w->trail = w->n == 0 ? trail : NULL;
	w->ss = w->up ? begin_forward(w) : begin_call(w);
	if (w->refused)
		return;
	settle(w);
	for (size_t i = 0; i < w->n && !w->again; i++) {
		w->trail = i + 1 == w->n ? trail : NULL;
		take(w, &w->path[i]);
	}
}

/* --- what is there ------------------------------------------------------------ */

static bool is_answered(const struct walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->path[i].kind == TURN_ANSWERED)
			return true;
	return false;
}

static struct tree_node *connected(void)
{
	return tree_node(TREE_END, "connected until somebody hangs up");
}

static struct tree_node *end_of_hangup(const struct walk *w)
{
	const char *cause = w->step->u.cause;
	const struct turn *last = w->n ? &w->path[w->n - 1] : NULL;
	int status = session_hangup_status(w->ss, cause);

	if (last && last->kind == TURN_ANSWERED)
		return connected();
	if (is_answered(w))
		return tree_node(TREE_END, "hang up");
	if (!cause && last && last->is_any &&
	    w->ss->last.cause == last->why.cause)
		return tree_node(TREE_END,
		                 "fail with the status of the last failure");
	return tree_node(TREE_END, "fail with %d %s%s%s%s", status,
	                 phrase_of_status(status), cause ? " (" : "",
	                 cause ? cause : "", cause ? ")" : "");
}

static struct tree_node *end_node(const struct walk *w)
{
	const struct flow_step *step = w->step;
	const char *reason;

	if (w->refused)
		return tree_node(TREE_END, "fail with %d %s", w->refused,
		                 phrase_of_status(w->refused));
	if (step->kind == FLOW_HANGUP)
		return end_of_hangup(w);
	if (step->kind == FLOW_END)
		return connected();
	if (is_answered(w))
		return tree_node(TREE_END, "hang up");
	reason = step->u.respond.reason;
	return tree_node(TREE_END, "fail with %d %s", step->u.respond.status,
	                 reason ? reason
	                        : phrase_of_status(step->u.respond.status));
}

static void add_carriers(struct tree_node *n, const struct carrier_request *rq)
{
	struct buf flags = { 0 };

	facts_add_text(&n->facts, "number", rq->number);
	if (!rq->is_local)
		facts_add(&n->facts, "carriers", "global");
	else if (rq->hunt_account)
		facts_add(&n->facts, "carriers", "of account %s",
		          rq->hunt_account->id);
	for (size_t i = 0; i < rq->n_flags; i++)
		buf_fmt(&flags, i ? ", %s" : "%s", rq->flags[i]);
	facts_add_text(&n->facts, "flags", flags.p);
	buf_free(&flags);
}

/* Whatever it is, nothing is done. */
static struct tree_node *other_node(const struct walk *w)
{
	const struct flow *f = w->ss->flows[w->ss->n_flows - 1];
	struct tree_node *n = tree_node(TREE_DO, "%s", w->step->module);
	char *data = flow_action_data(f);

	facts_add(&n->facts, "data", "%.*s", 4000, data);
	if (w->step->kind == FLOW_WAIT && w->step->u.wait.ms < 0)
		facts_add(&n->facts, "waits", "until the caller hangs up");
	else if (w->step->kind == FLOW_WAIT)
		facts_add(&n->facts, "waits", "%d ms", w->step->u.wait.ms);
	free(data);
	return n;
}

static struct tree_node *step_node(struct walk *w)
{
	const struct flow_step *step = w->step;
	const char *id = flow_current(w->ss->flows[w->ss->n_flows - 1])->id;
	struct tree_node *n;

	if (!rings(step)) {
		n = other_node(w);
	} else {
		n = tree_node(TREE_RING, "%s: %s", step->module,
		              step->kind == FLOW_DIAL ? "ring" : "send out");
		if (step->kind == FLOW_CARRIERS)
			add_carriers(n, &step->u.carriers);
	}
	n->id = ++w->x->n_nodes;
	facts_add(&n->facts, "callflow", "%s", id);
	if (rings(step))
		explain_legs(w->x, n, w->ss, step, w->is_nobody_there);
	return n;
}

/* --- all ways ----------------------------------------------------------------- */

struct turns { /* the outcomes of a step */
	struct turn v[MAX_KEYS + 3];
	char *on[MAX_KEYS + 3]; /* owned: what they are called */
	size_t n;
};

static struct turn *add_turn(struct turns *t, enum turn_kind kind,
                             const char *on)
{
	t->on[t->n] = xstrdup(on);
	t->v[t->n] = (struct turn){ .kind = kind };
	return &t->v[t->n++];
}

/* "USER_BUSY" or "sip:486" */
static void add_cause(struct turns *t, const char *key)
{
	struct turn *turn = add_turn(t, TURN_FAILED, key);

	key = t->on[t->n - 1]; /* lives as long as the turn */
	turn->why = (struct failure){ status_of_cause(key), key };
	if (str_starts(key, "sip:"))
		turn->why = (struct failure){ atoi(key + 4), NULL };
}

static bool is_claimed(const char *const *keys, size_t n,
                       const struct failure *why)
{
	char code[24];

	snprintf(code, sizeof(code), "sip:%d", why->status);
	for (size_t i = 0; i < n; i++)
		if (str_eq(keys[i], why->cause) || str_eq(keys[i], code))
			return true;
	return false;
}

static void add_any(struct turns *t, const char *const *keys, size_t n)
{
	static const struct failure usual[] = {
		{ 480, "NO_ANSWER" },
		{ 486, "USER_BUSY" },
		{ 603, "CALL_REJECTED" },
		{ 404, "UNALLOCATED_NUMBER" },
		{ 503, "NORMAL_TEMPORARY_FAILURE" },
		{ 499, "UNSPECIFIED" },
	};
	bool has_causes = t->n > 1;
	struct turn *turn = add_turn(
	        t, TURN_FAILED, has_causes ? "any other failure" : "any failure");
	size_t i = 0;

	while (i + 1 < NELEM(usual) && is_claimed(keys, n, &usual[i]))
		i++;
	turn->why = usual[i];
	turn->is_any = true;
}

static bool depends_on_registrations(const struct dial_plan *d)
{
	for (size_t i = 0; i < d->n_targets; i++)
		if (d->targets[i].forward == FORWARD_OFF &&
		    d->targets[i].device->username)
			return true;
	return false;
}

static void find_turns(struct turns *t, const struct walk *w)
{
	const struct flow_step *step = w->step;
	const char *keys[MAX_KEYS];
	size_t n;

	t->n = 0;
	if (!rings(step)) {
		if (step->kind != FLOW_WAIT || step->u.wait.ms >= 0)
			add_turn(t, TURN_DONE, "then");
		return;
	}
	n = flow_child_keys(w->ss->flows[w->ss->n_flows - 1], keys, MAX_KEYS);
	if (n > MAX_KEYS)
		n = MAX_KEYS;
	add_turn(t, TURN_ANSWERED, "answered");
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i], "_") != 0)
			add_cause(t, keys[i]);
	add_any(t, keys, n);
	if (step->kind == FLOW_DIAL && !w->is_nobody_there &&
	    depends_on_registrations(&step->u.dial))
		add_turn(t, TURN_NOBODY, "nobody is registered");
}

static char *state_of(const struct walk *w)
{
	struct buf b = { 0 };

	buf_fmt(&b, "%d %d", w->is_nobody_there, is_answered(w));
	for (size_t i = 0; i < w->ss->n_flows; i++)
		flow_state(w->ss->flows[i], &b);
	return buf_take(&b);
}

/* What is known by this, or shall be; its id is 0 then.  state is taken. */
static struct explain_known *know(struct explain_known **known, char *state)
{
	struct explain_known *k;

	HASH_FIND_STR(*known, state, k);
	if (k) {
		free(state);
		return k;
	}
	k = xzalloc(sizeof(*k));
	k->state = state;
	HASH_ADD_KEYPTR(hh, *known, k->state, strlen(k->state), k);
	return k;
}

static void forget(struct explain_known **known)
{
	while (*known) {
		struct explain_known *k = *known;

		HASH_DELETE(hh, *known, k);
		free(k->state);
		free(k);
	}
}

static struct tree_node *see(unsigned ref)
{
	struct tree_node *n = tree_node(TREE_SEE, "(as #%u)", ref);

	n->ref = ref;
	return n;
}

static struct tree_node *node_at(struct walk *w, struct turns *turns)
{
	struct explain_known *k;

	if (w->again)
		return tree_node(TREE_AGAIN, "(again: %s)", w->again);
	if (w->refused || is_final(w->step))
		return end_node(w);
	k = know(&w->known, state_of(w));
	if (k->id)
		return see(k->id);
	if (w->x->n_nodes >= EXPLAIN_MAX_NODES || w->n == EXPLAIN_MAX_PATH)
		return tree_node(TREE_CUT, "(and so on)");
	find_turns(turns, w);
	k->id = w->x->n_nodes + 1;
	return step_node(w);
}

static void explore(struct walk *w, struct tree_edge *e);

static void explore_turn(struct walk *w, struct tree_node *n,
                         const struct turn *t, const char *on)
{
	struct tree_edge *e = tree_edge(on);

	w->path[w->n++] = *t;
	explore(w, e);
	w->n--;
	tree_join(n, e);
}

static void name_passes(struct tree_edge *e, unsigned passes)
{
	char *was = e->on;

	if (passes < 2)
		return;
	e->on = xasprintf("%s, %u times", was, passes);
	free(was);
}

static void explore(struct walk *w, struct tree_edge *e)
{
	struct turns *turns = xzalloc(sizeof(*turns));

	walk(w, &e->trail);
	if (w->n > 0 && w->path[w->n - 1].is_any)
		name_passes(e, w->passes);
	e->to = node_at(w, turns);
	leave(w);
	for (size_t i = 0; i < turns->n; i++) {
		explore_turn(w, e->to, &turns->v[i], turns->on[i]);
		free(turns->on[i]);
	}
	free(turns);
}

static struct tree_edge *explore_all(struct walk *w, const char *on)
{
	struct tree_edge *e = tree_edge(on);

	explore(w, e);
	forget(&w->known);
	return e;
}

void explain_walk(struct explain *x)
{
	struct walk *w = xzalloc(sizeof(*w));

	w->x = x;
	x->tree.root = explore_all(w, "");
	free(w);
	forget(&x->forwards);
}

/* All that a forward depends on: who forwards what, all the way up, and who is
 * shown to call. */
static char *state_of_forward(const struct session *up,
                              const struct call_branch *b)
{
	const struct dial_target *t = b->divert;
	const struct caller_identity *id = &up->changed;
	struct buf s = { 0 };

	buf_fmt(&s, "%p %p %s\n%s\n%s\n%s\n%s\n", (const void *)t->device,
	        (const void *)t->user, t->to.number, session_dialled(up),
	        id->name, id->user, id->number);
	buf_fmt(&s, "%s\n%s\n%s\n%d %d\n%s\n", id->asserted_name,
	        id->asserted_user, id->asserted_host, id->is_private,
	        id->asks_privacy, id->headers);
	for (; up; up = up->within)
		buf_fmt(&s, "%p %p %s %d\n", (const void *)up->caller.device,
		        (const void *)up->caller.user, session_dialled(up),
		        up->keeps_caller);
	return buf_take(&s);
}

struct tree_edge *explain_forward(struct explain *x, struct session *up,
                                  const struct call_branch *b)
{
	struct explain_known *k = know(&x->forwards, state_of_forward(up, b));
	struct tree_edge *e;
	struct walk *w;

	if (k->id) {
		e = tree_edge("forwarded");
		e->to = see(k->id);
		return e;
	}
	w = xzalloc(sizeof(*w));
	w->x = x;
	w->up = up;
	w->branch = b;
	w->seed = up->seed;
	e = explore_all(w, "forwarded");
	free(w);
	k->id = e->to->id; /* 0: it comes to nothing, which is soon told */
	return e;
}
