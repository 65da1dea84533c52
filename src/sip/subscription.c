/* sip/subscription.c - the notifier's end of a subscription (RFC 6665). */
#include "sip/subscription.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "sip/agent_priv.h"

#define SUBSCRIPTION_MAGIC 0x5b5c41u
struct subscription {
	unsigned magic;
	struct agent *agent;    /* borrowed */
	const struct subscription_conf *conf; /* borrowed */
	const struct subscription_ops *ops; /* borrowed; NULL: no owner any
	                                       more, it belongs to itself */
	void *arg;              /* borrowed */
	nta_leg_t *dialog;      /* owned */
	nta_outgoing_t *orq;    /* owned: the NOTIFY under way */
	char *event;            /* owned: Event of its NOTIFYs, with the id */
	char *contact;          /* owned */
	const struct listener *listener; /* borrowed */
	struct addr dest;       /* where the last SUBSCRIBE came from */
	tport_t *tport;         /* of a connection: a reference is held */
	const char *reason;     /* a literal: why it ends; NULL: it does not */
	bool is_dirty;          /* there is something to tell */
	struct buf last;        /* owned: the state at its end */
	unsigned version;       /* of the next NOTIFY */
	int64_t ends_ms;        /* monotonic */
	int64_t quiet_ms;       /* no NOTIFY before */
	struct timer expiry, notify;
	struct subscription *prev, *next; /* agent->subscriptions */
};

static void schedule(struct subscription *s);

/* --- life --------------------------------------------------------------------- */

static void subscription_free(struct subscription *s)
{
	struct timers *ts = loop_timers(s->agent->loop);

	timer_stop(ts, &s->expiry);
	timer_stop(ts, &s->notify);
	if (s->orq) {
		nta_outgoing_destroy(s->orq);
		s->agent->gauges.transactions--;
	}
	if (s->dialog)
		nta_leg_destroy(s->dialog);
	if (s->tport)
		tport_unref(s->tport);
	free(s->event);
	free(s->contact);
	buf_free(&s->last);
	DL_DELETE(s->agent->subscriptions, s);
	s->agent->gauges.subscriptions--;
	OBJ_KILL(s);
	free(s);
}

void subscription_end_all(struct agent *a)
{
	struct subscription *s, *next;

	DL_FOREACH_SAFE (a->subscriptions, s, next) {
		assert(!s->ops);
		subscription_free(s);
	}
}

/* From here it belongs to itself: a last NOTIFY goes, and it is gone. */
static void begin_end(struct subscription *s, const char *reason)
{
	s->reason = reason;
	s->ops = NULL;
	timer_stop(loop_timers(s->agent->loop), &s->expiry);
	s->quiet_ms = 0;
	schedule(s);
}

/* The state goes with the last NOTIFY (RFC 6665 4.2.1.4: also of what never
 * was more than a fetch).  The owner hears of it when all is done. */
static void end_by_itself(struct subscription *s, const char *reason)
{
	const struct subscription_ops *ops = s->ops;
	void *arg = s->arg;

	if (!ops)
		return;
	ops->write(&s->last, s->version++, arg);
	begin_end(s, reason);
	ops->ended(arg);
}

/* Nobody listens any more: no last NOTIFY either. */
static void vanish(struct subscription *s)
{
	const struct subscription_ops *ops = s->ops;
	void *arg = s->arg;

	subscription_free(s);
	if (ops)
		ops->ended(arg);
}

void subscription_end(struct subscription **sp, const char *reason)
{
	struct subscription *s = *sp;

	if (!s)
		return;
	OBJ_CHECK(s, SUBSCRIPTION_MAGIC);
	*sp = NULL;
	begin_end(s, reason);
}

/* --- NOTIFY ------------------------------------------------------------------- */

/* RFC 6665 4.2.2: answers that say it knows of no subscription, and no answer
 * at all; what may pass by itself does not end it. */
static bool is_fatal(int status)
{
	return status >= 300 && status != 491 && status != 500 &&
	       status != 503;
}

static int on_response(void *magic, nta_outgoing_t *orq, const sip_t *sip)
{
	struct subscription *s = magic;
	int status = sip ? sip->sip_status->st_status : 408;

	OBJ_CHECK(s, SUBSCRIPTION_MAGIC);
	if (status < 200)
		return 0;
	s->orq = NULL;
	s->agent->gauges.transactions--;
	nta_outgoing_destroy(orq);
	if (is_fatal(status) || (s->reason && !s->is_dirty))
		vanish(s);
	else
		schedule(s);
	return 0;
}

static void state_line(const struct subscription *s, char out[64])
{
	int64_t left = (s->ends_ms - loop_now_ms(s->agent->loop) + 999) / 1000;

	if (s->reason)
		snprintf(out, 64, "terminated;reason=%s", s->reason);
	else
		snprintf(out, 64, "active;expires=%lld",
		         (long long)(left > 0 ? left : 0));
}

static nta_outgoing_t *transmit(struct subscription *s, const struct buf *body)
{
	char url[AGENT_ROUTE], state[64];
	tport_t *tp = s->tport;
	sip_payload_t pl[1];

	state_line(s, state);
	sip_payload_init(pl);
	pl->pl_data = body->p;
	pl->pl_len = body->len;
	agent_route_url(&s->dest, s->listener->transport, url);
	return nta_outgoing_tcreate(
	        s->dialog, on_response, s, URL_STRING_MAKE(url),
	        SIP_METHOD_NOTIFY, NULL, TAG_IF(tp, NTATAG_TPORT(tp)),
	        TAG_IF(!tp, TPTAG_IDENT(s->listener->ident)),
	        SIPTAG_CONTACT_STR(s->contact), SIPTAG_EVENT_STR(s->event),
	        SIPTAG_SUBSCRIPTION_STATE_STR(state),
	        TAG_IF(body->len, SIPTAG_CONTENT_TYPE_STR(s->conf->type)),
	        TAG_IF(body->len, SIPTAG_PAYLOAD(pl)), TAG_END());
}

static void notify(struct timer *t, void *arg)
{
	struct subscription *s = arg;
	struct buf body = { 0 };

	(void)t;
	OBJ_CHECK(s, SUBSCRIPTION_MAGIC);
	if (s->tport && !tport_is_clear_to_send(s->tport)) {
		vanish(s); /* its connection has closed: nobody can hear us */
		return;
	}
	if (s->ops)
		s->ops->write(&body, s->version++, s->arg);
	s->is_dirty = false;
	s->quiet_ms = loop_now_ms(s->agent->loop) + s->conf->interval_ms;
	s->orq = transmit(s, s->ops ? &body : &s->last);
	buf_free(&body);
	if (s->orq)
		s->agent->gauges.transactions++;
	else
		vanish(s);
}

/* Is there something to tell, the NOTIFY goes as soon as it may. */
static void schedule(struct subscription *s)
{
	int64_t wait = s->quiet_ms - loop_now_ms(s->agent->loop);

	if (s->reason)
		s->is_dirty = true;
	if (!s->is_dirty || s->orq)
		return;
	timer_start(loop_timers(s->agent->loop), &s->notify,
	            wait > 0 ? wait : 0, notify, s);
}

void subscription_changed(struct subscription *s)
{
	s->is_dirty = true;
	schedule(s);
}

/* --- SUBSCRIBE ---------------------------------------------------------------- */

static void expired(struct timer *t, void *arg)
{
	struct subscription *s = arg;

	(void)t;
	OBJ_CHECK(s, SUBSCRIPTION_MAGIC);
	end_by_itself(s, "timeout");
}

int64_t subscription_lifetime(const struct subscription_conf *conf,
                              int64_t asked)
{
	if (asked < 0)
		return conf->default_s;
	if (asked > 0 && asked < conf->min_s)
		return -ERANGE;
	return asked < conf->max_s ? asked : conf->max_s;
}

static void too_brief(const struct subscription_conf *conf,
                      nta_incoming_t *irq)
{
	char header[48];

	snprintf(header, sizeof(header), "Min-Expires: %u", conf->min_s);
	nta_incoming_treply(irq, 423, "Interval Too Brief",
	                    SIPTAG_HEADER_STR(header), TAG_END());
}

static int64_t asked(const sip_t *sip)
{
	return sip->sip_expires ? (int64_t)sip->sip_expires->ex_delta : -1;
}

/* 200, the new end, and the state anew (RFC 6665 4.2.1.2).  A lifetime of 0
 * is over with that. */
static void grant(struct subscription *s, nta_incoming_t *irq, int64_t life_s)
{
	char expires[24];

	snprintf(expires, sizeof(expires), "%lld", (long long)life_s);
	nta_incoming_treply(irq, SIP_200_OK, SIPTAG_EXPIRES_STR(expires),
	                    SIPTAG_CONTACT_STR(s->contact), TAG_END());
	s->ends_ms = loop_now_ms(s->agent->loop) + life_s * 1000;
	s->quiet_ms = 0;
	timer_start(loop_timers(s->agent->loop), &s->expiry, life_s * 1000,
	            expired, s);
	if (life_s > 0)
		subscription_changed(s);
}

static void follow(struct subscription *s, nta_incoming_t *irq,
                   const sip_t *sip)
{
	struct agent *a = s->agent;
	msg_t *msg = nta_incoming_getrequest(irq);
	tport_t *tp = tport_delivered_by(nta_agent_tports(a->nta), msg);
	struct buf b = { 0 };

	addr_from_sockaddr(&s->dest, &msg_addr(msg)->su_sa);
	s->listener = agent_listener_of(a, tp);
	if (s->tport)
		tport_unref(s->tport);
	s->tport = tp && tport_is_secondary(tp) &&
	                           s->listener->transport != SIP_UDP
	                   ? tport_ref(tp)
	                   : NULL;
	if (s->tport) /* it is not to be closed for being idle */
		flow_of(a, s->tport);
	msg_destroy(msg);
	nta_leg_server_route(s->dialog, sip->sip_record_route,
	                     sip->sip_contact);
	agent_contact(a, s->listener, &s->dest, NULL, &b);
	free(s->contact);
	s->contact = buf_take(&b);
}

static bool is_same_event(const struct subscription *s, const sip_t *sip)
{
	const sip_event_t *e = sip->sip_event;
	char text[512];

	snprintf(text, sizeof(text), "%s%s%s", e && e->o_type ? e->o_type : "",
	         e && e->o_id ? ";id=" : "", e && e->o_id ? e->o_id : "");
	return strcasecmp(text, s->event) == 0;
}

static int refresh(struct subscription *s, nta_incoming_t *irq,
                   const sip_t *sip)
{
	int64_t life_s = subscription_lifetime(s->conf, asked(sip));

	if (!is_same_event(s, sip)) {
		nta_incoming_treply(irq, SIP_489_BAD_EVENT,
		                    SIPTAG_ALLOW_EVENTS_STR(s->conf->event),
		                    TAG_END());
		return 489;
	}
	if (life_s < 0) {
		too_brief(s->conf, irq);
		return 423;
	}
	follow(s, irq, sip);
	grant(s, irq, life_s);
	return 200;
}

static int on_request(void *magic, nta_leg_t *dialog, nta_incoming_t *irq,
                      const sip_t *sip)
{
	struct subscription *s = magic;

	(void)dialog;
	OBJ_CHECK(s, SUBSCRIPTION_MAGIC);
	if (sip->sip_request->rq_method != sip_method_subscribe)
		return sip->sip_request->rq_method == sip_method_ack ? 481
		                                                     : 405;
	if (!s->ops)
		return 481;
	return refresh(s, irq, sip);
}

static bool open_dialog(struct subscription *s, const struct request *rq)
{
	const sip_t *sip = rq->sip;
	const sip_event_t *e = sip->sip_event;

	s->dialog = nta_leg_tcreate(s->agent->nta, on_request, s,
	                            SIPTAG_CALL_ID(sip->sip_call_id),
	                            SIPTAG_FROM(sip->sip_to),
	                            SIPTAG_TO(sip->sip_from),
	                            NTATAG_REMOTE_CSEQ(sip->sip_cseq->cs_seq),
	                            TAG_END());
	if (!s->dialog)
		return false;
	nta_leg_tag(s->dialog, nta_incoming_tag(rq->irq, NULL));
	s->event = e->o_id ? xasprintf("%s;id=%s", e->o_type, e->o_id)
	                   : xstrdup(e->o_type);
	return true;
}

static bool has_contact(const sip_t *sip)
{
	const sip_contact_t *m = sip->sip_contact;

	return m && !m->m_next && (m->m_url->url_type == url_sip ||
	                           m->m_url->url_type == url_sips);
}

int subscription_accept(struct subscription **out, struct request *rq,
                        const struct subscription_conf *conf,
                        const struct subscription_ops *ops, void *arg)
{
	struct agent *a = rq->agent;
	const sip_t *sip = rq->sip;
	int64_t life_s = subscription_lifetime(conf, asked(sip));
	struct subscription *s;
	nta_incoming_t *irq;

	if (!has_contact(sip) || life_s < 0) {
		if (life_s < 0)
			too_brief(conf, rq->irq);
		else
			nta_incoming_treply(rq->irq, SIP_400_BAD_REQUEST,
			                    TAG_END());
		nta_incoming_destroy(request_take(rq));
		return -EINVAL;
	}
	s = xzalloc(sizeof(*s));
	OBJ_INIT(s, SUBSCRIPTION_MAGIC);
	s->agent = a;
	s->conf = conf;
	s->ops = ops;
	s->arg = arg;
	DL_APPEND(a->subscriptions, s);
	a->gauges.subscriptions++;
	if (!open_dialog(s, rq)) {
		subscription_free(s);
		request_reply(rq, 500, "Internal Server Error", NULL);
		return -ENOMEM;
	}
	follow(s, rq->irq, sip);
	grant(s, rq->irq, life_s);
	irq = request_take(rq);
	nta_incoming_destroy(irq);
	*out = s;
	return 0;
}

/* --- what a request asks for -------------------------------------------------- */

const char *request_event(const struct request *rq)
{
	const sip_event_t *e = rq->sip->sip_event;

	return e && e->o_type ? e->o_type : "";
}

bool request_accepts(const struct request *rq, const char *type)
{
	const sip_accept_t *ac = rq->sip->sip_accept;

	if (!ac)
		return true;
	for (; ac; ac = ac->ac_next)
		if (ac->ac_type && (strcasecmp(ac->ac_type, type) == 0 ||
		                    strcmp(ac->ac_type, "*/*") == 0 ||
		                    strcasecmp(ac->ac_type, "application/*") ==
		                            0))
			return true;
	return false;
}
