/* b2bua/reload.h - reading the documents again, on a thread of its own: the
 * signalling thread only swaps the snapshot.  A set with a fault is refused
 * whole and the running set stays. */
#ifndef B2BUA_RELOAD_H
#define B2BUA_RELOAD_H

#include "b2bua/server.h"

int reload_create(struct reload **out, struct server *s);
void reload_destroy(struct reload **rp); /* waits for a load under way */
/* Starts one; one that is asked for while another is under way follows it.
 * The CDR file is reopened too, and clients of the control socket that wait
 * are told the result. */
void reload_start(struct reload *r);
/* Frees it on the thread that reads documents. */
void reload_throw_away(struct reload *r, struct snapshot *old);
bool reload_is_busy(const struct reload *r);

#endif
