/* b2bua/trunk_priv.h - the insides of a trunk; for b2bua/trunk*.c only. */
#ifndef B2BUA_TRUNK_PRIV_H
#define B2BUA_TRUNK_PRIV_H

#include "b2bua/trunks.h"
#include "base/hash.h"
#include "sip/client.h"
#include "trunk/bucket.h"
#include "trunk/health.h"
#include "trunk/register.h"

#define TRUNK_TOKEN 24 /* hex digits: 96 bits that only the registrar knows */

struct trunk {
	struct trunks *owner;      /* borrowed */
	char *key;                 /* owned: account, '\n', name */
	struct snapshot *snapshot; /* a reference is held */
	const struct gateway *gateway; /* borrowed from it */
	char *signature;           /* owned: what its registration hangs on */
	bool is_seen;              /* in the snapshot that is being taken */
	bool is_gone;              /* in none: lives until its calls end */
	bool is_closed;            /* by the operator */
	unsigned calls;            /* both ways */
	struct trunk_bucket bucket;

	struct trunk_reg reg;
	struct client *registrar;  /* owned; NULL: not registering */
	struct timer due;
	char token[TRUNK_TOKEN + 1]; /* "": none */
	uint64_t flow;             /* that calls come over; 0: none */
	char *service_route;       /* owned: as the registrar wants calls to
	                              take (RFC 3608); NULL */
	int64_t asked_s;           /* expires of the last REGISTER */

	struct trunk_health health;
	struct client *prober;     /* owned; NULL: it is not asked */
	struct timer probe;

	const char *state;         /* a literal; see trunk_note() */
	int64_t since_ms;          /* unix: of that state */
	char error[160];           /* the last one; "": none */
	UT_hash_handle hh, by_token;
};

struct farewell { /* a registration that is being taken back */
	struct trunks *owner;  /* borrowed */
	struct client *client; /* owned */
	struct timer patience;
	struct farewell *prev, *next;
};

struct trunks {
	struct server *server; /* borrowed */
	struct trunk *all;     /* by key */
	struct trunk *by_token;
	struct farewell *farewells;
	struct loop *stops;    /* when the last farewell is said; NULL */
	bool is_leaving;
};

/* trunks.c */
struct trunk *trunk_find(const struct trunks *ts, const struct gateway *g);
void trunk_free_if_gone(struct trunk *t);
/* Writes down, and logs, when its state is another than before. */
void trunk_note(struct trunk *t);
void trunk_set_error(struct trunk *t, const char *what,
                     const struct client_answer *a);
int64_t trunk_now(const struct trunk *t);
/* Registers and is probed, or no longer, as its document and the operator
 * want it. */
void trunk_apply(struct trunk *t);

/* trunk_registration.c */
void trunk_registration_start(struct trunk *t);
void trunk_registration_stop(struct trunk *t);
void trunk_registration_lost(struct trunk *t);
void trunk_farewells_end(struct trunks *ts); /* unheard */
/* May calls go there, as far as its registration is concerned? */
bool trunk_registration_is_fit(const struct trunk *t);

/* trunk_probe.c */
void trunk_probe_start(struct trunk *t);
void trunk_probe_stop(struct trunk *t);
unsigned trunk_probe_interval_s(const struct trunk *t);
void trunk_news(struct trunk *t, enum trunk_news news);

/* trunk_calls.c */
unsigned trunk_channels(const struct trunk *t); /* 0: no limit */
unsigned trunk_cps(const struct trunk *t);

#endif
