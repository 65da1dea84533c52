/* directory/read_limits.c - how many calls an account may have. */
#include <cjson/cJSON.h>

#include "directory/read.h"

#define MOST 1000000

static const struct field limits_fields[] = {
	FIELD("enabled", FIELD_BOOL, limits, is_enabled),
	FIELD_RANGE("calls", limits, calls, -1, MOST),
	FIELD_RANGE("resource_consuming_calls", limits,
	            resource_consuming_calls, -1, MOST),
	FIELD_RANGE("inbound_trunks", limits, inbound_trunks, -1, MOST),
	FIELD_RANGE("outbound_trunks", limits, outbound_trunks, -1, MOST),
	FIELD_RANGE("twoway_trunks", limits, twoway_trunks, -1, MOST),
	FIELD_RANGE("burst_trunks", limits, burst_trunks, -1, MOST),
	FIELD("soft_limit_inbound", FIELD_BOOL, limits, soft_inbound),
	FIELD("soft_limit_outbound", FIELD_BOOL, limits, soft_outbound),
	FIELD_CHECK("allow_prepay", FIELD_BOOL),
	FIELD_END
};

/* Kazoo's defaults: without a word on trunks there is no limit to them. */
const struct limits *read_limits(struct reader *rd, const cJSON *doc)
{
	struct limits *l = pool_alloc(rd->pool, sizeof(*l));

	*l = (struct limits){ .is_enabled = true, .calls = -1,
		              .resource_consuming_calls = -1,
		              .twoway_trunks = -1 };
	read_fields(rd, NULL, doc, limits_fields, l);
	return l;
}
