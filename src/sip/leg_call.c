/* sip/leg_call.c - the INVITE that went out (RFC 3261 13.2), its ACK and its
 * CANCEL. */
#include "sip/leg_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "sip/digest.h"
#include "sip/uri.h"

static int on_response(void *magic, nta_outgoing_t *orq, const sip_t *sip);

/* --- credentials ----------------------------------------------------------- */

static bool realm_is_ours(const struct leg *l, const struct digest_params *p)
{
	char realm[256];

	if (!l->auth.realm)
		return true;
	return digest_param(p, "realm", realm, sizeof(realm)) &&
	       strcmp(realm, l->auth.realm) == 0;
}

static bool answer_challenge(struct leg *l, const msg_auth_t *au,
                             const char *name, const char *method,
                             const char *uri)
{
	struct digest_params p;
	struct digest_answer a = { l->auth.username, l->auth.password, method,
		                   uri, ++l->auth.nc, NULL };
	struct buf b = { 0 };

	if (!au->au_params)
		return false;
	p.params = (const char *const *)au->au_params;
	if (!realm_is_ours(l, &p))
		return false;
	buf_fmt(&b, "%s: ", name);
	if (digest_respond(&b, &p, &a) < 0) {
		buf_free(&b);
		return false;
	}
	buf_str(&b, "\r\n");
	free(l->auth.header);
	l->auth.header = buf_take(&b);
	return true;
}

char *leg_take_credentials(struct leg *l)
{
	char *line = l->auth.header;

	l->auth.header = NULL;
	return line;
}

bool leg_take_challenge(struct leg *l, const sip_t *sip, const char *method,
                        const nta_outgoing_t *orq)
{
	const url_t *target = nta_outgoing_request_uri(orq);
	char uri[2048];
	int status = sip->sip_status->st_status;
	const msg_auth_t *au = status == 407 ? sip->sip_proxy_authenticate
	                                     : sip->sip_www_authenticate;
	const char *name =
	        status == 407 ? "Proxy-Authorization" : "Authorization";

	if ((status != 401 && status != 407) || !l->auth.username ||
	    l->auth.was_tried || !target ||
	    url_e(uri, sizeof(uri), target) >= (issize_t)sizeof(uri))
		return false;
	l->auth.was_tried = true;
	l->auth.nc = 0;
	/* RFC 8760 2.4: the topmost challenge that we can answer */
	for (; au; au = au->au_next)
		if (au->au_scheme && str_eq_case(au->au_scheme, "Digest") &&
		    answer_challenge(l, au, name, method, uri))
			return true;
	return false;
}

/* --- sending --------------------------------------------------------------- */

static bool send_invite(struct leg *l, const char *sdp, size_t len,
                        const char *headers)
{
	sip_payload_t pl[1];
	char hops[8], breadth[32];
	char *credentials = leg_take_credentials(l);
	char *session = leg_session_ask(l, true);

	snprintf(hops, sizeof(hops), "%d", l->max_forwards);
	snprintf(breadth, sizeof(breadth), "Max-Breadth: %u\r\n",
	         l->max_breadth);
	sip_payload_init(pl);
	pl->pl_data = (char *)(uintptr_t)sdp;
	pl->pl_len = len;
	l->invite_out = leg_request_out(
	        l, on_response, SIP_METHOD_INVITE, NTATAG_PASS_100(1),
	        TAG_IF(l->route, SIPTAG_ROUTE_STR(l->route)),
	        SIPTAG_MAX_FORWARDS_STR(hops), SIPTAG_CONTACT_STR(l->contact),
	        SIPTAG_ALLOW_STR(leg_allow(l)),
	        SIPTAG_SUPPORTED_STR(AGENT_SUPPORTED),
	        TAG_IF(leg_supported(l), SIPTAG_HEADER_STR(leg_supported(l))),
	        SIPTAG_HEADER_STR(breadth),
	        TAG_IF(l->allows_reliable, SIPTAG_SUPPORTED_STR("100rel")),
	        TAG_IF(session, SIPTAG_HEADER_STR(session)),
	        TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
	        TAG_IF(sdp, SIPTAG_PAYLOAD(pl)),
	        TAG_IF(credentials, SIPTAG_HEADER_STR(credentials)),
	        TAG_IF(!str_is_empty(headers), SIPTAG_HEADER_STR(headers)),
	        TAG_END());
	free(session);
	free(l->auth.ack_header);
	l->auth.ack_header = credentials;
	if (!l->invite_out)
		return false;
	l->invite_cseq = nta_outgoing_cseq(l->invite_out);
	l->has_provisional = false;
	l->offers = sdp != NULL;
	return true;
}

/* The INVITE itself holds the description, and we the other lines. */
static bool send_again(struct leg *l, nta_outgoing_t *old)
{
	msg_t *msg = nta_outgoing_getrequest(old);
	const sip_t *sip = sip_object(msg);
	struct message m;
	bool done;

	message_view(&m, sip, NULL);
	done = send_invite(l, m.body, m.body_len, l->invite_headers);
	msg_destroy(msg);
	return done;
}

static bool open_dialog(struct leg *l, const struct leg_invite *in)
{
	struct buf from = { 0 }, to = { 0 };
	char *user = sip_uri_escape(in->from_user ? in->from_user : "");
	char id[ID_CALL_LEN + 1];

	id_call(id);
	if (!str_is_empty(in->from_name)) {
		buf_char(&from, '"');
		for (const char *s = in->from_name; *s; s++) {
			if (*s == '"' || *s == '\\')
				buf_char(&from, '\\');
			buf_char(&from, (unsigned char)*s < 0x20 ? ' ' : *s);
		}
		buf_str(&from, "\" ");
	}
	buf_fmt(&from, "<sip:%s%s%s>", user, *user ? "@" : "", in->from_host);
	free(user);
	buf_fmt(&to, "<%s>", in->to_uri);
	l->dialog = nta_leg_tcreate(l->agent->nta, leg_dialog_request, l,
	                            SIPTAG_CALL_ID_STR(id),
	                            SIPTAG_FROM_STR(from.p),
	                            SIPTAG_TO_STR(to.p), TAG_END());
	buf_free(&from);
	buf_free(&to);
	if (!l->dialog)
		return false;
	l->local_tag = xstrdup(nta_leg_tag(l->dialog, NULL));
	leg_register(l, id);
	return true;
}

static void take_target(struct leg *l, const struct leg_invite *in)
{
	const struct target *t = &in->target;
	struct flow *f = flow_find(l->agent, t->flow);

	agent_expect(l->agent, t);
	l->uri = sip_uri_bare(t->uri);
	l->route = str_is_empty(t->route) ? NULL : xstrdup(t->route);
	l->dest = t->dest;
	l->transport = t->transport;
	l->local = t->local;
	l->is_natted = in->is_natted;
	l->allows_reliable = !in->refuses_reliable;
	if (in->max_breadth)
		l->max_breadth = in->max_breadth;
	l->max_forwards = in->max_forwards >= 0 ? in->max_forwards
	                                        : LEG_MAX_FORWARDS;
	if (f) {
		l->flow = f->id;
		l->tport = tport_ref(f->tport);
		l->listener = agent_listener_of(l->agent, f->tport);
	} else {
		l->listener = agent_listener_for(l->agent, t->transport,
		                                 &t->dest, &t->local);
	}
	l->refer.is_allowed = in->may_refer;
	l->auth.username = xstrdup(in->auth.username);
	l->auth.password = xstrdup(in->auth.password);
	l->auth.realm = xstrdup(in->auth.realm);
	l->invite_headers = xstrdup(in->headers);
}

int leg_invite(struct leg **out, struct agent *a, const struct leg_invite *in,
               const struct leg_ops *ops, void *arg,
               const struct log_ctx *parent)
{
	struct leg *l = leg_new(a, ops, arg, parent);
	int rc = -EIO;

	l->state = LEG_CALLING;
	take_target(l, in);
	if (!l->listener)
		rc = -EAFNOSUPPORT;
	else if (open_dialog(l, in)) {
		leg_make_contact(l);
		if (send_invite(l, in->sdp, in->sdp_len, in->headers)) {
			*out = l;
			return 0;
		}
	}
	l->state = LEG_DONE;
	l->is_released = true;
	leg_hold(l);
	leg_drop(l);
	return rc;
}

/* --- answers --------------------------------------------------------------- */

static void on_provisional(struct leg *l, const sip_t *sip, nta_outgoing_t *orq)
{
	struct message m;
	msg_t *msg;

	l->has_provisional = true;
	leg_note_early(l, sip);
	if (l->wants_cancel) {
		leg_send_cancel(l); /* held until now: RFC 3261 9.1 */
		return;
	}
	if (l->state != LEG_CALLING || sip->sip_status->st_status == 100)
		return;
	msg = nta_outgoing_getresponse(orq);
	message_view(&m, sip, msg);
	msg_destroy(msg);
	if (leg_early_take(l, sip, &m))
		l->ops->progress(l, &m, l->arg);
}

static void on_success(struct leg *l, const sip_t *sip, nta_outgoing_t *orq)
{
	msg_t *msg = nta_outgoing_getresponse(orq);
	struct message m;

	message_view(&m, sip, msg);
	msg_destroy(msg);
	leg_early_settle(l, sip, &m);
	free(l->remote_tag);
	l->remote_tag = xstrdup(sip->sip_to->a_tag);
	if (l->remote_tag)
		nta_leg_rtag(l->dialog, l->remote_tag);
	leg_learn_target(l, sip, true, &m.source);
	l->owes_ack = true;
	if (l->state == LEG_CLOSING) {
		/* CANCEL and 200 crossed: ACK, then BYE, in that order */
		leg_send_ack(l);
		leg_bye(l);
		return;
	}
	leg_enter(l, LEG_CLAIMED);
	leg_session_accepted(l, sip);
	l->ops->answered(l, &m, l->arg);
}

static bool may_try_again(struct leg *l, const sip_t *sip,
                          const nta_outgoing_t *orq)
{
	if (leg_session_raise(l, sip)) {
		l->auth.was_tried = false; /* it may be challenged anew */
		return true;
	}
	return leg_take_challenge(l, sip, "INVITE", orq);
}

static void on_failure(struct leg *l, const sip_t *sip, nta_outgoing_t *orq)
{
	struct message m = { .status = 408, .reason = "Request Timeout" };
	msg_t *msg = sip ? nta_outgoing_getresponse(orq) : NULL;

	if (sip)
		message_view(&m, sip, msg);
	if (msg)
		msg_destroy(msg);
	if (l->state == LEG_CLOSING) {
		leg_finish(l);
		return;
	}
	if (sip && may_try_again(l, sip, orq) && send_again(l, orq))
		return;
	leg_session_hide(&m);
	leg_enter(l, LEG_CLOSING);
	l->ops->failed(l, &m, l->arg);
}

static int on_response(void *magic, nta_outgoing_t *orq, const sip_t *sip)
{
	struct leg *l = magic;
	int status = sip ? sip->sip_status->st_status : 408;

	OBJ_CHECK(l, LEG_MAGIC);
	leg_hold(l);
	if (sip && !nta_sip_is_internal(sip) && l->state == LEG_CALLING &&
	    l->ops->heard)
		l->ops->heard(l, l->arg);
	if (status < 200) {
		on_provisional(l, sip, orq);
		leg_drop(l);
		return 0;
	}
	/* The handle goes last: over TCP the response goes with it. */
	l->invite_out = NULL;
	l->agent->gauges.transactions--;
	if (status < 300)
		on_success(l, sip, orq);
	else
		on_failure(l, sip, orq);
	leg_early_clear(l);
	nta_outgoing_destroy(orq);
	leg_drop(l);
	return 0;
}

/* --- ACK and CANCEL -------------------------------------------------------- */

/* Stateless: a repeated 2xx comes back through leg_stray.c, which sends the
 * ACK again. */
static void send_ack(struct leg *l, uint32_t number, const char *sdp)
{
	sip_payload_t pl[1];
	char cseq[24];

	snprintf(cseq, sizeof(cseq), "%u ACK", number);
	sip_payload_init(pl);
	if (sdp) {
		pl->pl_data = (char *)(uintptr_t)sdp;
		pl->pl_len = strlen(sdp);
	}
	leg_request_out(
	        l, NULL, SIP_METHOD_ACK, NTATAG_STATELESS(1),
	        SIPTAG_CSEQ_STR(cseq),
	        TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
	        TAG_IF(sdp, SIPTAG_PAYLOAD(pl)),
	        TAG_IF(l->auth.ack_header,
	               SIPTAG_HEADER_STR(l->auth.ack_header)),
	        TAG_END());
}

void leg_send_ack(struct leg *l)
{
	send_ack(l, l->invite_cseq, l->ack_sdp);
	l->owes_ack = false;
}

void leg_repeat_ack(struct leg *l, uint32_t cseq)
{
	if (cseq == l->invite_cseq && !l->owes_ack)
		send_ack(l, cseq, l->ack_sdp);
	else if (cseq == l->past_cseq)
		send_ack(l, cseq, l->past_ack_sdp);
}

void leg_ack(struct leg *l, const char *sdp, size_t sdp_len)
{
	if (!l->owes_ack)
		return;
	free(l->ack_sdp);
	l->ack_sdp = sdp ? xstrndup(sdp, sdp_len) : NULL;
	leg_send_ack(l);
	if (l->state == LEG_CLAIMED)
		leg_enter(l, LEG_UP);
}

/* A transaction of its own on the INVITE's branch (RFC 3261 9.1). */
void leg_send_cancel(struct leg *l)
{
	nta_outgoing_t *invite = l->invite_out ? l->invite_out : l->sent.orq;
	char cseq[24], url[AGENT_ROUTE];
	tport_t *tp = leg_connection(l);
	nta_outgoing_t *orq;

	l->wants_cancel = false;
	snprintf(cseq, sizeof(cseq), "%u CANCEL", l->invite_cseq);
	agent_route_url(&l->dest, l->transport, url);
	orq = nta_outgoing_tcreate(
	        l->dialog, agent_transaction_done, l->agent, URL_STRING_MAKE(url),
	        SIP_METHOD_CANCEL,
	        (url_string_t *)nta_outgoing_request_uri(invite),
	        NTATAG_BRANCH_KEY(nta_outgoing_branch(invite)),
	        TAG_IF(tp, NTATAG_TPORT(tp)),
	        TAG_IF(!tp, TPTAG_IDENT(l->listener->ident)),
	        SIPTAG_CSEQ_STR(cseq),
	        /* a re-INVITE's route is its dialog's, and nta knows it */
	        TAG_IF(l->invite_out && l->route, SIPTAG_ROUTE_STR(l->route)),
	        TAG_IF(l->cancel_headers,
	               SIPTAG_HEADER_STR(l->cancel_headers)),
	        TAG_END());
	if (orq)
		l->agent->gauges.transactions++;
}
