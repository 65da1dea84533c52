/* sip/codecs_rank.h - what codecs_select.c asks a list.  Nobody else includes
 * this. */
#ifndef B2BUA_SIP_CODECS_RANK_H
#define B2BUA_SIP_CODECS_RANK_H

#include "sip/codecs.h"
#include "sip/sdp_span.h"

/* Has it a word on streams of this kind ("audio")? */
bool codecs_concern(const struct codecs *c, const char *kind);
/* The place of "PCMU/8000" in it; -1: none. */
int codecs_rank(const struct codecs *c, struct span map);

#endif
