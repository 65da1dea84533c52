/* The banned as a BPF program, run by an interpreter and by the kernel. */
#include "cmocka_all.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "guard/filter.h"

static uint32_t word_at(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* Is a packet with this IP header let through? */
static bool passes(const struct filter *f, const unsigned char *header)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < f->len; pc++) {
		const struct sock_filter *i = &f->code[pc];
		uint32_t at = i->k - (uint32_t)SKF_NET_OFF;

		switch (i->code) {
		case BPF_LD | BPF_B | BPF_ABS:
			a = header[at];
			break;
		case BPF_LD | BPF_W | BPF_ABS:
			a = word_at(header + at);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_RET | BPF_K:
			return i->k != 0;
		default:
			fail_msg("instruction %zu: code %#x", pc, i->code);
		}
	}
	fail_msg("ran off the end");
	return false;
}

static bool passes_source(const struct filter *f, const struct source *s)
{
	unsigned char header[40] = { 0 };
	uint32_t net[2] = { htonl(s->word[0]), htonl(s->word[1]) };

	header[0] = s->is_v6 ? 0x60 : 0x45;
	if (s->is_v6)
		memcpy(header + 8, net, 8);
	else
		memcpy(header + 12, net, 4);
	return passes(f, header);
}

static struct source v4(uint32_t word)
{
	return (struct source){ .word = { word } };
}

static struct source v6(uint32_t high, uint32_t low)
{
	return (struct source){ .is_v6 = 1, .word = { high, low } };
}

static struct filter *built(const struct source *s, size_t n, size_t most)
{
	struct filter *f = xzalloc(sizeof(*f));
	struct source *copy = xcalloc(n + 1, sizeof(*s));

	if (n)
		memcpy(copy, s, n * sizeof(*s));
	filter_build(f, copy, n, most);
	assert_true(f->len <= most);
	free(copy);
	return f;
}

static void the_banned_are_dropped_and_nobody_else(void **unused)
{
	struct source s[] = { v4(0x0a000001), v4(0xc0000201), v6(1, 2),
		              v6(3, 2), v6(0x20010db8, 0xffffffff) };
	struct source other[] = { v4(0), v4(0x0a000002), v4(0xffffffff),
		                  v6(1, 3), v6(2, 2), v6(0, 0x0a000001),
		                  v6(0x0a000001, 0) };
	struct filter *f = built(s, NELEM(s), FILTER_MAX);

	(void)unused;
	assert_int_equal(f->taken, NELEM(s));
	for (size_t i = 0; i < NELEM(s); i++)
		assert_false(passes_source(f, &s[i]));
	for (size_t i = 0; i < NELEM(other); i++)
		assert_true(passes_source(f, &other[i]));
	free(f);
}

static void nobody_banned_lets_all_through(void **unused)
{
	struct source a = v4(0x0a000001), b = v6(1, 2);
	struct filter *f = built(NULL, 0, FILTER_MAX);
	unsigned char odd[40] = { 0x10 };

	(void)unused;
	assert_true(passes_source(f, &a));
	assert_true(passes_source(f, &b));
	assert_true(passes(f, odd));
	free(f);
}

/* xorshift: the same at each run */
static uint32_t next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static void any_number_of_them_is_searched_rightly(void **unused)
{
	static struct source s[3000];
	uint32_t x = 2463534242u;

	(void)unused;
	for (size_t n = 1; n <= NELEM(s); n += 1 + n / 3) {
		struct filter *f;

		for (size_t i = 0; i < n; i++) {
			uint32_t r = next_random(&x);

			/* some in one /32, as a provider has them */
			s[i] = i % 3   ? v4(r)
			       : i % 2 ? v6(r, 7)
			               : v6(0x20010db8, r);
		}
		f = built(s, n, FILTER_MAX);
		if (n <= 500)
			assert_int_equal(f->taken, n);
		for (size_t i = 0; i < f->taken; i++) {
			struct source near = s[i];

			assert_false(passes_source(f, &s[i]));
			near.word[0] ^= 0x80000000;
			assert_true(passes_source(f, &near));
		}
		free(f);
	}
}

static void what_has_no_room_is_left_out_from_the_end(void **unused)
{
	static struct source s[4000];
	struct filter *f;

	(void)unused;
	for (size_t i = 0; i < NELEM(s); i++)
		s[i] = v4((uint32_t)(i + 1) * 1000);
	f = built(s, NELEM(s), 600);
	assert_in_range(f->taken, 150, 299);
	for (size_t i = 0; i < NELEM(s); i++)
		assert_int_equal(passes_source(f, &s[i]), i >= f->taken);
	free(f);
}

static int bound(int type, struct addr *at)
{
	socklen_t len = sizeof(at->u);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(addr_parse(at, "127.0.0.1", 0), 0);
	assert_int_equal(bind(fd, &at->u.sa, addr_len(at)), 0);
	assert_int_equal(getsockname(fd, &at->u.sa, &len), 0);
	return fd;
}

static void the_kernel_takes_it_and_drops_the_banned(void **unused)
{
	struct source s[] = { v4(0x7f000001), v6(1, 2), v4(0x7f000009) };
	struct filter *f = built(s, NELEM(s), FILTER_MAX);
	struct filter *none = built(NULL, 0, FILTER_MAX);
	struct sock_fprog prog = { (unsigned short)f->len, f->code };
	struct sock_fprog empty = { (unsigned short)none->len, none->code };
	struct addr at, from;
	int rx = bound(SOCK_DGRAM, &at), tx = bound(SOCK_DGRAM, &from);
	char c;

	(void)unused;
	assert_int_equal(setsockopt(rx, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
	                            sizeof(prog)), 0);
	assert_int_equal(sendto(tx, "x", 1, 0, &at.u.sa, addr_len(&at)), 1);
	assert_int_equal(recv(rx, &c, 1, 0), -1);
	assert_int_equal(setsockopt(rx, SOL_SOCKET, SO_ATTACH_FILTER, &empty,
	                            sizeof(empty)), 0);
	assert_int_equal(sendto(tx, "y", 1, 0, &at.u.sa, addr_len(&at)), 1);
	assert_int_equal(recv(rx, &c, 1, 0), 1);
	assert_int_equal(c, 'y');
	close(rx);
	close(tx);
	free(f);
	free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_banned_are_dropped_and_nobody_else),
		cmocka_unit_test(nobody_banned_lets_all_through),
		cmocka_unit_test(any_number_of_them_is_searched_rightly),
		cmocka_unit_test(what_has_no_room_is_left_out_from_the_end),
		cmocka_unit_test(the_kernel_takes_it_and_drops_the_banned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
