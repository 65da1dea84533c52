/* callflow/module_set_alert_info.c - "set_alert_info": how later legs are to
 * ring (RFC 3261 20.4). */
#include "callflow/data.h"

enum move module_set_alert_info(struct flow *f, const struct cJSON *data)
{
	const char *value = data_header_text(f, data, "alert_info");

	if (value)
		call_data_set(&f->data.alert_info, value);
	else
		flow_warn(f, "alert_info", "set_alert_info: no value");
	return MOVE_NEXT;
}
