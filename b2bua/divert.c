/* b2bua/divert.c - calls that are forwarded: the number runs through the
 * callflows of the account of who forwards, as if he had dialled it (Kazoo's
 * loopback leg); whoever that rings is one branch of the call. */
#include "b2bua/caller.h"

#include "base/mem.h"
#include "base/strutil.h"

#define LOOP_DETECTED 482 /* EXCHANGE_ROUTING_ERROR */

static struct session *outermost(struct session *ss)
{
	while (ss->within)
		ss = ss->within;
	return ss;
}

/* Does the one who forwards here forward already above? */
static bool is_loop(const struct session *ss)
{
	for (const struct session *up = ss->within; up; up = up->within)
		if (up->within && up->caller.device == ss->caller.device &&
		    up->caller.user == ss->caller.user)
			return true;
	return false;
}

static size_t depth_of(const struct session *ss)
{
	size_t n = 0;

	for (; ss->within; ss = ss->within)
		n++;
	return n;
}

struct session *divert_new(struct session *up, const struct call_branch *b)
{
	const struct dial_target *t = b->divert;
	struct flow_caller who = { .device = t->device, .user = t->user };
	struct session *ss;

	who.account = t->device ? t->device->account : t->user->account;
	ss = session_new(up->server, &who);
	snapshot_unref(&ss->snapshot); /* the call's own */
	ss->snapshot = snapshot_ref(up->snapshot);
	ss->call = up->call;
	ss->seed = session_draw(up);
	ss->unix_s = up->unix_s;
	ss->watch = up->watch;
	ss->within = up;
	ss->to = t->to;
	ss->max_forwards = b->invite.max_forwards - 1;
	ss->max_breadth = b->invite.max_breadth;
	caller_forwarded(ss, &up->changed);
	outermost(ss)->n_forwards++;
	return ss;
}

void *divert_begin(struct call *c, struct attempt *at,
                   const struct call_branch *b, void *within, void *arg)
{
	struct session *ss = divert_new(within ? within : arg, b);

	(void)c;
	ss->at = at;
	return ss;
}

/* Why it may not be followed; 0: it may. */
static int refusal(struct session *ss)
{
	if (is_loop(ss) || depth_of(ss) > MAX_DIVERTED ||
	    outermost(ss)->n_forwards > MAX_FORWARDS)
		return LOOP_DETECTED;
	return ss->max_forwards <= 0 ? 483 : 0;
}

static const char *who_forwards(const struct session *ss)
{
	return ss->caller.device ? ss->caller.device->id : ss->caller.user->id;
}

int divert_enter(struct session *ss, const struct flow_step **step)
{
	int status = refusal(ss);

	if (status == 0 &&
	    (callflow_match(&ss->match, ss->caller.account, ss->to.number,
	                    true) < 0 ||
	     session_begin_flow(ss, ss->to.number, step) < 0))
		status = 404;
	return status;
}

static void begin(struct session *ss)
{
	const struct log_ctx *log = call_log(ss->call);
	const struct flow_step *step = NULL;
	int status = divert_enter(ss, &step);

	if (status) {
		log_ctx_info(log, "%s forwards to %s: %s", who_forwards(ss),
		             ss->to.number,
		             status == 404 ? "no callflow for it"
		                           : "too many forwards");
		call_divert_fail(ss->at, status, 0);
		return;
	}
	log_ctx_info(log, "%s forwards to %s: callflow %s", who_forwards(ss),
	             ss->to.number, ss->match.callflow->id);
	session_run(ss, step);
}

void divert_next(struct call *c, void *diversion,
                 const struct call_outcome *o, void *arg)
{
	struct session *ss = diversion;

	(void)c;
	(void)arg;
	OBJ_CHECK(ss, SESSION_MAGIC);
	if (o)
		session_dial_failed(ss, o);
	else
		begin(ss);
}

void divert_end(struct call *c, void *diversion, void *arg)
{
	struct session *ss = diversion;

	(void)c;
	(void)arg;
	OBJ_CHECK(ss, SESSION_MAGIC);
	session_free(ss);
}
