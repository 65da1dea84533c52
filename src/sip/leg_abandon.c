/* sip/leg_abandon.c - an INVITE that nobody answered is given up.
 *
 * Nothing more is sent of it: a dead carrier would otherwise have every call
 * of the last 32 s retransmitted to it, and nta keeps those in one sorted
 * list that it walks at every retransmission.  Should the peer speak up after
 * all, the leg still knows what RFC 3261 asks: CANCEL after a provisional
 * response (9.1), ACK of a failure (17.1.1.3), ACK and BYE of a 2xx. */
#include "sip/leg_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void waited_enough(struct timer *t, void *arg)
{
	struct leg *l = arg;

	(void)t;
	OBJ_CHECK(l, LEG_MAGIC);
	leg_finish(l);
}

void leg_give_up(struct leg *l)
{
	char uri[2048];
	const char *branch = nta_outgoing_branch(l->invite_out);
	const url_t *url = nta_outgoing_request_uri(l->invite_out);

	leg_enter(l, LEG_CLOSING);
	if (!branch || !url || url_e(uri, sizeof(uri), url) >= (int)sizeof(uri)) {
		leg_finish(l);
		return;
	}
	l->gone_branch = xstrdup(branch);
	l->gone_uri = xstrdup(uri);
	l->wants_cancel = true;
	leg_outgoing_free(l, &l->invite_out);
	timer_start(loop_timers(l->agent->loop), &l->closing,
	            l->agent->t1x64_ms + 1000, waited_enough, l);
}

/* A request on the branch of the INVITE that was. */
static void send_on_branch(struct leg *l, sip_method_t method,
                           const char *name, nta_response_f *fn,
                           const sip_to_t *to)
{
	char cseq[24], url[AGENT_ROUTE];
	nta_outgoing_t *orq;

	snprintf(cseq, sizeof(cseq), "%u %s", l->invite_cseq, name);
	agent_route_url(&l->dest, l->transport, url);
	orq = nta_outgoing_tcreate(
	        l->dialog, fn, fn ? l->agent : NULL, URL_STRING_MAKE(url),
	        method, name, URL_STRING_MAKE(l->gone_uri),
	        NTATAG_BRANCH_KEY(l->gone_branch),
	        TPTAG_IDENT(l->listener->ident), SIPTAG_CSEQ_STR(cseq),
	        TAG_IF(to, SIPTAG_TO(to)), TAG_IF(!fn, NTATAG_STATELESS(1)),
	        TAG_IF(l->route, SIPTAG_ROUTE_STR(l->route)), TAG_END());
	if (orq && fn)
		l->agent->gauges.transactions++;
}

bool leg_abandoned_response(struct agent *a, const sip_t *sip)
{
	const char *id = sip->sip_call_id->i_id;
	int status = sip->sip_status->st_status;
	struct leg *l;

	HASH_FIND(hh, a->legs, id, (unsigned)strlen(id), l);
	if (!l || !l->gone_branch ||
	    sip->sip_cseq->cs_method != sip_method_invite ||
	    sip->sip_cseq->cs_seq != l->invite_cseq ||
	    (status >= 200 && status < 300))
		return false;
	if (status >= 300) {
		send_on_branch(l, SIP_METHOD_ACK, NULL, sip->sip_to);
	} else if (l->wants_cancel) {
		l->wants_cancel = false;
		send_on_branch(l, SIP_METHOD_CANCEL, agent_transaction_done,
		               NULL);
	}
	return true;
}
