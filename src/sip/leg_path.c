/* sip/leg_path.c - where a leg's messages go.
 *
 * nta is only ever given numeric next hops.  A peer behind NAT, or one that
 * came over a connection, is answered where it came from; else the route set
 * and the Contact decide (RFC 3261 12.2.1.1), and when they hold a name, our
 * resolver finds it while messages go to where the peer's came from. */
#include "sip/leg_priv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strutil.h"

static bool is_private(const struct addr *a)
{
	uint32_t ip;

	if (addr_is_any(a))
		return true;
	if (addr_is_v6(a)) /* fc00::/7, fe80::/10, ::1 */
		return (a->u.in6.sin6_addr.s6_addr[0] & 0xfe) == 0xfc ||
		       IN6_IS_ADDR_LINKLOCAL(&a->u.in6.sin6_addr) ||
		       IN6_IS_ADDR_LOOPBACK(&a->u.in6.sin6_addr);
	ip = ntohl(a->u.in.sin_addr.s_addr);
	return ip >> 24 == 10 || ip >> 24 == 127 || ip >> 20 == 0xac1 ||
	       ip >> 16 == 0xc0a8 || ip >> 16 == 0xa9fe ||
	       ip >> 22 == 0x64400000 >> 22; /* 100.64.0.0/10, RFC 6598 */
}

static enum sip_transport transport_in(const url_t *url,
                                       enum sip_transport fallback)
{
	char name[16] = "";

	if (url->url_type == url_sips)
		return SIP_TLS;
	if (!url->url_params ||
	    url_param(url->url_params, "transport", name, sizeof(name)) <= 0)
		return fallback;
	return strcasecmp(name, "tcp") == 0   ? SIP_TCP
	       : strcasecmp(name, "tls") == 0 ? SIP_TLS
	                                      : SIP_UDP;
}

static void on_resolved(const struct resolve_answer *a, void *arg)
{
	struct leg *l = arg;

	OBJ_CHECK(l, LEG_MAGIC);
	l->resolving = NULL;
	if (a->n > 0)
		l->dest = a->addr[0];
}

static void resolve_hop(struct leg *l, const url_t *url, const char *port)
{
	struct resolve_question q = {
		.host = url->url_host,
		.port = port ? (uint16_t)strtoul(port, NULL, 10) : 0,
		.transport = sip_transport_name(l->transport),
	};

	if (!l->agent->resolver)
		return;
	resolve_cancel(&l->resolving);
	resolve_start(&l->resolving, l->agent->resolver, &q, on_resolved, l);
}

static void aim_at(struct leg *l, const url_t *url)
{
	struct addr hop;
	const char *port = url->url_port;
	char maddr[ADDR_TEXT];
	const char *host = url->url_host;

	if (!host || l->is_natted || l->flow)
		return;
	if (url->url_params &&
	    url_param(url->url_params, "maddr", maddr, sizeof(maddr)) > 0)
		host = maddr;
	l->transport = transport_in(url, l->transport == SIP_TLS ? SIP_TLS
	                                                         : SIP_UDP);
	if (addr_parse(&hop, host,
	               (uint16_t)(port && *port ? strtoul(port, NULL, 10)
	                                        : 5060)) == 0)
		l->dest = hop;
	else
		resolve_hop(l, url, port);
}

/* Is the peer not where its Contact says?  Only a private address counts: a
 * carrier may well answer from another of its hosts. */
static bool contact_is_behind_nat(const sip_t *sip, const struct addr *source)
{
	struct addr told;

	if (sip->sip_record_route || !sip->sip_contact ||
	    !sip->sip_contact->m_url->url_host ||
	    addr_parse(&told, sip->sip_contact->m_url->url_host, 0) < 0)
		return false;
	return is_private(&told) && !addr_eq_ip(&told, source);
}

void leg_learn_target(struct leg *l, const sip_t *sip, bool is_client,
                      const struct addr *source)
{
	const sip_contact_t *m = sip->sip_contact;
	const sip_record_route_t *rr = sip->sip_record_route;
	sip_route_t const *route = NULL;
	sip_contact_t const *target = NULL;

	if (m && m->m_url->url_type != url_sip &&
	    m->m_url->url_type != url_sips)
		m = NULL;
	if (is_client)
		nta_leg_client_route(l->dialog, rr, m);
	else
		nta_leg_server_route(l->dialog, rr, m);
	if (addr_is_set(source) && !l->is_natted)
		l->is_natted = contact_is_behind_nat(sip, source);
	if (l->is_natted && addr_is_set(source))
		l->dest = *source;
	nta_leg_get_route(l->dialog, &route, &target);
	if (route)
		aim_at(l, route->r_url);
	else if (target)
		aim_at(l, target->m_url);
}

void leg_make_contact(struct leg *l)
{
	struct buf b = { 0 };

	agent_contact(l->agent, l->listener, &l->dest, NULL, &b);
	free(l->contact);
	l->contact = buf_take(&b);
}

/* The connection to use, when there is one that lives. */
static tport_t *connection(struct leg *l)
{
	struct flow *f;

	if (l->tport && tport_is_clear_to_send(l->tport))
		return l->tport;
	f = flow_find(l->agent, l->flow);
	return f && tport_is_clear_to_send(f->tport) ? f->tport : NULL;
}

/* A transaction that nta takes for a user agent's own answers further 2xx
 * with its own ACK and BYE, sent to whatever name the Contact holds and never
 * to where a phone behind NAT really is; and it drops a repeated 2xx without
 * repeating the ACK.  So INVITE goes out as a proxy's would: every 2xx after
 * the first comes to leg_stray.c.  doc/adr/0003-forked-2xx.md */
static void as_proxy(struct leg *l, bool yes)
{
	nta_agent_set_params(l->agent->nta, NTATAG_UA(!yes), TAG_END());
}

nta_outgoing_t *leg_request_out(struct leg *l, nta_response_f *fn,
                                sip_method_t method, const char *name,
                                tag_type_t tag, tag_value_t value, ...)
{
	bool is_invite = method == sip_method_invite;
	char url[AGENT_ROUTE];
	tport_t *tp = connection(l);
	nta_outgoing_t *orq;
	ta_list ta;

	agent_route_url(&l->dest, l->transport, url);
	if (is_invite)
		as_proxy(l, true);
	ta_start(ta, tag, value);
	orq = nta_outgoing_tcreate(
	        l->dialog, fn, fn ? l : NULL, URL_STRING_MAKE(url), method,
	        name, URL_STRING_MAKE(l->uri), TAG_IF(tp, NTATAG_TPORT(tp)),
	        TAG_IF(!tp && l->listener, TPTAG_IDENT(l->listener->ident)),
	        ta_tags(ta));
	ta_end(ta);
	if (is_invite)
		as_proxy(l, false);
	if (orq && fn)
		l->agent->gauges.transactions++;
	return orq;
}
