/* b2bua/ingress.c - requests from outside dialogs, and who sends them. */
#include "b2bua/ingress.h"

#include <string.h>

#include "b2bua/carriers.h"
#include "b2bua/messages.h"
#include "b2bua/presence.h"
#include "b2bua/registration.h"
#include "b2bua/session.h"
#include "b2bua/shield.h"
#include "b2bua/transfer.h"
#include "b2bua/trunks.h"
#include "base/strutil.h"

#define MAX_CREDENTIALS 8
#define RETRY_LATER     "Retry-After: 10\r\n"

const char *server_realm(const struct server *s, const char *domain)
{
	if (!str_is_empty(domain) && snapshot_has_realm(s->snapshot, domain))
		return domain;
	return snapshot_only_realm(s->snapshot);
}

/* The realm to challenge with: the one the caller means, else what it says,
 * so that a stranger is asked just as anybody else. */
static const char *challenge_realm(const struct server *s,
                                   const struct request *rq)
{
	const char *domain = strcmp(request_method(rq), "REGISTER") == 0
	                             ? request_to_host(rq)
	                             : request_from_host(rq);
	const char *realm = server_realm(s, domain);

	if (!realm)
		realm = server_realm(s, request_host(rq));
	if (!realm)
		realm = str_is_empty(domain) ? "b2bua" : domain;
	return realm;
}

/* Phones that give up when they see an algorithm they do not know, whatever
 * else is offered (RFC 8760 2.4 asks them to ignore it). */
static bool knows_md5_only(const char *user_agent)
{
	static const char *const such[] = { "baresip v0.", "baresip v1." };

	for (size_t i = 0; i < NELEM(such); i++)
		if (str_starts(user_agent, such[i]))
			return true;
	return false;
}

static const enum digest_algorithm algorithms[CONF_DIGESTS] = {
	[CONF_MD5] = DIGEST_MD5,
	[CONF_SHA256] = DIGEST_SHA256,
	[CONF_SHA512_256] = DIGEST_SHA512_256,
};

static bool is_offered(const struct config *c, enum digest_algorithm what)
{
	for (size_t i = 0; i < c->sip.n_digest; i++)
		if (algorithms[c->sip.digest[i]] == what)
			return true;
	return false;
}

/* As many as are offered to this phone, of those the operator wants. */
static size_t choose(const struct config *c, const struct request *rq,
                     enum digest_algorithm out[DIGEST_ALGORITHMS])
{
	if (is_offered(c, DIGEST_MD5) &&
	    knows_md5_only(request_user_agent(rq))) {
		out[0] = DIGEST_MD5;
		return 1;
	}
	for (size_t i = 0; i < c->sip.n_digest; i++)
		out[i] = algorithms[c->sip.digest[i]];
	return c->sip.n_digest;
}

void ingress_challenge(struct server *s, struct request *rq, bool is_proxy,
                       bool is_stale)
{
	enum digest_algorithm chosen[DIGEST_ALGORITHMS];
	struct digest_offer offer = {
		.realm = challenge_realm(s, rq),
		.algorithms = chosen,
		.n = choose(s->conf, rq, chosen),
		.is_stale = is_stale,
		.unix_s = loop_unix_s(s->loop),
		.source = shield_source(rq),
	};
	struct buf values[DIGEST_ALGORITHMS] = { { 0 } }, lines = { 0 };

	s->counters.challenges++;
	digest_challenge(s->digest, &offer, values);
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++) {
		if (values[i].len == 0)
			continue;
		buf_fmt(&lines, "%s: %s\r\n",
		        is_proxy ? "Proxy-Authenticate" : "WWW-Authenticate",
		        buf_text(&values[i]));
		buf_free(&values[i]);
	}
	if (is_proxy)
		request_reply(rq, 407, "Proxy Authentication Required",
		              lines.p);
	else
		request_reply(rq, 401, "Unauthorized", lines.p);
	buf_free(&lines);
}

static bool uses_offered(const struct server *s, const struct digest_params *p)
{
	enum digest_algorithm a;

	/* what is no algorithm at all, digest_check() refuses */
	return !digest_algorithm_of(p, &a) || is_offered(s->conf, a);
}

static enum proof check(struct server *s, const struct request *rq,
                        const char *const *params,
                        const struct device **device)
{
	struct digest_query q = { .params = { params },
		                  .method = request_method(rq),
		                  .unix_s = loop_unix_s(s->loop) };
	char realm[256], username[256];
	const struct device *d;

	if (!digest_param(&q.params, "realm", realm, sizeof(realm)) ||
	    !digest_param(&q.params, "username", username, sizeof(username))) {
		shield_failed(s, rq, &q.params, NULL, SHIELD_MALFORMED);
		return PROOF_MALFORMED;
	}
	d = snapshot_device_by_auth(s->snapshot, realm, username);
	q.realm = realm;
	if (d && !d->is_by_ip && device_is_usable(d) &&
	    uses_offered(s, &q.params)) {
		q.username = d->username;
		q.password = d->password;
	}
	switch (digest_check(s->digest, &q)) {
	case DIGEST_OK:
		*device = d;
		shield_proved(s, rq);
		return PROOF_DEVICE;
	case DIGEST_STALE:
		return PROOF_STALE;
	case DIGEST_MALFORMED:
		shield_failed(s, rq, &q.params, realm, SHIELD_MALFORMED);
		return PROOF_MALFORMED;
	case DIGEST_WRONG:
		shield_failed(s, rq, &q.params, realm,
		              d ? SHIELD_WRONG : SHIELD_UNKNOWN);
		break;
	}
	return PROOF_WRONG;
}

enum proof ingress_prove(struct server *s, const struct request *rq,
                         bool is_proxy, const struct device **device)
{
	enum proof worst = PROOF_NONE, p;
	const char *const *params;

	for (size_t i = 0; i < MAX_CREDENTIALS &&
	                   (params = request_credentials(rq, is_proxy, i));
	     i++) {
		p = check(s, rq, params, device);
		if (p == PROOF_DEVICE)
			return p;
		if (p > worst)
			worst = p;
	}
	return worst;
}

/* --- INVITE ------------------------------------------------------------------- */

void ingress_log_refused(const struct request *rq)
{
	struct addr source = request_source(rq);
	char text[ADDR_TEXT];

	/* one stable line a proved failure, for fail2ban */
	log_warn("auth-failed method=%s user=%s source=%s transport=%s",
	         request_method(rq), request_from_user(rq),
	         addr_ip_port(&source, text),
	         sip_transport_name(request_transport(rq)));
}

/* True when the caller is known; else rq is answered. */
static bool identify(struct server *s, struct request *rq,
                     struct flow_caller *who)
{
	struct addr source = request_source(rq);
	const struct device *d = NULL;
	const struct gateway *g;
	size_t first = 0;

	g = trunks_recognise(s->trunks, rq);
	if (g) {
		*who = (struct flow_caller){ .account = g->resource->account,
			                     .resource = g->resource,
			                     .gateway = g };
		return true;
	}
	switch (ingress_prove(s, rq, true, &d)) {
	case PROOF_DEVICE:
		break;
	case PROOF_MALFORMED:
		request_reply(rq, 400, "Bad Credentials", NULL);
		return false;
	case PROOF_STALE:
		ingress_challenge(s, rq, true, true);
		return false;
	case PROOF_WRONG:
		ingress_log_refused(rq);
		ingress_challenge(s, rq, true, false);
		return false;
	case PROOF_NONE:
		d = snapshot_device_by_ip(s->snapshot, &source);
		break;
	}
	if (d && device_is_usable(d)) {
		*who = (struct flow_caller){ .account = d->account,
			                     .device = d };
		return true;
	}
	/* which of several it is, the number will tell */
	g = carriers_next(carriers_at(s->carriers, &source), &source, &first);
	if (g) {
		*who = (struct flow_caller){ .account = g->resource->account,
			                     .resource = g->resource };
		return true;
	}
	ingress_challenge(s, rq, true, false);
	return false;
}

static void invite(struct server *s, struct request *rq)
{
	struct flow_caller who;

	if (s->is_draining) {
		s->counters.refused++;
		request_reply(rq, 503, "Service Unavailable", RETRY_LATER);
		return;
	}
	if (!identify(s, rq, &who) || transfer_invite(s, rq, &who))
		return;
	if (s->conf->sip.max_calls &&
	    s->n_sessions >= s->conf->sip.max_calls) {
		s->counters.refused++;
		request_reply(rq, 503, "Too Many Calls", RETRY_LATER);
		return;
	}
	session_start(s, rq, &who);
}

void ingress_request(struct server *s, struct request *rq)
{
	const char *method = request_method(rq);

	if (shield_refuses(s, rq))
		return;
	if (strcmp(method, "INVITE") == 0)
		invite(s, rq);
	else if (strcmp(method, "REGISTER") == 0)
		registration_request(s, rq);
	else if (s->is_draining)
		request_reply(rq, 503, "Service Unavailable", RETRY_LATER);
	else if (strcmp(method, "MESSAGE") == 0)
		messages_request(s, rq);
	else if (strcmp(method, "SUBSCRIBE") == 0)
		presence_subscribe(s, rq);
	else if (strcmp(method, "PUBLISH") == 0)
		presence_publish(s, rq);
	else /* OPTIONS: the screen lets nothing else through */
		request_reply(rq, 200, "OK",
		              "Accept: application/sdp\r\n"
		              "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, "
		              "INFO, PRACK, UPDATE, REFER, REGISTER, "
		              "MESSAGE, SUBSCRIBE, NOTIFY, PUBLISH\r\n"
		              "Allow-Events: " PRESENCE_EVENTS "\r\n"
		              "Supported: 100rel, path, timer\r\n");
}
