/* Descriptions of one who has nothing to say but silence. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "sip/sdp.h"

#define TOP                                                          \
	"v=0\r\no=bob 1 2 IN IP4 10.0.0.1\r\ns=x\r\nc=IN IP4 10.0.0.1\r\n" \
	"t=0 0\r\n"

static struct sdp *parsed(const char *text)
{
	struct sdp *s = NULL;
	const char *why = NULL;

	if (sdp_parse(&s, text, strlen(text), &why) != 0)
		fail_msg("refused: %s\n%s", why, text);
	return s;
}

/* What follows the session level. */
static const char *streams_of(const char *text)
{
	const char *m = strstr(text, "m=");

	return m ? m : "";
}

static void silence_is_what_the_offer_has_of_g711(void **unused)
{
	static const struct {
		const char *offer, *answer;
	} rows[] = {
		{ "m=audio 4000 RTP/AVP 0\r\n",
		  "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
		  "a=sendrecv\r\n" },
		{ "m=audio 4000 RTP/AVP 18 8 0 101\r\n"
		  "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n",
		  "m=audio 9 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
		  "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
		  "a=sendrecv\r\n" },
		{ "m=audio 4000 RTP/AVPF 96 97\r\na=rtpmap:96 opus/48000/2\r\n"
		  "a=rtpmap:97 pcmu/8000/1\r\na=rtcp-mux\r\na=sendonly\r\n",
		  "m=audio 9 RTP/AVPF 97\r\na=rtpmap:97 PCMU/8000\r\n"
		  "a=rtcp-mux\r\na=recvonly\r\n" },
		{ "m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n",
		  "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
		  "a=sendonly\r\n" },
		{ "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n",
		  "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
		  "a=inactive\r\n" },
		/* all else is refused, in its place */
		{ "m=video 5000 RTP/AVP 96 97\r\na=rtpmap:96 VP8/90000\r\n"
		  "m=audio 0 RTP/AVP 0\r\n"
		  "m=audio 4000 RTP/SAVP 0\r\n"
		  "m=audio 4000 RTP/AVP 0\r\nm=image 6000 udptl t38\r\n"
		  "m=audio 4002 RTP/AVP 0\r\n",
		  "m=video 0 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\n"
		  "m=audio 0 RTP/SAVP 0\r\n"
		  "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
		  "a=sendrecv\r\nm=image 0 udptl 0\r\n"
		  "m=audio 0 RTP/AVP 0\r\n" },
		/* nothing of the kind */
		{ "m=audio 4000 RTP/AVP 18\r\n", "" },
		{ "m=audio 4000 RTP/SAVP 0\r\n", "" },
		{ "m=audio 0 RTP/AVP 0\r\n", "" },
		{ "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/16000\r\n",
		  "" },
		{ "m=video 4000 RTP/AVP 0\r\n", "" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct buf text = { 0 }, out = { 0 };
		struct sdp *offer, *answer;

		buf_fmt(&text, TOP "%s", rows[i].offer);
		offer = parsed(text.p);
		assert_int_equal(sdp_quiet_answer(&out, offer),
		                 rows[i].answer[0] != '\0');
		assert_string_equal(streams_of(buf_text(&out)),
		                    rows[i].answer);
		if (out.len > 0) {
			answer = parsed(out.p);
			assert_true(sdp_answers(answer, offer));
			sdp_free(&answer);
		}
		sdp_free(&offer);
		buf_free(&text);
		buf_free(&out);
	}
}

static void the_offer_of_one_who_keeps_silent_can_be_read(void **unused)
{
	struct buf out = { 0 };
	struct sdp_quiet q;
	struct sdp *s;

	(void)unused;
	sdp_quiet_offer(&out);
	s = parsed(out.p);
	assert_true(sdp_find_quiet(s, &q));
	assert_int_equal(q.stream, 0);
	assert_int_equal(q.number, 0);
	assert_false(q.is_pcma);
	assert_int_equal(sdp_stream(s, 0)->direction, SDP_SENDRECV);
	sdp_free(&s);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_is_what_the_offer_has_of_g711),
		cmocka_unit_test(the_offer_of_one_who_keeps_silent_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
