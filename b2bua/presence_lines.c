/* b2bua/presence_lines.c - what phones do: their calls and registrations. */
#include "b2bua/presence_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "b2bua/registration.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "sip/uri.h"

/* So long an ended call is told as such; after that it is just not there. */
#define TERMINATED_MS 5000

/* --- lines -------------------------------------------------------------------- */

static char *uri_of(const char *user, const char *realm)
{
	char *escaped = sip_uri_escape(user);
	char *uri = xasprintf("sip:%s@%s", escaped,
	                      realm ? realm : "anonymous.invalid");

	free(escaped);
	return uri;
}

static char *key_of(const struct device *d)
{
	return xasprintf("%s\n%s", d->account->id, d->id);
}

bool presence_is_busy(struct presence *p, const struct device *d)
{
	char *key = key_of(d);
	struct line *l;
	struct use *u;

	HASH_FIND_STR(p->lines, key, l);
	free(key);
	if (l)
		DL_FOREACH (l->uses, u)
			if (u->state != DOC_TERMINATED)
				return true;
	return false;
}

struct line *line_of(struct presence *p, const struct device *d)
{
	char *key = key_of(d);
	struct line *l;

	HASH_FIND_STR(p->lines, key, l);
	if (l) {
		free(key);
		return l;
	}
	l = xzalloc(sizeof(*l));
	l->presence = p;
	l->key = key;
	l->uri = uri_of(d->username ? d->username : d->id, d->realm);
	if (d->username && !d->is_by_ip)
		l->aor = registration_aor(d);
	HASH_ADD_KEYPTR(hh, p->lines, l->key, strlen(l->key), l);
	p->gauges.lines++;
	return l;
}

void line_drop(struct line *l)
{
	struct presence *p = l->presence;

	if (l->uses || l->links || l->n_subscriptions || l->published.etag[0])
		return;
	HASH_DELETE(hh, p->lines, l);
	p->gauges.lines--;
	free(l->key);
	free(l->uri);
	free(l->aor);
	free(l);
}

static void line_changed(struct line *l)
{
	struct link *k;

	DL_FOREACH (l->links, k)
		watched_changed(k->watched);
}

/* --- registrations --------------------------------------------------------------- */

static void seen(const struct binding *b, void *arg)
{
	(void)b;
	(void)arg;
}

void line_recheck(struct line *l)
{
	struct server *s = l->presence->server;

	l->is_stale = false;
	l->is_registered =
	        !l->aor || registrar_each(s->registrar, l->aor,
	                                  loop_unix_ms(s->loop), seen,
	                                  NULL) > 0;
}

bool line_is_open(const struct line *l)
{
	return l->is_registered &&
	       !(l->published.etag[0] && l->published.is_closed);
}

void line_watch(struct line *l, struct link *link)
{
	struct presence *p = l->presence;

	if (!l->links && l->aor)
		HASH_ADD_KEYPTR(by_aor, p->lines_by_aor, l->aor,
		                strlen(l->aor), l);
	if (!l->links)
		line_recheck(l);
	link->line = l;
	DL_APPEND(l->links, link);
}

void line_unwatch(struct link *link)
{
	struct line *l = link->line;

	DL_DELETE(l->links, link);
	if (!l->links && l->aor)
		HASH_DELETE(by_aor, l->presence->lines_by_aor, l);
	line_drop(l);
}

static void recheck(struct timer *t, void *arg)
{
	struct presence *p = arg;
	struct line *l, *next;

	(void)t;
	HASH_ITER (by_aor, p->lines_by_aor, l, next) {
		bool was = l->is_registered;

		if (!l->is_stale)
			continue;
		line_recheck(l);
		if (l->is_registered != was)
			line_changed(l);
	}
}

/* The registrar is in the midst of it: it is asked afterwards. */
void presence_binding(struct presence *p, const struct binding *b)
{
	struct line *l;

	if (!p)
		return;
	HASH_FIND(by_aor, p->lines_by_aor, b->aor, strlen(b->aor), l);
	if (!l)
		return;
	l->is_stale = true;
	timer_start(loop_timers(p->server->loop), &p->recheck, 0, recheck, p);
}

/* --- calls ------------------------------------------------------------------------- */

struct presence_call {
	struct presence *presence; /* borrowed */
	struct use *caller;     /* owned; NULL: no phone, or not yet */
	struct use **attempts;  /* owned, with them; by index, NULL: none */
	size_t n;
};

static void use_free(struct use *u)
{
	if (u->line) {
		timer_stop(loop_timers(u->line->presence->server->loop),
		           &u->forget);
		DL_DELETE(u->line->uses, u);
		line_drop(u->line);
	}
	free(u->remote_name);
	free(u->remote_uri);
	free(u->call_id);
	free(u->local_tag);
	free(u->remote_tag);
	free(u);
}

static void forget(struct timer *t, void *arg)
{
	(void)t;
	use_free(arg);
}

/* To who watches it shows the end for a while, by itself. */
static void use_over(struct use **up)
{
	struct use *u = *up;

	if (!u)
		return;
	*up = NULL;
	if (!u->line->links) {
		use_free(u);
		return;
	}
	u->state = DOC_TERMINATED;
	timer_start(loop_timers(u->line->presence->server->loop), &u->forget,
	            TERMINATED_MS, forget, u);
	line_changed(u->line);
}

void line_clear_uses(struct presence *p)
{
	struct line *l, *next;
	struct use *u, *next_use;

	HASH_ITER (hh, p->lines, l, next)
		DL_FOREACH_SAFE (l->uses, u, next_use) {
			assert(u->state == DOC_TERMINATED);
			use_free(u); /* and l with the last */
		}
}

static struct use *use_new(struct presence *p, const struct device *d,
                           const struct presence_context *ctx, size_t i)
{
	struct use *u = xzalloc(sizeof(*u));

	u->line = line_of(p, d);
	if (i == CALL_CALLER)
		snprintf(u->id, sizeof(u->id), "%s", ctx->record->id);
	else
		snprintf(u->id, sizeof(u->id), "%.16s-%u", ctx->record->id,
		         (unsigned)i % 1000000);
	DL_APPEND(u->line->uses, u);
	return u;
}

static struct use *use_of_caller(struct presence *p,
                                 const struct presence_context *ctx)
{
	const struct device *d = ctx->caller->device;
	struct use *u = use_new(p, d, ctx, CALL_CALLER);

	u->remote_uri = uri_of(ctx->record->dialled, d->realm);
	return u;
}

static struct use *use_of_callee(struct presence *p, const struct device *d,
                                 const struct presence_context *ctx, size_t i)
{
	const struct caller_identity *who = ctx->identity;
	struct use *u = use_new(p, d, ctx, i);

	u->is_recipient = true;
	if (!who->is_private) {
		u->remote_name = xstrdup(who->name);
		u->remote_uri = uri_of(who->user, ctx->account->realm);
	}
	return u;
}

static enum doc_dialog_state state_of(int64_t ring_ms, int64_t answer_ms)
{
	return answer_ms ? DOC_CONFIRMED : ring_ms ? DOC_EARLY : DOC_TRYING;
}

static struct presence_call *call_of(struct presence *p,
                                     struct presence_call **pc)
{
	if (!*pc) {
		*pc = xzalloc(sizeof(**pc));
		(*pc)->presence = p;
	}
	return *pc;
}

static void caller_changed(struct presence *p, struct presence_call **pc,
                           const struct presence_context *ctx)
{
	const struct call_record *r = ctx->record;
	struct presence_call *c;

	if (!ctx->caller->device)
		return;
	c = call_of(p, pc);
	if (!c->caller)
		c->caller = use_of_caller(p, ctx);
	c->caller->state = state_of(r->ring_ms, r->answer_ms);
	line_changed(c->caller->line);
}

static void note_dialog(struct use *u, const struct call_attempt *a)
{
	if (!a->peer_tag || str_eq(u->local_tag, a->peer_tag))
		return;
	free(u->call_id);
	free(u->local_tag);
	free(u->remote_tag);
	u->call_id = xstrdup(a->call_id);
	u->local_tag = xstrdup(a->peer_tag);
	u->remote_tag = xstrdup(a->tag);
}

static void attempt_changed(struct presence *p, struct presence_call **pc,
                            const struct presence_context *ctx, size_t i)
{
	const struct call_attempt *a = &ctx->record->attempts[i];
	const struct device *d;
	struct presence_call *c;

	if (!str_eq(a->kind, "device"))
		return;
	c = call_of(p, pc);
	if (i >= c->n) {
		size_t room = i + 8;

		c->attempts = xrealloc(c->attempts,
		                       room * sizeof(*c->attempts));
		for (; c->n < room; c->n++)
			c->attempts[c->n] = NULL;
	}
	if (a->end_ms) {
		use_over(&c->attempts[i]);
		return;
	}
	d = c->attempts[i] ? NULL : account_device(ctx->account, a->name);
	if (d)
		c->attempts[i] = use_of_callee(p, d, ctx, i);
	if (!c->attempts[i])
		return;
	c->attempts[i]->state = state_of(a->ring_ms, a->answer_ms);
	note_dialog(c->attempts[i], a);
	line_changed(c->attempts[i]->line);
}

void presence_call_changed(struct presence *p, struct presence_call **pc,
                           const struct presence_context *ctx, size_t i)
{
	if (i == CALL_CALLER)
		caller_changed(p, pc, ctx);
	else
		attempt_changed(p, pc, ctx, i);
}

void presence_call_over(struct presence_call **pc)
{
	struct presence_call *c = *pc;

	if (!c)
		return;
	use_over(&c->caller);
	for (size_t i = 0; i < c->n; i++)
		use_over(&c->attempts[i]);
	free(c->attempts);
	free(c);
	*pc = NULL;
}
