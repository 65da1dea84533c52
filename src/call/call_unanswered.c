/* call/call_unanswered.c - an offer in a 2xx that gets no answer: the other
 * side's ACK brought none, or none that can be used.
 *
 * Whoever made it must hear one in the ACK (RFC 3261 13.2.2.4).  What the other
 * side said before holds on for that one, so it is said again; where it is no
 * answer to this offer the two cannot agree any more, and the call ends. */
#include "call/call_priv.h"

/* RFC 3264 6.1: nobody sends where nobody listens. */
static bool suits(const struct sdp *answer, const struct sdp *offer)
{
	if (!sdp_answers(answer, offer))
		return false;
	for (size_t i = 0; i < sdp_stream_count(offer); i++) {
		unsigned a = sdp_stream(answer, i)->direction;
		unsigned o = sdp_stream(offer, i)->direction;

		if ((a & SDP_SENDONLY && !(o & SDP_RECVONLY)) ||
		    (a & SDP_RECVONLY && !(o & SDP_SENDONLY)))
			return false;
	}
	return true;
}

void call_unanswered(struct call *c, int to, struct sdp *offer)
{
	struct side *there = &c->side[to], *here = &c->side[!to];
	struct buf body = { 0 };
	bool holds = here->sdp && suits(here->sdp, offer) &&
	             side_translate(&body, here->sdp, offer, here, there,
	                            call_now(c)) == 0;

	side_take(there, offer);
	leg_ack(c->leg[to], holds ? body.p : NULL, holds ? body.len : 0);
	buf_free(&body);
	if (holds) {
		sides_agree(here, there, call_now(c));
		return;
	}
	log_ctx_warn(&c->log, "an offer of %s had no usable answer",
	             to == CALLER ? "the caller" : "the callee");
	call_hangup(c, CALL_BY_SERVER, "INCOMPATIBLE_DESTINATION");
}
