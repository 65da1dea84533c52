/* Which codecs a telephone and a carrier are offered. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/trunks.h"

#define MAPS                                                          \
	"a=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n" \
	"a=fmtp:101 0-16\r\n"

/* A session description with these streams ("m=audio 4000 ..."). */
static char *described(struct peer *p, const char *media)
{
	struct addr a = peer_addr(p);
	char ip[ADDR_TEXT];

	return xasprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\n"
	                 "t=0 0\r\n%s", addr_ip(&a, ip), ip, media);
}

static void put_bob1(struct office *o, const char *media)
{
	office_put(o, "accounts/hq/devices/bob1.json",
	           "{'id':'bob1','name':'bob1','owner_id':'bob','sip':{"
	           "'username':'bob1','password':'secret'},'media':{%s}}",
	           media);
	office_reload(o);
}

static struct dialog *dials(struct peer *p, const char *number,
                            const char *media)
{
	char *sdp = described(p, media);
	struct dialog *d;

	while (peer_poll(p))
		;
	d = peer_call(p, number, sdp);
	free(sdp);
	return d;
}

/* The formats of the n-th m-line: "8 0 101"; "-": it is refused. */
static char *formats(const struct msg *m, size_t n)
{
	const char *at = m->body;
	size_t len;

	for (size_t i = 0; at && i <= n; i++)
		at = strstr(at + 1, "\r\nm=");
	assert_non_null(at);
	at = strchr(at, ' ') + 1;
	if (strncmp(at, "0 ", 2) == 0)
		return xstrdup("-");
	at = strstr(at, "AVP ") + 4;
	len = strcspn(at, "\r");
	return xasprintf("%.*s", (int)len, at);
}

static void assert_formats(const struct msg *m, size_t n, const char *wanted)
{
	char *is = formats(m, n);

	assert_string_equal(is, wanted);
	free(is);
}

static void busy(struct peer *callee, const struct msg *m,
                 struct peer *caller)
{
	office_refuse(callee, m, 486);
	office_fails(caller, "486");
}

static void a_telephone_is_offered_its_codecs_in_its_order(void **state)
{
	static const struct {
		const char *media; /* of its document */
		const char *audio, *video;
	} rows[] = {
		{ "", "111 0 8 101", "96" },
		{ "'audio':{'codecs':[]}", "111 0 8 101", "96" },
		{ "'audio':{'codecs':['PCMA']}", "8 101", "96" },
		{ "'audio':{'codecs':['G722','PCMA','OPUS']}", "8 111 101",
		  "96" },
		{ "'video':{'codecs':['VP8']}", "111 0 8 101", "-" },
		{ "'audio':{'codecs':['PCMU']},'video':{'codecs':['H264']}",
		  "0 101", "96" },
	};
	struct crew *c = *state;
	struct peer *bob = office_phone(c->o, "bob1");

	office_flow(c->o, "1", "{'module':'device','data':{'id':'bob1'}}");
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct msg *m;

		put_bob1(c->o, rows[i].media);
		dials(c->frank1, "1",
		      "m=audio 4000 RTP/AVP 111 0 8 101\r\n" MAPS
		      "m=video 4002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n");
		m = peer_expect(bob, "INVITE");
		assert_formats(m, 0, rows[i].audio);
		assert_formats(m, 1, rows[i].video);
		busy(bob, m, c->frank1);
	}
}

static void who_has_none_of_the_codecs_is_not_rung(void **state)
{
	struct crew *c = *state;
	struct peer *bob = office_phone(c->o, "bob1");
	struct peer *erin = office_phone(c->o, "erin1");
	const struct msg *m;

	put_bob1(c->o, "'audio':{'codecs':['G722']}");
	office_flow(c->o, "1", "{'module':'device','data':{'id':'bob1'},"
	                       "'children':{'sip:488':{'module':'device',"
	                       "'data':{'id':'erin1'}}}}");
	dials(c->frank1, "1", "m=audio 4000 RTP/AVP 0 8\r\n");
	m = peer_expect(erin, "INVITE");
	assert_formats(m, 0, "0 8");
	peer_expect_none(bob);
	busy(erin, m, c->frank1);
	office_flow(c->o, "1", "{'module':'device','data':{'id':'bob1'}}");
	dials(c->frank1, "1", "m=audio 4000 RTP/AVP 0 8\r\n");
	office_fails(c->frank1, "488");
	peer_expect_none(bob);
}

/* The answer is its own, and holds for offers within the call, too. */
static void a_list_holds_as_long_as_the_call(void **state)
{
	struct crew *c = *state;
	struct peer *bob = office_phone(c->o, "bob1");
	struct dialog *d;
	const struct msg *m;
	char *sdp;

	put_bob1(c->o, "'audio':{'codecs':['PCMA','G722']}");
	office_flow(c->o, "1", "{'module':'device','data':{'id':'bob1'}}");
	d = dials(c->frank1, "1", "m=audio 4000 RTP/AVP 0 8 101\r\n" MAPS);
	m = office_rings(bob);
	sdp = described(bob, "m=audio 4100 RTP/AVP 8\r\n");
	peer_reply(bob, m, 200, "OK", NULL, sdp);
	free(sdp);
	peer_pick(c->frank1, "180");
	m = peer_expect(c->frank1, "200 INVITE");
	assert_formats(m, 0, "8");
	peer_ack(c->frank1, m, NULL);
	peer_expect(bob, "ACK");
	sdp = described(c->frank1, "m=audio 4000 RTP/AVP 0 9 8\r\n");
	peer_in_dialog(c->frank1, d, "INVITE", NULL, sdp);
	free(sdp);
	m = peer_expect(bob, "INVITE");
	assert_formats(m, 0, "8 9");
	sdp = described(bob, "m=audio 4100 RTP/AVP 9\r\n");
	peer_reply(bob, m, 200, "OK", NULL, sdp);
	free(sdp);
	peer_ack(c->frank1, peer_expect(c->frank1, "200 INVITE"), NULL);
	peer_expect(bob, "ACK");
	/* nothing that it may have */
	sdp = described(c->frank1, "m=audio 4000 RTP/AVP 0\r\n");
	peer_in_dialog(c->frank1, d, "INVITE", NULL, sdp);
	free(sdp);
	peer_ack(c->frank1, peer_expect(c->frank1, "488 INVITE"), NULL);
	peer_expect_none(bob);
	office_hang_up(c->frank1, d, bob);
}

/* Kazoo: it is for calls to the device. */
static void a_list_is_not_for_calls_that_the_telephone_makes(void **state)
{
	struct crew *c = *state;
	struct peer *bob = office_phone(c->o, "bob1");
	struct peer *erin = office_phone(c->o, "erin1");
	const struct msg *m;

	put_bob1(c->o, "'audio':{'codecs':['G722']}");
	office_flow(c->o, "1", "{'module':'device','data':{'id':'erin1'}}");
	dials(bob, "1", "m=audio 4000 RTP/AVP 0 8\r\n");
	m = peer_expect(erin, "INVITE");
	assert_formats(m, 0, "0 8");
	busy(erin, m, bob);
}

static void a_gateways_list_goes_before_its_carriers(void **state)
{
	static const struct {
		const char *resource, *gateway, *audio;
	} rows[] = {
		{ "", "", "111 0 8 101" },
		{ "", ",'codecs':['PCMA','PCMU']", "8 0 101" },
		{ ",'media':{'audio':{'codecs':['PCMU']}}", "", "0 101" },
		{ ",'media':{'audio':{'codecs':['PCMU']}}",
		  ",'codecs':['PCMA']", "8 101" },
	};
	struct crew *c = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct msg *m;

		put_carrier(c, "us", 0, rows[i].resource, rows[i].gateway);
		send_out(c);
		dials(c->frank1, "1",
		      "m=audio 4000 RTP/AVP 111 0 8 101\r\n" MAPS);
		m = peer_expect(c->g[0], "INVITE");
		assert_formats(m, 0, rows[i].audio);
		busy(c->g[0], m, c->frank1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_telephone_is_offered_its_codecs_in_its_order),
		TRUNK_TEST(who_has_none_of_the_codecs_is_not_rung),
		TRUNK_TEST(a_list_holds_as_long_as_the_call),
		TRUNK_TEST(a_list_is_not_for_calls_that_the_telephone_makes),
		TRUNK_TEST(a_gateways_list_goes_before_its_carriers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
