/* b2bua/sender.c - who sends a request that only phones may send. */
#include "b2bua/sender.h"

#include "b2bua/carriers.h"
#include "b2bua/ingress.h"

static const struct device *refuse(struct request *rq)
{
	request_reply(rq, 403, "Forbidden", NULL);
	return NULL;
}

/* From an address in place of a domain anybody may come. */
static bool is_of_another_domain(const struct server *s,
                                 const struct request *rq)
{
	const char *host = request_from_host(rq);
	struct addr numeric;

	return addr_parse(&numeric, host, 0) < 0 &&
	       !snapshot_has_realm(s->snapshot, host);
}

static const struct device *without_proof(struct server *s, struct request *rq)
{
	struct addr source = request_source(rq);
	const struct device *d = snapshot_device_by_ip(s->snapshot, &source);

	if (d && device_is_usable(d))
		return d;
	if (carriers_at(s->carriers, &source) || is_of_another_domain(s, rq))
		return refuse(rq);
	ingress_challenge(s, rq, true, false);
	return NULL;
}

const struct device *sender_device(struct server *s, struct request *rq)
{
	const struct device *d = NULL;

	switch (ingress_prove(s, rq, true, &d)) {
	case PROOF_DEVICE:
		return d;
	case PROOF_MALFORMED:
		request_reply(rq, 400, "Bad Credentials", NULL);
		return NULL;
	case PROOF_STALE:
		ingress_challenge(s, rq, true, true);
		return NULL;
	case PROOF_WRONG:
		ingress_log_refused(rq);
		return refuse(rq);
	case PROOF_NONE:
		break;
	}
	return without_proof(s, rq);
}
