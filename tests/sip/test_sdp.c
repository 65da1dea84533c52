#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip/sdp.h"

#define HEAD "v=0\r\no=bob 1 2 IN IP4 10.0.0.1\r\ns=x\r\n"
#define CONN "c=IN IP4 10.0.0.1\r\n"
#define TIME "t=0 0\r\n"
#define TOP HEAD CONN TIME
#define OURS "v=0\r\no=- 77 3 IN IP4 192.0.2.9\r\ns=x\r\n" \
	     "c=IN IP4 192.0.2.9\r\nt=0 0\r\n"

static struct sdp *parsed(const char *text)
{
	struct sdp *s = NULL;
	const char *why = NULL;

	if (sdp_parse(&s, text, strlen(text), &why) != 0)
		fail_msg("refused: %s\n%s", why, text);
	assert_null(why);
	return s;
}

static struct sdp_local local_ports(uint16_t rtp, uint16_t rtcp)
{
	struct sdp_local l = { .session = "77", .version = 3 };

	assert_int_equal(addr_parse(&l.address, "192.0.2.9", 0), 0);
	for (size_t i = 0; i < SDP_MAX_STREAMS; i++) {
		l.streams[i].rtp = (uint16_t)(rtp + 10 * i);
		l.streams[i].rtcp = (uint16_t)(rtcp + 10 * i);
	}
	return l;
}

static void writes(const char *text, const struct sdp_local *l,
		   const char *want)
{
	struct sdp *s = parsed(text);
	struct buf out = { 0 };

	sdp_write(&out, s, l);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
	sdp_free(&s);
	assert_null(s);
}

static void lines_of_no_concern_pass_byte_for_byte(void **unused)
{
	static const char in[] =
		HEAD "i=a \xc3\xa9 title\r\nu=http://x/\r\n"
		"e=a@b\r\np=+1\r\n" CONN
		"b=AS:84\r\nt=0 0\r\nr=7d 1h 0 25h\r\nk=clear:a\r\n"
		"a=group:BUNDLE a ice\r\na=sendonly\r\n"
		"m=audio 4000 RTP/AVP 8  101\r\ni=the line\r\nb=AS:64\r\n"
		"a=rtpmap:8 PCMA/8000\r\na=rtcp-fb:* nack\r\na=rtcp-rsize\r\n"
		"a=X-odd:: \r\na=mid:a\r\na=recvonly\r\ny=later\r\n";
	static const char out[] =
		"v=0\r\no=- 77 3 IN IP4 192.0.2.9\r\ns=x\r\n"
		"i=a \xc3\xa9 title\r\nu=http://x/\r\ne=a@b\r\np=+1\r\n"
		"c=IN IP4 192.0.2.9\r\n"
		"b=AS:84\r\nt=0 0\r\nr=7d 1h 0 25h\r\nk=clear:a\r\n"
		"a=group:BUNDLE a ice\r\na=sendonly\r\n"
		"m=audio 5000 RTP/AVP 8  101\r\ni=the line\r\nb=AS:64\r\n"
		"a=rtpmap:8 PCMA/8000\r\na=rtcp-fb:* nack\r\na=rtcp-rsize\r\n"
		"a=X-odd:: \r\na=mid:a\r\na=recvonly\r\ny=later\r\n";
	struct sdp_local l = local_ports(5000, 5001);

	(void)unused;
	writes(in, &l, out);
}

static void ice_is_left_out(void **unused)
{
	struct sdp_local l = local_ports(5000, 5001);

	(void)unused;
	writes(TOP "a=ice-lite\r\na=ice-options:trickle\r\na=ice-pacing:50\r\n"
		   "m=audio 4000 RTP/AVP 0\r\na=ice-ufrag:8hhY\r\n"
		   "a=ice-pwd:asd88fgpdd777uzjYhagZg\r\na=ice-mismatch\r\n"
		   "a=candidate:1 1 UDP 2130706431 10.0.0.1 4000 typ host\r\n"
		   "a=remote-candidates:1 192.0.2.1 45664\r\n"
		   "a=end-of-candidates\r\na=icecream\r\na=candidates:x\r\n",
	       &l,
	       OURS "m=audio 5000 RTP/AVP 0\r\na=icecream\r\n"
		    "a=candidates:x\r\n");
}

static void our_connection_replaces_those_of_the_media(void **unused)
{
	struct sdp_local l = local_ports(5000, 5001);
	const char *in = HEAD TIME "m=audio 4000 RTP/AVP 0\r\n" CONN
				   "a=ptime:20\r\nm=video 4002 RTP/AVP 31\r\n"
				   "c=IN IP4 10.0.0.2\r\n";
	struct sdp *s = parsed(in);
	char ip[ADDR_TEXT];

	(void)unused;
	assert_string_equal(addr_ip_port(&sdp_stream(s, 0)->rtp, ip),
			    "10.0.0.1:4000");
	assert_string_equal(addr_ip_port(&sdp_stream(s, 1)->rtp, ip),
			    "10.0.0.2:4002");
	assert_null(sdp_stream(s, 2));
	sdp_free(&s);
	writes(in, &l,
	       OURS "m=audio 5000 RTP/AVP 0\r\na=ptime:20\r\n"
		    "m=video 5010 RTP/AVP 31\r\n");
	/* nothing but streams: ours still goes before the first */
	writes("v=0\nm=audio 4000 RTP/AVP 0\nc=IN IP4 10.0.0.1\n", &l,
	       "v=0\r\no=- 77 3 IN IP4 192.0.2.9\r\ns=-\r\n"
	       "c=IN IP4 192.0.2.9\r\nm=audio 5000 RTP/AVP 0\r\n");
}

static void the_other_address_family_is_named(void **unused)
{
	struct sdp_local l = local_ports(5000, 5001);

	(void)unused;
	assert_int_equal(addr_parse(&l.address, "2001:db8::9", 0), 0);
	writes(TOP "m=audio 4000 RTP/AVP 0\r\n", &l,
	       "v=0\r\no=- 77 3 IN IP6 2001:db8::9\r\ns=x\r\n"
	       "c=IN IP6 2001:db8::9\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n");
	l = local_ports(5000, 5001);
	writes("v=0\r\no=- 1 1 IN IP6 ::1\r\ns=x\r\nc=IN IP6 ::1\r\nt=0 0\r\n"
	       "m=audio 4000 RTP/AVP 0\r\n",
	       &l, OURS "m=audio 5000 RTP/AVP 0\r\n");
}

static void a_refused_stream_keeps_only_its_line(void **unused)
{
	struct sdp_local l = local_ports(5000, 5001);

	(void)unused;
	l.streams[0].rtp = 0; /* by us; the others by their writer */
	writes(TOP "m=audio 4000 RTP/AVP 0\r\nb=AS:1\r\na=mid:1\r\n"
		   "a=rtcp:4001\r\na=rtcp-mux\r\n"
		   "m=video 0 RTP/AVP 31\r\na=mid:2\r\n"
		   "m=message 9 TCP/MSRP *\r\na=path:msrp://10.0.0.1/\r\n"
		   "m=image 0 udptl\r\n"
		   "m=audio 4010 RTP/AVP 8\r\na=mid:5\r\n",
	       &l,
	       OURS "m=audio 0 RTP/AVP 0\r\nm=video 0 RTP/AVP 31\r\n"
		    "m=message 0 TCP/MSRP *\r\nm=image 0 udptl 0\r\n"
		    "m=audio 5040 RTP/AVP 8\r\na=mid:5\r\n");
}

static void rtcp_is_named_where_it_must_be(void **unused)
{
	static const struct {
		const char *in;
		uint16_t rtcp;
		bool keeps_mux;
		const char *out;
	} cases[] = {
		{ "", 5001, false, "" },
		{ "", 5007, false, "a=rtcp:5007\r\n" },
		{ "", 0, false, "" },
		{ "a=rtcp:4007 IN IP4 10.0.0.7\r\na=x\r\n", 5001, false,
		  "a=rtcp:5001\r\na=x\r\n" },
		{ "a=rtcp:4007\r\na=rtcp:4009\r\na=x\r\n", 5007, false,
		  "a=rtcp:5007\r\na=x\r\n" },
		{ "a=rtcp:4007\r\n", 0, false, "" },
		{ "a=rtcp-mux\r\na=rtcp:4000\r\n", 5001, false,
		  "a=rtcp:5001\r\n" },
		{ "a=rtcp-mux\r\na=rtcp:4000\r\n", 5000, true,
		  "a=rtcp-mux\r\n" },
		{ "a=rtcp-mux\r\na=rtcp:4001\r\n", 5001, true,
		  "a=rtcp-mux\r\na=rtcp:5001\r\n" },
		{ "a=rtcp-mux\r\na=rtcp-mux-only\r\n", 0, true,
		  "a=rtcp-mux\r\na=rtcp-mux-only\r\n" },
		{ "a=rtcp-mux\r\na=rtcp-mux-only\r\n", 5001, false, "" },
		{ "", 0, true, "" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct sdp_local l = local_ports(5000, cases[i].rtcp);
		char in[512], out[512];

		l.streams[0].keeps_mux = cases[i].keeps_mux;
		snprintf(in, sizeof(in), "%sm=audio 4000 RTP/AVP 0\r\n%s", TOP,
			 cases[i].in);
		snprintf(out, sizeof(out), "%sm=audio 5000 RTP/AVP 0\r\n%s",
			 OURS, cases[i].out);
		writes(in, &l, out);
	}
}

static void fax_and_data_have_no_rtcp(void **unused)
{
	struct sdp_local l = local_ports(5000, 5007);

	(void)unused;
	writes(TOP "m=image 4000 udptl t38\r\n"
		   "m=application 4002 UDP/BFCP *\r\n",
	       &l,
	       OURS "m=image 5000 udptl t38\r\n"
		    "m=application 5010 UDP/BFCP *\r\n");
}

static void ports_and_addresses_are_read(void **unused)
{
	static const struct {
		const char *media, *rtp, *rtcp, *apart;
	} cases[] = {
		{ "m=audio 4000 RTP/AVP 0\r\n", "10.0.0.1:4000",
		  "10.0.0.1:4001", "10.0.0.1:4001" },
		{ "m=audio 4000/2 RTP/AVP 0\r\n", "10.0.0.1:4000",
		  "10.0.0.1:4001", "10.0.0.1:4001" },
		{ "m=audio 4000 RTP/AVP 0\r\na=rtcp:53020\r\n",
		  "10.0.0.1:4000", "10.0.0.1:53020", "10.0.0.1:53020" },
		{ "m=audio 4000 RTP/AVP 0\r\na=rtcp:53020 \r\n",
		  "10.0.0.1:4000", "10.0.0.1:53020", "10.0.0.1:53020" },
		{ "m=audio 4000 RTP/AVP 0\r\na=rtcp:4007 IN IP4 10.0.0.7\r\n",
		  "10.0.0.1:4000", "10.0.0.7:4007", "10.0.0.7:4007" },
		{ "m=audio 4000 RTP/AVP 0\r\n"
		  "a=rtcp:4007 IN IP6 2001:db8::7\r\n",
		  "10.0.0.1:4000", "[2001:db8::7]:4007", "[2001:db8::7]:4007" },
		{ "m=audio 4000 RTP/AVP 0\r\na=rtcp:4007 IN IP4 a.example\r\n",
		  "10.0.0.1:4000", "-:0", "-:0" },
		{ "m=audio 4000 RTP/AVP 0\r\na=rtcp:0\r\n", "10.0.0.1:4000",
		  "-:0", "-:0" },
		{ "m=audio 65535 RTP/AVP 0\r\n", "10.0.0.1:65535", "-:0",
		  "-:0" },
		{ "m=audio 4000 RTP/AVP 0\r\na=rtcp:4007\r\na=rtcp-mux\r\n",
		  "10.0.0.1:4000", "10.0.0.1:4000", "10.0.0.1:4007" },
		{ "m=audio 4000 RTP/AVP 0\r\na=rtcp:4007\r\n"
		  "c=IN IP6 2001:DB8::1\r\nc=IN IP4 10.9.9.9\r\n",
		  "[2001:db8::1]:4000", "[2001:db8::1]:4007",
		  "[2001:db8::1]:4007" },
		{ "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 ::ffff:10.0.0.3\r\n",
		  "10.0.0.3:4000", "10.0.0.3:4001", "10.0.0.3:4001" },
		{ "m=audio 0 RTP/AVP 0\r\n", "10.0.0.1:0", "-:0", "-:0" },
		{ "m=image 4000 udptl t38\r\n", "10.0.0.1:4000", "-:0",
		  "-:0" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		const struct sdp_stream *st;
		char in[512], ip[ADDR_TEXT];
		struct sdp *s;

		snprintf(in, sizeof(in), "%s%s", TOP, cases[i].media);
		s = parsed(in);
		st = sdp_stream(s, 0);
		assert_string_equal(addr_ip_port(&st->rtp, ip), cases[i].rtp);
		assert_string_equal(addr_ip_port(&st->rtcp, ip),
				    cases[i].rtcp);
		assert_string_equal(addr_ip_port(&st->rtcp_apart, ip),
				    cases[i].apart);
		sdp_free(&s);
	}
}

static void only_udp_to_a_numeric_address_is_relayed(void **unused)
{
	static const struct {
		const char *media;
		bool is_relayable;
	} cases[] = {
		{ "m=audio 4000 RTP/AVP 0\r\n", true },
		{ "m=audio 4000 RTP/AVPF 0\r\n", true },
		{ "m=audio 4000 RTP/SAVP 0\r\n", true },
		{ "m=audio 4000 RTP/SAVPF 0\r\n", true },
		{ "m=video 4000 UDP/TLS/RTP/SAVP 0\r\n", true },
		{ "m=video 4000 UDP/TLS/RTP/SAVPF 0\r\n", true },
		{ "m=image 4000 udptl t38\r\n", true },
		{ "m=image 4000 UDPTL t38\r\n", true },
		{ "m=application 4000 UDP 0\r\n", true },
		{ "m=application 4000 UDP/BFCP *\r\n", true },
		{ "m=audio 0 RTP/AVP 0\r\n", false },
		{ "m=image 4000 TCP t38\r\n", false },
		{ "m=message 4000 TCP/TLS/MSRP *\r\n", false },
		{ "m=audio 4000 TCP/RTP/AVP 0\r\n", false },
		{ "m=audio 4000 RTP/AVPX 0\r\n", false },
		{ "m=audio 4000 UDP/ 0\r\n", false },
		{ "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 224.2.36.42/127\r\n",
		  false },
		{ "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 224.2.36.42\r\n",
		  false },
		{ "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 FF15::101/3\r\n",
		  false },
		{ "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 FF15::101\r\n", false },
		{ "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 pc.example.com\r\n",
		  false },
		{ "m=audio 4000 RTP/AVP 0\r\nc=TN RFC2543 +1-201-406\r\n",
		  false },
		{ "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", true },
		{ "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 ::\r\n", true },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		char in[512];
		struct sdp *s;

		snprintf(in, sizeof(in), "%s%s", TOP, cases[i].media);
		s = parsed(in);
		if (sdp_stream(s, 0)->is_relayable != cases[i].is_relayable)
			fail_msg("%s", cases[i].media);
		sdp_free(&s);
	}
}

static void a_stream_without_any_connection_is_not_relayed(void **unused)
{
	struct sdp *s = parsed(HEAD TIME "m=audio 4000 RTP/AVP 0\r\n"
					 "m=video 4002 RTP/AVP 31\r\n" CONN);

	(void)unused;
	assert_false(sdp_stream(s, 0)->is_relayable);
	assert_false(addr_is_set(&sdp_stream(s, 0)->rtp));
	assert_true(sdp_stream(s, 1)->is_relayable);
	sdp_free(&s);
}

static void directions_are_read_and_hold_is_seen(void **unused)
{
	static const struct {
		const char *session, *media;
		enum sdp_direction direction;
		bool is_hold;
	} cases[] = {
		{ "", "", SDP_SENDRECV, false },
		{ "", "a=sendonly\r\n", SDP_SENDONLY, true },
		{ "", "a=recvonly\r\n", SDP_RECVONLY, false },
		{ "", "a=inactive\r\n", SDP_INACTIVE, true },
		{ "a=sendonly\r\n", "", SDP_SENDONLY, true },
		{ "a=sendonly\r\n", "a=sendrecv\r\n", SDP_SENDRECV, false },
		{ "a=inactive\r\n", "a=recvonly\r\n", SDP_RECVONLY, false },
		{ "", "c=IN IP4 0.0.0.0\r\n", SDP_SENDONLY, true },
		{ "", "c=IN IP6 ::\r\na=recvonly\r\n", SDP_INACTIVE, true },
		{ "", "a=recvonly\r\nm=video 0 RTP/AVP 31\r\n", SDP_RECVONLY,
		  false },
		{ "", "a=sendonly\r\nm=video 0 RTP/AVP 31\r\na=sendrecv\r\n",
		  SDP_SENDONLY, true },
		{ "", "a=sendonly\r\nm=video 4002 RTP/AVP 31\r\n",
		  SDP_SENDONLY, false },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		char in[512];
		struct sdp *s;

		snprintf(in, sizeof(in), "%s%sm=audio 4000 RTP/AVP 0\r\n%s",
			 TOP, cases[i].session, cases[i].media);
		s = parsed(in);
		assert_int_equal(sdp_stream(s, 0)->direction,
				 cases[i].direction);
		if (sdp_is_hold(s) != cases[i].is_hold)
			fail_msg("%s", in);
		sdp_free(&s);
	}
}

static void without_an_active_stream_nothing_is_on_hold(void **unused)
{
	struct sdp *s = parsed(TOP "m=audio 0 RTP/AVP 0\r\na=inactive\r\n");

	(void)unused;
	assert_false(sdp_is_hold(s));
	sdp_free(&s);
}

static void hold_by_address_becomes_hold_by_direction(void **unused)
{
	struct sdp_local l = local_ports(5000, 5001);

	(void)unused;
	writes(HEAD "c=IN IP4 0.0.0.0\r\n" TIME
		    "m=audio 4000 RTP/AVP 0\r\na=sendrecv\r\na=ptime:20\r\n"
		    "m=audio 4010 RTP/AVP 0\r\na=recvonly\r\n"
		    "m=audio 4020 RTP/AVP 0\r\n" CONN "a=recvonly\r\n",
	       &l,
	       OURS "m=audio 5000 RTP/AVP 0\r\na=ptime:20\r\na=sendonly\r\n"
		    "m=audio 5010 RTP/AVP 0\r\na=inactive\r\n"
		    "m=audio 5020 RTP/AVP 0\r\na=recvonly\r\n");
}

static void what_is_wrong_is_refused_with_its_reason(void **unused)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "no m= line" },
		{ "\r\n\r\n", "no m= line" },
		{ TOP, "no m= line" },
		{ "o=- 1 1 IN IP4 1.2.3.4\r\nm=audio 1 RTP/AVP 0\r\n",
		  "no v= line" },
		{ "v=1\r\nm=audio 1 RTP/AVP 0\r\n", "v= is not 0" },
		{ TOP "m=audio 1 RTP/AVP 0\r\nv=0\r\n",
		  "more than one v= line" },
		{ TOP "m\r\n", "a line is not \"x=...\"" },
		{ TOP "m=audio 1 RTP/AVP 0\r\n\r\na=x\r\n",
		  "a line is not \"x=...\"" },
		{ TOP "m=audio 1 RTP/AVP 0\r\na=x\rc=IN IP4 6.6.6.6\r\n",
		  "a line is not \"x=...\"" },
		{ TOP "m=audio 1 RTP/AVP 0\r\n a=x\r\n",
		  "a line is not \"x=...\"" },
		{ TOP "m=audio 1 RTP/AVP 0\r\n==x\r\n",
		  "a line is not \"x=...\"" },
		{ TOP "m=audio 1 RTP/AVP 0\r\n1=x\r\n",
		  "a line is not \"x=...\"" },
		{ TOP "m=audio\r\n", "bad port in m= line" },
		{ TOP "m=audio x RTP/AVP 0\r\n", "bad port in m= line" },
		{ TOP "m=audio -1 RTP/AVP 0\r\n", "bad port in m= line" },
		{ TOP "m=audio 65536 RTP/AVP 0\r\n", "bad port in m= line" },
		{ TOP "m=audio 4294967297 RTP/AVP 0\r\n",
		  "bad port in m= line" },
		{ TOP "m=audio 4000/ RTP/AVP 0\r\n", "bad port in m= line" },
		{ TOP "m=audio 4000/2x RTP/AVP 0\r\n", "bad port in m= line" },
		{ TOP "m=\r\n", "bad kind of media in m= line" },
		{ TOP "m=averyveryverylongkind 1 RTP/AVP 0\r\n",
		  "bad kind of media in m= line" },
		{ TOP "m=audio 4000 RTP/AVP\r\n", "no format in m= line" },
		{ TOP "m=audio 4000 RTP/AVP \r\n", "no format in m= line" },
		{ TOP "m=audio 0\r\n", "no format in m= line" },
		{ HEAD "c=IN IP4\r\nm=audio 1 RTP/AVP 0\r\n", "bad address" },
		{ HEAD "c=IN IP4 10.0.0.256\r\nm=audio 1 RTP/AVP 0\r\n",
		  "bad address" },
		{ HEAD "c=IN IP4 ::1\r\nm=audio 1 RTP/AVP 0\r\n",
		  "bad address" },
		{ HEAD "c=IN IP6 10.0.0.1\r\nm=audio 1 RTP/AVP 0\r\n",
		  "bad address" },
		{ HEAD "c=IN IP6 fe80::1%eth0\r\nm=audio 1 RTP/AVP 0\r\n",
		  "bad address" },
		{ TOP "m=audio 1 RTP/AVP 0\r\na=rtcp:\r\n", "bad a=rtcp" },
		{ TOP "m=audio 1 RTP/AVP 0\r\na=rtcp:70000\r\n",
		  "bad a=rtcp" },
		{ TOP "m=audio 1 RTP/AVP 0\r\na=rtcp:5 IN IP4\r\n",
		  "bad address" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct sdp *s = NULL;
		const char *why = NULL;
		int rc = sdp_parse(&s, cases[i].text, strlen(cases[i].text),
				   &why);

		if (rc != -EINVAL || s)
			fail_msg("not refused: %s", cases[i].text);
		assert_string_equal(why, cases[i].why);
	}
}

static void a_nul_byte_is_refused(void **unused)
{
	static const char text[] = TOP "m=audio 1 RTP/AVP 0\r\na=x\0y\r\n";
	struct sdp *s = NULL;
	const char *why = NULL;

	(void)unused;
	assert_int_equal(sdp_parse(&s, text, sizeof(text) - 1, &why), -EINVAL);
	assert_string_equal(why, "a NUL byte");
	assert_null(s);
}

static void as_many_streams_as_we_hold_and_no_more(void **unused)
{
	struct sdp_local l = local_ports(5000, 5001);
	struct buf in = { 0 }, out = { 0 };
	struct sdp *s = NULL;
	const char *why = NULL;

	(void)unused;
	buf_str(&in, TOP);
	for (int i = 0; i < SDP_MAX_STREAMS; i++)
		buf_fmt(&in, "m=audio %d RTP/AVP 0\r\n", 4000 + 2 * i);
	s = parsed(buf_text(&in));
	assert_int_equal(sdp_stream_count(s), SDP_MAX_STREAMS);
	sdp_write(&out, s, &l);
	assert_non_null(strstr(buf_text(&out), "m=audio 5310 RTP/AVP 0\r\n"));
	sdp_free(&s);
	buf_str(&in, "m=audio 4000 RTP/AVP 0\r\n");
	assert_int_equal(sdp_parse(&s, in.p, in.len, &why), -EINVAL);
	assert_string_equal(why, "too many m= lines");
	buf_free(&in);
	buf_free(&out);
}

static void as_much_text_as_we_take_and_no_more(void **unused)
{
	struct buf in = { 0 };
	struct sdp *s = NULL;
	const char *why = NULL;

	(void)unused;
	buf_str(&in, TOP "m=audio 4000 RTP/AVP 0\r\na=");
	while (in.len < SDP_MAX_SIZE)
		buf_char(&in, 'x');
	s = parsed(buf_text(&in));
	sdp_free(&s);
	buf_char(&in, 'x');
	assert_int_equal(sdp_parse(&s, in.p, in.len, &why), -EINVAL);
	assert_string_equal(why, "too long");
	buf_free(&in);
}

static void an_answer_has_the_streams_of_its_offer(void **unused)
{
	static const struct {
		const char *answer;
		bool is_one;
	} cases[] = {
		{ TOP "m=audio 1 RTP/AVP 0\r\nm=video 0 RTP/AVP 31\r\n", true },
		{ TOP "m=video 0 RTP/AVP 31\r\nm=audio 1 RTP/AVP 0\r\n",
		  false },
		{ TOP "m=audio 1 RTP/AVP 0\r\n", false },
		{ TOP "m=audio 1 RTP/AVP 0\r\nm=video 3 RTP/AVP 31\r\n"
		      "m=audio 1 RTP/AVP 0\r\n",
		  false },
	};
	struct sdp *offer = parsed(TOP "m=audio 4000 RTP/AVP 0 8\r\n"
				       "m=video 4002 RTP/AVP 31\r\n");

	(void)unused;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct sdp *answer = parsed(cases[i].answer);

		assert_int_equal(sdp_answers(answer, offer), cases[i].is_one);
		sdp_free(&answer);
	}
	sdp_free(&offer);
	sdp_free(&offer);
}

static void a_held_description_says_so_for_every_stream(void **unused)
{
	struct buf out = { 0 };

	(void)unused;
	sdp_hold(&out, TOP "a=sendrecv\r\nm=audio 1 RTP/AVP 0\r\n"
	                   "a=SendOnly\r\na=ptime:20\r\n"
	                   "m=video 2 RTP/AVP 34\r\n");
	assert_string_equal(buf_text(&out),
	                    TOP "m=audio 1 RTP/AVP 0\r\na=ptime:20\r\n"
	                        "a=inactive\r\nm=video 2 RTP/AVP 34\r\n"
	                        "a=inactive\r\n");
	buf_free(&out);
}

/* RFC 3264 8 */
static void an_offer_gets_the_streams_it_had_before(void **unused)
{
	struct buf out = { 0 };

	(void)unused;
	buf_str(&out, TOP "m=audio 1 RTP/AVP 0\r\n");
	sdp_pad(&out, TOP "m=audio 9 RTP/AVP 8\r\na=x\r\n"
	                  "m=video 7/2 RTP/AVP 34 35\r\na=y\r\nm=x\r\n");
	assert_string_equal(buf_text(&out), TOP "m=audio 1 RTP/AVP 0\r\n"
	                                        "m=video 0 RTP/AVP 34 35\r\n");
	sdp_pad(&out, TOP "m=audio 9 RTP/AVP 8\r\n");
	assert_int_equal(sdp_head(out.p, out.len, 1),
	                 strlen(TOP "m=audio 1 RTP/AVP 0\r\n"));
	assert_int_equal(sdp_head(out.p, out.len, 2), out.len);
	assert_int_equal(sdp_head(out.p, out.len, 9), out.len);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_no_concern_pass_byte_for_byte),
		cmocka_unit_test(ice_is_left_out),
		cmocka_unit_test(our_connection_replaces_those_of_the_media),
		cmocka_unit_test(the_other_address_family_is_named),
		cmocka_unit_test(a_refused_stream_keeps_only_its_line),
		cmocka_unit_test(rtcp_is_named_where_it_must_be),
		cmocka_unit_test(fax_and_data_have_no_rtcp),
		cmocka_unit_test(ports_and_addresses_are_read),
		cmocka_unit_test(only_udp_to_a_numeric_address_is_relayed),
		cmocka_unit_test(
			a_stream_without_any_connection_is_not_relayed),
		cmocka_unit_test(directions_are_read_and_hold_is_seen),
		cmocka_unit_test(without_an_active_stream_nothing_is_on_hold),
		cmocka_unit_test(hold_by_address_becomes_hold_by_direction),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_reason),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(as_many_streams_as_we_hold_and_no_more),
		cmocka_unit_test(as_much_text_as_we_take_and_no_more),
		cmocka_unit_test(an_answer_has_the_streams_of_its_offer),
		cmocka_unit_test(a_held_description_says_so_for_every_stream),
		cmocka_unit_test(an_offer_gets_the_streams_it_had_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
