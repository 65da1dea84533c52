/* Lamp keys that are pressed: what dialog-info told of a call (RFC 4235) comes
 * back as the Replaces of an INVITE (RFC 3891). */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/office.h"

struct shown_dialog { /* what is shown of the last dialog */
	char call_id[128], local_tag[128], remote_tag[128];
};

/* carol1 is called by frank1, and dave1 watches her. */
struct party {
	struct office *o;
	struct peer *frank, *carol, *dave;
	struct dialog *call; /* frank's */
	const struct msg *invite; /* as carol got it */
	struct shown_dialog is;
};

static struct dialog *proved(struct peer *by, const char *method,
                             const char *headers, const char *sdp)
{
	struct peer_request rq = { .method = method,
		                   .uri = "sip:2@hq.test",
		                   .headers = headers,
		                   .body = sdp };
	struct dialog *d = peer_dialog_new(by, rq.uri);
	struct buf lines = { 0 };
	const struct msg *m;

	peer_request(by, d, &rq);
	m = peer_expect(by, "407");
	if (sdp)
		peer_ack(by, m, NULL);
	peer_credentials(by, &lines, m, NULL, method, rq.uri);
	buf_str(&lines, headers);
	rq.headers = lines.p;
	peer_request(by, d, &rq);
	buf_free(&lines);
	return d;
}

static void say_ok(struct peer *p, const struct msg *m)
{
	peer_reply(p, m, 200, "OK", NULL, NULL);
}

/* --- the lamp --------------------------------------------------------------- */

static void read_last(const struct msg *m, const char *name, char out[128])
{
	char start[32];
	const char *at = NULL, *next = m->body;
	size_t n = 0;

	snprintf(start, sizeof(start), " %s=\"", name);
	while ((next = strstr(next, start))) {
		next += strlen(start);
		at = next;
	}
	if (!at)
		fail_msg("no %s in %s", name, m->text);
	while (at && at[n] != '"' && n < 127)
		n++;
	memcpy(out, at, n);
	out[n] = '\0';
}

static void shows(struct party *p, const char *state)
{
	const struct msg *m;

	do { /* one change after the other */
		office_warp(p->o, 6000);
		m = peer_pick(p->dave, "NOTIFY");
		say_ok(p->dave, m);
	} while (!msg_body_has(m, state));
	read_last(m, "call-id", p->is.call_id);
	read_last(m, "local-tag", p->is.local_tag);
	read_last(m, "remote-tag", p->is.remote_tag);
}

static void watched_call(struct party *p, struct office *o)
{
	*p = (struct party){ .o = o,
		             .frank = office_phone(o, "frank1"),
		             .carol = office_phone(o, "carol1"),
		             .dave = office_phone(o, "dave1") };
	office_flow(o, "2", "{'module':'device','data':{'id':'carol1'}}");
	proved(p->dave, "SUBSCRIBE", "Event: dialog\r\nExpires: 3600\r\n",
	       NULL);
	peer_pick(p->dave, "200 SUBSCRIBE");
	say_ok(p->dave, peer_pick(p->dave, "NOTIFY"));
	office_warp(o, 2000);
	p->call = office_dial(o, p->frank, "2");
	p->invite = office_rings(p->carol);
	peer_pick(p->frank, "180");
}

/* RFC 4235 4.1.2: local is the watched phone's, and so is to-tag (RFC 3891 3);
 * there are keys that turn them round. */
static struct dialog *press(struct party *p, bool turns)
{
	const char *to = turns ? p->is.remote_tag : p->is.local_tag;
	const char *from = turns ? p->is.local_tag : p->is.remote_tag;
	char *line = xasprintf("Replaces: %s;to-tag=%s;from-tag=%s\r\n",
	                       p->is.call_id, to, from);
	struct dialog *d = proved(p->dave, "INVITE", line,
	                          office_sdp(p->o, p->dave));

	free(line);
	return d;
}

static void ends_well(struct party *p, struct dialog *d)
{
	office_warp(p->o, 10000);
	while (peer_poll(p->dave))
		; /* the lamp goes out */
	peer_bye(p->frank, p->call);
	say_ok(p->dave, peer_pick(p->dave, "BYE"));
	peer_expect(p->frank, "200 BYE");
	assert_non_null(d);
}

/* --- pressed ---------------------------------------------------------------- */

static void rings_and_is_taken(struct party *p, bool turns)
{
	struct dialog *d;
	const struct msg *m;

	shows(p, "<state>early</state>");
	d = press(p, turns);
	m = peer_pick(p->dave, "200 INVITE");
	assert_true(msg_body_has(m, "a=inactive"));
	peer_ack(p->dave, m, NULL);
	m = peer_pick(p->dave, "INVITE");
	assert_false(msg_body_has(m, "a=inactive"));
	peer_reply(p->dave, m, 200, "OK", NULL, office_sdp(p->o, p->dave));
	peer_pick(p->dave, "ACK");
	assert_true(msg_header_has(office_cancelled(p->carol, p->invite),
	                           "Reason", "elsewhere"));
	peer_ack(p->frank, peer_pick(p->frank, "200 INVITE"), NULL);
	ends_well(p, d);
}

static void a_lamp_key_picks_up_what_rings(void **state)
{
	struct party p;

	watched_call(&p, *state);
	rings_and_is_taken(&p, false);
}

static void so_does_one_that_turns_the_tags_round(void **state)
{
	struct party p;

	watched_call(&p, *state);
	rings_and_is_taken(&p, true);
}

static void a_lamp_key_takes_what_is_answered(void **state)
{
	struct party p;
	struct dialog *d;
	const struct msg *m;

	watched_call(&p, *state);
	office_answer(p.o, p.carol, p.invite, p.frank);
	shows(&p, "<state>confirmed</state>");
	d = press(&p, false);
	m = peer_pick(p.frank, "INVITE");
	peer_reply(p.frank, m, 200, "OK", NULL, office_sdp(p.o, p.frank));
	peer_pick(p.frank, "ACK");
	peer_ack(p.dave, peer_pick(p.dave, "200 INVITE"), NULL);
	say_ok(p.carol, peer_pick(p.carol, "BYE"));
	ends_well(&p, d);
}

/* The phone that rings does not know its own call by another's tags. */
static void tags_that_are_half_right_are_481(void **state)
{
	struct party p;

	watched_call(&p, *state);
	shows(&p, "<state>early</state>");
	strcpy(p.is.local_tag, p.is.remote_tag);
	press(&p, false);
	peer_ack(p.dave, peer_pick(p.dave, "481"), NULL);
	office_refuse(p.carol, p.invite, 486);
	office_fails(p.frank, "486");
	office_warp(p.o, 10000);
}

int main(void)
{
#define LAMP(fn) cmocka_unit_test_setup_teardown(fn, office_set_up, \
                                                 office_tear_down)
	const struct CMUnitTest tests[] = {
		LAMP(a_lamp_key_picks_up_what_rings),
		LAMP(so_does_one_that_turns_the_tags_round),
		LAMP(a_lamp_key_takes_what_is_answered),
		LAMP(tags_that_are_half_right_are_481),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
