/* Who watches whom: SUBSCRIBE, NOTIFY and PUBLISH. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "b2bua/presence.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "integration/trunks.h"

#define INTERVAL 500 /* ms, presence.notify_interval */

struct sub { /* one of a phone's */
	struct peer *p;
	struct dialog *d;
	const char *event;
	const struct msg *answer;
};

static const struct msg *ask(struct peer *p, struct dialog *d,
                             const char *method, const char *uri,
                             const char *headers, const char *body)
{
	return peer_request(p, d,
	                    &(struct peer_request){ .method = method,
	                                            .uri = uri,
	                                            .headers = headers,
	                                            .body = body });
}

/* The answer to a request with credentials. */
static const struct msg *proved(struct peer *p, const char *method,
                                const char *uri, const char *headers,
                                const char *body, struct dialog **d)
{
	struct dialog *first = peer_dialog_new(p, uri);
	struct buf all = { 0 };

	ask(p, first, method, uri, headers, body);
	peer_credentials(p, &all, peer_pick(p, "407"), NULL, method, uri);
	buf_str(&all, headers);
	*d = peer_dialog_new(p, uri);
	ask(p, *d, method, uri, all.p, body);
	buf_free(&all);
	return peer_pick(p, "xxx");
}

static struct sub subscribe_as(struct peer *p, const char *event,
                               const char *user, int expires)
{
	struct sub s = { .p = p, .event = event };
	char *uri = xasprintf("sip:%s@hq.test", user);
	char *headers = xasprintf("Event: %s\r\nExpires: %d\r\n", event,
	                          expires);
	char tag[128];

	s.answer = proved(p, "SUBSCRIBE", uri, headers, NULL, &s.d);
	if (s.answer->status == 200)
		snprintf(s.d->remote_tag, sizeof(s.d->remote_tag), "%s",
		         msg_tag(s.answer, "To", tag));
	free(headers);
	free(uri);
	return s;
}

/* The next NOTIFY, which is answered. */
static const struct msg *told(struct sub *s)
{
	const struct msg *m = peer_pick(s->p, "NOTIFY");

	peer_reply(s->p, m, 200, "OK", NULL, NULL);
	return m;
}

static const struct msg *subscribed(struct sub *s, struct peer *p,
                                    const char *event, const char *user)
{
	*s = subscribe_as(p, event, user, 3600);
	assert_int_equal(s->answer->status, 200);
	return told(s);
}

static const struct msg *refresh(struct sub *s, int expires)
{
	char *headers = xasprintf("Event: %s\r\nExpires: %d\r\n", s->event,
	                          expires);

	peer_in_dialog(s->p, s->d, "SUBSCRIBE", headers, NULL);
	free(headers);
	return peer_pick(s->p, "xxx");
}

static void unsubscribed(struct sub *s)
{
	assert_int_equal(refresh(s, 0)->status, 200);
	assert_true(msg_header_has(told(s), "Subscription-State",
	                           "terminated"));
}

static void assert_dialogs(const struct msg *m, size_t n)
{
	size_t got = 0;

	for (const char *at = m->body; at && (at = strstr(at, "<dialog "));
	     at++)
		got++;
	if (got != n)
		fail_msg("%zu dialogs, not %zu: %s", got, n, m->text);
}

static void wait(struct crew *c)
{
	office_warp(c->o, INTERVAL);
}

/* --- dialog --------------------------------------------------------------------- */

/* The dialog as the watched phone has it (RFC 4235 4.1.2): what Replaces
 * names. */
static void assert_can_pick_up(const struct msg *m, struct peer *p,
                               const struct msg *invite)
{
	const struct dialog *d = peer_dialog(p, invite);
	char *text = xasprintf("call-id=\"%s\" local-tag=\"%s\" "
	                       "remote-tag=\"%s\"",
	                       d->call_id, d->local_tag, d->remote_tag);

	if (!msg_body_has(m, text))
		fail_msg("no %s in %s", text, m->text);
	free(text);
}

static void a_lamp_follows_the_callee(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *m, *invite;
	struct dialog *d;
	struct sub s;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	m = subscribed(&s, dave, "dialog", "2");
	assert_true(msg_header_has(m, "Event", "dialog"));
	assert_true(msg_header_has(m, "Content-Type",
	                           "application/dialog-info+xml"));
	assert_true(msg_header_has(m, "Subscription-State", "active;expires="));
	assert_true(msg_body_has(m, "version=\"0\" state=\"full\" "
	                            "entity=\"sip:2@hq.test\""));
	assert_int_equal(msg_count(m, "Contact"), 1);
	assert_dialogs(m, 0);
	wait(c);
	d = office_dial(c->o, c->frank1, "2");
	m = told(&s);
	assert_dialogs(m, 1);
	assert_true(msg_body_has(m, "version=\"1\""));
	assert_true(msg_body_has(m, "direction=\"recipient\""));
	assert_true(msg_body_has(m, "<state>trying</state>"));
	assert_true(msg_body_has(m, "sip:frank1@hq.test"));
	wait(c);
	invite = office_rings(carol);
	m = told(&s);
	assert_true(msg_body_has(m, "<state>early</state>"));
	assert_can_pick_up(m, carol, invite);
	wait(c);
	office_answer(c->o, carol, invite, c->frank1);
	m = told(&s);
	assert_true(msg_body_has(m, "<state>confirmed</state>"));
	assert_can_pick_up(m, carol, invite);
	wait(c);
	office_hang_up(c->frank1, d, carol);
	m = told(&s);
	assert_dialogs(m, 1);
	assert_true(msg_body_has(m, "<state>terminated</state>"));
	assert_true(msg_body_has(m, "version=\"4\""));
	/* and then it is just not there */
	office_warp(c->o, 10000);
	peer_expect_none(dave);
	assert_int_equal(refresh(&s, 600)->status, 200);
	assert_dialogs(told(&s), 0);
	unsubscribed(&s);
}

static void a_lamp_follows_the_caller(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *m, *invite;
	struct dialog *d;
	struct sub s;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	subscribed(&s, dave, "dialog", "frank1");
	wait(c);
	d = office_dial(c->o, c->frank1, "2");
	m = told(&s);
	assert_true(msg_body_has(m, "direction=\"initiator\""));
	assert_true(msg_body_has(m, "<state>trying</state>"));
	assert_true(msg_body_has(m, "sip:2@hq.test"));
	wait(c);
	invite = office_rings(carol);
	assert_true(msg_body_has(told(&s), "<state>early</state>"));
	wait(c);
	office_answer(c->o, carol, invite, c->frank1);
	assert_true(msg_body_has(told(&s), "<state>confirmed</state>"));
	wait(c);
	office_hang_up(c->frank1, d, carol);
	assert_true(msg_body_has(told(&s), "<state>terminated</state>"));
	unsubscribed(&s);
}

static void quick_changes_are_told_together(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *m;
	struct sub s;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	subscribed(&s, dave, "dialog", "2");
	office_dial(c->o, c->frank1, "2");
	office_refuse(carol, office_rings(carol), 486);
	office_fails(c->frank1, "486");
	peer_expect_none(dave);
	wait(c);
	m = told(&s);
	assert_true(msg_body_has(m, "<state>terminated</state>"));
	assert_true(msg_body_has(m, "version=\"1\""));
	office_warp(c->o, 10000);
	peer_expect_none(dave);
	unsubscribed(&s);
}

/* One NOTIFY at a time: what happens meanwhile is told with the next. */
static void a_slow_watcher_is_not_flooded(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *m, *first;
	struct sub s;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	subscribed(&s, dave, "dialog", "2");
	wait(c);
	office_dial(c->o, c->frank1, "2");
	first = peer_pick(dave, "NOTIFY");
	office_refuse(carol, office_rings(carol), 486);
	office_fails(c->frank1, "486");
	office_warp(c->o, 2000);
	peer_expect_none(dave);
	peer_reply(dave, first, 200, "OK", NULL, NULL);
	m = told(&s);
	assert_true(msg_body_has(m, "terminated"));
	unsubscribed(&s);
}

static void a_call_under_way_is_told_at_once(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *m, *invite;
	struct dialog *d;
	struct sub s;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	d = office_dial(c->o, c->frank1, "2");
	invite = office_rings(carol);
	office_answer(c->o, carol, invite, c->frank1);
	m = subscribed(&s, dave, "dialog", "carol1");
	assert_dialogs(m, 1);
	assert_true(msg_body_has(m, "<state>confirmed</state>"));
	unsubscribed(&s);
	office_hang_up(c->frank1, d, carol);
}

static void a_private_caller_is_not_told(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *m;
	struct sub s;

	put_carrier(c, "r", 0, "", "");
	office_flow(c->o, "+14155559999",
	            "{'module':'device','data':{'id':'carol1'}}");
	subscribed(&s, dave, "dialog", "carol1");
	wait(c);
	for (int i = 0; i < 2; i++) {
		struct peer *g = c->g[0];
		struct dialog *d =
		        peer_dialog_new(g, "sip:+14155559999@b2bua.test");

		d->invite = ask(g, d, "INVITE", "sip:+14155559999@b.t",
		                i ? "Privacy: id\r\n"
		                    "P-Asserted-Identity: <tel:+49302>\r\n"
		                  : "P-Asserted-Identity: <tel:+49302>\r\n",
		                office_sdp(c->o, g));
		m = told(&s);
		assert_dialogs(m, i + 1);
		assert_true(msg_body_has(m, "<state>trying</state>"));
		office_refuse(carol, peer_pick(carol, "INVITE"), 486);
		office_fails(g, "486");
		if (i == 0)
			assert_true(msg_body_has(m, "+49302"));
		wait(c);
		m = told(&s);
		if (i == 1)
			assert_false(msg_body_has(m, "anonymous"));
		wait(c);
	}
	unsubscribed(&s);
}

/* A user's lamp is on when one of the phones is busy. */
static void a_users_lamp_shows_all_phones(void **state)
{
	struct crew *c = *state;
	struct peer *a1 = office_phone(c->o, "alice1");
	struct peer *a2 = office_phone(c->o, "alice2");
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *m, *i1, *i2;
	struct dialog *d;
	struct sub s;

	office_flow(c->o, "3", "{'module':'user','data':{'id':'alice'}}");
	subscribed(&s, dave, "dialog", "3");
	wait(c);
	d = office_dial(c->o, c->frank1, "3");
	assert_dialogs(told(&s), 2);
	i1 = office_rings(a1);
	i2 = office_rings(a2);
	wait(c);
	assert_dialogs(told(&s), 2);
	office_answer(c->o, a1, i1, c->frank1);
	office_cancelled(a2, i2);
	wait(c);
	m = told(&s);
	assert_true(msg_body_has(m, "<state>confirmed</state>"));
	assert_true(msg_body_has(m, "<state>terminated</state>"));
	office_hang_up(c->frank1, d, a1);
	wait(c);
	told(&s);
	unsubscribed(&s);
}

/* --- presence -------------------------------------------------------------------- */

static void presence_follows_registrations_and_calls(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_handset(c->o, "carol1");
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *m, *invite;
	struct dialog *d;
	struct sub s;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	m = subscribed(&s, dave, "presence", "2");
	assert_true(msg_header_has(m, "Content-Type", "application/pidf+xml"));
	assert_true(msg_body_has(m, "<basic>closed</basic>"));
	wait(c);
	assert_int_equal(peer_register(carol, 600)->status, 200);
	assert_true(msg_body_has(told(&s), "<basic>open</basic>"));
	wait(c);
	/* a refresh is no news */
	assert_int_equal(peer_register(carol, 600)->status, 200);
	wait(c);
	peer_expect_none(dave);
	d = office_dial(c->o, c->frank1, "2");
	assert_true(msg_body_has(told(&s), "<note>Ringing</note>"));
	invite = office_rings(carol);
	wait(c);
	peer_expect_none(dave);
	office_answer(c->o, carol, invite, c->frank1);
	assert_true(msg_body_has(told(&s), "<note>On the phone</note>"));
	wait(c);
	office_hang_up(c->frank1, d, carol);
	assert_false(msg_body_has(told(&s), "<note>"));
	wait(c);
	assert_int_equal(peer_register(carol, 0)->status, 200);
	assert_true(msg_body_has(told(&s), "<basic>closed</basic>"));
	/* by itself, too */
	assert_int_equal(peer_register(carol, 60)->status, 200);
	wait(c);
	assert_true(msg_body_has(told(&s), "<basic>open</basic>"));
	office_warp(c->o, 62000);
	assert_true(msg_body_has(told(&s), "<basic>closed</basic>"));
	unsubscribed(&s);
}

static void mailboxes_are_empty(void **state)
{
	struct crew *c = *state;
	struct sub s;
	const struct msg *m = subscribed(&s, c->frank1, "message-summary",
	                                 "frank1");

	assert_true(msg_header_has(m, "Content-Type",
	                           "application/simple-message-summary"));
	assert_true(msg_body_has(m, "Messages-Waiting: no\r\n"));
	unsubscribed(&s);
}

static const struct msg *publish(struct peer *p, const char *uri,
                                 const char *headers, const char *body)
{
	struct dialog *d;

	while (peer_poll(p))
		;
	return proved(p, "PUBLISH", uri, headers, body, &d);
}

#define PIDF   "Content-Type: application/pidf+xml\r\n"
#define CLOSED "<tuple><status><basic>closed</basic></status></tuple>"

static void a_phone_may_publish_that_nobody_is_there(void **state)
{
	static const char uri[] = "sip:carol1@hq.test";
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *m;
	char *match;
	struct sub s;

	assert_true(msg_body_has(subscribed(&s, dave, "presence", "carol1"),
	                         "<basic>open</basic>"));
	wait(c);
	m = publish(carol, uri, "Event: presence\r\nExpires: 600\r\n" PIDF,
	            CLOSED);
	assert_int_equal(m->status, 200);
	assert_string_equal(msg_header(m, "Expires", 0), "600");
	match = xasprintf("Event: presence\r\nExpires: 700\r\n"
	                  "SIP-If-Match: %s\r\n",
	                  msg_header(m, "SIP-ETag", 0));
	assert_true(msg_body_has(told(&s), "<basic>closed</basic>"));
	m = publish(carol, uri, match, NULL); /* a refresh */
	assert_int_equal(m->status, 200);
	/* each answer brings another tag: RFC 3903 4.1 */
	assert_int_equal(publish(carol, uri, match, NULL)->status, 412);
	free(match);
	match = xasprintf("Event: presence\r\nExpires: 0\r\n"
	                  "SIP-If-Match: %s\r\n",
	                  msg_header(m, "SIP-ETag", 0));
	assert_int_equal(publish(carol, uri, match, NULL)->status, 200);
	wait(c);
	assert_true(msg_body_has(told(&s), "<basic>open</basic>"));
	free(match);
	/* it does not last */
	publish(carol, uri, "Event: presence\r\nExpires: 60\r\n" PIDF, CLOSED);
	wait(c);
	assert_true(msg_body_has(told(&s), "<basic>closed</basic>"));
	office_warp(c->o, 61000);
	assert_true(msg_body_has(told(&s), "<basic>open</basic>"));
	unsubscribed(&s);
	assert_int_equal(presence_gauges(c->o->server->presence).publications,
	                 0);
}

static void what_cannot_be_published_is_refused(void **state)
{
	static const struct {
		const char *uri, *headers, *body;
		int status;
	} cases[] = {
		{ "sip:frank1@hq.test", "Event: dialog\r\n" PIDF, CLOSED, 489 },
		{ "sip:frank1@hq.test", PIDF, CLOSED, 489 },
		{ "sip:carol1@hq.test", "Event: presence\r\n" PIDF, CLOSED,
		  403 },
		{ "sip:frank1@hq.test",
		  "Event: presence\r\nExpires: 5\r\n" PIDF, CLOSED, 423 },
		{ "sip:frank1@hq.test",
		  "Event: presence\r\nContent-Type: text/plain\r\n", CLOSED,
		  415 },
		{ "sip:frank1@hq.test", "Event: presence\r\n", NULL, 400 },
		{ "sip:frank1@hq.test",
		  "Event: presence\r\nSIP-If-Match: x\r\n", NULL, 412 },
	};
	struct crew *c = *state;

	for (size_t i = 0; i < NELEM(cases); i++) {
		const struct msg *m = publish(c->frank1, cases[i].uri,
		                              cases[i].headers, cases[i].body);

		if (m->status != cases[i].status)
			fail_msg("%zu: %s", i, m->text);
	}
	assert_int_equal(presence_gauges(c->o->server->presence).lines, 0);
}

/* --- a subscription's life --------------------------------------------------------- */

static void subscriptions_are_refreshed_and_expire(void **state)
{
	struct crew *c = *state;
	const struct msg *m;
	struct sub s = subscribe_as(c->frank1, "dialog", "frank1", 100);

	assert_string_equal(msg_header(s.answer, "Expires", 0), "100");
	assert_int_equal(msg_count(s.answer, "Contact"), 1);
	told(&s);
	office_warp(c->o, 90000);
	m = refresh(&s, 100);
	assert_int_equal(m->status, 200);
	assert_string_equal(msg_header(m, "Expires", 0), "100");
	assert_true(msg_header_has(told(&s), "Subscription-State",
	                           "active;expires=100"));
	office_warp(c->o, 90000);
	peer_expect_none(c->frank1);
	m = refresh(&s, 5);
	assert_int_equal(m->status, 423);
	assert_string_equal(msg_header(m, "Min-Expires", 0), "60");
	office_warp(c->o, 11000);
	m = told(&s);
	assert_true(msg_header_has(m, "Subscription-State",
	                           "terminated;reason=timeout"));
	assert_int_equal(refresh(&s, 100)->status, 481);
	assert_int_equal(presence_gauges(c->o->server->presence).watchers, 0);
	assert_int_equal(presence_gauges(c->o->server->presence).lines, 0);
}

static void a_long_time_is_cut_and_none_is_granted(void **state)
{
	struct crew *c = *state;
	struct sub s = subscribe_as(c->frank1, "dialog", "frank1", 999999);

	assert_string_equal(msg_header(s.answer, "Expires", 0), "3600");
	told(&s);
	unsubscribed(&s);
	s = subscribe_as(c->frank1, "dialog", "frank1", 5);
	assert_int_equal(s.answer->status, 423);
}

static void a_fetch_is_one_notify(void **state)
{
	struct crew *c = *state;
	struct sub s = subscribe_as(c->frank1, "presence", "frank1", 0);
	const struct msg *m;

	assert_int_equal(s.answer->status, 200);
	assert_string_equal(msg_header(s.answer, "Expires", 0), "0");
	m = told(&s);
	assert_true(msg_header_has(m, "Subscription-State", "terminated"));
	assert_true(msg_body_has(m, "<basic>open</basic>"));
	office_warp(c->o, 10000);
	peer_expect_none(c->frank1);
}

static void who_knows_of_no_subscription_has_none(void **state)
{
	static const int statuses[] = { 481, 489, 404, 0 }; /* 0: silence */
	struct crew *c = *state;

	for (size_t i = 0; i < NELEM(statuses); i++) {
		struct sub s = subscribe_as(c->frank1, "dialog", "frank1",
		                            3600);
		const struct msg *m = peer_pick(c->frank1, "NOTIFY");

		if (statuses[i])
			peer_reply(c->frank1, m, statuses[i], "No", NULL,
			           NULL);
		else
			office_warp(c->o, 33000);
		settle(c->o->loop);
		assert_int_equal(
		        presence_gauges(c->o->server->presence).watchers, 0);
		assert_int_equal(agent_gauges(c->o->server->agent)
		                         .subscriptions,
		                 0);
		assert_int_equal(refresh(&s, 100)->status, 481);
		peer_expect_none(c->frank1);
	}
}

static void what_passes_by_itself_ends_nothing(void **state)
{
	struct crew *c = *state;
	struct sub s = subscribe_as(c->frank1, "dialog", "frank1", 3600);

	peer_reply(c->frank1, peer_pick(c->frank1, "NOTIFY"), 500, "Later",
	           NULL, NULL);
	settle(c->o->loop);
	assert_int_equal(refresh(&s, 100)->status, 200);
	told(&s);
	unsubscribed(&s);
}

static void refused_subscriptions_say_why(void **state)
{
	struct crew *c = *state;
	struct peer *p = c->frank1;
	struct dialog *d;
	const struct msg *m;
	struct sub s;

	s = subscribe_as(p, "conference", "frank1", 3600);
	assert_int_equal(s.answer->status, 489);
	assert_true(msg_header_has(s.answer, "Allow-Events", "dialog"));
	assert_int_equal(proved(p, "SUBSCRIBE", "sip:frank1@hq.test", "", NULL,
	                        &d)
	                         ->status,
	                 489);
	assert_int_equal(subscribe_as(p, "dialog", "77", 600).answer->status,
	                 404);
	assert_int_equal(proved(p, "SUBSCRIBE", "sip:frank1@hq.test",
	                        "Event: dialog\r\nAccept: text/html\r\n", NULL,
	                        &d)
	                         ->status,
	                 406);
	/* a dialog that nobody has: RFC 6665 4.1.2.2 */
	d = peer_dialog_new(p, "sip:frank1@hq.test");
	strcpy(d->remote_tag, "nobodys");
	peer_in_dialog(p, d, "SUBSCRIBE", "Event: dialog\r\n", NULL);
	assert_int_equal(peer_pick(p, "xxx")->status, 481);
	/* nor does anybody notify us */
	ask(p, peer_dialog_new(p, "sip:x@hq.test"), "NOTIFY", "sip:x@hq.test",
	    "Event: dialog\r\nSubscription-State: active\r\n", NULL);
	assert_int_equal(peer_pick(p, "xxx")->status, 481);
	/* in the dialog, another package is not ours */
	subscribed(&s, p, "dialog", "frank1");
	s.event = "presence";
	assert_int_equal(refresh(&s, 600)->status, 489);
	m = peer_in_dialog(p, s.d, "INFO", NULL, NULL);
	(void)m;
	assert_int_equal(peer_pick(p, "xxx")->status, 405);
	s.event = "dialog";
	unsubscribed(&s);
}

static void strangers_watch_nobody(void **state)
{
	struct crew *c = *state;
	struct peer *g = c->g[0];

	put_carrier(c, "r", 0, "", "");
	office_reload(c->o);
	ask(g, peer_dialog_new(g, "sip:frank1@hq.test"), "SUBSCRIBE",
	    "sip:frank1@hq.test", "Event: dialog\r\n", NULL);
	peer_expect(g, "403");
	ask(c->g[1], peer_dialog_new(c->g[1], "sip:frank1@hq.test"),
	    "SUBSCRIBE", "sip:frank1@hq.test", "Event: dialog\r\n", NULL);
	peer_expect(c->g[1], "407");
	assert_int_equal(agent_gauges(c->o->server->agent).subscriptions, 0);
}

static void a_phone_has_so_many_and_no_more(void **state)
{
	struct crew *c = *state;
	struct sub s[3];

	c->o->conf->presence.max_subscriptions = 2;
	subscribed(&s[0], c->frank1, "dialog", "carol1");
	subscribed(&s[1], c->frank1, "presence", "carol1");
	s[2] = subscribe_as(c->frank1, "dialog", "dave1", 600);
	assert_int_equal(s[2].answer->status, 403);
	unsubscribed(&s[0]);
	subscribed(&s[2], c->frank1, "dialog", "dave1");
	unsubscribed(&s[1]);
	unsubscribed(&s[2]);
}

static void new_documents_are_followed(void **state)
{
	struct crew *c = *state;
	struct peer *dave = office_phone(c->o, "dave1"), *erin;
	const struct msg *invite;
	struct sub s, gone;

	erin = office_phone(c->o, "erin1");
	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	subscribed(&s, dave, "dialog", "2");
	wait(c);
	/* the number is another's now */
	office_flow(c->o, "2", "{'module':'device','data':{'id':'erin1'}}");
	told(&s);
	wait(c);
	office_dial(c->o, c->frank1, "2");
	assert_true(msg_body_has(told(&s), "trying"));
	invite = peer_pick(erin, "INVITE");
	office_refuse(erin, invite, 486);
	office_fails(c->frank1, "486");
	wait(c);
	told(&s);
	wait(c);
	/* nobody's; and one who may watch no longer */
	subscribed(&gone, erin, "dialog", "dave1");
	office_put(c->o, "accounts/hq/devices/erin1.json",
	           "{'id':'erin1','enabled':false,'sip':{'username':'erin1',"
	           "'password':'secret'}}");
	office_flow(c->o, "2", "{'module':'response','data':{'code':486}}");
	assert_true(msg_header_has(told(&s), "Subscription-State",
	                           "terminated;reason=noresource"));
	assert_true(msg_header_has(told(&gone), "Subscription-State",
	                           "terminated;reason=rejected"));
	assert_int_equal(presence_gauges(c->o->server->presence).watchers, 0);
}

static void over_tcp_notify_keeps_to_the_connection(void **state)
{
	struct crew *c = *state;
	struct peer *p = NULL;
	const struct msg *m;
	struct sub s;

	peer_create(&p, &(struct peer_conf){ .loop = c->o->loop,
	                                     .user = "carol1",
	                                     .realm = "hq.test",
	                                     .password = "secret",
	                                     .is_tcp = true,
	                                     .server = c->o->tcp,
	                                     .contact = "sip:carol1@10.9.8.7:5060;"
	                                                "transport=tcp",
	                                     .trace = &c->o->trace });
	c->o->peers[c->o->n_peers++] = p;
	m = subscribed(&s, p, "dialog", "frank1");
	assert_int_equal(m->connection, 0);
	assert_string_equal(m->uri, "sip:carol1@10.9.8.7:5060;transport=tcp");
	wait(c);
	peer_disconnect(p);
	settle(c->o->loop);
	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	wait(c);
	assert_int_equal(presence_gauges(c->o->server->presence).watchers, 0);
}

static void a_phone_that_moved_is_told_where_it_is(void **state)
{
	struct crew *c = *state;
	struct peer *p = c->frank1;
	const struct msg *m;
	struct sub s;

	/* behind NAT: the Contact leads nowhere */
	peer_set_contact(p, "sip:frank1@10.9.8.7:5060");
	m = subscribed(&s, p, "dialog", "frank1");
	assert_string_equal(m->uri, "sip:frank1@10.9.8.7:5060");
	peer_set_contact(p, "sip:frank1@10.9.8.8:5061");
	assert_int_equal(refresh(&s, 600)->status, 200);
	assert_string_equal(told(&s)->uri, "sip:frank1@10.9.8.8:5061");
	unsubscribed(&s);
}

static void the_end_of_the_server_ends_subscriptions(void **state)
{
	struct crew *c = *state;
	struct sub s;

	subscribed(&s, c->frank1, "dialog", "frank1");
	presence_end(c->o->server->presence);
	assert_true(msg_header_has(told(&s), "Subscription-State",
	                           "terminated;reason=deactivated"));
}

/* --- by hand ---------------------------------------------------------------------- */

static void set_lamp(struct crew *c, const char *number, const char *data)
{
	office_flow(c->o, number, "{'module':'manual_presence','data':{%s}}",
	            data);
}

static void dial_lamp(struct crew *c, const char *number)
{
	office_code(c->o, c->frank1, number);
}

static void a_lamp_that_no_phone_has_is_set_by_hand(void **state)
{
	struct crew *c = *state;
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *m;
	struct sub s, late;

	set_lamp(c, "50", "'presence_id':'night'");
	set_lamp(c, "51", "'presence_id':'night@hq.test','status':'busy'");
	set_lamp(c, "52", "'presence_id':'night','status':'ringing'");
	assert_dialogs(subscribed(&s, dave, "dialog", "night"), 0);
	wait(c);
	dial_lamp(c, "51");
	m = told(&s);
	assert_dialogs(m, 1);
	assert_true(msg_body_has(m, "<state>confirmed</state>"));
	assert_true(msg_body_has(m, "entity=\"sip:night@hq.test\""));
	wait(c);
	dial_lamp(c, "52");
	assert_true(msg_body_has(told(&s), "<state>early</state>"));
	wait(c);
	/* who comes later is told, and a reload changes nothing */
	m = subscribed(&late, dave, "presence", "night");
	assert_true(msg_body_has(m, "Ringing"));
	unsubscribed(&late);
	office_reload(c->o);
	wait(c);
	assert_true(msg_body_has(told(&s), "<state>early</state>"));
	wait(c);
	dial_lamp(c, "50");
	assert_dialogs(told(&s), 0);
	wait(c);
	dial_lamp(c, "50"); /* no news */
	peer_expect_none(dave);
	unsubscribed(&s);
}

static void a_lamp_set_by_hand_is_beside_what_the_phone_does(void **state)
{
	struct crew *c = *state;
	struct peer *carol = office_phone(c->o, "carol1");
	struct peer *dave = office_phone(c->o, "dave1");
	const struct msg *invite;
	struct dialog *d;
	struct sub s;

	office_flow(c->o, "2", "{'module':'device','data':{'id':'carol1'}}");
	set_lamp(c, "51", "'presence_id':'2','status':'busy'");
	assert_dialogs(subscribed(&s, dave, "dialog", "2"), 0);
	wait(c);
	dial_lamp(c, "51");
	assert_dialogs(told(&s), 1);
	wait(c);
	d = office_dial(c->o, c->frank1, "2");
	invite = office_rings(carol);
	assert_dialogs(told(&s), 2);
	wait(c);
	told(&s);
	peer_cancel(c->frank1, d, NULL);
	office_cancelled(carol, invite);
	office_fails(c->frank1, "487");
	wait(c);
	told(&s);
	unsubscribed(&s);
}

static void a_name_that_no_callflow_shows_anything_by_is_not_known(
        void **state)
{
	struct crew *c = *state;
	struct peer *dave = office_phone(c->o, "dave1");
	struct sub s;

	set_lamp(c, "51", "'presence_id':'night','status':'busy'");
	s = subscribe_as(dave, "dialog", "day", 600);
	assert_int_equal(s.answer->status, 404);
	subscribed(&s, dave, "dialog", "night");
	wait(c);
	set_lamp(c, "51", "'presence_id':'day','status':'busy'");
	assert_true(msg_header_has(told(&s), "Subscription-State",
	                           "terminated;reason=noresource"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_lamp_follows_the_callee),
		TRUNK_TEST(a_lamp_follows_the_caller),
		TRUNK_TEST(a_lamp_that_no_phone_has_is_set_by_hand),
		TRUNK_TEST(a_lamp_set_by_hand_is_beside_what_the_phone_does),
		TRUNK_TEST(a_name_that_no_callflow_shows_anything_by_is_not_known),
		TRUNK_TEST(quick_changes_are_told_together),
		TRUNK_TEST(a_slow_watcher_is_not_flooded),
		TRUNK_TEST(a_call_under_way_is_told_at_once),
		TRUNK_TEST(a_private_caller_is_not_told),
		TRUNK_TEST(a_users_lamp_shows_all_phones),
		TRUNK_TEST(presence_follows_registrations_and_calls),
		TRUNK_TEST(mailboxes_are_empty),
		TRUNK_TEST(a_phone_may_publish_that_nobody_is_there),
		TRUNK_TEST(what_cannot_be_published_is_refused),
		TRUNK_TEST(subscriptions_are_refreshed_and_expire),
		TRUNK_TEST(a_long_time_is_cut_and_none_is_granted),
		TRUNK_TEST(a_fetch_is_one_notify),
		TRUNK_TEST(who_knows_of_no_subscription_has_none),
		TRUNK_TEST(what_passes_by_itself_ends_nothing),
		TRUNK_TEST(refused_subscriptions_say_why),
		TRUNK_TEST(strangers_watch_nobody),
		TRUNK_TEST(a_phone_has_so_many_and_no_more),
		TRUNK_TEST(new_documents_are_followed),
		TRUNK_TEST(over_tcp_notify_keeps_to_the_connection),
		TRUNK_TEST(a_phone_that_moved_is_told_where_it_is),
		TRUNK_TEST(the_end_of_the_server_ends_subscriptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
