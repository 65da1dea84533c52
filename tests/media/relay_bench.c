/* What a relayed packet costs: our relay beside a bare epoll/recvfrom/sendto
 * loop, in turn, under the same calls.
 *
 *   relay_bench [CALLS [SECONDS [even]]]
 *   relay_bench serve bare|media CALLS PORT
 *
 * The first makes its own traffic (50 packets a second each way, 160 bytes)
 * and sends it through one relay and the other by turns of 200 ms, so that
 * whatever else the machine does strikes both.  Packets come in a burst each
 * ms or, with "even", one by one.  Both relays are processes of their own;
 * their CPU time per packet is printed, the ratio, loss and latency.
 * The second relays for another generator: it prints a line "port ip:port
 * port ip:port" a call (A's own port, where A sends, the same for B), A's
 * and B's ports being PORT, PORT + 2, and so on, until its input ends. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "media/media.h"

#define IP         "127.0.0.1"
#define PTIME_MS   20
#define PACKET     172
#define TURN_MS    200
#define DRAIN_MS   20  /* between turns; longer when packets are missing */
#define WARM_UP    4 /* turns of each that are not counted */

enum { MEDIA, BARE };

_Noreturn static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		die("clock_gettime");
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static int bound_socket(struct addr *bound)
{
	socklen_t len = sizeof(*bound);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	addr_parse(bound, IP, 0);
	if (fd < 0 || bind(fd, &bound->u.sa, addr_len(bound)) < 0 ||
	    getsockname(fd, &bound->u.sa, &len) < 0)
		die("bind");
	return fd;
}

/* --- the two relays: each takes the phones' addresses and tells its own -- */

struct bare_port {
	int fd, out;
	struct addr to;
};

static void bare_setup(struct bare_port *port, size_t n, int epfd,
                       const struct addr *phones, struct addr *ours)
{
	for (size_t i = 0; i < n; i++) {
		struct epoll_event ev = { .events = EPOLLIN,
			                  .data.ptr = &port[i] };

		port[i].fd = bound_socket(&ours[i]);
		port[i ^ 1].out = port[i].fd;
		port[i ^ 1].to = phones[i];
		if (epoll_ctl(epfd, EPOLL_CTL_ADD, port[i].fd, &ev) < 0)
			die("epoll_ctl");
	}
}

_Noreturn static void bare_run(int epfd)
{
	struct epoll_event ev[256];
	char data[2048];

	for (;;) {
		int n = epoll_wait(epfd, ev, 256, -1);

		for (int i = 0; i < n; i++) {
			const struct bare_port *p = ev[i].data.ptr;
			struct sockaddr_in from;
			socklen_t len = sizeof(from);
			ssize_t got = recvfrom(p->fd, data, sizeof(data), 0,
			                       (struct sockaddr *)&from, &len);

			if (got < 0 || sendto(p->out, data, (size_t)got, 0,
			                      &p->to.u.sa, addr_len(&p->to)) < 0)
				continue;
		}
	}
}

static void media_setup(size_t n, const struct addr *phones,
                        struct addr *ours)
{
	struct media_conf conf = { .port_min = 40000, .port_max = 65535,
		                   .threads = 1 };
	struct endpoint **ep = xcalloc(n, sizeof(*ep));
	struct media *m = NULL;

	addr_parse(&conf.address, IP, 0);
	if (media_create(&m, &conf) < 0)
		die("media_create");
	for (size_t i = 0; i < n; i++) {
		struct endpoint_remote r = { .rtp = phones[i],
			                     .signalling = phones[i] };

		if (endpoint_create(&ep[i], m, false, 0) < 0)
			die("endpoint_create");
		endpoint_set_remote(ep[i], &r);
		addr_parse(&ours[i], IP, endpoint_rtp_port(ep[i]));
		if (i % 2)
			endpoint_connect(ep[i - 1], ep[i]);
	}
	media_flush(m);
}

/* Tells its addresses on fd, then relays until it is killed. */
_Noreturn static void relay(bool is_bare, size_t n, const struct addr *phones,
                            int fd)
{
	struct addr *ours = xcalloc(n, sizeof(*ours));
	struct bare_port *port = xcalloc(n, sizeof(*port));
	int epfd = epoll_create1(0);
	size_t size = n * sizeof(*ours);

	if (is_bare)
		bare_setup(port, n, epfd, phones, ours);
	else
		media_setup(n, phones, ours);
	if (write(fd, ours, size) != (ssize_t)size)
		die("write");
	if (is_bare)
		bare_run(epfd);
	for (;;)
		pause();
}

static pid_t start_relay(bool is_bare, size_t n, const struct addr *phones,
                         struct addr *ours)
{
	size_t size = n * sizeof(*ours), got = 0;
	int fds[2];
	pid_t pid;

	if (pipe(fds) < 0)
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		relay(is_bare, n, phones, fds[1]);
	close(fds[1]);
	while (got < size) {
		ssize_t k = read(fds[0], (char *)ours + got, size - got);

		if (k <= 0)
			die("the relay did not start");
		got += (size_t)k;
	}
	close(fds[0]);
	return pid;
}

static void stop_relay(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* --- traffic ------------------------------------------------------------- */

struct side { /* one of the two relays and what came through it */
	pid_t pid;
	clockid_t cpu;
	struct addr *ours;  /* owned; its ports, by phone */
	uint64_t sent, received;
	int64_t used_ns;
	uint32_t *late_us;  /* owned; of each packet received */
	double *turn_cost;  /* owned; ns a packet */
	size_t n_turns;
};

struct traffic {
	size_t n;            /* phones, two a call */
	size_t room;         /* in late_us */
	bool is_even;
	int *fd;             /* owned */
	struct addr *phones; /* owned; what fd is bound to */
	int epfd;
};

static void traffic_open(struct traffic *t, size_t n)
{
	const int on = 1;

	*t = (struct traffic){ .n = n, .epfd = epoll_create1(0) };
	t->fd = xcalloc(n, sizeof(*t->fd));
	t->phones = xcalloc(n, sizeof(*t->phones));
	for (size_t i = 0; i < n; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.u64 = i };

		t->fd[i] = bound_socket(&t->phones[i]);
		setsockopt(t->fd[i], SOL_SOCKET, SO_TIMESTAMPNS, &on,
		           sizeof(on));
		epoll_ctl(t->epfd, EPOLL_CTL_ADD, t->fd[i], &ev);
	}
}

static void side_open(struct side *s, bool is_bare, const struct traffic *t,
                      size_t n_turns)
{
	*s = (struct side){ .ours = xcalloc(t->n, sizeof(*s->ours)) };
	s->late_us = xcalloc(t->room, sizeof(*s->late_us));
	s->turn_cost = xcalloc(n_turns, sizeof(*s->turn_cost));
	s->pid = start_relay(is_bare, t->n, t->phones, s->ours);
	if (clock_getcpuclockid(s->pid, &s->cpu) != 0)
		die("clock_getcpuclockid");
}

static void side_close(struct side *s)
{
	stop_relay(s->pid);
	free(s->ours);
	free(s->late_us);
	free(s->turn_cost);
}

static void send_one(struct traffic *t, struct side *s, size_t i)
{
	char data[PACKET] = "\x80";
	int64_t at = now_ns(CLOCK_REALTIME);

	memcpy(data + 12, &at, sizeof(at));
	if (sendto(t->fd[i], data, sizeof(data), 0, &s->ours[i].u.sa,
	           addr_len(&s->ours[i])) >= 0)
		s->sent++;
}

/* When the kernel got it, so that our own delays do not count. */
static int64_t arrival_ns(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	struct timespec ts;

	if (!c || c->cmsg_type != SCM_TIMESTAMPNS)
		return now_ns(CLOCK_REALTIME);
	memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void receive_one(struct traffic *t, struct side *s, size_t i)
{
	char data[2048], control[64];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		              .msg_control = control,
		              .msg_controllen = sizeof(control) };
	int64_t at;

	if (recvmsg(t->fd[i], &msg, 0) != PACKET || s->received == t->room)
		return;
	memcpy(&at, data + 12, sizeof(at));
	s->late_us[s->received++] = (uint32_t)((arrival_ns(&msg) - at) / 1000);
}

/* Sleeps to the nearest ms, or not at all. */
static void receive_until(struct traffic *t, struct side *s, int64_t until_ns,
                          bool may_sleep)
{
	struct epoll_event ev[256];
	int64_t left = until_ns - now_ns(CLOCK_MONOTONIC);

	for (;;) {
		int ms = left > 0 && may_sleep ? (int)(left / 1000000) : 0;
		int n = epoll_wait(t->epfd, ev, 256, ms);

		for (int i = 0; i < n; i++)
			receive_one(t, s, ev[i].data.u64);
		left = until_ns - now_ns(CLOCK_MONOTONIC);
		if (left <= (may_sleep ? 1000000 : 0))
			return;
	}
}

/* Each phone sends once in a PTIME, in its own ms or at its own moment. */
static void talk(struct traffic *t, struct side *s)
{
	const int64_t ptime = PTIME_MS * 1000000, ms = 1000000;
	int64_t start = now_ns(CLOCK_MONOTONIC), was = -1;

	for (int64_t round = 0; round < TURN_MS / PTIME_MS; round++) {
		for (size_t i = 0; i < t->n; i++) {
			int64_t at = ptime * (int64_t)i / (int64_t)t->n;

			if (!t->is_even)
				at -= at % ms;
			if (at != was)
				receive_until(t, s, start + round * ptime + at,
				              !t->is_even);
			was = at;
			send_one(t, s, i);
		}
	}
	receive_until(t, s, start + (TURN_MS + DRAIN_MS) * ms, true);
	for (int i = 0; i < 20 && s->received < s->sent; i++)
		receive_until(t, s, now_ns(CLOCK_MONOTONIC) + 10 * ms, true);
}

static void take_turn(struct traffic *t, struct side *s)
{
	int64_t used = now_ns(s->cpu);
	uint64_t received = s->received;

	talk(t, s);
	used = now_ns(s->cpu) - used;
	received = s->received - received;
	if (received == 0)
		die("nothing came back");
	s->used_ns += used;
	s->turn_cost[s->n_turns++] = (double)used / (double)received;
}

static int compare_u32(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int compare_double(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare_double);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void show(const char *name, struct side *s)
{
	qsort(s->late_us, s->received, sizeof(*s->late_us), compare_u32);
	printf("%-5s %6.3f us/packet (median turn %.3f), latency p50 %u us, "
	       "p99 %u us, %llu of %llu lost\n",
	       name, (double)s->used_ns / 1000 / (double)s->received,
	       median(s->turn_cost, s->n_turns) / 1000,
	       s->late_us[s->received / 2], s->late_us[s->received * 99 / 100],
	       (unsigned long long)(s->sent - s->received),
	       (unsigned long long)s->sent);
}

static void forget(struct side *s)
{
	s->used_ns = 0;
	s->sent = s->received = s->n_turns = 0;
}

static void compare(size_t calls, size_t seconds, bool is_even)
{
	size_t n_turns = seconds * 1000 / (2 * (TURN_MS + DRAIN_MS)) + 1;
	double *ratio = xcalloc(n_turns, sizeof(*ratio));
	struct side side[2];
	struct traffic t;

	traffic_open(&t, 2 * calls);
	t.is_even = is_even;
	t.room = t.n * (n_turns + WARM_UP) * (TURN_MS / PTIME_MS);
	for (int i = 0; i < 2; i++)
		side_open(&side[i], i == BARE, &t, n_turns + WARM_UP);
	for (size_t turn = 0; turn < n_turns + WARM_UP; turn++) {
		if (turn == WARM_UP) {
			forget(&side[MEDIA]);
			forget(&side[BARE]);
		}
		take_turn(&t, &side[turn % 2]);
		take_turn(&t, &side[!(turn % 2)]);
	}
	for (size_t i = 0; i < n_turns; i++)
		ratio[i] = side[MEDIA].turn_cost[i] / side[BARE].turn_cost[i];
	show("media", &side[MEDIA]);
	show("bare", &side[BARE]);
	printf("%zu calls, %zu turns each: media / bare = %.3f (median of "
	       "turns %.3f)\n",
	       calls, n_turns,
	       (double)side[MEDIA].used_ns / (double)side[MEDIA].received /
	               ((double)side[BARE].used_ns /
	                (double)side[BARE].received),
	       median(ratio, n_turns));
	side_close(&side[MEDIA]);
	side_close(&side[BARE]);
	free(ratio);
	free(t.fd);
	free(t.phones);
}

static void serve(bool is_bare, size_t calls, uint16_t port)
{
	struct addr *phones = xcalloc(2 * calls, sizeof(*phones));
	struct addr *ours = xcalloc(2 * calls, sizeof(*ours));
	pid_t pid;

	for (size_t i = 0; i < 2 * calls; i++)
		addr_parse(&phones[i], IP, (uint16_t)(port + 2 * i));
	pid = start_relay(is_bare, 2 * calls, phones, ours);
	for (size_t i = 0; i < 2 * calls; i++)
		printf("%u " IP ":%u%c", addr_port(&phones[i]),
		       addr_port(&ours[i]), i % 2 ? '\n' : ' ');
	fflush(stdout);
	fprintf(stderr, "%d\n", (int)pid);
	while (getchar() != EOF)
		;
	stop_relay(pid);
	free(phones);
	free(ours);
}

static long argument(int argc, char **argv, int i, long fallback)
{
	return i < argc && atol(argv[i]) > 0 ? atol(argv[i]) : fallback;
}

int main(int argc, char **argv)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 5 && strcmp(argv[1], "serve") == 0) {
		serve(strcmp(argv[2], "bare") == 0,
		      (size_t)argument(argc, argv, 3, 1),
		      (uint16_t)argument(argc, argv, 4, 40000));
		return 0;
	}
	compare((size_t)argument(argc, argv, 1, 300),
	        (size_t)argument(argc, argv, 2, 20),
	        argc > 3 && strcmp(argv[3], "even") == 0);
	return 0;
}
