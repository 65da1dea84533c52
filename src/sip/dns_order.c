/* sip/dns_order.c - in which order the records of an answer are tried. */
#include "sip/dns_order.h"

#include <string.h>
#include <strings.h>

uint64_t dns_chance(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* RFC 2782 "Usage rules": by priority, and those without weight at the
 * beginning of theirs. */
static bool goes_before(const struct dns_service *a,
			const struct dns_service *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->weight == 0 && b->weight != 0;
}

static void move_to(size_t *order, size_t from, size_t to)
{
	size_t moved = order[from];

	memmove(&order[to + 1], &order[to], (from - to) * sizeof(*order));
	order[to] = moved;
}

/* The one whose running sum is the first to reach a number drawn from 0 to
 * the sum of all. */
static size_t draw(const struct dns_service *s, const size_t *order,
		   size_t from, size_t end, uint64_t chance)
{
	unsigned sum = 0, mark;
	size_t i;

	for (i = from; i < end; i++)
		sum += s[order[i]].weight;
	mark = (unsigned)(chance % (sum + 1u));
	sum = 0;
	for (i = from; i + 1 < end; i++) {
		sum += s[order[i]].weight;
		if (sum >= mark)
			break;
	}
	return i;
}

void srv_order(const struct dns_service *s, size_t n, uint64_t seed,
	       size_t *order)
{
	size_t end;

	for (size_t i = 0; i < n; i++) {
		size_t k = i;

		while (k > 0 && goes_before(&s[i], &s[order[k - 1]]))
			k--;
		order[i] = i;
		move_to(order, i, k);
	}
	for (size_t i = 0; i < n; i++) {
		for (end = i + 1; end < n; end++)
			if (s[order[end]].priority != s[order[i]].priority)
				break;
		move_to(order, draw(s, order, i, end, dns_chance(&seed)), i);
	}
}

/* RFC 3263 4.1: SIP+D2U, SIP+D2T, SIPS+D2T; RFC 3404's flag "s". */
static bool leads_to(const struct dns_pointer *p, enum sip_transport *out)
{
	static const char *const services[] = {
		[SIP_UDP] = "SIP+D2U",
		[SIP_TCP] = "SIP+D2T",
		[SIP_TLS] = "SIPS+D2T",
	};

	if (!p->is_srv || !p->host[0])
		return false;
	for (int t = SIP_UDP; t <= SIP_TLS; t++)
		if (strcasecmp(p->service, services[t]) == 0) {
			*out = (enum sip_transport)t;
			return true;
		}
	return false;
}

static bool is_preferred(const struct dns_pointer *a,
			 const struct dns_pointer *b)
{
	if (a->order != b->order)
		return a->order < b->order;
	return a->preference < b->preference;
}

size_t naptr_order(const struct dns_pointer *p, size_t n, unsigned transports,
		   bool is_sips, size_t *order, enum sip_transport *speaks)
{
	enum sip_transport t;
	size_t found = 0, k;

	for (size_t i = 0; i < n; i++) {
		if (!leads_to(&p[i], &t) || !(transports >> t & 1) ||
		    (is_sips && t != SIP_TLS))
			continue;
		for (k = found; k > 0; k--) {
			if (!is_preferred(&p[i], &p[order[k - 1]]))
				break;
			order[k] = order[k - 1];
			speaks[k] = speaks[k - 1];
		}
		order[k] = i;
		speaks[k] = t;
		found++;
	}
	return found;
}
