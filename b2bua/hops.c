/* b2bua/hops.c - the next hops that are dead, or waited for. */
#include "b2bua/hops.h"

#include "sip/holddown.h"

const char *const hop_columns[] = { "address", "transport", "state",
	                            "held_ms", "unanswered" };
const size_t n_hop_columns = NELEM(hop_columns);

static void hop_row(const struct hold_view *v, void *arg)
{
	static const char *const states[] = { "free", "last", "shut" };
	struct table *t = arg;
	char text[ADDR_TEXT];

	table_str(t, addr_ip_port(&v->hop.addr, text));
	table_str(t, sip_transport_name(v->hop.transport));
	table_str(t, states[v->state]);
	table_duration(t, v->left_ms);
	table_int(t, v->unanswered);
}

void hops_list(const struct server *s, struct table *t)
{
	holddown_each(s->holddown, loop_now_ms(s->loop), hop_row, t);
}
