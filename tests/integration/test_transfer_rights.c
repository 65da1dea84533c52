/* Who may transfer and replace: carriers that are allowed to, and nobody of
 * another account. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integration/trunks.h"

static void say_ok(struct peer *p, const struct msg *m)
{
	peer_reply(p, m, 200, "OK", NULL, NULL);
}

/* frank1 talks to the carrier at g[0]. */
struct outside {
	struct dialog *phone, *carrier;
	const struct msg *invite;
};

static struct outside go_out(struct crew *c)
{
	struct outside x;
	const struct msg *ok;

	x.phone = office_dial(c->o, c->frank1, "1");
	x.invite = peer_expect(c->g[0], "INVITE");
	ok = peer_reply(c->g[0], x.invite, 200, "OK", NULL,
	                office_sdp(c->o, c->g[0]));
	x.carrier = peer_dialog(c->g[0], ok);
	peer_ack(c->frank1, peer_pick(c->frank1, "200 INVITE"), NULL);
	peer_expect(c->g[0], "ACK");
	return x;
}

static void a_carrier_that_is_allowed_to_may_transfer(void **state)
{
	struct crew *c = *state;
	struct peer *alice;
	const struct msg *m, *invite;
	struct outside x;

	put_carrier(c, "a", 0, ",'allow_transfer':true", "");
	send_out(c);
	alice = office_phone(c->o, "alice1");
	office_flow(c->o, "700",
	            "{'module':'device','data':{'id':'alice1'}}");
	x = go_out(c);
	assert_true(msg_header_has(x.invite, "Allow", "REFER"));
	peer_in_dialog(c->g[0], x.carrier, "REFER",
	               "Refer-To: <sip:700@hq.test>\r\n", NULL);
	peer_pick(c->g[0], "202 REFER");
	say_ok(c->g[0], peer_pick(c->g[0], "NOTIFY"));
	invite = peer_expect(alice, "INVITE");
	assert_true(msg_header_has(invite, "From", "sip:frank1@"));
	peer_reply(alice, invite, 200, "OK", NULL, office_sdp(c->o, alice));
	m = peer_expect(c->frank1, "INVITE");
	peer_reply(c->frank1, m, 200, "OK", NULL,
	           office_sdp(c->o, c->frank1));
	peer_expect(c->frank1, "ACK");
	peer_expect(alice, "ACK");
	say_ok(c->g[0], peer_pick(c->g[0], "NOTIFY"));
	say_ok(c->g[0], peer_pick(c->g[0], "BYE"));
	office_hang_up(c->frank1, x.phone, alice);
}

static void other_carriers_may_not(void **state)
{
	struct crew *c = *state;
	struct outside x;

	put_carrier(c, "a", 0, "", "");
	send_out(c);
	x = go_out(c);
	peer_in_dialog(c->g[0], x.carrier, "REFER",
	               "Refer-To: <sip:700@hq.test>\r\n", NULL);
	peer_expect(c->g[0], "403 REFER");
	office_hang_up(c->frank1, x.phone, c->g[0]);
}

/* What may be transferred goes out by the carriers too, and a channel that a
 * carrier counts is counted until the leg ends. */
static void a_transferred_leg_still_takes_a_channel(void **state)
{
	struct crew *c = *state;
	struct peer *alice;
	const struct msg *m;
	struct dialog *at_alice;
	struct outside x;

	put_carrier(c, "a", 0, "", ",'channels':1");
	send_out(c);
	alice = office_phone(c->o, "alice1");
	office_flow(c->o, "700",
	            "{'module':'device','data':{'id':'alice1'}}");
	x = go_out(c);
	peer_in_dialog(c->frank1, x.phone, "REFER",
	               "Refer-To: <sip:700@hq.test>\r\n", NULL);
	peer_pick(c->frank1, "202 REFER");
	say_ok(c->frank1, peer_pick(c->frank1, "NOTIFY"));
	m = peer_reply(alice, peer_expect(alice, "INVITE"), 200, "OK", NULL,
	               office_sdp(c->o, alice));
	at_alice = peer_dialog(alice, m);
	m = peer_expect(c->g[0], "INVITE");
	peer_reply(c->g[0], m, 200, "OK", NULL, office_sdp(c->o, c->g[0]));
	peer_expect(c->g[0], "ACK");
	peer_expect(alice, "ACK");
	say_ok(c->frank1, peer_pick(c->frank1, "NOTIFY"));
	say_ok(c->frank1, peer_pick(c->frank1, "BYE"));
	office_dial(c->o, c->frank1, "1"); /* the channel is taken */
	office_fails(c->frank1, "503");
	peer_expect_none(c->g[0]);
	office_hang_up(alice, at_alice, c->g[0]);
	x = go_out(c);
	office_hang_up(c->frank1, x.phone, c->g[0]);
}

static struct peer *stranger_of_another_account(struct crew *c)
{
	struct peer_conf conf = { .loop = c->o->loop,
		                  .user = "x1",
		                  .realm = "other.test",
		                  .password = "secret",
		                  .server = c->o->at,
		                  .trace = &c->o->trace };
	struct peer *p;

	office_put(c->o, "accounts/other/account.json",
	           "{'id':'other','name':'o','realm':'other.test'}");
	office_put(c->o, "accounts/other/devices/x1.json",
	           "{'id':'x1','sip':{'username':'x1','password':'secret'}}");
	office_reload(c->o);
	peer_create(&p, &conf);
	assert_int_equal(peer_register(p, 3600)->status, 200);
	return p;
}

static void nobody_of_another_account_may_replace(void **state)
{
	struct crew *c = *state;
	struct peer_request rq = { .method = "INVITE",
		                   .uri = "sip:700@other.test" };
	struct buf lines = { 0 };
	const struct msg *m;
	struct dialog *d;
	struct outside x;
	struct peer *p;

	put_carrier(c, "a", 0, "", "");
	send_out(c);
	p = stranger_of_another_account(c);
	x = go_out(c);
	buf_fmt(&lines, "Replaces: %s;to-tag=%s;from-tag=%s\r\n",
	        x.phone->call_id, x.phone->remote_tag, x.phone->local_tag);
	d = peer_dialog_new(p, rq.uri);
	rq.headers = lines.p;
	rq.body = office_sdp(c->o, p);
	peer_request(p, d, &rq);
	m = peer_expect(p, "407"); /* not without proof either */
	peer_ack(p, m, NULL);
	peer_credentials(p, &lines, m, NULL, "INVITE", rq.uri);
	rq.headers = lines.p;
	peer_request(p, d, &rq);
	peer_ack(p, peer_expect(p, "403"), NULL);
	peer_expect_none(c->g[0]);
	peer_expect_none(c->frank1);
	buf_free(&lines);
	office_hang_up(c->frank1, x.phone, c->g[0]);
	peer_destroy(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUNK_TEST(a_carrier_that_is_allowed_to_may_transfer),
		TRUNK_TEST(other_carriers_may_not),
		TRUNK_TEST(a_transferred_leg_still_takes_a_channel),
		TRUNK_TEST(nobody_of_another_account_may_replace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
