/* directory/late.c - documents that are parsed when somebody asks for them.
 *
 * There are a hundred thousand devices, whose trees would take more room than
 * all the rest; hardly a call needs more of them than what was read. */
#include <string.h>

#include "directory/revision.h"

static const struct cJSON *parse(struct late *l, const void *document,
                                 const char *text)
{
	struct reader rd = { .pool = &l->pool };
	const struct revision *r = revision_find(l, document);
	const struct cJSON *doc = index_find(&l->docs, INDEX_FILE, document,
	                                     "");

	if (r)
		return r->doc;
	if (doc || !text)
		return doc;
	doc = document_parse(&rd, text, strlen(text), &l->words);
	if (doc)
		index_add(&l->docs, INDEX_FILE, document, "", doc);
	return doc;
}

const struct cJSON *device_doc(const struct device *d)
{
	return parse(d->account->index->late, d, d->text);
}

const struct cJSON *user_doc(const struct user *u)
{
	return parse(u->account->index->late, u, u->text);
}

void late_init(struct late *l)
{
	l->words.pool = l->docs.pool = &l->pool;
}

void late_free(struct late *l)
{
	revisions_free(l);
	index_clear(&l->words);
	index_clear(&l->docs);
	pool_free(&l->pool);
}
