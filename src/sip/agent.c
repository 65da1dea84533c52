/* sip/agent.c - listeners and the dispatch of what arrives outside dialogs. */
#include "sip/agent_priv.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "sip/resolve.h"
#include "sip/uri.h"

/* sofia parses list headers by recursion, one level per comma: what gets in
 * is bounded to 64 KB, and main runs this thread on a large stack. */
#define LARGEST_MESSAGE 65536
#define LARGEST_UDP     65535

/* A connection that nobody registered over, and a message that does not
 * arrive whole, are given up after this.  Longer than a transaction: RFC 3261
 * 18.  No round numbers: a timer of sofia's that fires at the very instant
 * sets itself again at once, for as long as the clock stands.  (Its STUN
 * server is off, it leaks with every answer; and it tells of a connection
 * that the peer closed only when asked to.) */
#define IDLE_MS 119999
#define SLOW_MS 31999

static const char *const transport_names[] = { "udp", "tcp", "tls" };

const char *sip_transport_name(enum sip_transport t)
{
	return transport_names[t];
}

enum sip_transport agent_transport_of(const tport_t *tp)
{
	const char *proto = tport_name(tp)->tpn_proto;

	for (size_t i = 0; i < NELEM(transport_names); i++)
		if (strcasecmp(proto, transport_names[i]) == 0)
			return (enum sip_transport)i;
	return SIP_UDP;
}

const char *agent_route_url(const struct addr *dest, enum sip_transport t,
                            char out[AGENT_ROUTE])
{
	char text[ADDR_TEXT];

	snprintf(out, AGENT_ROUTE, "sip:%s;transport=%s",
	         addr_ip_port(dest, text), sip_transport_name(t));
	return out;
}

/* The kernel's choice of source address towards `to`: a UDP socket that is
 * connected, never written to. */
static struct addr source_towards(const struct addr *to)
{
	struct addr ours = { 0 }, there = *to;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd = socket(to->u.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return ours;
	if (addr_port(&there) == 0)
		addr_set_port(&there, 5060);
	if (connect(fd, &there.u.sa, addr_len(&there)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
		addr_from_sockaddr(&ours, (struct sockaddr *)&ss);
	close(fd);
	addr_set_port(&ours, 0);
	return ours;
}

struct addr agent_address_for(struct agent *a, const struct addr *to)
{
	struct route_memo *m;
	struct addr bare = *to;

	addr_set_port(&bare, 0);
	if (addr_is_set(&a->advertised) &&
	    addr_is_v6(&a->advertised) == addr_is_v6(to))
		return a->advertised;
	m = &a->memo[hash_bytes(&bare, sizeof(bare)) % NELEM(a->memo)];
	if (!addr_eq(&m->peer, &bare)) {
		m->peer = bare;
		m->ours = source_towards(to);
	}
	return m->ours;
}

struct addr agent_local_for(struct agent *a, const struct target *t)
{
	const struct listener *l =
	        agent_listener_for(a, t->transport, &t->dest, &t->local);
	struct addr ours;

	if (!l || addr_is_any(&l->bound) || addr_is_set(&a->advertised))
		return agent_address_for(a, &t->dest);
	ours = l->bound;
	addr_set_port(&ours, 0);
	return ours;
}

void agent_contact(struct agent *a, const struct listener *l,
                   const struct addr *to, const char *user, struct buf *out)
{
	char host[ADDR_TEXT];
	struct addr ours;

	buf_str(out, "<sip:");
	if (!str_is_empty(user))
		buf_fmt(out, "%s@", user);
	if (l->host[0]) {
		buf_str(out, l->host);
	} else {
		ours = addr_is_any(&l->bound) ? agent_address_for(a, to)
		                              : l->bound;
		addr_set_port(&ours, addr_port(&l->bound));
		buf_str(out, addr_ip_port(&ours, host));
	}
	if (l->transport != SIP_UDP)
		buf_fmt(out, ";transport=%s", sip_transport_name(l->transport));
	buf_str(out, ">");
}

const struct listener *agent_listener_of(const struct agent *a,
                                         const tport_t *tp)
{
	const tport_t *primary = tp ? tport_parent(tp) : NULL;

	for (size_t i = 0; i < a->n_listeners; i++)
		if (a->listeners[i].tport == tp ||
		    a->listeners[i].tport == primary)
			return &a->listeners[i];
	return &a->listeners[0];
}

const struct listener *agent_listener_for(const struct agent *a,
                                          enum sip_transport t,
                                          const struct addr *dest,
                                          const struct addr *local)
{
	const struct listener *found = NULL;

	for (size_t i = 0; i < a->n_listeners; i++) {
		const struct listener *l = &a->listeners[i];

		if (l->transport != t ||
		    addr_is_v6(&l->bound) != addr_is_v6(dest))
			continue;
		if (addr_is_set(local) && addr_eq(&l->bound, local))
			return l;
		if (!found)
			found = l;
	}
	return found;
}

/* --- what arrives -------------------------------------------------------- */

static int on_request(void *magic, nta_leg_t *unused, nta_incoming_t *irq,
                      const sip_t *sip)
{
	struct agent *a = magic;
	struct request *rq;
	int status;

	(void)unused;
	OBJ_CHECK(a, AGENT_MAGIC);
	status = screen_request(a, irq, sip);
	if (status)
		return status; /* nta ends the transaction */
	rq = request_create(a, irq, sip);
	a->ops->request(rq, a->arg);
	return 0;
}

/* Responses that no transaction wants: above all 2xx to INVITE that come
 * late, again, or from another branch downstream. */
static int on_stray(struct agent *a, nta_agent_t *nta, msg_t *msg, sip_t *sip)
{
	(void)nta;
	OBJ_CHECK(a, AGENT_MAGIC);
	if (sip && sip->sip_status)
		leg_stray_response(a, msg, sip);
	msg_destroy(msg);
	return 0;
}

/* --- listeners ----------------------------------------------------------- */

static tport_t *tport_named(struct agent *a, const char *ident)
{
	tport_t *tp = tport_primaries(nta_agent_tports(a->nta));

	for (; tp; tp = tport_next(tp))
		if (str_eq(tport_name(tp)->tpn_ident, ident))
			return tp;
	return NULL;
}

/* The name nta puts into Via: what we advertise, the address itself, or the
 * one the default route would use. */
static void via_host(const struct agent *a, const struct agent_listen *in,
                     char out[ADDR_TEXT])
{
	struct addr probe, ours = in->addr;

	if (addr_is_set(&a->advertised) &&
	    addr_is_v6(&a->advertised) == addr_is_v6(&in->addr)) {
		ours = a->advertised;
	} else if (addr_is_any(&in->addr)) {
		/* addresses for documentation: the default route's */
		addr_parse(&probe,
		           addr_is_v6(&in->addr) ? "2001:db8::1" : "192.0.2.1",
		           9);
		ours = source_towards(&probe);
		if (!addr_is_set(&ours))
			addr_parse(&ours,
			           addr_is_v6(&in->addr) ? "::1" : "127.0.0.1",
			           0);
	}
	addr_host(&ours, out);
}

static int listen_on(struct agent *a, struct listener *l,
                     const struct agent_listen *in, const char *advertise)
{
	char host[ADDR_TEXT], bind_host[ADDR_TEXT], port[8], url[256];
	const su_addrinfo_t *ai;

	via_host(a, in, host);
	addr_ip(&in->addr, bind_host);
	snprintf(port, sizeof(port), "%u", addr_port(&in->addr));
	snprintf(url, sizeof(url), "%s:%s:%s;transport=%s;maddr=%s",
	         in->transport == SIP_TLS ? "sips" : "sip", host,
	         addr_port(&in->addr) ? port : "*",
	         sip_transport_name(in->transport), bind_host);
	l->transport = in->transport;
	snprintf(l->ident, sizeof(l->ident), "t%zu",
	         (size_t)(l - a->listeners));
	if (!agent_add_tport(a, l, url, TPTAG_IDENT(l->ident), TPTAG_SERVER(1),
	                     TPTAG_PONG2PING(1), TPTAG_QUEUESIZE(256),
	                     TPTAG_IDLE(IDLE_MS), TPTAG_TIMEOUT(SLOW_MS),
	                     TPTAG_STUN_SERVER(0), TPTAG_SDWN_ERROR(1),
	                     TAG_END()))
		return errno ? -errno : -EADDRINUSE;
	l->tport = tport_named(a, l->ident);
	if (!l->tport)
		return -EADDRNOTAVAIL;
	l->bound = in->addr;
	ai = tport_get_address(l->tport);
	if (ai && ai->ai_addr)
		addr_set_port(&l->bound,
		              ntohs(((const su_sockaddr_t *)(const void *)ai
		                               ->ai_addr)
		                              ->su_port));
	if (l->transport == SIP_TLS)
		agent_tls_host(l, advertise);
	else if (!str_is_empty(advertise) && strchr(advertise, ':'))
		snprintf(l->host, sizeof(l->host), "%s", advertise);
	else if (!str_is_empty(advertise))
		snprintf(l->host, sizeof(l->host), "%s:%u", advertise,
		         addr_port(&l->bound));
	return 0;
}

static int listen_all(struct agent *a, const struct agent_conf *conf,
                      struct diag *why)
{
	char text[ADDR_TEXT];
	int rc;

	for (size_t i = 0; i < conf->n_listen; i++) {
		rc = listen_on(a, &a->listeners[i], &conf->listen[i],
		               conf->advertise);
		if (rc < 0) {
			diag_fault(why, NULL, "sip.listen",
			           "cannot listen on %s %s: %s",
			           sip_transport_name(conf->listen[i].transport),
			           addr_ip_port(&conf->listen[i].addr, text),
			           strerror(-rc));
			return rc;
		}
	}
	return 0;
}

static nta_agent_t *start_nta(struct agent *a, const struct agent_conf *conf)
{
	unsigned t1 = conf->t1_ms ? conf->t1_ms : 500;
	unsigned timer_c = conf->timer_c_s ? conf->timer_c_s : 185;
	url_string_t *no_transport_yet = (url_string_t *)(intptr_t)-1;

	return nta_agent_create(
	        loop_su_root(a->loop), no_transport_yet, on_stray, a,
	        NTATAG_UA(1), NTATAG_MERGE_482(1), NTATAG_SIP_T1(t1),
	        NTATAG_MCLASS(gate_open(a)),
	        NTATAG_SIP_T1X64(64 * t1), NTATAG_TIMER_C(timer_c * 1000),
	        NTATAG_MAXSIZE(LARGEST_MESSAGE), NTATAG_UDP_MTU(LARGEST_UDP),
	        NTATAG_SERVER_RPORT(2), NTATAG_CLIENT_RPORT(1),
	        NTATAG_MAX_PROCEEDING(conf->max_proceeding),
	        NTATAG_USE_NAPTR(0), NTATAG_USE_SRV(0), NTATAG_PRELOAD(2048),
	        NTATAG_CANCEL_487(0), NTATAG_TIMEOUT_408(1), TAG_END());
}

/* A name leads only to transports that some listener of ours speaks. */
static void tell_resolver(const struct agent *a)
{
	unsigned transports = 0;

	for (size_t i = 0; i < a->n_listeners; i++)
		transports |= 1u << a->listeners[i].transport;
	if (a->resolver)
		resolver_speaks(a->resolver, transports);
}

int agent_create(struct agent **out, struct loop *l,
                 const struct agent_conf *conf, const struct agent_ops *ops,
                 void *arg, struct diag *why)
{
	struct agent *a = xzalloc(sizeof(*a));
	int rc = -EIO;

	OBJ_INIT(a, AGENT_MAGIC);
	a->loop = l;
	a->ops = ops;
	a->arg = arg;
	a->resolver = conf->resolver;
	a->session.expires_s = conf->session_expires_s;
	a->session.min_s = conf->min_session_expires_s
	                           ? conf->min_session_expires_s
	                           : SESSION_LEAST_S;
	a->room = LONG_MAX;
	a->holddown = conf->holddown;
	a->connect_ms = conf->connect_ms;
	a->t1x64_ms = 64 * (conf->t1_ms ? conf->t1_ms : 500);
	a->next_flow = random_u64() >> 16;
	a->crowd.most = conf->max_connections;
	a->crowd.most_per_source = conf->max_connections_per_source;
	a->listeners = xcalloc(conf->n_listen, sizeof(*a->listeners));
	a->n_listeners = conf->n_listen;
	if (!str_is_empty(conf->advertise))
		addr_parse_hostport(&a->advertised, conf->advertise, 0);
	a->parser = parser_create();
	if (a->parser)
		a->nta = start_nta(a, conf);
	if (!a->nta)
		diag_fault(why, NULL, NULL, "cannot start the SIP stack");
	else
		rc = agent_start_tls(a, conf, why);
	if (rc == 0)
		rc = listen_all(a, conf, why);
	if (rc < 0) {
		agent_destroy(&a);
		return rc;
	}
	a->default_leg = nta_leg_tcreate(a->nta, on_request, a,
	                                 NTATAG_NO_DIALOG(1), TAG_END());
	gate_find_sockets(a);
	guard_start(a);
	tell_resolver(a);
	*out = a;
	return 0;
}

void agent_destroy(struct agent **ap)
{
	struct agent *a = *ap;

	if (!a)
		return;
	guard_stop(a);
	leg_end_all(a);
	orphan_end_all(a);
	subscription_end_all(a);
	flow_close_all(a);
	if (a->default_leg)
		nta_leg_destroy(a->default_leg);
	if (a->nta)
		nta_agent_destroy(a->nta);
	gate_close(a);
	free(a->parser);
	tls_destroy(&a->tls);
	free(a->listeners);
	OBJ_KILL(a);
	free(a);
	*ap = NULL;
}

uint16_t agent_port(const struct agent *a, size_t i)
{
	return addr_port(&a->listeners[i].bound);
}

struct agent_gauges agent_gauges(const struct agent *a)
{
	struct agent_gauges g = a->gauges;
	usize_t bad = 0, retries = 0;

	nta_agent_get_stats(a->nta, NTATAG_S_BAD_MESSAGE_REF(bad),
	                    NTATAG_S_RECV_RETRY_REF(retries), TAG_END());
	g.bad_messages = bad;
	g.retransmissions = retries;
	g.flows = HASH_CNT(by_id, a->flows_by_id);
	g.by_tcp = a->crowd.by_transport[SIP_TCP];
	g.by_tls = a->crowd.by_transport[SIP_TLS];
	return g;
}

/* --- requests of our own outside calls ------------------------------------- */

int agent_transaction_done(void *magic, nta_outgoing_t *orq,
                           const sip_t *sip)
{
	struct agent *a = magic;

	OBJ_CHECK(a, AGENT_MAGIC);
	if (sip && sip->sip_status->st_status < 200)
		return 0;
	nta_outgoing_destroy(orq);
	a->gauges.transactions--;
	return 0;
}

int agent_options(struct agent *a, const struct target *t)
{
	const struct listener *l =
	        agent_listener_for(a, t->transport, &t->dest, &t->local);
	char url[AGENT_ROUTE], id[ID_CALL_LEN + 1], tag[17];
	struct buf from = { 0 }, to = { 0 };
	nta_outgoing_t *orq = NULL;
	char *uri;

	if (!l)
		return -EAFNOSUPPORT;
	agent_expect(a, t);
	uri = sip_uri_bare(t->uri);
	id_call(id);
	id_random(tag, 16);
	agent_contact(a, l, &t->dest, NULL, &from);
	buf_fmt(&from, ";tag=%s", tag);
	buf_fmt(&to, "<%s>", uri);
	orq = nta_outgoing_tcreate(
	        a->default_leg, agent_transaction_done, a,
	        URL_STRING_MAKE(agent_route_url(&t->dest, t->transport, url)),
	        SIP_METHOD_OPTIONS, URL_STRING_MAKE(uri),
	        SIPTAG_FROM_STR(from.p), SIPTAG_TO_STR(to.p),
	        SIPTAG_CALL_ID_STR(id), SIPTAG_CSEQ_STR("1 OPTIONS"),
	        TAG_IF(!str_is_empty(t->route), SIPTAG_ROUTE_STR(t->route)),
	        TPTAG_IDENT(l->ident), TAG_END());
	buf_free(&from);
	buf_free(&to);
	free(uri);
	if (!orq)
		return -EIO;
	a->gauges.transactions++;
	return 0;
}
