/* registrar/bindings.c - bindings and their three indexes. */
#include "registrar/bindings.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"

struct flow { /* a connection that bindings came over */
	uint64_t id;
	struct entry *entries;
	UT_hash_handle hh;
};

struct bindings {
	struct aor *aors;      /* owned */
	struct aor *sweep;     /* borrowed: bindings_sweep() goes on here */
	struct flow *flows;    /* owned */
	struct timers *timers; /* owned; in unix time */
	int64_t now_ms;        /* 0 unless bindings_expire() runs, so that to the
	                          timers a delay is a date */
	size_t n;
	entry_fn *expired;
	void *arg; /* borrowed */
};

static int64_t unix_now(void *arg)
{
	const struct bindings *t = arg;

	return t->now_ms;
}

int bindings_create(struct bindings **out, entry_fn *expired, void *arg)
{
	struct bindings *t = xzalloc(sizeof(*t));

	t->expired = expired;
	t->arg = arg;
	timers_create(&t->timers, unix_now, t);
	*out = t;
	return 0;
}

void bindings_destroy(struct bindings **tp)
{
	struct bindings *t = *tp;

	if (!t)
		return;
	while (t->aors)
		bindings_remove(t, t->aors->newest);
	timers_destroy(&t->timers);
	free(t);
	*tp = NULL;
}

struct aor *bindings_find(const struct bindings *t, const char *aor)
{
	struct aor *a;

	HASH_FIND_STR(t->aors, aor, a);
	return a;
}

struct aor *bindings_first(const struct bindings *t)
{
	return t->aors;
}

void bindings_sweep_start(struct bindings *t)
{
	t->sweep = t->aors;
}

struct aor *bindings_sweep(struct bindings *t)
{
	struct aor *a = t->sweep;

	if (a)
		t->sweep = a->hh.next;
	return a;
}

size_t bindings_count(const struct bindings *t)
{
	return t->n;
}

static struct flow *find_flow(const struct bindings *t, uint64_t id)
{
	struct flow *f;

	HASH_FIND(hh, t->flows, &id, sizeof(id), f);
	return f;
}

struct entry *bindings_flow(const struct bindings *t, uint64_t flow)
{
	struct flow *f = find_flow(t, flow);

	return f ? f->entries : NULL;
}

static struct aor *get_aor(struct bindings *t, const char *name)
{
	struct aor *a = bindings_find(t, name);
	size_t len = strlen(name);

	if (a)
		return a;
	a = xzalloc(sizeof(*a) + len + 1);
	memcpy(a->name, name, len + 1);
	HASH_ADD_KEYPTR(hh, t->aors, a->name, len, a);
	return a;
}

static void leave_flow(struct bindings *t, struct entry *e)
{
	struct flow *f = e->via;

	if (!f)
		return;
	DL_DELETE2(f->entries, e, flow_prev, flow_next);
	e->via = NULL;
	if (f->entries)
		return;
	HASH_DEL(t->flows, f);
	free(f);
}

static void join_flow(struct bindings *t, struct entry *e, uint64_t id)
{
	struct flow *f = find_flow(t, id);

	if (id == 0)
		return;
	if (!f) {
		f = xzalloc(sizeof(*f));
		f->id = id;
		HASH_ADD(hh, t->flows, id, sizeof(f->id), f);
	}
	DL_APPEND2(f->entries, e, flow_prev, flow_next);
	e->via = f;
}

static bool has_texts(const struct binding *a, const struct binding *b)
{
	return strcmp(a->contact, b->contact) == 0 &&
	       strcmp(a->call_id, b->call_id) == 0 &&
	       strcmp(a->path, b->path) == 0 &&
	       strcmp(a->instance, b->instance) == 0 &&
	       strcmp(a->user_agent, b->user_agent) == 0;
}

static const char *pack(char **at, const char *s)
{
	size_t size = strlen(s) + 1;
	const char *copy = memcpy(*at, s, size);

	*at += size;
	return copy;
}

/* All texts in one block; a refresh mostly brings the ones we have. */
static void set_texts(struct entry *e, const struct binding *b)
{
	char *text, *at;

	if (e->text && has_texts(&e->b, b))
		return;
	at = text = xmalloc(strlen(b->contact) + strlen(b->call_id) +
	                    strlen(b->path) + strlen(b->instance) +
	                    strlen(b->user_agent) + 5);
	e->b.contact = pack(&at, b->contact);
	e->b.call_id = pack(&at, b->call_id);
	e->b.path = pack(&at, b->path);
	e->b.instance = pack(&at, b->instance);
	e->b.user_agent = pack(&at, b->user_agent);
	free(e->text);
	e->text = text;
}

static void expire(struct timer *timer, void *arg)
{
	struct bindings *t = arg;

	t->expired(container_of(timer, struct entry, expiry), t->arg);
}

static void set_numbers(struct entry *e, const struct binding *b)
{
	e->b.cseq = b->cseq;
	e->b.reg_id = b->reg_id;
	e->b.q = b->q;
	e->b.expires_at_ms = b->expires_at_ms;
	e->b.updated_at_ms = b->updated_at_ms;
	e->b.source = b->source;
	e->b.local = b->local;
	e->b.transport = b->transport;
	e->b.is_natted = b->is_natted;
	e->b.flow = b->flow;
	e->b.row = b->row;
}

static void fill(struct bindings *t, struct entry *e, const struct binding *b)
{
	set_texts(e, b);
	set_numbers(e, b);
	if ((e->via ? e->via->id : 0) != b->flow) {
		leave_flow(t, e);
		join_flow(t, e, b->flow);
	}
	timer_start(t->timers, &e->expiry, b->expires_at_ms, expire, t);
}

struct entry *bindings_add(struct bindings *t, const struct binding *b)
{
	struct entry *e = xzalloc(sizeof(*e));

	e->home = get_aor(t, b->aor);
	e->b.aor = e->home->name;
	DL_PREPEND(e->home->newest, e);
	e->home->n++;
	t->n++;
	fill(t, e, b);
	return e;
}

void bindings_update(struct bindings *t, struct entry *e, const struct binding *b)
{
	fill(t, e, b);
	DL_DELETE(e->home->newest, e);
	DL_PREPEND(e->home->newest, e);
}

void bindings_remove(struct bindings *t, struct entry *e)
{
	struct aor *home = e->home;

	timer_stop(t->timers, &e->expiry);
	leave_flow(t, e);
	DL_DELETE(home->newest, e);
	t->n--;
	free(e->text);
	free(e);
	if (--home->n > 0)
		return;
	if (t->sweep == home)
		t->sweep = home->hh.next;
	HASH_DEL(t->aors, home);
	free(home);
}

int64_t bindings_expire(struct bindings *t, int64_t now_ms)
{
	int64_t next_ms;

	t->now_ms = now_ms;
	timers_run(t->timers);
	t->now_ms = 0;
	next_ms = timers_wait_ms(t->timers, INT64_MAX);
	return next_ms > now_ms ? next_ms : now_ms;
}
