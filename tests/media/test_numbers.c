/* Payload types that are changed on their way through the relay. */
#include "cmocka_all.h"

#include <poll.h>
#include <sys/socket.h>

#include "base/timer.h"
#include "rig.h"

#define HEADER 12

/* 128 numbers of which only `from` is changed. */
static const uint8_t *only(uint8_t from, uint8_t to)
{
	static uint8_t numbers[128];

	for (unsigned i = 0; i < 128; i++)
		numbers[i] = (uint8_t)i;
	numbers[from] = to;
	return numbers;
}

static void set(struct rig *r, int side, const uint8_t *numbers)
{
	endpoint_set_numbers(r->ep[side], numbers);
	media_flush(r->m);
}

static void send_bytes(struct rig *r, int side, const uint8_t *data, size_t len)
{
	send_to(r->phone[side].rtp, r->ip, endpoint_rtp_port(r->ep[side]),
	        data, len);
}

/* Sends a packet with this second byte; the second byte that arrives.
 * Everything else must arrive as it was sent. */
static unsigned crossed(struct rig *r, int from, unsigned second)
{
	uint8_t data[HEADER + 4] = { 0x80, (uint8_t)second, 1, 2, 0, 0, 3, 4,
		                     9, 9, 9, 9, 5, 0x80, 0, 160 };
	struct pollfd p = { .fd = r->phone[!from].rtp, .events = POLLIN };
	uint8_t got[100];
	ssize_t n;

	send_bytes(r, from, data, sizeof(data));
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	n = recv(p.fd, got, sizeof(got), 0);
	assert_int_equal(n, sizeof(data));
	assert_int_equal(got[0], data[0]);
	assert_memory_equal(got + 2, data + 2, sizeof(data) - 2);
	return got[1];
}

static void a_number_is_changed_and_the_marker_stays(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	set(&r, A, only(101, 96));
	assert_int_equal(crossed(&r, A, 101), 96);
	assert_int_equal(crossed(&r, A, 0x80 | 101), 0x80 | 96);
	assert_int_equal(crossed(&r, A, 0), 0);
	assert_int_equal(crossed(&r, A, 0x80 | 8), 0x80 | 8);
	rig_close(&r);
}

static void each_direction_has_its_own_numbers(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	set(&r, A, only(101, 96));
	assert_int_equal(crossed(&r, B, 96), 96);
	set(&r, B, only(96, 101));
	assert_int_equal(crossed(&r, B, 96), 101);
	assert_int_equal(crossed(&r, A, 101), 96);
	rig_close(&r);
}

static void numbers_can_be_given_anew_and_taken_back(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	set(&r, A, only(101, 96));
	set(&r, A, only(101, 97));
	assert_int_equal(crossed(&r, A, 101), 97);
	set(&r, A, NULL);
	set(&r, A, NULL);
	assert_int_equal(crossed(&r, A, 101), 101);
	rig_close(&r);
}

/* Another thread may get it. */
static void numbers_stay_with_an_endpoint_that_moves(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 3);
	set(&r, A, only(101, 96));
	rig_connect(&r);
	assert_int_equal(crossed(&r, A, 101), 96);
	endpoint_disconnect(r.ep[A]);
	rig_connect(&r);
	assert_int_equal(crossed(&r, A, 101), 96);
	rig_close(&r);
}

/* RFC 7983 7: STUN, DTLS and what is too short to be RTP. */
static void what_is_not_rtp_stays_as_it_is(void **unused)
{
	static const char *const packets[] = {
		"\x16\x65 a dtls record", "e", "\x80\x65 short",
	};
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	set(&r, A, only('e', 96));
	for (size_t i = 0; i < NELEM(packets); i++) {
		send_rtp(&r, A, packets[i]);
		expect_packet(r.phone[B].rtp, packets[i],
		              endpoint_rtp_port(r.ep[B]));
	}
	rig_close(&r);
}

/* RFC 5761: a packet type of RTCP is no payload type. */
static void rtcp_keeps_its_type_on_either_port(void **unused)
{
	static const char report[] = "\x80\xc8 a report that is long enough";
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	set(&r, A, only(72, 96)); /* 200 but for the marker */
	send_rtcp(&r, A, report);
	expect_packet(r.phone[B].rtcp, report, endpoint_rtcp_port(r.ep[B]));
	r.remote[A].is_mux = true;
	r.remote[A].rtcp = r.remote[A].rtp;
	rig_set(&r, A);
	send_rtp(&r, A, report);
	expect_packet(r.phone[B].rtcp, report, endpoint_rtcp_port(r.ep[B]));
	rig_close(&r);
}

/* RFC 2198: after two sources and an extension, two blocks and the last. */
static void the_blocks_of_redundant_data_are_changed_too(void **unused)
{
	static const uint8_t sent[] = { 0x92, 0x80 | 121, 0, 1, 0, 0, 0, 2,
		                        9, 9, 9, 9, 7, 7, 7, 7, 6, 6, 6, 6,
		                        0xbe, 0xde, 0, 1, 101, 101, 101, 101,
		                        0x80 | 101, 0, 0, 1, 0x80 | 8, 0, 0, 1,
		                        101, 101, 101, 101 };
	static const uint8_t cut[] = { 0x92, 121, 0, 1, 0, 0, 0, 2, 9, 9,
		                       9, 9, 7, 7, 7, 7, 6, 6, 6, 6, 0xbe,
		                       0xde, 0xff, 0xff, 101 };
	uint8_t numbers[128], want[sizeof(sent)], got[100];
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	rig_connect(&r);
	memcpy(numbers, only(101, 96), sizeof(numbers));
	numbers[121] = 98 | MEDIA_HAS_BLOCKS;
	set(&r, A, numbers);
	memcpy(want, sent, sizeof(sent));
	want[1] = 0x80 | 98;
	want[28] = 0x80 | 96;
	want[36] = 96;
	send_bytes(&r, A, sent, sizeof(sent));
	send_bytes(&r, A, cut, sizeof(cut));
	send_bytes(&r, A, cut, 12);
	wait_for(endpoint_stats(r.ep[B]).rtp_out, 3);
	assert_int_equal(recv(r.phone[B].rtp, got, sizeof(got), 0),
	                 sizeof(want));
	assert_memory_equal(got, want, sizeof(want));
	assert_int_equal(recv(r.phone[B].rtp, got, sizeof(got), 0),
	                 sizeof(cut));
	assert_memory_equal(got + 2, cut + 2, sizeof(cut) - 2);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_changed_and_the_marker_stays),
		cmocka_unit_test(each_direction_has_its_own_numbers),
		cmocka_unit_test(numbers_can_be_given_anew_and_taken_back),
		cmocka_unit_test(numbers_stay_with_an_endpoint_that_moves),
		cmocka_unit_test(what_is_not_rtp_stays_as_it_is),
		cmocka_unit_test(rtcp_keeps_its_type_on_either_port),
		cmocka_unit_test(the_blocks_of_redundant_data_are_changed_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
