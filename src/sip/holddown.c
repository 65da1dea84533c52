/* sip/holddown.c - which next hops are dead. */
#include "sip/holddown.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

#define MAX_RECORDS       4096
#define MAX_RETRY_AFTER_S 300 /* nobody shuts itself out for longer */

struct record {
	UT_hash_handle hh;
	struct hop hop; /* the key */
	unsigned unanswered;
	int64_t until_ms;    /* held down; kept after that until proved */
	int64_t answered_ms; /* when it answered last */
	bool is_held, is_busy;
};

struct holddown {
	struct holddown_conf conf;
	struct record *all; /* owned */
	size_t unanswered;
};

void holddown_create(struct holddown **out, const struct holddown_conf *conf)
{
	*out = xzalloc(sizeof(**out));
	(*out)->conf = *conf;
}

static void forget(struct holddown *h, struct record *r)
{
	HASH_DEL(h->all, r);
	free(r);
}

void holddown_destroy(struct holddown **hp)
{
	struct record *r, *next;

	if (!*hp)
		return;
	HASH_ITER (hh, (*hp)->all, r, next)
		forget(*hp, r);
	free(*hp);
	*hp = NULL;
}

/* Byte by byte comparable. */
static struct hop key_of(const struct hop *to)
{
	struct hop key = { 0 };

	key.addr = to->addr;
	key.transport = to->transport;
	return key;
}

static struct record *find(const struct holddown *h, const struct hop *to)
{
	struct hop key = key_of(to);
	struct record *r;

	HASH_FIND(hh, h->all, &key, sizeof(key), r);
	return r;
}

/* Those that wait for nothing and whose time is over say no more than no
 * record would. */
static void make_room(struct holddown *h)
{
	struct record *r, *next;

	HASH_ITER (hh, h->all, r, next) {
		if (HASH_COUNT(h->all) < MAX_RECORDS)
			return;
		if (!r->unanswered)
			forget(h, r);
	}
}

static struct record *obtain(struct holddown *h, const struct hop *to)
{
	struct record *r = find(h, to);

	if (r)
		return r;
	make_room(h);
	r = xzalloc(sizeof(*r));
	r->hop = key_of(to);
	r->answered_ms = INT64_MIN;
	HASH_ADD(hh, h->all, hop, sizeof(r->hop), r);
	return r;
}

static enum hold judge(const struct holddown *h, const struct record *r,
		       int64_t now_ms)
{
	unsigned most = h->conf.max_unanswered;

	if (most && r->unanswered >= most)
		return HOLD_SHUT;
	if (!r->is_held)
		return HOLD_FREE;
	if (r->is_busy)
		return now_ms < r->until_ms ? HOLD_SHUT : HOLD_FREE;
	if (r->unanswered) /* one is finding out */
		return HOLD_SHUT;
	return now_ms < r->until_ms ? HOLD_LAST : HOLD_FREE;
}

enum hold holddown_judge(const struct holddown *h, const struct hop *to,
			 int64_t now_ms)
{
	const struct record *r = h ? find(h, to) : NULL;

	return r ? judge(h, r, now_ms) : HOLD_FREE;
}

size_t holddown_pick(const struct holddown *h, const struct resolve_answer *a,
		     unsigned tried, int64_t now_ms)
{
	size_t last = a->n;

	for (size_t i = 0; i < a->n; i++) {
		struct hop to = { a->addr[i], a->transport[i] };
		enum hold state;

		if (tried >> i & 1)
			continue;
		state = holddown_judge(h, &to, now_ms);
		if (state == HOLD_FREE)
			return i;
		if (state == HOLD_LAST && last == a->n)
			last = i;
	}
	return last;
}

void holddown_sent(struct holddown *h, const struct hop *to)
{
	obtain(h, to)->unanswered++;
	h->unanswered++;
}

static void hold(struct record *r, int64_t until_ms, bool is_busy)
{
	r->is_held = true;
	r->is_busy = is_busy;
	r->until_ms = until_ms;
}

void holddown_ended(struct holddown *h, const struct hop *to,
		    enum hold_result result, int64_t sent_ms, int64_t now_ms)
{
	struct record *r = find(h, to);

	if (!r || !r->unanswered)
		return;
	r->unanswered--;
	h->unanswered--;
	if (result == HOLD_ANSWERED) {
		r->answered_ms = now_ms;
		if (!r->is_busy || now_ms >= r->until_ms)
			r->is_held = false;
	} else if (result == HOLD_REFUSED ||
		   /* it lives when it answered another meanwhile */
		   (result == HOLD_SILENT && r->answered_ms < sent_ms)) {
		if (h->conf.hold_ms)
			hold(r, now_ms + h->conf.hold_ms, false);
	}
	if (!r->is_held && !r->unanswered)
		forget(h, r);
}

void holddown_busy(struct holddown *h, const struct hop *to,
		   unsigned retry_after_s, int64_t now_ms)
{
	if (retry_after_s > MAX_RETRY_AFTER_S)
		retry_after_s = MAX_RETRY_AFTER_S;
	if (retry_after_s && h->conf.hold_ms)
		hold(obtain(h, to), now_ms + retry_after_s * 1000, true);
}

void holddown_each(const struct holddown *h, int64_t now_ms, hold_fn *fn,
		   void *arg)
{
	for (const struct record *r = h->all; r; r = r->hh.next) {
		struct hold_view v = {
			.hop = r->hop,
			.state = judge(h, r, now_ms),
			.unanswered = r->unanswered,
		};

		if (r->is_held && r->until_ms > now_ms)
			v.left_ms = r->until_ms - now_ms;
		fn(&v, arg);
	}
}

size_t holddown_unanswered(const struct holddown *h)
{
	return h->unanswered;
}
