/* Which codecs of an offer are passed on, and in which order. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip/codecs.h"

#define HEAD                                         \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n" \
	"c=IN IP4 192.0.2.1\r\nt=0 0\r\n"

static struct sdp *parsed(const char *media)
{
	struct sdp *s = NULL;
	const char *why = NULL;
	char text[4000];

	snprintf(text, sizeof(text), HEAD "%s", media);
	if (sdp_parse(&s, text, strlen(text), &why) != 0)
		fail_msg("refused: %s\n%s", why, text);
	return s;
}

/* "A, B": a list of them. */
static struct codecs *list_of(const char *text)
{
	const char *names[16];
	char copy[200], *rest = copy, *name;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((name = strsep(&rest, ", ")))
		if (*name)
			names[n++] = name;
	return codecs_create(names, n);
}

/* What goes out, from the m-line on, with the ports as they were. */
static void written(struct buf *out, const struct sdp *s)
{
	struct sdp_local l = { .session = "1" };
	struct buf text = { 0 };

	addr_parse(&l.address, "192.0.2.1", 0);
	for (size_t i = 0; i < sdp_stream_count(s); i++) {
		const struct sdp_stream *st = sdp_stream(s, i);

		l.streams[i].rtp = addr_port(&st->rtp);
		l.streams[i].rtcp = (uint16_t)(l.streams[i].rtp + 1);
	}
	sdp_write(&text, s, &l);
	buf_str(out, strstr(text.p, "m="));
	buf_free(&text);
}

#define DTMF "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
#define OPUS "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n"

static void a_list_filters_and_orders_an_offer(void **unused)
{
	static const struct {
		const char *list, *offer, *wanted; /* NULL: -EINVAL */
	} rows[] = {
		/* fixed numbers, and those with a name */
		{ "PCMA", "m=audio 4000 RTP/AVP 0 8 18\r\n",
		  "m=audio 4000 RTP/AVP 8\r\n" },
		{ "PCMA, PCMU", "m=audio 4000 RTP/AVP 0 8 18\r\n",
		  "m=audio 4000 RTP/AVP 8 0\r\n" },
		{ "G722,OPUS,PCMU",
		  "m=audio 4000 RTP/AVP 111 0 9 8\r\n" OPUS
		  "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
		  "a=ptime:20\r\n",
		  "m=audio 4000 RTP/AVP 9 111 0\r\n" OPUS
		  "a=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n" },
		/* events and comfort noise are no codecs */
		{ "pcma", "m=audio 4000 RTP/AVP 0 8 13 101\r\n" DTMF,
		  "m=audio 4000 RTP/AVP 8 13 101\r\n" DTMF },
		{ "PCMA", "m=audio 4000 RTP/AVP 101 13 0 8\r\n" DTMF,
		  "m=audio 4000 RTP/AVP 8 101 13\r\n" DTMF },
		/* with a rate */
		{ "speex@16000h", "m=audio 4000 RTP/AVP 96 97\r\n"
		  "a=rtpmap:96 speex/8000\r\na=rtpmap:97 SPEEX/16000\r\n",
		  "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 SPEEX/16000\r\n" },
		{ "G722_16", "m=audio 4000 RTP/AVP 96 97\r\n"
		  "a=rtpmap:96 G7221/32000\r\na=rtpmap:97 G7221/16000\r\n",
		  "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 G7221/16000\r\n" },
		/* SRTP is filtered, too */
		{ "PCMA", "m=audio 4000 RTP/SAVP 0 8\r\na=crypto:1 x\r\n",
		  "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 x\r\n" },
		/* a list of one kind says nothing of another */
		{ "PCMA", "m=audio 4000 RTP/AVP 0 8\r\n"
		  "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
		  "m=audio 4000 RTP/AVP 8\r\n"
		  "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" },
		{ "VP8", "m=audio 4000 RTP/AVP 0 8\r\n"
		  "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
		  "m=audio 4000 RTP/AVP 0 8\r\n"
		  "m=video 0 RTP/AVP 96\r\n" },
		/* all profiles of a codec; its retransmissions with it */
		{ "H264", "m=video 5000 RTP/AVP 96 97 98 99 100\r\n"
		  "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n"
		  "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
		  "a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=42\r\n"
		  "a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\n"
		  "a=rtpmap:100 H264/90000\r\na=rtcp-fb:* nack\r\n",
		  "m=video 5000 RTP/AVP 98 100 99\r\n"
		  "a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=42\r\n"
		  "a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\n"
		  "a=rtpmap:100 H264/90000\r\na=rtcp-fb:* nack\r\n" },
		/* redundancy only of what is left */
		{ "PCMA", "m=audio 4000 RTP/AVP 96 0 8\r\n"
		  "a=rtpmap:96 red/8000\r\na=fmtp:96 0/0\r\n",
		  "m=audio 4000 RTP/AVP 8\r\n" },
		{ "PCMU", "m=audio 4000 RTP/AVP 96 0 8\r\n"
		  "a=rtpmap:96 red/8000\r\na=fmtp:96 0/0\r\n",
		  "m=audio 4000 RTP/AVP 0 96\r\n"
		  "a=rtpmap:96 red/8000\r\na=fmtp:96 0/0\r\n" },
		/* nothing left */
		{ "OPUS", "m=audio 4000 RTP/AVP 0 8 101\r\n" DTMF, NULL },
		{ "OPUS", "m=audio 4000 RTP/AVP 0\r\n"
		  "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
		  NULL },
		{ "VP8", "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
		  NULL },
		/* fax, and a stream that was refused before */
		{ "PCMA", "m=audio 0 RTP/AVP 0\r\nm=image 4000 udptl t38\r\n",
		  "m=audio 0 RTP/AVP 0\r\nm=image 4000 udptl t38\r\n" },
		{ "PCMA", "m=audio 0 RTP/AVP 0\r\n",
		  "m=audio 0 RTP/AVP 0\r\n" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct sdp *offer = parsed(rows[i].offer), *out = NULL;
		struct codecs *c = list_of(rows[i].list);
		struct buf text = { 0 };
		int rc = codecs_select(&out, c, offer);

		assert_int_equal(rc, rows[i].wanted ? 0 : -EINVAL);
		if (rc == 0) {
			written(&text, out ? out : offer);
			assert_string_equal(text.p, rows[i].wanted);
		}
		buf_free(&text);
		codecs_unref(&c);
		sdp_free(&out);
		sdp_free(&offer);
	}
}

static void an_offer_that_is_as_it_should_be_is_not_copied(void **unused)
{
	struct sdp *offer = parsed("m=audio 4000 RTP/AVP 8 0 101\r\n" DTMF);
	struct codecs *c = list_of("PCMA,PCMU,G729");
	struct sdp *out = offer;

	(void)unused;
	assert_int_equal(codecs_select(&out, c, offer), 0);
	assert_null(out);
	codecs_unref(&c);
	sdp_free(&offer);
}

static void no_list_is_no_matter(void **unused)
{
	struct sdp *offer = parsed("m=audio 4000 RTP/AVP 0\r\n"), *out = offer;
	struct codecs *c = codecs_create(NULL, 0);

	(void)unused;
	assert_null(c);
	assert_int_equal(codecs_select(&out, c, offer), 0);
	assert_null(out);
	assert_null(codecs_ref(NULL));
	codecs_unref(&c);
	sdp_free(&offer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_filters_and_orders_an_offer),
		cmocka_unit_test(an_offer_that_is_as_it_should_be_is_not_copied),
		cmocka_unit_test(no_list_is_no_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
