/* sip/leg_send.c - requests that we send inside the dialog (RFC 3261 12.2.1,
 * 14.1), and what becomes of them. */
#include "sip/leg_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"

static void forget_sent(struct leg_sent *s)
{
	free(s->method);
	free(s->type);
	free(s->body);
	free(s->headers);
	*s = (struct leg_sent){ 0 };
}

/* The answer to a re-INVITE of a dialog that has ended meanwhile. */
static int abandoned(void *magic, nta_outgoing_t *orq, const sip_t *sip)
{
	struct agent *a = magic;
	int status = sip ? sip->sip_status->st_status : 408;
	msg_t *msg;

	OBJ_CHECK(a, AGENT_MAGIC);
	if (status < 200)
		return 0;
	if (status < 300) { /* nta sends the ACK of all others */
		msg = nta_outgoing_getresponse(orq);
		leg_stray_reinvite(a, msg, sip_object(msg));
		msg_destroy(msg);
	}
	a->gauges.transactions--;
	nta_outgoing_destroy(orq);
	return 0;
}

void leg_abandon(struct leg *l, nta_outgoing_t **orq)
{
	/* RFC 3261 17.1.1.2: its final answer is still to be acknowledged */
	if (*orq)
		nta_outgoing_bind(*orq, abandoned, l->agent);
	*orq = NULL;
}

void leg_end_sent(struct leg *l)
{
	struct leg_sent *s = &l->sent;

	if (s->is_invite)
		leg_abandon(l, &s->orq);
	else
		leg_outgoing_free(l, &s->orq);
	forget_sent(s);
	timer_stop(loop_timers(l->agent->loop), &l->withdrawn);
	leg_session_stop(l);
}

static int on_response(void *magic, nta_outgoing_t *orq, const sip_t *sip);

void leg_sent_invite(struct leg *l, const nta_outgoing_t *orq,
                     char **credentials)
{
	/* the ACK to the one before may have been lost */
	l->past_cseq = l->invite_cseq;
	free(l->past_ack_sdp);
	l->past_ack_sdp = l->ack_sdp;
	l->ack_sdp = NULL;
	l->invite_cseq = nta_outgoing_cseq(orq);
	free(l->auth.ack_header);
	l->auth.ack_header = *credentials;
	*credentials = NULL;
}

static bool transmit(struct leg *l)
{
	struct leg_sent *s = &l->sent;
	bool refreshes = s->is_invite || strcmp(s->method, "UPDATE") == 0;
	sip_method_t m = sip_method_code(s->method);
	sip_payload_t pl[1];
	char *credentials = leg_take_credentials(l);
	char *session = refreshes ? leg_session_ask(l, false) : NULL;

	sip_payload_init(pl);
	pl->pl_data = s->body;
	pl->pl_len = s->body_len;
	l->speaks = leg_has_early(l) ? l->early : NULL;
	s->orq = leg_request_out(
	        l, on_response, m, s->method, NTATAG_PASS_100(1),
	        TAG_IF(refreshes, SIPTAG_CONTACT_STR(l->contact)),
	        TAG_IF(refreshes, SIPTAG_ALLOW_STR(leg_allow(l))),
	        TAG_IF(refreshes, SIPTAG_SUPPORTED_STR(AGENT_SUPPORTED)),
	        TAG_IF(session, SIPTAG_HEADER_STR(session)),
	        TAG_IF(s->body, SIPTAG_CONTENT_TYPE_STR(s->type)),
	        TAG_IF(s->body, SIPTAG_PAYLOAD(pl)),
	        TAG_IF(credentials, SIPTAG_HEADER_STR(credentials)),
	        TAG_IF(!str_is_empty(s->headers),
	               SIPTAG_HEADER_STR(s->headers)),
	        TAG_END());
	l->speaks = NULL;
	leg_hops_watch(l);
	free(session);
	if (s->orq && s->is_invite)
		leg_sent_invite(l, s->orq, &credentials);
	free(credentials);
	return s->orq != NULL;
}

static void report(struct leg *l, nta_outgoing_t *orq, const sip_t *sip,
                   bool has_refreshed)
{
	struct message m = { .status = 408, .reason = "Request Timeout" };
	msg_t *msg = sip ? nta_outgoing_getresponse(orq) : NULL;
	struct addr none = { 0 };

	if (sip)
		message_view(&m, sip, msg);
	if (msg)
		msg_destroy(msg);
	m.method = m.method ? m.method : "";
	leg_session_hide(&m);
	if (m.status < 300 && has_refreshed && leg_stands(l))
		leg_session_accepted(l, sip);
	if (m.status >= 200 && m.status < 300 && l->invite_cseq &&
	    strcmp(m.method, "INVITE") == 0) {
		l->owes_ack = true;
		leg_learn_target(l, sip, true, &none);
	}
	if (leg_stands(l) || leg_is_early(l))
		l->ops->response(l, &m, l->arg);
	/* RFC 3261 12.2.1.2: these two end the dialog */
	if ((m.status == 481 || m.status == 408) && leg_stands(l) &&
	    !l->is_released)
		l->ops->ended(l, LEG_END_LOST, &m, l->arg);
}

static int on_response(void *magic, nta_outgoing_t *orq, const sip_t *sip)
{
	struct leg *l = magic;
	int status = sip ? sip->sip_status->st_status : 408;
	bool has_refreshed;

	OBJ_CHECK(l, LEG_MAGIC);
	leg_hops_heard(l, sip);
	if (status < 200) {
		l->sent.has_provisional = true;
		if (l->sent.wants_cancel)
			leg_withdraw(l);
		return 0;
	}
	leg_hold(l);
	timer_stop(loop_timers(l->agent->loop), &l->withdrawn);
	l->sent.orq = NULL;
	l->agent->gauges.transactions--;
	if (!(((sip && (leg_session_raise(l, sip) ||
	                leg_take_challenge(l, sip, l->sent.method, orq))) ||
	       leg_hops_failed(l, sip)) &&
	      transmit(l))) {
		has_refreshed = l->sent.is_invite ||
		                strcmp(l->sent.method, "UPDATE") == 0;
		forget_sent(&l->sent);
		report(l, orq, sip, has_refreshed);
	}
	nta_outgoing_destroy(orq); /* last: over TCP sip goes with it */
	leg_drop(l);
	return 0;
}

void leg_send_again(struct leg *l)
{
	struct leg_sent *s = &l->sent;

	if (l->bye) {
		leg_bye_again(l);
		return;
	}
	if (!s->orq)
		return;
	if (s->is_invite) /* should it be answered after all */
		leg_abandon(l, &s->orq);
	else
		leg_outgoing_free(l, &s->orq);
	if (transmit(l))
		return;
	forget_sent(s);
	report(l, NULL, NULL, false);
}

int leg_may_send(const struct leg *l, const char *method, bool has_body)
{
	bool is_invite = strcmp(method, "INVITE") == 0;
	bool is_offer = strcmp(method, "UPDATE") == 0 && has_body;

	/* before the ACK no offer, but all else: RFC 3261 13.3.1.4 */
	if (l->is_released || (l->state != LEG_UP &&
	                       (l->state != LEG_ANSWERED || is_invite) &&
	                       (is_invite || !leg_early_may_send(l, is_offer))))
		return -ENOTCONN;
	if (l->sent.orq || l->owes_ack ||
	    ((is_invite || is_offer) && leg_offer_is_open(l)))
		return -EBUSY;
	return 0;
}

int leg_send(struct leg *l, const char *method, const char *type,
             const char *body, size_t len, const char *headers)
{
	struct leg_sent *s = &l->sent;
	int rc = leg_may_send(l, method, body != NULL);

	if (rc < 0)
		return rc;
	s->is_invite = strcmp(method, "INVITE") == 0;
	s->has_offer = s->is_invite || (strcmp(method, "UPDATE") == 0 && body);
	s->method = xstrdup(method);
	s->type = xstrdup(type);
	s->body = body ? xmemdup(body, len) : NULL;
	s->body_len = len;
	s->headers = xstrdup(headers);
	l->auth.was_tried = false;
	if (transmit(l))
		return 0;
	forget_sent(s);
	return -EIO;
}

/* RFC 3261 9.1: it counts as cancelled, whatever comes. */
static void withdrawn_in_vain(struct timer *t, void *arg)
{
	struct leg *l = arg;
	struct message m = { .status = 487,
		             .reason = "Request Terminated",
		             .method = "INVITE",
		             .retry_after_s = -1 };

	(void)t;
	OBJ_CHECK(l, LEG_MAGIC);
	leg_hold(l);
	leg_abandon(l, &l->sent.orq);
	forget_sent(&l->sent);
	if (leg_stands(l))
		l->ops->response(l, &m, l->arg);
	leg_drop(l);
}

void leg_withdraw(struct leg *l)
{
	if (!l->sent.orq || !l->sent.is_invite)
		return;
	l->sent.wants_cancel = !l->sent.has_provisional;
	if (!l->sent.has_provisional)
		return;
	leg_send_cancel(l);
	timer_start(loop_timers(l->agent->loop), &l->withdrawn,
	            l->agent->t1x64_ms, withdrawn_in_vain, l);
}
