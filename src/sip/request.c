/* sip/request.c - a request outside dialogs, read without sofia's types. */
#include "sip/agent_priv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strutil.h"

static char *unescaped(const char *s)
{
	char *out = xstrdup(s ? s : "");

	url_unescape(out, out);
	return out;
}

/* A display name without its quotes. */
static char *plain_name(const char *display)
{
	char *out = xstrdup(display ? display : ""), *to = out;
	const char *s = out;
	bool quoted = *s == '"';

	for (s += quoted; *s && !(quoted && *s == '"'); s++) {
		if (quoted && *s == '\\' && s[1])
			s++;
		*to++ = *s;
	}
	*to = '\0';
	return out;
}

struct request *request_create(struct agent *a, nta_incoming_t *irq,
                               const sip_t *sip)
{
	struct request *rq = xzalloc(sizeof(*rq));
	msg_t *msg = nta_incoming_getrequest(irq);

	OBJ_INIT(rq, REQUEST_MAGIC);
	rq->agent = a;
	rq->irq = irq;
	rq->room = a->room;
	rq->sip = sip;
	rq->tport = tport_delivered_by(nta_agent_tports(a->nta), msg);
	rq->listener = agent_listener_of(a, rq->tport);
	message_view(&rq->message, sip, msg);
	msg_destroy(msg); /* irq keeps its own reference */
	rq->user = unescaped(sip->sip_request->rq_url->url_user);
	rq->from_user = unescaped(sip->sip_from->a_url->url_user);
	rq->from_name = plain_name(sip->sip_from->a_display);
	rq->to_user = unescaped(sip->sip_to->a_url->url_user);
	a->gauges.requests++;
	a->gauges.transactions++;
	return rq;
}

nta_incoming_t *request_take(struct request *rq)
{
	nta_incoming_t *irq = rq->irq;

	rq->agent->gauges.requests--;
	rq->agent->gauges.transactions--;
	free(rq->user);
	free(rq->from_user);
	free(rq->from_name);
	free(rq->to_user);
	OBJ_KILL(rq);
	free(rq);
	return irq;
}

void request_reply(struct request *rq, int status, const char *reason,
                   const char *headers)
{
	nta_incoming_t *irq;

	OBJ_CHECK(rq, REQUEST_MAGIC);
	if (status != 401 && status != 407 &&
	    !gate_has_room(rq->room, headers))
		headers = NULL; /* these add to what a stranger sent */
	irq = request_take(rq);
	nta_incoming_treply(irq, status, reason,
	                    TAG_IF(!str_is_empty(headers),
	                           SIPTAG_HEADER_STR(headers)),
	                    TAG_END());
	nta_incoming_destroy(irq);
}

const struct message *request_message(const struct request *rq)
{
	return &rq->message;
}

const char *request_method(const struct request *rq)
{
	return rq->sip->sip_request->rq_method_name;
}

const char *request_user(const struct request *rq)
{
	return rq->user;
}

static const char *host_of(const url_t *url)
{
	return url->url_host ? url->url_host : "";
}

const char *request_host(const struct request *rq)
{
	return host_of(rq->sip->sip_request->rq_url);
}

const char *request_from_user(const struct request *rq)
{
	return rq->from_user;
}

const char *request_from_host(const struct request *rq)
{
	return host_of(rq->sip->sip_from->a_url);
}

const char *request_from_name(const struct request *rq)
{
	return rq->from_name;
}

const char *request_to_user(const struct request *rq)
{
	return rq->to_user;
}

const char *request_to_host(const struct request *rq)
{
	return host_of(rq->sip->sip_to->a_url);
}

const char *request_call_id(const struct request *rq)
{
	return rq->sip->sip_call_id->i_id;
}

uint32_t request_cseq(const struct request *rq)
{
	return rq->sip->sip_cseq->cs_seq;
}

const char *request_user_agent(const struct request *rq)
{
	const sip_user_agent_t *ua = rq->sip->sip_user_agent;

	return ua && ua->g_string ? ua->g_string : "";
}

bool request_supports(const struct request *rq, const char *tag)
{
	return sip_has_feature(rq->sip->sip_supported, tag) != 0;
}

int64_t request_expires(const struct request *rq)
{
	const sip_expires_t *ex = rq->sip->sip_expires;

	return ex ? (int64_t)ex->ex_delta : -1;
}

struct addr request_source(const struct request *rq)
{
	return rq->message.source;
}

struct addr request_local(const struct request *rq)
{
	return rq->listener->bound;
}

enum sip_transport request_transport(const struct request *rq)
{
	return rq->listener->transport;
}

uint64_t request_flow(struct request *rq)
{
	struct flow *f;

	if (rq->listener->transport == SIP_UDP || !rq->tport)
		return 0;
	f = flow_of(rq->agent, rq->tport);
	return f ? f->id : 0;
}

char *request_path(const struct request *rq)
{
	const sip_path_t *p = rq->sip->sip_path;
	struct buf b = { 0 };
	char text[1024];

	for (; p; p = p->r_next) {
		issize_t n = msg_header_field_e(text, sizeof(text),
		                                (const msg_header_t *)p, 0);

		if (n > 0 && (size_t)n < sizeof(text))
			buf_fmt(&b, "%s%.*s", b.len ? ", " : "", (int)n, text);
	}
	return b.p;
}

const char *const *request_credentials(const struct request *rq, bool is_proxy,
                                       size_t i)
{
	const msg_auth_t *au = is_proxy ? rq->sip->sip_proxy_authorization
	                                : rq->sip->sip_authorization;

	for (; au; au = au->au_next)
		if (au->au_scheme && au->au_params &&
		    strcasecmp(au->au_scheme, "Digest") == 0 && i-- == 0)
			return (const char *const *)au->au_params;
	return NULL;
}

/* --- contacts -------------------------------------------------------------- */

static unsigned q_of(const sip_contact_t *m)
{
	double q = m->m_q ? strtod(m->m_q, NULL) : 1;

	return q < 0 ? 0 : q > 1 ? 1000 : (unsigned)(q * 1000 + 0.5);
}

static char *param_of(const sip_contact_t *m, const char *name)
{
	const char *v = msg_header_find_param(m->m_common, name);
	size_t n;

	if (!v)
		return NULL;
	n = strlen(v);
	if (n >= 2 && v[0] == '"' && v[n - 1] == '"')
		return xstrndup(v + 1, n - 2);
	return xstrdup(v);
}

static int64_t expires_of(const sip_contact_t *m)
{
	char *end;
	unsigned long long v;

	if (!m->m_expires)
		return -1;
	v = strtoull(m->m_expires, &end, 10);
	/* RFC 3261 20.10: malformed is 3600 */
	if (end == m->m_expires || *end)
		return 3600;
	return v > UINT32_MAX ? UINT32_MAX : (int64_t)v;
}

/* Where we could send a request to. */
static bool is_sip(const url_t *url)
{
	return (url->url_type == url_sip || url->url_type == url_sips) &&
	       url->url_host && url->url_host[0];
}

bool request_contact(const struct request *rq, size_t i,
                     struct request_contact *out)
{
	const sip_contact_t *m = rq->sip->sip_contact;
	struct request_contact c = { 0 };
	char text[2560], *reg_id;
	const char *port;

	for (; m && i > 0; i--)
		m = m->m_next;
	if (!m)
		return false;
	c.expires_s = expires_of(m);
	c.q = q_of(m);
	if (m->m_url->url_type == url_any) {
		c.uri = xstrdup("*");
	} else {
		isize_t n = url_e(text, sizeof(text), m->m_url);

		if ((size_t)n >= sizeof(text) || !is_sip(m->m_url))
			text[0] = '\0';
		c.uri = xstrdup(text);
		port = url_port(m->m_url);
		if (m->m_url->url_host)
			addr_parse(&c.addr, m->m_url->url_host,
			           (uint16_t)strtoul(port ? port : "5060",
			                             NULL, 10));
	}
	c.instance = param_of(m, "+sip.instance");
	reg_id = param_of(m, "reg-id");
	if (reg_id)
		c.reg_id = (unsigned)strtoul(reg_id, NULL, 10);
	free(reg_id);
	*out = c;
	return true;
}

void request_contact_clear(struct request_contact *c)
{
	free(c->uri);
	free(c->instance);
	*c = (struct request_contact){ 0 };
}
