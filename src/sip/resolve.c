/* sip/resolve.c - names to addresses for SIP (RFC 3263).
 *
 * A question asks NAPTR first when it names no transport, then SRV when it
 * has no port, then A and AAAA of every target.  Its owner is told from a
 * timer of its own, with nothing of ours further up the stack, so it may do
 * there whatever it likes. */
#include "sip/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "sip/dns.h"
#include "sip/dns_order.h"

#define MAX_NAME    253 /* RFC 1035 2.3.4, as text */
#define MAX_RECORDS 4096
#define GRACE_MS    300
#define TRANSPORTS  3

struct place {
	const char *host; /* borrowed from the question or its SRV answer */
	uint16_t port;
	enum sip_transport transport;
	struct dns_ask a, aaaa;
};

struct service { /* SRV records of one transport */
	enum sip_transport transport;
	struct dns_ask ask;
};

struct resolve {
	struct resolve *prev, *next;
	struct resolver *resolver; /* borrowed */
	resolve_fn *fn;
	void *arg;          /* borrowed */
	struct timer timer; /* the grace, then telling the owner */
	bool is_done;       /* nothing more is waited for */
	bool is_telling;    /* the owner is being called */
	bool is_sips;
	enum sip_transport transport; /* the one given, else the default */
	struct dns_ask naptr;
	struct service services[TRANSPORTS]; /* in the order to try */
	size_t n_services;
	struct place targets[RESOLVE_MAX];
	size_t n_targets;
	char host[MAX_NAME + 2]; /* lower case, without the final dot */
};

struct resolver {
	struct loop *loop;         /* borrowed */
	struct dns *dns;           /* owned */
	struct resolve *questions; /* owned */
	size_t n_questions;
	unsigned transports; /* bits 1 << SIP_UDP ... */
	uint64_t chance;
};

int resolver_create(struct resolver **out, struct loop *l,
		    const struct resolver_conf *conf)
{
	struct dns_conf dc = {
		.channel = {
			.servers = conf->servers,
			.resolv_conf = conf->resolv_conf,
			.port = conf->port ? conf->port : 53,
			.timeout_ms = conf->timeout_ms ? conf->timeout_ms
						       : 2000,
			.tries = conf->tries ? conf->tries : 2,
		},
		.hosts = conf->hosts,
		.max_records = MAX_RECORDS,
	};
	struct resolver *r = xzalloc(sizeof(*r));
	int rc;

	r->loop = l;
	r->chance = conf->seed ? conf->seed : random_u64();
	r->transports = 1u << SIP_UDP | 1u << SIP_TCP;
	rc = dns_create(&r->dns, l, &dc);
	if (rc < 0)
		free(r);
	else
		*out = r;
	return rc;
}

/* Lets go of all it asked and leaves its resolver; the struct stays. */
static void detach(struct resolve *q)
{
	struct resolver *r = q->resolver;

	timer_stop(loop_timers(r->loop), &q->timer);
	dns_release(&q->naptr);
	for (size_t i = 0; i < q->n_services; i++)
		dns_release(&q->services[i].ask);
	for (size_t i = 0; i < q->n_targets; i++) {
		dns_release(&q->targets[i].a);
		dns_release(&q->targets[i].aaaa);
	}
	DL_DELETE(r->questions, q);
	r->n_questions--;
}

void resolver_destroy(struct resolver **rp)
{
	struct resolver *r = *rp;

	if (!r)
		return;
	while (r->questions) {
		struct resolve *q = r->questions;

		detach(q);
		free(q);
	}
	dns_destroy(&r->dns);
	free(r);
	*rp = NULL;
}

void resolver_speaks(struct resolver *r, unsigned transports)
{
	r->transports = transports;
}

void resolver_reload(struct resolver *r)
{
	dns_reload(r->dns);
}

static bool speaks(const struct resolver *r, enum sip_transport t)
{
	return r->transports >> t & 1;
}

static uint16_t default_port(enum sip_transport t)
{
	return t == SIP_TLS ? 5061 : 5060;
}

static bool is_there(const struct resolve_answer *all, const struct addr *a,
		     enum sip_transport t)
{
	for (size_t i = 0; i < all->n; i++)
		if (addr_eq(&all->addr[i], a) && all->transport[i] == t)
			return true;
	return false;
}

static void add_answer(struct resolve_answer *out, const struct place *t,
		       const struct dns_ask *ask)
{
	const struct dns_answer *found = dns_answer_of(ask);

	for (size_t i = 0; found && i < found->n; i++) {
		struct addr a = found->addrs[i];

		addr_set_port(&a, t->port);
		if (out->n == RESOLVE_MAX || is_there(out, &a, t->transport))
			continue;
		out->transport[out->n] = t->transport;
		out->addr[out->n++] = a;
	}
}

static void tell(struct timer *t, void *arg)
{
	struct resolve *q = arg;
	struct resolve_answer answer = { 0 };

	(void)t;
	/* Of a target IPv4 goes first: hosts without IPv6 are many more. */
	for (size_t i = 0; i < q->n_targets; i++) {
		add_answer(&answer, &q->targets[i], &q->targets[i].a);
		add_answer(&answer, &q->targets[i], &q->targets[i].aaaa);
	}
	detach(q);
	q->is_telling = true; /* a cancel of itself leaves it to us */
	q->fn(&answer, q->arg);
	free(q);
}

static void finish(struct resolve *q)
{
	q->is_done = true;
	timer_start(loop_timers(q->resolver->loop), &q->timer, 0, tell, q);
}

static void grace_is_over(struct timer *t, void *arg)
{
	struct resolve *q = arg;

	(void)t;
	q->is_done = true;
	tell(&q->timer, q);
}

/* All is known, or the best target is: then the rest (often an AAAA that
 * some broken server never answers) has a short time left. */
static void look(struct resolve *q)
{
	const struct dns_answer *best = dns_answer_of(&q->targets[0].a);
	bool is_complete = true;

	if (q->is_done)
		return;
	for (size_t i = 0; i < q->n_targets; i++)
		if (!dns_answer_of(&q->targets[i].a) ||
		    !dns_answer_of(&q->targets[i].aaaa))
			is_complete = false;
	if (is_complete)
		finish(q);
	else if (best && best->n && !timer_is_running(&q->timer))
		timer_start(loop_timers(q->resolver->loop), &q->timer, GRACE_MS,
			    grace_is_over, q);
}

static void address_is_known(struct dns_ask *a, void *arg)
{
	(void)a;
	look(arg);
}

static void add_target(struct resolve *q, const char *host, uint16_t port,
		       enum sip_transport t)
{
	struct place *target;

	if (q->n_targets == RESOLVE_MAX)
		return;
	target = &q->targets[q->n_targets++];
	target->host = host;
	target->port = port;
	target->transport = t;
}

static void ask_targets(struct resolve *q)
{
	struct dns *d = q->resolver->dns;

	for (size_t i = 0; i < q->n_targets; i++) {
		struct place *t = &q->targets[i];

		dns_ask(d, &t->a, DNS_A, t->host, address_is_known, q);
		dns_ask(d, &t->aaaa, DNS_AAAA, t->host, address_is_known, q);
	}
	look(q);
}

/* --- SRV ----------------------------------------------------------------- */

static void add_services(struct resolve *q, const struct service *s)
{
	const struct dns_answer *a = dns_answer_of(&s->ask);
	size_t order[DNS_MAX_RECORDS];

	srv_order(a->services, a->n, dns_chance(&q->resolver->chance), order);
	for (size_t i = 0; i < a->n; i++) {
		const struct dns_service *to = &a->services[order[i]];

		/* RFC 2782: "." says there is no such service */
		if (to->host[0] && to->port)
			add_target(q, to->host, to->port, s->transport);
	}
}

static void services_are_known(struct resolve *q)
{
	bool is_found = false;

	for (size_t i = 0; i < q->n_services; i++)
		if (dns_answer_of(&q->services[i].ask)->status == DNS_FOUND) {
			is_found = true;
			add_services(q, &q->services[i]);
		}
	/* RFC 3263 4.2: no SRV, the name itself */
	if (!is_found)
		add_target(q, q->host, default_port(q->transport),
			   q->transport);
	ask_targets(q);
}

static void look_at_services(struct resolve *q)
{
	for (size_t i = 0; i < q->n_services; i++)
		if (!dns_answer_of(&q->services[i].ask))
			return;
	services_are_known(q);
}

static void srv_is_known(struct dns_ask *a, void *arg)
{
	(void)a;
	look_at_services(arg);
}

static void ask_service(struct resolve *q, const char *name,
			enum sip_transport t)
{
	struct service *s = &q->services[q->n_services++];

	s->transport = t;
	dns_ask(q->resolver->dns, &s->ask, DNS_SRV, name, srv_is_known, q);
}

static void ask_usual_service(struct resolve *q, enum sip_transport t)
{
	static const char *const prefixes[] = {
		[SIP_UDP] = "_sip._udp.",
		[SIP_TCP] = "_sip._tcp.",
		[SIP_TLS] = "_sips._tcp.",
	};
	char name[MAX_NAME + 16];

	strcpy(name, prefixes[t]);
	strcat(name, q->host);
	ask_service(q, name, t);
}

/* --- NAPTR --------------------------------------------------------------- */

/* RFC 3263 4.1: those of each transport that we speak, in our order. */
static void ask_usual_services(struct resolve *q)
{
	if (q->is_sips) {
		ask_usual_service(q, SIP_TLS);
		return;
	}
	for (enum sip_transport t = SIP_UDP; t <= SIP_TCP; t++)
		if (speaks(q->resolver, t))
			ask_usual_service(q, t);
}

static void pointers_are_known(struct resolve *q)
{
	const struct dns_answer *a = dns_answer_of(&q->naptr);
	size_t order[DNS_MAX_RECORDS], n;
	enum sip_transport t[DNS_MAX_RECORDS];

	n = naptr_order(a->pointers, a->n, q->resolver->transports, q->is_sips,
			order, t);
	for (size_t i = 0; i < n && q->n_services < TRANSPORTS; i++)
		ask_service(q, a->pointers[order[i]].host, t[i]);
	if (n == 0)
		ask_usual_services(q);
	look_at_services(q);
}

static void naptr_is_known(struct dns_ask *a, void *arg)
{
	(void)a;
	pointers_are_known(arg);
}

static void ask_pointers(struct resolve *q)
{
	dns_ask(q->resolver->dns, &q->naptr, DNS_NAPTR, q->host,
		naptr_is_known, q);
	if (dns_answer_of(&q->naptr))
		pointers_are_known(q);
}

/* --- questions ----------------------------------------------------------- */

static void copy_host(struct resolve *q, const char *host)
{
	size_t len = strlen(host);

	if (len && host[len - 1] == '.')
		len--;
	if (len > MAX_NAME)
		len = 0; /* no name; nothing will be found */
	memcpy(q->host, host, len);
	q->host[len] = '\0';
	str_lower(q->host);
}

/* The one that was named, else what we would use. */
static enum sip_transport transport_of(const struct resolver *r,
				       const struct resolve_question *ask)
{
	if (ask->is_sips)
		return SIP_TLS;
	for (enum sip_transport t = SIP_UDP; t <= SIP_TLS; t++)
		if (str_eq_case(ask->transport, sip_transport_name(t)))
			return t;
	return speaks(r, SIP_UDP) || !speaks(r, SIP_TCP) ? SIP_UDP : SIP_TCP;
}

static struct resolve *new_question(struct resolver *r,
				    const struct resolve_question *ask,
				    resolve_fn *fn, void *arg)
{
	struct resolve *q = xzalloc(sizeof(*q));

	q->resolver = r;
	q->fn = fn;
	q->arg = arg;
	q->is_sips = ask->is_sips;
	q->transport = transport_of(r, ask);
	copy_host(q, ask->host);
	DL_APPEND(r->questions, q);
	r->n_questions++;
	return q;
}

void resolve_start(struct resolve **out, struct resolver *r,
		   const struct resolve_question *ask, resolve_fn *fn,
		   void *arg)
{
	enum sip_transport t = transport_of(r, ask);
	uint16_t port = ask->port ? ask->port : default_port(t);
	struct resolve_answer numeric = { .transport = { t }, .n = 1 };
	struct resolve *q;

	*out = NULL;
	if (addr_parse(&numeric.addr[0], ask->host, port) == 0) {
		fn(&numeric, arg);
		return;
	}
	*out = q = new_question(r, ask, fn, arg);
	/* Whoever wrote a name into the hosts file means that address. */
	if (ask->port || dns_has_host(r->dns, q->host)) {
		add_target(q, q->host, port, t);
		ask_targets(q);
	} else if (str_is_empty(ask->transport)) {
		ask_pointers(q);
	} else {
		ask_usual_service(q, t);
		look_at_services(q);
	}
}

void resolve_cancel(struct resolve **qp)
{
	struct resolve *q = *qp;

	*qp = NULL;
	if (!q || q->is_telling)
		return;
	detach(q);
	free(q);
}

size_t resolver_pending(const struct resolver *r)
{
	return r->n_questions;
}
