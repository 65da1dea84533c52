#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "registrar/registrar.h"

#define AOR "alice@example.com"
#define C1 "sip:alice@192.0.2.1"
#define C2 "sip:alice@192.0.2.2"
#define C3 "sip:alice@192.0.2.3"
#define PHONE "\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\""

struct world {
	struct registrar *r;
	int saved, removed;
	char last_removed[64];
	int64_t now_ms;
};

static void count_saved(struct binding *b, void *arg)
{
	struct world *w = arg;

	w->saved++;
	if (b->row == 0)
		b->row = (uint64_t)w->saved;
}

static void count_removed(struct binding *b, void *arg)
{
	struct world *w = arg;

	w->removed++;
	snprintf(w->last_removed, sizeof(w->last_removed), "%s", b->contact);
}

static const struct registrar_ops ops = { count_saved, count_removed };

static int fresh(void **state)
{
	static struct world w;
	struct registrar_conf conf = { .min_expires_s = 60,
		                       .default_expires_s = 600,
		                       .max_expires_s = 3600,
		                       .max_contacts = 3 };

	memset(&w, 0, sizeof(w));
	w.now_ms = 1700000000000;
	*state = &w;
	return registrar_create(&w.r, &conf, &ops, &w);
}

static int done(void **state)
{
	struct world *w = *state;

	registrar_destroy(&w->r);
	return w->r != NULL;
}

static struct register_request request(const struct world *w, uint32_t cseq,
                                       const struct register_contact *c,
                                       size_t n)
{
	return (struct register_request){ .aor = AOR,
		                          .call_id = "one",
		                          .cseq = cseq,
		                          .expires_s = -1,
		                          .contacts = c,
		                          .n_contacts = n,
		                          .now_ms = w->now_ms };
}

static struct register_contact contact(const char *uri, int64_t expires_s)
{
	return (struct register_contact){ .uri = uri,
		                          .expires_s = expires_s,
		                          .q = 1000 };
}

/* One contact; returns the status. */
static int one(struct world *w, uint32_t cseq, const char *uri,
               int64_t expires_s)
{
	struct register_contact c = contact(uri, expires_s);
	struct register_request rq = request(w, cseq, &c, 1);

	return registrar_apply(w->r, &rq).status;
}

static void add_line(const struct binding *b, void *arg)
{
	buf_fmt(arg, "%s ", b->contact);
}

/* The contacts, newest first, each followed by a space. */
static void expect(struct world *w, const char *contacts)
{
	struct buf text = { 0 };

	registrar_each(w->r, AOR, w->now_ms, add_line, &text);
	assert_string_equal(buf_text(&text), contacts);
	buf_free(&text);
}

static void take(const struct binding *b, void *arg)
{
	*(struct binding *)arg = *b;
}

/* The newest binding that there is one of. */
static struct binding only(struct world *w)
{
	struct binding b = { 0 };

	assert_int_equal(registrar_each(w->r, AOR, w->now_ms, take, &b), 1);
	return b;
}

static int64_t left_s(struct world *w)
{
	return (only(w).expires_at_ms - w->now_ms) / 1000;
}

static void a_query_changes_nothing(void **state)
{
	struct world *w = *state;
	struct register_request rq = request(w, 9, NULL, 0);

	one(w, 1, C1, -1);
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	rq.aor = "nobody@example.com";
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	expect(w, C1 " ");
	assert_int_equal(w->saved, 1);
}

static void several_contacts_are_kept_newest_first(void **state)
{
	struct world *w = *state;
	struct register_contact c[] = { contact(C1, -1), contact(C2, -1) };
	struct register_request rq = request(w, 1, c, 2);

	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	expect(w, C1 " " C2 " ");
	assert_int_equal(one(w, 2, C3, -1), 200);
	expect(w, C3 " " C1 " " C2 " ");
	assert_int_equal(one(w, 3, C2, -1), 200);
	expect(w, C2 " " C3 " " C1 " ");
	assert_int_equal(registrar_count(w->r), 3);
}

static void a_contacts_own_expires_beats_the_header_beats_the_default(void **s)
{
	struct world *w = *s;
	struct register_contact c = contact(C1, 100);
	struct register_request rq = request(w, 1, &c, 1);

	rq.expires_s = 200;
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	assert_int_equal(left_s(w), 100);
	rq.cseq++;
	c.expires_s = -1;
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	assert_int_equal(left_s(w), 200);
	rq.cseq++;
	rq.expires_s = -1;
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	assert_int_equal(left_s(w), 600);
}

static void too_long_an_expiry_is_shortened(void **state)
{
	struct world *w = *state;

	assert_int_equal(one(w, 1, C1, 4294967295), 200);
	assert_int_equal(left_s(w), 3600);
	assert_int_equal(one(w, 2, C1, INT64_MAX), 200);
	assert_int_equal(left_s(w), 3600);
}

static void too_short_an_expiry_is_refused_with_the_minimum(void **state)
{
	struct world *w = *state;
	struct register_contact c = contact(C1, 59);
	struct register_request rq = request(w, 1, &c, 1);
	struct register_reply reply = registrar_apply(w->r, &rq);

	assert_int_equal(reply.status, 423);
	assert_int_equal(reply.min_expires_s, 60);
	expect(w, "");
	assert_int_equal(one(w, 1, C1, 1), 423);
	assert_int_equal(one(w, 1, C1, 60), 200);
}

static void expires_zero_removes_that_contact_only(void **state)
{
	struct world *w = *state;

	one(w, 1, C1, -1);
	one(w, 2, C2, -1);
	assert_int_equal(one(w, 3, C1, 0), 200);
	expect(w, C2 " ");
	assert_string_equal(w->last_removed, C1);
	assert_int_equal(one(w, 4, C3, 0), 200); /* not there: fine */
	assert_int_equal(w->removed, 1);
	assert_int_equal(one(w, 5, C2, 0), 200);
	assert_int_equal(registrar_count(w->r), 0);
}

static void a_wildcard_with_expires_zero_removes_everything(void **state)
{
	struct world *w = *state;
	struct register_request rq = request(w, 3, NULL, 0);

	one(w, 1, C1, -1);
	one(w, 2, C2, -1);
	rq.is_wildcard = true;
	rq.expires_s = 0;
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	expect(w, "");
	assert_int_equal(w->removed, 2);
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
}

static void a_wildcard_needs_expires_zero_and_no_company(void **state)
{
	struct world *w = *state;
	struct register_contact c = contact(C2, 0);
	struct register_request rq = request(w, 3, NULL, 0);

	one(w, 1, C1, -1);
	rq.is_wildcard = true;
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	rq.expires_s = 600;
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	rq.expires_s = 0;
	rq.contacts = &c;
	rq.n_contacts = 1;
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	expect(w, C1 " ");
}

static void a_wildcard_with_an_old_cseq_removes_nothing(void **state)
{
	struct world *w = *state;
	struct register_request rq = request(w, 5, NULL, 0);

	one(w, 5, C1, -1);
	w->now_ms++;
	rq.is_wildcard = true;
	rq.expires_s = 0;
	assert_int_equal(registrar_apply(w->r, &rq).status, 500);
	expect(w, C1 " ");
	rq.call_id = "another"; /* RFC 3261 10.3: it does not agree: remove */
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	expect(w, "");
}

static void an_older_or_equal_cseq_under_one_call_id_changes_nothing(void **s)
{
	struct world *w = *s;

	assert_int_equal(one(w, 5, C1, 600), 200);
	assert_int_equal(one(w, 5, C1, 700), 500);
	assert_int_equal(one(w, 4, C1, 0), 500);
	assert_int_equal(left_s(w), 600);
	assert_int_equal(one(w, 6, C1, 700), 200);
	assert_int_equal(left_s(w), 700);
}

static void another_call_id_may_start_with_any_cseq(void **state)
{
	struct world *w = *state;
	struct register_contact c = contact(C1, 700);
	struct register_request rq = request(w, 1, &c, 1);

	one(w, 100, C1, 600);
	rq.call_id = "after the phone's restart";
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	assert_int_equal(left_s(w), 700);
	assert_string_equal(only(w).call_id, rq.call_id);
	assert_int_equal(only(w).cseq, 1);
}

static void either_every_contact_is_applied_or_none(void **state)
{
	struct world *w = *state;
	struct register_contact brief[] = { contact(C1, 0), contact(C2, -1),
		                            contact(C3, 5) };
	struct register_contact old[] = { contact(C2, -1), contact(C1, -1) };
	struct register_request rq = request(w, 2, brief, 3);

	one(w, 1, C1, -1);
	assert_int_equal(registrar_apply(w->r, &rq).status, 423);
	rq = request(w, 1, old, 2);
	assert_int_equal(registrar_apply(w->r, &rq).status, 500);
	expect(w, C1 " ");
	assert_int_equal(w->saved, 1);
	assert_int_equal(w->removed, 0);
}

static void one_request_can_replace_a_contact_by_another(void **state)
{
	struct world *w = *state;
	struct register_contact c[] = { contact(C1, 0), contact(C2, -1) };
	struct register_request rq = request(w, 2, c, 2);

	one(w, 1, C1, -1);
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	expect(w, C2 " ");
}

static void a_contact_given_twice_is_refused(void **state)
{
	struct world *w = *state;
	struct register_contact c[] = { contact("sip:a@h;x=1", -1),
		                        contact("sip:a@H;y=1", 0) };
	struct register_request rq = request(w, 2, c, 2);

	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	expect(w, "");
}

static void the_same_contact_written_differently_is_refreshed(void **state)
{
	struct world *w = *state;

	one(w, 1, "sip:alice@phone.example.com;transport=tcp", -1);
	one(w, 2, "sip:%61lice@PHONE.example.com;Transport=TCP", -1);
	assert_int_equal(registrar_count(w->r), 1);
	assert_int_equal(w->removed, 0);
	assert_string_equal(only(w).contact,
	                    "sip:%61lice@PHONE.example.com;Transport=TCP");
}

static void a_refresh_keeps_the_row_and_the_place_of_the_binding(void **state)
{
	struct world *w = *state;
	struct binding b;

	one(w, 1, C1, -1);
	one(w, 2, C1, -1);
	b = only(w);
	assert_int_equal(w->saved, 2);
	assert_int_equal(b.row, 1);
	assert_int_equal(b.cseq, 2);
	assert_int_equal(b.updated_at_ms, w->now_ms);
}

static void the_oldest_contact_makes_room(void **state)
{
	struct world *w = *state;

	one(w, 1, C1, -1);
	one(w, 2, C2, -1);
	one(w, 3, C3, -1);
	one(w, 4, C1, -1); /* C2 is the oldest now */
	assert_int_equal(one(w, 5, "sip:new@192.0.2.9", -1), 200);
	expect(w, "sip:new@192.0.2.9 " C1 " " C3 " ");
	assert_string_equal(w->last_removed, C2);
	assert_int_equal(w->removed, 1);
}

static void more_contacts_than_allowed_are_refused(void **state)
{
	struct world *w = *state;
	struct register_contact c[70];
	char uri[70][32];
	struct register_request rq;

	for (int i = 0; i < 70; i++) {
		snprintf(uri[i], sizeof(uri[i]), "sip:a@192.0.2.%d", i);
		c[i] = contact(uri[i], i < 3 ? 600 : 0);
	}
	rq = request(w, 1, c, 4); /* the fourth is a removal */
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	c[3].expires_s = 600;
	rq.cseq++;
	assert_int_equal(registrar_apply(w->r, &rq).status, 403);
	rq.n_contacts = 70;
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	assert_int_equal(registrar_count(w->r), 3);
}

static void bindings_expire_at_their_time(void **state)
{
	struct world *w = *state;
	int64_t start_ms = w->now_ms;

	one(w, 1, C1, 100);
	one(w, 2, C2, 200);
	assert_int_equal(registrar_expire(w->r, w->now_ms), start_ms + 100000);
	w->now_ms = start_ms + 100000;
	expect(w, C2 " "); /* not removed yet, but not seen any more */
	assert_int_equal(w->removed, 0);
	assert_int_equal(registrar_expire(w->r, w->now_ms), start_ms + 200000);
	assert_int_equal(w->removed, 1);
	one(w, 3, C2, 300);
	w->now_ms = start_ms + 399999;
	assert_int_equal(registrar_expire(w->r, w->now_ms), start_ms + 400000);
	w->now_ms++;
	assert_int_equal(registrar_expire(w->r, w->now_ms), INT64_MAX);
	assert_int_equal(registrar_count(w->r), 0);
}

static void an_expired_binding_does_not_hold_its_cseq(void **state)
{
	struct world *w = *state;

	one(w, 50, C1, 100);
	w->now_ms += 100000;
	assert_int_equal(one(w, 2, C1, 100), 200);
	assert_int_equal(w->removed, 1);
	assert_int_equal(only(w).cseq, 2);
}

static void a_clock_set_back_does_not_keep_bindings_forever(void **state)
{
	struct world *w = *state;

	registrar_expire(w->r, w->now_ms + 86400000);
	one(w, 1, C1, 100);
	expect(w, C1 " ");
	assert_int_equal(registrar_expire(w->r, w->now_ms),
	                 w->now_ms + 100000);
	registrar_expire(w->r, w->now_ms + 100000);
	assert_int_equal(registrar_count(w->r), 0);
}

/* --- RFC 5626, RFC 3327 --------------------------------------------------- */

static int outbound(struct world *w, uint32_t cseq, const char *uri,
                    const char *instance, unsigned reg_id, uint64_t flow)
{
	struct register_contact c = contact(uri, 600);
	struct register_request rq = request(w, cseq, &c, 1);

	c.instance = instance;
	c.reg_id = reg_id;
	rq.flow = flow;
	return registrar_apply(w->r, &rq).status;
}

static void the_same_instance_and_reg_id_replace_whatever_the_contact(void **s)
{
	struct world *w = *s;

	assert_int_equal(outbound(w, 1, C1, PHONE, 1, 7), 200);
	assert_int_equal(outbound(w, 2, C2, PHONE, 1, 8), 200);
	expect(w, C2 " ");
	assert_int_equal(only(w).flow, 8);
	assert_int_equal(outbound(w, 2, C3, PHONE, 1, 8), 500);
	assert_int_equal(outbound(w, 3, C3, "\"<urn:uuid:x>\"", 1, 9), 200);
	expect(w, C3 " " C2 " ");
}

static void two_flows_of_one_phone_are_two_bindings(void **state)
{
	struct world *w = *state;

	assert_int_equal(outbound(w, 1, C1, PHONE, 1, 7), 200);
	assert_int_equal(outbound(w, 2, C1, PHONE, 2, 8), 200);
	expect(w, C1 " " C1 " ");
	assert_int_equal(registrar_flow_closed(w->r, 7), 1);
	assert_int_equal(only(w).reg_id, 2);
}

static void a_phone_that_begins_to_use_outbound_is_not_doubled(void **state)
{
	struct world *w = *state;

	assert_int_equal(outbound(w, 1, C1, PHONE, 0, 0), 200);
	assert_int_equal(outbound(w, 2, C1, PHONE, 1, 7), 200);
	assert_int_equal(only(w).reg_id, 1);
}

static void a_reg_id_without_an_instance_is_ignored(void **state)
{
	struct world *w = *state;

	assert_int_equal(outbound(w, 1, C1, NULL, 1, 0), 200);
	assert_int_equal(only(w).reg_id, 0);
	assert_int_equal(outbound(w, 2, C2, NULL, 1, 0), 200);
	expect(w, C2 " " C1 " ");
}

static void one_request_registers_one_flow(void **state)
{
	struct world *w = *state;
	struct register_contact c[] = { contact(C1, 600), contact(C2, 600) };
	struct register_request rq = request(w, 1, c, 2);

	c[0].instance = c[1].instance = PHONE;
	c[0].reg_id = 1;
	c[1].reg_id = 2;
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	expect(w, "");
}

static void what_came_with_the_request_is_kept(void **state)
{
	struct world *w = *state;
	struct register_contact c = contact(C1, 600);
	struct register_request rq = request(w, 1, &c, 1);
	struct binding b;

	c.instance = PHONE;
	c.q = 500;
	c.is_natted = true;
	rq.aor = "ALICE@Example.com";
	rq.path = "<sip:edge.example.com;lr>, <sip:p2.example.com;lr>";
	rq.user_agent = "Phone/1.0";
	rq.transport = BINDING_TLS;
	rq.flow = 42;
	assert_int_equal(addr_parse(&rq.source, "192.0.2.77", 40000), 0);
	assert_int_equal(addr_parse(&rq.local, "::1", 5061), 0);
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	b = only(w);
	assert_string_equal(b.aor, AOR);
	assert_string_equal(b.path, rq.path);
	assert_string_equal(b.instance, PHONE);
	assert_string_equal(b.user_agent, "Phone/1.0");
	assert_int_equal(b.q, 500);
	assert_true(b.is_natted);
	assert_int_equal(b.transport, BINDING_TLS);
	assert_int_equal(b.flow, 42);
	assert_true(addr_eq(&b.source, &rq.source));
	assert_true(addr_eq(&b.local, &rq.local));
}

static void a_closed_connection_takes_its_bindings_at_once(void **state)
{
	struct world *w = *state;

	outbound(w, 1, C1, NULL, 0, 7);
	outbound(w, 2, C2, NULL, 0, 7);
	outbound(w, 3, C3, NULL, 0, 8);
	assert_int_equal(registrar_flow_closed(w->r, 9), 0);
	assert_int_equal(registrar_flow_closed(w->r, 0), 0);
	assert_int_equal(registrar_flow_closed(w->r, 7), 2);
	expect(w, C3 " ");
	assert_int_equal(w->removed, 2);
}

static void a_phone_that_came_back_outlives_its_old_connection(void **state)
{
	struct world *w = *state;

	outbound(w, 1, C1, NULL, 0, 7);
	outbound(w, 2, C1, NULL, 0, 8);
	assert_int_equal(registrar_flow_closed(w->r, 7), 0);
	expect(w, C1 " ");
	outbound(w, 3, C1, NULL, 0, 0); /* now over UDP */
	assert_int_equal(registrar_flow_closed(w->r, 8), 0);
	expect(w, C1 " ");
}

static void a_forgotten_device_loses_all_its_bindings(void **state)
{
	struct world *w = *state;

	one(w, 1, C1, -1);
	one(w, 2, C2, -1);
	assert_int_equal(registrar_forget(w->r, "bob@example.com"), 0);
	assert_int_equal(registrar_forget(w->r, "Alice@EXAMPLE.com"), 2);
	assert_int_equal(w->removed, 2);
	expect(w, "");
}

static void all_bindings_of_all_phones_can_be_listed(void **state)
{
	struct world *w = *state;
	struct register_contact c = contact("sip:bob@192.0.2.5", 100);
	struct register_request rq = request(w, 1, &c, 1);
	struct buf text = { 0 };

	one(w, 1, C1, 200);
	rq.aor = "bob@example.com";
	registrar_apply(w->r, &rq);
	assert_int_equal(registrar_each_aor(w->r, w->now_ms, add_line, &text),
	                 2);
	assert_string_equal(buf_text(&text), C1 " sip:bob@192.0.2.5 ");
	buf_clear(&text);
	assert_int_equal(registrar_each_aor(w->r, w->now_ms + 100000, add_line,
	                                    &text),
	                 1);
	buf_free(&text);
}

/* --- strange input --------------------------------------------------------- */

static void texts_beyond_the_limits_are_refused(void **state)
{
	struct world *w = *state;
	static char huge[4000];
	struct register_contact c = contact(huge, 600);
	struct register_request rq = request(w, 1, &c, 1);

	memset(huge, 'a', sizeof(huge) - 1);
	memcpy(huge, "sip:", 4);
	huge[2049] = '\0';
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	huge[2048] = '\0';
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	rq.cseq++;
	c.uri = C1;
	rq.call_id = huge;
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	rq.call_id = "one";
	rq.aor = huge;
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	assert_int_equal(registrar_forget(w->r, huge), 0);
	rq.aor = AOR;
	c.instance = huge;
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	c.instance = NULL;
	huge[2048] = 'a';
	rq.path = huge;
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	rq.path = NULL;
	rq.user_agent = huge; /* no reason to refuse a phone: cut */
	assert_int_equal(registrar_apply(w->r, &rq).status, 200);
}

static void texts_that_would_break_a_header_are_refused(void **state)
{
	static const char *const bad[] = { "",           "sip:a@h\r\nX: y",
		                           "sip:a@h>",   "<sip:a@h",
		                           "sip:a b@h", "sip:a@h\x7f" };
	struct world *w = *state;
	struct register_contact c = contact(C1, 600);
	struct register_request rq = request(w, 1, &c, 1);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(one(w, 1, bad[i], 600), 400);
	rq.path = "<sip:h>\r\n";
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	rq.path = NULL;
	rq.call_id = "";
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	rq.call_id = "one";
	rq.aor = "";
	assert_int_equal(registrar_apply(w->r, &rq).status, 400);
	assert_int_equal(registrar_count(w->r), 0);
}

static void a_saved_binding_is_restored_once_and_while_it_lives(void **state)
{
	struct world *w = *state;
	struct binding b = { .aor = AOR,
		             .contact = C1,
		             .path = "",
		             .instance = "",
		             .user_agent = "x",
		             .call_id = "one",
		             .cseq = 7,
		             .expires_at_ms = w->now_ms + 100000,
		             .updated_at_ms = w->now_ms - 5000,
		             .row = 77 };

	assert_int_equal(registrar_restore(w->r, &b, w->now_ms + 100000),
	                 -ESTALE);
	assert_int_equal(registrar_restore(w->r, &b, w->now_ms), 0);
	assert_int_equal(registrar_restore(w->r, &b, w->now_ms), -EEXIST);
	assert_int_equal(w->saved, 0);
	assert_int_equal(only(w).row, 77);
	assert_int_equal(one(w, 7, C1, 600), 500);
	assert_int_equal(one(w, 8, C1, 600), 200);
	assert_int_equal(only(w).row, 77);
}

/* Many steps against a model that is a plain list. */
static void a_long_random_history_keeps_every_index_right(void **state)
{
	struct world *w = *state;
	static int64_t model[40][10]; /* aor, contact: expiry; 0: none */
	static uint64_t flows[40][10];
	uint32_t cseq = 0;

	memset(model, 0, sizeof(model));
	srand(11);
	for (int step = 0; step < 20000; step++) {
		int a = rand() % 40, i = rand() % 3;
		char aor[32], uri[32];
		struct register_contact c = contact(uri, 60 + rand() % 200);
		struct register_request rq = request(w, ++cseq, &c, 1);
		size_t n = 0;

		snprintf(aor, sizeof(aor), "u%d@h", a);
		snprintf(uri, sizeof(uri), "sip:u@10.0.0.%d", i);
		rq.aor = aor;
		rq.flow = (uint64_t)(rand() % 20);
		if (rand() % 4 == 0)
			c.expires_s = 0;
		assert_int_equal(registrar_apply(w->r, &rq).status, 200);
		model[a][i] = c.expires_s ? w->now_ms + c.expires_s * 1000 : 0;
		flows[a][i] = rq.flow;
		if (rand() % 8 == 0) {
			w->now_ms += rand() % 20000;
			registrar_expire(w->r, w->now_ms);
		}
		if (rand() % 50 == 0) {
			uint64_t dead = 1 + (uint64_t)(rand() % 19);

			registrar_flow_closed(w->r, dead);
			for (int x = 0; x < 400; x++)
				if (flows[x / 10][x % 10] == dead)
					model[x / 10][x % 10] = 0;
		}
		for (int x = 0; x < 400; x++)
			n += model[x / 10][x % 10] > w->now_ms;
		registrar_expire(w->r, w->now_ms);
		assert_int_equal(registrar_count(w->r), n);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)

static void forget_odd(const struct binding *b, void *arg)
{
	struct buf *odd = arg;

	if (strtol(b->aor + 1, NULL, 10) % 2 == 1)
		buf_fmt(odd, "%s\n", b->aor);
}

static void a_sweep_goes_on_whatever_is_removed_in_between(void **state)
{
	struct world *w = *state;
	struct buf odd = { 0 };
	size_t pieces = 0;
	bool has_more;

	for (int i = 0; i < 10; i++) {
		struct register_contact c = contact("sip:x@192.0.2.9", 600);
		struct register_request rq = request(w, 1, &c, 1);
		char aor[40];

		snprintf(aor, sizeof(aor), "n%d@a.example", i);
		rq.aor = aor;
		assert_int_equal(registrar_apply(w->r, &rq).status, 200);
	}
	registrar_sweep_start(w->r);
	do {
		has_more = registrar_sweep(w->r, 3, w->now_ms, forget_odd,
		                           &odd);
		/* whom the next piece begins with goes away, too */
		if (pieces++ == 0)
			registrar_forget(w->r, "n3@a.example");
	} while (has_more);
	assert_int_equal(pieces, 4);
	assert_string_equal(buf_text(&odd), "n1@a.example\nn5@a.example\n"
	                                    "n7@a.example\nn9@a.example\n");
	buf_free(&odd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_query_changes_nothing),
		TEST(a_sweep_goes_on_whatever_is_removed_in_between),
		TEST(several_contacts_are_kept_newest_first),
		TEST(a_contacts_own_expires_beats_the_header_beats_the_default),
		TEST(too_long_an_expiry_is_shortened),
		TEST(too_short_an_expiry_is_refused_with_the_minimum),
		TEST(expires_zero_removes_that_contact_only),
		TEST(a_wildcard_with_expires_zero_removes_everything),
		TEST(a_wildcard_needs_expires_zero_and_no_company),
		TEST(a_wildcard_with_an_old_cseq_removes_nothing),
		TEST(an_older_or_equal_cseq_under_one_call_id_changes_nothing),
		TEST(another_call_id_may_start_with_any_cseq),
		TEST(either_every_contact_is_applied_or_none),
		TEST(one_request_can_replace_a_contact_by_another),
		TEST(a_contact_given_twice_is_refused),
		TEST(the_same_contact_written_differently_is_refreshed),
		TEST(a_refresh_keeps_the_row_and_the_place_of_the_binding),
		TEST(the_oldest_contact_makes_room),
		TEST(more_contacts_than_allowed_are_refused),
		TEST(bindings_expire_at_their_time),
		TEST(an_expired_binding_does_not_hold_its_cseq),
		TEST(a_clock_set_back_does_not_keep_bindings_forever),
		TEST(the_same_instance_and_reg_id_replace_whatever_the_contact),
		TEST(two_flows_of_one_phone_are_two_bindings),
		TEST(a_phone_that_begins_to_use_outbound_is_not_doubled),
		TEST(a_reg_id_without_an_instance_is_ignored),
		TEST(one_request_registers_one_flow),
		TEST(what_came_with_the_request_is_kept),
		TEST(a_closed_connection_takes_its_bindings_at_once),
		TEST(a_phone_that_came_back_outlives_its_old_connection),
		TEST(a_forgotten_device_loses_all_its_bindings),
		TEST(all_bindings_of_all_phones_can_be_listed),
		TEST(texts_beyond_the_limits_are_refused),
		TEST(texts_that_would_break_a_header_are_refused),
		TEST(a_saved_binding_is_restored_once_and_while_it_lives),
		TEST(a_long_random_history_keeps_every_index_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
