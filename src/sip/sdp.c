/* sip/sdp.c - reads a description line by line.
 *
 * One pass over a copy of the text; a table says of each line whether it
 * passes as it is.  Only what a relay needs is understood, and only that can
 * be wrong. */
#include "sip/sdp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sip/sdp_lines.h"
#include "sip/sdp_number.h"
#include "sip/sdp_span.h"

struct parser {
	struct sdp *s;
	struct stream *now; /* NULL: the session level */
	struct connection session;
	enum sdp_direction direction; /* of the session */
	struct {                      /* of the stream now */
		unsigned port, rtcp_port;
		struct connection c, rtcp; /* rtcp not given: as in c= */
	} media;
};

static void finish_rtcp(struct parser *p, const struct addr *c)
{
	struct sdp_stream *st = &p->now->seen;
	unsigned port = p->media.port + 1;

	if (p->media.rtcp.is_given)
		c = &p->media.rtcp.addr;
	if (p->now->has_rtcp_line)
		port = p->media.rtcp_port;
	if (addr_is_set(c) && port > 0 && port <= 65535) {
		st->rtcp_apart = *c;
		addr_set_port(&st->rtcp_apart, (uint16_t)port);
	}
	st->rtcp = st->is_mux ? st->rtp : st->rtcp_apart;
}

/* A stream's addresses are known at its end: c= may come after a=rtcp. */
static void finish_stream(struct parser *p)
{
	struct stream *now = p->now;
	const struct connection *c =
		p->media.c.is_given ? &p->media.c : &p->session;

	if (!addr_is_set(&c->addr)) {
		now->seen.is_relayable = false;
		return;
	}
	now->seen.rtp = c->addr;
	addr_set_port(&now->seen.rtp, (uint16_t)p->media.port);
	if (addr_is_any(&c->addr)) {
		/* RFC 3264 8.4: do not send to me */
		now->is_unspecified = true;
		now->seen.direction &= SDP_SENDONLY;
	}
	if (now->is_rtp && p->media.port)
		finish_rtcp(p, &c->addr);
}

static const char *media_port(struct parser *p, struct span port)
{
	unsigned many;

	p->now->port_at = (uint16_t)(port.p - p->s->text);
	p->now->port_end = (uint16_t)(p->now->port_at + port.n);
	if (!span_port(&port, &p->media.port))
		return "bad port in m= line";
	if (port.n == 0)
		return NULL;
	if (*port.p != '/')
		return "bad port in m= line";
	span_skip(&port, 1); /* of several ports the first is used */
	return span_port(&port, &many) && port.n == 0 ? NULL
						      : "bad port in m= line";
}

/* "audio 49170/2 RTP/AVP 0 8" (RFC 8866 5.14) */
static const char *media_line(struct parser *p, struct span rest)
{
	struct span kind = span_word(&rest), port = span_word(&rest);
	struct span proto = span_word(&rest), format = span_word(&rest);
	struct stream *st;
	const char *why;

	if (p->now)
		finish_stream(p);
	st = p->now = p->now ? p->now + 1 : p->s->streams;
	memset(&p->media, 0, sizeof(p->media));
	if (!kind.n || kind.n >= sizeof(st->seen.kind))
		return "bad kind of media in m= line";
	memcpy(st->seen.kind, kind.p, kind.n);
	why = media_port(p, port);
	if (why)
		return why;
	/* Some leave the formats out when they refuse a stream. */
	if (!proto.n || (!format.n && p->media.port))
		return "no format in m= line";
	st->is_rtp = span_is_rtp(proto);
	st->has_format = format.n > 0;
	st->has_numbers = span_is_plain_rtp(proto);
	st->formats_at = (uint16_t)(format.p - p->s->text);
	st->seen.is_relayable = p->media.port && span_is_udp(proto);
	st->seen.direction = p->direction;
	return NULL;
}

/* "53020" or "53020 IN IP4 192.0.2.1" (RFC 3605 2.1) */
static const char *rtcp_line(struct parser *p, struct line *ln,
			     struct span value)
{
	struct span port = span_word(&value), rest = value;

	ln->is = LINE_DROPPED;
	if (!p->now || p->now->has_rtcp_line)
		return NULL;
	if (!span_port(&port, &p->media.rtcp_port) || port.n)
		return "bad a=rtcp";
	ln->is = LINE_RTCP;
	p->now->has_rtcp_line = true;
	if (span_word(&rest).n == 0)
		return NULL;
	return span_connection(&p->media.rtcp, value);
}

static bool is_ice(struct span name) /* RFC 8839 section 5 */
{
	return span_starts(name, "ice-") || span_is(name, "candidate") ||
	       span_is(name, "remote-candidates") ||
	       span_is(name, "end-of-candidates");
}

static bool is_direction(struct span name, enum sdp_direction *out)
{
	static const char *const names[] = {
		[SDP_INACTIVE] = "inactive",
		[SDP_SENDONLY] = "sendonly",
		[SDP_RECVONLY] = "recvonly",
		[SDP_SENDRECV] = "sendrecv",
	};

	for (unsigned i = 0; i < NELEM(names); i++)
		if (span_is(name, names[i])) {
			*out = (enum sdp_direction)i;
			return true;
		}
	return false;
}

static const char *attribute_line(struct parser *p, struct line *ln,
				  struct span rest)
{
	enum sdp_direction direction;
	struct span name = { rest.p, 0 };

	while (name.n < rest.n && !strchr(": \t", name.p[name.n]))
		name.n++;
	span_skip(&rest, name.n < rest.n ? name.n + 1 : name.n);
	if (is_ice(name)) {
		ln->is = LINE_DROPPED;
	} else if (span_is(name, "rtcp")) {
		return rtcp_line(p, ln, rest);
	} else if (span_is(name, "rtcp-mux") ||
		   span_is(name, "rtcp-mux-only")) {
		ln->is = p->now ? LINE_MUX : LINE_DROPPED;
		if (p->now)
			p->now->seen.is_mux = true;
	} else if (p->now && sdp_names_format(name)) {
		ln->is = LINE_FORMAT;
	} else if (is_direction(name, &direction)) {
		if (!p->now) {
			p->direction = direction;
		} else {
			p->now->seen.direction = direction;
			ln->is = LINE_DIRECTION;
		}
	}
	return NULL;
}

static const char *connection_line(struct parser *p, struct line *ln,
				   struct span rest)
{
	struct connection *c = p->now ? &p->media.c : &p->session;

	ln->is = LINE_DROPPED;
	if (c->is_given) /* RFC 8866 5.7: several only for multicast */
		return NULL;
	return span_connection(c, rest);
}

/* RFC 8866 section 5: after c= come b= t= r= z= k= a= and the streams. */
static void place_connection(struct sdp *s, size_t i)
{
	const struct line *ln = &s->lines[i];

	if (s->connection_at == 0 && ln->is != LINE_DROPPED &&
	    strchr("btrzkam", s->text[ln->at]))
		s->connection_at = i;
}

static const char *take_line(struct parser *p, size_t i)
{
	struct line *ln = &p->s->lines[i];
	struct span rest = { p->s->text + ln->at, ln->len };
	const char *why;
	char type;

	if (rest.n < 2 || rest.p[1] != '=' || memchr(rest.p, '\r', rest.n))
		return "a line is not \"x=...\"";
	type = *rest.p;
	span_skip(&rest, 2);
	if ((i == 0) != (type == 'v'))
		return i == 0 ? "no v= line" : "more than one v= line";
	switch (type) {
	case 'v':
		ln->is = LINE_VERSION;
		return span_is(rest, "0") ? NULL : "v= is not 0";
	case 'o':
		ln->is = LINE_DROPPED;
		return NULL;
	case 's':
		p->s->has_name = p->s->has_name || !p->now;
		return NULL;
	case 'c':
		return connection_line(p, ln, rest);
	case 'm':
		ln->is = LINE_MEDIA;
		why = media_line(p, rest);
		p->now->line = (uint16_t)i;
		return why;
	case 'a':
		return attribute_line(p, ln, rest);
	default:
		return char_is_letter(type) ? NULL : "a line is not \"x=...\"";
	}
}

/* Counts what must be allocated. */
static const char *measure(const char *text, size_t len, size_t *lines,
			   size_t *streams)
{
	const char *end = text + len;

	if (len > SDP_MAX_SIZE)
		return "too long";
	if (memchr(text, '\0', len))
		return "a NUL byte";
	for (*lines = *streams = 0; text < end; ++*lines) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));

		*streams += *text == 'm';
		text = lf ? lf + 1 : end;
	}
	if (*streams > SDP_MAX_STREAMS)
		return "too many m= lines";
	return *streams ? NULL : "no m= line";
}

static struct sdp *allocate(const char *text, size_t len, size_t n_lines,
			    size_t n_streams)
{
	size_t streams = n_streams * sizeof(struct stream);
	size_t lines = n_lines * sizeof(struct line);
	struct sdp *s = xmalloc(sizeof(*s) + streams + lines + len);

	memset(s, 0, sizeof(*s) + streams);
	s->n_lines = n_lines;
	s->n_streams = n_streams;
	s->streams = (struct stream *)(void *)(s + 1);
	s->lines = (struct line *)(void *)(s->streams + n_streams);
	s->text = (char *)(s->lines + n_lines);
	memcpy(s->text, text, len);
	return s;
}

static const char *parse(struct sdp *s, size_t len)
{
	struct parser p = { .s = s, .direction = SDP_SENDRECV };
	const char *at = s->text, *end = at + len, *why;

	for (size_t i = 0; i < s->n_lines; i++) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *stop = lf ? lf : end;

		if (stop > at && stop[-1] == '\r')
			stop--;
		s->lines[i] =
			(struct line){ (uint16_t)(at - s->text),
				       (uint16_t)(stop - at), LINE_PLAIN };
		why = take_line(&p, i);
		if (why)
			return why;
		place_connection(s, i);
		at = lf ? lf + 1 : end;
	}
	finish_stream(&p);
	return NULL;
}

int sdp_parse(struct sdp **out, const char *text, size_t len, const char **why)
{
	size_t n_lines, n_streams;
	struct sdp *s;

	/* Blank lines at the end do no harm and are common. */
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	*why = measure(text, len, &n_lines, &n_streams);
	if (*why)
		return -EINVAL;
	s = allocate(text, len, n_lines, n_streams);
	*why = parse(s, len);
	if (*why) {
		sdp_free(&s);
		return -EINVAL;
	}
	*out = s;
	return 0;
}

void sdp_free(struct sdp **sp)
{
	free(*sp);
	*sp = NULL;
}

size_t sdp_stream_count(const struct sdp *s)
{
	return s->n_streams;
}

const struct sdp_stream *sdp_stream(const struct sdp *s, size_t i)
{
	return i < s->n_streams ? &s->streams[i].seen : NULL;
}

bool sdp_is_hold(const struct sdp *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_streams; i++) {
		const struct sdp_stream *st = &s->streams[i].seen;

		if (!st->is_relayable)
			continue;
		if (st->direction & SDP_RECVONLY)
			return false;
		n++;
	}
	return n > 0;
}

bool sdp_answers(const struct sdp *answer, const struct sdp *offer)
{
	if (answer->n_streams != offer->n_streams)
		return false;
	for (size_t i = 0; i < offer->n_streams; i++)
		if (strcmp(answer->streams[i].seen.kind,
			   offer->streams[i].seen.kind) != 0)
			return false;
	return true;
}
