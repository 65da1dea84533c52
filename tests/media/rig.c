#include "cmocka_all.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/timer.h"
#include "rig.h"

int udp_socket(const char *ip, struct addr *bound)
{
	struct addr a;
	socklen_t len = sizeof(a);
	int fd;

	assert_int_equal(addr_parse(&a, ip, 0), 0);
	fd = socket(a.u.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &a.u.sa, addr_len(&a)), 0);
	memset(bound, 0, sizeof(*bound));
	assert_int_equal(getsockname(fd, &bound->u.sa, &len), 0);
	return fd;
}

void phone_open(struct phone *p, const char *ip)
{
	p->rtp = udp_socket(ip, &p->rtp_addr);
	p->rtcp = udp_socket(ip, &p->rtcp_addr);
}

void phone_close(struct phone *p)
{
	close(p->rtp);
	close(p->rtcp);
}

void send_to(int fd, const char *ip, uint16_t port, const void *data,
             size_t len)
{
	struct addr to;

	assert_int_equal(addr_parse(&to, ip, port), 0);
	assert_int_equal(sendto(fd, data, len, 0, &to.u.sa, addr_len(&to)),
	                 len);
}

void expect_packet(int fd, const char *text, uint16_t port)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct addr from = { 0 };
	socklen_t len = sizeof(from);
	char got[2000];
	ssize_t n;

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	n = recvfrom(fd, got, sizeof(got) - 1, 0, &from.u.sa, &len);
	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, text);
	assert_int_equal(addr_port(&from), port);
}

void expect_silence(int fd)
{
	char got[16];

	assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), -1);
}

void rig_set(struct rig *r, int side)
{
	endpoint_set_remote(r->ep[side], &r->remote[side]);
	media_flush(r->m);
}

void rig_connect(struct rig *r)
{
	endpoint_connect(r->ep[A], r->ep[B]);
	media_flush(r->m);
}

void rig_open(struct rig *r, const char *ip, unsigned threads)
{
	struct media_conf conf = { .port_min = 20000, .port_max = 59999,
		                   .threads = threads,
		                   .quarantine_ms = 2000 };

	memset(r, 0, sizeof(*r));
	r->ip = ip;
	assert_int_equal(addr_parse(&conf.address, ip, 0), 0);
	assert_int_equal(media_create(&r->m, &conf), 0);
	for (int i = 0; i < 2; i++) {
		struct phone *p = &r->phone[i];

		phone_open(p, ip);
		assert_int_equal(endpoint_create(&r->ep[i], r->m,
		                                 strchr(ip, ':') != NULL,
		                                 clock_mono_ms()),
		                 0);
		r->remote[i].rtp = p->rtp_addr;
		r->remote[i].rtcp = p->rtcp_addr;
		r->remote[i].signalling = p->rtp_addr;
		rig_set(r, i);
	}
}

/* Every test ends with the gauges at zero and all ports given back. */
void rig_close(struct rig *r)
{
	struct media_gauges g;

	for (int i = 0; i < 2; i++) {
		endpoint_destroy(&r->ep[i], clock_mono_ms());
		assert_null(r->ep[i]);
		phone_close(&r->phone[i]);
	}
	g = media_gauges(r->m);
	assert_int_equal(g.endpoints, 0);
	assert_int_equal(g.ports_used, 0);
	assert_int_equal(g.ports_free + g.ports_quarantined, 20000);
	media_destroy(&r->m);
	assert_null(r->m);
}

bool rig_has_ipv6(void)
{
	struct addr a;
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool has;

	assert_int_equal(addr_parse(&a, "::1", 0), 0);
	has = fd >= 0 && bind(fd, &a.u.sa, addr_len(&a)) == 0;
	if (fd >= 0)
		close(fd);
	return has;
}

void send_rtp(struct rig *r, int side, const char *text)
{
	send_to(r->phone[side].rtp, r->ip, endpoint_rtp_port(r->ep[side]),
	        text, strlen(text));
}

void send_rtcp(struct rig *r, int side, const char *text)
{
	send_to(r->phone[side].rtcp, r->ip, endpoint_rtcp_port(r->ep[side]),
	        text, strlen(text));
}
