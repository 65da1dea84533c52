/* b2bua/trunk_registration.c - registrations of ours at carriers: the shell of
 * trunk/register.c. */
#include "b2bua/trunk_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "trunk/service_route.h"
#include "trunk/uri.h"

static void feed(struct trunk *t, const struct trunk_reg_input *in);

/* --- taking one back --------------------------------------------------- */

static void farewell_free(struct farewell *f)
{
	struct trunks *ts = f->owner;

	timer_stop(loop_timers(ts->server->loop), &f->patience);
	client_destroy(&f->client);
	DL_DELETE(ts->farewells, f);
	free(f);
	if (!ts->farewells && ts->stops) {
		loop_stop(ts->stops);
		ts->stops = NULL;
	}
}

static void farewell_said(const struct client_answer *a, void *arg)
{
	(void)a;
	farewell_free(arg);
}

static void farewell_unheard(struct timer *t, void *arg)
{
	(void)t;
	farewell_free(arg);
}

/* Whatever was under way: a higher CSeq overrules it (RFC 3261 10.3). */
static void say_farewell(struct trunk *t)
{
	struct trunks *ts = t->owner;
	struct server *s = ts->server;
	struct farewell *f = xzalloc(sizeof(*f));

	f->owner = ts;
	f->client = t->registrar;
	t->registrar = NULL;
	DL_APPEND(ts->farewells, f);
	client_bind(f->client, farewell_said, f);
	timer_start(loop_timers(s->loop), &f->patience,
	            (int64_t)s->conf->trunks.timeout_s * 1000,
	            farewell_unheard, f);
	client_send(f->client, "REGISTER", "Expires: 0\r\n");
}

void trunk_farewells_end(struct trunks *ts)
{
	struct farewell *f, *next;

	ts->stops = NULL;
	DL_FOREACH_SAFE (ts->farewells, f, next)
		farewell_free(f);
}

size_t trunks_farewells(const struct trunks *ts)
{
	struct farewell *f;
	size_t n = 0;

	DL_FOREACH (ts->farewells, f)
		n++;
	return n;
}

/* --- what the machine wants -------------------------------------------- */

static struct trunk_reg_conf conf_of(const struct trunk *t)
{
	const struct config *c = t->owner->server->conf;
	int own = t->gateway ? t->gateway->expires_s : 0;

	return (struct trunk_reg_conf){
		.expires_s = own > 0 ? (unsigned)own : c->trunks.expires_s,
		.retry_min_s = c->trunks.retry_min_s,
		.retry_max_s = c->trunks.retry_max_s,
	};
}

static void on_due(struct timer *timer, void *arg)
{
	(void)timer;
	feed(arg, &(struct trunk_reg_input){ .event = TRUNK_REG_DUE });
}

static void send_register(struct trunk *t, unsigned expires_s)
{
	char line[64];

	t->asked_s = expires_s;
	/* RFC 3327 5.1: those on the way may add themselves */
	snprintf(line, sizeof(line), "Expires: %u\r\nSupported: path\r\n",
	         expires_s);
	client_send(t->registrar, "REGISTER", line);
}

/* Each 2xx says it anew (RFC 3608 6.1); NULL: nothing. */
static void learn_route(struct trunk *t, const char *said)
{
	char *route = service_route_read(said);

	if (said && !route)
		log_warn("gateway %s: its Service-Route cannot be used",
		         t->gateway->name);
	free(t->service_route);
	t->service_route = route;
}

static void forget_token(struct trunk *t)
{
	if (t->token[0])
		HASH_DELETE(by_token, t->owner->by_token, t);
	t->token[0] = '\0';
	t->flow = 0;
	learn_route(t, NULL);
}

const char *trunks_service_route(const struct trunks *ts,
                                 const struct gateway *g)
{
	const struct trunk *t = trunk_find(ts, g);

	return t && t->registrar && trunk_reg_holds(&t->reg, trunk_now(t))
	               ? t->service_route
	               : NULL;
}

static void carry_out(struct trunk *t, const struct trunk_reg_action *a)
{
	struct timers *ts = loop_timers(t->owner->server->loop);

	switch (a->what) {
	case TRUNK_REG_DO_NOTHING:
		return;
	case TRUNK_REG_DO_SEND:
		timer_stop(ts, &t->due);
		send_register(t, a->expires_s);
		return;
	case TRUNK_REG_DO_WAIT:
		timer_start(ts, &t->due, a->delay_ms, on_due, t);
		return;
	case TRUNK_REG_DO_LEAVE:
		say_farewell(t);
		break;
	case TRUNK_REG_DO_FORGET:
		break;
	}
	timer_stop(ts, &t->due);
	client_destroy(&t->registrar);
	forget_token(t);
}

static void feed(struct trunk *t, const struct trunk_reg_input *in)
{
	struct trunk_reg_conf conf = conf_of(t);
	struct trunk_reg_input whole = *in;
	struct trunk_reg_action a;

	whole.now_ms = trunk_now(t);
	whole.random = (uint32_t)random_u64();
	a = trunk_reg_feed(&t->reg, &conf, &whole);
	carry_out(t, &a);
}

/* --- what the registrar says ------------------------------------------- */

/* Is there any use in asking the same again soon? */
static bool is_passing(int status)
{
	return status == 408 || status == 429 || status == 480 ||
	       status == 491 || (status >= 500 && status < 600);
}

static enum trunk_reg_event event_of(const struct client_answer *a,
                                     int64_t granted_s)
{
	if (a->status < 300)
		return granted_s > 0 ? TRUNK_REG_GRANTED : TRUNK_REG_FAILED;
	if (a->status == 423 && a->min_expires_s > 0)
		return TRUNK_REG_BRIEF;
	return is_passing(a->status) ? TRUNK_REG_FAILED : TRUNK_REG_REFUSED;
}

static void on_answer(const struct client_answer *a, void *arg)
{
	struct trunk *t = arg;
	int64_t granted_s = a->expires_s >= 0 ? a->expires_s : t->asked_s;
	struct trunk_reg_input in = {
		.event = event_of(a, granted_s),
		.expires_s = a->status == 423 ? a->min_expires_s : granted_s,
		.retry_after_s = a->retry_after_s,
	};

	if (in.event == TRUNK_REG_GRANTED) {
		t->flow = a->flow;
		learn_route(t, a->service_route);
		t->error[0] = '\0';
	} else if (in.event != TRUNK_REG_BRIEF) {
		trunk_set_error(t, "REGISTER", a);
		log_warn("gateway %s: not registered: %d %s",
		         t->gateway->name, a->status, a->reason);
	}
	feed(t, &in);
	trunk_note(t);
}

/* --- starting and stopping --------------------------------------------- */

static int make_client(struct trunk *t)
{
	const struct gateway *g = t->gateway;
	struct server *s = t->owner->server;
	char *uri = uri_of_server(g), *aor = uri_of_account(g);
	char *route = trunk_route(g);
	char params[TRUNK_TOKEN + 8];
	struct client_conf conf = {
		.uri = uri,
		.route = route,
		.port = route ? 0 : g->port,
		.aor = aor,
		.contact_user = g->contact_user ? g->contact_user : t->token,
		.contact_params = params,
		.username = g->auth_username ? g->auth_username : g->username,
		.password = g->password,
		.realm = g->realm,
		.timeout_ms = s->conf->trunks.timeout_s * 1000,
		.resolver = s->resolver,
	};
	int rc = -1;

	snprintf(params, sizeof(params), "line=%s", t->token);
	if (uri && aor)
		rc = client_create(&t->registrar, s->agent, &conf, on_answer,
		                   t);
	free(uri);
	free(aor);
	free(route);
	return rc;
}

void trunk_registration_start(struct trunk *t)
{
	if (t->registrar || t->owner->is_leaving)
		return;
	id_random(t->token, TRUNK_TOKEN);
	if (make_client(t) < 0) {
		t->token[0] = '\0';
		snprintf(t->error, sizeof(t->error), "no address to register");
		log_warn("gateway %s: cannot register: its server makes no "
		         "address", t->gateway->name);
		return;
	}
	HASH_ADD(by_token, t->owner->by_token, token, TRUNK_TOKEN, t);
	feed(t, &(struct trunk_reg_input){ .event = TRUNK_REG_START });
}

void trunk_registration_stop(struct trunk *t)
{
	if (t->registrar)
		feed(t, &(struct trunk_reg_input){ .event = TRUNK_REG_STOP });
}

void trunk_registration_lost(struct trunk *t)
{
	t->flow = 0;
	if (!t->registrar)
		return;
	snprintf(t->error, sizeof(t->error), "the connection closed");
	feed(t, &(struct trunk_reg_input){ .event = TRUNK_REG_LOST });
	trunk_note(t);
}

/* Until the first answer it has the benefit of the doubt. */
bool trunk_registration_is_fit(const struct trunk *t)
{
	return !t->gateway->registers ||
	       trunk_reg_holds(&t->reg, trunk_now(t)) ||
	       (t->reg.state == TRUNK_REG_TRYING && t->reg.failures == 0);
}
