/* b2bua/shield.h - what keeps the server standing: limits for strangers,
 * bans, and the refusal of work when there is too much of it.  The decisions
 * are src/guard's; here they meet the agent, the clock and the directory. */
#ifndef B2BUA_SHIELD_H
#define B2BUA_SHIELD_H

#include "b2bua/server.h"
#include "guard/guard.h"
#include "guard/overload.h"

struct shield;

/* Before the registrar, so that bindings from the disk are known. */
void shield_create(struct shield **out, struct server *s);
void shield_start(struct shield *sh); /* the agent is there */
void shield_stop(struct shield *sh);  /* the agent is about to go */
void shield_destroy(struct shield **sp); /* NULL-safe */

/* The agent asks for each request before it is parsed. */
enum admission shield_admits(struct shield *sh, const struct addr *source,
                             const char *method, size_t len);
/* Is there too much to do for this request?  Then it is answered. */
bool shield_refuses(struct server *s, struct request *rq);

/* Whom a challenge is given to; see digest_was_asked(). */
uint32_t shield_source(const struct request *rq);
void shield_proved(struct server *s, const struct request *rq);
enum shield_fault { SHIELD_MALFORMED, SHIELD_WRONG, SHIELD_UNKNOWN };
/* The credentials with these parameters did not prove anything. */
void shield_failed(struct server *s, const struct request *rq,
                   const struct digest_params *p, const char *realm,
                   enum shield_fault what);
void shield_bound(struct server *s, const struct binding *b);
void shield_peers_changed(struct shield *sh);

struct shield_figures {
	struct guard_gauges guard;
	enum overload_level level;
	int64_t lag_ms;
	unsigned backlog;     /* per mille */
	uint64_t refused;     /* because of overload */
	size_t in_kernel;     /* bans that the kernel sees to */
};
struct shield_figures shield_figures(const struct shield *sh);
const struct guard *shield_guard(const struct shield *sh);
/* Of the configuration or the documents: a trusted network, a carrier, a
 * device by its address. */
bool shield_is_peer(const struct shield *sh, const struct addr *a);
/* -EINVAL: no address; -EPERM: trusted; -ENOENT: not banned. */
int shield_ban(struct shield *sh, const char *ip, unsigned seconds);
int shield_unban(struct shield *sh, const char *ip);

#endif
