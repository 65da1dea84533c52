/* callflow/subject.c - what modules ask of a call as it stands. */
#include <stdlib.h>

#include "base/mem.h"
#include "callflow/match.h"
#include "callflow/module.h"

enum move flow_branch(struct flow *f, const char *key)
{
	f->branch = key;
	return MOVE_CHILD;
}

static void replace(const char **field, char *value)
{
	free((char *)*field);
	*field = value;
}

enum move flow_jump_to(struct flow *f, struct match *m)
{
	f->jump = (struct place){ m->callflow, m->callflow->flow, NULL };
	replace(&f->in.dialled, xstrdup(m->number));
	replace(&f->in.number, m->number);
	replace(&f->in.capture, m->capture);
	m->number = m->capture = NULL;
	return MOVE_JUMP;
}

static const char *or_empty(const char *a, const char *b)
{
	return a ? a : b ? b : "";
}

const char *flow_caller_number(const struct flow *f)
{
	return or_empty(f->data.number, f->in.caller_number);
}

const char *flow_caller_name(const struct flow *f)
{
	return or_empty(f->data.name, f->in.caller_name);
}

const struct user *flow_owner(const struct flow *f)
{
	const struct device *d = f->in.caller.device;

	return f->data.owner ? f->data.owner : d ? d->owner : NULL;
}
