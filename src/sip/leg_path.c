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

/* Only where a listener of ours can send to: false and nothing changed when
 * it speaks a transport or a family that we do not. */
bool leg_go_to(struct leg *l, enum sip_transport t, const struct addr *hop)
{
	const struct listener *via =
	        agent_listener_for(l->agent, t, hop, &l->local);

	if (!via)
		return false;
	l->listener = via;
	l->transport = t;
	l->dest = *hop;
	return true;
}

static void on_resolved(const struct resolve_answer *a, void *arg)
{
	struct leg *l = arg;

	OBJ_CHECK(l, LEG_MAGIC);
	l->resolving = NULL;
	leg_hops_take(l, a);
}

static bool names_transport(const url_t *url)
{
	return url->url_type == url_sips ||
	       (url->url_params && url_has_param(url, "transport"));
}

static void resolve_hop(struct leg *l, const char *host, uint16_t port,
                        const char *transport)
{
	struct resolve_question q = {
		.host = host,
		.port = port,
		.transport = transport,
	};

	if (!l->agent->resolver)
		return;
	resolve_cancel(&l->resolving);
	resolve_start(&l->resolving, l->agent->resolver, &q, on_resolved, l);
}

static void aim_at(struct leg *l, const url_t *url)
{
	struct addr hop;
	uint16_t port = url->url_port ? (uint16_t)strtoul(url->url_port, NULL,
	                                                  10)
	                              : 0;
	char maddr[ADDR_TEXT];
	const char *host = url->url_host;
	enum sip_transport t;

	if (!host || l->is_natted || l->flow)
		return;
	if (url->url_params &&
	    url_param(url->url_params, "maddr", maddr, sizeof(maddr)) > 0)
		host = maddr;
	leg_hops_clear(l);
	t = transport_in(url, l->transport == SIP_TLS ? SIP_TLS : SIP_UDP);
	if (addr_parse(&hop, host, port ? port : t == SIP_TLS ? 5061 : 5060) ==
	    0)
		leg_go_to(l, t, &hop);
	else
		resolve_hop(l, host, port,
		            names_transport(url) || t != SIP_UDP
		                    ? sip_transport_name(t)
		                    : NULL);
}

/* RFC 3261 12.2.1.1: the topmost route, else the peer's Contact. */
static void aim(struct leg *l)
{
	sip_route_t const *route = NULL;
	sip_contact_t const *target = NULL;

	nta_leg_get_route(l->dialog, &route, &target);
	if (route)
		aim_at(l, route->r_url);
	else if (target)
		aim_at(l, target->m_url);
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
	aim(l);
}

static uint16_t port_in(const url_t *url)
{
	return url->url_port ? (uint16_t)strtoul(url->url_port, NULL, 10)
	                     : 5060;
}

/* As aim(), without waiting for names: until the 2xx the INVITE's own way
 * counts for the leg, its CANCEL goes there. */
void leg_aim_early(struct leg *l, struct leg_early *e, const sip_t *sip,
                   const struct addr *source)
{
	sip_route_t const *route = NULL;
	sip_contact_t const *target = NULL;
	const struct listener *via;
	const url_t *url;
	struct addr hop;

	e->dest = l->dest;
	e->transport = l->transport;
	e->listener = l->listener;
	if (l->is_natted || l->flow)
		return;
	e->dest = *source;
	nta_leg_get_route(e->dialog, &route, &target);
	url = route ? route->r_url : target ? target->m_url : NULL;
	if (!url || !url->url_host || contact_is_behind_nat(sip, source) ||
	    addr_parse(&hop, url->url_host, port_in(url)) < 0)
		return;
	via = agent_listener_for(l->agent, transport_in(url, SIP_UDP), &hop,
	                         &l->local);
	if (!via)
		return;
	e->listener = via;
	e->transport = via->transport;
	e->dest = hop;
}

static void take_connection(struct leg *l, tport_t *tp)
{
	if (l->tport)
		tport_unref(l->tport);
	l->tport = tp ? tport_ref(tp) : NULL;
	l->flow = tp ? UINT64_MAX : 0; /* the connection is its path */
}

void leg_follow(struct leg *l, msg_t *msg)
{
	tport_t *tp = tport_delivered_by(nta_agent_tports(l->agent->nta), msg);
	enum sip_transport t = tp ? agent_transport_of(tp) : SIP_UDP;
	struct addr source;

	if (!tp || (!l->is_natted && !l->flow) ||
	    addr_from_sockaddr(&source, &msg_addr(msg)->su_sa) < 0)
		return;
	l->listener = agent_listener_of(l->agent, tp);
	l->transport = t;
	l->dest = source;
	if (t == SIP_UDP)
		take_connection(l, NULL);
	else if (tp != l->tport && tport_is_secondary(tp))
		take_connection(l, tp);
}

void leg_make_contact(struct leg *l)
{
	struct buf b = { 0 };

	agent_contact(l->agent, l->listener, &l->dest, NULL, &b);
	free(l->contact);
	l->contact = buf_take(&b);
}

/* The connection to use, when there is one that lives.  When it has closed,
 * its far end cannot be reached any more, but its dialog's route may be: a
 * carrier closes an idle connection and still wants its BYE. */
tport_t *leg_connection(struct leg *l)
{
	if (!l->flow)
		return NULL;
	if (l->tport && tport_is_clear_to_send(l->tport))
		return l->tport;
	l->flow = 0;
	aim(l);
	return NULL;
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
	const struct leg_early *e = l->speaks;
	const struct listener *via = e ? e->listener : l->listener;
	char url[AGENT_ROUTE];
	tport_t *tp = leg_connection(l);
	nta_outgoing_t *orq;
	ta_list ta;

	agent_route_url(e ? &e->dest : &l->dest,
	                e ? e->transport : l->transport, url);
	if (is_invite)
		as_proxy(l, true);
	ta_start(ta, tag, value);
	orq = nta_outgoing_tcreate(
	        e ? e->dialog : l->dialog, fn, fn ? l : NULL,
	        URL_STRING_MAKE(url), method, name, URL_STRING_MAKE(l->uri),
	        TAG_IF(tp, NTATAG_TPORT(tp)),
	        TAG_IF(!tp && via, TPTAG_IDENT(via->ident)),
	        ta_tags(ta));
	ta_end(ta);
	if (is_invite)
		as_proxy(l, false);
	if (orq && fn)
		l->agent->gauges.transactions++;
	return orq;
}
