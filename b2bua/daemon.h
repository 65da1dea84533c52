/* b2bua/daemon.h - signals of the running server: reload and drain. */
#ifndef B2BUA_DAEMON_H
#define B2BUA_DAEMON_H

#include "b2bua/server.h"

struct daemon_signals;

/* Call before any thread is started: they inherit the mask. */
void daemon_block_signals(void);
/* SIGHUP reloads; SIGTERM and SIGINT drain, a second one ends at once. */
int daemon_watch(struct daemon_signals **out, struct server *s);
void daemon_unwatch(struct daemon_signals **dp);

#endif
