/* b2bua/sweep.h - after a reload: forgets what is registered of devices that
 * are gone or disabled, a piece at a time, so that nobody waits for it. */
#ifndef B2BUA_SWEEP_H
#define B2BUA_SWEEP_H

#include "b2bua/server.h"

/* Does the first piece at once; the others follow by timer. */
void sweep_start(struct server *s);

#endif
