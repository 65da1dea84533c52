/* b2bua/session.c - a callflow and a call, joined. */
#include "b2bua/session_priv.h"

#include <stdlib.h>
#include <string.h>

#include "b2bua/changes.h"
#include "b2bua/identity.h"
#include "b2bua/inbound.h"
#include "b2bua/invite_names.h"
#include "b2bua/leg_media.h"
#include "b2bua/presence.h"
#include "b2bua/records.h"
#include "b2bua/targets.h"
#include "b2bua/transfer.h"
#include "b2bua/trunks.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/mem.h"
#include "callflow/cause.h"
#include "callflow/match.h"
#include "http/http.h"

/* --- life ---------------------------------------------------------------------- */

void session_free(struct session *ss)
{
	struct server *s = ss->server;

	timer_stop(loop_timers(s->loop), &ss->rest);
	changes_forget(&ss->change);
	http_cancel(&ss->fetch);
	while (ss->n_flows > 0)
		session_leave_flow(ss);
	presence_call_over(&ss->shown);
	targets_free(&ss->targets);
	match_clear(&ss->match);
	trunk_left_inbound(&ss->trunk);
	allowance_return(&ss->allowance);
	identity_clear(&ss->identity);
	identity_clear(&ss->changed);
	identity_clear(&ss->urgent);
	invite_names_clear(&ss->invite);
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
	session_tell_record(ss, r);
	call_destroy(&ss->call);
	ss->is_over = true;
	session_free(ss);
}

/* --- what the call tells ------------------------------------------------------- */

static void on_dialled(struct call *c, const struct call_outcome *o, void *arg)
{
	struct session *ss = arg;

	OBJ_CHECK(ss, SESSION_MAGIC);
	if (ss->n_flows == 0) { /* it took another call's place */
		call_hangup(c, CALL_BY_CALLEE, NULL);
	} else if (o->kind == CALL_BRIDGED) {
		targets_free(&ss->targets);
		session_after_bridge(ss);
	} else {
		session_dial_failed(ss, o);
	}
}

static void on_answered(struct call *c, void *arg)
{
	struct session *ss = arg;

	(void)c;
	OBJ_CHECK(ss, SESSION_MAGIC);
	session_was_answered(ss);
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
	ctx.account = ss->n_flows ? session_account(ss) : ss->caller.account;
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
	                                  .answered = on_answered,
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
		.invite = session_invite(ss),
		.seed = session_draw(ss),
		.unix_s = session_now_s(ss),
		.log = session_log(ss),
		.watch = ss->watch,
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
	ss->seed = random_u64();
	ss->max_forwards = -1;
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
	if (who->device ? leg_media_may_bypass(who->device)
	                : who->gateway &&
	                          leg_media_gateway_may_bypass(who->gateway))
		call_let_bypass(ss->call);
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
	invite_names_read(&ss->invite, rq);
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

/* --- what it is asked -------------------------------------------------------------- */

const struct log_ctx *session_log(const struct session *ss)
{
	return ss->call ? call_log(ss->call) : NULL;
}

const char *session_dialled(const struct session *ss)
{
	if (ss->within)
		return ss->to.number;
	return ss->call ? call_record(ss->call)->dialled : ss->asked;
}

const char *session_id(const struct session *ss)
{
	return ss->call ? call_id(ss->call) : "";
}

int64_t session_now_s(const struct session *ss)
{
	return ss->unix_s ? ss->unix_s : loop_unix_s(ss->server->loop);
}

uint64_t session_draw(struct session *ss) /* splitmix64 */
{
	uint64_t z = ss->seed += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
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
