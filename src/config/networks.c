/* config/networks.c - lists of networks in CIDR notation. */
#include "config/read.h"

#include "base/mem.h"
#include "base/strutil.h"

/* Where a list is kept. */
struct nets {
	struct net **v;
	size_t *n;
};

static struct nets list_of(struct config *c, const struct key *k)
{
	if (str_eq(k->group, "http"))
		return (struct nets){ &c->http.denied, &c->http.n_denied };
	return (struct nets){ &c->guard.trusted, &c->guard.n_trusted };
}

static void read_one(struct reader *r, const config_setting_t *s,
                     const struct nets *list)
{
	const char *text = config_setting_get_string(s);

	if (!text) {
		conf_fault(r, s, "must be a string, not %s",
		           conf_type(config_setting_type(s)));
		return;
	}
	if (net_parse(&(*list->v)[*list->n], text) < 0)
		conf_fault(r, s,
		           "'%s' is no network: ADDRESS or ADDRESS/BITS, and "
		           "no bit set beyond",
		           text);
	else
		++*list->n;
}

void read_networks(struct reader *r, const config_setting_t *s,
                   const struct key *k)
{
	struct nets list = list_of(r->conf, k);
	int n = config_setting_length(s);

	if (!config_setting_is_array(s) && !config_setting_is_list(s)) {
		conf_fault(r, s, "must be a list of networks, not %s",
		           conf_type(config_setting_type(s)));
		return;
	}
	*list.v = xcalloc((size_t)n + 1, sizeof(**list.v));
	for (int i = 0; i < n; i++)
		read_one(r, config_setting_get_elem(s, (unsigned)i), &list);
}
