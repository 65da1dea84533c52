/* sip/message.c - what the other folders see of a SIP message. */
#include "sip/message.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "sip/message_priv.h"

/* Headers that cross a call (RFC 5853 calls it header manipulation; here it
 * is a white list).  Identity, routing and capabilities are per leg. */
static const char *const crossing[] = {
	"Accept-Language", "Alert-Info", "Call-Info",    "Diversion",
	"History-Info",    "Priority",   "Subject",      "User-to-User",
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

static bool may_cross(const char *name)
{
	for (size_t i = 0; i < NELEM(crossing); i++)
		if (strcasecmp(name, crossing[i]) == 0)
			return true;
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

static void add_line(struct buf *b, const msg_header_t *h)
{
	char text[2048];
	issize_t n = msg_header_field_e(text, sizeof(text), h, 0);

	if (n <= 0 || (size_t)n >= sizeof(text) || memchr(text, '\n', (size_t)n))
		return;
	buf_fmt(b, "%s: %.*s\r\n", name_of(h), (int)n, text);
}

char *message_crossing(const struct message *m)
{
	const sip_t *sip = m->sip;
	const msg_header_t *h;
	struct buf b = { 0 };

	if (!sip)
		return NULL;
	h = (const msg_header_t *)(sip->sip_request
	                                   ? (const void *)sip->sip_request
	                                   : (const void *)sip->sip_status);
	for (; h; h = (const msg_header_t *)h->sh_succ)
		if (may_cross(name_of(h)))
			add_line(&b, h);
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
	const sip_t *sip = m->sip;

	return sip ? value_of(sip->sip_reason) : NULL;
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
