/* b2bua/server.h - the server: everything that lives as long as it does, and
 * where the domains of src/ meet.
 *
 * server.c makes and unmakes it; ingress.c takes requests; registration.c
 * registers phones; session.c joins a callflow and a call; messages.c passes
 * texts; presence.c tells who watches whom; daemon.c turns
 * signals into reload and drain; reload.c reads documents on a thread of its
 * own; commands.c answers b2buactl. */
#ifndef B2BUA_SERVER_H
#define B2BUA_SERVER_H

#include "admin/cdr.h"
#include "admin/control.h"
#include "base/worker.h"
#include "callflow/flow.h"
#include "call/call.h"
#include "config/config.h"
#include "directory/directory.h"
#include "registrar/registrar.h"
#include "registrar/store.h"
#include "sip/digest.h"
#include "sip/tls.h"

struct allowance;
struct session;
struct carriers;
struct changes;
struct keepalives;
struct presence;
struct reload;
struct shield;
struct text;
struct trunks;
struct web;

struct server_counters { /* since the start */
	uint64_t calls, answered, failed, refused;
	uint64_t registers, challenges;
};

struct server {
	const struct config *conf; /* borrowed */
	struct loop *loop;         /* owned, all of them */
	struct worker *worker;     /* the storage thread */
	struct resolver *resolver;
	struct holddown *holddown; /* next hops that are dead */
	struct agent *agent;
	struct media *media;
	struct digest *digest;
	struct registrar *registrar;
	struct store *store;       /* NULL: no persistence */
	struct cdr_file *cdr;
	struct control *control;
	struct carriers *carriers; /* gateway addresses */
	struct trunks *trunks;     /* gateways: registered? well? */
	struct keepalives *keepalives;
	struct web *web;           /* what HTTP servers are asked and told */
	struct shield *shield;     /* limits, bans, overload */
	struct reload *reload;     /* reads documents aside */
	struct changes *changes;   /* of documents, by feature codes */
	struct snapshot *snapshot; /* the one new calls run on */
	struct call_conf call_conf;

	struct allowance *allowances; /* by account: how many calls */
	struct session *sessions;  /* by call id */
	size_t n_sessions;
	struct text *texts;        /* messages.c: under way */
	size_t n_texts;
	struct presence *presence; /* who watches whom */
	bool is_draining;
	struct timer housekeeping; /* every second */
	struct timer drain;
	struct timer sweep;        /* sweep.h; after a reload */
	int64_t started_ms;        /* unix */
	int64_t next_expiry_ms;    /* unix: registrar_expire() */
	int64_t next_retry_ms;     /* unix: cdr_retry() */
	struct server_counters counters;
};

struct server_options {
	clock_fn *clock;           /* tests; NULL: the system's */
	void *clock_arg;
	const char *nameservers, *hosts; /* tests; NULL: the system's */
};

/* Everything up and listening, or -errno with reasons in `why`. */
int server_create(struct server **out, const struct config *conf,
                  const struct server_options *opt, struct diag *why);
/* Ends what is left, at once: calls get their BYE or CANCEL sent. */
void server_destroy(struct server **sp);

struct tls_conf server_tls_conf(const struct config *c);
/* New calls run on this snapshot from now on (it is taken over); calls in
 * progress keep theirs. */
void server_use(struct server *s, struct snapshot *fresh);
/* Refuses new calls; the loop stops when the last one has ended, or after
 * the configured limit. */
void server_drain(struct server *s);

/* The realm a domain stands for: itself when some account has it, else the
 * only account's; NULL when there are several (server_realm.c). */
const char *server_realm(const struct server *s, const char *domain);

#endif
