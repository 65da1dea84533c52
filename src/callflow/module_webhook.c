/* callflow/module_webhook.c - "webhook": an HTTP server is told of the call,
 * and the flow goes on. */
#include <cjson/cJSON.h>

#include "base/strutil.h"
#include "callflow/data.h"
#include "callflow/report.h"

#define RETRIES     2 /* Kazoo: without a word, and at most */
#define MAX_RETRIES 4

static int retries(struct flow *f, const struct cJSON *data)
{
	int64_t n = data_int(f, data, "retries", RETRIES);

	return n < 0 ? 0 : n > MAX_RETRIES ? MAX_RETRIES : (int)n;
}

static enum flow_verb verb(struct flow *f, const struct cJSON *data)
{
	const char *name = data_string(f, data, "http_verb");

	if (str_eq_case(name, "get"))
		return FLOW_GET;
	return str_eq_case(name, "put") ? FLOW_PUT : FLOW_POST;
}

enum move module_webhook(struct flow *f, const struct cJSON *data)
{
	const struct cJSON *custom = data_object(f, data, "custom_data");
	const char *uri = data_string(f, data, "uri");
	bool is_json = str_eq_case(data_string(f, data, "format"), "json");
	struct cJSON *report;
	struct buf line = { 0 };

	if (!uri) {
		flow_warn(f, "webhook uri", "webhook: it has no uri");
		return MOVE_NEXT;
	}
	f->step.kind = FLOW_NOTIFY;
	report = report_for_webhook(f, custom);
	report_ask(f, verb(f, data), uri, report, is_json);
	cJSON_Delete(report);
	buf_fmt(&line, "X-Account-ID: %s", f->account->id);
	words_add(&f->words, buf_text(&line), line.len);
	f->step.u.request.header = f->words.v[f->words.n - 1];
	buf_free(&line);
	f->step.u.request.retries = retries(f, data);
	return MOVE_STEP;
}
