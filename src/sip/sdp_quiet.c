/* sip/sdp_quiet.c - the description of one who has nothing to say but silence:
 * it is answered, or offers, with what silence can be sent in (G.711). */
#include "sip/sdp.h"

#include <string.h>

#include "sip/sdp_lines.h"
#include "sip/sdp_span.h"

/* Our address and ports come in when it is written for somebody. */
#define HEAD                                                       \
	"v=0\r\no=- 0 0 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n" \
	"t=0 0\r\n"

static const char *const directions[] = {
	[SDP_INACTIVE] = "inactive",
	[SDP_SENDONLY] = "sendonly",
	[SDP_RECVONLY] = "recvonly",
	[SDP_SENDRECV] = "sendrecv",
};

/* As the other side of one who says this sees it. */
static enum sdp_direction opposite(enum sdp_direction d)
{
	return (d & SDP_SENDONLY ? SDP_RECVONLY : 0) |
	       (d & SDP_RECVONLY ? SDP_SENDONLY : 0);
}

static bool find_codec(const struct sdp_payload *list, size_t n,
                       struct sdp_quiet *out)
{
	uint32_t pcmu = sdp_codec("pcmu/8000"), pcma = sdp_codec("pcma/8000");

	for (size_t i = 0; i < n; i++) {
		if (list[i].codec != pcmu && list[i].codec != pcma)
			continue;
		out->is_pcma = list[i].codec == pcma;
		out->number = list[i].number;
		return true;
	}
	return false;
}

bool sdp_find_quiet(const struct sdp *s, struct sdp_quiet *out)
{
	struct sdp_payload list[SDP_MAX_PAYLOADS];

	for (size_t i = 0; i < s->n_streams; i++) {
		if (strcmp(s->streams[i].seen.kind, "audio") != 0 ||
		    addr_port(&s->streams[i].seen.rtp) == 0)
			continue;
		out->stream = i;
		if (find_codec(list, sdp_payloads(s, i, list), out))
			return true;
	}
	return false;
}

bool sdp_quiet_there(const struct sdp *there, struct sdp_quiet *q)
{
	uint32_t codec = sdp_codec(q->is_pcma ? "pcma/8000" : "pcmu/8000");
	struct sdp_payload list[SDP_MAX_PAYLOADS];
	size_t n = sdp_payloads(there, q->stream, list);

	for (size_t i = 0; i < n; i++)
		if (list[i].codec == codec) {
			q->number = list[i].number;
			return true;
		}
	return false;
}

/* " RTP/AVP ", the transport of the m-line with the spaces around it. */
static struct span transport(const struct sdp *s, const struct stream *st)
{
	const struct line *ln = &s->lines[st->line];
	size_t end = st->has_format ? st->formats_at
	                            : (size_t)ln->at + ln->len;

	return (struct span){ s->text + st->port_end, end - st->port_end };
}

/* DTMF is heard, by nobody; but phones that see it refused send tones. */
static void add_events(struct buf *formats, struct buf *lines,
                       const struct sdp_payload *list, size_t n)
{
	uint32_t event = sdp_codec("telephone-event/8000");

	for (size_t i = 0; i < n; i++) {
		if (list[i].codec != event)
			continue;
		buf_fmt(formats, " %u", list[i].number);
		buf_fmt(lines,
		        "a=rtpmap:%u telephone-event/8000\r\n"
		        "a=fmtp:%u 0-15\r\n",
		        list[i].number, list[i].number);
		return;
	}
}

static void accept_stream(struct buf *out, const struct sdp *offer,
                          const struct sdp_quiet *q)
{
	const struct stream *st = &offer->streams[q->stream];
	struct sdp_payload list[SDP_MAX_PAYLOADS];
	size_t n = sdp_payloads(offer, q->stream, list);
	struct span proto = transport(offer, st);
	struct buf formats = { 0 }, lines = { 0 };

	buf_fmt(&lines, "a=rtpmap:%u %s/8000\r\n", q->number,
	        q->is_pcma ? "PCMA" : "PCMU");
	add_events(&formats, &lines, list, n);
	buf_fmt(out, "m=audio 9%.*s%u%s\r\n%s", (int)proto.n, proto.p,
	        q->number, buf_text(&formats), lines.p);
	if (st->seen.is_mux)
		buf_str(out, "a=rtcp-mux\r\n");
	buf_fmt(out, "a=%s\r\n", directions[opposite(st->seen.direction)]);
	buf_free(&formats);
	buf_free(&lines);
}

/* RFC 3264 6: the formats of a refused stream mean nothing. */
static void refuse_stream(struct buf *out, const struct sdp *offer, size_t i)
{
	const struct stream *st = &offer->streams[i];
	size_t at = offer->lines[st->line].at;
	struct span proto = transport(offer, st);

	buf_add(out, offer->text + at, st->port_at - at);
	buf_fmt(out, "0%.*s%s0\r\n", (int)proto.n, proto.p,
	        st->has_format ? "" : " ");
}

bool sdp_quiet_answer(struct buf *out, const struct sdp *offer)
{
	struct sdp_quiet q;

	if (!sdp_find_quiet(offer, &q))
		return false;
	buf_str(out, HEAD);
	for (size_t i = 0; i < offer->n_streams; i++)
		if (i == q.stream)
			accept_stream(out, offer, &q);
		else
			refuse_stream(out, offer, i);
	return true;
}

void sdp_quiet_offer(struct buf *out)
{
	buf_str(out, HEAD "m=audio 9 RTP/AVP 0 8 101\r\n"
	                  "a=rtpmap:0 PCMU/8000\r\n"
	                  "a=rtpmap:8 PCMA/8000\r\n"
	                  "a=rtpmap:101 telephone-event/8000\r\n"
	                  "a=fmtp:101 0-15\r\n"
	                  "a=sendrecv\r\n");
}
