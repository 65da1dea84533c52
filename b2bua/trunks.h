/* b2bua/trunks.h - the gateways as they are now: registered or not, well or
 * not, how many calls they have.
 *
 * trunks.c keeps one struct trunk a gateway, over reloads;
 * trunk_registration.c registers at those that want it; trunk_probe.c asks
 * whether they are well; trunk_calls.c counts and limits their calls and knows
 * the calls that come by a registration; trunk_list.c is the operator's view.
 * What they decide is in src/trunk. */
#ifndef B2BUA_TRUNKS_H
#define B2BUA_TRUNKS_H

#include "b2bua/server.h"
#include "trunk/choose.h"

struct trunks;
struct trunk; /* one gateway */
struct table;

int trunks_create(struct trunks **out, struct server *s);
void trunks_destroy(struct trunks **tp); /* no call may be left */
/* The gateways of this snapshot from now on.  One that is as it was keeps
 * its registration; one that is gone is un-registered. */
void trunks_reset(struct trunks *ts, struct snapshot *s);
void trunks_flow_closed(struct trunks *ts, uint64_t flow);
/* Un-registers everywhere and then stops the loop; NULL: stops it. */
void trunks_leave(struct trunks *ts, struct loop *l);
size_t trunks_farewells(const struct trunks *ts); /* gauge */

/* "<sip:proxy;lr>"; owned by the caller; NULL: no proxy. */
char *trunk_route(const struct gateway *g);

/* As the registrar of it wants calls to go (RFC 3608), while we are
 * registered; NULL: it wants nothing. */
const char *trunks_service_route(const struct trunks *ts,
                                 const struct gateway *g);

/* --- calls ------------------------------------------------------------- */

trunk_bar_fn trunks_bar; /* arg: struct trunks */
/* A call to it: NULL and a lease; or why it may not have one now. */
const char *trunks_admit(struct trunks *ts, const struct gateway *g,
                         void **lease);
/* ... and its end. */
void trunk_left(void *lease, const struct call_attempt *at);
/* A call from it: false when it has as many as it may. */
bool trunks_admit_inbound(struct trunks *ts, const struct gateway *g,
                          struct trunk **lease);
void trunk_left_inbound(struct trunk **lease); /* NULL-safe */
/* The gateway whose registration rq came by, or NULL; rq then dials what the
 * carrier wants to be dialled. */
const struct gateway *trunks_recognise(struct trunks *ts, struct request *rq);

/* --- the operator ------------------------------------------------------ */

extern const char *const trunk_columns[];
extern const size_t n_trunk_columns;
void trunks_list(struct trunks *ts, struct table *t);
/* "resource/0", "account/resource/0", or "resource": all of its gateways.
 * An exit status, and what to tell. */
int trunks_switch(struct trunks *ts, const char *name, bool opens,
                  struct buf *out);

#endif
