/* media/flow.h - the relay thread's half of an endpoint: its two sockets and
 * what is known about the peer.
 *
 * A flow belongs to one relay thread at a time, which alone touches it.  Only
 * its counters are read by the signalling thread (and `moves` is its own). */
#ifndef B2BUA_MEDIA_FLOW_H
#define B2BUA_MEDIA_FLOW_H

#include <stdatomic.h>
#include "media/source.h"

struct flow;

struct flow_port { /* one socket; epoll's data points here */
	struct flow *flow; /* borrowed: the one it is part of */
	int fd;            /* owned */
	enum source_kind kind;
	struct source source;
};

/* Written by the flow's thread alone, so that adding needs no locked
 * instruction; read by anyone. */
struct flow_counters {
	_Atomic uint64_t in[2], out[2]; /* by source_kind */
	_Atomic uint64_t refused, unsent, bytes_in;
	_Atomic int64_t last_rx_ms;
	atomic_bool is_latched;
};

struct flow {
	struct flow_port port[2]; /* by source_kind */
	struct flow *peer;        /* borrowed; NULL: not connected */
	bool is_mux;
	struct flow_counters count;
	unsigned moves;           /* between threads; signalling's own count */
	atomic_uint left;         /* of these, so many old threads are done */
};

/* Takes the descriptors over. */
struct flow *flow_create(const int fds[2]);
void flow_destroy(struct flow **fp); /* closes; NULL-safe */

void flow_set_remote(struct flow *f, const struct endpoint_remote *r);
void flow_connect(struct flow *a, struct flow *b); /* both not connected */
void flow_disconnect(struct flow *f);              /* and its peer */

#define FLOW_ADD(counter, n)                                               \
	atomic_store_explicit(                                             \
		&(counter),                                                \
		atomic_load_explicit(&(counter), memory_order_relaxed) +   \
			(n),                                               \
		memory_order_relaxed)

#endif
