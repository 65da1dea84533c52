/* call/call.c - life of a call and its caller's leg. */
#include "call/call_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"

static const unsigned ways[] = {
	[CALL_SETUP] = 1u << CALL_DIALLING | 1u << CALL_UP | 1u << CALL_OVER,
	[CALL_DIALLING] = 1u << CALL_SETUP | 1u << CALL_UP | 1u << CALL_OVER,
	[CALL_UP] = 1u << CALL_SETUP | 1u << CALL_OVER,
	[CALL_OVER] = 0,
};
static const char *const state_names[] = { "SETUP", "DIALLING", "UP", "OVER" };

void call_enter(struct call *c, enum call_state to)
{
	assert(ways[c->state] & 1u << to);
	log_ctx_debug(&c->log, "%s -> %s", state_names[c->state],
	              state_names[to]);
	c->state = to;
}

int64_t call_unix_ms(const struct call *c)
{
	return loop_unix_ms(c->conf->loop);
}

bool call_is_without_offer(const struct call *c)
{
	return c->is_late_offer || call_is_answered(c);
}

void call_tell(struct call *c, size_t i)
{
	if (c->ops->changed)
		c->ops->changed(c, i, c->arg);
}

int64_t call_now(const struct call *c)
{
	return loop_now_ms(c->conf->loop);
}

static void free_records(struct call *c)
{
	for (size_t i = 0; i < c->record.n_attempts; i++) {
		free(c->attempts_done[i].kind);
		free(c->attempts_done[i].name);
		free(c->attempts_done[i].uri);
		free(c->attempts_done[i].call_id);
		free(c->attempts_done[i].reason);
		free(c->attempts_done[i].tag);
		free(c->attempts_done[i].peer_tag);
	}
	free(c->attempts_done);
	free(c->record.caller_call_id);
	free(c->record.from_user);
	free(c->record.from_name);
	free(c->record.dialled);
	for (size_t i = 0; i < c->record.n_transfers; i++)
		free(c->transfers[i].to);
	free(c->transfers);
}

static void call_free(struct call *c)
{
	assert(!c->leg[CALLER] && !c->leg[CALLEE] && !c->dial.fork);
	assert(!c->join && !c->heir && !c->origin);
	free_records(c);
	call_party_clear(&c->party[CALLER]);
	call_party_clear(&c->party[CALLEE]);
	free(c->cancel_headers);
	free(c->bye_headers);
	free(c->ending);
	free(c->told);
	free(c->dial.queue);
	OBJ_KILL(c);
	free(c);
}

void call_hold(struct call *c)
{
	c->refs++;
}

void call_drop(struct call *c)
{
	if (--c->refs == 0 && c->is_destroyed)
		call_free(c);
}

void call_destroy(struct call **cp)
{
	struct call *c = *cp;

	if (!c)
		return;
	OBJ_CHECK(c, CALL_MAGIC);
	assert(c->state == CALL_OVER);
	*cp = NULL;
	call_hold(c);
	c->is_destroyed = true;
	call_drop(c);
}

struct addr call_media_address(const struct call *c, const struct leg *l)
{
	struct addr peer = leg_peer(l);

	if (addr_is_set(&c->conf->media_address) &&
	    addr_is_v6(&c->conf->media_address) == addr_is_v6(&peer))
		return c->conf->media_address;
	return leg_local_address(l);
}

static void ring_too_long(struct timer *t, void *arg)
{
	struct call *c = arg;

	(void)t;
	OBJ_CHECK(c, CALL_MAGIC);
	log_ctx_info(&c->log, "not answered within max_ring_time");
	call_hold(c);
	c->record.cause = "NO_ANSWER";
	call_respond(c, 480, "No answer", NULL);
	call_drop(c);
}

void call_watch_ringing(struct call *c)
{
	unsigned limit_s = c->conf->max_ring_time_s;

	if (limit_s)
		timer_start(loop_timers(c->conf->loop), &c->ring_timer,
		            (int64_t)limit_s * 1000, ring_too_long, c);
}

static void stop_timers(struct call *c)
{
	struct timers *ts = loop_timers(c->conf->loop);

	timer_stop(ts, &c->dial.timer);
	timer_stop(ts, &c->ring_timer);
	timer_stop(ts, &c->media_timer);
	timer_stop(ts, &c->join_timer);
}

/* The leg that won, above all. */
static void leave_all(struct call *c)
{
	if (c->record.answer_ms && c->record.n_attempts > c->winner)
		attempt_over(c, &c->attempts_done[c->winner]);
	for (size_t i = 0; i < c->record.n_attempts; i++)
		if (c->attempts_done[i].lease)
			attempt_over(c, &c->attempts_done[i]);
}

void call_tell_ending(struct call *c, const char *cause, const char *text)
{
	int (*q850)(const char *) = c->conf->q850;

	if (!c->ending && cause)
		c->ending = ending_line(cause, q850 ? q850(cause) : 0, text);
}

void call_finish(struct call *c)
{
	int64_t now = call_now(c);

	if (c->state == CALL_OVER)
		return;
	call_hold(c);
	call_enter(c, CALL_OVER);
	if (c->record.ended_by == CALL_BY_SERVER)
		call_tell_ending(c, c->record.cause, NULL);
	stop_timers(c);
	call_transfer_end(c);
	dial_clear(&c->dial);
	call_crossing_clear(c);
	leg_release(&c->leg[CALLER], LEG_RELEASE_NORMAL,
	            c->ending ? c->ending : c->bye_headers);
	leg_release(&c->leg[CALLEE], LEG_RELEASE_NORMAL, c->ending);
	side_clear(&c->side[CALLER], now);
	side_clear(&c->side[CALLEE], now);
	c->record.end_ms = call_unix_ms(c);
	leave_all(c);
	c->ops->over(c, &c->record, c->arg);
	call_drop(c);
}

/* RFC 3326 2: what would have been the answer. */
static void give_reason(struct call *c, int status, const char *reason)
{
	struct buf line = { 0 };

	buf_fmt(&line, "Reason: SIP;cause=%d;text=\"", status);
	for (; reason && *reason; reason++)
		if (*reason != '"' && *reason != '\\')
			buf_char(&line, *reason);
	buf_str(&line, "\"\r\n");
	free(c->bye_headers);
	c->bye_headers = buf_take(&line);
}

void call_respond(struct call *c, int status, const char *reason,
                  const char *headers)
{
	if (c->state == CALL_OVER)
		return;
	if (c->record.answer_ms) {
		give_reason(c, status, reason);
	} else {
		c->record.status = status;
		if (c->leg[CALLER]) /* an heir has none yet */
			leg_reject(c->leg[CALLER], status, reason, headers);
	}
	c->record.ended_by = CALL_BY_SERVER;
	call_finish(c);
}

void call_set_cause(struct call *c, const char *cause)
{
	c->record.cause = cause;
}

void call_hangup(struct call *c, enum call_by by, const char *cause)
{
	if (c->state == CALL_OVER)
		return;
	c->record.ended_by = by;
	if (cause)
		c->record.cause = cause;
	if (!c->record.answer_ms && !c->record.status)
		c->record.status = by == CALL_BY_CALLER ? 487 : 480;
	call_finish(c);
}

/* --- making one ------------------------------------------------------------- */

static void fill_record(struct call *c, const struct request *rq)
{
	struct call_record *r = &c->record;

	id_random(r->id, 16);
	r->start_ms = call_unix_ms(c);
	r->caller_call_id = xstrdup(request_call_id(rq));
	r->from_user = xstrdup(request_from_user(rq));
	r->from_name = xstrdup(request_from_name(rq));
	r->dialled = xstrdup(request_user(rq));
	r->source = request_source(rq);
	r->ended_by = CALL_BY_SERVER;
}

/* A call without any stream that could be relayed would ring in vain. */
static bool has_usable_stream(const struct sdp *sdp)
{
	for (size_t i = 0; i < sdp_stream_count(sdp); i++) {
		const struct sdp_stream *st = sdp_stream(sdp, i);

		if (st->is_relayable && addr_port(&st->rtp) != 0)
			return true;
	}
	return false;
}

static int read_offer(struct call *c, struct request *rq, struct sdp **offer)
{
	const struct message *m = request_message(rq);
	const char *why = "";
	char warning[160];
	int rc;

	if (!m->body)
		return 0; /* a late offer */
	rc = sdp_parse(offer, m->body, m->body_len, &why);
	if (rc == 0 && !has_usable_stream(*offer)) {
		sdp_free(offer);
		why = "no stream that can be relayed";
		rc = -EINVAL;
	}
	if (rc == 0)
		return 0;
	snprintf(warning, sizeof(warning), "Warning: 399 b2bua \"%s\"\r\n",
	         why);
	log_ctx_info(&c->log, "description refused: %s", why);
	request_reply(rq, 488, "Not Acceptable Here", warning);
	return rc;
}

int call_create(struct call **out, const struct call_conf *conf,
                struct request *rq, const struct call_ops *ops, void *arg)
{
	struct call *c = xzalloc(sizeof(*c));
	struct sdp *offer = NULL;
	struct addr ours, peer;
	int rc;

	OBJ_INIT(c, CALL_MAGIC);
	dial_init(&c->dial, c, NULL);
	c->conf = conf;
	c->ops = ops;
	c->arg = arg;
	c->log = (struct log_ctx){ "call", c->record.id, NULL };
	fill_record(c, rq);
	rc = read_offer(c, rq, &offer);
	if (rc == 0) {
		rc = leg_accept(&c->leg[CALLER], rq, &call_leg_ops, c, &c->log);
		if (rc < 0)
			request_reply(rq, 500, "Internal Server Error", NULL);
	}
	if (rc < 0) {
		sdp_free(&offer);
		call_free(c);
		return rc;
	}
	ours = call_media_address(c, c->leg[CALLER]);
	peer = c->record.source;
	side_init(&c->side[CALLER], conf->media, &ours, &peer,
	          leg_is_natted(c->leg[CALLER]));
	c->is_late_offer = offer == NULL;
	side_take(&c->side[CALLER], offer);
	c->party[CALLER].user = xstrdup(c->record.from_user);
	c->party[CALLER].name = xstrdup(c->record.from_name);
	call_watch_ringing(c);
	*out = c;
	return 0;
}

const char *call_id(const struct call *c)
{
	return c->record.id;
}

const struct log_ctx *call_log(const struct call *c)
{
	return &c->log;
}

const struct call_record *call_record(const struct call *c)
{
	return &c->record;
}

bool call_is_answered(const struct call *c)
{
	return c->record.answer_ms != 0;
}

unsigned call_max_breadth(const struct call *c)
{
	return c->leg[CALLER] ? leg_max_breadth(c->leg[CALLER])
	                      : c->max_breadth;
}

int call_max_forwards(const struct call *c)
{
	return c->leg[CALLER] ? leg_max_forwards(c->leg[CALLER]) - 1
	                      : c->max_forwards;
}

const struct call_attempt *call_failure(const struct call *c, int status)
{
	const struct call_attempt *a;

	for (size_t i = c->record.n_attempts; i > 0; i--) {
		a = &c->attempts_done[i - 1];
		if (a->reason && a->status == status && !a->is_cancelled)
			return a;
	}
	return NULL;
}
