/* b2bua/server.c - makes and unmakes the server. */
#include "b2bua/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "b2bua/carriers.h"
#include "b2bua/changes.h"
#include "b2bua/commands.h"
#include "b2bua/ingress.h"
#include "b2bua/keepalive.h"
#include "b2bua/messages.h"
#include "b2bua/presence.h"
#include "b2bua/reload.h"
#include "b2bua/session.h"
#include "b2bua/shield.h"
#include "b2bua/sweep.h"
#include "b2bua/trunks.h"
#include "b2bua/web.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/cause.h"

#define PORT_QUARANTINE_MS 2000
#define NONCE_TTL_S        300
#define CDR_RETRY_MS       5000

/* --- the registrar's hooks ------------------------------------------------ */

static void binding_saved(struct binding *b, void *arg)
{
	struct server *s = arg;

	if (s->store)
		store_save(s->store, b);
	keepalive_saved(s->keepalives, b);
	shield_bound(s, b);
	presence_binding(s->presence, b);
}

static void binding_removed(struct binding *b, void *arg)
{
	struct server *s = arg;

	if (s->store)
		store_remove(s->store, b);
	keepalive_removed(s->keepalives, b);
	presence_binding(s->presence, b);
}

static const struct registrar_ops registrar_ops = { binding_saved,
	                                            binding_removed };

static void housekeeping(struct timer *t, void *arg)
{
	struct server *s = arg;
	int64_t now = loop_unix_ms(s->loop);

	if (now >= s->next_expiry_ms)
		s->next_expiry_ms = registrar_expire(s->registrar, now);
	if (s->next_expiry_ms > now + 1000)
		s->next_expiry_ms = now + 1000;
	if (s->store)
		store_kick(s->store);
	if (s->cdr && now >= s->next_retry_ms) {
		cdr_retry(s->cdr);
		s->next_retry_ms = now + CDR_RETRY_MS;
	}
	timer_start(loop_timers(s->loop), t, 1000, housekeeping, s);
}

/* --- the agent's hooks ------------------------------------------------------ */

static void on_request(struct request *rq, void *arg)
{
	ingress_request(arg, rq);
}

static void on_flow_closed(uint64_t flow, void *arg)
{
	struct server *s = arg;
	size_t n = registrar_flow_closed(s->registrar, flow);

	if (n > 0)
		log_info("a connection closed: %zu bindings gone", n);
	if (s->trunks)
		trunks_flow_closed(s->trunks, flow);
}

static enum admission on_admit(const struct addr *source, const char *method,
                               size_t len, void *arg)
{
	struct server *s = arg;

	return shield_admits(s->shield, source, method, len);
}

static bool on_peer(const struct addr *source, void *arg)
{
	struct server *s = arg;

	return s->shield && shield_is_peer(s->shield, source);
}

static const struct agent_ops agent_ops = { on_request, on_flow_closed,
	                                    on_admit, on_peer };

/* --- parts -------------------------------------------------------------------- */

struct tls_conf server_tls_conf(const struct config *c)
{
	return (struct tls_conf){
		.certificate = c->tls.certificate,
		.key = c->tls.key,
		.ca = c->tls.ca,
		.verify_client = c->tls.verify_client,
		.verify_server = c->tls.verify_server,
	};
}

static int start_agent(struct server *s, struct diag *why)
{
	const struct config *c = s->conf;
	struct agent_listen *listen =
	        xcalloc(c->sip.n_listen, sizeof(*listen));
	struct tls_conf tls = server_tls_conf(c);
	struct agent_conf conf = {
		.listen = listen,
		.n_listen = c->sip.n_listen,
		.advertise = c->sip.advertise,
		.t1_ms = c->sip.t1_ms,
		.timer_c_s = c->sip.max_ring_time_s + 64,
		/* a call has one; the rest wait for their 503 */
		.max_proceeding = c->sip.max_calls + 100,
		.resolver = s->resolver,
		.session_expires_s = c->sip.session_expires_s,
		.min_session_expires_s = c->sip.min_session_expires_s,
		.tls = &tls,
		.max_connections = c->sip.max_connections,
		.max_connections_per_source = c->sip.max_connections_per_source,
		.holddown = s->holddown,
		.connect_ms = c->sip.connect_s * 1000,
	};
	int rc;

	for (size_t i = 0; i < c->sip.n_listen; i++) {
		listen[i].transport =
		        (enum sip_transport)c->sip.listen[i].transport;
		listen[i].addr = c->sip.listen[i].addr;
	}
	rc = agent_create(&s->agent, s->loop, &conf, &agent_ops, s, why);
	free(listen);
	return rc;
}

static int start_media(struct server *s, struct diag *why)
{
	const struct config *c = s->conf;
	struct media_conf conf = {
		.address = c->media.address,
		.port_min = c->media.port_min,
		.port_max = c->media.port_max,
		.threads = c->media.threads,
		.quarantine_ms = PORT_QUARANTINE_MS,
	};
	int rc = media_create(&s->media, &conf);

	if (rc < 0)
		diag_fault(why, c->path, "media", "cannot start: %s",
		           strerror(-rc));
	return rc;
}

/* A phone behind NAT is lost when nothing keeps its way open until it
 * registers again. */
static void keep_alive(const struct binding *b, void *arg)
{
	struct server *s = arg;

	keepalive_saved(s->keepalives, b);
	shield_bound(s, b);
}

static void start_store(struct server *s)
{
	char *why = NULL;
	size_t n;
	int rc;

	if (!s->conf->registrar.database[0])
		return;
	rc = store_open(&s->store, s->conf->registrar.database, s->worker,
	                &why);
	if (why && s->store) /* a new one, or a broken one set aside */
		log_warn("%s", why);
	else if (why)
		log_error("%s", why);
	else if (rc < 0)
		log_error("%s: %s", s->conf->registrar.database,
		          strerror(-rc));
	free(why);
	if (!s->store) {
		log_error("registrations will not survive a restart");
		return;
	}
	n = store_load(s->store, s->registrar, loop_unix_ms(s->loop));
	registrar_each_aor(s->registrar, loop_unix_ms(s->loop), keep_alive, s);
	log_info("%zu registrations restored", n);
}

static int start_registrar(struct server *s)
{
	const struct config *c = s->conf;
	struct registrar_conf conf = {
		.min_expires_s = c->registrar.min_expires_s,
		.default_expires_s = c->registrar.default_expires_s,
		.max_expires_s = c->registrar.max_expires_s,
		.max_contacts = c->registrar.max_contacts,
	};
	struct digest_conf digest = { NONCE_TTL_S, 100000 };
	int rc = digest_create(&s->digest, &digest);

	if (rc < 0)
		return rc;
	keepalives_create(&s->keepalives, s);
	presence_create(&s->presence, s);
	rc = registrar_create(&s->registrar, &conf, &registrar_ops, s);
	if (rc == 0)
		start_store(s);
	return rc;
}

static int start_records(struct server *s, struct diag *why)
{
	const struct config *c = s->conf;
	int rc;

	if (c->cdr[0]) {
		rc = cdr_open(&s->cdr, c->cdr, s->worker);
		if (rc < 0) {
			diag_fault(why, c->cdr, NULL, "cannot open: %s",
			           strerror(-rc));
			return rc;
		}
	}
	if (!c->control[0])
		return 0;
	rc = control_create(&s->control, s->loop, c->control, commands_run, s);
	if (rc < 0)
		diag_fault(why, c->control, NULL, "control socket: %s",
		           rc == -EADDRINUSE ? "another server answers on it"
		                             : strerror(-rc));
	return rc;
}

static int start_parts(struct server *s, const struct server_options *opt,
                       struct diag *why)
{
	const char *configured = s->conf->sip.nameservers;
	struct resolver_conf names = {
		.servers = opt->nameservers         ? opt->nameservers
		           : !str_is_empty(configured) ? configured
		                                       : NULL,
		.hosts = opt->hosts,
	};
	struct holddown_conf hold = { s->conf->sip.hold_down_s * 1000,
		                      s->conf->sip.max_unanswered };
	int rc = loop_create(&s->loop, opt->clock, opt->clock_arg);

	holddown_create(&s->holddown, &hold);
	if (rc == 0)
		shield_create(&s->shield, s);
	if (rc == 0)
		rc = worker_create(&s->worker, "storage");
	if (rc == 0)
		rc = resolver_create(&s->resolver, s->loop, &names);
	if (rc == 0)
		rc = web_create(&s->web, s);
	if (rc == 0)
		rc = start_registrar(s);
	if (rc == 0)
		rc = start_media(s, why);
	if (rc == 0)
		rc = start_agent(s, why);
	if (rc == 0)
		rc = start_records(s, why);
	return rc;
}

/* --- documents ------------------------------------------------------------------ */

/* What nobody uses any more takes a while to free when it is large. */
static void throw_away(struct snapshot *old, void *arg)
{
	struct server *s = arg;

	if (s->reload)
		reload_throw_away(s->reload, old);
	else
		snapshot_free(old);
}

void server_use(struct server *s, struct snapshot *fresh)
{
	struct snapshot_counts n = snapshot_counts(fresh);

	snapshot_unref(&s->snapshot);
	s->snapshot = fresh;
	snapshot_on_unused(fresh, throw_away, s);
	carriers_reset(s->carriers, fresh);
	shield_peers_changed(s->shield);
	trunks_reset(s->trunks, fresh);
	sweep_start(s);
	presence_reload(s->presence);
	log_info("documents: %zu accounts, %zu devices, %zu users, %zu "
	         "groups, %zu callflows, %zu carriers",
	         n.accounts, n.devices, n.users, n.groups, n.callflows,
	         n.resources);
}

static int load_documents(struct server *s, struct diag *why)
{
	struct snapshot *fresh = NULL;
	int rc = snapshot_load(&fresh, s->conf->directory, true, why);

	if (rc < 0)
		return rc;
	if (why->text.len > 0)
		log_text(NULL, LOG_LVL_WARN, buf_text(&why->text));
	if (why->faults > 0)
		log_warn("%u faults: these documents are left out",
		         why->faults);
	carriers_create(&s->carriers, s->loop, s->resolver);
	trunks_create(&s->trunks, s);
	server_use(s, fresh);
	return 0;
}

/* --- life ------------------------------------------------------------------------ */

int server_create(struct server **out, const struct config *conf,
                  const struct server_options *opt, struct diag *why)
{
	static const struct server_options none;
	struct server *s = xzalloc(sizeof(*s));
	int rc;

	s->conf = conf;
	rc = start_parts(s, opt ? opt : &none, why);
	if (rc == 0)
		rc = load_documents(s, why);
	if (rc == 0)
		rc = changes_create(&s->changes, s);
	if (rc == 0)
		rc = reload_create(&s->reload, s);
	if (rc < 0) {
		server_destroy(&s);
		return rc;
	}
	/* not before: a large directory would look like a loop that lags */
	shield_start(s->shield);
	s->call_conf = (struct call_conf){
		.loop = s->loop,
		.agent = s->agent,
		.media = s->media,
		.resolver = s->resolver,
		.holddown = s->holddown,
		.connect_ms = conf->sip.connect_s * 1000,
		.media_address = addr_is_set(&conf->media.advertise)
		                         ? conf->media.advertise
		                         : conf->media.address,
		.max_ring_time_s = conf->sip.max_ring_time_s,
		.media_timeout_s = conf->media.timeout_s,
		.q850 = q850_of_cause,
	};
	s->started_ms = loop_unix_ms(s->loop);
	timer_start(loop_timers(s->loop), &s->housekeeping, 1000, housekeeping,
	            s);
	*out = s;
	return 0;
}

void server_destroy(struct server **sp)
{
	struct server *s = *sp;

	if (!s)
		return;
	sessions_end(s);
	reload_destroy(&s->reload);
	changes_destroy(&s->changes);
	control_destroy(&s->control);
	messages_end(s);
	presence_end(s->presence);
	if (s->loop) {
		timer_stop(loop_timers(s->loop), &s->housekeeping);
		timer_stop(loop_timers(s->loop), &s->sweep);
		timer_stop(loop_timers(s->loop), &s->drain);
		trunks_leave(s->trunks, s->loop);
		/* let the last BYEs and records out */
		for (int i = 0; s->agent && i < 20; i++)
			loop_turn(s->loop, 1);
	}
	shield_stop(s->shield);
	web_destroy(&s->web);
	carriers_destroy(&s->carriers);
	trunks_destroy(&s->trunks);
	agent_destroy(&s->agent);
	presence_destroy(&s->presence);
	shield_destroy(&s->shield);
	store_close(&s->store);
	registrar_destroy(&s->registrar);
	keepalives_destroy(&s->keepalives);
	digest_destroy(&s->digest);
	media_destroy(&s->media);
	cdr_close(&s->cdr);
	worker_destroy(&s->worker);
	resolver_destroy(&s->resolver);
	holddown_destroy(&s->holddown);
	snapshot_unref(&s->snapshot);
	loop_destroy(&s->loop);
	free(s);
	*sp = NULL;
}

static void drain_limit(struct timer *t, void *arg)
{
	struct server *s = arg;

	(void)t;
	log_warn("%zu calls left at the end of the drain", s->n_sessions);
	trunks_leave(s->trunks, s->loop);
}

void server_drain(struct server *s)
{
	if (s->is_draining) { /* asked twice: now */
		loop_stop(s->loop);
		return;
	}
	s->is_draining = true;
	log_info("draining: %zu calls", s->n_sessions);
	if (s->n_sessions == 0)
		trunks_leave(s->trunks, s->loop);
	timer_start(loop_timers(s->loop), &s->drain,
	            (int64_t)s->conf->drain_s * 1000, drain_limit, s);
}
