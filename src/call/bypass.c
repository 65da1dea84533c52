/* call/bypass.c - media that goes from peer to peer, past us. */
#include "call/bypass.h"

static bool is_wanted(const struct sdp_stream *st)
{
	return st->is_relayable && addr_port(&st->rtp) != 0;
}

/* What a phone behind a NAT writes is not where its signalling comes from. */
static bool is_in_sight(const struct side *from, const struct sdp_stream *st)
{
	return addr_is_any(&st->rtp) || addr_eq_ip(&st->rtp, &from->signalling);
}

bool bypass_may_offer(const struct side *from, const struct side *to,
                      const struct sdp *offer)
{
	size_t n = 0;

	if (!from->may_bypass || !to->may_bypass || from->is_natted ||
	    to->is_natted)
		return false;
	for (size_t i = 0; i < sdp_stream_count(offer); i++) {
		const struct sdp_stream *st = sdp_stream(offer, i);

		if (!is_wanted(st))
			continue;
		if (++n > 1 || !is_in_sight(from, st) ||
		    addr_is_v6(&st->rtp) != addr_is_v6(&to->address))
			return false;
	}
	return n == 1;
}

void bypass_local(struct sdp_local *l, const struct sdp *in,
                  const struct sdp *offer)
{
	for (size_t i = 0; i < sdp_stream_count(in); i++) {
		const struct sdp_stream *st = sdp_stream(in, i);
		const struct sdp_stream *asked = offer ? sdp_stream(offer, i)
		                                       : st;

		if (!is_wanted(st))
			continue;
		l->address = st->rtp;
		l->streams[i].rtp = addr_port(&st->rtp);
		l->streams[i].rtcp = addr_port(&st->rtcp);
		l->streams[i].keeps_mux = st->is_mux && asked && asked->is_mux;
	}
}
