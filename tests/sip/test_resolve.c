#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "sip/resolve.h"
#include "support/dns.h"

/* A server, a resolver that asks it, and a clock that runs as the system's
 * does but can be moved on. */
struct bench {
	int64_t skew_ms;
	struct loop *loop;
	struct dnsd *dns;
	struct resolver *resolver;
	char hosts[64];
};

static int64_t skewed_clock(void *arg)
{
	const struct bench *b = arg;

	return clock_mono_ms() + b->skew_ms;
}

static void write_hosts(struct bench *b, const char *text)
{
	FILE *f = fopen(b->hosts, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct resolver_conf conf = { .timeout_ms = 20, .tries = 2 };
	int fd;

	snprintf(b->hosts, sizeof(b->hosts), "hosts.XXXXXX");
	fd = mkstemp(b->hosts);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(loop_create(&b->loop, skewed_clock, b), 0);
	dnsd_create(&b->dns, b->loop);
	conf.servers = dnsd_address(b->dns);
	conf.hosts = b->hosts;
	assert_int_equal(resolver_create(&b->resolver, b->loop, &conf), 0);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	resolver_destroy(&b->resolver);
	dnsd_destroy(&b->dns);
	loop_destroy(&b->loop);
	unlink(b->hosts);
	free(b);
	return 0;
}

struct result { /* what the owner of a question heard */
	struct resolve *question;
	unsigned calls;
	struct resolve_answer answer;
};

static void note(const struct resolve_answer *a, void *arg)
{
	struct result *r = arg;

	r->question = NULL;
	r->calls++;
	r->answer = *a;
}

static void start(struct bench *b, struct result *r, const char *host,
		  uint16_t port, const char *transport)
{
	struct resolve_question q = { host, port, transport, false };

	*r = (struct result){ 0 };
	resolve_start(&r->question, b->resolver, &q, note, r);
}

/* Turns the loop until r is answered; the limit is for failing tests. */
static void wait_for(struct bench *b, const struct result *r)
{
	int64_t end = clock_mono_ms() + 10000;

	while (!r->calls && clock_mono_ms() < end)
		loop_turn(b->loop, 20);
	assert_int_equal(r->calls, 1);
}

static void found(struct bench *b, const char *host, uint16_t port,
		  const char *transport, const char *want)
{
	struct buf got = { 0 };
	char ip[ADDR_TEXT];
	struct result r;

	start(b, &r, host, port, transport);
	wait_for(b, &r);
	for (size_t i = 0; i < r.answer.n; i++)
		buf_fmt(&got, "%s%s", i ? " " : "",
			addr_ip_port(&r.answer.addr[i], ip));
	assert_string_equal(buf_text(&got), want);
	assert_int_equal(resolver_pending(b->resolver), 0);
	buf_free(&got);
}

/* Without a transport; the answer names one for each address. */
static void leads(struct bench *b, const char *host, bool is_sips,
		  const char *want)
{
	struct resolve_question q = { host, 0, NULL, is_sips };
	struct buf got = { 0 };
	char ip[ADDR_TEXT];
	struct result r = { 0 };

	resolve_start(&r.question, b->resolver, &q, note, &r);
	wait_for(b, &r);
	for (size_t i = 0; i < r.answer.n; i++)
		buf_fmt(&got, "%s%s/%s", i ? " " : "",
			addr_ip_port(&r.answer.addr[i], ip),
			sip_transport_name(r.answer.transport[i]));
	assert_string_equal(buf_text(&got), want);
	assert_int_equal(resolver_pending(b->resolver), 0);
	buf_free(&got);
}

static void numeric_hosts_are_answered_within_the_call(void **state)
{
	static const struct {
		const char *host;
		uint16_t port;
		const char *transport, *want;
	} cases[] = {
		{ "192.0.2.1", 0, "udp", "192.0.2.1:5060" },
		{ "192.0.2.1", 0, "TLS", "192.0.2.1:5061" },
		{ "192.0.2.1", 7, "tls", "192.0.2.1:7" },
		{ "[2001:db8::1]", 0, "tcp", "[2001:db8::1]:5060" },
		{ "2001:db8::1", 7, NULL, "[2001:db8::1]:7" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < NELEM(cases); i++) {
		char ip[ADDR_TEXT];
		struct result r;

		start(b, &r, cases[i].host, cases[i].port,
		      cases[i].transport);
		assert_int_equal(r.calls, 1);
		assert_null(r.question);
		assert_int_equal(r.answer.n, 1);
		assert_string_equal(addr_ip_port(&r.answer.addr[0], ip),
				    cases[i].want);
	}
	assert_int_equal(dnsd_asked(b->dns, 0), 0);
}

static void with_a_port_only_addresses_are_asked_for(void **state)
{
	struct bench *b = *state;

	dnsd_add_address(b->dns, "pbx.test", 60, "2001:db8::1");
	dnsd_add_address(b->dns, "pbx.test", 60, "192.0.2.1");
	dnsd_add_address(b->dns, "pbx.test", 60, "192.0.2.2");
	dnsd_add_address(b->dns, "six.test", 60, "2001:db8::6");
	dnsd_add_srv(b->dns, "_sip._udp.pbx.test", 60, 1, 1, 9, "six.test");
	found(b, "PBX.test.", 5070, "udp",
	      "192.0.2.1:5070 192.0.2.2:5070 [2001:db8::1]:5070");
	found(b, "six.test", 5070, "udp", "[2001:db8::6]:5070");
	assert_int_equal(dnsd_asked(b->dns, DNSD_SRV), 0);
}

static void services_come_in_order_of_priority(void **state)
{
	struct bench *b = *state;

	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 30, 0, 5080, "c.test");
	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 10, 0, 5062, "a.test");
	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 20, 0, 5070, "b.test");
	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 40, 0, 5070, "b.test");
	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 50, 0, 5, "gone.test");
	dnsd_add_address(b->dns, "a.test", 60, "192.0.2.1");
	dnsd_add_address(b->dns, "a.test", 60, "2001:db8::1");
	dnsd_add_address(b->dns, "b.test", 60, "192.0.2.2");
	dnsd_add_address(b->dns, "c.test", 60, "192.0.2.3");
	found(b, "x.test", 0, "udp",
	      "192.0.2.1:5062 [2001:db8::1]:5062 192.0.2.2:5070 "
	      "192.0.2.3:5080");
}

static void the_transport_names_the_service(void **state)
{
	struct bench *b = *state;

	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 1, 0, 1, "a.test");
	dnsd_add_srv(b->dns, "_sip._tcp.x.test", 60, 1, 0, 2, "a.test");
	dnsd_add_srv(b->dns, "_sips._tcp.x.test", 60, 1, 0, 3, "a.test");
	dnsd_add_address(b->dns, "a.test", 60, "192.0.2.1");
	found(b, "x.test", 0, "udp", "192.0.2.1:1");
	found(b, "x.test", 0, "tcp", "192.0.2.1:2");
	found(b, "x.test", 0, "tls", "192.0.2.1:3");
}

static void weights_share_the_load(void **state)
{
	struct bench *b = *state;
	unsigned first[4] = { 0 };
	struct result r;

	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 1, 30, 1, "a.test");
	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 1, 10, 2, "a.test");
	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 1, 0, 3, "a.test");
	dnsd_add_address(b->dns, "a.test", 60, "192.0.2.1");
	for (int i = 0; i < 400; i++) {
		start(b, &r, "x.test", 0, "udp");
		wait_for(b, &r);
		assert_int_equal(r.answer.n, 3);
		first[addr_port(&r.answer.addr[0])]++;
	}
	/* 300 and 100 are expected; this is over five deviations off */
	assert_in_range(first[1], 250, 350);
	assert_in_range(first[2], 50, 150);
	assert_in_range(first[3], 0, 20);
	assert_int_equal(dnsd_asked(b->dns, DNSD_SRV), 1);
}

static void without_services_the_name_itself_is_asked(void **state)
{
	struct bench *b = *state;

	dnsd_add_address(b->dns, "x.test", 60, "192.0.2.1");
	found(b, "x.test", 0, "udp", "192.0.2.1:5060");
	found(b, "x.test", 0, "tls", "192.0.2.1:5061");
	dnsd_set_mood(b->dns, DNSD_SRV, DNSD_FAILS);
	dnsd_add_address(b->dns, "y.test", 60, "192.0.2.2");
	found(b, "y.test", 0, "tcp", "192.0.2.2:5060");
}

static void a_dot_as_target_means_there_is_no_service(void **state)
{
	struct bench *b = *state;

	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 0, 0, 5060, ".");
	dnsd_add_address(b->dns, "x.test", 60, "192.0.2.1");
	found(b, "x.test", 0, "udp", "");
}

/* --- NAPTR (RFC 3263 4.1) ------------------------------------------------ */

static void three_services(struct bench *b)
{
	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 1, 0, 1, "a.test");
	dnsd_add_srv(b->dns, "_sip._tcp.x.test", 60, 1, 0, 2, "a.test");
	dnsd_add_srv(b->dns, "_sips._tcp.x.test", 60, 1, 0, 3, "a.test");
	dnsd_add_address(b->dns, "a.test", 60, "192.0.2.1");
}

static void a_pointer_says_which_transport(void **state)
{
	struct bench *b = *state;

	three_services(b);
	dnsd_add_naptr(b->dns, "x.test", 60, 20, 1, "S", "SIP+D2U",
		       "_sip._udp.x.test");
	dnsd_add_naptr(b->dns, "x.test", 60, 10, 2, "s", "SIP+D2T",
		       "_Sip._tcp.X.test");
	dnsd_add_naptr(b->dns, "x.test", 60, 10, 1, "s", "SIPS+D2T",
		       "_sips._tcp.x.test");
	leads(b, "x.test", false, "192.0.2.1:2/tcp 192.0.2.1:1/udp");
	resolver_speaks(b->resolver, 1u << SIP_UDP);
	leads(b, "x.test", false, "192.0.2.1:1/udp");
	resolver_speaks(b->resolver, 7);
	leads(b, "x.test", false,
	      "192.0.2.1:3/tls 192.0.2.1:2/tcp 192.0.2.1:1/udp");
	leads(b, "x.test", true, "192.0.2.1:3/tls");
}

static void without_a_pointer_services_are_asked_in_our_order(void **state)
{
	struct bench *b = *state;

	three_services(b);
	leads(b, "x.test", false, "192.0.2.1:1/udp 192.0.2.1:2/tcp");
	leads(b, "x.test", true, "192.0.2.1:3/tls");
	dnsd_add_srv(b->dns, "_sip._tcp.y.test", 60, 1, 0, 2, "a.test");
	leads(b, "y.test", false, "192.0.2.1:2/tcp");
}

static void without_either_the_name_is_taken_by_udp(void **state)
{
	struct bench *b = *state;

	dnsd_add_address(b->dns, "x.test", 60, "192.0.2.1");
	leads(b, "x.test", false, "192.0.2.1:5060/udp");
	leads(b, "x.test", true, "192.0.2.1:5061/tls");
	resolver_speaks(b->resolver, 1u << SIP_TCP);
	leads(b, "x.test", false, "192.0.2.1:5060/tcp");
}

static void pointers_that_fail_do_not_end_the_search(void **state)
{
	struct bench *b = *state;

	three_services(b);
	dnsd_set_mood(b->dns, DNSD_NAPTR, DNSD_FAILS);
	leads(b, "x.test", false, "192.0.2.1:1/udp 192.0.2.1:2/tcp");
	dnsd_set_mood(b->dns, DNSD_NAPTR, DNSD_ANSWERS);
	/* to where nothing is */
	dnsd_add_address(b->dns, "z.test", 60, "192.0.2.9");
	dnsd_add_naptr(b->dns, "z.test", 60, 1, 1, "s", "SIP+D2T",
		       "_sip._tcp.nowhere.test");
	leads(b, "z.test", false, "192.0.2.9:5060/udp");
}

static void a_transport_or_a_port_needs_no_pointer(void **state)
{
	struct bench *b = *state;

	three_services(b);
	dnsd_add_address(b->dns, "x.test", 60, "192.0.2.7");
	found(b, "x.test", 0, "tcp", "192.0.2.1:2");
	found(b, "x.test", 5070, NULL, "192.0.2.7:5070");
	assert_int_equal(dnsd_asked(b->dns, DNSD_NAPTR), 0);
}

static void aliases_are_followed(void **state)
{
	struct bench *b = *state;

	dnsd_add_cname(b->dns, "x.test", 60, "y.test");
	dnsd_add_address(b->dns, "y.test", 60, "192.0.2.1");
	dnsd_add_cname(b->dns, "lost.test", 60, "nowhere.test");
	found(b, "x.test", 5060, "udp", "192.0.2.1:5060");
	found(b, "lost.test", 5060, "udp", "");
}

static void the_hosts_file_goes_before_dns(void **state)
{
	struct bench *b = *state;

	write_hosts(b, "# ours\n192.0.2.7\tgw GW.Test # first\n"
		       "2001:db8::7 gw.test\nbroken gw.test\n192.0.2.8\n");
	dnsd_add_address(b->dns, "gw.test", 60, "192.0.2.99");
	found(b, "gw.test", 0, "udp", "192.0.2.7:5060 [2001:db8::7]:5060");
	found(b, "gw", 5070, "udp", "192.0.2.7:5070");
	assert_int_equal(dnsd_asked(b->dns, 0), 0);
	write_hosts(b, "192.0.2.123 gw.test\n");
	found(b, "gw.test", 5070, "udp", "192.0.2.123:5070");
	unlink(b->hosts);
	found(b, "gw.test", 5070, "udp", "192.0.2.99:5070");
}

static void services_may_lead_to_the_hosts_file(void **state)
{
	struct bench *b = *state;

	write_hosts(b, "192.0.2.7 gw.test\n");
	dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, 0, 0, 5070, "GW.test");
	found(b, "x.test", 0, "udp", "192.0.2.7:5070");
}

static void answers_are_kept_for_their_time_to_live(void **state)
{
	struct bench *b = *state;

	dnsd_add_srv(b->dns, "_sip._udp.x.test", 30, 0, 0, 5070, "a.test");
	dnsd_add_address(b->dns, "a.test", 100, "192.0.2.1");
	dnsd_add_address(b->dns, "a.test", 100, "2001:db8::1");
	found(b, "x.test", 0, "udp", "192.0.2.1:5070 [2001:db8::1]:5070");
	b->skew_ms += 25000;
	found(b, "x.test", 0, "udp", "192.0.2.1:5070 [2001:db8::1]:5070");
	assert_int_equal(dnsd_asked(b->dns, 0), 3);
	b->skew_ms += 10000;
	found(b, "x.test", 0, "udp", "192.0.2.1:5070 [2001:db8::1]:5070");
	assert_int_equal(dnsd_asked(b->dns, DNSD_SRV), 2);
	assert_int_equal(dnsd_asked(b->dns, DNSD_A), 1);
	dnsd_clear(b->dns);
	dnsd_add_address(b->dns, "a.test", 100, "192.0.2.2");
	b->skew_ms += 70000;
	found(b, "a.test", 5070, "udp", "192.0.2.2:5070");
}

static void no_answer_is_kept_for_more_than_an_hour(void **state)
{
	struct bench *b = *state;

	dnsd_add_address(b->dns, "a.test", 999999, "192.0.2.1");
	found(b, "a.test", 5070, "udp", "192.0.2.1:5070");
	dnsd_clear(b->dns);
	dnsd_add_address(b->dns, "a.test", 999999, "192.0.2.2");
	b->skew_ms += 3590 * 1000;
	found(b, "a.test", 5070, "udp", "192.0.2.1:5070");
	b->skew_ms += 20 * 1000;
	found(b, "a.test", 5070, "udp", "192.0.2.2:5070");
}

static void what_is_missing_is_remembered_for_a_while(void **state)
{
	static const struct {
		unsigned minimum_s, kept_s, gone_s;
	} cases[] = {
		{ 1, 4, 6 }, { 20, 19, 21 }, { 86400, 59, 61 }, { 0, 29, 31 }
	};
	struct bench *b = *state;

	for (size_t i = 0; i < NELEM(cases); i++) {
		unsigned asked = dnsd_asked(b->dns, 0);

		dnsd_set_minimum(b->dns, cases[i].minimum_s);
		found(b, "no.test", 5060, "udp", "");
		assert_int_equal(dnsd_asked(b->dns, 0), asked + 2);
		b->skew_ms += cases[i].kept_s * 1000;
		found(b, "no.test", 5060, "udp", "");
		assert_int_equal(dnsd_asked(b->dns, 0), asked + 2);
		b->skew_ms += (cases[i].gone_s - cases[i].kept_s) * 1000;
		found(b, "no.test", 5060, "udp", "");
		assert_int_equal(dnsd_asked(b->dns, 0), asked + 4);
		b->skew_ms += 100 * 1000;
	}
}

static void equal_questions_share_their_queries(void **state)
{
	struct bench *b = *state;
	struct result r[10];

	dnsd_add_address(b->dns, "a.test", 100, "192.0.2.1");
	for (size_t i = 0; i < NELEM(r); i++)
		start(b, &r[i], i % 2 ? "a.test" : "A.TEST", 5060, "udp");
	assert_int_equal(resolver_pending(b->resolver), NELEM(r));
	resolve_cancel(&r[0].question);
	for (size_t i = 1; i < NELEM(r); i++) {
		wait_for(b, &r[i]);
		assert_int_equal(r[i].answer.n, 1);
	}
	assert_int_equal(r[0].calls, 0);
	assert_int_equal(dnsd_asked(b->dns, 0), 2);
}

static void a_failing_server_is_asked_again_after_a_while(void **state)
{
	struct bench *b = *state;
	unsigned asked;

	dnsd_add_address(b->dns, "a.test", 100, "192.0.2.1");
	dnsd_set_mood(b->dns, 0, DNSD_FAILS);
	found(b, "a.test", 5060, "udp", "");
	asked = dnsd_asked(b->dns, 0);
	assert_true(asked > 0);
	dnsd_set_mood(b->dns, 0, DNSD_ANSWERS);
	found(b, "a.test", 5060, "udp", "");
	assert_int_equal(dnsd_asked(b->dns, 0), asked);
	b->skew_ms += 6000;
	found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
}

static void turn(struct bench *b)
{
	for (int i = 0; i < 10; i++)
		loop_turn(b->loop, 20);
}

/* RFC 8767 */
static void what_was_known_holds_on_while_nobody_can_say(void **state)
{
	struct bench *b = *state;
	unsigned asked_a;

	dnsd_add_srv(b->dns, "_sip._udp.x.test", 30, 0, 0, 5070, "a.test");
	dnsd_add_address(b->dns, "a.test", 30, "192.0.2.1");
	found(b, "x.test", 0, "udp", "192.0.2.1:5070");
	dnsd_set_mood(b->dns, 0, DNSD_FAILS);
	b->skew_ms += 31000;
	found(b, "x.test", 0, "udp", "192.0.2.1:5070");
	turn(b); /* nothing is under way any more */
	asked_a = dnsd_asked(b->dns, DNSD_A);
	b->skew_ms += 25000; /* not at every call */
	found(b, "x.test", 0, "udp", "192.0.2.1:5070");
	assert_int_equal(dnsd_asked(b->dns, DNSD_A), asked_a);
	dnsd_set_mood(b->dns, 0, DNSD_IS_SILENT);
	b->skew_ms += 31000;
	found(b, "x.test", 0, "udp", "192.0.2.1:5070");
	/* the truth, once it can be told */
	dnsd_set_mood(b->dns, 0, DNSD_ANSWERS);
	dnsd_clear(b->dns);
	dnsd_add_srv(b->dns, "_sip._udp.x.test", 30, 0, 0, 5071, "b.test");
	dnsd_add_address(b->dns, "b.test", 30, "192.0.2.2");
	found(b, "other.test", 5060, "udp", ""); /* the servers are back */
	turn(b);
	b->skew_ms += 31000;
	found(b, "x.test", 0, "udp", "192.0.2.2:5071");
}

/* Only who finds out that the servers are away waits for them. */
static void nobody_waits_for_servers_that_are_known_to_be_away(void **state)
{
	struct bench *b = *state;
	struct result r;

	dnsd_add_address(b->dns, "a.test", 30, "192.0.2.1");
	found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
	dnsd_set_mood(b->dns, 0, DNSD_IS_SILENT);
	b->skew_ms += 31000;
	found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
	for (int i = 0; i < 3; i++) {
		b->skew_ms += 31000;
		loop_turn(b->loop, 0); /* sees the clock */
		start(b, &r, "a.test", 5060, "udp");
		for (int k = 0; k < 3 && !r.calls; k++)
			loop_turn(b->loop, 0);
		assert_int_equal(r.calls, 1);
		assert_int_equal(r.answer.n, 1);
	}
	dnsd_set_mood(b->dns, 0, DNSD_ANSWERS);
	dnsd_clear(b->dns);
	dnsd_add_address(b->dns, "a.test", 30, "192.0.2.2");
	found(b, "other.test", 5060, "udp", ""); /* the servers are back */
	turn(b);
	b->skew_ms += 31000;
	found(b, "a.test", 5060, "udp", "192.0.2.2:5060");
}

static void what_was_known_holds_for_a_day(void **state)
{
	struct bench *b = *state;

	dnsd_add_address(b->dns, "a.test", 30, "192.0.2.1");
	found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
	dnsd_set_mood(b->dns, 0, DNSD_FAILS);
	for (int i = 0; i < 23; i++) {
		b->skew_ms += 3600 * 1000;
		found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
	}
	b->skew_ms += 3700 * 1000;
	found(b, "a.test", 5060, "udp", "");
}

static void a_name_that_is_gone_is_gone(void **state)
{
	struct bench *b = *state;

	dnsd_add_address(b->dns, "a.test", 30, "192.0.2.1");
	found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
	dnsd_clear(b->dns);
	b->skew_ms += 31000;
	found(b, "a.test", 5060, "udp", "");
}

static void no_answer_is_kept_for_less_than_a_second(void **state)
{
	struct bench *b = *state;

	dnsd_add_address(b->dns, "a.test", 0, "192.0.2.1");
	for (int i = 0; i < 5; i++)
		found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
	assert_int_equal(dnsd_asked(b->dns, DNSD_A), 1);
	b->skew_ms += 1001;
	found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
	assert_int_equal(dnsd_asked(b->dns, DNSD_A), 2);
}

static void a_reload_forgets_what_was_missing(void **state)
{
	struct bench *b = *state;
	unsigned asked;

	dnsd_add_address(b->dns, "a.test", 30, "192.0.2.1");
	found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
	found(b, "b.test", 5060, "udp", "");
	asked = dnsd_asked(b->dns, DNSD_A);
	dnsd_add_address(b->dns, "b.test", 30, "192.0.2.2");
	resolver_reload(b->resolver);
	found(b, "b.test", 5060, "udp", "192.0.2.2:5060");
	found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
	assert_int_equal(dnsd_asked(b->dns, DNSD_A), asked + 1);
}

/* The file of a host that moved to another network. */
static void a_changed_configuration_is_read_again(void **state)
{
	struct resolver_conf conf = { .timeout_ms = 20, .tries = 1 };
	char path[] = "resolv.XXXXXX";
	struct bench *b = *state;
	FILE *f = fdopen(mkstemp(path), "w");

	assert_non_null(f);
	fputs("nameserver 127.0.0.99\n", f);
	fclose(f);
	conf.resolv_conf = path;
	conf.port = (uint16_t)atoi(strrchr(dnsd_address(b->dns), ':') + 1);
	conf.hosts = b->hosts;
	resolver_destroy(&b->resolver);
	assert_int_equal(resolver_create(&b->resolver, b->loop, &conf), 0);
	dnsd_add_address(b->dns, "a.test", 30, "192.0.2.1");
	found(b, "a.test", 5060, "udp", "");
	f = fopen(path, "w");
	fputs("# another\nnameserver 127.0.0.1\n", f);
	fclose(f);
	b->skew_ms += 6000; /* the failure is remembered for 5 s */
	found(b, "a.test", 5060, "udp", "192.0.2.1:5060");
	unlink(path);
}

static void silence_and_rubbish_end_in_nothing_found(void **state)
{
	struct bench *b = *state;

	dnsd_set_mood(b->dns, 0, DNSD_IS_SILENT);
	found(b, "a.test", 0, "udp", "");
	assert_true(dnsd_asked(b->dns, DNSD_SRV) > 0);
	dnsd_set_mood(b->dns, 0, DNSD_RAVES);
	found(b, "b.test", 5060, "udp", "");
}

static void a_truncated_answer_is_fetched_over_tcp(void **state)
{
	struct bench *b = *state;

	dnsd_set_mood(b->dns, DNSD_SRV, DNSD_TRUNCATES);
	for (unsigned i = 0; i < 20; i++)
		dnsd_add_srv(b->dns, "_sip._udp.x.test", 60, i, 0, 5000 + i,
			     "a.test");
	dnsd_add_address(b->dns, "a.test", 100, "192.0.2.1");
	found(b, "x.test", 0, "udp",
	      "192.0.2.1:5000 192.0.2.1:5001 192.0.2.1:5002 192.0.2.1:5003 "
	      "192.0.2.1:5004 192.0.2.1:5005 192.0.2.1:5006 192.0.2.1:5007 "
	      "192.0.2.1:5008 192.0.2.1:5009 192.0.2.1:5010 192.0.2.1:5011 "
	      "192.0.2.1:5012 192.0.2.1:5013 192.0.2.1:5014 192.0.2.1:5015");
	assert_int_equal(dnsd_asked_over_tcp(b->dns), 1);
}

static void an_aaaa_that_never_comes_does_not_hold_up_ipv4(void **state)
{
	struct resolver_conf conf = { .timeout_ms = 60000 };
	struct bench *b = *state;
	struct result r;

	conf.servers = dnsd_address(b->dns);
	conf.hosts = b->hosts;
	resolver_destroy(&b->resolver);
	assert_int_equal(resolver_create(&b->resolver, b->loop, &conf), 0);
	dnsd_add_address(b->dns, "a.test", 100, "192.0.2.1");
	dnsd_set_mood(b->dns, DNSD_AAAA, DNSD_IS_SILENT);
	start(b, &r, "a.test", 5060, "udp");
	wait_for(b, &r);
	assert_int_equal(r.answer.n, 1);
}

/* The server is away for a while, then back: what is under way when the
 * channel is opened again must not be lost. */
static void questions_survive_a_reopening(void **state)
{
	struct bench *b = *state;
	struct result lost, late, fresh;

	dnsd_add_address(b->dns, "a.test", 100, "192.0.2.1");
	dnsd_add_address(b->dns, "b.test", 100, "192.0.2.2");
	dnsd_set_mood(b->dns, 0, DNSD_IS_SILENT);
	start(b, &lost, "lost.test", 5060, "udp");
	wait_for(b, &lost);
	assert_int_equal(lost.answer.n, 0);
	start(b, &late, "a.test", 5060, "udp");
	dnsd_set_mood(b->dns, 0, DNSD_ANSWERS);
	b->skew_ms += 11000;
	loop_turn(b->loop, 0); /* sees the clock */
	start(b, &fresh, "b.test", 5060, "udp");
	wait_for(b, &fresh);
	if (!late.calls)
		wait_for(b, &late);
	assert_int_equal(fresh.answer.n, 1);
	assert_int_equal(late.answer.n, 1);
}

static void a_cancelled_question_is_not_answered(void **state)
{
	struct bench *b = *state;
	struct result r, other;

	dnsd_add_address(b->dns, "a.test", 100, "192.0.2.1");
	start(b, &r, "a.test", 0, "udp");
	start(b, &other, "b.test", 0, "udp");
	assert_int_equal(resolver_pending(b->resolver), 2);
	resolve_cancel(&r.question);
	assert_null(r.question);
	resolve_cancel(&r.question);
	assert_int_equal(resolver_pending(b->resolver), 1);
	wait_for(b, &other);
	assert_int_equal(r.calls, 0);
}

struct crew { /* owners who act while they are told */
	struct bench *b;
	struct resolve *self, *other;
	unsigned calls;
};

static void cancel_both(const struct resolve_answer *a, void *arg)
{
	struct crew *c = arg;

	(void)a;
	c->calls++;
	resolve_cancel(&c->self);
	resolve_cancel(&c->other);
}

static void all_may_be_cancelled_within_the_answer(void **state)
{
	struct crew c = { .b = *state };
	struct resolve_question q = { "a.test", 5060, "udp", false };

	dnsd_add_address(c.b->dns, "a.test", 100, "192.0.2.1");
	resolve_start(&c.self, c.b->resolver, &q, cancel_both, &c);
	resolve_start(&c.other, c.b->resolver, &q, cancel_both, &c);
	while (!c.calls)
		loop_turn(c.b->loop, 20);
	loop_turn(c.b->loop, 0);
	assert_int_equal(resolver_pending(c.b->resolver), 0);
	assert_int_equal(c.calls, 1);
	assert_null(c.self);
	assert_null(c.other);
}

static void destroy_resolver(const struct resolve_answer *a, void *arg)
{
	struct crew *c = arg;

	(void)a;
	c->calls++;
	resolver_destroy(&c->b->resolver);
}

static void the_resolver_may_be_destroyed_within_the_answer(void **state)
{
	struct crew c = { .b = *state };
	struct resolve_question q = { "a.test", 5060, "udp", false };
	struct result r;

	dnsd_set_mood(c.b->dns, DNSD_SRV, DNSD_IS_SILENT);
	start(c.b, &r, "b.test", 0, "udp");
	resolve_start(&c.self, c.b->resolver, &q, destroy_resolver, &c);
	while (!c.calls)
		loop_turn(c.b->loop, 20);
	for (int i = 0; i < 5; i++)
		loop_turn(c.b->loop, 0);
	assert_int_equal(c.calls, 1);
	assert_int_equal(r.calls, 0);
	assert_null(c.b->resolver);
}

static void a_destroyed_resolver_answers_nobody(void **state)
{
	struct bench *b = *state;
	struct result r[3];

	dnsd_add_address(b->dns, "a.test", 100, "192.0.2.1");
	start(b, &r[0], "a.test", 5060, "udp");
	start(b, &r[1], "a.test", 0, "udp");
	wait_for(b, &r[0]);
	start(b, &r[0], "a.test", 5060, "udp"); /* known, yet to be told */
	start(b, &r[2], "c.test", 0, "udp");
	resolver_destroy(&b->resolver);
	for (int i = 0; i < 5; i++)
		loop_turn(b->loop, 0);
	assert_int_equal(r[0].calls, 0);
	assert_int_equal(r[2].calls, 0);
}

static void what_is_no_name_is_not_found(void **state)
{
	struct bench *b = *state;
	char longest[600];

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	found(b, longest, 0, "udp", "");
	longest[200] = '\0'; /* a label of more than 63 */
	found(b, longest, 0, "udp", "");
	found(b, "", 0, "udp", "");
	found(b, ".", 5060, "udp", "");
	found(b, "..", 5060, "udp", "");
	found(b, "a..test", 5060, "udp", "");
	found(b, "[::1", 5060, "udp", "");
	found(b, "a b\\", 5060, "udp", "");
}

static void bad_servers_are_refused(void **state)
{
	struct resolver_conf conf = { .servers = "dns.example.com" };
	struct resolver *r = NULL;
	struct bench *b = *state;

	assert_int_equal(resolver_create(&r, b->loop, &conf), -EINVAL);
	assert_null(r);
}

#define with_bench(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_bench(numeric_hosts_are_answered_within_the_call),
		with_bench(with_a_port_only_addresses_are_asked_for),
		with_bench(services_come_in_order_of_priority),
		with_bench(the_transport_names_the_service),
		with_bench(weights_share_the_load),
		with_bench(without_services_the_name_itself_is_asked),
		with_bench(a_dot_as_target_means_there_is_no_service),
		with_bench(a_pointer_says_which_transport),
		with_bench(without_a_pointer_services_are_asked_in_our_order),
		with_bench(without_either_the_name_is_taken_by_udp),
		with_bench(pointers_that_fail_do_not_end_the_search),
		with_bench(a_transport_or_a_port_needs_no_pointer),
		with_bench(aliases_are_followed),
		with_bench(the_hosts_file_goes_before_dns),
		with_bench(services_may_lead_to_the_hosts_file),
		with_bench(answers_are_kept_for_their_time_to_live),
		with_bench(no_answer_is_kept_for_more_than_an_hour),
		with_bench(no_answer_is_kept_for_less_than_a_second),
		with_bench(what_was_known_holds_on_while_nobody_can_say),
		with_bench(nobody_waits_for_servers_that_are_known_to_be_away),
		with_bench(what_was_known_holds_for_a_day),
		with_bench(a_name_that_is_gone_is_gone),
		with_bench(a_reload_forgets_what_was_missing),
		with_bench(a_changed_configuration_is_read_again),
		with_bench(what_is_missing_is_remembered_for_a_while),
		with_bench(equal_questions_share_their_queries),
		with_bench(a_failing_server_is_asked_again_after_a_while),
		with_bench(silence_and_rubbish_end_in_nothing_found),
		with_bench(a_truncated_answer_is_fetched_over_tcp),
		with_bench(an_aaaa_that_never_comes_does_not_hold_up_ipv4),
		with_bench(questions_survive_a_reopening),
		with_bench(a_cancelled_question_is_not_answered),
		with_bench(all_may_be_cancelled_within_the_answer),
		with_bench(the_resolver_may_be_destroyed_within_the_answer),
		with_bench(a_destroyed_resolver_answers_nobody),
		with_bench(what_is_no_name_is_not_found),
		with_bench(bad_servers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
