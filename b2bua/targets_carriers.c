/* b2bua/targets_carriers.c - carriers to ring: a branch for each gateway. */
#include "b2bua/targets_priv.h"

#include <stdlib.h>
#include <string.h>

#include "b2bua/carrier_leg.h"
#include "b2bua/leg_media.h"
#include "b2bua/trunks.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "trunk/service_route.h"

static void stop_codes(struct targets *t, size_t i, const struct gateway *g)
{
	for (size_t n = 0; n < g->resource->n_stop_codes; n++)
		fork_codes_add(&t->codes[i], g->resource->stop_codes[n]);
	t->branches[i].ends_on = &t->codes[i];
}

/* From, and what documents add. */
static void dress(struct targets *t, struct call_branch *b,
                  const struct trunk_attempt *a,
                  const struct carrier_request *rq,
                  const struct identity *who)
{
	struct carrier_from from;

	carrier_leg_from(&from, a, rq, who);
	b->invite.from_user = targets_keep(t, from.user);
	b->invite.from_name = targets_keep(t, from.name);
	b->invite.from_host = from.host;
	b->invite.headers = targets_keep(t, carrier_leg_headers(a, rq, who));
}

/* Kazoo: the number that was dialled. */
static char *callee_line(const struct identity *who)
{
	struct caller_identity id = { .user = (char *)who->dialled };

	return identity_line(&id, who->realm);
}

static void add_gateway(struct targets *t, size_t i,
                        const struct trunk_attempt *a,
                        const struct carrier_request *rq,
                        const struct identity *who)
{
	const struct gateway *g = a->gateway;
	struct call_branch *b;

	if (a->is_emergency && who->emergency)
		who = who->emergency;
	b = targets_add(t, who);

	b->kind = "gateway";
	b->name = g->name;
	b->invite.may_refer = g->resource->allows_transfer;
	b->step = (unsigned)i;
	b->progress_ms = g->progress_timeout_s * 1000;
	b->connect_ms = g->connect_timeout_s > 0 ? g->connect_timeout_s * 1000
	                                         : CALL_CONNECT_USUAL;
	b->timeout_ms = g->answer_timeout_s * 1000;
	b->owner = g;
	b->may_bypass = leg_media_gateway_may_bypass(g);
	b->codecs = leg_media_codecs_of_gateway(g);
	b->hears = str_eq(g->caller_id_type, "pid");
	b->told[0] = b->told[1] = targets_keep(t, callee_line(who));
	dress(t, b, a, rq, who);
	b->invite.target.uri = a->uri;
	b->invite.to_uri = a->to_uri;
	targets_aim(t, b, a->uri);
	if (str_eq_case(g->transport, "tcp"))
		b->invite.target.transport = SIP_TCP;
	targets_by_tls(b, g->transport, g->port);
	if (g->proxy) {
		b->invite.target.route = targets_keep(t, trunk_route(g));
		targets_aim(t, b, g->proxy);
	}
	b->invite.auth.username =
	        g->auth_username ? g->auth_username : g->username;
	b->invite.auth.password = g->password;
	b->invite.auth.realm = g->realm;
	/* RFC 3263: a name without a port may have SRV records */
	if (b->host && !b->port && !g->proxy &&
	    !addr_is_set(&b->invite.target.dest))
		b->port = g->port;
}

void targets_by_service_route(struct targets *t, const struct trunks *ts)
{
	for (size_t i = 0; i < t->plan.n; i++) {
		struct call_branch *b = &t->branches[i];
		const struct gateway *g = b->owner;
		const char *service = trunks_service_route(ts, g);

		if (!service)
			continue;
		b->invite.target.route = targets_keep(
		        t, service_route_by(b->invite.target.route, service));
		targets_aim(t, b, b->invite.target.route);
	}
}

struct targets *targets_of_carriers(struct trunk_choice *c,
                                    const struct carrier_request *rq,
                                    const struct identity *who)
{
	struct targets *t = xzalloc(sizeof(*t));

	t->choice = *c;
	*c = (struct trunk_choice){ 0 };
	t->plan.strategy = FORK_ONE_BY_ONE;
	t->plan.timeout_ms = rq->timeout_ms;
	t->plan.passes_early_media = !rq->ignores_early_media;
	if (who->needs_confirmation)
		targets_reject(&t->plan.ends_on, NULL, who);
	t->codes = xcalloc(t->choice.n_attempts, sizeof(*t->codes));
	for (size_t i = 0; i < t->choice.n_attempts; i++)
		add_gateway(t, i, &t->choice.attempts[i], rq, who);
	for (size_t i = 0; i < t->plan.n; i++)
		stop_codes(t, i, t->choice.attempts[i].gateway);
	if (t->plan.n == 0)
		targets_free(&t);
	return t;
}
