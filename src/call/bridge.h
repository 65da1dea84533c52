/* call/bridge.h - the media of two legs: endpoints, descriptions across, and
 * what connects them.
 *
 * A side is one leg's half: our ports towards its peer, and what we told it.
 * Descriptions pass end to end; only addresses change, and payload types where
 * the two have other ones (RFC 3264: the answer is always the other side's
 * own). */
#ifndef B2BUA_CALL_BRIDGE_H
#define B2BUA_CALL_BRIDGE_H

#include <stdbool.h>
#include "base/buf.h"
#include "media/media.h"
#include "sip/codecs.h"
#include "sip/payloads.h"
#include "sip/sdp.h"

struct side {
	struct media *media;    /* borrowed */
	struct endpoint *ep[SDP_MAX_STREAMS]; /* owned; NULL: no stream */
	struct addr address;    /* ours, as this peer sees it */
	struct addr signalling; /* where its SIP comes from */
	bool is_natted;
	char session[24];       /* o= session id */
	uint64_t version;       /* o= version of what was sent last */
	char *last;             /* owned: what was sent last */
	char *agreed;           /* owned: what stands while `last` is an
	                           offer that may be refused; NULL: last */
	struct sdp *sdp;        /* owned: what its peer told last */
	struct payloads *numbers; /* owned: its payload types */
	bool may_bypass;        /* its media need not go through us */
	bool is_direct;         /* and does not */
	struct codecs *codecs;  /* owned: what it may be offered; NULL: all */
};

void side_init(struct side *s, struct media *m, const struct addr *address,
               const struct addr *signalling, bool is_natted);
void side_clear(struct side *s, int64_t now_ms); /* ends the endpoints */

/* Writes `in`, which came from `from`, as `to` shall see it; makes the
 * endpoints that are missing on both sides.  The o= version goes up when the
 * text differs from what `to` was sent last (RFC 3264 section 8).
 * offer: what `in` answers; NULL when it is an offer itself.
 * -EINVAL when it has none of the codecs that `to` may be offered,
 * -EADDRNOTAVAIL when the ports are used up, other -errno from sockets. */
int side_translate(struct buf *out, const struct sdp *in,
                   const struct sdp *offer, struct side *from,
                   struct side *to, int64_t now_ms);
/* Takes a description over as what the peer told last. */
void side_take(struct side *s, struct sdp *sdp);
/* Offer and answer are both there, each in its side: packets flow as they
 * say; streams that either refused give their ports back. */
void sides_agree(struct side *a, struct side *b, int64_t now_ms);
/* The offer was refused: what they agreed upon before holds. */
void sides_restore(struct side *a, struct side *b, int64_t now_ms);
/* What its peer was told of the session as it stands; NULL: nothing. */
const char *side_agreed(const struct side *s);
/* --- side_alone.c: nobody is on the other side ---------------------------- */

/* Writes what s is told then: an answer to its peer's offer, or an offer of
 * ours.  -errno as above. */
int side_answer_alone(struct buf *out, struct side *s, const struct sdp *offer,
                      int64_t now_ms);
int side_offer_alone(struct buf *out, struct side *s, int64_t now_ms);
/* Does it answer what s was told last? */
bool side_accepts(const struct side *s, const struct sdp *answer);
/* Offer and answer are both there: its peer hears silence.  False: there is no
 * way to send it any. */
bool side_agree_alone(struct side *s);

void side_settle(struct side *s); /* what it was told last has been agreed */
void side_point(struct side *s, size_t i, const struct sdp_stream *st,
                bool is_mux); /* its endpoint to where the peer wants it */

/* When the last packet came in on either side, monotonic ms; 0: never. */
int64_t sides_last_rx(const struct side *a, const struct side *b);
bool side_is_held(const struct side *s); /* its peer neither sends nor hears,
                                            or only sends */

#endif
