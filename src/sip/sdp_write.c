/* sip/sdp_write.c - writes a description again, with our addresses. */
#include "sip/sdp.h"

#include "sip/sdp_lines.h"
#include "sip/sdp_number.h"

struct writer {
	struct buf *out;
	const struct sdp *s;
	const struct sdp_local *l;
	const struct stream *stream; /* now; NULL: the session level */
	const struct sdp_local_stream *local;
	bool is_refused;
};

static void write_plain(struct writer *w, const struct line *ln)
{
	buf_add(w->out, w->s->text + ln->at, ln->len);
	buf_add(w->out, "\r\n", 2);
}

static void write_address(struct writer *w)
{
	char ip[ADDR_TEXT];

	buf_str(w->out, addr_is_v6(&w->l->address) ? "IN IP6 " : "IN IP4 ");
	buf_str(w->out, addr_ip(&w->l->address, ip));
	buf_add(w->out, "\r\n", 2);
}

static void write_connection(struct writer *w)
{
	buf_str(w->out, "c=");
	write_address(w);
}

static void write_head(struct writer *w, const struct line *ln)
{
	write_plain(w, ln);
	buf_fmt(w->out, "o=- %s %llu ", w->l->session,
		(unsigned long long)w->l->version);
	write_address(w);
	if (!w->s->has_name)
		buf_str(w->out, "s=-\r\n");
}

/* RFC 3605, RFC 5761 5.1.3: with mux, a=rtcp names the port to fall back
 * to, if there is one. */
static void write_rtcp(struct writer *w)
{
	unsigned port = w->local->rtcp;

	if (port && port != w->local->rtp)
		buf_fmt(w->out, "a=rtcp:%u\r\n", port);
}

/* What we add to a stream, after its other lines. */
static void finish_stream(struct writer *w)
{
	static const char *const held[] = {
		[SDP_INACTIVE] = "a=inactive\r\n",
		[SDP_SENDONLY] = "a=sendonly\r\n",
	};
	const struct stream *st = w->stream;

	if (!st || w->is_refused)
		return;
	if (st->is_rtp && !st->has_rtcp_line &&
	    w->local->rtcp != w->local->rtp + 1)
		write_rtcp(w);
	if (st->is_unspecified)
		buf_str(w->out, held[st->seen.direction & SDP_SENDONLY]);
}

/* What follows the port of an m-line. */
static void write_formats(struct writer *w, struct span rest)
{
	size_t proto = (size_t)(w->s->text + w->stream->formats_at - rest.p);

	if (w->is_refused || !w->local->numbers) {
		buf_add(w->out, rest.p, rest.n);
		return;
	}
	buf_add(w->out, rest.p, proto);
	span_skip(&rest, proto);
	sdp_number_formats(w->out, rest, w->local->numbers);
}

static void write_format(struct writer *w, const struct line *ln)
{
	struct span line = { w->s->text + ln->at, ln->len };

	if (!w->local->numbers) {
		write_plain(w, ln);
		return;
	}
	sdp_number_line(w->out, line, w->local->numbers);
	buf_add(w->out, "\r\n", 2);
}

static void write_media(struct writer *w, const struct line *ln)
{
	const char *text = w->s->text;
	const struct stream *st;

	finish_stream(w);
	st = w->stream = w->stream ? w->stream + 1 : w->s->streams;
	w->local = w->local ? w->local + 1 : w->l->streams;
	w->is_refused = w->local->rtp == 0 || !st->seen.is_relayable;
	buf_add(w->out, text + ln->at, (size_t)(st->port_at - ln->at));
	buf_fmt(w->out, "%u", w->is_refused ? 0u : w->local->rtp);
	write_formats(w, (struct span){ text + st->port_end,
					(size_t)(ln->at + ln->len -
						 st->port_end) });
	buf_str(w->out, st->has_format ? "\r\n" : " 0\r\n");
}

static void write_line(struct writer *w, const struct line *ln)
{
	switch ((enum line_is)ln->is) {
	case LINE_VERSION:
		write_head(w, ln);
		return;
	case LINE_MEDIA:
		write_media(w, ln);
		return;
	case LINE_DROPPED:
		return;
	default:
		break;
	}
	if (w->is_refused)
		return;
	if (ln->is == LINE_RTCP)
		write_rtcp(w);
	else if (ln->is == LINE_FORMAT)
		write_format(w, ln);
	else if (ln->is == LINE_PLAIN ||
		 (ln->is == LINE_MUX && w->local->keeps_mux) ||
		 (ln->is == LINE_DIRECTION && !w->stream->is_unspecified))
		write_plain(w, ln);
}

void sdp_write(struct buf *out, const struct sdp *s, const struct sdp_local *l)
{
	struct writer w = { .out = out, .s = s, .l = l };

	for (size_t i = 0; i < s->n_lines; i++) {
		if (i == s->connection_at)
			write_connection(&w);
		write_line(&w, &s->lines[i]);
	}
	finish_stream(&w);
}
