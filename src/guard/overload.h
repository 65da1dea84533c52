/* guard/overload.h - how much work to refuse: a decision on figures, without
 * a clock or a socket.
 *
 * It rises at once, as far as the worst figure says, and falls one level at a
 * time, each after a while in which all figures were well below what led
 * there; so it does not flap. */
#ifndef B2BUA_GUARD_OVERLOAD_H
#define B2BUA_GUARD_OVERLOAD_H

#include "base/util.h"

enum overload_level {
	OVERLOAD_NONE,
	OVERLOAD_CALLS,   /* new calls are refused */
	OVERLOAD_OUTSIDE, /* and REGISTER, OPTIONS, all outside of dialogs */
	OVERLOAD_DIALOGS  /* and requests in dialogs that end nothing */
};

struct overload_conf {
	unsigned lag_ms;   /* refuse calls from here; twice: outside, four
	                      times: dialogs.  0: not looked at */
	unsigned queue;    /* the same of unread input, per mille full: then
	                      half and three quarters of what is left above */
	unsigned memory_mb;/* new calls are refused from here; 0: no limit */
	unsigned calm_ms;  /* before it falls by one level */
};

struct overload_sample {
	int64_t lag_ms;    /* a timer fired so much after it was due */
	unsigned queue;    /* of the fullest socket, per mille */
	unsigned memory_mb;
};

struct overload { /* all zero is idle */
	enum overload_level level;
	int64_t calm_since_ms; /* -1 or 0: not calm */
};

/* The level from now on. */
enum overload_level overload_feed(struct overload *o,
                                  const struct overload_conf *c,
                                  const struct overload_sample *s,
                                  int64_t now_ms);
const char *overload_name(enum overload_level l);

#endif
