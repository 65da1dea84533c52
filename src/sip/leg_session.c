/* sip/leg_session.c - the session timer of a leg (RFC 4028): what its
 * messages say of it, its refreshes, and its end.
 *
 * A re-INVITE or UPDATE that is sent or answered for whatever reason is a
 * refresh as well.  Ours goes besides other requests of the leg: an UPDATE
 * without a description where the peer knows it, else a re-INVITE with the
 * description that stands. */
#include "sip/leg_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"

#define MOST_GLARES 5
#define NOT_NOW_MS  2000

static void refresh(struct leg *l);

/* --- what messages say ----------------------------------------------------- */

static uint32_t seconds(unsigned long s)
{
	return s > UINT32_MAX ? UINT32_MAX : s ? (uint32_t)s : 1;
}

static enum refresher refresher_of(const sip_session_expires_t *x)
{
	const char *who = x->x_refresher ? x->x_refresher : "";

	return strcasecmp(who, "uac") == 0   ? REFRESHER_UAC
	       : strcasecmp(who, "uas") == 0 ? REFRESHER_UAS
	                                     : REFRESHER_NONE;
}

static struct session_said said_in(const sip_t *sip)
{
	struct session_said s = {
		.supports = sip_has_feature(sip->sip_supported, "timer") ||
		            sip_has_feature(sip->sip_require, "timer"),
	};

	if (sip->sip_session_expires) {
		s.expires_s = seconds(sip->sip_session_expires->x_delta);
		s.refresher = refresher_of(sip->sip_session_expires);
	}
	if (sip->sip_min_se)
		s.min_s = seconds(sip->sip_min_se->min_delta);
	return s;
}

static void add_expires(struct buf *out, uint32_t interval_s,
                        enum refresher who)
{
	buf_fmt(out, "Session-Expires: %u%s\r\n", interval_s,
	        who == REFRESHER_UAC   ? ";refresher=uac"
	        : who == REFRESHER_UAS ? ";refresher=uas"
	                               : "");
}

char *leg_session_ask(const struct leg *l, bool is_first)
{
	struct session_said q = session_ask(&l->agent->session,
	                                    &l->session.state, is_first);
	struct buf b = { 0 };

	if (!q.expires_s)
		return NULL;
	add_expires(&b, q.expires_s, q.refresher);
	buf_fmt(&b, "Min-SE: %u\r\n", q.min_s);
	return buf_take(&b);
}

void leg_session_learn(struct leg *l, const sip_t *sip)
{
	if (sip->sip_allow)
		l->session.takes_update =
		        sip_is_allowed(sip->sip_allow, SIP_METHOD_UPDATE);
}

int session_screen(struct agent *a, nta_incoming_t *irq, const sip_t *sip)
{
	static const struct session_state none;
	sip_method_t m = sip->sip_request->rq_method;
	struct session_said said = said_in(sip);
	struct session_answer answer =
	        session_answer(&a->session, &none, &said);
	char min[12];

	if ((m != sip_method_invite && m != sip_method_update) ||
	    !answer.refuse_min_s)
		return 0;
	snprintf(min, sizeof(min), "%u", answer.refuse_min_s);
	nta_incoming_treply(irq, SIP_422_SESSION_TIMER_TOO_SMALL,
	                    SIPTAG_MIN_SE_STR(min), TAG_END());
	return 422;
}

/* --- time ------------------------------------------------------------------ */

static void expire(struct leg *l)
{
	bool stands = l->state == LEG_UP || l->state == LEG_ANSWERED;

	log_ctx_info(&l->log, "the session has expired");
	if (stands && !l->is_released)
		l->ops->ended(l, LEG_END_EXPIRED, NULL, l->arg);
}

static void due(struct timer *t, void *arg)
{
	struct leg *l = arg;

	(void)t;
	OBJ_CHECK(l, LEG_MAGIC);
	leg_hold(l);
	if (loop_now_ms(l->agent->loop) >= l->session.end_ms)
		expire(l);
	else
		refresh(l);
	leg_drop(l);
}

/* Turns to it again then, or at the end when that comes first. */
static void wait_for(struct leg *l, int64_t in_ms)
{
	int64_t left = l->session.end_ms - loop_now_ms(l->agent->loop);

	timer_start(loop_timers(l->agent->loop), &l->session.timer,
	            in_ms >= 0 && in_ms < left ? in_ms : left, due, l);
}

/* A 2xx went or came: all counts from here. */
static void start(struct leg *l)
{
	const struct session_state *s = &l->session.state;

	l->session.glares = 0;
	l->session.was_raised = false;
	timer_stop(loop_timers(l->agent->loop), &l->session.timer);
	if (!s->interval_s || l->is_released)
		return;
	l->session.end_ms = loop_now_ms(l->agent->loop) +
	                    session_end_ms(s->interval_s);
	wait_for(l, s->we_refresh ? session_refresh_ms(s->interval_s) : -1);
}

void leg_session_stop(struct leg *l)
{
	timer_stop(loop_timers(l->agent->loop), &l->session.timer);
	l->session.state.interval_s = 0;
	if (l->session.is_update)
		leg_outgoing_free(l, &l->session.orq);
	else
		leg_abandon(l, &l->session.orq);
}

/* --- answers --------------------------------------------------------------- */

char *leg_session_answer(struct leg *l, nta_incoming_t *irq)
{
	msg_t *msg = nta_incoming_getrequest(irq);
	struct session_said said = said_in(sip_object(msg));
	struct session_answer a = session_answer(&l->agent->session,
	                                         &l->session.state, &said);
	struct buf b = { 0 };

	msg_destroy(msg);
	session_answered(&l->session.state, &said, &a);
	start(l);
	if (!a.expires_s)
		return NULL;
	add_expires(&b, a.expires_s, a.refresher);
	if (a.requires)
		buf_str(&b, "Require: timer\r\n");
	return buf_take(&b);
}

/* RFC 3311 5.2: without an offer there is nothing that the other side would
 * have to agree to. */
int leg_session_update(struct leg *l, nta_incoming_t *irq)
{
	char *headers = leg_session_answer(l, irq);

	nta_incoming_treply(irq, SIP_200_OK, SIPTAG_CONTACT_STR(l->contact),
	                    SIPTAG_ALLOW_STR(AGENT_ALLOW),
	                    SIPTAG_SUPPORTED_STR(AGENT_SUPPORTED),
	                    TAG_IF(headers, SIPTAG_HEADER_STR(headers)),
	                    TAG_END());
	free(headers);
	return 200;
}

void leg_session_accepted(struct leg *l, const sip_t *sip)
{
	struct session_said said = said_in(sip);

	leg_session_learn(l, sip);
	session_accepted(&l->session.state, &said);
	start(l);
}

bool leg_session_raise(struct leg *l, const sip_t *sip)
{
	struct session_said said = said_in(sip);

	if (sip->sip_status->st_status != 422 || l->session.was_raised)
		return false;
	l->session.was_raised = true;
	return session_raise(&l->session.state, &said);
}

void leg_session_hide(struct message *m)
{
	if (m->status != 422)
		return;
	m->status = 500;
	m->reason = "Server Internal Error";
}

/* --- a refresh of ours ----------------------------------------------------- */

static int on_response(void *magic, nta_outgoing_t *orq, const sip_t *sip);

static bool transmit(struct leg *l, const char *sdp)
{
	struct leg_session *s = &l->session;
	char *credentials = leg_take_credentials(l);
	char *ask = leg_session_ask(l, false);
	sip_payload_t pl[1];

	sip_payload_init(pl);
	pl->pl_data = (char *)(uintptr_t)sdp;
	pl->pl_len = sdp ? strlen(sdp) : 0;
	s->is_update = !sdp;
	s->orq = leg_request_out(
	        l, on_response,
	        sdp ? sip_method_invite : sip_method_update,
	        sdp ? "INVITE" : "UPDATE", NTATAG_PASS_100(1),
	        SIPTAG_CONTACT_STR(l->contact), SIPTAG_ALLOW_STR(AGENT_ALLOW),
	        SIPTAG_SUPPORTED_STR(AGENT_SUPPORTED),
	        TAG_IF(ask, SIPTAG_HEADER_STR(ask)),
	        TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
	        TAG_IF(sdp, SIPTAG_PAYLOAD(pl)),
	        TAG_IF(credentials, SIPTAG_HEADER_STR(credentials)),
	        TAG_END());
	free(ask);
	if (s->orq && sdp)
		leg_sent_invite(l, s->orq, &credentials);
	free(credentials);
	return s->orq != NULL;
}

static void send_refresh(struct leg *l)
{
	const char *sdp = NULL;

	if (!l->session.takes_update) {
		if (l->ops->description)
			sdp = l->ops->description(l, l->arg);
		/* a re-INVITE that goes on is a refresh itself */
		if (!sdp || leg_offer_is_open(l)) {
			wait_for(l, NOT_NOW_MS);
			return;
		}
	}
	if (transmit(l, sdp))
		wait_for(l, -1);
	else
		wait_for(l, NOT_NOW_MS);
}

static void refresh(struct leg *l)
{
	if (l->session.orq || l->state != LEG_UP) {
		wait_for(l, NOT_NOW_MS);
		return;
	}
	l->auth.was_tried = false;
	send_refresh(l);
}

static void accepted(struct leg *l, nta_outgoing_t *orq, const sip_t *sip)
{
	msg_t *msg = nta_outgoing_getresponse(orq);
	struct addr none = { 0 };
	struct message m;

	message_view(&m, sip, msg);
	msg_destroy(msg);
	if (sip->sip_contact)
		leg_learn_target(l, sip, true, &none);
	leg_session_accepted(l, sip);
	if (l->session.is_update)
		return;
	l->owes_ack = true;
	leg_ack(l, NULL, 0);
	if (l->ops->refreshed)
		l->ops->refreshed(l, &m, l->arg);
}

/* Whatever else the peer says, the session goes on until it expires. */
static void try_later(struct leg *l, const sip_t *sip, int status)
{
	struct leg_session *s = &l->session;
	int64_t left = s->end_ms - loop_now_ms(l->agent->loop);
	int64_t in = session_retry_ms(left);

	if (status == 491 && s->glares++ < MOST_GLARES)
		in = leg_glare_ms(l);
	else if (sip && sip->sip_retry_after &&
	         (int64_t)sip->sip_retry_after->af_delta * 1000 < left)
		in = (int64_t)sip->sip_retry_after->af_delta * 1000;
	log_ctx_info(&l->log, "a session refresh was refused (%d)", status);
	wait_for(l, in);
}

static void refused(struct leg *l, nta_outgoing_t *orq, const sip_t *sip,
                    int status)
{
	struct leg_session *s = &l->session;
	struct message m = { .status = status, .method = "", .reason = "" };

	if (status == 408 || status == 481) {
		/* RFC 4028 10, RFC 3261 12.2.1.2: the dialog is gone */
		if (sip)
			message_view(&m, sip, NULL);
		l->ops->ended(l, LEG_END_LOST, &m, l->arg);
		return;
	}
	if (s->is_update && (status == 405 || status == 501)) {
		s->takes_update = false;
		send_refresh(l);
	} else if (sip &&
	           (leg_session_raise(l, sip) ||
	            leg_take_challenge(l, sip,
	                               s->is_update ? "UPDATE" : "INVITE",
	                               orq))) {
		send_refresh(l);
	} else {
		try_later(l, sip, status);
	}
}

static int on_response(void *magic, nta_outgoing_t *orq, const sip_t *sip)
{
	struct leg *l = magic;
	int status = sip ? sip->sip_status->st_status : 408;

	OBJ_CHECK(l, LEG_MAGIC);
	if (status < 200)
		return 0;
	leg_hold(l);
	l->session.orq = NULL;
	l->agent->gauges.transactions--;
	if (status < 300)
		accepted(l, orq, sip);
	else
		refused(l, orq, sip, status);
	nta_outgoing_destroy(orq); /* last: over TCP sip goes with it */
	leg_drop(l);
	return 0;
}

int64_t leg_glare_ms(const struct leg *l)
{
	return glare_wait_ms(!l->is_inbound, random_u64());
}
