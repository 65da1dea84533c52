/* media/endpoint.c - the signalling thread's half of an endpoint. */
#include "media/media_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "media/udp.h"

#define ENDPOINT_MAGIC 0x656e6470u

struct endpoint {
	unsigned magic;
	struct media *media;   /* borrowed */
	struct seat *seat;     /* borrowed; whose thread has the stream */
	struct stream *stream; /* the thread's, until we let it remove it */
	struct endpoint *peer; /* borrowed; NULL: not connected */
	struct endpoint_remote remote;
	uint8_t *numbers;      /* owned; NULL: as they are */
	bool is_silent;        /* sends this: */
	struct media_silence silence;
	uint16_t rtp_port;
};

/* One thread is filled before the next is used: the more streams a thread
 * has, the more packets it finds at each turn, and turns are what costs.  A
 * thread with this many (256 calls) is busy for about a quarter of a core. */
#define SEAT_FILL 512

static struct seat *choose_seat(struct media *m)
{
	struct seat *least = &m->seats[0];

	for (unsigned i = 0; i < m->n_seats; i++) {
		if (m->seats[i].n_endpoints < SEAT_FILL)
			return &m->seats[i];
		if (m->seats[i].n_endpoints < least->n_endpoints)
			least = &m->seats[i];
	}
	return least;
}

/* A port that another program has goes to quarantine, so that it is not
 * tried again at once, and the loop ends when no port is left. */
static int open_pair(struct media *m, int fds[2], bool is_v6, int64_t now_ms,
                     uint16_t *rtp)
{
	int rc;

	for (;;) {
		rc = ports_take(m->ports, now_ms, rtp);
		if (rc < 0)
			return rc;
		rc = udp_open_pair(fds, &m->address, is_v6, *rtp);
		if (rc == 0)
			return 0;
		if (rc != -EADDRINUSE) {
			ports_untake(m->ports, *rtp);
			return rc;
		}
		ports_give(m->ports, *rtp, now_ms);
	}
}

int endpoint_create(struct endpoint **out, struct media *m, bool is_v6,
                    int64_t now_ms)
{
	struct endpoint *e;
	struct seat *seat;
	struct stream *stream;
	int fds[2], rc;
	uint16_t rtp;

	rc = open_pair(m, fds, is_v6, now_ms, &rtp);
	if (rc < 0)
		return rc;
	seat = choose_seat(m);
	stream = stream_create(fds);
	rc = relay_add(seat->relay, stream);
	if (rc < 0) {
		ports_give(m->ports, rtp, now_ms);
		return rc;
	}
	e = xzalloc(sizeof(*e));
	OBJ_INIT(e, ENDPOINT_MAGIC);
	e->media = m;
	e->seat = seat;
	e->stream = stream;
	e->rtp_port = rtp;
	seat->n_endpoints++;
	m->n_endpoints++;
	*out = e;
	return 0;
}

static void part(struct endpoint *e)
{
	if (e->peer)
		e->peer->peer = NULL;
	e->peer = NULL;
}

void endpoint_destroy(struct endpoint **ep, int64_t now_ms)
{
	struct endpoint *e = *ep;

	if (!e)
		return;
	OBJ_CHECK(e, ENDPOINT_MAGIC);
	part(e);
	relay_remove(e->seat->relay, e->stream);
	ports_give(e->media->ports, e->rtp_port, now_ms);
	e->seat->n_endpoints--;
	e->media->n_endpoints--;
	OBJ_KILL(e);
	free(e->numbers);
	free(e);
	*ep = NULL;
}

uint16_t endpoint_rtp_port(const struct endpoint *e)
{
	return e->rtp_port;
}

uint16_t endpoint_rtcp_port(const struct endpoint *e)
{
	return (uint16_t)(e->rtp_port + 1);
}

/* The port that signalling comes from says nothing about media. */
static bool is_same_remote(const struct endpoint_remote *a,
                           const struct endpoint_remote *b)
{
	return addr_eq(&a->rtp, &b->rtp) && addr_eq(&a->rtcp, &b->rtcp) &&
	       addr_eq_ip(&a->signalling, &b->signalling) &&
	       a->is_natted == b->is_natted && a->is_mux == b->is_mux;
}

void endpoint_set_remote(struct endpoint *e, const struct endpoint_remote *r)
{
	OBJ_CHECK(e, ENDPOINT_MAGIC);
	if (is_same_remote(&e->remote, r))
		return;
	e->remote = *r;
	relay_set_remote(e->seat->relay, e->stream, r);
}

void endpoint_set_numbers(struct endpoint *e, const uint8_t *numbers)
{
	OBJ_CHECK(e, ENDPOINT_MAGIC);
	if (!numbers ? !e->numbers
	             : e->numbers && memcmp(e->numbers, numbers, 128) == 0)
		return;
	free(e->numbers);
	e->numbers = numbers ? xmemdup(numbers, 128) : NULL;
	relay_set_numbers(e->seat->relay, e->stream, numbers);
}

static void move(struct endpoint *e, struct seat *to)
{
	relay_move(e->seat->relay, e->stream, to->relay);
	e->seat->n_endpoints--;
	to->n_endpoints++;
	e->seat = to;
}

void endpoint_set_silence(struct endpoint *e, const struct media_silence *s)
{
	OBJ_CHECK(e, ENDPOINT_MAGIC);
	assert(!s || !e->peer);
	if (!s ? !e->is_silent
	       : e->is_silent && e->silence.codec == s->codec &&
	                 e->silence.number == s->number)
		return;
	e->is_silent = s != NULL;
	if (s)
		e->silence = *s;
	relay_set_silence(e->seat->relay, e->stream, s);
}

/* One thread must have both: it then needs no lock to reach the peer. */
void endpoint_connect(struct endpoint *a, struct endpoint *b)
{
	OBJ_CHECK(a, ENDPOINT_MAGIC);
	OBJ_CHECK(b, ENDPOINT_MAGIC);
	assert(a != b && a->media == b->media);
	if (a->peer == b)
		return;
	endpoint_disconnect(a);
	endpoint_disconnect(b);
	endpoint_set_silence(a, NULL);
	endpoint_set_silence(b, NULL);
	if (a->seat->n_endpoints < b->seat->n_endpoints)
		move(b, a->seat);
	else if (a->seat != b->seat)
		move(a, b->seat);
	relay_connect(a->seat->relay, a->stream, b->stream);
	a->peer = b;
	b->peer = a;
}

void endpoint_disconnect(struct endpoint *e)
{
	OBJ_CHECK(e, ENDPOINT_MAGIC);
	if (!e->peer)
		return;
	relay_disconnect(e->seat->relay, e->stream);
	part(e);
}

#define COUNT(counter) \
	atomic_load_explicit(&(counter), memory_order_relaxed)

struct endpoint_stats endpoint_stats(const struct endpoint *e)
{
	const struct stream_counters *c = &e->stream->count;

	OBJ_CHECK(e, ENDPOINT_MAGIC);
	return (struct endpoint_stats){
		.rtp_in = COUNT(c->in[SOURCE_RTP]),
		.rtp_out = COUNT(c->out[SOURCE_RTP]),
		.rtcp_in = COUNT(c->in[SOURCE_RTCP]),
		.rtcp_out = COUNT(c->out[SOURCE_RTCP]),
		.refused = COUNT(c->refused),
		.unsent = COUNT(c->unsent),
		.bytes_in = COUNT(c->bytes_in),
		.last_rx_ms = COUNT(c->last_rx_ms),
		.is_latched = COUNT(c->is_latched),
	};
}
