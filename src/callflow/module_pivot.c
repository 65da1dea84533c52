/* callflow/module_pivot.c - "pivot": an HTTP server says what comes next. */
#include <cjson/cJSON.h>

#include "base/strutil.h"
#include "callflow/data.h"
#include "callflow/report.h"

#define TIMEOUT_MS 5000 /* Kazoo: the most that req_timeout_ms may say */

static int timeout_ms(struct flow *f, const struct cJSON *data)
{
	int64_t ms = data_int(f, data, "req_timeout_ms", TIMEOUT_MS);

	return ms > 0 && ms < TIMEOUT_MS ? (int)ms : TIMEOUT_MS;
}

/* Why no server is asked; NULL: one is. */
static const char *obstacle(struct flow *f, const struct cJSON *data)
{
	if (!data_string(f, data, "voice_url"))
		return "it has no voice_url";
	if (str_eq_case(data_string(f, data, "req_format"), "twiml"))
		return "req_format is twiml, which is not supported";
	if (f->pivots == FLOW_MAX_PIVOTS)
		return "this call has pivoted too often";
	return NULL;
}

static bool is_choice(struct flow *f, const struct cJSON *data,
                      const char *key, const char *choice)
{
	return str_eq_case(data_string(f, data, key), choice);
}

enum move module_pivot(struct flow *f, const struct cJSON *data)
{
	const char *why = obstacle(f, data);
	struct flow_request *rq = &f->step.u.request;
	struct cJSON *report;

	if (why) {
		flow_warn(f, why, "pivot: %s: going on with its child '_'",
		          why);
		return MOVE_NEXT;
	}
	if (data_string(f, data, "cdr_url"))
		call_data_set(&f->data.cdr_url,
		              data_string(f, data, "cdr_url"));
	f->pivots++;
	f->step.kind = FLOW_FETCH;
	report = report_for_pivot(f);
	report_ask(f, is_choice(f, data, "method", "post") ? FLOW_POST
	                                                   : FLOW_GET,
	           data_string(f, data, "voice_url"), report,
	           is_choice(f, data, "req_body_format", "json"));
	cJSON_Delete(report);
	rq->timeout_ms = timeout_ms(f, data);
	rq->is_debugged = data_bool(f, data, "debug", false);
	return MOVE_STEP;
}
