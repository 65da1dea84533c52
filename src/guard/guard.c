/* guard/guard.c - who may send how much, and who may not send at all.
 *
 * A source is in one of three lists: strangers (least recent first), known
 * (they proved themselves, or are peers of the configuration) and banned. */
#include "guard/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/hash.h"
#include "base/mem.h"
#include "guard/window.h"

enum list { STRANGERS, KNOWN, BANNED, LISTS };

struct entry {
	struct source source;
	enum list list;
	bool is_peer;
	uint64_t asked;          /* the guard's `asking` when it was */
	int64_t known_until_ms;
	struct bucket bucket[GUARD_CLASSES];
	double score;
	int64_t scored_ms;
	int64_t banned_ms, banned_until_ms;
	const char *why;         /* borrowed */
	uint64_t dropped;
	TAILQ_ENTRY(entry) of_list;
	UT_hash_handle hh;
};

TAILQ_HEAD(entries, entry);

struct guard {
	struct guard_conf conf;
	guard_peer_fn *is_peer;
	void *arg;               /* borrowed */
	struct entry *entries;   /* owned; by source */
	struct entries list[LISTS];
	size_t count[LISTS];
	struct bucket all[GUARD_CLASSES];
	struct window pending;
	uint64_t asking, generation;
	struct guard_gauges gauges; /* the counters of it */
};

void guard_create(struct guard **out, const struct guard_conf *conf,
                  guard_peer_fn *is_peer, void *arg)
{
	struct guard *g = xzalloc(sizeof(*g));

	g->conf = *conf;
	if (g->conf.max_sources == 0)
		g->conf.max_sources = 1;
	g->is_peer = is_peer;
	g->arg = arg;
	g->asking = 1;
	for (int i = 0; i < LISTS; i++)
		TAILQ_INIT(&g->list[i]);
	*out = g;
}

static void leave(struct guard *g, struct entry *e)
{
	TAILQ_REMOVE(&g->list[e->list], e, of_list);
	g->count[e->list]--;
	if (e->list == BANNED)
		g->generation++;
}

static void join(struct guard *g, struct entry *e, enum list where)
{
	e->list = where;
	TAILQ_INSERT_TAIL(&g->list[where], e, of_list);
	g->count[where]++;
	if (where == BANNED)
		g->generation++;
}

static void forget(struct guard *g, struct entry *e)
{
	leave(g, e);
	HASH_DEL(g->entries, e);
	free(e);
}

void guard_destroy(struct guard **gp)
{
	struct guard *g = *gp;

	if (!g)
		return;
	while (g->entries)
		forget(g, g->entries);
	free(g);
	*gp = NULL;
}

void guard_ask_again(struct guard *g)
{
	g->asking++;
}

/* Room for one more in this list. */
static void make_room(struct guard *g, enum list where)
{
	size_t max = where == BANNED ? g->conf.max_bans : g->conf.max_sources;

	while (g->count[where] > 0 && g->count[where] >= max)
		forget(g, TAILQ_FIRST(&g->list[where]));
}

static void move(struct guard *g, struct entry *e, enum list where)
{
	leave(g, e);
	make_room(g, where);
	join(g, e, where);
}

static bool is_free(const struct entry *e, int64_t now_ms)
{
	return e->is_peer || e->known_until_ms > now_ms;
}

/* Into the list where it belongs now, as the most recent one. */
static void settle(struct guard *g, struct entry *e, const struct addr *a,
                   int64_t now_ms)
{
	if (e->asked != g->asking) {
		e->asked = g->asking;
		e->is_peer = g->is_peer && g->is_peer(a, g->arg);
	}
	if (e->list == BANNED && e->banned_until_ms > now_ms && !e->is_peer)
		return;
	move(g, e, is_free(e, now_ms) ? KNOWN : STRANGERS);
}

static struct entry *find(const struct guard *g, const struct source *s)
{
	struct entry *e;

	HASH_FIND(hh, g->entries, s, sizeof(*s), e);
	return e;
}

static struct entry *entry_of(struct guard *g, const struct addr *a,
                              int64_t now_ms)
{
	struct source s = source_of(a);
	struct entry *e = find(g, &s);

	if (!e) {
		make_room(g, STRANGERS);
		e = xzalloc(sizeof(*e));
		e->source = s;
		HASH_ADD(hh, g->entries, source, sizeof(e->source), e);
		join(g, e, STRANGERS);
	}
	settle(g, e, a, now_ms);
	return e;
}

/* A score leaks away evenly. */
static double score_now(const struct guard *g, struct entry *e, int64_t now_ms)
{
	double gone_s = (double)(now_ms - e->scored_ms) / 1000;

	if (gone_s > 0 && g->conf.ban_forget_s)
		e->score -= gone_s * g->conf.ban_score / g->conf.ban_forget_s;
	if (e->score < 0)
		e->score = 0;
	e->scored_ms = now_ms;
	return e->score;
}

static bool is_suspect(const struct guard *g, struct entry *e, int64_t now_ms)
{
	return e->score > 0 && !e->is_peer && g->conf.ban_score &&
	       score_now(g, e, now_ms) >= g->conf.ban_score;
}

static enum guard_verdict take(struct guard *g, struct entry *e,
                               enum guard_class c, bool makes_work,
                               int64_t now_ms)
{
	const struct guard_conf *k = &g->conf;

	if (!bucket_take(&e->bucket[c], &k->each[c], now_ms))
		return GUARD_LIMITED;
	if (makes_work && k->max_pending &&
	    window_add(&g->pending, k->pending_s, now_ms, 0) >= k->max_pending)
		return GUARD_CROWDED;
	if (!bucket_take(&g->all[c], &k->all[c], now_ms))
		return GUARD_CROWDED;
	if (makes_work)
		window_add(&g->pending, k->pending_s, now_ms, 1);
	return GUARD_PASS;
}

enum guard_verdict guard_admit(struct guard *g, const struct addr *a,
                               enum guard_class c, bool makes_work,
                               int64_t now_ms)
{
	struct entry *e = entry_of(g, a, now_ms);
	enum guard_verdict v;

	if (e->list == BANNED) {
		e->dropped++;
		g->gauges.dropped_banned++;
		return GUARD_BANNED;
	}
	if (e->list == KNOWN && !is_suspect(g, e, now_ms))
		return GUARD_FREE;
	v = take(g, e, c, makes_work, now_ms);
	if (v == GUARD_LIMITED)
		g->gauges.dropped_limited++;
	else if (v == GUARD_CROWDED)
		g->gauges.dropped_crowded++;
	return v;
}

void guard_prove(struct guard *g, const struct addr *a, int64_t until_ms,
                 int64_t now_ms)
{
	struct entry *e = entry_of(g, a, now_ms);

	if (e->list == BANNED)
		return;
	if (until_ms > e->known_until_ms)
		e->known_until_ms = until_ms;
	if (e->list == STRANGERS)
		move(g, e, KNOWN);
}

/* --- bans ----------------------------------------------------------------- */

static void ban(struct guard *g, struct entry *e, int64_t until_ms,
                const char *why, int64_t now_ms)
{
	e->score = 0;
	e->known_until_ms = 0;
	e->banned_ms = now_ms;
	e->banned_until_ms = until_ms;
	e->why = why;
	move(g, e, BANNED);
	g->gauges.bans_total++;
}

bool guard_blame(struct guard *g, const struct addr *a, unsigned points,
                 bool is_round_trip, const char *why, int64_t now_ms)
{
	struct entry *e;

	if (g->conf.ban_score == 0 || !is_round_trip)
		return false;
	e = entry_of(g, a, now_ms);
	if (e->is_peer || e->list == BANNED)
		return false;
	e->score = score_now(g, e, now_ms) + points;
	if (e->score > 2.0 * g->conf.ban_score)
		e->score = 2.0 * g->conf.ban_score;
	if (e->list == KNOWN || e->score < g->conf.ban_score ||
	    g->conf.max_bans == 0)
		return false;
	ban(g, e, now_ms + (int64_t)g->conf.ban_s * 1000, why, now_ms);
	return true;
}

int guard_ban(struct guard *g, const struct addr *a, int64_t until_ms,
              const char *why, int64_t now_ms)
{
	struct entry *e = entry_of(g, a, now_ms);

	if (e->is_peer)
		return -EPERM;
	if (g->conf.max_bans == 0)
		return -ENOSPC;
	ban(g, e, until_ms, why, now_ms);
	return 0;
}

int guard_unban(struct guard *g, const struct addr *a)
{
	struct source s = source_of(a);
	struct entry *e = find(g, &s);

	if (!e || e->list != BANNED)
		return -ENOENT;
	forget(g, e);
	return 0;
}

bool guard_expire(struct guard *g, int64_t now_ms)
{
	uint64_t before = g->generation;
	struct entry *e = TAILQ_FIRST(&g->list[BANNED]), *next;

	for (; e; e = next) {
		next = TAILQ_NEXT(e, of_list);
		if (e->banned_until_ms <= now_ms)
			forget(g, e);
	}
	return g->generation != before;
}

uint64_t guard_generation(const struct guard *g)
{
	return g->generation;
}

void guard_each_ban(const struct guard *g, guard_ban_fn *fn, void *arg)
{
	const struct entry *e;

	TAILQ_FOREACH_REVERSE (e, &g->list[BANNED], entries, of_list) {
		struct guard_ban b = { .source = e->source,
			               .since_ms = e->banned_ms,
			               .until_ms = e->banned_until_ms,
			               .why = e->why,
			               .dropped = e->dropped };

		fn(&b, arg);
	}
}

struct guard_gauges guard_gauges(const struct guard *g)
{
	struct guard_gauges out = g->gauges;

	out.strangers = g->count[STRANGERS];
	out.known = g->count[KNOWN];
	out.bans = g->count[BANNED];
	out.pending = g->pending.sum;
	return out;
}
