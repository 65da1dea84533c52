/* admin/cdr.c - a call record as one JSON line. */
#include "admin/cdr.h"

#include "base/json.h"

static void when(struct buf *out, const char *key, int64_t ms)
{
	if (ms > 0)
		json_int(out, key, ms);
	else
		json_str(out, key, NULL);
}

static void code(struct buf *out, int status)
{
	if (status > 0)
		json_int(out, "status", status);
	else
		json_str(out, "status", NULL);
}

/* From one event to another; 0 when either never came to be, and never
 * negative: the wall clock may be set back during a call. */
static int64_t between(int64_t from_ms, int64_t to_ms)
{
	return from_ms > 0 && to_ms > from_ms ? to_ms - from_ms : 0;
}

static void attempt(struct buf *out, const struct cdr_attempt *a)
{
	json_open(out, NULL, '{');
	json_str(out, "target", a->target);
	json_str(out, "kind", a->kind);
	json_str(out, "uri", a->uri);
	json_str(out, "address", a->address);
	json_str(out, "call_id", a->call_id);
	when(out, "start_ms", a->start_ms);
	when(out, "ring_ms", a->ring_ms);
	when(out, "answer_ms", a->answer_ms);
	when(out, "end_ms", a->end_ms);
	code(out, a->status);
	json_str(out, "cause", a->cause);
	json_str(out, "result", a->result);
	json_close(out, '}');
}

static void transfer(struct buf *out, const struct cdr_transfer *t)
{
	json_open(out, NULL, '{');
	json_str(out, "kind", t->kind);
	json_str(out, "by", t->by);
	json_str(out, "to", t->to);
	json_str(out, "call", t->call);
	when(out, "at_ms", t->at_ms);
	code(out, t->status);
	json_close(out, '}');
}

static void who_and_where(struct buf *out, const struct cdr *c)
{
	json_str(out, "id", c->id);
	json_str(out, "account_id", c->account_id);
	json_str(out, "realm", c->realm);
	json_str(out, "direction", c->direction);
	json_str(out, "caller_kind", c->caller_kind);
	json_str(out, "caller_id", c->caller_id);
	json_str(out, "caller_call_id", c->caller_call_id);
	json_str(out, "caller_source", c->caller_source);
	json_str(out, "from_user", c->from_user);
	json_str(out, "from_name", c->from_name);
	json_str(out, "dialled", c->dialled);
	json_str(out, "number", c->number);
	json_str(out, "callflow_id", c->callflow_id);
}

void cdr_format(struct buf *out, const struct cdr *c)
{
	json_open(out, NULL, '{');
	who_and_where(out, c);
	when(out, "start_ms", c->start_ms);
	when(out, "ring_ms", c->ring_ms);
	when(out, "answer_ms", c->answer_ms);
	when(out, "end_ms", c->end_ms);
	json_int(out, "duration_ms", between(c->start_ms, c->end_ms));
	json_int(out, "billable_ms", between(c->answer_ms, c->end_ms));
	code(out, c->status);
	json_str(out, "cause", c->cause);
	json_str(out, "hung_up_by", c->hung_up_by);
	json_open(out, "attempts", '[');
	for (size_t i = 0; i < c->n_attempts; i++)
		attempt(out, &c->attempts[i]);
	json_close(out, ']');
	json_str(out, "transferred_from", c->origin);
	json_open(out, "transfers", '[');
	for (size_t i = 0; i < c->n_transfers; i++)
		transfer(out, &c->transfers[i]);
	json_close(out, ']');
	json_close(out, '}');
}
