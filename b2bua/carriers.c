/* b2bua/carriers.c - which gateway an address belongs to. */
#include "b2bua/carriers.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strutil.h"

#define ASK_AGAIN_MS 60000

struct known { /* one address of one gateway */
	struct addr ip;     /* the key; port 0 */
	uint16_t port;      /* of the gateway */
	const struct gateway *gateway; /* borrowed from the snapshot */
	struct known *next; /* others at the same address */
	UT_hash_handle hh;
};

struct asked { /* a gateway whose server is a name */
	struct carriers *owner;     /* borrowed */
	const struct gateway *gateway;
	struct resolve *question;   /* owned */
	struct asked *next;
};

struct carriers {
	struct loop *loop;          /* borrowed */
	struct resolver *resolver;  /* borrowed */
	struct snapshot *snapshot;  /* a reference is held */
	struct known *known;
	struct asked *asked;
	struct timer again;
	size_t n;
};

int carriers_create(struct carriers **out, struct loop *l, struct resolver *r)
{
	struct carriers *c = xzalloc(sizeof(*c));

	c->loop = l;
	c->resolver = r;
	*out = c;
	return 0;
}

static void clear(struct carriers *c)
{
	struct known *k, *next;

	timer_stop(loop_timers(c->loop), &c->again);
	HASH_ITER (hh, c->known, k, next) {
		HASH_DELETE(hh, c->known, k);
		while (k) {
			struct known *same = k->next;

			free(k);
			k = same;
		}
	}
	while (c->asked) {
		struct asked *a = c->asked;

		c->asked = a->next;
		resolve_cancel(&a->question);
		free(a);
	}
	snapshot_unref(&c->snapshot);
	c->n = 0;
}

void carriers_destroy(struct carriers **cp)
{
	if (!*cp)
		return;
	clear(*cp);
	free(*cp);
	*cp = NULL;
}

static void learn(struct carriers *c, const struct gateway *g,
                  const struct addr *a)
{
	struct addr ip = *a;
	struct known *head, *k;

	addr_set_port(&ip, 0);
	HASH_FIND(hh, c->known, &ip, sizeof(ip), head);
	for (k = head; k; k = k->next)
		if (k->gateway == g)
			return;
	k = xzalloc(sizeof(*k));
	k->ip = ip;
	k->port = addr_port(a);
	k->gateway = g;
	c->n++;
	if (head) {
		k->next = head->next; /* the first loaded stays first */
		head->next = k;
	} else {
		HASH_ADD(hh, c->known, ip, sizeof(k->ip), k);
	}
}

static void on_answer(const struct resolve_answer *answer, void *arg)
{
	struct asked *a = arg;

	a->question = NULL;
	if (answer->n == 0)
		log_warn("gateway %s: no address for %s", a->gateway->name,
		         a->gateway->server);
	for (size_t i = 0; i < answer->n; i++)
		learn(a->owner, a->gateway, &answer->addr[i]);
}

static void ask(struct asked *a)
{
	struct resolve_question q = {
		.host = a->gateway->server,
		.port = a->gateway->port,
		.transport = a->gateway->transport ? a->gateway->transport
		                                   : "udp",
	};

	if (!a->question)
		resolve_start(&a->question, a->owner->resolver, &q, on_answer,
		              a);
}

static void add_gateway(const struct gateway *g, void *arg)
{
	struct carriers *c = arg;
	struct addr numeric;
	struct asked *a;

	if (!g->is_enabled)
		return;
	if (addr_parse(&numeric, g->server, g->port ? g->port : 5060) == 0) {
		learn(c, g, &numeric);
		return;
	}
	a = xzalloc(sizeof(*a));
	a->owner = c;
	a->gateway = g;
	a->next = c->asked;
	c->asked = a;
	ask(a);
}

static void ask_again(struct timer *t, void *arg)
{
	struct carriers *c = arg;

	for (struct asked *a = c->asked; a; a = a->next)
		ask(a);
	timer_start(loop_timers(c->loop), t, ASK_AGAIN_MS, ask_again, c);
}

void carriers_reset(struct carriers *c, struct snapshot *s)
{
	clear(c);
	c->snapshot = snapshot_ref(s);
	snapshot_each_gateway(s, add_gateway, c);
	if (c->asked)
		timer_start(loop_timers(c->loop), &c->again, ASK_AGAIN_MS,
		            ask_again, c);
}

const struct gateway *carriers_find(const struct carriers *c,
                                    const struct addr *source)
{
	struct addr ip = *source;
	struct known *k;

	addr_set_port(&ip, 0);
	HASH_FIND(hh, c->known, &ip, sizeof(ip), k);
	for (; k; k = k->next)
		if (!k->gateway->force_port || k->port == addr_port(source))
			return k->gateway;
	return NULL;
}

size_t carriers_count(const struct carriers *c)
{
	return c->n;
}
