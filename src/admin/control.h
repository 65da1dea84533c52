/* admin/control.h - the control socket that b2buactl talks to.
 *
 * One line in ("calls --json\n"), the answer out, end of file.  The answer's
 * first line is the exit status in decimal.  The socket is a UNIX stream
 * socket of mode 0600; a slow or silent client is cut off, never waited
 * for. */
#ifndef B2BUA_ADMIN_CONTROL_H
#define B2BUA_ADMIN_CONTROL_H

#include <stdbool.h>
#include "base/buf.h"
#include "sip/loop.h"

struct control;

struct control_command {
	int argc;                /* without --json */
	char *const *argv;       /* argv[0] is the command */
	bool wants_json;
};
/* Writes the answer's text; returns the exit status (0: done), or
 * CONTROL_WAITS: the answer comes by control_wake(). */
#define CONTROL_WAITS (-1)
typedef int control_fn(const struct control_command *c, struct buf *out,
                       void *arg);

/* A socket file left by a dead server is replaced; one that a live server
 * answers on is -EADDRINUSE. */
int control_create(struct control **out, struct loop *l, const char *path,
                   control_fn *fn, void *arg);
void control_destroy(struct control **cp); /* removes the file */

/* Answers every client that waits. */
void control_wake(struct control *ctl, int status, const char *text);

#endif
