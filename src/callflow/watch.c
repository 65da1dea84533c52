/* callflow/watch.c - what a flow goes through between its steps. */
#include "callflow/watch.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/mem.h"
#include "callflow/data.h"

/* --- told ----------------------------------------------------------------- */

static char *json_of(const struct cJSON *j)
{
	char *text = j ? cJSON_PrintUnformatted(j) : NULL;

	return text ? text : xstrdup("{}");
}

static void tell(const struct flow *f, struct flow_seen *what)
{
	const struct flow_watch *w = f->in.watch;

	what->flow = f;
	what->callflow = f->at.callflow->id;
	what->action = f->at.action;
	what->depth = f->depth;
	w->fn(what, w->arg);
}

void flow_saw(const struct flow *f, enum watch_event event, const char *id,
              const char *text)
{
	struct flow_seen what = { .event = event, .id = id, .text = text };

	if (f->in.watch)
		tell(f, &what);
}

void flow_saw_action(const struct flow *f, bool is_skipped)
{
	struct flow_seen what = { .event = WATCH_ACTION,
		                  .is_skipped = is_skipped };
	const char *module;
	char *data;

	if (!f->in.watch)
		return;
	data = flow_action_data(f);
	module = cJSON_GetStringValue(data_any(f->at.action, "module"));
	what.module = module ? module : "";
	what.is_known = module && module_find(module);
	what.data = data;
	tell(f, &what);
	free(data);
}

/* --- asked ---------------------------------------------------------------- */

size_t flow_child_keys(const struct flow *f, const char **out, size_t max)
{
	const struct cJSON *children = data_any(f->at.action, "children"), *c;
	size_t n = 0;

	cJSON_ArrayForEach(c, children) {
		if (!c->string || !cJSON_IsObject(c) || !c->child)
			continue;
		if (n < max)
			out[n] = c->string;
		n++;
	}
	return n;
}

char *flow_action_data(const struct flow *f)
{
	return json_of(data_any(f->at.action, "data"));
}

const void *flow_action(const struct flow *f)
{
	return f->at.action;
}

static void add_text(struct buf *out, const char *text)
{
	buf_fmt(out, "%s\n", text ? text : "");
}

static void add_vars(struct buf *out, const struct call_vars *vars)
{
	for (size_t i = 0; i < vars->n; i++) {
		add_text(out, vars->v[i].name);
		add_text(out, vars->v[i].value);
	}
	buf_char(out, '\n');
}

void flow_state(const struct flow *f, struct buf *out)
{
	const struct call_data *d = &f->data;

	buf_fmt(out, "%p %d %u", (const void *)f->at.action, f->step.kind,
	        f->passes);
	for (size_t i = 0; i < f->depth; i++)
		buf_fmt(out, " %p", (const void *)f->stack[i].action);
	buf_fmt(out, " %d %u %d %p\n", d->has_privacy, d->hides,
	        d->merges_privacy, (const void *)d->owner);
	add_text(out, f->in.dialled);
	add_text(out, f->in.capture);
	add_text(out, d->name);
	add_text(out, d->number);
	add_text(out, d->name_prefix);
	add_text(out, d->number_prefix);
	add_text(out, d->fixed_name);
	add_text(out, d->fixed_number);
	add_text(out, d->alert_info);
	add_vars(out, &d->channel_vars);
	add_vars(out, &d->application_vars);
}
