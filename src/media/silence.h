/* media/silence.h - RTP packets that hold nothing but silence.  Pure. */
#ifndef B2BUA_MEDIA_SILENCE_H
#define B2BUA_MEDIA_SILENCE_H

#include "media/media.h"

#define SILENCE_PACKET (12 + 160) /* a header, and 20 ms at 8000 Hz */
#define SILENCE_MS     20

struct silence {
	uint32_t ssrc, timestamp;
	uint16_t seq;
	uint8_t number, byte;
	bool is_begun;
};

/* seed: for what RFC 3550 5.1 wants drawn by chance. */
void silence_begin(struct silence *s, const struct media_silence *what,
                   uint64_t seed);
/* The next packet, of SILENCE_PACKET bytes. */
void silence_next(struct silence *s, uint8_t *out);

#endif
