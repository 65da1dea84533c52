/* sip/sdp_number.h - payload types within a line of a description, changed.
 * For sdp_write.c. */
#ifndef B2BUA_SIP_SDP_NUMBER_H
#define B2BUA_SIP_SDP_NUMBER_H

#include "base/buf.h"
#include "sip/sdp_span.h"

/* numbers: 128 of them, by the number in the text. */

/* The formats of an m-line: " 0 8 101". */
void sdp_number_formats(struct buf *out, struct span formats,
                        const uint8_t *numbers);
/* "a=rtpmap:101 telephone-event/8000" and its kin, see sdp_names_format(). */
void sdp_number_line(struct buf *out, struct span line, const uint8_t *numbers);

/* Does an attribute of this name speak of payload types? */
bool sdp_names_format(struct span name);

#endif
