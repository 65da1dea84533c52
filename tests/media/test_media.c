/* Life and death of endpoints: ports, descriptors, traffic while they go. */
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/id.h"
#include "base/timer.h"
#include "rig.h"

static void create(struct endpoint **out, struct media *m, int64_t now_ms,
                   int expect)
{
	assert_int_equal(endpoint_create(out, m, false, now_ms), expect);
}

static bool has_all(struct media *m, unsigned n)
{
	struct endpoint *e[16] = { NULL };
	unsigned got = 0;

	while (got < n && endpoint_create(&e[got], m, false, 0) == 0)
		got++;
	for (unsigned i = 0; i < got; i++)
		endpoint_destroy(&e[i], 0);
	return got == n;
}

/* A range of n pairs that no other program uses at this moment. */
static struct media *small_media(unsigned n, unsigned quarantine_ms)
{
	struct media_conf conf = { .threads = 2,
		                   .quarantine_ms = quarantine_ms };
	struct media *m = NULL;
	bool is_good;

	assert_int_equal(addr_parse(&conf.address, "127.0.0.9", 0), 0);
	do { /* below the ports that the kernel gives out */
		conf.port_min =
			(uint16_t)(20000 + 2 * (random_u64() % 6000));
		conf.port_max = (uint16_t)(conf.port_min + 2 * n - 1);
		assert_int_equal(media_create(&m, &conf), 0);
		is_good = has_all(m, n);
		media_destroy(&m);
	} while (!is_good);
	assert_int_equal(media_create(&m, &conf), 0);
	return m;
}

static void exhausted_ports_are_usable_again_after_quarantine(void **unused)
{
	struct media *m = small_media(4, 2000);
	struct endpoint *e[4] = { NULL }, *more = NULL;

	(void)unused;
	for (int i = 0; i < 4; i++)
		create(&e[i], m, 0, 0);
	create(&more, m, 0, -EADDRNOTAVAIL);
	assert_null(more);
	assert_int_equal(media_gauges(m).ports_used, 4);
	assert_int_equal(media_gauges(m).ports_free, 0);
	endpoint_destroy(&e[0], 1000);
	assert_int_equal(media_gauges(m).ports_quarantined, 1);
	media_flush(m); /* the sockets are closed */
	create(&more, m, 2999, -EADDRNOTAVAIL);
	create(&more, m, 3000, 0);
	endpoint_destroy(&more, 3000);
	for (int i = 1; i < 4; i++)
		endpoint_destroy(&e[i], 3000);
	assert_int_equal(media_gauges(m).ports_quarantined, 4);
	media_destroy(&m);
}

static void a_port_that_another_program_has_is_passed_over(void **unused)
{
	struct media *m = small_media(3, 2000);
	struct endpoint *e[3] = { NULL };
	uint16_t ports[3];
	struct addr a;
	int fd;

	(void)unused;
	for (int i = 0; i < 3; i++) {
		create(&e[i], m, 0, 0);
		ports[i] = endpoint_rtp_port(e[i]);
	}
	for (int i = 0; i < 3; i++)
		endpoint_destroy(&e[i], 0);
	media_flush(m);
	/* only the RTCP port of one is gone */
	assert_int_equal(addr_parse(&a, "127.0.0.9", ports[1] + 1), 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, &a.u.sa, addr_len(&a)), 0);
	create(&e[0], m, 2000, 0);
	create(&e[1], m, 2000, 0);
	assert_int_not_equal(endpoint_rtp_port(e[0]), ports[1]);
	assert_int_not_equal(endpoint_rtp_port(e[1]), ports[1]);
	create(&e[2], m, 2000, -EADDRNOTAVAIL);
	assert_int_equal(media_gauges(m).ports_quarantined, 1);
	close(fd);
	create(&e[2], m, 4000, 0);
	assert_int_equal(endpoint_rtp_port(e[2]), ports[1]);
	for (int i = 0; i < 3; i++)
		endpoint_destroy(&e[i], 4000);
	media_destroy(&m);
}

static size_t open_files(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1000; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static rlim_t lowest_free_file(void)
{
	int fd = dup(0);

	close(fd);
	return (rlim_t)fd;
}

static void without_descriptors_creating_fails_and_leaks_nothing(void **unused)
{
	struct media *m = small_media(3, 2000);
	struct endpoint *e = NULL;
	struct rlimit was, tight;
	size_t before = open_files();

	(void)unused;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	for (rlim_t spare = 0; spare < 2; spare++) {
		tight = was;
		tight.rlim_cur = lowest_free_file() + spare;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
		create(&e, m, 0, -EMFILE);
		assert_null(e);
		assert_int_equal(open_files(), before);
		assert_int_equal(media_gauges(m).ports_free, 3);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	create(&e, m, 0, 0);
	assert_int_equal(open_files(), before + 2);
	endpoint_destroy(&e, 0);
	media_flush(m);
	assert_int_equal(open_files(), before);
	media_destroy(&m);
}

static void everything_is_closed_in_the_end(void **unused)
{
	size_t before = open_files();
	struct media *m = small_media(10, 0);
	struct endpoint *e[10] = { NULL };

	(void)unused;
	for (int i = 0; i < 10; i++)
		create(&e[i], m, 0, 0);
	for (int i = 0; i < 10; i++)
		endpoint_destroy(&e[i], 0);
	endpoint_destroy(&e[0], 0); /* NULL-safe */
	media_destroy(&m);
	media_destroy(&m);
	assert_int_equal(open_files(), before);
}

static void a_range_without_a_pair_is_refused(void **unused)
{
	struct media_conf conf = { .port_min = 20001, .port_max = 20002 };
	struct media *m = NULL;

	(void)unused;
	assert_int_equal(media_create(&m, &conf), -EINVAL);
	assert_null(m);
}

static void an_address_of_the_other_family_is_refused(void **unused)
{
	struct media *m = small_media(1, 0);
	struct endpoint *e = NULL;

	(void)unused;
	assert_int_equal(endpoint_create(&e, m, true, 0), -EAFNOSUPPORT);
	assert_int_equal(media_gauges(m).ports_free, 1);
	media_destroy(&m);
}

static void an_address_that_is_not_ours_is_refused(void **unused)
{
	struct media_conf conf = { .port_min = 20000, .port_max = 20001 };
	struct media *m = NULL;
	struct endpoint *e = NULL;

	(void)unused;
	assert_int_equal(addr_parse(&conf.address, "192.0.2.1", 0), 0);
	assert_int_equal(media_create(&m, &conf), 0);
	assert_int_equal(endpoint_create(&e, m, false, 0), -EADDRNOTAVAIL);
	assert_int_equal(media_gauges(m).ports_used, 0);
	media_destroy(&m);
}

/* Every step is random; what must hold is that nothing crashes, that no
 * counter runs away and that it works in the end. */
#define N_CALLS 8

struct churn {
	struct media *m;
	struct phone phone;
	struct endpoint *ep[2 * N_CALLS];
	uint32_t r;
};

static unsigned pick(struct churn *c, unsigned n)
{
	c->r = c->r * 1664525u + 1013904223u;
	return (c->r >> 16) % n;
}

static void learn(struct churn *c, struct endpoint *e)
{
	struct endpoint_remote remote = { .rtp = c->phone.rtp_addr,
		                          .rtcp = c->phone.rtcp_addr,
		                          .signalling = c->phone.rtp_addr };

	remote.is_natted = pick(c, 2);
	remote.is_mux = pick(c, 2);
	endpoint_set_remote(e, &remote);
}

static void churn_step(struct churn *c)
{
	struct endpoint **a = &c->ep[pick(c, 2 * N_CALLS)];
	struct endpoint **b = &c->ep[pick(c, 2 * N_CALLS)];
	char got[16];

	if (!*a) {
		create(a, c->m, 0, 0);
		learn(c, *a);
	}
	for (int i = 0; i < 3; i++)
		send_to(c->phone.rtp, "127.0.0.1", endpoint_rtp_port(*a),
		        "sound", 5);
	switch (pick(c, 8)) {
	case 0:
		endpoint_destroy(a, 0);
		break;
	case 1:
		endpoint_disconnect(*a);
		break;
	case 2:
		learn(c, *a);
		break;
	default:
		if (*b && a != b)
			endpoint_connect(*a, *b);
	}
	while (recv(c->phone.rtp, got, sizeof(got), MSG_DONTWAIT) >= 0)
		;
}

static void endpoints_come_and_go_and_change_partners_under_traffic(
	void **unused)
{
	struct media_conf conf = { .port_min = 20000, .port_max = 59999,
		                   .threads = 3 };
	struct churn c = { .r = 42 };

	(void)unused;
	assert_int_equal(addr_parse(&conf.address, "127.0.0.1", 0), 0);
	assert_int_equal(media_create(&c.m, &conf), 0);
	phone_open(&c.phone, "127.0.0.1");
	for (int i = 0; i < 5000; i++)
		churn_step(&c);
	for (int i = 0; i < 2 * N_CALLS; i++)
		endpoint_destroy(&c.ep[i], 0);
	assert_true(media_gauges(c.m).packets_relayed > 0);
	assert_int_equal(media_gauges(c.m).endpoints, 0);
	assert_int_equal(media_gauges(c.m).ports_used, 0);
	media_destroy(&c.m);
	phone_close(&c.phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			exhausted_ports_are_usable_again_after_quarantine),
		cmocka_unit_test(
			a_port_that_another_program_has_is_passed_over),
		cmocka_unit_test(
			without_descriptors_creating_fails_and_leaks_nothing),
		cmocka_unit_test(everything_is_closed_in_the_end),
		cmocka_unit_test(a_range_without_a_pair_is_refused),
		cmocka_unit_test(an_address_of_the_other_family_is_refused),
		cmocka_unit_test(an_address_that_is_not_ours_is_refused),
		cmocka_unit_test(
			endpoints_come_and_go_and_change_partners_under_traffic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
