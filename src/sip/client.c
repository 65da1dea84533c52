/* sip/client.c - requests of our own outside calls: where they go, and what
 * becomes of them. */
#include "sip/client_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "sip/uri.h"

static void send_here(struct client *c);

/* --- life -------------------------------------------------------------- */

static int read_target(struct client *c, const struct client_conf *conf)
{
	struct sip_uri u;

	if (sip_uri_parse(&u, str_is_empty(conf->route) ? conf->uri
	                                                : conf->route) < 0)
		return -EINVAL;
	c->host = xstrdup(u.host);
	c->port = u.port ? u.port : conf->port;
	c->transport = u.transport;
	c->has_transport = u.has_transport || u.transport == SIP_TLS;
	return 0;
}

int client_create(struct client **out, struct agent *a,
                  const struct client_conf *conf, client_fn *fn, void *arg)
{
	struct client *c = xzalloc(sizeof(*c));

	OBJ_INIT(c, CLIENT_MAGIC);
	if (read_target(c, conf) < 0) {
		free(c);
		return -EINVAL;
	}
	c->agent = a;
	c->resolver = conf->resolver;
	c->timeout_ms = conf->timeout_ms;
	c->fn = fn;
	c->arg = arg;
	c->uri = sip_uri_bare(conf->uri);
	c->route = str_is_empty(conf->route) ? NULL : xstrdup(conf->route);
	c->aor = xstrdup(conf->aor);
	c->contact_user = xstrdup(conf->contact_user);
	c->contact_params = xstrdup(conf->contact_params);
	c->username = xstrdup(conf->username);
	c->password = xstrdup(conf->password);
	c->realm = xstrdup(conf->realm);
	id_call(c->call_id);
	id_random(c->tag, 16);
	*out = c;
	return 0;
}

static void let_go(struct client *c)
{
	nta_outgoing_t *orq = c->orq;

	timer_stop(loop_timers(c->agent->loop), &c->timer);
	resolve_cancel(&c->resolving);
	client_hop_ended(c, HOLD_DROPPED);
	if (!orq)
		return;
	c->orq = NULL;
	c->agent->gauges.transactions--;
	nta_outgoing_destroy(orq);
}

void client_destroy(struct client **cp)
{
	struct client *c = *cp;

	if (!c)
		return;
	OBJ_CHECK(c, CLIENT_MAGIC);
	let_go(c);
	client_forget_challenges(c);
	free(c->host);
	free(c->uri);
	free(c->route);
	free(c->aor);
	free(c->contact_user);
	free(c->contact_params);
	free(c->username);
	free(c->password);
	free(c->realm);
	free(c->method);
	free(c->headers);
	OBJ_KILL(c);
	free(c);
	*cp = NULL;
}

void client_bind(struct client *c, client_fn *fn, void *arg)
{
	c->fn = fn;
	c->arg = arg;
}

bool client_is_busy(const struct client *c)
{
	return c->orq || c->resolving || timer_is_running(&c->timer);
}

/* --- the answer -------------------------------------------------------- */

static void tell(struct client *c, const struct client_answer *a)
{
	char reason[sizeof(c->reason)];
	struct client_answer said = *a;

	strcpy(reason, c->reason);
	said.reason = reason;
	let_go(c);
	c->fn(&said, c->arg); /* last: c may be gone */
}

/* The next address of the name, if there is one. */
static bool go_on(struct client *c)
{
	let_go(c);
	if (!client_next_hop(c))
		return false;
	send_here(c);
	return true;
}

static void tell_ours(struct client *c, int status, const char *reason)
{
	struct client_answer a = { .status = status,
		                   .is_ours = true,
		                   .retry_after_s = -1,
		                   .min_expires_s = -1,
		                   .expires_s = -1 };

	if (c->found.n > 0)
		a.peer = c->found.addr[c->next];
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
	tell(c, &a);
}

static void no_address(struct timer *t, void *arg)
{
	struct client *c = arg;

	(void)t;
	OBJ_CHECK(c, CLIENT_MAGIC);
	tell_ours(c, 503, "No address");
}

static void unreachable(struct timer *t, void *arg)
{
	struct client *c = arg;

	(void)t;
	OBJ_CHECK(c, CLIENT_MAGIC);
	client_hop_ended(c, HOLD_REFUSED);
	if (!go_on(c))
		tell_ours(c, 503, "Unreachable");
}

static void silent(struct timer *t, void *arg)
{
	struct client *c = arg;

	(void)t;
	OBJ_CHECK(c, CLIENT_MAGIC);
	client_hop_ended(c, HOLD_SILENT);
	if (!go_on(c))
		tell_ours(c, 408, "No answer");
}

static void later(struct client *c, timer_fn *fn, unsigned ms)
{
	timer_start(loop_timers(c->agent->loop), &c->timer, ms, fn, c);
}

static bool is_our_contact(const struct client *c, const url_t *url)
{
	if (c->contact_params && url->url_params &&
	    strstr(url->url_params, c->contact_params))
		return true;
	return c->contact_user && str_eq(url->url_user, c->contact_user);
}

/* RFC 3261 10.2.4: what each Contact says, else the header. */
static int64_t granted(const struct client *c, const sip_t *sip)
{
	for (const sip_contact_t *m = sip->sip_contact; m; m = m->m_next)
		if (is_our_contact(c, m->m_url) && m->m_expires)
			return (int64_t)strtoul(m->m_expires, NULL, 10);
	return sip->sip_expires ? (int64_t)sip->sip_expires->ex_delta : -1;
}

static uint64_t flow_over(struct client *c, nta_outgoing_t *orq)
{
	tport_t *tp = nta_outgoing_transport(orq);
	struct flow *f = NULL;
	uint64_t id;

	if (!tp)
		return 0;
	if (c->found.transport[c->next] != SIP_UDP)
		f = flow_of(c->agent, tp);
	id = f ? f->id : 0;
	tport_unref(tp);
	return id;
}

static struct client_answer answer_of(struct client *c, nta_outgoing_t *orq,
                                      const sip_t *sip)
{
	struct client_answer a = { .status = 408,
		                   .is_ours = true,
		                   .retry_after_s = -1,
		                   .min_expires_s = -1,
		                   .expires_s = -1,
		                   .peer = c->found.addr[c->next] };

	snprintf(c->reason, sizeof(c->reason), "%s",
	         sip ? sip->sip_status->st_phrase : "No answer");
	if (!sip)
		return a;
	a.status = sip->sip_status->st_status;
	a.is_ours = nta_sip_is_internal(sip);
	if (sip->sip_retry_after)
		a.retry_after_s = (int)sip->sip_retry_after->af_delta;
	if (sip->sip_min_expires)
		a.min_expires_s = (int64_t)sip->sip_min_expires->me_delta;
	if (a.status < 300) {
		a.expires_s = granted(c, sip);
		a.flow = flow_over(c, orq);
	}
	return a;
}

static int on_response(void *magic, nta_outgoing_t *orq, const sip_t *sip)
{
	struct client *c = magic;
	struct client_answer a;
	struct message m;
	char *routes = NULL;

	OBJ_CHECK(c, CLIENT_MAGIC);
	if (sip && sip->sip_status->st_status < 200) {
		client_hop_ended(c, HOLD_ANSWERED);
		later(c, silent, c->timeout_ms);
		return 0;
	}
	a = answer_of(c, orq, sip);
	if (!a.is_ours && a.status < 300) {
		message_view(&m, sip, NULL);
		a.service_route = routes = message_header(&m, "Service-Route");
	}
	client_hop_said(c, &a);
	if (!a.is_ours && client_take_challenge(c, sip)) {
		let_go(c);
		send_here(c);
	} else if ((a.status != 503 && a.status != 408) || !go_on(c)) {
		tell(c, &a);
	}
	free(routes);
	return 0;
}

/* --- sending ----------------------------------------------------------- */

/* "<sip:user@host:port;transport=tcp;line=...>" */
static void write_contact(const struct client *c, const struct listener *l,
                          const struct addr *dest, struct buf *out)
{
	agent_contact(c->agent, l, dest, c->contact_user, out);
	if (c->contact_params) {
		out->len--; /* the ">" */
		buf_fmt(out, ";%s>", c->contact_params);
	}
}

static nta_outgoing_t *create(struct client *c, const struct listener *l)
{
	const struct addr *dest = &c->found.addr[c->next];
	struct buf from = { 0 }, to = { 0 }, contact = { 0 }, proof = { 0 };
	char url[AGENT_ROUTE], cseq[64];
	nta_outgoing_t *orq;

	if (c->aor)
		buf_fmt(&from, "<%s>", c->aor);
	else
		agent_contact(c->agent, l, dest, NULL, &from);
	buf_fmt(&from, ";tag=%s", c->tag);
	buf_fmt(&to, "<%s>", c->aor ? c->aor : c->uri);
	write_contact(c, l, dest, &contact);
	client_write_credentials(c, &proof);
	snprintf(cseq, sizeof(cseq), "%u %s", ++c->cseq, c->method);
	orq = nta_outgoing_tcreate(
	        c->agent->default_leg, on_response, c,
	        URL_STRING_MAKE(agent_route_url(
			dest, c->found.transport[c->next], url)),
	        sip_method_code(c->method), c->method,
	        URL_STRING_MAKE(c->uri), SIPTAG_FROM_STR(from.p),
	        SIPTAG_TO_STR(to.p), SIPTAG_CALL_ID_STR(c->call_id),
	        SIPTAG_CSEQ_STR(cseq), SIPTAG_CONTACT_STR(contact.p),
	        TAG_IF(c->route, SIPTAG_ROUTE_STR(c->route)),
	        TAG_IF(c->headers, SIPTAG_HEADER_STR(c->headers)),
	        TAG_IF(proof.len, SIPTAG_HEADER_STR(proof.p)),
	        TPTAG_IDENT(l->ident), NTATAG_PASS_100(1), TAG_END());
	buf_free(&from);
	buf_free(&to);
	buf_free(&contact);
	buf_free(&proof);
	return orq;
}

static void send_here(struct client *c)
{
	static const struct addr any;
	const struct listener *l = agent_listener_for(
	        c->agent, c->found.transport[c->next],
	        &c->found.addr[c->next], &any);

	client_hop_sent(c);
	later(c, silent, client_patience_ms(c));
	if (l)
		c->orq = create(c, l);
	if (c->orq)
		c->agent->gauges.transactions++;
	else
		later(c, unreachable, 0);
}

/* The address that served last goes first, as long as the name has it. */
static void put_first(struct resolve_answer *found, const struct addr *last,
                      enum sip_transport by)
{
	for (size_t i = 1; i < found->n; i++)
		if (addr_eq(&found->addr[i], last) &&
		    found->transport[i] == by) {
			memmove(&found->addr[1], &found->addr[0],
			        i * sizeof(found->addr[0]));
			memmove(&found->transport[1], &found->transport[0],
			        i * sizeof(found->transport[0]));
			found->addr[0] = *last;
			found->transport[0] = by;
			return;
		}
}

static void resolved(const struct resolve_answer *a, void *arg)
{
	struct client *c = arg;
	struct addr last = c->found.n ? c->found.addr[c->next]
	                              : (struct addr){ 0 };
	enum sip_transport by = c->found.transport[c->next];

	OBJ_CHECK(c, CLIENT_MAGIC);
	c->resolving = NULL;
	c->found = *a;
	c->next = 0;
	put_first(&c->found, &last, by);
	client_first_hop(c);
	if (a->n == 0)
		later(c, no_address, 0);
	else
		send_here(c);
}

void client_send(struct client *c, const char *method, const char *headers)
{
	struct resolve_question q = {
		.host = c->host,
		.port = c->port,
		.transport = c->has_transport
		                     ? sip_transport_name(c->transport)
		                     : NULL,
		.is_sips = c->transport == SIP_TLS,
	};
	struct resolve_answer numeric = { .n = 1,
		                          .transport = { c->transport } };

	let_go(c);
	free(c->method);
	free(c->headers);
	c->method = xstrdup(method);
	c->headers = str_is_empty(headers) ? NULL : xstrdup(headers);
	client_begin_proof(c);
	if (c->resolver) {
		resolve_start(&c->resolving, c->resolver, &q, resolved, c);
		return;
	}
	if (addr_parse(&numeric.addr[0], c->host, c->port ? c->port : 5060) < 0)
		numeric.n = 0;
	resolved(&numeric, c);
}
