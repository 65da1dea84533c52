/* directory/check.c - one document by itself. */
#include "directory/check.h"

#include <errno.h>

#include "directory/document.h"
#include "directory/read.h"

static void check(struct reader *rd, enum document_type type,
                  const struct cJSON *doc)
{
	const char *id = document_id(rd, doc, "document");

	if (!id)
		return;
	switch (type) {
	case DOCUMENT_ACCOUNT:
		read_account(rd, id, doc, plan_default_classes(rd->pool));
		break;
	case DOCUMENT_DEVICE:
		read_device(rd, NULL, id, doc);
		break;
	case DOCUMENT_USER:
		read_user(rd, NULL, id, doc);
		break;
	case DOCUMENT_GROUP:
		read_group(rd, NULL, id, doc);
		break;
	case DOCUMENT_CALLFLOW:
		read_callflow(rd, NULL, id, doc);
		break;
	case DOCUMENT_RESOURCE:
		read_resource(rd, NULL, id, doc);
		break;
	}
}

int document_check(enum document_type type, const char *file,
                   const char *text, size_t len, struct diag *why)
{
	struct pool pool = { 0 };
	struct index words = { .pool = &pool };
	struct reader rd = { .pool = &pool, .why = why, .file = file };
	const struct cJSON *doc = document_parse(&rd, text, len, &words);

	if (doc)
		check(&rd, type, doc);
	index_clear(&words);
	pool_free(&pool);
	return rd.faults > 0 ? -EINVAL : 0;
}
