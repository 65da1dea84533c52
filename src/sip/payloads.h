/* sip/payloads.h - the payload types in use on one leg, stream by stream, so
 * that both of its ends always mean the same by a number whoever is on the
 * other leg.  Pure.
 *
 * A number that was given a meaning keeps it as long as the leg lives (RFC
 * 3264 8.3.2), while the other leg may be another phone's tomorrow, with
 * numbers of its own.  And where a phone answers with other numbers than it
 * was offered (RFC 3264 6.1 allows it), the other one is told its own. */
#ifndef B2BUA_SIP_PAYLOADS_H
#define B2BUA_SIP_PAYLOADS_H

#include "sip/sdp.h"

struct payloads; /* a leg's; NULL: nothing known yet */

void payloads_free(struct payloads **pp); /* NULL-safe; clears *pp */

/* Its peer's latest description names these for this stream: `list` as
 * sdp_payloads() has it.  Where an answer gives another name to a number that
 * we offered, and never offered that name, the number counts: its entry in
 * `list` becomes what was offered. */
void payloads_learn(struct payloads **pp, size_t stream,
                    struct sdp_payload *list, size_t n, bool is_answer);

/* Which numbers `list`, of the other leg, shall have in what is written for
 * this one: numbers[k] for k.  The peer's own for that codec; else what it
 * was told before; else the same number if that is free here, or one that is.
 * False: all stay as they are (numbers is filled in nevertheless). */
bool payloads_assign(struct payloads **pp, size_t stream,
                     const struct sdp_payload *list, size_t n,
                     uint8_t numbers[SDP_MAX_PAYLOADS]);

#define PAYLOADS_RED 0x80 /* numbers are within the packets, too: RFC 2198 */
/* What packets from this leg become on one whose peer named `list`; with
 * PAYLOADS_RED where it is one.  The number says what we told the peer by it;
 * what we never told is what the peer itself means by it, as many phones send
 * what they want to receive.  False: all stay as they are. */
bool payloads_route(const struct payloads *p, size_t stream,
                    const struct sdp_payload *list, size_t n,
                    uint8_t numbers[SDP_MAX_PAYLOADS]);

#endif
