/* The subscription that a REFER makes (RFC 3515 2.4.4) is prolonged and ended
 * by SUBSCRIBE (RFC 6665 4.2.1), and by time. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/bench.h"
#include "support/warp.h"

static const struct msg *hears_at(struct peer *by, const char *fragment,
                                  const char *state, const char *file, int line)
{
	const struct msg *m = peer_pick_at(by, "NOTIFY", file, line);

	if (!msg_body_has(m, fragment) ||
	    !msg_header_has(m, "Subscription-State", state)) {
		print_error("%s\n", m->text);
		_fail(file, line);
	}
	say_ok(by, m);
	return m;
}
#define hears(p, fragment, state) \
	hears_at((p), (fragment), (state), __FILE__, __LINE__)

/* 101 transfers 102 to 103, which rings; its INVITE. */
static const struct msg *refer(struct talk *t, struct rig *r)
{
	const struct msg *invite;

	rig_open(r, NULL);
	talk_up(t, r);
	peer_in_dialog(t->a, t->da, "REFER",
	               "Refer-To: <sip:103@test.example>\r\n", NULL);
	peer_pick(t->a, "202 REFER");
	hears(t->a, "SIP/2.0 100", "active;expires=300");
	invite = peer_expect(r->phone[P103], "INVITE");
	peer_reply(r->phone[P103], invite, 180, "Ringing", NULL, NULL);
	hears(t->a, "SIP/2.0 180", "active;expires=");
	return invite;
}

static const struct msg *subscribe(struct talk *t, const char *event,
                                   int expires)
{
	char *lines = xasprintf("Event: %s\r\nExpires: %d\r\n", event,
	                        expires);

	peer_in_dialog(t->a, t->da, "SUBSCRIBE", lines, NULL);
	free(lines);
	return peer_pick(t->a, "xxx SUBSCRIBE");
}

/* 103 is busy, and all is over. */
static void ends(struct rig *r, const struct msg *invite)
{
	peer_reply(r->phone[P103], invite, 486, "Busy Here", NULL, NULL);
	peer_expect(r->phone[P103], "ACK");
}

static void a_subscribe_prolongs_it_and_hears_how_it_stands(void **unused)
{
	const struct msg *invite, *m;
	struct rig r;
	struct talk t;

	(void)unused;
	invite = refer(&t, &r);
	m = subscribe(&t, "refer", 60);
	assert_int_equal(m->status, 200);
	assert_string_equal(msg_header(m, "Expires", 0), "60");
	assert_int_equal(msg_count(m, "Contact"), 1);
	hears(t.a, "SIP/2.0 180", "active;expires=60");
	ends(&r, invite);
	hears(t.a, "SIP/2.0 486", "terminated;reason=noresource");
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

static void nobody_gets_more_time_than_there_is(void **unused)
{
	const struct msg *invite, *m;
	struct rig r;
	struct talk t;

	(void)unused;
	invite = refer(&t, &r);
	m = subscribe(&t, "refer", 86400);
	assert_string_equal(msg_header(m, "Expires", 0), "300");
	hears(t.a, "SIP/2.0 180", "active;expires=300");
	ends(&r, invite);
	hears(t.a, "SIP/2.0 486", "terminated;");
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

static void who_unsubscribes_hears_the_end_and_no_more(void **unused)
{
	const struct msg *invite, *m;
	struct rig r;
	struct talk t;

	(void)unused;
	invite = refer(&t, &r);
	m = subscribe(&t, "refer", 0);
	assert_int_equal(m->status, 200);
	assert_string_equal(msg_header(m, "Expires", 0), "0");
	hears(t.a, "SIP/2.0 180", "terminated;reason=timeout");
	ends(&r, invite);
	peer_expect_none(t.a);
	assert_int_equal(subscribe(&t, "refer", 60)->status, 481);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

static void it_ends_when_its_time_is_over(void **unused)
{
	const struct msg *invite;
	struct rig r;
	struct talk t;

	(void)unused;
	invite = refer(&t, &r);
	subscribe(&t, "refer", 10);
	hears(t.a, "SIP/2.0 180", "active;expires=10");
	warp_ms(r.loop, 11000);
	hears(t.a, "SIP/2.0 180", "terminated;reason=timeout");
	ends(&r, invite); /* the transfer itself goes on */
	peer_expect_none(t.a);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

static void only_what_was_subscribed_can_be(void **unused)
{
	const struct msg *invite, *m;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	assert_int_equal(subscribe(&t, "refer", 60)->status, 481);
	m = subscribe(&t, "dialog", 60);
	assert_int_equal(m->status, 489);
	assert_true(msg_header_has(m, "Allow-Events", "refer"));
	talk_end(&t, t.a);
	rig_close(&r, 1);

	invite = refer(&t, &r);
	assert_int_equal(subscribe(&t, "refer;id=999999", 60)->status, 481);
	ends(&r, invite);
	hears(t.a, "SIP/2.0 486", "terminated;");
	assert_int_equal(subscribe(&t, "refer", 60)->status, 481);
	talk_end(&t, t.a);
	rig_close(&r, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		        a_subscribe_prolongs_it_and_hears_how_it_stands),
		cmocka_unit_test(nobody_gets_more_time_than_there_is),
		cmocka_unit_test(who_unsubscribes_hears_the_end_and_no_more),
		cmocka_unit_test(it_ends_when_its_time_is_over),
		cmocka_unit_test(only_what_was_subscribed_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
