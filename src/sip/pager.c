/* sip/pager.c - a MESSAGE of our own outside dialogs. */
#include "sip/pager.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "sip/agent_priv.h"
#include "sip/identity.h"
#include "sip/uri.h"

#define PAGER_MAGIC 0x9a6e4u
struct pager {
	unsigned magic;
	struct agent *agent;    /* borrowed */
	nta_outgoing_t *orq;    /* owned */
	pager_fn *fn;
	void *arg;              /* borrowed */
};

static void end(struct pager *p)
{
	nta_outgoing_destroy(p->orq);
	p->agent->gauges.transactions--;
	OBJ_KILL(p);
	free(p);
}

static int on_response(void *magic, nta_outgoing_t *orq, const sip_t *sip)
{
	struct pager *p = magic;
	int status = sip ? sip->sip_status->st_status : 408;
	pager_fn *fn;
	void *arg;

	(void)orq;
	OBJ_CHECK(p, PAGER_MAGIC);
	if (status < 200)
		return 0;
	fn = p->fn;
	arg = p->arg;
	end(p);
	fn(status, arg);
	return 0;
}

static bool transmit(struct pager *p, const struct pager_message *m,
                     const struct listener *l, tport_t *tp)
{
	char url[AGENT_ROUTE], id[ID_CALL_LEN + 1], tag[17], hops[16];
	char *uri = sip_uri_bare(m->target.uri);
	struct buf from = { 0 }, to = { 0 };
	sip_payload_t pl[1];

	id_call(id);
	id_random(tag, 16);
	snprintf(hops, sizeof(hops), "%d", m->max_forwards);
	identity_write(&from, m->from_name, m->from_user, m->from_host);
	buf_fmt(&from, ";tag=%s", tag);
	buf_fmt(&to, "<%s>", m->to_uri);
	sip_payload_init(pl);
	pl->pl_data = (char *)(uintptr_t)m->body;
	pl->pl_len = m->len;
	p->orq = nta_outgoing_tcreate(
	        p->agent->default_leg, on_response, p,
	        URL_STRING_MAKE(agent_route_url(&m->target.dest,
	                                        m->target.transport, url)),
	        SIP_METHOD_MESSAGE, URL_STRING_MAKE(uri),
	        SIPTAG_FROM_STR(from.p), SIPTAG_TO_STR(to.p),
	        SIPTAG_CALL_ID_STR(id), SIPTAG_CSEQ_STR("1 MESSAGE"),
	        SIPTAG_MAX_FORWARDS_STR(hops),
	        TAG_IF(!str_is_empty(m->target.route),
	               SIPTAG_ROUTE_STR(m->target.route)),
	        TAG_IF(m->type, SIPTAG_CONTENT_TYPE_STR(m->type)),
	        TAG_IF(m->type, SIPTAG_PAYLOAD(pl)),
	        TAG_IF(!str_is_empty(m->headers),
	               SIPTAG_HEADER_STR(m->headers)),
	        TAG_IF(tp, NTATAG_TPORT(tp)),
	        TAG_IF(!tp, TPTAG_IDENT(l->ident)), TAG_END());
	buf_free(&from);
	buf_free(&to);
	free(uri);
	return p->orq != NULL;
}

int pager_send(struct pager **out, struct agent *a,
               const struct pager_message *m, pager_fn *fn, void *arg)
{
	const struct target *t = &m->target;
	struct flow *f = flow_find(a, t->flow);
	const struct listener *l =
	        agent_listener_for(a, t->transport, &t->dest, &t->local);
	struct pager *p;

	if (t->flow && !f)
		return -ENOTCONN;
	if (!f && !l)
		return -EAFNOSUPPORT;
	p = xzalloc(sizeof(*p));
	OBJ_INIT(p, PAGER_MAGIC);
	p->agent = a;
	p->fn = fn;
	p->arg = arg;
	if (!transmit(p, m, l, f ? f->tport : NULL)) {
		free(p);
		return -EIO;
	}
	a->gauges.transactions++;
	*out = p;
	return 0;
}

void pager_drop(struct pager **pp)
{
	if (*pp)
		end(*pp);
	*pp = NULL;
}
