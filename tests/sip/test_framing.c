#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "sip/framing.h"

#define REQUEST(length) \
	"OPTIONS sip:a SIP/2.0\r\nTo: <sip:a>\r\n" length "\r\n\r\n"

/* In pieces of every size: what is left must be `kept`, with so many pings. */
static void leaves(const char *in, const char *kept, unsigned pings)
{
	size_t n = strlen(in);

	for (size_t piece = 1; piece <= n; piece++) {
		struct framing f = { 0 };
		char bytes[1024], got[1024] = "";
		unsigned some, all = 0;
		size_t len = 0;

		for (size_t at = 0; at < n; at += piece) {
			size_t now = n - at < piece ? n - at : piece;

			memcpy(bytes, in + at, now);
			now = framing_feed(&f, bytes, now, &some);
			memcpy(got + len, bytes, now);
			len += now;
			all += some;
		}
		got[len] = '\0';
		assert_string_equal(got, kept);
		assert_int_equal(all, pings);
		assert_true(framing_is_between(&f));
	}
}

static void line_ends_between_messages_are_no_part_of_them(void **state)
{
	(void)state;
	leaves(REQUEST("l: 0"), REQUEST("l: 0"), 0);
	leaves("\r\n" REQUEST("l: 0") "\r\n", REQUEST("l: 0"), 0);
	leaves(REQUEST("l: 0") "\r\n\r\n" REQUEST("l: 0"),
	       REQUEST("l: 0") REQUEST("l: 0"), 1);
	leaves("\r\n\r\n\r\n\r\n", "", 2);
	leaves("\r\n", "", 0);
}

static void a_body_keeps_its_line_ends(void **state)
{
	static const char *const lengths[] = {
		"Content-Length: 8", "content-length : 8", "L:8", "l:   8",
		"Content-Length:\t8",
	};
	char text[256], pinged[300];

	(void)state;
	for (size_t i = 0; i < NELEM(lengths); i++) {
		snprintf(text, sizeof(text),
		         "INFO sip:a SIP/2.0\r\n%s\r\n\r\n\r\n\r\n\r\n\r\n",
		         lengths[i]);
		snprintf(pinged, sizeof(pinged), "%s\r\n\r\n", text);
		leaves(text, text, 0);
		leaves(pinged, text, 1);
	}
}

static void other_headers_tell_no_length(void **state)
{
	(void)state;
	leaves(REQUEST("X-Content-Length: 4") "\r\n\r\n",
	       REQUEST("X-Content-Length: 4"), 1);
	leaves(REQUEST("Call-ID: l: 4") "\r\n\r\n", REQUEST("Call-ID: l: 4"),
	       1);
	leaves(REQUEST("Content-Length") "\r\n\r\n",
	       REQUEST("Content-Length"), 1);
}

static void a_long_line_and_a_long_body_do_no_harm(void **state)
{
	struct framing f = { 0 };
	char text[512];
	unsigned pings;
	size_t n;

	(void)state;
	snprintf(text, sizeof(text),
	         "OPTIONS sip:%0300d SIP/2.0\r\n"
	         "Content-Length: 99999999999999999999999\r\n\r\nabc", 1);
	n = strlen(text);
	assert_int_equal(framing_feed(&f, text, n, &pings), n);
	assert_false(framing_is_between(&f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_ends_between_messages_are_no_part_of_them),
		cmocka_unit_test(a_body_keeps_its_line_ends),
		cmocka_unit_test(other_headers_tell_no_length),
		cmocka_unit_test(a_long_line_and_a_long_body_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
