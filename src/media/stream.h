/* media/stream.h - the relay thread's half of an endpoint: its two sockets
 * and what is known about the peer.
 *
 * A stream belongs to one relay thread at a time, which alone touches it.
 * Only its counters are read by the signalling thread (and `moves` is its
 * own). */
#ifndef B2BUA_MEDIA_STREAM_H
#define B2BUA_MEDIA_STREAM_H

#include <stdatomic.h>
#include "media/silence.h"
#include "media/source.h"

struct stream;

struct stream_port { /* one socket; epoll's data points here */
	struct stream *stream; /* borrowed: the one it is part of */
	int fd;                /* owned */
	enum source_kind kind;
	struct source source;
};

/* Written by the stream's thread alone, so that adding needs no locked
 * instruction; read by anyone. */
struct stream_counters {
	_Atomic uint64_t in[2], out[2]; /* by source_kind */
	_Atomic uint64_t refused, unsent, bytes_in;
	_Atomic int64_t last_rx_ms;
	atomic_bool is_latched;
};

struct stream {
	struct stream_port port[2]; /* by source_kind */
	struct stream *peer;        /* borrowed; NULL: not connected */
	bool is_mux;
	uint8_t *numbers;           /* owned: see stream_set_numbers() */
	struct silence *silence;    /* owned; NULL: it sends none */
	struct stream_counters count;
	unsigned moves;             /* between threads; signalling's own count */
	atomic_uint left;           /* of these, so many old threads are done */
};

/* Takes the descriptors over. */
struct stream *stream_create(const int fds[2]);
void stream_destroy(struct stream **sp); /* closes; NULL-safe */

void stream_set_remote(struct stream *s, const struct endpoint_remote *r);
void stream_connect(struct stream *a, struct stream *b); /* both alone */
void stream_disconnect(struct stream *s);                /* and its peer */
/* What a payload type that comes in is changed to (128 of them; taken over);
 * NULL: nothing is changed. */
void stream_set_numbers(struct stream *s, uint8_t *numbers);

#define STREAM_ADD(counter, n)                                           \
	atomic_store_explicit(                                           \
		&(counter),                                              \
		atomic_load_explicit(&(counter), memory_order_relaxed) + \
			(n),                                             \
		memory_order_relaxed)

#endif
