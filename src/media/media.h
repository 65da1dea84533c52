/* media/media.h - endpoints (a port pair each) and the relay threads that
 * forward packets between two of them.
 *
 * Everything here is called by the signalling thread; the relay threads are
 * reached through a command queue only.  An endpoint's sockets belong to one
 * relay thread from its creation to its end. */
#ifndef B2BUA_MEDIA_MEDIA_H
#define B2BUA_MEDIA_MEDIA_H

#include <stdbool.h>
#include "base/addr.h"

struct media;
struct endpoint;

struct media_conf {
	struct addr address;     /* bind here; unset: any (both families) */
	uint16_t port_min, port_max; /* the range; pairs start even */
	unsigned threads;        /* 0: one a core */
	unsigned quarantine_ms;  /* a freed pair is not used before (2000) */
	uint64_t seed;           /* order of ports; 0: random */
};

int media_create(struct media **out, const struct media_conf *conf);
/* Ends the threads.  All endpoints must be gone (assert).  NULL-safe. */
void media_destroy(struct media **mp);

struct media_gauges {
	size_t endpoints;        /* alive */
	size_t ports_used, ports_free, ports_quarantined; /* pairs */
	uint64_t packets_relayed, packets_refused; /* since the start */
};
struct media_gauges media_gauges(const struct media *m);

/* Binds an even RTP and the odd RTCP port above it.  now_ms is the monotonic
 * time, for the quarantine.  -EADDRNOTAVAIL: the range is used up (503 to
 * the caller); other -errno from the sockets (-EMFILE, ...). */
int endpoint_create(struct endpoint **out, struct media *m, bool is_v6,
                    int64_t now_ms);
void endpoint_destroy(struct endpoint **ep, int64_t now_ms);
uint16_t endpoint_rtp_port(const struct endpoint *e);
uint16_t endpoint_rtcp_port(const struct endpoint *e);

struct endpoint_remote {
	struct addr rtp, rtcp;   /* from the peer's SDP; unset or port 0: none */
	struct addr signalling;  /* where its signalling comes from */
	bool is_natted;          /* the SDP address is not its own: latch to an
	                            address equal to `signalling` */
	bool is_mux;             /* RFC 5761: RTCP comes on the RTP port */
};
/* What the peer's SDP said.  The same values again change nothing (a latch
 * stays); other values start a new latch.  Source rules (RTP bleed): packets
 * are accepted only from the SDP address, or, when is_natted, from the
 * signalling address, where the first one latches address and port and the
 * later ones must match; everything else is dropped and counted. */
void endpoint_set_remote(struct endpoint *e, const struct endpoint_remote *r);

/* Forwards both ways between a and b; whatever each was connected to before
 * is let go.  Both must belong to the same media. */
void endpoint_connect(struct endpoint *a, struct endpoint *b);
void endpoint_disconnect(struct endpoint *e); /* and its peer */

struct endpoint_stats {
	uint64_t rtp_in, rtp_out, rtcp_in, rtcp_out;
	uint64_t refused;        /* from a wrong source */
	uint64_t bytes_in;
	int64_t last_rx_ms;      /* monotonic; 0: nothing yet */
	bool is_latched;
};
struct endpoint_stats endpoint_stats(const struct endpoint *e);

#endif
