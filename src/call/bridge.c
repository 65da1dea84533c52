/* call/bridge.c - the media of two legs. */
#include "call/bridge.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "call/bypass.h"

void side_init(struct side *s, struct media *m, const struct addr *address,
               const struct addr *signalling, bool is_natted)
{
	*s = (struct side){ 0 };
	s->media = m;
	s->address = *address;
	s->signalling = *signalling;
	s->is_natted = is_natted;
	snprintf(s->session, sizeof(s->session), "%" PRIu64,
	         random_u64() >> 12);
}

void side_clear(struct side *s, int64_t now_ms)
{
	for (size_t i = 0; i < NELEM(s->ep); i++)
		if (s->ep[i])
			endpoint_destroy(&s->ep[i], now_ms);
	free(s->last);
	s->last = NULL;
	free(s->agreed);
	s->agreed = NULL;
	sdp_free(&s->sdp);
	payloads_free(&s->numbers);
	codecs_unref(&s->codecs);
}

static bool is_wanted(const struct sdp_stream *st)
{
	return st->is_relayable && addr_port(&st->rtp) != 0;
}

static int need_endpoint(struct side *s, size_t i, int64_t now_ms)
{
	if (s->ep[i])
		return 0;
	return endpoint_create(&s->ep[i], s->media, addr_is_v6(&s->address),
	                       now_ms);
}

static void local_stream(struct sdp_local *l, size_t i,
                         const struct sdp_stream *st, const struct sdp *offer,
                         const struct side *to)
{
	const struct sdp_stream *offered = offer ? sdp_stream(offer, i) : st;

	l->streams[i].rtp = endpoint_rtp_port(to->ep[i]);
	l->streams[i].rtcp = endpoint_rtcp_port(to->ep[i]);
	/* RFC 5761 5.1.1: an answer has it only when the offer had */
	l->streams[i].keeps_mux = st->is_mux && offered && offered->is_mux;
}

/* The payload types of the stream as `to` knows them; NULL: as they are. */
static const uint8_t *number(const struct sdp *in, size_t i, bool is_answer,
                             struct side *from, struct side *to,
                             uint8_t numbers[SDP_MAX_PAYLOADS])
{
	struct sdp_payload list[SDP_MAX_PAYLOADS];
	size_t n = sdp_payloads(in, i, list);

	payloads_learn(&from->numbers, i, list, n, is_answer);
	return payloads_assign(&to->numbers, i, list, n, numbers) ? numbers
	                                                          : NULL;
}

static void write_for(struct buf *out, const struct sdp *in,
                      const struct sdp *offer, const struct sdp_local *l,
                      const struct side *to)
{
	buf_clear(out);
	sdp_write(out, in, l);
	if (!offer && to->last)
		sdp_pad(out, to->last);
}

static int translate(struct buf *out, const struct sdp *in,
                     const struct sdp *offer, struct side *from,
                     struct side *to, int64_t now_ms)
{
	struct sdp_local l = { .session = to->session,
		               .version = to->version,
		               .address = to->address };
	uint8_t numbers[SDP_MAX_STREAMS][SDP_MAX_PAYLOADS];
	int rc;

	/* an answer goes the way of its offer */
	to->is_direct = offer ? from->is_direct
	                      : bypass_may_offer(from, to, in);
	if (to->is_direct)
		bypass_local(&l, in, offer);
	for (size_t i = 0; i < sdp_stream_count(in) && !to->is_direct; i++) {
		const struct sdp_stream *st = sdp_stream(in, i);

		if (!is_wanted(st))
			continue;
		rc = need_endpoint(from, i, now_ms);
		if (rc == 0)
			rc = need_endpoint(to, i, now_ms);
		if (rc < 0)
			return rc;
		local_stream(&l, i, st, offer, to);
		l.streams[i].numbers =
			number(in, i, offer != NULL, from, to, numbers[i]);
	}
	write_for(out, in, offer, &l, to);
	if (to->last && strcmp(to->last, out->p) == 0)
		return 0;
	if (to->last) {
		l.version = ++to->version;
		write_for(out, in, offer, &l, to);
	}
	if (to->agreed)
		free(to->last);
	else
		to->agreed = to->last;
	to->last = xstrdup(out->p);
	return 0;
}

int side_translate(struct buf *out, const struct sdp *in,
                   const struct sdp *offer, struct side *from,
                   struct side *to, int64_t now_ms)
{
	struct sdp *chosen = NULL;
	int rc = offer ? 0 : codecs_select(&chosen, to->codecs, in);

	if (rc == 0)
		rc = translate(out, chosen ? chosen : in, offer, from, to,
		               now_ms);
	sdp_free(&chosen);
	return rc;
}

void side_point(struct side *s, size_t i, const struct sdp_stream *st,
                bool is_mux)
{
	struct endpoint_remote r = { .rtp = st->rtp,
		                     .rtcp = is_mux ? st->rtp : st->rtcp,
		                     .signalling = s->signalling,
		                     .is_mux = is_mux };

	/* Behind NAT only when the description is not where its signalling
	 * is: a carrier's media may well come from another host. */
	r.is_natted = s->is_natted && !addr_eq_ip(&st->rtp, &s->signalling);
	endpoint_set_remote(s->ep[i], &r);
}

static_assert((int)PAYLOADS_RED == (int)MEDIA_HAS_BLOCKS, "one table for both");

/* Packets have other payload types on the other side. */
static void route(struct side *a, struct side *b, size_t i)
{
	struct sdp_payload as[SDP_MAX_PAYLOADS], bs[SDP_MAX_PAYLOADS];
	size_t na = sdp_payloads(a->sdp, i, as);
	size_t nb = sdp_payloads(b->sdp, i, bs);
	uint8_t numbers[SDP_MAX_PAYLOADS];

	payloads_learn(&a->numbers, i, as, na, false);
	payloads_learn(&b->numbers, i, bs, nb, false);
	endpoint_set_numbers(a->ep[i],
	                     payloads_route(a->numbers, i, bs, nb, numbers)
	                             ? numbers
	                             : NULL);
	endpoint_set_numbers(b->ep[i],
	                     payloads_route(b->numbers, i, as, na, numbers)
	                             ? numbers
	                             : NULL);
}

static void agree_stream(struct side *a, const struct sdp_stream *as,
                         struct side *b, const struct sdp_stream *bs, size_t i,
                         int64_t now_ms)
{
	bool mux = as && bs && as->is_mux && bs->is_mux;

	if (as && bs && is_wanted(as) && is_wanted(bs) && a->ep[i] &&
	    b->ep[i]) {
		side_point(a, i, as, mux);
		side_point(b, i, bs, mux);
		route(a, b, i);
		endpoint_connect(a->ep[i], b->ep[i]);
		return;
	}
	/* refused: the ports are free for others */
	if (a->ep[i])
		endpoint_destroy(&a->ep[i], now_ms);
	if (b->ep[i])
		endpoint_destroy(&b->ep[i], now_ms);
}

void side_take(struct side *s, struct sdp *sdp)
{
	if (s->sdp == sdp)
		return;
	sdp_free(&s->sdp);
	s->sdp = sdp;
}

const char *side_agreed(const struct side *s)
{
	return s->agreed ? s->agreed : s->last;
}

void side_settle(struct side *s)
{
	free(s->agreed);
	s->agreed = NULL;
}

void sides_agree(struct side *a, struct side *b, int64_t now_ms)
{
	side_settle(a);
	side_settle(b);
	sides_restore(a, b, now_ms);
}

void sides_restore(struct side *a, struct side *b, int64_t now_ms)
{
	size_t na = a->sdp ? sdp_stream_count(a->sdp) : 0;
	size_t nb = b->sdp ? sdp_stream_count(b->sdp) : 0;

	media_hold(a->media);
	for (size_t i = 0; i < SDP_MAX_STREAMS; i++)
		agree_stream(a, i < na ? sdp_stream(a->sdp, i) : NULL, b,
		             i < nb ? sdp_stream(b->sdp, i) : NULL, i, now_ms);
	media_push(a->media);
}

static int64_t last_rx(const struct side *s)
{
	int64_t last = 0;

	for (size_t i = 0; i < NELEM(s->ep); i++)
		if (s->ep[i]) {
			int64_t at = endpoint_stats(s->ep[i]).last_rx_ms;

			last = at > last ? at : last;
		}
	return last;
}

int64_t sides_last_rx(const struct side *a, const struct side *b)
{
	int64_t x = last_rx(a), y = last_rx(b);

	return x > y ? x : y;
}

bool side_is_held(const struct side *s)
{
	bool flows = false;

	for (size_t i = 0; s->sdp && i < sdp_stream_count(s->sdp); i++) {
		const struct sdp_stream *st = sdp_stream(s->sdp, i);

		if (is_wanted(st) && st->direction == SDP_SENDRECV)
			flows = true;
	}
	return s->sdp && !flows;
}
