/* directory/flow_text.c - a tree of actions that came as text. */
#include "directory/flow_text.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "directory/document.h"
#include "directory/read.h"

struct flow_text {
	struct pool pool;
	const cJSON *action; /* in the pool */
};

static void check(struct reader *rd, const cJSON *action)
{
	if (!action->child)
		reader_fault(rd, NULL, "has no action");
	else
		check_action(rd, NULL, action);
}

int flow_text_parse(struct flow_text **out, const char *text, size_t len,
                    struct diag *why)
{
	struct flow_text *t = xzalloc(sizeof(*t));
	struct index words = { .pool = &t->pool };
	struct reader rd = { .pool = &t->pool, .why = why };

	t->action = document_parse(&rd, text, len, &words);
	if (t->action)
		check(&rd, t->action);
	index_clear(&words);
	if (rd.faults > 0) {
		flow_text_free(&t);
		return -EINVAL;
	}
	*out = t;
	return 0;
}

const cJSON *flow_text_action(const struct flow_text *t)
{
	return t->action;
}

void flow_text_free(struct flow_text **tp)
{
	struct flow_text *t = *tp;

	*tp = NULL;
	if (!t)
		return;
	pool_free(&t->pool);
	free(t);
}
