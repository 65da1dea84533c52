/* media/source.h - from whom a socket takes packets, and where its own go.
 * Pure: one packet's source in, a verdict out.
 *
 * The rules against RTP bleed (a stranger who guesses the port gets neither
 * the call's media nor a say in it):
 * - Only one IP may send: the one the SDP announced or, for a peer behind NAT
 *   (its SDP address is not its own), the one its signalling comes from.
 * - The first packet from that IP latches its port: the announced one or any
 *   other (RFC 4961 asks phones to send from where they receive; not all
 *   do).  From then on IP and port must match until the peer's SDP changes.
 * - Packets go to the announced address; to a peer behind NAT only after it
 *   has sent, and then to where it sent from: a private or forged address in
 *   its SDP never makes us send to a third party.
 * - Without an address (unset, port 0, 0.0.0.0 as in RFC 3264 8.4, multicast)
 *   nothing is taken and nothing is sent. */
#ifndef B2BUA_MEDIA_SOURCE_H
#define B2BUA_MEDIA_SOURCE_H

#include "media/media.h"

enum source_kind { SOURCE_RTP, SOURCE_RTCP };

struct source {
	struct addr expected;  /* its IP may send; unset: nobody may */
	struct addr announced; /* by the SDP */
	struct addr latched;   /* unset until the first packet */
	bool is_natted;
};

/* Starts anew with what the SDP said about one of the two sockets. */
void source_init(struct source *s, enum source_kind kind,
                 const struct endpoint_remote *r);

enum source_verdict { SOURCE_REFUSE, SOURCE_LATCH, SOURCE_ACCEPT };
/* SOURCE_LATCH: accept, and set s->latched to from. */
enum source_verdict source_judge(const struct source *s,
                                 const struct addr *from);

/* Where to send; NULL: nowhere (yet).  Borrowed from s. */
const struct addr *source_target(const struct source *s);

#endif
