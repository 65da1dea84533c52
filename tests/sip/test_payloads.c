/* Payload types: what they are, which numbers a leg has, where packets go. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "sip/payloads.h"

#define HEAD                                         \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n" \
	"c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define AUDIO(formats)  "m=audio 4000 RTP/AVP " formats "\r\n"
#define MAP(codec)      "a=rtpmap:" codec "\r\n"
#define FMTP(params)    "a=fmtp:" params "\r\n"
#define EVENTS(number)                               \
	MAP(#number " telephone-event/8000")         \
	FMTP(#number " 0-16")
#define OPUS(number)    MAP(#number " opus/48000/2")
#define H264(number, params)                         \
	MAP(#number " H264/90000") FMTP(#number " " params)

struct list {
	struct sdp_payload p[SDP_MAX_PAYLOADS];
	size_t n;
};

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

static struct list listed(const char *media)
{
	struct sdp *s = parsed(media);
	struct list l;

	l.n = sdp_payloads(s, 0, l.p);
	sdp_free(&s);
	return l;
}

/* --- what they are ------------------------------------------------------- */

static uint32_t codec_of(const char *formats, const char *lines)
{
	char media[2000];
	struct list l;

	snprintf(media, sizeof(media), AUDIO("%s") "%s", formats, lines);
	l = listed(media);
	assert_int_equal(l.n, 1);
	return l.p[0].codec;
}

static void a_codec_is_the_same_whatever_its_number(void **unused)
{
	static const struct {
		const char *formats, *lines, *others, *other_lines;
	} same[] = {
		{ "101", EVENTS(101), "96", EVENTS(96) },
		{ "101", EVENTS(101), "96",
		  MAP("96 Telephone-Event/8000") FMTP("96 0-15") },
		{ "111", OPUS(111), "96", FMTP("96 useinbandfec=1") OPUS(96) },
		{ "0", "", "97", MAP("97 PCMU/8000/1") },
		{ "18", FMTP("18 annexb=no"), "98", MAP("98 G729/8000") },
		{ "97", H264(97, "profile-level-id=42e01f"), "98",
		  H264(98, "packetization-mode=0; profile-level-id=42E00A") },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(same); i++) {
		uint32_t codec = codec_of(same[i].formats, same[i].lines);

		assert_int_not_equal(codec, 0);
		assert_int_equal(codec, codec_of(same[i].others,
						 same[i].other_lines));
	}
}

static void other_codecs_are_told_apart(void **unused)
{
	static const struct {
		const char *formats, *lines, *others, *other_lines;
	} other[] = {
		{ "101", EVENTS(101), "101",
		  MAP("101 telephone-event/16000") },
		{ "96", OPUS(96), "96", MAP("96 opus/48000") },
		{ "0", "", "8", "" },
		{ "97", H264(97, "profile-level-id=42e01f"), "97",
		  H264(97, "profile-level-id=64001f") },
		{ "97", H264(97, "profile-level-id=42e01f"), "97",
		  H264(97, "profile-level-id=42e01f;packetization-mode=1") },
		{ "97", MAP("97 AMR/8000"), "97",
		  MAP("97 AMR/8000") FMTP("97 octet-align=1") },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(other); i++)
		assert_int_not_equal(
			codec_of(other[i].formats, other[i].lines),
			codec_of(other[i].others, other[i].other_lines));
}

static void what_nobody_explains_is_not_known(void **unused)
{
	static char name[400];

	(void)unused;
	assert_int_equal(codec_of("96", ""), 0);
	assert_int_equal(codec_of("1", ""), 0);
	snprintf(name, sizeof(name), "a=rtpmap:96 %0300d/8000\r\n", 1);
	assert_int_equal(codec_of("96", name), 0);
	assert_int_equal(codec_of("96", MAP("96 rtx/90000")
					FMTP("96 apt=97")), 0);
}

static void each_number_is_listed_once_and_in_order(void **unused)
{
	struct list l = listed(AUDIO("101 0 0 101 x 128 8") EVENTS(101));

	(void)unused;
	assert_int_equal(l.n, 3);
	assert_int_equal(l.p[0].number, 101);
	assert_int_equal(l.p[1].number, 0);
	assert_int_equal(l.p[2].number, 8);
	assert_false(l.p[0].is_fixed);
	assert_true(l.p[1].is_fixed);
}

/* RFC 3711 3.1: the header is authenticated. */
static void only_numbers_that_can_be_changed_are_listed(void **unused)
{
	static const char *const none[] = {
		"m=audio 4000 RTP/SAVP 0 101\r\n" EVENTS(101),
		"m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n",
		"m=audio 0 RTP/AVP 0\r\n",
		"m=image 4000 udptl t38\r\n",
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(none); i++)
		assert_int_equal(listed(none[i]).n, 0);
	assert_int_equal(listed("m=audio 4000 rtp/avpf 0\r\n").n, 1);
}

static void a_stream_has_the_formats_of_its_own_lines(void **unused)
{
	struct sdp *s = parsed(AUDIO("96") OPUS(96)
			       "m=video 4002 RTP/AVP 96\r\n"
			       H264(96, "profile-level-id=42e01f"));
	struct sdp_payload a[SDP_MAX_PAYLOADS], v[SDP_MAX_PAYLOADS];

	(void)unused;
	assert_int_equal(sdp_payloads(s, 0, a), 1);
	assert_int_equal(sdp_payloads(s, 1, v), 1);
	assert_int_equal(sdp_payloads(s, 2, v), 0);
	assert_int_not_equal(a[0].codec, v[0].codec);
	sdp_free(&s);
}

/* --- two legs ------------------------------------------------------------ */

/* As a bridge does it: whoever speaks is heard on its leg, and what it says
 * is written for the other. */
struct pair {
	struct payloads *leg[2];
	struct list told[2]; /* by each peer, last */
};

enum { A, B };

static void pair_free(struct pair *p)
{
	payloads_free(&p->leg[A]);
	payloads_free(&p->leg[B]);
	assert_null(p->leg[A]);
}

/* What the other one is told: its numbers, in the order of the formats. */
static void says(struct pair *p, int who, const char *media, bool is_answer,
		 const char *want)
{
	struct list *l = &p->told[who];
	uint8_t numbers[SDP_MAX_PAYLOADS];
	char got[1000] = "";
	bool differs = false;

	*l = listed(media);
	payloads_learn(&p->leg[who], 0, l->p, l->n, is_answer);
	differs = payloads_assign(&p->leg[!who], 0, l->p, l->n, numbers);
	for (size_t i = 0; i < l->n; i++) {
		char one[8];

		snprintf(one, sizeof(one), "%s%u", i ? " " : "",
			 numbers[l->p[i].number]);
		strncat(got, one, sizeof(got) - strlen(got) - 1);
		if (numbers[l->p[i].number] != l->p[i].number)
			assert_true(differs);
	}
	assert_string_equal(got, want);
}

static void offers(struct pair *p, int who, const char *media, const char *want)
{
	says(p, who, media, false, want);
}

static void answers(struct pair *p, int who, const char *media,
		    const char *want)
{
	says(p, who, media, true, want);
}

/* A packet from `who` with number n has this one when it arrives. */
static void goes(const struct pair *p, int who, unsigned n, unsigned want)
{
	uint8_t numbers[SDP_MAX_PAYLOADS];
	const struct list *to = &p->told[!who];
	bool differs = payloads_route(p->leg[who], 0, to->p, to->n, numbers);

	assert_int_equal(numbers[n] & 0x7f, want);
	if (n != want)
		assert_true(differs);
}

static bool changes_nothing(const struct pair *p)
{
	uint8_t numbers[SDP_MAX_PAYLOADS];

	return !payloads_route(p->leg[A], 0, p->told[B].p, p->told[B].n,
			       numbers) &&
	       !payloads_route(p->leg[B], 0, p->told[A].p, p->told[A].n,
			       numbers);
}

static void phones_with_the_same_numbers_need_nothing(void **unused)
{
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A, AUDIO("0 8 101") EVENTS(101), "0 8 101");
	answers(&p, B, AUDIO("8 101") EVENTS(101), "8 101");
	assert_true(changes_nothing(&p));
	pair_free(&p);
}

/* RFC 3264 6.1: the answer has the numbers of the offer. */
static void who_offered_hears_its_own_number(void **unused)
{
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A, AUDIO("0 101") EVENTS(101), "0 101");
	answers(&p, B, AUDIO("0 96") EVENTS(96), "0 101");
	goes(&p, A, 101, 96);
	goes(&p, A, 0, 0);
	goes(&p, B, 101, 101); /* as it was offered: RFC 3264 5.1 */
	goes(&p, B, 96, 101);  /* what it sends is what it receives */
	pair_free(&p);
}

static void every_codec_can_have_another_number(void **unused)
{
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A, AUDIO("111 0 101") OPUS(111) EVENTS(101), "111 0 101");
	answers(&p, B, AUDIO("101 111") OPUS(101) EVENTS(111), "111 101");
	goes(&p, A, 111, 101);
	goes(&p, A, 101, 111);
	/* a number that B was told means what it was told by it */
	goes(&p, B, 111, 111);
	goes(&p, B, 101, 101);
	pair_free(&p);
}

/* RFC 3264 8.3.2: 96 is opus on A's leg for as long as it lives. */
static void a_number_never_changes_its_meaning(void **unused)
{
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A, AUDIO("96 101") OPUS(96) EVENTS(101), "96 101");
	answers(&p, B, AUDIO("96 101") OPUS(96) EVENTS(101), "96 101");
	payloads_free(&p.leg[B]); /* another phone takes B's place */
	offers(&p, B, AUDIO("0 96 97") EVENTS(96) MAP("97 iLBC/8000"),
	       "0 101 97");
	answers(&p, A, AUDIO("0 101") EVENTS(101), "0 96");
	goes(&p, A, 101, 96);
	goes(&p, B, 96, 101);
	offers(&p, B, AUDIO("96 101") MAP("96 G726-32/8000") EVENTS(101),
	       "127 101");
	offers(&p, B, AUDIO("98") MAP("98 G726-32/8000"), "127");
	goes(&p, A, 127, 98);
	pair_free(&p);
}

static void a_new_number_is_nobodys(void **unused)
{
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A, AUDIO("96 127") OPUS(96) EVENTS(127), "96 127");
	offers(&p, B, AUDIO("96 126") MAP("96 iLBC/8000") MAP("126 speex/8000"),
	       "125 126");
	goes(&p, A, 125, 96);
	pair_free(&p);
}

/* A table of all 128 numbers, and the next codec. */
static void without_free_numbers_all_stay_as_they_are(void **unused)
{
	struct buf all = { 0 };
	struct pair p = { 0 };

	(void)unused;
	buf_str(&all, "m=audio 4000 RTP/AVP");
	for (int i = 0; i < 128; i++)
		buf_fmt(&all, " %d", i);
	buf_str(&all, "\r\n");
	for (int i = 0; i < 128; i++)
		buf_fmt(&all, "a=rtpmap:%d x%d/8000\r\n", i, i);
	p.told[A] = listed(all.p);
	assert_int_equal(p.told[A].n, 128);
	payloads_learn(&p.leg[A], 0, p.told[A].p, 128, false);
	offers(&p, B, AUDIO("96 0") OPUS(96), "96 0");
	goes(&p, B, 96, 96);
	buf_free(&all);
	pair_free(&p);
}

static void a_number_of_ones_own_is_kept_in_a_reoffer(void **unused)
{
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A, AUDIO("0 101") EVENTS(101), "0 101");
	answers(&p, B, AUDIO("0 96") EVENTS(96), "0 101");
	offers(&p, B, AUDIO("0 96") EVENTS(96), "0 101");
	answers(&p, A, AUDIO("0 101") EVENTS(101), "0 96");
	goes(&p, A, 101, 96);
	goes(&p, B, 96, 101);
	offers(&p, A, AUDIO("0 101") EVENTS(101), "0 96");
	answers(&p, B, AUDIO("0 96") EVENTS(96), "0 101");
	goes(&p, A, 101, 96);
	goes(&p, B, 96, 101);
	pair_free(&p);
}

/* "opus/48000" for opus/48000/2: the number says what it means. */
static void an_answer_may_misname_what_it_was_offered(void **unused)
{
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A, AUDIO("96 101") OPUS(96) EVENTS(101), "96 101");
	answers(&p, B, AUDIO("96 101") MAP("96 opus/48000") EVENTS(101),
		"96 101");
	assert_true(changes_nothing(&p));
	/* ... and may say so again */
	offers(&p, B, AUDIO("96 101") MAP("96 opus/48000") EVENTS(101),
	       "96 101");
	pair_free(&p);
}

static void profiles_find_their_own_numbers(void **unused)
{
#define HIGH "profile-level-id=64001f"
#define LOW  "profile-level-id=42e01f"
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A,
	       "m=video 4000 RTP/AVP 97 99\r\n" H264(97, HIGH) H264(99, LOW),
	       "97 99");
	offers(&p, B,
	       "m=video 4000 RTP/AVP 97 99\r\n" H264(97, LOW) H264(99, HIGH),
	       "99 97");
	goes(&p, A, 97, 99);
	goes(&p, A, 99, 97);
	pair_free(&p);
}

static void a_retransmission_follows_its_codec(void **unused)
{
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A,
	       "m=video 4000 RTP/AVPF 97 98\r\n" MAP("97 VP8/90000")
		       MAP("98 RTX/90000") FMTP("98 apt=97"),
	       "97 98");
	answers(&p, B,
		"m=video 4000 RTP/AVPF 100 101\r\n" MAP("101 rtx/90000")
			FMTP("101 apt=100") MAP("100 VP8/90000"),
		"97 98");
	goes(&p, A, 98, 101);
	pair_free(&p);
}

/* RFC 2198: its packets hold the numbers of others. */
static void redundant_data_is_marked_where_something_changes(void **unused)
{
	uint8_t numbers[SDP_MAX_PAYLOADS];
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A, AUDIO("121 101") MAP("121 red/8000") EVENTS(101),
	       "121 101");
	answers(&p, B, AUDIO("121 101") MAP("121 red/8000") EVENTS(101),
		"121 101");
	assert_true(changes_nothing(&p));
	answers(&p, B, AUDIO("121 96") MAP("121 red/8000") EVENTS(96),
		"121 101");
	assert_true(payloads_route(p.leg[A], 0, p.told[B].p, p.told[B].n,
				   numbers));
	assert_int_equal(numbers[121], 121 | PAYLOADS_RED);
	assert_int_equal(numbers[101], 96);
	pair_free(&p);
}

/* Without a=rtpmap the number is all that is said. */
static void a_number_without_a_name_stays(void **unused)
{
	struct pair p = { 0 };

	(void)unused;
	offers(&p, A, AUDIO("97 98") MAP("97 PCMU/8000") OPUS(98), "97 98");
	answers(&p, B, AUDIO("0 98"), "0 98");
	goes(&p, A, 97, 0);
	goes(&p, A, 0, 0);
	goes(&p, B, 0, 97);
	pair_free(&p);
}

static void streams_have_numbers_of_their_own(void **unused)
{
	struct list audio = listed(AUDIO("96") OPUS(96));
	struct list video = listed(AUDIO("96") MAP("96 VP8/90000"));
	uint8_t numbers[SDP_MAX_PAYLOADS];
	struct payloads *p = NULL;

	(void)unused;
	payloads_learn(&p, 0, audio.p, audio.n, false);
	assert_false(payloads_assign(&p, 1, video.p, video.n, numbers));
	assert_int_equal(numbers[96], 96);
	assert_true(payloads_assign(&p, 0, video.p, video.n, numbers));
	assert_int_equal(numbers[96], 127);
	payloads_free(&p);
}

/* Numbers come and go, and what is remembered does not grow with it. */
static void a_leg_that_is_offered_ever_new_codecs_forgets(void **unused)
{
	struct pair p = { 0 };
	char media[200];

	(void)unused;
	for (int i = 0; i < 20000; i++) {
		snprintf(media, sizeof(media),
			 AUDIO("96") "a=rtpmap:96 x%d/8000\r\n", i);
		p.told[A] = listed(media);
		payloads_learn(&p.leg[A], 0, p.told[A].p, 1, false);
	}
	offers(&p, B, AUDIO("0 96") OPUS(96), "0 127");
	pair_free(&p);
}

/* --- what is written ----------------------------------------------------- */

static void numbers_are_written_wherever_they_stand(void **unused)
{
	struct sdp *s = parsed(
		"m=audio 4000 RTP/AVP 0  96 97 98\r\n"
		"a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1;x=96\r\n"
		"a=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-16,96\r\n"
		"a=rtpmap:98 red/8000\r\na=fmtp:98 0/96/97\r\na=ptime:96\r\n"
		"m=video 4002 RTP/AVPF 96 97\r\n"
		"a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\n"
		"a=rtcp-fb:* ccm fir\r\n"
		"a=rtpmap:97 rtx/90000\r\na=fmtp:97 rtx-time=96; apt=96\r\n"
		"a=imageattr:96 send [x=96,y=97] recv *\r\n"
		"a=rid:1 send pt=96,97;max-width=96\r\n");
	uint8_t numbers[SDP_MAX_PAYLOADS];
	struct sdp_local l = { .session = "7", .version = 1 };
	struct buf out = { 0 };

	(void)unused;
	for (unsigned i = 0; i < SDP_MAX_PAYLOADS; i++)
		numbers[i] = (uint8_t)i;
	numbers[96] = 111;
	numbers[97] = 99;
	addr_parse(&l.address, "192.0.2.9", 0);
	for (uint16_t i = 0; i < 2; i++)
		l.streams[i] = (struct sdp_local_stream){
			.rtp = (uint16_t)(5000 + 2 * i),
			.rtcp = (uint16_t)(5001 + 2 * i),
			.numbers = numbers
		};
	sdp_write(&out, s, &l);
	assert_string_equal(
		strstr(out.p, "m="),
		"m=audio 5000 RTP/AVP 0  111 99 98\r\n"
		"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1;x=96\r\n"
		"a=rtpmap:99 telephone-event/8000\r\na=fmtp:99 0-16,96\r\n"
		"a=rtpmap:98 red/8000\r\na=fmtp:98 0/111/99\r\na=ptime:96\r\n"
		"m=video 5002 RTP/AVPF 111 99\r\n"
		"a=rtpmap:111 VP8/90000\r\na=rtcp-fb:111 nack pli\r\n"
		"a=rtcp-fb:* ccm fir\r\n"
		"a=rtpmap:99 rtx/90000\r\na=fmtp:99 rtx-time=96; apt=111\r\n"
		"a=imageattr:111 send [x=96,y=97] recv *\r\n"
		"a=rid:1 send pt=111,99;max-width=96\r\n");
	buf_free(&out);
	sdp_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_codec_is_the_same_whatever_its_number),
		cmocka_unit_test(other_codecs_are_told_apart),
		cmocka_unit_test(what_nobody_explains_is_not_known),
		cmocka_unit_test(each_number_is_listed_once_and_in_order),
		cmocka_unit_test(only_numbers_that_can_be_changed_are_listed),
		cmocka_unit_test(a_stream_has_the_formats_of_its_own_lines),
		cmocka_unit_test(phones_with_the_same_numbers_need_nothing),
		cmocka_unit_test(who_offered_hears_its_own_number),
		cmocka_unit_test(every_codec_can_have_another_number),
		cmocka_unit_test(a_number_never_changes_its_meaning),
		cmocka_unit_test(a_new_number_is_nobodys),
		cmocka_unit_test(without_free_numbers_all_stay_as_they_are),
		cmocka_unit_test(a_number_of_ones_own_is_kept_in_a_reoffer),
		cmocka_unit_test(an_answer_may_misname_what_it_was_offered),
		cmocka_unit_test(profiles_find_their_own_numbers),
		cmocka_unit_test(a_retransmission_follows_its_codec),
		cmocka_unit_test(
			redundant_data_is_marked_where_something_changes),
		cmocka_unit_test(a_number_without_a_name_stays),
		cmocka_unit_test(streams_have_numbers_of_their_own),
		cmocka_unit_test(a_leg_that_is_offered_ever_new_codecs_forgets),
		cmocka_unit_test(numbers_are_written_wherever_they_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
