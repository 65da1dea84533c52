/* b2bua/inbound.c - whose callflow an inbound call runs. */
#include "b2bua/inbound.h"

#include <errno.h>

#include "b2bua/carriers.h"

static int match_in(struct match *out, struct flow_caller *who,
		    const struct account *a, const char *dialled)
{
	if (!a || !a->is_enabled)
		return -ENOENT;
	who->account = a;
	return callflow_match(out, a, dialled, who->device != NULL);
}

int inbound_match_known(struct match *out, struct flow_caller *who,
                        const struct snapshot *s, const char *dialled)
{
	const struct account *own = who->account;

	if (!who->device && who->gateway)
		own = who->gateway->resource->account;
	if (!own)
		own = snapshot_number_owner(s, dialled, NULL);
	return match_in(out, who, own, dialled);
}

/* Of several gateways at one address the number tells which it is.
 * A carrier's call finds its account by the number: over all accounts when
 * the carrier is global, in its own when it is local.  Several accounts may
 * have one carrier: the one that has the number gets the call. */
static int match_carrier(struct match *out, struct flow_caller *who,
			 const struct server *s, const struct request *rq)
{
	struct addr source = request_source(rq);
	const struct carriers_at *at = carriers_at(s->carriers, &source);
	const char *dialled = request_user(rq);
	const struct account *owner =
		snapshot_number_owner(s->snapshot, dialled, NULL);
	const struct gateway *g;

	for (size_t i = 0; (g = carriers_next(at, &source, &i)); i++) {
		const struct account *own = g->resource->account;

		who->resource = g->resource;
		who->gateway = g;
		if (own && owner && own != owner)
			continue;
		if (match_in(out, who, own ? own : owner, dialled) == 0)
			return 0;
	}
	for (size_t i = 0; owner && (g = carriers_next(at, &source, &i)); i++) {
		const struct account *own = g->resource->account;

		/* a number of another account may stand in its patterns */
		who->resource = g->resource;
		who->gateway = g;
		if (own && own != owner &&
		    match_in(out, who, own, dialled) == 0)
			return 0;
	}
	return -ENOENT;
}

int inbound_match(struct match *out, struct flow_caller *who,
		  const struct server *s, const struct request *rq)
{
	return who->device || who->gateway
	               ? inbound_match_known(out, who, s->snapshot,
	                                     request_user(rq))
	               : match_carrier(out, who, s, rq);
}
