/* Media that goes past the server. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "integration/office.h"

static void put(struct office *o, const char *id, const char *media)
{
	char path[80];

	snprintf(path, sizeof(path), "accounts/hq/devices/%s.json", id);
	office_put(o, path,
	           "{'id':'%s','name':'%s','sip':{'username':'%s',"
	           "'password':'secret'},'media':{%s}}", id, id, id, media);
}

/* The port of the audio in a description. */
static unsigned port_of(const char *sdp)
{
	const char *at = strstr(sdp, "m=audio ");
	unsigned port = 0;

	assert_non_null(at);
	assert_int_equal(sscanf(at, "m=audio %u", &port), 1);
	return port;
}

static void media_goes_past_us_when_both_sides_may(void **state)
{
	static const struct {
		const char *caller, *callee;
		bool is_direct;
	} rows[] = {
		{ "'bypass_media':true", "'bypass_media':true", true },
		{ "'bypass_media':'auto'", "'bypass_media':true", true },
		{ "'bypass_media':true", "", false },
		{ "", "'bypass_media':true", false },
		{ "'bypass_media':false", "'bypass_media':true", false },
	};
	struct office *o = *state;
	struct peer *frank = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct media_gauges g;
		const struct msg *m;
		struct dialog *d;
		unsigned offered, answered;

		put(o, "frank1", rows[i].caller);
		put(o, "carol1", rows[i].callee);
		office_flow(o, "1",
		            "{'module':'device','data':{'id':'carol1'}}");
		d = office_dial(o, frank, "1");
		offered = o->port;
		m = office_rings(carol);
		assert_int_equal(port_of(m->body) == offered,
		                 rows[i].is_direct);
		peer_reply(carol, m, 200, "OK", NULL, office_sdp(o, carol));
		answered = o->port;
		m = peer_pick(frank, "200 INVITE");
		assert_int_equal(port_of(m->body) == answered,
		                 rows[i].is_direct);
		peer_ack(frank, m, NULL);
		peer_expect(carol, "ACK");
		g = media_gauges(o->server->media);
		assert_int_equal(g.endpoints == 0, rows[i].is_direct);
		office_hang_up(frank, d, carol);
	}
}

/* There is nothing to be heard of it here. */
static void a_call_past_us_is_not_silent(void **state)
{
	struct office *o = *state;
	struct peer *frank = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	struct dialog *d;

	put(o, "frank1", "'bypass_media':true");
	put(o, "carol1", "'bypass_media':true");
	office_flow(o, "1", "{'module':'device','data':{'id':'carol1'}}");
	d = office_dial(o, frank, "1");
	office_answer(o, carol, office_rings(carol), frank);
	office_warp(o, 200000);
	peer_expect_none(carol);
	office_hang_up(frank, d, carol);
}

static const char *described(char *out, size_t size, const char *ip,
                             unsigned port, const char *more)
{
	snprintf(out, size,
	         "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
	         "m=audio %u RTP/AVP 0\r\n%s", ip, ip, port, more);
	return out;
}

/* A NAT is in the way, or more is offered than one stream: through us. */
static void what_cannot_go_past_us_is_relayed(void **state)
{
	struct office *o = *state;
	struct peer *frank = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;
	char sdp[400];

	put(o, "frank1", "'bypass_media':true");
	put(o, "carol1", "'bypass_media':true");
	office_flow(o, "1", "{'module':'device','data':{'id':'carol1'}}");
	peer_call(frank, "1", described(sdp, sizeof(sdp), "10.1.2.3", 4444,
	                                ""));
	m = peer_expect(carol, "INVITE");
	assert_null(strstr(m->body, "10.1.2.3"));
	assert_int_not_equal(port_of(m->body), 4444);
	office_refuse(carol, m, 486);
	office_fails(frank, "486");
	while (peer_poll(frank))
		;
	peer_call(frank, "1",
	          described(sdp, sizeof(sdp), "127.0.0.1", 4444,
	                    "m=video 4446 RTP/AVP 96\r\n"
	                    "a=rtpmap:96 VP8/90000\r\n"));
	m = peer_expect(carol, "INVITE");
	assert_int_not_equal(port_of(m->body), 4444);
	office_refuse(carol, m, 486);
	office_fails(frank, "486");
}

/* Either may ask for more within the call: it is relayed from then on. */
static void a_call_comes_back_to_us_when_it_must(void **state)
{
	struct office *o = *state;
	struct peer *frank = office_phone(o, "frank1");
	struct peer *carol = office_phone(o, "carol1");
	const struct msg *m;
	struct dialog *d;
	char sdp[400];

	put(o, "frank1", "'bypass_media':true");
	put(o, "carol1", "'bypass_media':true");
	office_flow(o, "1", "{'module':'device','data':{'id':'carol1'}}");
	d = office_dial(o, frank, "1");
	office_answer(o, carol, office_rings(carol), frank);
	while (peer_poll(frank))
		;
	peer_in_dialog(frank, d, "INVITE", NULL,
	               described(sdp, sizeof(sdp), "127.0.0.1", 4444,
	                         "m=video 4446 RTP/AVP 96\r\n"
	                         "a=rtpmap:96 VP8/90000\r\n"));
	m = peer_expect(carol, "INVITE");
	assert_int_not_equal(port_of(m->body), 4444);
	peer_reply(carol, m, 200, "OK", NULL,
	           described(sdp, sizeof(sdp), "127.0.0.1", 5555,
	                     "m=video 0 RTP/AVP 96\r\n"));
	m = peer_expect(frank, "200 INVITE");
	assert_int_not_equal(port_of(m->body), 5555);
	peer_ack(frank, m, NULL);
	peer_expect(carol, "ACK");
	office_hang_up(frank, d, carol);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, office_set_up, office_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(media_goes_past_us_when_both_sides_may),
		TEST(a_call_past_us_is_not_silent),
		TEST(what_cannot_go_past_us_is_relayed),
		TEST(a_call_comes_back_to_us_when_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
