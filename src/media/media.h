/* media/media.h - endpoints (a port pair each) and the relay threads that
 * forward packets between two of them.
 *
 * Everything here is called by the signalling thread; the relay threads are
 * reached through a command queue only.  An endpoint's sockets belong to one
 * relay thread at a time; connecting two endpoints brings them to one. */
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

/* -EINVAL when the range has no pair; other -errno from the system. */
int media_create(struct media **out, const struct media_conf *conf);
/* Ends the threads.  All endpoints must be gone (assert).  NULL-safe. */
void media_destroy(struct media **mp);

/* Waits until the relay threads know everything said so far.  For tests: the
 * signalling thread never needs to wait. */
void media_flush(struct media *m);

/* What is said between these two reaches each relay thread at once, with one
 * wake-up; what the thread is awake for anyway may reach it earlier. */
void media_hold(struct media *m);
void media_push(struct media *m);

struct media_gauges {
	size_t endpoints;        /* alive */
	size_t ports_used, ports_free, ports_quarantined; /* pairs */
	/* since the start; unsent: accepted, but no address to send to yet,
	 * too long, or the system refused to send */
	uint64_t packets_relayed, packets_refused, packets_unsent;
};
struct media_gauges media_gauges(const struct media *m);
/* Frees pairs whose quarantine is over, so that the gauges of a server
 * without calls tell the truth.  now_ms is monotonic. */
void media_age(struct media *m, int64_t now_ms);

/* Binds an even RTP and the odd RTCP port above it.  now_ms is the monotonic
 * time, for the quarantine.  -EADDRNOTAVAIL: the range is used up (503 to
 * the caller); other -errno from the sockets (-EMFILE, ...), at once.
 * Destroying disconnects; the pair rests from now_ms on. */
int endpoint_create(struct endpoint **out, struct media *m, bool is_v6,
                    int64_t now_ms);
void endpoint_destroy(struct endpoint **ep, int64_t now_ms);
uint16_t endpoint_rtp_port(const struct endpoint *e);
uint16_t endpoint_rtcp_port(const struct endpoint *e);

struct endpoint_remote {
	struct addr rtp, rtcp;   /* from the peer's SDP; unset, port 0, any
	                            (0.0.0.0: hold) or multicast: none */
	struct addr signalling;  /* where its signalling comes from; only the
	                            IP counts */
	bool is_natted;          /* the SDP address is not its own: latch to an
	                            address equal to `signalling` */
	bool is_mux;             /* RFC 5761: RTCP comes on the RTP port */
};
/* What the peer's SDP said.  The same values again change nothing (a latch
 * stays); other values start a new latch.
 * Source rules (RTP bleed): packets are accepted only from the IP of the SDP
 * address or, when is_natted, from the signalling IP.  RTP and RTCP each
 * latch to the first such packet: its port may differ from the announced one
 * (not every phone sends from where it receives, RFC 4961), but later ones
 * must match IP and port.  Everything else is dropped and counted.
 * Where packets go: to the SDP address; when is_natted, to the latched
 * address, and nowhere before there is one: so set it whenever the SDP
 * address could be a third party's.  rtcp is the RTP port + 1 unless the SDP
 * says otherwise (RFC 3605): the caller fills it in; "none" closes RTCP. */
void endpoint_set_remote(struct endpoint *e, const struct endpoint_remote *r);

/* Forwards both ways between a and b; whatever each was connected to before
 * is let go.  Both must belong to the same media.  A packet that comes in
 * while an endpoint is not connected is counted, may latch, and is dropped;
 * so is an empty one (a keep-alive, RFC 6263) at any time. */
void endpoint_connect(struct endpoint *a, struct endpoint *b);
void endpoint_disconnect(struct endpoint *e); /* and its peer */

#define MEDIA_HAS_BLOCKS 0x80 /* redundant data (RFC 2198): the payload types
                                 within are changed, too */
/* Payload types of RTP that comes in here are changed on its way across:
 * numbers[n] for n (128 of them, copied); NULL, as in the beginning: none.
 * The marker bit stays.  Not for SRTP, whose headers are sealed (RFC 3711
 * 3.1). */
void endpoint_set_numbers(struct endpoint *e, const uint8_t *numbers);

/* What an endpoint says while nobody is connected to it. */
enum media_codec { MEDIA_PCMU, MEDIA_PCMA };
struct media_silence {
	enum media_codec codec;
	uint8_t number;          /* its payload type */
};
/* Sends silence to the remote, 50 packets a second, until the endpoint is
 * connected or destroyed, or s is NULL.  What goes on already goes on. */
void endpoint_set_silence(struct endpoint *e, const struct media_silence *s);

struct endpoint_stats {
	uint64_t rtp_in, rtp_out, rtcp_in, rtcp_out;
	uint64_t refused;        /* from a wrong source */
	uint64_t unsent;         /* accepted for it, but not sent to it */
	uint64_t bytes_in;
	int64_t last_rx_ms;      /* RTP; monotonic; 0: nothing yet */
	bool is_latched;         /* RTP */
};
struct endpoint_stats endpoint_stats(const struct endpoint *e);

#endif
