#include "cmocka_all.h"

#include "media/source.h"

#define SDP   "192.0.2.1:4000"
#define SIG   "198.51.100.7:5060"
#define NONE  ""

static struct addr at(const char *text)
{
	struct addr a = { 0 };

	if (*text)
		assert_int_equal(addr_parse_hostport(&a, text, 0), 0);
	return a;
}

static struct source fresh(const char *sdp, bool is_natted)
{
	struct endpoint_remote r = { .rtp = at(sdp),
		                     .signalling = at(SIG),
		                     .is_natted = is_natted };
	struct source s;

	source_init(&s, SOURCE_RTP, &r);
	return s;
}

static void each_packet_gets_the_verdict_of_the_rules(void **unused)
{
	static const struct {
		const char *sdp;
		bool is_natted;
		const char *latched, *from;
		enum source_verdict expect;
	} rows[] = {
		/* not behind NAT: the SDP's IP, the first one's port */
		{ SDP, false, NONE, SDP, SOURCE_LATCH },
		{ SDP, false, NONE, "192.0.2.1:4002", SOURCE_LATCH },
		{ SDP, false, NONE, "192.0.2.2:4000", SOURCE_REFUSE },
		{ SDP, false, NONE, SIG, SOURCE_REFUSE },
		{ SDP, false, SDP, SDP, SOURCE_ACCEPT },
		{ SDP, false, SDP, "192.0.2.1:4002", SOURCE_REFUSE },
		{ SDP, false, SDP, "192.0.2.2:4000", SOURCE_REFUSE },
		{ SDP, false, "192.0.2.1:4002", SDP, SOURCE_REFUSE },
		{ SDP, false, "192.0.2.1:4002", "192.0.2.1:4002",
		  SOURCE_ACCEPT },
		/* behind NAT: the signalling's IP, the first one's port */
		{ SDP, true, NONE, SDP, SOURCE_REFUSE },
		{ SDP, true, NONE, SIG, SOURCE_LATCH },
		{ SDP, true, NONE, "198.51.100.7:33333", SOURCE_LATCH },
		{ SDP, true, NONE, "198.51.100.8:33333", SOURCE_REFUSE },
		{ SDP, true, "198.51.100.7:33333", "198.51.100.7:33333",
		  SOURCE_ACCEPT },
		{ SDP, true, "198.51.100.7:33333", "198.51.100.7:33334",
		  SOURCE_REFUSE },
		{ SDP, true, "198.51.100.7:33333", SDP, SOURCE_REFUSE },
		/* no address: nobody */
		{ NONE, false, NONE, SDP, SOURCE_REFUSE },
		{ NONE, true, NONE, SIG, SOURCE_REFUSE },
		{ "192.0.2.1:0", false, NONE, SDP, SOURCE_REFUSE },
		{ "0.0.0.0:4000", false, NONE, "0.0.0.0:4000", SOURCE_REFUSE },
		{ "0.0.0.0:4000", true, NONE, SIG, SOURCE_REFUSE },
		{ "224.0.0.1:4000", false, NONE, "224.0.0.1:4000",
		  SOURCE_REFUSE },
		/* IPv6, and never across the families */
		{ "[2001:db8::1]:4000", false, NONE, "[2001:db8::1]:4000",
		  SOURCE_LATCH },
		{ "[2001:db8::1]:4000", false, NONE, "[2001:db8::2]:4000",
		  SOURCE_REFUSE },
		{ "[::]:4000", false, NONE, "[::]:4000", SOURCE_REFUSE },
		{ "[2001:db8::1]:4000", false, NONE, "192.0.2.1:4000",
		  SOURCE_REFUSE },
		{ SDP, false, NONE, "[2001:db8::1]:4000", SOURCE_REFUSE },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct source s = fresh(rows[i].sdp, rows[i].is_natted);
		struct addr from = at(rows[i].from);

		s.latched = at(rows[i].latched);
		if (source_judge(&s, &from) != rows[i].expect)
			fail_msg("row %zu: verdict is not %d", i,
			         (int)rows[i].expect);
	}
}

static void packets_go_where_the_rules_say(void **unused)
{
	static const struct {
		const char *sdp;
		bool is_natted;
		const char *latched, *expect;
	} rows[] = {
		{ SDP, false, NONE, SDP },
		{ SDP, false, "192.0.2.1:4002", SDP },
		{ SDP, true, NONE, NONE },
		{ SDP, true, "198.51.100.7:3333", "198.51.100.7:3333" },
		{ NONE, false, NONE, NONE },
		{ "0.0.0.0:4000", false, NONE, NONE },
		{ "192.0.2.1:0", false, NONE, NONE },
		{ "255.255.255.255:4000", false, NONE, NONE },
		{ "[ff02::1]:4000", false, NONE, NONE },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct source s = fresh(rows[i].sdp, rows[i].is_natted);
		struct addr expect = at(rows[i].expect);
		const struct addr *to;

		s.latched = at(rows[i].latched);
		to = source_target(&s);
		if (addr_is_set(&expect) != (to != NULL) ||
		    (to && !addr_eq(to, &expect)))
			fail_msg("row %zu: not %s", i, rows[i].expect);
	}
}

static void rtcp_has_its_own_address_and_none_with_mux(void **unused)
{
	struct endpoint_remote r = { .rtp = at(SDP),
		                     .rtcp = at("192.0.2.9:777"),
		                     .signalling = at(SIG) };
	struct addr from = at("192.0.2.9:777");
	struct source s;

	(void)unused;
	source_init(&s, SOURCE_RTCP, &r);
	assert_int_equal(source_judge(&s, &from), SOURCE_LATCH);
	assert_true(addr_eq(source_target(&s), &from));
	r.is_mux = true;
	source_init(&s, SOURCE_RTCP, &r);
	assert_int_equal(source_judge(&s, &from), SOURCE_REFUSE);
	assert_null(source_target(&s));
}

static void a_natted_peer_without_signalling_address_is_mute(void **unused)
{
	struct endpoint_remote r = { .rtp = at(SDP), .is_natted = true };
	struct addr from = at(SDP);
	struct source s;

	(void)unused;
	source_init(&s, SOURCE_RTP, &r);
	assert_int_equal(source_judge(&s, &from), SOURCE_REFUSE);
	assert_null(source_target(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_gets_the_verdict_of_the_rules),
		cmocka_unit_test(packets_go_where_the_rules_say),
		cmocka_unit_test(rtcp_has_its_own_address_and_none_with_mux),
		cmocka_unit_test(
			a_natted_peer_without_signalling_address_is_mute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
