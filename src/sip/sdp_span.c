/* sip/sdp_span.c - words and addresses within a line. */
#include "sip/sdp_span.h"

#include <string.h>
#include <strings.h>

bool span_is(struct span s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static bool span_is_case(struct span s, const char *text)
{
	return s.n == strlen(text) && strncasecmp(s.p, text, s.n) == 0;
}

bool span_starts(struct span s, const char *text)
{
	return s.n >= strlen(text) && memcmp(s.p, text, strlen(text)) == 0;
}

void span_skip(struct span *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

struct span span_word(struct span *rest)
{
	struct span word;

	while (rest->n && *rest->p == ' ')
		span_skip(rest, 1);
	word.p = rest->p;
	word.n = 0;
	while (word.n < rest->n && word.p[word.n] != ' ')
		word.n++;
	span_skip(rest, word.n);
	return word;
}

bool span_port(struct span *s, unsigned *out)
{
	unsigned v = 0;
	size_t n = 0;

	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9' && n < 6)
		v = v * 10 + (unsigned)(s->p[n++] - '0');
	if (n == 0 || v > 65535)
		return false;
	span_skip(s, n);
	*out = v;
	return true;
}

bool char_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Numbers, dots and colons that did not make an address are no name. */
static bool is_name(struct span host)
{
	bool has_letter = false;

	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (char_is_letter(c))
			has_letter = true;
		else if ((c < '0' || c > '9') && c != '.' && c != '-')
			return false;
	}
	return has_letter && host.n <= 255;
}

static const char *parse_host(struct addr *out, struct span host, bool is_v6)
{
	char ip[ADDR_TEXT];
	struct addr a;

	if (is_name(host))
		return NULL; /* media does not wait for DNS */
	if (host.n >= sizeof(ip))
		return "bad address";
	memcpy(ip, host.p, host.n);
	ip[host.n] = '\0';
	if (addr_parse(&a, ip, 0) < 0 || addr_is_v6(&a) != is_v6)
		return "bad address";
	if (!addr_is_multicast(&a))
		addr_from_sockaddr(out, &a.u.sa); /* unmaps ::ffff:1.2.3.4 */
	return NULL;
}

const char *span_connection(struct connection *out, struct span rest)
{
	struct span net = span_word(&rest), type = span_word(&rest);
	struct span host = span_word(&rest);

	if (!host.n)
		return "bad address";
	*out = (struct connection){ .is_given = true };
	if (!span_is_case(net, "IN") || memchr(host.p, '/', host.n))
		return NULL;
	if (span_is_case(type, "IP4"))
		return parse_host(&out->addr, host, false);
	if (span_is_case(type, "IP6"))
		return parse_host(&out->addr, host, true);
	return NULL;
}

bool span_is_rtp(struct span proto)
{
	static const char *const known[] = { "RTP/AVP", "RTP/AVPF", "RTP/SAVP",
					     "RTP/SAVPF" };

	if (proto.n > 8 && strncasecmp(proto.p, "UDP/TLS/", 8) == 0)
		span_skip(&proto, 8);
	for (size_t i = 0; i < NELEM(known); i++)
		if (span_is_case(proto, known[i]))
			return true;
	return false;
}

bool span_is_plain_rtp(struct span proto)
{
	return span_is_case(proto, "RTP/AVP") ||
	       span_is_case(proto, "RTP/AVPF");
}

/* Phones write udptl in either case (RFC 3362 registers the lower). */
bool span_is_udp(struct span proto)
{
	return span_is_rtp(proto) || span_is_case(proto, "udptl") ||
	       span_is_case(proto, "UDP") ||
	       (proto.n > 4 && strncasecmp(proto.p, "UDP/", 4) == 0);
}
