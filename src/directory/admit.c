/* directory/admit.c - each document enters the index once. */
#include "directory/load.h"

#include <string.h>

#include "base/strutil.h"
#include "directory/rule.h"

void list_add(struct pool *p, struct list *l, void *item)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 8;
		void **more = pool_alloc(p, cap * sizeof(*more));

		if (l->n > 0)
			memcpy(more, l->p, l->n * sizeof(*more));
		l->p = more;
		l->cap = cap;
	}
	l->p[l->n++] = item;
}

const char *loader_file(const struct loader *ld, const void *document)
{
	const char *file = index_find(&ld->files, INDEX_FILE, document, "");

	return file ? file : "?";
}

static void remember_file(struct loader *ld, const struct reader *rd,
                          const void *document)
{
	index_add(&ld->files, INDEX_FILE, document, "",
	          pool_strdup(&ld->pool, rd->file));
}

static bool admit_id(struct loader *ld, struct reader *rd,
                     enum index_kind kind, const struct account *a,
                     const char *id, const void *document)
{
	const void *other = index_add(&ld->s->index, kind, a, id, document);
	struct place at = { NULL, "id", 0 };

	if (other) {
		reader_fault(rd, &at, "'%s' is also the id of %s", id,
		             loader_file(ld, other));
		return false;
	}
	remember_file(ld, rd, document);
	return true;
}

bool admit_account(struct loader *ld, struct reader *rd,
                   struct account_load *al)
{
	struct index *ix = &ld->s->index;
	struct account *a = al->account;
	const struct account *other;
	struct place at = { NULL, "realm", 0 };
	struct account_index *own;

	if (!admit_id(ld, rd, INDEX_ACCOUNT, NULL, a->id, a))
		return false;
	own = pool_alloc(&ld->s->pool, sizeof(*own));
	own->all = ix;
	own->late = &ld->s->late;
	a->index = own;
	al->file = loader_file(ld, a);
	if (!a->realm)
		return true;
	other = index_add(ix, INDEX_REALM, NULL, a->realm, a);
	if (other)
		reader_warn(rd, &at, "'%s' is also the realm of account %s",
		            a->realm, other->id);
	return true;
}

static bool clash(struct loader *ld, struct reader *rd, const char *member,
                  const char *value, const void *other)
{
	static const struct place sip = { NULL, "sip", 0 };
	struct place at = { &sip, member, 0 };

	if (!other)
		return false;
	reader_fault(rd, &at, "'%s' is already used by %s", value,
	             loader_file(ld, other));
	return true;
}

/* One telephone is provisioned by one device of an account. */
static bool mac_is_free(struct loader *ld, struct reader *rd,
                        const struct account *a, const struct device *d)
{
	struct place at = { NULL, "mac_address", 0 };
	const struct device *other =
		d->mac ? index_find(&ld->files, INDEX_MAC, a, d->mac) : NULL;

	if (other)
		reader_fault(rd, &at, "'%s' is already used by %s", d->mac,
		             loader_file(ld, other));
	return !other;
}

/* Kazoo's API asks for the owner, too; without one, what the owner forbids
 * would be allowed.  Guests are logged out by deleting them. */
static bool has_owner(struct loader *ld, struct reader *rd,
                      const struct account *a, const struct device *d)
{
	struct place at = { NULL, "owner_id", 0 };

	if (!d->owner_id || d->guests ||
	    index_find(&ld->s->index, INDEX_USER, a, d->owner_id))
		return true;
	reader_fault(rd, &at, "user '%s' is not known in account '%s'",
	             d->owner_id, a->id);
	return false;
}

bool admit_device(struct loader *ld, struct reader *rd,
                  struct account_load *al, struct device *d)
{
	struct index *ix = &ld->s->index;
	char key[INDEX_TEXT_MAX + 1], ip[ADDR_TEXT];
	bool has_auth, has_ip = d->is_by_ip && addr_is_set(&d->ip);

	has_auth = d->realm && d->username &&
	           index_auth_key(key, sizeof(key), d->realm, d->username);
	/* All questions before the first entry: a device that is left out
	 * must leave no trace. */
	if (!has_owner(ld, rd, al->account, d) ||
	    !mac_is_free(ld, rd, al->account, d))
		return false;
	if (has_auth && clash(ld, rd, "username", d->username,
	                      index_find(ix, INDEX_AUTH, NULL, key)))
		return false;
	if (has_ip)
		addr_ip(&d->ip, ip);
	if (has_ip &&
	    clash(ld, rd, "ip", ip, index_find(ix, INDEX_IP, NULL, ip)))
		return false;
	if (!admit_id(ld, rd, INDEX_DEVICE, al->account, d->id, d))
		return false;
	if (d->mac)
		index_add(&ld->files, INDEX_MAC, al->account, d->mac, d);
	if (has_auth)
		index_add(ix, INDEX_AUTH, NULL, key, d);
	if (has_ip)
		index_add(ix, INDEX_IP, NULL, ip, d);
	if (d->realm)
		index_add(ix, INDEX_REALM, NULL, d->realm, al->account);
	list_add(&ld->pool, &al->devices, d);
	return true;
}

bool admit_user(struct loader *ld, struct reader *rd, struct account_load *al,
                struct user *u)
{
	if (!admit_id(ld, rd, INDEX_USER, al->account, u->id, u))
		return false;
	list_add(&ld->pool, &al->users, u);
	return true;
}

bool admit_group(struct loader *ld, struct reader *rd,
                 struct account_load *al, struct group *g)
{
	if (!admit_id(ld, rd, INDEX_GROUP, al->account, g->id, g))
		return false;
	list_add(&ld->pool, &al->groups, g);
	return true;
}

/* Digits that may come from the public network; extensions are private to
 * their account. */
static bool is_public(const char *number)
{
	size_t digits;

	number += *number == '+';
	digits = strspn(number, "0123456789");
	return digits >= 7 && !number[digits];
}

static bool number_is_free(struct loader *ld, struct reader *rd,
                           const struct account *a, const char *number)
{
	const struct callflow *other =
		index_find(&ld->s->index, INDEX_NUMBER, a, number);
	struct place at = { NULL, "numbers", 0 };

	if (other)
		reader_fault(rd, &at, "'%s' is already a number of %s", number,
		             loader_file(ld, other));
	return !other;
}

static bool numbers_are_free(struct loader *ld, struct reader *rd,
                             const struct account *a,
                             const struct callflow_doc *x)
{
	struct place at = { NULL, "numbers", 0 };
	bool free = true;

	for (size_t i = 0; i < x->n_numbers; i++)
		free = number_is_free(ld, rd, a, x->numbers[i]) && free;
	if (x->callflow.is_no_match && a->no_match) {
		reader_fault(rd, &at, "'no_match' is already a number of %s",
		             loader_file(ld, a->no_match));
		free = false;
	}
	return free;
}

static void add_number(struct loader *ld, struct reader *rd,
                       const char *number, const struct callflow *c)
{
	struct index *ix = &ld->s->index;
	struct place at = { NULL, "numbers", 0 };
	const struct callflow *other;

	index_add(ix, INDEX_NUMBER, c->account, number, c);
	if (!is_public(number))
		return;
	other = index_add(ix, INDEX_PUBLIC_NUMBER, NULL, number, c);
	if (other && other != c && other->account != c->account)
		reader_warn(rd, &at, "'%s' belongs to account %s already (%s): "
		                     "calls from outside go there",
		            number, other->account->id, loader_file(ld, other));
}

/* Kazoo's API compares their texts, as we do. */
static bool patterns_are_free(struct loader *ld, struct reader *rd,
                              const struct account *a,
                              const struct callflow_doc *x)
{
	struct place all = { NULL, "patterns", 0 };
	bool free = true;

	for (size_t i = 0; i < x->n_patterns; i++) {
		const char *text = rule_text(x->patterns[i]);
		const struct callflow *other =
			index_find(&ld->files, INDEX_PATTERN, a, text);
		struct place at = { &all, NULL, i };

		if (!other)
			continue;
		reader_fault(rd, &at, "'%.80s' is already a pattern of %s",
		             text, loader_file(ld, other));
		free = false;
	}
	return free;
}

bool admit_callflow(struct loader *ld, struct reader *rd,
                    struct account_load *al, struct callflow_doc *x)
{
	struct account *a = al->account;
	struct callflow *c = &x->callflow;

	if (!numbers_are_free(ld, rd, a, x) ||
	    !patterns_are_free(ld, rd, a, x) ||
	    !admit_id(ld, rd, INDEX_CALLFLOW, a, c->id, c))
		return false;
	for (size_t i = 0; i < x->n_patterns; i++)
		index_add(&ld->files, INDEX_PATTERN, a,
		          rule_text(x->patterns[i]), c);
	for (size_t i = 0; i < x->n_numbers; i++)
		add_number(ld, rd, x->numbers[i], c);
	if (c->is_no_match)
		a->no_match = c;
	list_add(&ld->pool, &al->callflows, x);
	return true;
}

bool admit_resource(struct loader *ld, struct reader *rd,
                    struct account_load *al, struct resource *r)
{
	const struct account *a = al ? al->account : NULL;

	if (!admit_id(ld, rd, INDEX_RESOURCE, a, r->id, r))
		return false;
	list_add(&ld->pool, al ? &al->resources : &ld->resources, r);
	return true;
}
