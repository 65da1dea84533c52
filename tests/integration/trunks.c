/* integration/trunks.c - the office with gateways around it. */
#include "cmocka_all.h"

#include "integration/trunks.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

const char *ip_of(size_t i)
{
	static const char *const ips[] = { "127.0.0.11", "127.0.0.12",
		                           "127.0.0.13", "127.0.0.14" };

	return ips[i];
}

int trunks_set_up(void **state)
{
	struct crew *c = xzalloc(sizeof(*c));
	void *o = NULL;

	office_set_up(&o);
	c->o = o;
	c->frank1 = office_phone(o, "frank1");
	for (size_t i = 0; i < NELEM(c->g); i++)
		c->g[i] = office_stranger(o, ip_of(i), false);
	*state = c;
	return 0;
}

int trunks_tear_down(void **state)
{
	struct crew *c = *state;
	void *o = c->o;
	int rc = office_tear_down(&o);

	free(c);
	return rc;
}

void put_carrier(struct crew *c, const char *id, size_t gateway,
                 const char *rest, const char *more)
{
	char *path = xasprintf("resources/%s.json", id);

	office_put(c->o, path,
	           "{'id':'%s','name':'%s','rules':['^\\\\+1(\\\\d+)$']%s,"
	           "'gateways':[{'server':'%s','port':%u%s}]}",
	           id, id, rest, ip_of(gateway),
	           office_port_of(c->g[gateway]), more);
	free(path);
}

void put_local(struct crew *c, const char *account, const char *id,
               size_t gateway)
{
	char *path = xasprintf("accounts/%s/resources/%s.json", account, id);

	office_put(c->o, path,
	           "{'id':'%s','name':'%s','rules':['^\\\\+1(\\\\d+)$'],"
	           "'gateways':[{'server':'%s','port':%u}]}",
	           id, id, ip_of(gateway), office_port_of(c->g[gateway]));
	free(path);
}

void send_out(struct crew *c)
{
	office_flow(c->o, "1", OUT, "false", ",'to_did':'" NUMBER "'");
}

void two_carriers(struct crew *c, const char *rest, const char *more)
{
	put_carrier(c, "a", 0, rest, more);
	put_carrier(c, "b", 1, "", "");
	send_out(c);
}

void put_named(struct crew *c, const char *id, const char *server,
               unsigned port, unsigned cost)
{
	char *path = xasprintf("resources/%s.json", id);
	char text[32] = "";

	if (port)
		snprintf(text, sizeof(text), ",'port':%u", port);
	office_put(c->o, path,
	           "{'id':'%s','name':'%s','rules':['.*'],'weight_cost':%u,"
	           "'gateways':[{'server':'%s'%s}]}",
	           id, id, cost, server, text);
	free(path);
}

void connects(struct crew *c, struct dialog *d, size_t gateway,
              const struct msg *invite)
{
	office_answer(c->o, c->g[gateway], invite, c->frank1);
	office_hang_up(c->frank1, d, c->g[gateway]);
}
