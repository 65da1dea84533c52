/* sip/leg_early.c - early dialogs: the callee's reliable 18x and their PRACK
 * (RFC 3262 4), and which requests may go into them (RFC 3311 5).
 *
 * Each To tag is a dialog of its own, with its own RSeq and CSeq numbers: the
 * INVITE may have been forked further down. */
#include "sip/leg_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"

#define MOST_FORKS 16 /* further down, of one INVITE */

static struct leg_early *find(const struct leg *l, const char *tag)
{
	struct leg_early *e = l->early;

	while (e && !str_eq(e->tag, tag))
		e = e->next;
	return e;
}

static struct leg_early *open_early(struct leg *l, const sip_t *sip,
                                    const struct addr *source)
{
	struct leg_early *e, **end;
	size_t n = 0;

	for (end = &l->early; *end; end = &(*end)->next)
		n++;
	if (n >= MOST_FORKS)
		return NULL;
	e = xzalloc(sizeof(*e));
	e->dialog = nta_leg_tcreate(l->agent->nta, leg_dialog_request, l,
	                            SIPTAG_CALL_ID(sip->sip_call_id),
	                            SIPTAG_FROM(sip->sip_from),
	                            SIPTAG_TO(sip->sip_to),
	                            SIPTAG_CSEQ(sip->sip_cseq), TAG_END());
	if (!e->dialog) {
		free(e);
		return NULL;
	}
	nta_leg_client_route(e->dialog, sip->sip_record_route,
	                     sip->sip_contact);
	e->tag = xstrdup(sip->sip_to->a_tag);
	leg_aim_early(l, e, sip, source);
	*end = e;
	return e;
}

static void free_early(struct leg *l, struct leg_early *e)
{
	/* its answer is nobody's business any more, but it goes on */
	if (e->prack)
		nta_outgoing_bind(e->prack, agent_transaction_done, l->agent);
	if (e->dialog)
		nta_leg_destroy(e->dialog);
	free(e->tag);
	free(e->sdp);
	free(e);
}

void leg_early_clear(struct leg *l)
{
	while (l->early) {
		struct leg_early *e = l->early;

		l->early = e->next;
		free_early(l, e);
	}
}

/* --- PRACK -------------------------------------------------------------- */

static int on_prack_answered(void *magic, nta_outgoing_t *orq,
                             const sip_t *sip);

static void send_prack(struct leg *l, struct leg_early *e, const char *sdp,
                       size_t len)
{
	sip_payload_t pl[1];
	char rack[48], *credentials = leg_take_credentials(l);

	snprintf(rack, sizeof(rack), "%u %u INVITE", e->rseq, e->cseq);
	sip_payload_init(pl);
	pl->pl_data = (char *)(uintptr_t)sdp;
	pl->pl_len = len;
	if (e->prack) /* of the response before: it is overtaken */
		nta_outgoing_bind(e->prack, agent_transaction_done, l->agent);
	l->speaks = e;
	e->prack = leg_request_out(
	        l, on_prack_answered, SIP_METHOD_PRACK, SIPTAG_RACK_STR(rack),
	        TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
	        TAG_IF(sdp, SIPTAG_PAYLOAD(pl)),
	        TAG_IF(credentials, SIPTAG_HEADER_STR(credentials)),
	        TAG_END());
	l->speaks = NULL;
	free(credentials);
}

/* The INVITE waits meanwhile, and has its own try. */
static bool take_challenge(struct leg *l, struct leg_early *e,
                           const sip_t *sip, nta_outgoing_t *orq)
{
	bool invite_was_tried = l->auth.was_tried, is_taken;

	l->auth.was_tried = e->was_tried;
	is_taken = leg_take_challenge(l, sip, "PRACK", orq);
	e->was_tried = l->auth.was_tried;
	l->auth.was_tried = invite_was_tried;
	return is_taken;
}

/* A PRACK that has to prove who we are; its body is in the one refused. */
static bool prack_again(struct leg *l, struct leg_early *e, const sip_t *sip,
                        nta_outgoing_t *orq)
{
	struct message m;
	msg_t *msg;

	if (!sip || !take_challenge(l, e, sip, orq))
		return false;
	msg = nta_outgoing_getrequest(orq);
	message_view(&m, sip_object(msg), NULL);
	send_prack(l, e, m.body, m.body_len);
	msg_destroy(msg);
	return true;
}

static int on_prack_answered(void *magic, nta_outgoing_t *orq,
                             const sip_t *sip)
{
	struct leg *l = magic;
	struct leg_early *e;
	int status = sip ? sip->sip_status->st_status : 408;

	OBJ_CHECK(l, LEG_MAGIC);
	if (status < 200)
		return 0;
	leg_hold(l);
	for (e = l->early; e && e->prack != orq; e = e->next)
		;
	if (e)
		e->prack = NULL;
	l->agent->gauges.transactions--;
	if (e && status >= 300 && !prack_again(l, e, sip, orq))
		log_ctx_info(&l->log, "PRACK refused: %d", status);
	nta_outgoing_destroy(orq);
	leg_drop(l);
	return 0;
}

bool leg_owes_prack(const struct leg *l)
{
	return l->state == LEG_CALLING && l->early && !l->early->next &&
	       l->early->owes_prack;
}

void leg_prack(struct leg *l, const char *sdp, size_t len)
{
	if (!leg_owes_prack(l))
		return;
	l->early->owes_prack = false;
	l->early->is_agreed = sdp != NULL;
	send_prack(l, l->early, sdp, len);
}

/* --- the responses ------------------------------------------------------ */

static bool is_reliable(const sip_t *sip)
{
	return sip->sip_rseq && sip->sip_to->a_tag &&
	       sip_has_feature(sip->sip_require, "100rel");
}

/* RFC 3261 13.2.1: the first description is the answer, others are not
 * looked at. */
static void take_answer(struct leg_early *e, const struct message *m)
{
	if (!e->sdp && message_has_sdp(m)) {
		e->sdp = xstrndup(m->body, m->body_len);
		e->sdp_len = m->body_len;
	}
}

static void pass_over_description(struct message *m)
{
	m->body = NULL;
	m->body_len = 0;
}

bool leg_early_take(struct leg *l, const sip_t *sip, struct message *m)
{
	uint32_t rseq = sip->sip_rseq ? sip->sip_rseq->rs_response : 0;
	struct leg_early *e = find(l, sip->sip_to->a_tag);
	bool is_first = !e || e->cseq != sip->sip_cseq->cs_seq;
	bool has_answered = e && e->sdp;

	if (has_answered)
		pass_over_description(m);
	if (!is_reliable(sip) || !l->allows_reliable)
		return true;
	/* RFC 3262 4: the first has any number, the next ones follow */
	if (rseq == 0 || (!is_first && rseq != e->rseq + 1))
		return false;
	if (!e)
		e = open_early(l, sip, &m->source);
	if (!e || e->owes_prack)
		return false;
	e->rseq = rseq;
	e->cseq = sip->sip_cseq->cs_seq;
	e->was_tried = false;
	e->owes_prack = !l->offers && !e->sdp && message_has_sdp(m);
	take_answer(e, m);
	if (e->owes_prack)
		return true;
	e->is_agreed |= l->offers && e->sdp;
	send_prack(l, e, NULL, 0);
	return true;
}

void leg_early_settle(struct leg *l, const sip_t *sip, struct message *m)
{
	struct leg_early *e = find(l, sip->sip_to->a_tag);

	if (!e)
		return;
	nta_leg_destroy(l->dialog);
	l->dialog = e->dialog;
	e->dialog = NULL;
	if (!e->is_agreed)
		return;
	/* It has answered already; what was agreed upon since, the owner
	 * knows. */
	m->type = "application/sdp";
	m->body = e->is_renewed ? NULL : e->sdp;
	m->body_len = e->is_renewed ? 0 : e->sdp_len;
}

/* --- requests ----------------------------------------------------------- */

bool leg_has_early(const struct leg *l)
{
	return !l->is_inbound && l->state == LEG_CALLING && l->early &&
	       !l->is_released;
}

bool leg_is_early(const struct leg *l)
{
	return l->is_inbound ? l->state == LEG_OFFERED && !l->is_cancelled &&
	                               l->invite_in
	                     : l->state == LEG_CALLING && l->early;
}

bool leg_early_may_send(const struct leg *l, bool is_offer)
{
	if (!leg_is_early(l))
		return false;
	/* The callee's one dialog, once it knows that we know of it.  A
	 * caller has shown with a PRACK that it knows of ours. */
	if (!l->is_inbound && (l->early->next || l->early->prack ||
	                       l->early->owes_prack))
		return false;
	return leg_is_agreed(l) || (!is_offer && !l->is_inbound);
}

void leg_renew(struct leg *l)
{
	if (leg_has_early(l))
		l->early->is_renewed = true;
}

static bool offer_is_open(const struct leg *l)
{
	for (const struct leg_request *rq = l->requests; rq; rq = rq->next)
		if (!rq->is_answered &&
		    strcmp(leg_request_method(rq), "INFO") != 0)
			return true;
	return false;
}

static int try_later(nta_incoming_t *irq)
{
	nta_incoming_treply(irq, SIP_500_INTERNAL_SERVER_ERROR,
	                    SIPTAG_RETRY_AFTER_STR("3"), TAG_END());
	return 500;
}

/* RFC 3311 5.2, RFC 3261 14.2: no offer while another is open, whoever made
 * it. */
static int screen_offer(struct leg *l, nta_incoming_t *irq)
{
	if (l->sent.orq)
		return 491;
	if (leg_is_agreed(l) && !offer_is_open(l))
		return 0;
	return l->is_inbound ? try_later(irq) : 491;
}

int leg_early_screen(struct leg *l, nta_incoming_t *irq, const sip_t *sip)
{
	sip_method_t m = sip->sip_request->rq_method;
	int status = screen_require(irq, sip);

	if (status)
		return status;
	if (m == sip_method_invite)
		return l->is_inbound ? try_later(irq) : 491;
	if (m == sip_method_update && sip->sip_payload)
		return screen_offer(l, irq);
	if (m == sip_method_update || m == sip_method_options) {
		nta_incoming_treply(irq, SIP_200_OK,
		                    SIPTAG_CONTACT_STR(l->contact),
		                    SIPTAG_ALLOW_STR(AGENT_ALLOW), TAG_END());
		return 200;
	}
	return m == sip_method_info ? 0 : 481;
}
