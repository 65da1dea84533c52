/* sip/leg_dialog.c - requests inside the dialog, both ways (RFC 3261 12.2,
 * 14). */
#include "sip/leg_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"

static bool stands(const struct leg *l)
{
	return l->state == LEG_UP || l->state == LEG_ANSWERED;
}

/* --- received -------------------------------------------------------------- */

/* A re-INVITE, or an UPDATE with an offer, that we have not answered. */
static bool offer_is_received(const struct leg *l)
{
	for (const struct leg_request *rq = l->requests; rq; rq = rq->next)
		if ((rq->is_invite || rq->has_offer) && !rq->is_answered)
			return true;
	return false;
}

/* A re-INVITE without one got it in our 2xx; the answer is in its ACK. */
static bool answer_is_due(const struct leg *l)
{
	for (const struct leg_request *rq = l->requests; rq; rq = rq->next)
		if (rq->is_invite && rq->is_answered && !rq->has_offer)
			return true;
	return false;
}

/* Ours may well meet it: a session refresh goes besides. */
static bool offer_is_sent(const struct leg *l)
{
	return l->owes_ack || answer_is_due(l) ||
	       (l->sent.orq && l->sent.has_offer) ||
	       (l->session.orq && !l->session.is_update);
}

bool leg_offer_is_open(const struct leg *l)
{
	return offer_is_sent(l) || offer_is_received(l);
}

static void request_free(struct leg_request *rq)
{
	struct leg_request **p = &rq->leg->requests;

	while (*p != rq)
		p = &(*p)->next;
	*p = rq->next;
	leg_incoming_free(rq->leg, &rq->irq);
	OBJ_KILL(rq);
	free(rq);
}

void leg_end_requests(struct leg *l, int status)
{
	while (l->requests) {
		struct leg_request *rq = l->requests;

		if (!rq->is_answered)
			nta_incoming_treply(rq->irq, status, NULL, TAG_END());
		request_free(rq);
	}
}

static void reinvite_acked(struct leg *l, struct leg_request *rq,
                           const sip_t *sip)
{
	struct message m;

	message_view(&m, sip, NULL);
	request_free(rq);
	if (l->state == LEG_UP)
		l->ops->reacked(l, &m, l->arg);
}

/* ACK, CANCEL or (sip NULL) Timer H of a re-INVITE. */
static int on_ack_or_cancel(void *magic, nta_incoming_t *irq, const sip_t *sip)
{
	struct leg_request *rq = magic;
	struct leg *l = rq->leg;

	(void)irq;
	OBJ_CHECK(rq, LEG_REQUEST_MAGIC);
	leg_hold(l);
	if (!sip) {
		request_free(rq);
		if (!l->is_released)
			l->ops->ended(l, LEG_END_NO_ACK, NULL, l->arg);
	} else if (sip->sip_request->rq_method == sip_method_ack) {
		reinvite_acked(l, rq, sip);
	} else if (!rq->is_answered && !l->is_released) {
		l->ops->withdrawn(l, rq, l->arg);
	}
	leg_drop(l);
	return 0;
}

static int bye_received(struct leg *l, nta_incoming_t *irq, const sip_t *sip)
{
	struct message m;

	nta_incoming_treply(irq, SIP_200_OK, TAG_END());
	if (l->is_released || l->state == LEG_CLOSING)
		return 200; /* both hung up at once */
	message_view(&m, sip, NULL);
	leg_end_requests(l, 487);
	if (l->owes_ack)
		leg_send_ack(l);
	/* RFC 3261 15.1.2: the INVITE too is answered */
	leg_reject(l, SIP_487_REQUEST_CANCELLED, NULL);
	leg_outgoing_free(l, &l->invite_out);
	if (l->state == LEG_OFFERED) /* RFC 3261 15.1.2 */
		leg_reject(l, SIP_487_REQUEST_CANCELLED, NULL);
	leg_incoming_free(l, &l->invite_in);
	leg_enter(l, LEG_CLOSING);
	l->ops->ended(l, LEG_END_BYE, &m, l->arg);
	return 200;
}

/* What stands in the way of an offer: RFC 3261 14.2, RFC 3311 5.2. */
static int offer_conflict(const struct leg *l, nta_incoming_t *irq)
{
	char after_s[4];

	if (offer_is_received(l)) {
		/* drawn between 0 and 10 */
		snprintf(after_s, sizeof(after_s), "%u",
		         (unsigned)(random_u64() % 11));
		nta_incoming_treply(irq, SIP_500_INTERNAL_SERVER_ERROR,
		                    SIPTAG_RETRY_AFTER_STR(after_s),
		                    TAG_END());
		return 500;
	}
	return offer_is_sent(l) ? 491 : 0;
}

int leg_take_request(struct leg *l, nta_incoming_t *irq, const sip_t *sip)
{
	struct leg_request *rq;
	struct message m;
	msg_t *msg = nta_incoming_getrequest(irq);
	size_t n = 0;

	message_view(&m, sip, msg);
	msg_destroy(msg);
	for (rq = l->requests; rq; rq = rq->next)
		n++;
	if (n >= LEG_MAX_REQUESTS)
		return 500;
	rq = xzalloc(sizeof(*rq));
	OBJ_INIT(rq, LEG_REQUEST_MAGIC);
	rq->leg = l;
	rq->irq = irq;
	rq->is_invite = sip->sip_request->rq_method == sip_method_invite;
	rq->has_offer = message_has_sdp(&m);
	rq->next = l->requests;
	l->requests = rq;
	l->agent->gauges.transactions++;
	if (rq->is_invite) {
		nta_incoming_bind(irq, on_ack_or_cancel, rq);
		nta_incoming_treply(irq, SIP_100_TRYING, TAG_END());
	}
	l->ops->request(l, rq, &m, l->arg);
	return 0;
}

static int screen(struct leg *l, nta_incoming_t *irq, const sip_t *sip)
{
	sip_method_t m = sip->sip_request->rq_method;
	int status = screen_require(irq, sip);

	if (!status)
		status = session_screen(l->agent, irq, sip);
	if (status)
		return status;
	if (m == sip_method_options) {
		nta_incoming_treply(irq, SIP_200_OK,
		                    SIPTAG_ALLOW_STR(leg_allow(l)),
		                    SIPTAG_SUPPORTED_STR(AGENT_SUPPORTED),
		                    SIPTAG_ACCEPT_STR("application/sdp"),
		                    TAG_END());
		return 200;
	}
	if (m == sip_method_refer && !l->refer.is_allowed)
		return 403;
	if (m == sip_method_subscribe ||
	    m == sip_method_publish || m == sip_method_register) {
		nta_incoming_treply(irq, SIP_405_METHOD_NOT_ALLOWED,
		                    SIPTAG_ALLOW_STR(leg_allow(l)), TAG_END());
		return 405;
	}
	if (m == sip_method_invite || (m == sip_method_update &&
	                               sip->sip_payload))
		return offer_conflict(l, irq);
	return 0;
}

static void refresh_target(struct leg *l, nta_incoming_t *irq,
                           const sip_t *sip)
{
	msg_t *msg = nta_incoming_getrequest(irq);
	struct message m;

	message_view(&m, sip, msg);
	leg_follow(l, msg);
	leg_learn_target(l, sip, !l->is_inbound, &m.source);
	msg_destroy(msg);
}

static int dispatch(struct leg *l, nta_incoming_t *irq, const sip_t *sip)
{
	sip_method_t m = sip->sip_request->rq_method;
	int status;

	if (m == sip_method_ack || m == sip_method_cancel)
		return 481;
	if (m == sip_method_bye)
		return bye_received(l, irq, sip);
	if (is_prack(sip))
		return leg_prack_received(l, irq, sip);
	if (l->is_released || !(stands(l) || leg_is_early(l)))
		return 481;
	status = stands(l) ? screen(l, irq, sip)
	                   : leg_early_screen(l, irq, sip);
	if (status)
		return status;
	if ((m == sip_method_invite || m == sip_method_update) &&
	    sip->sip_contact && (stands(l) || l->is_inbound))
		refresh_target(l, irq, sip);
	leg_session_learn(l, sip);
	if (m == sip_method_update && !sip->sip_payload && stands(l))
		return leg_session_update(l, irq);
	return leg_take_request(l, irq, sip);
}

int leg_dialog_request(void *magic, nta_leg_t *dialog, nta_incoming_t *irq,
                       const sip_t *sip)
{
	struct leg *l = magic;
	int status;

	(void)dialog;
	OBJ_CHECK(l, LEG_MAGIC);
	status = gate_dialog_request(l->agent, irq, sip);
	if (status)
		return status;
	leg_hold(l);
	status = dispatch(l, irq, sip);
	leg_drop(l);
	return status;
}

const char *leg_request_method(const struct leg_request *rq)
{
	return nta_incoming_method_name(rq->irq);
}

void leg_request_view(const struct leg_request *rq, struct message *out)
{
	msg_t *msg = nta_incoming_getrequest(rq->irq);

	message_view(out, sip_object(msg), msg);
	msg_destroy(msg);
}

void leg_reply(struct leg_request *rq, int status, const char *reason,
               const char *type, const char *body, size_t len,
               const char *headers)
{
	sip_payload_t pl[1];
	const char *contact = rq->leg->contact;
	bool refreshes =
	        status < 300 && stands(rq->leg) &&
	        (rq->is_invite ||
	         nta_incoming_method(rq->irq) == sip_method_update);
	char *session = NULL;

	OBJ_CHECK(rq, LEG_REQUEST_MAGIC);
	if (refreshes)
		session = leg_session_answer(rq->leg, rq->irq);
	sip_payload_init(pl);
	pl->pl_data = (char *)(uintptr_t)body;
	pl->pl_len = len;
	nta_incoming_treply(
	        rq->irq, status, reason,
	        TAG_IF(status < 300, SIPTAG_CONTACT_STR(contact)),
	        TAG_IF(refreshes, SIPTAG_ALLOW_STR(AGENT_ALLOW)),
	        TAG_IF(refreshes, SIPTAG_SUPPORTED_STR(AGENT_SUPPORTED)),
	        TAG_IF(session, SIPTAG_HEADER_STR(session)),
	        TAG_IF(body, SIPTAG_CONTENT_TYPE_STR(type)),
	        TAG_IF(body, SIPTAG_PAYLOAD(pl)),
	        TAG_IF(!str_is_empty(headers), SIPTAG_HEADER_STR(headers)),
	        TAG_END());
	free(session);
	if (rq->is_invite && status < 300)
		rq->is_answered = true; /* until the ACK */
	else
		request_free(rq);
}

/* --- sent ------------------------------------------------------------------ */

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
	if (m.status < 300 && has_refreshed && stands(l))
		leg_session_accepted(l, sip);
	if (m.status >= 200 && m.status < 300 && l->invite_cseq &&
	    strcmp(m.method, "INVITE") == 0) {
		l->owes_ack = true;
		leg_learn_target(l, sip, true, &none);
	}
	if (stands(l) || leg_is_early(l))
		l->ops->response(l, &m, l->arg);
	/* RFC 3261 12.2.1.2: these two end the dialog */
	if ((m.status == 481 || m.status == 408) && stands(l) &&
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
	if (stands(l))
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
