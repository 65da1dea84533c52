/* sip/payloads.c - the payload types in use on one leg. */
#include "sip/payloads.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { /* who gives the number its meaning */
	NOW = 1,    /* the peer's latest description */
	THEIRS = 2, /* one of the peer's */
	TOLD = 4    /* one that we wrote */
};

struct entry {
	uint8_t stream, number;
	uint8_t who;       /* 0: nobody any more */
	bool is_red;
	uint32_t codec, fmtp;
	uint32_t alias;    /* the codec, as the peer calls it */
};

struct payloads {
	size_t n, cap;
	struct entry entry[];
};

/* Numbers for what has none: dynamic ones, from the end that is used least;
 * then those that RFC 3551 section 6 leaves unassigned, but for 64 to 95
 * (RFC 5761 4). */
static const struct {
	uint8_t from, to;
} spare[] = { { 127, 96 }, { 63, 35 } };

void payloads_free(struct payloads **pp)
{
	free(*pp);
	*pp = NULL;
}

static struct entry *add(struct payloads **pp)
{
	struct payloads *p = *pp;
	size_t cap = p ? p->cap : 0;

	for (size_t i = 0; p && i < p->n; i++)
		if (!p->entry[i].who)
			return &p->entry[i];
	if (!p || p->n == cap) {
		cap = cap ? 2 * cap : 8;
		p = xrealloc(p, sizeof(*p) + cap * sizeof(p->entry[0]));
		p->n = *pp ? p->n : 0;
		p->cap = cap;
		*pp = p;
	}
	return &p->entry[p->n++];
}

static struct entry *find_number(struct payloads *p, size_t stream,
                                 uint8_t number, unsigned who)
{
	for (size_t i = 0; p && i < p->n; i++) {
		struct entry *e = &p->entry[i];

		if (e->stream == stream && e->number == number && e->who & who)
			return e;
	}
	return NULL;
}

static bool is_told(const struct payloads *p, size_t stream, uint32_t codec)
{
	for (size_t i = 0; p && i < p->n; i++)
		if (p->entry[i].stream == stream && p->entry[i].who & TOLD &&
		    p->entry[i].codec == codec)
			return true;
	return false;
}

/* The number means this codec from here on, for one of the two. */
static struct entry *mean(struct payloads **pp, size_t stream,
                          const struct sdp_payload *s, uint8_t number,
                          unsigned who)
{
	struct entry *found = NULL;

	for (size_t i = 0; *pp && i < (*pp)->n; i++) {
		struct entry *e = &(*pp)->entry[i];

		if (!e->who || e->stream != stream || e->number != number)
			continue;
		if (e->codec == s->codec ||
		    (e->alias && e->alias == s->codec && !(who & TOLD)))
			found = e;
		else
			e->who &= (uint8_t)~who;
	}
	if (!found) {
		found = add(pp);
		*found = (struct entry){ .stream = (uint8_t)stream,
			                 .number = number,
			                 .codec = s->codec };
	}
	found->who |= (uint8_t)who;
	found->fmtp = s->fmtp;
	found->is_red = s->is_red;
	return found;
}

/* Another name for what it was offered. */
static void note_alias(struct payloads *p, size_t stream,
                       const struct sdp_payload *s)
{
	struct entry *e = find_number(p, stream, s->number, TOLD);

	if (e && e->codec && e->codec != s->codec &&
	    !is_told(p, stream, s->codec))
		e->alias = s->codec;
}

void payloads_learn(struct payloads **pp, size_t stream,
                    struct sdp_payload *list, size_t n, bool is_answer)
{
	for (size_t i = 0; *pp && i < (*pp)->n; i++)
		if ((*pp)->entry[i].stream == stream)
			(*pp)->entry[i].who &= (uint8_t)~NOW;
	for (size_t i = 0; i < n; i++) {
		if (is_answer)
			note_alias(*pp, stream, &list[i]);
		list[i].codec =
			mean(pp, stream, &list[i], list[i].number, NOW | THEIRS)
				->codec;
	}
}

/* --- what to write ------------------------------------------------------- */

/* How a number is found, the best way first. */
enum way { SAME_NUMBER, SAME_FMTP, SAME_CODEC, N_WAYS };

struct assignment {
	struct payloads *p; /* borrowed */
	size_t stream;
	bool is_used[SDP_MAX_PAYLOADS];
	bool is_done[SDP_MAX_PAYLOADS]; /* by index in the list */
	uint8_t *numbers;
};

static void settle(struct assignment *a, const struct sdp_payload *list,
                   size_t i, uint8_t number)
{
	a->numbers[list[i].number] = number;
	a->is_used[number] = true;
	a->is_done[i] = true;
}

/* We gave that number another meaning. */
static bool is_told_otherwise(const struct assignment *a, const struct entry *e)
{
	const struct entry *told =
		find_number(a->p, a->stream, e->number, TOLD);

	return told && told->codec != e->codec;
}

static const struct entry *known(const struct assignment *a,
                                 const struct sdp_payload *s, unsigned who,
                                 enum way way)
{
	for (size_t i = 0; a->p && i < a->p->n; i++) {
		const struct entry *e = &a->p->entry[i];

		if (e->stream != a->stream || !(e->who & who) ||
		    e->codec != s->codec || a->is_used[e->number] ||
		    (way == SAME_NUMBER && e->number != s->number) ||
		    (way == SAME_FMTP && e->fmtp != s->fmtp) ||
		    is_told_otherwise(a, e))
			continue;
		return e;
	}
	return NULL;
}

static void settle_known(struct assignment *a, const struct sdp_payload *list,
                         size_t n, unsigned who)
{
	for (int way = 0; way < N_WAYS; way++)
		for (size_t i = 0; i < n; i++) {
			const struct entry *e =
				a->is_done[i] ? NULL
					      : known(a, &list[i], who,
						      (enum way)way);

			if (e)
				settle(a, list, i, e->number);
		}
}

/* Nobody on this leg means something else by it. */
static bool is_free(const struct assignment *a, uint8_t number, uint32_t codec)
{
	if (a->is_used[number])
		return false;
	for (size_t i = 0; a->p && i < a->p->n; i++) {
		const struct entry *e = &a->p->entry[i];

		if (e->stream == a->stream && e->number == number && e->who &&
		    e->codec != codec)
			return false;
	}
	return true;
}

static bool settle_anew(struct assignment *a, const struct sdp_payload *list,
                        size_t i)
{
	for (size_t k = 0; k < NELEM(spare); k++)
		for (int number = spare[k].from; number >= spare[k].to;
		     number--)
			if (is_free(a, (uint8_t)number, 0)) {
				settle(a, list, i, (uint8_t)number);
				return true;
			}
	return false;
}

/* False: there are no numbers left. */
static bool assign(struct assignment *a, const struct sdp_payload *list,
                   size_t n)
{
	bool is_enough = true;

	/* without a=rtpmap the number alone says what it is */
	for (size_t i = 0; i < n; i++)
		if (list[i].is_fixed || !list[i].codec)
			settle(a, list, i, list[i].number);
	settle_known(a, list, n, NOW);
	settle_known(a, list, n, TOLD);
	for (size_t i = 0; i < n; i++)
		if (!a->is_done[i] &&
		    is_free(a, list[i].number, list[i].codec))
			settle(a, list, i, list[i].number);
	for (size_t i = 0; i < n; i++)
		if (!a->is_done[i])
			is_enough &= settle_anew(a, list, i);
	return is_enough;
}

static void as_they_are(uint8_t numbers[SDP_MAX_PAYLOADS])
{
	for (unsigned i = 0; i < SDP_MAX_PAYLOADS; i++)
		numbers[i] = (uint8_t)i;
}

bool payloads_assign(struct payloads **pp, size_t stream,
                     const struct sdp_payload *list, size_t n,
                     uint8_t numbers[SDP_MAX_PAYLOADS])
{
	struct assignment a = { .p = *pp, .stream = stream,
		                .numbers = numbers };
	bool differs = false;

	as_they_are(numbers);
	if (!assign(&a, list, n))
		as_they_are(numbers);
	for (size_t i = 0; i < n; i++) {
		uint8_t number = numbers[list[i].number];

		differs |= number != list[i].number;
		mean(pp, stream, &list[i], number, TOLD);
	}
	return differs;
}

/* --- where packets go ---------------------------------------------------- */

/* Its number in the list; -1: it is not there. */
static int number_in(const struct sdp_payload *list, size_t n,
                     const struct entry *e)
{
	int found = -1;

	for (size_t i = 0; i < n; i++) {
		if (list[i].codec != e->codec)
			continue;
		if (list[i].number == e->number)
			return e->number;
		if (found < 0 || list[i].fmtp == e->fmtp)
			found = list[i].number;
	}
	return found;
}

static void route(const struct payloads *p, size_t stream, unsigned who,
                  const struct sdp_payload *list, size_t n,
                  uint8_t numbers[SDP_MAX_PAYLOADS])
{
	for (size_t i = 0; i < p->n; i++) {
		const struct entry *e = &p->entry[i];
		int to;

		if (e->stream != stream || !(e->who & who) || !e->codec)
			continue;
		to = number_in(list, n, e);
		numbers[e->number] = to >= 0 ? (uint8_t)to : e->number;
	}
}

/* RFC 2198: the numbers of the blocks are within the packet. */
static void mark_redundancy(const struct payloads *p, size_t stream,
                            uint8_t numbers[SDP_MAX_PAYLOADS])
{
	for (size_t i = 0; i < p->n; i++)
		if (p->entry[i].stream == stream && p->entry[i].who &&
		    p->entry[i].is_red)
			numbers[p->entry[i].number] |= PAYLOADS_RED;
}

bool payloads_route(const struct payloads *p, size_t stream,
                    const struct sdp_payload *list, size_t n,
                    uint8_t numbers[SDP_MAX_PAYLOADS])
{
	static const unsigned last_word[] = { THEIRS, NOW, TOLD };
	bool differs = false;

	as_they_are(numbers);
	if (!p || n == 0)
		return false;
	for (size_t i = 0; i < NELEM(last_word); i++)
		route(p, stream, last_word[i], list, n, numbers);
	for (unsigned i = 0; i < SDP_MAX_PAYLOADS; i++)
		differs |= numbers[i] != i;
	if (differs)
		mark_redundancy(p, stream, numbers);
	return differs;
}
