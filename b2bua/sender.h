/* b2bua/sender.h - who sends a request that only phones may send: MESSAGE,
 * SUBSCRIBE, PUBLISH. */
#ifndef B2BUA_SENDER_H
#define B2BUA_SENDER_H

#include "b2bua/server.h"

/* The device that proved itself (its address, for one of method "ip"); else
 * NULL, and rq is answered: 407 when nothing was proved yet, 403 for a wrong
 * proof and for what can be no phone: a carrier, somebody of another domain. */
const struct device *sender_device(struct server *s, struct request *rq);

#endif
