/* sip/leg_dialog.c - requests that come inside the dialog (RFC 3261 12.2.2,
 * 14.2). */
#include "sip/leg_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"

bool leg_stands(const struct leg *l)
{
	return l->state == LEG_UP || l->state == LEG_ANSWERED;
}

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
	if (m == sip_method_subscribe && l->refer.is_allowed)
		return leg_subscribed(l, irq, sip);
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
	if (l->is_released || !(leg_stands(l) || leg_is_early(l)))
		return 481;
	status = leg_stands(l) ? screen(l, irq, sip)
	                   : leg_early_screen(l, irq, sip);
	if (status)
		return status;
	if ((m == sip_method_invite || m == sip_method_update) &&
	    sip->sip_contact && (leg_stands(l) || l->is_inbound))
		refresh_target(l, irq, sip);
	leg_session_learn(l, sip);
	if (m == sip_method_update && !sip->sip_payload && leg_stands(l))
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
	        status < 300 && leg_stands(rq->leg) &&
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
