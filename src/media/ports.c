/* media/ports.c - which port pairs are free, used or resting. */
#include "media/ports.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/mem.h"

struct rest { /* a pair in quarantine */
	int64_t until_ms;
	uint16_t pair;
};

struct ports {
	uint16_t first;           /* port of pair 0, even */
	unsigned quarantine_ms;
	uint64_t seed;            /* state of the order; 0: the kernel's */
	size_t n_pairs, n_free;
	size_t n_rest, next_rest; /* a ring in order of time */
	uint16_t *free;           /* owned; the first n_free are free pairs */
	struct rest *rest;        /* owned */
	bool *is_used;            /* owned; catches a pair given back twice */
};

struct ports *ports_create(uint16_t min, uint16_t max, unsigned quarantine_ms,
                           uint64_t seed)
{
	struct ports *p = xzalloc(sizeof(*p));
	unsigned first = min < 2 ? 2 : min + (min & 1u);

	if (first < max)
		p->n_pairs = (max - first + 1) / 2;
	p->first = (uint16_t)first; /* 65536 has no pair: never used */
	p->quarantine_ms = quarantine_ms;
	p->seed = seed;
	p->n_free = p->n_pairs;
	p->free = xcalloc(p->n_pairs, sizeof(*p->free));
	p->rest = xcalloc(p->n_pairs, sizeof(*p->rest));
	p->is_used = xcalloc(p->n_pairs, sizeof(*p->is_used));
	for (size_t i = 0; i < p->n_pairs; i++)
		p->free[i] = (uint16_t)i;
	return p;
}

void ports_destroy(struct ports **pp)
{
	struct ports *p = *pp;

	if (!p)
		return;
	free(p->free);
	free(p->rest);
	free(p->is_used);
	free(p);
	*pp = NULL;
}

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators") for tests; an attacker could predict it. */
static uint64_t draw(struct ports *p)
{
	uint64_t z;

	if (p->seed == 0)
		return random_u64();
	z = p->seed += 0x9e3779b97f4a7c15u;
	if (p->seed == 0)
		p->seed = 1;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void ports_age(struct ports *p, int64_t now_ms)
{
	while (p->n_rest > 0 && p->rest[p->next_rest].until_ms <= now_ms) {
		p->free[p->n_free++] = p->rest[p->next_rest].pair;
		p->next_rest = (p->next_rest + 1) % p->n_pairs;
		p->n_rest--;
	}
}

int ports_take(struct ports *p, int64_t now_ms, uint16_t *rtp)
{
	uint16_t pair;
	size_t i;

	ports_age(p, now_ms);
	if (p->n_free == 0)
		return -EADDRNOTAVAIL;
	i = (size_t)(draw(p) % p->n_free);
	pair = p->free[i];
	p->free[i] = p->free[--p->n_free];
	p->is_used[pair] = true;
	*rtp = (uint16_t)(p->first + 2 * pair);
	return 0;
}

static uint16_t end_use(struct ports *p, uint16_t rtp)
{
	size_t pair = (size_t)(rtp - p->first) / 2;

	assert(rtp >= p->first && pair < p->n_pairs && p->is_used[pair]);
	p->is_used[pair] = false;
	return (uint16_t)pair;
}

void ports_give(struct ports *p, uint16_t rtp, int64_t now_ms)
{
	struct rest r = { now_ms + p->quarantine_ms, end_use(p, rtp) };

	p->rest[(p->next_rest + p->n_rest++) % p->n_pairs] = r;
}

void ports_untake(struct ports *p, uint16_t rtp)
{
	p->free[p->n_free++] = end_use(p, rtp);
}

struct ports_count ports_count(const struct ports *p)
{
	return (struct ports_count){
		.used = p->n_pairs - p->n_free - p->n_rest,
		.free = p->n_free,
		.quarantined = p->n_rest,
	};
}
