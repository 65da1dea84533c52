/* b2bua/allowance.h - how many calls each account has, and whether it may have
 * one more (its limits.json; src/trunk/limits decides). */
#ifndef B2BUA_ALLOWANCE_H
#define B2BUA_ALLOWANCE_H

#include "b2bua/server.h"

struct allowance; /* of one account that has calls */

enum allowance_way {
	ALLOWANCE_INSIDE,  /* by no global carrier: counted, never refused */
	ALLOWANCE_INBOUND, /* from one */
	ALLOWANCE_OUTBOUND /* to one, within a call that is counted already */
};

struct allowance_lease { /* all zero: none */
	struct server *server;
	struct allowance *of;
	enum allowance_way way;
};

/* A call that comes in, and whether it may: *out is then to be given back. */
bool allowance_admit(struct server *s, const struct flow_caller *who,
                     const char *number, struct allowance_lease *out);
/* The same for one of them that goes out to a carrier. */
bool allowance_send_out(struct server *s, const struct account *a,
                        const char *number, struct allowance_lease *out);
void allowance_return(struct allowance_lease *l); /* none is fine */

#endif
