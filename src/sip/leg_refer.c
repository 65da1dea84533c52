/* sip/leg_refer.c - REFER on a leg, and what it is told about it. */
#include "sip/leg_refer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "sip/leg_priv.h"

#define LONGEST_HEADER 4096

/* --- reading ---------------------------------------------------------------- */

static const char *name_of(const msg_header_t *h)
{
	if (h->sh_class == sip_unknown_class)
		return h->sh_unknown->un_name ? h->sh_unknown->un_name : "";
	return h->sh_class->hc_name ? h->sh_class->hc_name : "";
}

/* The library writes an unknown header with its name in front. */
static char *value_of(const msg_header_t *h)
{
	char text[LONGEST_HEADER];
	issize_t n;

	if (h->sh_class == sip_unknown_class)
		return xstrdup(h->sh_unknown->un_value);
	n = msg_header_field_e(text, sizeof(text), h, 0);
	/* it may stand in a message of ours: no line ends */
	return n > 0 && (size_t)n < sizeof(text) &&
	                       !memchr(text, '\n', (size_t)n) &&
	                       !memchr(text, '\r', (size_t)n)
	               ? xstrndup(text, (size_t)n)
	               : NULL;
}

/* How often a header stands there, those that cannot be read included; the
 * value of the first in *out, owned by the caller. */
static size_t find_header(const sip_t *sip, const char *name, char **out)
{
	const msg_header_t *h = (const void *)sip->sip_request;
	size_t found = 0;

	*out = NULL;
	for (const msg_error_t *e = sip->sip_error; e; e = e->er_next)
		if (e->er_common->h_class == sip_error_class &&
		    str_eq_case(e->er_name, name))
			found++;
	for (; h; h = (const msg_header_t *)h->sh_succ) {
		if (strcasecmp(name_of(h), name) != 0)
			continue;
		found++;
		if (!*out)
			*out = value_of(h);
	}
	return found;
}

int message_refer(struct refer *out, const struct message *m)
{
	struct refer r = { .wants_no_notify = false };
	char *to, *sub;
	/* RFC 3515 2.4.2: exactly one */
	bool is_one = find_header(m->sip, "Refer-To", &to) == 1 && to;
	int status = is_one ? refer_to_parse(&r.to, to) : 400;

	if (status == 0 && find_header(m->sip, "Refer-Sub", &sub) > 0) {
		r.wants_no_notify = sub && strncasecmp(sub, "false", 5) == 0;
		free(sub);
	}
	/* RFC 3892 2.1: at most one */
	if (status == 0 &&
	    find_header(m->sip, "Referred-By", &r.referred_by) > 1)
		status = 400;
	free(to);
	if (status)
		refer_clear(&r);
	else
		*out = r;
	return status;
}

void refer_clear(struct refer *r)
{
	free(r->referred_by);
	r->referred_by = NULL;
}

int message_replaces(enum invite_kind *kind, struct replaces *out,
                     const struct message *m)
{
	char *replaces, *join, *value;
	size_t n = find_header(m->sip, "Replaces", &replaces);
	size_t j = find_header(m->sip, "Join", &join);
	int status = 0;

	*kind = j ? INVITE_JOINS : n ? INVITE_REPLACES : INVITE_NEW;
	value = j ? join : replaces;
	/* RFC 3891 3, RFC 3911 4: one of the two, once */
	if (n + j > 0 && (n + j > 1 || !value ||
	                  replaces_parse(out, value) < 0))
		status = 400;
	free(replaces);
	free(join);
	return status;
}

/* --- dialogs ---------------------------------------------------------------- */

static struct leg *find_dialog(struct agent *a, const char *call_id,
                               const char *local_tag, const char *remote_tag)
{
	sip_call_id_t id[1];
	nta_leg_t *dialog;
	struct leg *l;

	sip_call_id_init(id);
	id->i_id = call_id;
	id->i_hash = msg_hash_string(call_id);
	dialog = nta_leg_by_dialog(a->nta, NULL, id, remote_tag, NULL,
	                           local_tag, NULL);
	l = dialog ? nta_leg_magic(dialog, leg_dialog_request) : NULL;
	if (!l || l->is_released || !str_eq(l->local_tag, local_tag))
		return NULL;
	if (str_eq(l->remote_tag, remote_tag) ||
	    (!l->remote_tag && str_eq(l->refer.early_tag, remote_tag)))
		return l;
	return NULL;
}

/* RFC 3891 3: the tags are those of the one that is asked.  A lamp key knows
 * the dialog as the phone has it that it watches (RFC 4235 4.1.2), and asks
 * in its place. */
struct leg *leg_find(struct agent *a, const struct replaces *r)
{
	struct leg *l = find_dialog(a, r->call_id, r->to_tag, r->from_tag);

	return l ? l : find_dialog(a, r->call_id, r->from_tag, r->to_tag);
}

/* Each 18x may come from another phone downstream: the last one counts. */
void leg_note_early(struct leg *l, const sip_t *sip)
{
	if (!sip->sip_to->a_tag ||
	    str_eq(l->refer.early_tag, sip->sip_to->a_tag))
		return;
	free(l->refer.early_tag);
	l->refer.early_tag = xstrdup(sip->sip_to->a_tag);
}

const struct leg_ops *leg_ops_of(const struct leg *l)
{
	return l->ops;
}

void *leg_arg(const struct leg *l)
{
	return l->arg;
}

void leg_move(struct leg *l, const struct leg_ops *ops, void *arg,
              const struct log_ctx *parent)
{
	leg_bind(l, ops, arg);
	l->log.parent = parent;
}

/* --- REFER ------------------------------------------------------------------ */

void leg_allow_refer(struct leg *l)
{
	l->refer.is_allowed = true;
}

const char *leg_allow(const struct leg *l)
{
	return l->refer.is_allowed ? AGENT_ALLOW ", REFER" : AGENT_ALLOW;
}

const char *leg_supported(const struct leg *l)
{
	return l->refer.is_allowed ? "Supported: replaces, norefersub\r\n"
	                           : NULL;
}

void leg_accept_refer(struct leg_request *rq, const struct refer *r)
{
	struct leg *l = rq->leg;
	msg_t *msg = nta_incoming_getrequest(rq->irq);

	leg_end_notify(l);
	l->refer.cseq = sip_object(msg)->sip_cseq->cs_seq;
	msg_destroy(msg);
	l->refer.n_accepted++;
	leg_reply(rq, 202, "Accepted", NULL, NULL, 0,
	          r->wants_no_notify ? "Refer-Sub: false\r\n" : NULL);
	l->refer.is_open = !r->wants_no_notify;
	if (l->refer.is_open)
		leg_watch_refer(l, -1);
	leg_notify(l, 100, false);
}

/* --- NOTIFY ----------------------------------------------------------------- */

static int on_notified(void *magic, nta_outgoing_t *orq, const sip_t *sip)
{
	struct leg *l = magic;
	int status = sip ? sip->sip_status->st_status : 408, next;

	OBJ_CHECK(l, LEG_MAGIC);
	if (status < 200)
		return 0;
	leg_hold(l);
	l->refer.notify = NULL;
	l->agent->gauges.transactions--;
	nta_outgoing_destroy(orq);
	next = l->refer.waiting;
	l->refer.waiting = 0;
	/* RFC 6665 4.2.2: the subscription is gone; the call is not */
	if (status >= 300) {
		l->refer.is_open = false;
		leg_unwatch_refer(l);
	} else if (next) {
		leg_notify(l, next, false);
	}
	leg_drop(l);
	return 0;
}

static nta_outgoing_t *send_notify(struct leg *l, const char *state)
{
	const char *reason = sip_status_phrase(l->refer.told);
	sip_payload_t pl[1];
	char event[32] = "refer", fragment[160];

	/* RFC 3515 2.4.6: all but the first name their REFER */
	if (l->refer.n_accepted > 1)
		snprintf(event, sizeof(event), "refer;id=%u", l->refer.cseq);
	snprintf(fragment, sizeof(fragment), "SIP/2.0 %d %.100s\r\n",
	         l->refer.told, reason ? reason : "Failure");
	sip_payload_init(pl);
	pl->pl_data = fragment;
	pl->pl_len = strlen(fragment);
	return leg_request_out(
	        l, on_notified, SIP_METHOD_NOTIFY,
	        SIPTAG_CONTACT_STR(l->contact), SIPTAG_EVENT_STR(event),
	        SIPTAG_SUBSCRIPTION_STATE_STR(state),
	        SIPTAG_CONTENT_TYPE_STR("message/sipfrag;version=2.0"),
	        SIPTAG_PAYLOAD(pl), TAG_END());
}

static bool may_tell(const struct leg *l)
{
	return l->refer.is_open &&
	       (l->state == LEG_UP || l->state == LEG_ANSWERED);
}

void leg_end_subscription(struct leg *l, const char *why)
{
	nta_outgoing_t *orq;
	char state[64];

	if (!may_tell(l))
		return;
	snprintf(state, sizeof(state), "terminated;reason=%s", why);
	orq = send_notify(l, state);
	/* nobody waits for the answer: the leg may go before it comes */
	if (orq)
		nta_outgoing_bind(orq, agent_transaction_done, l->agent);
	leg_end_notify(l);
	l->refer.is_open = false;
}

void leg_notify(struct leg *l, int status, bool is_last)
{
	char state[64];

	if (!l || !may_tell(l))
		return;
	l->refer.told = status;
	if (is_last) {
		leg_end_subscription(l, "noresource");
		return;
	}
	if (l->refer.notify) { /* one after the other */
		l->refer.waiting = status;
		return;
	}
	snprintf(state, sizeof(state), "active;expires=%d",
	         leg_refer_left_s(l));
	l->refer.notify = send_notify(l, state);
}

void leg_end_notify(struct leg *l)
{
	if (l->refer.notify)
		nta_outgoing_bind(l->refer.notify, agent_transaction_done,
		                  l->agent);
	l->refer.notify = NULL;
	l->refer.waiting = 0;
	leg_unwatch_refer(l);
}
