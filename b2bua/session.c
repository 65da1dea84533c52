/* b2bua/session.c - a callflow and a call, joined. */
#include "b2bua/session_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "b2bua/identity.h"
#include "b2bua/caller.h"
#include "b2bua/carrier_leg.h"
#include "b2bua/inbound.h"
#include "b2bua/presence.h"
#include "b2bua/records.h"
#include "b2bua/targets.h"
#include "b2bua/transfer.h"
#include "b2bua/trunks.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/cause.h"
#include "callflow/match.h"

/* --- life ---------------------------------------------------------------------- */

static void leave_flow(struct session *ss)
{
	flow_destroy(&ss->flows[--ss->n_flows]);
	identity_clear(&ss->inside[ss->n_flows]);
}

void session_free(struct session *ss)
{
	struct server *s = ss->server;

	while (ss->n_flows > 0)
		leave_flow(ss);
	presence_call_over(&ss->shown);
	targets_free(&ss->targets);
	match_clear(&ss->match);
	trunk_left_inbound(&ss->trunk);
	allowance_return(&ss->allowance);
	identity_clear(&ss->identity);
	identity_clear(&ss->changed);
	identity_clear(&ss->urgent);
	snapshot_unref(&ss->snapshot);
	if (ss->id[0]) {
		HASH_DELETE(hh, s->sessions, ss);
		s->n_sessions--;
	}
	OBJ_KILL(ss);
	free(ss);
	if (s->is_draining && s->n_sessions == 0)
		trunks_leave(s->trunks, s->loop);
}

static void count(struct server *s, const struct call_record *r)
{
	if (r->answer_ms)
		s->counters.answered++;
	else
		s->counters.failed++;
}

static void on_over(struct call *c, const struct call_record *r, void *arg)
{
	struct session *ss = arg;
	struct record_context ctx = { .caller = &ss->caller,
		                      .number = ss->match.number };

	OBJ_CHECK(ss, SESSION_MAGIC);
	if (ss->match.callflow)
		ctx.callflow_id = ss->match.callflow->id;
	log_ctx_info(call_log(c), "over: %d, answered for %lld ms", r->status,
	             (long long)(r->answer_ms ? r->end_ms - r->answer_ms : 0));
	count(ss->server, r);
	record_write(ss->server, r, &ctx);
	call_destroy(&ss->call);
	ss->is_over = true;
	session_free(ss);
}

/* --- steps: what the flow asks for ------------------------------------------------ */

static struct flow *current(struct session *ss)
{
	return ss->flows[ss->n_flows - 1];
}

/* Whose flow runs: of a number that stays inside it is its owner's. */
static const struct account *account_of(struct session *ss)
{
	return flow_current(current(ss))->account;
}

/* What the flow wants after an outcome. */
static const struct flow_step *next_step(struct session *ss,
                                         enum outcome_kind kind,
                                         const struct failure *why)
{
	struct flow_outcome o = { kind, why ? why->cause : NULL,
		                  why ? why->status : 200 };

	if (why)
		ss->last = *why;
	return flow_resume(current(ss), &o);
}

/* id: ss->changed or ss->urgent, which it borrows. */
static struct identity identity_of(struct session *ss,
                                   struct caller_identity *id,
                                   const struct caller_wish *w)
{
	const struct call_record *r = call_record(ss->call);
	const struct account *a = account_of(ss);

	caller_make(id, ss, w);
	return (struct identity){
		.name = id->name,
		.user = id->user,
		.host = identity_host(id, a->realm),
		.realm = a->realm,
		.caller = id,
		.account = a->id,
		.device = ss->caller.device,
		.came = &ss->identity,
		.needs_confirmation = ss->at && forward_needs_key(&ss->to),
		.max_forwards = ss->at ? ss->max_forwards
		                       : call_max_forwards(ss->call),
		.max_breadth = ss->at ? ss->max_breadth
		                      : call_max_breadth(ss->call),
		.dialled = ss->at ? ss->to.number : r->dialled,
		.number = ss->match.number,
	};
}

static void ring(struct session *ss)
{
	const struct call_plan *plan = targets_plan(ss->targets);

	if (ss->at) {
		call_divert_dial(ss->at, plan);
		return;
	}
	if (!ss->is_heir)
		caller_tell(ss);
	call_dial(ss->call, plan);
}

/* Each of these returns the flow's next step when it is done at once, and
 * NULL when the outcome comes later. */
static const struct flow_step *dial(struct session *ss,
                                    const struct dial_plan *d)
{
	struct caller_wish inside = { ss->at ? CALLER_ID_EXTERNAL
		                             : CALLER_ID_INTERNAL,
		                      false, false };
	struct identity who;
	struct failure nobody = { 480, NULL }; /* no cause: an error, not a
	                                          failure (Kazoo) */
	const struct carrier_request none = { .number = ss->match.number };
	const struct flow_step *step;
	struct call_facts facts;

	targets_free(&ss->targets);
	who = identity_of(ss, &ss->changed, &inside);
	carrier_leg_facts(&facts, ss->server, &ss->caller, &who, &none,
	                  call_id(ss->call));
	who.facts = &facts;
	ss->targets = targets_of_devices(ss->server, d, &who);
	if (ss->targets) {
		ring(ss);
		return NULL;
	}
	log_ctx_info(call_log(ss->call), "nobody to ring: no contact");
	step = next_step(ss, OUTCOME_ERROR, &nobody);
	ss->last.cause = "USER_NOT_REGISTERED"; /* for the record */
	return step;
}

/* The number belongs to an account here: its callflow, as a call from
 * outside (Kazoo: "local extension"). */
static const struct flow_step *stay_inside(struct session *ss,
                                           const struct trunk_choice *c)
{
	struct flow_input in = {
		.snapshot = ss->snapshot,
		.caller = ss->caller,
		.callflow = c->inside_flow,
		.dialled = c->number,
		.number = c->number,
		.zone = ss->server->conf->carriers.zone,
		.caller_name = ss->changed.name,
		.caller_number = ss->changed.number,
		.seed = random_u64(),
		.unix_s = loop_unix_s(ss->server->loop),
		.log = call_log(ss->call),
	};
	struct failure loop = { 482, "EXCHANGE_ROUTING_ERROR" };
	const struct flow_step *step = NULL;

	in.caller.account = c->inside;
	if (ss->n_flows == MAX_NESTED || ss->n_stays++ == MAX_STAYS ||
	    flow_begin(&ss->flows[ss->n_flows], &in, &step) < 0)
		return next_step(ss, OUTCOME_FAILED, &loop);
	log_ctx_info(call_log(ss->call), "%s stays inside: account %s",
	             c->number, c->inside->id);
	identity_copy(&ss->inside[ss->n_flows++], &ss->changed);
	return step;
}

static struct shortdial shortdial_of(const struct config *c)
{
	return (struct shortdial){ c->carriers.shortdial_min,
		                   c->carriers.shortdial_max,
		                   c->carriers.shortdial_fixed };
}

/* An account's own carriers take none of its trunks. */
static bool may_send_out(struct session *ss, const struct carrier_request *rq,
                         const struct trunk_choice *c,
                         struct allowance_lease *lease)
{
	return rq->is_local || c->n_attempts == 0 ||
	       allowance_send_out(ss->server, account_of(ss), c->number,
	                          lease);
}

static const struct flow_step *send_out(struct session *ss,
                                        const struct carrier_request *rq)
{
	struct caller_wish outside = { rq->caller_id_kind, true, false };
	struct caller_wish urgent = { CALLER_ID_EMERGENCY, true, true };
	struct identity who, in_emergency;
	struct call_facts facts;
	struct trunk_request q = {
		.snapshot = ss->snapshot,
		.account = account_of(ss),
		.number = rq->number,
		.skips_e164 = rq->skips_e164,
		.is_local = rq->is_local,
		.hunt_account = rq->hunt_account,
		.flags = rq->flags,
		.n_flags = rq->n_flags,
		.facts = &facts,
		.forces_outbound = rq->forces_outbound,
		.shortdial = shortdial_of(ss->server->conf),
		.seed = random_u64(),
		.bar = trunks_bar,
		.bar_arg = ss->server->trunks,
	};
	struct failure no_route = { 404, "NO_ROUTE_DESTINATION" };
	struct failure barred = { 503, "OUTGOING_CALL_BARRED" };
	struct allowance_lease lease = { 0 };
	struct failure none_fit = { 503, "NORMAL_TEMPORARY_FAILURE" };
	const struct flow_step *step = NULL;
	struct trunk_choice c;
	bool are_unfit; /* those that would have taken it */

	targets_free(&ss->targets);
	who = identity_of(ss, &ss->changed, &outside);
	in_emergency = identity_of(ss, &ss->urgent, &urgent);
	who.emergency = &in_emergency;
	q.caller_number = ss->changed.number;
	carrier_leg_facts(&facts, ss->server, &ss->caller, &who, rq,
	                  call_id(ss->call));
	who.facts = in_emergency.facts = &facts;
	trunk_choose(&c, &q);
	are_unfit = c.n_passed_over > 0;
	if (c.inside)
		step = stay_inside(ss, &c);
	else if (!may_send_out(ss, rq, &c, &lease))
		step = next_step(ss, OUTCOME_FAILED, &barred);
	else
		ss->targets = targets_of_carriers(&c, rq, &who);
	if (ss->targets) {
		targets_lease(ss->targets, &lease);
		ring(ss);
	} else if (!step) {
		allowance_return(&lease);
		log_ctx_info(call_log(ss->call), "no carrier takes %s%s",
		             rq->number, are_unfit ? " at present" : "");
		step = next_step(ss, OUTCOME_FAILED,
		                 are_unfit ? &none_fit : &no_route);
	}
	trunk_choice_clear(&c);
	return step;
}

/* A status that may be shown to the caller: what a carrier asked of us is
 * not the caller's business. */
static int presentable(int status)
{
	if (status == 401 || status == 407)
		return 403;
	if (status < 400)
		return 480;
	return status;
}

/* The flow hangs up: with its cause, else with the last dial's failure. */
static void hang_up(struct session *ss, const char *cause)
{
	int status = cause                ? status_of_cause(cause)
	             : ss->last.status    ? presentable(ss->last.status)
	                                  : 480;
	const struct call_attempt *why = NULL;
	struct buf lines = { 0 };

	if (ss->at) {
		call_divert_fail(ss->at, status,
		                 q850_of_cause(cause ? cause
		                                     : ss->last.cause));
		return;
	}
	if (call_is_answered(ss->call)) {
		call_hangup(ss->call, CALL_BY_SERVER, cause);
		return;
	}
	call_set_cause(ss->call, cause ? cause : ss->last.cause);
	if (!cause)
		why = call_failure(ss->call, ss->last.status);
	if (why)
		buf_fmt(&lines, "Reason: %s\r\n", why->reason);
	if (status == 503)
		buf_str(&lines, "Retry-After: 5\r\n");
	call_respond(ss->call, status, phrase_of_status(status), lines.p);
	buf_free(&lines);
}

/* A flow that was reached through a number that stays inside has ended: the
 * one that sent the call there goes on. */
static const struct flow_step *pop(struct session *ss, const char *cause)
{
	struct failure why = ss->last;

	if (cause)
		why = (struct failure){ status_of_cause(cause), cause };
	leave_flow(ss);
	return next_step(ss, OUTCOME_FAILED, &why);
}

/* Carries one step out; the next one, or NULL: it comes later, or the call
 * is over. */
static const struct flow_step *carry_out(struct session *ss,
                                         const struct flow_step *step)
{
	int status;

	switch (step->kind) {
	case FLOW_DIAL:
		return dial(ss, &step->u.dial);
	case FLOW_CARRIERS:
		return send_out(ss, &step->u.carriers);
	case FLOW_RESPOND:
		status = step->u.respond.status;
		if (ss->at) {
			call_divert_fail(ss->at, status, 0);
			return NULL;
		}
		call_respond(ss->call, status,
		             step->u.respond.reason ? step->u.respond.reason
		                                    : phrase_of_status(status),
		             NULL);
		return NULL;
	case FLOW_HANGUP:
		if (ss->n_flows > 1)
			return pop(ss, step->u.cause);
		hang_up(ss, step->u.cause);
		return NULL;
	case FLOW_END:
		break;
	}
	hang_up(ss, NULL);
	return NULL;
}

void session_run(struct session *ss, const struct flow_step *step)
{
	while (step)
		step = carry_out(ss, step);
}

/* The callee has hung up, the caller has not: what the flow wants then.
 * Kazoo: after a jump, the jumper's child.  Of a number that stayed inside,
 * its flow is done and the one that sent the call there may go on. */
static void after_bridge(struct session *ss)
{
	const struct flow_step *step = next_step(ss, OUTCOME_ANSWERED, NULL);

	while (step->kind == FLOW_END && ss->n_flows > 1) {
		leave_flow(ss);
		step = next_step(ss, OUTCOME_ANSWERED, NULL);
	}
	if (step->kind == FLOW_END || step->kind == FLOW_HANGUP)
		call_hangup(ss->call, CALL_BY_CALLEE, NULL);
	else
		session_run(ss, step);
}

/* As FreeSWITCH and so Kazoo: what the network says of a failure goes before
 * what its status means. */
static const char *cause_of_failure(const struct call *c,
                                    const struct call_outcome *o)
{
	const struct call_attempt *a = o->why == FORK_WHY_STATUS
	                                       ? call_failure(c, o->status)
	                                       : NULL;
	const char *told = a ? cause_of_q850(a->q850) : NULL;

	return told ? told : record_cause(o->why, o->status);
}

void session_dial_failed(struct session *ss, const struct call_outcome *o)
{
	struct failure why = { o->status, cause_of_failure(ss->call, o) };

	targets_free(&ss->targets);
	session_run(ss, next_step(ss, OUTCOME_FAILED, &why));
}

static void on_dialled(struct call *c, const struct call_outcome *o, void *arg)
{
	struct session *ss = arg;

	OBJ_CHECK(ss, SESSION_MAGIC);
	if (ss->n_flows == 0) { /* it took another call's place */
		call_hangup(c, CALL_BY_CALLEE, NULL);
	} else if (o->kind == CALL_BRIDGED) {
		targets_free(&ss->targets);
		after_bridge(ss);
	} else {
		session_dial_failed(ss, o);
	}
}

static int may_transfer(struct call *c, int by, const struct refer *r,
                        void *arg)
{
	struct session *ss = arg;

	OBJ_CHECK(ss, SESSION_MAGIC);
	return transfer_permit(ss->server, c, by, r);
}

static void on_transfer(struct call *c, int by, const struct refer *r,
                        void *arg)
{
	struct session *ss = arg;

	OBJ_CHECK(ss, SESSION_MAGIC);
	transfer_run(ss->server, c, by, r);
}

static void on_changed(struct call *c, size_t i, void *arg)
{
	struct session *ss = arg;
	struct presence_context ctx = { .record = call_record(c),
		                        .caller = &ss->caller,
		                        .identity = &ss->identity };

	OBJ_CHECK(ss, SESSION_MAGIC);
	ctx.account = ss->n_flows ? account_of(ss) : ss->caller.account;
	presence_call_changed(ss->server->presence, &ss->shown, &ctx, i);
}

static const char *on_admit(struct call *c, const struct call_branch *b,
                            void **lease, void *arg)
{
	struct session *ss = arg;

	(void)c;
	OBJ_CHECK(ss, SESSION_MAGIC);
	return b->owner ? trunks_admit(ss->server->trunks, b->owner, lease)
	                : NULL;
}

static void on_left(struct call *c, const struct call_attempt *at,
                    void *lease, void *arg)
{
	(void)c;
	(void)arg;
	trunk_left(lease, at);
}

static const struct call_ops call_ops = { .changed = on_changed,
	                                  .dialled = on_dialled,
	                                  .admit = on_admit,
	                                  .left = on_left,
	                                  .divert = divert_begin,
	                                  .diverted = divert_next,
	                                  .undivert = divert_end,
	                                  .may_transfer = may_transfer,
	                                  .transfer = on_transfer,
	                                  .over = on_over };

/* --- start ------------------------------------------------------------------------ */

int session_begin_flow(struct session *ss, const char *dialled,
                       const struct flow_step **step)
{
	struct flow_input in = {
		.snapshot = ss->snapshot,
		.caller = ss->caller,
		.callflow = ss->match.callflow,
		.dialled = dialled,
		.number = ss->match.number,
		.capture = ss->match.capture,
		.zone = ss->server->conf->carriers.zone,
		.caller_name = ss->identity.name,
		.caller_number = ss->identity.number,
		.seed = random_u64(),
		.unix_s = loop_unix_s(ss->server->loop),
		.log = call_log(ss->call),
	};
	int rc = flow_begin(&ss->flows[0], &in, step);

	if (rc == 0)
		ss->n_flows = 1;
	return rc;
}

static void begin(struct session *ss)
{
	const struct flow_step *step = NULL;

	if (session_begin_flow(ss, call_record(ss->call)->dialled, &step) < 0)
		call_respond(ss->call, 500, phrase_of_status(500), NULL);
	else
		session_run(ss, step);
}

static void log_start(const struct session *ss)
{
	const struct call_record *r = call_record(ss->call);
	char source[ADDR_TEXT];

	log_ctx_info(call_log(ss->call),
	             "%s %s at %s dials %s: account %s, callflow %s",
	             ss->caller.device ? "device" : "carrier",
	             ss->caller.device ? ss->caller.device->id
	                               : ss->caller.resource->id,
	             addr_ip_port(&r->source, source), r->dialled,
	             ss->caller.account->id,
	             ss->match.callflow ? ss->match.callflow->id : "none");
}

struct session *session_new(struct server *s, const struct flow_caller *who)
{
	struct session *ss = xzalloc(sizeof(*ss));

	OBJ_INIT(ss, SESSION_MAGIC);
	ss->server = s;
	ss->snapshot = snapshot_ref(s->snapshot);
	ss->caller = *who;
	return ss;
}

/* It has its call: from here on it counts. */
static void session_enter(struct session *ss)
{
	struct server *s = ss->server;

	strcpy(ss->id, call_id(ss->call));
	HASH_ADD_STR(s->sessions, id, ss);
	s->n_sessions++;
	s->counters.calls++;
	log_start(ss);
}

static void set_caller(struct session *ss)
{
	const struct flow_caller *who = &ss->caller;

	if (who->device)
		call_set_party(ss->call, CALLER, who->device->account->id,
		               who->device->id, true, true);
	else
		call_set_party(ss->call, CALLER, who->account->id,
		               who->resource->id, false,
		               who->resource->allows_transfer);
}

void session_start(struct server *s, struct request *rq,
                   const struct flow_caller *who)
{
	struct session *ss = session_new(s, who);

	if (inbound_match(&ss->match, &ss->caller, s, rq) < 0) {
		log_info("no callflow for %s", request_user(rq));
		request_reply(rq, 404, "Not Found", NULL);
		session_free(ss);
		return;
	}
	if (ss->caller.gateway &&
	    !trunks_admit_inbound(s->trunks, ss->caller.gateway, &ss->trunk)) {
		log_info("gateway %s has as many calls as it may",
		         ss->caller.gateway->name);
		s->counters.refused++;
		request_reply(rq, 503, "Too Many Calls", NULL);
		session_free(ss);
		return;
	}
	if (!allowance_admit(s, &ss->caller, request_user(rq),
	                     &ss->allowance)) {
		s->counters.refused++;
		request_reply(rq, 486, "Busy Here", NULL); /* Kazoo */
		session_free(ss);
		return;
	}
	identity_read(&ss->identity, rq, &ss->caller);
	if (call_create(&ss->call, &s->call_conf, rq, &call_ops, ss) < 0) {
		session_free(ss); /* rq is answered */
		return;
	}
	call_lend(ss->call, CALLER, ss->trunk);
	ss->trunk = NULL; /* it is its leg's */
	set_caller(ss);
	session_enter(ss);
	on_changed(ss->call, CALL_CALLER, ss);
	begin(ss);
}

void session_start_heir(struct server *s, const struct flow_caller *who,
                        struct call *from, int by, const char *number,
                        const char *headers)
{
	struct session *ss = session_new(s, who);
	const struct call_record *r;

	if (callflow_match(&ss->match, who->account, number,
	                   who->device != NULL) < 0) {
		log_ctx_info(call_log(from), "no callflow for %s", number);
		session_free(ss);
		call_transfer_failed(from, 404);
		return;
	}
	call_create_heir(&ss->call, from, by, number, &call_ops, ss);
	r = call_record(ss->call);
	identity_shown(&ss->identity, r->from_name, r->from_user, headers);
	ss->keeps_caller = ss->is_heir = true;
	session_enter(ss);
	begin(ss);
}

void session_start_replacing(struct server *s, struct request *rq,
                             const struct flow_caller *who, struct call *c,
                             int at)
{
	struct session *ss = session_new(s, who);

	if (call_create(&ss->call, &s->call_conf, rq, &call_ops, ss) < 0) {
		session_free(ss); /* rq is answered */
		return;
	}
	set_caller(ss);
	session_enter(ss);
	call_replace(ss->call, c, at);
}

/* --- listings and the end ------------------------------------------------------------ */

void sessions_end(struct server *s)
{
	while (s->sessions) /* the end of one may be that of another: a
	                       transfer's */
		call_hangup(s->sessions->call, CALL_BY_SERVER,
		            "NETWORK_OUT_OF_ORDER");
}

void sessions_each(const struct server *s, session_fn *fn, void *arg)
{
	struct session *ss, *next;

	HASH_ITER (hh, s->sessions, ss, next)
		fn(ss, arg);
}

struct session *session_find(const struct server *s, const char *call_id)
{
	struct session *ss;

	HASH_FIND_STR(s->sessions, call_id, ss);
	return ss;
}

void session_hangup(struct session *ss)
{
	call_hangup(ss->call, CALL_BY_SERVER, "NORMAL_CLEARING");
}

const struct call *session_call(const struct session *ss)
{
	return ss->call;
}

const struct flow_caller *session_caller(const struct session *ss)
{
	return &ss->caller;
}

const char *session_state(const struct session *ss)
{
	return call_is_answered(ss->call) ? "up" : "ringing";
}

const char *session_callee(const struct session *ss)
{
	const struct call_record *r = call_record(ss->call);

	for (size_t i = 0; r->answer_ms && i < r->n_attempts; i++)
		if (r->attempts[i].answer_ms && !r->attempts[i].end_ms)
			return r->attempts[i].name;
	return "";
}
