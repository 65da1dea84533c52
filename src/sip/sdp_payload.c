/* sip/sdp_payload.c - which payload types a stream has, and what they are.
 *
 * A codec is known by its name, clock rate and channels (RFC 8866 6.6), and
 * by those parameters that make it another codec; what else a=fmtp says may
 * differ between an offer and its answer. */
#include "sip/sdp.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "sip/sdp_lines.h"
#include "sip/sdp_span.h"

#define NAME_MAX_LEN 160 /* longer ones are not known */
#define NOWHERE      0xff

struct reading {
	struct sdp_payload *out;
	size_t n;
	uint8_t at[SDP_MAX_PAYLOADS]; /* by number: index in out, or NOWHERE */
	struct span rtpmap[SDP_MAX_PAYLOADS]; /* by index */
	struct span fmtp[SDP_MAX_PAYLOADS];
	bool is_rtx[SDP_MAX_PAYLOADS];
};

/* RFC 3551 section 6, those that phones have. */
static const char *const fixed[] = {
	[0] = "pcmu/8000",   [3] = "gsm/8000",    [4] = "g723/8000",
	[5] = "dvi4/8000",   [6] = "dvi4/16000",  [7] = "lpc/8000",
	[8] = "pcma/8000",   [9] = "g722/8000",   [10] = "l16/44100/2",
	[11] = "l16/44100",  [12] = "qcelp/8000", [13] = "cn/8000",
	[15] = "g728/8000",  [16] = "dvi4/11025", [17] = "dvi4/22050",
	[18] = "g729/8000",  [26] = "jpeg/90000", [31] = "h261/90000",
	[34] = "h263/90000",
};

const char *sdp_fixed_codec(unsigned number)
{
	return number < NELEM(fixed) ? fixed[number] : NULL;
}

/* Parameters without which it is another codec. */
static const struct trait {
	const char *codec, *name, *otherwise;
	size_t len; /* of the value, so much counts; 0: all */
} traits[] = {
	{ "h264/", "profile-level-id", "4200", 4 }, /* RFC 6184 8.2.2 */
	{ "h264/", "packetization-mode", "0", 0 },
	{ "h265/", "profile-id", "1", 0 },          /* RFC 7798 7.2.2 */
	{ "vp9/", "profile-id", "0", 0 },           /* RFC 9628 7.2 */
	{ "av1/", "profile", "0", 0 },
	{ "amr/", "octet-align", "0", 0 },          /* RFC 4867 8.3.1 */
	{ "amr-wb/", "octet-align", "0", 0 },
	{ "g7221/", "bitrate", "", 0 },             /* RFC 5577 5.2 */
	{ "mpeg4-generic/", "mode", "", 0 },        /* RFC 3640 4.1 */
};

static bool take_number(struct span *s, unsigned *out)
{
	return span_port(s, out) && *out < SDP_MAX_PAYLOADS;
}

static void list_formats(struct reading *r, const struct sdp *s,
                         const struct stream *st)
{
	const struct line *ln = &s->lines[st->line];
	struct span rest = { s->text + st->formats_at,
		             (size_t)(ln->at + ln->len - st->formats_at) };
	struct span word;
	unsigned number;

	memset(r->at, NOWHERE, sizeof(r->at));
	while ((word = span_word(&rest)).n > 0) {
		if (!take_number(&word, &number) || word.n ||
		    r->at[number] != NOWHERE)
			continue;
		r->at[number] = (uint8_t)r->n;
		r->rtpmap[r->n] = r->fmtp[r->n] = (struct span){ NULL, 0 };
		r->out[r->n++] = (struct sdp_payload){
			.number = (uint8_t)number
		};
	}
}

/* "rtpmap:101 telephone-event/8000": what is said of which of ours. */
static void take_attribute(struct reading *r, struct span value)
{
	struct span *said = NULL;
	unsigned number;

	if (span_starts(value, "rtpmap:"))
		said = r->rtpmap;
	else if (span_starts(value, "fmtp:"))
		said = r->fmtp;
	if (!said)
		return;
	span_skip(&value, said == r->rtpmap ? 7 : 5); /* the name */
	if (!take_number(&value, &number) || r->at[number] == NOWHERE)
		return;
	said += r->at[number];
	while (value.n && *value.p == ' ')
		span_skip(&value, 1);
	if (!said->p) /* the first word counts */
		*said = value;
}

static void take_attributes(struct reading *r, const struct sdp *s,
                            const struct stream *st)
{
	for (size_t i = st->line + 1u; i < s->n_lines; i++) {
		const struct line *ln = &s->lines[i];
		struct span value = { s->text + ln->at, ln->len };

		if (ln->is == LINE_MEDIA)
			return;
		if (ln->is != LINE_FORMAT)
			continue;
		span_skip(&value, 2); /* "a=" */
		take_attribute(r, value);
	}
}

static size_t add_lower(char *out, size_t at, struct span s)
{
	for (size_t i = 0; i < s.n && at < NAME_MAX_LEN; i++) {
		char c = s.p[i];

		out[at++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	return at;
}

/* The value of "name=value" among parameters that ';' parts. */
static bool find_param(struct span fmtp, const char *name, struct span *out)
{
	size_t len = strlen(name);

	while (fmtp.n) {
		const char *end = memchr(fmtp.p, ';', fmtp.n);
		struct span one = { fmtp.p,
			            end ? (size_t)(end - fmtp.p) : fmtp.n };

		span_skip(&fmtp, end ? one.n + 1 : one.n);
		while (one.n && *one.p == ' ')
			span_skip(&one, 1);
		if (one.n <= len || one.p[len] != '=' ||
		    strncasecmp(one.p, name, len) != 0)
			continue;
		span_skip(&one, len + 1);
		*out = span_word(&one);
		return true;
	}
	return false;
}

static uint32_t digest_of(const void *p, size_t len)
{
	uint32_t h = (uint32_t)hash_bytes(p, len);

	return h ? h : 1;
}

uint32_t sdp_codec(const char *name)
{
	return digest_of(name, strlen(name));
}

static size_t add_traits(char *name, size_t len, struct span fmtp)
{
	for (size_t i = 0; i < NELEM(traits); i++) {
		const struct trait *t = &traits[i];
		struct span value;

		if (*name != *t->codec ||
		    strncmp(name, t->codec, strlen(t->codec)) != 0)
			continue;
		value = (struct span){ t->otherwise, strlen(t->otherwise) };
		find_param(fmtp, t->name, &value);
		if (t->len && value.n > t->len)
			value.n = t->len;
		len = add_lower(name, len, (struct span){ ";", 1 });
		len = add_lower(name, len, value);
	}
	return len;
}

/* RFC 4588 8.6: a retransmission is one of the codec that apt= names. */
static void name_retransmission(const struct reading *r, size_t i)
{
	uint32_t of[2] = { r->out[i].codec, 0 };
	struct span apt;
	unsigned number;

	if (!r->is_rtx[i] || !find_param(r->fmtp[i], "apt", &apt))
		return;
	if (take_number(&apt, &number) && r->at[number] != NOWHERE)
		of[1] = r->out[r->at[number]].codec;
	r->out[i].codec = of[1] ? digest_of(of, sizeof(of)) : 0;
}

static void name_codec(struct reading *r, size_t i)
{
	struct sdp_payload *p = &r->out[i];
	char name[NAME_MAX_LEN + 1] = "";
	struct span map = r->rtpmap[i];
	size_t len;

	p->is_fixed = !map.p;
	if (map.p) {
		map = span_word(&map);
	} else if (p->number < NELEM(fixed) && fixed[p->number]) {
		map.p = fixed[p->number];
		map.n = strlen(map.p);
	}
	len = add_lower(name, 0, map);
	if (len > 2 && memcmp(name + len - 2, "/1", 2) == 0 &&
	    memchr(name, '/', len - 2)) /* one channel goes without saying */
		len -= 2;
	name[len] = '\0';
	len = add_traits(name, len, r->fmtp[i]);
	p->codec = len > 0 && len < NAME_MAX_LEN ? digest_of(name, len) : 0;
	r->is_rtx[i] = strncmp(name, "rtx/", 4) == 0;
	p->is_red = strncmp(name, "red/", 4) == 0;
	p->fmtp = r->fmtp[i].n ? digest_of(r->fmtp[i].p, r->fmtp[i].n) : 0;
}

size_t sdp_payloads(const struct sdp *s, size_t i,
                    struct sdp_payload out[SDP_MAX_PAYLOADS])
{
	const struct stream *st = &s->streams[i];
	struct reading r;

	if (i >= s->n_streams || !st->has_numbers || !st->seen.is_relayable)
		return 0;
	r.out = out;
	r.n = 0;
	list_formats(&r, s, st);
	take_attributes(&r, s, st);
	for (size_t k = 0; k < r.n; k++)
		name_codec(&r, k);
	for (size_t k = 0; k < r.n; k++)
		name_retransmission(&r, k);
	return r.n;
}
