/* b2bua/presence.h - who watches whom: the lamp keys of phones (dialog, RFC
 * 4235), presence (RFC 3856) and message-summary (RFC 3842).
 *
 * A phone that proved itself may watch the numbers and user names of its own
 * account, and the names that a callflow shows something by.  What they do is known from our own calls, registrations, and what
 * they PUBLISH (RFC 3903); nothing is kept over a restart. */
#ifndef B2BUA_PRESENCE_H
#define B2BUA_PRESENCE_H

#include "b2bua/identity.h"
#include "b2bua/server.h"

#define PRESENCE_EVENTS "dialog, presence, message-summary"

struct presence;
struct presence_call; /* what a call shows of its phones */

int presence_create(struct presence **out, struct server *s);
/* All subscriptions end: "deactivated", which asks phones to subscribe anew.
 * NULL-safe. */
void presence_end(struct presence *p);
void presence_destroy(struct presence **pp); /* after presence_end() */

/* Answer rq. */
void presence_subscribe(struct server *s, struct request *rq);
void presence_publish(struct server *s, struct request *rq);

/* Other documents: names may stand for others now, phones may be gone. */
void presence_reload(struct presence *p);
/* The registrar's hooks. */
void presence_binding(struct presence *p, const struct binding *b);

struct presence_context { /* borrowed for the call of the function */
	const struct call_record *record;
	const struct flow_caller *caller;
	const struct caller_identity *identity;
	const struct account *account; /* whose devices ring now */
};
/* Attempt i of the record, or the caller (CALL_CALLER), has changed.  *pc is
 * made when there is something to show. */
void presence_call_changed(struct presence *p, struct presence_call **pc,
                           const struct presence_context *ctx, size_t i);
void presence_call_over(struct presence_call **pc); /* NULL-safe */

/* What a name shows besides what its phones do, until it is set again. */
void presence_set(struct presence *p, const struct lamp *lamp);

/* Has the device a call, or rings it? */
bool presence_is_busy(struct presence *p, const struct device *d);

struct presence_gauges {
	size_t watchers, watched, lines, publications;
};
struct presence_gauges presence_gauges(const struct presence *p);

#endif
