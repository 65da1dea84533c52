/* guard/guard.h - who may send how much, and who may not send at all.
 *
 * Pure: it is told what happened and when, and says what to do; no sockets,
 * no clock, no SIP.  Memory is bounded: strangers are forgotten in the order
 * in which they fell silent and never push out those who proved themselves,
 * nor the banned. */
#ifndef B2BUA_GUARD_GUARD_H
#define B2BUA_GUARD_GUARD_H

#include "guard/bucket.h"
#include "guard/source.h"

struct guard;

enum guard_class { GUARD_REGISTER, GUARD_INVITE, GUARD_REST };
#define GUARD_CLASSES 3

struct guard_conf {
	struct rate each[GUARD_CLASSES]; /* of one stranger */
	struct rate all[GUARD_CLASSES];  /* of all strangers together */
	unsigned max_sources;  /* strangers remembered, and as many known */
	unsigned max_pending;  /* requests of strangers whose transactions may
	                          still be there; 0: no limit */
	unsigned pending_s;    /* for how long they are, 32 */
	unsigned ban_score;    /* 0: nobody is banned for what they do */
	unsigned ban_forget_s; /* a score that high is forgotten after this */
	unsigned ban_s;        /* how long a ban lasts */
	unsigned max_bans;     /* then the oldest goes */
};

/* Is it a peer of the configuration's (a trusted network, a carrier, a device
 * known by its address)?  Asked when a source is first seen, and again after
 * guard_ask_again(). */
typedef bool guard_peer_fn(const struct addr *a, void *arg);

void guard_create(struct guard **out, const struct guard_conf *conf,
                  guard_peer_fn *is_peer, void *arg);
void guard_destroy(struct guard **gp); /* NULL-safe */
/* What is_peer answers has changed. */
void guard_ask_again(struct guard *g);

enum guard_verdict {
	GUARD_FREE,    /* no stranger: passes */
	GUARD_PASS,    /* a stranger within its limits */
	GUARD_BANNED,
	GUARD_LIMITED, /* the source sent too much */
	GUARD_CROWDED  /* all strangers together did */
};
/* A request has come; makes_work: it will leave a transaction behind. */
enum guard_verdict guard_admit(struct guard *g, const struct addr *a,
                               enum guard_class c, bool makes_work,
                               int64_t now_ms);

/* It proved who it is: no limits until then.  A ban stays. */
void guard_prove(struct guard *g, const struct addr *a, int64_t until_ms,
                 int64_t now_ms);

/* It did something that tells against it.  `is_round_trip`: it cannot be
 * somebody else who only writes this address (a connection, or an answer to
 * what only this address was told); else it is not counted at all.  True when
 * that made it banned.  Peers and those who proved themselves are not: these
 * lose their freedom from limits while the score is high (many phones behind
 * one address). */
bool guard_blame(struct guard *g, const struct addr *a, unsigned points,
                 bool is_round_trip, const char *why, int64_t now_ms);

/* By hand: -EPERM for a peer.  `why` must outlive the ban. */
int guard_ban(struct guard *g, const struct addr *a, int64_t until_ms,
              const char *why, int64_t now_ms);
int guard_unban(struct guard *g, const struct addr *a); /* -ENOENT */
/* Bans that are over end here; true when one did. */
bool guard_expire(struct guard *g, int64_t now_ms);
/* Counts up whenever the set of the banned changes. */
uint64_t guard_generation(const struct guard *g);

struct guard_ban {
	struct source source;
	int64_t since_ms, until_ms;
	const char *why;
	uint64_t dropped; /* requests, here; the kernel does not tell */
};
typedef void guard_ban_fn(const struct guard_ban *b, void *arg);
/* The latest first. */
void guard_each_ban(const struct guard *g, guard_ban_fn *fn, void *arg);

struct guard_gauges {
	size_t strangers, known, bans;
	unsigned pending;
	uint64_t dropped_banned, dropped_limited, dropped_crowded, bans_total;
};
struct guard_gauges guard_gauges(const struct guard *g);

#endif
