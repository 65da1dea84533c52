/* trunk/routes.c - an account and carriers around it. */
#include "trunk/routes.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

int routes_set_up(void **state)
{
	struct bench *b = xzalloc(sizeof(*b));

	b->docs = documents_create();
	documents_put(b->docs, "accounts/a/account.json",
	              "{'id': 'a', 'name': 'A', 'realm': 'a.example'}");
	documents_put(b->docs, "accounts/a/callflows/did.json",
	              "{'id': 'did', 'numbers': ['+14155550100'], 'flow':"
	              " {'module': 'hangup', 'data': {}}}");
	b->rq.number = "+14155550000";
	*state = b;
	return 0;
}

int routes_tear_down(void **state)
{
	struct bench *b = *state;

	trunk_choice_clear(&b->choice);
	snapshot_unref(&b->snapshot);
	documents_destroy(&b->docs);
	free(b->text);
	free(b);
	return 0;
}

void put(struct bench *b, const char *folder, const char *id,
         const char *rest)
{
	char *path = xasprintf("%s/%s.json", folder, id);
	const char *has = strstr(rest, "'gateways'");

	documents_putf(b->docs, path, "{'id': '%s', 'name': '%s', %s %s%s%s}",
	               id, id, rest, has ? "" : ", 'gateways': [{'server': '",
	               has ? "" : id, has ? "" : ".example'}]");
	free(path);
}

void put_global(struct bench *b, const char *id, const char *rest)
{
	put(b, "resources", id, rest);
}

void put_local(struct bench *b, const char *id, const char *rest)
{
	put(b, "accounts/a/resources", id, rest);
}

const char *choose(struct bench *b)
{
	struct buf out = { 0 };

	if (!b->snapshot)
		b->snapshot = documents_load(b->docs);
	b->rq.snapshot = b->snapshot;
	b->rq.account = snapshot_account(b->snapshot, "a");
	if (b->rq.is_local)
		b->rq.hunt_account = b->rq.account;
	trunk_choice_clear(&b->choice);
	trunk_choose(&b->choice, &b->rq);
	for (size_t i = 0; i < b->choice.n_attempts; i++)
		buf_fmt(&out, "%s%s", i ? " " : "", b->choice.attempts[i].uri);
	free(b->text);
	b->text = buf_take(&out);
	return b->text;
}
