/* callflow/report.c - what HTTP servers are told about a call. */
#include "callflow/report.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/form.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strutil.h"

#define LANGUAGE "en-us" /* Kazoo's, where no document says another */

/* --- what there is to tell ------------------------------------------------- */

/* What is not known is left out. */
static void tell(cJSON *report, const char *name, const char *value)
{
	if (!str_is_empty(value))
		cJSON_AddStringToObject(report, name, value);
}

static const char *first(const char *a, const char *b)
{
	return str_is_empty(a) ? b : a;
}

struct sip_names { /* never NULL, but "" */
	const char *call_id, *from, *from_realm, *to, *to_realm, *realm;
};

static struct sip_names names_of(const struct flow *f)
{
	static const struct flow_invite none;
	const struct flow_invite *i = f->in.invite ? f->in.invite : &none;
	const char *realm = first(f->account->realm, "");
	struct sip_names n = {
		.call_id = first(i->call_id, ""),
		.from = first(i->from_user, flow_caller_number(f)),
		.from_realm = first(i->from_realm, realm),
		.realm = first(i->realm, realm),
	};

	n.to = first(i->to_user, f->in.dialled);
	n.to_realm = first(i->to_realm, n.realm);
	return n;
}

static const char *owner_id(const struct flow *f)
{
	const struct device *d = f->in.caller.device;

	if (d)
		return d->owner ? d->owner->id : NULL;
	return f->in.caller.user ? f->in.caller.user->id : NULL;
}

static const char *language(const struct flow *f)
{
	struct settings s = { 0 };

	if (f->in.caller.device) {
		device_settings(f->in.caller.device, &s);
		return first(s.language, LANGUAGE);
	}
	return first(f->account->settings->language, LANGUAGE);
}

/* As legs would show it. */
static void tell_caller_id(cJSON *r, const char *name_key,
                           const char *number_key, const struct flow *f)
{
	char *name = call_data_name(&f->data, flow_caller_name(f));
	char *number = call_data_number(&f->data, flow_caller_number(f));

	tell(r, name_key, name);
	tell(r, number_key, number);
	free(name);
	free(number);
}

cJSON *report_for_pivot(const struct flow *f)
{
	struct sip_names n = names_of(f);
	cJSON *r = cJSON_CreateObject();

	tell(r, "Call-ID", n.call_id);
	tell(r, "Account-ID", f->account->id);
	tell(r, "From", n.from);
	tell(r, "From-Realm", n.from_realm);
	tell(r, "To", n.to);
	tell(r, "To-Realm", n.to_realm);
	tell(r, "Request", f->in.dialled);
	tell(r, "Request-Realm", n.realm);
	tell(r, "Api-Version", "4.x");
	tell(r, "Direction", "inbound");
	tell_caller_id(r, "Caller-ID-Name", "Caller-ID-Number", f);
	tell(r, "User-ID", owner_id(f));
	tell(r, "Language", language(f));
	return r;
}

static void tell_uri(cJSON *r, const char *name, const char *user,
                     const char *realm)
{
	char *uri = xasprintf("%s@%s", user, realm);

	tell(r, name, uri);
	free(uri);
}

static void tell_caller(cJSON *r, const struct flow *f)
{
	const struct flow_caller *c = &f->in.caller;

	if (c->device) {
		tell(r, "authorizing_id", c->device->id);
		tell(r, "authorizing_type", "device");
	} else if (c->resource) {
		tell(r, "authorizing_id", c->resource->id);
		tell(r, "authorizing_type", "resource");
	}
	tell(r, "owner_id", owner_id(f));
	tell_caller_id(r, "caller_id_name", "caller_id_number", f);
}

static void tell_sip(cJSON *r, const struct flow *f)
{
	struct sip_names n = names_of(f);
	const char *dialled = first(f->in.dialled, "");

	tell(r, "call_id", n.call_id);
	tell_uri(r, "from", n.from, n.from_realm);
	tell(r, "from_user", n.from);
	tell(r, "from_realm", n.from_realm);
	tell_uri(r, "to", n.to, n.to_realm);
	tell(r, "to_user", n.to);
	tell(r, "to_realm", n.to_realm);
	tell_uri(r, "request", dialled, n.realm);
	tell(r, "request_user", dialled);
	tell(r, "request_realm", n.realm);
	if (!f->in.caller.device) /* Kazoo: it comes from outside */
		tell_uri(r, "inception", dialled, n.realm);
}

cJSON *report_for_webhook(const struct flow *f, const cJSON *custom)
{
	cJSON *r = cJSON_CreateObject();
	const cJSON *j;

	tell(r, "hook_event", "callflow");
	tell(r, "account_id", f->account->id);
	tell(r, "account_realm", f->account->realm);
	tell_sip(r, f);
	tell_caller(r, f);
	tell(r, "language", language(f));
	cJSON_ArrayForEach(j, custom) {
		cJSON_DeleteItemFromObjectCaseSensitive(r, j->string);
		cJSON_AddItemToObject(r, j->string, cJSON_Duplicate(j, true));
	}
	return r;
}

/* --- how it is written ------------------------------------------------------- */

/* Not all by cJSON: what comes from SIP need not be UTF-8. */
static void write_json(struct buf *out, const cJSON *report)
{
	const cJSON *j;

	buf_char(out, '{');
	cJSON_ArrayForEach(j, report) {
		char *text = NULL;

		if (j != report->child)
			buf_char(out, ',');
		json_quote(out, j->string);
		buf_char(out, ':');
		if (cJSON_IsString(j))
			json_quote(out, j->valuestring);
		else
			buf_str(out, text = cJSON_PrintUnformatted(j));
		cJSON_free(text);
	}
	buf_char(out, '}');
}

/* Kazoo: what is inside an object is "object[member]", of a list "list[]". */
static void write_form(struct buf *out, const char *name, const cJSON *j)
{
	const cJSON *item;
	char *text;

	if (cJSON_IsString(j)) {
		form_add(out, name, j->valuestring);
	} else if (cJSON_IsObject(j) || cJSON_IsArray(j)) {
		cJSON_ArrayForEach(item, j) {
			text = xasprintf("%s[%s]", name,
			                 item->string ? item->string : "");
			write_form(out, text, item);
			free(text);
		}
	} else if (!cJSON_IsNull(j)) {
		text = cJSON_PrintUnformatted(j);
		form_add(out, name, text);
		cJSON_free(text);
	}
}

static const char *keep(struct flow *f, const char *text)
{
	words_add(&f->words, text, strlen(text));
	return f->words.v[f->words.n - 1];
}

void report_ask(struct flow *f, enum flow_verb verb, const char *url,
                const cJSON *report, bool is_json)
{
	struct flow_request *rq = &f->step.u.request;
	bool is_form = verb == FLOW_GET || !is_json;
	struct buf text = { 0 };
	const cJSON *j;
	char *whole;

	if (is_form)
		cJSON_ArrayForEach(j, report)
			write_form(&text, j->string, j);
	else
		write_json(&text, report);
	rq->verb = verb;
	if (verb == FLOW_GET) {
		whole = url_with_query(url, buf_text(&text));
		rq->url = keep(f, whole);
		free(whole);
	} else {
		rq->url = keep(f, url);
		rq->body = keep(f, buf_text(&text));
		rq->type = is_form ? "application/x-www-form-urlencoded"
		                   : "application/json";
	}
	buf_free(&text);
}
