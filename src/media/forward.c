/* media/forward.c - what a relay thread does with packets.
 *
 * A batch of packets is received first and sent afterwards: each of the two
 * ways through the kernel then stays in the processor's caches, which costs
 * some 5 % less than to receive and send in turn. */
#include "media/forward.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

#define KEEP_MAX 64         /* packets kept before a flush */
#define STORE_SIZE (64 * 1024)
#define RTP_HEADER 12

struct kept {
	struct stream_port *out; /* borrowed, until the flush */
	const struct addr *to;   /* borrowed from out */
	enum source_kind kind;   /* what is in it */
	size_t at, len;          /* in the store */
};

struct forward {
	struct forward_totals totals;
	size_t n_kept, used;
	struct kept kept[KEEP_MAX];
	uint8_t store[STORE_SIZE]; /* packet after packet, none wasted */
};

struct forward *forward_create(void)
{
	return xzalloc(sizeof(struct forward));
}

void forward_destroy(struct forward **fp)
{
	free(*fp);
	*fp = NULL;
}

const struct forward_totals *forward_totals(const struct forward *f)
{
	return &f->totals;
}

static void count_unsent(struct forward *f, struct stream *stream)
{
	STREAM_ADD(stream->count.unsent, 1);
	STREAM_ADD(f->totals.unsent, 1);
}

void forward_flush(struct forward *f)
{
	for (size_t i = 0; i < f->n_kept; i++) {
		const struct kept *k = &f->kept[i];
		struct stream *stream = k->out->stream;

		/* No error here is ours to heal (ENOBUFS, EPERM of a packet
		 * filter, an ICMP's ECONNREFUSED): RTP lives with loss. */
		if (sendto(k->out->fd, f->store + k->at, k->len, MSG_NOSIGNAL,
		           &k->to->u.sa, addr_len(k->to)) < 0) {
			count_unsent(f, stream);
			continue;
		}
		STREAM_ADD(stream->count.out[k->kind], 1);
		STREAM_ADD(f->totals.relayed, 1);
	}
	f->n_kept = 0;
	f->used = 0;
}

void forward_say(struct forward *f, struct stream *s, const uint8_t *data,
                 size_t len)
{
	struct stream_port *out = &s->port[SOURCE_RTP];
	const struct addr *to = source_target(&out->source);

	if (!to)
		return;
	if (sendto(out->fd, data, len, MSG_NOSIGNAL, &to->u.sa,
	           addr_len(to)) < 0)
		count_unsent(f, s);
	else
		STREAM_ADD(s->count.out[SOURCE_RTP], 1);
}

/* RFC 5761 4: payload types 64..95 are RTCP's (its types 192..223), told
 * apart only among version 2 packets, not STUN or DTLS (RFC 7983 7). */
static enum source_kind kind_of(const struct stream_port *p,
                                const uint8_t *data, size_t len)
{
	if (p->kind == SOURCE_RTP && p->stream->is_mux && len >= 2 &&
	    data[0] >> 6 == 2 && data[1] >= 192 && data[1] <= 223)
		return SOURCE_RTCP;
	return p->kind;
}

static bool is_accepted(struct forward *f, struct stream_port *p,
                        const struct addr *from)
{
	struct stream_counters *count = &p->stream->count;

	switch (source_judge(&p->source, from)) {
	case SOURCE_LATCH:
		p->source.latched = *from;
		if (p->kind == SOURCE_RTP)
			atomic_store_explicit(&count->is_latched, true,
			                      memory_order_relaxed);
		return true;
	case SOURCE_ACCEPT:
		return true;
	case SOURCE_REFUSE:
		break;
	}
	STREAM_ADD(count->refused, 1);
	STREAM_ADD(f->totals.refused, 1);
	return false;
}

static void count_in(struct stream *stream, enum source_kind kind, size_t len,
                     int64_t now_ms)
{
	STREAM_ADD(stream->count.in[kind], 1);
	STREAM_ADD(stream->count.bytes_in, len);
	if (kind == SOURCE_RTP)
		atomic_store_explicit(&stream->count.last_rx_ms, now_ms,
		                      memory_order_relaxed);
}

/* RFC 2198 section 3: a header of 4 bytes for each block before the last,
 * whose own is 1 byte.  They come after the sources and an extension. */
static void renumber_blocks(const uint8_t *numbers, uint8_t *data, size_t len)
{
	size_t at = RTP_HEADER + 4 * (data[0] & 0x0fu);

	if (data[0] & 0x10 && at + 4 <= len)
		at += 4 + 4 * (data[at + 2] * 256u + data[at + 3]);
	for (; at < len; at += 4) {
		data[at] = (data[at] & 0x80) |
		           (numbers[data[at] & 0x7f] & 0x7f);
		if (!(data[at] & 0x80))
			break;
	}
}

/* The marker bit stays (RFC 3550 5.1).  What is not RTP (STUN, DTLS: RFC 7983
 * 7) stays as it is. */
static void renumber(const uint8_t *numbers, uint8_t *data, size_t len)
{
	uint8_t to;

	if (len < RTP_HEADER || data[0] >> 6 != 2)
		return;
	to = numbers[data[1] & 0x7f];
	data[1] = (data[1] & 0x80) | (to & 0x7f);
	if (to & MEDIA_HAS_BLOCKS)
		renumber_blocks(numbers, data, len);
}

/* The packet lies at the end of the store's used part. */
static void keep(struct forward *f, struct stream *peer, enum source_kind kind,
                 size_t len)
{
	struct stream_port *out =
		&peer->port[peer->is_mux ? SOURCE_RTP : kind];
	const struct addr *to = source_target(&out->source);

	if (!to) {
		count_unsent(f, peer);
		return;
	}
	f->kept[f->n_kept++] = (struct kept){ out, to, kind, f->used, len };
	f->used += (len + 63) & ~(size_t)63; /* whole cache lines */
}

void forward_receive(struct forward *f, struct stream_port *p, int64_t now_ms)
{
	struct addr from = { 0 };
	socklen_t from_len = sizeof(from);
	enum source_kind kind;
	uint8_t *data;
	ssize_t n;

	if (f->n_kept == KEEP_MAX || STORE_SIZE - f->used < FORWARD_PACKET_MAX)
		forward_flush(f);
	data = f->store + f->used;
	/* MSG_TRUNC: the true length of what did not fit.  An error is a
	 * socket's pending one, which reading it has cleared, or EAGAIN. */
	n = recvfrom(p->fd, data, FORWARD_PACKET_MAX, MSG_TRUNC, &from.u.sa,
	             &from_len);
	if (n < 0 || !is_accepted(f, p, &from))
		return;
	kind = kind_of(p, data, (size_t)n);
	if (p->stream->numbers && kind == SOURCE_RTP)
		renumber(p->stream->numbers, data, (size_t)n);
	count_in(p->stream, kind, (size_t)n, now_ms);
	if (n > FORWARD_PACKET_MAX)
		count_unsent(f, p->stream->peer ? p->stream->peer : p->stream);
	else if (n > 0 && p->stream->peer) /* empty: RFC 6263 4.1 keep-alive */
		keep(f, p->stream->peer, kind, (size_t)n);
}
