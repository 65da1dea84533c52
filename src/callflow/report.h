/* callflow/report.h - what HTTP servers are told about a call. */
#ifndef B2BUA_CALLFLOW_REPORT_H
#define B2BUA_CALLFLOW_REPORT_H

#include "callflow/module.h"

/* To be given to cJSON_Delete(): Kazoo's names of pivot's parameters, and of
 * the members of a webhook, of which those of custom take precedence (it may
 * be NULL). */
struct cJSON *report_for_pivot(const struct flow *f);
struct cJSON *report_for_webhook(const struct flow *f,
                                 const struct cJSON *custom);

/* Makes f->step.u.request of it: the query of a GET, the body of the others,
 * as JSON or as a form. */
void report_ask(struct flow *f, enum flow_verb verb, const char *url,
                const struct cJSON *report, bool is_json);

#endif
