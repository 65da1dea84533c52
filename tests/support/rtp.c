/* support/rtp.c - a few RTP packets. */
#include "cmocka_all.h"

#include "support/rtp.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_WAIT_MS 3000
#define PAYLOAD         160
#define HEADER          12

void rtp_open(struct rtp *r, const char *ip, uint32_t ssrc)
{
	socklen_t len = sizeof(r->addr);

	memset(r, 0, sizeof(*r));
	r->ssrc = ssrc;
	r->seq = 1;
	assert_int_equal(addr_parse(&r->addr, ip, 0), 0);
	r->fd = socket(r->addr.u.sa.sa_family,
	               SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(r->fd >= 0);
	assert_int_equal(bind(r->fd, &r->addr.u.sa, addr_len(&r->addr)), 0);
	assert_int_equal(getsockname(r->fd, &r->addr.u.sa, &len), 0);
}

void rtp_close(struct rtp *r)
{
	close(r->fd);
	r->fd = -1;
}

uint16_t rtp_port(const struct rtp *r)
{
	return addr_port(&r->addr);
}

void rtp_send_raw(struct rtp *r, const struct addr *to, const void *p,
                  size_t len)
{
	assert_int_equal(sendto(r->fd, p, len, 0, &to->u.sa, addr_len(to)),
	                 (ssize_t)len);
}

void rtp_send(struct rtp *r, const struct addr *to, size_t n)
{
	unsigned char packet[HEADER + PAYLOAD];
	uint16_t seq;
	uint32_t word;

	memset(packet, 0xff, sizeof(packet)); /* PCMU silence */
	while (n-- > 0) {
		packet[0] = 0x80;
		packet[1] = 0;
		seq = htons(r->seq++);
		memcpy(packet + 2, &seq, 2);
		word = htonl(r->timestamp);
		memcpy(packet + 4, &word, 4);
		word = htonl(r->ssrc);
		memcpy(packet + 8, &word, 4);
		r->timestamp += PAYLOAD;
		rtp_send_raw(r, to, packet, sizeof(packet));
	}
}

static bool receive_one(struct rtp *r)
{
	unsigned char packet[2048];
	socklen_t len = sizeof(r->rx_from);
	ssize_t n = recvfrom(r->fd, packet, sizeof(packet), 0,
	                     &r->rx_from.u.sa, &len);

	if (n < 0)
		return false;
	if (n >= HEADER) {
		r->rx_type = packet[1];
		memcpy(&r->rx_seq, packet + 2, 2);
		memcpy(&r->rx_ssrc, packet + 8, 4);
		r->rx_seq = ntohs(r->rx_seq);
		r->rx_ssrc = ntohl(r->rx_ssrc);
	}
	return true;
}

size_t rtp_drain(struct rtp *r)
{
	size_t n = 0;

	while (receive_one(r))
		n++;
	return n;
}

size_t rtp_receive(struct rtp *r, size_t n)
{
	struct pollfd wait = { r->fd, POLLIN, 0 };
	size_t got = 0;

	while (got < n) {
		if (receive_one(r))
			got++;
		else if (poll(&wait, 1, LONGEST_WAIT_MS) <= 0)
			break;
	}
	return got;
}
