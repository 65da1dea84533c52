/* b2bua/records.c - a finished call as a call record. */
#include "b2bua/records.h"

#include <stdlib.h>

#include "base/mem.h"
#include "callflow/cause.h"

const char *record_cause(enum fork_why why, int status)
{
	switch (why) {
	case FORK_WHY_TIMEOUT:
		return "NO_ANSWER";
	case FORK_WHY_LEG_TIMEOUT:
		return "ALLOTTED_TIMEOUT";
	case FORK_WHY_PROGRESS_TIMEOUT:
		return "PROGRESS_TIMEOUT";
	case FORK_WHY_LOST:
		return "LOSE_RACE";
	case FORK_WHY_STOPPED:
		return "ORIGINATOR_CANCEL";
	case FORK_WHY_STATUS:
		break;
	}
	return status >= 200 && status < 300 ? "NORMAL_CLEARING"
	                                     : cause_of_status(status);
}

static const char *result_of(const struct call_attempt *a)
{
	if (a->refusal)
		return "refused";
	if (a->answer_ms)
		return "answered";
	if (a->is_cancelled)
		return a->why == FORK_WHY_LOST || a->why == FORK_WHY_STOPPED
		               ? "cancelled"
		               : "timeout";
	return "failed";
}

static const char *cause_of_attempt(const struct call_attempt *a)
{
	const char *told = a->refusal ? a->refusal : cause_of_q850(a->q850);

	return told ? told : record_cause(a->why, a->status);
}

/* The server's own reason; else what the network says (a Reason header with
 * a Q.850 cause); else what the status means. */
const char *record_cause_of_call(const struct call_record *r)
{
	const char *told = cause_of_q850(r->q850);

	if (r->cause)
		return r->cause;
	return told ? told : record_cause(FORK_WHY_STATUS, r->status);
}

static char *address_of(const struct hop *to)
{
	char text[ADDR_TEXT];

	if (!addr_is_set(&to->addr))
		return NULL;
	return xasprintf("%s;transport=%s", addr_ip_port(&to->addr, text),
	                 sip_transport_name(to->transport));
}

static void fill_attempt(struct cdr_attempt *out, const struct call_attempt *a)
{
	*out = (struct cdr_attempt){
		.target = a->name,
		.kind = a->kind,
		.uri = a->uri,
		.address = address_of(&a->hop),
		.call_id = a->call_id,
		.start_ms = a->start_ms,
		.ring_ms = a->ring_ms,
		.answer_ms = a->answer_ms,
		.end_ms = a->end_ms,
		.status = a->status,
		.cause = cause_of_attempt(a),
		.result = result_of(a),
	};
}

static const char *id_or_null(const char *id)
{
	return *id ? id : NULL;
}

static struct cdr_transfer *transfers_of(const struct call_record *r)
{
	struct cdr_transfer *t = xcalloc(r->n_transfers, sizeof(*t));

	for (size_t i = 0; i < r->n_transfers; i++) {
		const struct call_transfer *from = &r->transfers[i];

		t[i] = (struct cdr_transfer){ from->kind,
			                      from->by,
			                      from->to,
			                      id_or_null(from->call),
			                      from->at_ms,
			                      from->status };
	}
	return t;
}

void record_write(struct server *s, const struct call_record *r,
                  const struct record_context *ctx)
{
	static const char *const by[] = { "caller", "callee", "server" };
	const struct flow_caller *who = ctx->caller;
	const struct account *acc = who->account;
	char source[ADDR_TEXT];
	struct cdr_attempt *a = xcalloc(r->n_attempts, sizeof(*a));
	struct cdr_transfer *t = transfers_of(r);
	struct cdr c = {
		.id = r->id,
		.account_id = acc ? acc->id : NULL,
		.realm = acc ? acc->realm : NULL,
		.direction = who->device ? "internal" : "inbound",
		.caller_kind = who->device ? "device" : "carrier",
		.caller_id = who->device ? who->device->id : who->resource->id,
		.caller_call_id = r->caller_call_id,
		.caller_source = addr_ip_port(&r->source, source),
		.from_user = r->from_user,
		.from_name = r->from_name,
		.dialled = r->dialled,
		.number = ctx->number,
		.callflow_id = ctx->callflow_id,
		.attempts = a,
		.n_attempts = r->n_attempts,
		.transfers = t,
		.n_transfers = r->n_transfers,
		.origin = id_or_null(r->origin),
		.start_ms = r->start_ms,
		.ring_ms = r->ring_ms,
		.answer_ms = r->answer_ms,
		.end_ms = r->end_ms,
		.status = r->status,
		.hung_up_by = by[r->ended_by],
	};

	c.cause = record_cause_of_call(r);
	for (size_t i = 0; i < r->n_attempts; i++)
		fill_attempt(&a[i], &r->attempts[i]);
	if (s->cdr)
		cdr_write(s->cdr, &c);
	for (size_t i = 0; i < r->n_attempts; i++)
		free((char *)a[i].address);
	free(t);
	free(a);
}
