/* How large an answer may be. */
#include "cmocka_all.h"

#include <string.h>

#include "base/util.h"
#include "sip/room.h"

#define IP    "192.0.2.1"
#define FIXED (39 + 45 + 12 + 19) /* what any answer to it has */

static long room(const char *text)
{
	return room_in(text, strlen(text), IP);
}

static void what_is_repeated_is_no_room(void **unused)
{
	(void)unused;
	assert_int_equal(room("A sip:b SIP/2.0\r\n\r\n"), 19 - FIXED);
	assert_int_equal(room("A sip:b SIP/2.0\r\nVia: x\r\nFROM : y\r\n"
	                      "To: z\r\nCall-ID: 1\r\nCSeq: 1 A\r\n\r\n"),
	                 19 - FIXED);
	assert_int_equal(room("A sip:b SIP/2.0\r\nContact: <sip:a>\r\n\r\n"),
	                 19 + 18 - FIXED);
}

static void a_body_is_room(void **unused)
{
	(void)unused;
	assert_int_equal(room("A sip:b SIP/2.0\r\n\r\nVia: 12345"),
	                 19 + 10 - FIXED);
}

static void short_names_grow(void **unused)
{
	(void)unused;
	assert_int_equal(room("A sip:b SIP/2.0\r\ni:1\r\n\r\n"),
	                 19 - 7 - FIXED);
}

static void folded_lines_belong_to_their_header(void **unused)
{
	(void)unused;
	assert_int_equal(room("A sip:b SIP/2.0\r\nVia: a,\r\n b,\r\n\tc\r\n"
	                      "X: 1\r\n\r\n"),
	                 19 + 6 - FIXED);
}

static void anything_can_be_measured(void **unused)
{
	(void)unused;
	assert_int_equal(room(""), -FIXED);
	assert_int_equal(room("\n"), 1 - FIXED);
	assert_int_equal(room("A\nVia"), 2 - FIXED);
	assert_int_equal(room_in("A\n", 2, "2001:db8::1"), 2 - FIXED - 2);
}

static void what_the_top_via_gets_counts(void **unused)
{
	long without = room("A sip:b SIP/2.0\r\nVia: x\r\n\r\n");

	(void)unused;
	assert_int_equal(room("A sip:b SIP/2.0\r\nVia: " IP "\r\n\r\n"),
	                 without + 19);
	assert_int_equal(room("A sip:b SIP/2.0\r\nv:x;rport\r\n\r\n"),
	                 without + 6 - 3);
	assert_int_equal(room("A sip:b SIP/2.0\r\nVia: x\r\nVia: " IP
	                      "\r\n\r\n"),
	                 without);
	assert_int_equal(room("OPTIONS sip:b SIP/2.0\r\nVia: x\r\n\r\n"),
	                 without + 6 + 18);
}

static void only_what_can_be_proved_is_challenged(void **unused)
{
	static const struct {
		const char *request;
		bool is_challenged;
	} rows[] = {
		{ "REGISTER sip:b SIP/2.0\r\nTo: a\r\n\r\n", true },
		{ "INVITE sip:b SIP/2.0\r\nContact: a\r\n\r\n", true },
		{ "INVITE sip:b SIP/2.0\r\nm : a\r\n\r\n", true },
		{ "INVITE sip:b SIP/2.0\r\nMax: a\r\n\r\n", false },
		{ "INVITE sip:b SIP/2.0\r\n\r\nContact: a\r\n", false },
		{ "REGISTER sip:b SIP/2.0\r\nrequire: a\r\n\r\n", false },
		{ "BYE sip:b SIP/2.0\r\nContact: a\r\n\r\n", false },
		{ "REGISTER ", false },
		{ "INVITE", false },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_int_equal(room_is_challenged(rows[i].request,
		                                    strlen(rows[i].request)),
		                 rows[i].is_challenged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_repeated_is_no_room),
		cmocka_unit_test(a_body_is_room),
		cmocka_unit_test(short_names_grow),
		cmocka_unit_test(folded_lines_belong_to_their_header),
		cmocka_unit_test(what_the_top_via_gets_counts),
		cmocka_unit_test(anything_can_be_measured),
		cmocka_unit_test(only_what_can_be_proved_is_challenged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
