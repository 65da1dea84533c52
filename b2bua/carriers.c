/* b2bua/carriers.c - which gateway an address belongs to. */
#include "b2bua/carriers.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strutil.h"

#define ASK_AGAIN_MS 60000

struct known { /* a gateway at an address */
	const struct gateway *gateway; /* borrowed from the snapshot */
	uint16_t port;
};

struct carriers_at {
	struct addr ip;      /* the key; port 0 */
	struct known *known; /* owned */
	size_t n, cap;
	UT_hash_handle hh;
};

struct asked { /* a gateway whose server is a name */
	struct carriers *owner;     /* borrowed */
	const struct gateway *gateway;
	struct resolve *question;   /* owned */
	struct resolve_answer last; /* what its name stood for last */
	struct asked *next;
};

struct carriers {
	struct loop *loop;          /* borrowed */
	struct resolver *resolver;  /* borrowed */
	struct snapshot *snapshot;  /* a reference is held */
	struct carriers_at *places; /* by address */
	struct asked *asked;        /* in load order */
	struct asked **end;         /* of that list */
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

static void free_places(struct carriers *c)
{
	struct carriers_at *at, *next;

	HASH_ITER (hh, c->places, at, next) {
		HASH_DELETE(hh, c->places, at);
		free(at->known);
		free(at);
	}
	c->n = 0;
}

static void free_asked(struct asked *list)
{
	while (list) {
		struct asked *a = list;

		list = a->next;
		resolve_cancel(&a->question);
		free(a);
	}
}

static void clear(struct carriers *c)
{
	timer_stop(loop_timers(c->loop), &c->again);
	free_places(c);
	free_asked(c->asked);
	c->asked = NULL;
	snapshot_unpin(&c->snapshot);
}

void carriers_destroy(struct carriers **cp)
{
	if (!*cp)
		return;
	clear(*cp);
	free(*cp);
	*cp = NULL;
}

static struct carriers_at *place(struct carriers *c, const struct addr *a)
{
	struct carriers_at *at;
	struct addr ip = *a;

	addr_set_port(&ip, 0);
	HASH_FIND(hh, c->places, &ip, sizeof(ip), at);
	if (!at) {
		at = xzalloc(sizeof(*at));
		at->ip = ip;
		HASH_ADD(hh, c->places, ip, sizeof(at->ip), at);
	}
	return at;
}

static void learn(struct carriers *c, const struct gateway *g,
                  const struct addr *a)
{
	struct carriers_at *at = place(c, a);

	if (at->n == at->cap) {
		at->cap = at->cap ? 2 * at->cap : 2;
		at->known = xrealloc(at->known, at->cap * sizeof(*at->known));
	}
	at->known[at->n++] = (struct known){ g, addr_port(a) };
	c->n++;
}

static void learn_numeric(const struct gateway *g, void *arg)
{
	struct carriers *c = arg;
	struct addr a;

	if (g->is_enabled &&
	    addr_parse(&a, g->server, g->port ? g->port : 5060) == 0)
		learn(c, g, &a);
}

/* All of it anew: an address that a name no longer stands for is nobody's. */
static void learn_all(struct carriers *c)
{
	free_places(c);
	snapshot_each_gateway(c->snapshot, learn_numeric, c);
	for (const struct asked *a = c->asked; a; a = a->next)
		for (size_t i = 0; i < a->last.n; i++)
			learn(c, a->gateway, &a->last.addr[i]);
}

static bool is_same(const struct resolve_answer *a,
                    const struct resolve_answer *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!addr_eq(&a->addr[i], &b->addr[i]))
			return false;
	return true;
}

static void on_answer(const struct resolve_answer *answer, void *arg)
{
	struct asked *a = arg;

	a->question = NULL;
	if (answer->n == 0) /* what was known before still holds */
		log_warn("gateway %s: no address for %s", a->gateway->name,
		         a->gateway->server);
	if (answer->n == 0 || is_same(answer, &a->last))
		return;
	a->last = *answer;
	learn_all(a->owner);
}

static void ask(struct asked *a)
{
	struct resolve_question q = {
		.host = a->gateway->server,
		.port = a->gateway->port,
		.transport = a->gateway->transport,
	};

	if (!a->question)
		resolve_start(&a->question, a->owner->resolver, &q, on_answer,
		              a);
}

static void add_named(const struct gateway *g, void *arg)
{
	struct carriers *c = arg;
	struct addr numeric;
	struct asked *a;

	if (!g->is_enabled || addr_parse(&numeric, g->server, 0) == 0)
		return;
	a = xzalloc(sizeof(*a));
	a->owner = c;
	a->gateway = g;
	*c->end = a;
	c->end = &a->next;
}

static void ask_all(struct carriers *c)
{
	for (struct asked *a = c->asked; a; a = a->next)
		ask(a);
}

static void ask_again(struct timer *t, void *arg)
{
	struct carriers *c = arg;

	ask_all(c);
	timer_start(loop_timers(c->loop), t, ASK_AGAIN_MS, ask_again, c);
}

/* Until the names are asked for again, they stand for what they did. */
static void inherit(struct asked *to, const struct asked *from)
{
	for (; from; from = from->next)
		if (str_eq(from->gateway->server, to->gateway->server) &&
		    str_eq(from->gateway->transport, to->gateway->transport) &&
		    from->gateway->port == to->gateway->port) {
			to->last = from->last;
			return;
		}
}

void carriers_reset(struct carriers *c, struct snapshot *s)
{
	struct snapshot *before = c->snapshot;
	struct asked *was = c->asked;

	c->asked = NULL;
	c->end = &c->asked;
	c->snapshot = snapshot_pin(s);
	snapshot_each_gateway(s, add_named, c);
	for (struct asked *a = c->asked; a; a = a->next)
		inherit(a, was);
	free_asked(was);
	snapshot_unpin(&before);
	learn_all(c);
	timer_stop(loop_timers(c->loop), &c->again);
	if (c->asked)
		timer_start(loop_timers(c->loop), &c->again, ASK_AGAIN_MS,
		            ask_again, c);
	ask_all(c);
}

const struct carriers_at *carriers_at(const struct carriers *c,
                                      const struct addr *source)
{
	struct carriers_at *at;
	struct addr ip = *source;

	addr_set_port(&ip, 0);
	HASH_FIND(hh, c->places, &ip, sizeof(ip), at);
	return at;
}

const struct gateway *carriers_next(const struct carriers_at *at,
                                    const struct addr *source, size_t *i)
{
	for (; at && *i < at->n; ++*i) {
		const struct known *k = &at->known[*i];

		if (!k->gateway->force_port || k->port == addr_port(source))
			return k->gateway;
	}
	return NULL;
}

size_t carriers_count(const struct carriers *c)
{
	return c->n;
}
