/* sip/resolve.c - names to addresses for SIP (RFC 3263, without NAPTR: the
 * transport is always given).
 *
 * A question asks SRV first when it has no port, then A and AAAA of every
 * target.  Its owner is told from a timer of its own, with nothing of ours
 * further up the stack, so it may do there whatever it likes. */
#include "sip/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "sip/dns.h"

#define MAX_NAME    253 /* RFC 1035 2.3.4, as text */
#define MAX_RECORDS 4096
#define GRACE_MS    300

struct target {
	const char *host; /* borrowed from the question or its SRV answer */
	uint16_t port;
	struct dns_ask a, aaaa;
};

struct resolve {
	struct resolve *prev, *next;
	struct resolver *resolver; /* borrowed */
	resolve_fn *fn;
	void *arg;          /* borrowed */
	struct timer timer; /* the grace, then telling the owner */
	bool is_done;       /* nothing more is waited for */
	bool is_telling;    /* the owner is being called */
	uint16_t default_port;
	struct dns_ask srv;
	struct target targets[RESOLVE_MAX];
	size_t n_targets;
	char host[MAX_NAME + 2]; /* lower case, without the final dot */
};

struct resolver {
	struct loop *loop;         /* borrowed */
	struct dns *dns;           /* owned */
	struct resolve *questions; /* owned */
	size_t n_questions;
};

int resolver_create(struct resolver **out, struct loop *l,
		    const struct resolver_conf *conf)
{
	struct dns_conf dc = {
		.channel = {
			.servers = conf->servers,
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
	dns_release(&q->srv);
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

static void add_answer(struct resolve_answer *out, const struct target *t,
		       const struct dns_ask *ask)
{
	const struct dns_answer *found = dns_answer_of(ask);

	for (size_t i = 0; found && i < found->n; i++) {
		struct addr a = found->addrs[i];
		size_t k = 0;

		addr_set_port(&a, t->port);
		while (k < out->n && !addr_eq(&out->addr[k], &a))
			k++;
		if (k == out->n && k < RESOLVE_MAX)
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

static void add_target(struct resolve *q, const char *host, uint16_t port)
{
	struct target *t = &q->targets[q->n_targets++];

	t->host = host;
	t->port = port;
}

static void ask_targets(struct resolve *q)
{
	struct dns *d = q->resolver->dns;

	for (size_t i = 0; i < q->n_targets; i++) {
		struct target *t = &q->targets[i];

		dns_ask(d, &t->a, DNS_A, t->host, address_is_known, q);
		dns_ask(d, &t->aaaa, DNS_AAAA, t->host, address_is_known, q);
	}
	look(q);
}

/* RFC 2782: the lowest priority first; among equals each is drawn in
 * proportion to its weight, those without weight seldom. */
static size_t draw(const struct dns_answer *a, const bool *is_taken)
{
	unsigned priority = 65536, sum = 0, mark;
	size_t last = 0;

	for (size_t i = 0; i < a->n; i++)
		if (!is_taken[i] && a->services[i].priority < priority)
			priority = a->services[i].priority;
	for (size_t i = 0; i < a->n; i++)
		if (!is_taken[i] && a->services[i].priority == priority)
			sum += a->services[i].weight * 256u + 1;
	mark = (unsigned)(random_u64() % sum);
	for (size_t i = 0; i < a->n; i++) {
		unsigned share = a->services[i].weight * 256u + 1;

		if (is_taken[i] || a->services[i].priority != priority)
			continue;
		last = i;
		if (mark < share)
			break;
		mark -= share;
	}
	return last;
}

static void services_are_known(struct resolve *q)
{
	const struct dns_answer *a = dns_answer_of(&q->srv);
	bool is_taken[DNS_MAX_RECORDS] = { false };

	if (a->status != DNS_FOUND) {
		/* RFC 3263 4.2: no SRV, the name itself */
		add_target(q, q->host, q->default_port);
		ask_targets(q);
		return;
	}
	for (size_t i = 0; i < a->n && q->n_targets < RESOLVE_MAX; i++) {
		size_t k = draw(a, is_taken);

		is_taken[k] = true;
		/* RFC 2782: "." says there is no such service */
		if (a->services[k].host[0] && a->services[k].port)
			add_target(q, a->services[k].host, a->services[k].port);
	}
	ask_targets(q);
}

static void srv_is_known(struct dns_ask *a, void *arg)
{
	(void)a;
	services_are_known(arg);
}

static void ask_services(struct resolve *q, const char *prefix)
{
	char name[MAX_NAME + 16];

	memcpy(name, prefix, strlen(prefix));
	memcpy(name + strlen(prefix), q->host, strlen(q->host) + 1);
	dns_ask(q->resolver->dns, &q->srv, DNS_SRV, name, srv_is_known, q);
	if (dns_answer_of(&q->srv))
		services_are_known(q);
}

static const char *srv_prefix(const char *transport)
{
	if (str_eq_case(transport, "tls"))
		return "_sips._tcp.";
	return str_eq_case(transport, "tcp") ? "_sip._tcp." : "_sip._udp.";
}

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

void resolve_start(struct resolve **out, struct resolver *r,
		   const struct resolve_question *ask, resolve_fn *fn,
		   void *arg)
{
	uint16_t default_port =
		str_eq_case(ask->transport, "tls") ? 5061 : 5060;
	uint16_t port = ask->port ? ask->port : default_port;
	struct resolve_answer numeric = { .n = 1 };
	struct resolve *q;

	*out = NULL;
	if (addr_parse(&numeric.addr[0], ask->host, port) == 0) {
		fn(&numeric, arg);
		return;
	}
	q = xzalloc(sizeof(*q));
	q->resolver = r;
	q->fn = fn;
	q->arg = arg;
	q->default_port = default_port;
	copy_host(q, ask->host);
	DL_APPEND(r->questions, q);
	r->n_questions++;
	*out = q;
	/* Whoever wrote a name into the hosts file means that address. */
	if (ask->port == 0 && !dns_has_host(r->dns, q->host)) {
		ask_services(q, srv_prefix(ask->transport));
		return;
	}
	add_target(q, q->host, port);
	ask_targets(q);
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
