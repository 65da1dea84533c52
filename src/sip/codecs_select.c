/* sip/codecs_select.c - an offer, with the codecs of a list only. */
#include "sip/codecs_rank.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "sip/sdp_lines.h"

#define DROPPED (-1)
#define HELPER  1000 /* after all codecs */

struct format {
	unsigned number;
	struct span map, fmtp; /* "PCMU/8000"; what a=fmtp says */
	int rank;
};

struct choice { /* of one stream */
	struct format f[SDP_MAX_PAYLOADS];
	size_t n, n_codecs; /* those that stay */
	bool is_changed;
};

/* --- what a stream offers -------------------------------------------------- */

static struct span text_of(const struct sdp *s, const struct line *ln)
{
	return (struct span){ s->text + ln->at, ln->len };
}

static struct format *find(struct choice *ch, unsigned number)
{
	for (size_t i = 0; i < ch->n; i++)
		if (ch->f[i].number == number)
			return &ch->f[i];
	return NULL;
}

static void list_formats(struct choice *ch, const struct sdp *s,
			 const struct stream *st)
{
	const struct line *ln = &s->lines[st->line];
	struct span rest = { s->text + st->formats_at,
		             (size_t)(ln->at + ln->len - st->formats_at) };
	struct span word;
	unsigned number;

	ch->n = 0;
	while ((word = span_word(&rest)).n > 0 && ch->n < NELEM(ch->f)) {
		const char *name;

		if (!span_port(&word, &number) || word.n ||
		    number >= SDP_MAX_PAYLOADS || find(ch, number))
			continue;
		name = sdp_fixed_codec(number);
		ch->f[ch->n++] = (struct format){
			.number = number,
			.map = { name, name ? strlen(name) : 0 },
		};
	}
}

/* "a=rtpmap:96 opus/48000/2": its number; false: it has none. */
static bool format_line(struct span line, unsigned *number, struct span *rest)
{
	const char *colon = memchr(line.p, ':', line.n);

	if (!colon)
		return false;
	span_skip(&line, (size_t)(colon + 1 - line.p));
	if (span_starts(line, "*") || !span_port(&line, number))
		return false;
	while (line.n && *line.p == ' ')
		span_skip(&line, 1);
	*rest = line;
	return true;
}

static size_t end_of(const struct sdp *s, const struct stream *st)
{
	size_t i = st->line + 1u;

	while (i < s->n_lines && s->lines[i].is != LINE_MEDIA)
		i++;
	return i;
}

static void name_formats(struct choice *ch, const struct sdp *s,
			 const struct stream *st)
{
	for (size_t i = st->line + 1u; i < end_of(s, st); i++) {
		struct span line = text_of(s, &s->lines[i]), rest;
		struct format *f;
		unsigned number;

		if (s->lines[i].is != LINE_FORMAT ||
		    !format_line(line, &number, &rest))
			continue;
		f = find(ch, number);
		if (f && span_starts(line, "a=rtpmap:"))
			f->map = rest;
		else if (f && span_starts(line, "a=fmtp:"))
			f->fmtp = rest;
	}
}

/* --- which of it stays ----------------------------------------------------- */

static bool is_named(struct span map, const char *name)
{
	size_t len = strlen(name);

	return map.n > len && map.p[len] == '/' &&
	       strncasecmp(map.p, name, len) == 0;
}

static bool is_helper(struct span map)
{
	static const char *const known[] = { "telephone-event", "tone", "cn",
		                             "red", "rtx", "ulpfec",
		                             "flexfec", "flexfec-03",
		                             "parityfec" };

	for (size_t i = 0; i < NELEM(known); i++)
		if (is_named(map, known[i]))
			return true;
	return false;
}

static bool stays(struct choice *ch, unsigned number)
{
	const struct format *f = find(ch, number);

	return !f || f->rank != DROPPED;
}

/* RFC 2198 5: "0/5"; RFC 4588 8.6: "apt=96".  What it is for must stay. */
static bool has_its_codecs(struct choice *ch, const struct format *f)
{
	struct span s = f->fmtp;
	unsigned number;

	if (is_named(f->map, "rtx")) {
		if (!span_starts(s, "apt="))
			return true;
		span_skip(&s, 4);
		return !span_port(&s, &number) || stays(ch, number);
	}
	while (is_named(f->map, "red") && span_port(&s, &number)) {
		if (!stays(ch, number))
			return false;
		if (s.n == 0 || *s.p != '/')
			break;
		span_skip(&s, 1);
	}
	return true;
}

/* Few and nearly in order: by insertion, which keeps equals as they were. */
static void sort(struct choice *ch)
{
	for (size_t i = 1; i < ch->n; i++) {
		struct format f = ch->f[i];
		size_t k = i;

		for (; k > 0 && ch->f[k - 1].rank > f.rank; k--)
			ch->f[k] = ch->f[k - 1];
		ch->f[k] = f;
		ch->is_changed |= k != i;
	}
}

static void choose(struct choice *ch, const struct codecs *c)
{
	ch->n_codecs = 0;
	ch->is_changed = false;
	for (size_t i = 0; i < ch->n; i++) {
		struct format *f = &ch->f[i];

		f->rank = is_helper(f->map) ? HELPER : codecs_rank(c, f->map);
		ch->n_codecs += f->rank != DROPPED && f->rank != HELPER;
	}
	for (size_t i = 0; i < ch->n; i++) {
		struct format *f = &ch->f[i];

		if (f->rank == HELPER && !has_its_codecs(ch, f))
			f->rank = DROPPED;
		ch->is_changed |= f->rank == DROPPED;
	}
	sort(ch);
}

/* --- writing ----------------------------------------------------------------- */

static void write_media(struct buf *out, const struct sdp *s,
			const struct stream *st, const struct choice *ch)
{
	const struct line *ln = &s->lines[st->line];
	struct span line = text_of(s, ln);
	bool is_refused = ch->n_codecs == 0;
	const char *rest = s->text + st->port_end;

	buf_add(out, line.p, (size_t)(st->port_at - ln->at));
	if (is_refused) {
		buf_char(out, '0');
		buf_add(out, rest, (size_t)(line.p + line.n - rest));
	} else {
		buf_add(out, s->text + st->port_at,
			(size_t)(st->formats_at - st->port_at));
		for (size_t i = 0, k = 0; i < ch->n; i++)
			if (ch->f[i].rank != DROPPED)
				buf_fmt(out, k++ > 0 ? " %u" : "%u",
					ch->f[i].number);
	}
	buf_add(out, "\r\n", 2);
}

static void write_stream(struct buf *out, const struct sdp *s,
			 const struct stream *st, struct choice *ch)
{
	write_media(out, s, st, ch);
	for (size_t i = st->line + 1u; i < end_of(s, st); i++) {
		struct span line = text_of(s, &s->lines[i]), rest;
		unsigned number;

		if (s->lines[i].is == LINE_FORMAT && ch->n_codecs > 0 &&
		    !span_starts(line, "a=rid:") &&
		    format_line(line, &number, &rest) && !stays(ch, number))
			continue;
		buf_add(out, line.p, line.n);
		buf_add(out, "\r\n", 2);
	}
}

static void write_lines(struct buf *out, const struct sdp *s, size_t from,
			size_t to)
{
	for (; from < to; from++) {
		struct span line = text_of(s, &s->lines[from]);

		buf_add(out, line.p, line.n);
		buf_add(out, "\r\n", 2);
	}
}

/* --- the whole ------------------------------------------------------------- */

struct tally {
	bool has_audio, keeps_audio;
	bool has_any, keeps_any;
	bool is_changed;
};

static void count(struct tally *t, const struct stream *st, bool keeps)
{
	bool is_audio = strcmp(st->seen.kind, "audio") == 0;

	t->has_any = true;
	t->keeps_any |= keeps;
	t->has_audio |= is_audio;
	t->keeps_audio |= is_audio && keeps;
}

static void select_stream(struct buf *out, const struct sdp *s, size_t i,
			  const struct codecs *c, struct tally *t)
{
	const struct stream *st = &s->streams[i];
	struct choice ch;

	if (st->seen.is_relayable && st->is_rtp &&
	    codecs_concern(c, st->seen.kind)) {
		list_formats(&ch, s, st);
		name_formats(&ch, s, st);
		choose(&ch, c);
		count(t, st, ch.n_codecs > 0);
		t->is_changed |= ch.is_changed;
		write_stream(out, s, st, &ch);
		return;
	}
	if (st->seen.is_relayable)
		count(t, st, true);
	write_lines(out, s, st->line, end_of(s, st));
}

int codecs_select(struct sdp **out, const struct codecs *c,
		  const struct sdp *offer)
{
	struct buf text = { 0 };
	struct tally t = { 0 };
	const char *why;
	int rc = 0;

	*out = NULL;
	if (!c || offer->n_streams == 0)
		return 0;
	write_lines(&text, offer, 0, offer->streams[0].line);
	for (size_t i = 0; i < offer->n_streams; i++)
		select_stream(&text, offer, i, c, &t);
	if ((t.has_any && !t.keeps_any) || (t.has_audio && !t.keeps_audio))
		rc = -EINVAL;
	else if (t.is_changed)
		rc = sdp_parse(out, buf_text(&text), text.len, &why);
	buf_free(&text);
	return rc;
}
