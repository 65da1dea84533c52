/* directory/index.c - one hash table for every look-up of a snapshot. */
#include "directory/index.h"

#include <string.h>

#include "base/hash.h"
#include "base/strutil.h"

struct index_entry {
	UT_hash_handle hh;
	const void *item;
	char key[];
};

struct key {
	size_t len;
	char bytes[sizeof(void *) + 1 + INDEX_TEXT_MAX];
};

static int make_key(struct key *k, enum index_kind kind, const void *scope,
                    const char *text)
{
	size_t n = strlen(text);

	if (n > INDEX_TEXT_MAX)
		return -1;
	memcpy(k->bytes, &scope, sizeof(scope));
	k->bytes[sizeof(scope)] = (char)kind;
	memcpy(k->bytes + sizeof(scope) + 1, text, n);
	k->len = sizeof(scope) + 1 + n;
	return 0;
}

void *index_add(struct index *ix, enum index_kind kind, const void *scope,
                const char *text, const void *item)
{
	struct index_entry *e = NULL;
	struct key k;
	unsigned hash;

	if (make_key(&k, kind, scope, text) < 0)
		return NULL;
	HASH_VALUE(k.bytes, k.len, hash);
	HASH_FIND_BYHASHVALUE(hh, ix->table, k.bytes, k.len, hash, e);
	if (e)
		return (void *)(uintptr_t)e->item;
	e = pool_alloc(ix->pool, sizeof(*e) + k.len);
	memcpy(e->key, k.bytes, k.len);
	e->item = item;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, ix->table, e->key, k.len, hash, e);
	return NULL;
}

void *index_find(const struct index *ix, enum index_kind kind,
                 const void *scope, const char *text)
{
	struct index_entry *e = NULL;
	struct key k;

	if (make_key(&k, kind, scope, text) == 0)
		HASH_FIND(hh, ix->table, k.bytes, k.len, e);
	return e ? (void *)(uintptr_t)e->item : NULL;
}

void index_each(const struct index *ix, enum index_kind kind,
                const void *scope, index_fn *fn, void *arg)
{
	for (struct index_entry *e = ix->table; e; e = e->hh.next)
		if (memcmp(e->key, &scope, sizeof(scope)) == 0 &&
		    e->key[sizeof(scope)] == (char)kind)
			fn(e->item, arg);
}

void index_clear(struct index *ix)
{
	HASH_CLEAR(hh, ix->table);
}

bool index_auth_key(char *key, size_t size, const char *realm,
                    const char *username)
{
	size_t r = strlen(realm), u = strlen(username);

	if (r + 1 + u >= size)
		return false;
	memcpy(key, realm, r);
	key[r] = '\n';
	memcpy(key + r + 1, username, u + 1);
	str_lower(key);
	return true;
}
