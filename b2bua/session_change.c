/* b2bua/session_change.c - a feature code: the flow waits until a document is
 * changed, or shows something on lamps. */
#include "b2bua/session_priv.h"

#include "b2bua/changes.h"
#include "b2bua/presence.h"

static void changed(int rc, void *arg)
{
	struct session *ss = arg;

	OBJ_CHECK(ss, SESSION_MAGIC);
	if (rc == 0)
		session_go_on(ss);
	else
		session_give_up(ss);
}

void session_change(struct session *ss, const struct change_request *rq)
{
	changes_post(ss->server->changes, rq, &ss->change, changed, ss);
}

void session_lamp(struct session *ss, const struct lamp *lamp)
{
	presence_set(ss->server->presence, lamp);
}
