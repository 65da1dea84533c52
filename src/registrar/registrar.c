/* registrar/registrar.c - the store: looking, expiring, forgetting. */
#include "registrar/registrar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "registrar/registrar_impl.h"

static void forget(struct entry *e, void *arg)
{
	registrar_drop(arg, e);
}

int registrar_create(struct registrar **out, const struct registrar_conf *conf,
                     const struct registrar_ops *ops, void *arg)
{
	struct registrar *r = xzalloc(sizeof(*r));

	r->conf = *conf;
	if (r->conf.max_contacts == 0)
		r->conf.max_contacts = 1;
	if (ops)
		r->ops = *ops;
	r->arg = arg;
	bindings_create(&r->table, forget, r);
	*out = r;
	return 0;
}

void registrar_destroy(struct registrar **rp)
{
	struct registrar *r = *rp;

	if (!r)
		return;
	bindings_destroy(&r->table);
	free(r);
	*rp = NULL;
}

void registrar_drop(struct registrar *r, struct entry *e)
{
	if (r->ops.removed)
		r->ops.removed(&e->b, r->arg);
	bindings_remove(r->table, e);
}

struct aor *registrar_find(struct registrar *r, const char *aor)
{
	char name[REGISTRAR_MAX_AOR + 1];
	size_t len = strlen(aor);

	if (len > REGISTRAR_MAX_AOR)
		return NULL;
	memcpy(name, aor, len + 1);
	str_lower(name);
	return bindings_find(r->table, name);
}

static size_t each(const struct aor *a, int64_t now_ms, binding_fn *fn,
                   void *arg)
{
	size_t n = 0;

	for (const struct entry *e = a->newest; e; e = e->next) {
		if (e->b.expires_at_ms <= now_ms)
			continue;
		fn(&e->b, arg);
		n++;
	}
	return n;
}

size_t registrar_each(struct registrar *r, const char *aor, int64_t now_ms,
                      binding_fn *fn, void *arg)
{
	const struct aor *a = registrar_find(r, aor);

	return a ? each(a, now_ms, fn, arg) : 0;
}

size_t registrar_each_aor(struct registrar *r, int64_t now_ms, binding_fn *fn,
                          void *arg)
{
	size_t n = 0;

	for (const struct aor *a = bindings_first(r->table); a; a = a->hh.next)
		n += each(a, now_ms, fn, arg);
	return n;
}

void registrar_sweep_start(struct registrar *r)
{
	bindings_sweep_start(r->table);
}

bool registrar_sweep(struct registrar *r, size_t n, int64_t now_ms,
                     binding_fn *fn, void *arg)
{
	const struct aor *a = NULL;

	while (n-- > 0) {
		a = bindings_sweep(r->table);
		if (!a)
			return false;
		each(a, now_ms, fn, arg);
	}
	return true;
}

int64_t registrar_expire(struct registrar *r, int64_t now_ms)
{
	return bindings_expire(r->table, now_ms);
}

size_t registrar_flow_closed(struct registrar *r, uint64_t flow)
{
	struct entry *e;
	size_t n = 0;

	while ((e = bindings_flow(r->table, flow)) != NULL) {
		registrar_drop(r, e);
		n++;
	}
	return n;
}

size_t registrar_drop_all(struct registrar *r, struct aor *a)
{
	size_t n = a->n;

	for (size_t i = 0; i < n; i++) /* a goes with its last entry */
		registrar_drop(r, a->newest);
	return n;
}

size_t registrar_forget(struct registrar *r, const char *aor)
{
	struct aor *a = registrar_find(r, aor);

	return a ? registrar_drop_all(r, a) : 0;
}

int registrar_restore(struct registrar *r, const struct binding *b,
                      int64_t now_ms)
{
	const struct aor *a = bindings_find(r->table, b->aor);

	if (!registrar_is_sane(b))
		return -EINVAL;
	if (b->expires_at_ms <= now_ms)
		return -ESTALE;
	if (a && registrar_match(a, b->contact, b->instance, b->reg_id))
		return -EEXIST;
	bindings_add(r->table, b);
	return 0;
}

size_t registrar_count(const struct registrar *r)
{
	return bindings_count(r->table);
}
