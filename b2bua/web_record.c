/* b2bua/web_record.c - the record of a call for the cdr_url of its pivot: a
 * form with Kazoo's names (of its CHANNEL_DESTROY). */
#include "b2bua/session_priv.h"

#include <stdlib.h>

#include "b2bua/records.h"
#include "b2bua/web.h"
#include "base/form.h"
#include "base/mem.h"
#include "base/strutil.h"

#define GREGORIAN_S 62167219200 /* from the year 0 to 1970 */

static void add(struct buf *form, const char *name, const char *value)
{
	if (!str_is_empty(value))
		form_add(form, name, value);
}

static void add_number(struct buf *form, const char *name, int64_t n)
{
	struct buf text = { 0 };

	buf_int(&text, n);
	form_add(form, name, buf_text(&text));
	buf_free(&text);
}

static void add_uri(struct buf *form, const char *name, const char *user,
                    const char *realm)
{
	char *uri = xasprintf("%s@%s", user ? user : "", realm ? realm : "");

	form_add(form, name, uri);
	free(uri);
}

static void add_names(struct buf *form, const struct session *ss,
                      const struct call_record *r)
{
	const struct flow_invite *i = session_invite(ss);

	add(form, "Call-ID", r->caller_call_id);
	form_add(form, "Call-Direction", "inbound");
	add_uri(form, "From", r->from_user, i->from_realm);
	add_uri(form, "To", i->to_user ? i->to_user : r->dialled, i->to_realm);
	add_uri(form, "Request", r->dialled, i->realm);
	add(form, "Caller-ID-Name", ss->identity.name);
	add(form, "Caller-ID-Number", ss->identity.number);
	for (size_t n = 0; n < r->n_attempts; n++)
		if (r->attempts[n].answer_ms)
			add(form, "Other-Leg-Call-ID", r->attempts[n].call_id);
}

static void add_times(struct buf *form, const struct call_record *r)
{
	int64_t talked = r->answer_ms ? r->end_ms - r->answer_ms : 0;
	int64_t all = r->end_ms - r->start_ms;

	add_number(form, "Timestamp", r->end_ms / 1000 + GREGORIAN_S);
	add_number(form, "Duration-Seconds", all / 1000);
	add_number(form, "Ringing-Seconds", (all - talked) / 1000);
	add_number(form, "Billing-Seconds", talked / 1000);
}

void session_tell_record(const struct session *ss, const struct call_record *r)
{
	struct flow_request rq = {
		.verb = FLOW_POST,
		.type = "application/x-www-form-urlencoded"
	};
	struct buf form = { 0 };

	for (size_t i = 0; i < ss->n_flows; i++) {
		rq.url = flow_call_data(ss->flows[i])->cdr_url;
		if (!rq.url)
			continue;
		buf_clear(&form);
		add_names(&form, ss, r);
		add_times(&form, r);
		form_add(&form, "Hangup-Cause", record_cause_of_call(r));
		if (r->status >= 300)
			buf_fmt(&form, "&Hangup-Code=sip%%3A%d", r->status);
		rq.body = buf_text(&form);
		web_notify(ss->server->web, &rq, "cdr_url",
		           call_log(ss->call));
	}
	buf_free(&form);
}
