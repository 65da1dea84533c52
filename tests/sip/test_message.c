/* sip/message: which headers cross, and what is read of a message. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sip/identity.h"
#include "sip/message_priv.h"

#define START                                          \
	"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"    \
	"From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>%s\r\n" \
	"Call-ID: x\r\nCSeq: 1 INVITE\r\n"

struct parsed {
	msg_t *msg;
	struct message m;
};

static struct parsed parse(const char *start, const char *to_tag,
                           const char *lines)
{
	struct parsed p;
	struct buf b = { 0 };

	buf_fmt(&b, "%s\r\nVia: " START, start, to_tag);
	buf_fmt(&b, "%s\r\n", lines);
	p.msg = msg_make(sip_default_mclass(), 0, b.p, (ssize_t)b.len);
	assert_non_null(p.msg);
	assert_non_null(sip_object(p.msg)->sip_cseq);
	message_view(&p.m, sip_object(p.msg), NULL);
	buf_free(&b);
	return p;
}

#define INVITE "INVITE sip:b@h SIP/2.0"

/* One row a header: in what it may cross, and what hides it. */
static void the_white_list_is_kept(void **unused)
{
	enum {
		P = CROSS_CALL,
		C = CROSS_CARRIER_CALL,
		I = CROSS_INSIDE,
		A = CROSS_ANSWER,
		T = CROSS_TEXT
	};
	static const struct {
		const char *line;
		unsigned kinds, hidden;
	} cases[] = {
		{ "Accept-Language: de", P | C, 0 },
		{ "Alert-Info: <http://h/r.wav>", P | A, 0 },
		{ "Call-Info: <http://h/i.png>;purpose=icon", P | A,
		  PRIVACY_USER },
		{ "Content-Disposition: render", I | T, 0 },
		{ "Content-Language: de", I | T, 0 },
		{ "Diversion: <sip:5@h>;reason=no-answer", P | C,
		  PRIVACY_HISTORY },
		{ "History-Info: <sip:5@h>;index=1", P | C | A,
		  PRIVACY_HISTORY | PRIVACY_HEADER },
		{ "Info-Package: dtmf", I, 0 },
		{ "MIME-Version: 1.0", I | T, 0 },
		{ "Priority: urgent", P | C | T, 0 },
		{ "Subject: lunch", P | C | T, PRIVACY_USER },
		{ "User-to-User: 56a3;encoding=hex", P | C | I | A, 0 },
		/* each leg's own, or the trust's, or nobody's */
		{ "Accept: application/sdp", 0, 0 },
		{ "Allow: INVITE", 0, 0 },
		{ "Allow-Events: dialog", 0, 0 },
		{ "Authorization: Digest realm=\"h\"", 0, 0 },
		{ "Contact: <sip:a@192.0.2.1>", 0, 0 },
		{ "Date: Sat, 13 Nov 2010 23:29:00 GMT", 0, 0 },
		{ "In-Reply-To: x@h", 0, 0 },
		{ "Min-SE: 90", 0, 0 },
		{ "Organization: o", 0, 0 },
		{ "P-Access-Network-Info: x", 0, 0 },
		{ "P-Asserted-Identity: <sip:a@h>", 0, 0 },
		{ "P-Charging-Vector: x", 0, 0 },
		{ "P-Preferred-Identity: <sip:a@h>", 0, 0 },
		{ "Privacy: id", 0, 0 },
		{ "Reason: Q.850;cause=16", 0, 0 },
		{ "Record-Route: <sip:192.0.2.1;lr>", 0, 0 },
		{ "Referred-By: <sip:a@h>", 0, 0 },
		{ "Remote-Party-ID: <sip:a@h>", 0, 0 },
		{ "Replaces: x;to-tag=1;from-tag=2", 0, 0 },
		{ "Reply-To: <sip:a@h>", 0, 0 },
		{ "Require: 100rel", 0, 0 },
		{ "Route: <sip:192.0.2.1;lr>", 0, 0 },
		{ "Server: s", 0, 0 },
		{ "Session-Expires: 90", 0, 0 },
		{ "Supported: 100rel", 0, 0 },
		{ "User-Agent: u", 0, 0 },
		{ "Warning: 399 h \"x\"", 0, 0 },
		{ "X-Account: x", 0, 0 },
		{ "X-KAZOO-AOR: sip:a@h", 0, 0 },
		{ "X: y", 0, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		char *line = xasprintf("%s\r\n", cases[i].line);
		struct parsed p = parse(INVITE, "", line);

		for (unsigned kind = P; kind <= T; kind <<= 1) {
			char *got = message_crossing_as(&p.m, kind, 0);
			const char *want =
			        kind & cases[i].kinds ? line : NULL;

			if (want ? !got || strcasecmp(got, want) : !!got)
				fail_msg("%s as %u: %s", line, kind, got);
			free(got);
			got = message_crossing_as(&p.m, kind,
			                          cases[i].hidden);
			if (cases[i].hidden)
				assert_null(got);
			free(got);
		}
		msg_destroy(p.msg);
		free(line);
	}
}

static void a_message_crosses_as_what_it_is(void **unused)
{
	static const char lines[] = "Subject: s\r\nInfo-Package: p\r\n"
	                            "History-Info: <sip:5@h>;index=1\r\n";
	static const struct {
		const char *start, *tag, *has, *has_not;
	} cases[] = {
		{ INVITE, "", "Subject", "Info-Package" },
		{ INVITE, ";tag=2", "Info-Package", "Subject" },
		{ "SIP/2.0 180 Ringing", ";tag=2", "History-Info", "Subject" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct parsed p = parse(cases[i].start, cases[i].tag, lines);
		char *got = message_crossing(&p.m);

		assert_non_null(got);
		assert_non_null(strstr(got, cases[i].has));
		assert_null(strstr(got, cases[i].has_not));
		free(got);
		msg_destroy(p.msg);
	}
}

static void folded_headers_cross_on_one_line(void **unused)
{
	struct parsed p = parse(INVITE, "",
	                        "Diversion: <sip:5@h>\r\n ;reason=busy\r\n");
	char *got = message_crossing(&p.m);

	(void)unused;
	assert_non_null(got);
	assert_non_null(strstr(got, ";reason=busy\r\n"));
	assert_ptr_equal(strchr(got, '\n'), got + strlen(got) - 1);
	free(got);
	msg_destroy(p.msg);
}

static void header_values_are_joined(void **unused)
{
	struct parsed p = parse(INVITE, "",
	                        "P-Asserted-Identity: <sip:1@h>\r\n"
	                        "Privacy: id\r\n"
	                        "p-asserted-identity: <tel:+1>\r\n");
	char *got = message_header(&p.m, "P-Asserted-Identity");

	(void)unused;
	assert_string_equal(got, "<sip:1@h>, <tel:+1>");
	free(got);
	assert_null(message_header(&p.m, "Remote-Party-ID"));
	msg_destroy(p.msg);
}

static void reasons_are_read(void **unused)
{
	static const struct {
		const char *lines, *reason; /* NULL: none */
		int q850;
	} cases[] = {
		{ "", NULL, 0 },
		{ "Reason: Q.850;cause=17;text=\"busy\"\r\n",
		  "Q.850;cause=17;text=\"busy\"", 17 },
		{ "Reason: SIP;cause=486\r\nReason: q.850 ;cause=21\r\n",
		  "SIP;cause=486, q.850;cause=21", 21 },
		{ "Reason: SIP;cause=200, Q.850;cause=16\r\n",
		  "SIP;cause=200, Q.850;cause=16", 16 },
		{ "Reason: Q.850;cause=99999\r\n", "Q.850;cause=99999", 0 },
		{ "Reason: Q.850;cause=x\r\n", "Q.850;cause=x", 0 },
		{ "Reason: Q.850\r\n", "Q.850", 0 },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct parsed p = parse("BYE sip:b@h SIP/2.0", ";tag=2",
		                        cases[i].lines);
		char *got = message_reason(&p.m);

		if (!cases[i].reason)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].reason);
		assert_int_equal(message_q850(&p.m), cases[i].q850);
		free(got);
		msg_destroy(p.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_white_list_is_kept),
		cmocka_unit_test(a_message_crosses_as_what_it_is),
		cmocka_unit_test(folded_headers_cross_on_one_line),
		cmocka_unit_test(header_values_are_joined),
		cmocka_unit_test(reasons_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
