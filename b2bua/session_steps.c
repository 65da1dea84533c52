/* b2bua/session_steps.c - what a callflow asks for, carried out on the call. */
#include "b2bua/session_priv.h"

#include <stdlib.h>
#include <string.h>

#include "b2bua/caller.h"
#include "b2bua/carrier_leg.h"
#include "b2bua/diversion.h"
#include "b2bua/records.h"
#include "b2bua/trunks.h"
#include "b2bua/web.h"
#include "base/id.h"
#include "base/mem.h"
#include "callflow/cause.h"
#include "callflow/permit.h"

void session_leave_flow(struct session *ss)
{
	flow_destroy(&ss->flows[--ss->n_flows]);
	identity_clear(&ss->inside[ss->n_flows]);
}

static struct flow *current(struct session *ss)
{
	return ss->flows[ss->n_flows - 1];
}

/* Whose flow runs: of a number that stays inside it is its owner's. */
const struct account *session_account(struct session *ss)
{
	return flow_current(current(ss))->account;
}

const struct flow_step *session_next(struct session *ss,
                                     enum outcome_kind kind,
                                     const struct failure *why)
{
	struct flow_outcome o = { .kind = kind,
		                  .cause = why ? why->cause : NULL,
		                  .status = why ? why->status : 200 };

	if (why)
		ss->last = *why;
	return flow_resume(current(ss), &o);
}

/* id: ss->changed or ss->urgent, which it borrows. */
static struct identity identity_of(struct session *ss,
                                   struct caller_identity *id,
                                   const struct caller_wish *w)
{
	const struct account *a = session_account(ss);
	bool has_leg = !ss->within && ss->call;

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
		.needs_confirmation =
		        ss->within && forward_needs_key(&ss->to),
		.max_forwards = has_leg ? call_max_forwards(ss->call)
		                        : ss->max_forwards,
		.max_breadth = has_leg ? call_max_breadth(ss->call)
		                       : ss->max_breadth,
		.dialled = session_dialled(ss),
		.number = ss->match.number,
	};
}

static void ring(struct session *ss)
{
	const struct call_plan *plan = targets_plan(ss->targets);

	if (ss->within) {
		call_divert_dial(ss->at, plan);
		return;
	}
	if (!ss->is_heir)
		caller_tell(ss);
	call_dial(ss->call, plan);
}

/* These two set ss->targets, or return the flow's next step: there is nobody
 * to ring. */
static const struct flow_step *find_phones(struct session *ss,
                                           const struct dial_plan *d)
{
	struct caller_wish inside = { ss->within ? CALLER_ID_EXTERNAL
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
	                  session_id(ss));
	who.facts = &facts;
	ss->targets = targets_of_devices(ss->server, d, &who);
	if (ss->targets)
		return NULL;
	log_ctx_info(session_log(ss), "nobody to ring: no contact");
	step = session_next(ss, OUTCOME_ERROR, &nobody);
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
		.invite = session_invite(ss),
		.seed = session_draw(ss),
		.unix_s = session_now_s(ss),
		.log = session_log(ss),
		.watch = ss->watch,
	};
	struct failure loop = { 482, "EXCHANGE_ROUTING_ERROR" };
	const struct flow_step *step = NULL;

	in.caller.account = c->inside;
	if (ss->n_flows == MAX_NESTED || ss->n_stays++ == MAX_STAYS ||
	    flow_begin(&ss->flows[ss->n_flows], &in, &step) < 0)
		return session_next(ss, OUTCOME_FAILED, &loop);
	log_ctx_info(session_log(ss), "%s stays inside: account %s",
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
	       allowance_send_out(ss->server, session_account(ss), c->number,
	                          lease);
}

static bool denies(const char *number, void *arg)
{
	struct session *ss = arg;

	return permit_denies_number(session_account(ss), ss->caller.device,
	                            number);
}

/* For cid_rules of carriers; owned by the caller. */
static char *number_of_caller(const struct session *ss)
{
	bool honors = ss->server->conf->carriers.honors_diversions;
	char *user = honors ? diversion_user(ss->identity.headers) : NULL;

	if (user || !ss->changed.number)
		return user;
	return xstrdup(ss->changed.number);
}

static const struct flow_step *find_carriers(struct session *ss,
                                             const struct carrier_request *rq)
{
	struct caller_wish outside = { rq->caller_id_kind, true, false };
	struct caller_wish urgent = { CALLER_ID_EMERGENCY, true, true };
	struct identity who, in_emergency;
	struct call_facts facts;
	struct trunk_request q = {
		.snapshot = ss->snapshot,
		.account = session_account(ss),
		.number = rq->number,
		.skips_e164 = rq->skips_e164,
		.is_local = rq->is_local,
		.hunt_account = rq->hunt_account,
		.flags = rq->flags,
		.n_flags = rq->n_flags,
		.facts = &facts,
		.forces_outbound = rq->forces_outbound,
		.shortdial = shortdial_of(ss->server->conf),
		.denies = denies,
		.denies_arg = ss,
		.seed = session_draw(ss),
		.bar = ss->server->trunks ? trunks_bar : NULL,
		.bar_arg = ss->server->trunks,
	};
	struct failure no_route = { 404, "NO_ROUTE_DESTINATION" };
	struct failure barred = { 503, "OUTGOING_CALL_BARRED" };
	struct allowance_lease lease = { 0 };
	struct failure none_fit = { 503, "NORMAL_TEMPORARY_FAILURE" };
	const struct flow_step *step = NULL;
	char *caller_number;
	struct trunk_choice c;
	bool are_unfit; /* those that would have taken it */

	targets_free(&ss->targets);
	who = identity_of(ss, &ss->changed, &outside);
	in_emergency = identity_of(ss, &ss->urgent, &urgent);
	who.emergency = &in_emergency;
	q.caller_number = caller_number = number_of_caller(ss);
	carrier_leg_facts(&facts, ss->server, &ss->caller, &who, rq,
	                  session_id(ss));
	who.facts = in_emergency.facts = &facts;
	trunk_choose(&c, &q);
	free(caller_number);
	are_unfit = c.n_passed_over > 0;
	if (c.inside)
		step = stay_inside(ss, &c);
	else if (!may_send_out(ss, rq, &c, &lease))
		step = session_next(ss, OUTCOME_FAILED, &barred);
	else
		ss->targets = targets_of_carriers(&c, rq, &who);
	if (ss->targets) {
		if (ss->server->trunks)
			targets_by_service_route(ss->targets,
			                         ss->server->trunks);
		targets_lease(ss->targets, &lease);
	} else if (!step) {
		allowance_return(&lease);
		log_ctx_info(session_log(ss), "no carrier takes %s%s",
		             rq->number, are_unfit ? " at present" : "");
		step = session_next(ss, OUTCOME_FAILED,
		                 are_unfit ? &none_fit : &no_route);
	}
	trunk_choice_clear(&c);
	return step;
}

const struct flow_step *session_plan(struct session *ss,
                                     const struct flow_step *step)
{
	return step->kind == FLOW_DIAL ? find_phones(ss, &step->u.dial)
	                               : find_carriers(ss, &step->u.carriers);
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

int session_hangup_status(const struct session *ss, const char *cause)
{
	if (cause)
		return status_of_cause(cause);
	return ss->last.status ? presentable(ss->last.status) : 480;
}

/* The flow hangs up: with its cause, else with the last dial's failure. */
static void hang_up(struct session *ss, const char *cause)
{
	int status = session_hangup_status(ss, cause);
	const struct call_attempt *why = NULL;
	struct buf lines = { 0 };

	if (ss->within) {
		call_divert_fail(ss->at, status,
		                 q850_of_cause(cause ? cause
		                                     : ss->last.cause));
		return;
	}
	if (call_is_answered(ss->call)) {
		if (cause || !ss->last.status)
			call_hangup(ss->call, CALL_BY_SERVER, cause);
		else /* the BYE says so */
			call_respond(ss->call, status,
			             phrase_of_status(status), NULL);
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

const struct flow_step *session_pop(struct session *ss, const char *cause)
{
	struct failure why = ss->last;

	if (cause)
		why = (struct failure){ status_of_cause(cause), cause };
	session_leave_flow(ss);
	return session_next(ss, OUTCOME_FAILED, &why);
}

/* Carries one step out; the next one, or NULL: it comes later, or the call
 * is over. */
static const struct flow_step *carry_out(struct session *ss,
                                         const struct flow_step *step)
{
	const struct flow_step *next;
	int status;

	switch (step->kind) {
	case FLOW_DIAL:
	case FLOW_CARRIERS:
		next = session_plan(ss, step);
		if (ss->targets)
			ring(ss);
		return next;
	case FLOW_WAIT:
		session_wait(ss, &step->u.wait);
		return NULL;
	case FLOW_CHANGE:
		session_change(ss, &step->u.change);
		return NULL;
	case FLOW_LAMP:
		session_lamp(ss, &step->u.lamp);
		return session_next(ss, OUTCOME_DONE, NULL);
	case FLOW_FETCH:
		return session_fetch(ss, &step->u.request)
		               ? NULL
		               : session_next(ss, OUTCOME_DONE, NULL);
	case FLOW_NOTIFY:
		web_notify(ss->server->web, &step->u.request, "webhook",
		           call_log(ss->call));
		return session_next(ss, OUTCOME_DONE, NULL);
	case FLOW_RESPOND:
		status = step->u.respond.status;
		if (ss->within) {
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
			return session_pop(ss, step->u.cause);
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

void session_fetched(struct session *ss, const char *text, size_t len,
                     const char *type)
{
	struct flow_outcome o = { .kind = OUTCOME_FETCHED, .text = text,
		                  .len = len, .type = type };

	session_run(ss, flow_resume(current(ss), &o));
}

const struct flow_invite *session_invite(const struct session *ss)
{
	while (ss->within)
		ss = ss->within;
	return &ss->invite;
}

void session_go_on(struct session *ss)
{
	session_run(ss, session_next(ss, OUTCOME_DONE, NULL));
}

void session_give_up(struct session *ss)
{
	struct failure why = { 500, NULL }; /* an error, not a failure */
	const struct flow_step *step = session_next(ss, OUTCOME_ERROR, &why);

	ss->last.cause = "NORMAL_TEMPORARY_FAILURE"; /* for the record */
	session_run(ss, step);
}

/* The callee has hung up, the caller has not: what the flow wants then.
 * Kazoo: after a jump, the jumper's child.  Of a number that stayed inside,
 * its flow is done and the one that sent the call there may go on. */
const struct flow_step *session_next_after_bridge(struct session *ss)
{
	const struct flow_step *step;

	ss->last = (struct failure){ 0, NULL };
	step = session_next(ss, OUTCOME_ANSWERED, NULL);
	while (step->kind == FLOW_END && ss->n_flows > 1) {
		session_leave_flow(ss);
		step = session_next(ss, OUTCOME_ANSWERED, NULL);
	}
	return step;
}

void session_after_bridge(struct session *ss)
{
	const struct flow_step *step = session_next_after_bridge(ss);

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
	session_run(ss, session_next(ss, OUTCOME_FAILED, &why));
}
