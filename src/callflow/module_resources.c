/* callflow/module_resources.c - "resources" and "offnet": sends the call out
 * through carriers. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "callflow/data.h"
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

/* A list, or {"static": [...], "dynamic": [...]}.  Dynamic ones name parts of
 * a call that this server does not have. */
static void add_flags(struct flow *f, const struct cJSON *doc)
{
	const struct cJSON *list = data_any(doc, "outbound_flags"), *flag;

	if (cJSON_IsObject(list)) {
		if (cJSON_GetArraySize(data_any(list, "dynamic")) > 0)
			flow_note(f, "dynamic", "dynamic flags are not used");
		list = data_any(list, "static");
	}
	if (!list)
		return;
	if (!cJSON_IsArray(list)) {
		flow_warn(f, "outbound_flags",
		          "'outbound_flags' is not a list: ignored");
		return;
	}
	cJSON_ArrayForEach(flag, list)
		add_flag(f, flag);
}

static void collect_flags(struct flow *f, const struct cJSON *data,
                          struct carrier_request *rq)
{
	const struct device *d = f->in.caller.device;
	size_t first = f->words.n;

	add_flags(f, f->account->doc);
	if (d && d->owner)
		add_flags(f, d->owner->doc);
	if (d)
		add_flags(f, d->doc);
	add_flags(f, data);
	if (cJSON_GetArraySize(data_any(data, "dynamic_flags")) > 0)
		flow_note(f, "dynamic", "dynamic flags are not used");
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
