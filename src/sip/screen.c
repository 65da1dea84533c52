/* sip/screen.c - what every request outside a dialog must pass before anybody
 * else sees it (RFC 3261 8.2). */
#include "sip/agent_priv.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/id.h"
#include "base/strutil.h"

#define MOST_UNSUPPORTED 256 /* bytes of option tags in a 420 */

/* These make sense within a dialog only (RFC 3261 15.1.2). */
static bool needs_dialog(const sip_t *sip)
{
	sip_method_t m = sip->sip_request->rq_method;

	return m == sip_method_bye || m == sip_method_cancel ||
	       m == sip_method_info || m == sip_method_update ||
	       m == sip_method_notify || is_prack(sip);
}

static bool is_known(sip_method_t m)
{
	return m == sip_method_invite || m == sip_method_register ||
	       m == sip_method_options || m == sip_method_message ||
	       m == sip_method_subscribe || m == sip_method_publish;
}

/* Option tags we understand in a Require, by method. */
static bool supports(sip_method_t m, const char *tag)
{
	if (m == sip_method_invite && (strcasecmp(tag, "100rel") == 0 ||
	                               strcasecmp(tag, "replaces") == 0))
		return true;
	if (m == sip_method_invite || m == sip_method_update)
		return strcasecmp(tag, "timer") == 0;
	if (m == sip_method_refer)
		return strcasecmp(tag, "norefersub") == 0;
	return m == sip_method_register && (strcasecmp(tag, "path") == 0 ||
	                                    strcasecmp(tag, "outbound") == 0);
}

/* The answer is never much larger than need be, whatever was asked. */
static void add_unsupported(struct buf *out, const char *tag)
{
	if (out->len + strlen(tag) < MOST_UNSUPPORTED)
		buf_fmt(out, "%s%s", out->len ? ", " : "", tag);
}

static int check_require(nta_incoming_t *irq, const sip_t *sip, long room)
{
	sip_method_t m = sip->sip_request->rq_method;
	const sip_require_t *r = sip->sip_require;
	struct buf missing = { 0 };
	bool is_missing = false, fits;

	for (; r; r = (const sip_require_t *)r->k_next)
		for (size_t i = 0; r->k_items && r->k_items[i]; i++) {
			if (supports(m, r->k_items[i]))
				continue;
			is_missing = true;
			add_unsupported(&missing, r->k_items[i]);
		}
	if (!is_missing)
		return 0;
	fits = missing.p &&
	       gate_has_room(room - (long)strlen("Unsupported: \r\n"),
	                     missing.p);
	nta_incoming_treply(irq, SIP_420_BAD_EXTENSION,
	                    TAG_IF(fits,
	                           SIPTAG_UNSUPPORTED_STR(missing.p)),
	                    TAG_END());
	buf_free(&missing);
	return 420;
}

int screen_require(nta_incoming_t *irq, const sip_t *sip)
{
	return check_require(irq, sip, LONG_MAX);
}

static bool takes_sdp(const sip_accept_t *ac)
{
	for (; ac; ac = ac->ac_next)
		if (ac->ac_type &&
		    (strcasecmp(ac->ac_type, "application/sdp") == 0 ||
		     strcmp(ac->ac_type, "*/*") == 0 ||
		     strcasecmp(ac->ac_type, "application/*") == 0))
			return true;
	return false;
}

/* RFC 4475 3.3.15: a description is all that we could answer with. */
static int check_accept(const sip_t *sip)
{
	return sip->sip_request->rq_method == sip_method_invite &&
	                       sip->sip_accept && !takes_sdp(sip->sip_accept)
	               ? 406
	               : 0;
}

static int check_body(nta_incoming_t *irq, const sip_t *sip, long room)
{
	const sip_content_type_t *type = sip->sip_content_type;
	bool has_body = sip->sip_payload && sip->sip_payload->pl_len > 0;

	if (sip->sip_request->rq_method != sip_method_invite || !has_body)
		return 0;
	if (sip->sip_content_encoding || !type || !type->c_type ||
	    strcasecmp(type->c_type, "application/sdp") != 0) {
		bool fits = gate_has_room(room, "Accept: application/sdp\r\n"
		                                "Accept-Encoding: \r\n");

		nta_incoming_treply(
		        irq, SIP_415_UNSUPPORTED_MEDIA,
		        TAG_IF(fits, SIPTAG_ACCEPT_STR("application/sdp")),
		        TAG_IF(fits, SIPTAG_ACCEPT_ENCODING_STR("")),
		        TAG_END());
		return 415;
	}
	return 0;
}

/* RFC 3261 18.3: a datagram that ends before its body does. */
static bool is_cut_short(const sip_t *sip)
{
	size_t len = sip->sip_payload ? sip->sip_payload->pl_len : 0;

	return sip->sip_content_length &&
	       sip->sip_content_length->l_length > len;
}

static int check_invite(nta_incoming_t *irq, const sip_t *sip)
{
	const sip_contact_t *m = sip->sip_contact;

	if (sip->sip_request->rq_method != sip_method_invite)
		return 0;
	/* RFC 3261 8.1.1.8: exactly one Contact, and a SIP URI */
	if (!m || m->m_next || (m->m_url->url_type != url_sip &&
	                        m->m_url->url_type != url_sips))
		return 400;
	if (sip->sip_max_forwards && sip->sip_max_forwards->mf_count == 0)
		return 483;
	if (breadth_of(sip) == 0) { /* RFC 5393 5.3.3.1 */
		nta_incoming_treply(irq, 440, "Max-Breadth Exceeded",
		                    TAG_END());
		return 440;
	}
	return 0;
}

int screen_request(struct agent *a, nta_incoming_t *irq, const sip_t *sip)
{
	sip_method_t m = sip->sip_request->rq_method;
	int type = sip->sip_request->rq_url->url_type, status;

	if (m == sip_method_ack)
		return 481; /* nta never answers an ACK */
	if (sip->sip_to->a_tag || needs_dialog(sip))
		return 481;
	if (!is_known(m)) {
		nta_incoming_treply(irq, SIP_405_METHOD_NOT_ALLOWED,
		                    TAG_IF(gate_has_room(a->room,
		                                         "Allow: " AGENT_ALLOW
		                                         "\r\n"),
		                           SIPTAG_ALLOW_STR(AGENT_ALLOW)),
		                    TAG_END());
		return 405;
	}
	if (type != url_sip && type != url_sips)
		return 416;
	if (!sip->sip_from->a_tag || !*sip->sip_call_id->i_id ||
	    is_cut_short(sip))
		return 400;
	/* One of our own legs came back to us: RFC 3261 16.3, 8.2.2.2 */
	if (id_is_ours(sip->sip_call_id->i_id))
		return 482;
	status = check_require(irq, sip, a->room);
	if (!status)
		status = check_invite(irq, sip);
	if (!status)
		status = session_screen(a, irq, sip);
	if (!status)
		status = check_accept(sip);
	return status ? status : check_body(irq, sip, a->room);
}
