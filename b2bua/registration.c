/* b2bua/registration.c - REGISTER. */
#include "b2bua/registration.h"

#include <stdlib.h>
#include <string.h>

#include "b2bua/ingress.h"
#include "base/mem.h"
#include "base/strutil.h"

/* A phone shows so often on its flow that it is there (RFC 5626 5.4, and 4.4.1
 * for what connections do). */
#define FLOW_TIMER_S "120"

#define MAX_CONTACTS 32

char *registration_aor(const struct device *d)
{
	char *aor = xasprintf("%s@%s", d->username ? d->username : "",
	                      d->realm ? d->realm : "");

	str_lower(aor);
	return aor;
}

/* The address of record must be the device's own (RFC 3261 10.3 step 4). */
static bool owns_aor(const struct server *s, const struct request *rq,
                     const struct device *d)
{
	const char *realm = server_realm(s, request_to_host(rq));

	if (!str_eq_case(request_to_user(rq), d->username))
		return false;
	/* an address in place of the domain stands for the only realm */
	return !realm || str_eq_case(realm, d->realm);
}

struct contacts {
	struct request_contact read[MAX_CONTACTS]; /* owned */
	struct register_contact told[MAX_CONTACTS];
	size_t n;
	bool is_wildcard, is_bad;
};

/* Is the Contact not where the packet came from?  Over a connection the
 * source port is never the Contact's. */
static bool is_natted(const struct request *rq,
                      const struct request_contact *c)
{
	struct addr source = request_source(rq);

	if (!addr_is_set(&c->addr))
		return true; /* a name: the source is what we know */
	return request_transport(rq) == SIP_UDP
	               ? !addr_eq(&c->addr, &source)
	               : !addr_eq_ip(&c->addr, &source);
}

static void read_contacts(const struct request *rq, struct contacts *out)
{
	struct request_contact c;

	for (size_t i = 0; request_contact(rq, i, &c); i++) {
		if (strcmp(c.uri, "*") == 0)
			out->is_wildcard = true;
		if (i >= MAX_CONTACTS || c.uri[0] == '\0')
			out->is_bad = true;
		if (out->is_bad || strcmp(c.uri, "*") == 0) {
			request_contact_clear(&c);
			continue;
		}
		out->read[out->n] = c;
		out->told[out->n] = (struct register_contact){
			.uri = c.uri,
			.expires_s = c.expires_s,
			.q = c.q,
			.instance = c.instance,
			.reg_id = c.reg_id,
			.is_natted = is_natted(rq, &c),
		};
		out->n++;
	}
}

static void clear_contacts(struct contacts *c)
{
	for (size_t i = 0; i < c->n; i++)
		request_contact_clear(&c->read[i]);
}

struct listing {
	struct buf lines;
	int64_t now_ms;
};

static void list_binding(const struct binding *b, void *arg)
{
	struct listing *l = arg;

	buf_fmt(&l->lines, "Contact: <%s>;expires=%lld", b->contact,
	        (long long)((b->expires_at_ms - l->now_ms + 999) / 1000));
	if (b->q != 1000)
		buf_fmt(&l->lines, ";q=%u.%03u", b->q / 1000, b->q % 1000);
	if (b->instance[0])
		buf_fmt(&l->lines, ";+sip.instance=\"%s\"", b->instance);
	if (b->reg_id)
		buf_fmt(&l->lines, ";reg-id=%u", b->reg_id);
	buf_str(&l->lines, "\r\n");
}

static void answer(struct server *s, struct request *rq, const char *aor,
                   const char *path, bool is_outbound,
                   const struct register_reply *r)
{
	struct listing l = { .now_ms = loop_unix_ms(s->loop) };

	if (r->status == 200) {
		registrar_each(s->registrar, aor, l.now_ms, list_binding, &l);
		if (!str_is_empty(path)) /* RFC 3327 5.3 */
			buf_fmt(&l.lines, "Path: %s\r\n", path);
		buf_str(&l.lines, "Supported: path, outbound\r\n");
		if (is_outbound) /* RFC 5626 6, 5.4 */
			buf_str(&l.lines, "Require: outbound\r\n"
			                  "Flow-Timer: " FLOW_TIMER_S "\r\n");
	} else if (r->status == 423) {
		buf_fmt(&l.lines, "Min-Expires: %u\r\n", r->min_expires_s);
	}
	request_reply(rq, r->status, r->reason, l.lines.p);
	buf_free(&l.lines);
}

/* RFC 5626 6: a phone that asks for it has a flow, when it came over a
 * connection: only those we can keep, and see die. */
static bool is_outbound(const struct request *rq, const struct contacts *c,
                        uint64_t flow)
{
	if (!flow || !request_supports(rq, "outbound"))
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (c->told[i].reg_id > 0 && c->told[i].instance)
			return true;
	return false;
}

static void apply(struct server *s, struct request *rq,
                  const struct device *d)
{
	char *aor = registration_aor(d), *path = request_path(rq);
	struct contacts *c = xzalloc(sizeof(*c));
	struct register_request q = {
		.aor = aor,
		.call_id = request_call_id(rq),
		.cseq = request_cseq(rq),
		.expires_s = request_expires(rq),
		.path = path,
		.user_agent = request_user_agent(rq),
		.source = request_source(rq),
		.local = request_local(rq),
		.transport = (enum binding_transport)request_transport(rq),
		.now_ms = loop_unix_ms(s->loop),
	};
	struct register_reply r = { .status = 400, .reason = "Bad Contact" };

	read_contacts(rq, c);
	q.contacts = c->told;
	q.n_contacts = c->n;
	q.is_wildcard = c->is_wildcard;
	if (c->n > 0)
		q.flow = request_flow(rq);
	if (!c->is_bad)
		r = registrar_apply(s->registrar, &q);
	s->counters.registers++;
	log_debug("REGISTER %s: %d %s", aor, r.status, r.reason);
	answer(s, rq, aor, path, is_outbound(rq, c, q.flow), &r);
	clear_contacts(c);
	free(c);
	free(path);
	free(aor);
}

void registration_request(struct server *s, struct request *rq)
{
	const struct device *d = NULL;
	struct addr source = request_source(rq);
	char text[ADDR_TEXT];

	switch (ingress_prove(s, rq, false, &d)) {
	case PROOF_DEVICE:
		if (owns_aor(s, rq, d))
			apply(s, rq, d);
		else
			request_reply(rq, 403, "Not Your Address", NULL);
		break;
	case PROOF_MALFORMED:
		request_reply(rq, 400, "Bad Credentials", NULL);
		break;
	case PROOF_STALE:
		ingress_challenge(s, rq, false, true);
		break;
	case PROOF_WRONG:
		log_warn("auth-failed method=REGISTER user=%s source=%s "
		         "transport=%s",
		         request_to_user(rq), addr_ip_port(&source, text),
		         sip_transport_name(request_transport(rq)));
		ingress_challenge(s, rq, false, false);
		break;
	case PROOF_NONE:
		ingress_challenge(s, rq, false, false);
		break;
	}
}
