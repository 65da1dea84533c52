/* media/silence.c - RTP packets that hold nothing but silence. */
#include "media/silence.h"

#include <string.h>

#define SAMPLES 160

/* G.711: the code of a sample of no amplitude. */
static const uint8_t quiet[] = {
	[MEDIA_PCMU] = 0xff,
	[MEDIA_PCMA] = 0xd5,
};

void silence_begin(struct silence *s, const struct media_silence *what,
                   uint64_t seed)
{
	*s = (struct silence){ .ssrc = (uint32_t)seed,
		               .timestamp = (uint32_t)(seed >> 16),
		               .seq = (uint16_t)(seed >> 48),
		               .number = what->number & 0x7f,
		               .byte = quiet[what->codec] };
}

static void put(uint8_t *out, uint32_t value, size_t n)
{
	while (n-- > 0)
		*out++ = (uint8_t)(value >> 8 * n);
}

/* RFC 3551 4.1: the first packet of a talkspurt has the marker. */
void silence_next(struct silence *s, uint8_t *out)
{
	out[0] = 0x80;
	out[1] = s->number | (s->is_begun ? 0 : 0x80);
	put(out + 2, s->seq++, 2);
	put(out + 4, s->timestamp, 4);
	put(out + 8, s->ssrc, 4);
	memset(out + 12, s->byte, SAMPLES);
	s->timestamp += SAMPLES;
	s->is_begun = true;
}
