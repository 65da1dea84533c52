/* b2bua/shield.c - limits for strangers, bans, and refusal under overload. */
#include "b2bua/shield.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "b2bua/carriers.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "guard/filter.h"

#define LOOK_MS     100  /* overload is looked at */
#define ASK_MS      5000 /* who are our peers? names may have moved */
#define CALM_MS     2000
#define QUEUE       500  /* half full: per mille */
#define PENDING_S   32   /* 64*T1: how long a transaction stays */
#define RETRY_LATER "Retry-After: 10\r\n"

/* Points that a failure counts; guard.ban_score makes a ban. */
#define POINTS_MALFORMED 5
#define POINTS_WRONG     10
#define POINTS_UNKNOWN   20
#define POINTS_SCANNER   50

struct shield {
	struct server *server;      /* borrowed */
	struct guard *guard;        /* owned */
	struct overload overload;
	struct overload_conf limits;
	struct overload_sample last;
	struct timer look;
	int64_t asked_ms;           /* when guard_ask_again() was called */
	uint64_t refused;
	uint64_t filtered;          /* guard_generation() of the filter */
	size_t in_kernel;
	size_t most;                /* instructions that the system takes */
	bool has_said;              /* whether the kernel drops */
	bool is_full;               /* the filter: some are dropped here */
};

static int64_t now_of(const struct shield *sh)
{
	return loop_now_ms(sh->server->loop);
}

static bool is_peer(const struct addr *a, void *arg)
{
	const struct shield *sh = arg;
	const struct server *s = sh->server;

	if (nets_have(s->conf->guard.trusted, s->conf->guard.n_trusted, a))
		return true;
	if (s->carriers && carriers_at(s->carriers, a))
		return true;
	return s->snapshot && snapshot_device_by_ip(s->snapshot, a);
}

bool shield_is_peer(const struct shield *sh, const struct addr *a)
{
	return is_peer(a, (void *)(uintptr_t)sh);
}

void shield_create(struct shield **out, struct server *s)
{
	const struct config *c = s->conf;
	struct shield *sh = xzalloc(sizeof(*sh));
	struct guard_conf g = {
		.max_sources = c->guard.sources,
		.max_pending = c->guard.pending,
		.pending_s = PENDING_S,
		.ban_score = c->guard.ban_score,
		.ban_forget_s = c->guard.ban_forget_s,
		.ban_s = c->guard.ban_time_s,
		.max_bans = c->guard.max_bans,
	};

	for (int i = 0; i < GUARD_CLASSES; i++) {
		g.each[i] = (struct rate){ c->guard.rate[i],
			                   c->guard.burst[i] };
		g.all[i] = (struct rate){ c->guard.all[i],
			                  2 * c->guard.all[i] };
	}
	sh->server = s;
	sh->limits = (struct overload_conf){
		.lag_ms = c->guard.lag_ms,
		.queue = c->guard.lag_ms ? QUEUE : 0,
		.memory_mb = c->guard.memory_mb,
		.calm_ms = CALM_MS,
	};
	sh->most = FILTER_MAX;
	guard_create(&sh->guard, &g, is_peer, sh);
	*out = sh;
}

void shield_destroy(struct shield **sp)
{
	struct shield *sh = *sp;

	if (!sh)
		return;
	guard_destroy(&sh->guard);
	free(sh);
	*sp = NULL;
}

/* --- the kernel's share --------------------------------------------------- */

struct banned {
	struct source *s;
	size_t n;
};

static void collect(const struct guard_ban *b, void *arg)
{
	struct banned *all = arg;

	all->s[all->n++] = b->source;
}

static void say(struct shield *sh, int rc)
{
	if (sh->has_said)
		return;
	sh->has_said = true;
	if (rc == 0)
		log_info("bans: the kernel drops their packets (a filter on "
		         "our sockets)");
	else
		log_warn("bans: no filter on our sockets (%s), dropped here",
		         strerror(-rc));
}

/* A filter has an end (BPF: 4096 instructions, or what the system takes). */
static void say_when_full(struct shield *sh, size_t n)
{
	bool is_full = sh->in_kernel > 0 && sh->in_kernel < n;

	if (is_full && !sh->is_full)
		log_warn("bans: the kernel drops the packets of the last %zu "
		         "of %zu, those of the others are dropped here",
		         sh->in_kernel, n);
	else if (!is_full && sh->is_full)
		log_info("bans: the kernel drops the packets of all again");
	sh->is_full = is_full;
}

/* The most recent bans, as many as the system takes; those beyond are still
 * dropped here. */
static void set_filter(struct shield *sh)
{
	size_t n = guard_gauges(sh->guard).bans;
	struct banned all = { xcalloc(n + 1, sizeof(struct source)), 0 };
	struct filter *f = xzalloc(sizeof(*f));
	int rc;

	do {
		all.n = 0; /* in their order again */
		guard_each_ban(sh->guard, collect, &all);
		if (n > 0)
			filter_build(f, all.s, all.n, sh->most);
		rc = agent_filter(sh->server->agent, f->code, f->len);
		if (rc == -ENOMEM)
			sh->most /= 2;
	} while (rc == -ENOMEM && sh->most > 64);
	sh->in_kernel = rc == 0 ? f->taken : 0;
	if (n > 0)
		say(sh, rc);
	say_when_full(sh, n);
	free(f);
	free(all.s);
}

/* --- overload --------------------------------------------------------------- */

static unsigned memory_mb(void)
{
	unsigned long total, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	fclose(f);
	return (unsigned)(resident * (unsigned long)sysconf(_SC_PAGESIZE) >>
	                  20);
}

static void weigh(struct shield *sh, int64_t lag_ms)
{
	enum overload_level was = sh->overload.level, is;

	sh->last = (struct overload_sample){
		.lag_ms = lag_ms,
		.queue = agent_backlog(sh->server->agent),
		.memory_mb = sh->limits.memory_mb ? memory_mb() : 0,
	};
	is = overload_feed(&sh->overload, &sh->limits, &sh->last, now_of(sh));
	if (is == was)
		return;
	agent_set_swamped(sh->server->agent, is >= OVERLOAD_DIALOGS);
	log_warn("overload: %s refused now, was %s (lag %lld ms, queue %u "
	         "per mille, %u MB)",
	         overload_name(is), overload_name(was), (long long)lag_ms,
	         sh->last.queue, sh->last.memory_mb);
}

static void look(struct timer *t, void *arg)
{
	struct shield *sh = arg;
	int64_t now = now_of(sh), lag_ms = now - t->at_ms;

	weigh(sh, lag_ms > 0 ? lag_ms : 0);
	if (now - sh->asked_ms >= ASK_MS)
		shield_peers_changed(sh);
	guard_expire(sh->guard, now);
	if (sh->filtered != guard_generation(sh->guard)) {
		sh->filtered = guard_generation(sh->guard);
		set_filter(sh);
	}
	timer_start(loop_timers(sh->server->loop), t, LOOK_MS, look, sh);
}

void shield_start(struct shield *sh)
{
	timer_start(loop_timers(sh->server->loop), &sh->look, LOOK_MS, look,
	            sh);
}

void shield_stop(struct shield *sh)
{
	if (sh)
		timer_stop(loop_timers(sh->server->loop), &sh->look);
}

bool shield_refuses(struct server *s, struct request *rq)
{
	struct shield *sh = s->shield;
	bool is_invite = str_eq(request_method(rq), "INVITE");

	if (sh->overload.level <
	    (is_invite ? OVERLOAD_CALLS : OVERLOAD_OUTSIDE))
		return false;
	if (is_invite)
		s->counters.refused++;
	sh->refused++;
	request_reply(rq, 503, "Overloaded", RETRY_LATER);
	return true;
}

/* --- requests ---------------------------------------------------------------- */

static bool is_method(const char *method, size_t len, const char *name)
{
	return len == strlen(name) && memcmp(method, name, len) == 0;
}

enum admission shield_admits(struct shield *sh, const struct addr *source,
                             const char *method, size_t len)
{
	enum guard_class c = GUARD_REST;
	bool makes_work = !is_method(method, len, "ACK");

	if (is_method(method, len, "INVITE"))
		c = GUARD_INVITE;
	else if (is_method(method, len, "REGISTER"))
		c = GUARD_REGISTER;
	switch (guard_admit(sh->guard, source, c, makes_work, now_of(sh))) {
	case GUARD_FREE:
		return ADMIT_PEER;
	case GUARD_PASS:
		return ADMIT_STRANGER;
	default:
		return ADMIT_NOT;
	}
}

uint32_t shield_source(const struct request *rq)
{
	struct addr a = request_source(rq);
	struct source s = source_of(&a);

	return (uint32_t)hash_bytes(&s, sizeof(s));
}

void shield_proved(struct server *s, const struct request *rq)
{
	struct addr a = request_source(rq);
	int64_t now = now_of(s->shield);

	guard_prove(s->shield->guard, &a,
	            now + (int64_t)s->conf->guard.known_s * 1000, now);
}

void shield_bound(struct server *s, const struct binding *b)
{
	int64_t now = now_of(s->shield);

	guard_prove(s->shield->guard, &b->source,
	            now + b->expires_at_ms - loop_unix_ms(s->loop), now);
}

/* Tools that nobody uses who means well. */
static bool is_scanner(const char *user_agent)
{
	static const char *const such[] = { "friendly-scanner", "sipvicious",
		                            "sundayddr", "sip-scan",
		                            "sipcli/", "pplsip" };

	for (size_t i = 0; i < NELEM(such); i++)
		if (strcasestr(user_agent, such[i]))
			return true;
	return false;
}

/* A connection is made by a round trip; a datagram may come from anybody,
 * unless it answers what only this source was told. */
static bool is_round_trip(struct server *s, const struct request *rq,
                          const struct digest_params *p, const char *realm)
{
	return request_transport(rq) != SIP_UDP ||
	       (realm && digest_was_asked(s->digest, p, realm,
	                                  shield_source(rq),
	                                  loop_unix_s(s->loop)));
}

void shield_failed(struct server *s, const struct request *rq,
                   const struct digest_params *p, const char *realm,
                   enum shield_fault what)
{
	static const struct {
		unsigned points;
		const char *why;
	} faults[] = {
		[SHIELD_MALFORMED] = { POINTS_MALFORMED, "malformed" },
		[SHIELD_WRONG] = { POINTS_WRONG, "wrong password" },
		[SHIELD_UNKNOWN] = { POINTS_UNKNOWN, "unknown user" },
	};
	bool scans = is_scanner(request_user_agent(rq));
	const char *why = scans ? "scanner" : faults[what].why;
	struct addr a = request_source(rq);
	char text[ADDR_TEXT];

	if (guard_blame(s->shield->guard, &a,
	                faults[what].points + (scans ? POINTS_SCANNER : 0),
	                is_round_trip(s, rq, p, realm), why,
	                now_of(s->shield)))
		log_warn("banned source=%s seconds=%u reason=\"%s\"",
		         addr_ip(&a, text), s->conf->guard.ban_time_s, why);
}

void shield_peers_changed(struct shield *sh)
{
	sh->asked_ms = now_of(sh);
	guard_ask_again(sh->guard);
}

/* --- the operator ------------------------------------------------------------- */

struct shield_figures shield_figures(const struct shield *sh)
{
	return (struct shield_figures){
		.guard = guard_gauges(sh->guard),
		.level = sh->overload.level,
		.lag_ms = sh->last.lag_ms,
		.backlog = sh->last.queue,
		.refused = sh->refused,
		.in_kernel = sh->in_kernel,
	};
}

const struct guard *shield_guard(const struct shield *sh)
{
	return sh->guard;
}

/* "192.0.2.1", "2001:db8::1", "2001:db8::/64" */
static int parse(struct addr *out, const char *ip)
{
	struct net n;

	if (net_parse(&n, ip) < 0 ||
	    n.bits < (addr_is_v6(&n.addr) ? 64u : 32u))
		return -EINVAL;
	*out = n.addr;
	return 0;
}

int shield_ban(struct shield *sh, const char *ip, unsigned seconds)
{
	int64_t now = now_of(sh);
	struct addr a;
	int rc = parse(&a, ip);

	if (rc < 0)
		return rc;
	shield_peers_changed(sh);
	if (seconds == 0)
		seconds = sh->server->conf->guard.ban_time_s;
	return guard_ban(sh->guard, &a, now + (int64_t)seconds * 1000,
	                 "by hand", now);
}

int shield_unban(struct shield *sh, const char *ip)
{
	struct addr a;
	int rc = parse(&a, ip);

	return rc < 0 ? rc : guard_unban(sh->guard, &a);
}
