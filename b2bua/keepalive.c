/* b2bua/keepalive.c - OPTIONS to phones behind NAT. */
#include "b2bua/keepalive.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/id.h"
#include "base/mem.h"

struct keepalive {
	const struct binding *binding; /* borrowed: the key */
	struct keepalives *owner;      /* borrowed */
	struct timer timer;
	UT_hash_handle hh;
};

struct keepalives {
	struct server *server;  /* borrowed */
	struct keepalive *all;
};

int keepalives_create(struct keepalives **out, struct server *s)
{
	struct keepalives *k = xzalloc(sizeof(*k));

	k->server = s;
	*out = k;
	return 0;
}

static void end(struct keepalives *k, struct keepalive *one)
{
	timer_stop(loop_timers(k->server->loop), &one->timer);
	HASH_DELETE(hh, k->all, one);
	free(one);
}

void keepalives_destroy(struct keepalives **kp)
{
	struct keepalives *k = *kp;
	struct keepalive *one, *next;

	if (!k)
		return;
	HASH_ITER (hh, k->all, one, next)
		end(k, one);
	free(k);
	*kp = NULL;
}

static struct keepalive *find(struct keepalives *k, const struct binding *b)
{
	struct keepalive *one;

	HASH_FIND_PTR(k->all, &b, one);
	return one;
}

static void ping(struct timer *t, void *arg)
{
	struct keepalive *one = arg;
	struct server *s = one->owner->server;
	const struct binding *b = one->binding;
	struct target to = { .uri = b->contact, .dest = b->source,
		             .local = b->local, .transport = SIP_UDP };

	agent_options(s->agent, &to);
	timer_start(loop_timers(s->loop), t,
	            (int64_t)s->conf->registrar.keepalive_s * 1000, ping, one);
}

void keepalive_saved(struct keepalives *k, const struct binding *b)
{
	struct server *s = k->server;
	bool wanted = b->is_natted && b->transport == BINDING_UDP &&
	              s->conf->registrar.keepalive_s > 0;
	struct keepalive *one = find(k, b);
	int64_t every = (int64_t)s->conf->registrar.keepalive_s * 1000;

	if (!wanted || one) {
		if (one && !wanted)
			end(k, one);
		return;
	}
	one = xzalloc(sizeof(*one));
	one->binding = b;
	one->owner = k;
	HASH_ADD_PTR(k->all, binding, one);
	/* the first one early by chance: so they do not go in step */
	timer_start(loop_timers(s->loop), &one->timer,
	            every - (int64_t)(random_u64() % (uint64_t)(every / 2 + 1)),
	            ping, one);
}

void keepalive_removed(struct keepalives *k, const struct binding *b)
{
	struct keepalive *one = find(k, b);

	if (one)
		end(k, one);
}
