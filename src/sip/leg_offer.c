/* sip/leg_offer.c - the INVITE that came in (RFC 3261 13.3). */
#include "sip/leg_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"

static void acknowledged(struct leg *l, const sip_t *sip)
{
	struct message m;

	leg_incoming_free(l, &l->invite_in);
	if (l->state == LEG_ANSWERED) {
		leg_enter(l, LEG_UP);
		message_view(&m, sip, NULL);
		l->ops->acked(l, &m, l->arg);
	} else if (l->state == LEG_CLOSING) {
		/* RFC 3261 15: BYE only after the ACK */
		leg_bye(l);
	}
}

static void never_acknowledged(struct leg *l)
{
	leg_incoming_free(l, &l->invite_in);
	if (l->state == LEG_ANSWERED) {
		/* RFC 3261 13.3.1.4: the dialog stands, and gets a BYE */
		leg_enter(l, LEG_UP);
		l->ops->ended(l, LEG_END_NO_ACK, NULL, l->arg);
	} else if (l->state == LEG_CLOSING) {
		leg_bye(l);
	}
}

static void cancelled(struct leg *l, const sip_t *sip)
{
	struct message m;

	if (l->state != LEG_OFFERED || l->is_cancelled)
		return;
	l->is_cancelled = true;
	message_view(&m, sip, NULL);
	l->ops->ended(l, LEG_END_CANCEL, &m, l->arg);
}

/* nta tells of the ACK, the CANCEL, and (sip NULL) of Timer H. */
static int on_ack_or_cancel(void *magic, nta_incoming_t *irq, const sip_t *sip)
{
	struct leg *l = magic;

	(void)irq;
	OBJ_CHECK(l, LEG_MAGIC);
	leg_hold(l);
	if (!sip)
		never_acknowledged(l);
	else if (sip->sip_request->rq_method == sip_method_ack)
		acknowledged(l, sip);
	else if (sip->sip_request->rq_method == sip_method_cancel)
		cancelled(l, sip);
	leg_drop(l);
	return 0;
}

static bool open_dialog(struct leg *l, const struct request *rq)
{
	const sip_t *sip = rq->sip;

	l->dialog = nta_leg_tcreate(l->agent->nta, leg_dialog_request, l,
	                            SIPTAG_CALL_ID(sip->sip_call_id),
	                            SIPTAG_FROM(sip->sip_to),
	                            SIPTAG_TO(sip->sip_from),
	                            NTATAG_REMOTE_CSEQ(sip->sip_cseq->cs_seq),
	                            TAG_END());
	if (!l->dialog)
		return false;
	nta_leg_tag(l->dialog, nta_incoming_tag(rq->irq, NULL));
	l->local_tag = xstrdup(nta_leg_get_tag(l->dialog));
	l->remote_tag = xstrdup(sip->sip_from->a_tag);
	return true;
}

static void learn_path(struct leg *l, struct request *rq)
{
	struct addr source = request_source(rq);

	l->listener = rq->listener;
	l->local = rq->listener->bound;
	l->transport = rq->listener->transport;
	l->dest = source;
	if (l->transport != SIP_UDP && rq->tport &&
	    tport_is_secondary(rq->tport)) {
		l->tport = tport_ref(rq->tport);
		l->flow = UINT64_MAX; /* the connection is its path */
	}
	leg_learn_target(l, rq->sip, false, &source);
	leg_make_contact(l);
}

int leg_accept(struct leg **out, struct request *rq, const struct leg_ops *ops,
               void *arg, const struct log_ctx *parent)
{
	struct leg *l = leg_new(rq->agent, ops, arg, parent);

	l->is_inbound = true;
	l->state = LEG_OFFERED;
	if (rq->sip->sip_max_forwards &&
	    rq->sip->sip_max_forwards->mf_count < LEG_MAX_FORWARDS)
		l->max_forwards = (int)rq->sip->sip_max_forwards->mf_count;
	l->max_breadth = breadth_of(rq->sip);
	if (!open_dialog(l, rq)) {
		l->state = LEG_DONE;
		l->is_released = true;
		leg_hold(l);
		leg_drop(l);
		return -ENOMEM;
	}
	leg_register(l, request_call_id(rq));
	leg_session_learn(l, rq->sip);
	learn_path(l, rq);
	leg_reliable_learn(l, rq->sip);
	l->invite_in = request_take(rq);
	l->agent->gauges.transactions++;
	nta_incoming_bind(l->invite_in, on_ack_or_cancel, l);
	nta_incoming_treply(l->invite_in, SIP_100_TRYING, TAG_END());
	*out = l;
	return 0;
}

void leg_reply_invite(struct leg *l, int status, const char *reason,
                      const char *sdp, size_t len, const char *headers)
{
	sip_payload_t pl[1];
	char *session = status < 200 ? NULL
	                             : leg_session_answer(l, l->invite_in);

	sip_payload_init(pl);
	pl->pl_data = (char *)(uintptr_t)sdp;
	pl->pl_len = len;
	nta_incoming_treply(
	        l->invite_in, status, reason, SIPTAG_CONTACT_STR(l->contact),
	        SIPTAG_ALLOW_STR(leg_allow(l)),
	        SIPTAG_SUPPORTED_STR(AGENT_SUPPORTED),
	        TAG_IF(leg_supported(l), SIPTAG_HEADER_STR(leg_supported(l))),
	        TAG_IF(session, SIPTAG_HEADER_STR(session)),
	        TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
	        TAG_IF(sdp, SIPTAG_PAYLOAD(pl)),
	        TAG_IF(!str_is_empty(headers), SIPTAG_HEADER_STR(headers)),
	        TAG_END());
	free(session);
}

void leg_ring(struct leg *l, int status, const char *reason, const char *sdp,
              size_t sdp_len, const char *headers)
{
	if (l->state == LEG_OFFERED && !l->is_cancelled &&
	    !leg_reliable_ring(l, status, reason, sdp, sdp_len, headers))
		leg_reply_invite(l, status, reason, sdp, sdp_len, headers);
}

void leg_answer(struct leg *l, const char *sdp, size_t sdp_len,
                const char *headers)
{
	if (l->state != LEG_OFFERED || l->is_cancelled ||
	    leg_reliable_holds(l, sdp, sdp_len, headers))
		return;
	leg_reliable_stop(l);
	leg_enter(l, LEG_ANSWERED);
	leg_reply_invite(l, SIP_200_OK, sdp, sdp_len, headers);
}

void leg_reject(struct leg *l, int status, const char *reason,
                const char *headers)
{
	if (l->state != LEG_OFFERED || !l->invite_in)
		return;
	leg_reliable_stop(l);
	nta_incoming_treply(l->invite_in, status, reason,
	                    TAG_IF(!str_is_empty(headers),
	                           SIPTAG_HEADER_STR(headers)),
	                    TAG_END());
	leg_incoming_free(l, &l->invite_in);
}
