/* b2bua/invite_names.c - the names in an INVITE, kept for a call's flow. */
#include "b2bua/invite_names.h"

#include <stdlib.h>

#include "base/mem.h"

void invite_names_read(struct flow_invite *out, const struct request *rq)
{
	*out = (struct flow_invite){
		.call_id = xstrdup(request_call_id(rq)),
		.from_user = xstrdup(request_from_user(rq)),
		.from_realm = xstrdup(request_from_host(rq)),
		.to_user = xstrdup(request_to_user(rq)),
		.to_realm = xstrdup(request_to_host(rq)),
		.realm = xstrdup(request_host(rq)),
	};
}

void invite_names_clear(struct flow_invite *n)
{
	free((char *)n->call_id);
	free((char *)n->from_user);
	free((char *)n->from_realm);
	free((char *)n->to_user);
	free((char *)n->to_realm);
	free((char *)n->realm);
	*n = (struct flow_invite){ 0 };
}
