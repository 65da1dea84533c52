/* Two phones on loopback with an endpoint each. */
#ifndef B2BUA_TESTS_MEDIA_RIG_H
#define B2BUA_TESTS_MEDIA_RIG_H

#include <stdbool.h>
#include <string.h>
#include "media/media.h"

#define WAIT_MS 5000 /* more than any machine needs */

struct phone { /* sockets on ports of the kernel's choice */
	int rtp, rtcp;
	struct addr rtp_addr, rtcp_addr;
};
void phone_open(struct phone *p, const char *ip);
void phone_close(struct phone *p);

int udp_socket(const char *ip, struct addr *bound);
void send_to(int fd, const char *ip, uint16_t port, const void *data,
             size_t len);
/* What comes within WAIT_MS must be this, sent from port. */
void expect_packet(int fd, const char *text, uint16_t port);
/* Nothing is waiting: sound only once the packet is known to be handled. */
void expect_silence(int fd);

enum { A, B };
struct rig {
	const char *ip;
	struct media *m;
	struct phone phone[2];
	struct endpoint *ep[2];
	struct endpoint_remote remote[2];
};
/* Endpoints that know their phones, not connected.  threads: relay threads. */
void rig_open(struct rig *r, const char *ip, unsigned threads);
void rig_set(struct rig *r, int side); /* hands remote[side] over */
void rig_connect(struct rig *r);
void rig_close(struct rig *r);
bool rig_has_ipv6(void);

/* From a phone's socket to its endpoint's RTP or RTCP port. */
void send_rtp(struct rig *r, int side, const char *text);
void send_rtcp(struct rig *r, int side, const char *text);

/* Waits until a counter of an endpoint or gauge reads so. */
#define wait_for(read_it, value)                              \
	do {                                                  \
		int64_t until_ = clock_mono_ms() + WAIT_MS;   \
		while ((uint64_t)(read_it) != (value) &&      \
		       clock_mono_ms() < until_)              \
			poll(NULL, 0, 1);                     \
		assert_int_equal((uint64_t)(read_it), value); \
	} while (0)

#endif
