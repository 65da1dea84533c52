/* support/rtp.h - a few RTP packets, for tests of the relay.  The relay runs
 * in threads of its own, so here a receiver waits (in real time) until what
 * it wants has come, up to a limit. */
#ifndef B2BUA_TESTS_RTP_H
#define B2BUA_TESTS_RTP_H

#include <stdbool.h>
#include "base/addr.h"

struct rtp {
	int fd;
	struct addr addr;     /* its own */
	uint16_t seq;         /* of the next packet sent */
	uint32_t timestamp, ssrc;
	/* Of the last packet received. */
	uint16_t rx_seq;
	unsigned rx_type;     /* with the marker, 0x80 */
	uint32_t rx_ssrc;
	struct addr rx_from;
};

void rtp_open(struct rtp *r, const char *ip, uint32_t ssrc);
void rtp_close(struct rtp *r);
uint16_t rtp_port(const struct rtp *r);
/* n packets of 20 ms of PCMU, back to back. */
void rtp_send(struct rtp *r, const struct addr *to, size_t n);
/* Anything else: RTCP, noise. */
void rtp_send_raw(struct rtp *r, const struct addr *to, const void *p,
                  size_t len);
/* Waits for n packets; how many came. */
size_t rtp_receive(struct rtp *r, size_t n);
/* What is there now, without waiting. */
size_t rtp_drain(struct rtp *r);

#endif
