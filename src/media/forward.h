/* media/forward.h - what a relay thread does with packets. */
#ifndef B2BUA_MEDIA_FORWARD_H
#define B2BUA_MEDIA_FORWARD_H

#include "media/stream.h"

/* Packets up to this size are relayed (jumbo frames); longer ones, which no
 * medium needs, are dropped and counted. */
#define FORWARD_PACKET_MAX 9000

struct forward;

struct forward_totals { /* written by the relay thread alone */
	_Atomic uint64_t relayed, refused, unsent;
};

struct forward *forward_create(void);
void forward_destroy(struct forward **fp); /* NULL-safe */

/* Reads one packet from p's socket, if there is one, and keeps it for
 * forward_flush() when it is to be sent on.  now_ms: monotonic. */
void forward_receive(struct forward *f, struct stream_port *p, int64_t now_ms);
/* Sends what was kept.  Must be called before any stream changes. */
void forward_flush(struct forward *f);

/* Sends a packet of our own to the stream's remote, if there is one. */
void forward_say(struct forward *f, struct stream *s, const uint8_t *data,
                 size_t len);

const struct forward_totals *forward_totals(const struct forward *f);

#endif
