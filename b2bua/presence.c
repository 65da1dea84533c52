/* b2bua/presence.c - who watches whom. */
#include "b2bua/presence_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <utlist.h>

#include "b2bua/sender.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/reach.h"
#include "sip/uri.h"

#define MOST_DIALOGS 64 /* in one document */

static const struct {
	const char *event, *type;
} packages[PACKAGES] = {
	[PACKAGE_DIALOG] = { "dialog", DIALOG_INFO_TYPE },
	[PACKAGE_PRESENCE] = { "presence", PIDF_TYPE },
	[PACKAGE_SUMMARY] = { "message-summary", MESSAGE_SUMMARY_TYPE },
};

/* --- what is told ---------------------------------------------------------------- */

static void write_dialogs(struct buf *out, const struct watched *w,
                          unsigned version)
{
	struct doc_dialog all[MOST_DIALOGS];
	const struct use *u;
	size_t n = 0;

	if (w->lamp != LAMP_IDLE)
		all[n++] = (struct doc_dialog){
			.id = "manual",
			.is_recipient = true,
			.state = w->lamp == LAMP_BUSY ? DOC_CONFIRMED
			                              : DOC_EARLY,
			.local_uri = w->uri,
		};
	for (size_t i = 0; i < w->n_links; i++)
		DL_FOREACH (w->links[i].line->uses, u) {
			if (n == MOST_DIALOGS)
				break;
			all[n++] = (struct doc_dialog){
				.id = u->id,
				.is_recipient = u->is_recipient,
				.state = u->state,
				.call_id = u->call_id,
				.local_tag = u->local_tag,
				.remote_tag = u->remote_tag,
				.local_uri = w->uri,
				.remote_name = u->remote_name,
				.remote_uri = u->remote_uri,
			};
		}
	doc_dialog_info(out, w->uri, version, all, n);
}

static void write_state(struct buf *out, unsigned version, void *arg)
{
	struct watcher *wr = arg;
	struct watched *w = wr->watched;
	struct doc_presence p;

	OBJ_CHECK(wr, WATCHER_MAGIC);
	switch (wr->package) {
	case PACKAGE_DIALOG:
		write_dialogs(out, w, version);
		break;
	case PACKAGE_PRESENCE:
		p = (struct doc_presence){ w->uri, w->is_open, w->note };
		doc_pidf(out, &p);
		break;
	default:
		doc_message_summary(out, wr->by->uri);
		break;
	}
}

static const char *note_of(const struct watched *w)
{
	const char *note = w->lamp == LAMP_RINGING ? "Ringing" : NULL;
	const struct use *u;

	if (w->lamp == LAMP_BUSY)
		return "On the phone";
	for (size_t i = 0; i < w->n_links; i++)
		DL_FOREACH (w->links[i].line->uses, u) {
			if (u->state == DOC_CONFIRMED ||
			    (u->state != DOC_TERMINATED && !u->is_recipient))
				return "On the phone";
			if (u->state != DOC_TERMINATED)
				note = "Ringing";
		}
	return note;
}

/* True when presence says something else than before. */
static bool look_again(struct watched *w)
{
	const char *note = note_of(w);
	bool is_open = w->n_links == 0; /* a lamp that no phone has */
	bool was_open = w->is_open;
	const char *was = w->note;

	for (size_t i = 0; i < w->n_links; i++)
		is_open = is_open || line_is_open(w->links[i].line);
	w->is_open = is_open;
	w->note = note;
	return is_open != was_open || !str_eq(note, was);
}

void watched_changed(struct watched *w)
{
	bool is_news = look_again(w);
	struct watcher *wr;

	DL_FOREACH (w->watchers, wr)
		if (wr->subscription &&
		    (is_news || wr->package == PACKAGE_DIALOG))
			subscription_changed(wr->subscription);
}

/* --- whom a name stands for ------------------------------------------------------- */

static void unlink_all(struct watched *w)
{
	while (w->n_links > 0)
		line_unwatch(&w->links[--w->n_links]);
}

/* -ENOENT: nobody, or nobody any more. */
static int link_all(struct presence *p, struct watched *w)
{
	const struct snapshot *s = p->server->snapshot;
	const struct account *a = snapshot_account(s, w->account_id);
	const struct device *d[WATCHED_LINES];
	size_t n;

	if (!a)
		return -ENOENT;
	w->lamp = lamp_of(p, w->key);
	if (callflow_reach(d, WATCHED_LINES, &n, s, a, w->user) < 0) {
		if (!lamp_exists(a, w))
			return -ENOENT;
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		w->links[i].watched = w;
		line_watch(line_of(p, d[i]), &w->links[i]);
		w->n_links++;
	}
	look_again(w);
	return 0;
}

static void watched_drop(struct presence *p, struct watched *w)
{
	if (w->watchers)
		return;
	unlink_all(w);
	HASH_DELETE(hh, p->watched, w);
	p->gauges.watched--;
	free(w->key);
	free(w->account_id);
	free(w->user);
	free(w->uri);
	free(w);
}

static struct watched *watched_of(struct presence *p, const struct account *a,
                                  const char *user)
{
	char *key = xasprintf("%s\n%s", a->id, user), *escaped;
	struct watched *w;

	HASH_FIND_STR(p->watched, key, w);
	if (w) {
		free(key);
		return w;
	}
	w = xzalloc(sizeof(*w));
	escaped = sip_uri_escape(user);
	w->key = key;
	w->account_id = xstrdup(a->id);
	w->user = xstrdup(user);
	w->uri = xasprintf("sip:%s@%s", escaped,
	                   a->realm ? a->realm : "anonymous.invalid");
	free(escaped);
	HASH_ADD_KEYPTR(hh, p->watched, w->key, strlen(w->key), w);
	p->gauges.watched++;
	if (link_all(p, w) == 0)
		return w;
	watched_drop(p, w);
	return NULL;
}

/* --- watchers --------------------------------------------------------------------- */

static struct watcher **list_of(struct presence *p, struct watched *w)
{
	return w ? &w->watchers : &p->summaries;
}

static void watcher_free(struct watcher *wr)
{
	struct presence *p = wr->presence;

	DL_DELETE(*list_of(p, wr->watched), wr);
	if (wr->watched)
		watched_drop(p, wr->watched);
	wr->by->n_subscriptions--;
	line_drop(wr->by);
	p->gauges.watchers--;
	free(wr->account_id);
	free(wr->device_id);
	OBJ_KILL(wr);
	free(wr);
}

static void on_ended(void *arg)
{
	struct watcher *wr = arg;

	OBJ_CHECK(wr, WATCHER_MAGIC);
	watcher_free(wr);
}

static const struct subscription_ops ops = { write_state, on_ended };

static void watcher_end(struct watcher *wr, const char *reason)
{
	subscription_end(&wr->subscription, reason);
	watcher_free(wr);
}

static void watcher_new(struct presence *p, struct request *rq,
                        enum package package, const struct device *d,
                        struct watched *w)
{
	struct watcher *wr = xzalloc(sizeof(*wr));

	OBJ_INIT(wr, WATCHER_MAGIC);
	wr->presence = p;
	wr->package = package;
	wr->by = line_of(p, d);
	wr->by->n_subscriptions++;
	wr->account_id = xstrdup(d->account->id);
	wr->device_id = xstrdup(d->id);
	wr->watched = w;
	DL_APPEND(*list_of(p, w), wr);
	p->gauges.watchers++;
	if (subscription_accept(&wr->subscription, rq, &p->conf[package], &ops,
	                        wr) < 0)
		watcher_free(wr);
}

/* --- SUBSCRIBE -------------------------------------------------------------------- */

static enum package package_of(const struct request *rq)
{
	enum package k = PACKAGE_DIALOG;

	while (k < PACKAGES && strcasecmp(request_event(rq),
	                                  packages[k].event) != 0)
		k++;
	return k;
}

static void subscribe(struct presence *p, struct request *rq,
                      enum package package, const struct device *d)
{
	unsigned most = p->server->conf->presence.max_subscriptions;
	struct line *by = line_of(p, d);
	struct watched *w = NULL;
	bool is_full = by->n_subscriptions >= most;

	line_drop(by);
	if (is_full) {
		request_reply(rq, 403, "Too Many Subscriptions", NULL);
		return;
	}
	if (package != PACKAGE_SUMMARY) {
		w = watched_of(p, d->account, request_user(rq));
		if (!w) {
			request_reply(rq, 404, "Not Found", NULL);
			return;
		}
	}
	watcher_new(p, rq, package, d, w);
}

void presence_subscribe(struct server *s, struct request *rq)
{
	enum package package = package_of(rq);
	const struct device *d;

	d = sender_device(s, rq);
	if (!d)
		return;
	if (package == PACKAGES)
		request_reply(rq, 489, "Bad Event",
		              "Allow-Events: " PRESENCE_EVENTS "\r\n");
	else if (!request_accepts(rq, packages[package].type))
		request_reply(rq, 406, "Not Acceptable", NULL);
	else
		subscribe(s->presence, rq, package, d);
}

/* --- documents ---------------------------------------------------------------------- */

static bool may_still_watch(const struct watcher *wr)
{
	const struct snapshot *s = wr->presence->server->snapshot;
	const struct account *a = snapshot_account(s, wr->account_id);
	const struct device *d = a ? account_device(a, wr->device_id) : NULL;

	return d && device_is_usable(d);
}

static void reload_watched(struct presence *p, struct watched *w)
{
	const char *reason = NULL;
	struct watcher *wr, *next;
	struct watcher keep = { 0 };

	/* it stays while its watchers may go */
	DL_APPEND(w->watchers, &keep);
	unlink_all(w);
	if (link_all(p, w) < 0)
		reason = "noresource";
	DL_FOREACH_SAFE (w->watchers, wr, next) {
		if (wr == &keep)
			continue;
		if (reason || !may_still_watch(wr))
			watcher_end(wr, reason ? reason : "rejected");
	}
	DL_DELETE(w->watchers, &keep);
	watched_changed(w);
	DL_FOREACH (w->watchers, wr)
		subscription_changed(wr->subscription);
	watched_drop(p, w);
}

void presence_reload(struct presence *p)
{
	struct watcher *wr, *next;
	struct watched *w, *next_watched;

	if (!p)
		return;
	DL_FOREACH_SAFE (p->summaries, wr, next)
		if (!may_still_watch(wr))
			watcher_end(wr, "rejected");
	HASH_ITER (hh, p->watched, w, next_watched)
		reload_watched(p, w);
}

/* --- life --------------------------------------------------------------------------- */

int presence_create(struct presence **out, struct server *s)
{
	struct presence *p = xzalloc(sizeof(*p));

	p->server = s;
	for (int i = 0; i < PACKAGES; i++)
		p->conf[i] = (struct subscription_conf){
			.event = packages[i].event,
			.type = packages[i].type,
			.min_s = s->conf->presence.min_expires_s,
			.max_s = s->conf->presence.max_expires_s,
			.default_s = s->conf->presence.max_expires_s,
			.interval_ms = s->conf->presence.notify_interval_ms,
		};
	*out = p;
	return 0;
}

static void end_all(struct watcher **list)
{
	struct watcher *wr, *next;

	DL_FOREACH_SAFE (*list, wr, next)
		watcher_end(wr, "deactivated");
}

void presence_end(struct presence *p)
{
	struct watched *w, *next;

	if (!p)
		return;
	end_all(&p->summaries);
	HASH_ITER (hh, p->watched, w, next) {
		struct watcher *wr = w->watchers, *after;

		for (; wr; wr = after) { /* w goes with the last */
			after = wr->next;
			watcher_end(wr, "deactivated");
		}
	}
}

void presence_destroy(struct presence **pp)
{
	struct presence *p = *pp;
	struct line *l, *next;

	if (!p)
		return;
	timer_stop(loop_timers(p->server->loop), &p->recheck);
	line_clear_uses(p);
	HASH_ITER (hh, p->lines, l, next)
		line_unpublish(l);
	lamps_clear(p);
	assert(!p->lines && !p->watched);
	free(p);
	*pp = NULL;
}

struct presence_gauges presence_gauges(const struct presence *p)
{
	return p->gauges;
}
