/* b2bua/trunk_probe.c - OPTIONS to gateways: are they well?  The shell of
 * trunk/health.c. */
#include "b2bua/trunk_priv.h"

#include <stdlib.h>

#include "base/id.h"
#include "base/mem.h"
#include "trunk/uri.h"

#define FIRST_WITHIN_MS  1000
#define LONGEST_RETRY_S  600

unsigned trunk_probe_interval_s(const struct trunk *t)
{
	int own = t->gateway->options_interval_s;

	return own >= 0 ? (unsigned)own
	                : t->owner->server->conf->trunks.options_interval_s;
}

static struct trunk_health_conf conf_of(const struct trunk *t)
{
	const struct config *c = t->owner->server->conf;
	const struct gateway *g = t->gateway;

	return (struct trunk_health_conf){
		.down_after = g->options_failures > 0
		                      ? (unsigned)g->options_failures
		                      : c->trunks.options_failures,
		.up_after = g->options_successes > 0
		                    ? (unsigned)g->options_successes
		                    : c->trunks.options_successes,
	};
}

void trunk_news(struct trunk *t, enum trunk_news news)
{
	struct trunk_health_conf conf = conf_of(t);

	/* nobody would notice that it is well again */
	if (!t->prober)
		return;
	trunk_health_feed(&t->health, &conf, news);
	trunk_note(t);
}

static void ask(struct timer *timer, void *arg)
{
	struct trunk *t = arg;

	(void)timer;
	client_send(t->prober, "OPTIONS", "Accept: application/sdp\r\n");
}

static void ask_in(struct trunk *t, int64_t ms)
{
	timer_start(loop_timers(t->owner->server->loop), &t->probe, ms, ask,
	            t);
}

/* Any answer but 503 comes from somebody who is there to answer. */
static void on_answer(const struct client_answer *a, void *arg)
{
	struct trunk *t = arg;
	bool is_bad = a->is_ours || a->status == 503;
	int64_t next_s = trunk_probe_interval_s(t);

	if (is_bad) {
		trunk_set_error(t, "OPTIONS", a);
		if (a->status == 503 && !a->is_ours) {
			trunk_health_hold(&t->health, a->retry_after_s,
			                  trunk_now(t));
			if (a->retry_after_s > next_s)
				next_s = a->retry_after_s;
		}
		if (next_s > LONGEST_RETRY_S &&
		    next_s > trunk_probe_interval_s(t))
			next_s = LONGEST_RETRY_S;
	}
	ask_in(t, next_s * 1000);
	trunk_news(t, is_bad ? TRUNK_PROBE_BAD : TRUNK_PROBE_OK);
}

static int make_client(struct trunk *t)
{
	const struct gateway *g = t->gateway;
	struct server *s = t->owner->server;
	char *uri = uri_of_server(g), *route = trunk_route(g);
	struct client_conf conf = {
		.uri = uri,
		.route = route,
		.port = route ? 0 : g->port,
		.timeout_ms = s->conf->trunks.timeout_s * 1000,
		.resolver = s->resolver,
	};
	int rc = -1;

	if (uri)
		rc = client_create(&t->prober, s->agent, &conf, on_answer, t);
	free(uri);
	free(route);
	return rc;
}

void trunk_probe_start(struct trunk *t)
{
	if (t->prober || t->owner->is_leaving || make_client(t) < 0)
		return;
	/* they do not go in step */
	ask_in(t, (int64_t)(random_u64() % FIRST_WITHIN_MS));
}

void trunk_probe_stop(struct trunk *t)
{
	timer_stop(loop_timers(t->owner->server->loop), &t->probe);
	client_destroy(&t->prober);
	t->health.is_down = false;
	t->health.bad = t->health.good = 0;
}
