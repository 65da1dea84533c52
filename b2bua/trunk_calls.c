/* b2bua/trunk_calls.c - the calls of gateways: may there be one more, whose is
 * it, and what does its end tell of the gateway. */
#include "b2bua/trunk_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"

/* --- limits ------------------------------------------------------------ */

static unsigned limit(int own, unsigned general)
{
	return own >= 0 ? (unsigned)own : general;
}

unsigned trunk_channels(const struct trunk *t)
{
	return limit(t->gateway->channels,
	             t->owner->server->conf->trunks.channels);
}

unsigned trunk_cps(const struct trunk *t)
{
	return limit(t->gateway->cps, t->owner->server->conf->trunks.cps);
}

static bool is_full(const struct trunk *t)
{
	unsigned most = trunk_channels(t);

	return most > 0 && t->calls >= most;
}

enum trunk_bar trunks_bar(const struct gateway *g, void *arg)
{
	struct trunk *t = trunk_find(arg, g);

	if (!t)
		return TRUNK_OPEN; /* of documents that calls still run on */
	if (t->is_closed)
		return TRUNK_CLOSED;
	return t->health.is_down || !trunk_registration_is_fit(t) ||
	                       trunk_health_is_held(&t->health, trunk_now(t))
	               ? TRUNK_UNWELL
	               : TRUNK_OPEN;
}

const char *trunks_admit(struct trunks *ts, const struct gateway *g,
                         void **lease)
{
	struct trunk *t = trunk_find(ts, g);

	if (!t)
		return NULL;
	if (is_full(t))
		return "NORMAL_CIRCUIT_CONGESTION"; /* Q.850 34 */
	if (!trunk_bucket_take(&t->bucket, trunk_cps(t), trunk_now(t)))
		return "SWITCH_CONGESTION"; /* Q.850 42 */
	t->calls++;
	*lease = t;
	return NULL;
}

bool trunks_admit_inbound(struct trunks *ts, const struct gateway *g,
                          struct trunk **lease)
{
	struct trunk *t = trunk_find(ts, g);

	if (!t)
		return true;
	if (t->is_closed || is_full(t))
		return false;
	t->calls++;
	*lease = t;
	return true;
}

static void leave(struct trunk *t)
{
	assert(t->calls > 0);
	t->calls--;
	trunk_free_if_gone(t);
}

void trunk_left_inbound(struct trunk **lease)
{
	if (*lease)
		leave(*lease);
	*lease = NULL;
}

/* --- what the end of a call tells -------------------------------------- */

/* No answer of any kind, or 503.  A call that was given up, or that never
 * went out for want of a port of ours, tells nothing. */
static bool is_bad(const struct call_attempt *at)
{
	if (at->answer_ms || at->ring_ms)
		return false;
	return at->why == FORK_WHY_PROGRESS_TIMEOUT ||
	       (!at->is_cancelled &&
	        (at->status == 503 || at->status == 408));
}

static bool tells_something(const struct call_attempt *at)
{
	return at->call_id &&
	       (at->ring_ms || at->answer_ms || !at->is_cancelled ||
	        at->why == FORK_WHY_PROGRESS_TIMEOUT);
}

void trunk_left(void *lease, const struct call_attempt *at)
{
	struct trunk *t = lease;

	if (!t->is_gone && tells_something(at)) {
		if (at->status == 503)
			trunk_health_hold(&t->health, at->retry_after_s,
			                  trunk_now(t));
		trunk_news(t, is_bad(at) ? TRUNK_CALL_BAD : TRUNK_CALL_OK);
		trunk_note(t);
	}
	leave(t);
}

/* --- calls that come by a registration --------------------------------- */

static struct trunk *by_token(const struct trunks *ts, const char *token)
{
	struct trunk *t = NULL;

	if (strlen(token) == TRUNK_TOKEN)
		HASH_FIND(by_token, ts->by_token, token, TRUNK_TOKEN, t);
	return t;
}

/* The user part of our Contact is nobody's number. */
static bool is_number(const struct trunk *t, const char *user)
{
	return !str_is_empty(user) && strcmp(user, t->token) != 0 &&
	       !str_eq(user, t->gateway->contact_user);
}

static char *dialled(const struct trunk *t, const struct request *rq)
{
	const struct gateway *g = t->gateway;
	char *called;

	if (g->extension)
		return xstrdup(g->extension);
	if (is_number(t, request_user(rq)))
		return xstrdup(request_user(rq));
	called = request_called_party(rq);
	if (called && is_number(t, called))
		return called;
	free(called);
	return xstrdup(is_number(t, request_to_user(rq)) ? request_to_user(rq)
	                                                 : g->username);
}

const struct gateway *trunks_recognise(struct trunks *ts, struct request *rq)
{
	struct trunk *t = by_token(ts, request_user(rq));
	char line[TRUNK_TOKEN + 2];
	char *number;

	if (!t && request_uri_param(rq, "line", line, sizeof(line)))
		t = by_token(ts, line);
	if (!t)
		return NULL;
	number = dialled(t, rq);
	request_set_user(rq, number);
	free(number);
	return t->gateway;
}
