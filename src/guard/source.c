/* guard/source.c - who sends, as a key. */
#include "guard/source.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct source source_of(const struct addr *a)
{
	struct source s = { .is_v6 = addr_is_v6(a) };

	if (s.is_v6) {
		memcpy(s.word, a->u.in6.sin6_addr.s6_addr, sizeof(s.word));
		s.word[0] = ntohl(s.word[0]);
		s.word[1] = ntohl(s.word[1]);
	} else {
		s.word[0] = ntohl(a->u.in.sin_addr.s_addr);
	}
	return s;
}

const char *source_text(const struct source *s, char out[ADDR_TEXT])
{
	struct in6_addr a6 = { 0 };
	struct in_addr a4 = { .s_addr = htonl(s->word[0]) };
	uint32_t net[2] = { htonl(s->word[0]), htonl(s->word[1]) };
	char text[INET6_ADDRSTRLEN];

	if (s->is_v6) {
		memcpy(a6.s6_addr, net, sizeof(net));
		inet_ntop(AF_INET6, &a6, text, sizeof(text));
		snprintf(out, ADDR_TEXT, "%s/64", text);
	} else {
		inet_ntop(AF_INET, &a4, out, ADDR_TEXT);
	}
	return out;
}
