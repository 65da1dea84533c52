/* media/udp.c - the sockets of a port pair. */
#include "media/udp.h"

#include <errno.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include <unistd.h>

/* DSCP "expedited forwarding" (RFC 3246), what RFC 4594 4.1 asks of voice. */
#define TOS_EF 0xb8

/* About a hundred packets: some 100 ms of a video stream.  What waits longer
 * in the kernel is of no use to the listener. */
#define RECEIVE_BUFFER (64 * 1024)

static void tune(int fd, bool is_v6)
{
	const int tos = TOS_EF, size = RECEIVE_BUFFER;

	/* None of these is worth a failed call. */
	if (is_v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	else
		setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static struct addr local_addr(const struct addr *ip, bool is_v6, uint16_t port)
{
	struct addr a = { 0 };

	if (addr_is_set(ip))
		a = *ip;
	else
		a.u.sa.sa_family = is_v6 ? AF_INET6 : AF_INET;
	addr_set_port(&a, port);
	return a;
}

int udp_open(const struct addr *ip, bool is_v6, uint16_t port)
{
	const struct addr a = local_addr(ip, is_v6, port);
	const int on = 1;
	int fd, rc;

	if (addr_is_v6(&a) != is_v6)
		return -EAFNOSUPPORT;
	fd = socket(a.u.sa.sa_family,
	            SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* The same port may serve the other family. */
	if ((is_v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
	                         sizeof(on)) < 0) ||
	    bind(fd, &a.u.sa, addr_len(&a)) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	tune(fd, is_v6);
	return fd;
}

int udp_open_pair(int fds[2], const struct addr *ip, bool is_v6, uint16_t rtp)
{
	int a = udp_open(ip, is_v6, rtp), b;

	if (a < 0)
		return a;
	b = udp_open(ip, is_v6, (uint16_t)(rtp + 1));
	if (b < 0) {
		close(a);
		return b;
	}
	fds[0] = a;
	fds[1] = b;
	return 0;
}
