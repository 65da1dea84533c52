/* media/source.c - from whom a socket takes packets, and where its own go. */
#include "media/source.h"

static bool is_usable(const struct addr *a)
{
	return addr_is_set(a) && addr_port(a) != 0 && !addr_is_any(a) &&
	       !addr_is_multicast(a);
}

void source_init(struct source *s, enum source_kind kind,
                 const struct endpoint_remote *r)
{
	const struct addr *sdp = kind == SOURCE_RTP ? &r->rtp : &r->rtcp;

	*s = (struct source){ .is_natted = r->is_natted };
	if (!is_usable(sdp))
		return;
	/* RFC 5761 5.1.1: then RTCP does not use its own port at all. */
	if (kind == SOURCE_RTCP && r->is_mux)
		return;
	s->announced = *sdp;
	s->expected = r->is_natted ? r->signalling : *sdp;
}

enum source_verdict source_judge(const struct source *s,
                                 const struct addr *from)
{
	if (addr_is_set(&s->latched))
		return addr_eq(&s->latched, from) ? SOURCE_ACCEPT
		                                  : SOURCE_REFUSE;
	if (!addr_is_set(&s->expected) || !addr_eq_ip(&s->expected, from))
		return SOURCE_REFUSE;
	return SOURCE_LATCH;
}

const struct addr *source_target(const struct source *s)
{
	const struct addr *to = s->is_natted ? &s->latched : &s->announced;

	return addr_is_set(to) ? to : NULL;
}
