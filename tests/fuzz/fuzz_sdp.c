/* Descriptions from strangers: whatever is accepted is written again as a
 * description of as many streams, and only our address stands in o= and c=.
 * On a leg whose numbers mean something else each codec gets one of its own,
 * and packets find the way back. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip/payloads.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(what)                                                   \
	do {                                                          \
		if (!(what)) {                                        \
			fprintf(stderr, "does not hold: %s\n", #what); \
			abort();                                      \
		}                                                     \
	} while (0)

enum { WITH_V6 = 1, WITH_MUX = 2, WITH_REFUSAL = 4, VARIANTS = 8 };

static void fill_local(struct sdp_local *l, int variant)
{
	*l = (struct sdp_local){ .session = "9", .version = 1 };
	addr_parse(&l->address,
		   variant & WITH_V6 ? "2001:db8::9" : "192.0.2.9", 0);
	for (uint16_t i = 0; i < SDP_MAX_STREAMS; i++) {
		struct sdp_local_stream *st = &l->streams[i];

		st->rtp = (uint16_t)(20000 + 4 * i);
		st->rtcp = (uint16_t)(st->rtp + 1 + i % 2);
		st->keeps_mux = variant & WITH_MUX;
		if (variant & WITH_REFUSAL && i % 2 == 0)
			st->rtp = 0;
	}
}

static void only_ours_is_in(const char *text, const char *prefix,
			    const char *want)
{
	size_t n = 0;

	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, prefix, 2) != 0)
			continue;
		CHECK(strncmp(at, want, strlen(want)) == 0);
		n++;
	}
	CHECK(n == 1);
}

static void same_streams(const struct sdp *was, const struct sdp *is,
			 const struct sdp_local *l)
{
	CHECK(sdp_answers(is, was));
	for (size_t i = 0; i < sdp_stream_count(was); i++) {
		const struct sdp_stream *a = sdp_stream(was, i);
		const struct sdp_stream *b = sdp_stream(is, i);
		bool is_kept = a->is_relayable && l->streams[i].rtp;

		CHECK(b->is_relayable == is_kept);
		CHECK(addr_port(&b->rtp) == (is_kept ? l->streams[i].rtp : 0));
		CHECK(!is_kept || a->direction == b->direction);
		CHECK(addr_eq_ip(&b->rtp, &l->address));
	}
}

static void write_and_read(const struct sdp *s, int variant)
{
	struct sdp_local l;
	struct buf out = { 0 }, again = { 0 };
	struct sdp *back = NULL;
	const char *why;

	fill_local(&l, variant);
	sdp_write(&out, s, &l);
	only_ours_is_in(buf_text(&out), "o=",
			variant & WITH_V6 ? "o=- 9 1 IN IP6 2001:db8::9\r\n"
					  : "o=- 9 1 IN IP4 192.0.2.9\r\n");
	only_ours_is_in(buf_text(&out), "c=",
			variant & WITH_V6 ? "c=IN IP6 2001:db8::9\r\n"
					  : "c=IN IP4 192.0.2.9\r\n");
	if (out.len <= SDP_MAX_SIZE) {
		CHECK(sdp_parse(&back, out.p, out.len, &why) == 0);
		same_streams(s, back, &l);
		/* Written twice it does not change any more. */
		sdp_write(&again, back, &l);
		CHECK(strcmp(buf_text(&again), buf_text(&out)) == 0);
	}
	sdp_free(&back);
	buf_free(&out);
	buf_free(&again);
}

/* No two formats have the same number. */
static void all_differ(const struct sdp_payload *list, size_t n,
		       const uint8_t *numbers)
{
	bool is_used[SDP_MAX_PAYLOADS] = { false };

	for (size_t i = 0; i < n; i++) {
		uint8_t to = numbers[list[i].number];

		CHECK(to < SDP_MAX_PAYLOADS);
		CHECK(!is_used[to]);
		is_used[to] = true;
	}
}

static uint32_t codec_of(const struct sdp_payload *list, size_t n, uint8_t to)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].number == (to & ~PAYLOADS_RED))
			return list[i].codec;
	return 0;
}

static void renumber(const struct sdp *s, struct payloads **leg, size_t i,
		     uint8_t numbers[SDP_MAX_PAYLOADS])
{
	static const struct sdp_payload other[] = {
		{ .number = 96, .codec = 1 }, { .number = 101, .codec = 2 },
	};
	struct sdp_payload list[SDP_MAX_PAYLOADS];
	uint8_t back[SDP_MAX_PAYLOADS];
	size_t n = sdp_payloads(s, i, list);

	payloads_assign(leg, i, other, NELEM(other), numbers);
	if (n == 0)
		return;
	payloads_assign(leg, i, list, n, numbers);
	all_differ(list, n, numbers);
	payloads_route(*leg, i, list, n, back);
	for (size_t k = 0; k < n; k++)
		CHECK(codec_of(list, n, back[numbers[list[k].number]]) ==
			      list[k].codec ||
		      !list[k].codec);
	payloads_learn(leg, i, list, n, true);
}

static void write_renumbered(const struct sdp *s)
{
	static uint8_t numbers[SDP_MAX_STREAMS][SDP_MAX_PAYLOADS];
	struct payloads *leg = NULL;
	struct sdp *back = NULL;
	struct buf out = { 0 };
	struct sdp_local l;
	const char *why;

	fill_local(&l, 0);
	for (size_t i = 0; i < sdp_stream_count(s); i++) {
		renumber(s, &leg, i, numbers[i]);
		l.streams[i].numbers = numbers[i];
	}
	sdp_write(&out, s, &l);
	if (out.len <= SDP_MAX_SIZE) {
		CHECK(sdp_parse(&back, out.p, out.len, &why) == 0);
		same_streams(s, back, &l);
	}
	sdp_free(&back);
	buf_free(&out);
	payloads_free(&leg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdp *s = NULL;
	const char *why = NULL;

	if (sdp_parse(&s, (const char *)data, size, &why) != 0) {
		CHECK(!s && why);
		return 0;
	}
	sdp_is_hold(s);
	for (int variant = 0; variant < VARIANTS; variant++)
		write_and_read(s, variant);
	write_renumbered(s);
	sdp_free(&s);
	return 0;
}
