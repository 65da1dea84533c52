/* sip/codecs.h - the only codecs that one side may be offered, in the order
 * they are liked (Kazoo: media.audio.codecs, media.video.codecs, codecs of a
 * gateway).  Pure.
 *
 * We pass media on and do not change it, so a list takes away from an offer
 * and orders what is left; what is not in the offer stays out of it. */
#ifndef B2BUA_SIP_CODECS_H
#define B2BUA_SIP_CODECS_H

#include "sip/sdp.h"

struct codecs; /* reference-counted; on the signalling thread only */

/* names: "PCMU", "G722", "H264", or with a clock rate "speex@16000h"; upper
 * and lower case are the same.  Each says whether it is audio or video, and
 * streams of a kind that the list has none of are left alone.  NULL for an
 * empty one. */
struct codecs *codecs_create(const char *const *names, size_t n);
struct codecs *codecs_ref(struct codecs *c); /* NULL stays NULL */
void codecs_unref(struct codecs **cp); /* NULL-safe; clears *cp */

/* The offer with what the list allows; NULL in *out: it is as it should be
 * already.  Events, comfort noise, redundancy and retransmission stay with
 * the codecs that they are for.  A stream with no codec left is refused (port
 * 0).  -EINVAL when no audio is left and there was some, or nothing at all. */
int codecs_select(struct sdp **out, const struct codecs *c,
                  const struct sdp *offer);

#endif
