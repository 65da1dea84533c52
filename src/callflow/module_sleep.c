/* callflow/module_sleep.c - "sleep": the flow rests for a while. */
#include <string.h>

#include "callflow/data.h"

static int64_t unit_ms(struct flow *f, const char *unit)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{ "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 },
	};

	for (size_t i = 0; i < NELEM(units); i++)
		if (strcmp(units[i].name, unit) == 0)
			return units[i].ms;
	flow_warn(f, "sleep.unit",
	          "sleep: unit '%s' is not known: seconds are meant", unit);
	return units[0].ms;
}

enum move module_sleep(struct flow *f, const struct cJSON *data)
{
	const char *unit = data_string(f, data, "unit");
	int64_t ms = unit_ms(f, unit ? unit : "s");
	int64_t n = data_int(f, data, "duration", 0);

	if (n <= 0)
		return MOVE_NEXT;
	f->step.kind = FLOW_WAIT;
	f->step.u.wait.ms = n < FLOW_WAIT_MAX_MS / ms ? (int)(n * ms)
	                                              : FLOW_WAIT_MAX_MS;
	return MOVE_STEP;
}
