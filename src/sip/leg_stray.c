/* sip/leg_stray.c - 2xx to INVITE that no transaction wants: repeated ones,
 * late ones, and those of other branches downstream.  Each is acknowledged;
 * one that is not the leg's own dialog then gets a BYE (RFC 3261 13.2.2.4). */
#include "sip/leg_priv.h"

#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/strutil.h"

#define ORPHAN_MAGIC 0x0294a4u
struct orphan { /* a dialog that lives for its ACK and BYE */
	unsigned magic;
	struct agent *agent; /* borrowed */
	nta_leg_t *dialog;   /* owned */
	nta_outgoing_t *bye; /* owned; NULL: not sent */
	struct orphan *prev, *next; /* agent->orphans */
};

static int orphan_request(void *magic, nta_leg_t *dialog, nta_incoming_t *irq,
                          const sip_t *sip)
{
	(void)magic;
	(void)dialog;
	(void)irq;
	return sip->sip_request->rq_method == sip_method_bye ? 200 : 481;
}

static void orphan_free(struct orphan *o)
{
	if (o->bye) {
		nta_outgoing_destroy(o->bye);
		o->agent->gauges.transactions--;
	}
	nta_leg_destroy(o->dialog);
	DL_DELETE(o->agent->orphans, o);
	o->agent->gauges.legs--;
	OBJ_KILL(o);
	free(o);
}

static int orphan_gone(void *magic, nta_outgoing_t *bye, const sip_t *sip)
{
	struct orphan *o = magic;

	OBJ_CHECK(o, ORPHAN_MAGIC);
	if (sip && sip->sip_status->st_status < 200)
		return 0;
	(void)bye;
	orphan_free(o);
	return 0;
}

/* Straight back to where the 2xx came from: its Contact may be a name or a
 * private address. */
static nta_outgoing_t *send_back(struct orphan *o, msg_t *msg,
                                 nta_response_f *fn, sip_method_t method,
                                 const char *name, const char *cseq,
                                 const char *headers)
{
	tport_t *tp = tport_delivered_by(nta_agent_tports(o->agent->nta), msg);
	char url[AGENT_ROUTE];
	struct addr source;

	if (!tp || addr_from_sockaddr(&source, &msg_addr(msg)->su_sa) < 0)
		return NULL;
	agent_route_url(&source, agent_transport_of(tp), url);
	return nta_outgoing_tcreate(
	        o->dialog, fn, fn ? o : NULL, URL_STRING_MAKE(url), method,
	        name, NULL, NTATAG_TPORT(tp), TAG_IF(!fn, NTATAG_STATELESS(1)),
	        TAG_IF(cseq, SIPTAG_CSEQ_STR(cseq)),
	        TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
}

/* RFC 3326: what the branch that it belongs to is told, or was; where that one
 * talks, somebody else has answered. */
static const char *reason_for(const struct leg *of)
{
	return !of               ? NULL
	       : of->bye_headers ? of->bye_headers
	       : of->remote_tag && !of->is_released
	               ? LEG_ELSEWHERE
	               : NULL;
}

/* of: the leg that its INVITE was; NULL: it is gone. */
static void end_orphan(struct agent *a, msg_t *msg, sip_t *sip,
                       bool has_ended, const struct leg *of)
{
	struct orphan *o = xzalloc(sizeof(*o));
	char ack[24];

	OBJ_INIT(o, ORPHAN_MAGIC);
	o->agent = a;
	o->dialog = nta_leg_tcreate(a->nta, orphan_request, o,
	                            SIPTAG_CALL_ID(sip->sip_call_id),
	                            SIPTAG_FROM(sip->sip_from),
	                            SIPTAG_TO(sip->sip_to),
	                            SIPTAG_CSEQ(sip->sip_cseq), TAG_END());
	if (!o->dialog) {
		free(o);
		return;
	}
	DL_APPEND(a->orphans, o);
	a->gauges.legs++;
	nta_leg_client_route(o->dialog, sip->sip_record_route,
	                     sip->sip_contact);
	snprintf(ack, sizeof(ack), "%u ACK", sip->sip_cseq->cs_seq);
	send_back(o, msg, NULL, SIP_METHOD_ACK, ack, NULL);
	if (!has_ended)
		o->bye = send_back(o, msg, orphan_gone, SIP_METHOD_BYE, NULL,
		                   reason_for(of));
	if (o->bye)
		a->gauges.transactions++;
	else
		orphan_free(o);
}

void orphan_end_all(struct agent *a)
{
	while (a->orphans)
		orphan_free(a->orphans);
}

/* The answer to a re-INVITE that we sent to a caller: its Call-ID is the
 * caller's and may not be the only one, so nta knows it by its tags. */
static struct leg *inbound_leg(struct agent *a, const sip_t *sip)
{
	nta_leg_t *dialog = nta_leg_by_dialog(
	        a->nta, NULL, sip->sip_call_id, sip->sip_to->a_tag, NULL,
	        sip->sip_from->a_tag, NULL);

	return dialog ? nta_leg_magic(dialog, leg_dialog_request) : NULL;
}

static struct leg *find_leg(struct agent *a, const sip_t *sip)
{
	const char *id = sip->sip_call_id->i_id;
	struct leg *l = NULL;

	HASH_FIND(hh, a->legs, id, (unsigned)strlen(id), l);
	return l ? l : inbound_leg(a, sip);
}

int leg_stray_response(struct agent *a, msg_t *msg, sip_t *sip)
{
	const char *id = sip->sip_call_id->i_id;
	int status = sip->sip_status->st_status;
	struct leg *l;

	if (leg_abandoned_response(a, sip))
		return 0;
	if (sip->sip_cseq->cs_method != sip_method_invite || status < 200 ||
	    status > 299 || !sip->sip_to->a_tag || !sip->sip_from->a_tag)
		return 0;
	l = find_leg(a, sip);
	if (l && str_eq(l->remote_tag, sip->sip_to->a_tag)) {
		leg_repeat_ack(l, sip->sip_cseq->cs_seq);
		return 0;
	}
	if ((l && !l->is_inbound &&
	     str_eq(l->local_tag, sip->sip_from->a_tag)) ||
	    (!l && id_is_ours(id)))
		end_orphan(a, msg, sip, false, l);
	return 0;
}

void leg_stray_reinvite(struct agent *a, msg_t *msg, sip_t *sip)
{
	if (find_leg(a, sip))
		leg_stray_response(a, msg, sip);
	else if (sip->sip_to->a_tag)
		end_orphan(a, msg, sip, true, NULL);
}
