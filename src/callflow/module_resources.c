/* callflow/module_resources.c - "resources" and "offnet": sends the call out
 * through carriers. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "callflow/caller_id.h"
#include "callflow/data.h"
#include "directory/facts.h"
#include "directory/number.h"

#define MAX_ACCOUNT_DEPTH 32

/* hunt_account_id: the account itself or one above it, nobody else's. */
static const struct account *hunt_account(struct flow *f,
                                          const struct cJSON *data)
{
	const char *id = data_string(f, data, "hunt_account_id");
	const struct account *a = f->account;

	if (!id)
		return a;
	for (int i = 0; a && i < MAX_ACCOUNT_DEPTH; i++, a = a->parent)
		if (str_eq(a->id, id))
			return a;
	flow_warn(f, "hunt_account_id",
	          "hunt account '%s' is not above this one", id);
	return NULL;
}

static void add_flag(struct flow *f, const struct cJSON *flag)
{
	if (!cJSON_IsString(flag)) {
		flow_warn(f, "flag", "a flag that is not a string: ignored");
		return;
	}
	if (*flag->valuestring && !words_has(&f->words, flag->valuestring))
		words_add(&f->words, flag->valuestring,
		          strlen(flag->valuestring));
}

/* What a dynamic flag names of the call; NULL when it has none. */
static const char *fact(const struct flow *f, const char *name)
{
	const struct device *d = f->in.caller.device;
	const struct resource *r = f->in.caller.resource;
	struct call_facts facts = {
		.zone = f->in.zone,
		.account_id = f->account->id,
		.account_name = f->account->name,
		.account_realm = f->account->realm,
		.authorizing_id = d ? d->id : r ? r->id : NULL,
		.authorizing_type = d ? "device" : "resource",
		.owner_id = d && d->owner ? d->owner->id : NULL,
		.username = d ? d->username : NULL,
		.realm = d ? d->realm : NULL,
		.resource_id = r ? r->id : NULL,
		.resource_type = "audio",
		.dialled = f->in.dialled,
		.number = f->in.number,
	};

	return call_fact(&facts, name);
}

static void add_dynamic(struct flow *f, const struct cJSON *list)
{
	const struct cJSON *name;

	cJSON_ArrayForEach(name, list) {
		const char *flag = cJSON_IsString(name)
		                           ? fact(f, name->valuestring)
		                           : NULL;

		if (flag && !words_has(&f->words, flag))
			words_add(&f->words, flag, strlen(flag));
	}
}

static void add_static(struct flow *f, const struct cJSON *list)
{
	const struct cJSON *flag;

	if (list && !cJSON_IsArray(list)) {
		flow_warn(f, "outbound_flags",
		          "'outbound_flags' is not a list: ignored");
		return;
	}
	cJSON_ArrayForEach(flag, list)
		add_flag(f, flag);
}

/* A list, or {"static": [...], "dynamic": [...]}. */
static void add_flags(struct flow *f, const struct cJSON *doc)
{
	const struct cJSON *list = data_any(doc, "outbound_flags");

	if (cJSON_IsObject(list)) {
		add_static(f, data_any(list, "static"));
		add_dynamic(f, data_any(list, "dynamic"));
	} else {
		add_static(f, list);
	}
}

static void add_known(struct flow *f, const struct settings *s)
{
	for (size_t i = 0; s->flags && i < s->flags->n; i++)
		if (!words_has(&f->words, s->flags->v[i]))
			words_add(&f->words, s->flags->v[i],
			          strlen(s->flags->v[i]));
	for (size_t i = 0; s->dynamic_flags && i < s->dynamic_flags->n; i++) {
		const char *flag = fact(f, s->dynamic_flags->v[i]);

		if (flag && !words_has(&f->words, flag))
			words_add(&f->words, flag, strlen(flag));
	}
}

static void collect_flags(struct flow *f, const struct cJSON *data,
                          struct carrier_request *rq)
{
	const struct device *d = f->in.caller.device;
	size_t first = f->words.n;

	add_known(f, f->account->settings);
	if (d && d->owner)
		add_known(f, d->owner->settings);
	if (d)
		add_known(f, d->settings);
	add_flags(f, data);
	add_dynamic(f, data_any(data, "dynamic_flags"));
	/* what stands before the flags is the number */
	rq->n_flags = f->words.n - first;
	if (rq->n_flags > 0)
		rq->flags = (const char *const *)f->words.v + first;
}

/* The number to send out: to_did; else as dialled, under the dial plan of
 * the device when it has one; else normalised. */
static const char *number_to_send(struct flow *f, const struct cJSON *data,
                                  bool as_dialled, bool skips_e164)
{
	const char *to_did = data_string(f, data, "to_did");
	char *planned;

	if (to_did)
		return to_did;
	if (as_dialled)
		return f->in.dialled;
	planned = f->in.caller.device
	                  ? number_dialled_by(f->in.caller.device,
	                                      f->in.dialled)
	                  : NULL;
	if (planned) {
		words_add(&f->words, planned, strlen(planned));
		free(planned);
		return f->words.v[f->words.n - 1];
	}
	return skips_e164 ? f->in.dialled : f->in.number;
}

/* How the call looks to a carrier. */
static void collect_appearance(struct flow *f, const struct cJSON *data,
                               struct carrier_request *rq)
{
	const struct device *d = f->in.caller.device;
	const char *type = data_string(f, data, "caller_id_type");

	rq->caller_id_kind = type ? caller_id_kind_of(type)
	                          : CALLER_ID_EXTERNAL;
	rq->formats_from = data_bool(f, data, "format_from_uri", false);
	rq->from_realm = data_string(f, data, "from_uri_realm");
	rq->emits_account_id = data_bool(f, data, "emit_account_id", false);
	rq->forces_outbound = data_bool(f, data, "force_outbound", false);
	rq->sip_headers = data_object(f, data, "custom_sip_headers");
	if (d)
		rq->device_headers = d->sip_headers;
}

static enum move send_out(struct flow *f, const struct cJSON *data,
                          bool is_local)
{
	struct carrier_request *rq = &f->step.u.carriers;
	bool as_dialled = data_bool(f, data, "do_not_normalize", false);
	bool skips_e164 = data_bool(f, data, "bypass_e164", false);

	f->step.kind = FLOW_CARRIERS;
	rq->number = number_to_send(f, data, as_dialled, skips_e164);
	rq->skips_e164 = as_dialled || skips_e164;
	rq->is_local = is_local;
	rq->hunt_account = is_local ? hunt_account(f, data) : NULL;
	rq->ignores_early_media =
		data_bool(f, data, "ignore_early_media", false);
	rq->timeout_ms = data_seconds(f, data, "timeout", 0) * 1000;
	rq->data = data;
	collect_appearance(f, data, rq);
	collect_flags(f, data, rq);
	return MOVE_STEP;
}

enum move module_resources(struct flow *f, const struct cJSON *data)
{
	return send_out(f, data,
	                data_bool(f, data, "use_local_resources", true));
}

enum move module_offnet(struct flow *f, const struct cJSON *data)
{
	return send_out(f, data, false);
}
