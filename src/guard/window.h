/* guard/window.h - how many there were in the last so many seconds, counted
 * by the second. */
#ifndef B2BUA_GUARD_WINDOW_H
#define B2BUA_GUARD_WINDOW_H

#include "base/util.h"

#define WINDOW_SLOTS 64

struct window { /* all zero is empty */
	int64_t now_s;
	unsigned slot[WINDOW_SLOTS];
	unsigned sum;
};

/* Counts n more and returns how many there were in the last `span_s` seconds
 * (at most WINDOW_SLOTS), these included; n may be 0.  The span must be the
 * same at each call. */
unsigned window_add(struct window *w, unsigned span_s, int64_t now_ms,
                    unsigned n);

#endif
