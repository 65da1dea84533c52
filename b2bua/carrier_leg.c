/* b2bua/carrier_leg.c - what a call to a gateway says beside its number. */
#include "b2bua/carrier_leg.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/formatter.h"
#include "directory/sip_headers.h"
#include "trunk/from.h"

/* In an emergency nobody is private (Kazoo: avoid_privacy). */
static struct caller_identity told_to(const struct trunk_attempt *a,
                                      const struct identity *who)
{
	struct caller_identity id = *who->caller;

	if (a->is_emergency)
		id.is_private = id.asks_privacy = false;
	return id;
}

static char *formatted(const struct gateway *g, const char *field, char *text)
{
	char *out = formatters_text(g->resource->formatters, field,
	                            FORMATTER_OUTBOUND, g->invite_format,
	                            text);

	free(text);
	return out;
}

/* format_from_uri of the action, without a gateway's word. */
static const char *usual_host(const struct carrier_request *rq,
                              const struct identity *who)
{
	if (!rq->formats_from)
		return who->host;
	return rq->from_realm ? rq->from_realm : who->host;
}

static char *copy(const char *text)
{
	return xstrdup(text ? text : "");
}

void carrier_leg_from(struct carrier_from *out, const struct trunk_attempt *a,
                      const struct carrier_request *rq,
                      const struct identity *who)
{
	const struct caller_identity *id = who->caller;
	const struct gateway *g = a->gateway;
	bool is_opened = id->is_private && a->is_emergency;

	*out = (struct carrier_from){ .host = who->host };
	if (id->is_private && !is_opened) {
		out->user = copy(who->user);
		out->name = copy(who->name);
		return;
	}
	if (is_opened && who->realm)
		out->host = who->realm;
	else
		out->host = usual_host(rq, who);
	out->host = from_domain(g, who->realm, out->host);
	out->user = copy(is_opened ? id->asserted_user : who->user);
	out->name = copy(is_opened ? id->asserted_name : who->name);
	out->user = formatted(g, "outbound_caller_id_number", out->user);
	out->user = formatted(g, "from", out->user);
	out->name = formatted(g, "outbound_caller_id_name", out->name);
}

char *carrier_leg_headers(const struct trunk_attempt *a,
                          const struct carrier_request *rq,
                          const struct identity *who)
{
	const struct caller_identity id = told_to(a, who);
	const struct formatters *fs = a->gateway->resource->formatters;
	char *asserted = identity_for_gateway(&id, a->gateway, who->realm);
	struct buf b = { 0 };

	if (asserted)
		buf_str(&b, asserted);
	free(asserted);
	if (rq->emits_account_id)
		buf_fmt(&b, "X-Account-ID: %s\r\n", who->account);
	sip_headers_write(&b, a->gateway->sip_headers, SIP_HEADERS_CARRY,
	                  who->facts, fs);
	sip_headers_write(&b, rq->sip_headers, SIP_HEADERS_CARRY, who->facts,
	                  fs);
	sip_headers_write(&b, rq->device_headers, SIP_HEADERS_OUT, who->facts,
	                  fs);
	return b.p;
}

static void add_device(struct call_facts *f, const struct device *d)
{
	f->authorizing_type = "device";
	f->authorizing_id = d->id;
	f->owner_id = d->owner ? d->owner->id : NULL;
	f->username = d->username;
	f->realm = d->realm;
}

void carrier_leg_facts(struct call_facts *out, const struct server *s,
                       const struct flow_caller *caller,
                       const struct identity *who,
                       const struct carrier_request *rq, const char *call_id)
{
	struct call_facts f = {
		.zone = s->conf->carriers.zone,
		.call_id = call_id,
		.account_id = who->account,
		.account_realm = who->realm,
		.resource_type = "audio",
		.dialled = who->dialled,
		.number = rq->number,
		.caller_id_number = who->user,
		.caller_id_name = who->name,
		.custom_sip_headers = rq->sip_headers,
	};

	if (caller->account)
		f.account_name = caller->account->name;
	if (caller->device) {
		add_device(&f, caller->device);
	} else if (caller->resource) {
		f.authorizing_type = "resource";
		f.authorizing_id = f.resource_id = caller->resource->id;
	}
	*out = f;
}
