#include "cmocka_all.h"

#include <stdio.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/timer.h"
#include "rig.h"

static void talk_both_ways(struct rig *r)
{
	send_rtp(r, A, "from A");
	expect_packet(r->phone[B].rtp, "from A", endpoint_rtp_port(r->ep[B]));
	send_rtp(r, B, "from B");
	expect_packet(r->phone[A].rtp, "from B", endpoint_rtp_port(r->ep[A]));
	send_rtcp(r, A, "report A");
	expect_packet(r->phone[B].rtcp, "report A",
	              endpoint_rtcp_port(r->ep[B]));
	send_rtcp(r, B, "report B");
	expect_packet(r->phone[A].rtcp, "report B",
	              endpoint_rtcp_port(r->ep[A]));
}

static void connected_on(const char *ip, unsigned threads)
{
	struct rig r;
	struct endpoint_stats s;

	rig_open(&r, ip, threads);
	assert_int_equal(endpoint_rtp_port(r.ep[A]) % 2, 0);
	assert_int_equal(endpoint_rtcp_port(r.ep[A]),
	                 endpoint_rtp_port(r.ep[A]) + 1);
	rig_connect(&r);
	talk_both_ways(&r);
	wait_for(media_gauges(r.m).packets_relayed, 4);
	s = endpoint_stats(r.ep[A]);
	assert_int_equal(s.rtp_in, 1);
	assert_int_equal(s.rtp_out, 1);
	assert_int_equal(s.rtcp_in, 1);
	assert_int_equal(s.rtcp_out, 1);
	assert_int_equal(s.bytes_in, 6 + 8);
	assert_int_equal(s.refused + s.unsent, 0);
	assert_in_range(s.last_rx_ms, 1, clock_mono_ms());
	rig_close(&r);
}

static void two_phones_hear_each_other_over_ipv4(void **unused)
{
	(void)unused;
	connected_on("127.0.0.1", 1);
	connected_on("127.0.0.1", 0);
}

static void two_phones_hear_each_other_over_ipv6(void **unused)
{
	(void)unused;
	if (!rig_has_ipv6())
		skip();
	connected_on("::1", 2);
}

static void an_ipv4_phone_hears_an_ipv6_phone(void **unused)
{
	struct rig r;
	struct media_conf any = { .port_min = 20000, .port_max = 59999 };
	struct media *m = NULL;
	struct endpoint *four = NULL, *six = NULL;
	struct phone p;

	(void)unused;
	if (!rig_has_ipv6())
		skip();
	rig_open(&r, "127.0.0.1", 1); /* its phones, another media */
	phone_open(&p, "::1");
	assert_int_equal(media_create(&m, &any), 0);
	assert_int_equal(endpoint_create(&four, m, false, 0), 0);
	assert_int_equal(endpoint_create(&six, m, true, 0), 0);
	endpoint_set_remote(four, &r.remote[A]);
	r.remote[B].rtp = p.rtp_addr;
	endpoint_set_remote(six, &r.remote[B]);
	endpoint_connect(four, six);
	media_flush(m);
	send_to(r.phone[A].rtp, "127.0.0.1", endpoint_rtp_port(four), "4", 1);
	expect_packet(p.rtp, "4", endpoint_rtp_port(six));
	send_to(p.rtp, "::1", endpoint_rtp_port(six), "6", 1);
	expect_packet(r.phone[A].rtp, "6", endpoint_rtp_port(four));
	endpoint_destroy(&four, 0);
	endpoint_destroy(&six, 0);
	media_destroy(&m);
	phone_close(&p);
	rig_close(&r);
}

static void an_unconnected_endpoint_drops_and_counts(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	send_rtp(&r, A, "one");
	send_rtp(&r, A, "two");
	wait_for(endpoint_stats(r.ep[A]).rtp_in, 2);
	rig_connect(&r);
	expect_silence(r.phone[B].rtp);
	assert_int_equal(endpoint_stats(r.ep[A]).refused, 0);
	talk_both_ways(&r);
	rig_close(&r);
}

static void connecting_lets_the_former_peer_go(void **unused)
{
	struct rig r;
	struct endpoint *c = NULL;

	(void)unused;
	rig_open(&r, "127.0.0.1", 2);
	assert_int_equal(endpoint_create(&c, r.m, false, 0), 0);
	for (int i = 0; i < 5; i++) {
		endpoint_connect(r.ep[A], c);
		endpoint_connect(c, r.ep[B]);
		rig_connect(&r);
		endpoint_connect(r.ep[B], r.ep[A]);
	}
	media_flush(r.m);
	talk_both_ways(&r);
	endpoint_connect(r.ep[A], c);
	media_flush(r.m);
	send_rtp(&r, B, "unheard");
	wait_for(endpoint_stats(r.ep[B]).rtp_in, 2);
	expect_silence(r.phone[A].rtp);
	endpoint_destroy(&c, 0);
	rig_close(&r);
}

static void a_disconnected_pair_is_silent_until_it_is_joined_again(
	void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 2);
	rig_connect(&r);
	talk_both_ways(&r);
	endpoint_disconnect(r.ep[B]);
	endpoint_disconnect(r.ep[A]);
	media_flush(r.m);
	send_rtp(&r, A, "unheard");
	wait_for(endpoint_stats(r.ep[A]).rtp_in, 2);
	expect_silence(r.phone[B].rtp);
	endpoint_connect(r.ep[B], r.ep[A]);
	media_flush(r.m);
	talk_both_ways(&r);
	rig_close(&r);
}

/* RTP, RTCP (sender report, 200), STUN and DTLS as they look on a mux port */
#define RTP_LIKE  "\x80\x08sound"
#define RTCP_LIKE "\x80\xc8report"
#define DTLS_LIKE "\x16\xc8hello"

static void mux_on_one_side_only(int mux, int plain)
{
	struct rig r;

	rig_open(&r, "127.0.0.1", 1);
	r.remote[mux].is_mux = true;
	rig_set(&r, mux);
	endpoint_connect(r.ep[mux], r.ep[plain]);
	media_flush(r.m);
	send_rtp(&r, mux, RTP_LIKE);
	expect_packet(r.phone[plain].rtp, RTP_LIKE,
	              endpoint_rtp_port(r.ep[plain]));
	send_rtp(&r, mux, RTCP_LIKE);
	expect_packet(r.phone[plain].rtcp, RTCP_LIKE,
	              endpoint_rtcp_port(r.ep[plain]));
	send_rtp(&r, mux, DTLS_LIKE);
	expect_packet(r.phone[plain].rtp, DTLS_LIKE,
	              endpoint_rtp_port(r.ep[plain]));
	send_rtcp(&r, plain, "answer");
	expect_packet(r.phone[mux].rtp, "answer",
	              endpoint_rtp_port(r.ep[mux]));
	wait_for(endpoint_stats(r.ep[mux]).rtcp_out, 1);
	assert_int_equal(endpoint_stats(r.ep[mux]).rtcp_in, 1);
	assert_int_equal(endpoint_stats(r.ep[mux]).rtp_in, 2);
	/* its RTCP port is closed then */
	send_rtcp(&r, mux, "stray");
	wait_for(endpoint_stats(r.ep[mux]).refused, 1);
	rig_close(&r);
}

static void rtcp_crosses_between_a_mux_and_a_plain_phone(void **unused)
{
	(void)unused;
	mux_on_one_side_only(A, B);
	mux_on_one_side_only(B, A);
}

static void rtcp_stays_on_one_port_between_two_mux_phones(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	for (int i = 0; i < 2; i++) {
		r.remote[i].is_mux = true;
		memset(&r.remote[i].rtcp, 0, sizeof(r.remote[i].rtcp));
		rig_set(&r, i);
	}
	rig_connect(&r);
	send_rtp(&r, A, RTCP_LIKE);
	expect_packet(r.phone[B].rtp, RTCP_LIKE, endpoint_rtp_port(r.ep[B]));
	wait_for(endpoint_stats(r.ep[B]).rtcp_out, 1);
	rig_close(&r);
}

static void without_mux_the_port_alone_tells_rtcp_from_rtp(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	send_rtp(&r, A, RTCP_LIKE);
	expect_packet(r.phone[B].rtp, RTCP_LIKE, endpoint_rtp_port(r.ep[B]));
	rig_close(&r);
}

static void an_empty_packet_latches_but_is_not_sent_on(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	send_rtp(&r, A, "");
	wait_for(endpoint_stats(r.ep[A]).rtp_in, 1);
	assert_true(endpoint_stats(r.ep[A]).is_latched);
	send_rtp(&r, A, "sound");
	expect_packet(r.phone[B].rtp, "sound", endpoint_rtp_port(r.ep[B]));
	rig_close(&r);
}

static void a_packet_of_9000_bytes_passes_and_a_longer_one_is_counted(
	void **unused)
{
	static char big[9001], got[9100];
	struct pollfd p;
	struct rig r;

	(void)unused;
	memset(big, 'x', sizeof(big));
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	send_to(r.phone[A].rtp, r.ip, endpoint_rtp_port(r.ep[A]), big, 9001);
	wait_for(endpoint_stats(r.ep[B]).unsent, 1);
	send_to(r.phone[A].rtp, r.ip, endpoint_rtp_port(r.ep[A]), big, 9000);
	p = (struct pollfd){ .fd = r.phone[B].rtp, .events = POLLIN };
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(recv(p.fd, got, sizeof(got), 0), 9000);
	assert_memory_equal(got, big, 9000);
	rig_close(&r);
}

static void a_peer_that_refuses_packets_does_no_harm(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	close(r.phone[B].rtp); /* ICMP port unreachable */
	media_flush(r.m);
	for (int i = 0; i < 20; i++)
		send_rtp(&r, A, "anyone?");
	wait_for(endpoint_stats(r.ep[B]).rtp_out +
	                 endpoint_stats(r.ep[B]).unsent,
	         20);
	send_rtcp(&r, B, "alive");
	expect_packet(r.phone[A].rtcp, "alive",
	              endpoint_rtcp_port(r.ep[A]));
	r.phone[B].rtp = dup(r.phone[B].rtcp);
	rig_close(&r);
}

static void a_burst_of_packets_arrives_whole_and_in_order(void **unused)
{
	struct rig r;
	char text[16];

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 30; i++) {
			snprintf(text, sizeof(text), "%d", 30 * round + i);
			send_rtp(&r, A, text);
			send_rtp(&r, B, text);
		}
		for (int i = 0; i < 30; i++) {
			snprintf(text, sizeof(text), "%d", 30 * round + i);
			expect_packet(r.phone[B].rtp, text,
			              endpoint_rtp_port(r.ep[B]));
			expect_packet(r.phone[A].rtp, text,
			              endpoint_rtp_port(r.ep[A]));
		}
	}
	rig_close(&r);
}

static void the_whole_address_is_bound_when_none_is_configured(void **unused)
{
	struct media_conf conf = { .port_min = 20000, .port_max = 59999,
		                   .threads = 1 };
	struct endpoint_remote remote = { 0 };
	struct media *m = NULL;
	struct endpoint *e = NULL;
	struct phone p;

	(void)unused;
	assert_int_equal(media_create(&m, &conf), 0);
	assert_int_equal(endpoint_create(&e, m, false, 0), 0);
	phone_open(&p, "127.0.0.1");
	remote.rtp = p.rtp_addr;
	endpoint_set_remote(e, &remote);
	media_flush(m);
	send_to(p.rtp, "127.0.0.5", endpoint_rtp_port(e), "hello", 5);
	wait_for(endpoint_stats(e).rtp_in, 1);
	endpoint_destroy(&e, 0);
	media_destroy(&m);
	phone_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_phones_hear_each_other_over_ipv4),
		cmocka_unit_test(two_phones_hear_each_other_over_ipv6),
		cmocka_unit_test(an_ipv4_phone_hears_an_ipv6_phone),
		cmocka_unit_test(an_unconnected_endpoint_drops_and_counts),
		cmocka_unit_test(connecting_lets_the_former_peer_go),
		cmocka_unit_test(
			a_disconnected_pair_is_silent_until_it_is_joined_again),
		cmocka_unit_test(rtcp_crosses_between_a_mux_and_a_plain_phone),
		cmocka_unit_test(
			rtcp_stays_on_one_port_between_two_mux_phones),
		cmocka_unit_test(
			without_mux_the_port_alone_tells_rtcp_from_rtp),
		cmocka_unit_test(an_empty_packet_latches_but_is_not_sent_on),
		cmocka_unit_test(
			a_packet_of_9000_bytes_passes_and_a_longer_one_is_counted),
		cmocka_unit_test(a_peer_that_refuses_packets_does_no_harm),
		cmocka_unit_test(a_burst_of_packets_arrives_whole_and_in_order),
		cmocka_unit_test(
			the_whole_address_is_bound_when_none_is_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
