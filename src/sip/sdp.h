/* sip/sdp.h - session descriptions, as far as a relay reads and rewrites
 * them (RFC 8866, RFC 3264, RFC 3605, RFC 5761).  Pure; no sofia types.
 *
 * A description passes across end to end: lines we have no business with
 * stay as they are and in their order.  Ours are o=, c=, the ports, a=rtcp,
 * a=rtcp-mux, and ICE, which is removed. */
#ifndef B2BUA_SIP_SDP_H
#define B2BUA_SIP_SDP_H

#include <stdbool.h>
#include "base/addr.h"
#include "base/buf.h"

#define SDP_MAX_STREAMS 32
#define SDP_MAX_SIZE    32768

struct sdp; /* opaque; immutable */

enum sdp_direction {
	SDP_INACTIVE = 0,
	SDP_SENDONLY = 1, /* as the one who wrote it sees it */
	SDP_RECVONLY = 2,
	SDP_SENDRECV = 3
};

struct sdp_stream { /* one m-line */
	char kind[16];             /* "audio", "video", "image", ... */
	struct addr rtp;           /* where its writer wants packets; port 0
	                              when refused, 0.0.0.0 or :: when it
	                              wants none (hold); unset when c= is no
	                              numeric unicast address */
	struct addr rtcp;          /* a=rtcp, else the port above; equals rtp
	                              when is_mux; unset when it has none */
	struct addr rtcp_apart;    /* the same as if is_mux was false: an
	                              offered mux may not be agreed upon */
	enum sdp_direction direction; /* media, else session level; a c= of
	                                 0.0.0.0 counts as inactive/sendonly
	                                 hold (RFC 3264 8.4) */
	bool is_relayable;         /* not refused, with a numeric address and
	                              a UDP transport: RTP/AVP(F),
	                              RTP/SAVP(F), udptl, UDP, UDP/...; what
	                              is not is written with port 0 */
	bool is_mux;               /* a=rtcp-mux is present */
};

/* 0, or -EINVAL with a literal reason in *why: no v=, no m= line, too many
 * m-lines, a bad address, a line that is not "x=...", a NUL byte, too long.
 * Line ends may be CRLF or LF. */
int sdp_parse(struct sdp **out, const char *text, size_t len,
              const char **why);
void sdp_free(struct sdp **sp); /* NULL-safe; clears *sp */

size_t sdp_stream_count(const struct sdp *s);
/* NULL beyond the last. */
const struct sdp_stream *sdp_stream(const struct sdp *s, size_t i);
/* Does its writer want to hear nothing: is every stream that is relayable
 * (and there is one) sendonly or inactive? */
bool sdp_is_hold(const struct sdp *s);

struct sdp_local_stream {
	uint16_t rtp, rtcp; /* our ports; rtp 0: refused */
	bool keeps_mux;     /* leave a=rtcp-mux in */
	const uint8_t *numbers; /* borrowed: SDP_MAX_PAYLOADS of them, what to
	                           write for each payload type; NULL: all
	                           stay as they are */
};
struct sdp_local {
	const char *session; /* o= session id: decimal digits */
	uint64_t version;    /* o= version */
	struct addr address; /* ours, for o= and c= */
	struct sdp_local_stream streams[SDP_MAX_STREAMS];
};
/* Writes s with our addresses.  There must be as many local streams filled
 * in as s has.  One c= at session level replaces all; line ends are CRLF.
 * ICE (RFC 8839) is left out; the tokens in a=group stay (not ours).
 * a=rtcp names our port when there was one or when ours is not the next
 * one.  A stream held by c= 0.0.0.0 says so by its direction instead, as our
 * c= is real.  A stream that is refused, by us or by its writer, keeps its
 * m-line with port 0 and loses the rest. */
void sdp_write(struct buf *out, const struct sdp *s,
               const struct sdp_local *l);

/* The text once more, every stream inactive. */
void sdp_hold(struct buf *out, const char *text);
/* RFC 3264 8: an offer has as many streams as the description of the same
 * writer before.  Those that `last` has and *out has not are added, refused.
 * Not for an empty *out. */
void sdp_pad(struct buf *out, const char *last);
/* How much of the text the first n streams are. */
size_t sdp_head(const char *text, size_t len, size_t n);

#define SDP_MAX_PAYLOADS 128

struct sdp_payload {       /* a format of an RTP stream */
	uint8_t number;
	bool is_fixed;     /* there is no a=rtpmap: the number says it */
	bool is_red;       /* RFC 2198 */
	uint32_t codec;    /* equal for what is the same codec, whatever its
	                      number; 0: not known */
	uint32_t fmtp;     /* equal when all its parameters are */
};
/* The formats of the i-th stream, in their order, each number once; how many.
 * None when it is refused, or no RTP whose numbers can be changed: those of
 * SRTP are sealed (RFC 3711 3.1). */
size_t sdp_payloads(const struct sdp *s, size_t i,
                    struct sdp_payload out[SDP_MAX_PAYLOADS]);

/* What a codec is called there: "pcmu/8000", in lower case. */
uint32_t sdp_codec(const char *name);

/* --- one who only keeps silent ------------------------------------------- */

struct sdp_quiet { /* what silence can be sent as: G.711 */
	size_t stream;
	uint8_t number;
	bool is_pcma; /* else PCMU */
};
/* The first such format of an audio stream that is not refused.  False: there
 * is none. */
bool sdp_find_quiet(const struct sdp *s, struct sdp_quiet *out);
/* Has the other side it, too?  q->number becomes what it calls it. */
bool sdp_quiet_there(const struct sdp *there, struct sdp_quiet *q);
/* A text that takes just that of the offer and refuses all else, or one that
 * offers it.  Its address and ports mean nothing: sdp_write() has them.  False:
 * the offer has nothing of the kind. */
bool sdp_quiet_answer(struct buf *out, const struct sdp *offer);
void sdp_quiet_offer(struct buf *out);

/* Do both have the same number of streams of the same kinds, as an answer
 * must (RFC 3264 section 6)? */
bool sdp_answers(const struct sdp *answer, const struct sdp *offer);

#endif
