/* directory/snapshot.c - references and look-ups. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/revision.h"

struct snapshot *snapshot_ref(struct snapshot *s)
{
	s->refs++;
	return s;
}

static void release(struct snapshot *s)
{
	struct snapshot *base = s->base;

	if (s->refs > 0 || s->pins > 0)
		return;
	if (s != base)
		free(s);
	if (--base->states > 0)
		return;
	if (base->unused)
		base->unused(base, base->unused_arg);
	else
		snapshot_free(base);
}

/* What was seen in this state and is not in the next may still be in use by
 * who has an older one. */
static void leave(struct snapshot *s)
{
	struct revision **end = &s->retired;

	if (s->older) {
		while (*end)
			end = &(*end)->next;
		*end = s->older->retired;
		s->older->retired = s->retired;
		s->older->newer = s->newer;
		s->retired = NULL;
	}
	revisions_free_list(&s->retired);
	if (s->newer)
		s->newer->older = s->older;
	else
		s->base->newest = s->older;
	s->older = s->newer = NULL;
}

void snapshot_unref(struct snapshot **sp)
{
	struct snapshot *s = *sp;

	if (!s)
		return;
	*sp = NULL;
	assert(s->refs > 0);
	if (--s->refs > 0)
		return;
	leave(s);
	release(s);
}

struct snapshot *snapshot_pin(struct snapshot *s)
{
	s->pins++;
	return s;
}

void snapshot_unpin(struct snapshot **sp)
{
	struct snapshot *s = *sp;

	if (!s)
		return;
	*sp = NULL;
	assert(s->pins > 0);
	s->pins--;
	release(s);
}

void snapshot_advance(struct snapshot **sp, struct revision *was)
{
	struct snapshot *s = *sp, *next = xzalloc(sizeof(*next));

	assert(s->base->newest == s);
	next->refs = 1;
	next->base = s->base;
	next->older = s;
	s->newer = next;
	s->base->newest = next;
	s->base->states++;
	if (was) {
		was->next = s->retired;
		s->retired = was;
	}
	snapshot_unref(sp);
	*sp = next;
}

void snapshot_on_unused(struct snapshot *s, snapshot_fn *fn, void *arg)
{
	s->base->unused = fn;
	s->base->unused_arg = arg;
}

void snapshot_free(struct snapshot *s)
{
	index_clear(&s->index);
	late_free(&s->late);
	pool_free(&s->index_pool);
	pool_free(&s->pool);
	free(s);
}

struct snapshot_counts snapshot_counts(const struct snapshot *s)
{
	return s->base->counts;
}

const struct account *snapshot_account(const struct snapshot *s,
                                       const char *id)
{
	return index_find(&s->base->index, INDEX_ACCOUNT, NULL, id);
}

const struct device *snapshot_device_by_auth(const struct snapshot *s,
                                             const char *realm,
                                             const char *username)
{
	char key[INDEX_TEXT_MAX + 1];

	/* "a\nb" in c and "a" in "b\nc" must not be one. */
	if (strchr(realm, '\n') ||
	    !index_auth_key(key, sizeof(key), realm, username))
		return NULL;
	return index_find(&s->base->index, INDEX_AUTH, NULL, key);
}

bool snapshot_has_realm(const struct snapshot *s, const char *realm)
{
	char key[INDEX_TEXT_MAX + 1];

	if (strlen(realm) >= sizeof(key))
		return false;
	strcpy(key, realm);
	str_lower(key);
	return index_find(&s->base->index, INDEX_REALM, NULL, key) != NULL;
}

const char *snapshot_only_realm(const struct snapshot *s)
{
	return s->base->n_accounts == 1 ? s->base->accounts[0]->realm : NULL;
}

const struct device *snapshot_device_by_ip(const struct snapshot *s,
                                           const struct addr *a)
{
	char ip[ADDR_TEXT];

	if (!addr_is_set(a))
		return NULL;
	return index_find(&s->base->index, INDEX_IP, NULL, addr_ip(a, ip));
}

const struct resource *const *snapshot_resources(const struct snapshot *s,
                                                 size_t *n)
{
	*n = s->base->n_resources;
	return (const struct resource *const *)s->base->resources;
}

const struct account *snapshot_number_owner(const struct snapshot *s,
                                            const char *number,
                                            const struct callflow **flow)
{
	const struct callflow *c =
		index_find(&s->base->index, INDEX_PUBLIC_NUMBER, NULL, number);
	char *e164;

	if (!c) {
		e164 = number_to_e164(NULL, number);
		c = index_find(&s->base->index, INDEX_PUBLIC_NUMBER, NULL, e164);
		free(e164);
	}
	if (!c)
		return NULL;
	if (flow)
		*flow = c;
	return c->account;
}

static void *find(const struct account *a, enum index_kind kind,
                  const char *text)
{
	return index_find(a->index->all, kind, a, text);
}

const struct device *account_device(const struct account *a, const char *id)
{
	return find(a, INDEX_DEVICE, id);
}

const struct user *account_user(const struct account *a, const char *id)
{
	return find(a, INDEX_USER, id);
}

const struct group *account_group(const struct account *a, const char *id)
{
	return find(a, INDEX_GROUP, id);
}

const struct callflow *account_callflow(const struct account *a,
                                        const char *id)
{
	return find(a, INDEX_CALLFLOW, id);
}

const struct callflow *account_callflow_by_number(const struct account *a,
                                                  const char *number)
{
	return find(a, INDEX_NUMBER, number);
}

bool account_has_lamp(const struct account *a, const char *name)
{
	return find(a, INDEX_LAMP, name) != NULL;
}

bool device_is_usable(const struct device *d)
{
	return d->is_enabled && d->account->is_enabled &&
	       (!d->owner || d->owner->is_enabled);
}

bool device_is_dnd(const struct device *d)
{
	return d->is_dnd || d->account->is_dnd ||
	       (d->owner && d->owner->is_dnd);
}

static void each_gateway(const struct resource *r, gateway_fn *fn, void *arg)
{
	if (r->is_enabled)
		for (size_t i = 0; i < r->n_gateways; i++)
			fn(&r->gateways[i], arg);
}

void snapshot_each_gateway(const struct snapshot *s, gateway_fn *fn, void *arg)
{
	for (size_t i = 0; i < s->base->n_resources; i++)
		each_gateway(s->base->resources[i], fn, arg);
	for (size_t i = 0; i < s->base->n_accounts; i++)
		for (size_t k = 0; k < s->base->accounts[i]->n_resources; k++)
			each_gateway(s->base->accounts[i]->resources[k], fn, arg);
}

struct device_each {
	device_fn *fn;
	void *arg;
};

static void each_device(const void *item, void *arg)
{
	const struct device_each *e = arg;

	e->fn(item, e->arg);
}

void account_each_device(const struct snapshot *s, const struct account *a,
                         device_fn *fn, void *arg)
{
	struct device_each e = { fn, arg };

	index_each(&s->index, INDEX_DEVICE, a, each_device, &e);
}
