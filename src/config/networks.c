/* config/networks.c - lists of networks in CIDR notation. */
#include "config/read.h"

#include "base/mem.h"

static void read_one(struct reader *r, const config_setting_t *s)
{
	struct config *c = r->conf;
	const char *text = config_setting_get_string(s);

	if (!text) {
		conf_fault(r, s, "must be a string, not %s",
		           conf_type(config_setting_type(s)));
		return;
	}
	if (net_parse(&c->guard.trusted[c->guard.n_trusted], text) < 0)
		conf_fault(r, s,
		           "'%s' is no network: ADDRESS or ADDRESS/BITS, and "
		           "no bit set beyond",
		           text);
	else
		c->guard.n_trusted++;
}

void read_networks(struct reader *r, const config_setting_t *s,
                   const struct key *k)
{
	int n = config_setting_length(s);

	(void)k;
	if (!config_setting_is_array(s) && !config_setting_is_list(s)) {
		conf_fault(r, s, "must be a list of networks, not %s",
		           conf_type(config_setting_type(s)));
		return;
	}
	r->conf->guard.trusted =
	        xcalloc((size_t)n + 1, sizeof(*r->conf->guard.trusted));
	for (int i = 0; i < n; i++)
		read_one(r, config_setting_get_elem(s, (unsigned)i));
}
