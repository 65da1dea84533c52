/* sip/leg_close.c - giving a leg up: CANCEL, BYE, and the waiting after
 * (RFC 3261 9, 15). */
#include "sip/leg_priv.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/strutil.h"

void leg_finish(struct leg *l)
{
	leg_hold(l);
	leg_incoming_free(l, &l->invite_in);
	leg_outgoing_free(l, &l->invite_out);
	leg_outgoing_free(l, &l->bye);
	leg_end_requests(l, 481);
	leg_end_sent(l);
	leg_reliable_free(l);
	leg_early_clear(l);
	leg_end_notify(l);
	leg_enter(l, LEG_DONE);
	leg_drop(l);
}

static void waited_enough(struct timer *t, void *arg)
{
	struct leg *l = arg;

	(void)t;
	OBJ_CHECK(l, LEG_MAGIC);
	log_ctx_info(&l->log, "no final answer after CANCEL or BYE");
	leg_finish(l);
}

static void give_up_later(struct leg *l)
{
	timer_start(loop_timers(l->agent->loop), &l->closing,
	            l->agent->t1x64_ms + 1000, waited_enough, l);
}

static void send_bye(struct leg *l);

static int bye_answered(void *magic, nta_outgoing_t *orq, const sip_t *sip)
{
	struct leg *l = magic;
	int status = sip ? sip->sip_status->st_status : 408;

	OBJ_CHECK(l, LEG_MAGIC);
	leg_hops_heard(l, sip);
	if (status < 200)
		return 0;
	leg_hold(l);
	l->bye = NULL;
	l->agent->gauges.transactions--;
	if ((sip && leg_take_challenge(l, sip, "BYE", orq)) ||
	    leg_hops_failed(l, sip))
		send_bye(l);
	else
		leg_finish(l);
	nta_outgoing_destroy(orq);
	leg_drop(l);
	return 0;
}

static void send_bye(struct leg *l)
{
	char *credentials = leg_take_credentials(l);

	l->bye = leg_request_out(
	        l, bye_answered, SIP_METHOD_BYE,
	        TAG_IF(credentials, SIPTAG_HEADER_STR(credentials)),
	        TAG_IF(l->bye_headers, SIPTAG_HEADER_STR(l->bye_headers)),
	        TAG_END());
	free(credentials);
	leg_hops_watch(l);
	if (l->bye)
		give_up_later(l);
	else
		leg_finish(l);
}

void leg_bye(struct leg *l)
{
	l->auth.was_tried = false;
	send_bye(l);
}

void leg_bye_again(struct leg *l)
{
	leg_outgoing_free(l, &l->bye);
	send_bye(l);
}

static void keep_headers(struct leg *l, enum leg_release how,
                         const char *headers)
{
	struct buf b = { 0 };

	if (how == LEG_RELEASE_ELSEWHERE)
		buf_str(&b, LEG_ELSEWHERE);
	if (headers)
		buf_str(&b, headers);
	if (b.len == 0)
		return;
	l->bye_headers = xstrdup(b.p);
	l->cancel_headers = buf_take(&b);
}

static void cancel(struct leg *l)
{
	leg_end_requests(l, 487);
	leg_enter(l, LEG_CLOSING);
	if (l->has_provisional)
		leg_send_cancel(l);
	else
		l->wants_cancel = true;
	give_up_later(l);
}

static void reject(struct leg *l)
{
	if (l->is_cancelled)
		leg_reject(l, SIP_487_REQUEST_CANCELLED, NULL);
	else
		leg_reject(l, SIP_480_TEMPORARILY_UNAVAILABLE, NULL);
	leg_finish(l);
}

/* The dialog stands: acknowledge what is owed, then say BYE. */
static void hang_up(struct leg *l)
{
	leg_end_requests(l, 487);
	leg_end_sent(l);
	if (l->owes_ack)
		leg_send_ack(l);
	leg_enter(l, LEG_CLOSING);
	leg_bye(l);
}

void leg_release(struct leg **lp, enum leg_release how, const char *headers)
{
	struct leg *l = *lp;

	if (!l)
		return;
	OBJ_CHECK(l, LEG_MAGIC);
	assert(!l->is_released);
	*lp = NULL;
	leg_hold(l);
	l->is_released = true;
	l->log.parent = NULL; /* the call may go before us */
	keep_headers(l, how, headers);
	switch (l->state) {
	case LEG_OFFERED:
		reject(l);
		break;
	case LEG_ANSWERED:
		leg_end_requests(l, 487);
		leg_end_sent(l);
		leg_enter(l, LEG_CLOSING);
		/* RFC 3261 15: the BYE follows the ACK, or its absence */
		if (!l->invite_in)
			leg_bye(l);
		break;
	case LEG_CALLING:
		if (how == LEG_RELEASE_SILENT && !l->has_provisional)
			leg_give_up(l);
		else
			cancel(l);
		break;
	case LEG_CLAIMED:
	case LEG_UP:
		hang_up(l);
		break;
	case LEG_CLOSING:
		leg_finish(l);
		break;
	case LEG_DONE:
		break;
	}
	leg_drop(l);
}
