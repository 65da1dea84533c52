/* b2bua/messages.h - MESSAGE between phones (RFC 3428): who may send, to
 * whom, and what became of it. */
#ifndef B2BUA_MESSAGES_H
#define B2BUA_MESSAGES_H

#include "b2bua/server.h"

/* Answers rq, or passes it to every contact of whom it is for; the first that
 * takes it answers it. */
void messages_request(struct server *s, struct request *rq);
void messages_end(struct server *s); /* those under way: 503 */

#endif
