/* http/line.h - who may go now: so many at a time, and so many of them to one
 * host, so that a host that hangs holds up nobody but those who want to go
 * there.  The others wait: those for one host in order, hosts in turn.
 * Pure. */
#ifndef B2BUA_HTTP_LINE_H
#define B2BUA_HTTP_LINE_H

#include <stdbool.h>
#include "base/util.h"

struct line_conf {
	unsigned max_live, max_live_of_host;
	unsigned max_waiting;
};

struct line_host;

struct line_place { /* part of whoever goes; all zero: not in line */
	struct line_place *prev, *next;
	struct line_host *host;
	bool is_live;
};

struct line { /* all zero but conf: an empty line */
	struct line_conf conf;
	struct line_host *hosts; /* by name */
	struct line_host *ready; /* those that somebody waits for and that
	                            may have one more, in turn */
	size_t n_live, n_waiting;
};

/* 0: it goes (is_live) or waits.  -EBUSY: too many wait. */
int line_enter(struct line *l, struct line_place *p, const char *host);
/* It has arrived, or does not want to go any more. */
void line_leave(struct line *l, struct line_place *p);
/* Whose turn it is: it goes from now on.  NULL: nobody's. */
struct line_place *line_next(struct line *l);

#endif
