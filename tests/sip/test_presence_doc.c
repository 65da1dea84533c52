/* sip/presence_doc: what a NOTIFY tells, to the letter. */
#include "cmocka_all.h"

#include <string.h>

#include "sip/presence_doc.h"

static void texts_cannot_break_out_of_xml(void **unused)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "<a href=\"x\">&'</a>",
		  "&lt;a href=&quot;x&quot;&gt;&amp;&apos;&lt;/a&gt;" },
		{ "]]>", "]]&gt;" },
		{ "J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x93\x9e",
		  "J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x93\x9e" },
		{ "a\r\nb\x01\x7f", "a??b??" },
		{ "\xff", "?" },
		{ "\xc3", "?" },             /* cut short */
		{ "\xc3<", "?&lt;" },
		{ "\xc0\xbc", "??" },        /* an overlong '<' */
		{ "\xe0\x80\xbc", "???" },
		{ "\xf0\x80\x80\xbc", "????" },
		{ "\xed\xa0\x80", "???" },   /* a surrogate */
		{ "\xef\xbf\xbf", "???" },   /* U+FFFF */
		{ "\xf4\x90\x80\x80", "????" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct buf b = { 0 };

		xml_text(&b, cases[i].in);
		assert_string_equal(buf_text(&b), cases[i].out);
		buf_free(&b);
	}
}

static void dialogs_are_written(void **unused)
{
	static const struct doc_dialog dialogs[] = {
		{ .id = "1", .state = DOC_TRYING },
		{ .id = "2",
		  .is_recipient = true,
		  .state = DOC_CONFIRMED,
		  .call_id = "c\"d",
		  .local_tag = "l",
		  .remote_tag = "r",
		  .local_uri = "sip:101@h",
		  .remote_name = "A & B",
		  .remote_uri = "sip:102@h" },
	};
	struct buf b = { 0 };

	(void)unused;
	doc_dialog_info(&b, "sip:101@h", 7, dialogs, NELEM(dialogs));
	assert_string_equal(
	        b.p,
	        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
	        "<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" "
	        "version=\"7\" state=\"full\" entity=\"sip:101@h\">\r\n"
	        "<dialog id=\"1\" direction=\"initiator\">\r\n"
	        "<state>trying</state>\r\n</dialog>\r\n"
	        "<dialog id=\"2\" call-id=\"c&quot;d\" local-tag=\"l\" "
	        "remote-tag=\"r\" direction=\"recipient\">\r\n"
	        "<state>confirmed</state>\r\n"
	        "<local><identity>sip:101@h</identity>"
	        "<target uri=\"sip:101@h\"/></local>\r\n"
	        "<remote><identity display=\"A &amp; B\">sip:102@h</identity>"
	        "<target uri=\"sip:102@h\"/></remote>\r\n"
	        "</dialog>\r\n</dialog-info>\r\n");
	buf_free(&b);
}

static void presence_is_written(void **unused)
{
	struct doc_presence p = { "sip:101@h", true, "On the phone" };
	struct buf b = { 0 };

	(void)unused;
	doc_pidf(&b, &p);
	assert_non_null(strstr(b.p, "entity=\"sip:101@h\""));
	assert_non_null(strstr(b.p, "<basic>open</basic>"));
	assert_non_null(strstr(b.p, "<note>On the phone</note>"));
	assert_false(pidf_is_closed(b.p, b.len));
	buf_clear(&b);
	p.is_open = false;
	p.note = NULL;
	doc_pidf(&b, &p);
	assert_null(strstr(b.p, "note"));
	assert_true(pidf_is_closed(b.p, b.len));
	buf_free(&b);
}

static void a_published_state_is_read(void **unused)
{
	static const struct {
		const char *body;
		bool is_closed;
	} cases[] = {
		{ "<basic>closed</basic>", true },
		{ "<p:basic> closed </p:basic>", true },
		{ "<basic>open</basic><basic>closed</basic>", false },
		{ "<basic>clo", false },
		{ "<basic>", false },
		{ "basic>closed", false },
		{ "</basic>closed", false },
		{ "", false },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++)
		if (pidf_is_closed(cases[i].body, strlen(cases[i].body)) !=
		    cases[i].is_closed)
			fail_msg("%s", cases[i].body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_cannot_break_out_of_xml),
		cmocka_unit_test(dialogs_are_written),
		cmocka_unit_test(presence_is_written),
		cmocka_unit_test(a_published_state_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
