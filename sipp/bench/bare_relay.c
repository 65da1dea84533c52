/* bare_relay.c - the least a media relay can do: one thread, epoll, recvfrom
 * and sendto.  The yardstick for the cost of a relayed RTP packet; not
 * product code.
 *
 * Each call is two sockets, A and B; what arrives on one leaves by the other,
 * towards whoever last sent there.  The first line printed for each call is
 * what `rtpload --pairs` reads.
 *
 *   cc -O2 -o bare_relay bare_relay.c
 *   ./bare_relay RELAY-IP CALLS CLIENT-RTP-BASE >pairs &
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 64
#define PACKET 2048

struct side {
	int fd;
	int port;
	struct sockaddr_in peer; /* who sends here; port 0: nobody yet */
};

static int side_open(struct side *s, struct in_addr ip)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = ip };
	socklen_t len = sizeof(a);
	int size = 1 << 18;

	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, len) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&a, &len) < 0)
		return -1;
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	s->port = ntohs(a.sin_port);
	return 0;
}

static void forward(struct side *from, struct side *to)
{
	char packet[PACKET];
	socklen_t len = sizeof(from->peer);
	ssize_t n = recvfrom(from->fd, packet, sizeof(packet), 0,
	                     (struct sockaddr *)&from->peer, &len);

	if (n > 0 && to->peer.sin_port)
		(void)!sendto(to->fd, packet, (size_t)n, 0,
		              (struct sockaddr *)&to->peer, sizeof(to->peer));
}

static void run(int epfd, struct side *sides)
{
	struct epoll_event ev[EVENTS];

	for (;;) {
		int n = epoll_wait(epfd, ev, EVENTS, -1);

		for (int i = 0; i < n; i++)
			forward(&sides[ev[i].data.u32],
			        &sides[ev[i].data.u32 ^ 1]);
	}
}

static int open_call(int epfd, struct side *sides, uint32_t call,
                     struct in_addr ip)
{
	for (uint32_t i = 2 * call; i < 2 * call + 2; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.u32 = i };

		if (side_open(&sides[i], ip) < 0 ||
		    epoll_ctl(epfd, EPOLL_CTL_ADD, sides[i].fd, &ev) < 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	struct in_addr ip;
	struct side *sides;
	int calls, base, epfd = epoll_create1(0);

	if (argc != 4 || !inet_aton(argv[1], &ip)) {
		fprintf(stderr, "usage: bare_relay RELAY-IP CALLS "
		                "CLIENT-RTP-BASE\n");
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	calls = atoi(argv[2]);
	base = atoi(argv[3]);
	sides = calloc(2 * (size_t)calls, sizeof(*sides));
	for (int i = 0; i < calls; i++) {
		if (!sides || open_call(epfd, sides, (uint32_t)i, ip) < 0) {
			perror("bare_relay");
			return 1;
		}
		printf("%d %s:%d %d %s:%d\n", base + 4 * i, argv[1],
		       sides[2 * i].port, base + 4 * i + 2, argv[1],
		       sides[2 * i + 1].port);
	}
	fclose(stdout);
	run(epfd, sides);
	return 0;
}
