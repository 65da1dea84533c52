/* The source rules over real sockets: who may send into a call (RTP bleed),
 * and who hears it.  127.0.0.2 and 127.0.0.3 play other hosts. */
#include "cmocka_all.h"

#include <poll.h>
#include <unistd.h>

#include "base/timer.h"
#include "rig.h"

static void pretend_nat(struct rig *r, int side, const char *sdp_ip)
{
	uint16_t port = addr_port(&r->remote[side].rtp);
	uint16_t rtcp = addr_port(&r->remote[side].rtcp);

	assert_int_equal(addr_parse(&r->remote[side].rtp, sdp_ip, port), 0);
	assert_int_equal(addr_parse(&r->remote[side].rtcp, sdp_ip, rtcp), 0);
	r->remote[side].is_natted = true;
	rig_set(r, side);
}

#define refused(r, side) endpoint_stats((r)->ep[side]).refused

static void a_stranger_is_not_heard_before_the_latch(void **unused)
{
	struct rig r;
	struct addr bound;
	int stranger;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	stranger = udp_socket("127.0.0.2", &bound);
	rig_connect(&r);
	send_to(stranger, r.ip, endpoint_rtp_port(r.ep[A]), "evil", 4);
	wait_for(refused(&r, A), 1);
	expect_silence(r.phone[B].rtp);
	assert_false(endpoint_stats(r.ep[A]).is_latched);
	assert_int_equal(endpoint_stats(r.ep[A]).last_rx_ms, 0);
	send_rtp(&r, A, "good");
	expect_packet(r.phone[B].rtp, "good", endpoint_rtp_port(r.ep[B]));
	assert_true(endpoint_stats(r.ep[A]).is_latched);
	close(stranger);
	rig_close(&r);
}

static void a_stranger_is_not_heard_after_the_latch(void **unused)
{
	struct rig r;
	struct addr bound;
	int same_ip, other_ip;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	same_ip = udp_socket("127.0.0.1", &bound);
	other_ip = udp_socket("127.0.0.2", &bound);
	rig_connect(&r);
	send_rtp(&r, A, "one");
	expect_packet(r.phone[B].rtp, "one", endpoint_rtp_port(r.ep[B]));
	send_to(same_ip, r.ip, endpoint_rtp_port(r.ep[A]), "evil", 4);
	send_to(other_ip, r.ip, endpoint_rtp_port(r.ep[A]), "evil", 4);
	wait_for(refused(&r, A), 2);
	expect_silence(r.phone[B].rtp);
	send_rtp(&r, A, "two");
	expect_packet(r.phone[B].rtp, "two", endpoint_rtp_port(r.ep[B]));
	/* nor do they get any of it */
	send_rtp(&r, B, "private");
	expect_packet(r.phone[A].rtp, "private", endpoint_rtp_port(r.ep[A]));
	expect_silence(same_ip);
	expect_silence(other_ip);
	assert_int_equal(media_gauges(r.m).packets_refused, 2);
	close(same_ip);
	close(other_ip);
	rig_close(&r);
}

static void rtcp_is_guarded_the_same_way(void **unused)
{
	struct rig r;
	struct addr bound;
	int stranger;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	stranger = udp_socket("127.0.0.2", &bound);
	rig_connect(&r);
	send_to(stranger, r.ip, endpoint_rtcp_port(r.ep[A]), "evil", 4);
	wait_for(refused(&r, A), 1);
	send_rtcp(&r, A, "report");
	expect_packet(r.phone[B].rtcp, "report", endpoint_rtcp_port(r.ep[B]));
	send_to(stranger, r.ip, endpoint_rtcp_port(r.ep[A]), "evil", 4);
	wait_for(refused(&r, A), 2);
	expect_silence(r.phone[B].rtcp);
	assert_false(endpoint_stats(r.ep[A]).is_latched);
	close(stranger);
	rig_close(&r);
}

static void a_phone_may_send_from_another_port_than_it_announced(void **unused)
{
	struct rig r;
	struct addr bound;
	int fd;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	fd = udp_socket("127.0.0.1", &bound);
	rig_connect(&r);
	send_to(fd, r.ip, endpoint_rtp_port(r.ep[A]), "odd", 3);
	expect_packet(r.phone[B].rtp, "odd", endpoint_rtp_port(r.ep[B]));
	/* it still receives where it said */
	send_rtp(&r, B, "answer");
	expect_packet(r.phone[A].rtp, "answer", endpoint_rtp_port(r.ep[A]));
	/* and may not change its mind */
	send_rtp(&r, A, "late");
	wait_for(refused(&r, A), 1);
	expect_silence(r.phone[B].rtp);
	close(fd);
	rig_close(&r);
}

static void a_natted_phone_gets_nothing_before_it_has_sent(void **unused)
{
	struct rig r;
	struct phone victim;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	phone_open(&victim, "127.0.0.3");
	/* the SDP of A names the victim's very address */
	r.remote[A].rtp = victim.rtp_addr;
	r.remote[A].rtcp = victim.rtcp_addr;
	r.remote[A].is_natted = true;
	rig_set(&r, A);
	rig_connect(&r);
	send_rtp(&r, B, "early");
	send_rtcp(&r, B, "early report");
	wait_for(endpoint_stats(r.ep[A]).unsent, 2);
	assert_int_equal(media_gauges(r.m).packets_unsent, 2);
	send_rtp(&r, A, "here I am");
	expect_packet(r.phone[B].rtp, "here I am",
	              endpoint_rtp_port(r.ep[B]));
	send_rtp(&r, B, "hello");
	expect_packet(r.phone[A].rtp, "hello", endpoint_rtp_port(r.ep[A]));
	/* RTCP latches by itself */
	send_rtcp(&r, B, "early report");
	wait_for(endpoint_stats(r.ep[A]).unsent, 3);
	send_rtcp(&r, A, "report");
	expect_packet(r.phone[B].rtcp, "report", endpoint_rtcp_port(r.ep[B]));
	send_rtcp(&r, B, "answer");
	expect_packet(r.phone[A].rtcp, "answer", endpoint_rtcp_port(r.ep[A]));
	expect_silence(victim.rtp);
	expect_silence(victim.rtcp);
	phone_close(&victim);
	rig_close(&r);
}

static void a_natted_phone_is_heard_from_its_signalling_ip_only(void **unused)
{
	struct rig r;
	struct addr bound;
	int stranger;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	pretend_nat(&r, A, "127.0.0.2");
	stranger = udp_socket("127.0.0.2", &bound);
	rig_connect(&r);
	/* even the SDP's own address is a stranger's then */
	send_to(stranger, r.ip, endpoint_rtp_port(r.ep[A]), "evil", 4);
	wait_for(refused(&r, A), 1);
	send_rtp(&r, A, "good");
	expect_packet(r.phone[B].rtp, "good", endpoint_rtp_port(r.ep[B]));
	send_to(stranger, r.ip, endpoint_rtp_port(r.ep[A]), "evil", 4);
	wait_for(refused(&r, A), 2);
	expect_silence(r.phone[B].rtp);
	close(stranger);
	rig_close(&r);
}

static void the_same_remote_again_keeps_the_latch(void **unused)
{
	struct rig r;
	struct addr bound;
	int other;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	other = udp_socket("127.0.0.1", &bound);
	pretend_nat(&r, A, "127.0.0.2");
	rig_connect(&r);
	send_rtp(&r, A, "one");
	expect_packet(r.phone[B].rtp, "one", endpoint_rtp_port(r.ep[B]));
	addr_set_port(&r.remote[A].signalling, 9); /* says nothing of media */
	rig_set(&r, A);
	assert_true(endpoint_stats(r.ep[A]).is_latched);
	send_to(other, r.ip, endpoint_rtp_port(r.ep[A]), "evil", 4);
	wait_for(refused(&r, A), 1);
	expect_silence(r.phone[B].rtp);
	close(other);
	rig_close(&r);
}

static void another_remote_starts_a_new_latch(void **unused)
{
	struct rig r;
	struct phone moved;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	send_rtp(&r, A, "one");
	expect_packet(r.phone[B].rtp, "one", endpoint_rtp_port(r.ep[B]));
	phone_open(&moved, "127.0.0.2"); /* re-INVITE: A is now there */
	r.remote[A].rtp = moved.rtp_addr;
	r.remote[A].rtcp = moved.rtcp_addr;
	rig_set(&r, A);
	assert_false(endpoint_stats(r.ep[A]).is_latched);
	send_rtp(&r, A, "old");
	wait_for(refused(&r, A), 1);
	send_to(moved.rtp, r.ip, endpoint_rtp_port(r.ep[A]), "new", 3);
	expect_packet(r.phone[B].rtp, "new", endpoint_rtp_port(r.ep[B]));
	send_rtp(&r, B, "follow");
	expect_packet(moved.rtp, "follow", endpoint_rtp_port(r.ep[A]));
	expect_silence(r.phone[A].rtp);
	phone_close(&moved);
	rig_close(&r);
}

static void nobody_is_heard_before_there_is_an_sdp(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	memset(&r.remote[A], 0, sizeof(r.remote[A]));
	rig_set(&r, A);
	rig_connect(&r);
	send_rtp(&r, A, "early");
	wait_for(refused(&r, A), 1);
	send_rtp(&r, B, "nowhere");
	wait_for(endpoint_stats(r.ep[A]).unsent, 1);
	expect_silence(r.phone[A].rtp);
	expect_silence(r.phone[B].rtp);
	rig_close(&r);
}

static void the_latch_is_learned_before_the_bridge_is_up(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 2);
	pretend_nat(&r, A, "127.0.0.2");
	send_rtp(&r, A, "early");
	wait_for(endpoint_stats(r.ep[A]).is_latched, true);
	assert_int_equal(endpoint_stats(r.ep[A]).rtp_in, 1);
	assert_true(endpoint_stats(r.ep[A]).last_rx_ms > 0);
	rig_connect(&r);
	send_rtp(&r, B, "hello");
	expect_packet(r.phone[A].rtp, "hello", endpoint_rtp_port(r.ep[A]));
	expect_silence(r.phone[B].rtp);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stranger_is_not_heard_before_the_latch),
		cmocka_unit_test(a_stranger_is_not_heard_after_the_latch),
		cmocka_unit_test(rtcp_is_guarded_the_same_way),
		cmocka_unit_test(
			a_phone_may_send_from_another_port_than_it_announced),
		cmocka_unit_test(
			a_natted_phone_gets_nothing_before_it_has_sent),
		cmocka_unit_test(
			a_natted_phone_is_heard_from_its_signalling_ip_only),
		cmocka_unit_test(the_same_remote_again_keeps_the_latch),
		cmocka_unit_test(another_remote_starts_a_new_latch),
		cmocka_unit_test(nobody_is_heard_before_there_is_an_sdp),
		cmocka_unit_test(
			the_latch_is_learned_before_the_bridge_is_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
