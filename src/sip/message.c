/* sip/message.c - what the other folders see of a SIP message. */
#include "sip/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "sip/identity.h"
#include "sip/message_priv.h"

/* Headers that cross (RFC 5853 calls it header manipulation; here it is a
 * white list).  What is not named stays behind: identity is the trust's
 * (b2bua/identity.c), routing and capabilities are each leg's own, X- headers
 * nobody's. */
#define ALL_CALLS (CROSS_CALL | CROSS_CARRIER_CALL)
static const struct {
	const char *name;
	unsigned on;     /* enum crossing_kind */
	unsigned hidden; /* by these bits of Privacy: what tells of a person */
} crossing[] = {
	{ "Accept-Language", ALL_CALLS, 0 },
	/* Many phones answer by themselves when these two ask for it: that is
	 * no carrier's to ask. */
	{ "Alert-Info", CROSS_CALL | CROSS_ANSWER, 0 },
	{ "Call-Info", CROSS_CALL | CROSS_ANSWER, PRIVACY_USER },
	{ "Content-Disposition", CROSS_INSIDE | CROSS_TEXT, 0 },
	{ "Content-Encoding", CROSS_INSIDE | CROSS_TEXT, 0 },
	{ "Content-Language", CROSS_INSIDE | CROSS_TEXT, 0 },
	{ "Diversion", ALL_CALLS, PRIVACY_HISTORY },
	{ "History-Info", ALL_CALLS | CROSS_ANSWER,
	  PRIVACY_HISTORY | PRIVACY_HEADER },
	{ "Info-Package", CROSS_INSIDE, 0 }, /* RFC 6086 */
	{ "MIME-Version", CROSS_INSIDE | CROSS_TEXT, 0 },
	{ "Priority", ALL_CALLS | CROSS_TEXT, 0 },
	{ "Subject", ALL_CALLS | CROSS_TEXT, PRIVACY_USER },
	{ "User-to-User", ALL_CALLS | CROSS_INSIDE | CROSS_ANSWER, 0 },
};

void message_view(struct message *out, const sip_t *sip, const msg_t *msg)
{
	struct message m = { .reason = "", .retry_after_s = -1, .sip = sip };

	if (sip->sip_status) {
		m.status = sip->sip_status->st_status;
		m.reason = sip->sip_status->st_phrase;
	}
	if (sip->sip_cseq)
		m.method = sip->sip_cseq->cs_method_name;
	if (sip->sip_payload && sip->sip_payload->pl_len > 0) {
		m.body = sip->sip_payload->pl_data;
		m.body_len = sip->sip_payload->pl_len;
	}
	if (sip->sip_content_type)
		m.type = sip->sip_content_type->c_type;
	if (sip->sip_retry_after)
		m.retry_after_s = (int)sip->sip_retry_after->af_delta;
	if (msg && !nta_sip_is_internal(sip))
		addr_from_sockaddr(&m.source,
		                   &msg_addr((msg_t *)msg)->su_sa);
	*out = m;
}

bool message_has_sdp(const struct message *m)
{
	return m->body && m->type &&
	       strcasecmp(m->type, "application/sdp") == 0;
}

static bool may_cross(const char *name, unsigned kind, unsigned privacy)
{
	for (size_t i = 0; i < NELEM(crossing); i++)
		if (strcasecmp(name, crossing[i].name) == 0)
			return (crossing[i].on & kind) &&
			       !(crossing[i].hidden & privacy);
	return false;
}

/* The name of a header as it stands on the wire: unknown headers carry their
 * own, and their class has an empty one. */
static const char *name_of(const msg_header_t *h)
{
	if (h->sh_class == sip_unknown_class)
		return h->sh_unknown->un_name ? h->sh_unknown->un_name : "";
	return h->sh_class->hc_name ? h->sh_class->hc_name : "";
}

/* sofia writes the name, too, of a header that it does not know. */
static issize_t encode_value(char *text, size_t size, const msg_header_t *h)
{
	if (h->sh_class == sip_unknown_class)
		return snprintf(text, size, "%s",
		                h->sh_unknown->un_value ? h->sh_unknown->un_value
		                                        : "");
	return msg_header_field_e(text, size, h, 0);
}

/* The value on one line (RFC 3261 7.3.1: a fold is a blank); false: it is
 * too long, and stays behind. */
static bool add_value(struct buf *b, const msg_header_t *h)
{
	char text[2048];
	issize_t n = encode_value(text, sizeof(text), h);

	if (n <= 0 || (size_t)n >= sizeof(text))
		return false;
	for (issize_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20)
			text[i] = ' ';
	buf_add(b, text, (size_t)n);
	return true;
}

static void add_line(struct buf *b, const msg_header_t *h)
{
	size_t before = b->len;

	buf_fmt(b, "%s: ", name_of(h));
	if (add_value(b, h)) {
		buf_str(b, "\r\n");
	} else {
		b->len = before;
		b->p[before] = '\0';
	}
}

static const msg_header_t *first_header(const sip_t *sip)
{
	return (const msg_header_t *)(sip->sip_request
	                                      ? (const void *)sip->sip_request
	                                      : (const void *)sip->sip_status);
}

char *message_crossing_as(const struct message *m, enum crossing_kind kind,
                          unsigned privacy)
{
	const sip_t *sip = m->sip;
	struct buf b = { 0 };

	if (!sip)
		return NULL;
	for (const msg_header_t *h = first_header(sip); h;
	     h = (const msg_header_t *)h->sh_succ)
		if (may_cross(name_of(h), kind, privacy))
			add_line(&b, h);
	if (b.len == 0)
		buf_free(&b);
	return b.p;
}

char *message_crossing(const struct message *m)
{
	const sip_t *sip = m->sip;

	if (!sip)
		return NULL;
	return message_crossing_as(m,
	                           sip->sip_status ? CROSS_ANSWER
	                           : sip->sip_to && sip->sip_to->a_tag
	                                   ? CROSS_INSIDE
	                                   : CROSS_CALL,
	                           0);
}

char *message_header(const struct message *m, const char *name)
{
	const sip_t *sip = m->sip;
	struct buf b = { 0 };

	if (!sip)
		return NULL;
	for (const msg_header_t *h = first_header(sip); h;
	     h = (const msg_header_t *)h->sh_succ) {
		size_t before = b.len;

		if (strcasecmp(name_of(h), name) != 0)
			continue;
		if (before)
			buf_str(&b, ", ");
		if (!add_value(&b, h) && b.p) {
			b.len = before;
			b.p[before] = '\0';
		}
	}
	if (b.len == 0)
		buf_free(&b);
	return b.p;
}

static char *value_of(const void *header)
{
	char text[512];
	issize_t n;

	if (!header)
		return NULL;
	n = msg_header_field_e(text, sizeof(text), header, 0);
	return n > 0 && (size_t)n < sizeof(text) ? xstrndup(text, (size_t)n)
	                                         : NULL;
}

char *message_content_type(const struct message *m)
{
	const sip_t *sip = m->sip;

	return sip ? value_of(sip->sip_content_type) : NULL;
}

char *message_reason(const struct message *m)
{
	return message_header(m, "Reason");
}

int message_q850(const struct message *m)
{
	const sip_t *sip = m->sip;
	const sip_reason_t *r = sip ? sip->sip_reason : NULL;
	long cause;

	for (; r; r = r->re_next)
		if (r->re_protocol && r->re_cause &&
		    strcasecmp(r->re_protocol, "Q.850") == 0) {
			cause = strtol(r->re_cause, NULL, 10);
			return cause > 0 && cause < 128 ? (int)cause : 0;
		}
	return 0;
}

const char *message_to_tag(const struct message *m)
{
	const sip_t *sip = m->sip;

	return sip && sip->sip_to ? sip->sip_to->a_tag : NULL;
}

int message_max_forwards(const struct message *m)
{
	const sip_t *sip = m->sip;

	return sip && sip->sip_max_forwards &&
	                       sip->sip_max_forwards->mf_count < 70
	               ? (int)sip->sip_max_forwards->mf_count
	               : 70;
}

char *message_contact(const struct message *m, size_t i)
{
	const sip_t *sip = m->sip;
	const sip_contact_t *c = sip ? sip->sip_contact : NULL;
	char text[1024];

	for (; c && i > 0; i--)
		c = c->m_next;
	if (!c || (c->m_url->url_type != url_sip &&
	           c->m_url->url_type != url_sips) ||
	    url_e(text, sizeof(text), c->m_url) >= (isize_t)sizeof(text))
		return NULL;
	return xstrdup(text);
}
