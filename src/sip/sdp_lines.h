/* sip/sdp_lines.h - what sdp.c found in a description, for sdp_write.c to
 * turn into text again.  Nobody else includes this. */
#ifndef B2BUA_SIP_SDP_LINES_H
#define B2BUA_SIP_SDP_LINES_H

#include "sip/sdp.h"

enum line_is {
	LINE_PLAIN,     /* passes as it is */
	LINE_DROPPED,   /* o=, c=, ICE: replaced elsewhere or left out */
	LINE_VERSION,   /* v=, always the first */
	LINE_MEDIA,     /* m=, starts the next stream */
	LINE_RTCP,      /* the first a=rtcp of its stream */
	LINE_MUX,       /* a=rtcp-mux, a=rtcp-mux-only */
	LINE_FORMAT,    /* names payload types of its stream */
	LINE_DIRECTION  /* a=sendrecv and its kin, of a stream */
};

struct line {
	uint16_t at, len; /* within the text; SDP_MAX_SIZE fits */
	uint8_t is;       /* enum line_is */
};

struct stream {
	struct sdp_stream seen;  /* what others see of it */
	uint16_t port_at;        /* the m-line's port, with its "/2", within */
	uint16_t port_end;       /* the text */
	uint16_t formats_at;     /* within the text */
	uint16_t line;           /* the m-line, in lines */
	bool has_numbers;        /* payload types that can be changed */
	bool has_format;         /* false only when its writer refused it */
	bool has_rtcp_line;
	bool is_rtp;             /* RTCP goes with it */
	bool is_unspecified;     /* held by c= 0.0.0.0 */
};

struct sdp { /* one allocation together with what it points to */
	size_t n_streams, n_lines;
	size_t connection_at;    /* the line that our c= goes before */
	bool has_name;           /* s= */
	struct stream *streams;
	struct line *lines;
	char *text;              /* not zero-terminated */
};

/* "pcmu/8000" for 0 (RFC 3551 section 6); NULL: it has no fixed one. */
const char *sdp_fixed_codec(unsigned number);

#endif
