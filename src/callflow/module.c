/* callflow/module.c - the table of modules, and what they share. */
#include "callflow/module.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "callflow/watch.h"

static const struct flow_module modules[] = {
	{ "answer", module_answer, NULL },
	{ "branch_bnumber", module_branch_bnumber, NULL },
	{ "branch_variable", module_branch_variable, NULL },
	{ "call_forward", module_call_forward, NULL },
	{ "call_waiting", module_call_waiting, NULL },
	{ "callflow", module_callflow, NULL },
	{ "check_cid", module_check_cid, NULL },
	{ "dead_air", module_dead_air, NULL },
	{ "device", module_device, NULL },
	{ "do_not_disturb", module_do_not_disturb, NULL },
	{ "group", module_group, module_group_failed },
	{ "hangup", module_hangup, NULL },
	{ "manual_presence", module_manual_presence, NULL },
	{ "noop", module_noop, NULL },
	{ "offnet", module_offnet, NULL },
	{ "pivot", module_pivot, NULL },
	{ "prepend_cid", module_prepend_cid, NULL },
	{ "privacy", module_privacy, NULL },
	{ "resources", module_resources, NULL },
	{ "response", module_response, NULL },
	{ "ring_group", module_ring_group, module_ring_group_failed },
	{ "ring_group_toggle", module_ring_group_toggle, NULL },
	{ "set_alert_info", module_set_alert_info, NULL },
	{ "set_cid", module_set_cid, NULL },
	{ "set_variable", module_set_variable, NULL },
	{ "set_variables", module_set_variables, NULL },
	{ "sleep", module_sleep, NULL },
	{ "transfer", module_transfer, NULL },
	{ "user", module_user, NULL },
	{ "wait_for_hangup", module_wait_for_hangup, NULL },
	{ "webhook", module_webhook, NULL },
};

const struct flow_module *module_find(const char *name)
{
	for (size_t i = 0; i < NELEM(modules); i++)
		if (strcmp(modules[i].name, name) == 0)
			return &modules[i];
	return NULL;
}

void words_add(struct words *w, const char *s, size_t len)
{
	if (w->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 8;
		w->v = xrealloc(w->v, w->cap * sizeof(*w->v));
	}
	w->v[w->n++] = xstrndup(s, len);
}

bool words_has(const struct words *w, const char *s)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->v[i], s) == 0)
			return true;
	return false;
}

void words_clear(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
	memset(w, 0, sizeof(*w));
}

/* A run may pass the same action fifty times: its faults are told once, and
 * a document that is nothing but faults does not fill the log. */
static bool is_news(struct flow *f, const char *key)
{
	if (f->notes.n >= FLOW_MAX_NOTES || words_has(&f->notes, key))
		return false;
	words_add(&f->notes, key, strlen(key));
	return true;
}

static void printf_like(3, 0) tell(struct flow *f, enum log_level level,
                                   const char *fmt, va_list ap)
{
	const struct callflow *c = f->at.callflow;
	struct buf text = { 0 };

	if (!log_enabled(level) && !f->in.watch)
		return;
	buf_vfmt(&text, fmt, ap);
	flow_saw(f, WATCH_NOTE, NULL, buf_text(&text));
	if (log_enabled(level))
		log_line(f->in.log, level, "callflow %s: %s",
		         c ? c->id : "-", buf_text(&text));
	buf_free(&text);
}

void flow_warn(struct flow *f, const char *key, const char *fmt, ...)
{
	va_list ap;

	if (!is_news(f, key))
		return;
	va_start(ap, fmt);
	tell(f, LOG_LVL_WARN, fmt, ap);
	va_end(ap);
}

void flow_note(struct flow *f, const char *key, const char *fmt, ...)
{
	va_list ap;

	if (!is_news(f, key))
		return;
	va_start(ap, fmt);
	tell(f, LOG_LVL_INFO, fmt, ap);
	va_end(ap);
}

/* splitmix64: enough for shuffling phones, and the same everywhere. */
uint64_t flow_random(struct flow *f)
{
	uint64_t z = f->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}
