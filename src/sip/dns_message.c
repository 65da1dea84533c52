/* sip/dns_message.c - what a DNS server's reply says.
 *
 * c-ares reads the records; it does not tell the TTL of SRV records nor of
 * what is missing, so those are read here (RFC 1035 section 4). */
#include "sip/dns_message.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"

#define HEADER_LEN 12
#define RR_LEN     10 /* type, class, TTL, length */
#define TYPE_SOA   6

struct cursor {
	const unsigned char *p, *end;
};

static unsigned get16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static bool skip(struct cursor *c, size_t n)
{
	if ((size_t)(c->end - c->p) < n)
		return false;
	c->p += n;
	return true;
}

/* Labels, ended by an empty one or by a pointer to others. */
static bool skip_name(struct cursor *c)
{
	while (c->p < c->end) {
		unsigned len = *c->p;

		if (len >= 0xc0)
			return skip(c, 2);
		if (!skip(c, len + 1u))
			return false;
		if (len == 0)
			return true;
	}
	return false;
}

struct rr {
	unsigned type;
	uint32_t ttl;
	struct cursor data;
};

static bool next_rr(struct cursor *c, struct rr *out)
{
	const unsigned char *fixed;

	if (!skip_name(c))
		return false;
	fixed = c->p;
	if (!skip(c, RR_LEN))
		return false;
	out->type = get16(fixed);
	out->ttl = get32(fixed + 4);
	if (out->ttl > INT32_MAX)
		out->ttl = 0; /* RFC 2181 section 8 */
	out->data.p = c->p;
	if (!skip(c, get16(fixed + 8)))
		return false;
	out->data.end = c->p;
	return true;
}

/* To the first record of the answer section. */
static bool skip_questions(struct cursor *c, const unsigned char *msg,
			   size_t len)
{
	*c = (struct cursor){ msg, msg + len };
	if (!skip(c, HEADER_LEN))
		return false;
	for (unsigned n = get16(msg + 4); n > 0; n--)
		if (!skip_name(c) || !skip(c, 4))
			return false;
	return true;
}

bool dns_answer_ttl(unsigned *out, const unsigned char *msg, size_t len)
{
	uint32_t least = UINT32_MAX;
	struct cursor c;
	struct rr rr;
	unsigned n;

	if (!skip_questions(&c, msg, len))
		return false;
	for (n = get16(msg + 6); n > 0; n--) {
		if (!next_rr(&c, &rr))
			return false;
		if (rr.ttl < least)
			least = rr.ttl;
	}
	if (least == UINT32_MAX)
		return false;
	*out = least;
	return true;
}

bool dns_negative_ttl(unsigned *out, const unsigned char *msg, size_t len)
{
	struct cursor c;
	struct rr rr;
	unsigned n;

	if (!skip_questions(&c, msg, len))
		return false;
	for (n = get16(msg + 6) + get16(msg + 8); n > 0; n--) {
		uint32_t minimum;

		if (!next_rr(&c, &rr))
			return false;
		if (rr.type != TYPE_SOA || rr.data.end - rr.data.p < 20)
			continue;
		minimum = get32(rr.data.end - 4); /* its last field */
		*out = minimum < rr.ttl ? minimum : rr.ttl;
		return true;
	}
	return false;
}

static int read_a(struct dns_answer *out, const unsigned char *msg, int len)
{
	struct ares_addrttl found[DNS_MAX_RECORDS];
	int n = DNS_MAX_RECORDS;
	int rc = ares_parse_a_reply(msg, len, NULL, found, &n);

	if (rc != ARES_SUCCESS)
		return rc;
	for (int i = 0; i < n; i++) {
		struct addr *a = &out->addrs[out->n++];

		a->u.in.sin_family = AF_INET;
		a->u.in.sin_addr = found[i].ipaddr;
	}
	return rc;
}

static int read_aaaa(struct dns_answer *out, const unsigned char *msg, int len)
{
	struct ares_addr6ttl found[DNS_MAX_RECORDS];
	int n = DNS_MAX_RECORDS;
	int rc = ares_parse_aaaa_reply(msg, len, NULL, found, &n);

	if (rc != ARES_SUCCESS)
		return rc;
	for (int i = 0; i < n; i++) {
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

		memcpy(&in6.sin6_addr, &found[i].ip6addr, 16);
		addr_from_sockaddr(&out->addrs[out->n++],
				   (const struct sockaddr *)&in6);
	}
	return rc;
}

static int read_srv(struct dns_answer *out, const unsigned char *msg, int len)
{
	struct ares_srv_reply *found = NULL;
	int rc = ares_parse_srv_reply(msg, len, &found);

	if (rc != ARES_SUCCESS)
		return rc;
	for (struct ares_srv_reply *f = found; f; f = f->next) {
		struct dns_service *s = &out->services[out->n];

		if (out->n++ == DNS_MAX_RECORDS) {
			out->n = DNS_MAX_RECORDS;
			break;
		}
		s->host = xstrdup(f->host);
		str_lower(s->host);
		s->priority = f->priority;
		s->weight = f->weight;
		s->port = f->port;
	}
	ares_free_data(found);
	return rc;
}

static int read_naptr(struct dns_answer *out, const unsigned char *msg, int len)
{
	struct ares_naptr_reply *found = NULL;
	int rc = ares_parse_naptr_reply(msg, len, &found);

	if (rc != ARES_SUCCESS)
		return rc;
	for (struct ares_naptr_reply *f = found; f; f = f->next) {
		struct dns_pointer *p = &out->pointers[out->n];

		if (out->n == DNS_MAX_RECORDS)
			break;
		out->n++;
		p->service = xstrdup((const char *)f->service);
		p->host = xstrdup(f->regexp[0] ? "" : f->replacement);
		str_lower(p->host);
		p->order = f->order;
		p->preference = f->preference;
		p->is_srv = str_eq_case((const char *)f->flags, "s");
	}
	ares_free_data(found);
	return rc;
}

void dns_read(struct dns_answer *out, enum dns_type type,
	      const unsigned char *msg, size_t len)
{
	int rc = ARES_EBADRESP;

	*out = (struct dns_answer){ .status = DNS_FAILED };
	if (type == DNS_A)
		rc = read_a(out, msg, (int)len);
	else if (type == DNS_AAAA)
		rc = read_aaaa(out, msg, (int)len);
	else if (type == DNS_SRV)
		rc = read_srv(out, msg, (int)len);
	else if (type == DNS_NAPTR)
		rc = read_naptr(out, msg, (int)len);
	if (rc == ARES_ENODATA || (rc == ARES_SUCCESS && out->n == 0))
		out->status = DNS_NOTHING; /* a CNAME that leads nowhere */
	else if (rc == ARES_SUCCESS)
		out->status = DNS_FOUND;
	if (!dns_answer_ttl(&out->ttl_s, msg, len))
		out->ttl_s = 0;
}

void dns_answer_clear(struct dns_answer *a)
{
	for (size_t i = 0; i < DNS_MAX_RECORDS; i++) {
		free(a->services[i].host);
		free(a->pointers[i].service);
		free(a->pointers[i].host);
	}
	*a = (struct dns_answer){ 0 };
}

void dns_answer_copy(struct dns_answer *out, const struct dns_answer *a)
{
	*out = *a;
	for (size_t i = 0; i < DNS_MAX_RECORDS; i++) {
		out->services[i].host = xstrdup(a->services[i].host);
		out->pointers[i].service = xstrdup(a->pointers[i].service);
		out->pointers[i].host = xstrdup(a->pointers[i].host);
	}
}
