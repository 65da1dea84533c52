/* callflow/module_set_cid.c - "set_cid": a fixed caller id for the rest of
 * the flow. */
#include "callflow/data.h"

/* Kazoo: one that is empty or absent is taken back. */
enum move module_set_cid(struct flow *f, const struct cJSON *data)
{
	call_data_set(&f->data.fixed_name,
	              data_header_text(f, data, "caller_id_name"));
	call_data_set(&f->data.fixed_number,
	              data_header_text(f, data, "caller_id_number"));
	return MOVE_NEXT;
}
