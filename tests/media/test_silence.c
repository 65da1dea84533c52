/* Endpoints that nobody is connected to, and that send silence. */
#include "cmocka_all.h"

#include <poll.h>
#include <sys/socket.h>

#include "base/timer.h"
#include "media/silence.h"
#include "rig.h"

static const struct media_silence mu = { MEDIA_PCMU, 0 };
static const struct media_silence a_law = { MEDIA_PCMA, 8 };

static uint32_t number_at(const uint8_t *p, size_t n)
{
	uint32_t value = 0;

	while (n-- > 0)
		value = value << 8 | *p++;
	return value;
}

/* --- packets ------------------------------------------------------------------ */

static void packets_follow_each_other(void **unused)
{
	struct silence s;
	uint8_t p[SILENCE_PACKET], q[SILENCE_PACKET];

	(void)unused;
	silence_begin(&s, &mu, 0xffff123456789abcu);
	silence_next(&s, p);
	silence_next(&s, q);
	assert_int_equal(p[0], 0x80);
	assert_int_equal(p[1], 0x80); /* the marker */
	assert_int_equal(q[1], 0);
	assert_int_equal(number_at(p + 2, 2), 0xffff);
	assert_int_equal(number_at(q + 2, 2), 0);
	assert_int_equal(number_at(q + 4, 4) - number_at(p + 4, 4), 160);
	assert_memory_equal(p + 8, q + 8, 4);
	for (size_t i = 12; i < sizeof(p); i++)
		assert_int_equal(p[i], 0xff);
}

static void each_codec_has_its_own_silence(void **unused)
{
	struct silence s;
	uint8_t p[SILENCE_PACKET];

	(void)unused;
	silence_begin(&s, &(struct media_silence){ MEDIA_PCMA, 98 }, 1);
	silence_next(&s, p);
	assert_int_equal(p[1], 0x80 | 98);
	assert_int_equal(p[12], 0xd5);
}

/* --- on the wire -------------------------------------------------------------- */

/* The next packet at a phone; its length. */
static size_t receive(struct rig *r, int side, uint8_t *out, size_t size)
{
	struct pollfd p = { .fd = r->phone[side].rtp, .events = POLLIN };

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	return (size_t)recv(p.fd, out, size, 0);
}

static void drain(struct rig *r, int side)
{
	uint8_t p[2000];

	while (recv(r->phone[side].rtp, p, sizeof(p), MSG_DONTWAIT) >= 0)
		;
}

static void a_phone_hears_silence_while_nobody_is_connected(void **unused)
{
	uint8_t p[2000], q[2000];
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	endpoint_set_silence(r.ep[A], &mu);
	assert_int_equal(receive(&r, A, p, sizeof(p)), SILENCE_PACKET);
	assert_int_equal(receive(&r, A, q, sizeof(q)), SILENCE_PACKET);
	assert_int_equal((uint16_t)(number_at(q + 2, 2) - number_at(p + 2, 2)),
	                 1);
	expect_silence(r.phone[B].rtp);
	endpoint_set_silence(r.ep[A], &a_law);
	do
		receive(&r, A, p, sizeof(p));
	while ((p[1] & 0x7f) != 8);
	rig_close(&r);
}

static void silence_ends_when_it_is_taken_back(void **unused)
{
	struct rig r;
	uint64_t sent;

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	endpoint_set_silence(r.ep[A], &mu);
	endpoint_set_silence(r.ep[B], &mu);
	endpoint_set_silence(r.ep[A], NULL);
	media_flush(r.m);
	sent = endpoint_stats(r.ep[A]).rtp_out;
	drain(&r, B);
	for (int i = 0; i < 3; i++) /* so much time has passed */
		receive(&r, B, (uint8_t[2000]){ 0 }, 2000);
	assert_int_equal(endpoint_stats(r.ep[A]).rtp_out, sent);
	rig_close(&r);
}

static void silence_ends_when_somebody_is_connected(void **unused)
{
	struct rig r;

	(void)unused;
	rig_open(&r, "127.0.0.1", 2);
	endpoint_set_silence(r.ep[A], &mu);
	receive(&r, A, (uint8_t[2000]){ 0 }, 2000);
	rig_connect(&r);
	media_flush(r.m);
	drain(&r, A);
	send_rtp(&r, B, "hello");
	expect_packet(r.phone[A].rtp, "hello", endpoint_rtp_port(r.ep[A]));
	rig_close(&r);
}

static void a_phone_behind_nat_must_speak_first(void **unused)
{
	struct rig r;
	uint8_t p[2000];

	(void)unused;
	rig_open(&r, "127.0.0.1", 1);
	r.remote[A].is_natted = true;
	r.remote[A].signalling = r.phone[A].rtp_addr;
	rig_set(&r, A);
	endpoint_set_silence(r.ep[A], &mu);
	endpoint_set_silence(r.ep[B], &mu);
	for (int i = 0; i < 3; i++)
		receive(&r, B, p, sizeof(p));
	assert_int_equal(endpoint_stats(r.ep[A]).rtp_out, 0);
	send_rtp(&r, A, "here");
	receive(&r, A, p, sizeof(p));
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_follow_each_other),
		cmocka_unit_test(each_codec_has_its_own_silence),
		cmocka_unit_test(
			a_phone_hears_silence_while_nobody_is_connected),
		cmocka_unit_test(silence_ends_when_it_is_taken_back),
		cmocka_unit_test(silence_ends_when_somebody_is_connected),
		cmocka_unit_test(a_phone_behind_nat_must_speak_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
